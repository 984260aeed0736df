"""Where a policy's files come from: a directory, or a git revision of one."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from supportrules.documents import MAX_BYTES
from supportrules.errors import PolicyLoadError
from supportrules.policy import git
from supportrules.problem import Location, Problem
from supportrules.wording import did_you_mean, nearest

REQUIRED = ("policy", "vocabulary", "severity", "response_targets", "channels", "calendars", "clauses")
OPTIONAL = ("plans", "issue_types")
MANIFEST = "policy.yaml"
CASES = "tests"
SHIPPED = Path(__file__).parent.parent / "policies"


@dataclass(frozen=True)
class PolicyFiles:
    """The files of a policy, by stem, with the names to show for them."""

    contents: Mapping[str, bytes]
    names: Mapping[str, str]


def read_policy_files(where: str | Path | None = None) -> PolicyFiles:
    """The files of a policy.

    Args:
        where: a directory, ``REV:PATH`` (an existing directory wins), or None for the policy that ships.

    Raises:
        PolicyLoadError: nothing there, or no policy.
    """
    return _policy_files(_contents(where), _base(where))


def read_case_files(where: str | Path | None = None) -> Mapping[str, bytes]:
    """The files of test cases of a policy, by the names to show for them; none where it has no `tests`.

    Args:
        where: as for `read_policy_files`.

    Raises:
        PolicyLoadError: nothing there.
    """
    return {f"{case_folder(where)}/{name}": data for name, data in _contents(where, CASES).items()}


def read_manifest_file(where: str | Path) -> tuple[bytes, str]:
    """The manifest alone, and the name to show for it.

    Args:
        where: as for `read_policy_files`.

    Raises:
        PolicyLoadError: nothing there, or no policy.
    """
    contents, base = _contents(where), _base(where)
    _has_manifest(contents, base)
    return contents[MANIFEST], f"{base}/{MANIFEST}"


def inside_tree(path: str) -> str:
    """A path in a revision as git takes it: from the root of the repository."""
    return "" if path in (".", "./") else path.strip("/")


def case_folder(where: str | Path | None = None) -> str:
    """The name to show for the directory of a policy's test cases."""
    return f"{_base(where)}/{CASES}"


def is_file(where: str | Path) -> bool:
    """Whether a name is that of a file, which can only be a built policy."""
    try:
        return Path(where).is_file()
    except OSError:
        return False


def _base(where: str | Path | None) -> str:
    named = SHIPPED if where is None else where
    return str(named).rstrip("/") or str(Path(named))


def _contents(where: str | Path | None, folder: str = "") -> dict[str, bytes]:
    """The YAML files in a policy's directory, or in a folder of it, by name."""
    path = SHIPPED if where is None else Path(where)
    try:
        if path.is_dir():
            return _from_directory(path / folder) if (path / folder).is_dir() else {}
        if folder == CASES and path.is_file():
            return {}
        exists = path.exists()
    except OSError as error:
        message = (error.strerror or str(error)).lower()
        raise _fail("unreadable", message, "", str(error.filename or where)) from None
    revision, colon, inside = str(where).partition(":")
    if not exists and colon and revision:
        return _from_git(revision, inside, folder, str(where))
    hint = "name a directory, a built file, or REV:PATH of a directory in a git repository"
    raise _fail("no-policy", "no such directory", hint, str(where))


def _fail(code: str, message: str, hint: str, file: str) -> PolicyLoadError:
    return PolicyLoadError([Problem(code, message, hint, Location(file))])


def _from_directory(path: Path) -> dict[str, bytes]:
    contents: dict[str, bytes] = {}
    for file in sorted(path.iterdir()):
        if file.suffix in (".yaml", ".yml") and file.is_file():
            # One byte more than the limit is enough to see that it is passed.
            with file.open("rb") as stream:
                contents[file.name] = stream.read(MAX_BYTES + 1)
    return contents


def _from_git(revision: str, inside: str, folder: str, where: str) -> dict[str, bytes]:
    # Imported where it is needed, with all that can be compressed.
    import tarfile

    try:
        name = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        found = git.run(*name)
        if found is None:
            message = f"`{revision}` is no revision of a git repository here, and `{where}` no directory"
            raise _fail("no-policy", message, "", where)
        commit = found.decode().strip()
        # A commit's hash can't become an option, and the path stands behind a colon.
        archive = git.run("archive", "--format=tar", f"{commit}:{inside_tree(inside)}")
        if archive is None:
            raise _fail("no-policy", f"no directory `{inside}` in `{revision}`", "", where)
    except FileNotFoundError:
        raise _fail("no-policy", "no such directory, and git is not installed", "", where) from None
    contents: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            above, _, file = member.name.rpartition("/")
            if member.isfile() and above == folder and file.endswith((".yaml", ".yml")):
                stream = tar.extractfile(member)
                contents[file] = stream.read(MAX_BYTES + 1) if stream else b""
    return contents


def _has_manifest(contents: Mapping[str, bytes], base: str) -> None:
    if MANIFEST not in contents:
        hint = "a policy is a directory with `policy.yaml` in it; `supportrules schema` lists its files"
        raise _fail("no-manifest", "no `policy.yaml` here", hint, base)


def _policy_files(contents: Mapping[str, bytes], base: str) -> PolicyFiles:
    known = [f"{stem}.yaml" for stem in REQUIRED + OPTIONAL]
    _has_manifest(contents, base)
    problems = [
        Problem("missing-file", f"`{stem}.yaml` is missing", "", Location(base))
        for stem in REQUIRED
        if f"{stem}.yaml" not in contents
    ]
    for name in contents:
        if name not in known:
            hint = did_you_mean(nearest(name, known)) or "a policy has " + ", ".join(known)
            place = Location(f"{base}/{name}")
            problems.append(Problem("unknown-file", f"`{name}` is no file of a policy", hint, place))
    if problems:
        raise PolicyLoadError(problems)
    stems = {name.removesuffix(".yaml"): data for name, data in contents.items()}
    return PolicyFiles(stems, {stem: f"{base}/{stem}.yaml" for stem in stems})
