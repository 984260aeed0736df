"""Logged tickets decided again: nothing differs under what decided, and what does is counted exactly."""

from __future__ import annotations

import gc
import json
import pickle
import random
import shutil
import signal
import subprocess
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import supportrules
from command import COMMAND, run
from edits import Edit, with_edits
from folders import HARBOURLINE, SHIPPED
from known_tickets import MAIL
from policy_data import load, save
from random_tickets import random_ticket, random_tickets
from renaming import DeclaringRenamer
from scenarios import EXAMPLE_FROM_B_TO_A, ONE_CELL_FASTER, OTHER_HOURS
from supportrules import Decision, Policy, PolicyFault, TicketError, load_policy
from supportrules.engine.decision import PolicyRef
from supportrules.history.ledger import Break, Calendars, Chain, Ledger, Line, Masks, ledger_files
from supportrules.history.ledger.line import START, body, chained
from supportrules.history.replay import Difference, OpenAnswer, RefusedTicket, Replay, replay
from supportrules.proofs.comparison.renames import Declared
from supportrules.report.parts import Grid, Section
from supportrules.report.replay import replay_data, replay_parts

Data = dict[str, Any]
KEY = b"k" * 32
SLOWER_INLAND: tuple[Edit, ...] = (
    (
        "response_targets",
        "pro_inland:\n      target: PT8H\n",
        "pro_inland:\n      target: PT9H\n",
    ),
)
TWENTY_SEATS: tuple[Edit, ...] = (
    (
        "severity",
        "when: {seats_down: {at_least: 10, at_most: 49}}",
        "when: {seats_down: {at_least: 11, at_most: 49}}",
    ),
    (
        "severity",
        "when: {seats_down: {at_least: 1, at_most: 9}}",
        "when: {seats_down: {at_least: 1, at_most: 10}}",
    ),
)
EDITS: dict[str, tuple[Path, tuple[Edit, ...]]] = {
    "a faster cell": (SHIPPED, ONE_CELL_FASTER),
    "an example of A": (SHIPPED, EXAMPLE_FROM_B_TO_A),
    "other hours": (SHIPPED, OTHER_HOURS),
    "a slower cell": (HARBOURLINE, SLOWER_INLAND),
    "another limit": (HARBOURLINE, TWENTY_SEATS),
}


def log(file: Path, policy: Policy, tickets: list[Data], masks: Masks | None = None) -> None:
    with Ledger(file, masks=masks) as ledger, ledger.group():
        for ticket in tickets:
            ledger.append(policy, ticket, policy.evaluate(ticket))


def read(file: Path, head: str | None = None) -> Iterator[Line | Break]:
    chain = Chain(head)
    for each in ledger_files(file):
        yield from chain.read(each)
    yield from chain.end(str(file))


def replayed(file: Path, policy: Policy, **options: Any) -> Replay:
    return replay(read(file), lambda line: policy, **options)


def only(found: Replay) -> Difference:
    (difference,) = found.differences
    return difference


# What decided decides the same


def test_nothing_differs_under_the_same_policy(policy: Policy, tmp_path: Path) -> None:
    log(tmp_path / "ledger", policy, list(random_tickets(policy, random.Random(1), 100)))
    found = replayed(tmp_path / "ledger", policy)
    assert (found.lines, found.same, found.differ, found.differences) == (100, 100, {}, ())
    assert found.whole
    assert found.old == found.new == {policy.reference: 100}
    assert found.calendars == {Calendars.here(): 100}


def test_nothing_differs_where_facts_are_masked(shipped: Policy, tmp_path: Path) -> None:
    masks = Masks(["id", "service"], KEY)
    log(tmp_path / "ledger", shipped, list(random_tickets(shipped, random.Random(2), 60)), masks)
    found = replayed(tmp_path / "ledger", shipped)
    assert found.whole and found.lines == 60


@pytest.mark.parametrize("defaults", [False, ["issue_type"], []])
def test_defaults_are_taken_as_they_were(shipped: Policy, tmp_path: Path, defaults: Any) -> None:
    with Ledger(tmp_path / "ledger") as ledger:
        for ticket in random_tickets(shipped, random.Random(3), 20):
            ledger.append(shipped, ticket, shipped.evaluate(ticket, defaults=defaults), defaults=defaults)
    assert replayed(tmp_path / "ledger", shipped).whole


# Another policy


def answers(policy: Policy, ticket: Data) -> Data | None:
    """A decision as one says it, without why, and without what a policy is called."""
    try:
        data = policy.evaluate(ticket).to_dict(derivation=False)
    except (TicketError, PolicyFault):
        return None
    data["undetermined"] = {
        name: (sorted(map(str, each["possible"])), each["missing"])
        for name, each in data["undetermined"].items()
    }
    return {key: value for key, value in data.items() if key not in ("policy", "ticket")}


def telling_tickets(policy: Policy, count: int) -> list[Data]:
    """Random tickets, half of them near to what the edits change."""
    rng = random.Random(5)
    found: list[Data] = []
    while len(found) < count:
        ticket = random_ticket(policy, rng, rng.choice([0.7, 0.9, 1.0]))
        if rng.random() < 0.5 and "issue_type" in ticket:
            ticket |= {"issue_type": "sharepoint_site_access", "affected_users": "one", "category": None}
        elif rng.random() < 0.5 and "seats_down" in ticket:
            ticket["seats_down"] = 10
        if answers(policy, ticket):
            found.append(ticket)
    return found


