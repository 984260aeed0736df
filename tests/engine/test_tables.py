"""Joint answers over unknown facts, against brute force over completions."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dense_arrays import completions as completions_of
from diagram_walk import partial
from edits import copied, edited
from larger_policies import enlarge
from many_facts import (
    limit_diagrams,
    policy_of_chosen_facts,
    policy_of_notes,
    policy_of_single_rules,
    wide_policy,
)
from random_tickets import random_tickets
from supportrules import Interview, Policy, RuleConflict, RuleGap, TooMuchUnknown, load_policy
from supportrules.engine.answers import ChannelAnswer, NoteAnswer
from supportrules.engine.diagrams.composition import Levels
from supportrules.engine.diagrams.diagram import Diagram, Nodes
from supportrules.engine.diagrams.stages import CONTRADICTION, FAULT, Inference
from supportrules.engine.rules import Program
from supportrules.engine.tables import Course, Spread, Tables
from supportrules.policy.vocabulary import UNKNOWN
from supportrules.proofs.check import check_policy
from supportrules.proofs.comparison import compare


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
    return tables.conclude(name, course), course.strengths[name]


def answers(program: Program) -> list[str]:
    names = [
        "severity",
        "promises.response",
        *program.stages_of(ChannelAnswer),
        *program.stages_of(NoteAnswer),
    ]
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
            found = tables.possible(name, facts)
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
    possible = shipped.tables.possible(
        "severity", shipped.tables.reduced(known.values) | {"category": "technical"}
    )
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
    possible = shipped.tables.possible("severity", facts | {"category": "technical"})
    assert possible.missing == {"country": 1.0}


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


def test_any_number_of_unknown_facts_is_answered(tmp_path: Path) -> None:
    """The severity is urgent only if all of seventy are true."""
    policy = load_policy(wide_policy(tmp_path, 70))
    answer = policy.evaluate({"plan": "basic", "seats_down": 0}).undetermined["severity"]
    assert answer.possible == ("urgent", "low")
    assert set(answer.missing) == {f"b{n}" for n in range(70)}


@pytest.mark.parametrize("count", [14, 24])
def test_many_unknown_facts_of_which_one_is_enough(tmp_path: Path, count: int) -> None:
    policy = load_policy(policy_of_single_rules(tmp_path, count))
    answer = policy.evaluate({"plan": "basic", "seats_down": 0, "safety": False}).undetermined["severity"]
    assert answer.possible == ("urgent", "low")
    assert set(answer.missing) == {f"b{n}" for n in range(count)}
    # Known to be true, a fact decides; known to be false, it leaves as much.
    assert set(answer.left) == {1.5}
    assert policy.evaluate({"plan": "basic", f"b{count - 1}": True}).severity == "urgent"
    interview = Interview(policy, {"plan": "basic", "seats_down": 0, "safety": False})
    while (question := interview.question) is not None:
        if question.name.startswith("b"):
            interview.answer(question.name == "b7")
        else:
            interview.pass_over()
    assert interview.decision.severity == "urgent"


def test_facts_that_only_notes_read(tmp_path: Path) -> None:
    """Of more than an array has axes."""
    policy = load_policy(policy_of_notes(tmp_path, 33))
    decision = policy.evaluate({"plan": "basic", "seats_down": 0, "safety": False, "b3": True})
    assert decision.severity == "low"
    assert [note.code for note in decision.notes] == ["note_b3"]


def test_thousands_of_kinds_of_problems(tmp_path: Path) -> None:
    """Each of the last copies is decided like what it is a copy of, and proofs end."""
    policy = load_policy(enlarge(tmp_path / "larger", issue_types=340))
    assert len(policy.definition.issue_types) >= 10_000
    ticket = {"plan": "enterprise_e3", "affected_users": "all", "service_state": "unusable"}
    for kind in ("lync_communication", "lync_communication_340"):
        assert policy.evaluate(ticket | {"issue_type": kind}).severity == "A"
    undecided = policy.evaluate({"plan": "enterprise_e3"}, defaults=False).undetermined["severity"]
    assert "issue_type" in undecided.missing
    assert not [each for each in check_policy(policy) if each.code in ("not-proved", "hole", "conflict")]


def test_thousands_of_plans(tmp_path: Path) -> None:
    policy = load_policy(enlarge(tmp_path / "larger", plans=200))
    ticket = {"issue_type": "lync_communication", "affected_users": "one", "service_state": "degraded"}
    first, last = list(policy.definition.plans)[:1], list(policy.definition.plans)[-1:]
    assert len(policy.definition.plans) >= 3_000
    for plan in (*first, *last):
        assert policy.evaluate(ticket | {"plan": plan}).severity == "C"
    assert policy.evaluate(ticket).severity == "C"


def test_too_much_that_is_unknown_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limit_diagrams(monkeypatch, 300)
    policy = load_policy(wide_policy(tmp_path, 40))
    with pytest.raises(
        TooMuchUnknown, match="too much is unknown to tell every completion apart: give some of"
    ):
        policy.evaluate({"plan": "basic"})
    # What is known of a ticket leaves a smaller one.
    few = {f"b{n}": True for n in range(30)}
    assert policy.evaluate(few | {"plan": "basic", "seats_down": 0}).undetermined["severity"].possible == (
        "urgent",
        "low",
    )


def test_the_facts_that_most_rules_test_are_named_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_diagrams(monkeypatch, 600)
    policy = load_policy(policy_of_chosen_facts(tmp_path, 10))
    # Ten rules test either choice, and two of them any other fact.
    with pytest.raises(TooMuchUnknown, match=r"give some of 12 facts, above all `\w+` and `\w+`$") as caught:
        policy.evaluate({"plan": "basic", "safety": False, "seats_down": 0})
    assert set(caught.value.most_tested) == {"one", "two"}
    assert set(caught.value.facts) == {"one", "two", *(f"b{n}" for n in range(10))}


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
            listed = completions_of(policy, each).possible(name)
            assert (want.values, want.strength) == (listed.values, listed.strength)
            assert want.missing == listed.missing


def test_every_partial_place_of_a_small_policy(harbourline: Policy) -> None:
    """For one ticket and in columns; of larger policies, `make soak` compares some."""
    assert partial(harbourline) > 3_000


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


def made_up(
    facts: Sequence[str], numbers: Any, strengths: Any, weights: Sequence[Sequence[int]]
) -> tuple[Diagram, Levels]:
    """An answer as a diagram: the number of a value for each combination, and a weight for each group."""
    nodes = Nodes(numbers.shape, 10_000)

    def below(place: tuple[int, ...]) -> int:
        if len(place) < len(facts):
            codes = range(numbers.shape[len(place)])
            return nodes.node(len(place), tuple(below((*place, code)) for code in codes))
        value = int(numbers[place])
        without = {-1: FAULT, -2: CONTRADICTION}
        return nodes.leaf(without.get(value) or Inference(value, int(strengths[place])))

    axes = {
        fact: tuple(tuple((group, n) for n in range(weight)) for group, weight in enumerate(each))
        for fact, each in zip(facts, weights, strict=True)
    }
    return nodes.diagram(below(())), Levels(axes)


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
    spread = Spread(*made_up(facts, numbers, strengths, weights), lambda values: tuple(sorted(values)))
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
    monkeypatch.setattr("supportrules.engine.diagrams.forest.MOST_STEPS", 150)
    tables = Policy(harbourline.definition).tables
    assert tables.spread("promises.response") is None
    assert tables.spread("severity") is not None
    assert tables.spread("severity") is tables.spread("severity")


def test_where_unknown_is_too_much_the_rest_is_spread(
    monkeypatch: pytest.MonkeyPatch, harbourline: Policy
) -> None:
    whole = harbourline.tables.spread("promises.response")
    monkeypatch.setattr("supportrules.engine.tables.spread.MOST_STEPS", 20)
    spread = Policy(harbourline.definition).tables.spread("promises.response")
    assert spread is not None and whole is not None
    sizes = [len(harbourline.program.axes[fact]) for fact in spread.facts]
    places = [np.random.default_rng(3).integers(0, size + 1, 500) for size in sizes]
    unknown = np.any([column == size for column, size in zip(places, sizes, strict=True)], axis=0)
    assert unknown.any() and not unknown.all()
    pairs = zip(spread.numbers(places, 500).tolist(), whole.numbers(places, 500).tolist(), strict=True)
    for (number, other), is_unknown in zip(pairs, unknown.tolist(), strict=True):
        found = spread.settlements[number]
        assert (not found.values and not found.missing) if is_unknown else found == whole.settlements[other]


def test_more_combinations_than_numbers_hold(tmp_path: Path) -> None:
    """Of seventy facts, in columns as one by one."""
    policy = load_policy(wide_policy(tmp_path, 70))
    spread = policy.tables.spread("severity")
    assert spread is not None
    absent = {**policy.tables.absent, "seats_down": 0}
    places = [
        np.array([0, 0, 1] if fact[0] == "b" else [place_of(policy.program, fact, absent[fact])] * 3)
        for fact in spread.facts
    ]
    places[3], places[69] = np.array([2, 0, 2]), np.array([0, 2, 2])
    found = [spread.settlements[number] for number in spread.numbers(places, 3).tolist()]
    told = [(each.values, set(each.missing)) for each in found]
    each = spread.facts[3], spread.facts[69]
    assert told == [(("urgent", "low"), {each[0]}), (("urgent", "low"), {each[1]}), (("low",), set())]


def test_more_open_combinations_than_are_kept(monkeypatch: pytest.MonkeyPatch, harbourline: Policy) -> None:
    """Those of a batch are there whatever was forgotten before it."""
    whole = harbourline.tables.spread("promises.response")
    spread = Policy(harbourline.definition).tables.spread("promises.response")
    assert whole is not None and spread is not None
    monkeypatch.setattr("supportrules.engine.tables.spread.MOST_OPEN", 30)
    rng = np.random.default_rng(5)
    sizes = [len(harbourline.program.axes[fact]) + 1 for fact in spread.facts]
    for _ in range(4):
        places = [rng.integers(0, size, 300) for size in sizes]
        found, wanted = spread.numbers(places, 300).tolist(), whole.numbers(places, 300).tolist()
        assert [spread.settlements[n] for n in found] == [whole.settlements[n] for n in wanted]


def test_rules_that_are_too_much_for_a_diagram_are_asked_themselves(
    monkeypatch: pytest.MonkeyPatch, policy: Policy
) -> None:
    tickets = list(random_tickets(policy, random.Random(17), 150))
    wanted = [policy.evaluate(ticket).to_dict(derivation=False) for ticket in tickets]
    monkeypatch.setattr("supportrules.engine.diagrams.stages.MOST_STEPS", 40)
    small, decided = Policy(policy.definition), 0
    for ticket, each in zip(tickets, wanted, strict=True):
        try:
            found = small.evaluate(ticket)
        except TooMuchUnknown:
            assert each["undetermined"]
            continue
        decided += 1
        assert found.to_dict(derivation=False) == each
    assert decided > 20
    assert any(small.tables.spread(stage) is None for stage in small.program.answers)


def test_hundreds_of_facts(tmp_path: Path) -> None:
    """Of more than Python calls functions within each other, what can't be told is an error, and no crash."""
    policy = load_policy(wide_policy(tmp_path, 1200))
    complete = {f"b{n}": True for n in range(1200)} | {"plan": "basic", "seats_down": 0}
    assert policy.evaluate(complete).severity == "urgent"
    assert policy.evaluate(complete | {"b7": False}).severity == "low"
    del complete["b3"]
    assert policy.evaluate(complete).undetermined["severity"].missing == ("b3",)
    # Harbourline's own rules test this one; one rule tests all others.
    with pytest.raises(TooMuchUnknown, match="give some of 1201 facts, above all `seats_down`"):
        policy.evaluate({"plan": "basic"})
    unproved = [problem.message for problem in check_policy(policy) if problem.code == "not-proved"]
    assert unproved and all(message.endswith("facts is too large") for message in unproved)
    comparison = compare(policy, load_policy(wide_policy(tmp_path / "fewer", 1199)))
    assert comparison.meaning.not_compared
