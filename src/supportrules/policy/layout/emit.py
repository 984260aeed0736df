"""Events → text without comments, by ruamel.yaml."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Set
from typing import Any

import yaml
from ruamel.yaml import events as ruamel
from ruamel.yaml.emitter import Emitter, Indents
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.resolver import VersionedResolver

from supportrules.base.characters import escape, is_plain
from supportrules.policy.documents.composer import scalar_value

# Styles that ruamel.yaml does not know: plain, whatever the text looks like; and with escapes for spaces too.
_PLAIN, _ESCAPED = "=", "\\"
_FILL = 100
_TEXT = "tag:yaml.org,2002:str"
_YAML_1_1 = VersionedResolver(version=(1, 1))
# Hours, dates and versions: some readers make numbers and times of them.
_DIGITS = re.compile(r"[-+.]?[0-9][-+0-9_.,:TtZz ]*")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def emit(events: list[Any], source: str, flow: Set[int], quoted: Set[int]) -> str:
    """The text of PyYAML's events.

    Args:
        events: of one text.
        source: the text that they are of.
        flow: the starts of collections to write in braces or brackets.
        quoted: scalars to write in double quotes, whatever they were.
    """
    stream = io.StringIO()
    emitter = _Emitter(stream)
    for number, event in enumerate(events):
        emitter.emit(_converted(event, source, number in flow, number in quoted))
    return stream.getvalue()


def _converted(event: Any, source: str, flow: bool, quoted: bool) -> Any:
    match event:
        case yaml.ScalarEvent():
            value, style = _scalar(event, source)
            style = '"' if quoted and style not in (_PLAIN, _ESCAPED) else style
            return ruamel.ScalarEvent(event.anchor, None, (True, True), value, style=style)
        case yaml.AliasEvent():
            return ruamel.AliasEvent(event.anchor)
        case yaml.SequenceStartEvent():
            return ruamel.SequenceStartEvent(event.anchor, None, True, flow_style=flow)
        case yaml.MappingStartEvent():
            return ruamel.MappingStartEvent(event.anchor, None, True, flow_style=flow)
        case yaml.SequenceEndEvent():
            return ruamel.SequenceEndEvent()
        case yaml.MappingEndEvent():
            return ruamel.MappingEndEvent()
        case yaml.DocumentStartEvent():
            return ruamel.DocumentStartEvent(explicit=event.explicit)
        case yaml.DocumentEndEvent():
            return ruamel.DocumentEndEvent(explicit=False)
        case yaml.StreamStartEvent():
            return ruamel.StreamStartEvent()
        case _:
            return ruamel.StreamEndEvent()


def _scalar(event: Any, source: str) -> tuple[str, str | None]:
    """What to write for a scalar, and how: None is plain where that is possible."""
    value = scalar_value(event)
    match value:
        case None:
            return "null", _PLAIN
        case bool():
            return str(value).lower(), _PLAIN
        case str():
            if _is_escaped(value, source[event.start_mark.index : event.end_mark.index]):
                return value, _ESCAPED
            return value, _style(value, event.style)
        case _:
            return event.value, _PLAIN


def _is_escaped(text: str, written: str) -> bool:
    """Whether an escape stands for one of the spaces of a text, as for one that keeps words together."""
    spaces = {char for char in text if is_plain(char) and not char.isprintable()}
    return any(text.count(char) > written.count(char) for char in spaces)


def _has_hidden(text: str) -> bool:
    """Whether a text has what nobody would see, and what is written as an escape therefore."""
    return not text.isprintable() and any(not is_plain(char) and char not in "\n\t" for char in text)


def _style(text: str, written: str | None) -> str | None:
    if _has_hidden(text):
        return '"'
    if written in ("|", ">") and text.strip() and text[0] not in " \n\t":
        return written
    if "\n" in text or _is_ambiguous(text):
        return '"'
    return None


def _is_ambiguous(text: str) -> bool:
    """Whether a reader, of YAML 1.1 or an editor, may take a plain text for something else."""
    if not text.strip() or text != text.strip() or text[0] in "-?:%@`" or _DIGITS.fullmatch(text):
        return True
    plain = yaml.ScalarEvent(None, None, (True, False), text)
    if not isinstance(scalar_value(plain), str):
        return True
    return str(_YAML_1_1.resolve(ScalarNode, text, (True, False))) != _TEXT


class _Indents(Indents):
    def seq_flow_align(self, *_: Any) -> int:
        """How far to push a list in brackets behind its dash: not at all."""
        return 0


class _Emitter(Emitter):
    """Sequences are indented under their key, not at the top; quotes are double; only `>` is folded."""

    MAX_SIMPLE_KEY_LENGTH = 500
    use_version = (1, 1)

    def __init__(self, stream: io.StringIO) -> None:
        super().__init__(
            stream,
            width=sys.maxsize,
            allow_unicode=True,
            block_seq_indent=2,
            brace_single_entry_mapping_in_flow_sequence=True,
        )
        self.best_sequence_indent, self.best_map_indent = 4, 2
        self.indents = _Indents()

    def increase_indent(
        self, flow: bool = False, sequence: bool | None = None, indentless: bool = False
    ) -> None:
        super().increase_indent(flow, sequence, indentless)
        around = self.indents.values[:-1]
        if around and around[-1][1] and self.is_flush(around) and not indentless:
            self.indent = (self.indent or 0) - 2

    def expect_block_sequence_item(self, first: bool = False) -> None:
        self.sequence_dash_offset = 0 if self.is_flush(self.indents.values) else 2
        super().expect_block_sequence_item(first)

    @staticmethod
    def is_flush(levels: list[tuple[Any, Any]]) -> bool:
        """Whether the innermost sequence is at the top or in another, where its dash needs no indentation."""
        return len(levels) == 1 or bool(levels[-2][1])

    def analyze_scalar(self, scalar: str) -> Any:
        analysis = super().analyze_scalar(scalar)
        # What else would end a line is written as an escape.
        analysis.multiline = "\n" in scalar
        return analysis

    def choose_scalar_style(self) -> str:
        text, style = self.event.value, self.event.style
        if self.analysis is None:
            self.analysis = self.analyze_scalar(text)
        if style == _PLAIN:
            return ""
        if style == _ESCAPED or _has_hidden(text):
            return '"'
        if style == '"':
            return self._quotes(text)
        if (
            style in ("|", ">")
            and not self.flow_level
            and not self.simple_key_context
            and not self.root_context
        ):
            return str(style)
        plain = self.analysis.allow_flow_plain if self.flow_level else self.analysis.allow_block_plain
        return "" if plain and not self.analysis.multiline and text else self._quotes(text)

    def _quotes(self, text: str) -> str:
        single = self.analysis.allow_single_quoted and "'" not in text and "\n" not in text
        return "'" if single and ('"' in text or "\\" in text) else '"'

    def write_double_quoted(self, text: str, split: bool = True) -> None:
        spaces = self.event.style == _ESCAPED
        self.write_indicator(f'"{"".join(_written(char, spaces) for char in text)}"', True)

    def write_folded(self, text: str, comment: Any) -> None:
        self.best_width = _FILL
        super().write_folded(text, comment)
        self.best_width = sys.maxsize


def _written(char: str, spaces: bool) -> str:
    """A character in double quotes; an escape where nobody would see it.

    Args:
        spaces: whether each space but the usual one is written as an escape.
    """
    if char in _SHORT:
        return _SHORT[char]
    return char if is_plain(char) and (char.isprintable() or not spaces) else escape(char)
