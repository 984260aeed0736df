"""issue_types.yaml → kinds of problems."""

from __future__ import annotations

from collections.abc import Mapping

from supportrules.base.frozen import FrozenDict
from supportrules.policy.binding.binder import Binder
from supportrules.policy.definition import IssueType


def issue_types(binder: Binder) -> Mapping[str, IssueType]:
    """The kinds of problems."""
    role = binder.data["policy"]["roles"].get("category")
    categories = binder.data["vocabulary"]["facts"].get(role, {}).get("values", {})
    if isinstance(categories, str):
        categories = {}
    found = {}
    for path, data in binder.items("issue_types", "issue_types"):
        category = data.get("category")
        if category is not None and role:
            binder.reference((*path, "category"), "category", category, categories)
        elif category is not None:
            message = "no fact has the role `category` in policy.yaml"
            binder.problem((*path, "category"), "unknown-reference", message)
        issue_type = IssueType(*binder.entry(path, data), category)
        found[issue_type.id] = issue_type
    return FrozenDict(found)
