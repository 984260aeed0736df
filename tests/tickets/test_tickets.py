"""Files and streams → tickets, each with its place; what can't be read does not stop the others."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from random_tickets import random_tickets
from supportrules import Policy, TicketError
from supportrules.errors import InputError
from supportrules.tickets import Record, read_tickets
from supportrules.tickets.from_csv import csv_rows
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


def test_a_line_is_read_without_waiting_for_the_next() -> None:
    """As short as it may be: no more bytes are looked at than it has."""
    for form in ("jsonl", None):
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as stream, os.fdopen(writing, "wb", buffering=0) as written:
            written.write(b"{}\n")
            records = read_tickets("-", stream, form)
            assert next(records).ticket == {}
            written.write(b'{"a": 1}\n')
            assert next(records).ticket == {"a": 1}
            written.close()
            assert list(records) == []


def test_standard_input_that_cannot_be_read(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def readline(self, *_: Any) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(InputError, match=r"^<stdin>: input/output error$"):
        list(read_tickets("-", Broken(b"{}")))


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


# CSV


def rows(content: str | bytes, policy: Policy | None = None, *, extra: bool = False) -> list[Record]:
    data = content if isinstance(content, bytes) else content.encode()
    vocabulary = policy.definition.vocabulary if policy else None
    return list(read_tickets("-", io.BytesIO(data), "csv", vocabulary=vocabulary, extra=extra))


def refusals(content: str | bytes, policy: Policy | None = None, *, extra: bool = False) -> list[str]:
    with pytest.raises(InputError) as caught:
        rows(content, policy, extra=extra)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("content", "tickets"),
    [
        (b"plan,note\nx,y\n", [{"plan": "x", "note": "y"}]),
        (b"plan,note\r\nx,y\r\n", [{"plan": "x", "note": "y"}]),
        (b"plan,note\r\nx,y", [{"plan": "x", "note": "y"}]),
        (b"\xef\xbb\xbfplan,note\r\nx,\r\n", [{"plan": "x", "note": None}]),
        (b'\xef\xbb\xbf"plan",note\r\n"x",""\r\n', [{"plan": "x", "note": None}]),
        (b"\r\nplan\r\n\r\nx\r\n\r\n", [{"plan": "x"}]),
        (b'plan,note\r\n"x, y","a ""b"""\r\n', [{"plan": "x, y", "note": 'a "b"'}]),
        (b'plan,note\r\n"a\r\nb","c\nd\re"\r\n', [{"plan": "a\r\nb", "note": "c\nd\re"}]),
        (b"plan,note\r\n x , 5' 10\"\r\n", [{"plan": " x ", "note": " 5' 10\""}]),
        ("plan\r\né\r\n".encode(), [{"plan": "é"}]),
        (b"plan,note\r\n,\r\n", [{"plan": None, "note": None}]),
    ],
)
def test_csv_is_that_of_rfc_4180(content: bytes, tickets: list[object]) -> None:
    records = rows(content)
    assert [record.ticket for record in records] == tickets
    assert all(record.problem is None for record in records)


def test_the_type_of_a_fact_says_what_a_cell_means(harbourline: Policy, shipped: Policy) -> None:
    (record,) = rows("id,workaround,advanced_support,country\n17,TRUE,False,\n", shipped)
    assert record.ticket == {"id": "17", "workaround": True, "advanced_support": False, "country": None}
    (record,) = rows("seats_down\n007\n", harbourline)
    assert record.ticket == {"seats_down": 7}


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        ("workaround", "yes", "1: `workaround` takes true or false, not `yes`"),
        ("workaround", "1", "1: `workaround` takes true or false, not `1`"),
        ("country,workaround", '"FR",no', "6: `workaround` takes true or false, not `no`"),
        ("country,workaround", "fr,", "1: unknown country `fr`: did you mean `FR`?"),
        ("id,opened_at", 'x,"2014-09-05"', "3: `opened_at` is no time"),
    ],
)
def test_a_cell_that_is_no_value_of_its_fact_is_told(
    shipped: Policy, header: str, row: str, message: str
) -> None:
    (record,) = rows(f"{header}\n{row}\n", shipped)
    assert record.ticket is not None
    with pytest.raises(TicketError) as caught:
        shipped.evaluate(record.ticket)
    (problem,) = caught.value.problems
    assert f"{record.place(problem.field)}: {problem.text}".startswith(f"<stdin>:2:{message}")


