"""A ticket's fields → facts; every bad field is told with what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from supportrules import Policy, Problem, TicketError
from supportrules.base.problem import Location
from supportrules.policy.vocabulary import UNKNOWN, Fact, Instant, Origin, Vocabulary


def problem(policy: Policy, **fields: Any) -> Problem:
    with pytest.raises(TicketError) as caught:
        policy.definition.vocabulary.read(fields)
    (found,) = caught.value.problems
    assert (caught.value.field, caught.value.value) == (found.field, found.value)
    return found


def test_an_unknown_plan_suggests_all_that_are_equally_near(shipped: Policy) -> None:
    found = problem(shipped, plan="enterprise_e2")
    assert found.code == "unknown-value"
    assert found.nearest == ("enterprise_e1", "enterprise_e3", "enterprise_e4")
    assert str(found) == (
        "unknown plan `enterprise_e2`: did you mean `enterprise_e1`, `enterprise_e3` or `enterprise_e4`?"
    )
    assert len(found.accepted) == 15


@pytest.mark.parametrize(
    ("fields", "code", "words"),
    [
        ({"plans": "enterprise_e1"}, "unknown-field", "unknown field `plans`: did you mean `plan`?"),
        ({"xyz": 1}, "unknown-field", "accepted: `id`, `plan`"),
        ({"plan": "something else"}, "unknown-value", "accepted: `small_business`"),
        ({"plan": "Enterprise_E1"}, "unknown-value", "did you mean `enterprise_e1`?"),
        ({"plan": 3}, "wrong-type", "not the number 3"),
        ({"plan": ["enterprise_e1"]}, "wrong-type", "not a list"),
        ({"plan": True}, "wrong-type", "not true"),
        ({"workaround": "yes"}, "wrong-type", "`workaround` takes true or false, not `yes`"),
        (
            {"workaround": "true"},
            "wrong-type",
            "`workaround` takes true or false, without quotes, not `true`",
        ),
        ({"workaround": 1}, "wrong-type", "not the number 1"),
        ({"workaround": 0}, "wrong-type", "not the number 0"),
        ({"id": 17}, "wrong-type", "`id` takes text, not the number 17"),
        ({"requested_severity": "D"}, "unknown-value", "accepted: `A`, `B`, `C`"),
        ({"requested_severity": "a"}, "unknown-value", "did you mean `A`?"),
        ({"requested_severity": "none"}, "unknown-value", "leave the field out"),
        ({"country": "fr"}, "unknown-value", "did you mean `FR`?"),
        ({"country": "France"}, "unknown-value", "did you mean `FR`?"),
        ({"country": "UK"}, "unknown-value", "did you mean `GB`"),
        ({"country": "QQ"}, "unknown-value", "ISO 3166-1 alpha-2"),
        ({"country": False}, "wrong-type", "not false"),
        ({"subdivision": "gb-eng"}, "unknown-value", "did you mean `GB-ENG`?"),
        ({"subdivision": " GB ENG "}, "unknown-value", "did you mean `GB-ENG`?"),
        ({"subdivision": "Bavaria"}, "unknown-value", "did you mean `DE-BY`?"),
        ({"subdivision": "Bayern"}, "unknown-value", "did you mean `DE-BY`?"),
        ({"subdivision": "US-PR"}, "unknown-value", "give the country `PR` instead"),
        ({"subdivision": "fr 971"}, "unknown-value", "give the country `GP` instead"),
        ({"subdivision": "GB-ENGL"}, "unknown-value", "did you mean `GB-ENG`"),
        ({"subdivision": "GB"}, "unknown-value", "an ISO 3166-2 code such as"),
        ({"subdivision": "../.."}, "unknown-value", "an ISO 3166-2 code such as"),
        ({"subdivision": 7}, "wrong-type", "not the number 7"),
        (
            {"subdivision": "DE-BY", "country": "AT"},
            "contradiction",
            "subdivision `DE-BY` lies in `DE`, but country is `AT`",
        ),
        ({"timezone": "Paris"}, "unknown-value", "did you mean `Europe/Paris`?"),
        ({"timezone": "europe/paris"}, "unknown-value", "did you mean `Europe/Paris`?"),
        ({"timezone": "New York"}, "unknown-value", "did you mean `America/New_York`?"),
        ({"timezone": "+02:00"}, "unknown-value", "an IANA time zone"),
        ({"timezone": "../../etc/passwd"}, "unknown-value", "unknown timezone"),
        ({"opened_at": "2014-09-05T11:30:00"}, "no-offset", "add `Z` for UTC"),
        ({"opened_at": "2014-09-05"}, "wrong-type", "RFC 3339"),
        ({"opened_at": "2014-02-30T11:30:00Z"}, "wrong-type", "day"),
        ({"opened_at": "2014-09-05T24:00:00Z"}, "wrong-type", "hour"),
        ({"opened_at": "2016-12-31T23:59:60Z"}, "wrong-type", "leap seconds are not supported"),
        ({"opened_at": "2014-09-05T11:30:00+24:00"}, "wrong-type", "an offset that does not exist"),
        ({"opened_at": "0000-01-01T00:00:00Z"}, "wrong-type", "year"),
        ({"opened_at": "20140905T113000Z"}, "wrong-type", "RFC 3339"),
        ({"opened_at": "2014-W36-5T11:30:00Z"}, "wrong-type", "RFC 3339"),
        ({"opened_at": "٢٠١٤-09-05T11:30:00Z"}, "wrong-type", "RFC 3339"),
        ({"opened_at": 1409909400}, "wrong-type", "not the number 1409909400"),
    ],
)
def test_a_bad_field_is_told(shipped: Policy, fields: dict[str, Any], code: str, words: str) -> None:
    found = problem(shipped, **fields)
    assert (found.code, words in str(found)) == (code, True), str(found)
    assert found.field == next(iter(fields))


@pytest.mark.parametrize("value", [-1, 2.5, "many", True, float("inf"), float("nan"), [1]])
def test_a_number_that_is_none_names_what_the_fact_takes(harbourline: Policy, value: Any) -> None:
    found = problem(harbourline, seats_down=value)
    assert found.message.startswith("`seats_down` takes a whole number, 0 or more, not ")


@pytest.mark.parametrize("value", [0, 7, 10**30, 10.0])
def test_whole_numbers_are_taken(harbourline: Policy, value: Any) -> None:
    read = harbourline.definition.vocabulary.read({"seats_down": value})
    assert read.values["seats_down"] == int(value)
    assert type(read.values["seats_down"]) is int


def test_all_problems_of_a_ticket_are_told(shipped: Policy) -> None:
    with pytest.raises(TicketError) as caught:
        shipped.evaluate({"plan": "x", "country": "fr", "nope": 1})
    assert [p.field for p in caught.value.problems] == ["plan", "country", "nope"]


@pytest.mark.parametrize("ticket", [None, [], "x", 3])
def test_a_ticket_is_an_object(shipped: Policy, ticket: Any) -> None:
    with pytest.raises(TicketError, match="a ticket is an object"):
        shipped.evaluate(ticket)


def test_extra_fields_can_be_passed_over(shipped: Policy) -> None:
    vocabulary = shipped.definition.vocabulary
    assert vocabulary.read({"nope": 1, "plan": "standalone"}, extra=True).values["plan"] == "standalone"
    with pytest.raises(TicketError):
        vocabulary.read({"nope": None})


def test_null_is_not_given(shipped: Policy) -> None:
    vocabulary = shipped.definition.vocabulary
    every = dict.fromkeys(vocabulary.facts)
    assert vocabulary.read(every) == vocabulary.read({})


def test_what_is_not_given_has_its_default_or_is_absent_or_unknown(shipped: Policy) -> None:
    read = shipped.definition.vocabulary.read({})
    # The third column of the table of facts.
    assert {name: value for name, value in read.values.items() if value is not UNKNOWN} == {
        "id": None,
        "subscription_state": "paid",
        "service": None,
        "issue_type": "other",
        "affected_services": "one",
        "advanced_support": False,
        "requested_severity": None,
        "closed_at": None,
    }
    without = shipped.definition.vocabulary.read({}, defaults=False)
    assert {name for name, value in without.values.items() if value is not UNKNOWN} == {
        "id",
        "service",
        "closed_at",
    }
    assert without.defaulted == frozenset()


@pytest.mark.parametrize(
    ("country", "zone"), [("FR", "Europe/Paris"), ("DE", UNKNOWN), ("US", UNKNOWN), ("IN", "Asia/Kolkata")]
)
def test_the_zone_is_the_only_one_of_the_country(shipped: Policy, country: str, zone: object) -> None:
    read = shipped.definition.vocabulary.read({"country": country})
    assert read.values["timezone"] == zone
    assert ("timezone" in read.defaulted) == (zone is not UNKNOWN)
    given = shipped.definition.vocabulary.read({"country": country, "timezone": "Asia/Tokyo"})
    assert given.values["timezone"] == "Asia/Tokyo"


@pytest.mark.parametrize("defaults", [True, False])
def test_a_subdivision_tells_its_country(shipped: Policy, defaults: bool) -> None:
    read = shipped.definition.vocabulary.read({"subdivision": "FR-IDF"}, defaults=defaults)
    assert read.values["country"] == "FR"
    # Of which the time zone is known by default.
    assert read.values["timezone"] == ("Europe/Paris" if defaults else UNKNOWN)
    assert "country" not in read.defaulted


@pytest.mark.parametrize(
    ("given", "country", "subdivision"),
    [({}, "DE", "DE-BY"), ({"country": "AT"}, "AT", UNKNOWN), ({"part": "AT-9"}, "AT", "AT-9")],
)
def test_a_subdivision_by_default(given: dict[str, str], country: str, subdivision: object) -> None:
    """It is one of the country that is the default; where a ticket says another one, nothing is known of it."""
    label, origin = {"en": "x"}, Origin(("X-1",), "stated", Location("vocabulary.yaml"))
    facts = [
        Fact("part", "subdivision", label, label, origin, {}, default="DE-BY", country="country"),
        Fact("country", "country", label, label, origin, {}, default="DE"),
    ]
    values = Vocabulary(facts).read(given).values
    assert (values["country"], values["part"]) == (country, subdivision)


@pytest.mark.parametrize(
    ("text", "seconds", "offset"),
    [
        ("1970-01-01T00:00:00Z", 0, 0),
        ("1970-01-01t01:00:00+01:00", 0, 3600),
        ("1969-12-31 18:30:00-05:30", 0, -19800),
        ("1970-01-01T00:00:01.999999999z", 1, 0),
        ("1969-12-31T23:59:59.9Z", -1, 0),
        ("1970-01-01T00:00:00-00:00", 0, 0),
        ("2000-02-29T00:00:00Z", 951782400, 0),
    ],
)
def test_times_are_read_to_the_second(shipped: Policy, text: str, seconds: int, offset: int) -> None:
    read = shipped.definition.vocabulary.read({"opened_at": text})
    assert read.values["opened_at"] == Instant(seconds, offset)
