"""Two policies compared over all facts: what is said to differ does, exactly there, and nothing else does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edits import BY_NOON, edited, with_edits
from larger_policies import edited_kind, enlarge
from many_facts import limit_diagrams
from owners_edits import COUNTS, FOLDERS, edited_policy, original
from policy_data import load, save
from random_tickets import random_ticket
from scenarios import EXAMPLE_FROM_B_TO_A, OTHER_FRENCH_LABEL, PLAN_WITH_ITS_OWN_COLUMN
from supportrules import Policy, PolicyFault, TicketError, load_policy
from supportrules.engine.answers import Access, ChannelAnswer, NoteAnswer
from supportrules.engine.diagrams.diagram import TooLarge
from supportrules.engine.tables import Course
from supportrules.policy.definition import BASES
from supportrules.policy.starter import STARTER
from supportrules.policy.vocabulary import UNKNOWN
from supportrules.proofs.comparison.changes import Change, Moved, NoAnswer, Span, Term
from supportrules.proofs.comparison.meaning import Meaning, _Answer, meaning
from supportrules.proofs.comparison.narrowing import NOTHING_LEFT_OUT
from supportrules.time.promises import Promise

EDITS = [(which, seed) for which, count in COUNTS.items() for seed in range(count)]


class Asked:
    """A policy asked about one complete ticket, stage by stage."""

    def __init__(self, policy: Policy, ticket: dict[str, Any]) -> None:
        self.policy, self.ticket = policy, ticket
        self.refused = False
        try:
            facts = policy.definition.vocabulary.read(ticket)
        except TicketError:
            self.refused = True
            return
        self.facts = dict(facts.values)
        self.course = Course(policy.tables.reduced(facts.values), {}, {})
        self.category = policy.program.category
        if self.category:
            stage = policy.program.stages[self.category]
            known = all(self.course.values[name] is not None for name in stage.inputs)
            self.concluded = (
                policy.tables.tables[self.category].look_up(self.course.values).value if known else None
            )
            if self.concluded is not None:
                self.refused = ticket.get(self.category) not in (None, self.concluded)
                self.facts[self.category] = self.course.values[self.category] = self.concluded

    def value(self, name: str) -> Any:
        """A fact, a conclusion or an answer."""
        if name not in self.policy.program.stages or name == self.category:
            return self.facts.get(name)
        try:
            return self.policy.tables.conclude(name, self.course)
        except PolicyFault:
            return NoAnswer.FAULT

    def basis(self, name: str) -> str | None:
        try:
            self.policy.tables.conclude(name, self.course)
        except PolicyFault:
            return None
        return BASES[self.course.strengths[name]]

    def answer(self, name: str) -> Any:
        if name == self.category:
            return self.concluded
        return self.value(name)


def holds(term: Term, old: Asked, new: Asked) -> bool:
    """Whether a ticket has what a term asks for."""
    ask = Asked.basis if term.aspect == "basis" else Asked.value
    # A fact that only one of them has is read by that one.
    known = [
        each for each in (old, new) if term.name in each.facts or term.name in each.policy.program.stages
    ]
    if term.name in known[0].facts and known[0].ticket.get(term.name) is None and None in term.values:
        return True
    values = [ask(each, term.name) for each in known]
    value: Any = values[0] if values[0] == values[-1] else Moved(*values)
    return any(
        wanted.low <= value and (wanted.high is None or value <= wanted.high)
        if isinstance(wanted, Span) and value is not None
        else value == wanted or (wanted == "given" and value is not None)
        for wanted in term.values
    )


def differing(old: Asked, new: Asked, answers: list[str]) -> Iterator[tuple[str, str, Any, Any]]:
    """Which answers to a ticket differ, and how."""
    for name in answers:
        before, after = old.answer(name), new.answer(name)
        if before != after:
            yield name, "value", before, after
        elif before is not NoAnswer.FAULT and name not in old.policy.program.stages_of(NoteAnswer):
            # A decision tells no basis of its notes.
            bases = old.basis(name), new.basis(name)
            if bases[0] != bases[1]:
                yield name, "basis", *bases


def answers_of(policy: Policy) -> list[str]:
    program = policy.program
    first = [program.category] if program.category else []
    channels, notes = program.stages_of(ChannelAnswer), program.stages_of(NoteAnswer)
    return [*first, "severity", "promises.response", *channels, "reopen", *notes]


def told(changes: tuple[Change, ...], old: Asked, new: Asked, apart: str = "") -> list[Change]:
    """The changes that a ticket is in; of a fact by which the two are told apart, nothing is asked."""
    assert not any(term.name == apart for change in changes for term in change.where)
    return [change for change in changes if all(holds(term, old, new) for term in change.where)]


def assert_exact(old: Policy, new: Policy, found: Meaning, ticket: dict[str, Any]) -> None:
    """A ticket is in changes that tell what differs for it, and in no other."""
    before, after = Asked(old, ticket), Asked(new, ticket)
    if before.refused and after.refused:
        return
    if before.refused or after.refused:
        assert_told_apart(old, new, found, ticket)
        return
    names = [name for name in answers_of(old) if name in answers_of(new)]
    expected = set(differing(before, after, names))
    hit = [change for change in told(found.changes, before, after) if change.answer in names]
    for change in hit:
        assert (change.answer, change.aspect, change.old, change.new) in expected, (change, ticket)
    for each in expected:
        assert any((c.answer, c.aspect, c.old, c.new) == each for c in hit), (each, ticket)


def assert_told_apart(old: Policy, new: Policy, found: Meaning, ticket: dict[str, Any]) -> None:
    """A ticket that one of them refuses has a value that it does not take, or a category that it denies."""
    taking, side = (new, "new") if Asked(old, ticket).refused else (old, "old")
    alone = [
        each for each in found.one_sided if each.taken == side and among(ticket.get(each.fact), each.values)
    ]
    if not alone:
        assert any(change.answer == old.program.category for change in found.changes)
        return
    (each,) = alone if len(alone) == 1 else [None]
    if each is None or each.like is None:
        return
    like = each.like.low if isinstance(each.like, Span) else each.like
    before, after = Asked(taking, ticket | {each.fact: like}), Asked(taking, ticket)
    if before.refused:
        return
    expected = set(differing(before, after, answers_of(taking)))
    hit = told(each.changes, before, after, apart=each.fact)
    assert {(c.answer, c.aspect, c.old, c.new) for c in hit} == expected, ticket


def among(value: Any, values: tuple[Any, ...]) -> bool:
    return any(
        each.low <= value and (each.high is None or value <= each.high)
        if isinstance(each, Span) and value is not None
        else each == value
        for each in values
    )


def test_a_policy_differs_from_itself_in_nothing(policy: Policy) -> None:
    again = load_policy(FOLDERS["shipped" if policy.program.category else "harbourline"])
    assert meaning(policy, again) == Meaning((), (), (), {})


def test_labels_mean_nothing(shipped: Policy, tmp_path: Path) -> None:
    relabelled = load_policy(with_edits(tmp_path, *OTHER_FRENCH_LABEL))
    assert shipped.digest != relabelled.digest
    for pair in ((shipped, relabelled), (relabelled, shipped)):
        assert meaning(*pair) == Meaning((), (), (), {})


def pairs(edits: list[tuple[str, int]], folder: Path) -> Iterator[tuple[int, Policy, Policy]]:
    """Policies and what edits make of them, as far as that loads, with the seed of each."""
    for number, (which, seed) in enumerate(edits):
        new = edited_policy(which, (which, "changes", seed), folder / str(number))
        if new is not None:
            yield seed, original(which), new


@pytest.mark.parametrize("part", range(20))
def test_what_differs_for_tickets_is_told_exactly(part: int, tmp_path: Path) -> None:
    for seed, old, new in pairs(EDITS[part::20], tmp_path):
        found = meaning(old, new)
        assert not found.not_compared
        rng = random.Random(seed)
        for _ in range(40):
            for side in (old, new):
                ticket = random_ticket(side, rng, 1.0)
                assert_exact(old, new, found, ticket)
            assert_exact(old, new, found, with_defaults(old, ticket, rng))
        for change in found.changes:
            assert_shows(old, new, change)
            assert_its_rules_decide(old, new, change)
            assert_told_by_what_people_know(old, change)


@pytest.mark.parametrize("part", range(5))
def test_what_differs_is_exact_by_the_rules_that_differ_alone(
    part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where all facts at once are too much."""
    changes = _Answer.changes

    def narrowed(answer: _Answer) -> Iterator[Change]:
        if answer.both.narrowing == NOTHING_LEFT_OUT:
            raise TooLarge
        return changes(answer)

    monkeypatch.setattr(_Answer, "changes", narrowed)
    compared = 0
    for seed, old, new in pairs(EDITS[part::15], tmp_path):
        found = meaning(old, new)
        names = [n for n in answers_of(old) if n in answers_of(new) and n not in found.not_compared]
        rng = random.Random(seed)
        for _ in range(40):
            ticket = random_ticket(old, rng, 1.0)
            before, after = Asked(old, ticket), Asked(new, ticket)
            if not before.refused and not after.refused:
                hit = {(c.answer, c.aspect, c.old, c.new) for c in told(found.changes, before, after)}
                assert hit == set(differing(before, after, names)), ticket
        for change in found.changes:
            compared += 1
            assert_shows(old, new, change)
            assert_its_rules_decide(old, new, change)
    assert compared > 5


