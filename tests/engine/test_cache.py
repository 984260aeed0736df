"""A policy that is kept decides as the one that it was kept of, and nothing else is ever taken for it."""

from __future__ import annotations

import json
import os
import random
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from edits import copied
from known_tickets import BUSINESS, MAIL
from random_tickets import random_tickets
from supportrules import Policy, PolicyLoadError, load_policy
from supportrules.engine.cache import holidays, load_cached
from supportrules.engine.cache.folder import CacheFolder
from supportrules.engine.cache.holidays import KeptHolidays
from supportrules.engine.cache.policies import MOST_FILES
from supportrules.policy.starter import STARTER
from supportrules.tickets import read_tickets
from supportrules.time import keeper, public_holidays


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "cache"
    monkeypatch.setenv("SUPPORTRULES_CACHE", str(found))
    return found


def is_kept(policy: Policy) -> bool:
    """Whether a policy came out of the cache: there nothing is left to compile."""
    forest = policy.tables.forest
    return all(forest.stage(name).known is not None for name in policy.program.stages)


@pytest.mark.parametrize("which", ["shipped", "harbourline"])
def test_it_is_the_same_policy_the_second_time(
    which: str, folder: Path, request: pytest.FixtureRequest
) -> None:
    source: Policy = request.getfixturevalue(which)
    where = Path(source.definition.sources.documents["policy"].location.file).parent
    first, second = load_cached(where), load_cached(where)
    assert not is_kept(first) and is_kept(second)
    assert second == source and second.definition == source.definition
    for ticket in random_tickets(source, random.Random(3), 40):
        assert second.evaluate(ticket).to_dict() == source.evaluate(ticket).to_dict()
    # Places too: in the files that were named, and not in the cache.
    pairs = zip(second.definition.origins(), source.definition.origins(), strict=True)
    assert all(kept.location == read.location for kept, read in pairs)
    mine, theirs = second.definition.sources, source.definition.sources
    assert {n: node.plain() for n, node in mine.documents.items()} == {
        n: node.plain() for n, node in theirs.documents.items()
    }
    assert mine.documents["policy"].location == theirs.documents["policy"].location


def test_a_policy_that_was_edited_is_read_again(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    where = copied(tmp_path / "policy", STARTER)
    load_cached(where)
    assert is_kept(load_cached(where))
    targets = where / "response_targets.yaml"
    before, text = targets.stat(), targets.read_text("utf-8")
    targets.write_text(text.replace("target: PT1H", "target: PT9H"), "utf-8")
    # As long, and as old.
    os.utime(targets, ns=(before.st_atime_ns, before.st_mtime_ns))
    changed = load_cached(where)
    assert not is_kept(changed) and changed == load_policy(where)
    targets.write_text(text, "utf-8")
    assert is_kept(load_cached(where))
    targets.write_text(text.replace("target: PT1H", "target: sometime"), "utf-8")
    with pytest.raises(PolicyLoadError):
        load_cached(where)
    # What says the same under another name stands in other places.
    moved = where.rename(tmp_path / "moved")
    targets = moved / "response_targets.yaml"
    targets.write_text(text, "utf-8")
    again = load_cached(moved)
    assert is_kept(again)
    assert again.definition.cells[0].origin.location.file == str(targets)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "other", "folder", "forbidden"])
