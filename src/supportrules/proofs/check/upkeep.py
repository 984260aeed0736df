"""How well a policy is kept: clauses, reviews, allowances, and the limits of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from importlib.metadata import version

from packaging.version import Version

from supportrules.engine.chaining import limits_passed
from supportrules.proofs.check.finding import Finding
from supportrules.proofs.check.space import Space


def clauses_not_encoded(space: Space) -> Iterator[Finding]:
    """Clauses that nothing in the policy cites, and that are not said to be no rule."""
    cited = {number for _, origin in space.definition.entries() for number in origin.source}
    for number, clause in space.definition.clauses.items():
        if number not in cited and clause.not_a_rule is None:
            message = f"nothing encodes the clause `{number}`"
            hint = "cite it as the `source` of a rule, or say why with `not_a_rule`"
            yield Finding("clause-not-encoded", message, hint, clause.origin)


def reviews_due(space: Space, on: date) -> Iterator[Finding]:
    """Entries whose date of review has passed."""
    for origin in space.definition.origins():
        if origin.review_by is not None and origin.review_by < on:
            message = f"to be reviewed by {origin.review_by}, and it is {on}"
            yield Finding("review-due", message, "look at it again and set a new `review_by`", origin)


def data_too_old(space: Space) -> Iterator[Finding]:
    """Packages of data that are installed in an older version than the policy relies on."""
    for package, oldest in space.definition.data_from.items():
        installed = version(package)
        if Version(installed) < Version(oldest):
            message = f"the policy relies on `{package}` {oldest} or newer, and {installed} is installed"
            place = space.definition.sources.place("policy", "data_from", package)
            yield Finding("old-data", message, f"run `pip install --upgrade {package}`", None, place)


def limits(space: Space) -> Iterator[Finding]:
    """Stages that pass a limit of durable-rules, so that the plain chainer infers them."""
    for name, stage in space.program.stages.items():
        for limit in limits_passed(stage.ruleset):
            origin = stage.rules[0].origin
            message = f"durable-rules can't infer `{name}`: {limit}"
            yield Finding("engine-limit", message, "the plain chainer does, more slowly", origin)


def unproved(space: Space) -> Iterator[Finding]:
    """Stages of which nothing is proved: the diagrams of what their facts lead to are too large."""
    for name, error in space.unproved.items():
        origin = space.stage(name).rules[0].origin
        most = " and ".join(f"`{each}`" for each in error.costliest)
        message = f"not all is proved of `{name}`: a decision diagram of {error.facts} facts is too large" + (
            f", above all because of {most}" if most else ""
        )
        hint = "let fewer facts be tested together, or conclude something from some of them first"
        yield Finding("not-proved", message, hint, origin)
