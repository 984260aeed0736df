"""Where a policy's files come from: a directory, or one of a git repository as it was in a commit."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeAlias

from supportrules.base.problem import Location, Problem
from supportrules.base.wording import did_you_mean, nearest, reason
from supportrules.errors import PolicyLoadError
from supportrules.policy.documents import MAX_BYTES, file_name, is_calendar
from supportrules.policy.git import GitEntry, GitError, LinkError, Objects, Repository, tracked

REQUIRED = ("policy", "vocabulary", "severity", "response_targets", "channels", "calendars", "clauses")
OPTIONAL = ("plans", "issue_types")
MANIFEST = "policy.yaml"
CASES = "tests"
# The table of a promise.
_TABLE = re.compile(r"[a-z][a-z0-9_]*_targets\.yaml")
SHIPPED = Path(__file__).parent.parent / "policies"

# More directories and links than any path has that leads somewhere.
_MOST_STEPS = 10_000
# One byte more than the limit is enough to see that it is passed.
_MOST = MAX_BYTES + 1


@dataclass(frozen=True)
class PolicyFiles:
    """The files of a policy, with the names to show for them: those of YAML by stem, calendars by name."""

    contents: Mapping[str, bytes]
    names: Mapping[str, str]


# What reads a file; or why it can't be read.
Below: TypeAlias = Callable[[], bytes] | PolicyLoadError


@dataclass(frozen=True)
class Folder:
    """A directory.

    Args:
        name: what to show for it.
    """

    path: Path
    name: str

    def files(self, wanted: Callable[[str], bool]) -> Mapping[str, bytes]:
        """The contents of files in it, by name.

        Raises:
            PolicyLoadError: they can't be read.
        """
        _, names = self._names("") or ("", [])
        return {name: self._read(name) for name in names if wanted(name)}

    def below(self, folder: str) -> Iterator[tuple[str, Below]]:
        """The files in a directory of it and in those below that, by their paths."""
        _, names = self._names("") or ("", [])
        if folder in names:
            yield from _below(self.name, folder, self._names, self._read)

    def _names(self, path: str) -> tuple[str, list[str]] | None:
        place, name = self.path / path, _joined(self.name, path)
        with _readable(name):
            if not place.is_dir():
                return None
            refuse_leaving(place, name)
            return os.path.realpath(place), sorted(inside.name for inside in place.iterdir())

    def _read(self, path: str) -> bytes:
        place, name = self.path / path, _joined(self.name, path)
        with _readable(name):
            if place.is_symlink():
                refuse_leaving(place, name)
            if not place.is_file():
                _fail("unreadable", "not a file, or a broken link", "", name)
            with place.open("rb") as stream:
                return stream.read(_MOST)


@dataclass(frozen=True)
class Revision:
    """A directory of a git repository as it was in a commit.

    Args:
        commit: the hash of the commit.
        path: from the root of the repository.
        name: what to show for it.
    """

    repository: Repository
    commit: str
    path: str
    name: str

    def files(self, wanted: Callable[[str], bool]) -> Mapping[str, bytes]:
        """The contents of files in it, by name.

        Raises:
            PolicyLoadError: they can't be read.
        """
        with _in_git(self.name), self.repository.reading() as objects:
            _, names = self._names(objects, "") or ("", [])
            return {name: self._read(objects, name) for name in names if wanted(name)}

    def below(self, folder: str) -> Iterator[tuple[str, Below]]:
        """The files in a directory of it and in those below that, by their paths."""
        with _in_git(self.name), self.repository.reading() as objects:
            names, read = partial(self._names, objects), partial(self._read, objects)
            _, here = names("") or ("", [])
            if folder in here:
                yield from _below(self.name, folder, names, read)

    def _names(self, objects: Objects, path: str) -> tuple[str, list[str]] | None:
        with _in_git(_joined(self.name, path)):
            found = objects.find(self.commit, _joined(self.path, path))
        return (found.path, found.names()) if found and found.kind == "tree" else None

    def _read(self, objects: Objects, path: str) -> bytes:
        name = _joined(self.name, path)
        with _in_git(name):
            file = objects.find(self.commit, _joined(self.path, path))
            if file is None or file.kind != "blob":
                _fail("unreadable", "not a file, or a broken link", "", name)
            return file.read(_MOST)


@dataclass(frozen=True)
class File:
    """A file, which can only be a built policy.

    Args:
        name: what to show for it.
    """

    path: Path
    name: str


Source: TypeAlias = Folder | Revision | File


def source_of(where: str | Path | Source | None = None) -> Source:
    """What a name stands for.

    Args:
        where: a directory, a file, ``REV:PATH`` (what exists wins), or None for the policy that ships.

    Raises:
        PolicyLoadError: nothing there.
    """
    if isinstance(where, Source):
        return where
    named = str(SHIPPED if where is None else where)
    path = Path(named)
    with _readable(named):
        if named and path.exists():
            refuse_leaving(path, named)
            return Folder(path, named.rstrip("/") or named) if path.is_dir() else File(path, named)
    revision, colon, inside = named.partition(":")
    if not colon or not revision:
        hint = "name a directory, a built file, or REV:PATH of a directory in a git repository"
        _fail("no-policy", "no such directory", hint, named)
    return _revision(revision, inside, named)


def read_policy_files(where: str | Path | Source | None = None) -> PolicyFiles:
    """The files of a policy.

    Args:
        where: as for `source_of`.

    Raises:
        PolicyLoadError: nothing there, or no policy.
    """
    source = _folder(source_of(where))
    return _policy_files(source.files(is_read), source.name)


def case_files(where: str | Path | Source | None = None) -> Iterator[tuple[str, Below | None]]:
    """The files below `tests` of a policy, by the names to show for them.

    Args:
        where: as for `source_of`.

    Returns:
        For each what reads it, or why it can't be read; None for one that is no YAML.

    Raises:
        PolicyLoadError: nothing there.
    """
    source = source_of(where)
    if not isinstance(source, File):
        for path, file in source.below(CASES):
            yield f"{source.name}/{path}", file if isinstance(file, Exception) or is_yaml(path) else None


def read_manifest_file(where: str | Path | Source) -> tuple[bytes, str]:
    """The manifest alone, and the name to show for it.

    Args:
        where: as for `source_of`.

    Raises:
        PolicyLoadError: nothing there, or no policy.
    """
    source = _folder(source_of(where))
    contents = source.files(MANIFEST.__eq__)
    _has_manifest(contents, source.name)
    return contents[MANIFEST], f"{source.name}/{MANIFEST}"


def refuse_leaving(path: Path, name: str) -> None:
    """Refuses a file or directory to which a link leads out of its git repository, or to what is git's own.

    A pull request can hold such a link; what it points to is in none, and nothing of it may be shown there. A
    link that git does not track is the user's own.

    Args:
        name: what to show for it.

    Raises:
        PolicyLoadError: one does.
    """
    there = Path(os.path.realpath(path))
    for above in Path(os.path.normpath(Path.cwd() / path)).parents:
        if not os.path.lexists(above / ".git"):
            continue
        root = Path(os.path.realpath(above))
        leaves = not there.is_relative_to(root) or there.is_relative_to(root / ".git")
        if leaves and any(map(tracked, _links(path))):
            hint = "link to a file in the repository, or put a copy there"
            _fail("unreadable", "a link that leaves the git repository", hint, name)


def _links(path: Path) -> Iterator[Path]:
    """The links on the way to a file, each where it lies."""
    at, *ahead = (Path.cwd() / path).parts
    here, ahead = Path(at), ahead[::-1]
    for _ in range(_MOST_STEPS):
        if not ahead:
            return
        step = here / ahead.pop()
        if step.name == ".." or not step.is_symlink():
            here = here.parent if step.name == ".." else step
            continue
        yield step
        at, *more = (here / step.readlink()).parts
        here, ahead = Path(at), [*ahead, *more[::-1]]


def content(folder: GitEntry) -> tuple[str, ...]:
    """What two directories of a policy in commits have in common if nothing differs, nor what links lead to.

    Raises:
        GitError: git fails.
    """

    def hash_of(inside: GitEntry, name: str) -> str:
        try:
            found = inside.find(name)
        except LinkError as error:
            return str(error)
        return found.hash if found else ""

    linked = [hash_of(folder, name) for name in folder.links() if is_read(name) or name == CASES]
    with suppress(LinkError):
        cases = folder.find(CASES)
        linked += [hash_of(cases, name) for name in cases.links()] if cases else []
    return (folder.hash, *linked)


def inside_tree(path: str) -> str:
    """A path in a revision as git takes it: from the root of the repository."""
    normal = posixpath.normpath(path.strip("/"))
    return "" if normal == "." else normal


def is_yaml(name: str) -> bool:
    """Whether a file is one of YAML."""
    return Path(name).suffix in (".yaml", ".yml")


def is_read(name: str) -> bool:
    """Whether a file is one of those that a policy is made of."""
    return is_yaml(name) or is_calendar(name)


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turns what a file system refuses into the error of a policy that can't be read."""
    try:
        yield
    except OSError as error:
        _fail("unreadable", reason(error), "", str(error.filename or name))


