"""The decision log: decisions as they were made, in a chain that shows what was altered or removed."""

from __future__ import annotations

from supportrules.history.ledger.chain import Break, Chain, LogFile, ledger_files
from supportrules.history.ledger.line import Calendars, Line
from supportrules.history.ledger.masks import Masks, check_masked, read_facts, read_key
from supportrules.history.ledger.writer import SIZE, Ledger

__all__ = [
    "SIZE",
    "Break",
    "Calendars",
    "Chain",
    "Ledger",
    "Line",
    "LogFile",
    "Masks",
    "check_masked",
    "ledger_files",
    "read_facts",
    "read_key",
]
