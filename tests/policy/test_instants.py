"""Instants as programs write them: what says one thing only is read, the same way wherever it comes from."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from supportrules import Policy, Problem, TicketError
from supportrules.engine.contracts import ticket_schema
from supportrules.history.ledger import Chain, Ledger, ledger_files
from supportrules.history.replay import replay
from supportrules.policy.vocabulary import Instant, read_instant
from supportrules.tickets import read_tickets

# 11:30 in Paris in summer.
SECONDS = int(datetime(2014, 9, 5, 9, 30, tzinfo=UTC).timestamp())
TWO_HOURS = 7200


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("2014-09-05T11:30:00+02:00", TWO_HOURS),
        # polars, DuckDB, PostgreSQL
        ("2014-09-05 11:30:00+02", TWO_HOURS),
        ("2014-09-05 11:30:00.000000 +02:00", TWO_HOURS),
        # Jira, Java
        ("2014-09-05T11:30:00.000+0200", TWO_HOURS),
        ("2014-09-05T09:30:00.000+0000", 0),
        # Ruby, git, and str() of a datetime
        ("2014-09-05 11:30:00 +0200", TWO_HOURS),
        ("2014-09-05 11:30:00+02:00", TWO_HOURS),
        # BigQuery, GitLab
        ("2014-09-05 09:30:00 UTC", 0),
        # Without seconds
        ("2014-09-05T11:30+02:00", TWO_HOURS),
        ("2014-09-05T09:30Z", 0),
        ("2014-09-05 11:30 +02", TWO_HOURS),
        ("2014-09-05t09:30:00z", 0),
        ("2014-09-05T09:30:00-00:00", 0),
        ("2014-09-05T00:15:00\u221209:15", -9 * 3600 - 900),
        # A fraction of a second is cut off, however long.
        ("2014-09-05T11:30:00,999+02:00", TWO_HOURS),
        ("2014-09-05T11:30:00.9999999999999+02:00", TWO_HOURS),
        # isoformat() of a local mean time
        ("2014-09-05T09:39:21+00:09:21", 561),
        (" 2014-09-05T09:30:00Z ", 0),
    ],
)
def test_a_time_that_says_one_thing_is_read(text: str, offset: int, shipped: Policy) -> None:
    assert read_instant("opened_at", text) == Instant(SECONDS, offset)
    Draft202012Validator(ticket_schema(shipped.definition)).validate({"opened_at": text})


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("2014-09-05T11:30", "no-offset", "add `Z` for UTC, or an offset such as `+02:00`"),
        ("2014-09-05 11:30:00.123", "no-offset", "add `Z` for UTC"),
        ("2014-09-05 11:30:00 CEST", "no-offset", "write an offset such as `+02:00` in place of `CEST`"),
        ("2014-09-05T11:30 Europe/Paris", "no-offset", "in place of `Europe/Paris`"),
        ("2014-09-05T11:30:00+02:00[Europe/Paris]", "wrong-type", "leave out `[Europe/Paris]`"),
        ("2014-09-05", "wrong-type", "is no time, but a day"),
        ("05/09/2014 11:30", "wrong-type", "is no time"),
        ("2014-09-05T11:30:00+2", "wrong-type", "is no time"),
        ("2014-09-05T11:30:00+24", "wrong-type", "an offset that does not exist: `+24:00`"),
        ("2014-09-05T11:30:00+0260", "wrong-type", "an offset that does not exist: `+02:60`"),
        ("2014-09-05T24:00Z", "wrong-type", "hour"),
        ("2014-09-05T11:30:60+02", "wrong-type", "leap seconds are not supported"),
        ("2014-09-05T11+02:00", "wrong-type", "is no time"),
        ("2014-09-05T11:30:00  +02:00", "wrong-type", "is no time"),
        ("1409909400", "wrong-type", "is no time"),
    ],
)
def test_a_time_that_says_less_or_more_is_refused(text: str, code: str, words: str) -> None:
    problem = read_instant("opened_at", text)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.field, problem.value) == (code, "opened_at", text)
    assert words in problem.text


class Nanoseconds(datetime):
    """As `pandas.Timestamp` is: a datetime with more to it."""

    def isoformat(self, *args: Any, **kwargs: Any) -> str:
        return super().isoformat(*args, **kwargs).replace("+", "001+")


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=2)), ZoneInfo("Europe/Paris")])
def test_a_datetime_with_a_time_zone_is_an_instant(zone: tzinfo, shipped: Policy, tmp_path: Path) -> None:
    opened = datetime(2014, 9, 5, 9, 30, 0, 999_999, tzinfo=UTC).astimezone(zone)
    ticket = {"plan": "enterprise_e3", "issue_type": "sharepoint_site_down", "country": "FR"}
    expected = shipped.evaluate(ticket | {"opened_at": opened.isoformat()})
    assert expected.response is not None and expected.response.due_at is not None
    for moment in (opened, Nanoseconds.fromtimestamp(opened.timestamp(), zone)):
        given = ticket | {"opened_at": moment}
        assert shipped.evaluate(given) == expected
        (found,) = shipped.evaluate_batches([[given]])
        assert found.batch.column("promises")[0]["response"]["due_at"].as_py() == expected.response.due_at
        # A ledger says it as text, and the same is decided from that.
        with Ledger(tmp_path / "ledger") as ledger:
            ledger.append(shipped, given, shipped.evaluate(given))
    chain = Chain(None)
    lines = [line for file in ledger_files(str(tmp_path / "ledger")) for line in chain.read(file, fresh=True)]
    assert replay(lines, lambda line: shipped).whole


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        (datetime(2014, 9, 5, 11, 30), "no-offset", "`.replace(tzinfo=timezone.utc)` says that it is in UTC"),
        (date(2014, 9, 5), "wrong-type", "use a `datetime` with a time zone"),
        (pd.NaT, "wrong-type", "use None for a time that is not given"),
        (pd.NA, "wrong-type", "use None for a time that is not given"),
        (np.datetime64("NaT", "s"), "wrong-type", "use None for a time that is not given"),
        (np.array([1, 2]), "wrong-type", "not a value of type ndarray"),
        (float("nan"), "wrong-type", "use None for a time that is not given"),
        (1409909400, "wrong-type", "a number may count seconds or milliseconds"),
        (1409909400.5, "wrong-type", "a number may count seconds or milliseconds"),
        (True, "wrong-type", "not true"),
    ],
)
def test_what_is_no_instant_says_what_to_give(value: Any, code: str, words: str, shipped: Policy) -> None:
    with pytest.raises(TicketError) as caught:
        shipped.evaluate({"opened_at": value})
    (problem,) = caught.value.problems
    assert (problem.code, problem.field) == (code, "opened_at")
    assert words in problem.text


def test_the_first_and_the_last_moments_are_read() -> None:
    for year, month, day, hour in ((1, 1, 1, 0), (9999, 12, 31, 23)):
        for hours in (-23, 0, 23):
            moment = datetime(year, month, day, hour, tzinfo=timezone(timedelta(hours=hours)))
            assert read_instant("x", moment) == read_instant("x", moment.isoformat())


SPELLINGS = st.builds(
    "{}{}{}{}{}{}".format,
    st.dates(date(1950, 1, 1), date(2060, 1, 1)).map(str),
    st.sampled_from("Tt _"),
    st.times().map(lambda time: f"{time:%H:%M}"),
    st.sampled_from(["", ":00", ":59", ":60"]),
    st.sampled_from(["", ".5", ",25", ".123456789"]),
    st.sampled_from(
        ["", "Z", "z", " UTC", "+02", "-0930", " +02:00", "+05:45", "-00:00", "+02:00:30", "+25", " CET"]
    ),
)


@given(st.lists(SPELLINGS, min_size=1, max_size=8))
def test_every_way_in_reads_a_time_alike(shipped: Policy, texts: list[str]) -> None:
    """One ticket, a column, a dictionary, a list, CSV and JSON lines: an instant or the same refusal."""
    ticket = {"plan": "enterprise_e3", "issue_type": "sharepoint_site_down", "country": "FR"}
    tickets = [ticket | {"opened_at": text} for text in texts]
    expected = [answer(shipped, each) for each in tickets]
    table = pa.Table.from_pylist(tickets)
    coded = table.set_column(
        table.schema.get_field_index("opened_at"), "opened_at", table["opened_at"].dictionary_encode()
    )
    for columns in (table, coded):
        assert columned(shipped.evaluate_batch(columns)) == expected
    (listed,) = shipped.evaluate_batches([tickets])
    assert columned(listed.batch) == expected
    out = io.StringIO()
    writer = csv.DictWriter(out, tickets[0])
    writer.writeheader()
    writer.writerows(tickets)
    lines = "".join(json.dumps(each) + "\n" for each in tickets)
    for form, text in (("csv", out.getvalue()), ("jsonl", lines)):
        stream = io.BytesIO(text.encode())
        records = read_tickets("-", stream, form, vocabulary=shipped.definition.vocabulary)
        assert [answer(shipped, record.ticket or {}) for record in records] == expected


def answer(policy: Policy, ticket: dict[str, Any]) -> Any:
    """The deadline, or why there is none."""
    try:
        response = policy.evaluate(ticket).response
    except TicketError as error:
        return "; ".join(problem.text for problem in error.problems)
    return response and response.due_at


def columned(decisions: Any) -> list[Any]:
    rows = decisions.select(["promises", "error"]).to_pylist()
    return [row["error"] or row["promises"]["response"]["due_at"] for row in rows]


def test_what_is_read_is_written_as_ever(shipped: Policy) -> None:
    ticket = {"plan": "enterprise_e3", "issue_type": "sharepoint_site_down"}
    found = shipped.evaluate(ticket | {"opened_at": "2014-09-05 11:30 +0200"}).to_dict()
    assert found["promises"]["response"]["due_at"] == "2014-09-05T10:30:00Z"
    assert found == shipped.evaluate(ticket | {"opened_at": "2014-09-05T11:30:00+02:00"}).to_dict()
