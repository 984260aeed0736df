"""What is said and never used: facts, conclusions and hours."""

from __future__ import annotations

from collections.abc import Iterator

from supportrules.proofs.check.finding import Finding
from supportrules.proofs.check.space import Space


def unread_facts(space: Space) -> Iterator[Finding]:
    """Facts that no rule and no clock reads and that do not say so."""
    definition = space.definition
    readers = _readers(space)
    used = {definition.roles.ticket, *_of_clocks(space)}
    for name, fact in definition.vocabulary.facts.items():
        if name not in readers and name not in used and fact.no_effect is None:
            message = f"no rule reads `{name}`"
            hint = "say why with `no_effect`, or leave the fact out"
            yield Finding("unread-fact", message, hint, fact.origin)


def facts_with_effect(space: Space) -> Iterator[Finding]:
    """Facts that say that they have no effect, and that a rule or a clock reads."""
    definition = space.definition
    readers, clocks = _readers(space), _of_clocks(space)
    for name, fact in definition.vocabulary.facts.items():
        if fact.no_effect is not None and (name in readers or name in clocks):
            reader = f"`{readers[name][0]}`" if name in readers else "a clock"
            message = f"`{name}` says that it has no effect, and {reader} reads it"
            place = definition.sources.place("vocabulary", "facts", name, "no_effect")
            yield Finding("has-effect", message, "leave `no_effect` out", fact.origin, place)


def unread_conclusions(space: Space) -> Iterator[Finding]:
    """Conclusions that no rule reads."""
    readers = _readers(space)
    for name, conclusion in space.definition.conclusions.items():
        if name not in readers:
            message = f"no rule reads the conclusion `{name}`"
            yield Finding("unread-conclusion", message, "leave it out", conclusion.origin)


def unused_hours(space: Space) -> Iterator[Finding]:
    """Hours in which nothing runs."""
    definition = space.definition
    used = {cell.clock for cell in definition.cells}
    used |= {rule.hours for rule in definition.channel_rules if rule.hours is not None}
    used |= {exception.clock for exception in definition.coverage.exceptions}
    used |= {exception.clock for exception in definition.hours_exceptions}
    for name, hours in definition.hours.items():
        if name not in used:
            message = f"no target, channel or exception names the hours `{name}`"
            yield Finding("unused-hours", message, "leave them out", hours.origin)


def _readers(space: Space) -> dict[str, list[str]]:
    """For each name the rules that read it."""
    found: dict[str, list[str]] = {}
    for stage in space.program.stages.values():
        for rule in stage.rules:
            for name in rule.reads:
                found.setdefault(name, []).append(rule.id)
    return found


def _of_clocks(space: Space) -> set[str | None]:
    """The facts that times are told from."""
    definition, roles = space.definition, space.definition.roles
    facts = {roles.opening, *(table.starts for table in definition.promises.values())}
    for hours in definition.hours.values():
        facts.update(roles.facts((*hours.clock.needs, *hours.clock.narrowed)))
    for table in definition.promises.values():
        answer = space.program.answers[table.answer]
        for promise in space.program.domains[table.answer]:
            if promise is not None:
                facts.update(answer.needs(promise))
    if definition.reopening_rules:
        facts.add(str(roles.closing))
    return {*facts}
