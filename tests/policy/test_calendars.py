"""Hours of calendars.yaml: whose zone and public holidays they keep, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from policy_data import load, save
from supportrules import PolicyLoadError, load_policy
from supportrules.policy.starter import STARTER
from supportrules.time.observances import Observance

HOUR = 3600
LONG = {"source": ["H-2"], "basis": "inferred"}


def loaded(folder: Path, **hours: Any) -> Any:
    """The office hours of the starter, with other keys."""
    data = load(STARTER)
    data["calendars"]["hours"]["office_hours"] |= hours
    save(data, folder)
    return load_policy(folder).definition.hours["office_hours"]


def problem(folder: Path, **hours: Any) -> str:
    """What is wrong with the office hours of the starter, with other keys."""
    with pytest.raises(PolicyLoadError) as caught:
        loaded(folder, **hours)
    (found,) = caught.value.problems
    return f"{found.message}: {found.hint}" if found.hint else found.message


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("customer", Observance("customer")),
        ("none", Observance()),
        (["DE-BY", "AT"], Observance(("DE-BY", "AT"))),
        ({"of": "country", **LONG}, Observance("country")),
        (
            {"of": "customer", "categories": ["public", "bank"], **LONG},
            Observance("customer", ("public", "bank")),
        ),
        (
            {"of": ["TR"], "half_days": ["09:00-11:00", "11:00-13:00"], **LONG},
            Observance(("TR",), half_days=((9 * HOUR, 13 * HOUR),)),
        ),
        ({"of": ["TR"], "half_days": [], **LONG}, Observance(("TR",), half_days=())),
        (
            {"of": "customer", "worked": ["10:00-15:00"], **LONG},
            Observance("customer", worked=((10 * HOUR, 15 * HOUR),)),
        ),
    ],
)
def test_whose_holidays_count(said: Any, expected: Observance, tmp_path: Path) -> None:
    hours = loaded(tmp_path, holidays=said)
    assert hours.holidays == expected
    # A choice with clauses of its own: the hours rest on it too.
    assert hours.origin.basis == ("inferred" if isinstance(said, dict) else "stated")
    assert hours.origin.source == (("H-1", "H-2") if isinstance(said, dict) else ("H-1",))


def test_whose_zone_counts(tmp_path: Path) -> None:
    assert loaded(tmp_path).timezone is None
    assert loaded(tmp_path, timezone="customer").timezone is None
    assert loaded(tmp_path, timezone="Europe/Berlin").clock.zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ({"timezone": "Berlin"}, "unknown time zone `Berlin`: did you mean `Europe/Berlin`?"),
        (
            {"timezone": "Nowhere"},
            "unknown time zone `Nowhere`: use `customer`, or an IANA time zone such as",
        ),
        ({"holidays": ["Bavaria"]}, "unknown place `Bavaria`: did you mean `DE-BY`?"),
        ({"holidays": ["de-by"]}, "unknown place `de-by`: did you mean `DE-BY`?"),
        ({"holidays": ["Austria"]}, "unknown place `Austria`: did you mean `AT`?"),
        ({"holidays": ["US-PR"]}, "unknown place `US-PR`: did you mean `PR`?"),
        ({"holidays": ["DE-XX"]}, "unknown place `DE-XX`: "),
        ({"holidays": ["??"]}, "unknown place `??`: use the code of a country or subdivision, such as `DE`"),
        ({"holidays": []}, "`holidays` is empty"),
        ({"holidays": ["AT", "AT"]}, "`holidays` has `AT` twice"),
        ({"holidays": {"of": ["Bavaria"], **LONG}}, "unknown place `Bavaria`: did you mean `DE-BY`?"),
        (
            {"holidays": {"of": "none", **LONG}},
            "`of` can't be `none`: write `customer`, `country`, or places",
        ),
        (
            {"holidays": {"of": "customer", "categories": ["workday"], **LONG}},
            "`workday` is not a category that closes a day: people work on its days: remove it; for working weekend days",
        ),
        (
            {"holidays": {"of": "customer", "categories": ["public", "half_day"], **LONG}},
            "`half_day` is not a category that closes a day: write the hours of half days, such as `half_days: [",
        ),
        (
            {"holidays": {"of": ["PL"], "categories": ["bank"], **LONG}},
            "unknown category of holidays in `PL` `bank`",
        ),
        (
            {"holidays": {"of": "customer", "categories": ["banks"], **LONG}},
            "unknown category of holidays `banks`: did you mean `bank`?",
        ),
        (
            {"holidays": {"of": ["DE-BY"], "half_days": ["09:00-13:00"], **LONG}},
            "the `holidays` package has no half days for `DE-BY`: remove `half_days`",
        ),
        (
            {"holidays": {"of": "customer", "half_days": ["06:00-08:00"], **LONG}},
            "`half_days` leaves no open time on any day: write times within the hours of the week, or `[]`",
        ),
        (
            {"holidays": {"of": "customer", "half_days": ["13:00-09:00"], **LONG}},
            "`13:00-09:00` runs past midnight, which `half_days` does not allow: end at midnight: `13:00-24:00`",
        ),
        (
            {"holidays": {"of": "customer", "worked": ["22:00-02:00"], **LONG}},
            "`22:00-02:00` runs past midnight, which `worked` does not allow: end at midnight: `22:00-24:00`",
        ),
        (
            {
                "week": {"friday": ["21:00-02:30"]},
                "holidays": {"of": "customer", "worked": ["01:00-03:00", "09:00-17:00"], **LONG},
            },
            "`worked` begins before the hours of the evening before end, at 02:30: begin at 02:30 or later",
        ),
        ({"holidays": {"of": "customer", "worked": [], **LONG}}, "`worked` is empty"),
    ],
)
def test_what_is_wrong_is_told(hours: dict[str, Any], expected: str, tmp_path: Path) -> None:
    assert problem(tmp_path, **hours).startswith(expected)


def test_a_problem_has_the_place_of_what_is_wrong(tmp_path: Path) -> None:
    text = (STARTER / "calendars.yaml").read_text()
    save(load(STARTER), tmp_path)
    text = text.replace("    holidays: customer\n", "    holidays: [AT, Bavaria]\n", 1)
    (tmp_path / "calendars.yaml").write_text(text)
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(tmp_path)
    (found,) = caught.value.problems
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "Bavaria" in each)
    assert found.location is not None
    assert (found.location.line, found.location.column) == (line, 20)


def test_a_country_without_a_category_has_no_days_of_it(tmp_path: Path) -> None:
    hours = loaded(tmp_path, holidays={"of": "customer", "categories": ["bank"], **LONG})
    assert not hours.holidays.at("PL", None).days(2026)
    assert hours.holidays.at("AT", None).days(2026)
