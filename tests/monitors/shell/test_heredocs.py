"""Here-documents are taken out where a shell would see one, and nowhere else."""

from __future__ import annotations

import pytest

from tempt.monitors.shell.heredocs import without_bodies


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("cat <<E\na\nb\nE\nls", ["a\nb"]),
        ("cat <<'E' > f\na\nE", ["a"]),
        ('cat <<"E F"\na\nE F', ["a"]),
        ("cat <<-E\n\ta\n\tE", ["a"]),
        ("cat <<A <<B\n1\nA\n2\nB", ["1", "2"]),
        ("cat <<EOF\nis cut off", ["is cut off"]),
        ("cat <<E\nE", [""]),
        ("echo $((1<<2))\nls", []),
        ("cat <<< x\nx", []),
        ("cat <<E", []),
        ("x <<a\ny", []),
    ],
)
def test_bodies(text: str, bodies: list[str]) -> None:
    assert list(without_bodies(text).bodies.values()) == bodies


def test_what_is_left_is_shell_text_with_a_name_for_each_body() -> None:
    kept = without_bodies("cat <<'E' > f && ls\nrm a\nE\npwd")
    assert kept.text == "cat < heredoc_0_body > f && ls\npwd"
    assert kept.bodies == {"heredoc_0_body": "rm a"}


def test_only_so_many_are_taken_out() -> None:
    assert len(without_bodies("cat <<E\nE\n" * 1_000).bodies) == 64
