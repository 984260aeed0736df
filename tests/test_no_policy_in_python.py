"""No name and no value of a policy stands in the package's code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import supportrules
from folders import HARBOURLINE, SHIPPED
from supportrules import Policy
from supportrules.policy.documents import read_documents
from supportrules.policy.starter import STARTER

PACKAGE = Path(supportrules.__file__).parent

# What the form of a decision, the format of the files and the types of facts fix, and a policy may say as well.
KEYS_OF_DECISIONS = {"ticket", "category", "severity", "channels", "promises", "response", "reopen"}
KEYS_OF_FILES = {"response_targets", "id", "plans", "issue_types", "facts", "levels", "hours", "columns"}
VALUES_OF_FILES = {"24x7", "none", "closed", "next_business_day"}
TYPES_OF_FACTS = {"country", "subdivision", "timezone"}
FIXED = KEYS_OF_DECISIONS | KEYS_OF_FILES | VALUES_OF_FILES | TYPES_OF_FACTS
# Words that mean something else where they stand: keywords of JSON Schema and of durable-rules,
# a verdict, kinds of entries, a command.
OTHER_MEANING: dict[str, str | tuple[str, ...]] = {
    "examples": "policy/schema.py",
    "all": ("engine/chaining/durable.py", "engine/decision/"),
    "Reopening": ("__init__.py", "engine/decision/__init__.py"),
    "other": ("proofs/comparison/", "report/diff/"),
    "impact": "report/diff/",
    "plan": ("policy/format.py", "policy/definition.py"),
    "issue_type": ("policy/format.py", "policy/definition.py", "engine/rules.py"),
    "test": "cli/__init__.py",
    "others": "report/replay.py",
    "region": "report/findings/sarif.py",
}


def names_and_values(policy: Policy, folder: Path) -> set[str]:
    """Every id, name and value of a policy: mapping keys that are not of the format, and scalar values."""
    definition = policy.definition
    found: set[str] = set()
    for fact in definition.vocabulary.facts.values():
        found |= {fact.name, *map(str, fact.values)}
    for conclusion in definition.conclusions.values():
        found |= {conclusion.name, *(str(v) for v in conclusion.values if not isinstance(v, bool))}
    found |= {*definition.plans, *definition.families, *definition.issue_types, *definition.levels}
    found |= {*definition.columns, *definition.channels, *definition.hours, *definition.precedence}
    found |= {*definition.clauses, *definition.sections, definition.name, definition.version}
    found |= {rule.id.split(".")[-1] for rule in definition.severity_rules}
    found |= {rule.id.split(".")[-1] for rule in definition.channel_rules}
    found |= {rule.id.split(".")[-1] for rule in definition.notes}
    found |= {e.id for e in definition.coverage.exceptions}
    found |= {c for e in definition.coverage.exceptions for c in e.countries}
    found |= set(labels(folder))
    found |= {text for key in ("target", "clock", "within") for text in texts(folder, key)}
    return found


def documents(folder: Path) -> Iterator[Any]:
    for file in sorted(folder.glob("*.yaml")):
        (node,), _ = read_documents(file.read_text("utf-8"), file.name)
        yield node.plain()


def walk(data: Any) -> Iterator[tuple[str | None, Any]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield key, value
            yield from walk(value)
    elif isinstance(data, list):
        for value in data:
            yield None, value
            yield from walk(value)


def labels(folder: Path) -> Iterator[str]:
    for document in documents(folder):
        for key, value in walk(document):
            if key in ("en", "fr") and isinstance(value, str):
                yield value


def texts(folder: Path, name: str) -> Iterator[str]:
    for document in documents(folder):
        yield from (value for key, value in walk(document) if key == name and isinstance(value, str))


def constants() -> list[tuple[str, str]]:
    """Every string of the package's syntax trees but docstrings, with its place."""
    found: list[tuple[str, str]] = []
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                found.append((node.value, f"{path.relative_to(PACKAGE)}:{node.lineno}"))
    return found


@pytest.mark.parametrize("which", ["shipped", "harbourline", "starter"])
def test_no_name_or_value_is_a_constant(which: str, request: pytest.FixtureRequest) -> None:
    policy: Policy = request.getfixturevalue(which)
    folder = {"shipped": SHIPPED, "harbourline": HARBOURLINE, "starter": STARTER}[which]
    known = names_and_values(policy, folder) - FIXED
    found = [
        (text, place)
        for text, place in constants()
        if text in known
        and not place.startswith(OTHER_MEANING.get(text, "nowhere"))
        # The program's own words for people may be those of a label.
        and not place.startswith("report/words.py")
    ]
    assert found == []


def test_the_test_would_see_one(shipped: Policy) -> None:
    known = names_and_values(shipped, SHIPPED)
    assert {"enterprise_e3", "mail_access", "A", "PT8H", "P14D", "opened_at", "business_hours"} <= known
    assert "24x7" in dict(constants())
