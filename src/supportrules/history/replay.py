"""Decides logged tickets again, and counts what differs: by kind, by answer, and by the rules responsible."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from supportrules.base.problem import Problem
from supportrules.engine.answers import (
    ANSWERS,
    CATEGORY,
    NOTES,
    TIMES,
    Answer,
    ChannelAnswer,
    NoteAnswer,
    PromiseAnswer,
    ReopeningAnswer,
    timed_answer,
)
from supportrules.engine.decision import Json, PolicyRef
from supportrules.engine.evaluation import Policy
from supportrules.errors import PolicyFault, PolicyLoadError, RuleConflict, TicketError
from supportrules.history.ledger.chain import Break
from supportrules.history.ledger.format import leave_out_later, moment
from supportrules.history.ledger.line import Calendars, Line
from supportrules.history.ledger.masks import read_facts
from supportrules.policy.format import answered_promise
from supportrules.proofs.comparison.impact import Example, Group, Tally
from supportrules.proofs.comparison.renames import Declared, Names, Renames

# Why another decision is made: another policy decides, newer calendar data moves times, or what must not be.
Kind = Literal["fault", "calendars", "policy"]
KINDS: tuple[Kind, ...] = ("fault", "calendars", "policy")
# What of an answer is another one.
Aspect = Literal["value", "missing", "basis", "earlier", "later", "appeared", "vanished", "differs"]
# The answer that is another one where there is no decision now, and where one differs in what is no answer.
TICKET, DECISION = "ticket", "decision"
BASIS = "basis"


class RefusedTicket(NamedTuple):
    """Why a ticket is not decided now, without what differs from ticket to ticket.

    Args:
        code: of the problem.
        field: the fact that it is about, if it is about one.
    """

    code: str
    field: str | None


class OpenAnswer(NamedTuple):
    """An answer that is open: what it can still be, as JSON texts in their order.

    Where it is open before and after, only what it can be on one side.
    """

    values: tuple[str, ...]

    def without(self, other: OpenAnswer) -> OpenAnswer:
        """What it can be, and the other can't."""
        return OpenAnswer(tuple(value for value in self.values if value not in other.values))


@dataclass(frozen=True)
class Difference:
    """Lines of which an answer is another one, in the same way.

    Args:
        kind: why.
        answer: ``severity``, ``channels.<name>``, ``notes.<code>`` and so on; ``ticket`` where there is no
            decision now.
        aspect: ``value`` or, that being the same, ``basis``, or ``missing`` for the facts that an open answer
            depends on; of times, how they moved.
        old, new: what it was and is: a value as a decision has it, a JSON text of one that is an object, or
            `OpenAnswer`; of ``ticket`` None and `RefusedTicket`; of times None.
        old_rules, new_rules: the rules that decided on one side only.
        lines: how many, and the first of them.
    """

    kind: Kind
    answer: str
    aspect: Aspect
    old: Any
    new: Any
    old_rules: tuple[str, ...]
    new_rules: tuple[str, ...]
    lines: Group


@dataclass(frozen=True)
class Replay:
    """What differs where logged tickets are decided again.

    Args:
        lines: how many were decided again.
        differ: how many of them differ, by kind.
        others: how many whole lines were passed over, as they were not wanted.
        old, new: how many lines each policy decided then and now.
        calendars: how many lines were decided by which calendar data, and
        software: by which version of this package.
        unknown: facts that the policy that decides now does not know, and without which it decides, with the
            number of lines that give them.
        differences: by kind and answer, the most frequent first.
        broken: where the ledger is not as it was written.
        head: the hash of the last line that was read.
    """

    lines: int
    differ: Mapping[Kind, int]
    others: int
    old: Mapping[PolicyRef, int]
    new: Mapping[PolicyRef, int]
    calendars: Mapping[Calendars, int]
    software: Mapping[str, int]
    unknown: Mapping[str, int]
    differences: tuple[Difference, ...]
    broken: Group
    head: str | None

    @property
    def same(self) -> int:
        """How many lines are decided in the same way."""
        return self.lines - sum(self.differ.values())

    @property
    def whole(self) -> bool:
        """Whether nothing differs, and the chain is whole."""
        return self.same == self.lines and not self.broken.count


