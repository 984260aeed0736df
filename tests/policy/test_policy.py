"""Policies that load, and that do not: each problem with its place and what would be right."""

from __future__ import annotations

import errno
import subprocess
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from edits import copied, edited, with_edits
from folders import HARBOURLINE, SHIPPED
from policy_data import load, save
from renaming import kinds
from supportrules import Policy, PolicyLoadError, load_policy
from supportrules.policy import read_definition
from supportrules.policy.starter import STARTER
from supportrules.time.clocks import ALWAYS, NEVER_STOPS, Clock
from supportrules.time.observances import COUNTRY, NO_HOLIDAYS
from supportrules.time.targets import Duration

# file, what is there, what an edit makes of it, and then: code, the line that is shown, words of message and hint
EDITS = [
    (
        "plans",
        "column: midsize_business",
        "column: midsize",
        "unknown-reference",
        "column",
        "`midsize_business`?",
    ),
    (
        "plans",
        "family: midsize_business\n",
        "family: midsize_business\n    family: x\n",
        "duplicate-key",
        "family: x",
        "`family` twice: it stands in line 54",
    ),
    ("plans", "    family: midsize_business", "\tfamily: x", "yaml-syntax", "\tfamily", "indent with spaces"),
    ("plans", "family: midsize_business\n", "famly: x\n", "unknown-key", "famly", "did you mean `family`?"),
    (
        "response_targets",
        "    midsize_business: {target: next_business_day, clock: business_hours, source: [RT-1, RT-4], basis: assumed}\n",
        "",
        "missing-cell",
        "  B:",
        "no cell for the column `midsize_business`",
    ),
    (
        "response_targets",
        "  C:\n    small",
        "  D:\n    small",
        "unknown-reference",
        "  D:",
        "accepted: `A`, `B`, `C`",
    ),
    (
        "response_targets",
        "enterprise: {target: PT8H",
        "enterprise: {target: 8 hours",
        "wrong-form",
        "8 hours",
        "a duration such as `PT8H`",
    ),
    (
        "response_targets",
        "enterprise: {target: PT8H, clock: 24x7",
        "enterprise: {target: next_business_day, clock: 24x7",
        "wrong-value",
        "next_business_day",
        "write `P1D` for the same time on the next day, or name business hours",
    ),
    (
        "response_targets",
        "{target: next_business_day, clock: business_hours, source: [RT-1, RT-4]",
        "{target: P1D, clock: business_hours, cut_off: 16:00, source: [RT-1, RT-4]",
        "wrong-value",
        "cut_off",
        "`P1D` does not run in business hours, so it can't have a cut-off: leave it out",
    ),
    (
        "response_targets",
        "B:\n    small_business: {target: none, clock: business_hours,",
        "B:\n    small_business: {target: none, clock: business_hours, cut_off: 16:00,",
        "wrong-value",
        "cut_off",
        "`none` does not run in business hours, so it can't have a cut-off: leave it out",
    ),
    (
        "response_targets",
        "enterprise: {target: PT8H, clock: 24x7,",
        "enterprise: {target: PT8H, clock: 24x7, cut_off: 16:00,",
        "wrong-value",
        "cut_off",
        "`24x7` has no business day that a cut-off could end: leave it out, or name business hours as `clock`",
    ),
    (
        "response_targets",
        "next_business_day, clock: business_hours,",
        "next_business_day, clock: business_hours, cut_off: 17:00,",
        "wrong-value",
        "cut_off: 17:00",
        "`17:00` lies outside `business_hours`: write a time between 09:00 and 17:00, or leave it out",
    ),
    (
        "response_targets",
        "next_business_day, clock: business_hours,",
        "next_business_day, clock: business_hours, cut_off: 4 pm,",
        "wrong-form",
        "cut_off: 4 pm",
        "a cut-off is a local time HH:MM, such as `16:00`",
    ),
    (
        "response_targets",
        "enterprise: {target: PT8H",
        "enterprise: {target: PT0S",
        "wrong-value",
        "PT0S",
        "no length",
    ),
    ("plans", "[US, CA, GB]", "[US, CA, UK]", "unknown-value", "UK", "did you mean `GB`"),
    ("plans", "[US, CA, GB]", "[US, CA, false]", "unknown-value", "false", "unknown country"),
    (
        "severity",
        "issue_type: sharepoint_site_down}",
        "issue_type: site_down}",
        "unknown-reference",
        "site_down",
        "`sharepoint_site_down`",
    ),
    (
        "severity",
        "when: {advanced_support_in_force: true, req",
        "when: {advanced_support: true, req_x: 1, req",
        "unknown-reference",
        "req_x",
        "unknown fact or conclusion `req_x`",
    ),
    ("severity", "source: [SV-2]", "source: [SV-22]", "unknown-reference", "SV-22", "unknown clause"),
    ("severity", "scope, customer_choice,", "scope,", "missing-reference", "customer_choice", "`precedence`"),
    (
        "severity",
        "      level: A\n      label: {en: definition",
        "      level: D\n      label: {en: definition",
        "unknown-reference",
        "level: D",
        "accepted: `A`, `B`, `C`, `none`",
    ),
    (
        "channels",
        "overrides: [channels.phone.technical_not_critical]",
        "overrides: [channels.phone.technical_not_critica]",
        "unknown-reference",
        "overrides",
        "did you mean `channels.phone.technical_not_critical`?",
    ),
    (
        "channels",
        "eligible: true\n        hours: business_hours\n        label: {en: pre",
        "eligible: true\n        label: {en: pre",
        "missing-key",
        "presales:",
        "has no `hours`",
    ),
    ("channels", "within: P14D", "within: 14 days", "wrong-form", "14 days", "`P14D`"),
    ("calendars", 'friday: ["09:00', 'friday: ["17:00', "wrong-value", "17:00-17:00", "no stretch of a day"),
    (
        "calendars",
        'friday: ["09:00-17:00"]',
        'friday: ["00:00-00:00"]',
        "wrong-value",
        "00:00-00:00",
        "a whole day is `00:00-24:00`",
    ),
    (
        "calendars",
        'friday: ["09:00-17:00"]',
        'friday: ["21:00-26:00"]',
        "wrong-form",
        "26:00",
        "`21:00-02:00`",
    ),
    (
        "calendars",
        'friday: ["09:00-17:00"]',
        'friday: ["21:00-02:00", "23:30-00:30"]',
        "wrong-value",
        "23:30",
        "`23:30-00:30` overlaps with hours before it",
    ),
    (
        "calendars",
        'friday: ["09:00-17:00"]',
        'friday: ["21:00-02:00"]\n      saturday: ["01:30-05:00"]',
        "wrong-value",
        "friday",
        "`21:00-02:00` overlaps with `01:30-05:00` of saturday in `business_hours`: end at 01:30 or earlier",
    ),
    (
        "calendars",
        'friday: ["09:00-17:00"]',
        'friday: ["21:00-02:00"]\n      saturday: ["00:00-05:00"]',
        "wrong-value",
        "friday",
        "end at 24:00 or earlier",
    ),
    (
        "calendars",
        'friday: ["09:00-17:00"]',
        'sunday: ["22:00-09:01"]',
        "wrong-value",
        "sunday",
        "`22:00-09:01` overlaps with `09:00-17:00` of monday in `business_hours`: end at 09:00 or earlier",
    ),
    (
        "calendars",
        "# Where",
        "dates:\n"
        '  "2014-09-09":\n'
        "    label: {en: night of maintenance, fr: nuit de maintenance}\n"
        '    open: ["22:00-10:00"]\n'
        "    source: [RT-5]\n"
        "    basis: stated\n"
        "# Where",
        "wrong-value",
        "22:00-10:00",
        "`22:00-10:00` overlaps with `09:00-17:00` of wednesday in `business_hours`: end at 09:00 or earlier",
    ),
    ("calendars", 'friday: ["09:00', 'friday: ["9:00', "wrong-form", '"9:00-17:00"', "HH:MM-HH:MM"),
    (
        "calendars",
        'friday: ["09:00-17:00"]',
        'friday: ["09:00-17:00", "16:00-18:00"]',
        "wrong-value",
        "16:00",
        "overlaps",
    ),
    (
        "calendars",
        "exceptions: {}",
        "exceptions: {x: {countries: [QQ]}}",
        "missing-key",
        "x:",
        "has no `label`",
    ),
    ("vocabulary", "default: paid", "default: payed", "unknown-value", "payed", "did you mean `paid`?"),
    (
        "vocabulary",
        "default: paid",
        "default: paid\n    optional: true",
        "unexpected-key",
        "optional",
        "keep one",
    ),
    ("vocabulary", "  workaround:\n", "  severity:\n", "reserved-name", "severity:", "choose another name"),
    ("policy", "opening: opened_at", "opening: opened", "unknown-reference", "opened", "`opened_at`?"),
    ("policy", "opening: opened_at", "opening: plan", "wrong-type", "opening", "is of type choice"),
    ("policy", "format: 1", "format: 2", "unknown-value", "format: 2", "write `1`"),
    (
        "policy",
        'effective_from: "2014-09-03"',
        'effective_from: "2014-13-03"',
        "wrong-form",
        "2014-13-03",
        "no day",
    ),
    (
        "issue_types",
        "    category: technical\n    source: [SV-A1]",
        "    category: technicl\n    source: [SV-A1]",
        "unknown-reference",
        "technicl",
        "did you mean `technical`?",
    ),
    (
        "plans",
        "    when: {advanced_support: false}",
        "    when: {severity: A}",
        "circular-rules",
        "requested:",
        "`severity` → `advanced_support_in_force`",
    ),
    (
        "clauses",
        "    section: overview\n    heading: {en: Ways",
        "    section: x\n    heading: {en: Ways",
        "unknown-reference",
        "section: x",
        "unknown section",
    ),
]


