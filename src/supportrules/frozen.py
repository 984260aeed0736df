"""Mappings that do not change."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A dictionary that refuses to be changed; JSON and pickle take it as it is.

    It can be hashed where its values can, and those that are equal have one hash, whatever their order.
    """

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("this mapping does not change; make a dict of it first")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none because it changes
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)


def frozen(data: Any) -> Any:
    """Plain data that does not change: mappings become `FrozenDict`, lists become tuples."""
    if isinstance(data, dict):
        return FrozenDict({key: frozen(value) for key, value in data.items()})
    return tuple(map(frozen, data)) if isinstance(data, list) else data
