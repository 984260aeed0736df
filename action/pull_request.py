"""What `action.yml` runs: looks at the policy of a pull request, and keeps one comment on it up to date.

The exit code is that of the first that blocks: 3 a policy that does not load, 1 findings, failed tests, too
little coverage, or a change that `fail-on` names, 2 what can't be run as asked, such as a comparison. A
comment that can't be written blocks nothing.
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
# Python does not call them printable: spaces that keep words together.
SPACES = "\u00a0\u202f"
COMMAND = re.compile(r"::(error|warning|notice) (.*?)::(.*)")
# What a command sums up in, in words of its own.
SUMMARY = re.compile(r"[\w ,:.%]*")
# What `check` finds where nothing is wrong but that there is no policy.
ABSENT = {"no-policy", "no-manifest"}

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
    message = shown(message).replace("%", "%25").replace("\n", "%0A")
    print(f"::{kind} title=supportrules::{message}", flush=True)


def stop(message: str) -> NoReturn:
    tell("error", message)
    raise SystemExit(USAGE)


def run(*command: str) -> Ran:
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", check=False)
    except OSError as error:
        return Ran(USAGE, "", f"{command[0]} can't be run: {error.strerror}")
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
        print(f"::stop-commands::{token}\n{shown(text).rstrip()}\n::{token}::", flush=True)


def shown(text: str) -> str:
    """Lines of text from outside, of which no character does anything but show itself."""
    kept = f"\n{SPACES}"
    return "".join(c if c.isprintable() or c in kept else " " if c in "\t\r" else "\ufffd" for c in text)


class Git:
    """The repository that is checked out."""

    def commit(self, name: str) -> str:
        """The hash of the commit of a name; empty where it is not in the clone."""
        # A name that stands behind this can't become an option.
        asked = ("rev-parse", "--verify", "--quiet", "--end-of-options")
        done = run("git", *asked, f"{name}^{{commit}}")
        if done.code and done.told.strip():
            self.stop(done)
        return done.out.strip()

    def say(self, *arguments: str) -> str:
        """What git says; where it fails nothing can be compared."""
        done = run("git", *arguments)
        if done.code:
            self.stop(done)
        return done.out.removesuffix("\n")

    def stop(self, done: Ran) -> NoReturn:
        reason = done.told.strip() or f"exit code {done.code}"
        before = "; run actions/checkout before this" if "not a git repository" in reason else ""
        stop(f"the policy can't be compared{before}: git says: {reason}")

    @cached_property
    def head(self) -> str:
        """The commit that is checked out."""
        return self.commit("HEAD") or stop("the policy can't be compared: no commit is checked out")

    @cached_property
    def parents(self) -> list[str]:
        """The commits that it was made from, which a clone may not have."""
        # Not of the history, which a shallow clone has cut.
        lines = self.say("cat-file", "commit", self.head).partition("\n\n")[0].splitlines()
        return [line.removeprefix("parent ") for line in lines if line.startswith("parent ")]

    @cached_property
    def cut(self) -> set[str]:
        """The commits whose parents are not in this clone, as it is shallow."""
        if self.say("rev-parse", "--is-shallow-repository") != "true":
            return set()
        return set(Path(self.say("rev-parse", "--git-path", "shallow")).read_text("utf-8").split())

    def known(self, name: str, what: str, depth: str = "0") -> str:
        """The commit of a name, which has to be there.

        Args:
            what: it is, for people.
            depth: which `fetch-depth` gets it.
        """
        if found := self.commit(name):
            return found
        if self.cut:
            shallow = f"is not in this clone, which is shallow: give actions/checkout `fetch-depth: {depth}`"
            stop(f"the policy can't be compared: {what} `{name}` {shallow}")
        stop(f"the policy can't be compared: {what} `{name}` is not in this clone: fetch it, or give `base`")

    def fork(self, names: list[str], what: str) -> str:
        """The last commit that what is checked out has in common with a branch.

        Args:
            names: commits of the branch, of which some may not be in the clone.
            what: they are, for people.
        """
        known = [commit for name in names if (commit := self.commit(name))] or [self.known(names[-1], what)]
        found = [commit for name in known if (commit := self._common(name))]
        # Of a branch that has it all, as after a merge, an earlier state says more.
        found = [commit for commit in found if commit != self.head] or found
        last = self.say("merge-base", "--independent", *found).split("\n")[0] if found else ""
        apart = self.say("rev-list", "HEAD", *known, *([f"^{last}"] if last else [])).split()
        if self.cut.intersection(apart):
            shallow = "this clone is shallow, and the history lacks its beginning"
            stop(f"the policy can't be compared: {shallow}: give actions/checkout `fetch-depth: 0`")
        return last or stop(f"the policy can't be compared: HEAD has no commit in common with {what}")

    def _common(self, commit: str) -> str:
        done = run("git", "merge-base", "HEAD", commit)
        # Without a word it has looked, and found none.
        if done.code and done.told.strip():
            self.stop(done)
        return done.out.strip()


class Event:
    """What the workflow runs on."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._data: Any = {}
        if environment.get("GITHUB_EVENT_PATH"):
            self._data = json.loads(Path(environment["GITHUB_EVENT_PATH"]).read_text("utf-8"))
        self._ref = environment.get("GITHUB_REF", "")
        self._pull: Any = self._data.get("pull_request") or {}
        self.number: int | None = self._pull.get("number")

    def base(self, git: Git, given: str) -> str:
        """The commit to compare with: what the checkout was made from; empty where there is none.

        Args:
            given: the input.
        """
        if given:
            # Of a branch that is not checked out a clone has only what was fetched.
            return git.commit(given) or git.commit(f"origin/{given}") or git.known(given, "the base")
        if self._pull:
            return self._base_of_pull(git)
        if group := self._data.get("merge_group"):
            return git.known(group["base_sha"], "the base of the merge group")
        before = str(self._data.get("before") or "").strip("0") and self._data["before"]
        if before:
            return git.known(before, "the commit before the push")
        default = (self._data.get("repository") or {}).get("default_branch")
        if not default or self._ref == f"refs/heads/{default}":
            return ""
        found = git.fork([f"origin/{default}"], "the tip of the default branch")
        return "" if found == git.head else found

    def _base_of_pull(self, git: Git) -> str:
        head, base = self._pull.get("head", {}).get("sha", ""), self._pull["base"]
        # By default a merge of the pull request into its base is checked out, which GitHub made.
        if git.head != head and len(git.parents) == 2:
            into, merged = git.parents
            subject = git.say("log", "-1", "--format=%s", "HEAD")
            if head in ("", merged) or subject == f"Merge {merged} into {into}":
                return git.known(into, "the base of the merge", "2")
        branch = base.get("ref") or "HEAD"
        found = git.fork([f"origin/{branch}", base["sha"]], "the tip of the base branch")
        if head and found == git.head != head:
            where = f"`{git.head[:10]}` is checked out, a commit of the base branch"
            stop(f"the policy can't be compared: {where} and none of the pull request")
        return found


