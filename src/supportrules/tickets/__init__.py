"""Files and streams of tickets: JSON, JSON lines, YAML, CSV, Parquet → tickets with their places.

A ticket that can't be read is a value among the others and does not stop them.
"""

from __future__ import annotations

from supportrules.tickets.chunks import Chunk, read_chunks
from supportrules.tickets.files import read_tickets
from supportrules.tickets.record import Record
from supportrules.tickets.ticket_file import FORMS, STDIN

__all__ = ["FORMS", "STDIN", "Chunk", "Record", "read_chunks", "read_tickets"]
