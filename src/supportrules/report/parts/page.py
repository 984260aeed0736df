"""The parts of a report as one HTML file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from supportrules.report.parts import Part
from supportrules.report.problems import printable
from supportrules.report.words import Words


def templates(*packages: str) -> Environment:
    """What draws pages.

    Args:
        packages: with templates of their own, beside those that draw parts.
    """
    return Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in (*packages, __package__)]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def html_page(title: str, parts: Sequence[Part], words: Words) -> str:
    """A page that needs no other file.

    Args:
        words: of the language of the title and the parts.
    """
    return templates().get_template("report.html").render(title=title, parts=parts, words=words)


def _shown(value: Any) -> Any:
    """What a template puts on the page: what comes from outside only shows itself."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
