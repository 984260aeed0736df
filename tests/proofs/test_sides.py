"""What either policy says is told in its own words, and a ticket is shown as its policy takes it."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from owners_edits import FOLDERS
from policy_data import load, save
from random_tickets import random_ticket
from successors import NEW, OLD, versions
from supportrules import Policy, PolicyFault, load_policy
from supportrules.base.problem import Location
from supportrules.engine.chaining import PlainChainer
from supportrules.policy.starter import STARTER
from supportrules.proofs.comparison import Comparison, compare
from supportrules.proofs.comparison.impact import impact
from supportrules.report.diff.data import comparison_data
from supportrules.report.diff.page import Edition, html_page
from supportrules.report.diff.phrases import DiffPhrases
from supportrules.report.diff.sections import parts
from supportrules.report.diff.tables import paired_tables
from supportrules.report.parts import Folded, Grid, Item, Items, Paragraph, Part, Run, Section
from supportrules.report.parts.markdown import markdown
from supportrules.report.parts.terminal import terminal
from supportrules.report.words import Words

Data = dict[str, Any]
SOURCES = FOLDERS | {"starter": STARTER}


@pytest.mark.parametrize(
    ("which", "seed"),
    [
        *(("starter", seed) for seed in (0, 1, 2, 3, 4, 10, 13, 25)),
        *(("harbourline", seed) for seed in (0, 1)),
    ],
)
def test_random_versions_in_every_form_both_ways(which: str, seed: int, tmp_path: Path) -> None:
    pair = versions(SOURCES[which], (which, seed), tmp_path)
    if pair is None:
        return
    old, new = pair
    assert_each_side_has_its_own_words(old, new, OLD, NEW, seed)
    assert_each_side_has_its_own_words(new, old, NEW, OLD, seed)


def assert_each_side_has_its_own_words(old: Policy, new: Policy, before: str, after: str, seed: int) -> None:
    """Labels of either policy end with a mark of their own."""
    found, rng = compare(old, new), random.Random(seed)
    tickets = [random_ticket(side, rng, rng.choice([0.5, 0.9])) for side in (old, new) for _ in range(6)]
    names = found.names.ticket
    placed = [(Location("tickets", line), ticket) for line, ticket in enumerate(tickets, 1)]
    counted = impact(found.old, found.new, placed, as_old=names, as_new=names, extra=True)
    data = json.loads(json.dumps(comparison_data(found, counted)))
    assert before not in json.dumps(data["meaning"], ensure_ascii=False)
    assert_tickets_are_taken(data, old, new)
    for pair in (pair for table in paired_tables(found.old, found.new, "en") for pair in table.pairs()):
        assert not pair.old or after not in without(pair.old.text, found.new, found.old)
        assert not pair.new or before not in without(pair.new.text, found.old, found.new)
    for language in ("en", "fr"):
        told = tuple(parts(found, DiffPhrases(found, language), counted))
        for run, alone in runs(told, Words(language)["diff.taken_new"].partition("{")[0]):
            assert before not in run.text or not (alone or run.role == "new"), run
            assert after not in run.text or alone or run.role != "old", run
        terminal(told, 80)
        markdown(told)
        html_page(Edition("old", found.old), Edition("new", found.new), language, told)


def without(text: str, only: Policy, other: Policy) -> str:
    """A text without the labels of facts that one policy alone has: tables of the other name them, too."""
    for name, fact in only.definition.vocabulary.facts.items():
        if name not in other.definition.vocabulary.facts:
            for label in (fact.label, *fact.values.values()):
                for each in label.values():
                    text = text.replace(each, "")
    return text


def assert_tickets_are_taken(data: Data, old: Policy, new: Policy) -> None:
    """Every ticket is one that the policy takes which it is shown for."""
    meaning = data["meaning"]
    for each in (*meaning["changes"], *meaning["hours"]):
        if each["ticket"] is not None:
            decide(new, each["ticket"])
            decide(old, each.get("old_ticket", each["ticket"]))
    for one in meaning["one_sided"]:
        for each in one["changes"]:
            decide(old if one["taken"] == "old" else new, each["ticket"])
            assert "old_ticket" not in each


def decide(policy: Policy, ticket: Data) -> None:
    """Decides a ticket; raises a `TicketError` where the policy does not take it."""
    try:
        policy.evaluate(ticket)
    except PolicyFault:
        return


def runs(told: Any, taken_new: str, alone: bool = False) -> Iterator[tuple[Run, bool]]:
    """All the runs of some parts, and whether they are about values that the new policy alone takes."""
    match told:
        case Run():
            yield told, alone
        case tuple():
            for each in told:
                yield from runs(each, taken_new, alone)
        case Section(heading, below):
            is_new = alone or "".join(run.text for run in heading).startswith(taken_new)
            yield from runs((heading, below), taken_new, is_new)
        case Grid(caption, columns, rows):
            yield from runs((caption, columns, rows), taken_new, alone)
        case Folded(text, below) | Item(text, below):
            yield from runs((text, below), taken_new, alone)
        case Items(inside) | Paragraph(inside):
            yield from runs(inside, taken_new, alone)
        case _:
            raise AssertionError(told)


def saved(data: Data, folder: Path) -> Policy:
    save(data, folder)
    return load_policy(folder, chainer=PlainChainer())


def texts(told: tuple[Part, ...]) -> str:
    return "\n".join(run.text for run, _ in runs(told, "\0"))


def pretty(found: Comparison) -> str:
    return texts(tuple(parts(found, DiffPhrases(found, "en"))))


def test_hours_and_a_plan_that_one_policy_alone_has(tmp_path: Path) -> None:
    """They are told in its words, whichever of the two it is."""
    data = load(STARTER)
    old = saved(data, tmp_path / "old")
    new_data = copy.deepcopy(data)
    hours = new_data["calendars"]["hours"]
    hours["long_hours"] = hours["office_hours"] | {"label": {"en": "long hours"}}
    for row in new_data["response_targets"]["targets"].values():
        row["plus"]["clock"] = "long_hours"
    plans = new_data["plans"]["plans"]
    plans["silent"] = copy.deepcopy(plans["plus"]) | {"label": {"en": "Silent"}}
    plans["silent"]["entitlements"]["phone_support"] = False
    new = saved(new_data, tmp_path / "new")
    found = compare(old, new)
    told = pretty(found)
    assert "plan: Silent" in told and "(long hours)" in told
    for change in (change for one in found.meaning.one_sided for change in one.changes):
        decide(new, dict(change.ticket))
    assert "(long hours)" in pretty(compare(new, old))


def test_renamed_and_relabelled(tmp_path: Path) -> None:
    data = load(STARTER)
    old = saved(data, tmp_path / "old")
    text = json.dumps(data).replace('"plus"', '"premium"').replace('"normal"', '"medium"')
    new_data = json.loads(text.replace('"en": "office hours"', '"en": "working hours"'))
    new_data["plans"]["plans"]["premium"]["formerly"] = ["plus"]
    new_data["response_targets"]["columns"]["premium"]["formerly"] = ["plus"]
    levels = new_data["severity"]["levels"]
    next(level for level in levels if level["id"] == "medium")["formerly"] = ["normal"]
    for level in levels:
        level["label"] = {"en": f"{level['id']} now"}
    new_data["response_targets"]["targets"]["medium"]["premium"]["target"] = "PT2H"
    new = saved(new_data, tmp_path / "new")
    found = compare(old, new)
    told = pretty(found)
    assert "8 hours (office hours)\n → \n2 hours (working hours)" in told
    (change, *_) = comparison_data(found)["meaning"]["changes"]
    assert (change["ticket"]["plan"], change["old_ticket"]["plan"]) == ("premium", "plus")
    assert_tickets_are_taken(comparison_data(found), old, new)
    assert '"plan": "plus"' in told and '"plan": "premium"' in told


def test_a_fact_of_one_policy_alone_is_in_its_tickets_alone(tmp_path: Path) -> None:
    data = load(STARTER)
    old = saved(data, tmp_path / "old")
    new_data = copy.deepcopy(data)
    facts = new_data["vocabulary"]["facts"]
    facts["escalated"] = facts["country"] | {"type": "boolean", "default": False}
    rules = new_data["severity"]["rules"]["definitions"]
    rules["all_work_stopped"]["when"] = {"escalated": True}
    new = saved(new_data, tmp_path / "new")
    for one, other in ((old, new), (new, old)):
        changes = comparison_data(compare(one, other))["meaning"]["changes"]
        assert changes
        for change in changes:
            before, after = change.get("old_ticket", change["ticket"]), change["ticket"]
            assert "escalated" not in (before if one is old else after)
            decide(one, before)
            decide(other, after)