def possible(decision: Data, answer: str) -> Any:
    return decision["undetermined"].get(answer, [None])[0]


def promise(decision: Data) -> Any:
    """The target and its clock, or what they can be."""
    response = decision["promises"]["response"]
    return (
        (response["target"], response["clock"])
        if response
        else (None, possible(decision, "promises.response"))
    )


def moved(old: str, new: str) -> str:
    seconds = (datetime.fromisoformat(new) - datetime.fromisoformat(old)).total_seconds()
    return "later" if seconds > 0 else "earlier"


@pytest.mark.parametrize("which", EDITS)
def test_what_another_policy_changes_is_counted_exactly(which: str, tmp_path: Path) -> None:
    source, edits = EDITS[which]
    old, new = load_policy(source), load_policy(with_edits(tmp_path / "new", *edits, source=source))
    tickets = telling_tickets(old, 300)
    log(tmp_path / "ledger", old, tickets)
    found = replayed(tmp_path / "ledger", new)

    differ = 0
    expected: Counter[tuple[str, str]] = Counter()
    for ticket in tickets:
        one, other = answers(old, ticket), answers(new, ticket)
        assert one is not None and other is not None
        differ += one != other
        for answer in ("category", "severity"):
            if (one[answer], possible(one, answer)) != (other[answer], possible(other, answer)):
                expected[answer, "value"] += 1
        if promise(one) != promise(other):
            expected["promises.response", "value"] += 1
        dues = [
            side["promises"]["response"] and side["promises"]["response"]["due_at"] for side in (one, other)
        ]
        if dues[0] != dues[1]:
            how = moved(*dues) if all(dues) else "appeared" if dues[1] else "vanished"
            expected["promises.response.due_at", how] += 1
    assert differ and found.differ == {"policy": differ}
    assert (found.lines, found.same) == (len(tickets), len(tickets) - differ)
    assert found.old == {old.reference: len(tickets)} and found.new == {new.reference: len(tickets)}
    counts: Counter[tuple[str, str]] = Counter()
    for each in found.differences:
        if each.answer in (
            "category",
            "severity",
            "promises.response",
            "promises.response.due_at",
        ) and each.aspect not in (
            "basis",
            "missing",
        ):
            counts[each.answer, each.aspect] += each.lines.count
    assert counts == expected
    assert all(len(each.lines.first) == min(3, each.lines.count) for each in found.differences)


def test_a_rule_that_decides_otherwise_is_responsible(shipped: Policy, tmp_path: Path) -> None:
    new = load_policy(with_edits(tmp_path / "new", *ONE_CELL_FASTER))
    log(
        tmp_path / "ledger",
        shipped,
        [MAIL, MAIL | {"id": "T-2", "issue_type": "sharepoint_site_down"}, MAIL | {"id": "T-3"}],
    )
    found = replayed(tmp_path / "ledger", new)
    response, due = found.differences
    cell = ("response_targets.B.enterprise",)
    promise = {"committed": True, "target": "PT8H", "clock": "24x7"}
    assert (response.answer, json.loads(response.old)) == ("promises.response", promise)
    assert json.loads(response.new) == promise | {"target": "PT4H"}
    assert (due.answer, due.aspect) == ("promises.response.due_at", "earlier")
    for each in (response, due):
        assert each.old_rules == each.new_rules == cell
        assert [(one.ticket, one.location.line) for one in each.lines.first] == [("T-1", 1), ("T-3", 3)]


def test_the_first_conclusion_that_differs_is_responsible(shipped: Policy, tmp_path: Path) -> None:
    """A severity that rises moves the deadline by another cell; it is the severity's rule that did it."""
    ticket = MAIL | {"issue_type": "sharepoint_site_access"}
    new = load_policy(with_edits(tmp_path / "new", *EXAMPLE_FROM_B_TO_A))
    log(tmp_path / "ledger", shipped, [ticket])
    found = replayed(tmp_path / "ledger", new)
    assert [each.answer for each in found.differences] == [
        "severity",
        "promises.response",
        "promises.response.due_at",
    ]
    assert (found.differences[0].old, found.differences[0].new) == ("B", "A")
    rule = ("severity.examples.sharepoint_site_unreachable",)
    assert {(each.old_rules, each.new_rules) for each in found.differences} == {(rule, rule)}


def test_a_rule_of_one_side_only_is_responsible(harbourline: Policy, tmp_path: Path) -> None:
    new = load_policy(with_edits(tmp_path / "new", *TWENTY_SEATS, source=HARBOURLINE))
    log(tmp_path / "ledger", harbourline, [{"seats_down": 10, "environment": "production", "safety": False}])
    severity = replayed(tmp_path / "ledger", new).differences[0]
    assert (severity.answer, severity.old, severity.new) == ("severity", "high", "normal")
    assert severity.old_rules == ("severity.seats.ten_or_more",)
    assert severity.new_rules == ("severity.seats.one_or_more",)


def test_what_is_open_tells_what_it_can_be_on_one_side(shipped: Policy, tmp_path: Path) -> None:
    new = load_policy(with_edits(tmp_path / "new", *ONE_CELL_FASTER))
    ticket = {name: value for name, value in MAIL.items() if name != "workaround"}
    log(tmp_path / "ledger", shipped, [ticket])
    found = only(replayed(tmp_path / "ledger", new))
    assert (found.answer, found.aspect) == ("promises.response", "value")
    one, other = ([json.loads(each) for each in side.values] for side in (found.old, found.new))
    assert (one, other) == ([{"clock": "24x7", "target": "PT8H"}], [{"clock": "24x7", "target": "PT4H"}])
    assert isinstance(found.old, OpenAnswer)


