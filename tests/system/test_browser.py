"""A comparison as a person sees it: in a browser, on a narrow screen, on paper."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import Browser
from edits import with_edits
from folders import HARBOURLINE
from scenarios import (
    EXAMPLE_FROM_B_TO_A,
    ONE_CELL_FASTER,
    OTHER_FRENCH_LABEL,
    OTHER_HOURS,
    PLAN_WITH_ITS_OWN_COLUMN,
)
from supportrules import load_policy
from supportrules.report.diff.page import Edition, html_page
from supportrules.report.parts import Folded, Grid, Paragraph, Run, Section, text

LONG = "response_targets." + "a_very_long_name_" * 12
PARTS = (
    Section(
        text("Impact"),
        (
            Paragraph(text("rule ", Run(LONG, "code"))),
            Grid(text("by plan"), (text("plan"), text("median")), ((text("E1"), text("-4 h")),)),
            Grid(
                text("by rule"),
                tuple(map(text, ("answer", "was", "is", "by", "lines", "the first"))),
                (
                    (
                        text("response"),
                        text("8 hours (any time)"),
                        text("4 hours (any time)"),
                        text(Run("response_targets.B.enterprise", "code")),
                        text("1"),
                        text("T-1001 (decisions.ledger:1)"),
                    ),
                ),
            ),
            Folded(text("a ticket"), (Paragraph(text("folded away")),)),
        ),
    ),
)
PAGES = ("edited.en", "edited.fr", "vendors.en", "vendors.fr", "many_columns.en")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages of small and large differences, in both languages, and of a table too wide for any screen."""
    folder = tmp_path_factory.mktemp("pages")
    edits = (*ONE_CELL_FASTER, *PLAN_WITH_ITS_OWN_COLUMN, *EXAMPLE_FROM_B_TO_A, *OTHER_HOURS)
    default = ("vocabulary", "default: paid", "default: trial")
    names = [f"column_{number}" for number in range(12)]
    columns = "".join(
        f"  {n}:\n    label: {{en: {n}, fr: {n}}}\n    source: [RT-1]\n    basis: assumed\n" for n in names
    )
    cells = "".join(
        f"    {n}: {{target: PT1H, clock: 24x7, source: [RT-1], basis: assumed}}\n" for n in names
    )
    wide = [("response_targets", "\ntargets:\n", f"{columns}\ntargets:\n")]
    wide += [("response_targets", f"  {level}:\n", f"  {level}:\n{cells}") for level in "ABC"]
    shipped, vendor = load_policy(), load_policy(HARBOURLINE)
    edited = load_policy(with_edits(folder / "edited", *edits, *OTHER_FRENCH_LABEL, default))
    many = load_policy(with_edits(folder / "many_columns", *wide))
    found = {}
    for name, new in (("edited", edited), ("vendors", vendor), ("many_columns", many)):
        for language in ("en", "fr"):
            source = html_page(Edition("main:policies", shipped), Edition(LONG, new), language, PARTS)
            found[f"{name}.{language}"] = folder / f"{name}.{language}.html"
            found[f"{name}.{language}"].write_text(source, "utf-8")
    return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.mark.parametrize("width", [320, 400, 800, 1400])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_never_wider_than_the_screen(
    browser: Browser, pages: dict[str, Path], name: str, width: int
) -> None:
    browser.requests.clear()
    browser.complaints.clear()
    browser.show(pages[name], width)
    assert browser.value("document.documentElement.scrollWidth") <= width
    outside = browser.value(
        "[...document.querySelectorAll('main th, main td, main p, main li, dd')]"
        ".filter(e => e.checkVisibility() && !e.closest('thead') && e.scrollWidth > e.clientWidth + 1"
        " && getComputedStyle(e).display != 'inline').map(e => e.textContent.trim())"
    )
    assert outside == []
    assert browser.complaints == []
    asked = [url for url in browser.requests if not url.startswith("data:")]
    assert asked == [pages[name].as_uri()]


def test_old_and_new_stand_side_by_side_on_any_screen(browser: Browser, pages: dict[str, Path]) -> None:
    for width in (400, 1400):
        browser.show(pages["edited.en"], width)
        places = browser.value(
            "[...document.querySelectorAll('tr.changed td.old.changed')].map(old => {"
            " const label = old.dataset.label;"
            " const twin = [...old.parentElement.querySelectorAll('td.new')].find(e => e.dataset.label == label);"
            " const [a, b] = [old, twin].map(e => e.getBoundingClientRect());"
            " return a.right <= b.left + 1 && a.top == b.top && a.width > 100; })"
        )
        assert len(places) > 5 and all(places)
    # A column that is new stands on the new side, whether or not it has an old neighbour.
    browser.show(pages["edited.en"], 400)
    left = browser.value(
        "[...document.querySelectorAll('tr.changed td.new.added')].map(e => e.getBoundingClientRect().left)"
    )
    assert len(left) == 4 and min(left) > 180