class LoggedNames:
    """What the names in logged lines are in the policy that decides now.

    Args:
        known: policies that may have decided the lines.
    """

    def __init__(self, known: Iterable[Policy]) -> None:
        self._known = {policy.digest: policy for policy in known}
        self._found: dict[tuple[str, str], Renames] = {}

    def renames(self, line: Line, policy: Policy) -> Renames | None:
        """The names of a line that are others in a policy; None where it decided the line itself."""
        then, now = line.policy.digest, policy.digest
        if then == now:
            return None
        if (then, now) not in self._found:
            known = self._known.get(then)
            self._found[then, now] = (
                Names(known.definition, policy.definition) if known else Declared(policy.definition)
            )
        return self._found[then, now]


def replay(
    lines: Iterable[Line | Break],
    decides: Callable[[Line], Policy],
    *,
    known: Iterable[Policy] = (),
    wanted: Callable[[Line], bool] = lambda line: True,
    ignore: Collection[str] = (),
    most: int = 3,
) -> Replay:
    """Decides logged tickets again.

    What another policy logged is read in the names of the one that decides now: by what either of them says
    under `formerly` where the other one is known, else by what the one that decides says. What is kept grows
    with the policies, and not with the lines.

    Args:
        lines: as a `Chain` reads them.
        decides: the policy that decides a line; it may raise a `TicketError` where there is none, and a
            `PolicyLoadError` where it does not load.
        known: policies that may have decided the lines.
        wanted: whether to decide a line again.
        ignore: as of `Policy.evaluate`.
        most: how many lines to name in each group.
    """
    count = _Count(decides, known, ignore, most)
    head = None
    for line in lines:
        if isinstance(line, Break):
            count.broken.add(_broken(line.problem))
            continue
        head = line.hash
        if wanted(line):
            count.add(line)
        else:
            count.others += 1
    return count.replay(head)


def _broken(problem: Problem) -> Example:
    assert problem.location is not None
    return Example(None, problem.location, (problem,))


class _Found(NamedTuple):
    """One answer of one line that is another one."""

    answer: str
    aspect: Aspect
    old: Any = None
    new: Any = None
    old_rules: tuple[str, ...] = ()
    new_rules: tuple[str, ...] = ()


