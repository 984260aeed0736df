"""Decisions, against the oracle, and the laws that hold for every ticket."""

from __future__ import annotations

import gc
import json
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle
from edits import copied, edited
from folders import HARBOURLINE, SHIPPED, SUPPORT
from known_tickets import BUSINESS, HARBOUR, MAIL
from policy_data import load
from random_tickets import complete_tickets, random_tickets, random_value
from supportrules import Policy, RuleGap, SupportRulesError, TicketError, load_policy


def comparable(decision: dict[str, Any]) -> dict[str, Any]:
    """The order of possible values is not promised; that of missing facts is. Words are no matter here."""
    answers = {
        key: {
            "possible": sorted(json.dumps(v, sort_keys=True) for v in a["possible"]),
            "missing": a["missing"],
        }
        for key, a in decision["undetermined"].items()
    }
    channels = {
        name: {key: channel[key] for key in ("eligible", "hours")}
        for name, channel in decision["channels"].items()
    }
    keys = ("ticket", "category", "severity", "promises", "reopen")
    return {key: decision[key] for key in keys} | {"undetermined": answers, "channels": channels}


def agree(policy: Policy, ticket: dict[str, Any], *, defaults: bool = True) -> dict[str, Any]:
    decision = policy.evaluate(ticket, defaults=defaults).to_dict()
    expected = oracle.decide(ticket, defaults)
    assert comparable(decision) == comparable(expected), ticket
    assert decision["basis"]["severity"] == expected["basis"]["severity"], ticket
    return decision


@pytest.mark.parametrize(
    ("seed", "known", "count"), [(1, 1.0, 3000), (2, 0.9, 1500), (3, 0.75, 800), (4, 0.4, 60)]
)
def test_decisions_are_those_of_the_oracle(shipped: Policy, seed: int, known: float, count: int) -> None:
    rng = random.Random(seed)
    decisions = [agree(shipped, oracle.random_ticket(rng, known)) for _ in range(count)]
    # The tickets tell apart what there is to tell apart.
    assert {d["severity"] for d in decisions} == {"A", "B", "C", None}
    targets = {d["promises"]["response"]["target"] for d in decisions if d["promises"]["response"]}
    assert count < 100 or targets == {"PT1H", "PT2H", "PT4H", "PT8H", "next_business_day", None}
    assert any(d["undetermined"] for d in decisions) == (known < 1)


@pytest.mark.parametrize(("seed", "known", "count"), [(5, 0.9, 600), (6, 0.75, 200)])
def test_decisions_without_defaults_are_those_of_the_oracle(
    shipped: Policy, seed: int, known: float, count: int
) -> None:
    rng = random.Random(seed)
    for _ in range(count):
        agree(shipped, oracle.random_ticket(rng, known), defaults=False)


def test_nothing_is_known_of_an_empty_ticket(shipped: Policy) -> None:
    decision = shipped.evaluate({}, defaults=False)
    assert set(decision.undetermined) == {
        "category",
        "severity",
        "channels.phone",
        "channels.online",
        "promises.response",
    }
    assert decision.undetermined["severity"].possible == ("A", "B", "C", None)
    assert decision.channels["self_service"].eligible is True
    assert (decision.severity, decision.response, decision.reopen) == (None, None, None)


# Laws


def test_a_fact_that_becomes_known_never_changes_what_was_settled(policy: Policy) -> None:
    rng = random.Random(8)
    grown = 0
    for complete in random_tickets(policy, rng, 60):
        known: dict[str, Any] = {}
        before = policy.evaluate(known, defaults=False)
        for name in rng.sample(sorted(complete), len(complete)):
            known[name] = complete[name]
            after = policy.evaluate(known, defaults=False)
            for key in ("category", "severity"):
                if key not in before.undetermined and getattr(before, key) is not None:
                    assert getattr(after, key) == getattr(before, key)
            for key, answer in after.undetermined.items():
                if key in before.undetermined and key != "reopen":
                    assert set(map(json.dumps, answer.possible)) <= set(
                        map(json.dumps, before.undetermined[key].possible)
                    )
            assert not set(known) & {n for a in after.undetermined.values() for n in a.missing}
            grown += len(before.undetermined) > len(after.undetermined)
            before = after
    assert grown > 20


