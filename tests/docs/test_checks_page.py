"""docs/checks.md: of each pair of examples the first is found, the second is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from folders import ROOT
from pages import examples, laid_over
from policy_data import load, save
from supportrules import load_policy
from supportrules.policy.starter import STARTER
from supportrules.proofs.check import CODES, check_policy

PAGE = (ROOT / "docs" / "checks.md").read_text("utf-8")
# Their examples are Python, which the test of the documentation runs.
IN_PYTHON = {"engine-limit", "not-proved"}


def sections() -> Iterator[tuple[str, str]]:
    """Code and text of each section."""
    for part in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]:
        code, _, text = part.partition("\n")
        yield code, text


def test_the_page_has_a_section_for_each_code() -> None:
    codes = [code for code, _ in sections()]
    assert set(CODES) <= set(codes)
    assert len(codes) == len(set(codes))


def test_the_page_says_which_are_errors() -> None:
    for code, text in sections():
        if code in CODES:
            assert text.lstrip().startswith({"error": "An error: ", "warning": "A warning: "}[CODES[code]])


@pytest.mark.parametrize("code", sorted(set(CODES) - IN_PYTHON))
def test_the_first_example_is_found_and_the_second_is_not(code: str, tmp_path: Path) -> None:
    found, not_found = examples(dict(sections())[code])
    base = load(STARTER)
    for name, example in (("found", found), ("not_found", not_found)):
        save(laid_over(base, example), tmp_path / name)
    problems = check_policy(load_policy(tmp_path / "found"), date(2026, 1, 1), ahead=True)
    assert code in {problem.code for problem in problems if problem.allowed is None}
    assert code not in {
        problem.code
        for problem in check_policy(load_policy(tmp_path / "not_found"), date(2026, 1, 1), ahead=True)
        if problem.allowed is None
    }
