"""Tickets decided by joins on decision tables, as one would write them with DuckDB or Polars, and pandas.

The tables are made from the policy, no value of them by hand. One over all facts, with nulls, would have two
million rows; so a problem and a customer each have a number, and a third table has for both numbers severity,
target, clock and telephone. Plans, countries and the like first become one of the groups that no rule tells
apart. A null that no default fills is a value of its own.

A deadline of a clock that never stops is a sum. One of business days is the close of a day in the customer's
zone, for each subdivision and zone apart, without its public holidays: by pandas' `CustomBusinessDay`, which
is added row by row whatever one does, or by `busday_offset` of NumPy, for all rows of a group at once. (Its
`CustomBusinessHour` is six times as slow, and puts the end of eight hours at the next opening, not at the
close.) The policy that ships asks for no more. Left out are durations in business hours, hours that differ
from day to day, and special dates.

Not told either: errors of tickets (a value that is none, a category that contradicts the kind of problem);
which answers are open and which facts are missing for them, so that "not known" and "none" look alike; other
channels, hours of channels, windows, reopening, notes, basis and reasons.

A join costs much the same for few rows as for some ten thousand, so ratios fall with the number of tickets:
those of a small file say nothing of a large one.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import duckdb
import holidays
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from supportrules import Policy
from supportrules.policy.definition import COLUMN, SEVERITY
from supportrules.policy.vocabulary import UNKNOWN
from supportrules.time import places
from supportrules.time.clocks import ALWAYS
from supportrules.time.targets import BusinessDays, Duration

PHONE = "phone"
ANSWERS = ("severity", "target", "phone", "due_at")
# The holidays of these years are known: those in which tickets are opened, and the next.
YEARS = range(2023, 2027)
Join: TypeAlias = Callable[[pa.Table], pa.Table]
"""Tickets → in any order their `id`, `opened_at`, `subdivision`, `timezone`, all but the last of `ANSWERS`,
and `days` or `due_at`."""
Combination: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Decisions:
    """Decision tables; the keys of facts are texts, see `key`.

    Args:
        nulls: for each fact that answers follow from, the key of a ticket that does not give it.
        kind, category: the facts of these parts.
        groups: for facts with values that no rule tells apart, the `group` of each key; for the kind of
            problem also the `told` category, for the country its only `zone`.
        problems, customers: the number of each combination of keys.
        answers: for each number of a problem and of a customer the answers.
    """

    nulls: Mapping[str, str]
    kind: str
    category: str
    groups: Mapping[str, pa.Table]
    problems: pa.Table
    customers: pa.Table
    answers: pa.Table

    @property
    def facts_of_problems(self) -> list[str]:
        """The facts that make a problem."""
        return [name for name in self.problems.column_names if name != "problem"]

    @property
    def facts_of_customers(self) -> list[str]:
        """The facts that make a customer."""
        return [name for name in self.customers.column_names if name != "customer"]


def key(value: Any) -> str:
    """A value of a fact as a text; of an unknown one an empty one."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return value
    return "" if value is UNKNOWN else "none"


def given(value: Any) -> Any:
    """A value of a fact as a ticket has it."""
    return None if value is UNKNOWN else value


def answers_of(decisions: pa.Table) -> pa.Table:
    """What is compared of decisions by `evaluate_batch`, with `clock` and `error`."""

    def inside(*path: str) -> pa.ChunkedArray:
        return pc.struct_field(decisions[path[0]], list(path[1:]))

    return pa.table(
        {
            "id": decisions["ticket"],
            "severity": decisions["severity"],
            "target": inside("promises", "response", "target"),
            "clock": inside("promises", "response", "clock"),
            "phone": inside("channels", PHONE, "eligible"),
            "due_at": inside("promises", "response", "due_at"),
            "error": decisions["error"],
        }
    )