@contextmanager
def _in_git(name: str) -> Iterator[None]:
    """Turns what git or a link refuses into the error of a policy that can't be read."""
    try:
        yield
    except (GitError, LinkError) as error:
        _fail("unreadable", str(error), "", name)


def _below(
    base: str,
    path: str,
    names: Callable[[str], tuple[str, list[str]] | None],
    read: Callable[[str], bytes],
    above: tuple[str, ...] = (),
) -> Iterator[tuple[str, Below]]:
    """The file that is at a path, or those of the directory that is there.

    Args:
        base: what to show for where the path begins.
        names: gives what a directory is, whatever leads to it, and the names in it; None of what is none.
        read: gives the content of a file.
        above: the directories in which it is.

    Raises:
        PolicyLoadError: the directory above all can't be read.
    """
    try:
        found = names(path)
        if found is None:
            if not above:
                # That says why it is no directory, if it is no file either.
                read(path)
            yield path, partial(read, path)
            return
        place, inside = found
        if is_yaml(path):
            _fail("unreadable", "a directory, not a file", "", _joined(base, path))
        if place in above:
            _fail("unreadable", "a link that leads round in a circle", "", _joined(base, path))
    except PolicyLoadError as error:
        if not above:
            raise
        yield path, error
        return
    for name in inside:
        yield from _below(base, f"{path}/{name}", names, read, (*above, place))


