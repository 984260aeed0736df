"""clauses.yaml → sections and clauses of the source."""

from __future__ import annotations

from collections.abc import Mapping

from supportrules.base.frozen import FrozenDict
from supportrules.policy.binding.binder import Binder
from supportrules.policy.definition import Clause
from supportrules.policy.vocabulary import Label


def sections(binder: Binder) -> Mapping[str, Label]:
    """The sections of the source."""
    return FrozenDict(
        {str(path[-1]): binder.label(path, data) for path, data in binder.items("clauses", "sections")}
    )


def clauses(binder: Binder) -> Mapping[str, Clause]:
    """The clauses of the source."""
    found = {}
    for path, data in binder.items("clauses", "clauses"):
        number = str(path[-1])
        binder.references(path, data)
        found[number] = Clause(
            number,
            data["section"],
            binder.label((*path, "heading"), data["heading"]),
            binder.label((*path, "summary"), data["summary"]),
            binder.origin(path, {**data, "source": [number]}),
            binder.label_at(path, data, "not_a_rule"),
        )
    return FrozenDict(found)
