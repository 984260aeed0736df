"""The facts of a ticket: names, types, values and defaults; a ticket's fields → facts."""

from __future__ import annotations

import functools
import re
from calendar import timegm
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, NamedTuple, Protocol

from supportrules.base.frozen import FrozenDict
from supportrules.base.problem import Location, Problem
from supportrules.base.wording import (
    accepted_names,
    describe,
    did_you_mean,
    near_names,
    nearest,
    not_an_object,
    unknown_name,
)
from supportrules.errors import TicketError
from supportrules.time import places, zones

Label = Mapping[str, str]
# The types of facts that have too many values to remember tickets by.
_MANY = frozenset(["text", "number", "instant"])
_BOOLEAN = frozenset([bool, type(None)])
_TIME = "an RFC 3339 time with an offset, such as `2014-09-05T11:30:00+02:00`"
_COUNTRY = "an ISO 3166-1 alpha-2 code such as `FR`"
_SUBDIVISION = "an ISO 3166-2 code such as `GB-ENG`"
FactType = Literal[
    "text", "boolean", "number", "choice", "level", "country", "subdivision", "timezone", "instant"
]
NONE: Final = "none"
UNSEEN: Final = frozenset[FactType](["text", "subdivision", "timezone", "instant"])
"""The types of facts that rules can test only for being given."""


class Unknown:
    """The value of a fact of which nothing is known; there is one, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __reduce__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


class Instant(NamedTuple):
    """A point in time: seconds since 1970 in UTC, and the offset it was written with, in seconds."""

    seconds: int
    offset: int


@dataclass(frozen=True)
class Allowance:
    """Why a finding is right where it stands, and the clauses that say so."""

    reason: Label
    source: tuple[str, ...]


@dataclass(frozen=True)
class Origin:
    """Where something in a policy comes from: its clauses, how sure they are, its place in the YAML.

    Args:
        review_by: the day by which somebody should look at it again, or None.
        allow: the findings that are right there, by code.
        formerly: the names that it had before.
    """

    source: tuple[str, ...]
    basis: str
    location: Location = field(compare=False)
    review_by: date | None = None
    allow: Mapping[str, Allowance] = field(default_factory=FrozenDict)
    formerly: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class OnlyZoneOf:
    """A default: the only time zone of the country that another fact names."""

    country: str


@dataclass(frozen=True)
class Fact:
    """A fact that a ticket may give.

    Args:
        values: the accepted values with their labels, for types that have few.
        default: the value when the ticket gives none; None is "none" as a value, UNKNOWN no default.
        optional: not given means absent, and not unknown.
        no_effect: why no rule reads it, or None.
        worsens: the values from the mildest to the worst, or for a number ``upwards`` or ``downwards``.
        renamed: the names that values have now, by those that they had before.
        country: for a subdivision, the fact that holds its country, if there is one.
        labels: for a country or subdivision, names of the policy's own for some codes.
    """

    name: str
    type: FactType
    label: Label
    question: Label
    origin: Origin
    values: Mapping[str, Label]
    default: object = UNKNOWN
    optional: bool = False
    minimum: int | None = None
    maximum: int | None = None
    no_effect: Label | None = None
    worsens: tuple[str | bool | int, ...] | str = ()
    renamed: Mapping[str, str] = field(default_factory=FrozenDict, compare=False)
    country: str | None = None
    labels: Mapping[str, Label] = field(default_factory=FrozenDict)

    @property
    def may_be_none(self) -> bool:
        """Whether absence is a value of its own."""
        return self.optional or self.default is None


@dataclass(frozen=True)
class Facts:
    """What is known of a ticket: every fact of the vocabulary with its value, None, or UNKNOWN."""

    values: Mapping[str, Any]
    defaulted: frozenset[str]


class Fields(Protocol):
    """The facts by which a table of tickets is read."""

    @property
    def facts(self) -> Mapping[str, Fact]:
        """The facts by name."""

    def from_text(self, row: Mapping[str, str]) -> dict[str, Any]:
        """A row of texts → a ticket."""


class Texts(dict[str, str]):
    """A ticket's fields as texts, of which the facts that they are of will say what they mean."""


