"""The columns of decisions: they depend on the policy alone."""

from __future__ import annotations

from typing import Any

from supportrules.engine.columns.arrow import arrow
from supportrules.policy import Definition


def decision_schema(definition: Definition) -> Any:
    """The Arrow schema of a policy's decisions.

    It has the keys of a decision's JSON form, where they are scalars; what is an object there is a struct, so
    that ``response.due_at`` names the same thing. Instants are ``timestamp[us, UTC]``.

    Raises:
        MissingExtra: pyarrow is not installed.
    """
    pa = arrow()
    text, flag, texts = pa.string(), pa.bool_(), pa.list_(pa.string())
    instant = pa.timestamp("us", "UTC")

    def struct(**fields: Any) -> Any:
        return pa.struct(list(fields.items()))

    channel = struct(eligible=flag, hours=text)
    window = struct(opens_at=instant, closes_at=instant)
    return pa.schema(
        [
            ("ticket", text),
            *([("category", text)] if definition.roles.category else []),
            ("severity", text),
            ("channels", struct(**dict.fromkeys(definition.channels, channel))),
            ("response", struct(committed=flag, target=text, clock=text, due_at=instant, window=window)),
            ("reopen", struct(until=instant)),
            ("undetermined", texts),
            ("missing", texts),
            ("notes", texts),
            ("basis", struct(severity=text, channels=text, response=text, reopen=text)),
            ("error", text),
        ]
    )
