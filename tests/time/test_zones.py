"""Countries and zones: read from the tzdata package alone, and nothing else by any name."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import zoneinfo
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from supportrules.time import zones


def test_countries_are_sorted_by_code_and_named() -> None:
    names = zones.country_names()
    assert list(names) == sorted(names)
    assert len(names) == 249
    assert names["NO"] == "Norway"
    assert names["AX"] == "Åland Islands"


def test_countries_can_not_be_changed() -> None:
    with pytest.raises(TypeError):
        zones.country_names()["XX"] = "Nowhere"  # type: ignore[index]


@pytest.mark.parametrize(
    "name", ["Europe/Paris", "Asia/Kathmandu", "America/Argentina/Ushuaia", "UTC", "Japan"]
)
def test_civil_zones_are_listed(name: str) -> None:
    assert name in zones.zone_names()


@pytest.mark.parametrize(
    ("country", "zone"),
    [
        ("FR", "Europe/Paris"),
        ("AE", "Asia/Dubai"),
        ("IS", "Atlantic/Reykjavik"),
        ("DE", None),  # Berlin and Büsingen
        ("US", None),
        ("BV", None),  # an island that nobody keeps a clock on
        ("XX", None),
        ("fr", None),
    ],
)
def test_only_zone(country: str, zone: str | None) -> None:
    assert zones.only_zone(country) == zone


def test_only_zones_exist() -> None:
    found = {zones.only_zone(country) for country in zones.country_names()} - {None}
    assert len(found) > 200
    assert found <= zones.zone_names()


def test_every_zone_loads_and_knows_its_name() -> None:
    assert all(zones.zone(name).key == name for name in zones.zone_names())


def test_a_zone_has_its_rules() -> None:
    kathmandu = datetime(2014, 9, 3, tzinfo=zones.zone("Asia/Kathmandu"))
    assert kathmandu.utcoffset() == timedelta(hours=5, minutes=45)


def test_a_zone_is_read_once() -> None:
    assert zones.zone("Europe/Paris") is zones.zone("Europe/Paris")


@pytest.mark.parametrize(
    "name",
    ["", "Europe", "Europe/Lutetia", "europe/paris", "Factory", "../zones", "/etc/localtime", "zone.tab"],
)
def test_what_is_no_zone_is_not_looked_for(name: str) -> None:
    assert name not in zones.zone_names()
    with pytest.raises(KeyError):
        zones.zone(name)


def test_the_zones_of_the_machine_are_not_used(tmp_path: Path) -> None:
    (tmp_path / "Pacific").mkdir()
    utc = Path(str(importlib.metadata.distribution("tzdata").locate_file("tzdata/zoneinfo/UTC")))
    (tmp_path / "Pacific" / "Apia").write_bytes(utc.read_bytes())
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    zones.zone.cache_clear()
    try:
        assert zoneinfo.ZoneInfo.no_cache("Pacific/Apia").utcoffset(datetime(2014, 1, 1)) == timedelta(0)
        assert zones.zone("Pacific/Apia").utcoffset(datetime(2014, 1, 1)) == timedelta(hours=14)
    finally:
        zoneinfo.reset_tzpath(to=before)


def test_version_is_that_of_the_package() -> None:
    assert zones.tzdata_version() == importlib.metadata.version("tzdata")


def test_one_ticket_pays_for_neither_holidays_nor_columns() -> None:
    program = """
import sys, supportrules
before = set(sys.modules)
from supportrules.time import calendars, observances
week = calendars.Week((((32400, 61200),),) * 7)
calendars.calendar(week, "Europe/Paris", observances.NO_HOLIDAYS).deadline(1409731200, 7200)
assert not {"holidays", "numpy"} & (set(sys.modules) - before)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
