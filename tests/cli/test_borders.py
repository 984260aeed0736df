"""What comes from outside only shows itself: no format hands on a control, a direction or a line that is not its own."""

from __future__ import annotations

import io
import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cmarkgfm
import pytest
import yaml
from cmarkgfm.cmark import Options
from hypothesis import example, given, settings
from hypothesis import strategies as st

from folders import HARBOURLINE, SHIPPED
from hostile import RAW, TEXT, hostile
from supportrules import load_policy
from supportrules.base.characters import escape, is_plain
from supportrules.cli import cli, run
from supportrules.policy.layout import canonical
from supportrules.report.data import data_text
from supportrules.report.decision_columns import spreadsheet_cell
from supportrules.report.markdown import code, escaped
from supportrules.report.problems import printable, printable_lines

# The line that it would begin.
FORGED = "::error::i"
# Styles, and what moves a bar.
STYLE = re.compile("\r?\x1b\\[(?:[0-9;]*m|\\?25[lh]|1A|2K)")


class Terminal(io.TextIOWrapper):
    """A standard stream that takes itself for a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a command writes to both streams, where they are terminals or not."""

    def written(arguments: list[str], *, terminal: bool) -> tuple[str, str]:
        kind = Terminal if terminal else io.TextIOWrapper
        with monkeypatch.context() as patch:
            both = [kind(io.BytesIO(), encoding="utf-8", newline="\n") for _ in range(2)]
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
            patch.setattr(sys, "stdout", both[0])
            patch.setattr(sys, "stderr", both[1])
            assert run(arguments) != 70, both[1].buffer.getvalue().decode()  # type: ignore[attr-defined]
            for stream in both:
                stream.flush()
            out, err = (stream.buffer.getvalue().decode() for stream in both)  # type: ignore[attr-defined]
        return out, err

    return written


def hidden(char: str) -> bool:
    """Whether Unicode has a character for a control, a format, a half, or the end of a line."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def assert_shows_itself(text: str) -> None:
    # The program's own styles are simpler.
    assert "\x1b[7;35m" not in text
    plain = STYLE.sub("", text)
    assert not {char for char in plain if hidden(char)} - {"\n"}, plain[:2000]
    assert not [line for line in plain.split("\n") if line.strip().startswith(FORGED)]


@pytest.fixture(scope="module", params=[HARBOURLINE, SHIPPED], ids=["harbourline", "bundled"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Policies, tickets, tests and ledgers that are hostile wherever they may be, under a name that is so too."""
    source: Path = request.param
    root = tmp_path_factory.mktemp("borders") / TEXT.replace("\r\n", "")
    root.mkdir()
    policy, refused = hostile(source, root)
    facts = load_policy(policy).definition.vocabulary.facts
    known: dict[str, Any] = {fact.name: TEXT for fact in facts.values() if fact.type == "text"}
    tickets: list[dict[str, Any]] = [known, {TEXT: 1}, *({**known, name: TEXT} for name in facts)]
    file = root / f"{TEXT}.jsonl"
    file.write_text("".join(json.dumps(each) + "\n" for each in tickets) + TEXT + "\n", "utf-8")
    case = {"name": TEXT, "ticket": known, "expect": {"severity": "none such"}}
    (policy / "tests").mkdir()
    (policy / "tests" / "hostile.yaml").write_text(
        yaml.dump({"cases": [case, {**case, "ticket": {TEXT: TEXT}}]}, Dumper=yaml.CSafeDumper), "utf-8"
    )
    log = root / "log"
    run(["evaluate", "--policy", str(policy), "--ledger", str(log), "--no-defaults", str(file)])
    damaged = root / "damaged"
    damaged.write_bytes(log.read_bytes() + TEXT.encode() + b"\n")
    timeline = root / "versions"
    for number, folder in enumerate((source, policy)):
        target = timeline / f"{number}{TEXT}"
        target.mkdir(parents=True)
        for each in folder.glob("*.yaml"):
            text = each.read_text("utf-8")
            if number and each.stem == "policy":
                text = re.sub("effective_from: .*", "effective_from: '2031-01-01'", text)
            (target / each.name).write_text(text, "utf-8")
    (root / "answers.json").write_text(json.dumps(known), "utf-8")
    lines = {
        "ask": [["--policy", str(policy), "--answers", str(root / "answers.json")]],
        "build": [[str(policy), "-o", str(root / f"{TEXT}.policy")]],
        "check": [
            [str(policy), "--show-allowed"],
            ["--timeline", str(timeline)],
            *([str(p)] for p in refused.values()),
        ],
        "diff": [[str(source), str(policy), "--tickets", str(file)], [str(policy), str(source)]],
        "evaluate": [
            ["--policy", str(policy), str(file)],
            ["--policy", str(policy), "--explain", str(root / "answers.json")],
        ],
        "fmt": [["--diff", str(policy)], ["--check", str(policy)]],
        "init": [[str(root / f"new{TEXT}")]],
        "log": [[str(timeline)]],
        "replay": [
            [str(log), "--policy", str(policy)],
            [str(log), "--policy", str(source)],
            [str(damaged), "--policy", str(policy)],
        ],
        "schema": [["ticket", "--policy", str(policy)], ["decision", "--policy", str(policy)]],
        "show": [["--policy", str(policy), "--clauses"]],
        "test": [[str(policy), "-v", "--coverage"]],
        "trace": [["--policy", str(policy)], ["--policy", str(policy), "RT-1"]],
    }
    # What takes seconds is tried of the small policy as a terminal and a file have it, of the large one once.
    terminals = (True, False) if source == HARBOURLINE else (True,)
    return {
        "root": root,
        "policy": policy,
        "file": file,
        "refused": refused,
        "lines": lines,
        "terminals": terminals,
    }


