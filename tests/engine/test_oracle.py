"""The oracle against answers worked out by hand from the clauses, and unknown facts against the slow way."""

import random
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import pytest

import oracle
from oracle import decide, random_ticket

ANY, BUSINESS = "24x7", "business_hours"
OPEN = {"eligible": True, "hours": ANY}
IN_HOURS = {"eligible": True, "hours": BUSINESS}
REFUSED = {"eligible": False, "hours": None}

# Nothing about this ticket is an example; by definition it is B, stated: degraded, moderate, one user.
COMPLETE = {
    "id": "T-1",
    "plan": "enterprise_e3",
    "issue_type": "mailbox_migration",
    "service_state": "degraded",
    "business_impact": "moderate",
    "affected_users": "one",
    "workaround": False,
    "requester": "administrator",
    "country": "FR",
    "opened_at": "2014-09-05T11:30:00+02:00",
    "submitted_via": "online",
}


def ticket(**changes: Any) -> dict[str, Any]:
    return COMPLETE | changes


def response(**changes: Any) -> Any:
    return decide(ticket(**changes))["promises"]["response"]


def phone(**changes: Any) -> Any:
    return decide(ticket(**changes))["channels"]["phone"]


def severity(**changes: Any) -> tuple[str | None, str | None]:
    decision = decide(ticket(**changes))
    return decision["severity"], decision["basis"]["severity"]


def test_a_whole_decision() -> None:
    assert decide(COMPLETE) == {
        "ticket": "T-1",
        "category": "technical",
        "severity": "B",
        "channels": {"phone": OPEN, "online": OPEN, "self_service": OPEN},
        "promises": {
            "response": {
                "committed": True,
                "target": "PT8H",
                "clock": ANY,
                "due_at": "2014-09-05T17:30:00Z",
                "due_at_local": "2014-09-05T19:30:00+02:00",
                "window": None,
            }
        },
        "reopen": None,
        "undetermined": {},
        "basis": {"severity": "stated"},
    }


@pytest.mark.parametrize(
    ("issue", "users", "workaround", "expected"),
    [
        ("mail_send_receive", "several", True, ("A", "inferred")),  # SV-A1
        ("mail_send_receive", "one", True, ("B", "stated")),  # not widespread: SV-B
        ("sharepoint_site_down", "one", True, ("A", "stated")),  # SV-A2
        ("lync_communication", "all", True, ("A", "stated")),  # SV-A3
        ("lync_communication", "several", True, ("B", "stated")),  # SV-B3
        ("lync_communication", "one", False, ("C", "stated")),  # SV-C3
        ("mail_access", "one", False, ("B", "stated")),  # SV-B1
        ("mail_access", "one", True, ("C", "stated")),  # SV-C1
        ("sharepoint_site_access", "one", True, ("B", "stated")),  # SV-B2
        ("sharepoint_external_recipients", "all", False, ("C", "stated")),  # SV-C2
        ("bill_explanation", "all", False, (None, "inferred")),  # SV-2
    ],
)
def test_examples(issue: str, users: str, workaround: bool, expected: object) -> None:
    assert severity(issue_type=issue, affected_users=users, workaround=workaround) == expected


@pytest.mark.parametrize(
    ("state", "impact", "users", "services", "workaround", "expected"),
    [
        ("unusable", "severe", "several", "one", True, ("A", "inferred")),
        ("unusable", "severe", "one", "several", True, ("A", "inferred")),
        ("unusable", "severe", "one", "one", True, ("B", "assumed")),  # not several of anything
        ("degraded", "severe", "all", "one", True, ("B", "assumed")),  # can be used
        ("unusable", "minimal", "one", "several", True, ("C", "inferred")),  # whatever the state
        ("usable", "minimal", "one", "one", False, ("B", "assumed")),  # no workaround
        ("degraded", "moderate", "all", "one", True, ("B", "stated")),  # one service
        ("degraded", "moderate", "all", "several", True, ("B", "assumed")),
    ],
)
def test_definitions(
    state: str, impact: str, users: str, services: str, workaround: bool, expected: object
) -> None:
    found = severity(
        service_state=state,
        business_impact=impact,
        affected_users=users,
        affected_services=services,
        workaround=workaround,
    )
    assert found == expected