def decisions_of(policy: Policy) -> Decisions:
    """The decision tables of a policy."""
    program, definition = policy.program, policy.definition
    kind, category = str(definition.issue_type_fact), str(definition.roles.category)
    assert all(cell.clock == ALWAYS or not isinstance(cell.target, Duration) for cell in definition.cells)
    facts, vocabulary = program.support[f"channels.{PHONE}"], definition.vocabulary
    # What makes a plan's column is the customer's, and so is the severity that a customer asks for.
    of_problems = [
        fact
        for fact in program.support[SEVERITY]
        if fact not in program.support[COLUMN] and vocabulary.facts[fact].type != "level"
    ]
    of_customers = [fact for fact in facts if fact not in of_problems]
    absent = vocabulary.read({}).values
    axes = {fact: [*program.axes[fact], *([(UNKNOWN,)] if absent[fact] is UNKNOWN else [])] for fact in facts}
    told = {group[0]: policy.evaluate({kind: given(group[0])}).category for group in axes[kind]}
    # A category is given only where the kind of problem tells none.
    problems = [
        each for each in _combinations(axes, of_problems) if told[each[kind]] in (None, each[category])
    ]
    customers = list(_combinations(axes, of_customers))
    rows, codes = _distinct(_decided(policy, problems, customers))
    # Problems that come to the same for every customer have one number, and customers likewise.
    matrix = codes.reshape(len(customers), len(problems))
    _, some_customers, customer = np.unique(matrix, axis=0, return_index=True, return_inverse=True)
    _, some_problems, problem = np.unique(matrix, axis=1, return_index=True, return_inverse=True)
    answers = rows.take(pa.array(matrix[np.ix_(some_customers, some_problems)].ravel()))
    targets = {str(cell.target): cell.target for cell in definition.cells}
    promised = [targets.get(text) for text in answers["target"].to_pylist()]
    more = {
        "customer": np.repeat(np.arange(len(some_customers)), len(some_problems)),
        "problem": np.tile(np.arange(len(some_problems)), len(some_customers)),
        "seconds": pa.array([t.seconds if isinstance(t, Duration) else None for t in promised], pa.int64()),
        "days": pa.array([t.length if isinstance(t, BusinessDays) else None for t in promised], pa.int64()),
    }
    for name, column in more.items():
        answers = answers.append_column(name, pa.array(column))

    groups = {}
    for fact in facts:
        if any(len(group) > 1 for group in axes[fact]):
            pairs = [(value, group[0]) for group in axes[fact] for value in group]
            columns: dict[str, list[str | None]] = {
                fact: [key(value) for value, _ in pairs],
                "group": [key(first) for _, first in pairs],
            }
            if fact == kind:
                columns["told"] = [told[first] for _, first in pairs]
            if fact == definition.roles.country:
                columns["zone"] = [_zone(policy, {fact: given(value)}) for value, _ in pairs]
            groups[fact] = pa.table(columns)
    return Decisions(
        {fact: key(absent[fact]) for fact in facts},
        kind,
        category,
        groups,
        _keyed(problems, "problem", problem),
        _keyed(customers, "customer", customer),
        answers,
    )


def _combinations(axes: Mapping[str, Iterable[Sequence[Any]]], facts: Sequence[str]) -> Iterable[Combination]:
    """All combinations of facts; the first value of a group stands for it."""
    values = ([group[0] for group in axes[fact]] for fact in facts)
    return (dict(zip(facts, each, strict=True)) for each in itertools.product(*values))


def _decided(policy: Policy, problems: Sequence[Combination], customers: Sequence[Combination]) -> pa.Table:
    """The answers for every customer with every problem."""
    columns = {fact: pa.array([given(each[fact]) for each in problems]) for fact in problems[0]}
    found = []
    for customer in customers:
        own = {
            fact: pa.repeat(pa.scalar(value), len(problems))
            for fact, value in customer.items()
            if given(value) is not None
        }
        answers = answers_of(policy.evaluate_batch(pa.table(columns | own)))
        assert answers["error"].null_count == len(problems)
        found.append(answers.select(["severity", "target", "clock", "phone"]))
    return pa.concat_tables(found)


def _distinct(table: pa.Table) -> tuple[pa.Table, Any]:
    """The distinct rows of a table, and for each row the number of its own."""
    texts = [column.cast(pa.string()).fill_null("-") for column in table.columns]
    joined = pc.binary_join_element_wise(*texts, " ").combine_chunks()
    codes = joined.dictionary_encode().indices.to_numpy()
    _, first = np.unique(codes, return_index=True)
    return table.take(pa.array(first)), codes


def _keyed(rows: Sequence[Combination], name: str, numbers: Any) -> pa.Table:
    keys = {fact: [key(row[fact]) for row in rows] for fact in rows[0]}
    return pa.table(keys | {name: np.ravel(numbers)})


