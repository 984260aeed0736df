"""The tables of two policies side by side: exactly what differs is marked, wherever it stands."""

from __future__ import annotations

import copy
import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from edits import Edit, with_edits
from owners_edits import FOLDERS, Owner
from policy_data import load, save
from scenarios import (
    EXAMPLE_FROM_B_TO_A,
    ONE_CELL_FASTER,
    OTHER_FRENCH_LABEL,
    OTHER_HOURS,
    PLAN_WITH_ITS_OWN_COLUMN,
)
from supportrules import Policy, PolicyFault, PolicyLoadError, TicketError, load_policy
from supportrules.engine.chaining import PlainChainer
from supportrules.report.diff.tables import Pair, PairedTable, paired_tables
from supportrules.report.diff.texts import compared
from supportrules.report.parts import Run, Text
from supportrules.report.policy_tables import TOPICS, sheets
from supportrules.report.table_model import TableCell, merged

TARGETS, HOURS = ("targets", "response"), ("hours", None)
HARBOURLINE = FOLDERS["harbourline"]


def marks(tables: tuple[PairedTable, ...]) -> set[tuple[Any, Any, Any, str]]:
    """What differs: table, row, column, and how."""
    found: set[tuple[Any, Any, Any, str]] = set()
    for table in tables:
        found |= {(table.id, None, name, pair.mark) for name, pair in table.columns.items()}
        found |= {(table.id, "remark", None, pair.mark) for pair in table.remarks}
        found.add((table.id, "title", None, table.title.mark))
        for row in table.rows:
            found |= {(table.id, row.key, name, pair.mark) for name, pair in row.cells.items()}
    return {entry for entry in found if entry[-1] != "same"}


def differences(
    old: Policy, folder: Path, *edits: Edit, language: str = "en", source: Path = FOLDERS["shipped"]
) -> set[tuple[Any, Any, Any, str]]:
    new = load_policy(with_edits(folder, *edits, source=source))
    return marks(paired_tables(old, new, language))


def joined(text: Text) -> str:
    return "".join(run.text for run in text)


# Scenarios


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_policy_beside_itself_has_all_its_tables_and_no_mark(policy: Policy, language: str) -> None:
    tables = paired_tables(policy, policy, language)
    assert marks(tables) == set()
    assert {table.mark for table in tables} == {"same"}
    titles = [sheet.title for topic in TOPICS for sheet in sheets(policy, topic, language)]
    assert [joined(table.title.texts[1]) for table in tables] == titles


@pytest.mark.parametrize("language", ["en", "fr"])
def test_one_cell_faster_is_one_mark(shipped: Policy, tmp_path: Path, language: str) -> None:
    found = differences(shipped, tmp_path, *ONE_CELL_FASTER, language=language)
    assert found == {(TARGETS, ("B",), "enterprise", "changed")}


def test_a_plan_with_its_own_column_stands_in_its_place(shipped: Policy, tmp_path: Path) -> None:
    new = load_policy(with_edits(tmp_path, *PLAN_WITH_ITS_OWN_COLUMN))
    tables = paired_tables(shipped, new, "en")
    found = marks(tables)
    channels = {entry for entry in found if entry[0][0] == "channels"}
    support = ("online_support", "presales_support", "billing_support", "self_service_support")
    included = [
        *((name, True) for name in support),
        ("telephone_support", "critical_only"),
        ("advanced_support_offer", "some_countries"),
    ]
    plan = ("startup", "startup")
    assert found - channels == {
        *((("plans", "small_business"), plan, name, "added") for name in ("name", "id", "column")),
        *((("included", None), key, "plans", "changed") for key in included),
        (TARGETS, None, "startup", "added"),
        *((TARGETS, (level,), "startup", "added") for level in ("A", "B", "C", None)),
    }
    # Whoever asks, in each category, has one new row for it.
    assert {(key[1], mark) for _, key, _, mark in channels} == {(("startup",), "added")}
    asking = Counter(
        (category, who) for category, key in {(id, key) for id, key, _, _ in channels} for who in key[0]
    )
    values = shipped.definition.vocabulary.facts
    assert asking == Counter(
        (("channels", category), who)
        for category in values["category"].values
        for who in values["requester"].values
    )
    (targets,) = (table for table in tables if table.id == TARGETS)
    assert list(targets.columns)[-2:] == ["startup", "advanced"]
    (plans,) = (table for table in tables if table.id == ("plans", "small_business"))
    assert plans.rows[-1].key == plan
    # All plans have the portal in both: which these are differs, and is said.
    (portal,) = (t for t in tables if t.id == ("included", None))
    (row,) = (row for row in portal.rows if row.key == ("online_support", True))
    before, after = row.cells["plans"].texts
    assert {run.role for run in before} == {"plain"}
    assert [run.text for run in after if run.role == "new"] == ["; Office 365 Startup"]


