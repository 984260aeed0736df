"""An independent reading of the shipped service description, to test the engine against.

`decide` answers one ticket the way the clauses say, in plain Python: no policy file, no rules, no part of the
package. Clause numbers stand beside what they decide. Answers over
unknown facts are found by walking through every consistent way to complete the ticket. `random_ticket` makes
valid tickets.
"""

import random
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from fractions import Fraction
from functools import cache, lru_cache
from importlib.resources import files
from itertools import product
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pycountry
from holidays import country_holidays, list_supported_countries

Ticket = dict[str, Any]
Decision = dict[str, Any]
Pair = tuple[Any, Any]

ANY_TIME = "24x7"
BUSINESS_HOURS = "business_hours"


class NoHolidayData(Exception):
    """Business time in a year for which `holidays` has no data for the country: there is no right answer."""


# ---- The facts, and how the clauses read their values ---------------------------------

ZONE_FILES = files("tzdata") / "zoneinfo"


def rows(table: str) -> list[list[str]]:
    """The rows of one of tzdata's tab-separated tables."""
    lines = (ZONE_FILES / table).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


COUNTRIES = [row[0] for row in rows("iso3166.tab")]

# Issue types that the severity examples name (SV-A1 to SV-C3). No clause tells the other ones of a category
# apart, so these are read as their category.
EXAMPLES = (
    "mail_send_receive",
    "sharepoint_site_down",
    "lync_communication",
    "mail_access",
    "sharepoint_site_access",
    "sharepoint_external_recipients",
)
OTHER_ISSUES = {
    "technical": (
        "mailbox_migration",
        "recipient_configuration",
        "autodiscover_configuration",
        "sharepoint_permissions",
        "sharepoint_external_users",
        "lync_installation",
        "lync_contacts",
        "proplus_installation",
        "provisioning_failure",
        "domain_configuration",
        "single_sign_on",
        "directory_synchronization",
    ),
    "billing": (
        "billing_signup_or_purchase",
        "trial_conversion",
        "bill_explanation",
        "subscription_renewal",
        "license_change",
        "subscription_cancellation",
    ),
    "presales": (
        "plan_features",
        "plan_comparison",
        "pricing_and_licensing",
        "solution_fit",
        "find_partner",
        "presales_signup_or_purchase",
    ),
    "other": ("other",),
}
ISSUES = {name: name for name in EXAMPLES} | {
    name: kind for kind, names in OTHER_ISSUES.items() for name in names
}
# The category of an issue type as read; `other` has none.
CATEGORY_OF_ISSUE = dict.fromkeys(EXAMPLES, "technical") | {
    name: name for name in ("technical", "billing", "presales")
}

PLANS = {
    "small_business": "small",
    "small_business_premium": "small",
    "midsize_business": "midsize",
    **dict.fromkeys(("enterprise_e1", "enterprise_e3", "enterprise_e4", "enterprise_k1"), "enterprise"),
    **dict.fromkeys(("education_a2", "education_a3", "education_a4"), "enterprise"),
    **dict.fromkeys(("government_g2", "government_g3", "government_g4", "government_k1"), "enterprise"),
    "standalone": "enterprise",  # SA-1
}
# RS-1, PT-1, PS-3: who may raise service requests. A prospect is refused what an end user is.
REQUESTERS = {
    "administrator": "authorised",
    "delegated_partner": "authorised",
    "end_user": "not_authorised",
    "prospect": "not_authorised",
}
# AD-2: where Small Business plans can have advanced support.
OFFERED_IN = ("US", "CA", "GB")


def same(*values: Any) -> dict[Any, Any]:
    return {value: value for value in values}


# Every fact that an answer over finite values can read: accepted value -> the value as the clauses read it.
READINGS: dict[str, dict[Any, Any]] = {
    "category": same("technical", "billing", "presales"),
    "issue_type": ISSUES,
    "plan": PLANS,
    "service_state": same("unusable", "degraded", "usable"),
    "business_impact": same("severe", "moderate", "minimal"),
    "affected_users": same("one", "several", "all"),
    "affected_services": same("one", "several"),
    "workaround": same(True, False),
    "requester": REQUESTERS,
    "advanced_support": same(True, False),
    "requested_severity": same(None, "A", "B", "C"),
    "country": {code: "offered" if code in OFFERED_IN else "elsewhere" for code in COUNTRIES},
}
# How many accepted values of a fact are read alike.
WEIGHTS = {fact: Counter(values.values()) for fact, values in READINGS.items()}

