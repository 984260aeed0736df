"""What differs where logged tickets are decided again, in parts that every form writes, and as data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from supportrules.engine.answers import CATEGORY, CHANNELS, NOTES, PROMISES
from supportrules.engine.decision import PolicyRef
from supportrules.history.replay import (
    DECISION,
    KINDS,
    TICKET,
    Difference,
    Kind,
    OpenAnswer,
    RefusedTicket,
    Replay,
)
from supportrules.policy import BASES, Definition
from supportrules.proofs.comparison.impact import Example, Group
from supportrules.proofs.comparison.renames import Names
from supportrules.report.parts import Grid, Item, Items, Paragraph, Part, Role, Run, Section, Text, text
from supportrules.report.phrases import NAMES, Ids, Phrases, nothing

Json = dict[str, Any]
_ROLES: Mapping[Kind, Role] = {"fault": "worse", "calendars": "neutral", "policy": "strong"}


def replay_parts(
    replay: Replay, definition: Definition, language: str, known: Sequence[Definition] = ()
) -> Iterator[Part]:
    """How many lines differ and why, then each kind in a section of its own.

    Values stand in the words of the policies that decided them, then and now; in ids where such a policy is
    not known, or where several have different words.

    Args:
        definition: the policy in whose words answers are named.
        known: others that may have decided, then or now.
    """
    yield from _Telling(replay, definition, language, known).parts()


class _Telling:
    def __init__(
        self, replay: Replay, definition: Definition, language: str, known: Sequence[Definition]
    ) -> None:
        self.replay, self.phrases = replay, Phrases(definition, language)
        self.words, self.ids = self.phrases.words, Ids(definition, language)
        found = {each.digest: each for each in (*known, definition)}
        new = [found.get(policy.digest) for policy in replay.new] or [definition]
        # What was logged is told in the names of what decides now.
        old = [
            then and now and (now if then.digest == now.digest else Names(then, now).definition)
            for then in [found.get(policy.digest) for policy in replay.old]
            for now in new
        ]
        self.spoken = [
            [self.ids if each is None else Phrases(each, language) for each in side] for side in (old, new)
        ]

    def said(self, side: int, say: Callable[[Phrases], str]) -> str:
        """What the policies of one side say alike, else in ids.

        Raises:
            KeyError: there is nothing of that name.
        """
        texts = set()
        for phrases in self.spoken[side]:
            with suppress(KeyError):
                texts.add(say(phrases))
        return texts.pop() if len(texts) == 1 else say(self.ids)

    def parts(self) -> Iterator[Part]:
        replay, words = self.replay, self.words
        if replay.others and not replay.lines:
            yield Paragraph(text(Run(words.count("replay.none", replay.others), "strong")))
        else:
            told = [words.count("replay.lines", replay.lines)]
            key = "replay.all_same" if replay.same == replay.lines else "replay.same"
            told.append(words[key].format(n=replay.same))
            yield Paragraph(text(words[";"].join(told)))
        verdicts = [
            Item(text(Run(words.count(f"replay.{kind}", replay.differ[kind]), _ROLES[kind])))
            for kind in KINDS
            if kind in replay.differ
        ]
        if replay.broken.count:
            verdicts.insert(0, Item(text(Run(words.count("replay.broken", replay.broken.count), "worse"))))
        else:
            verdicts.append(Item(text(words["replay.chain_whole"])))
        yield Items(tuple(verdicts))
        yield from self.under()
        if replay.broken.count:
            items = tuple(Item(_broken(example)) for example in replay.broken.first)
            yield Section(text(words["replay.broken_title"]), (Items(items), *self.more(replay.broken)))
        for kind in KINDS:
            found = [each for each in replay.differences if each.kind == kind]
            if found:
                yield Section(text(words[f"replay.{kind}_title"]), tuple(self.kind(found)))

    def under(self) -> Iterator[Part]:
        """Which policies, software and calendar data decided, then and now, and where the chain ends."""
        replay, words = self.replay, self.words
        rows = [*self.policies("replay.decided_by", replay.old), *self.policies("replay.decides", replay.new)]
        for data, count in replay.calendars.items():
            said = f"holidays {data.holidays}, tzdata {data.tzdata}"
            rows.append((text(words["replay.calendar_data"]), text(said), text(str(count))))
        for version, count in replay.software.items():
            rows.append((text(words["replay.software"]), text(f"supportrules {version}"), text(str(count))))
        for fact, count in replay.unknown.items():
            rows.append((text(words["replay.unknown"]), text(fact), text(str(count))))
        if rows:
            heads = ((), (), text(words["replay.count"]))
            yield Grid((), heads, tuple(rows))
        if replay.head is not None:
            yield Paragraph(text(words["replay.head"], words[":"], Run(replay.head, "code")))

    def policies(self, key: str, policies: Mapping[PolicyRef, int]) -> Iterator[tuple[Text, ...]]:
        for policy, count in policies.items():
            said = f"{policy.name} {policy.version} {policy.digest[:19]}"
            yield text(self.words[key]), text(said), text(str(count))

    def more(self, group: Group) -> Iterator[Part]:
        left = group.count - len(group.first)
        if left:
            yield Paragraph(text(self.words.count("replay.more", left)))

    def kind(self, found: Sequence[Difference]) -> Iterator[Part]:
        """The differences of one kind, answer by answer, and then by the rules responsible."""
        words = self.words
        keys = ("answer", "old", "new", "rules", "count", "first")
        yield Grid((), tuple(text(words[f"replay.{key}"]) for key in keys), tuple(map(self.row, found)))
        problems: dict[tuple[Any, str], Example] = {}
        for each in found:
            for example in each.lines.first if each.answer == TICKET else ():
                if example.problems:
                    problems.setdefault((each.new, example.problems[0].message), example)
        if problems:
            yield Items(tuple(Item(_broken(example)) for example in problems.values()))

    def row(self, each: Difference) -> tuple[Text, ...]:
        old, new = self.sides(each)
        return (
            text(self.answer(each)),
            text(Run(old, "old")) if old else (),
            text(Run(new, "new")) if new else (),
            self.rules(each),
            text(str(each.lines.count)),
            text(", ".join(map(_named, each.lines.first))),
        )

    def answer(self, each: Difference) -> str:
        words = self.words
        if each.answer in (TICKET, DECISION):
            return words[f"replay.{each.answer}"]
        name = self.name(each.answer)
        key = {"basis": "diff.basis_of", "missing": "replay.missing_of"}.get(each.aspect)
        return words[key].format(label=name) if key else name

    def name(self, answer: str) -> str:
        """What an answer is called; by its own name where this policy does not have it."""
        section, _, rest = answer.partition(".")
        if section == NOTES:
            return f"{self.words['note']}{self.words[':']}{rest}"
        definition = self.phrases.definition
        known = {*definition.vocabulary.facts, *definition.conclusions, *NAMES}
        concluded = definition.roles.category if answer == CATEGORY else answer
        if section not in (CHANNELS, PROMISES) and concluded not in known:
            return answer
        try:
            return self.phrases.name(answer)
        except KeyError:
            return answer

    def sides(self, each: Difference) -> tuple[str, str]:
        words = self.words
        match each.aspect:
            case "value":
                return self.value(each, each.old, 0), self.value(each, each.new, 1)
            case "basis":
                old, new = (
                    words["none"] if side is None else words[side] if side in BASES else side
                    for side in (each.old, each.new)
                )
                return old, new
            case "missing":
                old, new = (
                    ", ".join(self.fact(fact, number) for fact in side)
                    for number, side in enumerate((each.old, each.new))
                )
                return old, new
            case _:
                return "", words[f"replay.{each.aspect}"]

    def fact(self, name: str, side: int) -> str:
        """What a fact is called on one side."""
        try:
            return self.said(
                side, lambda spoken: spoken.label(spoken.definition.vocabulary.facts[name].label, name)
            )
        except KeyError:
            return name

    def value(self, each: Difference, value: Any, side: int) -> str:
        words = self.words
        if isinstance(value, RefusedTicket):
            about = "" if value.field is None else f" ({self.name(value.field)})"
            return f"{words['replay.refused']}{words[':']}{value.code}{about}"
        if each.answer == TICKET:
            return words["replay.decided"]
        if each.answer.startswith(f"{NOTES}."):
            return words["diff.told" if value else "diff.not_told"]
        if isinstance(value, OpenAnswer):
            values = words.either([self.plain(each.answer, json.loads(one), side) for one in value.values])
            if isinstance(each.old, OpenAnswer) and isinstance(each.new, OpenAnswer):
                return words["replay.may_be"].format(values=values) if values else ""
            return f"{words['undetermined']}{words[':']}{values}"
        is_object = isinstance(value, str) and value.startswith("{")
        return self.plain(each.answer, json.loads(value) if is_object else value, side)

    def plain(self, answer: str, value: Any, side: int) -> str:
        """A value of an answer; as it stands in a decision where there are no words for it."""
        try:
            if value is None and (key := nothing(answer)):
                return self.words[key]
            return self.said(side, lambda spoken: spoken.value(answer, value))
        except KeyError:
            return json.dumps(value, ensure_ascii=False)

    def rules(self, each: Difference) -> Text:
        """The rules on either side; those that decide otherwise themselves stand alone."""
        runs: list[str | Run] = []
        sides: list[tuple[tuple[str, ...], Role]] = [(each.new_rules, "code")]
        if each.old_rules != each.new_rules:
            sides = [(each.old_rules, "old"), (each.new_rules, "new")]
        for rules, role in sides:
            for rule in rules:
                runs += [*([", "] if runs else []), Run(rule, role)]
        return text(*runs)


def _named(example: Example) -> str:
    return f"{example.ticket} ({example.location})" if example.ticket else str(example.location)


def _broken(example: Example) -> Text:
    problem = example.problems[0]
    # What is wrong may stand elsewhere: in a version that does not load.
    elsewhere = problem.location not in (None, example.location)
    return text(_named(example), ": ", str(problem) if elsewhere else problem.text)


def replay_data(replay: Replay) -> Json:
    """The same as JSON data."""
    return {
        "lines": replay.lines,
        "same": replay.same,
        "differ": dict(replay.differ),
        "others": replay.others,
        "decided_by": [_policy(policy, count) for policy, count in replay.old.items()],
        "decides": [_policy(policy, count) for policy, count in replay.new.items()],
        "calendars": [data._asdict() | {"lines": count} for data, count in replay.calendars.items()],
        "software": [{"version": version, "lines": n} for version, n in replay.software.items()],
        "unknown": [{"fact": fact, "lines": n} for fact, n in replay.unknown.items()],
        "head": replay.head,
        "broken": replay.broken.to_dict(),
        "differences": [
            {
                "kind": each.kind,
                "answer": each.answer,
                "aspect": each.aspect,
                "old": _value(each.old),
                "new": _value(each.new),
                "rules": {"old": list(each.old_rules), "new": list(each.new_rules)},
                "lines": each.lines.to_dict(),
            }
            for each in replay.differences
        ],
    }


def _policy(policy: PolicyRef, count: int) -> Json:
    return policy.to_dict() | {"lines": count}


def _value(value: Any) -> Any:
    match value:
        case RefusedTicket():
            return {"refused": value.code, "field": value.field}
        case OpenAnswer():
            return {"possible": [json.loads(each) for each in value.values]}
        case tuple():
            return list(value)
        case str() if value.startswith("{"):
            return json.loads(value)
        case _:
            return value
