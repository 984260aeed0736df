"""Tickets in YAML: a mapping, a list of them, or several documents of these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from supportrules.base.problem import Location, Problem
from supportrules.base.wording import describe
from supportrules.errors import InputError
from supportrules.policy.documents import DocumentError, Node, read_documents
from supportrules.tickets.record import Record

MAX_YAML_BYTES = 50_000_000
MAX_YAML_NODES = 10_000_000


@dataclass(frozen=True)
class _Mapping:
    """The node of a ticket."""

    node: Node

    def place(self, field: str | None) -> Location:
        return self.node.location if field is None else self.node.place((field,), key=True)


def yaml_tickets(text: str, name: str) -> Iterator[Record]:
    """The mappings of a YAML text.

    Raises:
        InputError: it is no YAML, or has a key twice.
    """
    try:
        documents, twice = read_documents(text, name, max_bytes=MAX_YAML_BYTES, max_nodes=MAX_YAML_NODES)
    except DocumentError as error:
        raise InputError(error.problem) from None
    if twice:
        raise InputError(twice[0])
    for document in documents:
        items: tuple[Node, ...] = document.value if isinstance(document.value, tuple) else (document,)
        for item in items:
            value = item.plain()
            if isinstance(value, dict):
                yield Record(item.location, value, (), _Mapping(item))
            elif value is not None:
                message = f"a ticket is an object, not {describe(value)}"
                problem = Problem("ticket-type", message, "", item.location)
                yield Record(item.location, None, (problem,))
