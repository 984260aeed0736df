"""What a person at a prompt or in a notebook sees of the objects of the library."""

from __future__ import annotations

import html.parser
import inspect
import pydoc
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import supportrules
from edits import with_edits
from folders import SHIPPED
from known_tickets import MAIL
from supportrules import Decision, Interview, Policy, load_policy, load_timeline

NASTY = "<b>\x1b[31m\u202e&"
ESCAPED = "&lt;b&gt;\\x1b[31m\\u202e&amp;"


def public(value: object) -> set[str]:
    return {name for name in dir(value) if not name.startswith("_")}


def test_a_policy_shows_what_callers_need(shipped: Policy) -> None:
    wanted = {
        "build",
        "decision_schema",
        "definition",
        "digest",
        "evaluate",
        "evaluate_batch",
        "evaluate_batches",
        "name",
        "version",
    }
    assert public(shipped) == wanted
    shown = pydoc.plain(pydoc.render_doc(Policy))
    # `definition` is a value of each policy and not of the class.
    members = set(re.findall(r"^ \|  (\w+)\(self", shown, re.M)) | {"name", "version", "digest"}
    assert {name for name in members if not name.startswith("_")} == wanted - {"definition"}


def test_what_else_callers_hold(shipped: Policy, tmp_path: Path) -> None:
    decision = shipped.evaluate(MAIL)
    assert public(decision) == {
        *("format", "ticket", "policy", "category", "severity", "channels", "promises", "response", "reopen"),
        *("undetermined", "notes", "basis", "derivation", "missing", "why_not", "to_dict"),
    }
    shutil.copytree(SHIPPED, tmp_path / "one")
    timeline = load_timeline(tmp_path)
    assert public(timeline) == {"at", "evaluate", "policies", "version_for", "versions", "vocabulary"}


def test_the_package_shows_its_face() -> None:
    assert set(dir(supportrules)) == {*supportrules.__all__, "__version__"}
    assert all(getattr(supportrules, name) is not None for name in dir(supportrules))
    assert "load_policy" in pydoc.plain(pydoc.render_doc(supportrules))


def test_the_package_gives_what_it_lists() -> None:
    for name in supportrules.__all__:
        assert getattr(supportrules, name).__module__.startswith("supportrules")
    assert set(supportrules.__all__) <= set(dir(supportrules))
    with pytest.raises(AttributeError, match="no attribute `nothing`"):
        supportrules.nothing  # type: ignore[attr-defined]  # noqa: B018 - it is not there
    line = "import sys, supportrules; print('supportrules.engine.evaluation' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    "function",
    [
        load_policy,
        load_timeline,
        *(member for name, member in vars(Policy).items() if name[0] != "_" and inspect.isfunction(member)),
        *(member for name, member in vars(Decision).items() if name[0] != "_" and inspect.isfunction(member)),
        *(m for name, m in vars(supportrules.Timeline).items() if name[0] != "_" and inspect.isfunction(m)),
    ],
    ids=lambda function: function.__qualname__,
)
def test_docstrings_name_arguments_and_results(function: Any) -> None:
    text = inspect.getdoc(function)
    assert text and re.match(r"[A-Z][^\n]*[.]\n?", text)
    signature = inspect.signature(function)
    arguments = [name for name in signature.parameters if name != "self"]
    if arguments:
        assert "Args:" in text
        listed = text.partition("Args:")[2]
        assert [name for name in arguments if not re.search(rf"\b{name}\b", listed)] == []
    if signature.return_annotation != "None":
        assert "Returns:" in text or text.startswith(("As ", "The ", "Gives ", "For each ", "Which "))


@pytest.mark.parametrize(
    ("ticket", "shown"),
    [
        (MAIL, "<Decision T-1: severity B, response PT8H 24x7, due 2014-09-05T19:30:00+02:00>"),
        (
            {name: value for name, value in MAIL.items() if name not in ("id", "workaround", "opened_at")},
            "<Decision: severity open: B or C, response open: PT8H 24x7 or without a target 24x7>",
        ),
        ({"category": "billing", "requester": "end_user"}, "<Decision: severity none, response none>"),
        (
            {"plan": "enterprise_e3", "issue_type": "sharepoint_site_down", "requester": "administrator"},
            "<Decision: severity A, response PT1H 24x7, due time open>",
        ),
        ({"id": "\x1b[31m"}, "<Decision \\x1b[31m: severity open: A or B or C or none, response open: "),
    ],
)
def test_a_decision_in_a_line(shipped: Policy, ticket: dict[str, Any], shown: str) -> None:
    found = repr(shipped.evaluate(ticket))
    assert found.startswith(shown) and len(found) < 120


