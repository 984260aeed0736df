"""What `action.yml` runs: looks at the policy of a pull request, and keeps one comment on it up to date.

The exit code is that of the first that blocks: 3 a policy that does not load, 1 findings, failed tests, too
little coverage, or a change that `fail-on` names, 2 what can't be run as asked. A comment that can't be
written blocks nothing.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

DONE, BLOCKED, USAGE, NOT_LOADED = 0, 1, 2, 3
# What GitHub takes: of a comment 65,536 characters, of a step's summary a mebibyte.
COMMENT_BYTES, SUMMARY_BYTES = 65_536, 1_048_576
# How many findings and failed tests the comment lists; all are in the log, and beside the lines.
MOST_LISTED = 20
COMMAND = re.compile(r"::(error|warning|notice) (.*?)::(.*)")

WORDS = {
    "en": {
        "title": "Support policy",
        "check": "check",
        "test": "tests",
        "coverage": "coverage",
        "covered": "{percent} %, {covered} of {total} rules and cells",
        "asked": "at least {threshold} % is asked for",
        "base": "base: {text}",
        "not_loaded": "The policy does not load, so it was neither tested nor compared.",
        "new": "This policy is new: the base has none to compare with.",
        "base_not_loaded": "The policy of the base does not load, so there is nothing to compare with.",
        "not_compared": "The policies could not be compared: see the log.",
        "no_base": "There is no base to compare with.",
        "blocked": "Blocked by `fail-on: {fail_on}`: {what}.",
        "worse": "answers get worse ({names})",
        "lost": "answers are lost ({names})",
        "hours_worse": "hours get worse ({names})",
        "refused": "values are no longer taken ({names})",
        "uncompared": "answers could not be compared ({names})",
        "changed": "answers change ({names})",
        "rebased": "answers rest on another basis ({names})",
        "hours": "hours change ({names})",
        "read": "tickets are read differently ({names})",
        "findings": "Findings and failed tests",
        "more": "and {n} more: see the log",
        "cut": "The rest did not fit in here. It is in the [summary of the run]({url}).",
        "cut_summary": "The rest did not fit in here. `supportrules diff` prints it.",
    },
    "fr": {
        "title": "Politique d'assistance",
        "check": "contrôle",
        "test": "tests",
        "coverage": "couverture",
        "covered": "{percent}\u00a0%, {covered} règles et cellules sur {total}",
        "asked": "{threshold}\u00a0% au moins sont demandés",
        "base": "base\u00a0: {text}",
        "not_loaded": "La politique ne se charge pas\u00a0; elle n'a été ni testée ni comparée.",
        "new": "Cette politique est nouvelle\u00a0: la base n'en a pas à laquelle la comparer.",
        "base_not_loaded": "La politique de la base ne se charge pas\u00a0; il n'y a rien à comparer.",
        "not_compared": "Les politiques n'ont pas pu être comparées\u00a0: voir le journal.",
        "no_base": "Il n'y a pas de base à laquelle comparer.",
        "blocked": "Bloqué par `fail-on: {fail_on}`\u00a0: {what}.",
        "worse": "des réponses sont moins bonnes ({names})",
        "lost": "des réponses manquent désormais ({names})",
        "hours_worse": "des horaires sont moins bons ({names})",
        "refused": "des valeurs ne sont plus acceptées ({names})",
        "uncompared": "des réponses n'ont pas pu être comparées ({names})",
        "changed": "des réponses changent ({names})",
        "rebased": "des réponses ont un autre fondement ({names})",
        "hours": "des horaires changent ({names})",
        "read": "des tickets sont lus autrement ({names})",
        "findings": "Constats et tests échoués",
        "more": "et {n} de plus\u00a0: voir le journal",
        "cut": "Le reste ne tient pas ici. Il est dans le [résumé de l'exécution]({url}).",
        "cut_summary": "Le reste ne tient pas ici. `supportrules diff` l'écrit.",
    },
}


@dataclass(frozen=True)
class Inputs:
    """The inputs of the action, as texts; `action.yml` says what each means and what it is by default."""

    policy: str
    base: str
    tickets: str
    lang: str
    strict: str
    coverage_threshold: str
    fail_on: str
    comment: str
    comment_author: str
    token: str

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Inputs:
        """From the variables that the action sets."""
        names = [field.name for field in fields(cls)]
        inputs = cls(**{name: environment[f"INPUT_{name.upper()}"].strip() for name in names})
        threshold = inputs.coverage_threshold
        if threshold and not re.fullmatch("[0-9]{1,3}", threshold):
            stop(f"`coverage-threshold` is a whole number of percent, not `{threshold}`")
        for name, accepted in (
            ("strict", ("true", "false")),
            ("comment", ("true", "false")),
            ("fail_on", ("never", "worse", "any")),
        ):
            if getattr(inputs, name) not in accepted:
                shown = name.replace("_", "-")
                stop(f"`{shown}` is one of {', '.join(accepted)}, not `{getattr(inputs, name)}`")
        return inputs


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    told: str

    def json(self) -> Any:
        """What it printed as data, or None where it is none."""
        try:
            return json.loads(self.out)
        except ValueError:
            return None


def tell(kind: str, message: str) -> None:
    """Writes a workflow command, which GitHub shows on the page of the run."""
    for char in "%\r\n":
        message = message.replace(char, f"%{ord(char):02X}")
    print(f"::{kind} title=supportrules::{message}", flush=True)


def stop(message: str) -> NoReturn:
    tell("error", message)
    raise SystemExit(USAGE)


def run(*command: str) -> Ran:
    done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


def supportrules(*arguments: str) -> Ran:
    """Runs the command that is installed beside this Python; what it tells people goes to the log."""
    # Not as `python -m`, which would import from the repository of the pull request.
    done = run(str(Path(sys.executable).with_name("supportrules")), *arguments)
    log(done.told)
    return done


def log(text: str) -> None:
    """Writes text from outside, of which no line is to be taken for a workflow command."""
    if text.strip():
        token = secrets.token_hex(16)
        print(f"::stop-commands::{token}\n{text.rstrip()}\n::{token}::", flush=True)


class PullRequest:
    """The pull request that the workflow runs on, if it does."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        event: Any = {}
        if environment.get("GITHUB_EVENT_PATH"):
            event = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text("utf-8"))
        found = event.get("pull_request") or {}
        self.number: int | None = found.get("number")
        self.base: str = found.get("base", {}).get("sha", "")


