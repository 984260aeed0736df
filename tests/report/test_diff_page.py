"""A comparison as an HTML page: its structure, its marks, its languages, and what policies may put on it."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from edits import Edit, with_edits
from scenarios import (
    EXAMPLE_FROM_B_TO_A,
    ONE_CELL_FASTER,
    OTHER_FRENCH_LABEL,
    OTHER_HOURS,
    PLAN_WITH_ITS_OWN_COLUMN,
)
from supportrules import Policy, load_policy
from supportrules.report.diff.page import Edition, html_page
from supportrules.report.parts import (
    Folded,
    Grid,
    Item,
    Items,
    Paragraph,
    Part,
    Run,
    Section,
    text,
)

VOID = {"meta", "link", "input", "br", "hr", "img", "col"}
OTHER_DEFAULT: tuple[Edit, ...] = (("vocabulary", "default: paid", "default: trial"),)
EVERYTHING = (
    *ONE_CELL_FASTER,
    *PLAN_WITH_ITS_OWN_COLUMN,
    *EXAMPLE_FROM_B_TO_A,
    *OTHER_HOURS,
    *OTHER_FRENCH_LABEL,
    *OTHER_DEFAULT,
)


class Element:
    """An element of a page: its attributes, and elements and texts in it."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes = tag, attributes
        self.inside: list[Element | str] = []

    def all(self, *tags: str) -> Iterator[Element]:
        for inner in self.inside:
            if isinstance(inner, Element):
                if not tags or inner.tag in tags:
                    yield inner
                yield from inner.all(*tags)

    def get(self, name: str) -> str:
        return self.attributes.get(name, "")

    @property
    def classes(self) -> set[str]:
        return set(self.get("class").split())

    @property
    def text(self) -> str:
        parts = (inner if isinstance(inner, str) else inner.text for inner in self.inside)
        return " ".join("".join(parts).split())