@dataclass(frozen=True)
class Comparison:
    """What became of a comparison.

    Args:
        why: there is none, as a key of the words; None if there is.
        before: the policy of the base, as the commands name it.
        ran: the command that compared.
        said: by it, where it failed.
    """

    why: str | None
    before: str = ""
    ran: Ran = Ran(DONE, "", "")
    said: str = ""


class Look:
    """A look at one policy: every command is run once, and what comes of it is told in one text."""

    def __init__(self, inputs: Inputs, event: Event, git: Git) -> None:
        self.inputs, self.event, self.git = inputs, event, git
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
        lines = shown(done.out).split("\n")
        found = [line for line in lines if COMMAND.fullmatch(line)]
        log("\n".join(line for line in lines if line not in found))
        print("".join(f"{line}\n" for line in found), end="", flush=True)
        self.annotations += found
        if done.code and not any(line.startswith("::error") for line in found):
            tell("error", done.told.strip() or f"`supportrules {arguments[0]}` failed: {done.out.strip()}")
        return done

    @cached_property
    def base(self) -> str:
        """The commit to compare with; empty where there is none."""
        return self.event.base(self.git, self.inputs.base)

    @cached_property
    def comparison(self) -> Comparison:
        """What the comparison with the policy of the base came to."""
        if not self.base:
            return Comparison("no_base")
        # Every place in the comparison begins with it.
        short = self.git.say("rev-parse", "--short=10", self.base)
        here = self.git.say("rev-parse", "--show-prefix")
        inside = os.path.normpath(Path(here, os.path.relpath(self.policy)))
        found = self._compared(f"{short}:{inside}")
        if found.why != "new":
            return found
        if self._codes(f"{self.git.head}:{inside}")[0] <= ABSENT:
            stop(f"the policy can't be compared: `{self.policy}` is not in the commit that is checked out")
        moved = self._moved(os.path.normpath(Path(inside, "policy.yaml")))
        return self._compared(f"{short}:{Path(moved).parent}") if moved else found

    def _compared(self, before: str) -> Comparison:
        tickets = ("--tickets", self.inputs.tickets) if self.inputs.tickets else ()
        done = supportrules("diff", before, self.policy, "--format", "markdown", *tickets, *self.lang)
        if done.code != NOT_LOADED:
            why = None if done.out or not done.code else "not_compared"
            return Comparison(why, before, done, done.told.strip())
        codes, said = self._codes(before)
        if codes <= ABSENT:
            return Comparison("new")
        # What can't be read says nothing of the policy.
        return Comparison("not_compared" if "unreadable" in codes else "base_not_loaded", before, done, said)

    def _codes(self, policy: str) -> tuple[set[str], str]:
        """Why a policy does not load: the codes, and in words."""
        data = supportrules("check", "--format", "json", policy).json()
        if not isinstance(data, dict):
            return {"unreadable"}, ""
        problems = data["problems"] if data["policy"] is None else []
        said = [": ".join(each[key] for key in ("message", "hint") if each.get(key)) for each in problems]
        return {each["code"] for each in problems} or {"none"}, f"{policy}: {'; '.join(said)}"

    def _moved(self, manifest: str) -> str:
        """Where a manifest was in the base, if it was moved; else empty."""
        renames = ("diff", "--name-status", "-z", "--find-renames", "--diff-filter=R")
        listed = self.git.say(*renames, self.base, "HEAD", "--", ":(top,glob)**/policy.yaml").split("\0")
        # After each status come the old and the new name.
        pairs = zip(listed[1::3], listed[2::3], strict=False)
        return next((old for old, new in pairs if new == manifest), "")

    @cached_property
    def blocked(self) -> str:
        """What of the change of meaning `fail-on` names, in words; empty where there is nothing."""
        if self.inputs.fail_on == "never" or self.comparison.why:
            return ""
        data = supportrules("diff", self.comparison.before, self.policy, "--format", "json").json()
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
        tested = self.test.code
        compared, found = DONE, self.comparison
        if found.why in ("not_compared", "base_not_loaded"):
            # To mend a policy is no crime; where something hangs on the comparison there has to be one.
            asked = found.why == "not_compared" or self.inputs.fail_on != "never"
            compared = (found.ran.code if found.ran.code != NOT_LOADED else USAGE) if asked else DONE
            what = self.word(found.why)
            tell("error" if asked else "warning", f"{what}\n{found.said}" if found.said else what)
        if self.blocked:
            tell("error", self.blocked)
        return self.check.code or tested or compared or (BLOCKED if self.blocked else DONE)

    def text(self) -> str:
        """The whole as Markdown."""
        loads = self.check.code != NOT_LOADED
        rows = [self._row("check", self.check)]
        if loads:
            rows += [self._row("test", self.test), self._coverage()]
        title = f"## {self.word('title')} {code(self.policy)}"
        parts = [title, "\n".join(["| | | |", "|---|---|---|", *rows])]
        if loads and self.blocked:
            parts.append(f"❌ {self.blocked}")
        parts += self._listed()
        parts.append(self._meaning() if loads else self.word("not_loaded"))
        return "\n\n".join(parts) + "\n"

    def _row(self, name: str, done: Ran) -> str:
        # The last line is the command's own summary.
        lines = (done.out.strip() or done.told.strip()).splitlines()
        text = lines[-1] if lines else ""
        return row(self.word(name), not done.code, text if SUMMARY.fullmatch(text) else code(text))

    def _coverage(self) -> str:
        now = self.coverage(self.policy)
        text = self.word("covered", **now) if now else "-"
        if not self.comparison.why:
            was = self.coverage(self.comparison.before)
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

    def _meaning(self) -> str:
        found = self.comparison
        return self.word(found.why) if found.why else found.ran.out.strip()


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
    return ", ".join(map(code, dict.fromkeys(names)))