def test_an_example_that_moved_says_from_where_and_whereto(shipped: Policy, tmp_path: Path) -> None:
    new = load_policy(with_edits(tmp_path, *EXAMPLE_FROM_B_TO_A))
    tables = paired_tables(shipped, new, "en")
    key = ("severity.examples.sharepoint_site_unreachable",)
    columns = ("rule", "when", "group")
    assert marks(tables) == {
        *((("severity", "B"), key, name, "removed") for name in columns),
        *((("severity", "A"), key, name, "added") for name in columns),
    }
    moved = {table.id[1]: joined(row.moved.texts[0]) for table in tables for row in table.rows if row.moved}
    assert moved == {"A": "Severity: B (high)", "B": "Severity: A (critical)"}


def test_other_hours_are_marked_on_their_days(shipped: Policy, tmp_path: Path) -> None:
    new = load_policy(with_edits(tmp_path, *OTHER_HOURS))
    tables = paired_tables(shipped, new, "en")
    assert marks(tables) == {(HOURS, (day,), "business_hours", "changed") for day in (5, 6)}
    (hours,) = (table for table in tables if table.id == HOURS)
    friday, saturday = (row.cells["business_hours"].texts for row in hours.rows if row.mark == "changed")
    assert friday == ((Run("09:00-17:00", "old"),), (Run("09:00-12:00, 13:00-18:00", "new"),))
    assert saturday == ((Run("closed", "old"),), (Run("10:00-14:00", "new"),))


def test_a_label_is_wording_in_its_language_and_nothing_in_another(shipped: Policy, tmp_path: Path) -> None:
    assert differences(shipped, tmp_path, *OTHER_FRENCH_LABEL) == set()
    found = differences(shipped, tmp_path, *OTHER_FRENCH_LABEL, language="fr")
    assert {mark for *_, mark in found} == {"wording"}
    midsize = ("midsize_business", "midsize_business")
    assert (("plans", "midsize_business"), midsize, "name", "wording") in found
    # And wherever it is among others: a plan of every kind of support, and of the channels.
    assert {id[0] for id, *_ in found} == {"plans", "included", "channels"}


@pytest.mark.parametrize(
    ("new", "mark"),
    [
        ("source: [RT-1], basis: stated", "wording"),
        ("source: [RT-1, RT-2], basis: inferred", "changed"),
        ("source: [RT-1, RT-2], basis: stated, comment: {en: a, fr: b}", None),
    ],
)
def test_clauses_are_wording_a_basis_is_none(
    shipped: Policy, tmp_path: Path, new: str, mark: str | None
) -> None:
    cell = "enterprise: {target: PT8H, clock: 24x7, "
    edit = ("response_targets", f"{cell}source: [RT-1, RT-2], basis: stated", cell + new)
    found = {entry for entry in differences(shipped, tmp_path, edit) if entry[0] == TARGETS}
    assert found == ({(TARGETS, ("B",), "enterprise", mark)} if mark else set())