@pytest.mark.parametrize(("stem", "old", "new", "code", "line", "words"), EDITS)
def test_an_edit_that_is_wrong_is_told_with_its_place(
    tmp_path: Path, stem: str, old: str, new: str, code: str, line: str, words: str
) -> None:
    folder = edited(tmp_path, stem, old, new)
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(folder)
    found = [p for p in caught.value.problems if p.code == code]
    assert found, [str(p) for p in caught.value.problems]
    text = " | ".join(f"{p.message}: {p.hint}" for p in found)
    assert words in text
    problem = next(p for p in found if words in f"{p.message}: {p.hint}")
    assert problem.location is not None
    assert problem.location.file == f"{folder}/{stem}.yaml" or code == "circular-rules"
    assert line in problem.location.text
    source = Path(problem.location.file).read_text("utf-8").splitlines()
    assert problem.location.line == 0 or source[problem.location.line - 1] == problem.location.text
    assert problem.location.column >= 1


def special_dates(**hours: str) -> str:
    """Dates of the policy's own, and what follows them in the file."""
    label = "{en: stocktaking, fr: inventaire}"
    return "".join(
        ["dates:\n"]
        + [
            f'  "2014-09-{day[1:]}": {{label: {label}, open: {times}, source: [RT-5], basis: stated}}\n'
            for day, times in hours.items()
        ]
        + ["# Where"]
    )


