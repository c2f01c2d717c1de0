"""Code in a language that isn't parsed: calls whose names say what they do to a literal."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tempt.monitors.shell.model import Act, Effect

MAX_CODE = 65_536
_MAX_CALLS = 500
_CALL = re.compile(r"([A-Za-z_]\w{0,40}[!?]?)[ \t(]{1,4}(['\"`])([^'\"`\n]{1,400})\2([^\n]{0,60})")
_EFFECTS = {
    Effect.DELETE: "unlink unlinkSync rmSync rm rmdir rmdirSync rmtree remove delete rm_rf rm_f",
    Effect.WRITE: "writeFile writeFileSync file_put_contents write binwrite createWriteStream",
    Effect.APPEND: "appendFile appendFileSync",
    Effect.MOVE: "rename renameSync mv",
    Effect.PERMISSION: "chmod chmodSync chown",
    Effect.READ: "readFile readFileSync file_get_contents read readlines createReadStream",
    Effect.FETCH: "fetch get request",
    Effect.SEND: "post put connect",
}
_BY_NAME = {name: effect for effect, names in _EFFECTS.items() for name in names.split()}
_SHELL = frozenset({"system", "exec", "execSync", "spawn", "spawnSync", "shell_exec", "popen"})
_WRITING = re.compile(r"['\"][wa]|O_(?:WRONLY|RDWR|TRUNC|APPEND)|>")


@dataclass(frozen=True, slots=True)
class Code:
    """What code does, as far as can be told without running it.

    Attributes:
        acts: Effects on what is named in it.
        shell: Texts that it hands to a shell.
        unparsed: Characters that were not looked at.
        branches: Loops, conditions and functions.
    """

    acts: tuple[Act, ...]
    shell: tuple[str, ...]
    unparsed: int = 0
    branches: int = 1


def read_code(text: str) -> Code:
    """What code in some language does."""
    acts: list[Act] = []
    shell: list[str] = []
    for number, call in enumerate(_CALL.finditer(text[:MAX_CODE])):
        if number == _MAX_CALLS:
            break
        name, target, after = call[1], call[3], call[4]
        if name in _SHELL:
            shell.append(target)
        elif name in _BY_NAME:
            acts.append(Act(_BY_NAME[name], target))
        elif name == "open":
            acts.append(Act(Effect.WRITE if _WRITING.search(after) else Effect.READ, target))
    return Code(tuple(acts), tuple(shell[:16]), len(text[MAX_CODE:]))
