"""A policy as tables: golden outputs, made once and read by eye, and every cell against the YAML."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt
from rich.console import Console

import supportrules
from edits import BY_NOON, edited, with_edits
from folders import HARBOURLINE, TESTS
from policy_data import load, save
from supportrules import Location, Policy, TicketError, load_policy
from supportrules.policy import BASES
from supportrules.policy.conditions import Condition, Test
from supportrules.policy.starter import STARTER
from supportrules.policy.vocabulary import Origin
from supportrules.report.markdown import escaped
from supportrules.report.phrases import Phrases
from supportrules.report.policy_tables import TOPICS, sheets
from supportrules.report.show import PolicyTables
from supportrules.report.table_model import Sheet, TableCell, joint

FOLDERS = {
    "office-365-support": Path(supportrules.__file__).parent / "policies",
    "harbourline-support": TESTS / "harbourline",
}


def tables(policy: Policy, *topics: str, language: str = "en", clauses: bool = False) -> PolicyTables:
    return PolicyTables(policy, topics or list(TOPICS), language, clauses=clauses)


def printed(found: PolicyTables, width: int) -> str:
    stream = io.StringIO()
    found.print(Console(file=stream, width=width, highlight=False, color_system=None))
    return stream.getvalue()


def said(policy: Policy, stem: str) -> Any:
    """What a file of a policy says, as PyYAML reads it."""
    text = (FOLDERS[policy.name] / f"{stem}.yaml").read_text("utf-8")
    return yaml.load(text, yaml.BaseLoader)


def all_cells(found: list[Sheet]) -> Iterator[TableCell]:
    for sheet in found:
        yield from sheet.columns.values()
        yield from itertools.chain.from_iterable(sheet.rows)


def by_column(sheet: Sheet) -> list[dict[str, TableCell]]:
    return [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("form", ["80", "120", "md"])
def test_the_tables_as_they_were_read_by_eye(policy: Policy, language: str, form: str) -> None:
    found = tables(policy, language=language)
    text = found.markdown() if form == "md" else printed(found, int(form))
    suffix = "md" if form == "md" else f"{form}.txt"
    golden = TESTS / "golden" / f"show.{policy.name}.{language}.{suffix}"
    assert text == golden.read_text("utf-8")
    assert not any(line != line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", [30, 60, 80, 100, 120, 200])
def test_no_width_cuts_a_word(policy: Policy, language: str, width: int) -> None:
    found = tables(policy, language=language, clauses=True)
    lines = printed(found, width).splitlines()
    if width >= 60:
        assert max(map(len, lines)) <= width
        words = {word for line in lines for word in re.split(r"[ \u2500]+", line)}
        for cell in itertools.chain.from_iterable(row for sheet in found.sheets for row in sheet.rows):
            assert set(cell.text.split(" ")) <= words | {""}


# Cells against the files


def test_every_response_cell_of_the_file_stands_in_its_place(policy: Policy) -> None:
    sheet = sheets(policy, "targets", "en")[0]
    rows = {row["severity"].value: row for row in by_column(sheet)}
    data = said(policy, "response_targets")["targets"]
    for level, columns in data.items():
        for column, promise in columns.items():
            cell = rows[level][column]
            target = None if promise["target"] == "none" else promise["target"]
            assert cell.value == {"target": target, "clock": promise["clock"]}
            assert (list(cell.source), cell.basis) == (promise["source"], promise["basis"])
    assert list(rows)[: len(data)] == list(data)
    assert set(sheet.columns) == {"severity", *said(policy, "response_targets")["columns"]}


def test_targets_in_words(shipped: Policy, harbourline: Policy) -> None:
    rows = {row["severity"].value: row for row in by_column(sheets(shipped, "targets", "en")[0])}
    assert rows["A"]["enterprise"].text == "1 hour, any time"
    assert rows["B"]["midsize_business"].text == "next business day, business hours"
    assert rows["C"]["enterprise"].text == "no time promised, any time"
    assert rows[None]["enterprise"].text == "no target"
    rows = {row["severity"].value: row for row in by_column(sheets(harbourline, "targets", "fr")[0])}
    assert rows["low"]["priority"].text == "5 jours ouvrables, heures ouvrables"
    assert None not in rows


def test_every_plan_stands_once_with_what_it_includes(policy: Policy) -> None:
    *families, included = sheets(policy, "plans", "en")
    if policy.name == "harbourline-support":
        families, included = [*families, included], Sheet("plans", "", {}, ())
    rows = [row for sheet in families for row in by_column(sheet)]
    data = said(policy, "plans")["plans"]
    assert sorted(row["id"].text for row in rows) == sorted(data)
    for row in rows:
        plan = data[row["id"].text]
        assert row["name"].text == plan["label"]["en"]
        assert row["column"].value == plan.get("column")
        assert list(row["name"].source) == plan["source"]
    having = {(r["conclusion"].value, r["included"].value): r["plans"].value for r in by_column(included)}
    expected: dict[Any, list[str]] = {}
    for id, plan in data.items():
        for name, value in plan.get("entitlements", {}).items():
            expected.setdefault((name, {"true": True, "false": False}.get(value, value)), []).append(id)
    assert having == expected


def test_plans_stand_under_their_family(shipped: Policy) -> None:
    data = said(shipped, "plans")
    for sheet in sheets(shipped, "plans", "en")[:-1]:
        title = sheet.title.removeprefix("Plans: ")
        for row in by_column(sheet):
            assert data["families"][data["plans"][row["id"].text]["family"]]["label"]["en"] == title


def test_every_severity_rule_stands_under_its_level_by_precedence(policy: Policy) -> None:
    levels, *rest = sheets(policy, "severity", "en")
    data = said(policy, "severity")
    assert [row["id"].text for row in by_column(levels)] == [level["id"] for level in data["levels"]]
    found: list[tuple[str, str, str]] = []
    for sheet in rest:
        rows = by_column(sheet)
        places = [data["precedence"].index(row["group"].text) for row in rows]
        assert places == sorted(places)
        found += [(row["group"].text, row["rule"].text, sheet.title) for row in rows]
    labels = {level["id"]: level["label"]["en"] for level in data["levels"]}
    labels |= {"none": "none", "requested_severity": "severity asked for"}
    assert sorted(found) == sorted(
        (group, rule["label"]["en"], f"Severity: {labels[rule.get('level') or rule['level_from']]}")
        for group, rules in data["rules"].items()
        for rule in rules.values()
    )


def test_every_hour_date_and_exception_of_the_calendars(policy: Policy) -> None:
    found = {sheet.title: by_column(sheet) for sheet in sheets(policy, "calendars", "en")}
    data = said(policy, "calendars")
    days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    for name, hours in data["hours"].items():
        for day, row in zip(days, found["Hours"], strict=False):
            assert row[name].value == hours["week"].get(day, [])
        assert found["Hours"][-1][name].value == hours["holidays"]
    dates = {row["date"].value: row for row in found.get("Special dates", [])}
    assert {day: row["open"].value for day, row in dates.items()} == {
        day: date["open"] for day, date in data.get("dates", {}).items()
    }
    assert [row["reason"].text for row in dates.values()] == [
        date["label"]["en"] for date in data.get("dates", {}).values()
    ]
    *exceptions, last = found["Any time"]
    assert {row["coverage"].value: row["countries"].value for row in exceptions} == {
        name: item["countries"] for name, item in data["coverage"]["exceptions"].items()
    }
    assert last["hours"].value == "24x7"


def test_hours_past_midnight_say_so(tmp_path: Path) -> None:
    new = 'friday: ["09:00-17:00", "21:00-02:00"]\n      saturday: ["18:00-00:00"]'
    policy = load_policy(edited(tmp_path, "calendars", 'friday: ["09:00-17:00"]', new))
    for language, words in (("en", "next day"), ("fr", "le lendemain")):
        friday, saturday = [
            list(row.values())[1] for row in by_column(sheets(policy, "calendars", language)[0])
        ][4:6]
        assert (friday.text, friday.value) == (
            f"09:00-17:00, 21:00-02:00 ({words})",
            ["09:00-17:00", "21:00-02:00"],
        )
        assert saturday.text == "18:00-24:00"


def test_countries_have_names(harbourline: Policy) -> None:
    assert "Iceland" in printed(tables(harbourline, "calendars"), 100)
    assert " Islande " in printed(tables(harbourline, "calendars", language="fr"), 100)


def test_every_fact_with_its_question_values_and_default(policy: Policy) -> None:
    (sheet,) = sheets(policy, "vocabulary", "fr")
    rows = {row["id"].text: row for row in by_column(sheet)}
    data = said(policy, "vocabulary")["facts"]
    assert list(rows) == list(data)
    for name, fact in data.items():
        row = rows[name]
        assert (row["fact"].text, row["question"].text) == (fact["label"]["fr"], fact["question"]["fr"])
        if isinstance(fact.get("values"), dict):
            assert row["values"].value == list(fact["values"])
            assert all(label["fr"] in row["values"].text for label in fact["values"].values())
        if "default" in fact:
            default = {"true": True, "false": False}.get(str(fact["default"]), fact["default"])
            assert row["not_given"].value in ({"default": default}, default)
        else:
            assert row["not_given"].value == {"optional": fact.get("optional") == "true"}


def test_every_issue_type_stands_under_its_category(shipped: Policy, harbourline: Policy) -> None:
    facts = said(shipped, "vocabulary")["facts"]
    found = {
        row["id"].text: sheet.title.removeprefix("Types of issue: ")
        for sheet in sheets(shipped, "issue-types", "en")
        for row in by_column(sheet)
    }
    categories = {id: label["en"] for id, label in facts["category"]["values"].items()}
    assert found == {
        id: categories.get(issue.get("category"), "no category")
        for id, issue in said(shipped, "issue_types")["issue_types"].items()
    }
    assert sheets(harbourline, "issue-types", "en") == ()


# Channels


def test_a_plan_without_a_column_has_one_by_condition_or_no_target(tmp_path: Path) -> None:
    files = load(HARBOURLINE)
    files["plans"]["plans"]["onsite"].pop("column")
    save(files, tmp_path)
    (plans, *_) = sheets(load_policy(tmp_path), "plans", "en")
    found = {row["id"].text: row["column"].text for row in by_column(plans)}
    # A condition gives the one a column in both of its sites; nothing gives the other one any.
    assert (found["pro"], found["onsite"]) == ("by condition", "no target")


def test_no_cell_of_any_time_cites_the_next_business_day(shipped: Policy) -> None:
    cells = [
        cell
        for sheet in sheets(shipped, "channels", "en")
        for row in by_column(sheet)
        for cell in row.values()
        if cell.text == "yes, any time"
    ]
    assert cells
    assert not [cell for cell in cells if "RT-4" in cell.source]


def test_channel_cells_are_what_the_policy_answers(policy: Policy) -> None:
    """Each combination of values stands in one row, whose cells are the decision for it."""
    role = policy.definition.roles.category
    facts = policy.definition.vocabulary.facts
    found = sheets(policy, "channels", "en")
    categories: list[dict[str, Any]] = (
        [{}] if role is None else [{role: value} for value in facts[role].values]
    )
    assert len(found) == len(categories)
    for sheet, category in zip(found, categories, strict=True):
        axes = [name for name in sheet.columns if name in facts]
        assert axes[-1] == "plan"
        assert ("requester" in axes) == (policy.name == "office-365-support")
        for values in itertools.product(*(facts[name].values for name in axes)):
            ticket = dict(zip(axes, values, strict=True))
            rows = [row for row in by_column(sheet) if all(ticket[name] in row[name].value for name in axes)]
            assert len(rows) == 1
            decision = policy.evaluate(ticket | category)
            for name, channel in decision.channels.items():
                cell = rows[0][name]
                open_answer = decision.undetermined.get(f"channels.{name}")
                access = {"eligible": channel.eligible, "hours": channel.hours}
                assert cell.value == (open_answer.to_dict() if open_answer else access)
                if open_answer is None:
                    entries = [
                        entry
                        for entry in decision.derivation
                        if entry.concludes == f"channels.{name}" and not entry.overridden_by
                    ]
                    assert set(cell.source) == {clause for entry in entries for clause in entry.source}
                    assert cell.basis == max((entry.basis for entry in entries), key=BASES.index)


def test_channels_in_words(shipped: Policy, harbourline: Policy) -> None:
    technical, billing, _ = sheets(shipped, "channels", "en")
    rows = by_column(technical)
    assert rows[0]["plan"].text == "Office 365 Small Business; Office 365 Small Business Premium"
    assert rows[0]["phone"].text.startswith("yes (any time) or no; depends on: business impact, ")
    assert rows[2]["plan"].text.startswith("Office 365 Enterprise E1, E3, E4, K1; Office 365 Education A2")
    assert rows[2]["phone"].text == "yes, any time"
    assert [row["phone"].text for row in by_column(billing)] == ["yes, business hours", "no", "no"]
    (sheet,) = sheets(harbourline, "channels", "en")
    assert by_column(sheet)[0]["phone"].text == "yes (business hours) or no; depends on: seats down"


def test_a_default_that_contradicts_the_category_is_left_open(tmp_path: Path) -> None:
    policy = load_policy(edited(tmp_path, "vocabulary", "default: other", "default: single_sign_on"))
    with pytest.raises(TicketError):
        policy.evaluate({"category": "billing"})
    found = sheets(policy, "channels", "en")
    assert all(sheet.rows for sheet in found)
    assert by_column(found[1])[0]["phone"].text == "yes, business hours"


def test_where_the_policy_has_no_answer_a_cell_says_so(tmp_path: Path) -> None:
    rule = "      everybody:\n        when: {}"
    folder = edited(tmp_path, "channels", rule, "      everybody:\n        when: {requester: end_user}")
    rows = {row["requester"].text: row for row in by_column(sheets(load_policy(folder), "channels", "en")[0])}
    assert rows["prospect"]["phone"].text == "the policy has no single answer"
    assert rows["end user"]["phone"].text == "no"


def test_a_fact_that_a_channel_tests_and_that_has_no_list_of_values_is_left_open(tmp_path: Path) -> None:
    old = "when: {self_service_support: true, requester: [administrator, delegated_partner, end_user]}"
    new = "when: {self_service_support: true, country: [FR]}"
    folder = edited(tmp_path, "channels", old, new)
    text = (folder / "channels.yaml").read_text("utf-8")
    before, _, after = text.partition(new)
    (folder / "channels.yaml").write_text(
        before + new + after.replace("hours: 24x7", "hours: business_hours", 1)
    )
    row = by_column(sheets(load_policy(folder), "channels", "en")[0])[0]
    assert row["self_service"].text.endswith("; depends on: country or region")


# Footnotes, clauses, forms


@pytest.mark.parametrize("topic", list(TOPICS))
def test_every_cell_that_is_not_stated_has_its_footnote(policy: Policy, topic: str) -> None:
    found = tables(policy, topic)
    headings = said(policy, "clauses")["clauses"]
    text = found.markdown() if found.sheets else ""
    notes = dict(re.findall(r"^\[\^(\d+)\]: (.*)$", text, re.MULTILINE))
    table_lines = [
        line for line in text.splitlines() if line.startswith("|") and not line.startswith("| ---")
    ]
    texts = [part.strip() for line in table_lines for part in re.split(r"(?<!\\)\|", line)[1:-1]]
    for cell, shown in zip(all_cells(found.sheets), texts, strict=True):
        mark = re.search(r" \[\^(\d+)\]$", shown)
        assert (mark is not None) == (cell.basis in ("inferred", "assumed"))
        if mark:
            note = notes[mark[1]]
            assert note.startswith(f"{cell.basis}: ")
            assert all(f"{n} ({headings[n]['heading']['en']})" in note for n in cell.source)
    assert len(notes) == len(
        {(c.basis, c.source) for c in all_cells(found.sheets)}
        - {(c.basis, c.source) for c in all_cells(found.sheets) if c.basis in (None, "stated")}
    )


def test_a_cell_of_several_entries_is_as_sure_as_the_weakest() -> None:
    place = Location("f.yaml", 1, 1)
    origins = [Origin(("X-2", "X-1"), "assumed", place), Origin(("X-1", "X-3"), "stated", place)]
    assert joint("t", 1, origins) == TableCell("t", 1, ("X-2", "X-1", "X-3"), "assumed")


def test_footnotes_stand_under_their_own_table(shipped: Policy) -> None:
    found = tables(shipped)
    text = printed(found, 200)
    starts = [text.index(f"{sheet.title}\n") for sheet in found.sheets]
    for start, end in itertools.pairwise([*starts, len(text)]):
        block = text[start:end]
        notes = re.findall(r"^\[(\d+)\] (?:inferred|assumed):", block, re.MULTILINE)
        assert notes == [str(number) for number in range(1, len(notes) + 1)]
        assert set(re.findall(r" \[(\d+)\]", block)) == set(notes)


def test_clauses_are_shown_where_they_are_asked_for(shipped: Policy) -> None:
    assert "1 hour, any time (RT-1, RT-2)" in printed(tables(shipped, "targets", clauses=True), 200)
    assert "RT-2)" not in printed(tables(shipped, "plans"), 200)
    assert "| 1 hour, any time (RT-1, RT-2) |" in tables(shipped, "targets", clauses=True).markdown()


def test_markdown_is_read_as_tables(policy: Policy) -> None:
    found = tables(policy)
    tokens = MarkdownIt("commonmark").enable("table").parse(found.markdown())
    assert sum(token.type == "table_open" for token in tokens) == len(found.sheets)
    cells = [
        t for n, t in enumerate(tokens) if t.type == "inline" and tokens[n - 1].type in ("td_open", "th_open")
    ]
    for cell, token in zip(all_cells(found.sheets), cells, strict=True):
        text = "".join(child.content for child in token.children or ())
        assert re.sub(r" \[\^\d+\]$", "", text) == cell.text


def test_signs_of_markdown_are_escaped() -> None:
    assert escaped("a|b\nc *d* a_b _e_ <f> [g]") == r"a\|b c \*d\* a_b \_e\_ \<f\> \[g\]"


def test_data_has_all_languages_and_depends_on_none(policy: Policy) -> None:
    data = tables(policy, language="en").to_dict()
    assert data == tables(policy, language="fr").to_dict()
    assert data["policy"]["digest"] == policy.digest
    assert [table["topic"] for table in data["tables"]] == [s.topic for s in tables(policy).sheets]
    cited = set()
    for table in data["tables"]:
        assert set(table["title"]) == {"en", "fr"}
        for row in table["rows"]:
            assert list(row) == list(table["columns"])
            for cell in row.values():
                assert set(cell) == {"value", "text", "source", "basis"}
                cited |= set(cell["source"])
    assert cited <= set(data["clauses"])


# Conditions in words


@pytest.mark.parametrize(
    ("when", "english", "french"),
    [
        (Condition(), "always", "toujours"),
        (
            Condition((Test("workaround", frozenset([False])),)),
            "no workaround",
            "solution de contournement\u00a0: non",
        ),
        (
            Condition((Test("workaround", frozenset([True])), Test("affected_users", frozenset(["one"])))),
            "users affected: one user; workaround",
            "utilisateurs touchés\u00a0: un seul\u00a0; solution de contournement\u00a0: oui",
        ),
        (
            Condition((Test("affected_users", excluded=frozenset(["all", "one"])),)),
            "users affected: not one user or all users",
            "utilisateurs touchés\u00a0: autre que un seul ou tous",
        ),
        (
            Condition((Test("requested_severity", given=True),)),
            "severity asked for: any",
            "gravité demandée\u00a0: quelconque",
        ),
        (Condition((Test("severity", given=False),)), "no severity", "sans gravité"),
        (
            Condition((Test("severity", frozenset(["C", "B"])),)),
            "severity: B (high) or C (medium)",
            "gravité\u00a0: B (haute) ou C (moyenne)",
        ),
        (
            Condition((Test("country", frozenset(["US", "CA"])),)),
            "country or region: Canada or United States",
            "pays ou région\u00a0: Canada ou États-Unis",
        ),
        (
            Condition(
                alternatives=(
                    Condition((Test("affected_services", frozenset(["several"])),)),
                    Condition((Test("workaround", frozenset([True])),)),
                )
            ),
            "(services affected: several services) or (workaround)",
            "(services touchés\u00a0: plusieurs) ou (solution de contournement\u00a0: oui)",
        ),
    ],
)
def test_conditions_in_words(shipped: Policy, when: Condition, english: str, french: str) -> None:
    assert Phrases(shipped.definition, "en").condition(when) == english
    assert Phrases(shipped.definition, "fr").condition(when) == french


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(10, None, "10 or more"), (None, 9, "9 or less"), (10, 49, "10 to 49")],
)
def test_numbers_in_words(harbourline: Policy, low: int | None, high: int | None, words: str) -> None:
    test = Test("seats_down", at_least=low, at_most=high)
    assert Phrases(harbourline.definition, "en").test(test) == f"seats down: {words}"


def test_labels_that_differ_in_their_last_word_share_the_others(shipped: Policy) -> None:
    listed = Phrases(shipped.definition, "en").listed
    assert listed(["X One", "X Two", "Y One", "Z"]) == "X One, Two; Y One; Z"
    assert listed([]) == ""


def test_a_cut_off_stands_in_its_cell(tmp_path: Path) -> None:
    policy = load_policy(with_edits(tmp_path, *BY_NOON, source=STARTER))
    (sheet, *_) = sheets(policy, "targets", "en")
    cells = {cell.text: cell.value for row in sheet.rows for cell in row}
    assert cells["same business day, office hours, cut-off 12:00"] == {
        "target": "same_business_day",
        "clock": "office_hours",
        "cut_off": "12:00",
    }
    assert "2 calendar days, any time" in cells
