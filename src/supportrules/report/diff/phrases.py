"""What a comparison tells in words: answers, the facts under which, the rules responsible, places."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from supportrules.base.problem import Location
from supportrules.engine.answers import Access, NoteAnswer, value_data
from supportrules.engine.rules import Rule
from supportrules.proofs.comparison import Comparison
from supportrules.proofs.comparison.changes import Change, Moved, NoAnswer, Span, Term
from supportrules.proofs.comparison.renames import Names
from supportrules.report.parts import Run, Text, text
from supportrules.report.phrases import Phrases, nothing
from supportrules.report.words import Words
from supportrules.time.promises import Promise
from supportrules.time.targets import Duration

# More values than these are told by those that are left out, if these are fewer.
MOST_LISTED = 6


class DiffPhrases:
    """The words of two policies in one language.

    Args:
        comparison: what is told of them.
        language: of the labels and of the program's words.
    """

    def __init__(self, comparison: Comparison, language: str) -> None:
        self._comparison, self.language = comparison, language
        old, new = comparison.old, comparison.new
        self.words = Words(language)
        self.sides = (Phrases(old.definition, language), Phrases(new.definition, language))
        self._programs = (old.program, new.program)
        self._shared: dict[str, frozenset[str]] = {}

    @cached_property
    def new_alone(self) -> DiffPhrases:
        """The words for what the new policy says of two tickets: both sides are its own."""
        new = self._comparison.new
        alone = replace(self._comparison, old=new, names=Names(new.definition, new.definition))
        return DiffPhrases(alone, self.language)

    def name(self, name: str) -> str:
        """A fact, a conclusion or an answer, as the new policy has it if it does."""
        old, new = self.sides
        for side in (new, old):
            if name in {note.id for note in side.definition.notes}:
                return f"{self.words['note']}{self.words[':']}{name.split('.')[-1]}"
        known = (*self._programs[1].stages, *new.definition.vocabulary.facts)
        return (new if name in known else old).name(name)

    # Answers

    def answer(self, name: str, value: Any, side: int) -> str:
        """What an answer is in one of the policies."""
        words, phrases = self.words, self.sides[side]
        if isinstance(value, NoAnswer):
            return words[f"diff.no_answer.{value.value}"]
        match value:
            case Promise():
                # Among several values a comma of its own would mislead.
                return phrases.value(name, value_data(value))
            case Access():
                return phrases.value(name, {"eligible": value.eligible, "hours": value.hours})
            case Duration():
                return f"{words['within']} {words.span(value.text)}"
            case None if key := nothing(name):
                return words[key]
            case None if name == self._programs[side].category:
                return words["diff.as_given"]
            case None | bool() if any(name in each.stages_of(NoteAnswer) for each in self._programs):
                return words["diff.told" if value else "diff.not_told"]
            case _:
                return phrases.value(name, value)

    def is_category(self, name: str) -> bool:
        """Whether an answer is the category."""
        return name == self._programs[1].category

    def basis(self, value: str) -> str:
        """A basis."""
        return self.words[value]

    def sides_of(self, change: Change) -> tuple[str, str]:
        """What an answer was and is."""
        if change.aspect == "basis":
            return self.basis(change.old), self.basis(change.new)
        old, new = self.answer(change.answer, change.old, 0), self.answer(change.answer, change.new, 1)
        if old == new:
            # What has one label is told apart by its names.
            old, new = (f"{old} {_json(value_data(value))}" for value in (change.old, change.new))
        return old, new

    # The facts under which

    def where(self, terms: Sequence[Term]) -> str:
        """All that is asked of the facts."""
        return self.words[";"].join(map(self.term, terms)) or self.words["diff.everywhere"]

    def term(self, term: Term) -> str:
        """What is asked of one fact or conclusion."""
        words, label = self.words, self.name(term.name)
        if term.aspect == "basis":
            label = words["diff.basis_of"].format(label=label)
            return f"{label}{words[':']}{self._listed(term)}"
        if len(term.values) == 1 and isinstance(term.values[0], bool):
            conclusions = (side.definition.conclusions for side in self.sides)
            if self._is_fact(term.name) or any(term.name in each for each in conclusions):
                return words["true" if term.values[0] else "false"].format(label=label)
        if len(term.others) < len(term.values) > MOST_LISTED:
            rest = Term(term.name, term.aspect, term.others, term.values)
            quoted = term.name == self.sides[1].definition.issue_type_fact
            return f"{label}{words[':']}{words['excluded'].format(values=self._listed(rest, quoted=quoted))}"
        return f"{label}{words[':']}{self._listed(term)}"

    def _listed(self, term: Term, *, quoted: bool = False) -> str:
        labels = list(self._values(term))
        # A list of clauses, or of what is a list itself, can be read only with quotes.
        if quoted or (len(labels) > 1 and any(set(label) & set(",;") for label in labels)):
            labels = [self.words["quoted"].format(text=label) for label in labels]
        return self.words.either(labels)

    def _values(self, term: Term) -> Iterator[str]:
        left = list(term.values)
        for label, members in self._groups(term.name):
            # A group is named where all of it is meant, of what occurs at all.
            inside = [value for value in members if value in term.values]
            if len(inside) > 1 and not any(value in term.others for value in members):
                left = [value for value in left if value not in inside]
                yield label
        for value in left:
            yield self.value(term, value)

    def _groups(self, name: str) -> Iterator[tuple[str, list[Any]]]:
        """The policy's own groups of the values of a fact: plans by family, kinds of problem by category."""
        phrases = self.sides[1]
        definition = phrases.definition
        if name == definition.plan_fact:
            for family in definition.families.values():
                members = [plan.id for plan in definition.plans.values() if plan.family == family.id]
                yield f"{phrases.label(family.label)} ({self.words['family']})", list(members)
        elif name == definition.issue_type_fact:
            category = str(definition.roles.category)
            for value in dict.fromkeys(issue.category for issue in definition.issue_types.values()):
                kinds = [issue.id for issue in definition.issue_types.values() if issue.category == value]
                if value is not None:
                    yield f"{phrases.name(category)} {phrases.value(category, value)}", list(kinds)

    def value(self, term: Term, value: Any, side: int = 1) -> str:
        """One value of a term."""
        words = self.words
        if isinstance(value, Moved):
            old, new = self.value(term, value.old, 0), self.value(term, value.new, 1)
            return words["diff.moves"].format(old=old, new=new)
        if isinstance(value, Span):
            if value.low == value.high:
                return str(value.low)
            return self.sides[1].bounds(value.low, value.high)
        if term.aspect == "basis":
            return self.basis(value)
        if value is None and self._is_fact(term.name):
            return words["diff.left_out"]
        if self._is_fact(term.name):
            # A value that only the old policy has is told in its words.
            fact = self.sides[side].definition.vocabulary.facts.get(term.name)
            other = self.sides[1 - side]
            known = fact is not None and (not fact.values or value in fact.values)
            label = (self.sides[side] if known else other).value(term.name, value)
            return f"{label} ({value})" if label in self._shared_labels(term.name) else label
        return self.answer(term.name, value, side)

    def _shared_labels(self, fact: str) -> frozenset[str]:
        """The labels that stand for several values of a fact."""
        if fact not in self._shared:
            named: dict[str, set[Any]] = {}
            for side in self.sides:
                known = side.definition.vocabulary.facts.get(fact)
                for value in known.values if known is not None else ():
                    named.setdefault(side.value(fact, value), set()).add(value)
            self._shared[fact] = frozenset(label for label, values in named.items() if len(values) > 1)
        return self._shared[fact]

    def _is_fact(self, name: str) -> bool:
        return any(name in side.definition.vocabulary.facts for side in self.sides)

    # Rules and places

    def rules(self, old: Sequence[Rule], new: Sequence[Rule], sides: tuple[str, str] | None = None) -> Text:
        """The rules that make a difference, each with its place where it decides.

        Args:
            sides: what to call either side; before and now if it is not given.
        """
        mine = {rule.id: rule.origin.location for rule in old}
        theirs = {rule.id: rule.origin.location for rule in new}
        runs: list[str | Run] = []
        for id in dict.fromkeys((*mine, *theirs)):
            runs += [", " if runs else "", Run(id, "code"), " ("]
            runs += [*self.places(mine.get(id), theirs.get(id), sides or self._before_and_now), ")"]
        return text(*runs)

    @property
    def _before_and_now(self) -> tuple[str, str]:
        return self.words["diff.before"], self.words["diff.after"]

    def places(
        self, old: Location | None, new: Location | None, sides: tuple[str, str] | None = None
    ) -> Text:
        """The places of the same thing in both policies, or where it is in the one that has it.

        Args:
            sides: what to call either side where the other has none.
        """
        if old is None or new is None:
            side = "" if sides is None else f"{sides[0 if new is None else 1]}, "
            return text(Run(f"{side}{new or old}", "quiet"))
        return text(Run(f"{old} → {new}" if str(old) != str(new) else str(new), "quiet"))

    def ticket(self, ticket: Mapping[str, Any]) -> Text:
        """A ticket as `evaluate` reads it by the new policy, and by the old one if that takes another."""
        words = self.words
        old, new = self._comparison.names.tickets(ticket)
        shown = Run(_json(new), "code") if new else words["diff.any_ticket"]
        runs: list[str | Run] = [words["diff.ticket"], words[":"], shown]
        if old != new:
            former = Run(_json(old), "code") if old else words["diff.any_ticket"]
            runs += [words[";"], words["diff.former_ticket"], words[":"], former]
        return text(*runs)


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False)
