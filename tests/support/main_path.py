"""The main path of every command, with what it has to come to, for any installation of the package.

Run by the Python that has it, and with nothing else: ``python main_path.py``. It works in a directory of its own.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# Of the bundled policy: level B in eight hours of the day, by telephone, which is open to administrators.
TICKET: dict[str, Any] = {
    "id": "T-1",
    "plan": "enterprise_e3",
    "issue_type": "mail_access",
    "affected_users": "one",
    "workaround": False,
    "requester": "administrator",
    "country": "FR",
    "opened_at": "2014-09-05T11:30:00+02:00",
}
DUE = "2014-09-05T17:30:00Z"
_CHECKS: list[Callable[[], None]] = []


def check(test: Callable[[], None]) -> Callable[[], None]:
    """Adds a check; they run in their order."""
    _CHECKS.append(test)
    return test


def run(*arguments: str, stdin: str = "", code: int = 0) -> str:
    """Runs the command; gives what it prints.

    Args:
        code: with which it has to end.
    """
    command = [sys.executable, "-m", "supportrules", *arguments]
    env = os.environ | {"LC_ALL": "C.UTF-8", "COLUMNS": "100", "PYTHONWARNINGS": "error"}
    done = subprocess.run(command, input=stdin, capture_output=True, encoding="utf-8", env=env, check=False)
    assert done.returncode == code, f"{arguments} ends with {done.returncode}:\n{done.stdout}{done.stderr}"
    assert "Traceback" not in done.stderr and "Warning" not in done.stderr, done.stderr
    return done.stdout


def has(text: str, *parts: str) -> None:
    """Some text has some parts, in that order."""
    assert re.search(".*?".join(map(re.escape, parts)), text, re.DOTALL), f"not {parts} in\n{text}"


def data(text: str) -> Any:
    return json.loads(text)


@check
def versions() -> None:
    shown = run("--version").splitlines()
    assert shown[0].startswith("supportrules, version ") and len(shown) == 3, shown
    durable = find_spec("durable_rules_engine") is not None
    assert durable == (sys.version_info < (3, 13)), (
        "durable-rules is required below Python 3.13, and not above"
    )
    assert shown[1].startswith(
        "inference: durable-rules 2." if durable else "inference: the plain chainer"
    ), shown


@check
def evaluate() -> None:
    Path("ticket.json").write_text(json.dumps(TICKET), "utf-8")
    decision = data(run("evaluate", "--format", "json", "ticket.json"))
    decision = decision[0] if isinstance(decision, list) else decision
    assert decision["severity"] == "B" and decision["channels"]["phone"]["eligible"], decision
    assert DUE in json.dumps(decision), decision
    assert data(run("evaluate", stdin=json.dumps(TICKET)))["severity"] == "B"
    (row,) = csv.DictReader(run("evaluate", "--format", "csv", "ticket.json").splitlines())
    assert row["severity"] == "B" and DUE in row.values(), row
    has(
        run("evaluate", "--format", "pretty", "ticket.json"),
        "T-1",
        "severity B",
        "within 8 hours",
        "19:30 +02:00",
    )
    has(
        run("evaluate", "--explain", "--format", "pretty", "ticket.json"),
        "severity.examples.mail_unreachable",
        "SV-B1",
    )
    has(
        run("evaluate", "--why-not", "A", "--format", "pretty", "ticket.json"),
        "severity.examples.lync_all_users",
    )
    # A next business day, over the Christmas of the holidays package and a zone of tzdata.
    christmas = TICKET | {"plan": "midsize_business", "country": "GB", "opened_at": "2014-12-24T16:40:00Z"}
    has(run("evaluate", stdin=json.dumps(christmas)), "2014-12-29T17:00:00Z")
    # What is unknown is left open.
    assert data(run("evaluate", "--no-defaults", stdin='{"plan": "enterprise_e3"}'))["undetermined"][
        "severity"
    ]
    wrong = data(run("evaluate", stdin='{"plan": "enterprise_e9"}', code=2))
    assert wrong["error"]["problems"][0]["nearest"] == ["enterprise_e1", "enterprise_e3", "enterprise_e4"], (
        wrong
    )


@check
def ask() -> None:
    asked = data(run("ask", "--answers", "ticket.json", "--save", "asked.json", "--format", "json"))
    assert "plan" in asked["asked"] and asked["decision"]["category"] == "technical", asked
    assert data(Path("asked.json").read_text("utf-8"))["plan"] == "enterprise_e3"


@check
def init() -> None:
    has(run("init", "acme"), "policy.yaml", "schema/")
    has(run("check", "acme"), "acme ", " loads: ", "no problems")
    has(run("test", "--coverage", "acme"), " passed")
    assert run("fmt", "--check", "acme") == ""
    found = data(run("check", "--format", "sarif", "acme"))
    assert found["version"] == "2.1.0"


@check
def changed() -> None:
    # A cell that is better, in a layout that is not.
    run("init", "other", "--name", "acme")
    file = Path("other/response_targets.yaml")
    text = file.read_text("utf-8")
    assert "target: PT1H" in text
    file.write_text(text.replace("target: PT1H", "target:  PT30M"), "utf-8")
    run("fmt", "--check", "other", code=1)
    run("fmt", "other")
    assert "target: PT30M" in file.read_text("utf-8")
    compared = data(run("diff", "acme", "other", "--format", "json"))
    assert compared["meaning"]["changes"], compared
    tickets = "acme/examples/tickets.yaml"
    has(run("diff", "acme", "other", "--tickets", tickets), "better", "1 hour", "30 minutes")
    has(run("diff", "acme", "other", "--format", "html"), "<html", "</html>")
    run("diff", "acme", "other", "--exit-code", code=1)


@check
def ledger() -> None:
    run("evaluate", "--ledger", "decisions.ledger", "ticket.json", "asked.json")
    lines = [json.loads(line) for line in Path("decisions.ledger").read_text("utf-8").splitlines()]
    assert len(lines) == 2 and all("tzdata" in json.dumps(line) for line in lines), lines
    has(run("replay", "decisions.ledger"), "2 lines decided again; nothing differs", "the chain is whole")
    text = (
        Path("decisions.ledger")
        .read_text("utf-8")
        .replace('"affected_users":"one"', '"affected_users":"all"', 1)
    )
    Path("damaged.ledger").write_text(text, "utf-8")
    run("replay", "damaged.ledger", code=1)


@check
def read() -> None:
    has(run("show", "targets"), "Targets: response", "8 hours, any time")
    assert data(run("show", "--format", "json"))
    has(run("show", "--format", "markdown", "plans", "acme"), "| ")
    has(run("trace", "S-1", "acme"), "S-1", "encoded by", "severity.")
    Path("versions").mkdir()
    Path("acme").rename("versions/1")
    has(run("log", "versions"), "2026-")
    opened = {"id": "T-9", "opened_at": "2026-05-04T09:00:00+02:00"}
    has(run("evaluate", "--timeline", "versions", stdin=json.dumps(opened)), '"version": "2026-01"')
    Path("versions/1").rename("acme")


@check
def schema() -> None:
    assert "plan" in data(run("schema", "ticket"))["properties"]
    run("schema", "--write", "schemas")
    assert Path("schemas/plans.schema.json").is_file()


@check
def build() -> None:
    run("build", "acme", "-o", "acme.policy")
    run("build", "acme", "-o", "acme.policy", "--check")
    tickets = "acme/examples/tickets.yaml"
    plain = run("evaluate", "--policy", "acme", tickets)
    assert plain.count("\n") == 3 and plain == run("evaluate", "--policy", "acme.policy", tickets)


@check
def batch() -> None:
    Path("tickets.csv").write_text(
        "id,plan,affected_users\nT-1,enterprise_e3,one\nT-2,enterprise_e9,one\n", "utf-8"
    )
    if find_spec("pyarrow") is None:
        run("evaluate", "tickets.csv", "-o", "out.parquet", code=2)
        return
    for name in ("out.csv", "out.jsonl", "out.parquet"):
        run("evaluate", "tickets.csv", "ticket.json", "-o", name, code=2)
    good, bad, last = csv.DictReader(Path("out.csv").read_text("utf-8").splitlines())
    assert (good["ticket"], bad["ticket"], last["severity"]) == ("T-1", "T-2", "B"), (good, bad, last)
    assert "enterprise_e9" in bad["error"] and not good["error"]
    import pyarrow
    from pyarrow import parquet

    assert parquet.read_table("out.parquet").column("severity").to_pylist()[-1] == "B"
    parquet.write_table(pyarrow.Table.from_pylist([TICKET]), "tickets.parquet")
    assert data(run("evaluate", "tickets.parquet"))["severity"] == "B"


@check
def completion() -> None:
    for shell in ("bash", "zsh", "fish"):
        has(run("completion", shell), "_SUPPORTRULES_COMPLETE")
    env = {"_SUPPORTRULES_COMPLETE": "bash_complete", "COMP_LINE": "supportrules check ac"}
    os.environ.update(env)
    shown = run()
    for name in env:
        del os.environ[name]
    assert shown.split() == ["plain", "acme", "plain", "acme.policy"], shown


@check
def library() -> None:
    from supportrules import load_policy

    decision = load_policy().evaluate(TICKET)
    assert decision.severity == "B" and decision.channels["phone"].eligible
    assert decision.derivation


def main() -> None:
    """Runs every check in an empty directory, with a cache of its own."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ["XDG_CACHE_HOME"] = str(Path(folder) / "cache")
        for test in _CHECKS:
            test()
        os.chdir("/")
    print(f"{len(_CHECKS)} parts of the main path, Python {sys.version.split()[0]}")


if __name__ == "__main__":
    main()
