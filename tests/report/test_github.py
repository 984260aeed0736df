"""Workflow commands of GitHub."""

from __future__ import annotations

import pytest

from supportrules import Location
from supportrules.report.github import workflow_command


@pytest.fixture(autouse=True)
def outside_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)


@pytest.mark.parametrize(
    ("place", "properties"),
    [
        (None, ""),
        (Location("a.yaml"), "file=a.yaml,"),
        (Location("a.yaml", 3), "file=a.yaml,line=3,"),
        (Location("a.yaml", 3, 7), "file=a.yaml,line=3,col=7,"),
    ],
)
def test_a_command_says_where_as_far_as_that_is_known(place: Location | None, properties: str) -> None:
    assert workflow_command("warning", "code", "text", place) == f"::warning {properties}title=code::text"


def test_what_would_end_a_command_or_a_property_is_escaped() -> None:
    command = workflow_command(
        "error", "a:b,c%d\ne\rf", "a:b,c%d\ne\rf::error::x", Location("v1:a,b.yaml", 1)
    )
    assert command == (
        "::error file=v1%3Aa%2Cb.yaml,line=1,title=a%3Ab%2Cc%25d e f::a:b,c%25d%0Ae f::error::x"
    )