def _zone(policy: Policy, ticket: Mapping[str, Any]) -> str | None:
    zone = policy.definition.vocabulary.read(ticket).values[str(policy.definition.roles.timezone)]
    return zone if isinstance(zone, str) else None


# Joins


def by_duckdb(tables: Decisions) -> Join:
    """A join by DuckDB."""
    database = duckdb.connect()
    named = {"problems": tables.problems, "customers": tables.customers, "answers": tables.answers}
    named |= {f"groups_{fact}": table for fact, table in tables.groups.items()}
    for name, table in named.items():
        database.register("made", table)
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM made")
        database.unregister("made")

    def own(fact: str) -> str:
        return f"coalesce(CAST(tickets.{fact} AS VARCHAR), '{tables.nulls[fact]}')"

    def joined(fact: str) -> str:
        if fact == tables.category:
            return f"coalesce(groups_{tables.kind}.told, {own(fact)})"
        return f'groups_{fact}."group"' if fact in tables.groups else own(fact)

    def on(name: str, facts: Iterable[str]) -> str:
        return " AND ".join(f"{name}.{fact} = {joined(fact)}" for fact in facts)

    groups = "\n".join(
        f"LEFT JOIN groups_{fact} ON groups_{fact}.{fact} = {own(fact)}" for fact in tables.groups
    )
    query = f"""
        SELECT tickets.id, severity, target, phone, days, opened_at + to_seconds(seconds) AS due_at,
            opened_at, tickets.subdivision, coalesce(timezone, zone) AS timezone
        FROM tickets {groups}
        LEFT JOIN problems ON {on("problems", tables.facts_of_problems)}
        LEFT JOIN customers ON {on("customers", tables.facts_of_customers)}
        LEFT JOIN answers USING (problem, customer)
    """

    def join(tickets: pa.Table) -> pa.Table:
        database.register("tickets", tickets)
        return database.sql(query).to_arrow_table()

    return join


def by_polars(tables: Decisions) -> Join:
    """A join by Polars."""
    groups = {
        fact: _frame(table).rename({fact: f"key {fact}", "group": f"group {fact}"})
        for fact, table in tables.groups.items()
    }
    # A category is joined on as the kind of problem tells it, else as it is given.
    on = {fact: f"group {fact}" if fact in groups else f"key {fact}" for fact in tables.nulls}
    on[tables.category] = "category joined"
    problems, customers, answers = map(_frame, (tables.problems, tables.customers, tables.answers))
    problems = problems.rename({fact: on[fact] for fact in tables.facts_of_problems})
    customers = customers.rename({fact: on[fact] for fact in tables.facts_of_customers})

    def join(tickets: pa.Table) -> pa.Table:
        frame = _frame(tickets).with_columns(
            pl.col(fact).cast(pl.String).fill_null(null).alias(f"key {fact}")
            for fact, null in tables.nulls.items()
        )
        for fact, table in groups.items():
            frame = frame.join(table, on=f"key {fact}", how="left")
        found: pa.Table = (
            frame.with_columns(pl.coalesce("told", f"key {tables.category}").alias(on[tables.category]))
            .join(problems, on=[on[fact] for fact in tables.facts_of_problems], how="left")
            .join(customers, on=[on[fact] for fact in tables.facts_of_customers], how="left")
            .join(answers, on=["problem", "customer"], how="left")
            .select(
                *("id", "severity", "target", "phone", "days", "opened_at", "subdivision"),
                due_at=pl.col("opened_at") + pl.duration(seconds="seconds"),
                timezone=pl.coalesce("timezone", "zone"),
            )
            .collect()
            .to_arrow()
        )
        return found

    return join


def _frame(table: pa.Table) -> pl.LazyFrame:
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    return frame.lazy()


# Deadlines


@dataclass(frozen=True)
class Business:
    """Hours of business.

    Args:
        weekmask: for each weekday from Monday on, 1 where it is open.
        closes: the local time of the close.
        public_holidays: whether public holidays close a day.
    """

    weekmask: str
    closes: pd.Timedelta
    public_holidays: bool

    def holidays(self, part: str) -> list[str]:
        """The days that are closed in a subdivision of a country."""
        return _holidays(part) if self.public_holidays else []