class _Count:
    """Lines being counted."""

    def __init__(
        self, decides: Callable[[Line], Policy], known: Iterable[Policy], ignore: Collection[str], most: int
    ) -> None:
        self._decides, self._ignore, self._calendars = decides, ignore, Calendars.here()
        self._names = LoggedNames(known)
        self._read: dict[str, frozenset[str]] = {}
        self.broken = Tally(most)
        self.others = self._lines = 0
        self._differ: Counter[Kind] = Counter()
        self._old: Counter[PolicyRef] = Counter()
        self._new: Counter[PolicyRef] = Counter()
        self._used: Counter[Calendars] = Counter()
        self._software: Counter[str] = Counter()
        self._unknown: Counter[str] = Counter()
        self._groups: dict[tuple[Kind, _Found], Tally] = defaultdict(lambda: Tally(most))

    def add(self, line: Line) -> None:
        """Decides one line again."""
        problems: tuple[Problem, ...] = ()
        policy = None
        try:
            policy = self._decides(line)
            found = self._compare(line, policy)
        except (TicketError, PolicyLoadError) as error:
            problems = error.problems
            found = [_Found(TICKET, "value", None, RefusedTicket(problems[0].code, problems[0].field))]
        except PolicyFault as fault:
            problems = (Problem("policy-fault", str(fault)),)
            rules = fault.rules if isinstance(fault, RuleConflict) else ()
            found = [_Found(TICKET, "value", None, RefusedTicket("policy-fault", None), (), tuple(rules))]
        self._lines += 1
        self._old[line.policy] += 1
        self._used[line.calendars] += 1
        self._software[line.software] += 1
        if policy is not None:
            self._new[policy.reference] += 1
        if not found:
            return
        kind = self._kind(line, policy, found)
        self._differ[kind] += 1
        example = Example(line.ticket_id, line.location, problems)
        for each in found:
            self._groups[kind, each].add(example)

    def _kind(self, line: Line, policy: Policy | None, found: Sequence[_Found]) -> Kind:
        if policy is None or policy.digest != line.policy.digest:
            return "policy"
        if self._calendars != line.calendars and all(_rests_on_calendars(each, policy) for each in found):
            return "calendars"
        return "fault"

    def _compare(self, line: Line, policy: Policy) -> list[_Found]:
        """What differs between a logged decision and the one that is made now.

        Raises:
            TicketError, PolicyFault: there is none now.
        """
        vocabulary = policy.definition.vocabulary
        ticket, masked, defaults, logged = self._named(line, policy)
        unknown = [fact for fact in ticket if fact not in vocabulary.facts]
        self._unknown.update(unknown)
        hidden = sorted(self._facts(policy) & masked)
        if hidden:
            message = f"`{hidden[0]}` is masked, and this policy reads it"
            raise TicketError([Problem("masked", message, "", None, hidden[0])])
        # What was a fact and is none any more had no effect, or the rules that read it are gone too; but for
        # what may be another name of a fact.
        gone = {fact for fact in unknown if fact in self._ignore or not vocabulary.meant(fact)}
        gone |= masked.difference(unknown)
        given = {name: value for name, value in ticket.items() if name not in gone}
        again = policy.evaluate(given, defaults=defaults, extra=bool(unknown))
        data = again.to_dict(derivation=False) | {"policy": logged["policy"]}
        if policy.definition.roles.ticket in masked:
            data["ticket"] = logged["ticket"]
        leave_out_later(logged, data)
        if {key: value for key, value in logged.items() if key != "derivation"} == data:
            return []
        before, after = _answers(logged), _answers(data)
        names = self._names.renames(line, policy)
        if names and names.renamed["fact"]:
            # Facts that tell as much stand by their names.
            before, after = _sorted(before), _sorted(after)
        old = _Reasons(logged["derivation"])
        new = _Reasons([entry.to_dict() for entry in again.derivation])
        category = policy.definition.roles.category or CATEGORY
        found = list(_differences(before, after, old, new, category))
        if not found and policy.digest == line.policy.digest:
            return [_Found(DECISION, "differs")]
        return found

    def _named(
        self, line: Line, policy: Policy
    ) -> tuple[Mapping[str, Any], frozenset[str], bool | tuple[str, ...], Json]:
        """The ticket, its masked facts, the defaults and the decision of a line in the names of a policy."""
        names = self._names.renames(line, policy)
        if names is None:
            return line.ticket, frozenset(line.masked), line.defaults, line.decision
        defaults = line.defaults
        if not isinstance(defaults, bool):
            defaults = tuple(names.name("fact", fact) for fact in defaults)
        masked = frozenset(names.name("fact", fact) for fact in line.masked)
        return names.ticket(line.ticket), masked, defaults, names.decision(line.decision)

    def _facts(self, policy: Policy) -> frozenset[str]:
        found = self._read.get(policy.digest)
        if found is None:
            found = self._read[policy.digest] = read_facts(policy)
        return found

    def replay(self, head: str | None) -> Replay:
        """What was counted."""
        order = [TICKET, DECISION, *(kind.part for kind in ANSWERS if not kind.is_named)]

        def rank(key: tuple[Kind, _Found]) -> tuple[Any, ...]:
            kind, found = key
            part = found.answer if found.answer in order else found.answer.partition(".")[0]
            place = order.index(part) if part in order else len(order)
            return KINDS.index(kind), place, found.answer, -self._groups[key].count, str(found)

        return Replay(
            lines=self._lines,
            differ={kind: self._differ[kind] for kind in KINDS if self._differ[kind]},
            others=self.others,
            old=dict(self._old),
            new=dict(self._new),
            calendars=dict(self._used),
            software=dict(self._software),
            unknown=dict(self._unknown),
            differences=tuple(
                Difference(kind, *found, lines=self._groups[kind, found].group())
                for kind, found in sorted(self._groups, key=rank)
            ),
            broken=self.broken.group(),
            head=head,
        )


