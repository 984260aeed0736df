"""Files and streams → tickets, each with its place; what can't be read does not stop the others."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from supportrules.errors import InputError
from supportrules.tickets import Record, read_tickets
from supportrules.tickets.record import place_at


def read(content: bytes, form: str | None = None) -> list[Record]:
    return list(read_tickets("-", io.BytesIO(content), form))


def read_file(tmp_path: Path, name: str, content: bytes) -> list[Record]:
    file = tmp_path / name
    file.write_bytes(content)
    return list(read_tickets(str(file)))


ONE = {"plan": "x", "workaround": True}


@pytest.mark.parametrize(
    ("content", "tickets"),
    [
        (b'{"plan": "x", "workaround": true}', [ONE]),
        (b'{"plan": "x",\n "workaround": true}\n', [ONE]),
        (b'{\n"plan": "x", "workaround": true}\n', [ONE]),
        (b'[{"plan": "x", "workaround": true}, {}]', [ONE, {}]),
        (b'\n\n[\n{"plan": "x", "workaround": true}\n]\n', [ONE]),
        (b'{"plan": "x", "workaround": true}\n{}\n', [ONE, {}]),
        (b'{"plan": "x", "workaround": true}\r\n\r\n{}', [ONE, {}]),
        (b'{"plan": "x",\n"workaround": true}\n{\n}\n', [ONE, {}]),
        (b'\xef\xbb\xbf{"plan": "x", "workaround": true}', [ONE]),
        (b"plan: x\nworkaround: true\n", [ONE]),
        (b"- plan: x\n  workaround: true\n- {}\n", [ONE, {}]),
        (b"plan: x\nworkaround: true\n---\n{}\n", [ONE, {}]),
        (b"{plan: x, workaround: true}\n", [ONE]),
        (b"# a comment\nplan: x\nworkaround: true\n", [ONE]),
    ],
)
def test_the_content_tells_the_form(content: bytes, tickets: list[object]) -> None:
    records = read(content)
    assert [record.ticket for record in records] == tickets
    assert all(record.problem is None for record in records)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.json", b'{"plan": "x", "workaround": true}'),
        ("t.JSON", b'[{"plan": "x", "workaround": true}]'),
        ("t.jsonl", b'{"plan": "x", "workaround": true}\n'),
        ("t.ndjson", b'{"plan": "x", "workaround": true}\n'),
        ("t.yaml", b"plan: x\nworkaround: true"),
        ("t.yml", b"[{plan: x, workaround: true}]"),
        ("t", b"plan: x\nworkaround: true"),
    ],
)
def test_the_suffix_tells_the_form(tmp_path: Path, name: str, content: bytes) -> None:
    assert [record.ticket for record in read_file(tmp_path, name, content)] == [ONE]


def test_yaml_is_yaml_1_2(tmp_path: Path) -> None:
    (record,) = read(b"country: NO\nopened_at: 2014-09-05T11:30:00+02:00\n")
    assert record.ticket == {"country": "NO", "opened_at": "2014-09-05T11:30:00+02:00"}


def test_a_bad_line_does_not_stop_the_others(tmp_path: Path) -> None:
    content = b'{"id": "1"}\n{"id": "2", "pl\n\n[1]\n{"id": "3", "id": "4"}\n{"a": NaN}\n\xff\n{"id": "5"}\n'
    records = read_file(tmp_path, "t.jsonl", content)
    assert [record.location.line for record in records] == [1, 2, 4, 5, 6, 7, 8]
    assert [record.ticket for record in records] == [{"id": "1"}, None, None, None, None, None, {"id": "5"}]
    texts = [record.problem.text for record in records if record.problem]
    assert texts == [
        "the JSON ends too early",
        "a ticket is an object, not a list",
        "`id` twice",
        "NaN is not JSON",
        "byte 0xff is not UTF-8: save the file as UTF-8",
    ]
    assert records[1].problem is not None
    assert str(records[1].problem.location) == f"{tmp_path}/t.jsonl:2:13"


def test_deep_nesting_is_one_bad_line() -> None:
    records = read(b'{"a": 1}\n' + b"[" * 200_000 + b'\n{"b": 1}\n', "jsonl")
    assert [record.ticket for record in records] == [{"a": 1}, None, {"b": 1}]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"id": "\\ud800"}', "half of a surrogate pair"),
        (b'{"\\udc00x": 1}', "half of a surrogate pair"),
        (b'{"id": ' + b"9" * 5000 + b"}", "a number of too many digits"),
        (b'{"id": "a\x00b"}', "invalid control character"),
    ],
)
@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_what_only_looks_like_json(line: bytes, message: str, form: str) -> None:
    try:
        (record,) = read(line, form)
    except InputError as error:
        assert message in str(error)
    else:
        assert record.problem is not None and message in record.problem.text
    assert read(b'{"id": "\\u00e9 \\ud83d\\ude00"}', form)[0].ticket == {"id": "\u00e9 \U0001f600"}


def test_good_tickets_before_a_syntax_error_in_an_array_are_kept() -> None:
    found = []
    with pytest.raises(InputError) as caught:
        for record in read_tickets("-", io.BytesIO(b'[{"id": "1"},\n {"id": "2"},\n {"id": ')):
            found.append(record.ticket)
    assert found == [{"id": "1"}, {"id": "2"}]
    assert str(caught.value) == "<stdin>:3:9: the JSON ends too early"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no tickets"),
        (b"\n \n", "no tickets"),
        (b"[]", "no tickets"),
        (b"# nothing", "no tickets"),
        (b"[{}] {}", "more text after the array"),
        (b"[{} {}]", "expecting `,` or `]`"),
        (b"[{}", "ends too early"),
        (b"[{},", "ends too early"),
        (b"a: [1", "did not find expected"),
        (b"a: 1\na: 2\n", "`a` twice"),
        (b"a: \xff", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_text_of_tickets(content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(content)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        list(read_tickets(str(tmp_path / "nope.json")))
    with pytest.raises(InputError, match="is a directory"):
        list(read_tickets(str(tmp_path)))


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b'{"a": 1, "plan": "x"}\n', "<stdin>:1:10"),
        (b'{"a": 1,\n  "plan" : "x"}', "<stdin>:2:3"),
        (b'[{"a": 1},\n {"plan": "x"}]', "<stdin>:2:3"),
        (b"a: 1\nplan: x\n", "<stdin>:2:1"),
        (b"- a: 1\n- b: 1\n  plan: x\n", "<stdin>:3:3"),
    ],
)
def test_a_field_has_a_place(content: bytes, place: str) -> None:
    record = read(content)[-1]
    assert str(record.place("plan")) == place
    assert record.place("plan").text.strip()
    assert record.place("missing") == record.location
    assert record.place(None) == record.location
    assert record.place(None).text.strip()


def test_lines_of_an_array_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text that is looked at for places grows with the file and not with its square."""
    looked_at = 0

    def counting(text: str, position: int, name: str, line: int) -> Any:
        nonlocal looked_at
        looked_at += 1
        return place_at(text, position, name, line)

    monkeypatch.setattr("supportrules.tickets.from_json.place_at", counting)
    records = read(b"[\n" + b",\n".join(b'{"id": "x"}' for _ in range(500)) + b"\n]")
    assert [record.location.line for record in records] == list(range(2, 502))
    assert looked_at == 0


def test_lines_are_read_one_at_a_time() -> None:
    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self.given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            line = b'{"id": "1"}\n'
            memoryview(buffer)[: len(line)] = line
            self.given += 1
            return len(line)

    source = Endless()
    records = read_tickets("-", io.BufferedReader(source))
    assert [next(records).ticket for _ in range(5)] == [{"id": "1"}] * 5
    assert source.given < 100
