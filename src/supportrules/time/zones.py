"""Countries and time zones, as the ``tzdata`` package has them.

The machine's own time zone files are never read: they may be old, and ``zoneinfo`` would prefer them.
"""

from __future__ import annotations

import functools
import io
import pkgutil
import zoneinfo
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import tzdata  # type: ignore[import-untyped]


@functools.cache
def country_names() -> Mapping[str, str]:
    """The countries of the world.

    Returns:
        ISO 3166-1 alpha-2 code → English name, sorted by code, read-only.
    """
    return MappingProxyType(dict(sorted((code, name) for code, name in _rows("iso3166.tab"))))


@functools.cache
def zone_names() -> frozenset[str]:
    """The names of the time zones, links to old names included.

    ``Factory`` is left out: it stands for a machine whose zone was never set, and no place keeps it.
    """
    return frozenset(_package_file("zones").decode().split()) - {"Factory"}


def zones(country: str) -> tuple[str, ...]:
    """The time zones of a country, in the order of the table ``zone.tab``.

    Args:
        country: ISO 3166-1 alpha-2 code.

    Returns:
        Their names; none where there is none, and for an unknown country.
    """
    return _zones().get(country, ())


def only_zone(country: str) -> str | None:
    """The time zone of a country that has one.

    Args:
        country: ISO 3166-1 alpha-2 code.

    Returns:
        The zone's name; None where the country has several zones or none, and for an unknown country.
    """
    found = zones(country)
    return found[0] if len(found) == 1 else None


@functools.cache
def zone(name: str) -> zoneinfo.ZoneInfo:
    """A time zone with the rules of the ``tzdata`` package.

    Its ``key`` is the name. Like every ``ZoneInfo`` read from a file it can't be pickled.

    Raises:
        KeyError: the name is not one of `zone_names`.
    """
    if name not in zone_names():
        raise KeyError(name)
    return zoneinfo.ZoneInfo.from_file(io.BytesIO(_package_file(f"zoneinfo/{name}")), key=name)


def tzdata_version() -> str:
    """The version of the ``tzdata`` package, such as ``2025.2`` (for the IANA release 2025b)."""
    return str(tzdata.__version__)


@functools.cache
def _zones() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for country, _, name, *_ in _rows("zone.tab"):
        found[country] = *found.get(country, ()), name
    return found


def _rows(table: str) -> Iterator[list[str]]:
    for line in _package_file(f"zoneinfo/{table}").decode().splitlines():
        if line and not line.startswith("#"):
            yield line.split("\t")


def _package_file(path: str) -> bytes:
    data = pkgutil.get_data("tzdata", path)
    if data is None:  # only for exotic importers
        raise FileNotFoundError(f"the tzdata package does not give its file {path}")
    return data
