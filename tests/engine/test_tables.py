"""Joint answers over unknown facts, against brute force over completions."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edits import copied, edited
from many_facts import wide_policy
from random_tickets import random_tickets
from supportrules import Policy, RuleConflict, RuleGap, TooMuchUnknown, load_policy
from supportrules.engine.answers import ChannelAnswer, NoteAnswer
from supportrules.engine.chaining import Firings, PlainChainer
from supportrules.engine.rules import Program, Ruleset
from supportrules.engine.tables import Course, Outcome, Spread, Tables
from supportrules.engine.tables.completions import CompletionGrid
from supportrules.policy.vocabulary import UNKNOWN


def consistent(program: Program, facts: dict[str, Any]) -> bool:
    """Whether a category does not contradict what the other facts say it is."""
    if program.category is None:
        return True
    rules = program.stages[program.category].rules
    told = {rule.value for rule in rules if rule.when.holds(facts)}
    return facts[program.category] is UNKNOWN or told <= {facts[program.category]}


def completions(program: Program, facts: dict[str, Any], unknown: tuple[str, ...]) -> list[dict[str, Any]]:
    spaces = [program.domains[name] for name in unknown]
    # Countries are many; these are told apart by some policy here, or stand for the rest.
    few = ("US", "CA", "GB", "FR", "IS")
    spaces = [tuple(v for v in s if v in few) if len(s) > 100 else s for s in spaces]
    found = (facts | dict(zip(unknown, values, strict=True)) for values in itertools.product(*spaces))
    return [complete for complete in found if consistent(program, complete)]


def value(tables: Tables, name: str, facts: dict[str, Any]) -> tuple[Any, int]:
    course = Course(dict(facts), {}, {})
    outcome = tables.conclude(name, course)
    if name == tables.program.category and outcome.value is None:
        return facts[name], course.strengths[name]
    return outcome.value, course.strengths[name]


def answers(program: Program) -> list[str]:
    names = ["severity", "response", *program.stages_of(ChannelAnswer), *program.stages_of(NoteAnswer)]
    return names + ([program.category] if program.category else [])


@pytest.mark.parametrize("defaults", [True, False])
def test_possible_values_are_those_of_the_completions(policy: Policy, defaults: bool) -> None:
    program, tables = policy.program, policy.tables
    rng = random.Random(11)
    checked = 0
    for ticket in random_tickets(policy, rng, 200):
        read = policy.definition.vocabulary.read(ticket, defaults=defaults)
        facts = policy.tables.reduced(read.values)
        for name in answers(program):
            unknown = tables.unknown(name, facts)
            size = 1
            for fact in unknown:
                size *= min(len(program.domains[fact]), 5)
            if not unknown or size > 300:
                continue
            found = tables.completions(facts).possible(name)
            brute = {str(c): (c, value(tables, name, c)) for c in completions(program, facts, unknown)}
            assert set(found.values) == {v for _, (v, _) in brute.values()}
            assert len(found.values) == len(set(found.values))
            assert found.strength == max(s for _, (_, s) in brute.values())
            assert set(found.missing) == depends(unknown, [(c, v) for c, (v, _) in brute.values()])
            checked += 1
    assert checked > 100


def depends(unknown: tuple[str, ...], brute: list[tuple[dict[str, Any], Any]]) -> set[str]:
    """The facts of which a change alone changes the value, for some completion."""
    found = set()
    for fact in unknown:
        seen: dict[tuple[Any, ...], Any] = {}
        for complete, answer in brute:
            rest = tuple(complete[name] for name in unknown if name != fact)
            if seen.setdefault(rest, answer) != answer:
                found.add(fact)
    return found


def test_missing_counts_the_values_that_are_left(shipped: Policy) -> None:
    # One user of Lync is C, several B, all A: each leaves one. The workaround decides nothing.
    facts = {"issue_type": "lync_communication", "requested_severity": None}
    known = shipped.definition.vocabulary.read(facts | {"plan": "enterprise_e1"})
    possible = shipped.tables.completions(
        shipped.tables.reduced(known.values) | {"category": "technical"}
    ).possible("severity")
    assert possible.values == ("A", "B", "C")
    assert possible.missing == {"affected_users": 1.0}


def test_a_country_weighs_as_many_as_there_are(shipped: Policy) -> None:
    # Three of 249 countries bring advanced support into force: knowing the country leaves one value.
    ticket = {
        "plan": "small_business",
        "advanced_support": True,
        "issue_type": "sharepoint_site_down",
        "requested_severity": "C",
    }
    facts = shipped.tables.reduced(shipped.definition.vocabulary.read(ticket).values)
    assert sorted(map(len, shipped.program.axes["country"])) == [3, 246]
    assert shipped.tables.completions(facts | {"category": "technical"}).possible("severity").missing == {
        "country": 1.0
    }


def test_values_that_no_rule_tells_apart_are_one(shipped: Policy, harbourline: Policy) -> None:
    axes = shipped.program.axes
    # Small Business, Midsize Business, and the column of all others.
    assert len(axes["plan"]) == 3
    # Six kinds with examples, other technical ones, billing, pre-sales, and none.
    assert len(axes["issue_type"]) == 10
    assert harbourline.program.domains["seats_down"] == (0, 1, 10, 50)


def test_a_conflict_in_some_completion_keeps_the_answer_open(tmp_path: Path) -> None:
    # Two examples about one kind of problem that differ where several users are affected.
    folder = edited(
        tmp_path,
        "severity",
        "      when: {issue_type: sharepoint_site_access, affected_users: one}",
        "      when: {issue_type: lync_communication, affected_users: all}",
    )
    policy = load_policy(folder)
    ticket: dict[str, object] = {"plan": "enterprise_e1", "issue_type": "lync_communication"}
    open_answer = policy.evaluate(ticket).undetermined["severity"]
    assert open_answer.possible == ("B", "C")
    assert open_answer.missing == ("affected_users",)
    assert policy.evaluate(ticket | {"affected_users": "one"}).severity == "C"
    with pytest.raises(RuleConflict) as caught:
        policy.evaluate(ticket | {"affected_users": "all"})
    assert caught.value.conclusion == "severity"
    assert set(caught.value.values) == {"A", "B"}
    assert set(caught.value.rules) == {
        "severity.examples.lync_all_users",
        "severity.examples.sharepoint_site_unreachable",
    }
    assert all(place.line for place in caught.value.locations)


def test_a_gap_in_some_completion_keeps_the_answer_open(tmp_path: Path) -> None:
    folder = edited(
        tmp_path,
        "severity",
        """      when: {}
      level: B