def test_a_ticket_that_is_refused_now_is_told(shipped: Policy, tmp_path: Path) -> None:
    log(tmp_path / "ledger", shipped, [MAIL])
    folder = with_edits(tmp_path / "new")
    text = (folder / "plans.yaml").read_text("utf-8")
    (folder / "plans.yaml").write_text(text.replace("  enterprise_e3:", "  enterprise_e5:"), "utf-8")
    found = only(replayed(tmp_path / "ledger", load_policy(folder)))
    assert (found.answer, found.new, found.kind) == (
        "ticket",
        RefusedTicket("unknown-value", "plan"),
        "policy",
    )
    assert "unknown plan `enterprise_e3`" in found.lines.first[0].problems[0].message


def test_a_policy_fault_names_its_rules(shipped: Policy, tmp_path: Path) -> None:
    edit = (
        "severity",
        "lync_communication, affected_users: several}",
        "lync_communication, affected_users: all}",
    )
    new = load_policy(with_edits(tmp_path / "new", edit))
    log(tmp_path / "ledger", shipped, [{"issue_type": "lync_communication", "affected_users": "all"}])
    found = only(replayed(tmp_path / "ledger", new))
    assert (found.answer, found.new) == ("ticket", RefusedTicket("policy-fault", None))
    assert set(found.new_rules) == {
        "severity.examples.lync_all_users",
        "severity.examples.lync_several_users",
    }


def test_a_masked_fact_that_another_policy_reads_is_told(shipped: Policy, tmp_path: Path) -> None:
    log(tmp_path / "ledger", shipped, [MAIL | {"service": "yammer"}, MAIL], Masks(["service"], KEY))
    edit = (
        "severity",
        "issue_type: sharepoint_site_access, affected_users: one}",
        "service: sharepoint_online, affected_users: one}",
    )
    found = replayed(tmp_path / "ledger", load_policy(with_edits(tmp_path / "new", edit)))
    refused = [each for each in found.differences if each.answer == "ticket"]
    assert [(each.new, each.lines.count) for each in refused] == [(RefusedTicket("masked", "service"), 1)]


def test_who_decides_is_asked_for_each_line(shipped: Policy, tmp_path: Path) -> None:
    """Such as the version that was in force; where there is none, the line is told."""
    new = load_policy(with_edits(tmp_path / "new", *ONE_CELL_FASTER))
    log(tmp_path / "ledger", shipped, [MAIL | {"id": f"T-{n}"} for n in range(6)])

    def decides(line: Line) -> Policy:
        if line.sequence == 6:
            raise TicketError([])
        return shipped if line.sequence <= 2 else new

    with pytest.raises(IndexError):
        replay(read(tmp_path / "ledger"), decides)
    found = replay(
        (line for line in read(tmp_path / "ledger") if isinstance(line, Line) and line.sequence < 6), decides
    )
    assert found.new == {shipped.reference: 2, new.reference: 3}
    assert found.differ == {"policy": 3}


# Lines of versions that did not log the words of refusals


def without_words(old: Path, new: Path) -> None:
    """A ledger as it would have been written before decisions said why a channel is refused."""
    before, lines = START, b""
    for raw in old.read_bytes().splitlines():
        data = json.loads(raw)
        for channel in data["decision"]["channels"].values():
            del channel["says"]
        rest = {k: v for k, v in data.items() if k not in ("format", "sequence", "previous", "hash")}
        said = json.dumps(rest, ensure_ascii=False, separators=(",", ":"))[1:-1].encode()
        line, before = chained(said, before)
        lines += line
    new.write_bytes(lines)


def test_a_line_without_words_of_refusal_is_whole_and_differs_in_nothing(
    policy: Policy, tmp_path: Path
) -> None:
    log(tmp_path / "ledger", policy, list(random_tickets(policy, random.Random(5), 60)))
    assert '"says":[{"rule":"channels.' in (tmp_path / "ledger").read_text("utf-8")
    without_words(tmp_path / "ledger", tmp_path / "old")
    found = replayed(tmp_path / "old", policy)
    assert (found.lines, found.same, found.differences) == (60, 60, ())
    assert found.whole


def test_other_words_of_refusal_are_no_other_answer(shipped: Policy, tmp_path: Path) -> None:
    refused = {"requester": "end_user", "issue_type": "mail_access"}
    log(tmp_path / "ledger", shipped, [refused])
    text = "Only administrators deal with the vendor. Ask"
    new = load_policy(with_edits(tmp_path / "new", ("channels", text, "Ask")))
    assert replayed(tmp_path / "ledger", new).whole


def test_words_of_refusal_that_differ_under_the_same_policy_are_told(shipped: Policy, tmp_path: Path) -> None:
    refused = {"requester": "end_user", "issue_type": "mail_access"}
    decision = shipped.evaluate(refused)
    (refusal,) = decision.channels["phone"].says
    # Other words of the same rule are no other answer; no rule at all is.
    for says, answer in (((replace(refusal, says={"en": "No."}),), "decision"), ((), "channels.phone")):
        phone = replace(decision.channels["phone"], says=says)
        other = replace(decision, channels={**decision.channels, "phone": phone})
        with Ledger(tmp_path / answer) as ledger:
            ledger.append(shipped, refused, other)
        difference = only(replayed(tmp_path / answer, shipped))
        assert (difference.kind, difference.answer, difference.aspect) == ("fault", answer, "differs")


