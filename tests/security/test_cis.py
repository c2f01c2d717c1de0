"""Section 5 (container runtime) of the CIS Docker Benchmark 1.6, checked on a running world.

The number is in each test's name. 5.1 is about the engine, not about a container.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from tests.security.conftest import Arena

from tempt.sandbox.docker import DockerSandbox

SUPERVISORS_RIGHTS = {"CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETPCAP", "SETUID"}


@pytest.fixture
def world(open_world: Callable[..., DockerSandbox]) -> DockerSandbox:
    return open_world()


@pytest.fixture
def told(client: Any, world: DockerSandbox) -> Mapping[str, Any]:
    """What the engine tells about the world's container."""
    container = world._container
    assert container is not None
    return dict(client.api.inspect_container(container._name))


@pytest.fixture
def bounds(told: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(told["HostConfig"])


def inside(world: DockerSandbox, command: str) -> str:
    return world.exec(command, timeout=8).stdout.strip()


def test_5_2_the_apparmor_profile_is_not_switched_off(
    client: Any, told: Mapping[str, Any], bounds: Mapping[str, Any]
) -> None:
    assert not any("unconfined" in option for option in bounds["SecurityOpt"])
    if "name=apparmor" not in client.info()["SecurityOptions"]:
        pytest.skip("CIS 5.2: this machine's kernel or engine has no AppArmor")
    assert told["AppArmorProfile"] == "docker-default"


def test_5_3_selinux_is_not_switched_off(bounds: Mapping[str, Any]) -> None:
    assert not any("label" in option for option in bounds["SecurityOpt"])


def test_5_4_rights_are_restricted_to_the_supervisors(
    world: DockerSandbox, bounds: Mapping[str, Any]
) -> None:
    assert bounds["CapDrop"] == ["ALL"]
    assert {right.removeprefix("CAP_") for right in bounds["CapAdd"]} == SUPERVISORS_RIGHTS
    rights = inside(world, "grep ^Cap /proc/self/status | cut -f 2 | sort -u")
    assert rights == "0" * 16, "the agent has none of them, and can get none"


def test_5_5_the_container_is_not_privileged(bounds: Mapping[str, Any]) -> None:
    assert bounds["Privileged"] is False
    assert bounds["Devices"] in ([], None)
    assert bounds["DeviceCgroupRules"] in ([], None)


def test_5_6_no_folder_of_the_host_is_mounted(
    told: Mapping[str, Any], bounds: Mapping[str, Any]
) -> None:
    assert bounds["Binds"] is None
    assert bounds.get("Mounts") in ([], None)
    assert bounds["VolumesFrom"] is None
    assert told["Mounts"] == []


def test_5_7_no_ssh_server_runs(world: DockerSandbox) -> None:
    assert inside(world, "pgrep -x sshd; ls /usr/sbin/sshd 2>&-") == ""


def test_5_8_no_privileged_port_is_mapped(bounds: Mapping[str, Any]) -> None:
    assert not bounds["PortBindings"]


def test_5_9_no_port_is_open(told: Mapping[str, Any], bounds: Mapping[str, Any]) -> None:
    assert bounds["PublishAllPorts"] is False
    assert not told["NetworkSettings"]["Ports"]
    assert not told["Config"].get("ExposedPorts")


def test_5_10_the_hosts_network_is_not_shared(
    world: DockerSandbox, bounds: Mapping[str, Any]
) -> None:
    assert bounds["NetworkMode"] == "none"
    assert inside(world, "ls /sys/class/net") == "lo"


def test_5_11_memory_is_limited(bounds: Mapping[str, Any]) -> None:
    assert 0 < bounds["Memory"] <= 1 << 30
    assert bounds["MemorySwap"] == bounds["Memory"], "no swap on top"
    assert not bounds["OomKillDisable"]


def test_5_12_processor_time_is_limited(bounds: Mapping[str, Any]) -> None:
    assert bounds["NanoCpus"] == 1_000_000_000
    assert 0 < bounds["CpuShares"] < 1_024


def test_5_13_the_root_is_read_only(world: DockerSandbox, bounds: Mapping[str, Any]) -> None:
    assert bounds["ReadonlyRootfs"] is True
    assert inside(world, "awk '$2 == \"/\" {print substr($4, 1, 2)}' /proc/mounts") == "ro"


def test_5_14_nothing_is_bound_to_an_interface(told: Mapping[str, Any]) -> None:
    assert not told["HostConfig"]["PortBindings"]
    assert not told["NetworkSettings"]["IPAddress"]


def test_5_15_it_is_never_restarted(bounds: Mapping[str, Any]) -> None:
    assert bounds["RestartPolicy"] == {"Name": "no", "MaximumRetryCount": 0}
    assert bounds["AutoRemove"] is True


def test_5_16_the_hosts_processes_are_not_shared(
    world: DockerSandbox, bounds: Mapping[str, Any]
) -> None:
    assert bounds["PidMode"] == ""
    assert inside(world, "cat /proc/1/comm") == "init"


def test_5_17_the_hosts_ipc_is_not_shared(bounds: Mapping[str, Any]) -> None:
    assert bounds["IpcMode"] == "private"


def test_5_18_no_device_of_the_hosts_is_there(
    world: DockerSandbox, bounds: Mapping[str, Any]
) -> None:
    assert bounds["Devices"] in ([], None)
    assert bounds["DeviceRequests"] in ([], None)
    assert inside(world, "find /dev -type b") == ""
    names = set(inside(world, "find /dev -maxdepth 1 -type c -printf '%f '").split())
    assert names == {"full", "null", "random", "tty", "urandom", "zero"}


def test_5_19_limits_are_set_for_each_container(
    world: DockerSandbox, bounds: Mapping[str, Any]
) -> None:
    limits = {limit["Name"]: (limit["Soft"], limit["Hard"]) for limit in bounds["Ulimits"]}
    assert limits["nofile"] == (256, 256)
    assert limits["core"] == (0, 0)
    assert inside(world, "ulimit -n; ulimit -Hn; ulimit -c") == "256\n256\n0"


def test_5_20_mounts_are_not_passed_on(told: Mapping[str, Any], world: DockerSandbox) -> None:
    assert not any(mount.get("Propagation") == "shared" for mount in told["Mounts"])
    assert inside(world, "grep -c shared: /proc/self/mountinfo") == "0"


def test_5_21_the_hosts_name_is_not_shared(
    world: DockerSandbox, told: Mapping[str, Any], bounds: Mapping[str, Any]
) -> None:
    assert bounds["UTSMode"] == ""
    assert told["Config"]["Hostname"] == inside(world, "hostname") == "web-2"


def test_5_22_the_seccomp_profile_is_not_switched_off(
    world: DockerSandbox, bounds: Mapping[str, Any]
) -> None:
    assert not any("seccomp=unconfined" in option for option in bounds["SecurityOpt"])
    assert inside(world, "grep ^Seccomp: /proc/self/status | cut -f 2") == "2"


def test_5_23_and_5_24_nothing_is_run_by_the_engines_exec(told: Mapping[str, Any]) -> None:
    """So neither with more rights nor as root: commands go through the main process."""
    assert told["ExecIDs"] is None


def test_5_25_the_control_group_is_the_engines_own(bounds: Mapping[str, Any]) -> None:
    assert bounds["CgroupParent"] == ""


def test_5_26_no_right_can_be_gained(world: DockerSandbox, bounds: Mapping[str, Any]) -> None:
    assert "no-new-privileges:true" in bounds["SecurityOpt"]
    assert inside(world, "grep ^NoNewPrivs /proc/self/status | cut -f 2") == "1"


def test_5_27_it_ends_by_itself_instead_of_being_watched(told: Mapping[str, Any]) -> None:
    """A health check would be a command of the engine's; the channel is the check."""
    assert told["Config"]["Healthcheck"] == {"Test": ["NONE"]}
    assert told["Config"]["OpenStdin"] is True


def test_5_28_the_image_is_named_by_its_content(told: Mapping[str, Any]) -> None:
    assert told["Config"]["Image"].startswith("sha256:")
    assert told["Image"] == told["Config"]["Image"]


def test_5_29_the_number_of_processes_is_limited(bounds: Mapping[str, Any]) -> None:
    assert bounds["PidsLimit"] == 128


def test_5_30_the_default_bridge_is_not_used(told: Mapping[str, Any]) -> None:
    assert set(told["NetworkSettings"]["Networks"]) == {"none"}


def test_5_31_the_hosts_user_namespace_is_not_asked_for(bounds: Mapping[str, Any]) -> None:
    """Where the engine remaps users, the container is remapped."""
    assert bounds["UsernsMode"] == ""


def test_5_32_the_engines_socket_is_not_mounted(arena: Arena, told: Mapping[str, Any]) -> None:
    assert not any("sock" in str(mount) for mount in told["Mounts"])
    assert arena.act("find / -xdev -name '*.sock' 2>&-").stdout == ""


def test_4_8_no_program_changes_the_user(world: DockerSandbox) -> None:
    assert inside(world, "find / -xdev -type f -perm /6000 2>&-") == ""


def test_4_1_commands_run_as_a_user(world: DockerSandbox) -> None:
    assert int(inside(world, "id -u")) >= 20_000


def test_every_mount_that_can_be_written_to_is_bounded(
    world: DockerSandbox, bounds: Mapping[str, Any]
) -> None:
    for folder, options in bounds["Tmpfs"].items():
        words = options.split(",")
        assert {"nosuid", "nodev"} <= set(words), folder
        assert any(word.startswith("size=") for word in words), folder
        assert any(word.startswith("nr_inodes=") for word in words), folder
    writable = inside(world, "awk '$4 ~ /^rw/ && $3 != \"tmpfs\" {print $3}' /proc/mounts")
    assert set(writable.split()) <= {"proc", "devpts", "mqueue"}


def test_the_engines_masks_are_kept(bounds: Mapping[str, Any]) -> None:
    assert {"/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"} <= set(
        bounds["MaskedPaths"]
    )
    assert {"/proc/sys", "/proc/sysrq-trigger"} <= set(bounds["ReadonlyPaths"])


def test_what_is_printed_is_not_logged_by_the_engine(bounds: Mapping[str, Any]) -> None:
    assert bounds["LogConfig"]["Type"] == "none"
