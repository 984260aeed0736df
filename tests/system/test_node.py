"""Programs of Node that read a policy beside ours: Ajv, Prettier, and the server behind editors of YAML."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from command import run
from folders import HARBOURLINE, KESTREL, ROOT
from pages import blocks
from supportrules.policy.schema import schema_name, schema_names

MODULES = ROOT / "build" / "node" / "node_modules"
PAGE = ROOT / "docs" / "policy-files.md"


def block(beginning: str) -> str:
    """The block of the page that begins so."""
    (found,) = (each.text for each in blocks(PAGE) if each.text.startswith(beginning))
    return found


def node(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["node", *arguments], cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=120
    )


# Ajv

COMPILED = """
import fs from "fs"
const [schema, good, bad] = process.argv.slice(2).map((file) => JSON.parse(fs.readFileSync(file, "utf8")))
const validate = ajv.compile(schema)
for (const document of good) if (!validate(document)) throw new Error(JSON.stringify(validate.errors))
for (const document of bad) if (validate(document)) throw new Error("valid: " + JSON.stringify(document))
console.log("ok")
"""


def documents(name: str) -> list[Any]:
    from supportrules.policy.documents import read_documents

    found = []
    policies = [ROOT / "policies", ROOT / "starter", HARBOURLINE, KESTREL]
    for file in (file for policy in policies for file in policy.rglob("*.yaml")):
        if name == ("tests" if file.parent.name == "tests" else schema_name(file.stem)):
            (document,), _ = read_documents(file.read_text("utf-8"), file.name)
            found.append(document.plain())
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the program of the page finds Ajv, and none of our files."""
    folder = tmp_path_factory.mktemp("node")
    (folder / "node_modules").symlink_to(MODULES)
    (folder / "validate.mjs").write_text(block("import Ajv2020") + COMPILED, "utf-8")
    return folder


@pytest.mark.parametrize("name", [*schema_names(), "ticket", "decision", "findings", "diff"])
def test_every_schema_is_strict_for_ajv(name: str, folder: Path) -> None:
    schema, good = run("schema", name).stdout, documents(name)
    if name == "ticket":
        good = [
            json.loads(line) for line in (ROOT / "examples" / "tickets.jsonl").read_text("utf-8").splitlines()
        ]
    elif name == "decision":
        decided = run("evaluate", "--explain", str(ROOT / "examples" / "tickets.jsonl"))
        good = [json.loads(line) for line in decided.stdout.splitlines()]
    elif name == "findings":
        good = [json.loads(run("check", "--format", "json", str(ROOT / "starter")).stdout)]
    elif name == "diff":
        good = [json.loads(run("diff", "--format", "json", *[str(ROOT / "starter")] * 2).stdout)]
    assert good
    bad = [{**document, "not a key": 1} for document in good]
    for file, data in (("schema", json.loads(schema)), ("good", good), ("bad", bad)):
        (folder / f"{file}.json").write_text(json.dumps(data), "utf-8")
    done = node(folder, "validate.mjs", "schema.json", "good.json", "bad.json")
    assert (done.stdout, done.stderr) == ("ok\n", ""), done.stderr


# Prettier

PRETTIER = str(MODULES / "prettier" / "bin" / "prettier.cjs")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name in ("policies", "starter"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "tests" / "harbourline", tmp_path / "harbourline")
    return tmp_path


def test_prettier_and_fmt_leave_alone_what_the_other_wrote(repository: Path) -> None:
    (repository / ".prettierrc.yaml").write_text(block("# .prettierrc.yaml"), "utf-8")
    for name in ("policies", "harbourline", "starter"):
        for file in (repository / name).rglob("*.yaml"):
            # Those beside values are the exception that the page names.
            text = re.sub(r"   +# .*$", "", file.read_text("utf-8"), flags=re.MULTILINE)
            file.write_text(text, "utf-8")
        assert run("fmt", name, cwd=repository).returncode == 0
        done = node(repository, PRETTIER, "--check", f"{name}/**/*.yaml")
        assert done.returncode == 0, done.stdout + done.stderr
    # They see the same files, in another layout.
    file = repository / "policies" / "plans.yaml"
    file.write_text(file.read_text("utf-8").replace("{en: Enterprise, ", "{ en:  Enterprise, "), "utf-8")
    assert node(repository, PRETTIER, "--check", "policies/plans.yaml").returncode == 1


def test_prettier_leaves_alone_what_it_is_told_to(repository: Path) -> None:
    (repository / ".prettierignore").write_text(block("# .prettierignore"), "utf-8")
    shutil.copytree(repository / "starter", repository / "policies", dirs_exist_ok=True)
    assert node(repository, PRETTIER, "--check", "starter/**/*.yaml").returncode == 1
    assert node(repository, PRETTIER, "--write", "**/*.yaml").returncode == 0
    for file in (ROOT / "starter").rglob("*.yaml"):
        same = repository / "policies" / file.relative_to(ROOT / "starter")
        assert same.read_bytes() == file.read_bytes()


# An editor


class Editor:
    """What an editor and the server of YAML say to each other."""

    def __init__(self, folder: Path) -> None:
        server = MODULES / "yaml-language-server" / "bin" / "yaml-language-server"
        command = ["node", str(server), "--stdio"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        capabilities: dict[str, Any] = {"textDocument": {"publishDiagnostics": {}}}
        start = {"processId": None, "rootUri": folder.as_uri(), "capabilities": capabilities}
        self.send("initialize", start, id=1)
        self.send("initialized", {})

    def send(self, method: str, params: Any, **more: Any) -> None:
        assert self.process.stdin
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def problems(self, file: Path) -> list[str]:
        """What is marked in a file that is opened."""
        document = {"uri": file.as_uri(), "languageId": "yaml", "version": 1, "text": file.read_text("utf-8")}
        self.send("textDocument/didOpen", {"textDocument": document})
        for message in self.messages():
            if message.get("method") == "textDocument/publishDiagnostics":
                params = message["params"]
                if params["uri"].endswith(f"/{file.parent.name}/{file.name}"):
                    return [each["message"] for each in params["diagnostics"]]
        raise AssertionError("the server ended")

    def messages(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout
        while header := self.process.stdout.readline():
            self.process.stdout.readline()
            message = json.loads(self.process.stdout.read(int(header.split(b":")[1])))
            if message.get("method") == "workspace/configuration":
                # As in an editor without settings.
                body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": [{}, {}, {}, {}, {}]})
                assert self.process.stdin
                self.process.stdin.write(f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
                self.process.stdin.flush()
            yield message

    def close(self) -> None:
        self.process.kill()
        # Closes the pipes too.
        self.process.communicate()


def test_an_editor_marks_what_a_schema_refuses(tmp_path: Path) -> None:
    assert run("init", "acme", cwd=tmp_path).returncode == 0
    editor = Editor(tmp_path)
    try:
        files = [*(tmp_path / "acme").glob("*.yaml"), *(tmp_path / "acme" / "tests").glob("*.yaml")]
        assert len(files) > 8
        for file in files:
            assert editor.problems(file) == [], file
        wrong = tmp_path / "acme" / "tests" / "wrong.yaml"
        wrong.write_text(
            "# yaml-language-server: $schema=../schema/plans.schema.json\n"
            "plans:\n  p:\n    label: {en: p}\n    source: [P-1]\n    basis: sure\n    column: a b\n",
            "utf-8",
        )
        found = "\n".join(editor.problems(wrong))
        assert '"stated"' in found
        # In our words, by the keyword that editors know.
        assert "a name has letters, digits and underscores" in found
    finally:
        editor.close()
