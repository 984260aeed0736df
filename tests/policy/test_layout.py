"""The canonical layout: what it is, that it says the same, and that each comment stays where it is."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from folders import HARBOURLINE, SHIPPED
from random_yaml import RandomWriter, comments, misplaced
from supportrules.errors import InputError
from supportrules.policy import layout
from supportrules.policy.documents import Node, read_documents
from supportrules.policy.format import ENTRY_DEFAULTS
from supportrules.policy.layout import WIDTH, canonical, rewrite
from supportrules.policy.starter import STARTER

FILES = [file for folder in (SHIPPED, STARTER, HARBOURLINE) for file in sorted(folder.rglob("*.yaml"))]


def document(text: str) -> Node:
    documents, problems = read_documents(text, "file")
    assert not problems and len(documents) == 1
    return documents[0]


def same(before: str, after: str) -> bool:
    """Whether two texts say the same, with the same types, in the same order."""
    return json.dumps(document(before).plain()) == json.dumps(document(after).plain())


def led(data: Any, *, item: bool = False) -> Any:
    """The same with what entries inherit first; an item of a list has no entries."""
    if isinstance(data, dict):
        first = {ENTRY_DEFAULTS: None} if ENTRY_DEFAULTS in data and not item else {}
        return {key: led(data[key]) for key in {**first, **data}}
    return [led(each, item=True) for each in data] if isinstance(data, list) else data


def put(before: str, after: str) -> None:
    """Asserts that a text is laid out so, and that this is the end of it."""
    assert canonical(before, "file") == after
    assert canonical(after, "file") == after


# What is written how


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "a:\n    b: 1\n    c:\n          d: 2\n", "a:\n  b: 1\n  c:\n    d: 2\n", id="indentation"
        ),
        pytest.param("a:\n- b\n- c\n", "a:\n  - b\n  - c\n", id="a list under its key"),
        pytest.param("  - b\n  - c: 1\n    d: 2\n", "- b\n- c: 1\n  d: 2\n", id="a list at the top"),
        pytest.param(
            "a:\n-   - b\n    - c\n-   - d\n", "a:\n  - - b\n    - c\n  - - d\n", id="lists in lists"
        ),
        pytest.param(
            "a:\n  -\n     b: 1\n     c: 2\n", "a:\n  - b: 1\n    c: 2\n", id="a mapping beside its dash"
        ),
        pytest.param("{a: 1, b: [2]}", "a: 1\nb: [2]\n", id="no braces at the top"),
        pytest.param(
            "a: { en: x,fr:   z }\nb: [ 1,2 , ]\n", "a: {en: x, fr: z}\nb: [1, 2]\n", id="spaces in braces"
        ),
        pytest.param("a: {en: x,\n   fr: z}\n", "a: {en: x, fr: z}\n", id="braces fit in a line"),
        pytest.param("a: {}\nb:\n  []\n", "a: {}\nb: []\n", id="empty"),
        pytest.param(
            "a:\n  b: [x]\n  c: {d: z}\n", "a:\n  b: [x]\n  c: {d: z}\n", id="braces and blocks are kept"
        ),
        pytest.param("a:   1   \nb:\t2\n", "a: 1\nb: 2\n", id="spaces at the end and in between"),
        pytest.param("a: 1", "a: 1\n", id="one end of line at the end"),
        pytest.param("\n\na: 1\n\n\n\nb: 2\n\n\n", "a: 1\n\nb: 2\n", id="one empty line at most"),
        pytest.param("a:\n\n  b: 1\n\n  c: 2\n", "a:\n  b: 1\n\n  c: 2\n", id="no empty line under a key"),
        pytest.param("a: 1\r\nb:\r\n  - c\r\n", "a: 1\nb:\n  - c\n", id="ends of lines of Windows"),
        pytest.param("b: 1\na: 2\n", "b: 1\na: 2\n", id="the author's order"),
        pytest.param("a: one\n   two\n   three\n", "a: one two three\n", id="a plain text over lines"),
        pytest.param('a: "one\n  two"\n', "a: one two\n", id="a quoted text over lines"),
        pytest.param("a: |\n      one\n        two\n", "a: |\n  one\n    two\n", id="lines of their own"),
        pytest.param("a: |-\n  one\n\n\nb: 1\n", "a: |-\n  one\n\nb: 1\n", id="an empty line after a text"),
        pytest.param("a: |+\n  one\n\n\nb: 1\n", "a: |+\n  one\n\n\nb: 1\n", id="empty lines of a text"),
        pytest.param("a: >-\n    one\n    two\n", "a: >-\n  one two\n", id="a folded text"),
        pytest.param("a: &x {b: 1}\nc: *x\n", "a: &x {b: 1}\nc: *x\n", id="anchors"),
        pytest.param("a: &x\n    b: 1\nc:\n   *x\n", "a: &x\n  b: 1\nc: *x\n", id="an anchor of a block"),
        pytest.param(
            "a: {c: 1, entry_defaults: {basis: x}}\n",
            "a: {entry_defaults: {basis: x}, c: 1}\n",
            id="defaults in braces",
        ),
        pytest.param(
            "a:\n  b: {c: 1}\n\n  entry_defaults:\n    basis: x\n\nentry_defaults: {basis: z}\n",
            "entry_defaults: {basis: z}\na:\n  entry_defaults:\n    basis: x\n  b: {c: 1}\n",
            id="the defaults of entries come first",
        ),
        pytest.param(
            "a: &x {basis: z}\nentry_defaults: *x\nb: {c: 1, entry_defaults: z}\n",
            "a: &x {basis: z}\nentry_defaults: *x\nb: {c: 1, entry_defaults: z}\n",
            id="an alias stays after its anchor",
        ),
        pytest.param("---\na: 1\n...\n", "---\na: 1\n", id="the start of a document"),
        pytest.param("a: 1\n---\nb:   2\n", "a: 1\n---\nb: 2\n", id="documents"),
        pytest.param("? a\n: b\n", "a: b\n", id="a key with its mark"),
        pytest.param(
            "a: !!str 5\nb: !!map {c: 1}\n", 'a: "5"\nb: {c: 1}\n', id="tags that say what is clear"
        ),
        pytest.param("", "", id="nothing"),
        pytest.param("\n\n", "", id="empty lines alone"),
        pytest.param("# a\n\n\n\n# b", "# a\n\n# b\n", id="comments alone"),
    ],
)
def test_layout(before: str, after: str) -> None:
    put(before, after)


def test_braces_that_are_too_long_become_a_block_and_what_is_in_them_stays() -> None:
    first, second = "x" * 45, "z" * 45
    line = f"a: {{b: {first}, c: [1, 2], d: {second}}}\n"
    assert len(line) - 1 <= WIDTH
    put(line, line)
    first += "x" * (WIDTH + 2 - len(line))
    longer = f"a: {{b: {first}, c: [1, 2], d: {second}}}\n"
    assert len(longer) - 1 == WIDTH + 1
    put(longer, f"a:\n  b: {first}\n  c: [1, 2]\n  d: {second}\n")


def test_a_list_of_long_braces_is_broken_at_the_list_first() -> None:
    long = "x" * 70
    put(f"a: [{{b: {long}}}, {{b: {long}}}]\n", f"a:\n  - {{b: {long}}}\n  - {{b: {long}}}\n")


def test_a_text_is_never_broken() -> None:
    text = f"a: {'word ' * 60}end\n"
    put(text, text)


# Quotes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("'plain text'", "plain text"),
        ('"it\'s"', "it's"),
        ("'24x7'", "24x7"),
        ("PT4H", "PT4H"),
        ("'3_business_days'", "3_business_days"),
        # A number, a boolean or null that is a text.
        ("'1'", '"1"'),
        ("'1.4'", '"1.4"'),
        ("'true'", '"true"'),
        ("'null'", '"null"'),
        ("''", '""'),
        ("'~'", '"~"'),
        ("'0x1F'", '"0x1F"'),
        # What other readers make something else of: they get quotes even where nobody wrote any.
        ("NO", '"NO"'),
        ("on", '"on"'),
        ("off", '"off"'),
        ("yes", '"yes"'),
        ("y", '"y"'),
        ("2014-09-03", '"2014-09-03"'),
        ("2014-09-03T10:00:00+02:00", '"2014-09-03T10:00:00+02:00"'),
        ("2026-01", '"2026-01"'),
        ("09:00-17:00", '"09:00-17:00"'),
        ("12:30", '"12:30"'),
        ("1_000", '"1_000"'),
        # No text: as it is, but one word for null and small letters for booleans.
        ("1", "1"),
        ("1.50", "1.50"),
        ("-3", "-3"),
        ("1e3", "1e3"),
        ("True", "true"),
        ("FALSE", "false"),
        ("~", "null"),
        ("", "null"),
        # What YAML needs.
        ("'a: b'", '"a: b"'),
        ("'a #b'", '"a #b"'),
        ("'#a'", '"#a"'),
        ("'*a'", '"*a"'),
        ("'- a'", '"- a"'),
        ("' a'", '" a"'),
        ("'a '", '"a "'),
        ('"a\\tb"', '"a\\tb"'),
        ('"a\\nb"', '"a\\nb"'),
        ('"\\u00e9t\\u00e9"', "été"),
        ("'@\"a\"'", "'@\"a\"'"),
        ('"@it\'s \\"a\\""', '"@it\'s \\"a\\""'),
    ],
)
def test_quotes(before: str, after: str) -> None:
    put(f"k: {before}\n", f"k: {after}\n")
    assert same(f"k: {before}\n", f"k: {after}\n")


def test_a_comma_or_a_question_mark_needs_quotes_in_braces_only() -> None:
    put("k: 'a, b?'\nl: {m: 'a, b', o: 'a?'}\n", 'k: a, b?\nl: {m: "a, b", o: "a?"}\n')


def test_keys_have_the_same_quotes() -> None:
    put("'a b': 1\n2014-09-03: 2\nNO: 3\n'1': 4\n", 'a b: 1\n"2014-09-03": 2\n"NO": 3\n"1": 4\n')


# Comments


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("# one\n#two\n\n# three\na: 1\n", "# one\n#two\n\n# three\na: 1\n", id="at the top"),
        pytest.param("a: 1\n  # b\nb: 2\n", "a: 1\n# b\nb: 2\n", id="between entries"),
        pytest.param(
            "a: 1 # a\nbcd: 2 # b\n", "a: 1     # a\nbcd: 2   # b\n", id="at the end of lines, in one column"
        ),
        pytest.param("a: 1 # a\n\nbcd: 2 # b\n", "a: 1   # a\n\nbcd: 2   # b\n", id="not in one column"),
        pytest.param(
            "a: 1 # a\n     # goes on\nb: 2\n", "a: 1   # a\n       # goes on\nb: 2\n", id="that goes on"
        ),
        pytest.param("a: 1\n# end\n", "a: 1\n# end\n", id="at the end"),
        pytest.param("a: 1\n\n\n# end\n", "a: 1\n\n# end\n", id="at the end, after an empty line"),
        pytest.param("a:   # a\n    b: 1\n", "a:   # a\n  b: 1\n", id="after a key"),
        pytest.param("a:\n# b\n    b: 1\n", "a:\n  # b\n  b: 1\n", id="under a key"),
        pytest.param("a:\n\n  # b\n\n  b: 1\n", "a:\n  # b\n\n  b: 1\n", id="under a key, empty lines"),
        pytest.param(
            "a:\n    b: 1\n    # end\n# c\nc: 2\n",
            "a:\n  b: 1\n  # end\n# c\nc: 2\n",
            id="where a block ends",
        ),
        pytest.param(
            "a:\n    b:\n        c: 1\n        # c\n    # b\n# d\nd: 2\n",
            "a:\n  b:\n    c: 1\n    # c\n  # b\n# d\nd: 2\n",
            id="where blocks end",
        ),
        pytest.param("a:\n- b # b\n# c\n- c\n", "a:\n  - b   # b\n  # c\n  - c\n", id="in a list"),
        pytest.param("a:\n-  # b\n  b: 1\n", "a:\n  # b\n  - b: 1\n", id="behind a dash"),
        pytest.param("- # none\n- b\n", "- null   # none\n- b\n", id="behind a dash with nothing"),
        pytest.param("a: # none\nb: 1\n", "a: null   # none\nb: 1\n", id="after a key with nothing"),
        pytest.param("a:\n  # why\n  1\n", "# why\na: 1\n", id="between a key and its value"),
        pytest.param("a: # why\n  1\n", "a: 1   # why\n", id="after a key, the value below"),
        pytest.param(
            "a: # why\n  1 # what\n", "# why\na: 1   # what\n", id="after the key and after the value"
        ),
        pytest.param("a: [b, # b\n  c # c\n  ]\n", "a:\n  - b   # b\n  - c   # c\n", id="in brackets"),
        pytest.param(
            "a: [\n  # b\n  b,\n  # end\n  ]\n", "a:\n  # b\n  - b\n  # end\n", id="on lines in brackets"
        ),
        pytest.param("a: { # a\n  b: 1 }\n", "a:   # a\n  b: 1\n", id="after a brace"),
        pytest.param(
            "a: [{b: 1}, # b\n  {c: [2, 3]}]\n",
            "a:\n  - {b: 1}   # b\n  - {c: [2, 3]}\n",
            id="outer brackets",
        ),
        pytest.param(
            "a: [[1, 2 # two\n  ], [3]]\n", "a:\n  - - 1\n    - 2   # two\n  - [3]\n", id="inner brackets"
        ),
        pytest.param("a: {b: 1} # a\n", "a: {b: 1}   # a\n", id="after braces"),
        pytest.param(
            "a: {b: 1,\n  c: 2} # a\n", "a: {b: 1, c: 2}   # a\n", id="after braces that are joined"
        ),
        pytest.param("a: {\n # none\n }\n", "# none\na: {}\n", id="in empty braces"),
        pytest.param(
            "a: | # text\n  # no comment\n # b\nb: 1\n",
            "a: |   # text\n  # no comment\n# b\nb: 1\n",
            id="a text",
        ),
        pytest.param("a: &x # x\n  b: 1\nc: *x # y\n", "a: &x   # x\n  b: 1\nc: *x   # y\n", id="anchors"),
        pytest.param("a: &x # x\n  1\n", "a: &x 1   # x\n", id="an anchor above its value"),
        pytest.param("# top\n--- # start\n# a\na: 1\n", "# top\n---   # start\n# a\na: 1\n", id="documents"),
        pytest.param("a: '# no' # yes\n", 'a: "# no"   # yes\n', id="no comment in quotes"),
        pytest.param("a: b#c\n", "a: b#c\n", id="no comment without a space"),
        pytest.param("a: 1 #  two spaces\n", "a: 1   #  two spaces\n", id="its own spaces"),
    ],
)
def test_comments(before: str, after: str) -> None:
    put(before, after)


def test_comments_go_along_with_defaults_of_entries_and_the_first_one_stays_at_the_top() -> None:
    put(
        """\
