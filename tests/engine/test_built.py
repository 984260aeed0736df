"""A built policy is its source in one file: the same answers with the same reasons, or a clear error."""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import inspect
import json
import math
import os
import pickle
import random
import re
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from edits import copied, edited
from every_combination import combinations, fill
from folders import HARBOURLINE, SHIPPED
from many_facts import wide_policy
from random_tickets import random_ticket
from supportrules import (
    BuildError,
    Decision,
    Location,
    Policy,
    PolicyFault,
    PolicyLoadError,
    RuleConflict,
    RuleGap,
    SupportRulesError,
    TicketError,
    load_policy,
)
from supportrules.cases.cases import Case, read_cases
from supportrules.cases.trace import trace
from supportrules.cli import run
from supportrules.engine.built import FORMAT, is_built
from supportrules.engine.built.file import MAX_BYTES
from supportrules.engine.chaining import DurableChainer, PlainChainer
from supportrules.engine.contracts import decision_schema, ticket_schema
from supportrules.engine.diagrams.stages import FAULT, Fired, Inference, StageDiagrams
from supportrules.engine.rules import Ruleset
from supportrules.policy.definition import Definition
from supportrules.policy.documents import Node
from supportrules.policy.starter import STARTER
from supportrules.policy.vocabulary import Fact
from supportrules.proofs.check import check_policy
from supportrules.proofs.comparison import compare
from supportrules.report.policy_tables import TOPICS, sheets

FOLDERS = {"shipped": SHIPPED, "harbourline": HARBOURLINE, "starter": STARTER}
NAMES = list(FOLDERS)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Each policy, built."""
    folder = tmp_path_factory.mktemp("built")
    found = {name: folder / f"{name}.policy" for name in NAMES}
    for name, file in found.items():
        load_policy(FOLDERS[name]).build(file)
    return found


@pytest.fixture(params=NAMES)
def pair(request: pytest.FixtureRequest, files: dict[str, Path]) -> tuple[Policy, Policy]:
    """A policy and what it was built into."""
    return request.getfixturevalue(request.param), load_policy(files[request.param])


# The same policy


def test_it_says_the_same(pair: tuple[Policy, Policy]) -> None:
    source, built = pair
    assert built == source
    assert built.digest == source.digest
    assert built.reference == source.reference
    assert built.definition == source.definition
    # Equality passes over places and former names.
    assert list(map(told, built.definition.entries())) == list(map(told, source.definition.entries()))
    assert ticket_schema(built.definition) == ticket_schema(source.definition)
    assert decision_schema(built.definition) == decision_schema(source.definition)


def told(entry: tuple[str, Any]) -> tuple[Any, ...]:
    name, origin = entry
    return name, origin.formerly, origin.review_by, origin.allow, *place(origin.location)


def place(location: Location) -> tuple[Any, ...]:
    """A place, whatever the directory is called."""
    return Path(location.file).name, location.line, location.column, location.text


def test_places_are_those_of_the_source_under_the_name_of_the_file(
    files: dict[str, Path], pair: tuple[Policy, Policy]
) -> None:
    source, built = pair
    mine, theirs = source.definition.sources, built.definition.sources
    assert list(map(nodes, theirs.documents.values())) == list(map(nodes, mine.documents.values()))
    assert list(theirs.documents) == list(mine.documents)
    assert theirs.rules == mine.rules
    folders = {str(Path(node.location.file).parent) for node in theirs.documents.values()}
    (folder,) = folders | {str(Path(o.location.file).parent) for o in built.definition.origins()}
    assert Path(folder) in files.values()


def nodes(node: Node) -> Any:
    """A node with the places of all that is in it."""
    value: Any = node.value
    if isinstance(value, tuple):
        value = [nodes(item) for item in value]
    elif not isinstance(value, str | bool | int | float | None):
        value = {key: nodes(item) for key, item in value.items()}
    keys = {key: place(location) for key, location in node.keys.items()}
    return value, place(node.location), keys, node.size


def decided(policy: Policy, ticket: dict[str, Any], **how: Any) -> Any:
    """A decision with its reasons, or the error."""
    try:
        decision = policy.evaluate(ticket, **how)
    except TicketError as error:
        return error.problems
    return decision, decision.to_dict(), [why_not(decision, answer) for answer in policy.definition.levels]


def why_not(decision: Decision, answer: str) -> Any:
    try:
        return decision.why_not(answer)
    except SupportRulesError as error:
        return str(error)


def test_tickets_get_the_same_decisions_for_the_same_reasons(pair: tuple[Policy, Policy]) -> None:
    source, built = pair
    rng = random.Random(61)
    for _ in range(80):
        ticket = random_ticket(source, rng, rng.choice([0.5, 0.9, 1.0]))
        assert decided(built, ticket) == decided(source, ticket)
        assert decided(built, ticket, defaults=False) == decided(source, ticket, defaults=False)


def nothing_infers(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on, whatever infers or compiles fails."""
    monkeypatch.delattr(PlainChainer, "infer")
    monkeypatch.delattr(DurableChainer, "infer")
    monkeypatch.delattr(StageDiagrams, "compiled")