def test_customers_choice() -> None:
    choice = {"issue_type": "sharepoint_site_down", "requested_severity": "C"}
    assert severity(**choice) == ("A", "stated")  # no advanced support
    assert severity(**choice, advanced_support=True) == ("C", "inferred")  # AD-4
    small = choice | {"plan": "small_business", "advanced_support": True}
    assert severity(**small) == ("A", "stated")  # AD-6: not in France
    assert severity(**small, country="CA", timezone="America/Toronto") == ("C", "inferred")  # AD-2


def test_phone() -> None:
    assert phone() == OPEN
    assert phone(requester="delegated_partner") == OPEN  # PT-1
    assert phone(requester="end_user") == phone(requester="prospect") == REFUSED  # RS-1, PS-3
    assert phone(issue_type="bill_explanation") == IN_HOURS  # BL-1
    assert phone(issue_type="bill_explanation", requester="prospect") == REFUSED  # PS-3
    assert phone(issue_type="solution_fit", requester="end_user") == IN_HOURS  # PS-3
    assert phone(plan="midsize_business") == IN_HOURS  # RT-4
    assert phone(plan="midsize_business", issue_type="sharepoint_site_down") == OPEN
    assert phone(plan="small_business") == REFUSED  # RT-6
    assert phone(plan="small_business", issue_type="sharepoint_site_down") == OPEN  # RT-6
    assert phone(plan="small_business", issue_type="bill_explanation") == IN_HOURS  # RT-6
    assert phone(plan="small_business", advanced_support=True) == REFUSED  # AD-6
    assert phone(plan="small_business", advanced_support=True, country="GB") == OPEN  # AD-5


def test_online_and_self_service() -> None:
    for requester, online in (("administrator", OPEN), ("end_user", REFUSED), ("prospect", REFUSED)):
        channels = decide(ticket(requester=requester, issue_type="solution_fit"))["channels"]
        assert (channels["online"], channels["self_service"]) == (online, OPEN)


@pytest.mark.parametrize(
    ("plan", "advanced", "promises"),
    [
        ("small_business_premium", False, [("PT1H", ANY), (None, BUSINESS), (None, BUSINESS)]),
        ("midsize_business", False, [("PT1H", ANY), ("next_business_day", BUSINESS), (None, BUSINESS)]),
        ("standalone", False, [("PT1H", ANY), ("PT8H", ANY), (None, ANY)]),  # SA-1
        ("midsize_business", True, [("PT1H", ANY), ("PT2H", ANY), ("PT4H", ANY)]),
    ],
)
def test_targets(plan: str, advanced: bool, promises: list[object]) -> None:
    for users, promise in zip(("all", "several", "one"), promises, strict=True):  # SV-A3, SV-B3, SV-C3
        answer = response(
            issue_type="lync_communication", affected_users=users, plan=plan, advanced_support=advanced
        )
        assert (answer["target"], answer["clock"]) == promise
        assert answer["committed"] == (promise[0] is not None)


def test_who_asks_and_trials_do_not_change_the_target() -> None:
    assert response(requester="prospect") == response(subscription_state="trial") == response()  # RS-1, OV-2