Close: TypeAlias = Callable[[Business, str, pd.DatetimeIndex, int], pd.DatetimeIndex]
"""Business, subdivision, local times and N → the local dates of the Nth business day after each."""


@functools.cache
def _holidays(part: str) -> list[str]:
    kept = places.holidays_of(part)
    code = places.holidays_code(kept)
    found = holidays.country_holidays(places.country(kept), subdiv=code, years=YEARS)
    return [day.isoformat() for day in sorted(found)]


def by_offsets(business: Business, part: str, local: pd.DatetimeIndex, days: int) -> pd.DatetimeIndex:
    """Business days by pandas, row by row."""
    offset = pd.offsets.CustomBusinessDay(days, weekmask=business.weekmask, holidays=business.holidays(part))
    return pd.DatetimeIndex([day + offset for day in local.normalize()])


def by_numpy(business: Business, part: str, local: pd.DatetimeIndex, days: int) -> pd.DatetimeIndex:
    """Business days by NumPy, all rows at once."""
    dates = local.to_numpy().astype("datetime64[D]")
    found = np.busday_offset(
        dates, days, "backward", weekmask=business.weekmask, holidays=business.holidays(part)
    )
    return pd.DatetimeIndex(found)


def business_of(policy: Policy) -> Business:
    """The only hours in which targets run, besides those that never end."""
    (clock,) = {cell.clock for cell in policy.definition.cells} - {ALWAYS}
    hours = policy.definition.hours[clock]
    ((_, closes),) = {interval for intervals in hours.week.days for interval in intervals}
    assert not hours.week.dates
    weekmask = "".join("1" if intervals else "0" for intervals in hours.week.days)
    return Business(weekmask, pd.Timedelta(seconds=closes), bool(hours.holidays.of))


def with_deadlines(business: Business, joined: pa.Table, close: Close) -> pa.Table:
    """What a join found with the deadlines of business days added."""
    needed = ["days", "opened_at", "subdivision", "timezone"]
    rows = np.flatnonzero(
        functools.reduce(np.logical_and, (joined[name].is_valid().to_numpy() for name in needed))
    )
    some = joined.select(needed).take(pa.array(rows)).to_pandas()
    due = joined["due_at"].cast(pa.timestamp("us")).to_numpy().copy()
    for (days, part, zone), group in some.groupby(["days", "subdivision", "timezone"]):
        local = pd.DatetimeIndex(group["opened_at"]).tz_convert(zone).tz_localize(None)
        closing = close(business, part, local, int(days)) + business.closes
        due[rows[group.index]] = closing.tz_localize(zone).tz_convert("UTC").tz_localize(None)
    place = joined.column_names.index("due_at")
    return joined.set_column(place, "due_at", pa.array(due).cast(pa.timestamp("us", "UTC")))


def ways(policy: Policy) -> Mapping[str, Join]:
    """What gives `id` and `ANSWERS` for tickets."""
    tables, business = decisions_of(policy), business_of(policy)
    joins = {"DuckDB": by_duckdb(tables), "Polars": by_polars(tables)}
    closes: Mapping[str, Close] = {"pandas": by_offsets, "NumPy": by_numpy}

    def way(join: Join, close: Close) -> Join:
        return lambda tickets: with_deadlines(business, join(tickets), close).select(["id", *ANSWERS])

    return {
        f"{first}, days by {then}": way(join, close)
        for first, join in joins.items()
        for then, close in closes.items()
    }


def differing(policy: Policy, way: Join, tickets: pa.Table) -> tuple[int, int]:
    """On how many tickets without an error some answer differs from `evaluate_batch`, and of how many."""
    decided = answers_of(policy.evaluate_batch(tickets)).sort_by("id")
    found = way(tickets).sort_by("id")
    assert decided["id"].equals(found["id"].cast(pa.string()))
    without = decided["error"].is_null()

    def same(ours: pa.ChunkedArray, theirs: pa.ChunkedArray) -> Any:
        equal = pc.equal(ours, theirs.cast(ours.type))
        return pc.coalesce(equal, pc.and_(ours.is_null(), theirs.is_null())).to_numpy()

    alike = np.logical_and.reduce([same(decided[name], found[name]) for name in ANSWERS])
    return int((without.to_numpy() & ~alike).sum()), pc.sum(without).as_py()
