"""policy.yaml → name, version, languages, roles."""

from __future__ import annotations

from collections.abc import Mapping

from supportrules.policy.binding.binder import Binder
from supportrules.policy.definition import Definition, Roles
from supportrules.policy.format import targets_file
from supportrules.policy.vocabulary import FactType
from supportrules.time.clocks import ALWAYS

_ROLE_TYPES: Mapping[str, FactType] = {
    "ticket": "text",
    "category": "choice",
    "opening": "instant",
    "closing": "instant",
    "country": "country",
    "subdivision": "subdivision",
    "timezone": "timezone",
}
_FOR_HOURS: Mapping[str, str] = {
    "timezone": "hours in calendars.yaml are kept in the customer's time zone",
    "country": "hours in calendars.yaml close on the customer's public holidays",
    "subdivision": "hours in calendars.yaml close on public holidays of the customer's region",
}
_HINTS: Mapping[str, str] = {
    "subdivision": (
        "name the fact that says in which region the customer is, or write `holidays: {of: country, …}` if "
        "only nationwide holidays count"
    ),
}


def roles(binder: Binder) -> Roles:
    """The facts with a part of their own."""
    data, facts = binder.data["policy"]["roles"], binder.data["vocabulary"]["facts"]
    for role, name in data.items():
        kind, path = _ROLE_TYPES[role], ("policy", "roles", role)
        if binder.reference(path, "fact", name, facts):
            actual = facts[name]["type"]
            if actual != kind:
                message = f"the {role} is a fact of type {kind}, `{name}` is of type {actual}"
                binder.problem(path, "wrong-type", message)
    _check_facts(binder, data, facts)
    return Roles(**data)


def check_needed(binder: Binder, definition: Definition) -> None:
    """Tells which roles other files need and no fact has."""
    needed: dict[str, str] = {}
    for cell in definition.cells:
        for clock in definition.clocks(cell.clock):
            if clock == ALWAYS or clock in definition.hours:
                words = f"a time in {targets_file(cell.of)}.yaml follows from it"
                needs = definition.timing(cell.promise._replace(clock=clock)).needs
                needed = dict.fromkeys(needs, words) | needed
    for hours in definition.hours.values():
        # Special dates say themselves which fact they need.
        region = ("subdivision",) if hours.holidays.of == "customer" else ()
        roles = (*hours.clock.needs, *region)
        needed |= {role: _FOR_HOURS[role] for role in roles if role in _FOR_HOURS}
    if definition.reopening_rules:
        needed["closing"] = "channels.yaml says how long a closed request can be reopened"
    for role, words in needed.items():
        if getattr(definition.roles, role) is None:
            message = f"no `{role}`, and {words}"
            hint = _HINTS.get(role, "name the fact")
            binder.problem(("policy", "roles"), "missing-key", message, hint, key=True)


def _check_facts(binder: Binder, data: Mapping[str, str], facts: Mapping[str, Mapping[str, object]]) -> None:
    """Tells where a fact is not what the part that it plays needs."""
    category = facts.get(data.get("category", ""), {})
    for key in ("default", "optional"):
        if key in category:
            message = f"the category is told by the kind of problem, or unknown: it has no `{key}`"
            path = ("vocabulary", "facts", data["category"], key)
            binder.problem(path, "unexpected-key", message, key=True)
    if isinstance(category.get("values"), str):
        message = "the values of the category stand here, not in a file of their own"
        binder.problem(("vocabulary", "facts", data["category"], "values"), "wrong-type", message)
    closing = facts.get(data.get("closing", ""), {})
    if closing and not closing.get("optional"):
        message = "a request that is not closed has no closing: add `optional: true`"
        binder.problem(("vocabulary", "facts", data["closing"]), "missing-key", message, key=True)
