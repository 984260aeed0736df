"""Values that do not change: a mapping, objects of frozen classes, what is worked out of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NoReturn, TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


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


def thawed(data: Any) -> Any:
    """The plain data that `frozen` was given: dictionaries and lists."""
    if isinstance(data, dict):
        return {key: thawed(value) for key, value in data.items()}
    return [thawed(item) for item in data] if isinstance(data, tuple) else data


def made(type: type[T], values: dict[str, Any]) -> T:
    """An object of a frozen dataclass, in a fifth of the time of its constructor.

    Args:
        type: the class; its `__post_init__` is not called.
        values: every field; the object keeps this very dictionary.
    """
    found = object.__new__(type)
    object.__setattr__(found, "__dict__", values)
    return found


class lazy(Generic[V]):
    """A property that is worked out when it is first asked for, and kept.

    That of `functools` has, up to Python 3.11, one lock for all objects, which the child of a fork can find
    held for ever. Here two threads that ask at once may both work it out, and come to the same.
    """

    def __init__(self, work: Callable[[Any], V]) -> None:
        self.work, self._name = work, work.__name__
        self.__doc__ = work.__doc__

    @overload
    def __get__(self, found: None, owner: type) -> lazy[V]: ...

    @overload
    def __get__(self, found: object, owner: type) -> V: ...

    def __get__(self, found: object, owner: type) -> V | lazy[V]:
        if found is None:
            return self
        value = found.__dict__[self._name] = self.work(found)
        return value
