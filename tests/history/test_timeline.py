"""Versions in force: which one decides a ticket, what is wrong with a timeline, and what its history tells."""

from __future__ import annotations

import contextlib
import csv
import errno
import io
import json
import os
import pickle
import random
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from command import lines
from edits import Edit, with_edits
from folders import HARBOURLINE, ROOT, SHIPPED
from pages import pattern
from random_tickets import random_ticket, random_tickets
from scenarios import (
    DAYS,
    EXAMPLE_FROM_B_TO_A,
    ONE_CELL_FASTER,
    OTHER_FRENCH_LABEL,
    OTHER_HOURS,
    YEAR,
    edition,
)
from supportrules import (
    Location,
    NotInForce,
    Policy,
    PolicyLoadError,
    TicketError,
    Timeline,
    TimelineLoadError,
    load_policy,
    load_timeline,
)
from supportrules.base.steps import Step
from supportrules.cli import run as command
from supportrules.history.timeline.checks import CODES, check_timeline
from supportrules.history.timeline.history import history
from supportrules.policy.files import Folder
from supportrules.report.parts.markdown import markdown
from supportrules.report.version_history import history_data, history_parts
from supportrules.tickets import read_tickets

SITE = {
    "plan": "enterprise_e3",
    "issue_type": "sharepoint_site_access",
    "affected_users": "one",
    "requester": "administrator",
}
Git = Callable[..., str]


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


def add(folder: Path, name: str, version: str, day: str, *edits: Edit) -> Path:
    """A version of the shipped policy in a folder of versions."""
    return with_edits(folder / name, *edition(version, day), *edits)


def git_in(folder: Path) -> Git:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
        command = ["git", *identity, *arguments]
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    return git


def commit(git: Git, folder: Path, tag: str, source: Path) -> None:
    """Makes `policies` in a repository what a directory is, and tags that."""
    shutil.rmtree(folder / "policies", ignore_errors=True)
    # With a time of their own: git takes files for unchanged by their size and seconds.
    shutil.copytree(source, folder / "policies", copy_function=shutil.copyfile)
    git("add", "-A")
    git("commit", "-qm", tag, "--allow-empty")
    git("tag", tag)


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The year as a folder, whose names are in no order of time."""
    folder = tmp_path_factory.mktemp("year")
    for name, (day, edits) in zip("dbca", YEAR.items(), strict=True):
        add(folder, name, day[:7], day, *edits)
    return folder


@pytest.fixture(scope="module")
def repository(versions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The year as tags of a repository."""
    folder = tmp_path_factory.mktemp("repository")
    git = git_in(folder)
    for name, day in zip("dbca", YEAR, strict=True):
        commit(git, folder, f"v{day[:7]}", versions / name)
    return folder


@pytest.fixture(scope="module")
def year(versions: Path) -> Timeline:
    return load_timeline(versions)


@pytest.fixture
def copy(versions: Path, tmp_path: Path) -> Path:
    """A copy of the folder, to edit."""
    return shutil.copytree(versions, tmp_path / "versions")


