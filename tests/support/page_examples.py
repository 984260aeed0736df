"""The examples of a page of docs/, laid over a policy."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Any

from supportrules.policy.documents import read_documents


def examples(text: str) -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def laid_over(base: Mapping[str, Any], example: str) -> dict[str, Any]:
    """A policy with the parts of files that an example has laid over it."""
    new = copy.deepcopy(dict(base))
    for stem, text in re.findall(r"^# (\w+)\.yaml\n(.*?)(?=^# |\Z)", example, re.MULTILINE | re.DOTALL):
        (node,), problems = read_documents(text, f"{stem}.yaml")
        assert problems == []
        _lay(new[stem], node.plain())
    return new


def _lay(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if value is None:
            below.pop(key, None)
        elif isinstance(value, dict) and isinstance(below.get(key), dict) and key != "when":
            _lay(below[key], value)
        else:
            below[key] = value