class Vocabulary:
    """All facts of a policy.

    Attributes:
        subdivisions: the facts of type subdivision, each with the fact that holds its country.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.facts: Mapping[str, Fact] = FrozenDict({fact.name: fact for fact in facts})
        self._parsers = {fact.name: _parser(fact) for fact in self.facts.values()}
        self._few = tuple(n for n, fact in self.facts.items() if fact.type not in _MANY)
        self._booleans = tuple(n for n in self._few if self.facts[n].type == "boolean")
        self._others = tuple((n, self._parsers[n]) for n in self.facts if n not in self._few)
        # By name of a field that is no fact, the facts that it can be meant for.
        self.meant = functools.lru_cache(_MOST_NAMES)(functools.partial(meant_facts, facts=self.facts))
        self._from_text = {n: _FROM_TEXT[f.type] for n, f in self.facts.items() if f.type in _FROM_TEXT}
        # What the facts of an empty ticket are, without defaults and with them.
        self._absent = {n: None if fact.optional else UNKNOWN for n, fact in self.facts.items()}
        simple = {
            n: fact.default
            for n, fact in self.facts.items()
            if fact.default is not UNKNOWN and not isinstance(fact.default, OnlyZoneOf)
        }
        self._defaults, self._defaulted = self._absent | simple, frozenset(simple)
        self._zones = [
            (n, fact.default.country)
            for n, fact in self.facts.items()
            if isinstance(fact.default, OnlyZoneOf)
        ]
        self.subdivisions: Mapping[str, str] = FrozenDict(
            {n: f.country for n, f in self.facts.items() if f.country is not None and f.country in self.facts}
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.facts == other.facts

    def __reduce__(self) -> tuple[type[Vocabulary], tuple[tuple[Fact, ...]]]:
        return Vocabulary, (tuple(self.facts.values()),)

    def read(
        self,
        ticket: Mapping[str, object],
        *,
        defaults: bool | Collection[str] = True,
        extra: bool = False,
        ignore: Collection[str] = (),
    ) -> Facts:
        """A ticket's fields → facts.

        Args:
            ticket: field names and values; null means not given. `Texts` are read as `from_text` does.
            defaults: whether facts that are not given take their defaults, or the names of those that do.
            extra: whether fields that are no facts are ignored, unless a fact can be meant.
            ignore: the names of fields to ignore where they are no facts.

        Raises:
            TicketError: with every problem that the ticket has.
            TypeError: `defaults` or `ignore` is a text, which is no names but letters.
        """
        if isinstance(defaults, str):
            raise TypeError(f"`defaults` is True, False, or the names of facts such as [{defaults!r}]")
        check_names(ignore)
        if not isinstance(ticket, Mapping):
            raise TicketError([not_an_object(ticket)])
        ticket = self.fields(ticket)
        problems: list[Problem] = []
        given: dict[str, object] = {}
        parsers = self._parsers
        for name, raw in ticket.items():
            if raw is None and name in parsers:
                continue
            parse = parsers.get(name)
            if parse is None:
                if problem := unknown_field(name, self.facts, extra, ignore):
                    problems.append(replace(problem, value=raw))
                continue
            value = parse(raw)
            if isinstance(value, Problem):
                problems.append(value)
            else:
                given[name] = value
        for name, country in self.subdivisions.items():
            if name in given:
                # Where it lies is no guess.
                told = given.setdefault(country, places.country(str(given[name])))
                if told != places.country(str(given[name])):
                    problems.append(_elsewhere(name, str(given[name]), country, str(told)))
        if ticket and not any(name in parsers for name in ticket):
            around = _not_a_ticket(ticket, self.facts)
            problems = [around] if around else problems or [no_facts("field", self.facts)]
        if problems:
            raise TicketError(problems)
        return self._complete(given, defaults)

    def accepts(self, ticket: Mapping[str, object], extra: bool, ignore: Collection[str]) -> bool:
        """Whether `read` has no problem with the names of a ticket's fields."""
        facts = self.facts
        if ticket.keys() <= facts.keys():
            return True
        some = False
        for name in ticket:
            if name in facts:
                some = True
            elif name not in ignore and (not extra or self.meant(name)):
                return False
        return some

    def split(
        self, ticket: Mapping[str, object], *, extra: bool = False, ignore: Collection[str] = ()
    ) -> tuple[tuple[object, ...], dict[str, Any]] | None:
        """What a ticket gives for facts of few values, and for the others: texts, numbers, times.

        Args:
            ticket, extra, ignore: as `read` takes them.

        Returns:
            The values of the facts of few values as they are, accepted or not, None where they are not given;
            and the others that are given, as `read` makes them. None where `read` has a problem to tell.
        """
        if not self.accepts(ticket, extra, ignore):
            return None
        get = ticket.get
        for name in self._booleans:
            # A 1 is none, and yet equal to one.
            if type(get(name)) not in _BOOLEAN:
                return None
        others: dict[str, Any] = {}
        for name, parse in self._others:
            raw = get(name)
            if raw is not None:
                value = parse(raw)
                if type(value) is Problem:
                    return None
                others[name] = value
        return tuple(map(get, self._few)), others

    def fields(self, ticket: Mapping[str, object]) -> Mapping[str, object]:
        """The fields of a ticket; those of `Texts` as `from_text` reads them."""
        return self.from_text(ticket) if isinstance(ticket, Texts) else ticket

    def from_text(self, row: Mapping[str, str]) -> dict[str, object]:
        """A row of texts → a ticket's fields, by the types of the facts.

        Args:
            row: field names and texts; an empty text means not given.

        Returns:
            What `read` takes. A text that is no boolean or whole number where the fact takes one stays a
            text, and `read` tells that.
        """
        values = self._from_text
        return {
            name: None if not text else values[name](text) if name in values else text
            for name, text in row.items()
        }

    def _complete(self, given: dict[str, object], defaults: bool | Collection[str]) -> Facts:
        taken = self._defaulted if defaults is True else self._defaulted.intersection(defaults or ())
        defaulted = taken - given.keys()
        values = self._absent | {name: self._defaults[name] for name in defaulted} | given
        for name, country in self.subdivisions.items():
            if name in defaulted and places.country(str(values[name])) != values[country]:
                values[name] = self._absent[name]
                defaulted -= {name}
        if defaults is not True:
            return Facts(values, defaulted)
        for name, country in self._zones:
            if name not in given:
                found = values.get(country)
                zone = zones.only_zone(found) if isinstance(found, str) else None
                if zone is not None:
                    values[name] = zone
                    defaulted |= {name}
        return Facts(values, defaulted)


