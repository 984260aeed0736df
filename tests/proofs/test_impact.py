"""What a change means for real tickets, recounted from the JSON of both decisions of each ticket."""

from __future__ import annotations

import copy
import random
import statistics
import tempfile
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from known_tickets import BUSINESS, MAIL
from owners_edits import FOLDERS, edited_policy, original
from policy_data import load, save
from random_tickets import random_ticket
from supportrules import Location, Policy, PolicyFault, Problem, TicketError, load_policy
from supportrules.engine.answers import Access
from supportrules.engine.chaining import PlainChainer
from supportrules.proofs.comparison.changes import NoAnswer
from supportrules.proofs.comparison.impact import Count, Example, Group, Impact, Open, Shift, impact
from supportrules.time.promises import Promise
from supportrules.time.targets import Duration

Data = dict[str, Any]
Tickets = list[tuple[Location, Data]]
B = {name: value for name, value in MAIL.items() if name not in ("id", "country")}


def placed(tickets: Iterable[Data]) -> Tickets:
    return [(Location("t.jsonl", line), ticket) for line, ticket in enumerate(tickets, 1)]


# The recount: from what a decision promises to everybody, as JSON


def decided(policy: Policy, ticket: Data) -> Data | str:
    try:
        return policy.evaluate(ticket).to_dict(derivation=False)
    except TicketError:
        return "refused"
    except PolicyFault:
        return "fault"


def seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def answers_of(policy: Policy, ticket: Data, decision: Data) -> dict[str, Any]:
    """Each answer in a form that can be counted."""
    roles = policy.definition.roles

    def within(reopen: Data | None) -> Any:
        return reopen and seconds(reopen["until"]) - seconds(ticket[roles.closing or ""])

    def form(key: str, value: Any) -> Any:
        if key == "promises.response":
            return value and ("promise", value["target"], value["clock"])
        if key == "reopen":
            return within(value)
        if key.startswith("channels."):
            return ("access", value["eligible"], value["hours"])
        return value

    found: dict[str, Any] = {"severity": decision["severity"]}
    found |= {f"promises.{name}": promise for name, promise in decision["promises"].items()}
    if roles.category:
        found[roles.category] = decision["category"]
    found |= {f"channels.{name}": channel for name, channel in decision["channels"].items()}
    found["reopen"] = decision["reopen"]
    for key, value in found.items():
        left = decision["undetermined"].get("category" if key == roles.category else key)
        # Of a deadline that is open alone, the target is told.
        if left and not (key == "promises.response" and value):
            found[key] = ("open", frozenset(form(key, each) for each in left["possible"]))
        else:
            found[key] = form(key, value)
    codes = {note["code"] for note in decision["notes"]}
    return found | {note.id: note.id.split(".")[-1] in codes for note in policy.definition.notes}


def told(value: Any) -> Any:
    """A value of an impact in the form of the recount."""
    match value:
        case Open(possible):
            return ("open", frozenset(map(told, possible)))
        case Promise(target, clock):
            return ("promise", str(target) if target.committed else None, clock)
        case Access(eligible, hours):
            return ("access", eligible, hours)
        case Duration():
            return value.seconds
        case NoAnswer():
            return value.value
        case _:
            return value


