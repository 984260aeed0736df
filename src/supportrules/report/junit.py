"""JUnit's XML, which CI systems read: suites of cases → text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree

from supportrules.report.problems import printable, printable_lines


@dataclass(frozen=True)
class JUnitCase:
    """A case; it passed if there is no failure, no error, and it was not skipped.

    Args:
        name: what it is about.
        group: what it belongs to: the name of a class, for who runs tests of code.
        file: where it stands.
        line: and in which line, or 0.
        failure: what is wrong: a first line, and more lines where there are; None if nothing is.
        error: what kept it from being run, or None.
        kind: what kind of failure or error it is, or empty.
        skipped: why it does not count, or None.
        output: what else there is to say, such as a warning.
    """

    name: str
    group: str
    file: str | None = None
    line: int = 0
    failure: str | None = None
    error: str | None = None
    kind: str = ""
    skipped: str | None = None
    output: str | None = None


@dataclass(frozen=True)
class Suite:
    """Cases under a name."""

    name: str
    cases: tuple[JUnitCase, ...]


def junit_document(suites: Iterable[Suite]) -> str:
    """A document of test suites."""
    root = ElementTree.Element("testsuites")
    found = list(suites)
    _count(root, [case for suite in found for case in suite.cases])
    for suite in found:
        element = ElementTree.SubElement(root, "testsuite", name=printable(suite.name))
        _count(element, suite.cases)
        for case in suite.cases:
            _add(element, case)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f"<?xml version='1.0' encoding='utf-8'?>\n{text}\n"


def _count(element: ElementTree.Element, cases: Iterable[JUnitCase]) -> None:
    listed = list(cases)
    element.set("tests", str(len(listed)))
    element.set("failures", str(sum(case.failure is not None for case in listed)))
    element.set("errors", str(sum(case.error is not None for case in listed)))
    element.set("skipped", str(sum(case.skipped is not None for case in listed)))


def _add(suite: ElementTree.Element, case: JUnitCase) -> None:
    element = ElementTree.SubElement(
        suite, "testcase", classname=printable(case.group), name=printable(case.name)
    )
    if case.file is not None:
        element.set("file", printable(case.file))
    if case.line:
        element.set("line", str(case.line))
    for tag, text in (("failure", case.failure), ("error", case.error)):
        if text is not None:
            first = text.partition("\n")[0]
            entry = ElementTree.SubElement(element, tag, message=printable(first))
            entry.text = printable_lines(text)
            if case.kind:
                entry.set("type", printable(case.kind))
    if case.skipped is not None:
        ElementTree.SubElement(element, "skipped", message=printable_lines(case.skipped))
    if case.output is not None:
        ElementTree.SubElement(element, "system-out").text = printable_lines(case.output)
