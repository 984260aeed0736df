"""Test vectors of promise clocks: what happened to one promise, and what is right for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from supportrules.base.problem import Location, Problem
from supportrules.base.strict_json import read_json
from supportrules.base.wording import describe
from supportrules.cases.cases import Mismatch
from supportrules.errors import CalendarError, InputError
from supportrules.policy.binding.calendars import interval
from supportrules.policy.documents import DocumentError, Node, Path, decode, read_documents
from supportrules.policy.format import DAYS
from supportrules.policy.schema import validate
from supportrules.policy.vocabulary import Instant, read_instant, unknown_timezone
from supportrules.time import zones
from supportrules.time.calendars import Week
from supportrules.time.clocks import NEVER_STOPS, Clock, Place
from supportrules.time.instants import instant, utc_text
from supportrules.time.judgement import Judgement, Terms, TermsChange, judge, judge_repeated
from supportrules.time.observances import NO_HOLIDAYS
from supportrules.time.openness import DAY
from supportrules.time.paused_time import Pause
from supportrules.time.targets import Duration, Target, duration

Json = Mapping[str, Any]

SCHEMA = "vectors/vector"
"""The name of the schema of a vector."""

_NEXT_DAY = "next_day"
# What JSON has and YAML has not: a character in two escapes, and characters that are line breaks there.
_JSON_ONLY = re.compile(r"(\\u[dD][89abAB]..\\u[dD][c-fC-F]..)|([\x85\u2028\u2029])|\\.")


@dataclass(frozen=True)
class Vector:
    """A test vector.

    Args:
        data: what it says; its schema holds.
        document: the same with places.
    """

    data: Json
    document: Node

    @property
    def name(self) -> str:
        """What it shows."""
        return str(self.data["name"])

    @property
    def location(self) -> Location:
        """Where it stands."""
        return self.document.location

    def run(self) -> VectorOutcome:
        """Judges the promise, and compares that with what is expected."""
        problems = tuple(self._problems())
        if problems:
            return VectorOutcome(self, {}, (), problems)
        try:
            found = self._found()
        except CalendarError as error:
            problem = Problem("no-calendar", error.reason, "", self.document.place(("starts",)))
            return VectorOutcome(self, {}, (), (problem,))
        except OverflowError:
            message = "a time lies outside the years 1 to 9999"
            return VectorOutcome(self, {}, (), (Problem("no-calendar", message, "", self.location),))
        return VectorOutcome(self, found, tuple(self._differences(self.data["expect"], found, ("expect",))))

    # What is found

    def _found(self) -> dict[str, Any]:
        data, hours = self.data, self.data["hours"]
        text = data.get("target") or data["every"]
        terms, changes = self._terms(text, hours), []
        for change in self._changes:
            changed, effect = (change.get("target", text), change.get("hours", hours)), change["on_change"]
            changes.append(TermsChange(_seconds(change["at"]), self._terms(*changed), effect))
            # What has no effect is nothing that a later change could leave as it was.
            text, hours = (text, hours) if effect == "keep" else changed
        starts, at = _seconds(data["starts"]), self._seconds("at")
        pauses = [Pause(_seconds(start), end and _seconds(end)) for start, end in data.get("paused", ())]
        if "every" not in data:
            return _judgement_data(judge(terms, starts, pauses, changes, ended=self._seconds("ended"), at=at))
        fulfilled = [_seconds(each) for each in data.get("fulfilled", ())]
        intervals = judge_repeated(
            terms, starts, fulfilled, pauses, changes, until=self._seconds("until"), at=at
        )
        told = [
            {
                "starts": _utc(each.starts),
                "due": _utc(each.judgement.due),
                "ended": _utc(each.ended),
                "status": each.judgement.status,
            }
            for each in intervals
        ]
        return {**_judgement_data(intervals[-1].judgement), "intervals": told}

    def _terms(self, text: str, hours: str | Mapping[str, Sequence[str]]) -> Terms:
        target = Target.of("next_business_day" if text == _NEXT_DAY else text)
        clock = target.runs_in(NEVER_STOPS.dates if isinstance(hours, str) else self._clock(hours))
        return Terms(target, clock.calendar(Place(self.data["timezone"])))

    def _clock(self, hours: Mapping[str, Sequence[str]]) -> Clock:
        days = tuple(tuple(sorted(map(interval, hours.get(day, ())))) for day in DAYS)
        closed = ((date.fromisoformat(day), (), "closed") for day in self.data.get("closed", ()))
        return Clock("hours", Week(days, tuple(closed)), NO_HOLIDAYS)

    def _seconds(self, key: str) -> int | None:
        text = self.data.get(key)
        return None if text is None else _seconds(text)

    # What is wrong with it

    def _problems(self) -> Iterator[Problem]:
        """What is wrong with it beyond its schema."""
        zone = self.data["timezone"]
        if zone not in zones.zone_names():
            yield unknown_timezone(zone, self._place("timezone"))
        for index, day in enumerate(self.data.get("closed", ())):
            if not _is_date(day):
                yield self._wrong(f"there is no {day}", "", "closed", index)
        changed = (("changes", n, "hours") for n, each in enumerate(self._changes) if "hours" in each)
        for path in (("hours",), *changed):
            yield from self._hours_problems(path)
        unread = [
            Problem(found.code, found.message, found.hint, self._place(*path))
            for path, text in self._instants()
            if isinstance(found := read_instant(_name(path), text), Problem)
        ]
        yield from unread
        if not unread:
            yield from self._order_problems()

    @property
    def _changes(self) -> Sequence[Json]:
        changes: Sequence[Json] = self.data.get("changes", ())
        return changes

    def _instants(self) -> Iterator[tuple[Path, str]]:
        """The instants in it, and where they stand."""
        for key in ("starts", "ended", "until", "at"):
            if self.data.get(key) is not None:
                yield (key,), self.data[key]
        for index, change in enumerate(self._changes):
            yield ("changes", index, "at"), change["at"]
        for index, text in enumerate(self.data.get("fulfilled", ())):
            yield ("fulfilled", index), text
        for index, pause in enumerate(self.data.get("paused", ())):
            for side, text in enumerate(pause):
                if text is not None:
                    yield ("paused", index, side), text

    def _hours_problems(self, path: Path) -> Iterator[Problem]:
        """What is wrong with hours, by day."""
        hours = _at(self.data, path)
        if isinstance(hours, str):
            return
        for number, day in enumerate(DAYS):
            spans = [interval(text) for text in hours.get(day, ())]
            tomorrow = [
                (start + DAY, end + DAY)
                for start, end in map(interval, hours.get(DAYS[(number + 1) % 7], ()))
            ]
            for index, (text, (start, end)) in enumerate(zip(hours.get(day, ()), spans, strict=True)):
                others = [*spans[:index], *tomorrow]
                if start == end:
                    hint = "a whole day is `00:00-24:00`"
                    yield self._wrong(f"`{text}` is no stretch of a day", hint, *path, day, index)
                elif any(start < closes and opens < end for opens, closes in others):
                    yield self._wrong(f"`{text}` overlaps with other hours", "", *path, day, index)

    def _order_problems(self) -> Iterator[Problem]:
        """What comes too early."""
        starts = self._moment(("starts",))
        for key in ("ended", "until"):
            if self.data.get(key) is not None and self._moment((key,)) < starts:
                yield self._wrong(f"`{key}` is before `starts`", "", key)
        for key, path in (("changes", ("at",)), ("fulfilled", ())):
            before = starts
            for index in range(len(self.data.get(key, ()))):
                moment = self._moment((key, index, *path))
                if moment < before:
                    than = "`starts`" if before == starts else "the one that is listed before it"
                    yield self._wrong(f"an entry of `{key}` is before {than}", "", key, index)
                before = max(before, moment)
        for index, (_, end) in enumerate(self.data.get("paused", ())):
            if end is not None and self._moment(("paused", index, 1)) < self._moment(("paused", index, 0)):
                yield self._wrong("a pause ends before it begins", "", "paused", index)
        if "every" in self.data and self.data.get("ended") is not None:
            hint = "give the instants as `fulfilled`, and the end of the last interval as `until`"
            yield self._wrong("a promise that repeats has no `ended`", hint, "ended")

    def _moment(self, path: Path) -> int:
        return _seconds(_at(self.data, path))

    def _wrong(self, message: str, hint: str, *path: str | int) -> Problem:
        return Problem("wrong-value", message, hint, self._place(*path))

    def _place(self, *path: str | int) -> Location:
        return self.document.place(path)

    # What differs

    def _differences(self, expected: Json, found: Json, path: Path) -> Iterator[Mismatch]:
        for key, wanted in expected.items():
            where = (*path, key)
            if key == "intervals":
                yield from self._interval_differences(wanted, found.get(key), where)
            elif _same(key, wanted, found.get(key)):
                continue
            else:
                names = tuple(str(step) for step in where[1:])
                yield Mismatch(names, wanted, found.get(key), self._place(*where))

    def _interval_differences(
        self, expected: Sequence[Json], found: Sequence[Json] | None, path: Path
    ) -> Iterator[Mismatch]:
        if found is None or len(expected) != len(found):
            yield Mismatch(("intervals",), list(expected), found, self._place(*path))
            return
        for index, (wanted, each) in enumerate(zip(expected, found, strict=True)):
            yield from self._differences(wanted, each, (*path, index))


@dataclass(frozen=True)
class VectorOutcome:
    """What came of a vector.

    Args:
        found: how it stands with the promise, in the form of `expect`; empty where it could not be judged.
        differences: what is not as the vector expects; none if it passes.
        problems: what kept it from being judged.
    """

    vector: Vector
    found: Json
    differences: tuple[Mismatch, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it was judged, and all is as it expects."""
        return not self.differences and not self.problems