def test_other_objects_in_a_line(shipped: Policy, tmp_path: Path) -> None:
    assert repr(shipped) == f"<Policy {shipped.name} {shipped.version}>"
    assert repr(shipped.definition) == f"<Definition {shipped.name} {shipped.version}>"
    shutil.copytree(SHIPPED, tmp_path / "one")
    timeline = load_timeline(tmp_path)
    day = shipped.definition.effective_from
    assert repr(timeline) == f"<Timeline {shipped.name}: {shipped.version} from {day}>"
    assert repr(timeline.versions[0]) == f"<Version {shipped.version} from {day}, {tmp_path / 'one'}>"
    interview = Interview(shipped, {"category": "presales"})
    assert repr(interview).startswith("<Interview asks for `requester`, <Decision: severity ")
    interview.answer("prospect")
    assert repr(interview).startswith("<Interview has no question left, <Decision: ")
    (decided,) = shipped.evaluate_batches([[{}, {"plan": "no_plan"}]])
    assert repr(decided) == "<Decided 2 tickets, 1 of them with errors>"


class Cells(html.parser.HTMLParser):
    """The texts of a table, by the heading of their row."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(markup)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1], data))

    @property
    def rows(self) -> dict[str, str]:
        cells = [text for tag, text in self.texts if tag in ("th", "td")]
        return dict(zip(cells[::2], cells[1::2], strict=True))


def test_a_decision_in_a_notebook(shipped: Policy) -> None:
    cells = Cells(shipped.evaluate(MAIL)._repr_html_())
    assert cells.texts[0] == ("caption", f"T-1, by {shipped.name} {shipped.version}")
    assert cells.rows == {
        "severity": "B",
        "category": "technical",
        "response": "PT8H 24x7, due 2014-09-05T19:30:00+02:00",
        "channel phone": "24x7",
        "channel online": "24x7",
        "channel self_service": "24x7",
    }
    refused = Cells(shipped.evaluate({"category": "billing", "requester": "end_user"})._repr_html_())
    assert refused.rows["refused"] == "phone, online" and "channel phone" not in refused.rows
    unsure = shipped.evaluate({"id": "T-2"})
    rows = Cells(unsure._repr_html_()).rows
    assert rows["channel phone"] == "open: 24x7 or business_hours or refused"
    assert rows["to find out"] == ", ".join(unsure.missing)


def test_markup_of_others_shows_itself(tmp_path: Path, shipped: Policy) -> None:
    """In a ticket's name, and in whatever a policy says."""
    shown = shipped.evaluate({"id": NASTY})._repr_html_()
    assert ESCAPED in shown and "<b>" not in shown and "\x1b" not in shown
    # YAML holds no control characters; the rest can stand anywhere.
    edit = ("policy", "publisher: {en: Microsoft,", 'publisher: {en: "<b>\\u202e&",')
    page = load_policy(with_edits(tmp_path / "<b>", edit))._repr_html_()
    assert "&lt;b&gt;\\u202e&amp;" in page and "<b>" not in page
    timeline = load_timeline(tmp_path)
    assert "<b>" not in timeline._repr_html_()


def test_a_policy_and_a_timeline_in_a_notebook(shipped: Policy, tmp_path: Path) -> None:
    cells = Cells(shipped._repr_html_())
    said = shipped.definition
    assert cells.texts[0] == ("caption", f"{said.title['en']}, {shipped.name} {shipped.version}")
    assert cells.rows["in force from"] == str(said.effective_from)
    assert cells.rows["levels"] == ", ".join(level.label["en"] for level in said.levels.values())
    assert cells.rows["digest"] == shipped.digest
    shutil.copytree(SHIPPED, tmp_path / "one")
    rows = Cells(load_timeline(tmp_path)._repr_html_()).rows
    assert rows == {str(said.effective_from): f"{shipped.version} ({tmp_path / 'one'})"}
