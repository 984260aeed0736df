"""Choices in place of facts, against the conclusions that all of these facts lead to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from folders import HARBOURLINE, SHIPPED
from larger_policies import enlarge
from many_facts import policy_of_one_choice
from supportrules import Policy, load_policy
from supportrules.engine.diagrams.composition import Compiled, Composition, Levels
from supportrules.engine.diagrams.diagram import TooLarge
from supportrules.engine.diagrams.projection import Choices, own_facts
from supportrules.engine.diagrams.stages import CONTRADICTION, Inference
from supportrules.proofs.check.dead_rules import dead_rules
from supportrules.proofs.check.holes import conflicts, holes
from supportrules.proofs.check.reached import Reached
from supportrules.proofs.check.space import Space

MOST = 3_000_000
# Of the facts beside the issue type and what was given as category, these are read for severity alone.
OWN = {
    "service_state",
    "business_impact",
    "affected_users",
    "affected_services",
    "workaround",
    "requested_severity",
}


def composed(policy: Policy) -> Composition:
    axes = {fact: axis for fact, axis in policy.program.axes.items() if len(axis) > 1}
    return Composition(Compiled(policy.program), Levels(axes), {}, MOST)


def values(leaves: Any) -> set[Any]:
    return {each.value if isinstance(each, Inference) else each for each in leaves}


def test_the_facts_that_lead_through_one_conclusion_alone(shipped: Policy) -> None:
    """Severity is all that its facts tell a response target; a plan leads there by its column as well."""
    assert own_facts(shipped.program, "targets.response", "severity") == OWN
    assert own_facts(shipped.program, "channels.phone", "severity") == OWN
    assert own_facts(shipped.program, "column", "advanced_support_in_force") == {
        "advanced_support",
        "country",
    }
    assert own_facts(shipped.program, "severity", "targets.response") == frozenset()


@pytest.mark.parametrize(
    ("source", "more"), [(SHIPPED, {}), (HARBOURLINE, {}), (SHIPPED, {"facts": 4}), (SHIPPED, {"star": 3})]
)
def test_the_inputs_of_a_stage_are_together_what_they_are_by_all_facts(
    source: Path, more: Mapping[str, int], tmp_path: Path
) -> None:
    policy = load_policy(enlarge(tmp_path / "larger", **more) if more else source)
    composition, choices = composed(policy), Choices()
    took = 0
    for name in policy.program.stages:
        made = choices.made(composition, name)
        took += made is not composition
        by_facts, by_choice = Reached(composition, name), Reached(made, name)
        for each in ("region", "mended"):
            ones, others = (r.rules.regions.diagram(getattr(r, each)) for r in (by_facts, by_choice))
            joined = by_facts.rules.regions
            assert joined.where(ones) == joined.where(others), (name, each)
        assert values(made.answer(name).leaves) == values(composition.answer(name).leaves)
    assert took


def test_what_a_conclusion_can_be_for_each_of_the_other_facts(shipped: Policy) -> None:
    """For facts that are not its own, the choices are the values that some of its own lead to."""
    composition = composed(shipped)
    made = Choices().made(composition, "targets.response")
    levels = composition.levels
    whole, chosen = composition.answer("severity"), made.conclusion("severity")
    shared = [fact for fact in shipped.program.support["severity"] if fact not in OWN]
    for number in range(max(map(len, (levels.axes[fact] for fact in shared)))):
        codes = {levels.level[fact]: number % len(levels.axes[fact]) for fact in shared}
        some, all_of_them = chosen.restricted(codes), whole.restricted(codes)
        if CONTRADICTION not in all_of_them.leaves:
            assert values(some.leaves) == values(all_of_them.leaves)


def test_a_policy_of_many_rules_is_proved_where_no_one_diagram_can_be_made(tmp_path: Path) -> None:
    """150 kinds of problem with rules of facts of their own: severity by all facts takes too much, and
    what depends on it is proved all the same."""
    policy = load_policy(enlarge(tmp_path / "star", star=150))
    space = Space(policy)
    with pytest.raises(TooLarge):
        space.composition("targets.response").answer("targets.response")
    assert set(space.reached) == set(policy.program.stages)
    assert not [finding for check in (holes, conflicts, dead_rules) for finding in check(space)]
    assert not space.unproved


def test_choices_that_would_take_more_than_the_conclusion_are_not_made(tmp_path: Path) -> None:
    """What severity leaves is another set for each combination of 30 facts; severity itself is small."""
    policy = load_policy(policy_of_one_choice(tmp_path, 15))
    composition = composed(policy)
    assert own_facts(policy.program, "targets.response", "severity") >= {"a_choice", "safety"}
    assert "severity" not in Choices().made(composition, "targets.response").levels.axes
    assert not Space(policy).unproved