class Recount:
    """Who gets another answer, ticket by ticket."""

    def __init__(self, old: Policy, new: Policy, tickets: Tickets) -> None:
        self.shifts: dict[Any, list[int]] = defaultdict(list)
        self.plans: dict[Any, list[tuple[int, bool]]] = defaultdict(list)
        self.levels: dict[Any, list[tuple[int, bool]]] = defaultdict(list)
        self.pairs: dict[Any, list[tuple[int, bool]]] = defaultdict(list)
        self.moves: dict[str, list[tuple[int, int]]] = {"earlier": [], "later": []}
        self.groups: dict[str, list[int]] = {
            name: [] for name in ("bad", "changed", "rebased", "appeared", "vanished", "windows", "possible")
        }
        for location, ticket in tickets:
            self.add(old, new, location.line, ticket)

    def add(self, old: Policy, new: Policy, line: int, ticket: Data) -> None:
        before, after = decided(old, ticket), decided(new, ticket)
        if before == after == "refused":
            self.groups["bad"].append(line)
            return
        changed = False
        if isinstance(before, str) or isinstance(after, str):
            changed = before != after
            levels = [self.level(old, ticket, before), self.level(new, ticket, after)]
            if changed:
                none = [answer if isinstance(answer, str) else None for answer in (before, after)]
                self.shifts["ticket", "value", none[0], none[1]].append(line)
        else:
            values = answers_of(old, ticket, before), answers_of(new, ticket, after)
            levels = [each["severity"] for each in values]
            same = set()
            for name in {*values[0], *values[1]}:
                # A note that one of the two does not have does not apply.
                absent = False if ".notes." in name else "unasked"
                pair = [each.get(name, absent) for each in values]
                if pair[0] == pair[1]:
                    same.add(name)
                else:
                    changed = True
                    self.shifts[name, "value", *pair].append(line)
            changed |= self.times(
                before["promises"]["response"] or {},
                after["promises"]["response"] or {},
                "promises.response" in same,
                line,
            )
            times = [
                each["undetermined"].get("promises.response", {}).get("possible")
                if each["promises"]["response"]
                else None
                for each in (before, after)
            ]
            if "promises.response" in same and None not in times and times[0] != times[1]:
                self.groups["possible"].append(line)
                changed = True
            rebased = False
            for name in {*before["basis"], *after["basis"]}:
                one, other = before["basis"].get(name), after["basis"].get(name)
                rest = [n for n in {*values[0], *values[1]} if n == name or n.startswith(f"{name}.")]
                if one != other and set(rest) <= same:
                    rebased = True
                    self.shifts[name, "basis", one, other].append(line)
            if rebased and not changed:
                self.groups["rebased"].append(line)
        if changed:
            self.groups["changed"].append(line)
        fact = old.definition.plan_fact
        assert fact
        self.plans[ticket.get(fact)].append((line, changed))
        self.levels[levels[0]].append((line, changed))
        self.pairs[tuple(levels)].append((line, changed))

    def level(self, policy: Policy, ticket: Data, decision: Data | str) -> Any:
        return decision if isinstance(decision, str) else answers_of(policy, ticket, decision)["severity"]

    def times(self, before: Data, after: Data, promise: bool, line: int) -> bool:
        due = before.get("due_at"), after.get("due_at")
        if due[0] and due[1]:
            moved = seconds(due[1]) - seconds(due[0])
            if moved:
                self.moves["later" if moved > 0 else "earlier"].append((abs(moved), line))
            return moved != 0
        if due[0] or due[1]:
            self.groups["appeared" if due[1] else "vanished"].append(line)
            return True
        if promise and before.get("window") != after.get("window"):
            self.groups["windows"].append(line)
            return True
        return False


def lines(group: Group) -> tuple[int, list[int]]:
    return group.count, [example.location.line for example in group.first]


def first(found: list[int], most: int) -> tuple[int, list[int]]:
    return len(found), found[:most]


def is_exact(found: Impact, recount: Recount, tickets: Tickets, most: int = 3) -> None:
    assert found.read == len(tickets)
    for name, expected in recount.groups.items():
        assert lines(getattr(found, name)) == first(expected, most), name
    shifts = {(s.answer, s.aspect, told(s.old), told(s.new)): lines(s.tickets) for s in found.shifts}
    assert shifts == {key: first(expected, most) for key, expected in recount.shifts.items()}
    assert len(shifts) == len(found.shifts)
    for shares, parts in (
        (found.plans, recount.plans),
        (found.levels, recount.levels),
        (found.level_pairs, recount.pairs),
    ):
        shown = {
            tuple(map(told, s.value)) if isinstance(s.value, tuple) else told(s.value): (
                s.total,
                *lines(s.changed),
            )
            for s in shares
        }
        assert shown == {
            value: (len(part), *first([line for line, changed in part if changed], most))
            for value, part in parts.items()
        }
        assert len(shown) == len(shares)
    for name, moved in recount.moves.items():
        moves = getattr(found, name)
        assert lines(moves.tickets) == first([line for _, line in moved], most)
        if moved:
            lengths = [length for length, _ in moved]
            assert (moves.median, moves.most) == (int(statistics.median(lengths)), max(lengths))
            farthest = next(line for length, line in moved if length == max(lengths))
            assert moves.farthest.location.line == farthest
        else:
            assert (moves.median, moves.most, moves.farthest) == (0, 0, None)