class Page(HTMLParser):
    """A page read strictly: each tag is closed, in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]
        self.declarations: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute twice: {attrs}"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)

    def handle_decl(self, decl: str) -> None:
        self.declarations.append(decl)


def page(old: Policy, new: Policy, language: str = "en", *parts: Part) -> Element:
    return Page(html_page(Edition("main:policies", old), Edition("policies", new), language, parts)).root


@pytest.fixture(scope="module")
def edited_policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return load_policy(with_edits(tmp_path_factory.mktemp("edited"), *EVERYTHING))


def with_class(root: Element, *names: str) -> Iterator[Element]:
    return (element for element in root.all() if set(names) <= element.classes)


PARTS: tuple[Part, ...] = (
    Paragraph(text("first")),
    Section(
        text("Summary"),
        (
            Paragraph(text("from ", Run("8 h", "old"), " to ", Run("4 h", "new"), Run("better", "better"))),
            Items((Item(text(Run("a < b", "code")), (Paragraph(text("below")),)), Item(text("c")))),
            Section(text("Deeper"), (Section(text("Deepest"), ()),)),
        ),
    ),
    Section(
        text("Impact"),
        (
            Grid(
                text("tickets"), (text("plan"), text("n")), ((text("E1"), text("3")), (text("E3"), text("4")))
            ),
            Grid(text("total"), (), ((text("all"), text("7")),)),
            Folded(text("more"), (Paragraph(text(Run("quiet", "quiet"), Run("strong", "strong"))),)),
        ),
    ),
)


# Structure


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_page_is_well_formed(shipped: Policy, edited_policy: Policy, language: str) -> None:
    found = html_page(Edition("old", shipped), Edition("new", edited_policy), language, PARTS)
    parsed = Page(found)
    assert parsed.declarations == ["DOCTYPE html"] and found.startswith("<!DOCTYPE html>")
    (html,) = parsed.root.all("html")
    assert html.get("lang") == language
    elements = [*html.all()]
    ids = Counter(element.get("id") for element in elements if element.get("id"))
    assert set(ids.values()) == {1}
    links = {element.get("href") for element in html.all("a")}
    assert links and links <= {f"#{id}" for id in ids}
    assert {e.get("scope") for e in html.all("th")} == {"col", "colgroup", "row"}
    assert [len([*html.all(tag)]) for tag in ("h1", "main", "title", "style")] == [1, 1, 1, 1]
    # Headings leave no level out.
    levels = [int(e.tag[1]) for e in elements if re.fullmatch("h[1-6]", e.tag)]
    assert all(level <= before + 1 for before, level in itertools.pairwise(levels))


def test_a_page_needs_nothing_from_outside(shipped: Policy, edited_policy: Policy) -> None:
    root = page(shipped, edited_policy, "en", *PARTS)
    assert not [*root.all("script", "img", "iframe", "object", "embed", "base", "form")]
    assert [e.get("href") for e in root.all("link")] == ["data:,"]
    assert not [e for e in root.all() if e.get("src") or any(name.startswith("on") for name in e.attributes)]
    (style,) = root.all("style")
    assert "url(" not in style.text and "@import" not in style.text
    policies = [e.get("content") for e in root.all("meta") if e.get("http-equiv")]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_table_has_a_caption_and_rows_of_one_width(
    policy: Policy, shipped: Policy, harbourline: Policy, edited_policy: Policy, language: str
) -> None:
    other = edited_policy if policy is shipped else shipped
    tables = [*page(policy, other, language, *PARTS).all("table")]
    assert len(tables) > 8
    for table in tables:
        (caption,) = table.all("caption")
        assert caption.text
        widths = {
            sum(int(cell.get("colspan") or 1) for cell in row.all("td", "th")) for row in table.all("tr")
        }
        assert len(widths) == 1, caption.text
        columns = sum(int(group.get("span")) for group in table.all("colgroup"))
        assert columns in (0, *widths)
        for row in next(table.all("tbody")).all("tr"):
            assert next(row.all("td", "th")).get("scope") == "row"


# Marks


def test_one_cell_faster_marks_one_cell_on_either_side(shipped: Policy, tmp_path: Path) -> None:
    root = page(shipped, load_policy(with_edits(tmp_path, *ONE_CELL_FASTER)))
    (table,) = root.all("table")
    old, new = (next(with_class(table, side, "changed")) for side in ("old", "new"))
    assert [e.text for e in root.all("del", "ins") if e not in [*next(with_class(root, "legend")).all()]] == [
        "8",
        "4",
    ]
    assert old.text == "8 hours, any time stated: RT-1, RT-2"
    assert new.text == "4 hours, any time stated: RT-1, RT-2"
    assert old.get("data-label") == "Enterprise, Education, Government, standalone"
    assert len([*with_class(table, "changed")]) == 3, "two cells and their row"
    # Nothing is folded away in a table of four rows.
    assert not [*root.all("input")]
    cited = {e.text for e in with_class(root, "clauses")}
    assert cited == {"RT-1The table of targets RT-2Any time"}


def test_the_marks_of_a_page_are_those_of_its_tables(shipped: Policy, edited_policy: Policy) -> None:
    root = page(shipped, edited_policy)
    tables = {next(t.all("h3")).text: t for t in root.all("table")}
    assert {
        next(row.all("th")).text for row in with_class(tables["Hours"], "changed") if row.tag == "tr"
    } == {
        "Fri",
        "Sat",
    }
    (moved,) = with_class(tables["Severity: A (critical)"], "badge")
    (gone,) = with_class(tables["Severity: B (high)"], "badge")
    assert (moved.text, gone.text) == ("was under Severity: B (high)", "now under Severity: A (critical)")
    (added,) = (row for row in tables["Plans: Small Business"].all("tr") if "added" in row.classes)
    assert [cell.text for cell in added.all("th", "td")] == [
        "Office 365 Startup assumed: OV-1 added",
        "startup",
        "absent",
        "Startup",
    ]
    heads = [e.text for e in tables["Targets: response"].all("th") if e.get("scope") == "col"]
    assert heads[-2:] == ["Startup assumed: RT-1", "advanced support"]
    assert len(heads) == 1 + 4 + 5
    # A long table shows what differs; the others of its rows are one click away.
    facts = tables["Facts of a ticket"]
    same = len([*with_class(facts, "same")]) and len([r for r in facts.all("tr") if "same" in r.classes])
    assert "folded" in facts.classes
    assert next(with_class(facts, "unfold")).text == f"show the {same} rows that are the same"
    assert same == len(shipped.definition.vocabulary.facts) - 1


def test_wording_is_marked_as_such(shipped: Policy, edited_policy: Policy) -> None:
    root = page(shipped, edited_policy, "fr")
    (table,) = (t for t in root.all("table") if next(t.all("h3")).text.endswith("Moyenne Entreprise"))
    (head,) = (e for e in table.all("th") if "wording" in e.classes)
    assert [e.text for e in head.all("del", "ins")] == ["Moyenne Entreprise", "Entreprise moyenne"]
    assert not [*with_class(table, "changed")]


def test_a_policy_beside_itself(policy: Policy) -> None:
    root = page(policy, policy)
    assert not [*root.all("table", "del", "ins")]
    assert "No table differs." in root.text
    assert "Targets: response" in next(with_class(root, "unchanged")).text


# Words


def test_the_words_of_the_page(shipped: Policy, edited_policy: Policy) -> None:
    english, french = (page(shipped, edited_policy, language) for language in ("en", "fr"))
    assert next(english.all("title")).text == "Office 365 support: what changes"
    assert next(french.all("title")).text == "Support Office 365 : ce qui change"
    for root, old, new in ((english, "old", "new"), (french, "avant", "après")):
        sides = {e.text for e in root.all("th") if e.get("scope") == "colgroup"}
        assert sides == {old, new}
    assert "main:policies" in english.text and shipped.digest in english.text
    (body,) = french.all("body")
    assert not re.findall(r"\b(?:added|removed|rows|stated|assumed|inferred|under|digest)\b", body.text)


# What comes from outside


def test_what_a_policy_says_is_only_text(shipped: Policy, tmp_path: Path) -> None:
    label = "</style><script>alert(\\\"x\\\")</script> & 'y' <b onclick=1>\\u0007\\u202e"
    edit = ("response_targets", "{en: advanced support,", f'{{en: "{label}",')
    root = page(shipped, load_policy(with_edits(tmp_path, edit)))
    assert not [*root.all("script", "b")]
    shown = "</style><script>alert(\"x\")</script> & 'y' <b onclick=1>\\x07\\u202e"
    heads = [e.text for e in root.all("th")]
    assert shown in heads
    assert shown in [e.get("data-label") for e in root.all("td")]


def test_names_and_parts_are_only_text(shipped: Policy, edited_policy: Policy) -> None:
    evil = "\"><script>'&amp;"
    found = html_page(
        Edition(evil, shipped),
        Edition(evil, edited_policy),
        "en",
        (Section(text(evil), (Paragraph(text(Run(evil, "code"))), Grid(text(evil), (), ((text(evil),),)))),),
    )
    root = Page(found).root
    assert not [*root.all("script")]
    assert [e.text for e in root.all("code")].count(evil) == 3


def test_each_part_is_what_it_is(shipped: Policy) -> None:
    root = page(shipped, shipped, "en", *PARTS)
    (main,) = root.all("main")
    assert [h.text for h in main.all("h2", "h3", "h4")][:4] == ["Summary", "Deeper", "Deepest", "Impact"]
    assert [h.tag for h in main.all("h2", "h3", "h4")][:4] == ["h2", "h3", "h4", "h2"]
    summary, impact = (next(e for e in main.all("section") if e.get("id") == f"part-{n}") for n in (1, 2))
    assert next(summary.all("p")).text == "from 8 h to 4 hbetter"
    assert [e.text for e in summary.all("del", "ins", "code")] == ["8 h", "4 h", "a < b"]
    assert [e.text for e in summary.all("li")] == ["a < bbelow", "c"]
    assert [[c.text for c in row.all("th", "td")] for row in impact.all("tr")] == [
        ["plan", "n"],
        ["E1", "3"],
        ["E3", "4"],
        ["all", "7"],
    ]
    (details,) = impact.all("details")
    assert next(details.all("summary")).text == "more"
    links = {e.get("href"): e.text for e in next(root.all("nav")).all("a")}
    assert links == {"#part-1": "Summary", "#part-2": "Impact", "#tables": "The tables, old and new"}