def code(text: str) -> str:
    """Text of one line in Markdown as it is: GitHub links nothing in it, and tells nobody of it."""
    line = " ".join(shown(text).split())
    fence = "`" * (max((len(ticks) for ticks in re.findall("`+", line)), default=0) + 1)
    pad = " " if line[:1] == "`" or line[-1:] == "`" else ""
    return f"{fence}{pad}{line}{pad}{fence}" if line else ""


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
    text = re.sub("%([0-9A-F]{2})", lambda code: chr(int(code[1], 16)), text)
    return shown(text).replace("\n", "\n    ")


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


def leaves(path: str) -> bool:
    """Whether a file of the repository is by a link in it another one, of which nothing is to be shown."""
    here, there = Path.cwd(), Path(os.path.realpath(path))
    inside = Path(os.path.normpath(here / path)).is_relative_to(here)
    root = here.resolve()
    return inside and (not there.is_relative_to(root) or there.is_relative_to(root / ".git"))


def main() -> int:
    environment = os.environ
    inputs = Inputs.read(environment)
    if inputs.tickets and leaves(inputs.tickets):
        stop(f"`{inputs.tickets}` is a link that leaves the repository")
    event = Event(environment)
    look = Look(inputs, event, Git())
    code, text = look.code, look.text()
    if environment.get("GITHUB_STEP_SUMMARY"):
        with Path(environment["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as summary:
            summary.write(cut(text, SUMMARY_BYTES, look.word("cut_summary")))
    if inputs.comment == "true" and event.number is not None:
        # There is one for each policy.
        marker = f"<!-- supportrules: {look.policy} -->\n"
        server = environment.get("GITHUB_SERVER_URL", "https://github.com")
        run_id = environment.get("GITHUB_RUN_ID", "")
        url = f"{server}/{environment['GITHUB_REPOSITORY']}/actions/runs/{run_id}"
        body = cut(marker + text, COMMENT_BYTES, look.word("cut", url=url))
        comments = Comments(environment, event.number, inputs.token)
        try:
            comments.keep(marker, inputs.comment_author, body)
        except (OSError, ValueError, http.client.HTTPException) as error:
            # A pull request from a fork has a token that can't write.
            tell("warning", f"the comment was not written: {error}; it needs `pull-requests: write`")
    return code


if __name__ == "__main__":
    sys.exit(main())