def some(policy: Policy, seed: int, count: int) -> Tickets:
    rng = random.Random(seed)
    return placed(random_ticket(policy, rng, rng.choice([0.7, 0.95, 1.0, 1.0])) for _ in range(count))


@pytest.mark.parametrize("which", FOLDERS)
@pytest.mark.parametrize("seed", range(6))
def test_a_random_edit_is_counted_exactly(which: str, seed: int, tmp_path: Path) -> None:
    old = original(which)
    new = edited_policy(which, (which, "impact", seed), tmp_path, edits=3)
    if new is None:
        return
    tickets = some(old, seed, 60)
    most = seed % 5
    is_exact(impact(old, new, tickets, most=most), Recount(old, new, tickets), tickets, most)


@cache
def changed(which: str, edit: Callable[[Data], object]) -> Policy:
    data = load(FOLDERS[which])
    edit(data)
    with tempfile.TemporaryDirectory() as folder:
        save(data, Path(folder))
        return load_policy(folder, chainer=PlainChainer())


def hours(data: Data) -> None:
    for week in (hours["week"] for hours in data["calendars"]["hours"].values()):
        for day, intervals in week.items():
            week[day] = ["10:00-16:00"] if len(intervals) == 1 else ["08:00-12:00"]


def channel_gone(data: Data) -> None:
    name = data["channels"]["order"].pop()
    del data["channels"]["channels"][name]


def channel_open(data: Data) -> None:
    for channel in data["channels"]["channels"].values():
        for rule in channel["rules"].values():
            if not rule["eligible"]:
                rule |= {"eligible": True, "hours": "24x7"}
                del rule["says"]
                return


def reopening(data: Data) -> None:
    for rule in data["channels"]["reopening"].values():
        rule["within"] = "P3D"


def weaker(data: Data) -> None:
    for row in data["response_targets"]["targets"].values():
        for cell in row.values():
            cell["basis"] = "assumed"


def no_notes(data: Data) -> None:
    for stem in ("plans", "severity"):
        data.get(stem, {}).pop("notes", None)


def promised(data: Data) -> None:
    for row in data["response_targets"]["targets"].values():
        for cell in row.values():
            if cell["target"] == "none":
                cell["target"] = "PT4H"


def other_clocks(data: Data) -> None:
    """Other hours where no time is promised: the window is another one, and so is the promise."""
    data["calendars"]["hours"]["late"] = copy.deepcopy(data["calendars"]["hours"]["business_hours"])
    data["calendars"]["hours"]["late"]["week"]["monday"] = ["12:00-20:00"]
    row = data["response_targets"]["targets"]["B"]
    row["small_business"]["clock"] = "late"
    hours(data)


def levels_reversed(data: Data) -> None:
    data["severity"]["levels"].reverse()


def faster_and_weaker(data: Data) -> None:
    for row in data["response_targets"]["targets"].values():
        for cell in row.values():
            cell["target"] = "PT1H"
    for channel in data["channels"]["channels"].values():
        for rule in channel["rules"].values():
            rule["basis"] = "assumed"


def a_default(data: Data) -> None:
    fact = next(fact for fact in data["vocabulary"]["facts"].values() if fact.get("default") is False)
    fact["default"] = True


def no_rules(data: Data) -> None:
    data["severity"]["rules"].popitem()
    data["severity"]["precedence"] = [
        group for group in data["severity"]["precedence"] if group in data["severity"]["rules"]
    ]


