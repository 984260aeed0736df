"""Two policies side by side: all that is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from supportrules.base.problem import Problem
from supportrules.base.steps import OnStep, steps
from supportrules.engine.evaluation import Policy, load_policy
from supportrules.errors import PolicyLoadError
from supportrules.policy.definition import BeyondData
from supportrules.proofs.comparison.edits import Edit, edits
from supportrules.proofs.comparison.facts import answers
from supportrules.proofs.comparison.hours import HoursChange, hours_changes
from supportrules.proofs.comparison.meaning import Meaning, meaning
from supportrules.proofs.comparison.renames import Names


@dataclass(frozen=True)
class Comparison:
    """What two policies differ in.

    Args:
        old, new: them; the old one in the new one's names.
        names: which names of the old one are others in the new one.
        edits: what their files say differently.
        meaning: where answers differ.
        hours: the hours that are open at other times.
    """

    old: Policy
    new: Policy
    names: Names
    edits: tuple[Edit, ...]
    meaning: Meaning
    hours: tuple[HoursChange, ...]

    @property
    def differs(self) -> bool:
        """Whether the policies say anything differently."""
        return bool(self.edits) or self.changes_answers

    @property
    def changes_answers(self) -> bool:
        """Whether any ticket can get another answer, or another time."""
        found = self.meaning
        return bool(found.changes or found.readings or found.not_compared or self.hours or self.beyond_data)

    @property
    def beyond_data(self) -> Mapping[str, BeyondData]:
        """The hours of both policies that treat times beyond known days differently → how the new ones do."""
        old, new = self.old.definition.hours, self.new.definition.hours
        both = ((name, old[name], new[name]) for name in new if name in old)
        return {name: after.beyond_data for name, was, after in both if was.beyond_data != after.beyond_data}


def compare(old: Policy | str | Path, new: Policy | str | Path, on_step: OnStep | None = None) -> Comparison:
    """Compares two policies.

    Args:
        old, new: any two, or where they are, as `load_policy` takes it; entries that declare under `formerly`
            what they were called are the same ones.
        on_step: is called with each step as it starts: the answers, then values and hours.

    Raises:
        PolicyLoadError: one of them does not load, or neither; ``problems`` has those of both.
    """
    old, new = loaded(old, new)
    names = Names(old.definition, new.definition)
    renamed = old if names.definition is old.definition else Policy(names.definition, old.chainer)
    start = steps(len(answers((renamed, new))) + 2, on_step)
    found, differing = edits(old.definition, new.definition, names), meaning(renamed, new, old, start)
    start(None)
    return Comparison(renamed, new, names, found, differing, hours_changes(renamed, new))


def loaded(old: Policy | str | Path, new: Policy | str | Path) -> tuple[Policy, Policy]:
    """Two policies, each loaded if it is not.

    Raises:
        PolicyLoadError: one of them does not load, or neither; ``problems`` has those of both.
    """
    policies: list[Policy] = []
    problems: dict[Problem, None] = {}
    for each in (old, new):
        try:
            policies.append(each if isinstance(each, Policy) else load_policy(each))
        except PolicyLoadError as error:
            problems |= dict.fromkeys(error.problems)
    if problems:
        raise PolicyLoadError(problems)
    before, after = policies
    return before, after