def test_changes_are_told_to_whoever_sees_nothing(browser: Browser, pages: dict[str, Path]) -> None:
    for language, old, new in (("en", "old", "new"), ("fr", "avant", "après")):
        browser.show(pages[f"edited.{language}"], 1400)
        browser("Accessibility.enable")
        nodes = {node["nodeId"]: node for node in browser("Accessibility.getFullAXTree")["nodes"]}
        told: dict[str, set[str]] = {"deletion": set(), "insertion": set()}
        for node in nodes.values():
            role = node["role"]["value"]
            if role in told:
                while "name" not in node or not node["name"]["value"]:
                    node = nodes[node["childIds"][0]]
                told[role].add(node["name"]["value"].strip())
        assert told == {"deletion": {old}, "insertion": {new}}


def test_rows_that_are_the_same_are_unfolded_by_the_keyboard(
    browser: Browser, pages: dict[str, Path]
) -> None:
    browser.show(pages["edited.en"], 1400)
    rows = "[...document.querySelector('.folded').querySelectorAll('tr.same')]"
    seen = f"{rows}.filter(e => e.checkVisibility()).length"
    assert browser.value(seen) == 0
    browser.value("document.querySelector('.unfold input').focus()")
    browser.press(" ", 32, " ")
    assert browser.value(seen) == browser.value(f"{rows}.length") > 5
    # The fold of a part takes the keyboard too.
    browser.value("document.querySelector('summary').focus()")
    browser.press("Enter", 13, "\r")
    assert browser.value("document.querySelector('details').open") is True


def test_what_changed_can_be_read_by_night(browser: Browser, pages: dict[str, Path]) -> None:
    """The contrast of text is that of WCAG's level AA, by day and by night."""
    for dark in (False, True):
        browser.show(pages["edited.en"], 1400, dark=dark)
        colours = browser.value(
            "[...document.querySelectorAll('del, ins, small, td, th, a, .badge, p')].map(e => {"
            " let under = e; while (getComputedStyle(under).backgroundColor == 'rgba(0, 0, 0, 0)')"
            " under = under.parentElement;"
            " return getComputedStyle(e).color + ' ' + getComputedStyle(under).backgroundColor; })"
        )
        for pair in set(colours):
            assert contrast(pair) >= 4.5, (dark, pair)


def contrast(pair: str) -> float:
    numbers = [int(n) for n in pair.replace("rgb", "").translate(str.maketrans("(),", "   ")).split()]
    light, dark = sorted((luminance(numbers[:3]), luminance(numbers[3:])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: list[int]) -> float:
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (n / 255 for n in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("width", [320, 400, 800, 1400])
def test_a_name_in_a_table_stands_on_one_line(browser: Browser, pages: dict[str, Path], width: int) -> None:
    browser.show(pages["edited.en"], width)
    lines = browser.value(
        "[...document.querySelectorAll('.grid td code')].map(e => e.getClientRects().length)"
    )
    assert lines and set(lines) == {1}


@pytest.mark.parametrize("name", PAGES)
def test_paper_has_every_table_whole(
    browser: Browser, pages: dict[str, Path], name: str, tmp_path: Path
) -> None:
    browser.show(pages[name], 400)
    browser.value("document.querySelectorAll('.unfold input').forEach(e => { e.checked = true; })")
    texts = browser.value(
        "[...document.querySelectorAll('h1, h2, .said, dd, td:not(:has(.said)), details p')]"
        ".map(e => e.textContent)"
    )
    (tmp_path / "page.pdf").write_bytes(browser.pdf())
    command = ["pdftotext", "-raw", str(tmp_path / "page.pdf"), "-"]
    printed = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout

    def letters(text: str) -> str:
        # Where lines and words are broken does not matter, nor in which order cells of one row come.
        return "".join(c for c in text.casefold() if c.isalnum())

    missing = {text for text in texts if letters(text) not in letters(printed)}
    assert missing == set()
    assert len(texts) > 50
    # No title stands alone at the end of a page.
    titles = browser.value("[...document.querySelectorAll('h1, h2, h3, caption p')].map(e => e.textContent)")
    ends = [sheet.strip().splitlines()[-1] for sheet in printed.split("\f") if sheet.strip()]
    assert not {letters(end) for end in ends} & {letters(title) for title in titles}
