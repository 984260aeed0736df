"""What a shell completes: the policies that are there, and the names in the one that the line names."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from supportrules.engine import built
from supportrules.time import places, zones

if TYPE_CHECKING:
    from supportrules.engine.evaluation import Policy

# The variable by which a shell asks for candidates.
COMPLETE = "_SUPPORTRULES_COMPLETE"

Complete = Callable[[click.Context, click.Parameter, str], list[Any]]

# How deep policies are looked for below what is typed, and among how many entries.
_DEEP, _MOST = 3, 2000


def completes(names: Callable[[click.Context, str], Iterable[str]]) -> Complete:
    """Makes what click asks for candidates of what finds names; files where there is none.

    Args:
        names: gets what the line says so far, and what of a word is typed.
    """

    @functools.wraps(names)
    def found(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[Any]:
        try:
            options = [name for name in dict.fromkeys(names(ctx, incomplete)) if name.startswith(incomplete)]
        except Exception:
            # A policy that does not load, a directory that can't be read: a shell has no place to say so.
            options = []
        return options or [CompletionItem(incomplete, type="file")]

    return found


def names_policy(argument: str) -> bool:
    """Whether a text names a policy: by its form, which no topic, clause or rule has, or by what is there."""
    if ":" in argument or "/" in argument or os.sep in argument:
        return True
    return _is_policy(Path(argument))


def _is_policy(place: Path) -> bool:
    return (place / "policy.yaml").is_file() or (place.is_file() and built.is_built(place))


@completes
def policies(_: click.Context, typed: str) -> Iterator[str]:
    """Policies: directories, built files, and `REV:PATH` in a git repository."""
    yield from _policies(typed)


def _policies(typed: str) -> Iterator[str]:
    revision, colon, _ = typed.partition(":")
    if colon:
        yield from _in_revision(revision)
        return
    yield from _here(typed)
    if typed and "/" not in typed:
        yield from (f"{tag}:" for tag in _git("for-each-ref", "--format=%(refname:short)", "refs/tags"))


def _here(typed: str) -> Iterator[str]:
    """Policies at and below what is typed."""
    above, slash, start = typed.rpartition("/")
    folders = [(above + slash, 0)]
    seen = 0
    for folder, depth in folders:
        for entry in sorted(os.scandir(folder or "."), key=lambda entry: entry.name):
            seen += 1
            if seen > _MOST:
                return
            if (not depth and not entry.name.startswith(start)) or entry.name[0] == "." != start[:1]:
                continue
            if _is_policy(Path(entry.path)):
                yield f"{folder}{entry.name}"
            elif entry.is_dir() and depth + 1 < _DEEP:
                folders.append((f"{folder}{entry.name}/", depth + 1))


def _in_revision(revision: str) -> Iterator[str]:
    for file in _git("ls-tree", "-r", "--name-only", "--full-tree", "--end-of-options", revision):
        folder, _, name = file.rpartition("/")
        if name == "policy.yaml" and folder and not folder.startswith("."):
            yield f"{revision}:{folder}"


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], capture_output=True, check=False, encoding="utf-8")
    return done.stdout.splitlines()


def _named(ctx: click.Context) -> Policy:
    """The policy that the line names so far."""
    from supportrules.engine.cache import load_cached

    words: list[str] = ctx.obj
    if words and words[-1].startswith("-"):
        # An option whose value is being typed: with it, click reads no arguments.
        words = words[:-1]
    command = ctx.command.make_context(ctx.info_name, words, ctx.parent, resilient_parsing=True)
    several = (*(command.params.get("what") or ()), *(command.params.get("names") or ()))
    named = (command.params.get("policy"), command.params.get("argument"), *filter(names_policy, several))
    return load_cached(next(filter(None, named), None))


@completes
def languages(ctx: click.Context, _: str) -> Iterable[str]:
    """The languages of the policy."""
    return _named(ctx).definition.languages


@completes
def facts(ctx: click.Context, _: str) -> Iterable[str]:
    """The facts of the policy."""
    return _named(ctx).definition.vocabulary.facts


@completes
def facts_with_values(ctx: click.Context, typed: str) -> Iterator[str]:
    """The facts of the policy, each with a `=`, and the values of the one that is typed."""
    name, equals, begun = typed.partition("=")
    known = _named(ctx).definition.vocabulary.facts
    if not equals:
        yield from (f"{fact}=" for fact in known)
    elif known[name].type == "boolean":
        yield from (f"{name}=true", f"{name}=false")
    elif known[name].type == "subdivision":
        country = places.country(begun)
        codes = places.subdivisions(country) if country in zones.country_names() else ()
        yield from (f"{name}={code}" for code in codes)
    else:
        yield from (f"{name}={value}" for value in known[name].values)


@completes
def answers(ctx: click.Context, typed: str) -> Iterable[str]:
    """What can be asked for with `--why-not`: levels, channels, targets and so on."""
    from supportrules.engine.why_not import answers as answers_of

    names = answers_of(_named(ctx).tables)
    return names if "." in typed else [name for name in names if "." not in name]


@completes
def clauses(ctx: click.Context, typed: str) -> Iterator[str]:
    """The clauses of the policy, its rules where a dot is typed, and policies."""
    policy = _named(ctx)
    yield from policy.definition.clauses
    if "." in typed:
        yield from (rule.id for stage in policy.program.stages.values() for rule in stage.rules)
    yield from _policies(typed)


@completes
def topics(_: click.Context, typed: str) -> Iterator[str]:
    """What `show` shows, and policies."""
    from supportrules.report.policy_tables import TOPICS

    yield from TOPICS
    yield from _policies(typed)
