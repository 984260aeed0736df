"""Both chainers: over all facts of both policies they agree, and durable-rules fills the tables."""

from __future__ import annotations

import itertools
import multiprocessing
import random
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from every_combination import fill
from supportrules import Policy
from supportrules.engine.chaining import (
    Chainer,
    DurableChainer,
    PlainChainer,
    default_chainer,
    durable_missing,
)
from supportrules.engine.chaining.chainer import holds
from supportrules.engine.chaining.durable import limits_passed
from supportrules.engine.rules import CodedCondition, Ruleset

needs_durable = pytest.mark.skipif(durable_missing() is not None, reason=str(durable_missing()))


def conditions(widths: Sequence[int], depth: int = 2) -> st.SearchStrategy[CodedCondition]:
    tests = st.lists(
        st.integers(0, len(widths) - 1).flatmap(
            lambda p: st.tuples(st.just(p), st.frozensets(st.integers(0, widths[p] - 1)))
        ),
        min_size=0 if depth else 1,
        max_size=3,
    ).map(tuple)
    options = st.lists(conditions(widths, depth - 1), max_size=3).map(tuple) if depth else st.just(())
    return st.builds(CodedCondition, tests, options)


@st.composite
def rulesets(draw: st.DrawFn) -> Ruleset:
    widths = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    found = tuple(draw(st.lists(conditions(widths), min_size=1, max_size=6)))
    overrides = tuple(
        tuple(sorted(draw(st.sets(st.integers(0, len(found) - 1))) - {rule})) for rule in range(len(found))
    )
    ranks = tuple(draw(st.integers(0, 3)) for _ in found)
    return Ruleset(widths, found, overrides, ranks)


def of_one_rank(
    widths: tuple[int, ...],
    conditions: tuple[CodedCondition, ...],
    overrides: tuple[tuple[int, ...], ...] | None = None,
) -> Ruleset:
    return Ruleset(widths, conditions, overrides or ((),) * len(conditions), (0,) * len(conditions))


def written_out(ruleset: Ruleset) -> Ruleset:
    """The same rules, of one rank, with every rule that each overrides named."""
    rules = range(len(ruleset.conditions))
    later = ([n for n in rules if ruleset.ranks[n] > rank] for rank in ruleset.ranks)
    pairs = tuple(tuple(sorted({*n, *o})) for n, o in zip(ruleset.overrides, later, strict=True))
    return of_one_rank(ruleset.widths, ruleset.conditions, pairs)


def combinations(ruleset: Ruleset) -> itertools.product[tuple[int, ...]]:
    return itertools.product(*(range(width) for width in ruleset.widths))


def expected(ruleset: Ruleset, codes: Sequence[int]) -> dict[int, tuple[int, ...]]:
    """What inference means, said at once and not by chaining."""
    fired = [n for n, condition in enumerate(ruleset.conditions) if holds(condition, codes)]
    pairs = written_out(ruleset).overrides
    return {n: tuple(w for w in fired if n in pairs[w]) for n in fired}


@given(rulesets())
@settings(max_examples=100, deadline=None)
def test_the_plain_chainer_does_what_inference_means(ruleset: Ruleset) -> None:
    chainer = PlainChainer()
    name = chainer.learn(ruleset)
    for codes in combinations(ruleset):
        assert chainer.infer(name, codes) == expected(ruleset, codes)


@needs_durable
@given(rulesets())
@settings(max_examples=100, deadline=None)
def test_durable_rules_agrees_on_random_rules(ruleset: Ruleset) -> None:
    chainer = DurableChainer()
    name = chainer.learn(ruleset)
    assert isinstance(name, str)
    for codes in combinations(ruleset):
        assert chainer.infer(name, codes) == expected(ruleset, codes)


