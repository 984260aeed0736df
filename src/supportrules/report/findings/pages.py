"""What the documentation says of a code: the section of the page that describes it."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import metadata
from pathlib import Path
from urllib.parse import urljoin

import supportrules

_FOLDER = Path(supportrules.__file__).parent / "docs"
# Their headings of the third level are codes.
_PAGES = ("checks", "load-errors", "timeline")
_LINK = re.compile(r"\[([^]]*)\]\(([^)\s]*)\)")


@dataclass(frozen=True)
class PageSection:
    """A section of a page.

    Args:
        address: where it can be read.
        markdown: the whole of it, with addresses in place of links between pages.
    """

    address: str
    markdown: str

    @property
    def text(self) -> str:
        """The whole of it as plain text."""
        return _plain(re.sub(r"^```\w*\n?", "", self.markdown, flags=re.MULTILINE))

    @property
    def summary(self) -> str:
        """What the code means: its first paragraph, without the kind of the finding."""
        first = _plain(self.markdown.partition("\n\n")[0]).replace("\n", " ")
        said = re.sub(r"^An? (error|warning): ", "", first)
        return said[:1].upper() + said[1:]


def homepage() -> str:
    """The address of the project."""
    listed: list[str] = metadata("supportrules").get_all("Project-URL") or []
    return dict(each.split(", ", 1) for each in listed)["Homepage"]


@functools.cache
def sections() -> Mapping[str, PageSection]:
    """The sections of all pages, by code."""
    found: dict[str, PageSection] = {}
    for page in _PAGES:
        address = f"{homepage()}/docs/{page}.md"
        text = (_FOLDER / f"{page}.md").read_text("utf-8")
        for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
            code, _, below = part.partition("\n")
            body = re.split(r"^## ", below, flags=re.MULTILINE)[0].strip()
            linked = _LINK.sub(lambda link, page=address: f"[{link[1]}]({urljoin(page, link[2])})", body)
            found[code] = PageSection(f"{address}#{code}", linked)
    return found


def _plain(markdown: str) -> str:
    return _LINK.sub(r"\1", markdown)
