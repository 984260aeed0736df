"""What a line of a ledger looks like: its hash does not say that, since anybody can compute one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Shape(msgspec.Struct, forbid_unknown_fields=True):
    pass


class _Policy(_Shape):
    name: str
    version: str
    digest: str


class _Calendars(_Shape):
    holidays: str
    tzdata: str


class _Refusal(_Shape):
    rule: str
    says: dict[str, str]


class _Channel(_Shape):
    eligible: bool | None
    hours: str | None
    # Earlier versions did not log it.
    says: list[_Refusal] = []


class _Window(_Shape):
    opens_at: _Instant
    closes_at: _Instant


class _Response(_Shape):
    committed: bool
    target: str | None
    clock: str
    due_at: _Instant | None
    due_at_local: str | None
    window: _Window | None


class _Reopening(_Shape):
    until: _Instant


class _Undetermined(_Shape):
    possible: list[str | bool | dict[str, str | bool | None] | None]
    missing: list[str]


class _Note(_Shape):
    code: str
    text: dict[str, str]


class _Derived(msgspec.Struct, rename={"inputs": "from"}):
    rule: str | None
    concludes: str
    value: Any
    inputs: dict[str, Any]
    basis: str
    source: list[str]
    location: str | None
    overridden_by: str | None
    agreed_by: list[str] = []


class _Decision(_Shape):
    ticket: str | None
    policy: _Policy
    category: str | None
    severity: str | None
    channels: dict[str, _Channel]
    response: _Response | None
    reopen: _Reopening | None
    undetermined: dict[str, _Undetermined]
    notes: list[_Note]
    basis: dict[str, str | None]
    derivation: list[_Derived]


class _LedgerLine(_Shape):
    format: Literal[1]
    sequence: int
    previous: str | None
    time: _Instant
    software: str
    policy: _Policy
    calendars: _Calendars
    ticket: dict[str, Any]
    masked: list[str]
    defaults: bool | list[str]
    decision: _Decision
    hash: str
    begins_file: bool = False


def misshapen(line: Any) -> str | None:
    """Why JSON data is no line, in words; None where it is one."""
    try:
        msgspec.convert(line, _LedgerLine)
    except msgspec.ValidationError as error:
        said = str(error)
        return said[0].lower() + said[1:]
    return None


def moment(text: str) -> datetime:
    """A time of a line."""
    return msgspec.convert(text, datetime)