def test_what_is_too_large_in_one_policy_is_not_walked_in_two(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rules that differ come first where all facts at once are known to be too much."""
    source = enlarge(tmp_path / "old", star=20)
    pair = load_policy(source), load_policy(edited_kind(source, tmp_path / "new"))
    expected = {(c.answer, c.aspect, c.old, c.new) for c in meaning(*pair).changes}
    # The folders are loaded again: what a policy found is kept with it.
    limit_diagrams(monkeypatch, 1_000)
    walked: list[bool] = []
    changes = _Answer.changes

    def watched(answer: _Answer) -> Iterator[Change]:
        walked.append(answer.both.narrowing == NOTHING_LEFT_OUT)
        return changes(answer)

    monkeypatch.setattr(_Answer, "changes", watched)
    found = meaning(load_policy(source), load_policy(tmp_path / "new"))
    assert {(c.answer, c.aspect, c.old, c.new) for c in found.changes} == expected
    assert walked and not any(walked)


def with_defaults(policy: Policy, ticket: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """A ticket that leaves out some of what has a default, or may be absent."""
    facts = policy.definition.vocabulary.facts

    def may_go(name: str) -> bool:
        fact = facts.get(name)
        return fact is not None and (fact.optional or fact.default is not UNKNOWN)

    return {name: value for name, value in ticket.items() if not may_go(name) or rng.random() < 0.5}


def assert_told_by_what_people_know(policy: Policy, change: Change) -> None:
    """What moves is an answer; what only leads to one, and moves, is followed to the facts."""
    for term in change.where:
        assert term.name in answers_of(policy) or not any(isinstance(v, Moved) for v in term.values)


def assert_shows(old: Policy, new: Policy, change: Change) -> None:
    """The ticket of a change shows it, by what `evaluate` answers."""
    for policy, expected in ((old, change.old), (new, change.new)):
        if change.aspect == "basis" or change.answer == policy.program.category:
            continue
        known = {k: v for k, v in change.ticket.items() if k in policy.definition.vocabulary.facts}
        if expected is NoAnswer.FAULT:
            with pytest.raises(PolicyFault):
                policy.evaluate(known)
            continue
        try:
            decision = policy.evaluate(known)
        except PolicyFault:
            # Another answer to this ticket has a fault.
            continue
        if change.answer == "severity":
            assert decision.severity == expected and "severity" not in decision.undetermined
        elif change.answer == "promises.response":
            response = decision.response
            assert (response is None) == (expected is None), change
            if response is not None and isinstance(expected, Promise):
                text = str(expected.target) if expected.target.committed else None
                assert (response.target, response.clock) == (text, expected.clock)
        elif change.answer == "reopen":
            assert "reopen" not in decision.undetermined
            assert (decision.reopen is None) == (expected is None or expected.seconds is None), change
        elif isinstance(expected, Access):
            channel = decision.channels[change.answer.removeprefix("channels.")]
            assert (channel.eligible, channel.hours) == tuple(expected)
        else:
            assert change.answer.split(".")[-1] in {note.code for note in decision.notes} or not expected


def assert_its_rules_decide(old: Policy, new: Policy, change: Change) -> None:
    """Rules that are told decide about the ticket that is shown, on one side only or as said there."""
    told = {id(old): change.old_rules, id(new): change.new_rules}
    if not any(told.values()):
        return
    decide = []
    for policy in (old, new):
        known = {k: v for k, v in change.ticket.items() if k in policy.definition.vocabulary.facts}
        try:
            derivation = policy.evaluate(known).derivation
        except PolicyFault:
            # Another answer to this ticket has a fault.
            return
        deciding = {entry.rule for entry in derivation if entry.overridden_by is None}
        deciding |= {rule for entry in derivation for rule in entry.agreed_by}
        decide += [rule.id for rule in told[id(policy)] if rule.id in deciding]
    assert decide, change


def test_one_cell_is_one_change(shipped: Policy, tmp_path: Path) -> None:
    new = load_policy(edited(tmp_path, "response_targets", "target: PT8H", "target: PT6H"))
    (change,) = meaning(shipped, new).changes
    assert (change.answer, str(change.old), str(change.new)) == (
        "promises.response",
        "PT8H in 24x7",
        "PT6H in 24x7",
    )
    assert {term.name: term.values for term in change.where} == {
        "column": ("enterprise",),
        "severity": ("B",),
    }
    (rule,) = change.old_rules
    assert rule.id == "response_targets.B.enterprise"
    assert rule.origin.location.line == change.new_rules[0].origin.location.line
    assert_shows(shipped, new, change)


def test_a_default_that_changes_is_told_of_tickets_that_leave_it_out(
    harbourline: Policy, tmp_path: Path
) -> None:
    folder = edited(tmp_path, "vocabulary", "default: production", "default: test", FOLDERS["harbourline"])
    new = load_policy(folder)
    found = meaning(harbourline, new)
    assert [(reading.fact, reading.what) for reading in found.readings] == [("environment", "default")]
    assert found.changes
    for change in found.changes:
        if change.answer == "severity":
            assert {term.name: term.values for term in change.where}["environment"] == (None,)
            assert "environment" not in change.ticket
    rng = random.Random(1)
    for _ in range(300):
        ticket = random_ticket(harbourline, rng, 1.0)
        assert_exact(harbourline, new, found, ticket)
        assert_exact(harbourline, new, found, {k: v for k, v in ticket.items() if k != "environment"})


def test_a_number_is_told_as_a_stretch(harbourline: Policy, tmp_path: Path) -> None:
    edits = (("severity", "at_least: 50", "at_least: 52"), ("severity", "at_most: 49", "at_most: 51"))
    with_edits(tmp_path, *edits, source=FOLDERS["harbourline"])
    found = meaning(harbourline, load_policy(tmp_path)).changes
    severity = [change for change in found if change.answer == "severity"]
    assert severity
    for change in severity:
        assert {term.name: term.values for term in change.where}["seats_down"] == (Span(50, 51),)


def test_a_range_that_grows_is_one_sided(harbourline: Policy, tmp_path: Path) -> None:
    data = load(FOLDERS["harbourline"])
    data["vocabulary"]["facts"]["seats_down"]["minimum"] = 2
    save(data, tmp_path)
    found = meaning(load_policy(tmp_path), harbourline)
    # A rule asks for at least one.
    told = [(each.fact, each.values, each.taken) for each in found.one_sided]
    assert told == [("seats_down", (Span(n, n),), "new") for n in (0, 1)]


def test_a_new_plan_is_like_the_plan_that_it_is_nearest_to(shipped: Policy, tmp_path: Path) -> None:
    new = load_policy(with_edits(tmp_path, *PLAN_WITH_ITS_OWN_COLUMN))
    found = meaning(shipped, new)
    (each,) = found.one_sided
    assert (each.fact, each.values, each.taken) == ("plan", ("startup",), "new")
    # It has all that the plans of its family have, but for its targets.
    assert shipped.definition.plans[each.like].family == "small_business"
    values = [change for change in each.changes if change.aspect == "value"]
    targets = {str(change.new) for change in values if change.answer == "promises.response"}
    assert targets == {"PT2H in 24x7", "next_business_day in business_hours"}
    assert {change.answer for change in values} == {"promises.response"}
    assert all(change.ticket["plan"] == "startup" for change in each.changes)


def test_a_new_value_is_compared_with_none_where_answers_are_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = with_edits(tmp_path, *PLAN_WITH_ITS_OWN_COLUMN)
    limit_diagrams(monkeypatch, 1)
    (each,) = meaning(load_policy(FOLDERS["shipped"]), load_policy(folder)).one_sided
    assert (each.fact, each.values, each.taken) == ("plan", ("startup",), "new")
    assert (each.like, each.changes) == (None, ())


def test_a_note_that_is_removed_is_told_where_it_was_told(shipped: Policy, tmp_path: Path) -> None:
    data = load(FOLDERS["shipped"])
    (name,) = data["severity"].pop("notes")
    save(data, tmp_path)
    without = load_policy(tmp_path)
    for old, new, before, after in ((shipped, without, True, None), (without, shipped, None, True)):
        found = meaning(old, new).changes
        assert {(c.answer, c.aspect, c.old, c.new) for c in found} == {
            (f"severity.notes.{name}", "value", before, after)
        }
        # What one of them has no rules for rests on nothing there.
        assert all(bool(c.old_rules) == bool(before) and bool(c.new_rules) == bool(after) for c in found)


def test_an_answer_that_follows_from_no_fact(tmp_path: Path) -> None:
    data = load(FOLDERS["shipped"])
    rules = data["channels"]["channels"]["self_service"]["rules"]
    del rules["customers"]
    save(data, tmp_path / "old")
    rules["everybody"]["hours"] = "business_hours"
    save(data, tmp_path / "new")
    (change,) = meaning(load_policy(tmp_path / "old"), load_policy(tmp_path / "new")).changes
    assert (change.answer, change.verdict, change.where, change.ticket) == (
        "channels.self_service",
        "worse",
        (),
        {},
    )


def test_no_rule_is_told_where_an_answer_follows_another_that_moved(shipped: Policy, tmp_path: Path) -> None:
    new = load_policy(with_edits(tmp_path, *EXAMPLE_FROM_B_TO_A))
    phone = [each for each in meaning(shipped, new).changes if each.answer == "channels.phone"]
    hours = [each for each in phone if each.aspect == "value" and each.old.eligible]
    # The telephone is open in the hours of the response, before and now.
    assert hours and not any((*each.old_rules, *each.new_rules) for each in hours)
    assert all(
        isinstance(v, Moved)
        for c in hours
        for t in c.where
        if t.name == "promises.response"
        for v in t.values
    )
    # On plans that have it for critical problems only, another rule decides now.
    (opened,) = (each for each in phone if each.aspect == "value" and not each.old.eligible)
    assert [rule.id for rule in opened.old_rules] == ["channels.phone.technical_not_critical"]
    assert [rule.id for rule in opened.new_rules] == ["channels.phone.technical_critical"]


def test_what_a_plan_includes_is_told_of_that_plan(shipped: Policy, tmp_path: Path) -> None:
    data = load(FOLDERS["shipped"])
    data["plans"]["plans"]["enterprise_e3"]["entitlements"]["telephone_support"] = "critical_only"
    save(data, tmp_path)
    found = meaning(shipped, load_policy(tmp_path))
    assert {change.answer for change in found.changes} == {"channels.phone"}
    for change in found.changes:
        assert {term.name: term.values for term in change.where}["plan"] == ("enterprise_e3",)
        assert "plans.enterprise_e3.telephone_support" in {rule.id for rule in change.new_rules}


def test_swapped_operands_swap_the_sides(shipped: Policy, tmp_path: Path) -> None:
    new = load_policy(with_edits(tmp_path, *EXAMPLE_FROM_B_TO_A, *PLAN_WITH_ITS_OWN_COLUMN))
    there, back = meaning(shipped, new), meaning(new, shipped)
    assert [turned(change) for change in there.changes] == [shape(change) for change in back.changes]
    assert {(r.fact, r.what, r.new, r.old) for r in there.readings} == {
        (r.fact, r.what, r.old, r.new) for r in back.readings
    }
    other_side = {"old": "new", "new": "old"}
    assert [(e.fact, e.values, other_side[e.taken], e.like) for e in there.one_sided] == [
        (e.fact, e.values, e.taken, e.like) for e in back.one_sided
    ]


def shape(change: Change) -> tuple[Any, ...]:
    terms = tuple((term.name, term.aspect, term.values) for term in change.where)
    rules = [rule.id for rule in change.old_rules], [rule.id for rule in change.new_rules]
    return change.answer, change.aspect, change.old, change.new, change.verdict, terms, rules


def turned(change: Change) -> tuple[Any, ...]:
    """A change as the other way round tells it."""

    def back(value: Any) -> Any:
        return Moved(value.new, value.old) if isinstance(value, Moved) else value

    answer, aspect, old, new, verdict, terms, (before, after) = shape(change)
    verdicts = {"better": "worse", "worse": "better", "other": "other"}
    swapped = tuple((name, of, tuple(map(back, values))) for name, of, values in terms)
    return answer, aspect, new, old, verdicts[verdict], swapped, (after, before)


def test_a_cut_off_that_comes_later_is_better(tmp_path: Path) -> None:
    old = load_policy(with_edits(tmp_path / "old", *BY_NOON, source=STARTER))
    (edit, *others) = BY_NOON
    later = (*edit[:2], edit[2].replace("12:00", "15:00"))
    new = load_policy(with_edits(tmp_path / "new", later, *others, source=STARTER))
    (change,) = meaning(old, new).changes
    assert (str(change.old), str(change.new), change.verdict) == (
        "same_business_day in office_hours with cut-off 12:00",
        "same_business_day in office_hours with cut-off 15:00",
        "better",
    )
    (back,) = meaning(new, old).changes
    assert back.verdict == "worse"