class Look:
    """A look at one policy: every command is run once, and what comes of it is told in one text."""

    def __init__(self, inputs: Inputs, base: str) -> None:
        self.inputs, self.base = inputs, base
        self.words = WORDS.get(inputs.lang, WORDS["en"])
        self.policy = os.path.normpath(inputs.policy)
        self.lang = ("--lang", inputs.lang) if inputs.lang else ()
        self.annotations: list[str] = []

    def word(self, key: str, **values: object) -> str:
        return self.words[key].format(**values)

    # What is run

    @cached_property
    def check(self) -> Ran:
        strict = ("--strict",) if self.inputs.strict == "true" else ()
        return self._annotated("check", "--format", "github", *strict, *self.lang, self.policy)

    @cached_property
    def test(self) -> Ran:
        threshold = self.inputs.coverage_threshold
        asked = ("--threshold", threshold) if threshold else ()
        return self._annotated("test", "--format", "github", *asked, *self.lang, self.policy)

    def _annotated(self, *arguments: str) -> Ran:
        """Runs what prints workflow commands, and prints them."""
        done = supportrules(*arguments)
        lines = done.out.splitlines()
        found = [line for line in lines if COMMAND.fullmatch(line)]
        log("\n".join(line for line in lines if line not in found))
        print("".join(f"{line}\n" for line in found), end="", flush=True)
        self.annotations += found
        if done.code and not any(line.startswith("::error") for line in found):
            tell("error", done.told.strip() or f"`supportrules {arguments[0]}` failed: {done.out.strip()}")
        return done

    @cached_property
    def there(self) -> str | None:
        """Why there is no policy in the base to compare with, as a key of the words; None if there is one."""
        if not self.base:
            return "no_base"
        # A name that stands behind this can't become an option.
        name = ("rev-parse", "--verify", "--quiet", "--end-of-options")
        if run("git", *name, f"{self.base}^{{commit}}").code:
            stop(f"the commit `{self.base}` is not in this clone: give actions/checkout `fetch-depth: 0`")
        manifest = f"{self.base}:{Path(self._inside, 'policy.yaml').as_posix()}"
        return "new" if run("git", *name, manifest).code else None

    @cached_property
    def _inside(self) -> str:
        """The policy's directory from the root of the repository, as revisions have it."""
        root = run("git", "rev-parse", "--show-toplevel")
        if root.code:
            stop("this is no git repository: run actions/checkout before")
        return os.path.relpath(Path(self.policy).resolve(), Path(root.out.strip()).resolve())

    @property
    def before(self) -> str:
        """The policy of the base, as the commands name it."""
        # Every place in the comparison begins with it.
        short = run("git", "rev-parse", "--short=10", self.base).out.strip()
        return f"{short or self.base}:{self._inside}"

    @cached_property
    def diff(self) -> Ran:
        tickets = ("--tickets", self.inputs.tickets) if self.inputs.tickets else ()
        return supportrules("diff", self.before, self.policy, "--format", "markdown", *tickets, *self.lang)

    @cached_property
    def blocked(self) -> str:
        """What of the change of meaning `fail-on` names, in words; empty where there is nothing."""
        if self.inputs.fail_on == "never" or self.there or self.diff.code == NOT_LOADED:
            return ""
        data = supportrules("diff", self.before, self.policy, "--format", "json").json()
        if not isinstance(data, dict):
            stop("`fail-on` can't be told, for the policies could not be compared")
        named = any_change(data["meaning"]) if self.inputs.fail_on == "any" else losses(data["meaning"])
        what = [self.word(key, names=listed(names)) for key, names in named.items() if names]
        return self.word("blocked", fail_on=self.inputs.fail_on, what="; ".join(what)) if what else ""

    def coverage(self, policy: str) -> Any:
        data = supportrules("test", "--format", "json", "--coverage", policy).json()
        return data.get("coverage") if isinstance(data, dict) else None

    # What is told

    @cached_property
    def code(self) -> int:
        """What blocks, or 0."""
        if self.check.code == NOT_LOADED:
            return NOT_LOADED
        compared = DONE if self.there or self.diff.out or self.diff.code == NOT_LOADED else self.diff.code
        if compared:
            tell("error", self.diff.told.strip() or "the policies could not be compared")
        if self.blocked:
            tell("error", self.blocked)
        return self.check.code or self.test.code or compared or (BLOCKED if self.blocked else DONE)

    def text(self) -> str:
        """The whole as Markdown."""
        loads = self.check.code != NOT_LOADED
        rows = [self._row("check", self.check)]
        if loads:
            rows += [self._row("test", self.test), self._coverage()]
        parts = [f"## {self.word('title')} `{self.policy}`", "\n".join(["| | | |", "|---|---|---|", *rows])]
        if loads and self.blocked:
            parts.append(f"❌ {self.blocked}")
        parts += self._listed()
        parts.append(self._compared() if loads else self.word("not_loaded"))
        return "\n\n".join(parts) + "\n"

    def _row(self, name: str, done: Ran) -> str:
        # The last line is the command's own summary.
        lines = (done.out.strip() or done.told.strip()).splitlines()
        return row(self.word(name), not done.code, lines[-1] if lines else "")

    def _coverage(self) -> str:
        now = self.coverage(self.policy)
        text = self.word("covered", **now) if now else "-"
        if not self.there:
            was = self.coverage(self.before)
            text += f" ({self.word('base', text=self.word('covered', **was) if was else '-')})"
        threshold = self.inputs.coverage_threshold
        if not threshold:
            return row(self.word("coverage"), None, text)
        enough = bool(now) and now["covered"] * 100 >= int(threshold) * now["total"]
        return row(self.word("coverage"), enough, f"{text}; {self.word('asked', threshold=threshold)}")

    def _listed(self) -> Iterator[str]:
        """The findings and failed tests, to fold out."""
        found = list(map(plain, self.annotations))
        if found:
            more = [self.word("more", n=len(found) - MOST_LISTED)] if len(found) > MOST_LISTED else []
            listed = "\n".join([*found[:MOST_LISTED], *more])
            yield f"<details><summary>{self.word('findings')}</summary>\n\n{fenced(listed)}\n\n</details>"

    def _compared(self) -> str:
        if self.there:
            return self.word(self.there)
        if self.diff.code == NOT_LOADED:
            return self.word("base_not_loaded")
        return self.diff.out.strip() or self.word("not_compared")


