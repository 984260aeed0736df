"""A time that differs between the places where a ticket can be: what it is where, and what settles it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from supportrules.base.frozen import FrozenDict
from supportrules.time.clocks import Place, Role

if TYPE_CHECKING:
    from supportrules.policy.definition import Roles

_Time = TypeVar("_Time")
Times: TypeAlias = Sequence[tuple[_Time, tuple[Place, ...]]]
"""What a time can be, soonest first, and at which places it is that."""

_Places: TypeAlias = tuple[tuple[Place, ...], ...]
_Pairs: TypeAlias = Iterable[tuple[Any, Any]]
_Sides: TypeAlias = tuple[frozenset[Any], frozenset[Any]]


def times_there(times: Times[_Time], write: Callable[[_Time], Mapping[str, Any]]) -> tuple[Any, ...]:
    """What a decision has of a time that is open, each as a `TimeThere`.

    Args:
        write: gives the JSON data of a time.
    """
    regions = _regions_of(tuple(places for _, places in times))
    return tuple(
        FrozenDict({**write(time), "places": some}) for (time, _), some in zip(times, regions, strict=True)
    )


@lru_cache(maxsize=1024)
def _regions_of(times: _Places) -> tuple[tuple[Mapping[str, Any], ...], ...]:
    """The places of each time as `Region` has them; tickets of a year have few different ones."""
    pairs = [[(place.subdivision, place.zone) for place in places] for places in times]
    every: _Sides = tuple(frozenset(pair[side] for some in pairs for pair in some) for side in (0, 1))  # type: ignore[assignment]
    return tuple(tuple(_regions(some, every)) for some in pairs)


def _regions(pairs: _Pairs, every: _Sides) -> Iterable[Mapping[str, Any]]:
    """Pairs of subdivision and zone as `Region` has them.

    Args:
        every: all subdivisions, and all zones, of the area.
    """
    by_subdivision = _rectangles(pairs)
    by_zone = [(subs, zones) for zones, subs in _rectangles((zone, sub) for sub, zone in pairs)]
    found = [
        [
            None if some == everywhere else tuple(sorted(some))
            for some, everywhere in zip(sides, every, strict=True)
        ]
        for sides in min(by_subdivision, by_zone, key=len)
    ]
    for subdivisions, zones in sorted(found, key=lambda sides: [side or () for side in sides]):
        yield FrozenDict({"subdivisions": subdivisions, "timezones": zones})


def _rectangles(pairs: _Pairs) -> list[_Sides]:
    """Pairs as sets of first and of second parts that all go together; a first part is in one of them."""
    seconds: dict[Any, set[Any]] = {}
    for first, second in pairs:
        seconds.setdefault(first, set()).add(second)
    firsts: dict[frozenset[Any], set[Any]] = {}
    for first, some in seconds.items():
        firsts.setdefault(frozenset(some), set()).add(first)
    return [(frozenset(some), others) for others, some in firsts.items()]


def telling(times: Times[Any]) -> Mapping[Role, float]:
    """The roles of the facts that a time depends on, with how many times are left on average by each."""
    return _telling(tuple(places for _, places in times))


def missing_for(times: Times[Any], roles: Roles) -> dict[str, float]:
    """The facts of the roles of `telling`, with the same."""
    left = telling(times)
    return {roles.facts([role])[0]: left[role] for role in left}


@lru_cache(maxsize=1024)
def _telling(times: _Places) -> Mapping[Role, float]:
    pairs = {(p.subdivision, p.zone): number for number, places in enumerate(times) for p in places}
    told: dict[Role, float] = {}
    sides: Sequence[Role] = ("subdivision", "timezone")
    for side, role in enumerate(sides):
        # The times by the value of this side, and by that of the other one.
        own, other = dict[Any, set[int]](), dict[Any, set[int]]()
        for pair, number in pairs.items():
            own.setdefault(pair[side], set()).add(number)
            other.setdefault(pair[1 - side], set()).add(number)
        if any(len(numbers) > 1 for numbers in other.values()):
            told[role] = sum(map(len, own.values())) / len(own)
    return FrozenDict(told)