@pytest.mark.parametrize(
    ("friday", "dates", "problems"),
    [
        # 2014-09-05 was a Friday.
        ('["21:00-02:00"]', special_dates(d06='["02:00-05:00"]'), []),
        (
            '["21:00-02:00"]',
            special_dates(d06='["01:00-05:00"]'),
            [
                "`01:00-05:00` overlaps with `21:00-02:00` of friday in `business_hours`: begin at 02:00 or later"
            ],
        ),
        # Of two special dates the weekday's hours are no matter.
        ('["21:00-02:00"]', special_dates(d05="[]", d06='["01:00-05:00"]'), []),
        (
            '["09:00-17:00"]',
            special_dates(d05='["21:00-02:00"]', d06='["01:00-05:00"]'),
            [
                "`21:00-02:00` overlaps with `01:00-05:00` of 2014-09-06 in `business_hours`: end at 01:00 or earlier"
            ],
        ),
        ('["09:00-17:00"]', special_dates(d05='["21:00-00:00"]', d06='["00:00-05:00"]'), []),
    ],
)
def test_shifts_past_midnight_and_special_dates(
    tmp_path: Path, friday: str, dates: str, problems: list[str]
) -> None:
    edits = ("calendars", 'friday: ["09:00-17:00"]', f"friday: {friday}"), ("calendars", "# Where", dates)
    folder = with_edits(tmp_path, *edits)
    if not problems:
        load_policy(folder)
        return
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(folder)
    assert [f"{problem.message}: {problem.hint}" for problem in caught.value.problems] == problems
    assert all(p.location and "2014-09" in p.location.text for p in caught.value.problems)


def test_hours_past_midnight_are_read_in_one_piece(tmp_path: Path) -> None:
    new = 'friday: ["21:00-02:00", "08:00-12:00"]'
    policy = load_policy(edited(tmp_path, "calendars", 'friday: ["09:00-17:00"]', new))
    hours = policy.definition.hours["business_hours"].week
    assert hours.days[4] == ((8 * 3600, 12 * 3600), (21 * 3600, 26 * 3600))