# How many names of fields are remembered that are no facts.
_MOST_NAMES = 4096


def check_names(ignore: Collection[str]) -> None:
    """Refuses a text as names to ignore, which is no names but letters.

    Raises:
        TypeError: it is a text.
    """
    if isinstance(ignore, str):
        raise TypeError(f"`ignore` is the names of fields such as [{ignore!r}]")


def meant_facts(name: object, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """The facts that a field can be meant for that is none: near names, and former ones."""
    if not isinstance(name, str):
        return ()
    former = {old: new for new, fact in facts.items() for old in fact.origin.formerly if old not in facts}
    if name in former:
        return (former[name],)
    return near_names(name, facts) or tuple(former[old] for old in near_names(name, former))


def unknown_field(
    name: object,
    facts: Mapping[str, Fact],
    extra: bool,
    ignore: Collection[str],
    what: str = "field",
    location: Location | None = None,
) -> Problem | None:
    """The problem of a field that is no fact; None where it is to be ignored.

    Args:
        extra: whether fields that are no facts are ignored, unless a fact can be meant.
        ignore: the names of fields to ignore.
        what: what it is, a field or a column.
    """
    if name in ignore:
        return None
    meant = meant_facts(name, facts)
    if extra and not meant:
        return None
    problem = unknown_name(what, name, facts, code="unknown-field", location=location)
    if not meant:
        return problem
    is_former = name in facts[meant[0]].origin.formerly
    hint = f"it is called `{meant[0]}` now;" if is_former else did_you_mean(meant)
    if unseen := dict.fromkeys(f"U+{ord(char):04X}" for char in str(name) if not char.isprintable()):
        hint = f"it has {' and '.join(unseen)}; {hint}"
    if extra:
        hint += f" to ignore this {what}, use `--ignore` (in Python, `ignore=`)"
    return replace(problem, hint=hint.removesuffix(";"), nearest=meant)


def no_facts(what: str, facts: Iterable[str], location: Location | None = None) -> Problem:
    """The problem of a ticket or a table that has fields or columns, of which none is a fact."""
    return Problem("unknown-field", f"no {what} is a fact", accepted_names(facts), location)


def _not_a_ticket(ticket: Mapping[str, object], facts: Mapping[str, Fact]) -> Problem | None:
    """The problem of an object that holds tickets, or one: in a field with facts, if there is one."""
    held = {
        name: objects
        for name, value in ticket.items()
        if (objects := _objects(value)) is not None and not meant_facts(name, facts)
    }
    if not held:
        return None
    with_facts = (
        name for name, objects in held.items() if any(not facts.keys().isdisjoint(o) for o in objects)
    )
    name = next(with_facts, next(iter(held)))
    quoted, kind = describe(str(name)), "an object" if isinstance(ticket[name], Mapping) else "a list"
    message = f"no field is a fact, and {quoted} holds {kind}"
    return Problem("unknown-field", message, f"pass only what {quoted} holds", None, str(name))


def _objects(value: object) -> Sequence[Mapping[str, object]] | None:
    """An object, or the objects of a list; None of anything else."""
    if isinstance(value, Mapping):
        return [value]
    if isinstance(value, list | tuple) and all(isinstance(item, Mapping) for item in value):
        return value
    return None


# More digits than any number of use has; Python has a limit of its own above.
_WHOLE = re.compile(r"[+-]?[0-9]{1,1000}(\.0*)?")
_FROM_TEXT: Mapping[FactType, Callable[[str], object]] = {
    "boolean": lambda text: {"true": True, "false": False}.get(text.lower(), text),
    "number": lambda text: int(text.partition(".")[0]) if _WHOLE.fullmatch(text) else text,
}


def accepted_values(fact: Fact) -> tuple[str, ...]:
    """The values that a fact takes, where they can be listed: of choices, levels and booleans."""
    if fact.type == "boolean":
        return ("true", "false")
    return tuple(fact.values)


def expectation(fact: Fact) -> str:
    """What a fact takes, in words."""
    match fact.type:
        case "number":
            low, high = fact.minimum, fact.maximum
            if low is not None and high is not None:
                return f"a whole number from {low} to {high}"
            if low is not None:
                return f"a whole number, {low} or more"
            return "a whole number" if high is None else f"a whole number, {high} or less"
        case "text":
            return "text"
        case "boolean":
            return "true or false"
        case "country":
            return _COUNTRY
        case "subdivision":
            return _SUBDIVISION
        case "timezone":
            return "an IANA time zone such as `Europe/Paris`"
        case "instant":
            return _TIME
        case _:
            return "one of " + ", ".join(f"`{value}`" for value in accepted_values(fact))


def _parser(fact: Fact) -> Callable[[object], object]:
    """What reads a raw value of a fact: gives the value, or a Problem."""
    match fact.type:
        case "text":
            return lambda raw: _text(fact, raw)
        case "boolean":
            return lambda raw: raw if isinstance(raw, bool) else _wrong_type(fact, raw)
        case "number":
            return lambda raw: _number(fact, raw)
        case "country":
            codes = zones.country_names()
            return lambda raw: raw if isinstance(raw, str) and raw in codes else _no_country(fact, raw)
        case "subdivision":
            return lambda raw: _subdivision(fact, raw)
        case "timezone":
            return lambda raw: _timezone(fact, raw)
        case "instant":
            return lambda raw: read_instant(fact.name, raw)
        case _:
            accepted = frozenset(fact.values)
            return lambda raw: raw if isinstance(raw, str) and raw in accepted else _no_choice(fact, raw)


def _wrong_type(fact: Fact, raw: object) -> Problem:
    quoted = isinstance(raw, str) and raw in accepted_values(fact)
    expected = f"{expectation(fact)}, without quotes" if quoted else expectation(fact)
    message = f"`{fact.name}` takes {expected}, not {describe(raw)}"
    return Problem("wrong-type", message, _as_type(fact, raw), None, fact.name, raw, accepted_values(fact))


# How yes and no are written where they are not true and false.
_YES = frozenset(["1", "1.0", "yes", "y", "on", "t", "true"])
_NO = frozenset(["0", "0.0", "no", "n", "off", "f", "false"])


def _is_missing(raw: object) -> bool:
    """Whether it is NaN, NaT or NA, with which tables say that there is no value."""
    try:
        return bool(raw != raw)
    except TypeError:
        # NA of pandas, of which nothing can be said.
        return True
    except ValueError:
        # An array of NumPy, which is compared item by item.
        return False


def _as_type(fact: Fact, raw: object) -> str:
    """How to give a value of another type, as a hint; empty where that can't be told."""
    said = str(raw).strip().casefold() if isinstance(raw, str | int | float) else ""
    if _is_missing(raw):
        return "use null for what is not given"
    if fact.type == "boolean" and said in _YES | _NO and raw not in ("true", "false"):
        return f"did you mean {'true' if said in _YES else 'false'}?"
    if fact.type == "number" and isinstance(raw, str) and _WHOLE.fullmatch(raw):
        return "write it without quotes"
    if fact.type not in ("boolean", "number") and isinstance(raw, int | float) and not isinstance(raw, bool):
        return "write it in quotes" if fact.type == "text" else ""
    return ""


def _no_choice(fact: Fact, raw: object) -> Problem:
    if fact.type == "level" and raw == NONE:
        return _unknown_value(fact, raw, "leave the field out", ())
    if not isinstance(raw, str):
        return _wrong_type(fact, raw)
    problem = unknown_name(fact.name, raw, fact.values, code="unknown-value", field=fact.name)
    if new := fact.renamed.get(raw):
        return replace(problem, hint=f"it is called `{new}` now", nearest=(new,))
    return problem


def _unknown_value(fact: Fact, raw: object, hint: str, close: tuple[str, ...]) -> Problem:
    message = f"unknown {fact.name} {describe(raw)}"
    return Problem("unknown-value", message, hint, None, fact.name, raw, (), close)


def _text(fact: Fact, raw: object) -> object:
    if not isinstance(raw, str):
        return _wrong_type(fact, raw)
    try:
        raw.encode()
    except UnicodeEncodeError:
        message = f"`{fact.name}` has half of a surrogate pair, which is no character"
        return Problem("wrong-type", message, "", None, fact.name, raw)
    return raw


def _number(fact: Fact, raw: object) -> object:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return _wrong_type(fact, raw)
    if isinstance(raw, float) and not raw.is_integer():
        return _wrong_type(fact, raw)
    low, high = fact.minimum, fact.maximum
    if (low is not None and raw < low) or (high is not None and raw > high):
        return _wrong_type(fact, raw)
    return int(raw)


def unknown_place(name: str, languages: Iterable[str], location: Location | None = None) -> Problem | None:
    """The problem of a text that is not the code of a country or subdivision; None of one that is.

    A name in one of the languages suggests its code.
    """
    country = places.country(name)
    if country in zones.country_names() and (name == country or name in places.subdivisions(country)):
        return None
    country = country.upper()
    beside = places.subdivisions(country) if country in zones.country_names() and "-" in name else {}
    code = name.upper().replace("_", "-")
    close = (code,) if code in beside else _countries_called(places.COUNTRIES.get(code, name))
    close = close or places.suggestions(name, None, languages) or nearest(code, beside)
    hint = did_you_mean(close) or "use the code of a country or subdivision, such as `DE` or `DE-BY`"
    message = f"unknown place {describe(name)}"
    return Problem("unknown-value", message, hint, location, "place", name, (), tuple(close))


def unknown_timezone(name: str, location: Location, *others: str) -> Problem:
    """The problem of a text that is not a time zone; the last part of a name suggests one.

    Args:
        name: the text.
        location: where it stands.
        others: what else can stand there.
    """
    close = _timezones_like(name)
    accepted = [*(f"`{other}`, or " for other in others), "an IANA time zone such as `Europe/Paris`"]
    hint = did_you_mean(close) or f"use {''.join(accepted)}"
    message = f"unknown time zone {describe(name)}"
    return Problem("unknown-value", message, hint, location, "timezone", name, (), close)


def _countries_called(name: str) -> tuple[str, ...]:
    names = zones.country_names()
    word = re.compile(rf"\b{re.escape(name.strip())}\b", re.IGNORECASE)
    return tuple(code for code in names if code == name.upper()) or tuple(
        code for code, full in names.items() if name.strip() and word.search(full)
    )


def unknown_country(name: str, what: str, location: Location | None = None) -> Problem:
    """The problem of a text that is not the ISO code of a country; its name suggests the code."""
    close = _countries_called(name)
    hint = did_you_mean(close) or f"use {_COUNTRY}"
    message = f"unknown {what} {describe(name)}"
    return Problem("unknown-value", message, hint, location, what, name, (), close)


def _no_country(fact: Fact, raw: object) -> Problem:
    return unknown_country(raw, fact.name) if isinstance(raw, str) else _wrong_type(fact, raw)


def _subdivision(fact: Fact, raw: object) -> object:
    if not isinstance(raw, str):
        return _wrong_type(fact, raw)
    country = places.country(raw)
    known = places.subdivisions(country) if country in zones.country_names() else {}
    if raw in known:
        return raw
    # People write `gb_eng`, `Bavaria`, or a letter too much.
    code = re.sub(r"[\s_]+", "-", raw.strip()).upper()
    if code in places.COUNTRIES:
        hint = f"it is a country of its own: give the country `{places.COUNTRIES[code]}` instead"
        return _unknown_value(fact, raw, hint, ())
    country = places.country(code)
    beside = places.subdivisions(country) if country in zones.country_names() else {}
    close = (code,) if code in beside else places.suggestions(raw) or nearest(code, beside)
    hint = did_you_mean(close) or f"use {_SUBDIVISION}"
    return _unknown_value(fact, raw, hint, tuple(close))


def _elsewhere(name: str, code: str, country: str, told: str) -> Problem:
    """The problem of a subdivision that lies in another country than the one of its ticket."""
    message = f"{name} {describe(code)} lies in `{places.country(code)}`, but {country} is {describe(told)}"
    hint = f"leave `{country}` out, or give a subdivision of `{told}`"
    return Problem("contradiction", message, hint, None, name, code)


def _timezone(fact: Fact, raw: object) -> object:
    if not isinstance(raw, str):
        return _wrong_type(fact, raw)
    if raw in zones.zone_names():
        return raw
    close = _timezones_like(raw)
    hint = did_you_mean(close) or f"use {expectation(fact)}"
    return _unknown_value(fact, raw, hint, close)


def _timezones_like(name: str) -> tuple[str, ...]:
    # People write `Paris`, or `europe/paris`.
    names = sorted(zones.zone_names())
    tail = name.casefold().replace(" ", "_")
    close = tuple(n for n in names if n.casefold() == tail or n.casefold().endswith("/" + tail))
    return close or nearest(name, names)


# How a time is written: as RFC 3339 has it, or as other programs do where that says one thing only.
_STAMP = r" *(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?([.,]\d+)?"
_OFFSET = r"( ?([Zz]|UTC|[+\u2212-]\d\d(:?\d\d(:?\d\d)?)?))"
INSTANT = f"{_STAMP}{_OFFSET} *"
_INSTANT = re.compile(f"{_STAMP}{_OFFSET}? *", re.ASCII)
_RFC3339 = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?([Zz]|[+-]\d{2}:\d{2}(?::\d{2})?)?", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
# A time with the name of a zone, or an abbreviation.
_ZONED = re.compile(r"(.*\d) ?(\[.+\]|[A-Za-z][A-Za-z_/]*)")
_EPOCH = datetime(1970, 1, 1)


def read_instant(name: str, raw: object) -> Instant | Problem:
    """The value of the fact of that name from a text or a datetime; a fraction of a second is cut off."""
    if not isinstance(raw, str):
        return _aware(name, raw) if isinstance(raw, datetime) else _no_time(name, raw)
    text, found = raw, _RFC3339.fullmatch(raw)
    if not found:
        text = _rfc3339(raw)
        found = _RFC3339.fullmatch(text)
    if not found:
        return _no_time_text(name, raw)
    zone = found[1]
    if zone is None:
        return _no_offset(name, raw, "add `Z` for UTC, or an offset such as `+02:00`")
    try:
        since = datetime.fromisoformat(text[:19]) - _EPOCH
    except ValueError as error:
        reason = "leap seconds are not supported" if text[17:19] == "60" else str(error)
        return Problem("wrong-type", f"`{name}` is no time: {reason}", "", None, name, raw)
    offset = _offset(zone)
    if offset is None:
        message = f"`{name}` has an offset that does not exist: `{zone}`"
        return Problem("wrong-type", message, "", None, name, raw)
    return Instant(since.days * 86400 + since.seconds - offset, offset)


def _rfc3339(raw: str) -> str:
    """A time as RFC 3339 writes it, and without an offset if it has none; nothing of what is no time."""
    found = _INSTANT.fullmatch(raw)
    if not found:
        return ""
    zone = found[6] or ""
    digits = re.sub("[^0-9]", "", zone)
    if digits:
        sign = "+" if zone[0] == "+" else "-"
        zone = sign + ":".join(filter(None, (digits[:2], digits[2:4] or "00", digits[4:])))
    return f"{found[1]}T{found[2]}{found[3] or ':00'}{'Z' if zone == 'UTC' else zone}"


def _aware(name: str, raw: datetime) -> Instant | Problem:
    if _is_missing(raw):
        return _no_time(name, raw)
    offset = raw.utcoffset()
    if offset is None:
        hint = "in Python, `.replace(tzinfo=timezone.utc)` says that it is in UTC"
        return _no_offset(name, raw, hint)
    seconds = offset // timedelta(seconds=1)
    return Instant(timegm(raw.timetuple()) - seconds, seconds)


def _no_offset(name: str, raw: object, hint: str) -> Problem:
    shown = describe(str(raw) if isinstance(raw, datetime) else raw)
    return Problem("no-offset", f"`{name}` has no offset: {shown}", hint, None, name, raw)


def _no_time(name: str, raw: object) -> Problem:
    """The problem of a value that is neither a text nor a datetime."""
    message, hint = f"`{name}` takes {_TIME}, not {describe(raw)}", ""
    if _is_missing(raw):
        hint = "use None for a time that is not given"
    elif isinstance(raw, date):
        hint = "in Python, use a `datetime` with a time zone"
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        hint = "a number may count seconds or milliseconds"
    return Problem("wrong-type", message, hint, None, name, raw)


def _no_time_text(name: str, raw: str) -> Problem:
    """The problem of a text that is no time, or not enough of one."""
    zoned = _ZONED.fullmatch(raw)
    time = _INSTANT.fullmatch(zoned[1]) if zoned else None
    if zoned and time:
        if not time[6]:
            return _no_offset(name, raw, f"write an offset such as `+02:00` in place of `{zoned[2]}`")
        message = f"`{name}` has a time zone beside its offset: {describe(raw)}"
        return Problem("wrong-type", message, f"leave out `{zoned[2]}`", None, name, raw)
    what = "no time, but a day" if _DAY.fullmatch(raw) else "no time"
    message, hint = f"`{name}` is {what}: {describe(raw)}", f"use {_TIME}"
    return Problem("wrong-type", message, hint, None, name, raw)


@functools.cache
def _offset(zone: str) -> int | None:
    """The seconds of an offset as it is written; None of one that does not exist."""
    if zone in "Zz":
        return 0
    hours, minutes, seconds = int(zone[1:3]), int(zone[4:6]), int(zone[7:] or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    return (hours * 3600 + minutes * 60 + seconds) * (1 if zone[0] == "+" else -1)
