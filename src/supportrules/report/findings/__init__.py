"""What a check found, for people and for the programs that read it, one module for each format."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from supportrules.report.findings.data import json_text
from supportrules.report.findings.form import Findings, counted
from supportrules.report.findings.github import github_text
from supportrules.report.findings.junit import junit_text
from supportrules.report.findings.pretty import pretty_text
from supportrules.report.findings.sarif import sarif_text

__all__ = ["FORMATS", "Findings", "counted"]

FORMATS: Mapping[str, Callable[[Findings], str]] = {
    "pretty": pretty_text,
    "json": json_text,
    "github": github_text,
    "sarif": sarif_text,
    "junit": junit_text,
}