@pytest.mark.parametrize(
    ("country", "zone", "opened", "due", "local"),
    [
        # A Friday evening in Paris: Monday.
        ("FR", None, "2014-09-05T18:00:00+02:00", "2014-09-08T15:00:00Z", "2014-09-08T17:00:00+02:00"),
        # The Thursday before Easter: Good Friday is a holiday of all of the UK, Easter Monday not of Scotland.
        ("GB-SCT", None, "2014-04-17T10:00:00+01:00", "2014-04-21T16:00:00Z", "2014-04-21T17:00:00+01:00"),
        # Wednesday in UTC, still Tuesday in Los Angeles.
        (
            "US",
            "America/Los_Angeles",
            "2014-11-26T03:00:00Z",
            "2014-11-27T01:00:00Z",
            "2014-11-26T17:00:00-08:00",
        ),
        # Before Thanksgiving, after which Oregon works.
        (
            "US-OR",
            "America/Los_Angeles",
            "2014-11-26T18:00:00Z",
            "2014-11-29T01:00:00Z",
            "2014-11-28T17:00:00-08:00",
        ),
        # Over New Year's Day, which is observed on Friday 2021-12-31.
        (
            "US-NY",
            "America/New_York",
            "2021-12-30T12:00:00Z",
            "2022-01-03T22:00:00Z",
            "2022-01-03T17:00:00-05:00",
        ),
        # Samoa had no Friday 2011-12-30; 2012-01-02 is a holiday.
        ("WS", None, "2011-12-29T10:00:00-10:00", "2012-01-03T03:00:00Z", "2012-01-03T17:00:00+14:00"),
        # 2, 3 and 6 October 2014 are holidays in India.
        ("IN", None, "2014-10-01T18:00:00+05:30", "2014-10-07T11:30:00Z", "2014-10-07T17:00:00+05:30"),
        # Monday to Friday everywhere, in the Emirates of 2014 too.
        ("AE", None, "2014-09-04T12:00:00+04:00", "2014-09-05T13:00:00Z", "2014-09-05T17:00:00+04:00"),
        # The opening may be written in any offset.
        ("FR", None, "2014-09-08T05:00:00+14:00", "2014-09-08T15:00:00Z", "2014-09-08T17:00:00+02:00"),
    ],
)
def test_next_business_day(country: str, zone: str | None, opened: str, due: str, local: str) -> None:
    part = country if "-" in country else None
    where = {"country": country[:2], "subdivision": part, "timezone": zone}
    answer = response(plan="midsize_business", opened_at=opened, **where)
    assert answer == {
        "committed": True,
        "target": "next_business_day",
        "clock": BUSINESS,
        "due_at": due,
        "due_at_local": local,
        "window": None,
    }


@pytest.mark.parametrize(
    ("country", "zone", "opened", "opens", "closes"),
    [
        # Closing time is closed, the second before it is open, a fraction is cut off.
        ("FR", None, "2014-09-05T17:00:00+02:00", "2014-09-08T07:00:00Z", "2014-09-08T15:00:00Z"),
        ("FR", None, "2014-09-05T16:59:59.999+02:00", "2014-09-05T07:00:00Z", "2014-09-05T15:00:00Z"),
        ("FR", None, "2014-09-05T08:59:59.999+02:00", "2014-09-05T07:00:00Z", "2014-09-05T15:00:00Z"),
        # Clocks go back on Sunday 2014-11-02 in New York, forward on Sunday 2014-03-09.
        ("US", "America/New_York", "2014-11-01T16:00:00Z", "2014-11-03T14:00:00Z", "2014-11-03T22:00:00Z"),
        ("US", "America/New_York", "2014-03-07T22:00:00Z", "2014-03-10T13:00:00Z", "2014-03-10T21:00:00Z"),
        # A zone of another country than the holidays: Bastille Day in Kathmandu, 5:45 ahead.
        ("FR", "Asia/Kathmandu", "2014-07-14T06:00:00Z", "2014-07-15T03:15:00Z", "2014-07-15T11:15:00Z"),
    ],
)
def test_window(country: str, zone: str | None, opened: str, opens: str, closes: str) -> None:
    answer = response(plan="small_business", country=country, timezone=zone, opened_at=opened)
    assert answer == {
        "committed": False,
        "target": None,
        "clock": BUSINESS,
        "due_at": None,
        "due_at_local": None,
        "window": {"opens_at": opens, "closes_at": closes},
    }


def test_due_times_of_the_clock_that_never_stops() -> None:
    # Germany has two zones, so the local time keeps the offset of the opening.
    assert response(country="DE", opened_at="2014-03-29T22:30:00.5-03:30")["due_at_local"] == (
        "2014-03-30T06:30:00-03:30"
    )
    assert response(country="DE", opened_at="2014-03-29T22:30:00Z")["due_at_local"] == (
        "2014-03-30T06:30:00+00:00"
    )
    # In Paris the clock goes forward meanwhile: eight hours from 23:30+01:00.
    answer = response(opened_at="2014-03-29T22:30:00.999Z")
    assert (answer["due_at"], answer["due_at_local"]) == ("2014-03-30T06:30:00Z", "2014-03-30T08:30:00+02:00")
    # Any time, no time promised: no window, and nothing is missing.
    decision = decide(ticket(issue_type="sharepoint_external_recipients", opened_at=None, country=None))
    assert decision["promises"]["response"] == {
        "committed": False,
        "target": None,
        "clock": ANY,
        "due_at": None,
        "due_at_local": None,
        "window": None,
    }
    assert decision["undetermined"] == {}