# Faults, and newer calendar data


def late(decision: Decision) -> Decision:
    """A decision whose deadline is a day later."""
    response = decision.response
    assert response and response.due_at and response.due_at_local
    day = timedelta(days=1)
    later = replace(response, due_at=response.due_at + day, due_at_local=response.due_at_local + day)
    return replace(decision, promises={**decision.promises, "response": later})


@pytest.mark.parametrize(
    ("calendars", "change", "kind"),
    [
        ("here", late, "fault"),
        ("older", late, "calendars"),
        ("older", lambda decision: replace(decision, severity="C"), "fault"),
        ("older", lambda decision: replace(late(decision), severity="C"), "fault"),
        ("here", lambda decision: replace(decision, notes=()), "fault"),
    ],
)
def test_faults_are_no_news_of_a_calendar(
    shipped: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calendars: str, change: Any, kind: str
) -> None:
    ticket = MAIL | {"requested_severity": "A"}
    decision = shipped.evaluate(ticket)
    assert decision.notes
    with monkeypatch.context() as patch:
        if calendars == "older":
            patch.setattr(Calendars, "here", classmethod(lambda cls: cls("0.1", "2014.1")))
        with Ledger(tmp_path / "ledger") as ledger:
            ledger.append(shipped, ticket, change(decision))
            ledger.append(shipped, ticket, decision)
    found = replayed(tmp_path / "ledger", shipped)
    assert found.differ == {kind: 1}
    assert {each.kind for each in found.differences} == {kind}
    assert all(each.lines.count == 1 for each in found.differences)


def test_what_is_told_for_people_counts_too(shipped: Policy, tmp_path: Path) -> None:
    decision = shipped.evaluate(MAIL | {"requested_severity": "A"})
    reworded = replace(decision, notes=tuple(replace(note, text={"en": "!"}) for note in decision.notes))
    with Ledger(tmp_path / "ledger") as ledger:
        ledger.append(shipped, MAIL | {"requested_severity": "A"}, reworded)
    found = only(replayed(tmp_path / "ledger", shipped))
    assert (found.kind, found.answer) == ("fault", "decision")


def test_calendar_data_that_explain_nothing_are_not_said_to_be_the_same(
    shipped: Policy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Calendars, "here", classmethod(lambda cls: cls("0.1", "2014.1")))
        patch.setattr("supportrules.history.ledger.line.__version__", "0.0.1")
        with Ledger(tmp_path / "ledger") as ledger:
            ledger.append(shipped, MAIL, replace(shipped.evaluate(MAIL), severity="C"))
    log(tmp_path / "ledger", shipped, [MAIL])
    found = replayed(tmp_path / "ledger", shipped)
    assert found.software == {"0.0.1": 1, supportrules.__version__: 1}
    told = texts(tuple(replay_parts(found, shipped.definition, "en")))
    assert "supportrules 0.0.1" in told and "holidays 0.1, tzdata 2014.1" in told
    assert "Faults: the same policy, and another answer that no calendar data explains" in told
    software = [{"version": version, "lines": 1} for version in ("0.0.1", supportrules.__version__)]
    assert replay_data(found)["software"] == software


def test_a_fact_that_a_policy_no_longer_has_refuses_no_ticket(
    shipped: Policy, harbourline: Policy, tmp_path: Path
) -> None:
    log(tmp_path / "ledger", harbourline, [{}] * 2)
    log(tmp_path / "another", shipped, [{"id": f"T-{n}"} for n in range(4)])
    found = replayed(tmp_path / "another", harbourline)
    assert "id" not in harbourline.definition.vocabulary.facts
    assert found.unknown == {"id": 4} and replay_data(found)["unknown"] == [{"fact": "id", "lines": 4}]
    assert not [each for each in found.differences if each.answer == "ticket"]


def test_a_fact_that_a_policy_does_not_have_is_told_by_its_name(
    shipped: Policy, harbourline: Policy, tmp_path: Path
) -> None:
    log(tmp_path / "ledger", shipped, [{"id": f"T-{n}", "plan": "enterprise_e3"} for n in range(5)])
    found = replayed(tmp_path / "ledger", harbourline)
    strange = replace(
        found,
        differences=tuple(
            replace(each, new=RefusedTicket("unknown-field", "id")) for each in found.differences
        ),
    )
    told = texts(tuple(replay_parts(strange, harbourline.definition, "en")))
    assert "not decided: unknown-field (id)" in told
    # The reason is given with the first of its tickets.
    told = texts(tuple(replay_parts(found, harbourline.definition, "en")))
    (first, *others) = found.differences[0].lines.first
    assert told.count(f"{first.ticket} (") == 2
    assert all(told.count(f"{each.ticket} (") == 1 for each in others)


def test_the_name_of_a_ticket_is_told_and_compared_unless_it_is_masked(
    shipped: Policy, tmp_path: Path
) -> None:
    new = load_policy(with_edits(tmp_path / "new", *ONE_CELL_FASTER))
    for masked in ("id", "service"):
        file = tmp_path / masked
        log(file, shipped, [MAIL | {"service": "yammer"}], Masks([masked], KEY))
        name = None if masked == "id" else "T-1"
        for each in replayed(file, new).differences:
            assert [one.ticket for one in each.lines.first] == [name]
    raw = json.loads((tmp_path / "service").read_bytes())
    decision = raw["decision"] | {"ticket": "T-2"}
    line, _ = chained(body(shipped.reference, raw["ticket"], raw["masked"], True, decision), START)
    (tmp_path / "service").write_bytes(line)
    assert replayed(tmp_path / "service", shipped).differ == {"fault": 1}


