"""Policies in which every text says something that no terminal, comment or workflow command may take at its word.

The places are found by walking the schemas beside a policy, so that a field that comes to a schema is among them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from policy_data import load
from supportrules import PolicyLoadError
from supportrules.policy import read_definition
from supportrules.policy import schema as schemas

Data = Any
Place = tuple[str | int, ...]

# Controls of both ranges, what ends lines, directions of writing, and what nobody sees.
TEXT = "a\x07\x1b[7;35mb\x1b]0;c\x9b2Jd\x7f\u061ce\u200b\u200e\u2028f\u202eg\u2066h\ufeff\U000e0041\n::error::i\r\nj"
# What would be seen of it if it were obeyed, or left as it is.
RAW = [char for char in TEXT if not char.isprintable() and char != "\n"]


def fields(stem: str, data: Data) -> Iterator[tuple[Place, str]]:
    """The places of texts in a file of a policy, or where there could be one, each with its place in the schema."""
    return _fields(schemas.load_schema(stem), stem, data, (), "")


def _fields(schema: Any, file: str, data: Data, place: Place, path: str) -> Iterator[tuple[Place, str]]:
    schema, file = _resolved(schema, file)
    for part in schema.get("allOf", ()):
        yield from _fields(part, file, data, place, path)
    if isinstance(data, Mapping):
        for name, inner in schema.get("properties", {}).items():
            if name in data:
                yield from _fields(inner, file, data[name], (*place, name), f"{path}/{name}")
            elif _takes_text(inner, file):
                yield (*place, name), f"{path}/{name}"
        others = schema.get("additionalProperties")
        if isinstance(others, Mapping):
            for name in data.keys() - schema.get("properties", {}).keys():
                yield from _fields(others, file, data[name], (*place, name), f"{path}/*")
    elif isinstance(data, list):
        for number, item in enumerate(data):
            yield from _fields(schema.get("items", {}), file, item, (*place, number), f"{path}/#")
    elif isinstance(data, str) and _is_text(schema):
        yield place, path


def _resolved(schema: Any, file: str) -> tuple[Any, str]:
    while "$ref" in schema:
        other, _, pointer = schema["$ref"].partition("#")
        file = other.removesuffix(".schema.json") or file
        schema = schemas.load_schema(file)
        for step in pointer.strip("/").split("/") if pointer.strip("/") else ():
            schema = schema[step]
    return schema, file


def _is_text(schema: Any) -> bool:
    kinds = schema.get("type", ())
    return "string" in ([kinds] if isinstance(kinds, str) else kinds) and not {
        "pattern",
        "enum",
        "const",
        "format",
    } & set(schema)


def _takes_text(schema: Any, file: str) -> bool:
    """Whether a field that is not there could be a text, or a label."""
    schema, file = _resolved(schema, file)
    if _is_text(schema):
        return True
    others = schema.get("additionalProperties")
    return isinstance(others, Mapping) and _is_text(_resolved(others, file)[0]) and "language" in str(schema)


def hostile(folder: Path, made: Path) -> tuple[Path, dict[str, Path]]:
    """A policy of which every text is hostile that may be so, and others with one each that may not.

    Args:
        folder: the policy that they are made of.
        made: the directory that gets them.
    """
    data = load(folder)
    groups: dict[str, list[tuple[str, Place]]] = {}
    for stem in data:
        for place, path in fields(stem, data[stem]):
            groups.setdefault(f"{stem}{path}", []).append((stem, place))
    languages = data["policy"]["languages"]

    def with_texts(names: Sequence[str]) -> dict[str, Data]:
        changed = copy.deepcopy(data)
        for name in names:
            for number, (stem, place) in enumerate(groups[name]):
                _put(changed[stem], place, f"{TEXT}{number}", languages)
        return changed

    # A label is never refused for what it says; another text may be the name of something.
    taken = [name for name, found in groups.items() if all(_is_label(place, languages) for _, place in found)]
    assert loads(with_texts(taken), made / "tried")
    for name in groups.keys() - set(taken):
        if loads(with_texts([*taken, name]), made / "tried"):
            taken.append(name)
    write(with_texts(taken), made / "hostile")
    refused = {}
    for name in groups.keys() - set(taken):
        refused[name] = made / name.replace("/", "-")
        write(with_texts([name]), refused[name])
    return made / "hostile", refused


def _put(data: Data, place: Place, text: str, languages: Sequence[str]) -> None:
    *steps, last = place
    for step in steps:
        data = data[step]
    data[last] = text if isinstance(last, int) or isinstance(data.get(last), str) else None
    if data[last] is None:
        data[last] = dict.fromkeys(languages, text)


def _is_label(place: Place, languages: Sequence[str]) -> bool:
    return place[-1] in languages


def write(data: Mapping[str, Data], folder: Path) -> None:
    """Writes a policy, in ASCII."""
    folder.mkdir(parents=True, exist_ok=True)
    for stem, item in data.items():
        (folder / f"{stem}.yaml").write_text(yaml.dump(item, Dumper=yaml.CSafeDumper, width=10_000), "utf-8")


def loads(data: Mapping[str, Data], folder: Path) -> bool:
    write(data, folder)
    try:
        read_definition(folder)
    except PolicyLoadError:
        return False
    return True
