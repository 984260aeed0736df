"""One line of a ledger: a logged decision, chained to the line before it by SHA-256.

The hash is over all that stands before it in the line, of which the hash of the line before is a part.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self

import msgspec

from supportrules import __version__
from supportrules.base.problem import Location, Problem
from supportrules.base.strict_json import NotJson, read_json
from supportrules.engine.decision import FORMAT, Json, PolicyRef
from supportrules.errors import NotLogged
from supportrules.history.ledger.format import as_format_2, misshapen
from supportrules.time import public_holidays, zones

# Longer than any line that is written: what is longer is none, and is not held in memory.
MAX_LINE = 4_000_000
# More lines than any ledger has; every reader of JSON takes such a number as it is.
MOST_LINES = 999_999_999_999_999
_SHA = "sha256:[0-9a-f]{64}"
_BEGINNING = re.compile(
    rf'\{{"format":[1-{FORMAT}],"sequence":([1-9][0-9]{{0,14}}),"previous":(?:null|"({_SHA})"),'
    r'("begins_file":true,)?"time":'.encode()
)
_ENDING = re.compile(rf',"hash":"({_SHA})"\}}'.encode())
_ENDING_LENGTH = len(',"hash":"sha256:"}') + 64
_OTHER_FORMAT = re.compile(rb'\{"format":([0-9]{1,9}),')


class Link(NamedTuple):
    """What the next line is chained to: the number of a line, and its hash; of the first line 0 and None."""

    sequence: int
    hash: str | None


START = Link(0, None)


class Calendars(NamedTuple):
    """The versions of the data that deadlines rest on: of the packages ``holidays`` and ``tzdata``."""

    holidays: str
    tzdata: str

    @classmethod
    def here(cls) -> Self:
        """Those that are installed."""
        return cls(public_holidays.version(), zones.tzdata_version())


class LineProblem(Exception):
    """Bytes that are no line as it was written."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


@dataclass(frozen=True)
class Line:
    """A decision as it was logged.

    Args:
        sequence: its number, from 1 on.
        previous: the hash of the line before; None in the first line.
        time: when it was logged, in UTC.
        software: the version of this package that decided.
        policy: the policy that decided.
        calendars: the calendar data that deadlines rested on.
        ticket: the facts as the ticket gave them, masked ones as their keyed hash.
        masked: the facts that are masked.
        defaults: whether facts that were not given took their defaults, or the names of those that did.
        decision: as `Decision.to_dict` has it.
        hash: its own.
        location: its place in the file.
        read: how many bytes of the file were read with it.
    """

    sequence: int
    previous: str | None
    time: str
    software: str
    policy: PolicyRef
    calendars: Calendars
    ticket: Mapping[str, Any]
    masked: tuple[str, ...]
    defaults: bool | tuple[str, ...]
    decision: Json
    hash: str
    location: Location = field(compare=False)
    read: int = field(default=0, compare=False)

    @property
    def ticket_id(self) -> str | None:
        """What the ticket is called; None where it has no name, or where that is masked."""
        name = self.decision["ticket"]
        return None if any(name == self.ticket.get(fact) for fact in self.masked) else name


