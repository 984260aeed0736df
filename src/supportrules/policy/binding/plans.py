"""plans.yaml → families, plans, rules about them."""

from __future__ import annotations

from collections.abc import Mapping

from supportrules.base.frozen import FrozenDict
from supportrules.policy.binding.binder import Binder
from supportrules.policy.binding.rules import rule, values
from supportrules.policy.conditions import Scalar
from supportrules.policy.definition import COLUMN, FAMILY, Entry, FreeRule, Plan
from supportrules.policy.documents import Path


def families(binder: Binder) -> Mapping[str, Entry]:
    """The families of plans."""
    return binder.entries("plans", "families")


def plans(binder: Binder) -> Mapping[str, Plan]:
    """The plans."""
    found = {}
    for path, data in binder.items("plans", "plans"):
        entitlements = data.get("entitlements", {})
        for name, value in entitlements.items():
            _check_value(binder, (*path, "entitlements", name), name, value)
        plan = Plan(*binder.entry(path, data), data.get(FAMILY), data.get(COLUMN), FrozenDict(entitlements))
        found[plan.id] = plan
    return FrozenDict(found)


def free_rules(binder: Binder) -> tuple[FreeRule, ...]:
    """The rules about conclusions of the vocabulary."""
    found = []
    for path, data in binder.items("plans", "rules"):
        ((name, value),) = data["then"].items()
        _check_value(binder, (*path, "then", name), name, value)
        found.append(FreeRule(**rule(binder, path, data), concludes=name, value=value))
    return tuple(found)


def _check_value(binder: Binder, path: Path, name: str, value: Scalar) -> None:
    """Tells if a conclusion has no such value."""
    if name in binder.names["conclusion"]:
        values(binder, path, name, value, of_conclusion=True)
