"""`supportrules init`: the starter loads, its cases pass and show all of it; all of it is written, or nothing."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from command import run
from edits import edited
from supportrules import Policy, load_policy
from supportrules.cases.cases import Case, read_cases
from supportrules.policy.documents import read_documents
from supportrules.policy.files import REQUIRED
from supportrules.policy.schema import FOLDER, schema_name
from supportrules.policy.starter import STARTER, write_starter

CASES = read_cases(STARTER)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A policy that `init` has made, under the name `mine`."""
    write_starter(tmp_path / "mine")
    return tmp_path / "mine"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


# The starter


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_its_cases_pass(case: Case, starter: Policy) -> None:
    assert not case.run(starter).differences, case.location


def test_every_rule_and_every_cell_is_shown(starter: Policy) -> None:
    shown = {rule for case in CASES for rule in case.run(starter).stood}
    rules = {rule.id for stage in starter.program.stages.values() for rule in stage.rules}
    rules |= {"calendars.coverage", *(f"calendars.hours.{hours}" for hours in starter.definition.hours)}
    assert len(rules) > 15
    assert not rules - shown


@pytest.mark.parametrize(
    ("stem", "old", "new"),
    [
        ("calendars", '"12-24"', '"2027-12-24"'),
        ("calendars", "holidays: customer", "holidays: none"),
        ("severity", "[definitions, otherwise]", "[otherwise, definitions]"),
    ],
)
def test_the_cases_see_an_edit(tmp_path: Path, stem: str, old: str, new: str) -> None:
    policy = load_policy(edited(tmp_path, stem, old, new, STARTER))
    assert any(case.run(policy).differences for case in CASES)


def test_every_clause_has_an_entry_or_says_why_not(starter: Policy) -> None:
    cited = {
        c
        for f in STARTER.glob("*.yaml")
        for c in sources(read_documents(f.read_text("utf-8"), f.name)[0][0].plain())
    }
    assert {c.number for c in starter.definition.clauses.values() if c.not_a_rule is None} == cited
    assert {number for case in CASES for number in case.clauses} == cited


def sources(data: Any) -> set[str]:
    """The clauses that entries name."""
    if isinstance(data, list):
        return set().union(*map(sources, data))
    if not isinstance(data, dict):
        return set()
    own = data["source"] if isinstance(data.get("source"), list) else []
    return {*own, *(number for value in data.values() for number in sources(value))}


def test_it_is_short() -> None:
    # Some 200 words a minute, for ten minutes.
    words = sum(len(file.read_text("utf-8").split()) for file in STARTER.glob("*.yaml"))
    assert words < 2000


# What is made of it


def test_it_loads_and_says_what_the_starter_says(made: Path, starter: Policy) -> None:
    policy = load_policy(made)
    assert policy.name == "mine"
    for case in read_cases(made):
        assert not case.run(policy).differences, case.location
    assert load_policy(made.parent / "mine").digest != starter.digest
    write_starter(made.parent / "like it", starter.name)
    assert load_policy(made.parent / "like it").digest == starter.digest


def test_schemas_and_examples_do_not_count_for_the_digest(made: Path) -> None:
    before = load_policy(made).digest
    for folder in ("schema", "examples", "tests"):
        shutil.rmtree(made / folder)
    assert load_policy(made).digest == before


def test_every_file_names_a_schema_that_lies_in_the_directory(made: Path) -> None:
    files = [*made.glob("*.yaml"), *made.glob("tests/*.yaml")]
    assert {file.stem for file in made.glob("*.yaml")} >= set(REQUIRED)
    for file in files:
        prefix, _, target = file.read_text("utf-8").splitlines()[0].partition("$schema=")
        assert prefix == "# yaml-language-server: "
        place = (file.parent / target).resolve()
        assert place.parent == made.resolve() / "schema"
        assert place.read_bytes() == (FOLDER / place.name).read_bytes()
        stem = "tests" if file.parent.name == "tests" else schema_name(file.stem)
        assert place.name == f"{stem}.schema.json"
        (document,), problems = read_documents(file.read_text("utf-8"), file.name)
        assert problems == []
        Draft202012Validator(json.loads(place.read_text("utf-8"))).validate(document.plain())