def test_every_stage_comes_to_the_same_for_every_combination_and_nothing_is_inferred(
    pair: tuple[Policy, Policy], monkeypatch: pytest.MonkeyPatch
) -> None:
    source, built = pair
    plain = Policy(source.definition, PlainChainer())
    fill(plain.tables)
    nothing_infers(monkeypatch)
    for name, table in plain.tables.tables.items():
        stages = built.tables.forest.stage(name)
        for key in combinations(table):
            found, expected = stages.conclude([key[place] for place in stages.order]), table.ask(key)
            if expected.fault:
                assert found is FAULT
            else:
                reads = frozenset(expected.reads) & stages.conclusions
                assert found == Inference(expected.value, expected.strength, reads)


def test_it_has_the_findings_the_tables_and_the_traces_of_its_source(pair: tuple[Policy, Policy]) -> None:
    source, built = pair
    mine, theirs = (check_policy(policy, date(2031, 1, 1)) for policy in pair)
    assert [dataclasses.replace(p, location=None, related=()) for p in theirs] == [
        dataclasses.replace(p, location=None, related=()) for p in mine
    ]
    assert [place(p.location) for p in theirs if p.location] == [
        place(p.location) for p in mine if p.location
    ]
    for language in source.definition.languages:
        for topic in TOPICS:
            assert sheets(built, topic, language) == sheets(source, topic, language)
    cases = read_cases(FOLDERS[next(name for name in NAMES if load_policy(FOLDERS[name]) == source)])
    for traced in zip(traces(built, cases), traces(source, cases), strict=True):
        assert traced[0] == traced[1]


def traces(policy: Policy, cases: tuple[Case, ...]) -> list[Any]:
    found = trace(policy, cases)
    clauses = [clause.to_dict() for clause in found.clauses.values()]
    return [*clauses, *(rule.to_dict() for rule in found.rules.values())]


def test_it_differs_from_its_source_in_nothing(pair: tuple[Policy, Policy]) -> None:
    for old, new in (pair, pair[::-1]):
        assert not compare(old, new).differs


def test_what_an_edit_changes_is_told_of_the_built_policy_too(
    tmp_path: Path, harbourline: Policy, files: dict[str, Path]
) -> None:
    edit = edited(tmp_path, "response_targets", "PT30M", "PT40M", HARBOURLINE)
    told = [compare(old, load_policy(edit)) for old in (harbourline, load_policy(files["harbourline"]))]
    assert told[0].differs
    assert told[0].meaning == told[1].meaning
    assert [(e.kind, e.id, e.what) for e in told[0].edits] == [(e.kind, e.id, e.what) for e in told[1].edits]


def test_a_policy_with_faults_has_the_same_faults(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    old = "affected_users: several}"
    source = load_policy(edited(tmp_path / "source", "severity", old, "affected_users: all}"))
    source.build(tmp_path / "faulty.policy")
    built = load_policy(tmp_path / "faulty.policy")
    rng = random.Random(7)
    kinds = set()
    for _ in range(400):
        ticket = random_ticket(source, rng, 1.0) | {
            "issue_type": "lync_communication",
            "affected_users": "all",
        }
        ticket.pop("category", None)
        mine, theirs = fault(source, ticket), fault(built, ticket)
        assert theirs == mine
        kinds.add(mine and mine[0])
    assert RuleConflict in kinds


def fault(policy: Policy, ticket: dict[str, Any]) -> tuple[Any, ...] | None:
    try:
        policy.evaluate(ticket)
    except (PolicyFault, TicketError) as error:
        return parts_of_fault(error)
    return None


def parts_of_fault(fault: Exception | None) -> tuple[Any, ...] | None:
    match fault:
        case None:
            return None
        case RuleConflict():
            return (
                RuleConflict,
                fault.conclusion,
                fault.values,
                fault.rules,
                list(map(place, fault.locations)),
            )
        case RuleGap():
            return RuleGap, fault.conclusion, fault.facts
        case _:
            return type(fault), str(fault)


def test_a_pickled_copy_keeps_what_was_compiled(
    files: dict[str, Path], shipped: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = pickle.loads(pickle.dumps(load_policy(files["shipped"])))
    assert built == shipped
    assert nodes(built.definition.sources.documents["plans"]) == nodes(
        shipped.definition.sources.documents["plans"]
    )
    rng = random.Random(5)
    tickets = [random_ticket(shipped, rng, 0.9) for _ in range(20)]
    assert [decided(built, ticket) for ticket in tickets] == [decided(shipped, ticket) for ticket in tickets]
    expected = shipped.evaluate(COMPLETE)
    nothing_infers(monkeypatch)
    assert pickle.loads(pickle.dumps(built)).evaluate(COMPLETE) == expected


def test_threads_share_it(files: dict[str, Path], shipped: Policy) -> None:
    rng = random.Random(6)
    tickets = [random_ticket(shipped, rng, 0.9) for _ in range(30)]
    built = load_policy(files["shipped"])
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda ticket: decided(built, ticket), tickets * 4))
        places = list(threads.map(lambda _: nodes(built.definition.sources.documents["plans"]), range(8)))
    assert found == [decided(shipped, ticket) for ticket in tickets] * 4
    assert places == [places[0]] * 8