# The third column of the table; category and timezone follow from other facts.
DEFAULTS = {
    "issue_type": "other",
    "affected_services": "one",
    "advanced_support": False,
    "requested_severity": None,
}

UNKNOWN = "?"


class Facts(NamedTuple):
    """The facts of a ticket as the clauses read them, or UNKNOWN."""

    category: Any
    issue_type: Any
    plan: Any
    service_state: Any
    business_impact: Any
    affected_users: Any
    affected_services: Any
    workaround: Any
    requester: Any
    advanced_support: Any
    requested_severity: Any
    country: Any


def read(given: Ticket, defaults: bool) -> Facts:
    """The facts of a ticket without nulls."""
    values = DEFAULTS | given if defaults else given
    facts = Facts(*(READINGS[f][values[f]] if f in values else UNKNOWN for f in Facts._fields))
    category = CATEGORY_OF_ISSUE.get(facts.issue_type)
    return facts._replace(category=category) if category else facts


def consistent(facts: Facts) -> bool:
    """A category never contradicts the issue type's."""
    category = CATEGORY_OF_ISSUE.get(facts.issue_type)
    return category is None or category == facts.category


# ---- The answers, as functions of complete facts ---------------------------------------------------------


def category_of(facts: Facts) -> str:
    return str(facts.category)


def in_force(facts: Facts) -> bool:
    """Advanced support that the plan can have in the country (AD-2, AD-6)."""
    return bool(facts.advanced_support) and (facts.plan != "small" or facts.country == "offered")


def example(facts: Facts) -> tuple[str, str] | None:
    """The severity of the example that the ticket is, and its basis (SV-A1 to SV-C3)."""
    users = facts.affected_users
    match facts.issue_type:
        case "mail_send_receive" if users in ("several", "all"):
            return "A", "inferred"  # SV-A1: widespread is read
        case "sharepoint_site_down":
            return "A", "stated"  # SV-A2
        case "lync_communication":
            return {"all": "A", "several": "B", "one": "C"}[users], "stated"  # SV-A3, SV-B3, SV-C3
        case "mail_access" if users == "one":
            return "C" if facts.workaround else "B", "stated"  # SV-C1, SV-B1
        case "sharepoint_site_access" if users == "one":
            return "B", "stated"  # SV-B2
        case "sharepoint_external_recipients":
            return "C", "stated"  # SV-C2
    return None


def definition(facts: Facts) -> tuple[str, str]:
    """The severity by definition, else B, and its basis (SV-A, SV-B, SV-C, SV-4)."""
    one_user = facts.affected_users == "one"
    one_service = facts.affected_services == "one"
    if (
        facts.service_state == "unusable"
        and facts.business_impact == "severe"
        and not (one_user and one_service)
    ):
        return "A", "inferred"  # SV-A: all three
    if facts.business_impact == "minimal" and one_user and facts.workaround:
        return "C", "inferred"  # SV-C: all three, and nothing else counts
    if (
        facts.service_state == "degraded"
        and facts.business_impact == "moderate"
        and (one_user or one_service)
    ):
        return "B", "stated"  # SV-B
    return "B", "assumed"  # SV-4


def severity_and_basis(facts: Facts) -> tuple[str | None, str]:
    if facts.category != "technical":
        return None, "inferred"  # SV-2
    if in_force(facts) and facts.requested_severity is not None:
        return facts.requested_severity, "inferred"  # AD-4
    return example(facts) or definition(facts)  # SV-3


def severity_of(facts: Facts) -> str | None:
    return severity_and_basis(facts)[0]


# RT-1 (its table), RT-2, RT-3, RT-4: (target, clock) by column and severity. No country is excepted (RT-2).
PROMISES: dict[str, dict[str, Pair]] = {
    "small": {"A": ("PT1H", ANY_TIME), "B": (None, BUSINESS_HOURS), "C": (None, BUSINESS_HOURS)},
    "midsize": {
        "A": ("PT1H", ANY_TIME),
        "B": ("next_business_day", BUSINESS_HOURS),
        "C": (None, BUSINESS_HOURS),
    },
    "enterprise": {"A": ("PT1H", ANY_TIME), "B": ("PT8H", ANY_TIME), "C": (None, ANY_TIME)},
    "advanced": {"A": ("PT1H", ANY_TIME), "B": ("PT2H", ANY_TIME), "C": ("PT4H", ANY_TIME)},
}