def test_the_examples_are_decided(made: Path) -> None:
    done = run("evaluate", "--policy", "mine", "mine/examples/tickets.yaml", cwd=made.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("folder", "name", "expected"),
    [
        ("acme-support", None, "acme-support"),
        ("Acme Support", None, "example-support"),
        ("Acme", "acme", "acme"),
        # Without quotes YAML would read another type.
        ("2026", None, "2026"),
        ("null", None, "null"),
        ("a", "1e5", "1e5"),
    ],
)
def test_the_name(tmp_path: Path, folder: str, name: str | None, expected: str) -> None:
    write_starter(tmp_path / folder, name)
    assert load_policy(tmp_path / folder).name == expected


@pytest.mark.parametrize("name", ["Acme", "", "-a", "a b", "a\n", 'a"', "é"])
def test_a_name_that_cannot_be_one(tmp_path: Path, name: str) -> None:
    done = run("init", "mine", "--name", name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "the name of a policy has small letters, digits and hyphens" in done.stderr
    assert list(tmp_path.iterdir()) == []


# The command


def test_it_says_what_was_made_and_what_to_try(tmp_path: Path) -> None:
    done = run("init", "my policy", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    made = sorted(p.name + "/" * p.is_dir() for p in (tmp_path / "my policy").iterdir())
    assert sorted(line.strip() for line in lines[1 : 1 + len(made)]) == made
    commands = [line.strip() for line in lines[2 + len(made) :]]
    assert len(commands) == 4
    for command in commands:
        assert command.startswith("supportrules ")
        tried = subprocess.run(
            ["bash", "-c", f"{Path(sys.executable).parent}/{command}"],
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        assert (tried.returncode, tried.stderr) == (0, b"")


def test_twice_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    assert run("init", "mine", cwd=tmp_path).returncode == 0
    (tmp_path / "mine" / "plans.yaml").write_text("mine", "utf-8")
    before = contents(tmp_path)
    done = run("init", "mine", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "mine: the directory is not empty, it has `calendars.yaml`, `channels.yaml`, `clauses.yaml`, `examples`, "
        "`plans.yaml`, …: name a new directory, or an empty one\n"
    )
    assert contents(tmp_path) == before


def test_a_directory_that_has_anything_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / ".hidden").touch()
    done = run("init", "mine", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("mine: the directory is not empty, it has `.hidden`: ")
    assert [p.name for p in tmp_path.rglob("*")] == ["mine", ".hidden"]


def test_an_empty_directory_stays_the_same_one(tmp_path: Path) -> None:
    before = tmp_path.stat().st_ino
    done = run("init", ".", "--name", "mine", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert tmp_path.stat().st_ino == before
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]
    assert load_policy(tmp_path).name == "mine"


def test_parents_are_made(tmp_path: Path) -> None:
    assert run("init", "a/b/mine", cwd=tmp_path).returncode == 0
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b"]
    assert [p.name for p in (tmp_path / "a" / "b").iterdir()] == ["mine"]
    assert load_policy(tmp_path / "a" / "b" / "mine").name == "mine"


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "to").symlink_to("real")
    assert run("init", "to", cwd=tmp_path).returncode == 0
    assert (tmp_path / "to").is_symlink()
    assert load_policy(tmp_path / "real").name == "real"


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("file", "file: a file, not a directory: name a new directory, or an empty one\n"),
        ("file/mine", "file/mine: not a directory\n"),
        ("x" * 300, f"{'x' * 300}: file name too long\n"),
        ("loop", "loop: a file, not a directory: name a new directory, or an empty one\n"),
    ],
)
def test_a_place_that_cannot_be(tmp_path: Path, where: str, message: str) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    (tmp_path / "loop").symlink_to("loop")
    done = run("init", where, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", message)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "loop"]
    assert (tmp_path / "file").read_text("utf-8") == "mine"


def test_no_directory_is_wrong_usage(tmp_path: Path) -> None:
    done = run("init", cwd=tmp_path)
    assert done.returncode == 2
    assert "Missing argument 'DIR'" in done.stderr


# Nothing stays half-written


@pytest.mark.parametrize("where", ["mine", "a/b/mine", "empty"])
@pytest.mark.parametrize("method", ["mkdir", "write_text", "rename"])
@pytest.mark.parametrize("number", [0, 1, 4])
def test_a_fault_on_the_way_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, method: str, number: int
) -> None:
    (tmp_path / "empty").mkdir()
    original = getattr(Path, method)
    calls: list[object] = []

    def failing(path: Path, *arguments: Any, **options: Any) -> Any:
        calls.append(path)
        if len(calls) > number:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return original(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, method, failing)
        try:
            write_starter(tmp_path / where)
        except PermissionError:
            assert [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")] == ["empty"]
        else:
            # So many calls are not needed.
            assert len(calls) <= number
    write_starter(tmp_path / "after")
