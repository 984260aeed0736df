"""Decision diagrams against tables of all combinations, and compiled rules against the plain chainer."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from larger_policies import enlarge
from many_facts import limit_diagrams, paired_policy, policy_of_single_rules
from supportrules import Policy, load_policy
from supportrules.engine.chaining import PlainChainer
from supportrules.engine.diagrams.composition import Compiled, Composition, Levels
from supportrules.engine.diagrams.diagram import Diagram, Nodes, TooLarge
from supportrules.engine.diagrams.forest import Forest
from supportrules.engine.diagrams.order import orders
from supportrules.engine.diagrams.stages import FAULT, Inference, StageDiagrams
from supportrules.engine.rules import Rule, Stage
from supportrules.engine.tables import Table

WIDTHS = (2, 3, 2, 4)
EVERY = list(itertools.product(*map(range, WIDTHS)))
Function = Mapping[tuple[int, ...], int]


def functions(seed: int, count: int) -> Iterator[Function]:
    """Functions of few values; some do not depend on all variables."""
    rng = random.Random(seed)
    for _ in range(count):
        asked = [rng.random() < 0.7 for _ in WIDTHS]
        values: dict[tuple[int, ...], int] = {}
        for codes in EVERY:
            seen = tuple(code if is_asked else -1 for code, is_asked in zip(codes, asked, strict=True))
            values[codes] = values.setdefault(seen, rng.randrange(3))
        yield {codes: values[codes] for codes in EVERY}


def made(nodes: Nodes, function: Function, begin: tuple[int, ...] = ()) -> int:
    if len(begin) == len(WIDTHS):
        return nodes.leaf(function[begin])
    codes = range(WIDTHS[len(begin)])
    return nodes.node(len(begin), tuple(made(nodes, function, (*begin, code)) for code in codes))


def diagram_of(function: Function) -> Diagram:
    nodes = Nodes(WIDTHS, 10_000)
    return nodes.diagram(made(nodes, function))


def shape(diagram: Diagram) -> object:
    """What two diagrams of one function have in common."""

    def of(node: int) -> object:
        if node < 0:
            return diagram.leaves[~node]
        return diagram.levels[node], tuple(map(of, diagram.children[node]))

    return of(diagram.root)


def test_a_diagram_is_the_function() -> None:
    for function in functions(1, 60):
        diagram = diagram_of(function)
        assert all(diagram(codes) == function[codes] for codes in EVERY)
        assert set(diagram.leaves) == set(function.values())
        depends = {
            level
            for level in range(len(WIDTHS))
            if any(
                function[codes] != function[(*codes[:level], code, *codes[level + 1 :])]
                for codes in EVERY
                for code in range(WIDTHS[level])
            )
        }
        assert diagram.asked == depends


def test_a_function_has_one_diagram_however_it_is_made() -> None:
    nodes = Nodes(WIDTHS, 1_000_000)
    for one, other in itertools.pairwise(functions(2, 60)):
        joined = nodes.joined(made(nodes, one), made(nodes, other), lambda a, b: a * 3 + b)
        both = {codes: one[codes] * 3 + other[codes] for codes in EVERY}
        assert shape(nodes.diagram(joined)) == shape(diagram_of(both))
        first = nodes.first(made(nodes, one), made(nodes, other), nodes.leaf(0))
        assert shape(nodes.diagram(first)) == shape(diagram_of({c: one[c] or other[c] for c in EVERY}))
        doubled = nodes.mapped(made(nodes, one), lambda leaf: nodes.leaf(nodes.value(leaf) // 2))
        assert shape(nodes.diagram(doubled)) == shape(diagram_of({c: one[c] // 2 for c in EVERY}))


def test_what_is_known_restricts_a_diagram() -> None:
    rng = random.Random(3)
    for function in functions(3, 60):
        known = {level: rng.randrange(width) for level, width in enumerate(WIDTHS) if rng.random() < 0.5}
        left = diagram_of(function).restricted(known, lambda value: value // 2)
        fixed = {
            codes: function[tuple(known.get(level, code) for level, code in enumerate(codes))] // 2
            for codes in EVERY
        }
        assert shape(left) == shape(diagram_of(fixed))


def test_a_path_leads_to_a_value() -> None:
    for function in functions(4, 60):
        path = diagram_of(function).path(lambda value: value == 2)
        if path is None:
            assert 2 not in function.values()
        else:
            assert function[tuple(path.get(level, 0) for level in range(len(WIDTHS)))] == 2


def test_a_diagram_takes_no_more_than_it_may() -> None:
    (function,) = functions(5, 1)
    nodes = Nodes(WIDTHS, 40)
    with pytest.raises(TooLarge):
        made(nodes, function)


def test_nodes_of_two_values_are_told_apart_by_their_hashes() -> None:
    nodes = Nodes([12], 1 << 20)
    leaves = nodes.leaf(False), nodes.leaf(True)
    assert len({hash(children) for children in itertools.product(leaves, repeat=12)}) == 1 << 12


def test_what_is_too_large_names_the_two_variables_with_the_most_children() -> None:
    widths, names = (2, 5, 3, 2), ("narrow", "wide", "middle", "last")

    def spent(nodes: Nodes) -> tuple[str, ...]:
        leaves = [nodes.leaf(number) for number in range(6)]
        for number in range(1, 6):
            # Five nodes of two children, two of three and three of five.
            nodes.node(3, (leaves[0], leaves[number]))
            if number > 3:
                nodes.node(2, (leaves[0], leaves[1], leaves[number]))
            if number > 2:
                nodes.node(1, (*leaves[:4], leaves[number]))
        with pytest.raises(TooLarge) as caught:
            nodes.spend(100)
        return caught.value.costliest

    assert spent(Nodes(widths, 100, names)) == ("wide", "last")
    assert spent(Nodes(widths, 100)) == ()


# Rules


def same_conclusions(policy: Policy, rng: random.Random, most: int) -> int:
    """Compares what stages come to with what the plain chainer infers; gives how many combinations."""
    compared = 0
    for name, stage in policy.program.stages.items():
        compiled = Forest(policy.program).stage(name)
        keys = list(itertools.islice(combinations(stage, rng), most))
        compared += len(keys)
        compare(compiled, Table(stage, PlainChainer), keys)
    return compared


def combinations(stage: Stage, rng: random.Random) -> Iterator[tuple[int, ...]]:
    """All combinations of class numbers where these are few; else some."""
    widths = stage.ruleset.widths
    count = 1
    for width in widths:
        count *= width
    if count <= 2_000:
        yield from itertools.product(*map(range, widths))
    else:
        while True:
            yield tuple(map(rng.randrange, widths))


def compare(compiled: StageDiagrams, table: Table, keys: list[tuple[int, ...]]) -> None:
    for key in keys:
        outcome = table.ask(key)
        found = compiled.conclude([key[place] for place in compiled.order])
        if isinstance(found, Inference):
            assert outcome.fault is None, (table.stage.name, key)
            reads = compiled.conclusions.intersection(outcome.reads)
            assert found == (outcome.value, outcome.strength, reads), (table.stage.name, key)
        else:
            assert found is FAULT and outcome.fault is not None, (table.stage.name, key)


def test_compiled_rules_conclude_what_is_inferred(policy: Policy) -> None:
    assert same_conclusions(policy, random.Random(6), 2_000) > 100


def test_compiled_rules_of_edited_policies_conclude_what_is_inferred(policy: Policy) -> None:
    """Conflicts and gaps are among them."""
    rng = random.Random(7)
    for stage in policy.program.stages.values():
        for _ in range(6):
            ranks = {rule.id: rng.randrange(2) for rule in stage.rules if rng.random() < 0.7}

            def named(rule: Rule, ranks: dict[str, int] = ranks) -> Iterator[str]:
                # None of an earlier rank, which takes it out itself.
                known = (other for other in rule.overrides if ranks.get(other, -1) >= ranks[rule.id])
                return (other for other in known if rng.random() < 0.5)

            some = [rule for rule in stage.rules if rule.id in ranks]
            kept = tuple(replace(r, overrides=tuple(named(r)), rank=ranks[r.id]) for r in some)
            edited = replace(stage, rules=kept)
            levels = Levels(policy.program.axes)
            compiled = replace(Compiled(policy.program).stage(stage.name, levels), stage=edited)
            keys = list(itertools.islice(combinations(edited, rng), 400))
            compare(compiled, Table(edited, PlainChainer), keys)


@pytest.mark.parametrize("facts", [1, 2])
def test_compiled_rules_of_larger_policies_conclude_what_is_inferred(tmp_path: Path, facts: int) -> None:
    policy = load_policy(enlarge(tmp_path / "larger", facts=facts))
    assert same_conclusions(policy, random.Random(8), 1_000) > 1_000


def test_each_order_has_each_fact_once(policy: Policy) -> None:
    found = list(orders(policy.program))
    assert len(found) == 2
    for order in found:
        assert sorted(order) == sorted(found[0])
        assert all(len(policy.program.axes[fact]) > 1 for fact in order)


def test_facts_that_rules_test_together_are_asked_near_each_other(tmp_path: Path) -> None:
    """Of rules about two facts each, far apart in the vocabulary, the answer stays small."""
    policy = load_policy(paired_policy(tmp_path, 12))
    forest = policy.tables.forest
    whole = forest.whole("severity")
    assert whole is not None
    # A few nodes for each pair; in the order of the vocabulary, twice as many with each.
    assert whole.size < 12 * 20


def test_what_is_too_large_in_every_order_is_not_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit_diagrams(monkeypatch, 100)
    # 24 facts take a node each, of two children, and some for what is concluded besides.
    policy = load_policy(policy_of_single_rules(tmp_path, 100))
    tried: list[str] = []
    concluded = Composition._concluded

    def counted(composition: Composition, name: str) -> Diagram:
        tried.append(name)
        return concluded(composition, name)

    monkeypatch.setattr(Composition, "_concluded", counted)
    assert policy.tables.forest.whole("severity") is None
    # Once in each of the two orders.
    assert tried.count("severity") == 2


def test_a_conclusion_of_many_values_is_asked_after_one_of_few(tmp_path: Path) -> None:
    """Both follow from the plan; the telephone reads a response of any hours, and one of three levels."""
    policy = load_policy(enlarge(tmp_path / "larger", countries=20))
    stages = policy.tables.forest.stage("channels.phone")
    widths = {stages.stage.inputs[place]: stages.stage.ruleset.widths[place] for place in stages.order}
    assert widths["severity"] == 3 and widths["promises.response"] > 20
    assert list(widths).index("severity") < list(widths).index("promises.response")
