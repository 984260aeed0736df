"""Files and streams of tickets: JSON, JSON lines, YAML, CSV → tickets with their places.

A ticket that can't be read is a value among the others and does not stop them.
"""

from __future__ import annotations

from supportrules.tickets.files import FORMS, STDIN, read_tickets
from supportrules.tickets.record import Record

__all__ = ["FORMS", "STDIN", "Record", "read_tickets"]
