"""Sources and bases that are given once: the policy is the one in which each entry gives its own."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from edits import edited, with_edits
from folders import HARBOURLINE, MUNICH, SHIPPED
from given_once import KEY, citing, given_once
from policy_data import load, save
from random_yaml import RandomWriter
from supportrules import PolicyLoadError
from supportrules.policy import Definition, read_definition
from supportrules.policy.binding import bind, digest
from supportrules.policy.documents import file_name, read_documents
from supportrules.policy.entry_defaults import written_out
from supportrules.policy.files import PolicyFiles
from supportrules.policy.layout import canonical
from supportrules.policy.starter import STARTER

Data = dict[str, Any]
DAYS = {"company_days.ics": (MUNICH / "company_days.ics").read_text("utf-8")}
POLICIES: dict[str, Data] = {
    "shipped": load(SHIPPED),
    "harbourline": load(HARBOURLINE),
    "starter": load(STARTER),
    "munich": load(MUNICH) | DAYS,
}


def bound(policy: Data, random: Random | None = None) -> Definition:
    """A policy's definition; of files in a random layout that was made canonical, or of JSON."""
    contents = {}
    for file, data in policy.items():
        if isinstance(data, str):
            contents[file] = data.encode()
        elif random is None:
            contents[file] = json.dumps(data, ensure_ascii=False).encode()
        else:
            contents[file] = canonical(RandomWriter(random).document(data), file).encode()
    return bind(PolicyFiles(contents, {file: file_name(file) for file in contents}))


def problems(folder: Path) -> list[str]:
    """What is wrong, with line and column, and with the line itself."""
    with pytest.raises(PolicyLoadError) as caught:
        read_definition(folder)
    found = []
    for problem in caught.value.problems:
        assert problem.location is not None
        place = str(problem.location).partition("/")[2].rpartition("/")[2]
        found.append(f"{problem.code} {place} {problem.text}")
    return found


def count(policy: Data, key: str) -> int:
    return sum(key in entry for data in policy.values() for entry in citing(data))


# What is given once says the same


@pytest.mark.parametrize("name", POLICIES)
def test_giving_once_changes_nothing(name: str) -> None:
    policy = POLICIES[name]
    written = bound(policy)
    for seed in range(8):
        random = Random(seed)
        other = given_once(policy, random)
        once = bound(other, random if seed % 2 else None)
        assert once == written
        assert once.digest == written.digest
        # In the files too, every entry has what it cites.
        for file, node in written.sources.documents.items():
            assert once.sources.documents[file].plain() == node.plain()


@pytest.mark.parametrize("name", POLICIES)
def test_files_that_give_nothing_once_are_as_they_are_written(name: str) -> None:
    data = {file: item for file, item in POLICIES[name].items() if isinstance(item, dict)}
    for file, item in data.items():
        ((node,), _) = read_documents(json.dumps(item), file)
        assert written_out(file, node) == node
    if name != "munich":
        assert bound(data).digest == digest(data)


def test_much_is_given_once() -> None:
    """The law above is about something."""
    policy = POLICIES["shipped"]
    once = [given_once(policy, Random(seed)) for seed in range(5)]
    assert min(count(policy, key) - count(other, key) for other in once for key in ("basis", "source")) > 5
    assert all(json.dumps(other).count(KEY) > 5 for other in once)


# The nearest counts

TARGETS = """\
# yaml-language-server: $schema=../schema/response_targets.schema.json
entry_defaults: {source: [R-1], basis: assumed}
columns:
  standard: {label: {en: standard}, source: [R-2]}
  plus:
    label: {en: plus}
    better_than: [standard]
targets:
  entry_defaults: {basis: inferred}
  urgent:
    entry_defaults: {source: [R-2]}
    standard: {target: PT8H, clock: office_hours}
    plus: {target: PT1H, clock: 24x7, basis: stated}
  normal:
    standard: {target: 2_business_days, clock: office_hours, source: [R-1, R-2]}
    plus: {target: PT8H, clock: office_hours}
  minor:
    entry_defaults: {source: [R-2], basis: stated}
    standard: {target: none, clock: office_hours}
    plus: {target: 3_business_days, clock: office_hours}
"""


def starter(folder: Path, targets: str) -> Path:
    """The starter with other targets."""
    with_edits(folder, source=STARTER)
    (folder / "response_targets.yaml").write_text(targets, "utf-8")
    return folder


def test_the_nearest_counts(tmp_path: Path) -> None:
    definition = read_definition(starter(tmp_path, TARGETS))
    columns = [(each.id, each.origin.source, each.origin.basis) for each in definition.columns.values()]
    assert columns == [("standard", ("R-2",), "assumed"), ("plus", ("R-1",), "assumed")]
    cells = [(each.origin.source, each.origin.basis) for each in definition.cells]
    assert cells == [
        (("R-2",), "inferred"),
        (("R-2",), "stated"),
        (("R-1", "R-2"), "inferred"),
        (("R-1",), "inferred"),
        *[(("R-2",), "stated")] * 2,
    ]
    # An entry is where it is, its source where that is written.
    cell = definition.cells[0]
    assert cell.origin.location.line == 12
    place = definition.sources.place("response_targets", "targets", cell.level, cell.column, "source", 0)
    assert (place.line, place.column) == (11, 31)