def test_a_chainer_that_is_given_infers(files: dict[str, Path]) -> None:
    chainer = PlainChainer()
    assert load_policy(files["starter"], chainer=chainer).chainer is chainer


def test_stages_answer_for_their_own_rules_alone(
    tmp_path: Path, files: dict[str, Path], shipped: Policy
) -> None:
    """A policy of other rules that is given them compiles its own."""
    other = Policy(shipped.definition, stages=load_policy(files["harbourline"]).stages)
    parts = parts_of(files["shipped"])
    for stage in parts[1]["stages"].values():
        # As another version of the program may see the same rules.
        stage[0] = hashlib.sha256(stage[0].encode()).hexdigest()
    (tmp_path / "other.policy").write_bytes(sealed(body_of(parts)))
    rng = random.Random(8)
    for policy in (other, load_policy(tmp_path / "other.policy")):
        assert policy.tables.forest.stage("severity").known is None
        for _ in range(10):
            ticket = random_ticket(shipped, rng, 1.0)
            assert decided(policy, ticket) == decided(shipped, ticket)


def test_stages_answer_for_what_their_own_rules_conclude(tmp_path: Path, harbourline: Policy) -> None:
    """Rules that fire alike and conclude the same are one in a diagram, and not where they conclude else."""
    (tmp_path / "source").mkdir()
    edit = load_policy(edited(tmp_path / "source", "response_targets", "PT30M", "PT1H", HARBOURLINE))
    pair = (harbourline, edit)
    assert (
        edit.program.stages["targets.response"].ruleset
        == harbourline.program.stages["targets.response"].ruleset
    )
    rng = random.Random(11)
    tickets = [
        random_ticket(harbourline, rng, 1.0) | {"plan": plan, "safety": True} for plan in ("pro", "onsite")
    ]
    for source, other in (pair, pair[::-1]):
        other.build(tmp_path / "other.policy")
        given = Policy(source.definition, stages=load_policy(tmp_path / "other.policy").stages)
        assert given.tables.forest.stage("severity").known is not None
        assert given.tables.forest.stage("targets.response").known is None
        for ticket in tickets:
            assert decided(given, ticket) == decided(source, ticket)


def test_a_stage_of_too_many_nodes_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shipped: Policy
) -> None:
    file = tmp_path / "small.policy"
    with monkeypatch.context() as few:
        few.setattr("supportrules.engine.diagrams.stages.MOST_STEPS", 100)
        Policy(shipped.definition).build(file)
    built = load_policy(file)
    whole = {name: built.tables.forest.stage(name).known for name in shipped.program.stages}
    assert [name for name, known in whole.items() if known is None] == ["channels.phone"]
    rng = random.Random(9)
    for _ in range(10):
        ticket = random_ticket(shipped, rng, 1.0)
        assert decided(built, ticket) == decided(shipped, ticket)


def test_how_many_combinations_there_are_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "wide").mkdir()
    source = load_policy(wide_policy(tmp_path / "wide", 40))
    assert math.prod(source.program.stages["severity"].ruleset.widths) > 2**40
    source.build(tmp_path / "wide.policy")
    built = load_policy(tmp_path / "wide.policy")
    rng = random.Random(10)
    for _ in range(10):
        ticket = random_ticket(source, rng, 1.0)
        assert decided(built, ticket) == decided(source, ticket)


# The same bytes


def test_the_same_policy_gives_the_same_bytes(tmp_path: Path, files: dict[str, Path]) -> None:
    for name, file in files.items():
        (tmp_path / name).mkdir()
        # From elsewhere, by the other chainer, from a built file, and in processes that hash otherwise.
        load_policy(copied(tmp_path / name, FOLDERS[name]), chainer=PlainChainer()).build(tmp_path / "copy")
        load_policy(file).build(tmp_path / "again")
        found = {(tmp_path / "copy").read_bytes(), (tmp_path / "again").read_bytes()}
        for seed in ("1", "2"):
            code = f"from supportrules import load_policy; load_policy({str(file)!r}).build('seeded')"
            env = os.environ | {"PYTHONHASHSEED": seed}
            subprocess.run([sys.executable, "-c", code], check=True, env=env, cwd=tmp_path)
            found.add((tmp_path / "seeded").read_bytes())
        assert found == {file.read_bytes()}


def test_no_directory_shows_in_it(tmp_path: Path, files: dict[str, Path]) -> None:
    for name, file in files.items():
        assert str(FOLDERS[name]).encode() not in file.read_bytes()


# What is not imported