def test_a_bad_row_does_not_stop_the_others() -> None:
    content = (
        b'id,plan,note\r\nT-2,"two\r\nlines",x\r\nT-4,x\r\nT-5,x,y,z\r\nT-6,"x"y,z\r\nT-7,\xff,z\r\n'
        b'T-8,"x\0",z\r\nT-9,a\rb,z\r\nT-10,x,y\r\nT-11,x,"y\r\nT-12,x,y\r\nT-13,x,"y"\r\nT-14,x,"y\r\nT-15,x,y'
    )
    records = rows(content)
    found = [
        record.ticket["id"] if record.ticket else str(record.problem).removeprefix("<stdin>:")
        for record in records
    ]
    assert found == [
        "T-2",
        "4:6: a row of 2 cells, where the header has 3: leave a cell empty for what is not given",
        "5:9: a row of 4 cells, where the header has 3: quote a cell that has a comma",
        "6:8: text after a closing quote: double a quote that is part of a cell",
        "7:5: byte 0xff is not UTF-8: save the file as UTF-8",
        "8:7: a NUL character: save the file as UTF-8",
        "9:6: a carriage return without a line feed: end lines with CRLF",
        "T-10",
        "11:8: a quote that is closed only in line 13, where other text follows: "
        "close it, or double a quote that is part of a cell",
        "T-12",
        "T-13",
        "14:8: a quote that is not closed: close it",
        "T-15",
    ]
    lines = [record.location.line for record in records]
    assert lines == [2, *range(4, 16)]
    assert all(record.place(None).text for record in records)
    assert records[4].problem and records[4].problem.location
    assert records[4].problem.location.text == "T-7,\ufffd,z"


def test_lines_of_whole_cells_belong_to_a_bad_row() -> None:
    bad, good = rows(b'id,plan\r\n"T-1\r\n","y"z\r\nT-2,x\r\n')
    assert (bad.location.line, str(bad.problem)) == (
        2,
        "<stdin>:3:6: text after a closing quote: double a quote that is part of a cell",
    )
    assert good.ticket == {"id": "T-2", "plan": "x"}


def test_a_cell_that_is_too_long(shipped: Policy) -> None:
    long = "x" * csv.field_size_limit()
    records = rows(f'id\n{long}\n{long}x\n"{long}x"\nT-5\n"T-6\n' + "T\n" * 200_000)
    assert records[0].ticket == {"id": long}
    limit = f"a cell of more than {len(long)} characters"
    assert [str(record.problem) for record in records[1:6] if record.problem] == [
        f"<stdin>:3:1: {limit}",
        f"<stdin>:4:1: {limit}: is its quote closed?",
        f"<stdin>:6:1: {limit}: is its quote closed?",
    ]
    assert len(records) == 5 + 200_000


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (
            b"",
            [
                "<stdin>: no tickets: give a JSON object or array, JSON lines, YAML, CSV with a header, or Parquet"
            ],
        ),
        (
            b"\r\n",
            [
                "<stdin>: no tickets: give a JSON object or array, JSON lines, YAML, CSV with a header, or Parquet"
            ],
        ),
        (b"id,plan\r\n", ["<stdin>:1:1: no tickets below the header: give a row for each ticket"]),
        (b"id;plan\nx;y\n", ["<stdin>:1:3: the fields are separated by `;`: use commas"]),
        (b'"id";"plan"\nx;y\n', ["<stdin>:1:5: the fields are separated by `;`: use commas"]),
        (b"id\tplan\nx\ty\n", ["<stdin>:1:3: the fields are separated by tabs: use commas"]),
        (b"id,plan,id\nx,y,z\n", ["<stdin>:1:9: `id` twice"]),
        (
            b"id,plans,,subject\n",
            [
                "<stdin>:1:4: unknown column `plans`: did you mean `plan`?",
                "<stdin>:1:10: a column without a name: name the fact that it gives",
                "<stdin>:1:11: unknown column `subject`: to ignore it, use `--extra ignore`",
            ],
        ),
        (b'id,"plan\nx,y\n', ["<stdin>:1:4: a quote that is not closed: close it"]),
        (b"\xff\xfei\0d\0\n", ["<stdin>: text in UTF-16: save it as UTF-8, or convert it with `iconv`"]),
        (b"i\0d\0\n", ["<stdin>: text in UTF-16: save it as UTF-8, or convert it with `iconv`"]),
        (b"id\rx\r", ["<stdin>:1:3: a carriage return without a line feed: end lines with CRLF"]),
    ],
)
def test_a_header_that_is_none(shipped: Policy, content: bytes, problems: list[str]) -> None:
    assert refusals(content, shipped) == problems


def test_columns_that_are_no_facts_can_be_passed_over(shipped: Policy) -> None:
    (record,) = rows(",id,subject,subject\n0,T-1,a,b\n", shipped, extra=True)
    assert record.ticket == {"id": "T-1"}
    assert str(record.place("id")) == "<stdin>:2:3"
    # A fact twice stays an error: nobody can tell which is meant.
    assert refusals("id,subject,id\n1,2,3\n", shipped, extra=True) == ["<stdin>:1:12: `id` twice"]
    (none,) = refusals("T-1,enterprise_e3\nT-2,enterprise_e3\n", shipped, extra=True)
    assert none.startswith(
        "<stdin>:1:1: no column is a fact: the first line names the fields; accepted: `id`"
    )