# $schema
# The file.
a:   # beside a
  # above b
  b: {c: 1}

  # above the inner
  entry_defaults: {basis: x}   # beside the inner
  # end of a

# above the outer
entry_defaults:   # beside the outer
  basis: z
  # end of the outer
# the end
""",
        """\
# $schema
# The file.

# above the outer
entry_defaults:   # beside the outer
  basis: z
  # end of the outer
a:   # beside a
  # above the inner
  entry_defaults: {basis: x}   # beside the inner
  # above b
  b: {c: 1}
  # end of a
# the end
""",
    )
    # What stands above the first key by itself is about this key.
    put(
        "# The file.\n\n# above a\na: 1\nentry_defaults: {basis: x}\n",
        "# The file.\nentry_defaults: {basis: x}\n\n# above a\na: 1\n",
    )


def test_a_comment_after_braces_that_are_too_long_goes_beside_their_key() -> None:
    long = "x" * WIDTH
    put(f"a: {{b: {long}}}  # a\n", f"a:   # a\n  b: {long}\n")
    put(f"a:\n  - {{b: {long}}}  # a\n", f"a:\n  # a\n  - b: {long}\n")
    put(f"a: {{ # one\n  b: {long}\n  }}  # two\n", f"a:   # one\n  b: {long}\n  # two\n")


# What can't be laid out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1\n", "file:2:1: "),
        ("a:\n\tb: 1\n", "file:2:1: a tab where YAML wants spaces: indent with spaces"),
        ("a: 1\nb: 2\na: 3\n", "file:3:1: `a` twice: it stands in line 1 already"),
        ("1: a\n", "file:1:1: a key that is not text: put the key in quotes"),
        ("a: !secret b\n", "file:1:4: the tag `!secret` is not accepted: write plain values"),
        (
            "%YAML 1.2\n---\na: 1\n",
            "file:1:1: a file with a directive is not formatted: take it out, all is read",
        ),
    ],
)
def test_text_that_is_not_sound_is_an_error_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InputError) as error:
        canonical(text, "file")
    assert str(error.value).startswith(message)


def test_all_duplicate_keys_are_told() -> None:
    with pytest.raises(InputError) as error:
        canonical("a: 1\na: 2\nb: 1\nb: 2\n", "file")
    assert [problem.location and problem.location.line for problem in error.value.problems] == [2, 4]


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (lambda text: text.replace("24x7", "24"), "a: 24x7\n"),
        (lambda text: text.replace('"1"', "1"), "a: '1'\n"),
        (lambda text: text.replace("a: 1\n", ""), "a: 1\nb: 2\n"),
    ],
)
def test_a_change_of_what_is_said_is_never_given(
    wrong: object, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ruamel.yaml may write some day, it is read again."""
    module = __import__("supportrules.policy.layout.canonical", fromlist=["emit"])
    emit = module.emit
    monkeypatch.setattr(module, "emit", lambda *arguments: wrong(emit(*arguments)))  # type: ignore[operator]
    with pytest.raises(InputError, match="can't be changed without a change of what it says"):
        canonical(text, "file")