def test_other_possible_times_are_an_answer_that_changed() -> None:
    """Easter Monday 2026 is a holiday in England, and not in Scotland; the new hours close an hour sooner."""
    easter = {**BUSINESS, "country": "GB", "opened_at": "2026-04-02T12:00:00+01:00"}
    tickets = placed([easter, {**easter, "country": "SE"}, {**easter, "subdivision": "GB-SCT"}])
    old, new = original("shipped"), changed("shipped", hours)
    found = impact(old, new, tickets)
    assert lines(found.possible) == (1, [1]) and lines(found.earlier.tickets) == (2, [2, 3])
    assert found.changed.count == 3 and not found.shifts
    is_exact(found, Recount(old, new, tickets), tickets)
    assert impact(old, old, tickets).changed.count == 0


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize(
    ("which", "edit", "shows"),
    [
        ("shipped", hours, {"earlier", "windows"}),
        ("harbourline", hours, {"later"}),
        ("shipped", channel_open, {"channels.phone"}),
        ("harbourline", channel_open, {"channels.chat"}),
        ("shipped", reopening, {"reopen"}),
        ("harbourline", reopening, {"reopen"}),
        ("shipped", weaker, {"rebased"}),
        ("harbourline", weaker, {"rebased"}),
        ("shipped", no_notes, {"severity.notes.requested_severity_without_effect"}),
        ("shipped", a_default, {"changed"}),
        ("shipped", promised, {"promises.response", "appeared"}),
        ("harbourline", promised, {"promises.response", "appeared"}),
        ("shipped", no_rules, {"ticket"}),
        ("harbourline", channel_gone, {"channels.phone"}),
        ("shipped", other_clocks, {"promises.response"}),
        ("shipped", levels_reversed, set()),
        ("shipped", faster_and_weaker, {"promises.response", "channels"}),
    ],
)
def test_edits_of_every_kind_are_counted_exactly_both_ways(
    which: str, edit: Callable[[Data], None], shows: set[str], backwards: bool
) -> None:
    old, new = original(which), changed(which, edit)
    if backwards:
        old, new = new, old
        opposite = {"later": "earlier", "earlier": "later", "appeared": "vanished"}
        shows = {opposite.get(name, name) for name in shows}
    tickets = some(old, 7, 60)
    if which == "shipped":
        # The end of the next business day, and no time promised: a service window is told.
        plans = enumerate(("midsize_business", "small_business"), 61)
        tickets += [(Location("t.jsonl", line), B | {"plan": plan, "country": "FR"}) for line, plan in plans]
    recount = Recount(old, new, tickets)
    told = {*(name for name, found in {**recount.groups, **recount.moves}.items() if found)}
    assert shows <= told | {name for name, *_ in recount.shifts}, "the edit shows"
    is_exact(impact(old, new, tickets), recount, tickets)


def test_a_policy_has_no_impact_against_itself(policy: Policy) -> None:
    tickets = some(policy, 3, 60)
    found = impact(policy, policy, tickets)
    assert (found.read, found.changed.count, found.rebased.count, found.shifts) == (60, 0, 0, ())
    assert sum(share.total for share in found.plans) == found.read - found.bad.count
    assert all(share.value[0] == share.value[1] for share in found.level_pairs)
    for moves in (found.earlier, found.later):
        assert moves.tickets.count == 0


def test_a_ticket_that_both_have_no_answer_for_is_none_that_they_refuse() -> None:
    holed = changed("shipped", no_rules)
    tickets = some(original("shipped"), 7, 60)
    refused = sum(decided(holed, ticket) == "refused" for _, ticket in tickets)
    faults = sum(decided(holed, ticket) == "fault" for _, ticket in tickets)
    found = impact(holed, holed, tickets)
    assert (found.bad.count, found.changed.count) == (refused, 0)
    assert [share.total for share in found.levels if share.value is NoAnswer.FAULT] == [faults]
    assert faults