def edit(folder: Path, stem: str, old: str, new: str) -> None:
    file = folder / f"{stem}.yaml"
    text = file.read_text("utf-8")
    assert text.count(old) == 1, f"{text.count(old)} times: {old}"
    file.write_text(text.replace(old, new), "utf-8")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process: gives the exit code and both streams."""

    def run(*arguments: str, stdin: str = "", cwd: Path | None = None) -> Done:
        monkeypatch.setenv("LC_ALL", "C.UTF-8")
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with contextlib.chdir(cwd or Path.cwd()):
            code = command(list(arguments))
        return Done(code, *capsys.readouterr())

    return run


# When a version is in force

BOUNDARIES = [
    ("2015-01-01T00:00:00Z", 0),
    ("2015-03-31T23:59:59Z", 0),
    ("2015-03-31T23:59:59.999Z", 0),
    ("2015-04-01T00:00:00Z", 1),
    ("2015-04-01T01:59:59+02:00", 0),
    ("2015-04-01T02:00:00+02:00", 1),
    ("2015-03-31T19:59:59-04:00", 0),
    ("2015-03-31T20:00:00-04:00", 1),
    ("2015-04-01T05:29:59+05:30", 0),
    ("2015-04-01T05:30:00+05:30", 1),
    ("2015-09-30T23:59:59Z", 2),
    ("2015-10-01T00:00:00Z", 3),
    ("9999-12-31T00:00:00Z", 3),
]


@pytest.mark.parametrize(("opened", "number"), BOUNDARIES)
def test_a_version_is_in_force_from_midnight_utc(year: Timeline, opened: str, number: int) -> None:
    version = DAYS[number][:7]
    assert year.evaluate({"opened_at": opened, "category": "presales"}).policy.version == version
    assert year.at(datetime.fromisoformat(opened)).version == version


def test_the_tags_of_a_repository_are_the_same_timeline(
    year: Timeline, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    tagged = load_timeline("tags:policies")
    assert [version.effective_from for version in tagged.versions] == [*map(date.fromisoformat, YEAR)]
    for opened, number in BOUNDARIES:
        assert tagged.at(datetime.fromisoformat(opened)) == year.versions[number].policy
    assert load_timeline("tags/v*:policies").versions == tagged.versions
    (slash, *_) = load_timeline("tags:policies/").versions
    assert slash.policy == year.versions[0].policy
    assert [version.version for version in load_timeline("tags/v2015-0[47]:policies").versions] == [
        "2015-04",
        "2015-07",
    ]


def test_any_instant_has_the_last_version_before_it(year: Timeline) -> None:
    rng = random.Random(6)
    first = datetime(2015, 1, 1, tzinfo=UTC)
    for _ in range(500):
        zone = timezone(timedelta(minutes=rng.randrange(-840, 841, 15)))
        near = datetime.fromisoformat(f"{rng.choice(DAYS)}T00:00:00Z") + timedelta(
            microseconds=rng.randrange(-(10**6), 10**6)
        )
        far = first + timedelta(seconds=rng.randrange(400 * 86400))
        instant = rng.choice([near, far]).astimezone(zone)
        if instant < first:
            with pytest.raises(NotInForce):
                year.at(instant)
            continue
        day = instant.astimezone(UTC).date().isoformat()
        assert year.at(instant).version == max(start for start in DAYS if start <= day)[:7]


def test_what_each_version_promises(year: Timeline) -> None:
    found = {}
    for day in DAYS:
        decision = year.evaluate(SITE | {"opened_at": f"{day}T12:00:00Z"})
        assert decision.response is not None
        found[decision.policy.version] = (decision.severity, decision.response.target)
    # RT-1: eight hours of the day at B, one at A.
    assert found == {
        "2015-01": ("B", "PT8H"),
        "2015-04": ("B", "PT4H"),
        "2015-07": ("B", "PT4H"),
        "2015-10": ("A", "PT1H"),
    }


def test_until_when(year: Timeline) -> None:
    assert [(v.effective_from.isoformat(), v.until, v.last_day) for v in year.versions] == [
        ("2015-01-01", date(2015, 4, 1), date(2015, 3, 31)),
        ("2015-04-01", date(2015, 7, 1), date(2015, 6, 30)),
        ("2015-07-01", date(2015, 10, 1), date(2015, 9, 30)),
        ("2015-10-01", None, None),
    ]


@pytest.mark.parametrize(
    ("ticket", "code", "field"),
    [
        ({}, "no-opening", "opened_at"),
        ({"opened_at": None}, "no-opening", "opened_at"),
        ([], "ticket-type", None),
        ({"opened_at": "2014-12-31T23:59:59Z"}, "no-version", "opened_at"),
        ({"opened_at": "2015-01-01T01:59:59+02:00"}, "no-version", "opened_at"),
        ({"opened_at": "2015-04-01T00:00:00"}, "no-offset", "opened_at"),
        ({"opened_at": "soon"}, "wrong-type", "opened_at"),
        ({"opened_at": 5}, "wrong-type", "opened_at"),
        ({"opened_at": "2015-04-01T00:00:00Z", "plan": "enterprise_e2"}, "unknown-value", "plan"),
    ],
)
def test_tickets_that_no_version_decides(year: Timeline, ticket: Any, code: str, field: str | None) -> None:
    with pytest.raises(TicketError) as caught:
        year.evaluate(ticket)
    assert [(problem.code, problem.field) for problem in caught.value.problems] == [(code, field)]


def test_an_instant_needs_a_zone_and_a_version(year: Timeline) -> None:
    with pytest.raises(ValueError, match="time zone"):
        year.at(datetime(2015, 4, 1))
    with pytest.raises(NotInForce) as caught:
        year.at(datetime(2014, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert caught.value.first == date(2015, 1, 1)


def test_a_version_is_loaded_once_and_only_when_it_is_needed(
    versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []

    def counted(source: Folder) -> Policy:
        loaded.append(Path(source.name).name)
        return load_policy(source)

    monkeypatch.setattr("supportrules.history.timeline.version.load_policy", counted)
    timeline = load_timeline(versions)
    assert loaded == []
    moment = datetime(2015, 5, 1, tzinfo=UTC)
    assert timeline.at(moment) is timeline.at(moment)
    assert loaded == ["b"]
    assert len(timeline.policies) == 4
    assert sorted(loaded) == ["a", "b", "c", "d"]


def test_a_timeline_travels(year: Timeline) -> None:
    ticket = SITE | {"opened_at": "2015-11-01T00:00:00Z"}
    assert pickle.loads(pickle.dumps(year)).evaluate(ticket) == year.evaluate(ticket)


# Laws


def opened_in(
    rng: random.Random, policy: Policy, start: datetime, seconds: int, count: int = 30
) -> Iterator[dict[str, Any]]:
    """Tickets of a policy that were opened in a stretch of time, in any offset."""
    for ticket in random_tickets(policy, rng, count):
        zone = timezone(timedelta(minutes=rng.choice([0, 120, -300, 330])))
        opened = (start + timedelta(seconds=rng.randrange(seconds))).astimezone(zone)
        ticket.pop(str(policy.definition.roles.closing), None)
        yield ticket | {policy.definition.roles.opening: opened.isoformat()}


def test_one_version_decides_as_the_policy_does(policy: Policy, tmp_path: Path) -> None:
    source = SHIPPED if policy.name == load_policy().name else HARBOURLINE
    shutil.copytree(source, tmp_path / "only")
    timeline = load_timeline(tmp_path)
    start = datetime.combine(policy.definition.effective_from, datetime.min.time(), UTC)
    for ticket in opened_in(random.Random(1), policy, start, 5 * 365 * 86400, 50):
        assert timeline.evaluate(ticket) == policy.evaluate(ticket)
        bare = timeline.evaluate(ticket, defaults=False)
        assert bare == policy.evaluate(ticket, defaults=False)


def test_a_later_version_changes_no_earlier_decision(year: Timeline, versions: Path, tmp_path: Path) -> None:
    rng = random.Random(2)
    names = dict(zip(DAYS, "dbca", strict=True))
    for number, day in enumerate(DAYS[1:], 1):
        earlier = names[DAYS[number - 1]]
        shutil.copytree(versions / earlier, tmp_path / earlier)
        shorter = load_timeline(tmp_path)
        assert len(shorter.versions) == number
        before = datetime.fromisoformat(f"{day}T00:00:00Z")
        start = datetime(2015, 1, 1, tzinfo=UTC)
        until = int((before - start).total_seconds())
        for ticket in opened_in(rng, year.versions[0].policy, start, until):
            assert shorter.evaluate(ticket).to_dict() == year.evaluate(ticket).to_dict()


# Facts that are called differently


def renamed_opening(folder: Path) -> None:
    """The last version calls the opening otherwise."""
    edit(folder / "a", "vocabulary", "\n  opened_at:\n", "\n  received_at:\n")
    edit(folder / "a", "policy", "opening: opened_at", "opening: received_at")


def test_each_version_has_its_own_opening(copy: Path) -> None:
    renamed_opening(copy)
    timeline = load_timeline(copy)
    summer, winter = "2015-08-01T00:00:00Z", "2015-11-01T00:00:00Z"
    assert timeline.evaluate({"opened_at": summer}).policy.version == "2015-07"
    assert timeline.evaluate({"received_at": winter}).policy.version == "2015-10"
    for ticket, hint in (({"opened_at": winter}, "received_at"), ({"received_at": summer}, "opened_at")):
        with pytest.raises(TicketError) as caught:
            timeline.evaluate(ticket)
        (problem,) = caught.value.problems
        assert (problem.code, problem.field) == ("unknown-field", next(iter(ticket)))
        assert hint in timeline.version_for(ticket).policy.definition.vocabulary.facts
    # The fact of the version that it names decides, whatever another says.
    both = {"opened_at": summer, "received_at": "2015-05-01T00:00:00Z"}
    assert timeline.evaluate(both, extra=True).policy.version == "2015-07"
    with pytest.raises(TicketError, match="under different versions"):
        timeline.evaluate({"opened_at": summer, "received_at": winter}, extra=True)
    with pytest.raises(TicketError, match="`opened_at` or `received_at` is missing"):
        timeline.evaluate({})


# Versions that can't decide


def test_a_version_that_does_not_load_spoils_its_own_time_alone(copy: Path) -> None:
    edit(copy / "b", "plans", "column: midsize_business", "column: midsize")
    timeline = load_timeline(copy)
    assert timeline.evaluate({"opened_at": "2015-03-31T23:59:59Z"}).policy.version == "2015-01"
    assert timeline.evaluate({"opened_at": "2015-07-01T00:00:00Z"}).policy.version == "2015-07"
    for _ in range(2):
        with pytest.raises(PolicyLoadError) as caught:
            timeline.evaluate({"opened_at": "2015-04-01T00:00:00Z"})
        (problem,) = caught.value.problems
        assert problem.code == "unknown-reference"
        assert str(problem.location).startswith(f"{copy / 'b' / 'plans.yaml'}:")
    assert [policy.version for policy in timeline.policies] == ["2015-01", "2015-07", "2015-10"]


def test_of_two_versions_from_one_day_none_decides(copy: Path) -> None:
    edit(copy / "c", "policy", "2015-07-01", "2015-04-01")
    timeline = load_timeline(copy)
    assert timeline.evaluate({"opened_at": "2015-10-01T00:00:00Z"}).policy.version == "2015-10"
    with pytest.raises(PolicyLoadError) as caught:
        timeline.at(datetime(2015, 4, 1, tzinfo=UTC))
    assert [problem.code for problem in caught.value.problems] == ["overlap"]


def test_copies_that_say_the_same_are_one_version(copy: Path) -> None:
    shutil.copytree(copy / "c", copy / "e")
    with (copy / "e" / "plans.yaml").open("a") as file:
        file.write("# The same, with a remark.\n")
    for name in "ad":
        shutil.rmtree(copy / name)
    timeline = load_timeline(copy)
    assert timeline.at(datetime(2015, 8, 1, tzinfo=UTC)).version == "2015-07"
    assert check_timeline(timeline) == ()
    assert [len(entry.versions) for entry in history(timeline)] == [1, 2]


# What is a timeline


def test_what_stands_in_a_folder_beside_versions_is_passed_over(copy: Path) -> None:
    (copy / "README.md").write_text("# Versions\n", "utf-8")
    (copy / "schema").mkdir()
    (copy / "schema" / "policy.schema.json").write_text("{}", "utf-8")
    shutil.copytree(copy / "a", copy / ".trash")
    assert len(load_timeline(copy).versions) == 4
    named = [version.where for version in load_timeline(f"{copy}{os.sep}").versions]
    assert named == [str(copy / name) for name in "dbca"]


@pytest.fixture(scope="module")
def built(versions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The year with its last version in one file."""
    folder = shutil.copytree(versions, tmp_path_factory.mktemp("built") / "versions")
    load_policy(folder / "a").build(folder / "autumn")
    shutil.rmtree(folder / "a")
    return folder