def test_of_many_rules_only_those_near_are_tried() -> None:
    crowd = tuple(CodedCondition(((0, frozenset([1])), (1, frozenset([n])))) for n in range(1000))
    never = CodedCondition(((1, frozenset()),))
    ruleset = of_one_rank((2, 1000), (*crowd, CodedCondition(()), never))
    assert set(ruleset.near((1, 5))) == {5, 1000}
    assert PlainChainer().infer(ruleset, (0, 5)) == {1000: ()}


@pytest.mark.parametrize("chainer", [PlainChainer, pytest.param(DurableChainer, marks=needs_durable)])
@given(ruleset=rulesets())
@settings(max_examples=50, deadline=None)
def test_a_rank_is_all_pairs_with_rules_of_later_ranks(chainer: type[Chainer], ruleset: Ruleset) -> None:
    ranked, paired = chainer(), chainer()
    by_rank, by_pairs = ranked.learn(ruleset), paired.learn(written_out(ruleset))
    assert list(limits_passed(ruleset)) == list(limits_passed(written_out(ruleset)))
    for codes in combinations(ruleset):
        assert ranked.infer(by_rank, codes) == paired.infer(by_pairs, codes)


@needs_durable
def test_the_chainers_agree_over_all_facts(policy: Policy) -> None:
    durable, plain = DurableChainer(), PlainChainer()
    asked = 0
    for stage in policy.program.stages.values():
        by_durable, by_plain = durable.learn(stage.ruleset), plain.learn(stage.ruleset)
        assert isinstance(by_durable, str), f"{stage.name} passes a limit of durable-rules"
        for codes in combinations(stage.ruleset):
            assert durable.infer(by_durable, codes) == plain.infer(by_plain, codes)
            asked += 1
    assert asked > 50


class Counting:
    """Counts what a chainer is asked."""

    def __init__(self, chainer: Any) -> None:
        self.chainer = chainer
        self.questions: Counter[tuple[Any, tuple[int, ...]]] = Counter()

    def learn(self, ruleset: Ruleset) -> Any:
        return self.chainer.learn(ruleset)

    def infer(self, name: Any, codes: Sequence[int]) -> dict[int, tuple[int, ...]]:
        self.questions[name, tuple(codes)] += 1
        found: dict[int, tuple[int, ...]] = self.chainer.infer(name, codes)
        return found