def test_a_condition_and_the_order_of_groups_are_no_wording(shipped: Policy, tmp_path: Path) -> None:
    edit = (
        "severity",
        "when: {issue_type: sharepoint_site_access, affected_users: one}",
        "when: {issue_type: sharepoint_site_access, affected_users: [one, several]}",
    )
    key = ("severity.examples.sharepoint_site_unreachable",)
    order = (
        "severity",
        "precedence: [scope, customer_choice, examples, definitions, fallback]",
        "precedence: [scope, examples, customer_choice, definitions, fallback]",
    )
    assert differences(shipped, tmp_path, edit, order) == {
        (("severity", "B"), key, "when", "changed"),
        (("levels", None), "remark", None, "changed"),
    }


def test_the_labels_in_a_condition_are_wording(shipped: Policy, tmp_path: Path) -> None:
    edit = ("vocabulary", "label: {en: users affected,", "label: {en: who is affected,")
    found = differences(shipped, tmp_path, edit)
    assert {mark for *_, mark in found} == {"wording"}
    assert {column for id, _, column, _ in found if id[0] == "severity"} == {"when"}


def test_who_may_call_is_told_by_the_values_that_either_policy_tells_apart(
    shipped: Policy, tmp_path: Path
) -> None:
    """A rule for one plan's end users splits the row in which they were with all others."""
    rule = (
        "      end_user:\n        when: {category: [technical, billing], requester: end_user}\n"
        "        eligible: false\n        says:\n          en: Only administrators deal"
    )
    some = (
        "      some_end_users:\n        when: {category: technical, plan: enterprise_e4, requester: end_user}\n"
        "        eligible: true\n        hours: 24x7\n        overrides: [channels.phone.end_user]\n"
        "        label: {en: l, fr: l}\n        source: [SO-1]\n        basis: stated\n"
    )
    found = differences(shipped, tmp_path, ("channels", rule, some + rule))
    assert found == {(("channels", "technical"), (("end_user",), ("enterprise_e4",)), "phone", "changed")}


def test_a_fact_on_which_channels_turn_in_one_policy_makes_rows_in_both(
    shipped: Policy, tmp_path: Path
) -> None:
    old = "when: {self_service_support: true, requester: [administrator, delegated_partner, end_user]}"
    closed = (
        "      on_trial:\n        when: {subscription_state: trial, requester: end_user}\n        eligible: false\n"
        "        overrides: [channels.self_service]\n        says: {en: s, fr: s}\n        label: {en: l, fr: l}\n"
        "        source: [SS-1]\n        basis: stated\n      customers:\n        " + old
    )
    new = load_policy(with_edits(tmp_path, ("channels", f"      customers:\n        {old}", closed)))
    found = {entry for entry in marks(paired_tables(shipped, new, "en")) if entry[0][0] == "channels"}
    changed = {(id, key[:-1], name, mark) for id, key, name, mark in found if key != "remark"}
    assert changed == {
        (("channels", category), (("trial",), ("end_user",)), "self_service", "changed")
        for category in ("technical", "billing", "presales")
    }


def test_policies_that_have_nothing_in_common_stand_apart(shipped: Policy, harbourline: Policy) -> None:
    tables = paired_tables(shipped, harbourline, "fr")
    (targets,) = (table for table in tables if table.id == TARGETS)
    assert {row.mark for row in targets.rows} == {"removed", "added"}
    assert not any(pair.old and pair.new for row in targets.rows for pair in row.cells.values())


# Laws


