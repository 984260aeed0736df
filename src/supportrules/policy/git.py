"""What git says of a repository."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_OBJECT = re.compile(rb"([0-9a-f]+) ([a-z]+) ([0-9]+)")


class GitError(Exception):
    """What git said when it failed."""


@dataclass(frozen=True)
class Repository:
    """A git repository; what it says does not depend on the directory in which the program runs.

    Args:
        directory: where git keeps it, absolute.
    """

    directory: str

    @classmethod
    def here(cls) -> Repository:
        """The one of the directory in which the program runs.

        Raises:
            GitError: there is none, or git refuses it.
            FileNotFoundError: git is not installed.
        """
        return cls(os.fsdecode(_git("rev-parse", "--absolute-git-dir")).removesuffix("\n"))

    def commit(self, revision: str) -> str:
        """The hash of the commit that a revision names.

        Raises:
            GitError: it names none.
        """
        found = self._run("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
        return found.decode().strip()

    def at(self, commit: str, inside: str) -> tuple[str, str]:
        """The hash and the kind (`tree`, `blob`) of what is at a path in a commit.

        Args:
            inside: from the root of the repository.

        Raises:
            GitError: there is nothing.
        """
        hash = self._run("rev-parse", "--verify", "--end-of-options", f"{commit}:{inside}").strip()
        return hash.decode(), self._run("cat-file", "-t", hash.decode()).decode().strip()

    def folder(self, tree: str, name: str) -> str | None:
        """The hash of a directory in another; None where there is none.

        Raises:
            GitError: git fails.
        """
        return self._objects([f"{tree}:{name}"], "tree")[0]

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

    def trees(self, commits: Sequence[str], inside: str, *, holding: str) -> Sequence[str | None]:
        """The hashes of all that is in a directory in commits; None where there is no such directory.

        Args:
            inside: from the root of the repository.
            holding: a file that it has to have.

        Raises:
            GitError: git fails.
        """
        path = f"{inside}/{holding}" if inside else holding
        files = self._objects((f"{commit}:{path}" for commit in commits), "blob")
        folders = self._objects((f"{commit}:{inside}" for commit in commits), "tree")
        return [folder if file else None for file, folder in zip(files, folders, strict=True)]

    def files(self, tree: str, wanted: Callable[[str], bool], most: int) -> Mapping[str, bytes]:
        """The contents of files in a directory, by name.

        Args:
            tree: its hash.
            wanted: which files.
            most: how many bytes of each.

        Raises:
            GitError: there is no such directory.
        """
        listed = self._run("ls-tree", "-z", "--full-tree", tree).split(b"\0")[:-1]
        hashes: dict[str, str] = {}
        for entry in listed:
            about, _, name = entry.partition(b"\t")
            mode, _, hash = about.split(b" ")
            # A link is kept as a file, too.
            if mode.startswith(b"100") and wanted(file := os.fsdecode(name)):
                hashes[file] = hash.decode()
        told = self._run("cat-file", "--batch", given="".join(f"{hash}\n" for hash in hashes.values()))
        contents, position = {}, 0
        for file in hashes:
            end = told.index(b"\n", position)
            header = _OBJECT.fullmatch(told, position, end)
            if header is None:
                raise GitError(told[position:end].decode("utf-8", "replace"))
            start, position = end + 1, end + 1 + int(header[3]) + 1
            contents[file] = told[start : min(position - 1, start + most)]
        return contents

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
        return _git(f"--git-dir={self.directory}", *arguments, given=given, cwd=Path(self.directory))


def _git(*arguments: str, given: str = "", cwd: Path | None = None) -> bytes:
    """The output of git.

    Nothing from outside may be its option: it stands behind `--end-of-options`, or behind something else.

    Args:
        given: its standard input.
        cwd: where it runs; None is here.

    Raises:
        GitError: it fails.
        FileNotFoundError: git is not installed.
    """
    # Imported where it is needed: most policies are in no repository.
    import subprocess

    try:
        done = subprocess.run(
            ["git", *arguments],
            input=os.fsencode(given),
            capture_output=True,
            check=False,
            cwd=cwd,
            # What it says is passed on.
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except ValueError as error:
        # A name that can't be given to a program.
        raise GitError(str(error)) from None
    if done.returncode:
        said = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        raise GitError(said[-1].removeprefix("fatal: ") if said else f"exit code {done.returncode}")
    return done.stdout