def test_shifts_that_follow_each_other_all_week_never_close(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    file = folder / "calendars.yaml"
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    week = "".join(f'      {day}: ["08:00-20:00", "20:00-08:00"]\n' for day in days)
    text = file.read_text("utf-8")
    start, end = text.index("      monday"), text.index("    holidays: customer")
    text = text[:start] + week + text[end:].replace("holidays: customer", "holidays: none")
    file.write_text(text, "utf-8")
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(folder)
    assert [problem.message for problem in caught.value.problems] == ["`business_hours` never closes"]


def test_a_cut_off_of_a_shift_past_midnight_is_before_midnight(tmp_path: Path) -> None:
    edited(tmp_path, "calendars", 'friday: ["09:00-17:00"]', 'friday: ["09:00-12:00", "21:00-02:00"]')
    file = tmp_path / "response_targets.yaml"
    text = file.read_text("utf-8")
    for time, problems in (
        ("23:00", []),
        (
            "02:00",
            ["`02:00` lies outside `business_hours`: write a time between 09:00 and 24:00, or leave it out"],
        ),
    ):
        new = f'next_business_day, clock: business_hours, cut_off: "{time}",'
        file.write_text(text.replace("next_business_day, clock: business_hours,", new, 1), "utf-8")
        try:
            load_policy(tmp_path)
        except PolicyLoadError as error:
            assert [f"{each.message}: {each.hint}" for each in error.problems] == problems
        else:
            assert not problems


def test_all_problems_are_told_at_once_and_sorted_by_place(tmp_path: Path) -> None:
    edited(tmp_path, "plans", "column: midsize_business", "column: midsize")
    for stem, old, new in [
        ("severity", "source: [SV-2]", "source: [SV-22]"),
        ("calendars", "[RT-5, PS-2]", "[X]"),
    ]:
        file = tmp_path / f"{stem}.yaml"
        file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    files = [Path(p.location.file).name for p in caught.value.problems if p.location]
    assert files == ["calendars.yaml", "plans.yaml", "severity.yaml"]


def test_a_wrong_form_in_one_file_hides_no_wrong_reference_in_another(tmp_path: Path) -> None:
    edited(tmp_path, "plans", "column: midsize_business", "column: midsize")
    file = tmp_path / "plans.yaml"
    file.write_text(file.read_text("utf-8").replace("family: education", "famly: education", 1), "utf-8")
    file = tmp_path / "response_targets.yaml"
    file.write_text(file.read_text("utf-8").replace("{target: PT8H", "{target: 8 hours", 1), "utf-8")
    file = tmp_path / "severity.yaml"
    file.write_text(file.read_text("utf-8").replace("source: [SV-2]", "source: [SV-22]"), "utf-8")
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    # What is left out because of its form is not reported as missing, nor what names it as unknown.
    assert [(Path(p.location.file).name, p.code) for p in caught.value.problems if p.location] == [
        ("plans.yaml", "unknown-reference"),
        ("plans.yaml", "unknown-key"),
        ("response_targets.yaml", "wrong-form"),
        ("severity.yaml", "unknown-reference"),
    ]


def test_a_fact_of_the_wrong_form_is_not_unknown_where_rules_read_it(tmp_path: Path) -> None:
    folder = edited(
        tmp_path,
        "vocabulary",
        "  workaround:\n    type: boolean\n",
        "  workaround:\n    type: bool\n",
    )
    text = (folder / "vocabulary.yaml").read_text("utf-8")
    line = text[: text.index("type: bool\n")].count("\n") + 1
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(folder)
    assert [(p.code, p.location.line if p.location else 0) for p in caught.value.problems] == [
        ("unknown-value", line)
    ]


@pytest.mark.parametrize(
    ("stem", "old", "new", "words"),
    [
        # The part that a fact plays says what it can be.
        (
            "vocabulary",
            "    label: {en: category,",
            "    default: technical\n    label: {en: category,",
            "it has no `default`",
        ),
        (
            "vocabulary",
            "    label: {en: category,",
            "    optional: true\n    label: {en: category,",
            "it has no `optional`",
        ),
        (
            "vocabulary",
            "    optional: true\n    label: {en: closed,",
            "    label: {en: closed,",
            "add `optional: true`",
        ),
        ("response_targets", "{target: PT8H", "{target: PT9999999H", "a duration such as `PT8H`"),
        ("response_targets", "{target: PT8H", '{target: "PT8H\\n"', "a duration such as `PT8H`"),
    ],
)
def test_what_would_lead_to_wrong_answers_is_refused(
    tmp_path: Path, stem: str, old: str, new: str, words: str
) -> None:
    copied(tmp_path)
    file = tmp_path / f"{stem}.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    assert words in str(caught.value)


@pytest.fixture
def everywhere() -> dict[str, Any]:
    """A policy whose targets and channels are in no hours of its own."""
    data = load(STARTER)
    data["calendars"] |= {"hours": {}, "dates": {}}
    for row in data["response_targets"]["targets"].values():
        for cell in row.values():
            cell |= {"target": "PT4H", "clock": ALWAYS}
    for rule in data["channels"]["channels"]["phone"]["rules"].values():
        if "hours" in rule:
            rule["hours"] = ALWAYS
    return data


def missing_roles(data: dict[str, Any], folder: Path) -> list[str]:
    """What a policy says that it lacks once no fact has the roles of a place."""
    for role in ("country", "subdivision", "timezone"):
        del data["policy"]["roles"][role]
    save(data, folder)
    try:
        load_policy(folder)
    except PolicyLoadError as error:
        assert {problem.code for problem in error.problems} == {"missing-key"}
        return [problem.message for problem in error.problems]
    return []


def test_hours_need_the_roles_of_a_place(tmp_path: Path) -> None:
    data = load(STARTER)
    country = "no `country`, and hours in calendars.yaml close on the customer's public holidays"
    part = "no `subdivision`, and hours in calendars.yaml close on public holidays of the customer's region"
    zone = "no `timezone`, and hours in calendars.yaml are kept in the customer's time zone"
    assert missing_roles(data, tmp_path) == [country, part, zone]
    data = load(STARTER)
    of_the_country = {"of": "country", "source": ["H-1"], "basis": "assumed"}
    data["calendars"]["hours"]["office_hours"]["holidays"] = of_the_country
    assert missing_roles(data, tmp_path) == [country, zone]
    data = load(STARTER)
    data["calendars"]["hours"]["office_hours"]["holidays"] = "none"
    assert missing_roles(data, tmp_path) == [zone]


def test_hours_rest_on_the_choice_of_holidays(tmp_path: Path) -> None:
    data = load(STARTER)
    hours = data["calendars"]["hours"]["office_hours"]
    assert (hours["source"], hours["basis"]) == (["H-1"], "stated")
    hours["holidays"] = {"of": "country", "source": ["H-2"], "basis": "assumed"}
    save(data, tmp_path)
    found = load_policy(tmp_path).definition.hours["office_hours"]
    assert (found.holidays, found.origin.source, found.origin.basis) == (COUNTRY, ("H-1", "H-2"), "assumed")


def test_targets_need_the_roles_that_their_times_follow_from(
    tmp_path: Path, everywhere: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert missing_roles(deepcopy(everywhere), tmp_path) == []
    everyday = Clock(ALWAYS, NEVER_STOPS.week, NO_HOLIDAYS)
    monkeypatch.setattr(Duration, "runs_in", lambda target, clock: everyday)
    zone = "no `timezone`, and a time in response_targets.yaml follows from it"
    assert missing_roles(everywhere, tmp_path) == [zone]


def test_bounds_that_no_number_meets(tmp_path: Path) -> None:
    folder = edited(
        tmp_path, "vocabulary", "    minimum: 0\n", "    minimum: 9\n    maximum: 3\n", HARBOURLINE
    )
    with pytest.raises(PolicyLoadError, match="no number is at least 9 and at most 3"):
        load_policy(folder)


def test_other_yaml_parsers_read_the_files_too() -> None:
    for file in (*SHIPPED.glob("*.yaml"), *HARBOURLINE.glob("*.yaml")):
        assert isinstance(yaml.load(file.read_text("utf-8"), yaml.SafeLoader), dict)


def test_no_as_a_country_is_norway(tmp_path: Path) -> None:
    policy = load_policy(edited(tmp_path, "plans", "[US, CA, GB]", "[US, CA, NO]"))
    ticket = {"plan": "small_business", "advanced_support": True, "issue_type": "lync_installation"}
    assert policy.evaluate(ticket | {"country": "GB"}).notes != ()
    assert policy.evaluate(ticket | {"country": "NO"}).notes == ()


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty-file", "the file is empty"),
        (b"levels: [\xff]", "encoding", "0xff is not UTF-8"),
        (b"[" * 100_000, "too-deep", "more than 40 levels"),
        (b"x" * 6_000_000, "too-large", "larger than 5 MB"),
        (b"- 1\n", "wrong-type", "takes a mapping, not a list"),
        (b"a: 1\n---\nb: 1\n", "yaml-syntax", "more than one document"),
        (b"a: !!python/object/apply:os.system [ls]", "yaml-tag", "is not accepted"),
        (b"1: a", "yaml-key", "put the key in quotes"),
    ],
)
def test_a_file_that_is_no_yaml_of_ours(tmp_path: Path, content: bytes, code: str, words: str) -> None:
    copied(tmp_path)
    (tmp_path / "severity.yaml").write_bytes(content)
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.code, words in str(problem)) == (code, True), str(problem)
    assert problem.location is not None and problem.location.file.endswith("severity.yaml")


