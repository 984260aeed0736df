"""Facts that a ledger does not show: a keyed hash stands for a value, and can be matched with a known one."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from supportrules.base.problem import Location, Problem
from supportrules.base.wording import reason, unknown_name
from supportrules.engine.evaluation import Policy
from supportrules.errors import LedgerError
from supportrules.policy.vocabulary import OnlyZoneOf

_BYTES = 32


def read_facts(policy: Policy) -> frozenset[str]:
    """The facts that a rule or a clock of a policy reads: without them it could decide otherwise."""
    definition, program = policy.definition, policy.program
    roles = definition.roles
    found = {fact for facts in program.support.values() for fact in facts}
    found |= {
        fact
        for fact in (roles.opening, roles.category, roles.closing, roles.country, roles.timezone)
        if fact is not None
    }
    for hours in definition.hours.values():
        found.update(roles.facts(hours.clock.narrowed))
    defaults = (definition.vocabulary.facts[fact].default for fact in tuple(found))
    return frozenset(found | {default.country for default in defaults if isinstance(default, OnlyZoneOf)})


def read_key(file: str | Path) -> bytes:
    """The key in a file, which is made, for its owner only, if it is not there.

    Raises:
        LedgerError: the file can't be read or made, or holds no key.
    """
    path = Path(file)
    try:
        if not path.exists():
            _make(path)
        # Of a key in bytes each one counts.
        key = path.read_bytes().removesuffix(b"\n")
    except OSError as error:
        raise LedgerError(Problem("mask-key", reason(error), "", Location(str(file)))) from None
    if len(key) < _BYTES:
        message = f"a key of {len(key)} bytes: it takes {_BYTES} or more"
        raise LedgerError(Problem("mask-key", message, "", Location(str(file))))
    return key


def _make(path: Path) -> None:
    """Makes a key, whole or not at all; one that another process made meanwhile stays."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_hex(_BYTES).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            path.hardlink_to(draft)
    finally:
        draft.unlink()
    # What is masked by a key that is lost can't be matched any more.
    folder = os.open(path.absolute().parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Masks:
    """The facts to mask, and the key.

    Args:
        facts: their names; no rule and no clock may read them, so that a decision can be made again.
        key: of at least 32 bytes; who has it can find out a value that can be guessed.

    Raises:
        LedgerError: the key is shorter.
    """

    def __init__(self, facts: Collection[str], key: bytes) -> None:
        if len(key) < _BYTES:
            message = f"a key of {len(key)} bytes: it takes {_BYTES} or more"
            raise LedgerError(Problem("mask-key", message))
        self.facts = frozenset(facts)
        self._key = key
        self._checked: set[str] = set()

    def check(self, *policies: Policy) -> None:
        """Makes sure that decisions can be made again without the masked facts.

        Args:
            policies: the one that decides, or all that may: one of them may lack a fact that another has.

        Raises:
            LedgerError: a rule or a clock reads one of the facts, or no policy has it.
        """
        if not self._checked.issuperset(policy.digest for policy in policies):
            check_masked(self.facts, policies)
            self._checked.update(policy.digest for policy in policies)

    def value(self, fact: str, value: object) -> str:
        """What stands in the ledger for a value of a fact: ``hmac-sha256:`` and the keyed hash."""
        said = json.dumps([fact, value], ensure_ascii=False, separators=(",", ":")).encode()
        return f"hmac-sha256:{hmac.new(self._key, said, hashlib.sha256).hexdigest()}"

    def ticket(self, ticket: Mapping[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
        """A ticket with the values masked that it gives of these facts, and which it does."""
        masked = frozenset(name for name in self.facts if ticket.get(name) is not None)
        return {n: self.value(n, v) if n in masked else v for n, v in ticket.items()}, masked


def check_masked(facts: Collection[str], policies: Sequence[Policy]) -> None:
    """Makes sure that decisions can be made again without some facts, as `Masks.check` does."""
    known = dict.fromkeys(fact for each in policies for fact in each.definition.vocabulary.facts)
    for fact in sorted(facts):
        if fact not in known:
            raise LedgerError(unknown_name("fact", fact, known, code="mask"))
        for policy in policies:
            if fact in read_facts(policy):
                raise LedgerError(Problem("mask", f"`{fact}` can't be masked: {_reader(policy, fact)}"))


def _reader(policy: Policy, fact: str) -> str:
    """Who reads a fact, as the reason why it can't be masked."""
    reader = next((s.name for s in policy.program.stages.values() if fact in s.inputs), None)
    if reader is not None:
        rule = next(rule for rule in policy.program.stages[reader].rules if fact in rule.reads)
        return f"the rule `{rule.id}` reads it"
    return "a clock reads it"