def test_a_file_that_is_not_what_it_should_be_is_passed_over(damage: str, folder: Path) -> None:
    load_cached(STARTER)
    (file,) = folder.iterdir()
    data = file.read_bytes()
    match damage:
        case "cut":
            file.write_bytes(data[: len(data) // 2])
        case "flipped":
            middle = len(data) // 2
            file.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
        case "empty":
            file.write_bytes(b"")
        case "other":
            # A sound one of another policy, under this name.
            load_cached()
            (other,) = set(folder.iterdir()) - {file}
            other.replace(file)
        case "folder":
            file.unlink()
            file.mkdir()
        case _:
            file.unlink()
            file.symlink_to("/proc/1/mem")
    assert not is_kept(load_cached(STARTER))
    if damage not in ("folder", "forbidden"):
        assert is_kept(load_cached(STARTER))


def test_where_nothing_can_be_written_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nowhere")):
        monkeypatch.setenv("SUPPORTRULES_CACHE", str(place))
        assert load_cached(STARTER) == load_policy(STARTER)


@pytest.mark.parametrize(
    "word", ["off", "OFF", "Off", " off ", "0", "no", "No", "n", "false", "FALSE", "none", "Disabled"]
)
def test_every_spelling_of_off_switches_it_off(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPPORTRULES_CACHE", word)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert not is_kept(load_cached(STARTER)) and not is_kept(load_cached(STARTER))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("word", ["", "on", "YES", "true", "1"])
def test_on_is_no_name_of_a_directory(word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPORTRULES_CACHE", word)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    load_cached(STARTER)
    assert is_kept(load_cached(STARTER))
    assert [path.name for path in tmp_path.iterdir()] == ["supportrules"]


def test_a_user_without_a_home_has_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("SUPPORTRULES_CACHE", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    monkeypatch.chdir(tmp_path)
    assert not is_kept(load_cached(STARTER)) and not is_kept(load_cached(STARTER))
    assert list(tmp_path.iterdir()) == []


def kept_file(folder: Path) -> Path:
    """The file of a policy that was kept just now."""
    load_cached(STARTER)
    (file,) = folder.iterdir()
    assert is_kept(load_cached(STARTER))
    return file


def test_it_is_for_its_user_alone(folder: Path) -> None:
    before = os.umask(0)
    try:
        file = kept_file(folder)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (folder, file)] == [0o700, 0o600]


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_is_not_read(mode: int, folder: Path) -> None:
    file = kept_file(folder)
    file.chmod(mode)
    assert not is_kept(load_cached(STARTER))
    # It was written anew.
    assert is_kept(load_cached(STARTER)) and stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o1777])
def test_nothing_is_read_from_a_directory_that_others_can_write(mode: int, folder: Path) -> None:
    file = kept_file(folder)
    folder.chmod(mode)
    written = file.stat().st_mtime_ns
    assert not is_kept(load_cached(STARTER)) and not is_kept(load_cached(STARTER))
    assert file.stat().st_mtime_ns == written
    folder.chmod(0o700)
    assert is_kept(load_cached(STARTER))


def test_nothing_is_read_from_the_directory_of_another_user(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_file(folder)
    user = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: user + 1)
    assert not is_kept(load_cached(STARTER)) and not is_kept(load_cached(STARTER))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_file_of_another_user_is_not_read(folder: Path) -> None:
    file = kept_file(folder)
    os.chown(file, 12345, -1)
    assert not is_kept(load_cached(STARTER))
    file.unlink()
    assert not is_kept(load_cached(STARTER)) and is_kept(load_cached(STARTER))


def test_a_pipe_is_not_waited_for(folder: Path) -> None:
    file = kept_file(folder)
    file.unlink()
    os.mkfifo(file)
    assert CacheFolder(folder, "policy", MOST_FILES).read(file.stem, file.stem) is None


def test_the_default_is_the_cache_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUPPORTRULES_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    load_cached(STARTER)
    assert is_kept(load_cached(STARTER))
    if sys.platform == "linux":
        assert [path.parent for path in tmp_path.rglob("*.policy")] == [tmp_path / "supportrules"]


def test_what_killed_processes_left_is_cleared(folder: Path) -> None:
    def killed(name: str, hours: float) -> Path:
        left = folder / name
        left.write_text("half")
        then = time.time() - 3600 * hours
        os.utime(left, (then, then))
        return left

    folder.mkdir()
    old = killed(".a.policy.0123abcd.part", 1.1)
    # It may be written on; and what else there is may be somebody's.
    young = killed(".a.policy.4567abcd.part", 0.9)
    others = [killed(name, 9) for name in ("notes", ".notes.part", ".notes.txt.0123abcd.part")]
    load_cached(STARTER)
    assert not old.exists() and young.exists() and all(other.exists() for other in others)
    assert is_kept(load_cached(STARTER))


def test_of_many_files_room_is_made_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of tickets from everywhere asks for thousands of years, and each listing takes as long as all are."""
    listed = 0
    glob = Path.glob

    def counted(self: Path, pattern: str) -> Any:
        nonlocal listed
        listed += self == tmp_path
        return glob(self, pattern)

    monkeypatch.setattr(Path, "glob", counted)
    kept = CacheFolder(tmp_path, "kept", 1000)
    for number in range(1300):
        kept.write(str(number), "key", b"data")
    assert listed < 2 * 1300 / 5
    assert 1000 <= len([*glob(tmp_path, "*.kept")]) < 1100
    assert kept.read("1299", "key") == b"data" and kept.read("0", "key") is None


def test_the_oldest_make_room(folder: Path) -> None:
    folder.mkdir()
    for number in range(MOST_FILES + 5):
        old = folder / f"{number}.policy"
        old.write_text("")
        os.utime(old, (number, number))
    load_cached(STARTER)
    left = {file.stem for file in folder.iterdir()}
    assert len(left) == MOST_FILES
    assert not left & {str(number) for number in range(6)}
    assert is_kept(load_cached(STARTER))


def test_two_at_once_find_it_whole(folder: Path) -> None:
    (ticket, *_) = (
        record.ticket or {} for record in read_tickets(str(STARTER / "examples" / "tickets.yaml"))
    )
    arguments = [sys.executable, "-m", "supportrules", "evaluate", "--policy", str(STARTER)]

    def decide(_: int) -> Any:
        done = subprocess.run(arguments, input=json.dumps(ticket), capture_output=True, text=True, check=True)
        assert done.stderr == ""
        return json.loads(done.stdout)

    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(decide, range(3)))
    expected = load_policy(STARTER).evaluate(ticket).to_dict(derivation=False)
    assert found == [expected] * 3
    assert len(list(folder.glob("*.policy"))) == 1
    assert decide(0) == expected


def test_one_ticket_needs_no_yaml_and_no_inference(folder: Path) -> None:
    code = """
import sys
from supportrules.cli import run
assert run(["evaluate", "--format", "jsonl", "-"]) == 0
heavy = {"yaml", "jsonschema", "ruamel", "rich", "numpy", "holidays", "durable_rules_engine", "jinja2"}
print(sorted(heavy & sys.modules.keys()))
"""
    load_cached()
    ticket = json.dumps(MAIL | {"service_state": "degraded", "business_impact": "moderate"})
    done = subprocess.run(
        [sys.executable, "-c", code], input=ticket, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


# Christmas and Boxing Day of 2014 were a Thursday and a Friday.
CHRISTMAS = BUSINESS | {"country": "GB", "opened_at": "2014-12-24T16:40:00Z"}


def due_by_a_process() -> tuple[str, bool]:
    """When that is due, and whether the process asked the package for holidays."""
    code = """
import sys
from supportrules.cli import run
assert run(["evaluate", "--format", "jsonl", "-"]) == 0
print("holidays" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(CHRISTMAS), capture_output=True, text=True, check=True
    )
    decision, imported = done.stdout.splitlines()
    return json.loads(decision)["promises"]["response"]["due_at"], imported == "True"


def test_public_holidays_are_asked_for_once(folder: Path) -> None:
    assert due_by_a_process() == ("2014-12-29T17:00:00Z", True)
    assert due_by_a_process() == ("2014-12-29T17:00:00Z", False)


# What a file can hold of which the hash is right, and that no year of holidays is, or no span of years.
NO_NAMES = ["null", "{}", "7", '"x"', "[1]", "[[1]]", '[[1,"x",2]]', "[[1,2]]", '[["1","x"]]', "[null]"]
NO_NAMES += [
    '[[0,"x"]]',
    '[[-1,"x"]]',
    '[[99999999,"x"]]',
    '[[735500.5,"x"]]',
    '[[true,"x"]]',
    "NaN",
    "{",
    "",
]
NO_NAMES += ["\xff", "[" * 100_000]
NO_YEARS = ["null", "{}", "[]", "[2000]", "[2000,2100,1]", '["a","b"]', "[2100,2000]", "[0,2100]"]
NO_YEARS += ["[2000,99999]", "[true,true]", "[2000.0,2100.0]", '{"a":1,"a":2}']


@pytest.mark.parametrize(
    ("name", "data"),
    [*(("GB-2014", data) for data in NO_NAMES), *(("GB", data) for data in NO_YEARS)],
)
def test_public_holidays_in_another_form_are_asked_for_again(
    name: str, data: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked() -> tuple[object, object]:
        for cached in (public_holidays.names, public_holidays.years):
            cached.cache_clear()
        return dict(public_holidays.names("GB", 2014)), public_holidays.years("GB")

    monkeypatch.setattr(keeper, "_keeper", None)
    expected = asked()
    keeper.keep(KeptHolidays(folder))
    assert asked() == expected
    file = folder / f"{name}.holidays"
    written = file.read_bytes()
    key = holidays._key()
    assert key is not None
    CacheFolder(folder, "holidays", 9).write(name, key, data.encode("latin-1"))
    assert file.read_bytes() != written
    assert asked() == expected and file.read_bytes() == written


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "other year"])
def test_public_holidays_that_are_damaged_are_asked_for_again(damage: str, folder: Path) -> None:
    due_by_a_process()
    file = folder / "GB-ENG-2014.holidays"
    data = file.read_bytes()
    assert b"Boxing Day" in data
    changed = data.replace(b"Boxing Day", b"Boring Day")
    other = (folder / "GB-ENG-2013.holidays").read_bytes()
    file.write_bytes({"cut": data[:-9], "changed": changed, "empty": b"", "other year": other}[damage])
    assert due_by_a_process() == ("2014-12-29T17:00:00Z", True)
    assert file.read_bytes() == data
    assert due_by_a_process()[1] is False
