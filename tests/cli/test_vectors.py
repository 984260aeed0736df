"""`supportrules vectors`: what it prints, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

from command import run
from folders import ROOT

VECTOR = {
    "name": "two hours",
    "why": "They end at noon.",
    "timezone": "Europe/Berlin",
    "hours": "24x7",
    "target": "PT2H",
    "starts": "2026-04-13T10:00:00+02:00",
    "at": "2026-04-13T11:30:00+02:00",
    "expect": {"due": "2026-04-13T10:00:00Z", "status": "open", "remaining": "PT30M"},
}


def test_vectors_that_pass() -> None:
    done = run("vectors", *map(str, sorted((ROOT / "vectors").glob("*.jsonl"))))
    count = sum(len(file.read_text("utf-8").splitlines()) for file in (ROOT / "vectors").glob("*.jsonl"))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{count} vectors: {count} passed\n", "")


def test_a_vector_that_fails(tmp_path: Path) -> None:
    wrong = VECTOR | {"expect": {"status": "met", "used": "PT90M"}}
    (tmp_path / "v.jsonl").write_text(json.dumps(VECTOR) + "\n\n" + json.dumps(wrong) + "\n", "utf-8")
    done = run("vectors", "v.jsonl", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines() == [
        "FAILED  v.jsonl:3:1  two hours",
        '  status: expected "met", found "open"',
        "  They end at noon.",
        "",
        "2 vectors: 1 passed, 1 failed",
    ]


def test_lines_that_are_no_vectors_do_not_stop_the_others(tmp_path: Path) -> None:
    lines = [json.dumps(VECTOR), '{"name": "x"}', json.dumps(VECTOR | {"timezone": "Mars/Berlin"})]
    done = run("vectors", "-", "none.jsonl", stdin="\n".join(lines), cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout.startswith("ERROR  <stdin>:3:1  two hours\n  <stdin>:3:")
    assert done.stdout.endswith("2 vectors: 1 passed, 1 can't be run\n")
    assert "<stdin>:2:1: `timezone` is missing" in done.stderr
    assert done.stderr.endswith("none.jsonl: no such file or directory\n")


def test_data(tmp_path: Path) -> None:
    wrong = VECTOR | {"expect": {"remaining": "PT1H"}}
    lines = "\n".join([json.dumps(VECTOR), json.dumps(wrong), "[]"])
    done = run("vectors", "--format", "json", "-o", "out.json", "-", stdin=lines, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    data = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert data["counts"] == {"vectors": 2, "passed": 1, "failed": 1, "errors": 0}
    good, bad = data["vectors"]
    assert good["passed"] and good["found"] == {
        "due": "2026-04-13T10:00:00Z",
        "status": "open",
        "used": "PT1H30M",
        "remaining": "PT30M",
        "late_by": None,
    }
    (difference,) = bad["differences"]
    assert (difference["name"], difference["expected"], difference["found"]) == ("remaining", "PT1H", "PT30M")
    assert [problem["code"] for problem in data["problems"]] == ["wrong-type"]


def test_the_schema_of_a_vector() -> None:
    done = run("schema", "vector")
    assert done.returncode == 0 and json.loads(done.stdout)["required"][0] == "name"