def forms(name: str) -> Iterator[list[str]]:
    """The options of a command that say how it writes: all there are."""
    command = cli.get_command(None, name)  # type: ignore[arg-type]
    assert command
    choices = [each.type.choices for each in command.params if each.name == "form"]  # type: ignore[attr-defined]
    yield from (["--format", form] for form in choices[0]) if choices else [[]]


@pytest.mark.parametrize("name", cli.list_commands(None))  # type: ignore[arg-type]
def test_no_command_hands_on_what_does_not_just_show_itself(
    name: str, made: dict[str, Any], streams: Any
) -> None:
    shown = 0
    for line in made["lines"].get(name, ()):
        for form in forms(name):
            for terminal in made["terminals"]:
                if name == "init" and not terminal:
                    continue
                out, err = streams([name, *form, *line], terminal=terminal)
                assert_shows_itself(err)
                # A file or another program gets CSV and YAML as they are.
                if terminal or not (name == "fmt" or form[-1:] == ["csv"]):
                    assert_shows_itself(out)
                shown += (out + err).count(FORGED)
    assert shown or name not in made["lines"]
    for wrong in ([TEXT], [f"--{TEXT}"], [f"{TEXT}:{TEXT}"]):
        if name != "init":
            for each in streams([name, *wrong], terminal=True):
                assert_shows_itself(each)


def test_a_command_that_there_is_not_only_shows_itself(streams: Any) -> None:
    for each in streams([TEXT], terminal=True):
        assert_shows_itself(each)


def test_data_is_what_was_said(made: dict[str, Any], streams: Any) -> None:
    """An escape of JSON stands for the character; a file of a table has it as it is."""
    out, _ = streams(["evaluate", "--policy", str(made["policy"]), str(made["file"])], terminal=False)
    assert json.loads(out.splitlines()[0])["policy"]["version"].startswith(TEXT)
    tables = made["root"] / "table.csv"
    streams(
        ["evaluate", "--policy", str(made["policy"]), str(made["file"]), "-o", str(tables)], terminal=False
    )
    assert TEXT.encode() in tables.read_bytes()
    out, _ = streams(
        ["evaluate", "--policy", str(made["policy"]), str(made["file"]), "--format", "csv"], terminal=False
    )
    assert TEXT in out


def test_every_text_of_a_schema_is_tried(made: dict[str, Any]) -> None:
    """What the policy does not take says the name of something: of values, of conclusions, of files."""
    assert not [
        name for name in made["refused"] if re.search("label|says|comment|question|/title|version", name)
    ]
    assert all(char in TEXT for char in RAW) and all(map(hidden, RAW))


ANY = st.text(st.characters(), max_size=30)


@settings(max_examples=300, deadline=None)
@given(ANY)
@example(TEXT)
@example("\ud800")
def test_any_text_only_shows_itself(text: str) -> None:
    assert all(char == " " or is_plain(char) for char in printable(text))
    assert printable_lines(text).count("\n") == text.count("\n")
    written = data_text([text])
    assert all(map(is_plain, written)) and json.loads(written) == [text]


@settings(max_examples=300, deadline=None)
@given(ANY)
@example("'=1")
@example("=1+1")
def test_a_cell_for_spreadsheets_is_not_computed_and_can_be_read_back(text: str) -> None:
    cell = spreadsheet_cell(text)
    assert cell[:1] not in tuple("=+-@\t\r\n")
    assert (cell[1:] if re.match("'+[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]", cell) else cell) == text


# Markdown, as GitHub reads it