def test_an_entry_passes_nothing_on(tmp_path: Path) -> None:
    """The source of a channel is not that of its rules."""
    old = "        source: [AD-5]\n        basis: assumed\n"
    (found,) = problems(edited(tmp_path, "channels", old, "        basis: assumed\n"))
    assert found.startswith("missing-key channels.yaml:67:7 `technical_advanced` has no `source`: such as")


def test_holidays_inherit_as_their_hours_do(tmp_path: Path) -> None:
    data = load(SHIPPED)
    hours = data["calendars"]["hours"]
    hours["business_hours"]["holidays"] = {"of": "country"}
    hours[KEY] = {"source": ["RT-3"], "basis": "stated"}
    save(data, tmp_path)
    origin = read_definition(tmp_path).hours["business_hours"].origin
    assert (origin.source, origin.basis) == (("RT-5", "PS-2", "RT-3"), "assumed")


# What is wrong


def test_what_is_wrong_with_a_default_is_told_once_where_it_is_written(tmp_path: Path) -> None:
    wrong = TARGETS.replace("{source: [R-2]}\n    standard", "{source: [R-22]}\n    standard")
    (found,) = problems(starter(tmp_path / "clause", wrong))
    assert found.startswith("unknown-reference response_targets.yaml:11:31 unknown clause `R-22`: did you")
    wrong = TARGETS.replace("{basis: inferred}", "{basis: infered}")
    assert problems(starter(tmp_path / "basis", wrong)) == [
        "unknown-value response_targets.yaml:9:27 `basis` can't be `infered`: did you mean `inferred`?"
    ]
    wrong = TARGETS.replace("entry_defaults: {source: [R-1], ", "entry_defaults: {sorce: [R-1], ")
    assert problems(starter(tmp_path / "key", wrong)) == [
        "unknown-key response_targets.yaml:2:18 unknown key `sorce`: did you mean `source`?"
    ]
    wrong = TARGETS.replace("entry_defaults: {basis: inferred}", "entry_defaults: {}")
    (found,) = problems(starter(tmp_path / "empty", wrong))
    assert found.startswith("empty response_targets.yaml:9:19 `entry_defaults` is empty: such as")


def test_what_has_no_source_or_basis_at_all_is_told(tmp_path: Path) -> None:
    wrong = TARGETS.replace("entry_defaults: {source: [R-1], basis: assumed}\n", "")
    hint = "here or in `entry_defaults` for several entries"
    assert problems(starter(tmp_path, wrong)) == [
        f"missing-key response_targets.yaml:3:3 `standard` has no `basis`: such as `basis: stated`, {hint}",
        f"missing-key response_targets.yaml:4:3 `plus` has no `basis`: such as `basis: stated`, {hint}",
        f"missing-key response_targets.yaml:4:3 `plus` has no `source`: such as `source: [RT-1]`, {hint}",
        f"missing-key response_targets.yaml:15:5 `plus` has no `source`: such as `source: [RT-1]`, {hint}",
    ]


@pytest.mark.parametrize(
    ("stem", "old", "new", "expected"),
    [
        ("plans", "  education:\n", f"  {KEY}:\n", "unknown-key plans.yaml:17:5 unknown key `label`: it gives"),
        ("severity", "id: A\n", f"id: {KEY}\n", f"reserved-name severity.yaml:5:9 a level can't be called `{KEY}`"),
        ("channels", "\nchannels:\n", f"\nchannels:\n  {KEY}: any\n", f"wrong-type channels.yaml:7:19 `{KEY}` takes a map"),
        ("clauses", "\nclauses:\n", f"\nclauses:\n  {KEY}: {{source: [OV-1]}}\n", "unknown-key clauses.yaml:20:20 un"),
        ("channels", "    label: {en: portal", f"    {KEY}: {{basis: stated}}\n    label: {{en: portal", "unknown-key channels.yaml:99:5 unk"),
        ("policy", "format: 1\n", f"format: 1\n{KEY}: {{basis: stated}}\n", "unknown-key policy.yaml:4:1 unknown key"),
    ],
)  # fmt: skip
def test_the_key_is_no_name_and_stands_above_entries_only(
    stem: str, old: str, new: str, expected: str, tmp_path: Path
) -> None:
    found = problems(edited(tmp_path, stem, old, new))
    assert any(problem.startswith(expected) for problem in found), found


def test_defaults_alone_are_no_entries(tmp_path: Path) -> None:
    folder = with_edits(tmp_path)
    (folder / "response_targets.yaml").write_text(
        f"columns:\n  {KEY}: {{basis: stated}}\ntargets: {{}}\n", "utf-8"
    )
    assert [each.split(" ")[0] for each in problems(folder)][:2] == ["empty", "empty"]