def _rests_on_calendars(found: _Found, policy: Policy) -> bool:
    """Whether newer calendar data can be why an answer is another one."""
    roles = policy.definition.roles
    if isinstance(found.new, RefusedTicket):
        places = (roles.country, roles.subdivision, roles.timezone)
        return found.new.code == "no-calendar" or found.new.field in places
    # Where a zone is no longer the only one of its country, a deadline is open, and the promise stays.
    return bool(timed_answer(found.answer)) or (
        bool(answered_promise(found.answer)) and found.aspect == "missing"
    )


# What a decision answers, without the times that differ from ticket to ticket


class _Time(NamedTuple):
    """A time that an answer has, or two."""

    first: str
    second: str | None = None


class _AnswerSaid(NamedTuple):
    """What an answer is, the facts that it depends on where it is open, and the rules that refuse it."""

    value: Any = None
    missing: tuple[str, ...] = ()
    refusing: tuple[str, ...] = ()


def _answers(decision: Json) -> dict[str, _AnswerSaid]:
    """The answers of a decision by name, as values that can be compared and counted."""
    left: Mapping[str, Json] = decision["undetermined"]
    found: dict[str, _AnswerSaid] = {}
    for kind in ANSWERS:
        # Earlier lines lack parts that came later.
        if kind.part in decision:
            for name, answer in kind.logged(decision[kind.part]).items():
                found |= _said(kind, name, answer, left.get(name))
    return found | {f"{BASIS}.{name}": _AnswerSaid(basis) for name, basis in decision["basis"].items()}


def _said(kind: type[Answer], name: str, answer: Any, left: Json | None) -> Iterator[tuple[str, _AnswerSaid]]:
    """An answer of a decision, and the times that it has.

    Args:
        left: what is open about it.
    """
    value, refusing = answer, ()
    if issubclass(kind, NoteAnswer):
        value = True
    elif issubclass(kind, ReopeningAnswer):
        value = answer and _Time(answer["until"])
    elif issubclass(kind, ChannelAnswer):
        value = _text({key: answer[key] for key in ("eligible", "hours")})
        # They stand in the order of their ids, which may have been others.
        refusing = tuple(sorted(refusal["rule"] for refusal in answer.get("says", ())))
    elif issubclass(kind, PromiseAnswer) and answer:
        value = _text({key: answer[key] for key in ("committed", "target", "clock")})
        due, window = (f"{name}.{time}" for time in TIMES)
        if answer["due_at"]:
            yield due, _AnswerSaid(_Time(answer["due_at"], answer["due_at_local"]))
        if answer["window"]:
            yield window, _AnswerSaid(_Time(answer["window"]["opens_at"], answer["window"]["closes_at"]))
        for at, key in ((due, "due_at"), (window, "window")):
            if times := [
                # How far data went is no part of the answer, as where it is settled.
                {part: said for part, said in each.items() if part != "beyond_data"}
                for each in (left or {}).get("possible", ())
                if each and key in each
            ]:
                yield at, _AnswerSaid(OpenAnswer(tuple(sorted(map(_text, times)))))
    # A promise of which only the time is open is known.
    if left and (answer is None or not issubclass(kind, PromiseAnswer)):
        # Until when is in the ticket, and whether at all is in the policy.
        possible = (bool(each) if issubclass(kind, ReopeningAnswer) else each for each in left["possible"])
        value = OpenAnswer(tuple(sorted({_text(each) for each in possible})))
    yield name, _AnswerSaid(value, tuple(left["missing"]) if left else (), refusing)