def test_values_that_are_still_possible_really_are(policy: Policy) -> None:
    """For an open answer, giving its first missing fact leads to every possible value, and to no other."""
    rng = random.Random(9)
    seen = 0
    for ticket in random_tickets(policy, rng, 200):
        open_answer = policy.evaluate(ticket).undetermined.get("severity")
        if open_answer is None:
            continue
        fact = policy.definition.vocabulary.facts[open_answer.missing[0]]
        values: list[Any] = list(fact.values)
        if not values:
            several: dict[str, list[Any]] = {"boolean": [True, False], "number": [0, 1, 10, 50]}
            values = several.get(fact.type, ["US", "FR"])
        reached = set()
        for value in values:
            try:
                decision = policy.evaluate(ticket | {fact.name: value})
            except TicketError:
                continue
            found = decision.undetermined.get("severity")
            reached |= set(found.possible) if found else {decision.severity}
        assert reached == set(open_answer.possible)
        seen += 1
    assert seen > 30


def test_evaluation_is_the_same_in_every_order_and_thread(policy: Policy) -> None:
    tickets = list(random_tickets(policy, random.Random(10), 200))
    expected = [json.dumps(policy.evaluate(ticket).to_dict()) for ticket in tickets]
    fresh = Policy(policy.definition)
    results: list[list[str]] = []

    def work(seed: int) -> None:
        order = list(range(len(tickets)))
        random.Random(seed).shuffle(order)
        found = {n: json.dumps(fresh.evaluate(tickets[n]).to_dict()) for n in order}
        results.append([found[n] for n in range(len(tickets))])

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [expected] * 8


def test_what_was_decided_before_changes_nothing(policy: Policy) -> None:
    # Of a mapping that is no dict nothing is remembered.
    rng = random.Random(14)
    tickets = list(random_tickets(policy, rng, 60))
    facts = policy.definition.vocabulary.facts
    names = [name for name, fact in facts.items() if fact.type in ("text", "number", "instant")]
    for ticket in tickets:
        less = {name: value for name, value in ticket.items() if name not in names or rng.random() < 0.5}
        other = ticket | {name: random_value(facts[name], rng) for name in names if rng.random() < 0.5}
        for like in (ticket, ticket, less, other):
            for defaults in (True, False):
                alone = policy.evaluate(MappingProxyType(like), defaults=defaults)
                assert policy.evaluate(like, defaults=defaults).to_dict() == alone.to_dict()


def test_what_is_equal_to_an_accepted_value_is_none(shipped: Policy) -> None:
    shipped.evaluate(MAIL | {"workaround": True})
    shipped.evaluate(MAIL | {"workaround": False})
    values: list[Any] = [1, 0, 1.0, [], {}, "true"]
    for wrong in ({"workaround": value} for value in values):
        with pytest.raises(TicketError) as raised:
            shipped.evaluate(MAIL | wrong)
        assert raised.value.field == "workaround"
    for wrong in ({"plan": []}, {"plan": {}}, {"timezone": []}, {"id": []}):
        with pytest.raises(TicketError):
            shipped.evaluate(MAIL | wrong)