@needs_durable
def test_durable_rules_fills_the_tables_and_is_asked_once(policy: Policy) -> None:
    assert isinstance(default_chainer(), DurableChainer)
    assert isinstance(policy.chainer, DurableChainer)
    counting = Counting(DurableChainer())
    fresh = Policy(policy.definition, counting)
    # In threads and twice: still each question once.
    threads = [threading.Thread(target=fill, args=[fresh.tables]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    filled = fill(fresh.tables)
    assert filled == len(counting.questions) == sum(counting.questions.values())
    assert all(isinstance(name, str) for name, _ in counting.questions)


def wide(rules: int, width: int) -> Ruleset:
    always = CodedCondition(())
    return of_one_rank((width,), (always,) * rules)


def test_limits_are_seen_before_they_are_met() -> None:
    assert list(limits_passed(wide(10, 10))) == []
    assert list(limits_passed(wide(61, 10))) == ["up to 61 rules at once, more than 60"]
    each = tuple(CodedCondition(((p, frozenset(range(257))),)) for p in range(2))
    assert list(limits_passed(of_one_rank((258, 258), each))) == ["514 values tested, more than 400"]
    crowd = of_one_rank((2,), (CodedCondition(((0, frozenset([1])),)),) * 2)
    assert list(limits_passed(crowd)) == []
    # Many rules of which few can fire at once are within them.
    plans = tuple(CodedCondition(((0, frozenset([n])),)) for n in range(150))
    assert list(limits_passed(of_one_rank((150,), plans))) == []


def one_of(position: int, *codes: int) -> CodedCondition:
    return CodedCondition(((position, frozenset(codes)),))


def hard_rulesets() -> dict[str, Ruleset]:
    """What the engine fails on, hangs on or is wrong about when it is asked without care."""
    pairs = [one_of(p, *codes) for p in range(4) for codes in ((0, 1), (1, 2))]
    nested = CodedCondition(
        (), (CodedCondition((), tuple(pairs[:3])), CodedCondition(pairs[3].tests, tuple(pairs[4:])))
    )
    two_lists = tuple(
        CodedCondition(((p, frozenset([0, 1])), ((p + 1) % 10, frozenset([1, 2])))) for p in range(0, 10, 2)
    )
    fallback = CodedCondition(())
    examples = tuple(one_of(0, n) for n in range(66))
    return {
        "nested alternatives": of_one_rank((3,) * 4, (nested,) * 3),
        "alternatives of lists": of_one_rank((3,) * 10, (CodedCondition((), two_lists),)),
        "many alternatives": of_one_rank(
            (2,) * 70, (CodedCondition((), tuple(one_of(p, 1) for p in range(70))),)
        ),
        "many values": of_one_rank((301, 301), tuple(one_of(p, *range(300)) for p in range(2))),
        "many overriders": of_one_rank(
            (67,), (*examples, fallback, one_of(0, 5)), ((66,),) * 66 + ((),) + (tuple(range(66)),)
        ),
        "many of later ranks": Ruleset(
            (67,), (*examples, fallback, one_of(0, 5)), ((),) * 68, (1,) * 66 + (2, 0)
        ),
        "many rules": of_one_rank((20, 20), tuple(one_of(n % 2, n % 20) for n in range(240))),
    }


@needs_durable
@pytest.mark.parametrize("which", hard_rulesets())
def test_hard_rulesets_are_answered_right(which: str) -> None:
    ruleset = hard_rulesets()[which]
    chainer = DurableChainer()
    name = chainer.learn(ruleset)
    rng = random.Random(3)
    for _ in range(200):
        codes = tuple(rng.randrange(width) for width in ruleset.widths)
        assert chainer.infer(name, codes) == expected(ruleset, codes)


@needs_durable
def test_what_the_engine_gives_up_on_is_answered_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    ruleset = of_one_rank((2,), (one_of(0, 1),))
    chainer = DurableChainer()
    name = chainer.learn(ruleset)

    def fail(*_: Any) -> Any:
        raise RuntimeError("code 2")

    monkeypatch.setattr(chainer, "_ask", fail)
    assert chainer.infer(name, (1,)) == {0: ()}
    assert chainer.infer(name, (0,)) == {}


@needs_durable
def test_what_passes_a_limit_goes_to_the_plain_chainer() -> None:
    chainer = DurableChainer()
    ruleset = wide(100, 2)
    assert chainer.infer(chainer.learn(ruleset), (1,)) == expected(ruleset, (1,))


@needs_durable
def test_many_rulesets_and_questions_leave_nothing_behind() -> None:
    # A session that is left behind uses up one of 1,024 places.
    ruleset = of_one_rank((2,), (CodedCondition(((0, frozenset([1])),)),))
    for _ in range(30):
        chainer = DurableChainer()
        name = chainer.learn(ruleset)
        for turn in range(100):
            assert set(chainer.infer(name, (turn % 2,))) == ({0} if turn % 2 else set())


def _in_child(policy: Policy, queue: Any) -> None:
    queue.put(policy.evaluate({"plan": "standalone", "issue_type": "sharepoint_site_down"}).severity)


@needs_durable
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # forking is what is tried
def test_inference_goes_on_after_a_fork(shipped: Policy) -> None:
    fresh = Policy(shipped.definition)
    fresh.evaluate({"plan": "standalone", "issue_type": "lync_communication", "affected_users": "all"})
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_in_child, args=(fresh, queue))
    child.start()
    assert queue.get(timeout=60) == "A"
    child.join(timeout=60)
    assert child.exitcode == 0