class Texts(HTMLParser):
    """What a page shows, and the elements that it is made of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        # A comment parts texts: what is beside it is looked at alone.
        self.texts: list[str] = [""]
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts[-1] += data

    def handle_comment(self, data: str) -> None:
        self.texts.append("")

    @property
    def text(self) -> str:
        return "".join(self.texts)


def rendered(text: str) -> Texts:
    return Texts(cmarkgfm.github_flavored_markdown_to_html(text, options=Options.CMARK_OPT_UNSAFE))


AWKWARD = [
    *("@name", "@octo-org/team", "GH-12", "gh-12", "#12", "owner/repo#12", "owner/repo@0123abc", "0123abc"),
    *(
        "0123456789abcdef0123456789abcdef01234567",
        "https://example.org/a",
        "www.example.org",
        "a@example.org",
    ),
    *(
        "mailto:a@example.org",
        "<b>x</b>",
        "<!-- c -->",
        "![i](https://u)",
        "[l](u)",
        ":smile:",
        ":+1:",
        "`c`",
        "``",
    ),
    *(
        "- x",
        "+ x",
        "* x",
        "> x",
        "# x",
        "1. x",
        "2) x",
        "---",
        "===",
        "***",
        "a | b",
        "~~x~~",
        "$x$",
        "&lt;",
        "\\",
        "a\\",
    ),
    *(
        "    x",
        "**b**",
        "__b__",
        "a_b_c",
        "<https://example.org>",
        "CVE-2014-0160",
        "[^1]",
        "| a |",
        "12:30:45",
        "-",
        "1.",
        "_www.example.org",
        "_GH-12",
        "_0123abc_",
    ),
]
LINKED = re.compile(
    r"@\w|#\d|(?<![^\W_])(?:GH-\d|CVE-\d|[0-9a-f]{7,40}(?![^\W_])|www\.)|://|:(?:smile|\+1):|\$.+\$",
    re.IGNORECASE,
)
MARKDOWN = st.one_of(
    st.sampled_from(AWKWARD),
    st.lists(st.sampled_from([*AWKWARD, " ", "x", "é", "\n"]), max_size=4).map("".join),
    ANY,
)


@settings(max_examples=500, deadline=None)
@given(MARKDOWN)
@example("_www.0")
def test_a_text_in_markdown_is_that_text_and_links_nothing(text: str) -> None:
    shown = printable(text)
    for page, extra in (
        (rendered(escaped(text)), set()),
        (rendered(f"- {escaped(text)}"), {"ul", "li"}),
        (rendered(f"| head |\n| --- |\n| {escaped(text)} |"), {"table", "thead", "tr", "th", "tbody", "td"}),
    ):
        said = page.text.strip() if extra else page.text
        said = page.text.strip().removeprefix("head") if "table" in extra else said
        assert said.split() == shown.split()
        assert page.tags <= {"p", "span", *extra}
        assert not [part for part in page.texts if LINKED.search(part)] or "$" in text
    assert not rendered(escaped(text)).tags & {
        "a",
        "img",
        "em",
        "strong",
        "code",
        "pre",
        "del",
        "h1",
        "ul",
        "ol",
    }


@settings(max_examples=300, deadline=None)
@given(MARKDOWN.filter(str.strip))
def test_code_in_markdown_is_that_text(text: str) -> None:
    for line, tags in (
        (f"x {code(text)}", {"p", "code"}),
        (
            f"| head |\n| --- |\n| {code(text, in_table=True)} |",
            {"table", "thead", "tr", "th", "tbody", "td", "code"},
        ),
    ):
        page = rendered(line)
        assert page.text.split()[1:] == printable(text).split()
        assert page.tags <= tags


@pytest.mark.parametrize("text", AWKWARD)
def test_what_awkward_texts_would_be_is_known(text: str) -> None:
    """Most of them would be something else as they are; so the test above could fail."""
    if text not in ("12:30:45", "a_b_c", "a\\", "\\", "-"):
        page = rendered(text)
        changed = page.text.strip() != text.strip() or page.tags - {"p"}
        assert (
            changed or LINKED.search(text) or text in ("===", "| a |", "a | b", "[^1]", "``", "__b__", "1.")
        )


# The canonical layout


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.sampled_from([*TEXT, *"ab:# '\"\\-\u00a0\u3000é"]), max_size=12),
    st.sampled_from(["value", "key"]),
)
def test_escapes_stay_escapes(text: str, where: str) -> None:
    quoted = "".join(f"\\U{ord(char):08x}" for char in text)
    source = f'a: "{quoted}"\n' if where == "value" else f'"{quoted}": a\n'
    laid_out = canonical(source, "a.yaml")
    assert yaml.safe_load(laid_out) == yaml.safe_load(source)
    # No character is there that was not, but what everybody sees.
    assert not [char for char in laid_out if not char.isprintable() and char != "\n"]
    assert canonical(laid_out, "a.yaml") == laid_out


@pytest.mark.parametrize("escape_", ["\\u202e", "\\x1b", "\\u00a0", "\\u200b", "\\u0085", "\\U000e0041"])
def test_an_escape_is_written_as_it_was(escape_: str) -> None:
    for source in (f'a: "x{escape_}y"\n', f'"x{escape_}y": a\n', f'a: ["x{escape_}y"]\n', f'- "{escape_}"\n'):
        assert canonical(source, "a.yaml") == source


def test_what_is_hidden_in_a_file_becomes_an_escape_but_for_spaces_and_comments() -> None:
    source = "a: x\u202ey  # c\u202e\nb: x\u00a0y\nc: |\n  x\u200by\n"
    assert canonical(source, "a.yaml") == 'a: "x\\u202ey"   # c\u202e\nb: x\u00a0y\nc: "x\\u200by\\n"\n'


def test_an_escape_stands_for_one_character() -> None:
    assert list(map(escape, "\x1b\x9b\u202e\U000e0041")) == ["\\x1b", "\\u009b", "\\u202e", "\\U000e0041"]
