"""One file that holds a policy, ready to decide.

Lines of JSON: what the file is, its format, and a SHA-256 over all that follows; the definition; its stages
as diagrams, of the rules that fire for each combination; the files that the policy was written in, for places
in them. It is data, and reading it runs nothing of it. Nothing is compressed, so that the same policy
gives the same bytes everywhere, and a file makes no more work than its size.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from supportrules.base.problem import Location, Problem
from supportrules.base.regular_files import open_regular
from supportrules.base.strict_json import read_json
from supportrules.base.wording import reason
from supportrules.engine.built.damage import damaged, sound
from supportrules.engine.built.documents import BuiltDocuments, documents_data
from supportrules.engine.built.stages import BuiltStages, stages_data
from supportrules.engine.built.values import Malformed, shape_of
from supportrules.engine.diagrams.forest import Forest
from supportrules.errors import BuildError, PolicyLoadError
from supportrules.policy import Definition, File
from supportrules.policy.conditions import Condition
from supportrules.policy.documents import MAX_DEPTH

FORMAT = 7
MAX_BYTES = 16_000_000

_KIND = "supportrules policy"
_HEADER = re.compile(
    rb'\{"kind":"supportrules policy","format":([1-9][0-9]{0,8}),"sha256":"([0-9a-f]{64})"\}\n'
)
_BEGINNING = f'{{"kind":"{_KIND}",'.encode()


def build(forest: Forest) -> bytes:
    """A policy → the bytes of a file that holds it.

    Args:
        forest: the policy's stages, as diagrams.

    Raises:
        BuildError: it is too large.
    """
    definition = forest.program.definition
    parts = (
        {"definition": shape_of(Definition).write(definition)},
        {"stages": stages_data(forest)},
        {"documents": documents_data(definition.sources.documents)},
    )
    texts = (json.dumps(part, ensure_ascii=False, separators=(",", ":")) for part in parts)
    body = "".join(f"{text}\n" for text in texts).encode()
    header = {"kind": _KIND, "format": FORMAT, "sha256": hashlib.sha256(body).hexdigest()}
    data = json.dumps(header, separators=(",", ":")).encode() + b"\n" + body
    if len(data) > MAX_BYTES:
        message = f"the file would be larger than {MAX_BYTES / 1e6:g} MB"
        raise BuildError(Problem("too-large", message, "use the policy as it is"))
    return data


def is_built(path: Path) -> bool:
    """Whether a file is one that was built, whole or not."""
    with open_regular(path) as stream:
        return stream.read(len(_BEGINNING)) == _BEGINNING


def read_built(source: File) -> tuple[Definition, BuiltStages]:
    """The policy in a file that was built, and its stages.

    Raises:
        PolicyLoadError: it can't be read, is no such file, is damaged, or of a later version.
    """
    file = source.name
    try:
        with open_regular(source.path) as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        _refuse("unreadable", reason(error), "", file)
    return read_data(data, file)


def read_data(data: bytes, file: str) -> tuple[Definition, BuiltStages]:
    """The policy in what `build` gave, and its stages.

    Args:
        data: the bytes.
        file: what the names of the policy's files start with, and what problems name.

    Raises:
        PolicyLoadError: it is no such data, is damaged, or of a later version.
    """
    header = _HEADER.match(data)
    if header is None:
        if data.startswith(_BEGINNING):
            raise damaged(file)
        hint = "name the directory that holds `policy.yaml`, or a file that `supportrules build` wrote"
        _refuse("no-policy", "not a policy", hint, file)
    if (format := int(header[1])) != FORMAT:
        message = f"a built policy of format {format}, and this version of supportrules reads format {FORMAT}"
        _refuse("wrong-format", message, "build it again with this version, or use that one", file)
    if len(data) > MAX_BYTES:
        _refuse("too-large", f"the file is larger than {MAX_BYTES / 1e6:g} MB", "", file)
    if hashlib.sha256(memoryview(data)[header.end() :]).hexdigest().encode() != header[2]:
        raise damaged(file)
    with sound(file):
        first, second, third, _ = data[header.end() :].split(b"\n")
        definition: Definition = shape_of(Definition).read(read_json(first)["definition"], file)
        _check_depth(definition)
    sources = replace(definition.sources, documents=BuiltDocuments(third, file))
    return replace(definition, sources=sources), BuiltStages(second, file)


def _refuse(code: str, message: str, hint: str, file: str) -> NoReturn:
    raise PolicyLoadError([Problem(code, message, hint, Location(file))])


def _check_depth(definition: Definition) -> None:
    """Refuses conditions that are nested deeper than those of any file can be."""
    level: list[Condition] = [rule.when for rule in (*definition.overriding_rules, *definition.notes)]
    for _ in range(MAX_DEPTH):
        level = [option for condition in level for option in condition.alternatives]
    if level:
        raise Malformed