def test_memory_is_flat_over_tickets_that_are_all_different(
    shipped: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("evaluation", "answer_book", "tables"):
        monkeypatch.setattr(f"supportrules.engine.{module}.MOST_KEPT", 50)
    policy = Policy(shipped.definition)
    rng = random.Random(15)
    tickets = [ticket for ticket, _ in complete_tickets(shipped, rng, 900)]
    tracemalloc.start()
    try:
        sizes = []
        for start in range(0, 900, 300):
            for number, ticket in enumerate(tickets[start : start + 300]):
                policy.evaluate(ticket | {"id": f"T-{start + number}"})
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    # The tables still fill up a little; all that is known of a ticket takes more than 3,000 bytes.
    assert sizes[2] - sizes[1] < 300 * 1000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # forking beside threads is what is tried
def test_a_child_of_a_fork_decides_while_threads_of_its_parent_do(policy: Policy) -> None:
    tickets = list(random_tickets(policy, random.Random(16), 60))
    expected = [policy.evaluate(ticket).to_dict() for ticket in tickets]
    fresh, stop = Policy(policy.definition), threading.Event()

    def work() -> None:
        while not stop.is_set():
            for ticket in tickets:
                fresh.evaluate(ticket)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            child = os.fork()
            if child == 0:
                # So that it ends where it would wait for ever.
                signal.alarm(30)
                found = [fresh.evaluate(ticket).to_dict() for ticket in tickets]
                os._exit(0 if found == expected else 1)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_the_plain_chainer_decides_the_same(policy: Policy) -> None:
    from supportrules.engine.chaining import PlainChainer

    plain = Policy(policy.definition, PlainChainer())
    for ticket in random_tickets(policy, random.Random(12), 150):
        assert plain.evaluate(ticket).to_dict() == policy.evaluate(ticket).to_dict()


def test_decisions_do_not_depend_on_machine_settings() -> None:
    """Equal digest and ticket: equal bytes, whatever the hash seed, the language and the zone of the machine."""
    code = (
        "import json, random, sys; sys.path.insert(0, sys.argv[1])\n"
        "from supportrules import load_policy\n"
        "from random_tickets import complete_tickets, random_tickets, random_value\n"
        "p = load_policy()\n"
        "print(json.dumps([p.evaluate(t).to_dict() for t in random_tickets(p, random.Random(3), 60)]))"
    )
    outputs = set()
    settings = [("0", "C", "UTC"), ("1", "fr_FR.UTF-8", "Pacific/Apia"), ("77", "de_DE", "America/New_York")]
    for seed, language, zone in settings:
        env = {"PYTHONHASHSEED": seed, "LANG": language, "LANGUAGE": language, "TZ": zone, "PATH": "/usr/bin"}
        done = subprocess.run(
            [sys.executable, "-c", code, str(SUPPORT)], env=env, capture_output=True, check=True
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1


def turned(data: Any) -> Any:
    """The same data with the keys of every mapping the other way round."""
    if isinstance(data, dict):
        return {key: turned(data[key]) for key in reversed(data)}
    return [turned(item) for item in data] if isinstance(data, list) else data


@pytest.mark.parametrize("folder", [SHIPPED, HARBOURLINE], ids=["shipped", "harbourline"])
def test_an_equal_digest_gives_equal_bytes(folder: Path, tmp_path: Path) -> None:
    for stem, data in load(folder).items():
        # JSON is YAML, and keeps the order.
        (tmp_path / f"{stem}.yaml").write_text(json.dumps(turned(data)), "utf-8")
    policy, other = load_policy(folder), load_policy(tmp_path)
    assert policy.digest == other.digest
    for ticket in random_tickets(policy, random.Random(14), 150):
        found = []
        for which in (policy, other):
            decision = which.evaluate(ticket).to_dict()
            for entry in decision["derivation"]:
                del entry["location"]
            found.append(json.dumps(decision))
        assert found[0] == found[1]


def test_policies_and_decisions_can_be_pickled(policy: Policy) -> None:
    copy = pickle.loads(pickle.dumps(policy))
    assert copy == policy
    for ticket in random_tickets(policy, random.Random(13), 20):
        decision = policy.evaluate(ticket)
        travelled = pickle.loads(pickle.dumps(decision))
        assert travelled == decision
        assert travelled.to_dict() == decision.to_dict() == copy.evaluate(ticket).to_dict()


def test_decisions_are_immutable(shipped: Policy) -> None:
    decision = shipped.evaluate({"plan": "standalone"})
    with pytest.raises(AttributeError):
        decision.severity = "A"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        decision.channels["online"].eligible = True  # type: ignore[misc]
    with pytest.raises(TypeError):
        decision.channels["online"] = None  # type: ignore[index]
    with_note = shipped.evaluate({"plan": "small_business", "advanced_support": True, "country": "FR"})
    with pytest.raises(TypeError):
        with_note.notes[0].text["en"] = "x"  # type: ignore[index]
    with pytest.raises(TypeError):
        decision.basis["severity"] = "stated"  # type: ignore[index]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_whatever_comes_in_is_decided_or_refused(data: st.DataObject) -> None:
    policy = _shipped()
    names = list(policy.definition.vocabulary.facts)
    ticket = data.draw(st.dictionaries(st.sampled_from([*names, "other"]), json_values, max_size=4))
    try:
        json.dumps(policy.evaluate(ticket).to_dict())
    except SupportRulesError as error:
        assert isinstance(error, TicketError)
        assert all(problem.field is not None for problem in error.problems)


_loaded: list[Policy] = []


def _shipped() -> Policy:
    if not _loaded:
        _loaded.append(load_policy())
    return _loaded[0]


# Single points


def test_a_category_that_contradicts_the_kind_of_problem(shipped: Policy) -> None:
    with pytest.raises(TicketError) as caught:
        shipped.evaluate({"category": "billing", "issue_type": "mail_access"})
    problem = caught.value.problems[0]
    assert (problem.code, problem.field, problem.value) == ("contradiction", "category", "billing")
    assert "`technical`" in problem.message
    assert shipped.evaluate({"category": "technical", "issue_type": "mail_access"}).category == "technical"
    assert shipped.evaluate({"category": "billing", "issue_type": "other"}).category == "billing"


def years() -> Iterator[tuple[str, str, str]]:
    yield "FR", "2101-03-01T09:00:00Z", "2100"
    yield "FR", "1700-03-01T09:00:00Z", "1803"
    yield "LK", "2027-01-04T09:00:00Z", "2026"
    yield "FR", "9999-12-31T23:00:00Z", "2100"
    yield "FR", "0001-01-01T00:00:00Z", "1803"


@pytest.mark.parametrize(("country", "opened", "year"), list(years()))
def test_years_without_data_are_an_error_and_no_guess(
    shipped: Policy, country: str, opened: str, year: str
) -> None:
    with pytest.raises(TicketError) as caught:
        shipped.evaluate(BUSINESS | {"country": country, "opened_at": opened})
    assert caught.value.problems[0].code == "no-calendar"
    assert caught.value.field == "opened_at"
    assert year in str(caught.value)


@pytest.mark.parametrize("opened", ["9999-12-31T23:30:00Z", "0001-01-01T00:00:00+14:00"])
def test_deadlines_outside_of_time_are_an_error(shipped: Policy, opened: str) -> None:
    ticket = {"plan": "enterprise_e1", "issue_type": "sharepoint_site_down", "opened_at": opened}
    with pytest.raises(TicketError, match="outside the years 1 to 9999"):
        shipped.evaluate(ticket)


def test_a_deadline_in_any_time_needs_no_calendar(shipped: Policy) -> None:
    ticket = {"plan": "enterprise_e1", "issue_type": "sharepoint_site_down"}
    for opened, due in [
        ("1600-02-29T23:30:00Z", "1600-03-01T00:30:00Z"),
        ("9999-12-31T22:59:59Z", "9999-12-31T23:59:59Z"),
    ]:
        response = shipped.evaluate(ticket | {"opened_at": opened}).to_dict()["promises"]["response"]
        assert response["due_at"] == due


def test_the_local_time_is_that_of_the_zone_or_of_the_opening(shipped: Policy) -> None:
    ticket = {
        "plan": "enterprise_e1",
        "issue_type": "sharepoint_site_down",
        "opened_at": "2014-09-05T11:30:00+05:45",
    }
    local = [
        shipped.evaluate(ticket | more).to_dict()["promises"]["response"]["due_at_local"]
        for more in (
            {},
            {"timezone": "Asia/Tokyo"},
            {"country": "FR"},
            {"country": "DE"},
            {"timezone": "UTC"},
        )
    ]
    assert local == [
        "2014-09-05T12:30:00+05:45",
        "2014-09-05T15:45:00+09:00",
        "2014-09-05T08:45:00+02:00",
        "2014-09-05T12:30:00+05:45",
        "2014-09-05T06:45:00+00:00",
    ]


def test_only_the_missing_time_keeps_a_settled_target_open(shipped: Policy) -> None:
    decision = shipped.evaluate(BUSINESS)
    assert decision.response is not None
    assert (decision.response.target, decision.response.clock) == ("next_business_day", "business_hours")
    assert decision.response.due_at is None
    answer = decision.undetermined["promises.response"]
    assert answer.possible == ({"target": "next_business_day", "clock": "business_hours"},)
    assert answer.missing == ("country", "opened_at", "timezone")
    assert decision.basis["promises"] == "assumed"


def test_an_exception_of_coverage_moves_the_clock_and_the_telephone(tmp_path: Any) -> None:
    folder = edited(
        tmp_path,
        "calendars",
        "  exceptions: {}",
        "  exceptions:\n"
        "    island:\n"
        "      label: {en: Iceland, fr: Islande}\n"
        "      countries: [IS]\n"
        "      clock: business_hours\n"
        "      source: [RT-2]\n"
        "      basis: assumed",
    )
    policy = load_policy(folder)
    ticket = {
        "plan": "enterprise_e1",
        "issue_type": "sharepoint_site_down",
        "requester": "administrator",
        "opened_at": "2014-09-05T16:30:00Z",
    }
    iceland = policy.evaluate(ticket | {"country": "IS"}).to_dict()
    # Half an hour is left on Friday, and half an hour is due on Monday.
    assert iceland["promises"]["response"]["due_at"] == "2014-09-08T09:30:00Z"
    assert (
        iceland["promises"]["response"]["clock"] == iceland["channels"]["phone"]["hours"] == "business_hours"
    )
    elsewhere = policy.evaluate(ticket | {"country": "NO"}).to_dict()
    assert elsewhere["promises"]["response"]["due_at"] == "2014-09-05T17:30:00Z"
    open_country = policy.evaluate(ticket).undetermined
    assert {p["clock"] for p in open_country["promises.response"].possible} == {"24x7", "business_hours"}
    assert "country" in open_country["channels.phone"].missing
    assert policy.evaluate(ticket).channels["phone"].eligible is True


def test_the_decision_has_the_promised_form(shipped: Policy) -> None:
    decision = shipped.evaluate(MAIL).to_dict()
    derivation = decision.pop("derivation")
    assert json.dumps(decision) == json.dumps(
        {
            "format": 2,
            "ticket": "T-1",
            "policy": {"name": "office-365-support", "version": "2014-09-03", "digest": shipped.digest},
            "category": "technical",
            "severity": "B",
            "channels": {
                "phone": {"eligible": True, "hours": "24x7", "says": []},
                "online": {"eligible": True, "hours": "24x7", "says": []},
                "self_service": {"eligible": True, "hours": "24x7", "says": []},
            },
            "promises": {
                "response": {
                    "committed": True,
                    "target": "PT8H",
                    "clock": "24x7",
                    "due_at": "2014-09-05T17:30:00Z",
                    "due_at_local": "2014-09-05T19:30:00+02:00",
                    "window": None,
                }
            },
            "reopen": None,
            "undetermined": {},
            "notes": [],
            "basis": {"severity": "stated", "channels": "inferred", "promises": "stated"},
        }
    )
    entry = next(e for e in derivation if e["concludes"] == "severity" and e["overridden_by"] is None)
    assert list(entry) == [
        "rule",
        "concludes",
        "value",
        "from",
        "basis",
        "source",
        "location",
        "overridden_by",
    ]
    assert (entry["value"], entry["basis"], entry["source"][0]) == ("B", "stated", "SV-B1")


def test_a_gap_names_the_values_of_the_ticket(tmp_path: Path) -> None:
    folder = copied(tmp_path, HARBOURLINE)
    data = yaml.safe_load((folder / "severity.yaml").read_text("utf-8"))
    # From one seat to nine the policy has no level then.
    del data["rules"]["seats"]["one_or_more"]
    (folder / "severity.yaml").write_text(yaml.safe_dump(data), "utf-8")
    for seats in (1, 7, 9):
        with pytest.raises(RuleGap) as caught:
            load_policy(folder).evaluate(HARBOUR | {"seats_down": seats})
        assert caught.value.facts["seats_down"] == seats
        assert f"seats_down the number {seats}" in str(caught.value)


def test_a_category_that_no_rule_reads_is_the_one_that_was_given(tmp_path: Path) -> None:
    folder = copied(tmp_path, HARBOURLINE)
    for stem, path, value in (
        ("policy", "roles", {"category": "topic"}),
        (
            "vocabulary",
            "facts",
            {
                "topic": {
                    "type": "choice",
                    "values": {name: {"en": name, "fr": name} for name in ("a", "b")},
                    "label": {"en": "topic", "fr": "sujet"},
                    "question": {"en": "Which?", "fr": "Lequel ?"},
                    "source": ["F-1"],
                    "basis": "stated",
                }
            },
        ),
    ):
        data = yaml.safe_load((folder / f"{stem}.yaml").read_text("utf-8"))
        data[path] |= value
        (folder / f"{stem}.yaml").write_text(yaml.safe_dump(data), "utf-8")
    policy = load_policy(folder)
    assert [policy.evaluate({"topic": topic}).category for topic in ("a", "b", "a")] == ["a", "b", "a"]
    unknown = policy.evaluate({})
    assert unknown.category is None
    assert unknown.undetermined["category"].possible == ("a", "b")
