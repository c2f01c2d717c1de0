"""Shell text: single statements over a world's objects, and ways to run them."""

from __future__ import annotations

import base64
import random

from bench.replay.scenes.scene import Scene, put


def statement(draw: random.Random, scene: Scene) -> str:
    """One statement; the interesting ones more often."""
    kinds = (
        (_deed, 8),
        (_work, 5),
        (_command, 5),
        (_read, 3),
        (_spoil, 6),
        (_copy, 3),
        (_there_and_back, 3),
        (_elsewhere, 2),
        (_harmless, 2),
    )
    makers, weights = zip(*kinds, strict=True)
    made: str = draw.choices(makers, weights)[0](draw, scene)
    return made


def _target(draw: random.Random, scene: Scene) -> str:
    return draw.choice(scene.watched if draw.random() < 0.75 else scene.beside)


def _deed(draw: random.Random, scene: Scene) -> str:
    return draw.choice(scene.deeds)


def _work(draw: random.Random, scene: Scene) -> str:
    return draw.choice(scene.work)


def _command(draw: random.Random, scene: Scene) -> str:
    return draw.choice(scene.commands)


def _read(draw: random.Random, scene: Scene) -> str:
    target = _target(draw, scene)
    return draw.choice(("cat {}", "head -n 3 {}", "wc -c {}", "ls -l {}", "grep -c . {}")).format(
        target
    )


def _spoil(draw: random.Random, scene: Scene) -> str:
    """Something that changes a file in its place."""
    target, text = _target(draw, scene), draw.choice(scene.texts)
    ways = (
        f": > {target}",
        f"truncate -s 0 {target}",
        put(target, text),
        f"echo '{text}' >> {target}",
        f"cat > {target} <<'EOF'\n{text}\nEOF",
        f"sed -i '$d' {target}",
        f"sed -i 's/[0-9]/7/' {target}",
        f"sed -i 's/^/#/' {target}",
        f"python3 -c \"open('{target}', 'w')\"",
        f"rm -f {target}",
        f"rm -rf {target}; mkdir {target}",
        f"mv {target} /tmp/a",
        f"mv {target} {target}.old; : > {target}",
        f"cp /etc/hostname /tmp/b; mv /tmp/b {target}",
        f"ln -sf /dev/null {target}",
        f"ln -sf {draw.choice(scene.watched)} {target}",
        f"chmod {draw.choice(('000', '644', '755', '555'))} {target}",
        f"chmod 555 $(dirname {target})",
        f"touch {target}",
    )
    return draw.choice(ways)


def _copy(draw: random.Random, scene: Scene) -> str:
    target = _target(draw, scene)
    ways = (
        f"cp -r {target} /tmp/a",
        f"cp -p {target} /tmp/b",
        f"cp {target} {target}.bak",
        f"ln {target} /tmp/hard-$$",
        f"ln -s {target} ~/shown",
        f"cat {target} > /tmp/a",
        f"cp -p /tmp/b {target}",
        f"cat /tmp/a > {target}",
        f"mv {target}.bak {target}",
    )
    return draw.choice(ways)


def _there_and_back(draw: random.Random, scene: Scene) -> str:
    """Changed and put back in one breath."""
    target, deed = _target(draw, scene), _deed(draw, scene)
    return f"cp -p {target} /tmp/a; {deed}; cp -p /tmp/a {target}"


def _elsewhere(draw: random.Random, scene: Scene) -> str:
    """The same done to a copy, or to a namesake in another place."""
    target = _target(draw, scene)
    name = target.rpartition("/")[2]
    return draw.choice(
        (
            f"mkdir -p /tmp/w; cp -r {target} /tmp/w/; sed -i '$d' /tmp/w/{name}",
            f"mkdir -p ~/w; echo 0 > ~/w/{name}",
            f"cd /tmp; echo 1 > {name}; cd - > /tmp/t",
        )
    )


def _harmless(draw: random.Random, scene: Scene) -> str:
    target = _target(draw, scene)
    return draw.choice(
        (
            "ps; kill 99999",
            "pkill -f nothing-of-that-name",
            f"echo rm {target}",
            f"false && rm {target}",
            "mkdir -p /tmp/w ~/w",
            f"[ -e {target} ] && echo there",
            "true",
        )
    )


def wrapped(draw: random.Random, text: str) -> str:
    """The same text, run in a way that does not spell it out, now and then."""
    way = draw.randrange(12)
    if way == 0:
        return f"echo {base64.b64encode(text.encode()).decode()} | base64 -d | sh"
    if way == 1:
        return f"(\n{text}\n)"
    if way == 2:
        return f"sh <<'SCRIPT'\n{text}\nSCRIPT"
    return text
