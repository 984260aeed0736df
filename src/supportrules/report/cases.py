"""Tickets that show findings, as test cases of the policy."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from supportrules.base.problem import Problem
from supportrules.policy.layout import canonical

_NOTE = """# Tickets that show what `supportrules check` found. What is expected of each is what the finding
# suggests, or only that nothing is left open: decide it before you keep the test.
"""
# Longer lines are broken.
_WIDTH = 110


def cases_text(problems: Iterable[Problem], schema: str | None = None) -> str:
    """Test cases, one for each ticket of which a finding expects something; empty if there is none.

    Args:
        problems: findings; those that their policy allows are left out.
        schema: where the schema of test cases is, seen from the file, or None.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    yaml = YAML()
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    cases = CommentedSeq()
    names: dict[str, int] = {}
    for problem in problems:
        if problem.allowed is not None:
            continue
        for witness in problem.witnesses:
            if not witness.expect:
                continue
            data = witness.to_dict()
            case = CommentedMap(
                name=_name(problem, names), ticket=_flow(data["ticket"]), expect=_flow(data["expect"])
            )
            if witness.rules:
                case["rules"] = _flow(data["rules"])
            cases.append(case)
            place = problem.location
            told = f"{problem.code}, {PurePath(place.file).name}:{place.line}" if place else problem.code
            cases.yaml_set_comment_before_after_key(len(cases) - 1, told, indent=2)
    if not cases:
        return ""
    stream = io.StringIO()
    yaml.dump(CommentedMap(cases=cases), stream)
    lead = f"# yaml-language-server: $schema={schema}\n" if schema else ""
    return canonical(lead + _NOTE + stream.getvalue(), "test cases")


def _name(problem: Problem, names: dict[str, int]) -> str:
    """What a case shows; those of one name are numbered."""
    name = problem.message.partition(": ")[0].replace("`", "")
    names[name] = names.get(name, 0) + 1
    return name if names[name] == 1 else f"{name} ({names[name]})"


def _flow(data: Any) -> Any:
    """Data that is written on one line."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    if isinstance(data, dict):
        found = CommentedMap({key: _flow(value) for key, value in data.items()})
        found.fa.set_flow_style()
        return found
    if isinstance(data, list):
        items = CommentedSeq(map(_flow, data))
        items.fa.set_flow_style()
        return items
    return data
