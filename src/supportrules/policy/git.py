"""What a git repository says, the one of the directory in which the program runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

_OBJECT = re.compile(rb"([0-9a-f]+) ([a-z]+) [0-9]+")


def run(*arguments: str, given: bytes = b"") -> bytes | None:
    """The output of git; None if it fails.

    Nothing from outside may be its option: it stands behind `--end-of-options`, or behind something else.

    Args:
        given: its standard input.

    Raises:
        FileNotFoundError: git is not installed.
    """
    # Imported where it is needed: most policies are directories.
    import subprocess

    done = subprocess.run(["git", *arguments], input=given, capture_output=True, check=False)
    return None if done.returncode else done.stdout


def tags(pattern: str | None) -> Mapping[str, str] | None:
    """The commits of tags, by their names; None where there is no repository.

    Args:
        pattern: which tags, as `v*`; None is all.
    """
    refs = "refs/tags" if pattern is None else f"refs/tags/{pattern}"
    listed = run("for-each-ref", "--format=%(refname)", refs)
    if listed is None:
        return None
    names = listed.decode("utf-8", "surrogateescape").splitlines()
    # A tag can be one of another tag, or of something that is no commit.
    commits = _objects((f"{name}^{{commit}}" for name in names), "commit")
    return {
        name.removeprefix("refs/tags/"): commit
        for name, commit in zip(names, commits, strict=True)
        if commit is not None
    }


def trees(commits: Sequence[str], inside: str, *, holding: str) -> Sequence[str | None]:
    """The hashes of all that is in a directory in commits; None where there is no such directory.

    Args:
        inside: from the root of the repository.
        holding: a file that it has to have.
    """
    path = f"{inside}/{holding}" if inside else holding
    files = _objects((f"{commit}:{path}" for commit in commits), "blob")
    folders = _objects((f"{commit}:{inside}" for commit in commits), "tree")
    return [folder if file else None for file, folder in zip(files, folders, strict=True)]


def ancestors(commits: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """The commits among some from which others come, each after those that it comes from.

    Args:
        commits: of tags.
    """
    bits = {commit: 1 << number for number, commit in enumerate(dict.fromkeys(commits))}
    # Of the whole history: of one that git simplifies a tagged commit can be missing.
    graph = ("rev-list", "--topo-order", "--reverse", "--parents", "--stdin")
    lines = (run(*graph, given="\n".join(bits).encode()) or b"").decode().splitlines()
    above: dict[str, int] = {}
    for line in lines:
        commit, *parents = line.split()
        above[commit] = 0
        for parent in parents:
            above[commit] |= above.get(parent, 0) | bits.get(parent, 0)
    order = [commit for commit in above if commit in bits]
    return {commit: frozenset(each for each in order if above[commit] & bits[each]) for commit in order}


def _objects(names: Iterable[str], kind: str) -> list[str | None]:
    """The hashes of objects that are of a kind; None of others, and of names of nothing."""
    asked = [name.encode("utf-8", "surrogateescape") for name in names]
    told = run("cat-file", "--batch-check", given=b"".join(name + b"\n" for name in asked)) or b""
    found = (_OBJECT.fullmatch(line) for line in told.splitlines())
    return [line[1].decode() if line and line[2] == kind.encode() else None for line in found]