def body(
    policy: PolicyRef,
    ticket: Mapping[str, Any],
    masked: Collection[str],
    defaults: bool | Collection[str],
    decision: Json,
) -> bytes:
    """What a line says, but for its place in the chain.

    Raises:
        NotLogged: there is no such line.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    data = {
        "time": now,
        "software": __version__,
        "policy": policy.to_dict(),
        "calendars": Calendars.here()._asdict(),
        "ticket": dict(ticket),
        "masked": sorted(masked),
        "defaults": defaults if isinstance(defaults, bool) else sorted(defaults),
        "decision": decision,
    }
    try:
        said = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)[1:-1].encode()
    except (TypeError, ValueError) as error:
        raise NotLogged(Problem("not-logged", f"no JSON can say this ticket: {error}")) from None
    if len(said) > MAX_LINE - 1000:
        raise NotLogged(Problem("not-logged", f"a line of more than {MAX_LINE / 1e6:g} MB can't be logged"))
    return said


def chained(body: bytes, before: Link, *, begins_file: bool = False) -> tuple[bytes, Link]:
    """A whole line with its line end, and what the next one is chained to.

    Args:
        begins_file: whether it is the first line of a file that goes on after another one.
    """
    sequence = before.sequence + 1
    previous = "null" if before.hash is None else f'"{before.hash}"'
    start = f'{{"format":{FORMAT},"sequence":{sequence},"previous":{previous},'.encode()
    start += b'"begins_file":true,' if begins_file else b""
    hash = _hash(start + body)
    link = Link(sequence, hash)
    return start + body + ending(link), link


def ending(link: Link) -> bytes:
    """How the line ends that the next one is chained to."""
    return f',"hash":"{link.hash}"}}\n'.encode()


def link_of(raw: bytes) -> tuple[Link, Link]:
    """What a line says that it is chained to, and what the next one is chained to.

    Args:
        raw: the line without its end.

    Raises:
        LineProblem: it is no line, or not as it was written.
    """
    beginning, end = _frame(raw)
    if beginning is None or end is None:
        other = _OTHER_FORMAT.match(raw)
        if other and not 1 <= int(other[1]) <= FORMAT:
            message = f"format {int(other[1])}, and this version reads formats up to {FORMAT}"
            raise LineProblem("format", message)
        raise LineProblem("not-a-line", "no line of a ledger")
    said = end[1].decode()
    found = _hash(raw[: end.start()])
    if said != found:
        raise LineProblem("altered", f"altered: its hash is {found}, and it says {said}")
    sequence = int(beginning[1])
    previous = None if beginning[2] is None else beginning[2].decode()
    return Link(sequence - 1, previous), Link(sequence, said)


def begins_file(raw: bytes) -> bool:
    """Whether a line says that it is the first one of a file that goes on after another one."""
    found = _BEGINNING.match(raw)
    return found is not None and found[3] is not None


def stated(raw: bytes) -> Link | None:
    """What the next line should be chained to by what an altered line says, if it says so."""
    beginning, end = _frame(raw)
    return Link(int(beginning[1]), end[1].decode()) if beginning and end else None


def _frame(raw: bytes) -> tuple[re.Match[bytes] | None, re.Match[bytes] | None]:
    """What a line begins and ends with: its place in the chain, and its hash."""
    return _BEGINNING.match(raw), _ENDING.fullmatch(raw, max(0, len(raw) - _ENDING_LENGTH))


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def line_data(raw: bytes) -> Any:
    """The JSON of a line, in which no key stands twice in an object.

    Raises:
        NotJson: one does.
        ValueError, RecursionError: it is no JSON.
    """
    # What is the same when it is written again has lost no key. That is faster than to look for one.
    with suppress(ValueError, RecursionError):
        data = msgspec.json.decode(raw)
        if msgspec.json.encode(data) == raw:
            return data
    return read_json(raw)


def parsed(raw: bytes, location: Location, read: int) -> Line:
    """A line that is as it was written → what it says.

    Raises:
        LineProblem: it does not say what a line says.
    """
    try:
        data = line_data(raw)
    except NotJson as error:
        raise LineProblem("not-a-line", f"damaged: {error}") from None
    except (ValueError, RecursionError):
        raise LineProblem("not-a-line", "no line of a ledger: it is no JSON") from None
    data = as_format_2(data)
    problem = misshapen(data)
    if problem is not None:
        raise LineProblem("not-a-line", f"no line of a ledger: {problem}")
    defaults = data["defaults"]
    return Line(
        data["sequence"],
        data["previous"],
        data["time"],
        data["software"],
        PolicyRef(**data["policy"]),
        Calendars(**data["calendars"]),
        data["ticket"],
        tuple(data["masked"]),
        defaults if isinstance(defaults, bool) else tuple(defaults),
        data["decision"],
        data["hash"],
        location,
        read,
    )
