"""Findings as SARIF 2.1.0, which code scanning and many editors read."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from supportrules import __version__
from supportrules.base.problem import Location, Problem
from supportrules.report.data import data_text
from supportrules.report.findings.form import Findings, witness_lines
from supportrules.report.findings.pages import PageSection, homepage, sections
from supportrules.report.locations import in_repository
from supportrules.report.problems import printable

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Data = dict[str, Any]


def sarif_text(findings: Findings) -> str:
    """Findings as a log of one run."""
    kinds = {problem.code: problem.kind for problem in findings.listed}
    codes = sorted(kinds)
    seen: Counter[str] = Counter()
    run: Data = {
        "tool": {
            "driver": {
                "name": "supportrules",
                "version": __version__,
                "semanticVersion": __version__,
                "informationUri": homepage(),
                "rules": [_rule(code, kinds[code]) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(findings.fault)],
        "results": [_result(findings, problem, codes, seen) for problem in findings.listed],
    }
    if findings.policy:
        run["properties"] = {"policy": asdict(findings.policy)}
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return data_text(log, indent=2) + "\n"


def _rule(code: str, kind: str) -> Data:
    """What the documentation says of a code; of one that it does not have, its words alone."""
    words = code.replace("-", " ")
    words = f"{words[:1].upper()}{words[1:]}."
    section = sections().get(code) or PageSection(homepage(), words)
    return {
        "id": code,
        "shortDescription": {"text": _literal(words)},
        "fullDescription": {"text": _literal(section.summary)},
        "help": {"text": _literal(section.text), "markdown": section.markdown},
        "helpUri": section.address,
        "defaultConfiguration": {"level": kind},
        # Nothing is a guess; code scanning sorts by both.
        "properties": {"precision": "very-high", "problem.severity": kind},
    }


def _invocation(fault: str | None) -> Data:
    invocation: Data = {"executionSuccessful": fault is None}
    if fault is not None:
        notification = {"level": "error", "message": {"text": _literal(printable(fault))}}
        invocation["toolExecutionNotifications"] = [notification]
    return invocation


def _result(findings: Findings, problem: Problem, codes: list[str], seen: Counter[str]) -> Data:
    text = [_literal(printable(problem.text))]
    # A link by number is how a reader of the log gets to a related place.
    text += [f"and [{_link(place)}]({number})" for number, place in enumerate(problem.related, start=1)]
    text += [_literal(line) for witness in problem.witnesses for line in witness_lines(witness)]
    result: Data = {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": problem.kind,
        "message": {"text": "\n".join(text)},
        "partialFingerprints": {"codeAndLine/v1": _fingerprint(problem, seen)},
        # Of all results, or of none.
        "suppressions": _suppressions(findings, problem),
    }
    if problem.location:
        result["locations"] = [{"physicalLocation": _physical(problem.location)}]
    if problem.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _physical(place)}
            for number, place in enumerate(problem.related, start=1)
        ]
    if problem.witnesses:
        result["properties"] = {"witnesses": [witness.to_dict() for witness in problem.witnesses]}
    return result


def _suppressions(findings: Findings, problem: Problem) -> list[Mapping[str, str]]:
    if problem.allowed is None:
        return []
    return [{"kind": "inSource", "status": "accepted", "justification": findings.reason(problem)}]


def _physical(place: Location) -> Data:
    path = in_repository(place).file
    uri = Path(path).as_uri() if Path(path).is_absolute() else quote(os.fsencode(path))
    physical: Data = {"artifactLocation": {"uri": uri}}
    if place.line:
        region: Data = {"startLine": place.line}
        if place.column:
            region["startColumn"] = place.column
        if place.text:
            region["snippet"] = {"text": printable(place.text)}
        physical["region"] = region
    return physical


def _fingerprint(problem: Problem, seen: Counter[str]) -> str:
    """What is the same for a finding whose line has moved: its code, its line, and which of these it is."""
    line = problem.location.text.strip() if problem.location else ""
    digest = hashlib.sha256(f"{problem.code}\n{line}".encode("utf-8", "replace")).hexdigest()[:32]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"


def _literal(text: str) -> str:
    """Text without what a message has of its own: placeholders such as `{0}`, and links."""
    text = re.sub(r"\{(\d+)\}", r"{{\1}}", text)
    return re.sub(r"\[(?=[^]]*\]\()", r"\\[", text)


def _link(place: Location) -> str:
    return re.sub(r"([\\\[\]])", r"\\\1", printable(str(in_repository(place))))