def read_vectors(data: bytes, name: str) -> Iterator[Vector | tuple[Problem, ...]]:
    """The vectors of a file of JSON lines, and what is wrong with each line that holds no vector.

    Args:
        data: UTF-8.
        name: of the file, for places.

    Raises:
        InputError: it is not UTF-8, or has no vector.
    """
    try:
        text = decode(data, name)
    except DocumentError as error:
        raise InputError(error.problem) from None
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not lines:
        hint = "write one JSON object a line"
        raise InputError(Problem("empty-file", "no vector", hint, Location(name)))
    for number, line in lines:
        yield _vector(line.rstrip("\r"), name, number)


def _vector(line: str, name: str, number: int) -> Vector | tuple[Problem, ...]:
    try:
        data = read_json(line.encode())
    except json.JSONDecodeError as error:
        place = Location(name, number, error.pos + 1, line)
        return (Problem("json-syntax", f"not JSON: {error.msg.lower()}", "", place),)
    except (ValueError, RecursionError) as error:
        return (Problem("json-syntax", f"not JSON: {error}", "", Location(name, number, 1, line)),)
    if not isinstance(data, dict):
        message = f"a vector is an object, not {describe(data)}"
        return (Problem("wrong-type", message, "", Location(name, number, 1, line)),)
    try:
        (document,), _ = read_documents(_JSON_ONLY.sub(_as_yaml, line), name, line=number)
    except DocumentError as error:
        return (error.problem,)
    problems = validate(SCHEMA, document)
    return tuple(problems) or Vector(data, document)


def _as_yaml(found: re.Match[str]) -> str:
    """Something of the same length that both read, so that all places stay."""
    if found[1]:
        return r"\ufffd\ufffd"
    return "\ufffd" if found[2] else found[0]


def _judgement_data(judgement: Judgement) -> dict[str, Any]:
    return {
        "due": _utc(judgement.due),
        "status": judgement.status,
        "used": _length(judgement.used),
        "remaining": _length(judgement.remaining),
        "late_by": _length(judgement.late_by),
    }


def _utc(seconds: int | None) -> str | None:
    return None if seconds is None else utc_text(instant(seconds))


def _length(seconds: int | None) -> str | None:
    return None if seconds is None else Duration(seconds).text


def _seconds(text: str) -> int:
    found = read_instant("", text)
    assert isinstance(found, Instant)
    return found.seconds


def _same(key: str, expected: str | None, found: str | None) -> bool:
    """Whether two values mean the same: PT60M is PT1H."""
    if expected is None or found is None or key not in ("used", "remaining", "late_by"):
        return expected == found
    return duration(expected) == duration(found)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _name(path: Path) -> str:
    return ".".join(str(step) for step in path if isinstance(step, str))


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data