def promise(facts: Facts) -> Pair | None:
    """Target and clock of the response; who asks does not matter (RS-1)."""
    severity = severity_of(facts)
    if severity is None:
        return None  # SV-2
    return PROMISES["advanced" if in_force(facts) else facts.plan][severity]  # AD-1, SA-1


def phone(facts: Facts) -> Pair:
    if facts.category == "presales":
        return True, BUSINESS_HOURS  # PS-2, PS-3
    if facts.requester != "authorised":
        return False, None  # RS-1, PS-3
    if facts.category == "billing":
        return True, BUSINESS_HOURS  # BL-1
    if facts.plan == "small" and severity_of(facts) != "A" and not in_force(facts):
        return False, None  # RT-6, AD-5
    target_and_clock = promise(facts)
    assert target_and_clock is not None
    return True, target_and_clock[1]  # AD-5: the hours of the target


def online(facts: Facts) -> Pair:
    return (True, ANY_TIME) if facts.requester == "authorised" else (False, None)  # SO-1, RS-1, PT-1, PS-3


def self_service(facts: Facts) -> Pair:
    return True, ANY_TIME  # SS-1


# ---- Answers over unknown facts --------------------------------------------------------------------------

SEVERITY_READS = frozenset(Facts._fields) - {"requester"}
# Each answer, with the facts that it can depend on.
ANSWERS: dict[str, tuple[Callable[[Facts], Any], frozenset[str]]] = {
    "category": (category_of, frozenset({"category", "issue_type"})),
    "severity": (severity_of, SEVERITY_READS),
    "channels.phone": (phone, SEVERITY_READS | {"requester"}),
    "channels.online": (online, frozenset({"requester"})),
    "channels.self_service": (self_service, frozenset()),
    "promises.response": (promise, SEVERITY_READS),
}


class Outcome(NamedTuple):
    """What an answer can still be, and for each fact that it depends on how many answers that fact leaves."""

    possible: tuple[Any, ...]
    left: Mapping[str, Fraction]


def completions(known: Facts, reads: frozenset[str]) -> list[Facts]:
    """Every consistent way to fill in the unknown facts among those read; the others stay UNKNOWN."""
    choices = [
        list(WEIGHTS[fact]) if value == UNKNOWN and fact in reads else [value]
        for fact, value in zip(Facts._fields, known, strict=True)
    ]
    return [facts for facts in map(Facts._make, product(*choices)) if consistent(facts)]


def matters(index: int, answers: dict[Facts, Any]) -> bool:
    """Do two completions that differ in this fact alone give different answers?"""
    by_rest: dict[tuple[Any, ...], Any] = {}
    return any(
        by_rest.setdefault(facts[:index] + facts[index + 1 :], answer) != answer
        for facts, answer in answers.items()
    )


def answers_left(index: int, answers: dict[Facts, Any]) -> Fraction:
    """How many answers are left, on average over the values of this fact that fit the known ones."""
    by_value = defaultdict(set)
    for facts, answer in answers.items():
        by_value[facts[index]].add(answer)
    weights = WEIGHTS[Facts._fields[index]]
    total = sum(weights[value] for value in by_value)
    return Fraction(sum(weights[value] * len(found) for value, found in by_value.items()), total)


@lru_cache(maxsize=200_000)
def settle(name: str, known: Facts) -> Outcome:
    """One answer, taken jointly over all completions of the ticket."""
    answer, reads = ANSWERS[name]
    answers = {facts: answer(facts) for facts in completions(known, reads)}
    possible = tuple(dict.fromkeys(answers.values()))
    if len(possible) == 1:
        return Outcome(possible, {})
    open_facts = [i for i, f in enumerate(Facts._fields) if f in reads and known[i] == UNKNOWN]
    left = {Facts._fields[i]: answers_left(i, answers) for i in open_facts if matters(i, answers)}
    return Outcome(possible, left)


