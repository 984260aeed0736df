"""What check says of data that ends, and of nationwide holidays that the parts of a country contradict."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from command import run
from listed_days import BERLIN, with_days
from supportrules import Policy
from supportrules.base.problem import Problem
from supportrules.proofs.check import check_policy
from supportrules.time import decrees, public_holidays

LONG = {"source": ["H-2"], "basis": "stated"}


def found(policy: Policy, code: str, on: date, *, ahead: bool = True) -> list[Problem]:
    return [each for each in check_policy(policy, on, ahead=ahead) if each.code == code]


def line(problem: Problem, folder: Path) -> str:
    """The line of its place."""
    assert problem.location is not None and problem.location.line is not None
    text = (folder / "calendars.yaml").read_text("utf-8").splitlines()
    return text[problem.location.line - 1].strip()


@pytest.mark.parametrize(
    ("on", "ends"),
    [
        # 92 days before the first day of 2027 is 1 October 2026.
        (date(2026, 9, 30), []),
        (date(2026, 10, 1), ["calendars.yaml"]),
        (date(2027, 9, 30), ["calendars.yaml"]),
        (date(2027, 10, 1), ["calendars.yaml", "own.ics"]),
    ],
)
def test_files_are_named_three_months_before_their_days_end(
    on: date, ends: list[str], tmp_path: Path
) -> None:
    policy = with_days(tmp_path, BERLIN, {"2026-12-24": {}, "08-08": {}}, "20270104")
    problems = found(policy, "data-ends", on)
    last = {"calendars.yaml": 2026, "own.ics": 2027}
    assert sorted(problem.text for problem in problems) == [
        f"the days of `{name}` for `office_hours` end with {last[name]}: add the days of {last[name] + 1}"
        for name in ends
    ]
    assert sorted(line(problem, tmp_path) for problem in problems) == sorted(
        {"calendars.yaml": "dates:", "own.ics": "own:"}[name] for name in ends
    )
    assert all(problem.kind == "warning" for problem in problems)
    assert found(policy, "data-ends", on, ahead=False) == []


def test_the_customers_for_whom_days_end_first_count(tmp_path: Path) -> None:
    dates = {"2026-12-24": {"countries": ["AT"]}, "2027-12-24": {"countries": ["DE"]}}
    policy = with_days(tmp_path / "apart", BERLIN, dates)
    assert len(found(policy, "data-ends", date(2026, 12, 1))) == 1
    # What is listed for all goes on for them.
    policy = with_days(tmp_path / "all", BERLIN, dates | {"2028-12-24": {}})
    assert found(policy, "data-ends", date(2026, 12, 1)) == []


def test_a_country_that_decrees_is_named_with_its_last_year(tmp_path: Path) -> None:
    policy = with_days(tmp_path, {"timezone": "Asia/Shanghai", "holidays": ["CN"]})
    until = public_holidays.decreed_until("CN")
    assert until is not None
    (problem,) = found(policy, "data-ends", date(until, 12, 1))
    assert f"known of CN until {until} only" in problem.message
    assert line(problem, tmp_path) == "holidays:"
    assert found(policy, "data-ends", date(until, 6, 1)) == []


def test_all_countries_of_customers_are_one_finding(tmp_path: Path) -> None:
    policy = with_days(tmp_path, {})
    (problem,) = found(policy, "data-ends", date(2040, 1, 1))
    untils = {public_holidays.decreed_until(country) for country in decrees.SOURCES}
    assert all(f"until {until} only" in problem.message for until in untils)


def test_an_excuse_for_data_that_ends_is_idle_only_where_it_was_looked_for(tmp_path: Path) -> None:
    allowed = {"allow": {"data-ends": {"reason": {"en": "they follow"}, "source": ["H-2"]}}}
    policy = with_days(tmp_path, BERLIN | allowed, {"2026-12-24": {}})
    (problem,) = found(policy, "data-ends", date(2026, 12, 1))
    assert problem.allowed
    assert found(policy, "idle-allow", date(2026, 12, 1), ahead=False) == []
    assert found(policy, "idle-allow", date(2026, 12, 1)) == []
    assert len(found(policy, "idle-allow", date(2026, 1, 1))) == 1


def test_the_command_looks_ahead_from_a_day_that_is_given(tmp_path: Path) -> None:
    with_days(tmp_path, BERLIN, {"2020-12-24": {}})
    assert "data-ends" not in run("check", "--format", "json", str(tmp_path)).stdout
    assert "data-ends" in run("check", "--format", "json", "--on", "2026-01-01", str(tmp_path)).stdout


# Nationwide lists: counted by hand in notes on places, those of ISO 3166-2 only.


@pytest.mark.parametrize(
    ("country", "zone", "told"),
    [
        ("GB", "Europe/London", "on 2026-04-06, 3 of 4 in `GB`"),
        ("AU", "Australia/Sydney", "on 2026-12-28, 8 of 8 in `AU`"),
        ("CH", "Europe/Zurich", "on 2026-04-03, 23 of 26 in `CH`"),
        ("ES", "Europe/Madrid", "on 2026-04-02, 17 of 19 in `ES`"),
    ],
)
def test_a_country_as_a_place(country: str, zone: str, told: str, tmp_path: Path) -> None:
    policy = with_days(tmp_path, {"timezone": zone, "holidays": [country]})
    (problem,) = found(policy, "country-list", date(2026, 6, 1))
    assert told in problem.message and "name the subdivision" in problem.hint
    assert line(problem, tmp_path) == "holidays:"


@pytest.mark.parametrize("place", ["GB-SCT", "DE", "FR"])
def test_a_part_or_a_country_whose_parts_mostly_agree(place: str, tmp_path: Path) -> None:
    policy = with_days(tmp_path, {"timezone": "Europe/Paris", "holidays": [place]})
    assert found(policy, "country-list", date(2026, 6, 1)) == []


def test_days_on_which_the_hours_are_closed_anyway_do_not_count(tmp_path: Path) -> None:
    # Without Mondays, England keeps what the United Kingdom keeps.
    week = {day: ["09:00-17:00"] for day in ("tuesday", "wednesday", "thursday", "friday")}
    hours = {"timezone": "Europe/London", "holidays": ["GB"], "week": week}
    assert found(with_days(tmp_path, hours), "country-list", date(2026, 6, 1)) == []


def test_customers_of_countries_that_the_policy_names(tmp_path: Path) -> None:
    nationwide = {"holidays": {"of": "country"} | LONG}
    dates = {"08-10": {"countries": ["DE", "GB"]}}
    policy = with_days(tmp_path / "named", nationwide, dates)
    (problem,) = found(policy, "country-list", date(2026, 6, 1))
    assert "nationwide holidays of GB, " in problem.message and "write `holidays: customer`" in problem.hint
    policy = with_days(tmp_path / "agreeing", nationwide, {"08-10": {"countries": ["DE"]}})
    assert found(policy, "country-list", date(2026, 6, 1)) == []


def test_customers_of_all_countries_are_one_finding(tmp_path: Path) -> None:
    policy = with_days(tmp_path, {"holidays": {"of": "country"} | LONG})
    (problem,) = found(policy, "country-list", date(2026, 6, 1))
    assert (
        "of AU, BA, CA, CH, ES, GB, MY, SH and US, " in problem.message
        and "8 of 8 in `AU`" in problem.message
    )


def test_other_hours_do_not_take_the_package_of_holidays(tmp_path: Path) -> None:
    with_days(tmp_path, {})
    code = (
        "import sys, datetime; from supportrules import load_policy; "
        "from supportrules.proofs.check import check_policy; "
        "from supportrules.proofs.check.calendar_data import country_lists; "
        "from supportrules.proofs.check.space import Space; "
        f"policy = load_policy({str(tmp_path)!r}); "
        "assert not list(country_lists(Space(policy), 2026)); "
        "print('holidays' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