def test_csv_without_a_vocabulary_is_text() -> None:
    (record,) = rows("a,workaround\n1,true\n")
    assert record.ticket == {"a": "1", "workaround": "true"}
    assert refusals("a,,a\n") == [
        "<stdin>:1:3: a column without a name: name the fact that it gives",
        "<stdin>:1:4: `a` twice",
    ]


@pytest.mark.parametrize(
    ("content", "count"),
    [(b"id,plan\nT-1,\n", 1), (b'\xef\xbb\xbf"id","subject",plan\r\nT-1,,\r\n', 1), (b"plan: x\n", 1)],
)
def test_a_header_of_facts_tells_that_it_is_csv(shipped: Policy, content: bytes, count: int) -> None:
    vocabulary = shipped.definition.vocabulary
    records = list(read_tickets("-", io.BytesIO(content), vocabulary=vocabulary, extra=True))
    assert [record.problem for record in records] == [None] * count


def test_other_separators_are_told_of_standard_input_too(shipped: Policy) -> None:
    with pytest.raises(InputError, match="the fields are separated by `;`"):
        list(read_tickets("-", io.BytesIO(b"id;plan\n1;2\n"), vocabulary=shipped.definition.vocabulary))


CELL = st.text(st.sampled_from("a,\"\n\r;é\U0001f600 '\t\u2028\x85\x0c-")) | st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"])
)
TABLE = st.integers(1, 4).flatmap(
    lambda width: st.tuples(
        st.lists(CELL.filter(bool), min_size=width, max_size=width, unique=True),
        st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=5),
    )
)


@given(TABLE, st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
@example((["a", "b"], [["1\r\n2", "3"], ["", '"']]), csv.QUOTE_MINIMAL)
def test_any_table_is_read_back_with_its_places(
    table: tuple[list[str], list[list[str]]], quoting: Literal[0, 1]
) -> None:
    names, cells = table
    # One column with `;` in its name is taken for several.
    assume(len(names) > 1 or not re.search("[;\t]", names[0]))

    def line(row: list[str]) -> str:
        out = io.StringIO()
        csv.writer(out, quoting=quoting).writerow(row)
        return out.getvalue()

    text = "".join(map(line, [names, *cells]))
    records = rows(text)
    assert [record.ticket for record in records] == [
        dict(zip(names, (cell or None for cell in row), strict=True)) for row in cells
    ]
    for index, (record, row) in enumerate(zip(records, cells, strict=True)):
        for column, name in enumerate(names):
            above = "".join(map(line, [names, *cells[:index]]))
            above += re.sub('"?x"?\r\n$', "", line([*row[:column], "x"]))
            place = record.place(name)
            assert place.line == above.count("\n") + 1
            assert place.column == len(above) - (above.rfind("\n") + 1) + 1
            assert place.text == text.split("\n")[place.line - 1].rstrip("\r")


@pytest.mark.parametrize("seed", range(3))
def test_csv_says_what_json_lines_say(policy: Policy, seed: int) -> None:
    rng = random.Random(seed)
    tickets = list(random_tickets(policy, rng, 50))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(policy.definition.vocabulary.facts))
    writer.writeheader()
    writer.writerows(tickets)
    in_json = "".join(json.dumps(ticket) + "\n" for ticket in tickets)
    from_json = [policy.evaluate(record.ticket or {}) for record in read(in_json.encode(), "jsonl")]
    from_csv = [policy.evaluate(record.ticket or {}) for record in rows(out.getvalue(), policy)]
    assert from_csv == from_json


def test_rows_are_read_one_at_a_time(shipped: Policy) -> None:
    given_out = 0

    def lines() -> Iterator[bytes]:
        nonlocal given_out
        yield b"id,plan\r\n"
        while True:
            given_out += 1
            yield b"T-1,enterprise_e3\r\n"

    records = csv_rows(lines(), "endless", shipped.definition.vocabulary, False, ())
    assert [next(records).ticket for _ in range(5)] == [{"id": "T-1", "plan": "enterprise_e3"}] * 5
    assert given_out <= 6


@pytest.mark.parametrize(
    ("content", "form", "read_with"),
    [
        (["id\r\né\r\n", "\r\n", '"b\r\n"\r\n'], "csv", [0, 2]),
        (['{"id": "é"}\n', "\n", '{"id": "b"}\n'], "jsonl", [0, 2]),
    ],
)
def test_the_bytes_that_were_read_are_told(content: list[str], form: str, read_with: list[int]) -> None:
    records = read("".join(content).encode(), form)
    assert [record.read for record in records] == [
        len("".join(content[: index + 1]).encode()) for index in read_with
    ]
