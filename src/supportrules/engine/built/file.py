"""One file that holds a policy, ready to decide.

Lines of JSON: what the file is, its format, and a SHA-256 over all that follows; the definition; what
inference comes to, for every stage and every combination; the files that the policy was written in, for
places in them. It is data, and reading it runs nothing of it. Nothing is compressed, so that the same policy
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
from supportrules.engine.built.records import MOST_COMBINATIONS, read_record, record_data
from supportrules.engine.built.values import Malformed, shape_of
from supportrules.engine.chaining import Chainer, RecordedChainer, RecordedConclusions, combinations
from supportrules.engine.rules import Program, Ruleset
from supportrules.errors import BuildError, PolicyLoadError
from supportrules.policy import Definition, File
from supportrules.policy.conditions import Condition
from supportrules.policy.documents import MAX_DEPTH

FORMAT = 4
MAX_BYTES = 16_000_000

_KIND = "supportrules policy"
_HEADER = re.compile(
    rb'\{"kind":"supportrules policy","format":([1-9][0-9]{0,8}),"sha256":"([0-9a-f]{64})"\}\n'
)
_BEGINNING = f'{{"kind":"{_KIND}",'.encode()


def build(program: Program, chainer: Chainer) -> bytes:
    """A policy → the bytes of a file that holds it.

    Args:
        program: the policy's stages.
        chainer: what infers.

    Raises:
        BuildError: it is too large.
    """
    definition, rulesets = program.definition, _rulesets(program)
    count = questions(program)
    if count > MOST_COMBINATIONS:
        message = f"rules tell {count:,} combinations apart, more than {MOST_COMBINATIONS:,}"
        raise BuildError(Problem("too-large", message, "use the policy as it is"))
    parts = (
        {"definition": shape_of(Definition).write(definition)},
        {"records": [record_data(RecordedConclusions.of(ruleset, chainer)) for ruleset in rulesets]},
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


def questions(program: Program) -> int:
    """How many questions are put to inference for a file that holds it."""
    return sum(map(combinations, _rulesets(program)))


def _rulesets(program: Program) -> tuple[Ruleset, ...]:
    return tuple(dict.fromkeys(stage.ruleset for stage in program.stages.values()))


def is_built(path: Path) -> bool:
    """Whether a file is one that was built, whole or not."""
    with open_regular(path) as stream:
        return stream.read(len(_BEGINNING)) == _BEGINNING


def read_built(source: File) -> tuple[Definition, RecordedChainer]:
    """The policy in a file that was built, and what inference comes to.

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


def read_data(data: bytes, file: str) -> tuple[Definition, RecordedChainer]:
    """The policy in what `build` gave, and what inference comes to.

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
        records = [read_record(data) for data in read_json(second)["records"]]
    sources = replace(definition.sources, documents=BuiltDocuments(third, file))
    return replace(definition, sources=sources), RecordedChainer(records)


def _refuse(code: str, message: str, hint: str, file: str) -> NoReturn:
    raise PolicyLoadError([Problem(code, message, hint, Location(file))])


def _check_depth(definition: Definition) -> None:
    """Refuses conditions that are nested deeper than those of any file can be."""
    level: list[Condition] = [rule.when for rule in (*definition.overriding_rules, *definition.notes)]
    for _ in range(MAX_DEPTH):
        level = [option for condition in level for option in condition.alternatives]
    if level:
        raise Malformed
