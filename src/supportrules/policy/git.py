"""What git says of a repository."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from supportrules.base.wording import reason

if TYPE_CHECKING:
    from subprocess import Popen

# How many links git follows on the way to one file.
_MOST_LINKS = 40

_OBJECT = re.compile(rb"([0-9a-f]+) ([a-z]+) ([0-9]+)")
_TREE, _LINK, _SUBMODULE = "40000", "120000", "160000"
_BLOCK = 1 << 20


class GitError(Exception):
    """Why git fails, in its own words."""


class LinkError(Exception):
    """Why a link or a submodule in a commit is not followed, with its path."""


@dataclass(frozen=True)
class Repository:
    """A git repository; what it says does not depend on the directory in which the program runs.

    Args:
        directory: where git keeps it, absolute.
        root: the directory of its files, absolute.
    """

    directory: str
    root: str

    @classmethod
    def here(cls) -> Repository:
        """The one of the directory in which the program runs.

        Raises:
            GitError: there is none, or git refuses it or is not installed.
        """
        said = os.fsdecode(_git("rev-parse", "--show-cdup", "--absolute-git-dir"))
        # Where there are no files, as in a bare repository, there is no way up to them.
        up, line, directory = said.removesuffix("\n").partition("\n")
        if not line:
            up, directory = "", up
        return cls(directory, str(Path(up).resolve()))

    def commit(self, revision: str) -> str | None:
        """The hash of the commit that a revision names; None where it names nothing.

        Raises:
            GitError: git fails.
        """
        name = ("rev-parse", "--verify", "--quiet", "--end-of-options")
        try:
            return self._run(*name, f"{revision}^{{commit}}").decode().strip()
        except _Silent:
            pass
        try:
            named = self._run(*name, revision).decode().strip()
        except _Silent:
            return None
        if named == revision:
            return None
        # A branch or a tag is there, and what it names is not.
        raise GitError(f"`{revision}` is {named}, which git has lost")

    def to_fetch(self) -> str:
        """What to do where a revision is not here but may be where the repository was cloned from."""
        if self._run("rev-parse", "--is-shallow-repository").strip() == b"true":
            how = "run `git fetch --unshallow --tags`, or give actions/checkout `fetch-depth: 0`"
            return f"this clone is shallow, and lacks most of the history: {how}"
        return "`git fetch --tags` gets what was not fetched" if self._run("remote").strip() else ""

    @contextmanager
    def reading(self) -> Iterator[Objects]:
        """Opens it for reading its commits.

        Raises:
            GitError: git fails.
        """
        with ExitStack() as stack:
            yield Objects(self, stack)

    def tags(self, pattern: str | None) -> Mapping[str, str]:
        """The commits of tags, by the names of the tags.

        Args:
            pattern: which tags, as `v*`; None is all.

        Raises:
            GitError: git fails.
        """
        refs = "refs/tags" if pattern is None else f"refs/tags/{pattern}"
        # To tell its kind git reads what is tagged: a commit that is lost is no tag of something else.
        form = "--format=%(refname) %(objecttype) %(*objecttype)"
        listed = os.fsdecode(self._run("for-each-ref", form, refs)).split("\n")[:-1]
        names = [line.partition(" ")[0] for line in listed]
        # A tag can be one of another tag, or of something that is no commit.
        commits = self._objects((f"{name}^{{commit}}" for name in names), "commit")
        return {
            name.removeprefix("refs/tags/"): commit
            for name, commit in zip(names, commits, strict=True)
            if commit is not None
        }

    def ancestors(self, commits: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """The commits among some from which others come, each after those that it comes from.

        Args:
            commits: their hashes.

        Raises:
            GitError: git fails, as where a part of the history is lost.
        """
        bits = {commit: 1 << number for number, commit in enumerate(dict.fromkeys(commits))}
        # Of the whole history: of one that git simplifies a commit can be missing.
        graph = ("rev-list", "--topo-order", "--reverse", "--parents", "--stdin")
        above: dict[str, int] = {}
        for line in self._run(*graph, given="\n".join(bits)).decode().splitlines():
            commit, *parents = line.split()
            above[commit] = 0
            for parent in parents:
                above[commit] |= above.get(parent, 0) | bits.get(parent, 0)
        order = [commit for commit in above if commit in bits]
        return {commit: frozenset(each for each in order if above[commit] & bits[each]) for commit in order}

    def _objects(self, names: Iterable[str], kind: str) -> list[str | None]:
        """The hashes of objects that are of a kind; None of others, and of names of nothing."""
        told = self._run("cat-file", "--batch-check", given="".join(f"{name}\n" for name in names))
        found = (_OBJECT.fullmatch(line) for line in told.splitlines())
        return [line[1].decode() if line and line[2] == kind.encode() else None for line in found]

    def _run(self, *arguments: str, given: str = "") -> bytes:
        # Where git keeps it no path begins anywhere but at the root.
        return _git(f"--git-dir={self.directory}", *arguments, given=given, cwd=self.directory)


@dataclass(frozen=True)
class GitEntry:
    """A file or directory in a commit, to which every link is followed.

    Args:
        objects: what reads it.
        commit: the hash of its commit.
        path: where it is, from the root of the repository.
        hash: of all that is in it.
    """

    objects: Objects
    commit: str
    path: str
    kind: Literal["tree", "blob"]
    hash: str

    def names(self) -> list[str]:
        """The names of all that is in a directory; of a file none."""
        return sorted(self.objects.entries(self.hash)) if self.kind == "tree" else []

    def links(self) -> list[str]:
        """Those of them that lead elsewhere: links and submodules."""
        elsewhere = (_LINK, _SUBMODULE)
        return [name for name in self.names() if self.objects.entries(self.hash)[name][0] in elsewhere]

    def find(self, path: str) -> GitEntry | None:
        """What is at a path in a directory; None where nothing is.

        Raises:
            LinkError: a link on the way can't be followed.
            GitError: git fails.
        """
        return self.objects.find(self.commit, f"{self.path}/{path}" if self.path else path)

    def read(self, most: int) -> bytes:
        """The beginning of a file.

        Args:
            most: how many bytes of it.

        Raises:
            GitError: git fails.
        """
        return self.objects.read(self.hash, most)


class Objects:
    """What a repository keeps, read by one process of git.

    Args:
        repository: the repository.
        stack: what ends the process.
    """

    def __init__(self, repository: Repository, stack: ExitStack) -> None:
        self.repository = repository
        self._stack = stack
        self._started: tuple[Popen[bytes], IO[bytes]] | None = None
        self._directories: dict[str, Mapping[str, tuple[str, str]]] = {}
        self._submodules: dict[str, Objects] = {}

    def find(self, commit: str, path: str) -> GitEntry | None:
        """What is at a path in a commit; None where nothing is.

        Args:
            commit: its hash.
            path: from the root of the repository.

        Raises:
            LinkError: a link on the way leaves the repository, is absolute, leads round in a circle or to
                nothing; or the commit of a submodule on the way is not here.
            GitError: git fails.
        """
        # The names that are still to go, the next one last; and the directories down to where it stands.
        ahead = path.split("/")[::-1]
        above = [GitEntry(self, commit, "", "tree", self._object(f"{commit}^{{tree}}", 0)[0])]
        links: list[str] = []
        while ahead:
            name, here = ahead.pop(), above[-1]
            if name in ("", "."):
                continue
            if name == "..":
                above.pop()
                if not above:
                    why = "leaves the repository"
                    break
                continue
            mode, hash = self.entries(here.hash).get(name, ("", "")) if here.kind == "tree" else ("", "")
            place = f"{here.path}/{name}" if here.path else name
            if not mode:
                why = "leads to nothing in this commit"
                break
            if mode == _SUBMODULE:
                return self._submodule(place, hash).find(hash, "/".join(ahead[::-1]))
            if mode == _LINK:
                links.append(place)
                target = os.fsdecode(self.read(hash, _BLOCK))
                if target.startswith("/"):
                    why = "is absolute, and leaves the repository"
                    break
                if len(links) > _MOST_LINKS:
                    why = "leads round in a circle"
                    break
                ahead += target.split("/")[::-1]
                continue
            above.append(GitEntry(self, commit, place, "tree" if mode == _TREE else "blob", hash))
        else:
            return above[-1]
        if links:
            # What it points to is nobody's to see.
            raise LinkError(f"the link `{links[0]}` {why}")
        return None

    def entries(self, tree: str) -> Mapping[str, tuple[str, str]]:
        """The modes and hashes of what is in a directory, by name.

        Raises:
            GitError: git fails.
        """
        if tree not in self._directories:
            hash, data = self._object(tree, None)
            size, position = len(hash) // 2, 0
            found: dict[str, tuple[str, str]] = {}
            while position < len(data):
                end = data.index(b"\0", position)
                mode, _, name = data[position:end].partition(b" ")
                position = end + 1 + size
                found[os.fsdecode(name)] = (mode.decode(), data[end + 1 : position].hex())
            self._directories[tree] = found
        return self._directories[tree]

    def read(self, hash: str, most: int) -> bytes:
        """The beginning of what a file has.

        Raises:
            GitError: git fails.
        """
        return self._object(hash, most)[1]

    def _submodule(self, path: str, commit: str) -> Objects:
        """The repository of a submodule, which has its commit."""
        if path not in self._submodules:
            place = Path(self.repository.root, path, ".git")
            if not place.exists():
                how = "run `git submodule update --init`, or give actions/checkout `submodules: true`"
                raise LinkError(f"`{path}` is a submodule that is not checked out: {how}")
            directory = _git(f"--git-dir={place}", "rev-parse", "--absolute-git-dir")
            found = Repository(os.fsdecode(directory).removesuffix("\n"), str(place.parent))
            self._submodules[path] = Objects(found, self._stack)
        submodule = self._submodules[path]
        if submodule.repository.commit(commit) is None:
            how = submodule.repository.to_fetch() or "its repository has lost it"
            raise LinkError(f"the submodule `{path}` does not have its commit {commit[:10]}: {how}")
        return submodule

    def _object(self, name: str, most: int | None) -> tuple[str, bytes]:
        """The hash and the content of an object, or the beginning of the content."""
        process, said = self._started = self._started or self._start()
        assert process.stdin and process.stdout
        # Where it has ended there is no answer, and what it said tells why.
        with suppress(BrokenPipeError):
            os.write(process.stdin.fileno(), os.fsencode(f"{name}\n"))
        header = process.stdout.readline()
        found = _OBJECT.fullmatch(header.removesuffix(b"\n"))
        if found is None:
            if not header:
                process.wait()
            said.seek(0)
            raise GitError(_reason(said.read() + header, process.returncode))
        size = int(found[3])
        data = process.stdout.read(size if most is None else min(size, most))
        # The line break after it, too.
        left = size + 1 - len(data)
        while left and (block := process.stdout.read(min(left, _BLOCK))):
            left -= len(block)
        return found[1].decode(), data

    def _start(self) -> tuple[Popen[bytes], IO[bytes]]:
        from subprocess import PIPE, Popen
        from tempfile import TemporaryFile

        directory = self.repository.directory
        command = ["git", f"--git-dir={directory}", "cat-file", "--batch"]
        said = self._stack.enter_context(TemporaryFile())  # noqa: SIM115 - the stack closes it
        with _starting():
            process = Popen(command, stdin=PIPE, stdout=PIPE, stderr=said, cwd=directory, env=_environment())
        self._stack.enter_context(process)
        # In the middle of an answer it would wait for ever.
        self._stack.callback(process.kill)
        return process, said


def tracked(file: Path) -> bool:
    """Whether a repository has a file, or may have it, as git can't say."""
    # In a hook git names the repository of the commit, and from where it stands.
    outside = {name: value for name, value in _environment().items() if not name.startswith("GIT_")}
    asked = ("--literal-pathspecs", "ls-files", "--", file.name)
    try:
        return bool(_git(*asked, cwd=str(file.parent), environment=outside))
    except GitError as error:
        return "not a git repository" not in str(error)