def test_a_comment_that_is_lost_or_moved_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    module = __import__("supportrules.policy.layout.canonical", fromlist=["_aligned"])
    aligned = module._aligned
    lost = [lambda lines: [(line, ()) for line, _ in lines], lambda lines: lines[1:] + lines[:1]]
    for lose, text in zip(lost, ["a: 1 # one\n", "# one\na: 1\nb: 2\n"], strict=True):
        monkeypatch.setattr(module, "_aligned", lambda lines, lose=lose: aligned(lose(lines)))
        with pytest.raises(InputError, match="or of a comment's place"):
            canonical(text, "file")


# Laws

TEXTS = st.sampled_from(
    [
        "red",
        "two words",
        "NO",
        "on",
        "2014-09-03",
        "09:00-17:00",
        "24x7",
        "1.4",
        "true",
        "~",
        "",
        "What is it?",
        "a, b",
        "a: b",
        "x #y",
        "#z",
        "it's",
        'say "hi"',
        "été",
        "- x",
        "-",
        "?",
        "one\ntwo\n",
        "one\n\ntwo",
        "one\n\n",
        " lead",
        "trail ",
        "[a]",
        "*x",
        "a:",
        "tab\there",
        "\\d",
        "\u00a0",
        "a\x85b",
        "\U0001f600",
        "<<",
        "=",
        "---",
        "0o7",
        "x" * 130,
        "a b " * 40 + "c",
        "one\n  two\n",
    ]
)
SCALARS = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(-9, 99), st.sampled_from([1.5, 0.25]))