# Broken ledgers


def test_what_is_whole_of_a_broken_ledger_is_decided(shipped: Policy, tmp_path: Path) -> None:
    file = tmp_path / "ledger"
    log(file, shipped, [MAIL] * 5)
    file.write_bytes(file.read_bytes().replace(b'"sequence":3', b'"sequence":7'))
    found = replayed(file, shipped)
    assert (found.lines, found.same) == (4, 4) and not found.whole
    assert [each.problems[0].code for each in found.broken.first] == ["altered", "misplaced"]


def test_a_line_that_logs_no_decision_is_told(shipped: Policy, tmp_path: Path) -> None:
    here = PolicyRef("x", "1", shipped.digest)
    raw, link = chained(body(here, MAIL, (), True, {"severity": "B"}), START)
    (tmp_path / "ledger").write_bytes(raw + chained(body(here, MAIL, (), True, {}), link)[0])
    found = replayed(tmp_path / "ledger", shipped)
    assert (found.lines, found.broken.count) == (0, 2)
    assert found.broken.first[0].problems[0].message == (
        "no line of a ledger: object missing required field `format` - at `$.decision`"
    )


def test_what_is_kept_does_not_grow_with_the_lines(shipped: Policy, tmp_path: Path) -> None:
    new = load_policy(with_edits(tmp_path / "new", *ONE_CELL_FASTER))
    log(tmp_path / "ledger", shipped, [MAIL])
    (line,) = read(tmp_path / "ledger")
    assert isinstance(line, Line)

    alive: weakref.WeakSet[Line] = weakref.WeakSet()

    def lines(count: int) -> Iterator[Line]:
        for number in range(count):
            day = datetime(2014, 1, 1) + timedelta(hours=number)
            ticket = MAIL | {"id": f"T-{number:04}", "opened_at": f"{day.isoformat()}Z"}
            alive.add(each := Each(**vars(line) | {"sequence": number, "ticket": ticket}))
            yield each
            if number % 100 == 99:
                gc.collect()
                assert len(alive) < 3

    sizes = {
        len(
            pickle.dumps(
                replace(
                    replay(lines(count), lambda line: new),
                    lines=0,
                    differ={},
                    old={},
                    new={},
                    calendars={},
                    software={},
                )
            )
        )
        for count in (200, 800)
    }
    assert max(sizes) - min(sizes) < 10


@dataclass(frozen=True, eq=False)
class Each(Line):
    """A line that is told from others by what it is, and not by what it says."""

    __hash__ = object.__hash__


# What is told


def texts(part: object) -> str:
    return json.dumps(part, default=vars, ensure_ascii=False)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("which", EDITS)
def test_every_difference_is_told_once(which: str, language: str, tmp_path: Path) -> None:
    source, edits = EDITS[which]
    old, new = load_policy(source), load_policy(with_edits(tmp_path / "new", *edits, source=source))
    log(tmp_path / "ledger", old, telling_tickets(old, 150))
    found = replayed(tmp_path / "ledger", new)
    # In the words of a policy that has none of these answers too.
    other = load_policy(HARBOURLINE if source == SHIPPED else SHIPPED)
    for definition in (new.definition, other.definition):
        parts = list(replay_parts(found, definition, language))
        (section,) = [part for part in parts if isinstance(part, Section)]
        (grid,) = [part for part in section.below if isinstance(part, Grid)]
        assert [row[4][0].text for row in grid.rows] == [str(each.lines.count) for each in found.differences]
        for each, row in zip(found.differences, grid.rows, strict=True):
            assert {run.text for run in row[3]} - {", "} == {*each.old_rules, *each.new_rules}
    data = json.loads(json.dumps(replay_data(found)))
    assert [each["lines"]["count"] for each in data["differences"]] == [
        each.lines.count for each in found.differences
    ]
    assert data["lines"] == 150 and data["differ"] == found.differ


# The command


