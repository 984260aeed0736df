"""What is wrong with a timeline: its versions side by side.

A check is a function from a timeline to findings; `CODES` has the codes of all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal

from supportrules.base.problem import Problem, ordered
from supportrules.history.timeline.timeline import Timeline, by_day, overlap
from supportrules.history.timeline.version import Version

CODES: Mapping[str, Literal["error", "warning"]] = {
    "gap": "error",
    "overlap": "error",
    "content-changed": "error",
    "earlier-date": "error",
    "other-name": "error",
}

# Of a version in numbers: `2.10`, `v1`, `2014-09-03`.
_NUMBERS = re.compile(r"[vV]?([0-9]+(?:([.-])[0-9]+(?:\2[0-9]+)*)?)")


def check_timeline(timeline: Timeline) -> tuple[Problem, ...]:
    """All findings about the versions of a timeline, by place; and why a version does not load."""
    checks = (gaps, overlaps, changed_contents, earlier_dates, other_names)
    return ordered(problem for check in checks for problem in check(timeline))


def gaps(timeline: Timeline) -> Iterator[Problem]:
    """Versions that do not load: nothing can be decided while they are in force."""
    for version in timeline.versions:
        if version.problems:
            end = f" to {version.last_day}" if version.last_day else " on"
            message = f"nothing is decided from {version.effective_from}{end}: this version does not load"
            yield Problem("gap", message, "mend it", version.place("effective_from"))
            yield from version.problems


def overlaps(timeline: Timeline) -> Iterator[Problem]:
    """Versions in force from the same day that do not say the same."""
    for group in by_day(timeline.versions):
        loaded = [version for version in group if not version.problems]
        for number, version in enumerate(loaded):
            others = [other for other in loaded[:number] if other.policy != version.policy]
            if others:
                yield overlap(others[0], version)


def changed_contents(timeline: Timeline) -> Iterator[Problem]:
    """Versions of one number that do not say the same."""
    seen: dict[tuple[str, str], Version] = {}
    for version in timeline.versions:
        if version.problems:
            continue
        first = seen.setdefault((version.name, version.version), version)
        if first.policy != version.policy:
            message = f"`{version.version}` says something else than in `{first.where}`"
            hint = "give what changed a new `version`"
            place, related = version.place("version"), (first.place("version"),)
            yield Problem("content-changed", message, hint, place, related=related)


def earlier_dates(timeline: Timeline) -> Iterator[Problem]:
    """Versions that are in force before one that they follow."""
    for version in timeline.versions:
        # Of those that it follows the last in force is named.
        for other in reversed(timeline.versions):
            if other.effective_from <= version.effective_from:
                break
            if (name := _following(version, other)) is not None:
                message = (
                    f"in force from {version.effective_from}, before `{other.version}`, which it follows "
                    f"and which is in force from {other.effective_from}"
                )
                hint = "give the later version the later day"
                place, related = version.place("effective_from", name), (other.place("effective_from"),)
                yield Problem("earlier-date", message, hint, place, related=related)
                break


def other_names(timeline: Timeline) -> Iterator[Problem]:
    """Versions of another policy than most are."""
    (usual, _), *_ = Counter(version.name for version in timeline.versions).most_common(1)
    named = next(version for version in timeline.versions if version.name == usual)
    for version in timeline.versions:
        if version.name != usual:
            message = f"this is `{version.name}`, and other versions are of `{usual}`"
            hint = "a timeline has the versions of one policy"
            yield Problem("other-name", message, hint, version.place("name"), related=(named.place("name"),))


def _following(version: Version, other: Version) -> str | None:
    """The name under which a version comes after another: in the history, else by their numbers."""
    if version.ancestors is not None:
        followed, others = version.ancestors, frozenset(other.names)
        return next((name for name in version.names if followed[name] & others), None)
    mine, theirs = _numbers(version), _numbers(other)
    after = mine is not None and theirs is not None and mine[0] == theirs[0] and mine[1] > theirs[1]
    return version.where if after else None


def _numbers(version: Version) -> tuple[str, tuple[tuple[int, str], ...]] | None:
    """The sign between the numbers of a version, and the numbers; None where it is not made of such.

    Versions that are written in different ways are in no order.
    """
    found = _NUMBERS.fullmatch(version.version)
    if not found:
        return None
    sign = found[2] or "."
    # In the order of numbers, of however many digits.
    digits = (number.lstrip("0") for number in found[1].split(sign))
    return sign, tuple((len(each), each) for each in digits)
