"""Facts for which a policy has no single answer: holes and conflicts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from supportrules.base.frozen import FrozenDict
from supportrules.base.problem import Location, Witness
from supportrules.engine.tables import Outcome
from supportrules.engine.tables.table import value_text
from supportrules.errors import PolicyFault, RuleConflict, RuleGap, SupportRulesError
from supportrules.policy.definition import COLUMN, REOPEN, SEVERITY
from supportrules.policy.format import targeted_promise, targets_file
from supportrules.policy.vocabulary import Origin
from supportrules.proofs.check.finding import Finding
from supportrules.proofs.check.reached import Reached
from supportrules.proofs.check.regions import Box, box_text, boxes
from supportrules.proofs.check.space import Space
from supportrules.proofs.check.witness import complete_ticket, ticket

# How many of the facts that lead to a fault are tried for a ticket that meets it before any other.
_TRIED = 20
# How many of the holes of one answer are told: filling one fills others.
_TOLD = 3


def holes(space: Space) -> Iterator[Finding]:
    """Complete facts for which an answer that applies has no value."""
    lacking: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for name, reached in tuple(space.reached.items()):
        absent: list[tuple[tuple[str, str], int]] = []
        with space.proving(name):
            told: list[tuple[Witness, ...]] = []
            faulty = _faulty(name, reached)
            for box in itertools.islice(boxes(reached, faulty), _TOLD):
                plans = _plans(space, name, box)
                for plan in plans:
                    where = box_text(space.program, box, {str(space.definition.plan_fact): plan})
                    absent.append(((plan, where), box.region))
                if plans:
                    continue
                found = _hole(space, name, box_text(space.program, box), box.region)
                # Holes overlap: one that the same ticket shows is no other.
                if found.witnesses not in told:
                    yield found
                told.append(found.witnesses)
        for place, region in absent if name in space.reached else ():
            lacking.setdefault(place, []).append((name, region))
    # What a plan leaves out is one thing to mend, however many conclusions it is.
    for (plan, where), conclusions in lacking.items():
        with space.proving(conclusions[0][0]):
            yield _plan_hole(space, plan, where, conclusions)


def _plans(space: Space, name: str, box: Box) -> Sequence[str]:
    """The plans that leave a conclusion out; none where most of them do, or it is no matter of plans."""
    definition, inputs = space.definition, space.stage(name).inputs
    if name not in definition.conclusions or definition.plan_fact not in inputs:
        return ()
    place = inputs.index(definition.plan_fact)
    classes = space.stage(name).classes[place]
    plans = [plan for plan in definition.plans if classes[plan] in box.codes[place]]
    return plans if 2 * len(plans) <= len(definition.plans) else ()


def _plan_hole(space: Space, id: str, where: str, conclusions: Sequence[tuple[str, int]]) -> Finding:
    definition, plan = space.definition, space.definition.plans[id]
    names = [f"`{name}`" for name, _ in conclusions]
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
    hint = f"add {names[0] if len(names) == 1 else 'them'} to its entitlements, or a rule in plans.yaml"
    given = {str(definition.plan_fact): id}
    # The first that a ticket meets is met before the others.
    shown = (_witnesses(space, name, region, given) for name, region in conclusions)
    found = next(filter(None, shown), ())
    message = f"no rule concludes {listed} where {where}"
    return Finding("hole", message, hint, plan.origin, None, (), found)


def _faulty(name: str, reached: Reached) -> int:
    """Where a stage that applies has no value, though no two rules conclude differently."""
    if name == REOPEN:
        # A policy may leave reopening out; where it tells it for some requests, it has to tell it for all.
        rules = reached.rules
        return rules.silence(reached.region) if reached.stage.rules else rules.regions.nothing
    return reached.rules.gaps(reached.region)


def _hole(space: Space, name: str, where: str, region: int) -> Finding:
    outcome = _first(space, name, region)
    place, origin, hint = _place(space, name, outcome)
    message = f"no rule concludes `{name}` where {where}"
    if outcome.standing:
        rule = outcome.standing[0].rule
        what = f"`{rule.id}` opens `{name}` in the hours of `{rule.copies}`, and nothing is promised there"
        message, origin, place = f"{what} where {where}", rule.origin, rule.origin.location
        hint = "name its hours"
    return Finding("hole", message, hint, origin, place, (), _witnesses(space, name, region))


def _place(space: Space, name: str, outcome: Outcome) -> tuple[Location, Origin | None, str]:
    """Where a hole is shown, the entry that it is in, and what would be right."""
    definition = space.definition
    sources = definition.sources
    if name == SEVERITY:
        return sources.place("severity", "rules"), None, "add a rule, such as a fallback for all that is left"
    if promise := targeted_promise(name):
        facts = outcome.fault.facts if isinstance(outcome.fault, RuleGap) else {}
        if facts.get(SEVERITY, "") is None:
            hint = "add `without_severity`, if requests of no severity have no target"
            return sources.place(targets_file(promise), "targets"), None, hint
        hint = f"give each plan a `{COLUMN}`, or a column a condition"
        for plan in definition.plans.values():
            if plan.column is None and not definition.column_rules:
                return plan.origin.location, plan.origin, hint
        return sources.place("response_targets", "columns"), None, hint
    if name == REOPEN:
        return sources.place("channels", "reopening"), None, "add a rule; `within: none` is for never"
    if name in definition.conclusions:
        origin = definition.conclusions[name].origin
        return origin.location, origin, "add a rule in plans.yaml, or an entitlement to each plan"
    channel = definition.channels[name.split(".")[1]]
    return channel.origin.location, channel.origin, "add a rule that opens it or refuses it"


def _witnesses(
    space: Space, name: str, region: int, given: Mapping[str, str] = FrozenDict()
) -> tuple[Witness, ...]:
    """A ticket that meets the fault of a region before any other, the plainest that there is.

    Args:
        given: facts that it has to have, which rules do not tell from those that lead there.
    """
    fault = _first(space, name, region).fault
    for example in space.examples(name, region, _TRIED):
        facts = {**example, **given}
        for found in (complete_ticket(space.policy, facts), ticket(space.policy, facts)):
            if _meets(space, found, fault):
                # That nothing is left open is so already where a request just can't be reopened.
                return (Witness(found, {"undetermined": {}} if fault else {}),)
    return ()


def _meets(space: Space, found: Mapping[str, Any], fault: PolicyFault | None) -> bool:
    """Whether a ticket meets that fault; without one, whether its request can't be reopened."""
    try:
        return space.policy.evaluate(found).reopen is None and fault is None
    except RuleConflict as met:
        return isinstance(fault, RuleConflict) and met.conclusion == fault.conclusion
    except RuleGap as met:
        return isinstance(fault, RuleGap) and met.conclusion == fault.conclusion
    except SupportRulesError:
        return False


def conflicts(space: Space) -> Iterator[Finding]:
    """Rules that conclude differently for the same facts, neither overriding the other."""
    for name, reached in tuple(space.reached.items()):
        with space.proving(name):
            found = list(reached.rules.conflicts(reached.region))
            # In the order of the first combination that each pair meets in.
            for *pair, region in sorted(found, key=lambda each: (reached.first(each[2]), each[:2])):
                ids = [reached.stage.rules[rule].id for rule in pair]
                box, standing = next(boxes(reached, region)), _first(space, name, region).standing
                one, other = (next(firing for firing in standing if firing.rule.id == id) for id in ids)
                message = (
                    f"`{ids[0]}` concludes `{value_text(one.value)}` for `{name}` and `{ids[1]}` "
                    f"`{value_text(other.value)}`, neither overriding, where {box_text(space.program, box)}"
                )
                hint = "let one override the other, or narrow a condition"
                related = (other.rule.origin.location,)
                shown = _witnesses(space, name, region)
                yield Finding("conflict", message, hint, one.rule.origin, None, related, shown)


def _first(space: Space, name: str, region: int) -> Outcome:
    """What a stage comes to for the first combination of a region."""
    return space.outcome(name, space.reached[name].first(region))