def test_from_evaluate_to_replay(tmp_path: Path) -> None:
    tickets = "".join(json.dumps(MAIL | {"id": f"T-{n}"}) + "\n" for n in range(3))
    logging = ("evaluate", "--ledger", "log", "--mask", "id", "--mask-key", "key")
    done = run(*logging, stdin=tickets + '{"plan": "none"}\n', cwd=tmp_path)
    assert done.returncode == 2
    assert [json.loads(line).get("ticket") for line in done.stdout.splitlines()] == [
        "T-0",
        "T-1",
        "T-2",
        None,
    ]
    head = done.stderr.split()[-1]
    assert done.stderr.splitlines()[-1] == f"log: line 3, head {head}"

    done = run("replay", "log", "--head", head, "--lang", "en", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("3 lines decided again; nothing differs\n\nthe chain is whole\n")
    assert head in done.stdout
    done = run("replay", "log", "--find", "id=T-1", "--mask-key", "key", "--format", "json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["lines"]) == (0, 1)
    done = run("replay", "log", "--find", "id=T-1", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "`id` is masked in log:1: give --mask-key too" in done.stderr
    (tmp_path / "another").write_text("k" * 32)
    for sought in (("id=T-9", "key"), ("id=T-1", "another")):
        options = ("--find", sought[0], "--mask-key", sought[1], "--lang", "en")
        done = run("replay", "log", *options, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (1, "")
        assert done.stdout.startswith("no line of 3 has this value\n")

    with_edits(tmp_path / "new", *ONE_CELL_FASTER)
    done = run(
        "replay", "log", "--policy", "new", "--format", "markdown", "--first", "1", "-o", "out", cwd=tmp_path
    )
    assert done.returncode == 1
    told = (tmp_path / "out").read_text("utf-8")
    assert "**3 would be decided otherwise, or not at all**" in told
    assert (
        "| response | 8 hours (any time) | **4 hours (any time)** | `response_targets.B.enterprise` | 3 | log:1 |"
        in told
    )

    page = run("replay", "log", "--policy", "new", "--format", "html", "--lang", "fr", cwd=tmp_path).stdout
    assert page.startswith('<!DOCTYPE html>\n<html lang="fr">') and "<h1>Décisions rejouées</h1>" in page
    assert "<td><code>response_targets.B.enterprise</code></td><td>3</td>" in page

    lines = (tmp_path / "log").read_bytes().splitlines(keepends=True)
    (tmp_path / "log").write_bytes(b"".join(lines[:2]))
    assert run("replay", "log", cwd=tmp_path).returncode == 0
    done = run("replay", "log", "--head", head, "--lang", "en", cwd=tmp_path)
    assert done.returncode == 1 and "the chain is broken in 1 place" in done.stdout
    assert f"no line has the hash {head}" in done.stdout


def test_several_ledgers_are_read_each_once(tmp_path: Path) -> None:
    tickets = json.dumps(MAIL) + "\n"
    for name in ("one", "one", "one", "two"):
        assert (
            run("evaluate", "--ledger", name, "--ledger-size", "1", stdin=tickets, cwd=tmp_path).returncode
            == 0
        )
    first = "one.000000000001"
    assert (tmp_path / first).exists()
    done = run("replay", "one", first, "two", "one", "--format", "json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["lines"]) == (0, 4)
    (tmp_path / "link").symlink_to("one")
    (tmp_path / "hard").hardlink_to(tmp_path / first)
    for other in (str(tmp_path / "one"), "link", "./one"):
        done = run("replay", "one", other, "hard", "--format", "json", cwd=tmp_path)
        assert (done.returncode, json.loads(done.stdout)["lines"]) == (0, 3)


def test_a_value_is_found_as_the_policy_reads_it(tmp_path: Path) -> None:
    tickets = "".join(json.dumps(MAIL | {"id": f"T-{n}", "workaround": n < 2}) + "\n" for n in range(3))
    assert run("evaluate", "--ledger", "log", stdin=tickets, cwd=tmp_path).returncode == 0
    # The opening is logged as 11:30+02:00.
    for sought, count in (
        ("opened_at=2014-09-05T09:30:00Z", 3),
        ("workaround=true", 2),
        ("country=FR", 3),
        ("issue_type=sharepoint_site_down", 0),
        ("category=", 3),
    ):
        done = run("replay", "log", "--find", sought, "--format", "json", cwd=tmp_path)
        found = json.loads(done.stdout)
        assert (done.returncode, found["lines"], found["others"]) == (0 if count else 1, count, 3 - count)


def test_the_head_is_told_of_a_run_that_is_interrupted(tmp_path: Path) -> None:
    line = [*COMMAND, "evaluate", "--ledger", "log"]
    pipe = subprocess.PIPE

    def interruptible() -> None:
        # A run in the background can have inherited that it is not.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    with subprocess.Popen(
        line, stdin=pipe, stdout=pipe, stderr=pipe, cwd=tmp_path, preexec_fn=interruptible
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(MAIL).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["ticket"] == "T-1"
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[1].decode()
    (logged,) = (tmp_path / "log").read_text().splitlines()
    assert f"log: line 1, head {json.loads(logged)['hash']}" in told


def test_what_can_not_be_logged_is_an_error_of_its_ticket(tmp_path: Path) -> None:
    names = ("T-1", "x" * 5_000_000, "T-3")
    (tmp_path / "tickets.jsonl").write_text("".join(json.dumps(MAIL | {"id": name}) + "\n" for name in names))
    done = run("evaluate", "--ledger", "log", "tickets.jsonl", cwd=tmp_path)
    written = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert "tickets.jsonl:2:1: a line of more than 4 MB can't be logged" in done.stderr
    assert [each.get("severity") for each in written] == ["B", None, "B"]
    assert (written[1]["line"], written[1]["error"]["problems"][0]["code"]) == (2, "not-logged")
    logged = (tmp_path / "log").read_text().splitlines()
    assert [json.loads(line)["ticket"]["id"] for line in logged] == ["T-1", "T-3"]


def test_a_key_that_is_missing_is_not_promised_where_it_is_only_read() -> None:
    assert "made if it is not there" not in " ".join(run("replay", "--help").stdout.split())
    assert "made if it is not there" in " ".join(run("evaluate", "--help").stdout.split())


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["replay", "nothing"], 2, "nothing: no such file or directory"),
        (["replay"], 2, "Missing argument 'LOG...'"),
        (["replay", "log", "--find", "plan"], 2, "give FACT=VALUE"),
        (["replay", "log", "--find", "plam=x"], 2, "unknown fact `plam`: did you mean `plan`?"),
        (["replay", "log", "--mask-key", "key"], 2, "give --find too"),
        (["replay", "log", "--find", "id=x", "--mask-key", "nokey"], 2, "no such file: `nokey`"),
        (["replay", "log", "--find", "workaround=maybe"], 2, "`workaround` takes true or false"),
        (["replay", "log", "--find", "country=fr"], 2, "did you mean `FR`?"),
        (["replay", "log", "--head", "xyz"], 2, "`xyz` is no hash of a line"),
        (["replay", "log", "--head", "SHA256:AB"], 2, "`SHA256:AB` is no hash of a line"),
        (["replay", "-"], 2, "not from standard input"),
        (["evaluate", "--ledger", "-"], 2, "it takes a name, and not `-`"),
        (["evaluate", "--ledger", "new", "--mask", "id", "--mask-key", "-"], 2, "and not `-`"),
        (["replay", "log", "--find", "id=x", "--mask-key", "-"], 2, "and not `-`"),
        (["replay", "."], 2, "it is no file"),
        (["evaluate", "--mask", "id"], 2, "give --ledger too"),
        (["evaluate", "--ledger-size", "1MB"], 2, "give --ledger too"),
        (
            ["evaluate", "--ledger", "new", "--ledger-size", "1.5GB"],
            2,
            "a whole number of bytes, kB, MB or GB",
        ),
        (["evaluate", "--ledger", "new", "--mask", "id"], 2, "Give --mask-key FILE too"),
        (["evaluate", "--ledger", "new", "--mask-key", "key"], 2, "Give --mask FACT too"),
        (
            ["evaluate", "--ledger", "new", "--mask", "plan", "--mask-key", "key"],
            2,
            "`plan` can't be masked: the rule `",
        ),
        (
            ["evaluate", "--ledger", "new", "--mask", "opened_at", "--mask-key", "key"],
            2,
            "`opened_at` can't be masked: a clock",
        ),
        (["evaluate", "--ledger", "new", "--ledger-size", "big"], 2, "`big` is no size"),
        (
            ["evaluate", "--ledger", "nowhere/log"],
            2,
            "nowhere/log: can't be written: no such file or directory",
        ),
        (["evaluate", "--ledger", "readonly"], 2, "readonly: can't be written: it is read-only"),
        (["evaluate", "--ledger", "broken"], 1, "broken:1: no line of a ledger"),
    ],
)
def test_what_can_not_be_is_told_before_any_ticket(
    tmp_path: Path, arguments: list[str], code: int, told: str
) -> None:
    (tmp_path / "log").touch()
    (tmp_path / "readonly").touch(0o444)
    (tmp_path / "broken").write_text("no line\n")
    done = run(*arguments, stdin=json.dumps(MAIL) + "\n", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert not (tmp_path / "new").exists() and not (tmp_path / "key").exists()


def test_a_stream_gets_its_answers_as_it_goes(tmp_path: Path) -> None:
    """Whoever sends one ticket and waits gets the answer, which is on disk by then."""
    line = [*COMMAND, "evaluate", "--ledger", str(tmp_path / "log")]
    with subprocess.Popen(
        line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin and process.stdout
        for number in range(3):
            process.stdin.write(json.dumps(MAIL | {"id": f"T-{number}"}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["ticket"] == f"T-{number}"
            assert len((tmp_path / "log").read_bytes().splitlines()) == number + 1
        process.stdin.close()
        assert process.wait(60) == 0


# Renames


def renamed(
    which: str, folder: Path, seed: object = 0, share: float = 1.0
) -> tuple[Policy, DeclaringRenamer]:
    """A policy of which entries of all kinds have other names, and say which they had."""
    renamer = DeclaringRenamer(load(FOLDERS[which]), share, seed)
    save(renamer.rename(), folder)
    return load_policy(folder), renamer


FOLDERS = {"shipped": SHIPPED, "harbourline": HARBOURLINE}


@pytest.mark.parametrize("which", ["shipped", "harbourline"])
@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_policy_in_which_only_names_are_others_decides_the_same(
    which: str, share: float, tmp_path: Path
) -> None:
    """Of all kinds at once, and the other way round where the policy that logged is known."""
    old = load_policy(FOLDERS[which])
    new, _ = renamed(which, tmp_path / "new", share, share)
    for logged, decides, known in ((old, new, ()), (old, new, (old,)), (new, old, (new,))):
        file = tmp_path / f"ledger-{logged.version}-{len(known)}-{decides is new}"
        log(file, logged, list(random_tickets(logged, random.Random(5), 25)))
        found = replayed(file, decides, known=known)
        assert (found.lines, found.same, found.unknown) == (25, 25, {})


def test_what_differs_besides_names_is_told_in_the_new_ones(tmp_path: Path) -> None:
    old = load_policy(SHIPPED)
    _, renamer = renamed("shipped", tmp_path / "new")
    targets = tmp_path / "new" / "response_targets.yaml"
    faster = targets.read_text("utf-8").replace("target: PT8H", "target: PT4H", 1)
    targets.write_text(faster, "utf-8")
    log(tmp_path / "ledger", old, [MAIL])
    found = replayed(tmp_path / "ledger", load_policy(tmp_path / "new"))
    answers = {each.answer for each in found.differences}
    assert answers and answers <= {"promises.response", "promises.response.due_at"}
    rules = {rule for each in found.differences for rule in (*each.old_rules, *each.new_rules)}
    assert rules == {f"response_targets.{renamer('B')}.{renamer('enterprise')}"}


def test_a_masked_fact_that_has_another_name_stays_masked_and_is_found(tmp_path: Path) -> None:
    old = load_policy(SHIPPED)
    new, renamer = renamed("shipped", tmp_path / "new")
    log(tmp_path / "ledger", old, [MAIL | {"id": "T-7"}, MAIL], Masks(["id"], KEY))
    found = replayed(tmp_path / "ledger", new)
    assert (found.lines, found.same, found.unknown) == (2, 2, {})
    (tmp_path / "key").write_bytes(KEY)
    sought = ["--find", f"{renamer('id')}=T-7", "--mask-key", "key"]
    done = run("replay", "ledger", "--policy", "new", *sought, "--format", "json", cwd=tmp_path)
    assert (json.loads(done.stdout)["lines"], json.loads(done.stdout)["same"]) == (1, 1)
    plan = f"{renamer('plan')}={renamer(str(MAIL['plan']))}"
    done = run("replay", "ledger", "--policy", "new", "--find", plan, "--format", "json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["lines"]) == (0, 2)
    # Its former name is answered with the one of today.
    done = run("replay", "ledger", "--policy", "new", "--find", "plan=x", cwd=tmp_path)
    assert done.returncode == 2
    assert f"unknown fact `plan`: it is called `{renamer('plan')}` now" in done.stderr


def test_a_name_that_several_entries_had_is_none_of_theirs(tmp_path: Path) -> None:
    """Nor is one that an entry still has: the ticket is refused rather than read as either."""
    data = load(SHIPPED)
    plans = data["plans"]["plans"]
    plans["enterprise_e1"]["formerly"] = ["enterprise_e0"]
    save(data, tmp_path / "one")
    new = load_policy(tmp_path / "one")
    assert Declared(new.definition).ticket({"plan": "enterprise_e0"}) == {"plan": "enterprise_e1"}
    assert Declared(new.definition).ticket({"plan": "enterprise_e3"}) == {"plan": "enterprise_e3"}
    assert Declared(new.definition).ticket({"id": "enterprise_e0"}) == {"id": "enterprise_e0"}


def test_logged_values_stand_in_the_words_of_who_logged_them_or_in_ids(tmp_path: Path) -> None:
    old = load_policy(SHIPPED)
    data = load(SHIPPED)
    for level in data["severity"]["levels"]:
        level["label"] = dict.fromkeys(level["label"], f"level {level['id']} now")
    for rule in data["severity"]["rules"]["examples"].values():
        if rule.get("level") == "B":
            rule["level"] = "C"
    save(data, tmp_path / "new")
    new = load_policy(tmp_path / "new")
    log(tmp_path / "ledger", old, [MAIL])
    found = replayed(tmp_path / "ledger", new)
    assert any(each.answer == "severity" for each in found.differences)
    label = str(old.definition.levels["B"].label["en"])
    for known, was in (((), "B"), ((old.definition,), label)):
        sections = list(replay_parts(found, new.definition, "en", known))
        rows = [row for part in grids(sections) for row in part.rows]
        sides = [tuple("".join(run.text for run in cell) for cell in row[1:3]) for row in rows]
        assert (was, "level C now") in sides


def grids(parts: Iterable[object]) -> Iterator[Grid]:
    for part in parts:
        if isinstance(part, Grid):
            yield part
        elif isinstance(part, Section):
            yield from grids(part.below)


# Lines of format 1, written by a version whose decisions had one promise

FORMAT_1 = Path(__file__).parent / "format_1.ledger"


def as_it_was(tmp_path: Path) -> Policy:
    """The policy of these lines, which did not say what people call its promise."""
    folder = shutil.copytree(HARBOURLINE, tmp_path / "policy")
    targets = folder / "response_targets.yaml"
    text = targets.read_text("utf-8")
    targets.write_text(
        "".join(line for line in text.splitlines(True) if not line.startswith("promise:")), "utf-8"
    )
    return load_policy(folder)


def test_lines_of_format_1_decide_the_same(tmp_path: Path) -> None:
    policy = as_it_was(tmp_path)
    logged = [json.loads(line) for line in FORMAT_1.read_text("utf-8").splitlines()]
    assert {line["format"] for line in logged} == {1}
    assert {line["policy"]["digest"] for line in logged} == {policy.digest}
    # Deadlines, windows, and what is open.
    assert {bool(line["decision"]["response"]) for line in logged} == {True, False}
    assert any("response" in line["decision"]["undetermined"] for line in logged)
    found = replayed(FORMAT_1, policy)
    assert (found.lines, found.same, found.differences, found.whole) == (7, 7, (), True)


def test_a_ledger_goes_on_in_the_new_format(tmp_path: Path) -> None:
    policy = as_it_was(tmp_path)
    file = tmp_path / "ledger"
    shutil.copy(FORMAT_1, file)
    log(file, policy, [json.loads(FORMAT_1.read_text("utf-8").splitlines()[0])["ticket"]])
    assert [json.loads(line)["format"] for line in file.read_text("utf-8").splitlines()] == [1] * 7 + [2]
    found = replayed(file, policy)
    assert (found.lines, found.same, found.whole) == (8, 8, True)


def test_a_line_of_format_1_says_what_one_of_format_2_says(tmp_path: Path) -> None:
    policy = as_it_was(tmp_path)
    for line in read(FORMAT_1):
        assert isinstance(line, Line)
        now = json.loads(json.dumps(policy.evaluate(line.ticket).to_dict()))
        places = [entry.pop("location") for side in (line.decision, now) for entry in side["derivation"]]
        assert places
        assert line.decision == now
