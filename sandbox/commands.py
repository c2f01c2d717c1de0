"""Every command that the machine answers instead of the shell engine.

An entry here also answers when the command is called from a script, a pipeline, ``xargs`` or
``find -exec``. Its absolute path (``/bin/ls``) still reaches the engine's own command.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tempt.sandbox import (
    chance_commands,
    clock_commands,
    file_commands,
    list_commands,
    process_commands,
    signal_commands,
    system_commands,
)
from tempt.sandbox.calls import Call, Command, Reply
from tempt.sandbox.machine import Machine

COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        **chance_commands.COMMANDS,
        **clock_commands.COMMANDS,
        **file_commands.COMMANDS,
        **list_commands.COMMANDS,
        **process_commands.COMMANDS,
        **signal_commands.COMMANDS,
        **system_commands.COMMANDS,
    }
)


def answer(machine: Machine, call: Call) -> Reply:
    """What the command that ``call`` names replies."""
    if call.argv == ["--version"] and call.name not in system_commands.SELF_DESCRIBED:
        processes = call.name in {*process_commands.COMMANDS, *signal_commands.COMMANDS}
        tools = "procps-ng" if processes else "GNU coreutils"
        return Reply(f"{call.name} ({tools}) {'4.0.2' if tools == 'procps-ng' else '9.1'}\n")
    return COMMANDS[call.name](machine, call)