def with_defaults(data: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A mapping, and the same with defaults of its entries somewhere in it."""
    defaults = [(ENTRY_DEFAULTS, {"source": ["RT-1", "RT-2"], "basis": "stated"})]
    items = [*data.items()]
    # What stands below a list, at the column of its dashes, is taken to be about the list.
    places = [0, *(place for place, (_, value) in enumerate(items, 1) if not isinstance(value, list))]
    return st.just(data) | st.sampled_from(places).map(
        lambda place: dict(items[:place] + defaults + items[place:])
    )


DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(TEXTS, st.sampled_from(["label", "source", "when", "en", "fr"])), inner, max_size=4
        ).flatmap(with_defaults),
    ),
    max_leaves=25,
)
ROOTS = st.one_of(
    st.dictionaries(TEXTS, DATA, min_size=1, max_size=5), st.lists(DATA, min_size=1, max_size=5)
)


@settings(max_examples=300, deadline=None)
@given(ROOTS, st.randoms(use_true_random=False), st.sampled_from([0, 0.1, 0.3]))
def test_any_layout_of_any_data_becomes_one_that_stays(data: object, random: Random, often: float) -> None:
    holds(RandomWriter(random, often).document(data), data)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_damage_to_real_files_is_repaired(file: Path) -> None:
    data = document(file.read_text("utf-8")).plain()
    for seed in range(2):
        holds(RandomWriter(Random(seed)).document(data), data)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_without_comments_block_layout_is_found_again_from_any_other(file: Path) -> None:
    """All in blocks, then all indented otherwise: the same text."""
    data = document(file.read_text("utf-8")).plain()
    blocks = {canonical(BlockWriter(Random(seed), 0).document(data), "file") for seed in range(3)}
    assert len(blocks) == 1


class BlockWriter(RandomWriter):
    """Only what layout does not keep is random: indentation and quotes."""

    def chance(self, probability: float) -> bool:
        # Braces are the only choice of this weight; empty lines and comments have the weight 0.
        return probability != 0.4 and super().chance(probability)


def holds(text: str, data: object) -> None:
    """Asserts all that is promised of a text's canonical layout."""
    assert json.dumps(document(text).plain()) == json.dumps(data)
    result = canonical(text, "file")
    assert json.dumps(document(result).plain()) == json.dumps(led(data))
    assert canonical(result, "file") == result
    assert comments(result) == comments(text)
    assert misplaced(result, document(result)) == []


# Writing


def test_rewrite_keeps_permissions_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"a:  1\n")
    file.chmod(0o640)
    rewrite(file, b"a:  1\n", b"a: 1\n")
    assert file.read_bytes() == b"a: 1\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.yaml"]