LOADED = """
    import sys
    # Whatever of these is asked for is not there.
    for name in {absent!r}:
        sys.modules[name] = None
    from supportrules import load_policy
    policy = load_policy({file!r})
    decision = policy.evaluate({ticket!r})
    decision.to_dict(derivation={derivation})
    assert not decision.undetermined, decision
    assert (decision.severity, decision.response.target) == {expected!r}, decision
    print(*[name for name in {absent!r} if sys.modules.get(name)])
"""
ABSENT = (
    "jsonschema",
    "yaml",
    "ruamel",
    "ruamel.yaml",
    "numpy",
    "click",
    "rich",
    "jinja2",
    "durable",
    "durable_rules_engine",
)
COMPLETE = {
    "plan": "enterprise_e3",
    "issue_type": "mail_access",
    "affected_users": "one",
    "service_state": "degraded",
    "business_impact": "moderate",
    "workaround": False,
    "requester": "administrator",
    "country": "FR",
    "opened_at": "2014-09-05T11:30:00+02:00",
}
BUSINESS_HOURS = {"plan": "midsize_business"}


@pytest.mark.parametrize(
    ("more", "absent", "expected"),
    [
        # SV-B1 and RT-1: a mailbox that one user can't reach is B, and 8 hours of the day at Enterprise.
        ({}, (*ABSENT, "holidays"), ("B", "PT8H")),
        # RT-1: at Midsize Business it is the next business day, for which holidays count.
        (BUSINESS_HOURS, ABSENT, ("B", "next_business_day")),
    ],
)
def test_it_decides_without_what_reads_and_infers(
    files: dict[str, Path], more: dict[str, Any], absent: tuple[str, ...], expected: tuple[str, str]
) -> None:
    code = LOADED.format(
        absent=absent, file=str(files["shipped"]), ticket=COMPLETE | more, expected=expected, derivation=True
    )
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")


@pytest.mark.parametrize("derivation", [False, True])
def test_nothing_of_it_is_imported_where_it_is_there(files: dict[str, Path], derivation: bool) -> None:
    """But what infers, which reasons alone ask for."""
    absent = [name for name in (*ABSENT, "holidays") if not (derivation and name == "durable_rules_engine")]
    code = LOADED.replace("sys.modules[name] = None", "assert name not in sys.modules").format(
        absent=absent,
        file=str(files["shipped"]),
        ticket=COMPLETE,
        expected=("B", "PT8H"),
        derivation=derivation,
    )
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("", "")


# Damage


def code_of(file: Path) -> str:
    """The code of why a file does not load."""
    with pytest.raises(PolicyLoadError) as caught:
        load_policy(file)
    (problem,) = caught.value.problems
    assert problem.location == Location(str(file))
    return problem.code


def test_every_flipped_byte_shows(tmp_path: Path, files: dict[str, Path]) -> None:
    data = files["starter"].read_bytes()
    rng = random.Random(62)
    header = range(data.index(b"\n") + 2)
    file = tmp_path / "flipped.policy"
    for position in (*header, *rng.sample(range(len(data)), 1500), len(data) - 1):
        changed = bytearray(data)
        changed[position] ^= 1 << rng.randrange(8)
        file.write_bytes(changed)
        assert code_of(file) in {"damaged-file", "no-policy", "wrong-format"}


def test_every_cut_and_every_addition_shows(tmp_path: Path, files: dict[str, Path]) -> None:
    data = files["starter"].read_bytes()
    rng = random.Random(63)
    file = tmp_path / "cut.policy"
    lines = [position + 1 for position, byte in enumerate(data) if byte == 10][:-1]
    for end in (*range(130), *rng.sample(range(len(data)), 300), *lines, len(data) - 1):
        file.write_bytes(data[:end])
        assert code_of(file) in {"damaged-file", "no-policy"}
    for more in (b"\n", b" ", b"{}\n", data, b"\0"):
        file.write_bytes(data + more)
        assert code_of(file) == "damaged-file"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"name: acme\n",
        b"{}",
        b"\0" * 1000,
        b"\xef\xbb\xbf",
        b"PK\x03\x04",
        b'{"kind":"supportrules ledger","format":1}\n',
        pickle.dumps(COMPLETE),
    ],
)
def test_a_foreign_file_is_no_policy(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "foreign"
    file.write_bytes(data)
    assert code_of(file) == "no-policy"


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "run"),)

    file = tmp_path / "evil"
    for data in (
        pickle.dumps(Evil()),
        sealed(pickle.dumps(Evil())),
        sealed(b"__import__('os').mkdir('run')\n"),
    ):
        file.write_bytes(data)
        assert code_of(file) in {"no-policy", "damaged-file"}
    assert not (tmp_path / "run").exists()


def sealed(body: bytes, format: int = FORMAT) -> bytes:
    """A body under a header that is right for it, as somebody could write it on purpose."""
    seal = hashlib.sha256(body).hexdigest()
    return f'{{"kind":"supportrules policy","format":{format},"sha256":"{seal}"}}\n'.encode() + body


def parts_of(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_bytes().splitlines()[1:]]


def body_of(parts: list[Any]) -> bytes:
    texts = (json.dumps(part, ensure_ascii=False, separators=(",", ":")) for part in parts)
    return "".join(f"{text}\n" for text in texts).encode()