def _joined(above: str, name: str) -> str:
    """A path below another one, either of which may be empty."""
    return f"{above}/{name}" if above and name else above or name


def _fail(code: str, message: str, hint: str, file: str) -> NoReturn:
    # An empty name is no place.
    raise PolicyLoadError([Problem(code, message, hint, Location(file) if file else None)])


def _folder(source: Source) -> Folder | Revision:
    if isinstance(source, File):
        _fail("no-policy", "a file, not a directory", "name a directory", source.name)
    return source


def _revision(revision: str, inside: str, named: str) -> Revision:
    try:
        repository = Repository.here()
    except GitError as error:
        _fail("no-policy", "no such directory, and no git repository here", str(error), named)
    with _in_git(named):
        commit = repository.commit(revision)
        if commit is None:
            message = f"`{revision}` is no revision of a git repository here, and `{named}` no directory"
            _fail("no-policy", message, repository.to_fetch(), named)
        with repository.reading() as objects:
            found = objects.find(commit, inside_tree(inside))
    if found is None:
        _fail("no-policy", f"no directory `{inside}` in `{revision}`", "", named)
    if found.kind != "tree":
        hint = f"a built policy is read from a file outside git: `git show {named}` writes it"
        _fail("no-policy", f"`{inside}` in `{revision}` is a file, not a directory", hint, named)
    return Revision(repository, commit, inside_tree(inside), named.rstrip("/"))


def _has_manifest(contents: Mapping[str, bytes], base: str) -> None:
    if MANIFEST not in contents:
        hint = "a policy is a directory with `policy.yaml` in it; `supportrules schema` lists its files"
        _fail("no-manifest", "no `policy.yaml` here", hint, base)


def _policy_files(contents: Mapping[str, bytes], base: str) -> PolicyFiles:
    known = [f"{stem}.yaml" for stem in REQUIRED + OPTIONAL]
    promised = [name for name in contents if _TABLE.fullmatch(name)]
    _has_manifest(contents, base)
    problems = [
        Problem("missing-file", f"`{stem}.yaml` is missing", "", Location(base))
        for stem in REQUIRED
        if f"{stem}.yaml" not in contents
    ]
    for name in contents:
        if name not in (*known, *promised) and not is_calendar(name):
            hint = did_you_mean(nearest(name, known)) or "a policy has " + ", ".join(known)
            place = Location(f"{base}/{name}")
            problems.append(Problem("unknown-file", f"`{name}` is no file of a policy", hint, place))
    if problems:
        raise PolicyLoadError(problems)
    stems = {name.removesuffix(".yaml"): data for name, data in contents.items()}
    return PolicyFiles(stems, {stem: f"{base}/{file_name(stem)}" for stem in stems})
