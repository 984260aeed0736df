"""JUnit's XML: what stands in it, whatever the text is."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from supportrules.report.junit import JUnitCase, Suite, junit_document

CASES = (
    JUnitCase("passes", "group", "a.yaml", 3, output="a remark"),
    JUnitCase("fails", "group", failure="first line\n  second line"),
    JUnitCase("breaks", "group", error="boom", kind="fault"),
    JUnitCase("does not count", "group", skipped="for a reason"),
)


def test_suites_count_their_cases() -> None:
    root = ElementTree.fromstring(junit_document([Suite("one", CASES), Suite("two", CASES[:2])]))
    one, two = root
    names = ["tests", "failures", "errors", "skipped"]
    assert [root.get(name) for name in names] == ["6", "2", "1", "1"]
    assert [one.get(name) for name in names] == ["4", "1", "1", "1"]
    assert [two.get(name) for name in names] == ["2", "1", "0", "0"]


def test_cases_say_where_they_are_and_how_they_went() -> None:
    (suite,) = ElementTree.fromstring(junit_document([Suite("one", CASES)]))
    passes, fails, breaks, skipped = suite
    assert passes.attrib == {"classname": "group", "name": "passes", "file": "a.yaml", "line": "3"}
    assert [(child.tag, child.text) for child in passes] == [("system-out", "a remark")]
    assert [(child.tag, child.get("message"), child.text) for child in fails] == [
        ("failure", "first line", "first line\n  second line")
    ]
    assert [(child.tag, child.get("message"), child.get("type")) for child in breaks] == [
        ("error", "boom", "fault")
    ]
    assert "type" not in fails[0].attrib
    assert [(child.tag, child.get("message")) for child in skipped] == [("skipped", "for a reason")]


@given(st.text(st.characters(), max_size=20))
def test_any_text_makes_a_document_that_can_be_read(text: str) -> None:
    document = junit_document([Suite(text, (JUnitCase(text, text, text, failure=text, output=text),))])
    (suite,) = ElementTree.fromstring(document.encode("utf-8"))
    assert suite[0].get("name") == suite.get("name")


def test_what_xml_forbids_is_escaped_and_lines_are_kept() -> None:
    (suite,) = ElementTree.fromstring(
        junit_document([Suite("s", (JUnitCase("n", "g", failure="a\x00b\nc\x1b]&<"),))])
    )
    assert suite[0][0].text == "a\\x00b\nc\\x1b]&<"