def test_rewrite_writes_what_a_link_points_to(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    file, link = tmp_path / "there" / "a.yaml", tmp_path / "link.yaml"
    file.write_bytes(b"old")
    link.symlink_to(Path("there", "a.yaml"))
    rewrite(link, b"old", b"new")
    assert link.is_symlink() and str(link.readlink()) == "there/a.yaml"
    assert file.read_bytes() == b"new"


def test_rewrite_does_not_tear_hard_links_apart(tmp_path: Path) -> None:
    file, other = tmp_path / "a.yaml", tmp_path / "b.yaml"
    file.write_bytes(b"old")
    other.hardlink_to(file)
    with pytest.raises(InputError, match="2 names"):
        rewrite(file, b"old", b"new")
    assert file.read_bytes() == other.read_bytes() == b"old"
    assert file.stat().st_nlink == 2


def test_rewrite_does_not_overwrite_what_was_changed_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"theirs")
    with pytest.raises(InputError, match="changed meanwhile: run it again"):
        rewrite(file, b"read", b"new")
    assert file.read_bytes() == b"theirs"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.yaml"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_rewrite_writes_all_or_nothing(step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"old")

    def full(*_: object) -> None:
        assert file.read_bytes() == b"old"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os if step == "fsync" else Path, step, full)
    with pytest.raises(OSError, match="No space left"):
        rewrite(file, b"old", b"new")
    assert file.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.yaml"]


def test_the_room_has_few_public_names() -> None:
    assert set(layout.__all__) == {"WIDTH", "canonical", "rewrite"}