def test_reopen() -> None:
    closed = "2014-09-30T23:00:00.7+02:00"
    assert decide(ticket(closed_at=closed))["reopen"] == {"until": "2014-10-14T21:00:00Z"}
    assert decide(ticket(closed_at=closed, submitted_via="phone"))["reopen"] is None
    decision = decide(ticket(closed_at=closed, submitted_via=None))
    assert decision["reopen"] is None
    assert decision["undetermined"] == {
        "reopen": {"possible": [{"until": "2014-10-14T21:00:00Z"}, None], "missing": ["submitted_via"]}
    }


def promises(*pairs: tuple[str | None, str] | None) -> list[object]:
    return [pair and {"target": pair[0], "clock": pair[1]} for pair in pairs]


def same(found: list[object], expected: list[object]) -> bool:
    return sorted(map(repr, found)) == sorted(map(repr, expected))


def test_a_workaround_that_decides() -> None:
    decision = decide(ticket(issue_type="mail_access", workaround=None, opened_at=None))
    assert decision["severity"] is None
    assert decision["basis"]["severity"] is None
    assert decision["promises"]["response"] is None
    assert decision["channels"]["phone"] == OPEN
    assert set(decision["undetermined"]) == {"severity", "promises.response"}
    assert same(decision["undetermined"]["severity"]["possible"], ["B", "C"])
    assert decision["undetermined"]["severity"]["missing"] == ["workaround"]
    assert same(
        decision["undetermined"]["promises.response"]["possible"], promises(("PT8H", ANY), (None, ANY))
    )
    # The workaround leaves one promise, the opening both.
    assert decision["undetermined"]["promises.response"]["missing"] == ["workaround", "opened_at"]


def test_the_most_telling_fact_is_first() -> None:
    # Impact: severe leaves A and B, minimal B and C, moderate only B: 5/3. Users: one leaves B and C, several
    # and all A and B: 2.
    unknown = ticket(service_state="unusable", business_impact=None, affected_users=None, workaround=True)
    found = decide(unknown)["undetermined"]["severity"]
    assert same(found["possible"], ["A", "B", "C"])
    assert found["missing"] == ["business_impact", "affected_users"]


def test_a_site_that_is_down() -> None:
    decision = decide({"issue_type": "sharepoint_site_down"})
    assert (decision["severity"], decision["basis"]["severity"]) == ("A", "stated")
    assert decision["channels"] == {
        "phone": {"eligible": None, "hours": None},
        "online": {"eligible": None, "hours": None},
        "self_service": OPEN,
    }
    assert decision["promises"]["response"] == {
        "committed": True,
        "target": "PT1H",
        "clock": ANY,
        "due_at": None,
        "due_at_local": None,
        "window": None,
    }
    assert set(decision["undetermined"]) == {"channels.phone", "channels.online", "promises.response"}
    assert decision["undetermined"]["channels.phone"]["missing"] == ["requester"]
    assert decision["undetermined"]["promises.response"] == {
        "possible": promises(("PT1H", ANY)),
        "missing": ["opened_at"],
    }
    # Advanced support may be in force, and another level asked for: none and A leave one level, B and C two
    # (1.5 on average); without advanced support one is left, with it three (2); the others leave three.
    open_severity = decide({"issue_type": "sharepoint_site_down"}, defaults=False)["undetermined"]["severity"]
    assert same(open_severity["possible"], ["A", "B", "C"])
    assert open_severity["missing"] == ["requested_severity", "advanced_support", "country", "plan"]


def test_an_unknown_category() -> None:
    decision = decide(ticket(issue_type=None, plan="midsize_business", opened_at=None))
    assert decision["category"] is None
    assert decision["channels"]["phone"] == IN_HOURS  # in all three categories
    assert set(decision["undetermined"]) == {"category", "severity", "promises.response"}
    assert same(decision["undetermined"]["category"]["possible"], ["technical", "billing", "presales"])
    assert decision["undetermined"]["category"]["missing"] == ["category"]
    assert same(decision["undetermined"]["severity"]["possible"], ["B", None])
    assert same(
        decision["undetermined"]["promises.response"]["possible"],
        promises(("next_business_day", BUSINESS), None),
    )
    assert decision["undetermined"]["promises.response"]["missing"] == ["category", "opened_at"]