def test_the_seal_of_these_tests_is_that_of_the_file(files: dict[str, Path]) -> None:
    for file in files.values():
        assert sealed(body_of(parts_of(file))) == file.read_bytes()


@pytest.mark.parametrize("format", [FORMAT - 1, FORMAT + 1, 999_999_999])
def test_another_format_is_told(tmp_path: Path, files: dict[str, Path], format: int) -> None:
    file = tmp_path / "later.policy"
    # What a later version writes below its header is not known.
    for body in (files["starter"].read_bytes(), b"", b"\0" * 100):
        file.write_bytes(sealed(body, format))
        assert code_of(file) == "wrong-format"
    with pytest.raises(PolicyLoadError, match=f"format {format}.* reads format {FORMAT}"):
        load_policy(file)


@pytest.mark.parametrize("format", ["0", "-1", "01", "1.0", '"1"', "null", "1" * 5000])
def test_what_is_no_format_is_damage(tmp_path: Path, format: str) -> None:
    file = tmp_path / "odd.policy"
    seal = hashlib.sha256(b"").hexdigest()
    file.write_text(f'{{"kind":"supportrules policy","format":{format},"sha256":"{seal}"}}\n')
    assert code_of(file) == "damaged-file"


# What nobody built, though its seal is right


def definition(change: Callable[[list[Any]], object]) -> Callable[[list[Any]], object]:
    return lambda parts: change(parts[0]["definition"])


def stage(change: Callable[[list[Any]], object]) -> Callable[[list[Any]], object]:
    """Changes a stage: the hash of its rules, the order of its inputs, its groups."""
    return lambda parts: change(parts[1]["stages"]["channels.phone"])


def group(change: Callable[[list[Any]], object]) -> Callable[[list[Any]], object]:
    """Changes a group of many nodes: their levels and children, the leaves, and where it begins.

    The first leaf is a rule that takes over an input; of the others the rules take over none.
    """
    return stage(lambda each: change(each[2][0]))


def leaf(*data: Any) -> Callable[[list[Any]], object]:
    """Puts a leaf in the place of the first one."""
    return group(lambda each: each[2].__setitem__(0, [*data]))


FORGED: dict[str, Callable[[list[Any]], object]] = {
    "no definition": lambda parts: parts[0].clear(),
    "no stages": lambda parts: parts[1].clear(),
    "a part too few": lambda parts: parts.pop(),
    "a part too many": lambda parts: parts.append({}),
    "a list for an object": lambda parts: parts.__setitem__(0, []),
    "a field too few": definition(lambda fields: fields.pop()),
    "a field too many": definition(lambda fields: fields.append(None)),
    "a name that is a number": definition(lambda fields: fields.__setitem__(0, 1)),
    "no day": definition(lambda fields: fields.__setitem__(2, "2014-02-30")),
    "a digest that is null": definition(lambda fields: fields.__setitem__(7, None)),
    "stages that are a list": lambda parts: parts[1].__setitem__("stages", []),
    "a stage that is nothing": lambda parts: parts[1]["stages"].__setitem__("severity", None),
    "a part of a stage too few": stage(lambda each: each.pop()),
    "a hash that is a number": stage(lambda each: each.__setitem__(0, 1)),
    "an input too few": stage(lambda each: each[1].pop()),
    "an input too many": stage(lambda each: each[1].append(3)),
    "an input twice": stage(lambda each: each[1].__setitem__(0, each[1][1])),
    "an input that is not there": stage(lambda each: each[1].__setitem__(0, 10**30)),
    "an input that is text": stage(lambda each: each[1].__setitem__(0, "0")),
    "inputs in another order": stage(lambda each: each[1].reverse()),
    "a group too few": stage(lambda each: each[2].pop()),
    "a group too many": stage(lambda each: each[2].append(each[2][1])),
    "no groups": stage(lambda each: each[2].clear()),
    "groups in another order": stage(lambda each: each[2].reverse()),
    "a part of a group too few": group(lambda each: each.pop()),
    "a part of a group too many": group(lambda each: each.append(0)),
    "a level too few": group(lambda each: each[0].pop()),
    "a level too many": group(lambda each: each[0].append(0)),
    "a level that is not there": group(lambda each: each[0].__setitem__(-1, 3)),
    "a level below nothing": group(lambda each: each[0].__setitem__(-1, -3)),
    "a level that is text": group(lambda each: each[0].__setitem__(-1, "0")),
    "a level that is true": group(lambda each: each[0].__setitem__(3, True)),
    "levels that do not rise": group(lambda each: each[0].__setitem__(-1, 1)),
    "levels that fall": group(lambda each: each[0].__setitem__(0, 0)),
    "a node too few": group(lambda each: each[1].pop()),
    "a node too many": group(lambda each: each[1].append([-1, -1])),
    "no nodes": group(lambda each: (each[0].clear(), each[1].clear())),
    "no children": group(lambda each: each[1].__setitem__(-1, [])),
    "a child too few": group(lambda each: each[1][-1].pop()),
    "a child too many": group(lambda each: each[1][-1].append(-1)),
    "a child that is not there": group(lambda each: each[1][-1].__setitem__(0, 999)),
    "a child that is the node itself": group(lambda each: each[1][-1].__setitem__(0, 8)),
    "a child that comes later": group(lambda each: each[1][0].__setitem__(0, 3)),
    "a child that is text": group(lambda each: each[1][0].__setitem__(0, "-1")),
    "a child of many digits": group(lambda each: each[1][0].__setitem__(0, -(10**4000))),
    "a leaf too few": group(lambda each: each[2].pop()),
    "a leaf that is not there": group(lambda each: each[1][0].__setitem__(0, -6)),
    "no leaves": group(lambda each: each[2].clear()),
    "a beginning that is not there": group(lambda each: each.__setitem__(3, 9)),
    "a beginning below nothing": group(lambda each: each.__setitem__(3, -6)),
    "a beginning that is text": group(lambda each: each.__setitem__(3, "8")),
    "a rule that is not there": leaf([999], []),
    "a rule below nothing": leaf([-1], []),
    "a rule that is text": leaf(["0"], []),
    "a rule of another group": leaf([1], []),
    "a rule that is a number": leaf(2, [[2, 0]]),
    "a leaf of one part": leaf([2]),
    "what is taken over is missing": leaf([2], []),
    "what is taken over is another input": leaf([2], [[0, 0]]),
    "an input taken over that is not there": leaf([2], [[2, 0], [3, 0]]),
    "an input taken over below nothing": leaf([2], [[-1, 0]]),
    "a class that is not there": leaf([2], [[2, 12]]),
    "a class below nothing": leaf([2], [[2, -1]]),
    "a class that is text": leaf([2], [[2, "0"]]),
    "a class too many": leaf([2], [[2, 0, 0]]),
}