def _sorted(answers: Mapping[str, _AnswerSaid]) -> dict[str, _AnswerSaid]:
    return {name: said._replace(missing=tuple(sorted(said.missing))) for name, said in answers.items()}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _differences(
    before: Mapping[str, _AnswerSaid],
    after: Mapping[str, _AnswerSaid],
    old: _Reasons,
    new: _Reasons,
    category: str,
) -> Iterator[_Found]:
    """Every answer that is another one, with the rules responsible."""
    nothing = _AnswerSaid()
    pairs = {name: (before.get(name, nothing), after.get(name, nothing)) for name in (*before, *after)}
    differing = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    for name, (one, other) in differing.items():
        section, _, rest = name.partition(".")
        if section == BASIS:
            # The basis of an answer that is another one is no news.
            if not any(each == rest or each.startswith(f"{rest}.") for each in differing):
                yield _Found(rest, "basis", one.value, other.value)
            continue
        concluded = category if name == CATEGORY else name
        if section == NOTES:
            concluded = old.note(rest) or new.note(rest) or name
        rules = responsible(concluded, old, new)
        if timed_answer(name) and any(isinstance(said.value, OpenAnswer) for said in (one, other)):
            # What a time is where differs from ticket to ticket, as times do; a new promise is told as such.
            if one.value and other.value:
                settled = [said.value if isinstance(said.value, _Time) else None for said in (one, other)]
                yield _Found(name, _moved(*settled) if any(settled) else "differs", None, None, *rules)
            continue
        times = [said.value for said in (one, other) if isinstance(said.value, _Time)]
        if times and not any(isinstance(said.value, OpenAnswer) for said in (one, other)):
            yield _Found(name, _moved(one.value, other.value), None, None, *rules)
        elif (one.value, one.missing) == (other.value, other.missing):
            # It is refused for another reason.
            yield _Found(name, "differs", None, None, *rules)
        elif one.value == other.value:
            yield _Found(name, "missing", one.missing, other.missing, *rules)
        else:
            yield _Found(name, "value", *_told(one.value, other.value), *rules)


def _told(one: Any, other: Any) -> tuple[Any, Any]:
    """Two values of an answer without the times; of what both can be, only what one of them can't."""
    if isinstance(one, OpenAnswer) and isinstance(other, OpenAnswer):
        return one.without(other), other.without(one)
    old, new = (True if isinstance(value, _Time) else value for value in (one, other))
    return old, new


def _moved(one: _Time | None, other: _Time | None) -> Aspect:
    if one is None or other is None:
        return "appeared" if other else "vanished"
    start, end = moment(one.first), moment(other.first)
    return "later" if end > start else "earlier" if end < start else "differs"


# Why


class _Reasons:
    """The rules that stood, by what they conclude, from a derivation as JSON data."""

    def __init__(self, derivation: Sequence[Json]) -> None:
        self.entries: dict[str, list[Json]] = {}
        for entry in derivation:
            if entry["overridden_by"] is None:
                self.entries.setdefault(entry["concludes"], []).append(entry)

    def value(self, name: str) -> Any:
        """What was concluded."""
        entries = self.entries.get(name)
        return entries[0]["value"] if entries else None

    def reads(self, name: str) -> Iterator[str]:
        """What its rules read."""
        for entry in self.entries.get(name, ()):
            yield from entry["from"]

    def rules(self, name: str) -> tuple[str, ...]:
        """The ids of its rules."""
        found: dict[str, None] = {}
        for entry in self.entries.get(name, ()):
            found |= dict.fromkeys([entry["rule"]] if entry["rule"] else entry.get("agreed_by", []))
        return tuple(found)

    def note(self, code: str) -> str | None:
        """What a rule of a note concludes."""
        return next((each for each in self.entries if each.rpartition(".")[2] == code), None)


def responsible(name: str, old: _Reasons, new: _Reasons) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The rules that decided on one side only, of the first conclusions that differ on the way to an answer.

    Where the same rules decided otherwise, they are named on both sides.
    """
    mine: dict[str, None] = {}
    theirs: dict[str, None] = {}
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name in seen:
            return
        seen.add(name)
        reads = dict.fromkeys((*old.reads(name), *new.reads(name)))
        concluded = [each for each in reads if each != name and (each in old.entries or each in new.entries)]
        moved = [each for each in concluded if old.value(each) != new.value(each)]
        for each in moved:
            visit(each)
        if not moved:
            before, after = old.rules(name), new.rules(name)
            same = set(before) == set(after)
            mine.update(dict.fromkeys(rule for rule in before if same or rule not in after))
            theirs.update(dict.fromkeys(rule for rule in after if same or rule not in before))

    visit(name)
    return tuple(sorted(mine)), tuple(sorted(theirs))
