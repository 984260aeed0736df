"""The columns of decisions: they depend on the policy alone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from supportrules.engine.columns.arrow import arrow
from supportrules.engine.decision import Decision
from supportrules.policy import Definition

if TYPE_CHECKING:
    from supportrules.engine.decision.structure import Columns, Plain


def decision_schema(definition: Definition) -> Any:
    """The Arrow schema of a policy's decisions.

    It has the keys of a decision's JSON form, where they are scalars; what is an object there is a struct, so
    that ``response.due_at`` names the same thing. Instants are ``timestamp[us, UTC]``.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    pa = arrow()
    # Imported where it is needed: a single ticket does not need it.
    from supportrules.engine.decision.structure import columns, struct

    return pa.schema([*_fields(columns(struct(Decision), [definition])), ("error", pa.string())])


def _fields(names: Columns) -> list[tuple[str, Any]]:
    return [(name, _type(column)) for name, column in names.items()]


def _type(column: Columns | Plain | None) -> Any:
    pa = arrow()
    if column is None:
        return pa.list_(pa.string())
    if isinstance(column, dict):
        return pa.struct(_fields(column))
    return {str: pa.string(), bool: pa.bool_(), datetime: pa.timestamp("us", "UTC")}[column.type]
