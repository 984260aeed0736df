"""How the fields of a decision are declared: what each value is, and what else must be known of the field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from supportrules.base.frozen import thawed
from supportrules.time.clocks import ALWAYS
from supportrules.time.instants import local_text, utc_text
from supportrules.time.targets import ANSWER_PATTERN

if TYPE_CHECKING:
    from supportrules.policy import Definition


class Form(NamedTuple):
    """What a value is, more closely than its type in Python tells.

    Args:
        names: finds the names of a policy that it can be.
        fixed: the names that it can be in every policy.
        is_every: of the keys of a mapping, whether all these names are there.
        optional: names that need not be there all the same.
        value: finds the one value that it has in all decisions of a policy.
        pattern: a regular expression for its text in a decision.
        write: makes JSON data of it; None where it is that already.
        logged: its type in the JSON data of a ledger, where that is not its type in Python.
    """

    names: Callable[[Definition], Iterable[str]] | None = None
    fixed: tuple[str, ...] = ()
    is_every: bool = False
    optional: tuple[str, ...] = ()
    value: Callable[[Definition], str | int] | None = None
    pattern: str = ""
    write: Callable[[Any], Any] | None = None
    logged: Any = None

    def named(self, policy: Definition) -> list[str]:
        """The names that it takes of a policy; empty also where it takes any text."""
        return list(self.names(policy) if self.names else self.fixed)


class Declaration(NamedTuple):
    """What else must be known of a field.

    Args:
        key: its name in JSON; "" for that of the field.
        is_json: whether it is part of the JSON form.
        is_optional: whether JSON leaves it out where it is empty.
        is_asked_for: whether JSON leaves it out unless somebody asks for it.
        merged: the `TypedDict` of a mapping whose entries stand in the object around it.
        column: whether it is a column of all tables, of those whose columns are all texts, or of none.
        lists: the columns of lists of texts that stand in its place: by name, what finds the texts.
        logged: whether all lines of a ledger have it, or those of later versions alone; ``anyhow`` where one
            has it in any form, since nothing reads it there.
    """

    key: str = ""
    is_json: bool = True
    is_optional: bool = False
    is_asked_for: bool = False
    merged: type | None = None
    column: Literal["all", "texts", "none"] = "all"
    lists: Mapping[str, Callable[[Any], Iterable[str]]] = {}
    logged: Literal["always", "later", "anyhow"] = "always"


def declared(**what: Any) -> Mapping[str, Any]:
    """The metadata of a field, of what `Declaration` takes."""
    return {"declared": Declaration(**what)}


def _categories(policy: Definition) -> Iterable[str]:
    role = policy.roles.category
    return policy.vocabulary.facts[role].values if role else ()


def _bases(policy: Definition) -> Iterable[str]:
    from supportrules.policy import BASES

    return BASES


FORMAT = 2
"""Of the JSON data of decisions, and of lines of a ledger."""

FormatNumber = Annotated[int, Form(value=lambda _: FORMAT)]
PolicyName = Annotated[str, Form(value=lambda policy: policy.name)]
PolicyVersion = Annotated[str, Form(value=lambda policy: policy.version)]
Digest = Annotated[str, Form(pattern="^sha256:[0-9a-f]{64}$")]
CategoryName = Annotated[str, Form(names=_categories)]
LevelName = Annotated[str, Form(names=lambda policy: policy.levels)]
ChannelName = Annotated[str, Form(names=lambda policy: policy.channels, is_every=True)]
PromiseName = Annotated[str, Form(names=lambda policy: policy.promises, is_every=True)]
FactName = Annotated[str, Form(names=lambda policy: policy.vocabulary.facts)]
NoteCode = Annotated[str, Form(names=lambda policy: [note.code for note in policy.notes])]
BasisName = Annotated[str, Form(names=_bases)]
ClockName = Annotated[str, Form(names=lambda policy: (ALWAYS, *policy.hours))]
# A value of an answer, where several are possible.
PossibleValue = Annotated[
    Any,
    Form(
        write=thawed,
        logged=str | bool | Mapping[str, str | bool | Mapping[str, str | int] | list[Any] | None] | None,
    ),
]
TargetText = Annotated[str, Form(pattern=ANSWER_PATTERN)]
# No `format` beside the pattern of an instant: most validators pass over it, strict ones refuse it.
UtcInstant = Annotated[datetime, Form(write=utc_text, pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
LocalInstant = Annotated[
    datetime,
    Form(
        write=local_text,
        logged=str,
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}(:\d{2})?$",
    ),
]