def test_swapped_policies_swap_the_sides(shipped: Policy) -> None:
    def edit(data: Data) -> None:
        hours(data)
        channel_open(data)

    new = changed("shipped", edit)
    tickets = some(shipped, 11, 100)
    there, back = impact(shipped, new, tickets), impact(new, shipped, tickets)
    assert there.changed == back.changed
    sides = {(s.answer, s.old, s.new, s.tickets) for s in there.shifts}
    assert sides == {(s.answer, s.new, s.old, s.tickets) for s in back.shifts}
    assert (there.earlier, there.later) == (back.later, back.earlier)
    assert (there.appeared, there.vanished) == (back.vanished, back.appeared)


# By the clauses


def faster(data: Data) -> None:
    cell = data["response_targets"]["targets"]["B"]["enterprise"]
    assert cell["target"] == "PT8H"
    cell["target"] = "PT6H"


@pytest.fixture
def six_hours() -> Policy:
    """The answer to a B of the enterprise plans in six hours of the day, in place of eight."""
    return changed("shipped", faster)


def test_one_faster_cell_is_told_ticket_by_ticket(shipped: Policy, six_hours: Policy) -> None:
    other = B | {"plan": "midsize_business", "country": "FR"}
    tickets = placed([B | {"id": "T-1"}, other | {"id": "T-2"}, B | {"id": "T-3"}, B | {"opened_at": None}])
    found = impact(shipped, six_hours, tickets, most=2)
    places = [Example(id, Location("t.jsonl", line)) for id, line in (("T-1", 1), ("T-3", 3))]
    assert found.changed == Group(3, tuple(places))
    eight, six = (Promise(Duration(hours * 3600), "24x7") for hours in (8, 6))
    assert found.shifts == (
        Shift("promises.response", "value", eight, six, "better", Group(3, tuple(places))),
    )
    # Of the last it is not known when it was opened: another target, and no deadline that moves.
    assert (found.earlier.tickets.count, found.earlier.median, found.earlier.most) == (2, 7200, 7200)
    assert found.earlier.farthest == places[0]
    shares = {share.value: (share.changed.count, share.total) for share in found.plans}
    assert shares == {"midsize_business": (0, 1), "enterprise_e3": (3, 3)}
    assert list(shares) == [plan for plan in six_hours.definition.plans if plan in shares]
    assert [(share.value, share.changed.count, share.total) for share in found.levels] == [("B", 3, 4)]


def test_a_ticket_that_only_one_takes_is_another_answer(shipped: Policy) -> None:
    new = changed("shipped", lambda data: data["plans"]["plans"].pop("education_a2"))
    gone = B | {"plan": "education_a2", "id": "T-1"}
    unread = TicketError([Problem("syntax", "no JSON")])
    tickets: list[Any] = [*placed([gone, B, B | {"plan": "none_such"}]), (Location("t.jsonl", 9), unread)]
    for old, now, sides in (
        (shipped, new, (None, NoAnswer.REFUSED)),
        (new, shipped, (NoAnswer.REFUSED, None)),
    ):
        found = impact(old, now, tickets)
        (shift,) = found.shifts
        assert (shift.answer, shift.old, shift.new, shift.verdict) == ("ticket", *sides, "other")
        (example,) = shift.tickets.first
        assert (example.ticket, example.location.line) == ("T-1", 1)
        assert [problem.field for problem in example.problems] == ["plan"]
        assert (found.read, found.changed.count) == (4, 1)
        assert lines(found.bad) == (2, [3, 9])
        assert found.bad.first[1].problems == unread.problems
        # In the order of the new policy; what it does not have comes after.
        shares = {share.value: (share.changed.count, share.total) for share in found.plans}
        assert shares == {"enterprise_e3": (0, 1), "education_a2": (1, 1)}
        assert [share.value for share in found.plans] == list(shares)