def test_an_anchor_bomb_is_refused(tmp_path: Path) -> None:
    copied(tmp_path)
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (tmp_path / "severity.yaml").write_text("\n".join(lines), "utf-8")
    with pytest.raises(PolicyLoadError, match="more than 500000 values"):
        load_policy(tmp_path)


def test_a_large_file_is_not_read_whole(tmp_path: Path) -> None:
    copied(tmp_path)
    with (tmp_path / "severity.yaml").open("wb") as file:
        file.truncate(50_000_000)
    with pytest.raises(PolicyLoadError, match="larger than 5 MB"):
        load_policy(tmp_path)


@pytest.mark.parametrize("start", ["# é\n", "\ufeff"])
def test_a_large_file_is_not_cut_off_where_its_characters_are_few_enough(tmp_path: Path, start: str) -> None:
    copied(tmp_path)
    file = tmp_path / "severity.yaml"
    file.write_text(start + file.read_text("utf-8") + "# filling\n" * 500_000, "utf-8")
    with pytest.raises(PolicyLoadError, match="larger than 5 MB"):
        load_policy(tmp_path)


@pytest.mark.parametrize("name", ["x" * 300, "a: " + "x" * 300])
def test_a_name_that_no_directory_can_have(name: str) -> None:
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(name)
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("unreadable", "file name too long")


