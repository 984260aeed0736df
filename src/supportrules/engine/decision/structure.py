"""What a decision is made of: its dataclasses as a tree of their declared fields."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    NamedTuple,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from supportrules.base.frozen import lazy, thawed
from supportrules.engine.decision.declaration import Declaration, Form

if TYPE_CHECKING:
    from supportrules.policy import Definition


class Plain(NamedTuple):
    """A value without parts: a text, a flag, an instant, or whatever JSON data.

    Args:
        type: in Python.
    """

    type: Any
    form: Form


class ListOf(NamedTuple):
    """A list."""

    value: Value


class MappingOf(NamedTuple):
    """A mapping from names to values, which may be null if `is_nullable`."""

    names: Form
    value: Value
    is_nullable: bool


class Part(NamedTuple):
    """A part of an object.

    Args:
        key: its name in JSON.
        attribute: its name in Python.
        is_nullable: whether it may be null.
    """

    key: str
    attribute: str
    value: Value
    is_nullable: bool
    declared: Declaration


class Struct(NamedTuple):
    """An object: the parts of its JSON form, in order."""

    type: type
    parts: tuple[Part, ...]

    @property
    def keys(self) -> tuple[Part, ...]:
        """The parts by the keys of its JSON form, to which a part that is merged into it brings several."""
        merged = [part.declared.merged for part in self.parts]
        both = zip(self.parts, merged, strict=True)
        return tuple(each for part, type in both for each in (struct(type).parts if type else [part]))


Value = Plain | ListOf | MappingOf | Struct


@functools.cache
def struct(type: type) -> Struct:
    """The parts of a dataclass, its lazy properties among them, or of a `TypedDict`."""
    hints, found = get_type_hints(type, include_extras=True), list[Part]()
    if is_typeddict(type):
        may_lack = Declaration(is_optional=not vars(type)["__total__"])
        return Struct(type, tuple(Part(key, key, *_value(hint), may_lack) for key, hint in hints.items()))
    for each in fields(type):
        said = each.metadata.get("declared", Declaration())
        if said.is_json:
            found.append(Part(said.key or each.name, each.name, *_value(hints[each.name]), said))
    for name, member in vars(type).items():
        if isinstance(member, lazy):
            hint = get_type_hints(member.work, include_extras=True)["return"]
            said = Declaration(is_asked_for=True, column="none")
            found.append(Part(name, name, *_value(hint), said))
    return Struct(type, tuple(found))


def _value(hint: Any) -> tuple[Value, bool]:
    """What a type stands for, and whether None is among its values."""
    kind, inside = get_origin(hint), get_args(hint)
    if kind in (Union, UnionType):
        (other,) = (each for each in inside if each is not NoneType)
        return _value(other)[0], True
    if kind is Annotated:
        return Plain(*inside), False
    if kind is tuple:
        return ListOf(_value(inside[0])[0]), False
    if kind is Mapping:
        names = get_args(inside[0])[1:]
        return MappingOf(names[0] if names else Form(), *_value(inside[1])), False
    if is_dataclass(hint) or is_typeddict(hint):
        return struct(hint), False
    return Plain(hint, Form(write=thawed) if hint is Any else Form()), False


# The columns of a table by name; one is of plain values, of lists of texts (None), or has columns itself.
Columns = dict[str, "Plain | Columns | None"]


def columns(tree: Struct, policies: Sequence[Definition], *, as_texts: bool = False) -> Columns:
    """The columns of tables of decisions, by the parts of these.

    Args:
        policies: that decide; what none of them has names for is no column.
        as_texts: whether all columns are of texts.
    """
    found: Columns = {}
    for part in tree.parts:
        said, value = part.declared, part.value
        if said.column == "none" or (said.column == "texts" and not as_texts):
            continue
        if said.lists:
            found |= dict.fromkeys(said.lists)
        elif not isinstance(value, Plain) or not value.form.names or _names(value.form, policies):
            found[part.key] = _column(value, policies, as_texts)
    return found


def _column(value: Value, policies: Sequence[Definition], as_texts: bool) -> Plain | Columns | None:
    match value:
        case Plain():
            return value
        case ListOf():
            return None
        case MappingOf(names, each):
            return {name: _column(each, policies, as_texts) for name in _names(names, policies)}
        case Struct():
            return columns(value, policies, as_texts=as_texts)


def _names(form: Form, policies: Sequence[Definition]) -> list[str]:
    """The names of several policies, those of the first one first."""
    return list(dict.fromkeys(name for policy in policies for name in form.named(policy)))
