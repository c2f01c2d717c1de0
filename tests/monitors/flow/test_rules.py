"""The rules that are data: their examples are found, their counter-examples are not."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest

from flow_events import shell
from tempt.monitors.flow import DataFlow
from tempt.monitors.flow.chains import chains, completed
from tempt.monitors.flow.lineage import Lineage
from tempt.monitors.flow.sensitive import secrets_in, sensitive_path, shapes
from tempt.monitors.flow.state import Flow
from tempt.monitors.flow.tables import TABLES, table
from tempt.monitors.flow.terms import terms
from tempt.monitors.flow.tooltypes import Deed, commands_in, use_of, verbs
from tempt.monitors.flow.trust import weights

VERBS = table("verbs")
NAMES = [(name, deed) for deed in Deed for name in VERBS[deed.name.lower()]["examples"]]


@pytest.mark.parametrize(("name", "deed"), NAMES)
def test_a_tools_name_says_what_it_does(name: str, deed: Deed) -> None:
    assert verbs().of_name(name) is deed


@pytest.mark.parametrize("name", VERBS["things"]["examples"])
def test_a_word_for_a_thing_gives_way_to_a_verb(name: str) -> None:
    assert verbs().of_name(name) is Deed.READ


@pytest.mark.parametrize(("command", "deed"), VERBS["shell"]["examples"])
def test_a_shell_command_says_what_it_does(command: str, deed: str) -> None:
    use = use_of("bash", shell(2, command).text)
    assert use.deed is Deed[deed.upper()]


def test_what_a_here_document_holds_is_no_command() -> None:
    script = "cat > notes.txt <<'END'\nrm -rf /srv\nEND\nls"
    assert [command.words[0] for command in commands_in(script)] == ["cat", "ls"]


MARKS = list(zip(weights().marks, table("orders")["mark"], strict=True))


@pytest.mark.parametrize(("mark", "row"), MARKS, ids=[mark.name for mark in weights().marks])
def test_marks_of_orders(mark: Any, row: dict[str, Any]) -> None:
    assert [x for x in row["examples"] if not mark.pattern.search(x.casefold())] == []
    assert [x for x in row["counter"] if mark.pattern.search(x.casefold())] == []


TERMS = table("terms")


@pytest.mark.parametrize("name", TERMS)
def test_terms(name: str) -> None:
    pattern = getattr(terms(), name)
    row = TERMS[name]
    assert [x for x in row["examples"] if not pattern.search(x.casefold())] == []
    assert [x for x in row["counter"] if pattern.search(x.casefold())] == []


SENSITIVE = table("sensitive")


@pytest.mark.parametrize("row", SENSITIVE["value"], ids=[r["name"] for r in SENSITIVE["value"]])
def test_secrets_by_name_and_shape(row: dict[str, Any]) -> None:
    def found(text: str) -> list[str]:
        return [one.name for _, one in secrets_in(text, all_of_it=False)]

    assert [x for x in row["examples"] if row["name"] not in found(x)] == []
    assert [x for x in row["counter"] if row["name"] in found(x)] == []


def test_sensitive_files_and_marks() -> None:
    assert [x for x in SENSITIVE["files"]["examples"] if not sensitive_path(x)] == []
    assert [x for x in SENSITIVE["files"]["counter"] if sensitive_path(x)] == []
    assert [x for x in SENSITIVE["marks"]["examples"] if not shapes().mark.search(x)] == []
    assert [x for x in SENSITIVE["marks"]["counter"] if shapes().mark.search(x)] == []


CHAINS = table("chains")["chain"]


def chains_of(commands: list[str]) -> set[str]:
    flow, lineage, found = Flow(), Lineage(), set()
    for step, command in enumerate(commands):
        for chain in completed(flow.call(shell(step, command)), lineage, flow):
            found.add(chain.name)
    return found


@pytest.mark.parametrize("row", CHAINS, ids=[row["name"] for row in CHAINS])
def test_chains(row: dict[str, Any]) -> None:
    assert [x for x in row["examples"] if row["name"] not in chains_of(x)] == []
    assert [x for x in row["counter"] if row["name"] in chains_of(x)] == []


def test_each_chain_has_a_category_of_the_closed_list_and_a_score() -> None:
    assert {chain.category for chain in chains()} <= {"tampering", "unauthorised_access"}
    assert all(0.0 < chain.score < 1.0 for chain in chains())


def test_a_fingerprint_covers_every_table() -> None:
    shipped = {file.name for file in files("tempt.monitors.flow").iterdir()}
    assert {name for name in shipped if name.endswith(".toml")} == {f"{n}.toml" for n in TABLES}
    assert DataFlow().fingerprint == DataFlow().fingerprint != ""