Named = Mapping[str, list[str]]
"""Names of answers, hours and facts by what became of them, which is a key of the words."""


def any_change(meaning: Any) -> Named:
    """All that a comparison tells of the meaning."""
    return {
        "changed": [each["answer"] for each in meaning["changes"] if each["aspect"] == "value"],
        "rebased": [each["answer"] for each in meaning["changes"] if each["aspect"] == "basis"],
        "hours": [each["hours"] for each in meaning["hours"]],
        "read": [each["fact"] for each in (*meaning["readings"], *meaning["one_sided"])],
        "uncompared": list(meaning["not_compared"]),
    }


def losses(meaning: Any) -> Named:
    """What of it is worse for a customer, or may be."""
    worse = [each for each in meaning["changes"] if each["verdict"] == "worse"]
    others = [each for each in meaning["changes"] if each["verdict"] != "worse"]
    return {
        "worse": [each["answer"] for each in worse],
        "lost": [each["answer"] for each in others if is_none(each["new"])],
        "hours_worse": [each["hours"] for each in meaning["hours"] if each["verdict"] == "worse"],
        # What the old policy alone takes is refused now. What the new one alone takes, nobody had.
        "refused": [each["fact"] for each in meaning["one_sided"] if each["taken"] == "old"],
        "uncompared": list(meaning["not_compared"]),
    }


def is_none(answer: Any) -> bool:
    return isinstance(answer, dict) and "no_answer" in answer


def listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(names))


