"""How a hostile act is written down: what is typed, how it is refused, what shows it is real."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

SYSTEM_CALLS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "acct": (163, 89),
        "add_key": (248, 217),
        "adjtimex": (159, 171),
        "bpf": (321, 280),
        "clone3": (435, 435),
        "delete_module": (176, 106),
        "fanotify_init": (300, 262),
        "finit_module": (313, 273),
        "fsopen": (430, 430),
        "io_uring_setup": (425, 425),
        "kexec_load": (246, 104),
        "keyctl": (250, 219),
        "mq_open": (240, 180),
        "open_by_handle_at": (304, 265),
        "perf_event_open": (298, 241),
        "pidfd_getfd": (438, 438),
        "pidfd_open": (434, 434),
        "pivot_root": (155, 41),
        "process_vm_readv": (310, 270),
        "ptrace": (101, 117),
        "quotactl": (179, 60),
        "reboot": (169, 142),
        "setdomainname": (171, 162),
        "settimeofday": (164, 170),
        "setxattr": (188, 5),
        "swapoff": (168, 225),
        "swapon": (167, 224),
        "syslog": (103, 116),
        "unshare": (272, 97),
        "userfaultfd": (323, 282),
    }
)
"""Numbers of system calls on x86-64 and on 64-bit ARM."""

NOT_PERMITTED = "Operation not permitted"
DENIED = "Permission denied"
NOT_IMPLEMENTED = "Function not implemented"
NO_SUCH = "No such file or directory"
UNREACHABLE = "Network is unreachable"


@dataclass(frozen=True, slots=True)
class Act:
    """One hostile act. It has succeeded if the command's exit status is 0.

    Attributes:
        name: What is tried.
        command: What the agent types. ``@HOST@`` is the host's address, ``@TCP@`` and ``@UDP@`` are
            ports of a listener there, ``@SOCKET@`` is the name of its abstract socket, ``@FILE@``
            the path of a file of the host's.
        refusal: What is found in the world's answer: it was tried, and refused.
        control: What is typed in the unhardened container instead, where the same would harm the
            machine or needs something prepared; empty where the same is typed.
        visits: Whether the control must reach the host's listener.
        lacking: What the control says on a machine that has no such thing; there the act does not
            count, and is skipped.
        gap: Why the act is known to get through; empty for one that does not.
    """

    name: str
    command: str
    refusal: str
    control: str = ""
    visits: bool = False
    lacking: str = ""
    gap: str = ""

    def __str__(self) -> str:
        return self.name


def system_call(name: str, *arguments: str, data: str = "", reached: str = "") -> str:
    """A command that makes a system call and fails as the call does.

    Args:
        name: One of `SYSTEM_CALLS`.
        arguments: Perl expressions.
        data: Perl statements that come before.
        reached: Name of the error that says that only the arguments were refused, not the call.
    """
    x86, arm = SYSTEM_CALLS[name]
    through = getattr(errno, reached) if reached else 0
    return (
        f"perl -e '{data}; chomp(my $m = `uname -m`); my $n = $m eq q(x86_64) ? {x86} : {arm}; "
        f"my $r = syscall({', '.join(('$n', *arguments))}); exit 0 if $r >= 0; "
        f'my $e = $!; print STDERR "{name}: $e\\n"; exit($e == {through} ? 0 : 1)\''
    )


def python(program: str) -> str:
    """A command that runs ``program``, which holds no single quote."""
    return f"python3 -c '{program}'"