""",
        """      when: {workaround: false}
      level: B
""",
    )
    policy = load_policy(folder)
    ticket: dict[str, object] = {"category": "technical", "service_state": "usable", "affected_users": "all"}
    open_answer = policy.evaluate(ticket).undetermined["severity"]
    assert open_answer.possible == ("B",)
    assert open_answer.missing == ("workaround",)
    assert policy.evaluate(ticket | {"workaround": False}).severity == "B"
    with pytest.raises(RuleGap) as caught:
        policy.evaluate(ticket | {"workaround": True, "business_impact": "severe"})
    assert caught.value.conclusion == "severity"
    assert caught.value.facts["workaround"] is True


@pytest.mark.parametrize("count", [10, 66, 90])
def test_many_inputs_do_not_run_into_each_other(tmp_path: Path, count: int) -> None:
    """The severity is urgent only if all are true: with one unknown it is open, with one false settled."""
    policy = load_policy(wide_policy(tmp_path, count))
    complete = {f"b{n}": True for n in range(count)} | {"plan": "basic", "seats_down": 0}
    assert policy.evaluate(complete).severity == "urgent"
    for n in range(0, count, 7):
        rest = {name: value for name, value in complete.items() if name != f"b{n}"}
        answer = policy.evaluate(rest).undetermined["severity"]
        assert (answer.possible, answer.missing) == (("urgent", "low"), (f"b{n}",))
        other = f"b{(n + 1) % count}"
        assert policy.evaluate(rest | {other: False}).severity == "low"


def test_too_much_that_is_unknown_is_told_and_does_not_hang(tmp_path: Path) -> None:
    policy = load_policy(wide_policy(tmp_path, 40))
    with pytest.raises(
        TooMuchUnknown, match="too much is unknown to tell every completion apart: give some of"
    ):
        policy.evaluate({"plan": "basic"})
    few = {f"b{n}": True for n in range(30)}
    assert policy.evaluate(few | {"plan": "basic", "seats_down": 0}).undetermined["severity"].possible == (
        "urgent",
        "low",
    )
    wider = load_policy(wide_policy(tmp_path / "wider", 70))
    with pytest.raises(TooMuchUnknown):
        wider.evaluate({})


class Counting:
    """A chainer that counts what it is asked."""

    def __init__(self) -> None:
        self.plain, self.asked = PlainChainer(), 0

    def learn(self, ruleset: Ruleset) -> Ruleset:
        return self.plain.learn(ruleset)

    def infer(self, name: Ruleset, codes: Sequence[int]) -> Firings:
        self.asked += 1
        return self.plain.infer(name, codes)


@pytest.mark.parametrize("filled_before", [True, False])
def test_what_fires_in_another_policy_too_is_inferred_once(tmp_path: Path, filled_before: bool) -> None:
    # Another level where the same rules fire, levels in another order, and one more test in one stage.
    text = (copied(tmp_path) / "severity.yaml").read_text("utf-8")
    a, b = (text[text.index(f"  - id: {x}") : text.index(f"  - id: {y}")] for x, y in ("AB", "BC"))
    (tmp_path / "severity.yaml").write_text(
        text.replace(a + b, b + a).replace("level: C", "level: B", 1), "utf-8"
    )
    channels = tmp_path / "channels.yaml"
    more = channels.read_text("utf-8").replace(
        "{submitted_via: phone}", "{submitted_via: phone, requester: prospect}"
    )
    channels.write_text(more, "utf-8")
    chainers = Counting(), Counting()
    old = load_policy(chainer=chainers[0])
    if filled_before:
        old.tables.fill()
    alone = load_policy(tmp_path)
    new = Policy(alone.definition, chainers[1], like=old)
    questions = new.tables.fill()
    alone.tables.fill()
    reopen = new.tables.tables["reopen"]
    assert chainers[1].asked == len(reopen) < questions
    assert chainers[0].asked >= questions - len(reopen)
    for name, table in new.tables.tables.items():
        for key in table.combinations():
            assert told(table.ask(key)) == told(alone.tables.tables[name].ask(key)), (name, key)


def told(outcome: Outcome) -> tuple[Any, ...]:
    """An outcome, with the places of its rules: each policy tells its own."""
    places = [firing.rule.origin.location for firing in outcome.firings]
    return outcome.value, outcome.strength, outcome.reads, outcome.firings, places, str(outcome.fault)


# Spread over all that can be known


@pytest.mark.parametrize("known", [0.5, 0.9])
def test_what_is_spread_is_what_completions_come_to(policy: Policy, known: float) -> None:
    """Values, basis, and the missing facts with their order, for every answer."""
    program, rng = policy.program, random.Random(19)
    facts = [
        {
            name: rng.choice(program.domains[name]) if rng.random() < known else UNKNOWN
            for name in policy.definition.vocabulary.facts
        }
        for _ in range(250)
    ]
    for name in answers(program):
        spread = policy.tables.spread(name)
        assert spread is not None
        tickets = [each for each in facts if consistent(program, each)]
        places = [
            np.array([place_of(program, fact, each[fact]) for each in tickets]) for fact in spread.facts
        ]
        for each, number in zip(tickets, spread.numbers(places, len(tickets)).tolist(), strict=True):
            found, want = spread.settlements[number], policy.book.possible(name, each)
            assert (found.values, found.faulty, found.strength) == (want.values, False, want.strength)
            assert list(found.missing) == sorted(want.missing, key=lambda f: (want.missing[f], f))
            assert found.settled == want.settled


def place_of(program: Program, fact: str, value: Any) -> int:
    groups = program.axes[fact]
    return next((n for n, group in enumerate(groups) if value in group), len(groups))


def test_where_the_policy_has_no_answer_that_is_a_value_of_its_own(tmp_path: Path) -> None:
    # Small business says nothing about the telephone then.
    copy = copied(tmp_path)
    text = (copy / "plans.yaml").read_text("utf-8")
    (copy / "plans.yaml").write_text(text.replace("      telephone_support: critical_only\n", "", 1), "utf-8")
    policy = load_policy(copy)
    spread = policy.tables.spread("channels.phone")
    assert spread is not None
    plans = policy.program.axes["plan"]
    columns = {
        "plan": [place_of(policy.program, "plan", "small_business"), len(plans)],
        "category": [place_of(policy.program, "category", "technical")] * 2,
    }
    unknown = {fact: [len(policy.program.axes[fact])] * 2 for fact in spread.facts}
    places = [np.array((unknown | columns)[fact]) for fact in spread.facts]
    without, some = (spread.settlements[n] for n in spread.numbers(places, 2).tolist())
    assert without.faulty and some.faulty and some.values
    assert not without.settled and not some.settled


@pytest.mark.parametrize("count", [2, 40, 62, 63, 64, 150])
def test_however_many_values_an_answer_has(count: int) -> None:
    """Every place of a made-up answer, against sets of Python."""
    rng, draw = random.Random(count), np.random.default_rng(count)
    facts, shape = ("d", "a", "c", "b"), (2, 3, 2, 4)
    # -1 is a fault, -2 where the facts contradict each other.
    numbers = draw.integers(-2, count, shape)
    numbers[draw.random(shape) < 0.3] = draw.integers(count)
    strengths = draw.integers(0, 3, shape)
    weights = [[rng.randrange(1, 5) for _ in range(size)] for size in shape]
    grid = CompletionGrid(
        facts, tuple(tuple(range(size)) for size in shape), tuple(range(count)), numbers, strengths
    )
    spread = Spread(grid, weights, lambda values: tuple(sorted(values)))
    places = list(itertools.product(*(range(size + 1) for size in shape)))
    found = spread.numbers(list(np.array(places).T), len(places))
    for place, number in zip(places, found.tolist(), strict=True):
        spans = [range(size) if p == size else (p,) for p, size in zip(place, shape, strict=True)]
        here = [each for each in itertools.product(*spans) if numbers[each] != -2]
        values = {int(numbers[each]) for each in here}
        settlement = spread.settlements[number]
        assert settlement.values == tuple(sorted(values - {-1}))
        assert settlement.faulty == (-1 in values)
        assert settlement.strength == max(
            (strengths[each] for each in here if numbers[each] != -1), default=0
        )
        missing = {}
        for axis, fact in enumerate(facts):
            lines: dict[Any, set[int]] = {}
            groups: dict[int, set[int]] = {}
            for each in here:
                lines.setdefault((*each[:axis], *each[axis + 1 :]), set()).add(int(numbers[each]))
                groups.setdefault(each[axis], set()).add(int(numbers[each]))
            if any(len(line) > 1 for line in lines.values()):
                left = sum(len(group) * weights[axis][p] for p, group in groups.items())
                missing[fact] = left / sum(weights[axis][p] for p in groups)
        if len(values) > 1:
            assert list(settlement.missing) == sorted(missing, key=lambda fact: (missing[fact], fact))


def test_what_is_too_much_is_not_spread(monkeypatch: pytest.MonkeyPatch, harbourline: Policy) -> None:
    monkeypatch.setattr("supportrules.engine.tables.spread.MOST_PLACES", 1000)
    tables = Policy(harbourline.definition).tables
    assert tables.spread("response") is None
    assert tables.spread("severity") is not None
    assert tables.spread("severity") is tables.spread("severity")


def test_numbers_may_become_many(monkeypatch: pytest.MonkeyPatch, harbourline: Policy) -> None:
    """More than the smallest array of them holds."""
    spread = Policy(harbourline.definition).tables.spread("response")
    assert spread is not None
    rng = np.random.default_rng(3)
    places = [rng.integers(0, size, 4000) for size in spread.shape]
    numbers = spread.numbers(places, 4000)
    small = Policy(harbourline.definition).tables.spread("response")
    assert small is not None
    small._numbers = small._numbers.astype(np.uint8)
    assert len(spread.settlements) > 255
    found = small.numbers(places, 4000)
    assert [small.settlements[n] for n in found.tolist()] == [spread.settlements[n] for n in numbers.tolist()]
