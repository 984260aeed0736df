"""Facts and rules → firings, by forward chaining.

A chainer has two methods. `learn` takes a ruleset, `infer` asks it about one combination of class numbers.
What comes back names every rule that fired, with the fired rules that took it out: a rule that fires takes
out those that it overrides, even if it is taken out itself, so that the order of rules never matters.
"""

from __future__ import annotations

from supportrules.base.logs import logger
from supportrules.engine.chaining.chainer import Chainer, Firings, PlainChainer
from supportrules.engine.chaining.durable import DurableChainer, durable_missing, limits_passed

_log = logger(__name__)


def default_chainer() -> Chainer:
    """durable-rules where it is installed and works, else the plain chainer."""
    missing = durable_missing()
    if missing:
        _log.debug("the plain chainer applies rules: %s", missing)
    return PlainChainer() if missing else DurableChainer()


__all__ = [
    "Chainer",
    "DurableChainer",
    "Firings",
    "PlainChainer",
    "default_chainer",
    "durable_missing",
    "limits_passed",
]