@lru_cache(maxsize=200_000)
def severity_basis(known: Facts) -> str | None:
    """The weakest basis of the completions' severities, where they agree."""
    found = [severity_and_basis(facts) for facts in completions(known, SEVERITY_READS)]
    if len({severity for severity, _ in found}) > 1:
        return None
    return max((basis for _, basis in found), key=["stated", "inferred", "assumed"].index)


def most_telling_first(left: Mapping[str, Fraction]) -> list[str]:
    return sorted(left, key=lambda fact: (left[fact], fact))


# ---- Time -----------------------------------------------------------------------------

OPENS, CLOSES = time(9), time(17)  # RT-5


@cache
def zone_of(name: str) -> ZoneInfo:
    with ZONE_FILES.joinpath(*name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@cache
def zones_of(country: str) -> tuple[str, ...]:
    """The zones of a country."""
    return tuple(zone for code, _, zone, *_ in rows("zone.tab") if code == country)


def only_zones() -> dict[str, str]:
    """The zone of each country that has only one."""
    found = {country: zones_of(country) for country, *_ in rows("zone.tab")}
    return {country: zones[0] for country, zones in found.items() if len(zones) == 1}


@cache
def known_to_holidays(code: str) -> tuple[str, str | None]:
    """The country of a place, and the subdivision that it is or lies in of those that `holidays` knows."""
    country = code[:2]
    found: Any = next((each for each in pycountry.subdivisions if each.code == code), None)
    supported = list_supported_countries(include_aliases=False).get(country, ())
    while found is not None and found.code[3:] not in supported:
        found = found.parent
    return country, found and found.code[3:]


# Of the countries below, what ISO 3166-2 lists as parts and ISO 3166-1 as countries.
COUNTRIES_THEMSELVES = frozenset(
    [f"FR-{code}" for code in (971, 972, 973, 974, 976, "BL", "MF", "NC", "PF", "PM", "TF", "WF")]
    + [f"US-{code}" for code in ("AS", "GU", "MP", "PR", "UM", "VI")]
    + ["NO-21", "NO-22"]
)


@cache
def below(code: str) -> tuple[str, ...]:
    """The subdivisions next below a country or a subdivision."""
    parent = code if "-" in code else None
    found = [each for each in pycountry.subdivisions if each.country_code == code[:2]]
    codes = sorted(each.code for each in found if each.parent_code == parent)
    return tuple(code for code in codes if code not in COUNTRIES_THEMSELVES)


def differs(code: str) -> bool:
    """Whether a subdivision, or one below it, has public holidays of its own."""
    supported = list_supported_countries(include_aliases=False).get(code[:2], ())
    return code[3:] in supported or any(map(differs, below(code)))


@cache
def parts(code: str) -> tuple[str, ...]:
    """The smallest subdivisions of a place that have holidays of their own, and the others beside them."""
    if any(map(differs, below(code))):
        return tuple(part for each in below(code) for part in parts(each))
    return (code,) if "-" in code and any(map(differs, below(code[:2]))) else ()


@cache
def public_holidays(place: str, year: int) -> frozenset[date]:
    """Those of a country or a subdivision, observed days included (RT-5)."""
    country, part = known_to_holidays(place)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            calendar = country_holidays(country, part, years=year, expand=False)
        except (NotImplementedError, UserWarning) as problem:
            raise NoHolidayData(country, year) from problem
    if not calendar.start_year <= year <= calendar.end_year:
        raise NoHolidayData(country, year)
    return frozenset(calendar)


@lru_cache(maxsize=100_000)
def hours_on(zone_name: str, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """When business is open on a local date, in UTC: every minute whose wall clock is in the hours of that
    date, neighbours joined. Offsets are whole minutes since 1972, and no more than 16 hours."""
    zone = zone_of(zone_name)
    minute, step = timedelta(minutes=1), timedelta(hours=16)
    at = datetime.combine(day, OPENS, UTC) - step
    end = datetime.combine(day, CLOSES, UTC) + step
    found: list[tuple[datetime, datetime]] = []
    while at < end:
        local = at.astimezone(zone)
        if OPENS.hour <= local.hour < CLOSES.hour and local.date() == day:
            if found and found[-1][1] == at:
                found[-1] = found[-1][0], at + minute
            else:
                found.append((at, at + minute))
        at += minute
    return tuple(found)


def windows(place: str, zone_name: str, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """When business is open on a local date at a place, in UTC."""
    if day.weekday() >= 5 or day in public_holidays(place, day.year):
        return ()  # RT-5
    return hours_on(zone_name, day)


def close_of_next_business_day(place: str, zone: str, opened: datetime) -> datetime:
    """Close of business of the first business day after the local day of opening (RT-4). A date that the
    zone skipped has no windows, and is none."""
    day = opened.astimezone(zone_of(zone)).date()
    while True:
        day += timedelta(days=1)
        if found := windows(place, zone, day):
            return found[-1][1]


def window_at(place: str, zone: str, opened: datetime) -> tuple[datetime, datetime]:
    """The window that is open or opens next; closing time itself is closed (RT-3, RT-5)."""
    day = opened.astimezone(zone_of(zone)).date()
    while True:
        for window in windows(place, zone, day):
            if opened < window[1]:
                return window
        day += timedelta(days=1)


def instant(text: str) -> datetime:
    """RFC 3339, the fraction of a second cut off."""
    return datetime.fromisoformat(re.sub(r"\.\d+", "", text.upper()))


def in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class When(NamedTuple):
    """The facts that only times depend on, each None where unknown."""

    opened_at: datetime | None
    country: str | None
    subdivision: str | None
    timezone: str | None

    def places(self) -> tuple[list[str], list[str]]:
        """The parts of the country, and the zones, at each pair of which the ticket can be."""
        assert self.country
        where = self.subdivision or self.country
        return list(parts(where)) or [where], [self.timezone] if self.timezone else list(
            zones_of(self.country)
        )


def when(given: Ticket, defaults: bool) -> When:
    subdivision = given.get("subdivision")
    country = given.get("country")
    zone = given.get("timezone")
    if zone is None and defaults and country is not None:
        zone = only_zones().get(country)
    opened = instant(given["opened_at"]) if "opened_at" in given else None
    return When(opened, country, subdivision, zone)


def time_facts(pair: Pair | None, at: When) -> tuple[str, ...]:
    """The facts without which nothing can be said of the due time or the window of a promise."""
    if pair is None or pair == (None, ANY_TIME):
        return ()
    if pair[1] == ANY_TIME:
        return ("opened_at",)
    return ("opened_at", "country") if at.country else ("opened_at", "country", "timezone")


# The last year for which the decree on moved days had come out, read by hand in the pinned `holidays`.
DECREED = dict.fromkeys(("AR", "BY", "CN", "GH", "HU", "LV", "TH", "UZ", "VN"), 2026)
DECREED |= {"AZ": 2025, "KG": 2025, "KZ": 2025, "RU": 2027}


def beyond_data(at: When, until: datetime) -> Decision:
    """What is said of a time in business hours after that year has ended in some zone of the ticket."""
    year = DECREED.get(at.country or "")
    if year is None:
        return {}
    ends = [datetime(year + 1, 1, 1, tzinfo=zone_of(zone)) for zone in at.places()[1]]
    return {"beyond_data": {at.country: year}} if until > min(ends) else {}


Times = dict[tuple[str, str], Any]


def times(pair: Pair, at: When) -> Times:
    """The due time or the window at each place where the ticket can be."""
    target, clock = pair
    assert at.opened_at and clock == BUSINESS_HOURS and target in (None, "next_business_day")
    find = close_of_next_business_day if target else window_at
    places, zones = at.places()
    return {(place, zone): find(place, zone, at.opened_at) for place, zone in product(places, zones)}


def regions(pairs: list[tuple[str, str]], places: list[str], zones: list[str]) -> list[Any]:
    """Places as rectangles: subdivisions that share their zones, or zones that share their subdivisions."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for place in dict.fromkeys(place for place, _ in pairs):
        rows.setdefault(tuple(sorted(z for p, z in pairs if p == place)), []).append(place)
    columns: dict[tuple[str, ...], list[str]] = {}
    for zone in dict.fromkeys(zone for _, zone in pairs):
        columns.setdefault(tuple(sorted(p for p, z in pairs if z == zone)), []).append(zone)
    cut = [(sorted(p), list(z)) for z, p in rows.items()]
    if len(columns) < len(rows):
        cut = [(list(p), sorted(z)) for p, z in columns.items()]

    def some(names: list[str], every: list[str]) -> list[str] | None:
        return None if len(names) == len(every) else names

    found = [{"subdivisions": some(p, places), "timezones": some(z, zones)} for p, z in cut]
    return sorted(found, key=lambda each: (each["subdivisions"] or [], each["timezones"] or []))


def open_times(found: Times, at: When, write: Callable[[Any], Decision]) -> Decision:
    """A time that is open: what it can be where, and the facts that it depends on."""
    places, zones = at.places()
    possible = [
        write(each)
        | beyond_data(at, each[1] if isinstance(each, tuple) else each)
        | {"places": regions([pair for pair in found if found[pair] == each], places, zones)}
        for each in sorted(set(found.values()))
    ]
    left: dict[str, Fraction] = {}
    by_place = [{found[place, zone] for zone in zones} for place in places]
    by_zone = [{found[place, zone] for place in places} for zone in zones]
    if any(len(each) > 1 for each in by_zone):
        left["subdivision"] = Fraction(sum(map(len, by_place)), len(places))
    if any(len(each) > 1 for each in by_place):
        left["timezone"] = Fraction(sum(map(len, by_zone)), len(zones))
    return open_answer(possible, most_telling_first(left))


def response(pair: Pair, at: When, complete: bool) -> tuple[Decision, Decision | None]:
    """The response of a settled promise; without times unless the facts they need are complete and agree."""
    target, clock = pair
    due = window = still_open = None
    # In the ticket's time zone, or in the offset of opened_at when there is none.
    opened_in = at.opened_at.tzinfo if at.opened_at else None
    local_zone: tzinfo | None = zone_of(at.timezone) if at.timezone else opened_in
    if complete and clock == ANY_TIME and target is not None:
        assert at.opened_at
        due = at.opened_at.astimezone(UTC) + timedelta(hours=int(target[2:-1]))
    elif complete and clock != ANY_TIME:
        found = times(pair, at)
        time = agreed(found.values())
        if time is None:
            write = due_data if target else window_data
            still_open = open_times(found, at, write)
        elif target:
            due = time
            offsets = {due.astimezone(zone_of(zone)).utcoffset() for zone in at.places()[1]}
            if not at.timezone and len(offsets) == 1:
                local_zone = timezone(offsets.pop())
        else:
            window = time
    answer = {
        "committed": target is not None,  # RT-3
        "target": target,
        "clock": clock,
        "due_at": in_utc(due) if due else None,
        "due_at_local": due.astimezone(local_zone).isoformat() if due else None,
        "window": window_data(window)["window"] if window else None,
    }
    if clock != ANY_TIME and (until := due or (window and window[1])):
        answer |= beyond_data(at, until)
    return answer, still_open


def due_data(due: datetime) -> Decision:
    return {"due_at": in_utc(due)}


def window_data(window: tuple[datetime, datetime]) -> Decision:
    return {"window": {"opens_at": in_utc(window[0]), "closes_at": in_utc(window[1])}}


# ---- The decision ---------------------------------------------------------------------


def open_answer(possible: Iterable[Any], missing: list[str]) -> Decision:
    return {"possible": list(possible), "missing": missing}


def agreed(values: Iterable[Any]) -> Any:
    """The value that all agree on, else None."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else None


def decide_channel(pairs: Iterable[Pair]) -> Decision:
    eligible, hours = zip(*pairs, strict=True)
    return {"eligible": agreed(eligible), "hours": agreed(hours)}


def decide_response(outcome: Outcome, at: When) -> tuple[Decision | None, Decision | None]:
    """The response, and its entry under `undetermined` if it has one."""
    possible = outcome.possible
    needed = {fact for pair in possible for fact in time_facts(pair, at) if getattr(at, fact) is None}
    # Whatever a fact's value, if it matters only to times, all the promises stay possible.
    missing = most_telling_first(dict.fromkeys(needed, Fraction(len(possible))) | dict(outcome.left))
    settled = len(possible) == 1 and possible[0] is not None
    answer, still_open = response(possible[0], at, complete=not needed) if settled else (None, None)
    if still_open:
        return answer, still_open
    promises = (pair and dict(zip(("target", "clock"), pair, strict=True)) for pair in possible)
    return answer, open_answer(promises, missing) if missing else None


def decide_reopen(given: Ticket) -> tuple[Decision | None, Decision | None]:
    """Reopening (SR-2), and its entry under `undetermined` if it has one."""
    if "closed_at" not in given or given.get("submitted_via") == "phone":
        return None, None
    until = {"until": in_utc(instant(given["closed_at"]) + timedelta(hours=14 * 24))}
    if "submitted_via" not in given:
        return None, open_answer([until, None], ["submitted_via"])
    return until, None


def decide(ticket: Ticket, defaults: bool = True) -> Decision:
    """The decision of a valid ticket, without policy, notes and derivation, with severity's basis only."""
    given = {fact: value for fact, value in ticket.items() if value is not None}
    if "subdivision" in given:
        given.setdefault("country", given["subdivision"][:2])
    known = read(given, defaults)
    outcomes = {name: settle(name, known) for name in ANSWERS}
    undetermined = {}
    for name, outcome in outcomes.items():
        if name != "promises.response" and len(outcome.possible) > 1:
            values = map(decide_channel, ([p] for p in outcome.possible)) if "." in name else outcome.possible
            undetermined[name] = open_answer(values, most_telling_first(outcome.left))
    answer, still_open = decide_response(outcomes["promises.response"], when(given, defaults))
    if still_open:
        undetermined["promises.response"] = still_open
    reopen, still_open = decide_reopen(given)
    if still_open:
        undetermined["reopen"] = still_open
    return {
        "ticket": given.get("id"),
        "category": agreed(outcomes["category"].possible),
        "severity": agreed(outcomes["severity"].possible),
        "channels": {
            channel: decide_channel(outcomes[f"channels.{channel}"].possible)
            for channel in ("phone", "online", "self_service")
        },
        "promises": {"response": answer},
        "reopen": reopen,
        "undetermined": undetermined,
        "basis": {"severity": severity_basis(known)},
    }


# ---- Random tickets --------------------------------------------------------------------------------------

# Countries with some of their zones. `holidays` has data for all of them for all opening times made here.
SOME_ZONES = {
    "US": ("America/New_York", "America/Los_Angeles", "America/Phoenix", "Pacific/Honolulu"),
    "CA": ("America/St_Johns", "America/Toronto", "America/Vancouver"),
    "GB": ("Europe/London",),
    "FR": ("Europe/Paris",),
    "DE": ("Europe/Berlin",),
    "IN": ("Asia/Kolkata",),
    "AE": ("Asia/Dubai",),
    "WS": ("Pacific/Apia",),
    "AU": ("Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney"),
    "NZ": ("Pacific/Auckland", "Pacific/Chatham"),
    "BR": ("America/Sao_Paulo",),
    "JP": ("Asia/Tokyo",),
    "NO": ("Europe/Oslo",),
    "IE": ("Europe/Dublin",),
    "CH": ("Europe/Zurich",),
    "ZA": ("Africa/Johannesburg",),
    "SG": ("Asia/Singapore",),
    "SA": ("Asia/Riyadh",),
    "IL": ("Asia/Jerusalem",),
    "EG": ("Africa/Cairo",),
    "MX": ("America/Mexico_City",),
}
# Zones of no country above: three quarters of an hour off, a date line apart, none.
ZONES = sorted({zone for zones in SOME_ZONES.values() for zone in zones} | {
    "Asia/Kathmandu", "Pacific/Kiritimati", "Africa/Casablanca", "UTC",
})  # fmt: skip
SERVICES = (
    "exchange_online",
    "sharepoint_online",
    "lync_online",
    "office_365_proplus",
    "project_online",
    "visio_online",
    "yammer",
    "portal",
)
OFFSETS = ("+00:00", "+01:00", "+05:30", "+05:45", "+08:45", "+14:00", "-03:30", "-05:00", "-12:00")
FIRST_OPENING = datetime(2009, 1, 2, tzinfo=UTC)
# Late enough for 2035, early enough to need no day of 2036, of which some countries have no holidays.
LAST_OPENING = datetime(2035, 12, 20, tzinfo=UTC)


@cache
def offset_changes(zone_name: str) -> list[date]:
    """The days on which a zone changes its offset."""
    zone = zone_of(zone_name)
    days = [FIRST_OPENING + timedelta(days=n) for n in range((LAST_OPENING - FIRST_OPENING).days)]
    offsets = [day.astimezone(zone).utcoffset() for day in days]
    return [
        day.date() for day, before, after in zip(days, offsets, offsets[1:], strict=False) if before != after
    ]


def random_instant(rng: random.Random) -> datetime:
    seconds = int((LAST_OPENING - FIRST_OPENING).total_seconds())
    return FIRST_OPENING + timedelta(seconds=rng.randrange(seconds))


def hard_instant(rng: random.Random, zone_name: str) -> datetime:
    """Close of business, a weekend, the year's end or a day whose offset changes, in the zone."""
    zone = zone_of(zone_name)
    local = random_instant(rng).astimezone(zone)
    day = local.date()
    match rng.randrange(4):
        case 0:
            edge = datetime.combine(day, rng.choice((OPENS, CLOSES)), zone)
            return edge + timedelta(seconds=rng.choice((-1, 0, 0, 1, 60)))
        case 1:
            day += timedelta(days=rng.choice((4, 5, 6)) - day.weekday())
        case 2:
            day = date(rng.randrange(2009, 2035), 12, 24) + timedelta(days=rng.randrange(12))
        case 3 if changes := offset_changes(zone_name):
            day = rng.choice(changes) + timedelta(days=rng.choice((-1, 0, 0, 1)))
    moment = datetime.combine(day, local.time(), zone).replace(fold=rng.randrange(2))
    return min(max(moment.astimezone(UTC), FIRST_OPENING), LAST_OPENING)


def written(rng: random.Random, moment: datetime, zone_name: str) -> str:
    """RFC 3339 with Z, the zone's own offset or any other, with a fraction of a second or without."""
    fraction = ""
    if rng.random() < 0.3:
        fraction = "." + "".join(rng.choices("0123456789", k=rng.randint(1, 9)))
    form = rng.randrange(3)
    if form == 0:
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"
    if form == 1:
        text = moment.astimezone(zone_of(zone_name)).isoformat()
    else:
        text = moment.astimezone(offset(rng.choice(OFFSETS))).isoformat()
    return text[:19] + fraction + text[19:]


def offset(text: str) -> timezone:
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:])))


