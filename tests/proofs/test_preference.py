"""Which answer is better for the customer, and that no opening contradicts it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from openings_by_minute import WEEKS, both_ways
from supportrules import Policy
from supportrules.engine.answers import Access, NoteAnswer
from supportrules.policy.definition import Definition
from supportrules.proofs.comparison.changes import NoAnswer
from supportrules.proofs.comparison.preference import verdict
from supportrules.time.promises import Promise
from supportrules.time.targets import BusinessDays, Duration, NoTime

HOUR = 3600
REVERSED = {"better": "worse", "worse": "better", "other": "other"}


def declared(definition: Definition, answer: str, before: Any, after: Any) -> str:
    """The verdict, and that it is the other way round with the operands swapped."""
    found = verdict(definition, definition, answer, before, after)
    assert verdict(definition, definition, answer, after, before) == REVERSED[found]
    return found


def test_a_higher_level_is_better(policy: Policy) -> None:
    for higher, lower in itertools.combinations(policy.definition.levels, 2):
        assert declared(policy.definition, "severity", lower, higher) == "better"
        assert declared(policy.definition, "severity", higher, higher) == "other"
        assert declared(policy.definition, "severity", None, higher) == "other"


def test_levels_in_another_order_are_not_compared(policy: Policy) -> None:
    definition = policy.definition
    reordered = replace(definition, levels=dict(reversed(list(definition.levels.items()))))
    high, low, *_ = definition.levels
    assert verdict(definition, reordered, "severity", low, high) == "other"
    fewer = replace(definition, levels={high: definition.levels[high]})
    assert verdict(fewer, definition, "severity", high, low) == "worse"
    assert (
        verdict(fewer, replace(definition, levels={low: definition.levels[low]}), "severity", high, low)
        == "other"
    )


def test_an_open_channel_is_better_than_a_refused_one(harbourline: Policy) -> None:
    for hours in ("24x7", *harbourline.definition.hours):
        found = declared(harbourline.definition, "channels.phone", Access(False, None), Access(True, hours))
        assert found == "better"


def test_wider_hours_are_better(harbourline: Policy) -> None:
    def change(before: str, after: str) -> str:
        return declared(harbourline.definition, "channels.phone", Access(True, before), Access(True, after))

    assert change("business_hours", "24x7") == "better"
    assert change("business_hours", "business_hours") == "other"
    # The extended hours hold the business hours on every day of the week and on the special dates.
    assert change("business_hours", "extended_hours") == "better"


def test_a_special_date_can_keep_hours_from_being_wider(harbourline: Policy) -> None:
    definition = harbourline.definition
    extended = definition.hours["extended_hours"]
    closed = replace(extended, week=replace(extended.week, dates=((date(2025, 4, 14), (), "closed"),)))
    new = replace(definition, hours={**definition.hours, "extended_hours": closed})
    before, after = Access(True, "business_hours"), Access(True, "extended_hours")
    assert verdict(definition, new, "channels.phone", before, after) == "other"


def test_longer_to_reopen_is_better(policy: Policy) -> None:
    for before, after in [(None, Duration(60)), (Duration(60), Duration(61)), (None, Duration(0))]:
        assert declared(policy.definition, "reopen", before, after) == "better"
    assert declared(policy.definition, "reopen", None, None) == "other"


def test_promises_are_better_than_none_and_times_than_hours(harbourline: Policy) -> None:
    uncommitted = Promise(NoTime(), "business_hours")
    wider = Promise(NoTime(), "24x7")
    days = Promise(BusinessDays(5), "business_hours")
    for before, after in [(None, uncommitted), (uncommitted, wider), (wider, days), (None, days)]:
        assert declared(harbourline.definition, "promises.response", before, after) == "better"


def test_nothing_else_has_an_order(shipped: Policy) -> None:
    definition = shipped.definition
    assert declared(definition, "category", "billing", "technical") == "other"
    assert declared(definition, next(iter(shipped.program.stages_of(NoteAnswer))), None, True) == "other"
    for answer, value in [
        ("severity", "A"),
        ("promises.response", None),
        ("channels.phone", Access(True, "24x7")),
    ]:
        assert declared(definition, answer, NoAnswer.FAULT, value) == "other"
        assert declared(definition, answer, value, NoAnswer.REFUSED) == "other"


def test_each_promise_runs_in_the_hours_of_its_own_policy(shipped: Policy) -> None:
    hours = shipped.definition.hours["business_hours"]
    longer = replace(hours, week=replace(hours.week, days=(((8 * HOUR, 17 * HOUR),),) * 5 + ((), ())))
    new = replace(shipped.definition, hours={"business_hours": longer})
    promise = Promise(Duration(4 * HOUR), "business_hours")
    assert verdict(shipped.definition, new, "promises.response", promise, promise) == "better"
    # The close of business is where it was.
    promise = Promise(BusinessDays(1), "business_hours")
    assert verdict(shipped.definition, new, "promises.response", promise, promise) == "other"


@pytest.mark.parametrize("which", ["shipped", "harbourline"])
def test_promises_of_cells_have_the_order_that_all_openings_have(
    which: str, request: pytest.FixtureRequest
) -> None:
    definition: Definition = request.getfixturevalue(which).definition
    promises = list(dict.fromkeys(c.promise for c in definition.cells if c.target.committed))
    unordered = []
    for one, other in itertools.combinations(promises, 2):
        timed = [definition.timing(promise) for promise in (one, other)]
        weeks = [WEEKS[0], ("Etc/UTC", date(2025, 4, 1))]
        ways = both_ways(timed[0], timed[1], 1, weeks)
        expected = {(True, False): "worse", (False, True): "better"}.get(ways, "other")
        assert declared(definition, "promises.response", one, other) == expected, (one, other)
        if expected == "other":
            unordered.append((str(one), str(other)))
    # Eight hours are less than a day of eight and a half, and more where that day ends in the morning.
    listed = [("next_business_day in business_hours", "PT8H in business_hours")]
    assert unordered == (listed if which == "harbourline" else [])
