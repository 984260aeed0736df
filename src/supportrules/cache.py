"""Policies that were loaded before, kept on disk with what follows from their rules, as built files.

A file is named by a hash over all that it comes from: every byte of a policy's files, this package, and the
time zone data. What was changed has another name, so that nothing stale is ever found. One that is damaged or
stands under the name of another, is passed over and written anew. Where nothing can be written nothing is
kept, and that is no error.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from supportrules import built, zones
from supportrules.errors import BuildError, PolicyLoadError
from supportrules.evaluate import Policy, load_policy
from supportrules.policy import PolicyFiles, bind, read_policy_files
from supportrules.policy.files import File, source_of

VARIABLE, OFF = "SUPPORTRULES_CACHE", "off"
# A second or two of inference; what takes longer is not done for one ticket.
MOST_QUESTIONS = 100_000
MOST_FILES = 20

_PACKAGE = Path(__file__).parent


def load_cached(where: str | Path | None = None) -> Policy:
    """Loads a policy as `load_policy` does, in a fraction of the time where it was loaded before.

    The environment's ``SUPPORTRULES_CACHE`` says in which directory policies are kept, or ``off``; by default
    it is a directory of this program among the user's caches.

    Args:
        where: as for `load_policy`.

    Raises:
        PolicyLoadError: the policy does not load.
    """
    source, folder = source_of(where), _folder()
    if folder is None or isinstance(source, File):
        return load_policy(source)
    files = read_policy_files(source)
    key = _key(files)
    file = folder / f"{key}.policy"
    policy = _kept(file, key, files)
    if policy is None:
        policy = Policy(bind(files))
        _keep(file, key, policy)
    return policy


def _folder() -> Path | None:
    named = os.environ.get(VARIABLE)
    if named == OFF:
        return None
    if named:
        return Path(named)
    # Imported where it is needed: it knows where each system has its caches.
    from platformdirs import user_cache_path

    try:
        return user_cache_path("supportrules", appauthor=False)
    except (OSError, RuntimeError):
        # A user without a home.
        return None


def _key(files: PolicyFiles) -> str:
    found = hashlib.sha256(f"{built.FORMAT} {zones.tzdata_version()}\n".encode())
    for line in _package():
        found.update(line.encode())
    for stem, data in sorted(files.contents.items()):
        found.update(f"{stem} {len(data)}\n".encode())
        found.update(data)
    return found.hexdigest()


def _package() -> Iterator[str]:
    """This package's files as they were installed; a version under development has no number of its own."""
    for folder, folders, names in os.walk(_PACKAGE):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            file = Path(folder, name)
            told = file.stat()
            yield f"{file} {told.st_size} {told.st_mtime_ns}\n"


def _kept(file: Path, key: str, files: PolicyFiles) -> Policy | None:
    """The policy in a file; None where there is none, or something else."""
    try:
        data = file.read_bytes()
        head = f"{key}\n".encode()
        if not data.startswith(head):
            return None
        base = files.names["policy"].rpartition("/")[0]
        with built.sound(str(file)):
            return Policy(*built.read_data(data[len(head) :], base))
    except (OSError, PolicyLoadError):
        return None


def _keep(file: Path, key: str, policy: Policy) -> None:
    """Writes a policy into a file, if that can be done; those that were written first make room for it."""
    if built.questions(policy.program) > MOST_QUESTIONS:
        return
    with suppress(OSError, BuildError):
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        built.write(file, f"{key}\n".encode() + built.build(policy.program, policy.chainer))
        kept = sorted(file.parent.glob("*.policy"), key=lambda other: other.stat().st_mtime, reverse=True)
        for old in kept[MOST_FILES:]:
            old.unlink(missing_ok=True)
