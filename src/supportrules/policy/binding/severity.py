"""severity.yaml → levels and their rules."""

from __future__ import annotations

from collections.abc import Mapping

from supportrules.base.frozen import FrozenDict
from supportrules.policy.binding.binder import Binder
from supportrules.policy.binding.rules import rule
from supportrules.policy.definition import Level, SeverityRule
from supportrules.policy.format import ENTRY_DEFAULTS
from supportrules.policy.vocabulary import NONE


def levels(binder: Binder) -> Mapping[str, Level]:
    """The levels, in order."""
    found: dict[str, Level] = {}
    for path, data in binder.items("severity", "levels"):
        name = data["id"]
        if name in found or name in (NONE, ENTRY_DEFAULTS):
            code = "duplicate-value" if name in found else "reserved-name"
            binder.problem((*path, "id"), code, f"a level can't be called `{name}`")
        label = binder.label((*path, "label"), data["label"])
        description = binder.label_at(path, data, "description") or FrozenDict()
        found[name] = Level(name, label, binder.origin(path, data), description)
    return FrozenDict(found)


def severity_rules(binder: Binder) -> tuple[SeverityRule, ...]:
    """The rules of all groups."""
    precedence, groups = binder.data["severity"]["precedence"], binder.data["severity"]["rules"]
    for index, group in enumerate(precedence):
        binder.reference(("severity", "precedence", index), "group of rules", group, groups)
    found = []
    for group in groups:
        if group not in precedence:
            message = f"the group `{group}` has no place in `precedence`"
            binder.problem(("severity", "rules", group), "missing-reference", message, key=True)
        for path, data in binder.items("severity", "rules", group):
            level = None if data.get("level") == NONE else data.get("level")
            text = rule(binder, path, data)
            found.append(SeverityRule(**text, group=group, level=level, level_from=data.get("level_from")))
    return tuple(found)
