"""Answers are declared once: what decisions call them, and which parts have a basis, agrees with the decision."""

from __future__ import annotations

from typing import get_args

from supportrules import Policy
from supportrules.engine.answers import ANSWERS, IN_DECISIONS, NoteAnswer
from supportrules.engine.decision import Decision
from supportrules.engine.decision.decision import AnswerName, FoundedName
from supportrules.engine.decision.structure import struct

OPEN, FOUNDED = (get_args(name)[1] for name in (AnswerName, FoundedName))


def test_each_kind_has_a_part_of_decisions_of_its_own() -> None:
    parts = [part.key for part in struct(Decision).parts]
    assert [kind.part for kind in IN_DECISIONS] == [
        part for part in parts if part in {k.part for k in ANSWERS}
    ]
    assert sorted(ANSWERS, key=str) == sorted(IN_DECISIONS, key=str)


def test_what_can_be_undetermined_are_all_answers_but_notes(policy: Policy) -> None:
    answers = policy.program.answers.values()
    keys = {answer.key for answer in answers if not isinstance(answer, NoteAnswer)}
    # A policy that has no category still says that it can be one.
    assert keys <= set(OPEN.named(policy.definition)) <= keys | {"category"}


def test_the_parts_that_have_a_basis_are_those_of_answers_that_say_so() -> None:
    founded = [kind for kind in IN_DECISIONS if kind.is_founded]
    assert tuple(kind.part for kind in founded) == FOUNDED.fixed
    assert tuple(kind.part for kind in founded if kind.only_for_closed) == FOUNDED.optional