@pytest.mark.parametrize(("which", "count"), [("shipped", 6), ("harbourline", 8)])
def test_each_cell_of_each_policy_stands_in_one_pair_and_swapped_policies_swap_the_pairs(
    which: str, count: int, tmp_path: Path
) -> None:
    data = load(FOLDERS[which])
    # Written as the others are, for the order of its entries.
    save(data, tmp_path / "old")
    old = load_policy(tmp_path / "old")
    loaded = 0
    for number in range(count):
        owner = Owner(copy.deepcopy(data), ("side by side", which, number))
        owner.edit()
        save(owner.policy, tmp_path / str(number))
        try:
            new = load_policy(tmp_path / str(number), chainer=PlainChainer())
        except PolicyLoadError:
            continue
        loaded += 1
        tables, swapped = paired_tables(old, new, "en"), paired_tables(new, old, "en")
        assert {t.id: Counter(map(repr, t.pairs())) for t in swapped} == {
            t.id: Counter(repr(Pair(pair.new, pair.old)) for pair in t.pairs()) for t in tables
        }
        for policy, side in ((old, "old"), (new, "new")):
            drawn = [s for topic in TOPICS for s in sheets(policy, topic, "en", (old, new))]
            cells = Counter(
                repr(cell)
                for sheet in drawn
                for cell in (*sheet.remarks, *sheet.columns.values(), *itertools.chain(*sheet.rows))
            )
            paired = (getattr(pair, side) for t in tables for pair in t.pairs() if pair is not t.title)
            assert Counter(repr(cell) for cell in paired if cell) == cells
        for pair in (pair for table in tables for pair in table.pairs()):
            texts = tuple(map(joined, pair.texts))
            assert texts == tuple(cell.text if cell else "" for cell in (pair.old, pair.new))
    assert loaded >= count // 2


def test_tables_drawn_alike_are_still_what_each_policy_answers(tmp_path: Path, shipped: Policy) -> None:
    new = load_policy(with_edits(tmp_path, *PLAN_WITH_ITS_OWN_COLUMN))
    plans = [*new.definition.plans]
    for policy, side in ((shipped, "old"), (new, "new")):
        for table in (t for t in paired_tables(shipped, new, "en") if t.id[0] == "channels"):
            for who, plan in itertools.product(policy.definition.vocabulary.facts["requester"].values, plans):
                rows = [row for row in table.rows if who in row.key[0] and plan in row.key[1]]
                assert len(rows) == 1
                ticket = {"category": table.id[1], "requester": who, "plan": plan}
                try:
                    decision = policy.evaluate(ticket)
                except (TicketError, PolicyFault):
                    assert policy is shipped and plan == "startup"
                    assert not any(getattr(pair, side) for pair in rows[0].cells.values())
                    continue
                for name, channel in decision.channels.items():
                    answer = (decision.undetermined.get(f"channels.{name}") or channel).to_dict()
                    # Words of refusal are no answer.
                    answer.pop("says", None)
                    assert getattr(rows[0].cells[name], side).value == answer


def test_what_is_merged_keeps_the_new_order_and_the_old_places() -> None:
    assert merged("abcd", "abcd") == tuple("abcd")
    assert merged("abcd", "ad") == tuple("abcd")
    assert merged("ad", "abcd") == tuple("abcd")
    assert merged("xab", "abz") == tuple("xabz")
    assert merged("abc", "cab") == tuple("cab")
    assert merged("", "ab") == merged("ab", "") == tuple("ab")


# Words


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("8 hours, any time", "4 hours, any time", "[8] hours, any time", "[4] hours, any time"),
        ("1 hour, any time", "8 hours, any time", "[1 hour], any time", "[8 hours], any time"),
        ("a, b", "a, b; c d", "a, b", "a, b[; c d]"),
        ("closed", "09:00-17:00", "[closed]", "[09:00-17:00]"),
        ("", "a", "", "[a]"),
        ("one two three four", "one 2 3 4", "[one two three four]", "[one 2 3 4]"),
    ],
)
def test_words_that_differ_are_marked_or_all_where_little_is_alike(
    old: str, new: str, before: str, after: str
) -> None:
    def shown(text: Text) -> str:
        return "".join(run.text if run.role == "plain" else f"[{run.text}]" for run in text)

    assert tuple(map(shown, compared(old, new))) == (before, after)
    assert tuple(map(shown, compared(new, old))) == (after, before)


def test_two_things_of_one_name_are_marked_where_the_name_is_not() -> None:
    pair = Pair(TableCell("hours", "a"), TableCell("hours", "b"))
    assert pair.mark == "changed"
    assert pair.texts == ((Run("hours", "old"),), (Run("hours", "new"),))