def test_a_known_issue_type_settles_the_category_without_defaults() -> None:
    assert decide({"issue_type": "license_change"}, defaults=False)["category"] == "billing"
    unknown = decide({}, defaults=False)["undetermined"]["category"]
    assert unknown["missing"] == ["category"]  # the issue type alone never changes it


def test_an_unknown_country() -> None:
    # Advanced support in force: two hours. Not in force (246 of 249): business hours, which need the zone.
    small = ticket(plan="small_business", advanced_support=True, country=None)
    decision = decide(small)
    assert decision["severity"] == "B"
    assert same(
        decision["undetermined"]["promises.response"]["possible"], promises(("PT2H", ANY), (None, BUSINESS))
    )
    assert decision["undetermined"]["promises.response"]["missing"] == ["country", "timezone"]
    assert same(decision["undetermined"]["channels.phone"]["possible"], [OPEN, REFUSED])
    with_zone = decide(small | {"timezone": "Asia/Tokyo"})
    assert with_zone["undetermined"]["promises.response"]["missing"] == ["country"]


def test_only_the_time_is_open() -> None:
    changes: dict[str, Any]
    for changes, missing in (
        ({"country": None}, ["country", "timezone"]),
        ({"country": None, "timezone": "Asia/Tokyo"}, ["country"]),
        ({"opened_at": None}, ["opened_at"]),  # France has one zone
        ({"opened_at": None, "country": None}, ["country", "opened_at", "timezone"]),
    ):
        for plan, target in (("midsize_business", "next_business_day"), ("small_business", None)):
            decision = decide(ticket(plan=plan, **changes))
            assert decision["promises"]["response"]["target"] == target
            assert (
                decision["promises"]["response"]["due_at"]
                is decision["promises"]["response"]["window"]
                is None
            )
            assert decision["undetermined"] == {
                "promises.response": {"possible": promises((target, BUSINESS)), "missing": missing}
            }
    # The only zone of France is no default that could be left out.
    complete = ticket(plan="midsize_business") | {"affected_services": "one", "advanced_support": False}
    assert decide(complete, defaults=False)["promises"]["response"]["due_at"] is not None


def test_the_settled_half_of_a_channel_is_given() -> None:
    # Midsize: business hours for B and C, around the clock for A; eligible either way.
    decision = decide(ticket(plan="midsize_business", issue_type="lync_communication", affected_users=None))
    assert decision["channels"]["phone"] == {"eligible": True, "hours": None}
    assert same(decision["undetermined"]["channels.phone"]["possible"], [OPEN, IN_HOURS])


def test_agreeing_completions_have_the_weakest_basis() -> None:
    # Degraded and moderate is B. With one service it is stated, whoever is affected; with several services it
    # is stated for one user, else assumed.
    assert severity(affected_users=None) == ("B", "stated")
    assert severity(affected_users=None, affected_services="several") == ("B", "assumed")


# ---- The slow way: complete the ticket with every accepted value of every unknown fact -------------------

ANSWERS = (
    "category",
    "severity",
    "channels.phone",
    "channels.online",
    "channels.self_service",
    "promises.response",
)


def answer_of(decision: dict[str, Any], name: str) -> Any:
    if name == "promises.response":
        found = decision["promises"]["response"]
        return found and {"target": found["target"], "clock": found["clock"]}
    for key in name.split("."):
        decision = decision[key]
    return decision


def missing_times(given: dict[str, Any], promises: list[Any], defaults: bool) -> list[str]:
    """The unknown facts that the times of these promises need."""
    business = any(promise and promise["clock"] == BUSINESS for promise in promises)
    any_due = any(promise and promise["target"] for promise in promises)
    missing = ["opened_at"] if (business or any_due) and "opened_at" not in given else []
    if business and "country" not in given:
        missing.append("country")
    if business and "country" not in given and "timezone" not in given:
        missing.append("timezone")
    return missing


