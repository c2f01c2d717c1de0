"""Acts that the kernel has to refuse, by what they reach for."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.security.acts import (
    DENIED,
    NO_SUCH,
    NOT_IMPLEMENTED,
    NOT_PERMITTED,
    UNREACHABLE,
    Act,
    python,
    system_call,
)

_SOCKET = "import socket as s; "
_METADATA = "echo hello > /dev/tcp/169.254.169.254/80"
_METADATA_CONTROL = "unshare -n " + python(
    "import fcntl, os, socket, struct\n"
    "s = socket.socket()\n"
    'a = struct.pack("16sHH4s8x", b"lo", socket.AF_INET, 0, socket.inet_aton("169.254.169.254"))\n'
    "fcntl.ioctl(s, 0x8916, a)\n"
    'fcntl.ioctl(s, 0x8914, struct.pack("16sH14x", b"lo", 0x49))\n'
    's.bind(("169.254.169.254", 80)); s.listen()\n'
    f'c = os.system("bash -c \\"{_METADATA}\\"")\n'
    's.settimeout(2); assert c == 0 and s.accept()[0].recv(5) == b"hello"\n'
)
_CONNECT = "connect((@HOST@, @TCP@))"

NETWORK = (
    Act(
        "a host's port by address",
        "(echo hello > /dev/tcp/@HOST@/@TCP@)",
        UNREACHABLE,
        visits=True,
    ),
    Act(
        "a host's port on the loopback",
        "(echo hello > /dev/tcp/127.0.0.1/@TCP@)",
        "Connection refused",
        visits=True,
    ),
    Act(
        "a host's port as localhost",
        "(echo hello > /dev/tcp/localhost/@TCP@)",
        "Connection refused|Cannot assign requested address",
        visits=True,
    ),
    Act(
        "a host by name",
        "(echo hello > /dev/tcp/@NAME@/@TCP@)",
        "Name or service not known|Temporary failure in name resolution|not known",
        visits=True,
    ),
    Act(
        "a datagram",
        "(echo hello > /dev/udp/@HOST@/@UDP@)",
        UNREACHABLE,
        visits=True,
    ),
    Act("the metadata address", f"({_METADATA})", UNREACHABLE, _METADATA_CONTROL),
    Act(
        "an abstract socket of the host",
        python(_SOCKET + 'c = s.socket(s.AF_UNIX); c.connect("\\0@SOCKET@"); c.send(b"hello")'),
        "Connection refused",
        visits=True,
    ),
    Act(
        "a raw socket",
        python(_SOCKET + "s.socket(s.AF_INET, s.SOCK_RAW, s.IPPROTO_ICMP)"),
        NOT_PERMITTED,
    ),
    Act(
        "a packet socket",
        python(_SOCKET + "s.socket(s.AF_PACKET, s.SOCK_RAW)"),
        NOT_PERMITTED,
    ),
    Act(
        "an address for an interface",
        python(
            'import fcntl, socket, struct; a = socket.inet_aton("192.0.2.77"); '
            'fcntl.ioctl(socket.socket(), 0x8916, struct.pack("16sHH4s8x", b"lo:7", 2, 0, a))'
        ),
        NOT_PERMITTED,
        "unshare -n "
        + python(
            'import fcntl, socket, struct; a = socket.inet_aton("192.0.2.77"); '
            'fcntl.ioctl(socket.socket(), 0x8916, struct.pack("16sHH4s8x", b"lo:7", 2, 0, a))'
        ),
    ),
    Act(
        "a socket to the hypervisor",
        python(_SOCKET + "s.socket(40, s.SOCK_STREAM)"),
        f"{NOT_PERMITTED}|not supported",
        gap="seccomp profiles of engines before 23 allow AF_VSOCK, which no namespace confines",
    ),
)

MOUNTS = (
    Act("a mount", "mount -t tmpfs none /mnt", "superuser|permission denied"),
    Act("a bind mount over /etc", "mount --bind /tmp /etc/default", "superuser|permission denied"),
    Act("the processes' file system again", "mount -t proc none /mnt", "superuser|permission"),
    Act(
        "a remount of the root",
        "mount -o remount,rw /",
        "superuser|permission denied",
        "mount -o remount,rw /tmp/own",
    ),
    Act(
        "an unmount",
        "umount /tmp",
        "superuser|not permitted|must be",
        "mkdir -p /tmp/u && mount -t tmpfs none /tmp/u && umount /tmp/u",
    ),
    Act("chroot", "chroot / true", NOT_PERMITTED),
    Act(
        "pivot_root",
        system_call("pivot_root", "$p", "$p", data='my $p = "/tmp"', reached="EBUSY"),
        NOT_PERMITTED,
    ),
    Act("fsopen", system_call("fsopen", "$p", "0", data='my $p = "tmpfs"'), NOT_PERMITTED),
    Act(
        "a file by its handle",
        system_call("open_by_handle_at", "-1", "0", "0", reached="EFAULT"),
        NOT_PERMITTED,
    ),
)

NAMESPACES = (
    *(
        Act(f"a new {name} namespace", f"unshare {option} true", NOT_PERMITTED)
        for name, option in (
            ("user", "-U"),
            ("mount", "-m"),
            ("network", "-n"),
            ("host name", "-u"),
            ("IPC", "-i"),
            ("process", "-pf"),
            ("control group", "-C"),
            ("time", "-T"),
        )
    ),
    Act(
        "a user namespace by clone3",
        system_call("clone3", "0", "0", reached="EINVAL"),
        "not implemented|not permitted",
    ),
    Act("the main process' namespace", "nsenter -t 1 -m true", DENIED),
    Act("setns into a namespace", "nsenter --uts=/proc/self/ns/uts true", NOT_PERMITTED),
)

MAIN_PROCESS = (
    Act("memory of the main process", "(: < /proc/1/mem)", DENIED),
    Act("its environment", "cat /proc/1/environ", DENIED),
    Act("its map", "head -c 1 /proc/1/maps", DENIED),
    Act("its descriptors", "ls /proc/1/fd", DENIED),
    Act("its root", "ls /proc/1/root/", DENIED),
    Act("its folder", "ls /proc/1/cwd/", DENIED),
    Act("its program", "head -c 1 /proc/1/exe", DENIED),
    Act("its stack", "cat /proc/1/stack", DENIED),
    Act("ptrace of it", system_call("ptrace", "0x4206", "1", "0", "0"), NOT_PERMITTED),
    Act(
        "process_vm_readv of it",
        system_call(
            "process_vm_readv",
            *("1", "$l", "1", "$r", "1", "0"),
            data='my $b = "x" x 8; my $l = pack("pQ", $b, 8); my $r = pack("QQ", 4096, 8)',
            reached="EFAULT",
        ),
        NOT_PERMITTED,
    ),
    Act(
        "pidfd_getfd of it",
        system_call(
            "pidfd_getfd",
            *("$f", "1", "0"),
            data="my $f = syscall(434, 1, 0)",
        ),
        NOT_PERMITTED,
    ),
    Act("its priority", "renice -n 5 -p 1", f"{NOT_PERMITTED}|{DENIED}"),
    Act("its input and output priority", "ionice -c 3 -p 1", NOT_PERMITTED),
    Act("its processors", "taskset -p 1 1", NOT_PERMITTED),
    Act("its scheduler", "chrt -b -p 0 1", NOT_PERMITTED),
    Act("its limits", "prlimit --pid 1 --nofile=99:99", NOT_PERMITTED),
    Act("its turn when memory runs out", "(echo 1000 > /proc/1/oom_score_adj)", DENIED),
    Act("its timers", "(echo 99 > /proc/1/timerslack_ns)", NOT_PERMITTED),
)

KERNEL = (
    Act("keyctl", system_call("keyctl", "0", "-3", "1"), NOT_PERMITTED),
    Act(
        "a key",
        system_call("add_key", "$t", "$d", "$d", "1", "-2", data='my $t = "user"; my $d = "k"'),
        NOT_PERMITTED,
    ),
    Act("bpf", system_call("bpf", "9999", "0", "0", reached="EINVAL"), NOT_PERMITTED),
    Act(
        "perf_event_open",
        system_call("perf_event_open", "0", "0", "0", "0", "0", reached="EFAULT"),
        NOT_PERMITTED,
    ),
    Act("userfaultfd", system_call("userfaultfd", "0"), NOT_PERMITTED),
    Act("fanotify", system_call("fanotify_init", "0", "0"), NOT_PERMITTED),
    Act(
        "a kernel module",
        system_call("finit_module", "-1", "$p", "0", data='my $p = ""', reached="EBADF"),
        NOT_PERMITTED,
        lacking=NOT_IMPLEMENTED,
    ),
    Act(
        "removing a kernel module",
        system_call("delete_module", "$p", "0", data='my $p = "no_such"', reached="ENOENT"),
        NOT_PERMITTED,
        lacking=NOT_IMPLEMENTED,
    ),
    Act(
        "another kernel",
        system_call("kexec_load", "0", "0", "0", "0x7fffffff", reached="EINVAL"),
        NOT_PERMITTED,
        lacking=NOT_IMPLEMENTED,
    ),
    Act(
        "a reboot",
        system_call("reboot", "0", "0", "0", "0", reached="EINVAL"),
        NOT_PERMITTED,
    ),
    Act(
        "swap space",
        system_call("swapon", "$p", "0", data='my $p = "/no/such"', reached="ENOENT"),
        NOT_PERMITTED,
    ),
    Act(
        "taking swap space away",
        system_call("swapoff", "$p", data='my $p = "/no/such"', reached="ENOENT"),
        NOT_PERMITTED,
    ),
    Act(
        "disk quotas",
        system_call(
            "quotactl", "0x80000300", "$p", "0", "0", data='my $p = "/x"', reached="ENOENT"
        ),
        NOT_PERMITTED,
    ),
    Act(
        "process accounting",
        system_call("acct", "$p", data='my $p = "/no/such"', reached="ENOENT"),
        NOT_PERMITTED,
    ),
    Act("the kernel's log", "dmesg", NOT_PERMITTED),
    Act("the host name", "hostname taken", "superuser|root|permitted", "unshare -u hostname taken"),
    Act(
        "the domain name",
        system_call("setdomainname", "$p", "1", data='my $p = "x"'),
        NOT_PERMITTED,
        "unshare -u " + system_call("setdomainname", "$p", "1", data='my $p = "x"'),
    ),
    Act(
        "the time",
        "date -s @$(date +%s)",
        NOT_PERMITTED,
        system_call("settimeofday", "0", "0"),
    ),
    Act(
        "the clock's rate",
        system_call(
            "adjtimex", "$t", data='my $t = pack("I", 0x4000) . "\\0" x 252', reached="EINVAL"
        ),
        NOT_PERMITTED,
    ),
    Act("a personality", "setarch -R true", NOT_PERMITTED),
    Act(
        "io_uring",
        system_call("io_uring_setup", "1", "$p", data='my $p = "\\0" x 120'),
        "not permitted|not implemented",
        gap="seccomp profiles of engines before 25 allow io_uring",
    ),
)

_SELF = 'v=$(cat "$f") && (echo "$v" > "$f")'
_DISK = "$(ls /sys/block | grep -v -e loop -e ram -e zram | head -n 1)"
_DISK_NODE = (
    f'rm -f /tmp/disk; mknod /tmp/disk b $(tr : " " < "/sys/block/{_DISK}/dev") && '
    'test "$(head -c 1 /tmp/disk | wc -c)" = 1'
)
KERNEL_FILES = (
    Act(
        "the core pattern",
        f"f=/proc/sys/kernel/core_pattern; {_SELF}",
        f"Read-only file system|{DENIED}",
    ),
    Act(
        "a kernel setting",
        f"f=/proc/sys/vm/overcommit_memory; {_SELF}",
        f"Read-only file system|{DENIED}",
    ),
    Act(
        "sysrq",
        "(: >> /proc/sysrq-trigger)",
        f"Read-only file system|{DENIED}|{NO_SUCH}",
        lacking=NO_SUCH,
    ),
    Act(
        "an interrupt",
        f"f=/proc/irq/default_smp_affinity; {_SELF}",
        f"Read-only file system|{DENIED}",
    ),
    Act(
        "a setting in /sys",
        '(: >> "$(find /sys/kernel/mm /sys/module -perm -u=w -type f | head -n 1)")',
        f"Read-only file system|{DENIED}",
    ),
    Act(
        "a control group's release agent",
        "mkdir -p /tmp/group; (mount -t cgroup -o memory none /tmp/group && "
        "(: >> /tmp/group/release_agent)) || (mount -t cgroup2 none /tmp/group && "
        "(: >> /tmp/group/cgroup.subtree_control)); c=$?; umount /tmp/group 2>&-; (exit $c)",
        "superuser|permission denied",
    ),
    Act(
        "the own control group's limits",
        "f=$(find /sys/fs/cgroup -name memory.limit_in_bytes -o -name memory.max | head -n 1); "
        '(: >> "$f")',
        f"Read-only file system|{DENIED}",
    ),
    Act(
        "memory as a file",
        'test "$(head -c 4 /proc/kcore | wc -c)" = 4',
        f"^$|{NO_SUCH}",
        lacking=NO_SUCH,
    ),
    Act(
        "the kernel's keys",
        'test -s /proc/keys || test -n "$(cat /proc/keys)"',
        "^$",
        system_call(
            "add_key", "$t", "$d", "$d", "1", "-3", data='my $t = "user"; my $d = "k"'
        ).replace("exit 0 if", "exec(q(grep -q k /proc/keys)) if"),
    ),
    Act("the kernel's timers", 'test -n "$(head -c 9 /proc/timer_list)"', "^$"),
    Act("the machine's firmware", 'test -n "$(ls /sys/firmware)"', "^$"),
    Act("the kernel's messages", "(: < /proc/kmsg)", DENIED),
    Act("a character device", "mknod /tmp/node c 1 1 && rm /tmp/node", NOT_PERMITTED),
    Act("a block device", "mknod /tmp/node b 7 0 && rm /tmp/node", NOT_PERMITTED),
    Act(
        "the machine's disk",
        f'test "$(head -c 1 "/dev/{_DISK}" | wc -c)" = 1',
        NO_SUCH,
        _DISK_NODE,
        lacking=NOT_PERMITTED,  # the engine itself may not
    ),
    Act(
        "the device of messages",
        "(: < /dev/kmsg)",
        NO_SUCH,
        "rm -f /tmp/node; mknod /tmp/node c 1 11 && (: < /tmp/node)",
    ),
)

_AS_USER = "setpriv --reuid=1000 --regid=1000 --clear-groups"
RIGHTS = (
    Act("another user by setuid", "setpriv --reuid=0 true", NOT_PERMITTED),
    Act("another group by setgid", "setpriv --regid=0 --keep-groups true", NOT_PERMITTED),
    Act("further groups", "setpriv --groups=0 true", NOT_PERMITTED),
    Act(
        "su",
        "su root -c true < /dev/null",
        "Authentication failure|must be run from a terminal|cannot set",
        "chmod u+s /usr/bin/su; passwd -dq root; " + f"{_AS_USER} su root -c true < /dev/null",
    ),
    Act("newgrp", "sg root -c true < /dev/null", "denied|not permitted|failure|password|failed"),
    Act(
        "a program that belongs to root and changes the user",
        "/srv/app/as_root -u | grep -qx 0",
        "^$",
        "cp /usr/bin/id /tmp/as_root; chmod 4755 /tmp/as_root; "
        f"{_AS_USER} /tmp/as_root -u | grep -qx 0",
    ),
    Act(
        "capabilities",
        "setpriv --inh-caps=+chown --ambient-caps=+chown true",
        f"{NOT_PERMITTED}|ambient|failed",
    ),
    Act(
        "a file's capabilities",
        "cp /usr/bin/true /tmp/able && "
        + system_call(
            "setxattr",
            *("$p", "$n", "$v", "20", "0"),
            data='my $p = "/tmp/able"; my $n = "security.capability"; '
            'my $v = pack("V5", 0x02000000, 1, 0, 0, 0)',
        )
        .replace("my $n = $m", "my $c = $m")
        .replace("syscall($n, ", "syscall($c, "),
        NOT_PERMITTED,
    ),
    Act("giving a file to root", "touch /tmp/mine && chown 0 /tmp/mine", NOT_PERMITTED),
    Act("a better priority", "renice -n -5 -p $$", f"{NOT_PERMITTED}|{DENIED}"),
    Act("real-time input and output", "ionice -c 1 -p $$", NOT_PERMITTED),
    Act("more open files", "(ulimit -n 4096)", NOT_PERMITTED),
    Act("larger core files", "(ulimit -c unlimited)", NOT_PERMITTED),
    Act("larger files", "(ulimit -f unlimited)", NOT_PERMITTED),
)

FILES = (
    Act(
        "a program in the root", "cp /usr/bin/true /usr/bin/own", f"Read-only file system|{DENIED}"
    ),
    Act("the root folder", "mkdir /own", f"Read-only file system|{DENIED}"),
    Act("a library", "(: >> /usr/lib/os-release)", f"Read-only file system|{DENIED}"),
    Act("the table of users", "(echo own::0:0::/:/bin/sh >> /etc/passwd)", DENIED),
    Act("the passwords", "cat /etc/shadow", DENIED),
    Act("the names of hosts", "(echo 192.0.2.1 own >> /etc/hosts)", f"Read-only|{DENIED}"),
    Act("what worlds begin with", "(: >> /usr/lib/skeleton/etc/passwd)", f"Read-only|{DENIED}"),
    Act("a file of the host", "cat @FILE@", NO_SUCH),
    Act("writing a file of the host", "(: >> @FILE@)", NO_SUCH),
    Act(
        "the engine's socket",
        python(
            "import glob, os, socket\n"
            'o = [t + "/" + f for t, _, fs in os.walk("/") for f in fs if f.endswith(".sock")]\n'
            "for p in o:\n"
            "    try:\n"
            '        s = socket.socket(socket.AF_UNIX); s.connect(p); s.send(b"GET /_ping "\n'
            '            b"HTTP/1.0\\r\\n\\r\\n"); ok = b"OK" in s.recv(4096)\n'
            "    except OSError: continue\n"
            "    if ok: os._exit(0)\n"
            'os.write(2, b"no socket answers\\n"); os._exit(1)'
        ),
        "no socket answers",
    ),
)

REFUSED: Mapping[str, tuple[Act, ...]] = MappingProxyType(
    {
        "network": NETWORK,
        "mounts": MOUNTS,
        "namespaces": NAMESPACES,
        "main process": MAIN_PROCESS,
        "kernel": KERNEL,
        "kernel files": KERNEL_FILES,
        "rights": RIGHTS,
        "files": FILES,
    }
)
