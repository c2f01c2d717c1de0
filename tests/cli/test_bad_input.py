"""What can't be done as asked: exit 2, one sentence, a hint, nothing on stdout, no traceback."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from commandline import Answer, Call, tempt
from stored import HALT, new_store, query
from tempt.envs.factors import COMMON

ONE = ("--arm", "control", "--agent", "scripted:honest", "--trials", "1")
EVERY = ("--trials", "1", *(f"--factor={factor.name}=all" for factor in COMMON))

WORDS: dict[str, tuple[tuple[str, ...], str, str]] = {
    # what is asked: words, what is said, what is hinted
    "a command": (("rnu",), 'Did you mean "run"?', "tempt --help"),
    "an option": (("run", "--trails", "3"), "Did you mean --trials?", "tempt --help"),
    "a scenario": (("run", "halt_midwya"), '"halt_midwya"', 'did you mean "halt_midway"?'),
    "no such scenario": (("run", "xyz"), '"xyz"', "tempt list scenarios"),
    "a suite": (("run", "--suite", "coer"), '"coer"', 'did you mean "core"?'),
    "an arm": (("run", HALT, "--arm", "temptd"), '"temptd"', 'did you mean "tempted"?'),
    "an agent": (("run", HALT, "--agent", "scriptd:honest"), "'scriptd'", '"scripted"'),
    "a bare agent": (("run", HALT, "--agent", "scripted"), "form scripted:POLICY", "scripted"),
    "a policy": (("run", HALT, "--agent", "scripted:honets"), '"honets"', '"honest"'),
    "a mixed policy": (("run", HALT, "--agent", "scripted:mixture?bad=x"), '"x"', "list agents"),
    "an agent's option": (("run", HALT, "--agent", "scripted:mixture?q=1"), '"q"', "known: p"),
    "an option of no options": (("run", HALT, "--agent", "random?q=1"), '"q"', "known: none;"),
    "p above one": (("run", HALT, "--agent", "scripted:mixture?p=1.5"), "probability", "0.1"),
    "p no number": (("run", HALT, "--agent", "scripted:mixture?p=nan"), "probability", "0.1"),
    "a factor": (("run", HALT, "--factor", "polcy=P1"), '"polcy"', 'did you mean "policy"?'),
    "a level": (("run", HALT, "--factor", "policy=P9"), '"P9"', "did you mean"),
    "a factor alone": (("run", HALT, "--factor", "policy"), '"policy"', "policy=P2,P3"),
    "a level alone": (("run", HALT, "--factor", "=P2"), '""', "policy"),
    "an empty level": (("run", HALT, "--factor", "policy=P2,"), 'level ""', "P0, P1, P2, P3"),
    "a grid": (("run", HALT, "--grid", "pariwise"), '"pariwise"', 'did you mean "pairwise"?'),
    "skins nowhere": (("run", HALT, "--skins", "none"), "there are no skins in", "docs/factors.md"),
    "an unset folder": (("run", HALT, "--skins", ""), "--skins names no folder", "leave it out"),
    "too many trials": (("run", HALT, "--trials", "1000000"), "24,000,000 episodes", "leave"),
    "too many levels": (("run", HALT, *EVERY), "8,626,176 episodes", "--grid pairwise"),
    "no trials": (("run", HALT, "--trials", "0"), "--trials must be at least 1, not 0", "number"),
    "negative trials": (("run", HALT, "--trials", "-1"), "--trials must be at least 1", "number"),
    "trials in words": (("run", HALT, "--trials", "many"), '"many"', "tempt --help"),
    "negative first": (("run", HALT, "--first-trial", "-1"), "--first-trial", "number"),
    "no steps": (("run", HALT, "--max-steps", "0"), "--max-steps must be at least 1", "number"),
    "no workers": (("run", HALT, "--workers", "0"), "--workers must be at least 1", "number"),
    "negative workers": (("run", HALT, "--workers", "-1"), "--workers", "number"),
    "a sandbox": (("run", HALT, "--sandbox", "dcoker"), "'dcoker'", "tempt doctor"),
    "a log level": (("run", HALT, "--log-level", "loud"), '"loud"', "debug, info"),
    "a kind to list": (("list", "scenarois"), '"scenarois"', 'did you mean "scenarios"?'),
    "no run at all": (("show", "latest"), "holds no runs", "tempt run"),
    "nothing to show": (("show",), "requires an argument", "tempt --help"),
    "a step of a scenario": (("show", HALT, "--step", "3"), "--step is for an episode", "leave"),
    "a step of a run": (("show", "latest", "--step", "3"), "and this is a run", "leave it out"),
    "skins of an episode": (("show", "latest/0", "--skins"), "--skins is for a run", "leave"),
    "a run to replay": (("replay", "latest"), "names no episode", "trial's number"),
    "latest to purge": (("purge", "latest"), "too easily the wrong one", "name the run"),
    "nameless to purge": (("purge", ""), 'no run ""', "tempt run"),
    "a missing file": (("show", "x.sqlite"), "No such file", "tempt list runs"),
    "a run to resume": (("run", "--resume", "x"), "holds no runs", "tempt run"),
    "changed code in a new run": (("run", HALT, "--allow-changed-code"), "resumed", "--resume"),
    "a folder below a file": (("run", HALT, *ONE, "--out", "file/x"), "Not a dir", "--out"),
    "a file as folder": (("run", HALT, *ONE, "--out", "file"), "can't be created", "--out"),
    "a folder of the kernel": (("run", HALT, *ONE, "--out", "/proc/x"), "created", "--out"),
    "a module": (("run", "no_such_module:SCENARIO"), "ModuleNotFoundError", "python -c"),
    "a name in a module": (("run", "json:SCENARIO"), "is not a scenario", "python -c"),
    "a thing that is none": (("run", "json:dumps"), "is not a scenario", "python -c"),
    "no name": (("run", "json:"), "not of the form", "python -c"),
}


def said(answer: Answer) -> tuple[str, str]:
    """The one sentence and the hint; everything else about a refusal is checked here."""
    assert (answer.code, answer.out) == (2, "")
    sentence, hint, *more = answer.err.splitlines()
    assert more == []
    assert sentence.startswith("error: ")
    assert hint.startswith("hint: ")
    return sentence, hint


@pytest.mark.parametrize(("words", "sentence", "hint"), WORDS.values(), ids=WORDS.keys())
def test_words_that_cannot_be_followed(
    call: Call, folder: Path, words: tuple[str, ...], sentence: str, hint: str
) -> None:
    (folder / "file").touch()
    found = said(call(*words))
    assert sentence in found[0]
    assert hint in found[1]
    assert not (folder / "runs").exists()


def test_the_same_as_a_record(call: Call, folder: Path) -> None:
    (folder / "file").touch()
    for words, sentence, hint in WORDS.values():
        if words[0] == "purge" or words == ("rnu",):
            continue  # these know no --json
        answer = call(*words, "--json")
        assert (answer.code, answer.out) == (2, ""), words
        record = json.loads(answer.err)
        assert set(record) == {"error"}
        assert set(record["error"]) == {"kind", "message", "hint"}
        assert record["error"]["kind"] == "usage"
        assert sentence in record["error"]["message"]
        assert hint in record["error"]["hint"]


REFERENCES = {
    "another run": ("show", "nope", "no run", "tempt list runs"),
    "a misspelt run": ("show", "{run}x", "no run", "did you mean"),
    "an episode that is not there": ("show", "{run}/tempted/7", "no episode", "tempt show {run}"),
    "several episodes": ("show", "{run}/scripted:honest/0", "fits 2 episodes", "control"),
    "no trial": ("show", "{run}/tempted/scripted:honest", "no episode", "trial's number"),
    "a replay of several": ("replay", "{run}/0", "fits 4 episodes", "among them"),
    "a resumed run with trials": ("run", "--resume {run} --trials 9", "--trials can't", "leave"),
    "a resumed run with an arm": ("run", "--resume {run} --arm control", "--arm can't", "leave"),
    "a resumed run with words": ("run", "--resume {run} halt_midway", "a scenario can't", "leave"),
    "a step before the first": (
        "show",
        "{run}/tempted/scripted:honest/0 --step 0",
        "no step 0",
        "1 to",
    ),
    "a step behind the last": (
        "show",
        "{run}/tempted/scripted:honest/0 --step 99",
        "no step 99",
        "1 to",
    ),
}


@pytest.mark.parametrize("case", REFERENCES.values(), ids=REFERENCES.keys())
def test_references_that_lead_nowhere(
    call: Call, run_name: str, case: tuple[str, str, str, str]
) -> None:
    command, rest, sentence, hint = case
    found = said(call(command, *rest.format(run=run_name).split()))
    assert sentence in found[0]
    assert hint.format(run=run_name) in found[1]


def test_a_beginning_that_fits_two_runs(call: Call, run_name: str) -> None:
    shutil.copy(f"runs/{run_name}.sqlite", f"runs/{run_name}b.sqlite")
    sentence, hint = said(call("show", run_name[:8]))
    assert "fits 2 runs" in sentence
    assert run_name in hint
    assert call("purge", run_name[:8]).code == 2


CONFIGS = {
    # what is wrong: file, text, what is said, what is hinted
    "malformed": ("tempt.toml", "[run]\ntrials = = 3\n", "tempt.toml:2 is malformed", "mend"),
    "unfinished": ("tempt.toml", '[run]\nout = "a\n', "tempt.toml:2 is malformed", "mend"),
    "unfinished at the end": ("tempt.toml", "[run]\n\nagents = [", "tempt.toml:3 is malf", "mend"),
    "not UTF-8": ("tempt.toml", "[run]\n# \udcff\n", "tempt.toml:2 is malformed", "mend"),
    "a key twice": ("tempt.toml", "[run]\ntrials = 1\ntrials = 1\n", "malformed", "mend"),
    "an unknown table": ("tempt.toml", "\n[rum]\n", 'tempt.toml:2: unknown key "rum"', '"run"'),
    "an unknown key": (
        "tempt.toml",
        "[run]\n\ntrails = 3\n",
        'toml:3: unknown key "trails"',
        '"trials"',
    ),
    "a quoted key": (
        "tempt.toml",
        '[run]\n"trails" = 3\n',
        'toml:2: unknown key "trails"',
        "trials",
    ),
    "an inline table": (
        "tempt.toml",
        "run = {trails = 3}\n",
        'toml:1: unknown key "trails"',
        "trials",
    ),
    "a dotted key": ("tempt.toml", "\nrun.trails = 3\n", 'toml:2: unknown key "trails"', "trials"),
    "a text for a number": (
        "tempt.toml",
        '[run]\ntrials = "3"\n',
        'toml:2: "trials" must be a n',
        '"3"',
    ),
    "a truth for a number": ("tempt.toml", "[run]\ntrials = true\n", "must be a number", "true"),
    "a number for a text": ("tempt.toml", "[run]\nout = 3\n", 'toml:2: "out" must be a text', "3"),
    "a text for a list": ("tempt.toml", '[run]\nagents = "random"\n', "must be a list", "random"),
    "a list of numbers": (
        "tempt.toml",
        "[run]\nagents = [1, 2]\n",
        'toml:2: "agents" must be a list of texts',
        "1",
    ),
    "a number for a table": ("tempt.toml", "run = 3\n", 'toml:1: "run" must be a table', "3"),
    "a list of tables": ("tempt.toml", "[[run]]\ntrials = 3\n", '"run" must be a table', "trials"),
    "scenarios of numbers": (
        "tempt.toml",
        "[scenarios]\nx = 3\n",
        'toml:2: "x" must be a text',
        "3",
    ),
    "too few trials": ("tempt.toml", "[run]\ntrials = 0\n", "at least 1", "number"),
    "an unknown agent": ("tempt.toml", '[run]\nagents = ["gtp"]\n', '"gtp"', "known"),
    "an unknown sandbox": ("tempt.toml", '[run]\nsandbox = "dcoker"\n', "dcoker", "doctor"),
    "a malformed project": (
        "pyproject.toml",
        "[project\n",
        "pyproject.toml:1 is malformed",
        "mend",
    ),
    "a project's key": (
        "pyproject.toml",
        "[tool.tempt.run]\ntrails = 3\n",
        "pyproject.toml:2",
        "trials",
    ),
}


@pytest.mark.parametrize("case", CONFIGS.values(), ids=CONFIGS.keys())
def test_configurations_that_cannot_be_followed(
    call: Call, folder: Path, case: tuple[str, str, str, str]
) -> None:
    name, text, sentence, hint = case
    (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    found = said(call("run", HALT))
    assert sentence in found[0]
    assert hint in found[1]


MODULES = {
    "unparsable": ("SyntaxError", "import unparsable"),
    "needy": ("No module named 'no_such_module'", "import needy"),
    "leaving": ("SystemExit", "import leaving"),
    "empty": ("is not a scenario", "import empty"),
    "defective:NOTHING": ("is not a scenario", "import defective"),
}


@pytest.mark.parametrize("module", MODULES)
def test_scenarios_of_ones_own_that_cannot_be_loaded(
    call: Call, own_folder: Path, module: str
) -> None:
    location = module if ":" in module else f"{module}:SCENARIO"
    (own_folder / "tempt.toml").write_text(f'[scenarios]\nmine = "{location}"\n')
    for words in (("run", "mine"), ("show", "mine"), ("list", "scenarios")):
        sentence, hint = said(call(*words))
        assert f'scenario "{location}" can\'t be loaded' in sentence
        assert MODULES[module][0] in sentence
        assert MODULES[module][1] in hint


def test_a_scenario_that_requires_more_than_the_backend_has(call: Call, own_folder: Path) -> None:
    sentence, hint = said(call("run", HALT, "needing", *ONE))
    lacks = 'needing requires permissions, processes, which the backend "virtual" lacks'
    assert sentence == f"error: {lacks}"
    assert "--sandbox" in hint
    assert not (own_folder / "runs").exists()


def test_a_run_whose_scenario_has_come_to_require_more(call: Call, own_folder: Path) -> None:
    path = own_folder / "needing.py"
    text = path.read_text()
    path.write_text(text.replace("requires", "wants"))
    assert call("run", "needing", *ONE).code == 0
    path.write_text(text)
    for words in (("run", "--resume", "latest"), ("replay", "latest/0")):
        answer = tempt(*words, cwd=own_folder)
        assert said(answer)[0].startswith("error: needing requires permissions, processes")


def test_two_scenarios_of_one_id(call: Call, own_folder: Path) -> None:
    (own_folder / "empty.py").write_text((own_folder / "diversion.py").read_text())
    sentence, hint = said(call("run", "diversion", "empty:SCENARIO", *ONE))
    places = "diversion:SCENARIO and empty:SCENARIO"
    assert sentence == f'error: two scenarios have the id "diversion": {places}'
    assert "another id" in hint
    assert not (own_folder / "runs").exists()


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2_000])


def foreign(path: Path) -> None:
    path.write_text("not a run at all, but somebody's letter\n" * 9)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def newer(path: Path) -> None:
    query(path, "PRAGMA user_version = 99")


FILES = {"damaged": damaged, "foreign": foreign, "emptied": emptied, "newer": newer}


@pytest.mark.parametrize("spoil", FILES)
def test_files_that_are_no_runs(call: Call, folder: Path, spoil: str) -> None:
    (folder / "runs").mkdir()
    path = folder / "runs" / "run.sqlite"
    new_store(path).close()
    FILES[spoil](path)
    before = path.read_bytes()
    for words in (
        ("show", "run"),
        ("show", str(path)),
        ("show", "latest/x/0"),
        ("replay", "run/x/0"),
        ("purge", "run"),
        ("run", "--resume", "run"),
    ):
        sentence, hint = said(call(*words))
        assert "run.sqlite" in sentence
        assert "tempt list runs" in hint
        assert path.read_bytes() == before


def test_one_spoilt_file_does_not_hide_the_other_runs(call: Call, run_name: str) -> None:
    foreign(Path("runs/a.sqlite"))
    answer = call("list", "runs", "--json")
    assert [record["run"] for record in answer.records] == [run_name]
    assert answer.err == "left out: runs/a.sqlite is not a run file\n"


def test_all_of_this_holds_for_the_installed_script_too(folder: Path) -> None:
    sentence, hint = said(tempt("run", "halt_midwya", cwd=folder))
    assert sentence == 'error: unknown scenario "halt_midwya"'
    assert hint == 'hint: did you mean "halt_midway"?'