class _Silent(GitError):
    """Git failed without a word, as it does where it is asked whether there is something."""


def _git(
    *arguments: str, given: str = "", cwd: str | None = None, environment: Mapping[str, str] | None = None
) -> bytes:
    """The output of git.

    Nothing from outside may be its option: it stands behind `--end-of-options`, or behind something else.

    Args:
        given: its standard input.
        cwd: where it runs; None is here.
        environment: its variables; None are those of the program.

    Raises:
        GitError: it fails, or is not installed.
    """
    # Imported where it is needed: most policies are in no repository.
    import subprocess

    with _starting():
        done = subprocess.run(
            ["git", *arguments],
            input=os.fsencode(given),
            capture_output=True,
            check=False,
            cwd=cwd,
            env=environment or _environment(),
        )
    if done.returncode:
        kind = GitError if done.stderr.strip() else _Silent
        raise kind(_reason(done.stderr, done.returncode))
    return done.stdout


def _environment() -> Mapping[str, str]:
    # What it says is passed on.
    return {**os.environ, "LC_ALL": "C.UTF-8"}


@contextmanager
def _starting() -> Iterator[None]:
    """Turns what keeps git from being started into its error."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.filename == "git":
            raise GitError("git is not installed") from None
        raise GitError(f"git can't be run: {reason(error)}") from None
    except ValueError as error:
        # A name that can't be given to a program.
        raise GitError(str(error)) from None


def _reason(told: bytes, code: int) -> str:
    """All that git said, as one line."""
    lines = [line.strip().removeprefix("fatal: ") for line in told.decode("utf-8", "replace").splitlines()]
    reason = ""
    for line in filter(None, lines):
        # A line that is not the end of a sentence goes on.
        joint = "" if not reason else " " if reason[-1] in ".,:;" else "; "
        reason += joint + line
    return f"git says: {reason}" if reason else f"git ends with {code}"
