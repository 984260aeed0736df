"""What services find in their logs, under the name `supportrules`; and what nobody finds there."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from every_combination import fill
from supportrules import Policy, load_policy
from supportrules.engine import cache
from supportrules.engine.chaining import DurableChainer, PlainChainer, durable, durable_missing
from supportrules.policy.starter import STARTER

SECRET = "Ada Lovelace"


def messages(caplog: pytest.LogCaptureFixture, level: int = logging.DEBUG) -> list[str]:
    assert all(record.name.startswith("supportrules.") for record in caplog.records)
    return [record.getMessage() for record in caplog.records if record.levelno >= level]


@pytest.fixture(autouse=True)
def every_level(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "supportrules")


def test_a_policy_that_is_loaded(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    policy = load_policy(STARTER, chainer=PlainChainer())
    (message,) = messages(caplog, logging.INFO)
    start = f"loaded {policy.name} {policy.version} ({policy.digest}) from {STARTER} in "
    assert message.startswith(start) and message.endswith(" ms; rules are applied by PlainChainer")
    assert float(message.removeprefix(start).split()[0]) >= 0
    policy.build(tmp_path / "a.policy")
    caplog.clear()
    load_policy(tmp_path / "a.policy")
    (message,) = messages(caplog, logging.INFO)
    assert f" from {tmp_path / 'a.policy'} in " in message and message.endswith(
        " ms; rules were compiled before"
    )


def test_the_cache(caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPORTRULES_CACHE", str(tmp_path))
    for answer in ("not in the cache: ", "found in the cache: "):
        caplog.clear()
        cache.load_cached(STARTER)
        found = [message for message in messages(caplog) if "in the cache" in message]
        assert [message.startswith(f"{answer}{tmp_path}") for message in found] == [True]
        assert sum(message.startswith("loaded ") for message in messages(caplog)) == 1


@pytest.mark.skipif(durable_missing() is not None, reason="durable-rules is not installed")
def test_rules_that_are_too_much_for_durable_rules(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable, "MAX_VALUES", 1)
    fill(load_policy(STARTER, chainer=DurableChainer()).tables)
    assert any(
        message.startswith("too much for durable-rules: ")
        and message.endswith(" values tested, more than 1; the plain chainer applies these rules")
        for message in messages(caplog)
    )


def test_columns_that_are_decided_one_by_one(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = load_policy(STARTER)
    plan = next(iter(policy.definition.plans))
    caplog.clear()
    policy.evaluate_batch(pa.table({str(policy.definition.plan_fact): [plan, SECRET, plan]}))
    wanted = "1 of 3 tickets are decided one by one, 1 of them for values that columns can't have"
    assert messages(caplog) == [wanted]
    # A policy of which no answer fits.
    caplog.clear()
    monkeypatch.setattr("supportrules.engine.diagrams.forest.MOST_STEPS", 1)
    load_policy(STARTER).evaluate_batch(pa.table({str(policy.definition.plan_fact): [plan]}))
    assert any(
        message.startswith("too large to decide by columns: the diagrams of ['severity'")
        for message in messages(caplog, logging.INFO)
    )
    assert messages(caplog)[-1].startswith("1 of 1 tickets are decided one by one, 0 of them")


def test_nothing_of_a_ticket_is_logged(caplog: pytest.LogCaptureFixture, shipped: Policy) -> None:
    ticket = {"id": SECRET, "plan": SECRET}
    list(shipped.evaluate_batches([[ticket, ticket | {"plan": None}], [ticket | {SECRET: SECRET}]]))
    assert messages(caplog) and SECRET not in caplog.text


@pytest.mark.parametrize("level", ["DEBUG", "WARNING"])
def test_nothing_is_shown_until_a_program_asks(level: str) -> None:
    """Not even warnings, which Python prints where nobody handles them."""
    program = f"""
import logging
from supportrules import load_policy
logging.getLogger("supportrules").setLevel(logging.{level})
load_policy().evaluate({{}})
logging.getLogger("supportrules.engine.evaluation").warning("a warning")
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (found.stdout, found.stderr) == ("", "")