@pytest.mark.parametrize("forgery", FORGED)
def test_a_forgery_is_damage(tmp_path: Path, files: dict[str, Path], forgery: str) -> None:
    parts = parts_of(files["harbourline"])
    FORGED[forgery](parts)
    file = tmp_path / "forged.policy"
    file.write_bytes(sealed(body_of(parts)))
    assert code_of(file) == "damaged-file"


def test_documents_that_are_none_are_told_when_they_are_read(tmp_path: Path, files: dict[str, Path]) -> None:
    file = tmp_path / "forged.policy"
    *parts, _ = parts_of(files["starter"])
    forged: list[Any] = [[], {}, {"documents": {"policy": 1}}]
    forged.append({"documents": {"policy": [[1, 1, {"a": []}], {}]}})
    for documents in forged:
        file.write_bytes(sealed(body_of([*parts, documents])))
        found = load_policy(file).definition.sources
        with pytest.raises(PolicyLoadError, match="damaged"):
            found.place("policy", "name")


def test_a_key_that_stands_twice_is_damage(tmp_path: Path, files: dict[str, Path]) -> None:
    """In whichever object of whichever line; of the files a policy was written in when they are read."""
    lines = files["harbourline"].read_text("utf-8").splitlines(keepends=True)[1:]
    file = tmp_path / "forged.policy"
    for number, line in enumerate(lines):
        places = [found.start() for found in re.finditer(r'\{"', line)]
        for place in {*places[:3], *places[3 :: len(places) // 7 + 1]}:
            key, end = json.JSONDecoder().raw_decode(line, place + 1)
            if not line.startswith(":", end):
                # It is in a text.
                continue
            forged = f"{line[: place + 1]}{json.dumps(key)}:0,{line[place + 1 :]}"
            file.write_bytes(sealed("".join([*lines[:number], forged, *lines[number + 1 :]]).encode()))
            with pytest.raises(PolicyLoadError) as caught:
                load_policy(file).definition.sources.place("policy", "name")
            (problem,) = caught.value.problems
            assert (problem.code, problem.message) == (
                "damaged-file",
                f"a built policy that is damaged: `{key}` twice",
            )


@pytest.mark.parametrize("what", ["pipe", "device", "socket"])
def test_what_can_only_be_waited_for_is_no_policy(tmp_path: Path, what: str) -> None:
    where = tmp_path / "policy"
    with socket.socket(socket.AF_UNIX) as listening:
        match what:
            case "pipe":
                os.mkfifo(where)
            case "device":
                where = Path("/dev/null")
            case _:
                listening.bind(str(where))
        done = subprocess.run(
            [sys.executable, "-m", "supportrules", "check", str(where)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 3
        assert f"{where}: a pipe, a device or a socket, not a file" in done.stderr
        with pytest.raises(OSError, match="a pipe, a device or a socket, not a file"):
            is_built(where)


@pytest.mark.parametrize("brackets", ["[]", '{"a":}'])
def test_deep_nesting_is_refused(tmp_path: Path, files: dict[str, Path], brackets: str) -> None:
    parts = files["starter"].read_bytes().splitlines(keepends=True)[1:]
    half = len(brackets) // 2 if brackets == "[]" else len(brackets) - 1
    deep = brackets[:half] * 1_000_000 + "1" + brackets[half:] * 1_000_000
    file = tmp_path / "deep.policy"
    for number in range(2):
        forged = [*parts]
        forged[number] = f"{deep}\n".encode()
        file.write_bytes(sealed(b"".join(forged)))
        assert code_of(file) == "damaged-file"
    file.write_bytes(sealed(b"".join([*parts[:2], f'{{"documents":{deep}}}\n'.encode()])))
    with pytest.raises(PolicyLoadError, match="damaged"):
        load_policy(file).definition.sources.place("policy", "name")


@pytest.mark.parametrize("depth", [41, 100, 5000])
def test_conditions_are_no_deeper_than_those_of_files(
    tmp_path: Path, files: dict[str, Path], depth: int
) -> None:
    condition: Any = [[], []]
    for _ in range(depth):
        condition = [[], [condition]]
    parts = parts_of(files["starter"])
    fields = [field.name for field in dataclasses.fields(Definition)]
    (first, *_) = parts[0]["definition"][fields.index("severity_rules")]
    deep = "@condition@"
    first[1] = deep
    text = "[[],[" * depth + "[[],[]]" + "]]" * depth
    file = tmp_path / "deep.policy"
    file.write_bytes(sealed(body_of(parts).replace(f'"{deep}"'.encode(), text.encode())))
    assert code_of(file) == "damaged-file"


def test_a_file_of_any_size_is_read_no_further_than_the_limit(tmp_path: Path, files: dict[str, Path]) -> None:
    file = tmp_path / "large.policy"
    file.write_bytes(files["starter"].read_bytes())
    # A hole: it takes no room.
    os.truncate(file, 10**12)
    assert code_of(file) == "too-large"
    os.truncate(file, MAX_BYTES)
    assert code_of(file) == "damaged-file"


def subtrees(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in JSON data, as what holds it and its key."""
    items = enumerate(data) if isinstance(data, list) else data.items() if isinstance(data, dict) else ()
    for key, item in items:
        yield data, key
        yield from subtrees(item)


def test_random_forgeries_are_policies_or_damage(tmp_path: Path, files: dict[str, Path]) -> None:
    """Nothing but the error of a policy that does not load comes of loading, whatever the data say."""
    parts = parts_of(files["starter"])
    rng = random.Random(64)
    junk: list[Any] = [
        None,
        True,
        0,
        -1,
        10**30,
        1.5,
        "",
        "x",
        [],
        {},
        [[]],
        {"a": 1},
        "\ud800",
        [1, 2, 3, 4],
    ]
    places = [len(list(subtrees(part))) for part in parts[:2]]
    file = tmp_path / "forged.policy"
    refused = 0
    for _ in range(400):
        forged = copy.deepcopy(parts)
        part = rng.randrange(2)
        for number, (holder, key) in enumerate(list(subtrees(forged[part]))):
            if number == rng.randrange(places[part]) or number % places[part] == rng.randrange(places[part]):
                holder[key] = rng.choice(junk)
        texts = (json.dumps(each) for each in forged)
        file.write_bytes(sealed("".join(f"{text}\n" for text in texts).encode()))
        try:
            load_policy(file)
        except PolicyLoadError:
            refused += 1
    assert refused > 200


# A format keeps its number only while files of it can be read


def declared(cls: type, seen: dict[str, list[tuple[str, str]]]) -> None:
    """The fields of a class and of all classes that these name, with their types as they are declared."""
    if not dataclasses.is_dataclass(cls) or cls.__name__ in seen:
        return
    seen[cls.__name__] = [(field.name, str(field.type)) for field in dataclasses.fields(cls)]
    for base in cls.__mro__:
        names = vars(sys.modules[base.__module__])
        for annotation in inspect.get_annotations(base).values():
            for word in re.findall(r"\w+", str(annotation)):
                if isinstance(names.get(word), type):
                    declared(names[word], seen)


def test_classes_that_change_need_another_format() -> None:
    """If this fails, files of this format are read wrongly or not at all: give `FORMAT` the next number."""
    found: dict[str, list[tuple[str, str]]] = {}
    for cls in (Definition, Fact, Fired, Ruleset):
        declared(cls, found)
    assert {"Origin", "Condition", "Test", "Week", "CodedCondition", "Location"} <= found.keys()
    text = json.dumps(sorted(found.items()))
    assert (FORMAT, hashlib.sha256(text.encode()).hexdigest()[:12]) == (7, "2bb4c7860567")


# The command


def test_the_command_builds_and_says_what(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], harbourline: Policy
) -> None:
    file = tmp_path / "h.policy"
    assert run(["build", str(HARBOURLINE), "-o", str(file)]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.startswith(
        f"built {file}: {harbourline.name} {harbourline.version}, {harbourline.digest}, "
    )
    assert load_policy(file) == harbourline
    assert [file.name for file in tmp_path.iterdir()] == ["h.policy"]
    # Who reads the file is up to the umask, as for any file.
    other = tmp_path / "other"
    other.write_text("")
    assert file.stat().st_mode == other.stat().st_mode


def test_check_says_whether_the_file_is_what_would_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = tmp_path / "h.policy", tmp_path / "h"
    folder.mkdir()
    asked = ["build", str(copied(folder, HARBOURLINE)), "-o", str(file), "--check"]
    assert run(asked) == 2
    assert not file.exists()
    assert run(asked[:-1]) == 0
    assert run(asked) == 0
    for damage in (b"x", b""):
        data = file.read_bytes()
        file.write_bytes(data + b"x" if damage else data[:-1])
        assert run(asked) == 1
        file.write_bytes(data)
    text = (folder / "policy.yaml").read_text()
    (folder / "policy.yaml").write_text(f"# A comment moves what stands below it.\n{text}")
    capsys.readouterr()
    assert run(asked) == 1
    assert capsys.readouterr().out == f"{file} is not harbourline-support 2025-01 as it is built now\n"


def test_something_else_is_overwritten_by_force_alone(tmp_path: Path, files: dict[str, Path]) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("my notes")
    asked = ["build", str(STARTER), "-o", str(file)]
    assert run(asked) == 2
    assert file.read_text() == "my notes"
    assert run([*asked, "--force"]) == 0
    assert file.read_bytes() == files["starter"].read_bytes()
    # What was built, whole or not, is built again; whoever may read it stays the same.
    file.write_bytes(file.read_bytes()[:500])
    file.chmod(0o640)
    assert run(asked) == 0
    assert file.read_bytes() == files["starter"].read_bytes()
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path, files: dict[str, Path]) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link.policy"
    link.symlink_to(tmp_path / "real" / "v1.policy")
    load_policy(STARTER).build(link)
    assert link.is_symlink()
    assert (tmp_path / "real" / "v1.policy").read_bytes() == files["starter"].read_bytes()


def test_what_cannot_be_written_leaves_the_old_file(
    tmp_path: Path,
    files: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "acme.policy"
    file.write_bytes(files["harbourline"].read_bytes())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert run(["build", str(STARTER), "-o", str(file)]) == 2
    assert "no space left on device" in capsys.readouterr().err
    assert file.read_bytes() == files["harbourline"].read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["acme.policy"]


@pytest.mark.parametrize("where", ["", "missing/acme.policy"])
def test_a_place_that_takes_no_file_is_wrong_usage(tmp_path: Path, where: str) -> None:
    assert run(["build", str(STARTER), "-o", str(tmp_path / where)]) == 2


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-o", "-"], "name a file, and not `-`"),
        (["-o", "x", "--check", "--force"], "--check writes nothing"),
    ],
)
def test_options_without_a_meaning_are_wrong_usage(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["build", str(STARTER), *options]) == 2
    assert told in capsys.readouterr().err and list(tmp_path.iterdir()) == []


def test_a_policy_that_does_not_load_is_not_built(tmp_path: Path) -> None:
    assert run(["build", str(tmp_path / "nowhere"), "-o", str(tmp_path / "x")]) == 3
    assert not (tmp_path / "x").exists()


def test_a_policy_that_is_too_large_is_not_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("supportrules.engine.built.file.MAX_BYTES", 20)
    with pytest.raises(BuildError) as caught:
        load_policy(HARBOURLINE).build(tmp_path / "x")
    assert caught.value.problem.code == "too-large"
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert run(["build", str(HARBOURLINE), "-o", str(tmp_path / "x")]) == 2
    assert str(caught.value) in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_every_command_takes_it(
    tmp_path: Path, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file, folder = str(files["harbourline"]), str(HARBOURLINE)
    ticket = tmp_path / "ticket.json"
    ticket.write_text('{"plan": "pro", "safety": true}')
    for asked in (
        ["evaluate", "--explain", str(ticket), "--policy"],
        ["show", "--lang", "en", "--policy"],
        ["schema", "ticket", "--policy"],
        ["schema", "decision", "--policy"],
        ["check", "--format", "json"],
    ):
        code = [run([*asked, policy]) for policy in (folder, file)]
        assert code == [0, 0]
    capsys.readouterr()
    assert run(["diff", folder, file, "--exit-code"]) == 0
    assert capsys.readouterr().out == "Nothing changes.\n"


def test_its_cases_are_those_of_its_source(
    files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = files["harbourline"]
    expected = f"{file}: a built policy has no test cases: name the policy that it was built from"
    assert run(["test", str(file)]) == 1
    assert expected in capsys.readouterr().err
    assert run(["trace", "--policy", str(file)]) == 2
    assert expected in capsys.readouterr().err


def test_a_damaged_file_is_a_policy_that_does_not_load(
    tmp_path: Path, files: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cut.policy"
    file.write_bytes(files["starter"].read_bytes()[:-1])
    for asked in (
        ["evaluate", "--policy"],
        ["show", "--policy"],
        ["check"],
        ["test"],
        ["diff", str(STARTER)],
    ):
        assert run([*asked, str(file)]) == 3
        told = capsys.readouterr().err
        assert told.startswith(f"{file}: a built policy that is damaged")