def test_a_file_that_can_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copied(tmp_path)
    read = Path.open

    def refuse(self: Path, *args: Any, **options: Any) -> Any:
        if self.name == "severity.yaml":
            raise PermissionError(errno.EACCES, "Permission denied", str(self))
        return read(self, *args, **options)

    # Whoever runs the tests may be allowed to read everything.
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.code, str(problem)) == ("unreadable", f"{tmp_path}/severity.yaml: permission denied")


def test_a_folder_without_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(PolicyLoadError, match=r"no `policy\.yaml` here"):
        load_policy(tmp_path)


def test_a_missing_and_a_misnamed_file(tmp_path: Path) -> None:
    copied(tmp_path)
    (tmp_path / "severity.yaml").rename(tmp_path / "severities.yaml")
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    text = str(caught.value)
    assert "`severity.yaml` is missing" in text
    assert "did you mean `severity.yaml`?" in text


@pytest.mark.parametrize("where", ["no/such/place", "HEAD:nowhere/at-all", "--help:policies"])
def test_what_is_no_policy_at_all(where: str) -> None:
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(where)
    assert caught.value.problems[0].code == "no-policy"


# The digest


def test_the_digest_is_over_what_is_said_and_not_how(tmp_path: Path, shipped: Policy) -> None:
    copied(tmp_path)
    file = tmp_path / "calendars.yaml"
    text = file.read_text("utf-8")
    assert load_policy(tmp_path).digest == shipped.digest
    # A comment, another layout, another order of keys.
    swapped = text.replace(
        "    source: [RT-5, PS-2]\n    basis: assumed\n",
        "    basis: assumed\n    source:\n    - RT-5\n    - PS-2\n",
    )
    assert swapped != text
    file.write_text("# a comment\n" + swapped, "utf-8")
    assert load_policy(tmp_path) == shipped
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "more.yaml").write_text("cases: []", "utf-8")
    assert load_policy(tmp_path).digest == shipped.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("en: business hours", "en: working hours"),
        ("source: [RT-5, PS-2]", "source: [PS-2, RT-5]"),
        ("basis: assumed", "basis: inferred"),
        ('friday: ["09:00-17:00"]', 'friday: ["09:00-17:30"]'),
    ],
)
def test_the_digest_changes_with_what_is_said(tmp_path: Path, shipped: Policy, old: str, new: str) -> None:
    assert load_policy(edited(tmp_path, "calendars", old, new)).digest != shipped.digest


def test_places_do_not_count_when_policies_are_compared(tmp_path: Path) -> None:
    copied(tmp_path)
    assert read_definition(tmp_path) == read_definition(SHIPPED)
    file = tmp_path / "severity.yaml"
    file.write_text("\n\n" + file.read_text("utf-8"), "utf-8")
    assert read_definition(tmp_path) == read_definition(SHIPPED)


# Revisions


