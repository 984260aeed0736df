"""Where the versions of a timeline come from: a folder of them, or the tags of a git repository."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from supportrules.errors import PolicyLoadError
from supportrules.evaluate import load_policy
from supportrules.policy import git
from supportrules.policy.files import MANIFEST, inside_tree
from supportrules.policy.manifest import Manifest, manifest_of, read_manifest
from supportrules.problem import Location, Problem
from supportrules.timeline.timeline import Timeline, Version

_TAGS = re.compile(r"tags(?:/([^:]+))?:([^\n]*)")
_YAML = (".yaml", ".yml")


def load_timeline(where: str | Path) -> Timeline:
    """Loads the versions of a policy, of which each is read as a whole only when it is needed.

    Args:
        where: a directory in which each version has a directory, or whatever `load_policy` takes; or
            ``tags:PATH``, the directory PATH at each tag of a git repository, ``tags/v*:PATH`` at some (an
            existing directory wins).

    Raises:
        PolicyLoadError: there is no version, or one does not say from when it is in force; ``problems`` has
            everything that is wrong.
    """
    named = str(where)
    path, tags = Path(where), _TAGS.fullmatch(named)
    try:
        if path.is_dir():
            return _timeline(named, _in_folder(path))
        if tags and not path.exists():
            return _timeline(named, _at_tags(tags[1], tags[2], named))
    except OSError as error:
        raise _fail((error.strerror or str(error)).lower(), "", str(error.filename or where)) from None
    message = "not a folder" if path.exists() else "no such folder"
    hint = "name the folder with the versions, or tags:PATH of a directory in a git repository"
    raise _fail(message, hint, named)


def _timeline(where: str, versions: Iterable[Version]) -> Timeline:
    found = sorted(versions, key=lambda version: version.effective_from)
    days = sorted({version.effective_from for version in found})
    until = dict(zip(days, [*days[1:], None], strict=True))
    return Timeline(where, tuple(replace(each, until=until[each.effective_from]) for each in found))


def _fail(message: str, hint: str, where: str) -> PolicyLoadError:
    return PolicyLoadError([Problem("no-timeline", message, hint, Location(where))])


def _in_folder(path: Path) -> list[Version]:
    if (path / MANIFEST).exists():
        hint = "name the folder with the directories of all its versions"
        raise _fail("a policy, and not the versions of one", hint, str(path))
    entries = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith(".")]
    versions = _read((entry, frozenset[str]()) for entry in entries if _may_be_version(entry))
    if not versions:
        raise _fail("no versions here", "make a directory for each version of the policy", str(path))
    return versions


def _may_be_version(entry: Path) -> bool:
    """Whether an entry of a folder can be a version: a file, or a directory with files as a policy has."""
    return not entry.is_dir() or any(file.suffix in _YAML for file in entry.iterdir())


def _at_tags(pattern: str | None, inside: str, where: str) -> list[Version]:
    try:
        commits = git.tags(pattern)
        if commits is None:
            raise _fail("no git repository here, and no such folder", "", where)
        ancestors = git.ancestors(commits.values())
        order = {commit: number for number, commit in enumerate(ancestors)}
        names = sorted(commits, key=lambda name: order[commits[name]])
        trees = git.trees([commits[name] for name in names], inside_tree(inside), holding=MANIFEST)
    except FileNotFoundError:
        raise _fail("no such folder, and git is not installed", "", where) from None
    # Of tags at which the directory is the same, the first is enough.
    first: dict[str, str] = {}
    for name, tree in zip(names, trees, strict=True):
        if tree is not None:
            first.setdefault(tree, name)
    if not first:
        which = f"no tag like `{pattern}` has" if pattern else "no tag has"
        raise _fail(f"{which} a policy in `{inside}`", "", where)
    kept = list(first.values())

    def above(name: str) -> frozenset[str]:
        return frozenset(f"{other}:{inside}" for other in kept if commits[other] in ancestors[commits[name]])

    return _read((f"{name}:{inside}", above(name)) for name in kept)


def _read(named: Iterable[tuple[str | Path, frozenset[str]]]) -> list[Version]:
    """Versions by their names and those of what they come from."""
    versions: list[Version] = []
    problems: list[Problem] = []
    for where, ancestors in named:
        try:
            manifest = _of_file(where) if Path(where).is_file() else read_manifest(where)
        except PolicyLoadError as error:
            problems += error.problems
            continue
        if manifest is not None:
            versions.append(Version(str(where), manifest, None, ancestors))
    if problems:
        raise PolicyLoadError(problems)
    return versions


def _of_file(where: str | Path) -> Manifest | None:
    """The manifest of a policy in one file; None of a file that is no policy at all."""
    try:
        return manifest_of(load_policy(where).definition)
    except PolicyLoadError as error:
        if [problem.code for problem in error.problems] == ["no-policy"]:
            return None
        raise
