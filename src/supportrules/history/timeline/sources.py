"""Where the versions of a timeline come from: a folder of them, or the tags of a git repository."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from supportrules.base.frozen import FrozenDict
from supportrules.base.problem import Location, Problem
from supportrules.base.wording import reason
from supportrules.engine import built
from supportrules.errors import PolicyLoadError, TimelineLoadError
from supportrules.history.timeline.timeline import Timeline
from supportrules.history.timeline.version import Version
from supportrules.policy import File, Source
from supportrules.policy.files import MANIFEST, Folder, Revision, content, inside_tree, is_yaml
from supportrules.policy.git import GitError, LinkError, Repository
from supportrules.policy.manifest import Manifest, manifest_of, read_manifest

_TAGS = re.compile(r"tags(?:/([^:\0]+))?:([^\n\0]*)")

# Files that may stand beside versions, for those who read the folder.
_BESIDE = (".md", ".txt")


def load_timeline(where: str | Path) -> Timeline:
    """Loads the versions of a policy, of which each is read as a whole only when it is needed.

    Args:
        where: a folder in which each version is a directory or a file that was built; or ``tags:PATH``, the
            directory PATH at each tag of a git repository, ``tags/v*:PATH`` at some (an existing directory
            wins).

    Returns:
        The timeline, with the manifest of each version.

    Raises:
        TimelineLoadError: there is no version, or one does not say from when it is in force; ``problems`` has
            everything that is wrong.
    """
    named = str(where)
    path, tags = Path(named), _TAGS.fullmatch(named)
    try:
        if named and path.is_dir():
            return _timeline(_in_folder(path))
        if tags and not path.exists():
            return _timeline(_at_tags(tags[1], tags[2], named))
        message = "not a folder" if named and path.exists() else "no such folder"
    except OSError as error:
        raise _no_timeline(reason(error), "", str(error.filename or where)) from None
    hint = "name the folder with the versions, or tags:PATH of a directory in a git repository"
    raise _no_timeline(message, hint, named)


def _timeline(versions: Iterable[Version]) -> Timeline:
    found = sorted(versions, key=lambda version: version.effective_from)
    days = sorted({version.effective_from for version in found})
    until = dict(zip(days, [*days[1:], None], strict=True))
    return Timeline(tuple(replace(each, until=until[each.effective_from]) for each in found))


def _no_timeline(message: str, hint: str, where: str) -> TimelineLoadError:
    # An empty name is no place.
    place = Location(where) if where else None
    return TimelineLoadError([Problem("no-timeline", message, hint, place)])


def _in_folder(path: Path) -> list[Version]:
    if (path / MANIFEST).exists():
        hint = "name the folder with the directories of all its versions"
        raise _no_timeline("a policy, and not the versions of one", hint, str(path))
    entries = [entry for entry in sorted(path.iterdir()) if not entry.name.startswith(".")]
    sources = [source for entry in entries if (source := _of_entry(entry))]
    if not sources:
        raise _no_timeline(
            "no versions here",
            "a version is a directory with `policy.yaml` in it, or a built file",
            str(path),
        )
    manifests = _manifests(sources)
    return [Version((source.name,), manifests[source], source) for source in sources]


def _of_entry(entry: Path) -> Source | None:
    """What an entry of a folder is; None of a directory or file that is there for another purpose.

    Whatever may have been a version is one: else an earlier version would decide in its place.
    """
    # It is read later, wherever the program stands then.
    path, name = entry.absolute(), str(entry)
    if entry.is_dir():
        return Folder(path, name) if any(is_yaml(file.name) for file in entry.iterdir()) else None
    return None if entry.suffix in _BESIDE else File(path, name)


def _at_tags(pattern: str | None, inside: str, where: str) -> list[Version]:
    try:
        repository = Repository.here()
    except GitError as error:
        raise _no_timeline("no such folder, and no git repository here", str(error), where) from None
    path = inside_tree(inside)
    # What is the same at several tags is one version.
    content_of: dict[str, tuple[str, ...]] = {}
    try:
        commits = repository.tags(pattern)
        with repository.reading() as objects:
            for tag, commit in commits.items():
                try:
                    folder = objects.find(commit, path)
                except LinkError as error:
                    problem = Problem("unreadable", str(error), "", Location(f"{tag}:{inside.rstrip('/')}"))
                    raise TimelineLoadError([problem]) from None
                if folder and MANIFEST in folder.names():
                    content_of[tag] = content(folder)
        if not content_of:
            which = f"no tag like `{pattern}` has" if pattern else "no tag has"
            raise _no_timeline(f"{which} a policy in `{inside}`", repository.to_fetch(), where)
        ancestors = repository.ancestors(commits[tag] for tag in content_of)
    except GitError as error:
        raise _no_timeline("the tags can't be read", str(error), where) from None
    order = {commit: number for number, commit in enumerate(ancestors)}
    name_of = {
        tag: f"{tag}:{inside.rstrip('/')}" for tag in sorted(content_of, key=lambda tag: order[commits[tag]])
    }
    tags_of: dict[tuple[str, ...], list[str]] = {}
    for tag in name_of:
        tags_of.setdefault(content_of[tag], []).append(tag)
    sources = {
        same: Revision(repository, commits[tags[0]], path, name_of[tags[0]]) for same, tags in tags_of.items()
    }
    manifests = _manifests(sources.values())

    def above(tag: str) -> frozenset[str]:
        return frozenset(name for other, name in name_of.items() if commits[other] in ancestors[commits[tag]])

    return [
        Version(
            tuple(name_of[tag] for tag in tags),
            manifests[sources[same]],
            sources[same],
            ancestors=FrozenDict({name_of[tag]: above(tag) for tag in tags}),
        )
        for same, tags in tags_of.items()
    ]


def _manifests(sources: Iterable[Source]) -> Mapping[Source, Manifest]:
    """The manifests of versions.

    Raises:
        TimelineLoadError: some can't be read; with every problem of all of them.
    """
    manifests: dict[Source, Manifest] = {}
    problems: list[Problem] = []
    for source in sources:
        try:
            manifests[source] = _of_file(source) if isinstance(source, File) else read_manifest(source)
        except PolicyLoadError as error:
            problems += error.problems
    if problems:
        raise TimelineLoadError(problems)
    return manifests


def _of_file(file: File) -> Manifest:
    """The manifest of a built policy, which has to be whole to tell."""
    if not file.path.is_file():
        raise _no_timeline("no directory, and no file that can be read", _ELSEWHERE, file.name)
    try:
        return manifest_of(built.read_built(file)[0])
    except PolicyLoadError as error:
        # To be no policy at all is told as what it is in this place.
        raise PolicyLoadError(
            replace(problem, hint=_ELSEWHERE) if problem.code == "no-policy" else problem
            for problem in error.problems
        ) from None


_ELSEWHERE = "a folder of versions has nothing else: move it, or begin its name with a dot"