def test_a_git_revision_names_a_policy(
    tmp_path: Path, shipped: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True)

    folder = tmp_path / "rules" / "support"
    folder.mkdir(parents=True)
    copied(folder)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    git("tag", "v1")
    file = folder / "policy.yaml"
    file.write_text(file.read_text("utf-8").replace('version: "2014-09-03"', 'version: "next"'), "utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_policy("v1:rules/support") == shipped
    assert load_policy("rules/support").version == "next"
    assert load_policy("HEAD:rules/support/").version == "2014-09-03"
    with pytest.raises(PolicyLoadError, match="`v2` is no revision"):
        load_policy("v2:rules/support")
    with pytest.raises(PolicyLoadError, match="no directory `rules/sales` in `v1`"):
        load_policy("v1:rules/sales")
    with pytest.raises(PolicyLoadError, match=r"policy\.yaml` in `v1` is a file"):
        load_policy("v1:rules/support/policy.yaml")
    # An existing path wins over a revision of that name.
    (tmp_path / "v1:rules").mkdir()
    with pytest.raises(PolicyLoadError, match=r"no `policy\.yaml` here"):
        load_policy("v1:rules")


def test_problems_in_a_revision_name_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    edited(tmp_path, "plans", "column: midsize_business", "column: midsize")
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@x", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *arguments], check=True, capture_output=True)
    with pytest.raises(PolicyLoadError) as caught:
        load_policy("HEAD:")
    assert str(caught.value).startswith("HEAD:/plans.yaml:55:13:")


@pytest.mark.parametrize(
    ("seconds", "text"), [(3600, "PT1H"), (5400, "PT1H30M"), (45, "PT45S"), (86400, "PT24H"), (0, "PT0S")]
)
def test_durations_have_one_form(seconds: int, text: str) -> None:
    assert Duration(seconds).text == text


# The clauses


def cited(policy: Policy) -> set[str]:
    """The clauses that any fact, entry, rule or cell gives as its source."""
    definition = policy.definition
    things: list[Any] = [
        *definition.vocabulary.facts.values(),
        *definition.conclusions.values(),
        *definition.families.values(),
        *definition.plans.values(),
        *definition.issue_types.values(),
        *definition.levels.values(),
        *definition.columns.values(),
        *definition.channels.values(),
        *definition.hours.values(),
        *definition.cells,
        *definition.notes,
        definition.coverage,
        *definition.coverage.exceptions,
    ]
    found = {number for thing in things for number in thing.origin.source}
    rules = (rule for stage in policy.program.stages.values() for rule in stage.rules)
    return found | {number for rule in rules for number in rule.origin.source}


def test_every_clause_is_encoded_or_excused_and_none_is_both(policy: Policy) -> None:
    clauses = policy.definition.clauses
    excused = {number for number, clause in clauses.items() if clause.not_a_rule}
    assert cited(policy) == set(clauses) - excused


def test_the_clauses_are_those_of_the_service_description(shipped: Policy) -> None:
    counts = {"OV": 2, "SR": 2, "SS": 1, "PS": 3, "BL": 2, "TS": 3, "RT": 6, "SA": 1, "AS": 1, "LG": 2}
    counts |= {"RS": 6, "AD": 6, "PT": 1, "DV": 1, "VL": 1, "SO": 1}
    expected = {f"{prefix}-{n}" for prefix, count in counts.items() for n in range(1, count + 1)}
    expected |= {f"SV-{n}" for n in ("1", "2", "3", "4", "A", "B", "C")}
    expected |= {f"SV-{level}{n}" for level in "ABC" for n in range(1, 4)}
    assert set(shipped.definition.clauses) == expected


def test_all_plans_and_kinds_of_problems_are_there(shipped: Policy) -> None:
    definition = shipped.definition
    assert len(definition.plans) == 15
    kinds = [issue.category for issue in definition.issue_types.values()]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "technical": 18,
        "billing": 6,
        "presales": 6,
        None: 1,
    }
    assert len(definition.cells) == 12
    assert definition.languages == ("en", "fr")


def test_dates_that_do_not_exist_are_all_told(tmp_path: Path) -> None:
    folder = edited(tmp_path, "calendars", '  "2025-04-13":', '  "2025-02-30":', HARBOURLINE)
    text = (folder / "calendars.yaml").read_text("utf-8")
    (folder / "calendars.yaml").write_text(text.replace('2025-04-16":', '2025-02-31":'), "utf-8")
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(folder)
    assert [problem.message for problem in caught.value.problems] == [
        "there is no day `2025-02-30`",
        "there is no day `2025-02-31`",
    ]


def test_special_dates_stand_in_the_definition(harbourline: Policy) -> None:
    first, second = harbourline.definition.dates
    assert (first.day, first.label["fr"], first.open) == (date(2025, 4, 13), "fermé", ())
    assert second.hours == ("business_hours", "extended_hours")
    assert (second.origin.source, second.open) == (("H-3",), ((8 * 3600, 12 * 3600),))


BASIC, OTHER = ("plans", "plans", "basic"), ("plans", "plans", "pro")
FORMER = [
    # What entries of a kind are called, or two of them were called.
    ({BASIC: ["pro"]}, "- pro", "`pro` is no former name, there is one that is called so"),
    ({BASIC: ["basic"]}, "- basic", "`basic` is no former name"),
    ({BASIC: ["x", "free"], OTHER: ["y", "free"]}, "- free", "`free` is a former name of `basic` already"),
]