def slowly(given: dict[str, Any], unknown: dict[str, list[Any]], defaults: bool) -> dict[str, Any]:
    """Possible values and missing facts of each answer, and severity's weakest basis, by deciding every
    completed ticket."""
    completed = {}
    for values in product(*unknown.values()):
        full = given | dict(zip(unknown, values, strict=True))
        own = oracle.CATEGORY_OF_ISSUE.get(oracle.ISSUES[full.get("issue_type") or "other"])
        if own in (None, full["category"]):
            completed[values] = decide(full)
    bases = {decision["basis"]["severity"] for decision in completed.values()}
    result: dict[str, Any] = {"basis": max(bases, key=["stated", "inferred", "assumed"].index)}
    for name in ANSWERS:
        answers = {values: answer_of(decision, name) for values, decision in completed.items()}
        possible = {repr(answer): answer for answer in answers.values()}
        left: dict[str, Fraction] = {}
        if name == "promises.response":
            times = missing_times(given, list(possible.values()), defaults)
            left = dict.fromkeys(times, Fraction(len(possible)))
        for i, fact in enumerate(unknown):
            by_rest: dict[Any, set[str]] = {}
            by_value: dict[Any, set[str]] = {}
            for values, answer in answers.items():
                by_rest.setdefault(values[:i] + values[i + 1 :], set()).add(repr(answer))
                by_value.setdefault(values[i], set()).add(repr(answer))
            if any(len(group) > 1 for group in by_rest.values()):
                left[fact] = Fraction(sum(map(len, by_value.values())), len(by_value))
        result[name] = list(possible.values()), [f for _, f in sorted((n, f) for f, n in left.items())]
    return result


@pytest.mark.parametrize("defaults", [True, False])
def test_unknowns_against_the_slow_way(defaults: bool) -> None:
    rng = random.Random(20140903)
    tried = 0
    while tried < 80:
        given = {fact: value for fact, value in random_ticket(rng, 0.75).items() if value is not None}
        if "subdivision" in given:
            given.setdefault("country", given["subdivision"][:2])
        if "country" not in given:
            given.pop("opened_at", None)  # else the slow way asks for the holidays of 249 countries
        known = oracle.DEFAULTS | given if defaults else given
        if own := oracle.CATEGORY_OF_ISSUE.get(oracle.ISSUES.get(given.get("issue_type", ""), "")):
            known = known | {"category": own}
        unknown = {fact: list(values) for fact, values in oracle.READINGS.items() if fact not in known}
        if not 1 < prod(map(len, unknown.values())) <= 3000:
            continue
        tried += 1
        decision = decide(given, defaults)
        expected = slowly(known | given, unknown, defaults)
        for name in ANSWERS:
            possible, missing = expected[name]
            entry = decision["undetermined"].get(name)
            # Where only the places differ in the time, the promise is settled.
            if entry is None or (entry["possible"][0] and "places" in entry["possible"][0]):
                assert missing == [], (given, name)
                assert possible == [answer_of(decision, name)], (given, name)
            else:
                assert same(entry["possible"], possible), (given, name)
                assert entry["missing"] == missing, (given, name)
        settled = "severity" not in decision["undetermined"]
        assert decision["basis"]["severity"] == (expected["basis"] if settled else None), given


def test_windows_are_eight_hours_whatever_the_day() -> None:
    """No offset changes between 09:00 and 17:00 of a business day in the zones that tickets are made of."""
    for zone in oracle.ZONES:
        for day in oracle.offset_changes(zone):
            for window in oracle.windows("SG", zone, day):
                assert (window[1] - window[0]).total_seconds() == 8 * 3600, (zone, day)


def test_random_tickets_are_valid_and_varied() -> None:
    rng = random.Random(1)
    tickets = [random_ticket(rng, 1.0) for _ in range(2000)]
    for fact, values in oracle.READINGS.items():
        seen = {item[fact] for item in tickets}
        assert seen <= set(values)
        assert fact == "country" or seen == set(values), fact
    assert len({item["country"] for item in tickets}) == len(oracle.SOME_ZONES)
    for item in tickets:
        own = oracle.CATEGORY_OF_ISSUE.get(oracle.ISSUES[item["issue_type"]])
        assert own in (None, item["category"])
        if item.get("closed_at"):
            assert oracle.instant(item["closed_at"]) > oracle.instant(item["opened_at"])
        decide(item)
    assert any("closed_at" in item for item in tickets)
    sparse = [random_ticket(rng, 0.3) for _ in range(500)]
    assert all(any(item.get(fact) is None for item in sparse) for fact in sparse[0])