def random_ticket(rng: random.Random, known: float) -> Ticket:
    """A valid ticket in which each fact is given with probability `known`.

    Two exceptions: closed_at is given half as often, and a requested severity that is given is null ("none")
    one time in four. A fact that is not given is left out, or now and then null.
    """
    issue = rng.choice(list(ISSUES) if rng.random() < 0.6 else EXAMPLES)
    country = rng.choice(list(SOME_ZONES))
    zone = rng.choice(SOME_ZONES[country] if rng.random() < 0.8 else ZONES)
    opened = hard_instant(rng, zone) if rng.random() < 1 / 3 else random_instant(rng)
    closed = opened + timedelta(seconds=rng.randint(1, 90 * 24 * 3600))
    full = {
        "id": f"T-{rng.randrange(10**6)}",
        "plan": rng.choice(list(PLANS)),
        "subscription_state": rng.choice(("paid", "trial")),
        "service": rng.choice(SERVICES),
        "category": CATEGORY_OF_ISSUE.get(ISSUES[issue]) or rng.choice(list(READINGS["category"])),
        "issue_type": issue,
        "service_state": rng.choice(list(READINGS["service_state"])),
        "business_impact": rng.choice(list(READINGS["business_impact"])),
        "affected_users": rng.choice(list(READINGS["affected_users"])),
        "affected_services": rng.choice(list(READINGS["affected_services"])),
        "workaround": rng.random() < 0.5,
        "requester": rng.choice(list(REQUESTERS)),
        "advanced_support": rng.random() < 0.5,
        "requested_severity": rng.choice(list(READINGS["requested_severity"])),
        "country": country,
        "subdivision": rng.choice(parts(country) or [None]),
        "timezone": zone,
        "opened_at": written(rng, opened, zone),
        "submitted_via": rng.choice(("online", "phone")),
        "closed_at": written(rng, closed, zone),
    }
    ticket = {}
    for fact, value in full.items():
        if fact == "subdivision" and value is None:
            # The country has no parts with holidays of their own.
            continue
        if rng.random() < (known / 2 if fact == "closed_at" else known):
            ticket[fact] = value
        elif rng.random() < 0.1:
            ticket[fact] = None
    return ticket