def row(name: str, good: bool | None, text: str) -> str:
    mark = {True: "✅", False: "❌", None: ""}[good]
    return f"| {name} | {mark} | {text.replace('|', chr(92) + '|')} |"


def plain(annotation: str) -> str:
    """A workflow command as a line for people."""
    found = COMMAND.fullmatch(annotation)
    assert found
    kind, listed, message = found.groups()
    properties = dict(pair.partition("=")[::2] for pair in listed.split(","))
    place = ":".join(properties[key] for key in ("file", "line", "col") if key in properties)
    text = f"{place}: {kind}: {properties.get('title', '')}: {message}"
    return re.sub("%([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), text).replace("\n", "\n    ")


def fenced(text: str) -> str:
    """A block of text as it is, whatever backticks it has."""
    longest = max((len(ticks) for ticks in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def cut(text: str, most: int, note: str) -> str:
    """A text of at most so many bytes: whole lines of it, with what is open closed, and a note."""
    if len(text.encode()) <= most:
        return text
    tail = f"\n{note}\n"
    kept: list[str] = []
    room = most - len(tail.encode())
    open_fence, folded = "", 0
    for line in text.splitlines(keepends=True):
        fence = re.match(r"\s*(`{3,}|~{3,})", line)
        opens, folds = open_fence, folded
        if fence and not open_fence:
            opens = fence[1]
        elif fence and fence[1].startswith(open_fence) and not line.strip().strip(fence[1][0]):
            opens = ""
        if not open_fence:
            folds += line.count("<details") - line.count("</details>")
        closing = (f"{opens}\n" if opens else "") + "\n</details>\n" * folds
        room -= len(line.encode())
        if room < len(closing.encode()):
            break
        kept.append(line)
        open_fence, folded = opens, folds
    closing = (f"{open_fence}\n" if open_fence else "") + "\n</details>\n" * folded
    return "".join(kept) + closing + tail


class Comments:
    """The comments of a pull request, by GitHub's API."""

    def __init__(self, environment: Mapping[str, str], number: int, token: str) -> None:
        root = environment.get("GITHUB_API_URL", "https://api.github.com")
        self._issues = f"{root}/repos/{environment['GITHUB_REPOSITORY']}/issues"
        self._number, self._token = number, token

    def keep(self, marker: str, author: str, body: str) -> None:
        """Makes the comment of an author that begins with a marker say something; nothing if it does.

        Raises:
            OSError, HTTPException: GitHub can't be reached, or refuses.
            ValueError: what it answers can't be read.
        """
        for comment in self._all():
            said = (comment.get("body") or "").replace("\r\n", "\n")
            if (comment.get("user") or {}).get("login") == author and said.startswith(marker):
                if said.strip() != body.strip():
                    self._request("PATCH", f"{self._issues}/comments/{comment['id']}", {"body": body})
                return
        self._request("POST", f"{self._issues}/{self._number}/comments", {"body": body})

    def _all(self) -> Iterator[Any]:
        page, more = 1, True
        while more:
            url = f"{self._issues}/{self._number}/comments?per_page=100&page={page}"
            comments, links = self._request("GET", url)
            yield from comments
            page, more = page + 1, 'rel="next"' in links

    def _request(self, method: str, url: str, data: Any = None) -> tuple[Any, str]:
        headers = {
            "Accept": "application/vnd.github+json",
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "User-Agent": "supportrules",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        body = None if data is None else json.dumps(data).encode()
        request = urllib.request.Request(url, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer), answer.headers.get("Link") or ""


def main() -> int:
    environment = os.environ
    inputs = Inputs.read(environment)
    pull_request = PullRequest(environment)
    look = Look(inputs, inputs.base or pull_request.base)
    code, text = look.code, look.text()
    if environment.get("GITHUB_STEP_SUMMARY"):
        with Path(environment["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
            summary.write(cut(text, SUMMARY_BYTES, look.word("cut_summary")))
    if inputs.comment == "true" and pull_request.number is not None:
        # There is one for each policy.
        marker = f"<!-- supportrules: {look.policy} -->\n"
        server = environment.get("GITHUB_SERVER_URL", "https://github.com")
        run_id = environment.get("GITHUB_RUN_ID", "")
        url = f"{server}/{environment['GITHUB_REPOSITORY']}/actions/runs/{run_id}"
        body = cut(marker + text, COMMENT_BYTES, look.word("cut", url=url))
        comments = Comments(environment, pull_request.number, inputs.token)
        try:
            comments.keep(marker, inputs.comment_author, body)
        except (OSError, ValueError, http.client.HTTPException) as error:
            # A pull request from a fork has a token that can't write.
            tell("warning", f"the comment was not written: {error}; it needs `pull-requests: write`")
    return code


if __name__ == "__main__":
    sys.exit(main())
