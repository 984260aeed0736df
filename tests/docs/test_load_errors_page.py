"""docs/load-errors.md: each code of what does not load has a section, whose first example gives it; the last loads."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import supportrules
from folders import ROOT
from pages import commands, examples, laid_over, run_line
from policy_data import load, save
from supportrules import CaseError, PolicyLoadError, load_policy, load_timeline
from supportrules.cases.cases import read_cases
from supportrules.policy.starter import STARTER, write_starter

PACKAGE = Path(supportrules.__file__).parent
PAGE = ROOT / "docs" / "load-errors.md"
SECTIONS = {
    code: text
    for part in re.split(r"^### ", PAGE.read_text("utf-8"), flags=re.MULTILINE)[1:]
    for code, _, text in [part.partition("\n")]
}
# What reads a policy and its tests.
MODULES = [
    *(PACKAGE / name for name in ("engine/rules.py", "cases/cases.py")),
    *(
        module
        for folder in ("policy", "policy/binding", "policy/documents", "engine/built")
        for module in sorted((PACKAGE / folder).glob("*.py"))
        if module.name != "vocabulary.py" or folder != "policy"
    ),
    # What is found in versions side by side has a page of its own.
    *(PACKAGE / "history" / "timeline" / f"{name}.py" for name in ("sources", "version")),
]
READERS: dict[str, Callable[[Any], object]] = {
    "check": load_policy,
    "log": load_timeline,
    "test": read_cases,
}
# Where the functions that make a problem take its code.
TAKERS: dict[str, int | str] = {
    "Problem": 0,
    "fail": 0,
    "_fail": 0,
    "_refuse": 0,
    "problem": 1,
    "unknown_name": "code",
}
# What tells of a ticket's fields.
OF_FIELDS = {"unknown_field", "no_facts", "_not_a_ticket", "_elsewhere"}


def calls(tree: ast.AST) -> Iterator[ast.expr]:
    """The expressions of codes."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            match TAKERS.get(name):
                case int(index):
                    yield call.args[index]
                case str(word):
                    yield from (given.value for given in call.keywords if given.arg == word)


def texts(code: ast.expr, tree: ast.AST) -> set[str]:
    """The codes that an expression can give: its own texts, or those of what its name is given in the module."""
    if isinstance(code, ast.Name):
        given = [
            node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == code.id for target in node.targets)
        ]
    else:
        # The condition of a choice is none of its results.
        given = [code]
    given = [
        part
        for each in given
        for part in ([each.body, each.orelse] if isinstance(each, ast.IfExp) else [each])
    ]
    return {each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def functions(tree: ast.Module) -> ast.Module:
    return ast.Module([node for node in tree.body if isinstance(node, ast.FunctionDef)], [])


def codes(modules: Iterable[Path]) -> set[str]:
    found: set[str] = set()
    for module in modules:
        tree = ast.parse(module.read_text("utf-8"))
        for code in calls(tree):
            found |= texts(code, tree)
    # A default is read as the value of a ticket is, by the functions of this module, but for those of fields; its
    # classes read tickets.
    values = functions(ast.parse((PACKAGE / "policy" / "vocabulary.py").read_text("utf-8")))
    values.body = [each for each in values.body if getattr(each, "name", "") not in OF_FIELDS]
    for code in calls(values):
        found |= texts(code, values)
    return found


def test_each_code_of_what_does_not_load_has_a_section() -> None:
    assert codes(MODULES) == set(SECTIONS)


def test_every_code_in_the_source_is_found() -> None:
    """What is no text must be an argument of that name, or the code of another problem."""
    for module in MODULES:
        tree = ast.parse(module.read_text("utf-8"))
        for code in calls(tree):
            handed_on = isinstance(code, ast.Name | ast.Attribute) and ast.unparse(code).endswith("code")
            assert texts(code, tree) or handed_on, f"{module.name}: {ast.unparse(code)}"


def test_the_list_at_the_top_has_each_code_once() -> None:
    table = re.findall(r"^\| \[.*\| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    listed = [code for row in table for code in re.findall("`([a-z-]+)`", row)]
    assert listed == list(SECTIONS)


def found_in(folder: str | Path, read: Callable[[Any], object] = load_policy) -> set[str]:
    try:
        read(folder)
    except (PolicyLoadError, CaseError) as error:
        return {problem.code for problem in error.problems}
    return set()


@pytest.mark.parametrize("code", [code for code, text in SECTIONS.items() if examples(text)])
def test_the_first_example_does_not_load_and_the_second_does(code: str, tmp_path: Path) -> None:
    wrong, right = examples(SECTIONS[code])
    base = load(STARTER)
    for name, example in (("wrong", wrong), ("right", right)):
        save(laid_over(base, example), tmp_path / name)
    assert found_in(tmp_path / "wrong") == {code}
    assert found_in(tmp_path / "right") == set()


@pytest.mark.parametrize("code", [code for code, text in SECTIONS.items() if not examples(text)])
def test_commands_show_what_does_not_load_and_mend_it(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_starter("example")
    (block,) = re.findall(r"^```console\n(.*?)^```$", SECTIONS[code], re.MULTILINE | re.DOTALL)
    found: list[set[str]] = []
    for command, _ in commands(block):
        asked = re.fullmatch(rf"supportrules ({'|'.join(READERS)}) (.*)", command)
        if asked:
            folder = run_line(f"printf %s {asked[2]}", tmp_path)
            found.append(found_in(folder, READERS[asked[1]]))
        else:
            assert run_line(command, tmp_path) == ""
    assert found == [{code}, set()]