@pytest.mark.parametrize(("former", "line", "message"), FORMER)
def test_former_names_that_leave_open_which_entry_is_which(
    former: dict[tuple[str, ...], list[str]], line: str, message: str, tmp_path: Path
) -> None:
    data = load(HARBOURLINE)
    for (stem, section, id), names in former.items():
        data[stem][section][id]["formerly"] = names
    save(data, tmp_path)
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    (problem,) = caught.value.problems
    assert problem.code == "former-name"
    assert problem.message.startswith(message)
    assert problem.hint
    assert problem.location and problem.location.text.strip() == line


def test_every_kind_of_entry_is_looked_at_for_former_names(tmp_path: Path) -> None:
    """Each entry claims the name of one beside it, and none is left out."""
    data = load(SHIPPED)
    claims = 0
    for group in kinds(data):
        for id, entry in group.items():
            others = [other for other in group if other != id]
            if others:
                entry["formerly"] = [others[0]]
                claims += 1
    assert claims > 100
    save(data, tmp_path)
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    assert [problem.code for problem in caught.value.problems] == ["former-name"] * claims


def test_entries_of_different_kinds_can_have_had_one_name(tmp_path: Path) -> None:
    for folder in (SHIPPED, HARBOURLINE):
        data = load(folder)
        for group in kinds(data):
            for entry in [*group.values()][:1]:
                entry["formerly"] = ["what_it_was"]
        save(data, tmp_path / folder.name)
        definition = read_definition(tmp_path / folder.name)
        found = [origin.formerly for _, origin in definition.entries() if origin.formerly]
        # Columns, plans and so on, and each group of rules.
        assert len(found) >= 13
        assert set(found) == {("what_it_was",)}


def test_former_names_of_days_are_days(tmp_path: Path) -> None:
    data = load(HARBOURLINE)
    dates = data["calendars"]["dates"]
    dates["2025-04-16"]["formerly"] = ["2025-04-15"]
    save(data, tmp_path / "right")
    assert read_definition(tmp_path / "right").dates[1].origin.formerly == ("2025-04-15",)
    dates["2025-04-16"]["formerly"] = ["easter"]
    save(data, tmp_path / "wrong")
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path / "wrong")
    assert [problem.code for problem in caught.value.problems] == ["wrong-form"]


def test_former_names_are_no_part_of_what_is_decided(tmp_path: Path) -> None:
    data = load(SHIPPED)
    data["plans"]["plans"]["enterprise_e1"]["formerly"] = ["e1"]
    save(data, tmp_path / "with")
    del data["plans"]["plans"]["enterprise_e1"]["formerly"]
    save(data, tmp_path / "without")
    one, other = (read_definition(tmp_path / name) for name in ("with", "without"))
    assert one == other
    assert one.digest != other.digest


def test_plans_say_nothing_wrong_where_a_fact_is_called_as_a_conclusion(tmp_path: Path) -> None:
    """What they give are values of the conclusion, not of the fact."""
    fact = (
        "facts:\n  online_support:\n    type: choice\n    values: {little: {en: a, fr: a}, much: {en: b, fr: b}}\n"
        "    label: {en: a, fr: a}\n    question: {en: a, fr: a}\n    source: [RT-1]\n    basis: assumed\n"
    )
    edited(tmp_path, "vocabulary", "facts:\n", fact)
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    found = [(p.code, p.location.text.strip().partition(":")[0]) for p in caught.value.problems if p.location]
    # The condition may mean either, what a plan gives only the conclusion.
    assert found == [("unknown-reference", "when"), ("reserved-name", "online_support")]


def test_a_service_that_never_closes_can_promise_the_next_day(tmp_path: Path) -> None:
    folder = edited(tmp_path, "response_targets", "enterprise: {target: PT8H", "enterprise: {target: P1D")
    ticket = {
        "plan": "enterprise_e3",
        "issue_type": "mail_access",
        "affected_users": "several",
        "service_state": "degraded",
        "requester": "administrator",
        "country": "FR",
        "opened_at": "2014-10-25T02:30:00+02:00",
    }
    decision = load_policy(folder).evaluate(ticket | {"requested_severity": "B"})
    response = decision.response
    assert response is not None and decision.severity == "B"
    # On Sunday the clock goes back from 3 to 2: the first 02:30 is 24 hours later.
    assert (response.target, response.clock) == ("P1D", "24x7")
    assert str(response.due_at_local) == "2014-10-26 02:30:00+02:00"