def test_a_version_may_be_a_built_file(built: Path, year: Timeline) -> None:
    timeline = load_timeline(built)
    assert [Path(version.where).name for version in timeline.versions] == ["d", "b", "c", "autumn"]
    assert check_timeline(timeline) == ()
    for opened, number in BOUNDARIES:
        instant = datetime.fromisoformat(opened)
        assert timeline.at(instant) == year.at(instant) == timeline.versions[number].policy
    ticket = SITE | {"opened_at": "2015-11-01T00:00:00Z"}
    assert timeline.evaluate(ticket).to_dict(derivation=False) == year.evaluate(ticket).to_dict(
        derivation=False
    )


def test_the_manifest_of_a_built_file_has_its_places(built: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(built, tmp_path / "versions")
    edit(copy / "c", "policy", "2015-07-01", "2015-10-01")
    (problem,) = check_timeline(load_timeline(copy))
    assert problem.code == "overlap"
    places = {str(place) for place in (problem.location, *problem.related)}
    assert places == {f"{copy}/autumn/policy.yaml:6:1", f"{copy}/c/policy.yaml:6:1"}


def test_a_built_file_that_is_damaged_anywhere_is_told(built: Path, tmp_path: Path) -> None:
    """No earlier version decides in its place."""
    copy = shutil.copytree(built, tmp_path / "versions")
    data = (copy / "autumn").read_bytes()
    rng = random.Random(7)
    for position in (*range(130), *rng.sample(range(len(data)), 20)):
        (copy / "autumn").write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        with pytest.raises(TimelineLoadError) as caught:
            load_timeline(copy)
        assert [problem.location for problem in caught.value.problems] == [Location(str(copy / "autumn"))]
    for cut in (b"", data[:1], data[:100], data[:-1]):
        (copy / "autumn").write_bytes(cut)
        with pytest.raises(TimelineLoadError):
            load_timeline(copy)


@pytest.mark.parametrize("name", ["LICENSE", "winter.policy", "policy.yml", "link", "pipe"])
def test_a_folder_of_versions_has_nothing_else(copy: Path, name: str) -> None:
    file = copy / name
    match name:
        case "link":
            file.symlink_to("nowhere")
        case "pipe":
            os.mkfifo(file)
        case _:
            file.write_text("MIT", "utf-8")
    with pytest.raises(TimelineLoadError, match="a folder of versions has nothing else") as caught:
        load_timeline(copy)
    assert [problem.location for problem in caught.value.problems] == [Location(str(file))]
    file.rename(copy / f".{name}")
    assert len(load_timeline(copy).versions) == 4


def test_what_is_broken_beside_the_manifest_is_met_by_tickets_of_its_time_alone(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.open

    def refuse(self: Path, *args: Any, **options: Any) -> Any:
        if self.parent.name == "c" and self.name != "policy.yaml":
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return read(self, *args, **options)

    # Whoever runs the tests may be allowed to read everything.
    monkeypatch.setattr(Path, "open", refuse)
    timeline = load_timeline(copy)
    assert timeline.evaluate({"opened_at": "2015-06-30T00:00:00Z"}).policy.version == "2015-04"
    with pytest.raises(PolicyLoadError, match="permission denied"):
        timeline.evaluate({"opened_at": "2015-07-01T00:00:00Z"})


def test_a_manifest_that_changes_after_it_was_read_decides_nothing(copy: Path) -> None:
    timeline = load_timeline(copy)
    edit(copy / "b", "policy", "2015-04-01", "2016-01-01")
    with pytest.raises(PolicyLoadError, match="load the timeline again") as caught:
        timeline.evaluate({"opened_at": "2015-04-01T00:00:00Z"})
    (problem,) = caught.value.problems
    assert (problem.code, problem.location) == ("no-timeline", Location(str(copy / "b")))
    assert load_timeline(copy).at(datetime(2015, 4, 1, tzinfo=UTC)).version == "2015-01"


@pytest.mark.parametrize("where", ["versions", "tags:policies"])
def test_a_timeline_stays_where_it_was(
    built: Path, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.chdir(built.parent if where == "versions" else repository)
    timeline = load_timeline(where)
    monkeypatch.chdir(tmp_path)
    assert [policy.version for policy in timeline.policies] == [day[:7] for day in DAYS]


def test_a_directory_with_yaml_that_is_no_policy_is_told(copy: Path) -> None:
    (copy / "b" / "policy.yaml").rename(copy / "b" / "policy.yml")
    (copy / "c" / "policy.yaml").write_text("format: 1\n", "utf-8")
    edit(copy / "d", "policy", "2015-01-01", "2015-02-30")
    with pytest.raises(PolicyLoadError) as caught:
        load_timeline(copy)
    found = {
        (problem.code, Path(problem.location.file).parent.name)
        for problem in caught.value.problems
        if problem.location
    }
    assert {("no-manifest", copy.name), ("missing-key", "c"), ("wrong-form", "d")} <= found


def test_names_of_no_timeline(tmp_path: Path, versions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("", "utf-8")
    for where, message in {
        "nowhere": "no such folder",
        "empty": "no versions here",
        "file": "not a folder",
        str(versions / "a"): "a policy, and not the versions of one",
        "tags:policies": "no git repository here: git says: not a git repository",
        "": "no such folder",
        "tags/\0:policies": "no such folder",
        "tags:policies\0": "no such folder",
        "tags/\ud800:policies": "the tags can't be read|no git repository",
    }.items():
        with pytest.raises(TimelineLoadError, match=message):
            load_timeline(where)
    git_in(tmp_path)
    with pytest.raises(PolicyLoadError, match="no tag has a policy in `policies`"):
        load_timeline("tags:policies")
    with pytest.raises(PolicyLoadError, match=r"no tag like `v\*` has a policy in `policies`"):
        load_timeline("tags/v*:policies")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PolicyLoadError, match="git is not installed"):
        load_timeline("tags:policies")


def test_an_existing_directory_wins(versions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(versions, tmp_path / "tags:policies")
    assert len(load_timeline("tags:policies").versions) == 4


def test_tags_of_any_kind(versions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git = git_in(tmp_path)
    (tmp_path / "README.md").write_text("before the policy", "utf-8")
    git("add", "-A")
    git("commit", "-qm", "none yet")
    git("tag", "v0")
    commit(git, tmp_path, "first", versions / "d")
    # The same again; with an annotation; of an annotated tag; what is no commit; what looks like an option.
    git("tag", "again")
    (tmp_path / "README.md").write_text("the policy is the same", "utf-8")
    git("commit", "-qam", "other files")
    git("tag", "other")
    commit(git, tmp_path, "light", versions / "b")
    git("tag", "-am", "annotated", "spring")
    git("tag", "-am", "of a tag", "spring-again", "spring")
    git("tag", "-d", "light")
    git("tag", "blob", git("rev-parse", "HEAD:README.md"))
    git("update-ref", "refs/tags/--output=x", "HEAD")
    timeline = load_timeline("tags:policies")
    assert [version.effective_from.isoformat() for version in timeline.versions] == DAYS[:2]
    assert [policy.version for policy in timeline.policies] == ["2015-01", "2015-04"]
    assert not (tmp_path / "x").exists()
    assert check_timeline(timeline) == ()


def test_a_tag_is_read_by_its_commit_and_not_by_its_name(
    versions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git = git_in(tmp_path)
    commit(git, tmp_path, "heads/main", versions / "d")
    git("tag", "v1")
    commit(git, tmp_path, "v2", versions / "b")
    # A directory of that name; and a tag that moves after it was read.
    shutil.copytree(versions / "c", tmp_path / "v1:policies")
    timeline = load_timeline("tags:policies")
    git("tag", "-f", "v1")
    git("tag", "-f", "heads/main")
    assert [version.names for version in timeline.versions] == [
        ("heads/main:policies", "v1:policies"),
        ("v2:policies",),
    ]
    assert [policy.version for policy in timeline.policies] == ["2015-01", "2015-04"]


def test_a_repository_is_read_from_its_root_wherever_one_stands(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = git_in(tmp_path)
    git("fetch", "-q", "--tags", str(repository))
    git("checkout", "-q", "v2015-10")
    # Another policy, which has the same path from where one stands.
    shutil.copytree(HARBOURLINE, tmp_path / "sub" / "policies")
    git("add", "-A")
    git("commit", "-qm", "another policy below")
    git("tag", "v9")
    for folder in (tmp_path / "sub", tmp_path / "policies", tmp_path / ".git"):
        monkeypatch.chdir(folder)
        assert load_policy("v9:policies").version == "2015-10"
        assert load_policy("v9:./policies").version == "2015-10"
        assert load_policy("v9:sub/policies").name == load_policy(HARBOURLINE).name
        assert [policy.version for policy in load_timeline("tags:policies").policies] == [
            day[:7] for day in DAYS
        ]


@pytest.mark.parametrize("lost", ["v2015-04", "v2015-10"])
def test_a_commit_that_is_lost_is_told(repository: Path, tmp_path: Path, run: Run, lost: str) -> None:
    copy = shutil.copytree(repository, tmp_path / "copy")
    hash = git_in(copy)("rev-parse", lost)
    (copy / ".git" / "objects" / hash[:2] / hash[2:]).unlink()
    for where in ("tags:policies", "tags/v2015-10:policies"):
        done = run("log", where, cwd=copy)
        assert done.returncode == 3
        assert done.stderr.startswith(f"{where}: the tags can't be read: git says: ")
        assert done.stderr.endswith("the timeline does not load: 1 problem\n")


def test_what_git_says_is_told(repository: Path, tmp_path: Path, run: Run) -> None:
    copy = shutil.copytree(repository, tmp_path / "copy")
    (copy / ".git" / "config").write_text("[", "utf-8")
    for arguments in (["log", "tags:policies"], ["check", "v2015-10:policies"]):
        done = run(*arguments, cwd=copy)
        assert done.returncode == 3
        assert "no git repository here: git says: bad config line " in done.stderr


def test_a_policy_at_the_root_of_a_repository(
    versions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = git_in(tmp_path)
    git("commit", "-qm", "nothing", "--allow-empty")
    git("tag", "v0")
    shutil.copytree(versions / "a", tmp_path, dirs_exist_ok=True)
    git("add", "-A")
    git("commit", "-qm", "a policy")
    git("tag", "v1")
    monkeypatch.chdir(tmp_path)
    for where in ("tags:", "tags:."):
        (policy,) = load_timeline(where).policies
        assert policy.version == "2015-10"


# Findings


def found(timeline: Timeline) -> list[tuple[str, str, list[str]]]:
    """Codes, places and other places, as files with what stands in their line."""

    def told(place: Any) -> str:
        return f"{Path(place.file).parent.name}: {place.text.strip()}"

    return [
        (problem.code, told(problem.location), [told(place) for place in problem.related])
        for problem in check_timeline(timeline)
    ]


def test_a_year_without_findings(year: Timeline, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_timeline(year) == ()
    monkeypatch.chdir(repository)
    assert check_timeline(load_timeline("tags:policies")) == ()


def test_overlap(copy: Path) -> None:
    edit(copy / "c", "policy", "2015-07-01", "2015-04-01")
    assert found(load_timeline(copy)) == [
        ("overlap", 'c: effective_from: "2015-04-01"', ['b: effective_from: "2015-04-01"'])
    ]


def test_gap(copy: Path) -> None:
    edit(copy / "b", "plans", "column: midsize_business", "column: midsize")
    problems = check_timeline(load_timeline(copy))
    assert [problem.code for problem in problems] == ["unknown-reference", "gap"]
    assert problems[1].message.startswith("nothing is decided from 2015-04-01 to 2015-06-30:")
    assert problems[1].location and problems[1].location.text == 'effective_from: "2015-04-01"'


def test_gap_in_a_manifest_that_says_when(copy: Path) -> None:
    edit(copy / "a", "policy", "ticket: id", "ticket: number")
    edit(copy / "c", "policy", "format: 1", "format: 1\nvresion: 2")
    problems = check_timeline(load_timeline(copy))
    assert sorted(problem.code for problem in problems) == ["gap", "gap", "unknown-key", "unknown-reference"]
    assert any(problem.message.startswith("nothing is decided from 2015-10-01 on:") for problem in problems)


def test_content_changed(copy: Path) -> None:
    edit(copy / "c", "policy", 'version: "2015-07"', 'version: "2015-04"')
    assert found(load_timeline(copy)) == [
        ("content-changed", 'c: version: "2015-04"', ['b: version: "2015-04"'])
    ]


def test_earlier_date_by_numbers(copy: Path) -> None:
    edit(copy / "c", "policy", 'version: "2015-07"', 'version: "2015-11"')
    assert found(load_timeline(copy)) == [
        ("earlier-date", 'c: effective_from: "2015-07-01"', ['a: effective_from: "2015-10-01"'])
    ]


@pytest.mark.parametrize(
    ("earlier", "later", "wrong"),
    [
        ("1.9", "1.10", False),
        ("1.10", "1.9", True),
        ("v2", "v1.9", True),
        ("2", "1.9", True),
        ("1.0.1", "1.0", True),
        ("1.0", "1.0.1", False),
        ("2014-10-01", "2.0", False),
        ("second", "first", False),
        ("1.0-beta", "1.0", False),
        ("1.2-3", "1.2-2", False),
        ("1.09", "1.9", False),
        ("1.010", "1.9", True),
        (f"1.{'9' * 5000}", f"1.{'8' * 5000}", True),
    ],
)
def test_the_order_of_version_numbers(tmp_path: Path, earlier: str, later: str, wrong: bool) -> None:
    add(tmp_path, "x", earlier, "2015-01-01")
    add(tmp_path, "y", later, "2015-04-01")
    codes = [problem.code for problem in check_timeline(load_timeline(tmp_path))]
    assert codes == (["earlier-date"] if wrong else [])


def test_earlier_date_by_the_history(versions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    git = git_in(tmp_path)
    for tag, name in (("one", "d"), ("two", "c"), ("three", "b")):
        commit(git, tmp_path, tag, versions / name)
    # Beside the others, with the same beginning: it follows only that.
    git("checkout", "-q", "-b", "beside", "one")
    commit(git, tmp_path, "four", add(tmp_path / "x", "x", "2015-02", "2015-02-01"))
    git("checkout", "-q", "main")
    git("merge", "-q", "-s", "ours", "beside")
    assert found_at_tags("tags:policies") == [
        ("earlier-date", "three:policies", 'effective_from: "2015-04-01"', "two:policies")
    ]
    # After the merge all are followed; the last of them is named.
    commit(git, tmp_path, "five", add(tmp_path / "y", "y", "2015-03", "2015-01-15"))
    assert found_at_tags("tags:policies") == [
        ("earlier-date", "five:policies", 'effective_from: "2015-01-15"', "two:policies"),
        ("earlier-date", "three:policies", 'effective_from: "2015-04-01"', "two:policies"),
    ]


def found_at_tags(where: str) -> list[tuple[str, str, str, str]]:
    found = []
    for problem in check_timeline(load_timeline(where)):
        assert problem.location
        at, other = (
            place.file.removesuffix("/policy.yaml") for place in (problem.location, *problem.related)
        )
        found.append((problem.code, at, problem.location.text, other))
    return found


def test_content_changed_between_tags(
    versions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git = git_in(tmp_path)
    commit(git, tmp_path, "v1", versions / "d")
    changed = add(tmp_path / "x", "x", "2015-01", "2015-01-01", *ONE_CELL_FASTER)
    commit(git, tmp_path, "v2", changed)
    commit(git, tmp_path, "v3", versions / "d")
    assert [(code, at, other) for code, at, _, other in found_at_tags("tags:policies")] == [
        ("content-changed", "v2:policies", "v1:policies"),
        ("overlap", "v2:policies", "v1:policies"),
    ]
    assert [version.names for version in load_timeline("tags:policies").versions] == [
        ("v1:policies", "v3:policies"),
        ("v2:policies",),
    ]


def test_a_release_that_goes_back_is_told(
    versions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    git = git_in(tmp_path)
    commit(git, tmp_path, "v1", versions / "d")
    commit(git, tmp_path, "v2", versions / "b")
    git("revert", "--no-edit", "HEAD")
    git("tag", "v3")
    git("commit", "-qm", "of something else", "--allow-empty")
    git("tag", "v4")
    # Once, where it began.
    assert found_at_tags("tags:policies") == [
        ("earlier-date", "v3:policies", 'effective_from: "2015-01-01"', "v2:policies")
    ]
    names = [entry["where"] for entry in history_data(history(load_timeline("tags:policies")))]
    assert names == [["v1:policies", "v3:policies", "v4:policies"]] + [["v2:policies"]] * (len(names) - 1)
    assert len(names) == 2


def test_branches_beside_each_other_are_in_no_order(
    versions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    git = git_in(tmp_path)
    git("commit", "-qm", "of both", "--allow-empty")
    base = git("rev-parse", "HEAD")
    commit(git, tmp_path, "one", add(tmp_path / "x", "x", "2", "2015-01-01"))
    git("checkout", "-q", "-b", "beside", base)
    commit(git, tmp_path, "two", add(tmp_path / "y", "y", "1", "2015-04-01"))
    assert found_at_tags("tags:policies") == []


def test_other_name(copy: Path) -> None:
    edit(copy / "d", "policy", "name: office-365-support", "name: office-support")
    assert found(load_timeline(copy)) == [
        ("other-name", "d: name: office-support", ["b: name: office-365-support"])
    ]


def test_the_page_has_a_section_for_each_code() -> None:
    page = (ROOT / "docs" / "timeline.md").read_text("utf-8")
    sections = dict(re.findall(r"^### ([a-z-]+)\n\n(An error|A warning): ", page, re.MULTILINE))
    assert sections == {
        code: {"error": "An error", "warning": "A warning"}[kind] for code, kind in CODES.items()
    }


# The commands


def test_check_writes_every_format(run: Run, copy: Path) -> None:
    edit(copy / "c", "policy", "2015-07-01", "2015-04-01")
    outputs = {}
    for form in ("pretty", "json", "github", "sarif", "junit"):
        done = run("check", "--timeline", "versions", "--format", form, cwd=copy.parent)
        assert (done.returncode, done.stderr) == (1, "")
        outputs[form] = done.stdout
    first, second, *_ = outputs["pretty"].splitlines()
    assert first == "office-365-support: 4 versions, in force from 2015-01-01"
    assert second.startswith(
        "versions/c/policy.yaml:6:1: error[overlap]: in force from 2015-04-01, as is `versions/b`,"
    )
    data = json.loads(outputs["json"])
    assert data["policy"] is None and data["counts"] == {"errors": 1, "warnings": 0, "allowed": 0}
    assert outputs["github"].startswith("::error file=versions/c/policy.yaml,line=6,col=1,title=overlap::")
    (result,) = json.loads(outputs["sarif"])["runs"][0]["results"]
    assert result["ruleId"] == "overlap"
    assert ElementTree.fromstring(outputs["junit"]).find(".//failure") is not None


def test_check_ends_with_3_where_a_version_does_not_load(run: Run, copy: Path, tmp_path: Path) -> None:
    edit(copy / "b", "plans", "column: midsize_business", "column: midsize")
    done = run("check", "--timeline", "versions", "--format", "github", cwd=tmp_path)
    assert done.returncode == 3
    assert [re.search("title=([a-z-]+)::", line)[1] for line in done.stdout.splitlines()[:2]] == [  # type: ignore[index]
        "unknown-reference",
        "gap",
    ]
    (copy / "b" / "policy.yaml").unlink()
    done = run("check", "--timeline", "versions", "--format", "json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (3, "the timeline does not load: 1 problem\n")
    assert [problem["code"] for problem in json.loads(done.stdout)["problems"]] == ["no-manifest"]


def test_wrong_usage(run: Run, versions: Path) -> None:
    where = str(versions)
    assert run("evaluate", "--policy", where, "--timeline", where, stdin="{}").returncode == 2
    assert run("check", where, "--timeline", where).returncode == 2
    assert run("check", "--timeline", where, "--on", "2015-01-01").returncode == 2
    assert run("check", "--timeline", where, "--emit-tests", "x").returncode == 2
    assert run("check", "--timeline", where, "--strict").returncode == 2
    assert run("check", "--timeline", where, "--show-allowed").returncode == 2
    for name in ("nowhere", ""):
        done = run("evaluate", "--timeline", name, stdin="{}")
        assert done.returncode == 3
        assert done.stderr.endswith("the timeline does not load: 1 problem\n")
    assert run("evaluate", "--timeline", where, "--why-not", "nothing", stdin="{}").returncode == 2
    assert run("log", where, "--lang", "de").returncode == 2


def test_evaluate_says_which_version_decided(run: Run, year: Timeline, versions: Path) -> None:
    tickets = [SITE | {"id": str(n), "opened_at": f"{day}T12:00:00Z"} for n, day in enumerate(DAYS)]
    tickets[1:1] = [{"id": "early", "opened_at": "2014-01-01T00:00:00Z"}, {"id": "never"}]
    stdin = "".join(json.dumps(ticket) + "\n" for ticket in tickets)
    done = run("evaluate", "--timeline", str(versions), stdin=stdin)
    assert done.returncode == 2
    found = lines(done.stdout)
    assert [each.get("policy", {}).get("version") for each in found] == [
        "2015-01",
        None,
        None,
        "2015-04",
        "2015-07",
        "2015-10",
    ]
    assert found[0] == year.evaluate(tickets[0]).to_dict(derivation=False)
    assert [(each["ticket"], each["line"], each["error"]["problems"][0]["code"]) for each in found[1:3]] == [
        ("early", 2, "no-version"),
        ("never", 3, "no-opening"),
    ]
    assert "<stdin>:2:17: `opened_at` is `2014-01-01T00:00:00Z`" in done.stderr
    assert "<stdin>:3:1: `opened_at` is missing" in done.stderr
    pretty = run(
        "evaluate", "--timeline", str(versions), "--format", "pretty", "--lang", "fr", stdin=stdin
    ).stdout
    heads = [line for line in pretty.splitlines() if "version" in line]
    assert [head.split()[-1] for head in heads] == ["2015-01", "2015-04", "2015-07", "2015-10"]
    assert [line == "" for line in pretty.splitlines()].count(True) == 3
    array = run("evaluate", "--timeline", str(versions), "--format", "json", stdin=stdin).stdout
    assert json.loads(array) == found


def test_evaluate_where_a_version_does_not_load(run: Run, copy: Path) -> None:
    edit(copy / "b", "plans", "column: midsize_business", "column: midsize")
    opened = ["2015-03-01", "2015-04-01", "2015-05-01", "2015-07-01", "2014-01-01"]
    stdin = "".join(json.dumps({"id": day, "opened_at": f"{day}T00:00:00Z"}) + "\n" for day in opened)
    done = run("evaluate", "--timeline", str(copy), stdin=stdin)
    assert done.returncode == 3
    assert ["error" in each for each in lines(done.stdout)] == [False, True, True, False, True]
    assert done.stderr.count("did you mean `midsize_business`?\n        column") == 1
    assert "<stdin>:2:1: no policy to decide by: " in done.stderr
    assert "<stdin>:3:1: no policy to decide by: " in done.stderr


def test_why_not_of_an_answer_that_one_version_has(run: Run, copy: Path) -> None:
    # The last version alone promises an answer within two hours and a half.
    edit(copy / "a", "response_targets", "enterprise: {target: PT4H,", "enterprise: {target: PT150M,")
    stdin = "".join(json.dumps(SITE | {"opened_at": f"{day}T12:00:00Z"}) + "\n" for day in DAYS[2:])
    done = run("evaluate", "--timeline", str(copy), "--why-not", "PT2H30M", stdin=stdin)
    assert (done.returncode, done.stderr) == (0, "")
    assert [list(each["why_not"]) for each in lines(done.stdout)] == [[], ["PT2H30M"]]


# Tables, where versions have other columns


@pytest.fixture(scope="module")
def vendors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions that have little in common; one fact is a number in the one and yes or no in the other."""
    folder = tmp_path_factory.mktemp("vendors")
    shutil.copytree(HARBOURLINE, folder / "old")
    for file in (folder / "old").glob("*.yaml"):
        file.write_text(file.read_text("utf-8").replace("seats_down", "workaround"), "utf-8")
    with_edits(folder / "new", ("policy", 'effective_from: "2014-09-03"', 'effective_from: "2026-01-01"'))
    return folder


def test_tables_of_versions_with_other_columns(run: Run, vendors: Path, tmp_path: Path) -> None:
    timeline = load_timeline(vendors)
    old, new = timeline.policies
    assert old.definition.vocabulary.facts["workaround"].type == "number"
    rng = random.Random(3)
    tickets: list[dict[str, Any]] = []
    for policy, start in ((old, datetime(2025, 3, 1, tzinfo=UTC)), (new, datetime(2026, 3, 1, tzinfo=UTC))):
        tickets += opened_in(rng, policy, start, 10**7)
    rng.shuffle(tickets)
    names = list(dict.fromkeys(name for ticket in tickets for name in ticket))
    with (tmp_path / "tickets.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(names)
        for ticket in tickets:
            cells = (ticket.get(name) for name in names)
            rows.writerow([str(cell).lower() if isinstance(cell, bool) else cell for cell in cells])
    (tmp_path / "tickets.jsonl").write_text("".join(json.dumps(ticket) + "\n" for ticket in tickets), "utf-8")
    outputs = [
        run("evaluate", "--timeline", str(vendors), file, cwd=tmp_path, stdin=stdin)
        for file, stdin in (
            ("tickets.csv", ""),
            ("tickets.jsonl", ""),
            ("-", (tmp_path / "tickets.csv").read_text("utf-8")),
        )
    ]
    assert [(done.returncode, done.stderr) for done in outputs] == [(0, "")] * 3
    expected = [timeline.evaluate(ticket).to_dict(derivation=False) for ticket in tickets]
    assert all(lines(done.stdout) == expected for done in outputs)
    # In the library too.
    records = read_tickets(str(tmp_path / "tickets.csv"), vocabulary=timeline.vocabulary)
    assert [
        timeline.evaluate(record.ticket or {}).to_dict(derivation=False) for record in records
    ] == expected
    written = run("evaluate", "--timeline", str(vendors), "tickets.csv", "--format", "csv", cwd=tmp_path)
    table = list(csv.DictReader(io.StringIO(written.stdout)))
    channels = {f"channels.{name}.eligible" for policy in (old, new) for name in policy.definition.channels}
    assert channels <= set(table[0])
    for row, decision in zip(table, expected, strict=True):
        assert row["policy.digest"] == decision["policy"]["digest"]
        for channel in channels:
            answer = decision["channels"].get(channel.split(".")[1], {}).get("eligible")
            assert row[channel] == ("" if answer is None else str(answer).lower())


def test_a_column_that_no_version_has_is_told(run: Run, vendors: Path) -> None:
    stdin = "raised,opened_at,seats\n,2026-03-01T00:00:00Z,1\n"
    done = run("evaluate", "--timeline", str(vendors), "--from", "csv", stdin=stdin)
    assert done.returncode == 2
    assert "<stdin>:1:18: unknown column `seats`" in done.stderr
    # A cell that the version in force has no fact for.
    done = run(
        "evaluate",
        "--timeline",
        str(vendors),
        "--from",
        "csv",
        stdin="opened_at,safety\n2026-03-01T00:00:00Z,true\n",
    )
    assert done.returncode == 2
    assert "<stdin>:2:22: unknown field `safety`" in done.stderr


def test_random_fields_of_any_version_end_in_a_decision_or_an_error(vendors: Path) -> None:
    timeline = load_timeline(vendors)
    rng = random.Random(4)
    for _ in range(300):
        ticket: dict[str, Any] = {}
        for policy in timeline.policies:
            ticket |= random_ticket(policy, rng, rng.choice([0, 0.3]))
        try:
            decision = timeline.evaluate(ticket)
        except TicketError as error:
            assert error.problems
        else:
            version = timeline.version_for(ticket)
            assert decision == version.policy.evaluate(ticket)
            assert version.manifest.opening in ticket


# History


def test_log_tells_what_changed(run: Run, repository: Path, year: Timeline) -> None:
    done = run("log", "tags:policies", cwd=repository)
    assert (done.returncode, done.stderr) == (0, "")
    digests = {version.version: version.policy.digest for version in year.versions}
    # One person who can't reach a site is A and not B: another level, another target.
    expected = [
        "2015-10, in force from 2015-10-01",
        "  · v2015-10:policies",
        f"  · {digests['2015-10']}",
        "  · severity: 1 better; response: … better; telephone: … better. …",
        "",
        "2015-07, in force from 2015-07-01 to 2015-09-30",
        "  · v2015-07:policies",
        f"  · {digests['2015-07']}",
        "  · Only wordings change: no answer does.",
        "",
        "2015-04, in force from 2015-04-01 to 2015-06-30",
        "  · v2015-04:policies",
        f"  · {digests['2015-04']}",
        "  · response: 1 better.",
        "",
        "2015-01, in force from 2015-01-01 to 2015-03-31",
        "  · v2015-01:policies",
        f"  · {digests['2015-01']}",
        "  · Nothing before it to compare with.",
    ]
    assert pattern("\n".join(expected)).fullmatch(done.stdout)


def test_each_version_is_told_before_it_is_compared(year: Timeline) -> None:
    seen: list[Step] = []
    entries, told = history(year, seen.append), []
    for entry in entries:
        told.append((entry.version.where, len(seen)))
    assert [Path(str(step.name)).name for step in seen] == list("dbca")
    assert [(step.number, step.of) for step in seen] == [(number, 4) for number in range(1, 5)]
    assert told == [(step.name, step.number) for step in seen]


def test_the_history_in_french_and_as_data(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ca":
        shutil.rmtree(copy / name)
    add(copy, "e", "2015-06", "2015-06-01", ("plans", "column: midsize_business", "column: midsize"))
    # A policy that says more and decides alike.
    cell = (
        "response_targets",
        "enterprise: {target: PT4H, clock: 24x7, source: [RT-1, RT-2], basis: stated}",
    )
    other = (*cell, cell[1].replace("[RT-1, RT-2]", "[RT-1]"))
    add(copy, "f", "2015-08", "2015-08-01", *ONE_CELL_FASTER, other, *OTHER_FRENCH_LABEL)
    shutil.copytree(copy / "f", copy / "g")
    monkeypatch.chdir(tmp_path)
    entries = list(history(load_timeline("versions")))[::-1]
    told = markdown(tuple(history_parts(entries, "fr")))
    expected = [
        "- **2015-08**, en vigueur à partir du 2015-08-01",
        "  - `versions/f`, `versions/g`",
        "  - sha256:…",
        "  - Seuls changent des citations et des libellés : aucune réponse ne change.",
        "",
        "- **2015-06**, en vigueur du 2015-06-01 au 2015-07-31",
        "  - `versions/e`",
        "  - **ne se charge pas, 1 problème** : versions/e/plans.yaml:55:13: unknown column \\`midsize\\`: did you mean \\`midsize_business\\`?",
        "",
        "- **2015-04**, en vigueur du 2015-04-01 au 2015-05-31",
        "  - `versions/b`",
        "  - sha256:…",
        "  - réponse : **1 mieux**.",
        "",
        "- **2015-01**, en vigueur du 2015-01-01 au 2015-03-31",
        "  - `versions/d`",
        "  - sha256:…",
        "  - Rien avant à quoi la comparer.",
    ]
    assert pattern("\n".join(expected)).fullmatch(told.replace("\xa0", " "))
    data = history_data(entries)
    assert [
        (each["version"], each["effective_from"], each["until"], each["where"], each["digest"] is None)
        for each in data
    ] == [
        ("2015-08", "2015-08-01", None, ["versions/f", "versions/g"], False),
        ("2015-06", "2015-06-01", "2015-08-01", ["versions/e"], True),
        ("2015-04", "2015-04-01", "2015-06-01", ["versions/b"], False),
        ("2015-01", "2015-01-01", "2015-04-01", ["versions/d"], False),
    ]
    assert data[1]["problems"][0]["code"] == "unknown-reference"
    assert data[3]["change"] is None
    change = {
        "changes_answers": True,
        "answers": {"promises.response": {"better": 1, "worse": 0, "other": 0}},
        "bases": 0,
        "hours": {"better": 0, "worse": 0, "other": 0},
        "touches": ["substance", "edition"],
    }
    assert data[2]["change"] == change | {"from": {"version": "2015-01", "digest": data[3]["digest"]}}
    assert data[0]["change"]["from"]["version"] == "2015-04"
    assert data[0]["change"]["touches"] == ["citation", "wording", "edition"]


def test_log_of_one_version(run: Run, tmp_path: Path) -> None:
    add(tmp_path / "versions", "x", "1", "2015-01-01")
    done = run("log", "versions", "--format", "json", "-o", "log.json", cwd=tmp_path)
    assert done == (0, "", "")
    (version,) = json.loads((tmp_path / "log.json").read_text("utf-8"))["versions"]
    assert version == history_data(history(load_timeline(tmp_path / "versions")))[0] | {
        "where": ["versions/x"]
    }
    done = run("log", "versions", "--format", "markdown", "--lang", "fr", cwd=tmp_path)
    assert done.stdout.startswith("- **1**, en vigueur à partir du 2015-01-01\n  - `versions/x`\n")


def test_of_many_tags_the_first_are_named(
    versions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    git = git_in(tmp_path)
    commit(git, tmp_path, "v1", versions / "d")
    for number in range(2, 8):
        git("tag", f"v{number}")
        if number > 5:
            said = run("log", "tags:policies", "--lang", "en").stdout.splitlines()[1]
            named = ", ".join(f"v{n}:policies" for n in range(1, 6))
            assert said == f"  · {named} and {number - 5} more"
    (entry,) = json.loads(run("log", "tags:policies", "--format", "json").stdout)["versions"]
    assert entry["where"] == [f"v{n}:policies" for n in range(1, 8)]


@pytest.mark.parametrize("edits", [ONE_CELL_FASTER, EXAMPLE_FROM_B_TO_A, OTHER_HOURS])
def test_data_counts_as_the_line_does(tmp_path: Path, edits: tuple[Edit, ...]) -> None:
    add(tmp_path, "x", "1", "2015-01-01")
    add(tmp_path, "y", "2", "2015-04-01", *edits)
    entries = list(history(load_timeline(tmp_path)))
    line = markdown(tuple(history_parts(entries, "en"))).splitlines()[-1]
    change = history_data(entries)[1]["change"]
    verdicts = [*change["answers"].values(), change["hours"]]
    for verdict in ("better", "worse", "other"):
        told = sum(map(int, re.findall(rf"([0-9]+) {verdict}", line)))
        assert told == sum(each[verdict] for each in verdicts)
    bases = re.search("([0-9]+) changes? of a basis", line)
    assert change["bases"] == (int(bases[1]) if bases else 0)
    assert sum(each[verdict] for each in verdicts for verdict in each)