def test_why_a_ticket_is_not_decided_is_told_as_it_passes(shipped: Policy, six_hours: Policy) -> None:
    count = Count(shipped, six_hours, most=0)
    unread = TicketError([Problem("syntax", "no JSON")])
    place = Location("t.jsonl", 1)
    assert count.add(place, B) == ()
    assert [problem.field for problem in count.add(place, B | {"plan": "none_such", "requester": "x"})] == [
        "plan",
        "requester",
    ]
    assert count.add(place, unread) == unread.problems
    found = count.impact()
    assert (found.read, found.changed.count, found.bad) == (3, 1, Group(2, ()))


def test_a_ticket_without_a_plan_is_counted_too(shipped: Policy, six_hours: Policy) -> None:
    found = impact(shipped, six_hours, placed([B | {"plan": None}, B]))
    assert [(share.value, share.total) for share in found.plans] == [("enterprise_e3", 1), (None, 1)]


def test_a_field_that_is_no_fact_can_be_passed_over(shipped: Policy, six_hours: Policy) -> None:
    tickets = placed([B | {"queue": "mail"}])
    assert impact(shipped, six_hours, tickets).bad.count == 1
    assert impact(shipped, six_hours, tickets, extra=True).changed.count == 1


def test_tickets_with_other_names_are_translated(shipped: Policy, six_hours: Policy) -> None:
    def names(ticket: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"plan" if name == "offer" else name: value for name, value in ticket.items()}

    ticket = {"offer" if name == "plan" else name: value for name, value in B.items()}
    found = impact(shipped, six_hours, placed([ticket]), as_old=names, as_new=names)
    assert (found.changed.count, found.plans[0].value) == (1, "enterprise_e3")
    found = impact(shipped, six_hours, placed([ticket]), as_old=names)
    assert [(shift.old, shift.new) for shift in found.shifts] == [(None, NoAnswer.REFUSED)]
    gone = impact(shipped, six_hours, placed([B]), as_new=lambda ticket: {**ticket, "plan": "gone"})
    assert [share.value for share in gone.plans] == ["enterprise_e3"]


def test_a_channel_that_goes_is_told_of_every_ticket() -> None:
    old = original("harbourline")
    new = changed("harbourline", channel_gone)
    (name,) = old.definition.channels.keys() - new.definition.channels.keys()
    found = impact(old, new, some(old, 5, 60))
    gone = [shift for shift in found.shifts if shift.answer == f"channels.{name}"]
    assert {shift.new for shift in gone} == {NoAnswer.UNASKED}
    # It is as good as refused: worse where it was open, and nothing is said where that is not known.
    for shift in gone:
        assert shift.verdict == ("worse" if isinstance(shift.old, Access) and shift.old.eligible else "other")
    assert sum(shift.tickets.count for shift in gone) == found.read - found.bad.count > 0


def test_what_is_open_and_a_basis_are_not_judged(shipped: Policy) -> None:
    def edit(data: Data) -> None:
        weaker(data)
        data["response_targets"]["targets"]["A"]["enterprise"]["target"] = "PT2H"

    new = changed("shipped", edit)
    A = B | {"issue_type": "mail_send_receive", "affected_users": "all"}
    tickets = placed([A, A | {"affected_users": None, "business_impact": "severe"}, B])
    found = impact(shipped, new, tickets)
    assert {(s.aspect, isinstance(s.old, Open), s.verdict) for s in found.shifts} == {
        ("value", False, "worse"),
        ("value", True, "other"),
        ("basis", False, "other"),
    }


def test_no_ticket_is_kept_but_those_that_are_named(shipped: Policy, six_hours: Policy) -> None:
    class Place(Location):
        pass

    given: list[weakref.ref[Place]] = []
    alive: list[int] = []

    def stream() -> Iterator[tuple[Location, Data]]:
        for line in range(100):
            place = Place("t.jsonl", line)
            given.append(weakref.ref(place))
            yield place, dict(B)
            del place
            alive.append(sum(each() is not None for each in given))

    assert impact(shipped, six_hours, stream(), most=2).changed.count == 100
    # Two are named, and one is at hand.
    assert max(alive) <= 3
