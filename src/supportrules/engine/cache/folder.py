"""Where files are kept, and what they come from.

A file's first line is a hash of its name, of all that it comes from and of what it says, so that nothing
stale is ever found. One that is damaged, or stands under the name of another, is skipped and written anew.
Anybody can compute that hash, so only what nobody but this user can have written is read. Where nothing can
be read or written nothing is kept, and that is no error.
"""

from __future__ import annotations

import functools
import hashlib
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from supportrules.base.regular_files import open_regular
from supportrules.base.replacement import abandoned, replacing
from supportrules.engine import built
from supportrules.time import zones

VARIABLE = "SUPPORTRULES_CACHE"
# What the variable may say besides the name of a directory, in small letters or large ones.
_OFF = frozenset({"off", "no", "n", "false", "f", "0", "none", "never", "disable", "disabled"})
_ON = frozenset({"", "on", "yes", "y", "true", "t", "1", "always", "default", "enable", "enabled"})

_PACKAGE = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class CacheFolder:
    """Files of one kind in a directory.

    Args:
        folder: the directory.
        suffix: of these files.
        most: how many are kept, or of many one in a hundred more; those that were written first make room.
    """

    folder: Path
    suffix: str
    most: int

    def path(self, name: str) -> Path:
        """The file of a name."""
        return self.folder / f"{name}.{self.suffix}"

    def read(self, name: str, key: str) -> bytes | None:
        """What was written; None where there is nothing, something else, or what others may have written.

        Args:
            key: what it comes from.
        """
        try:
            if not _is_own(self.folder.stat()):
                return None
            with open_regular(self.path(name)) as stream:
                if not _is_own(os.fstat(stream.fileno())):
                    return None
                first, _, data = stream.read().partition(b"\n")
        except OSError:
            return None
        return data if first == _line(name, key, data) else None

    def write(self, name: str, key: str, data: bytes) -> None:
        """Writes it, if that can be done."""
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _is_own(self.folder.stat()):
                return
            with replacing(self.path(name)) as stream:
                if hasattr(os, "fchmod"):
                    # What others may write is not read, whatever the process lets them do with new files.
                    os.fchmod(stream.fileno(), 0o600)
                stream.write(_line(name, key, data) + b"\n" + data)
            # To list many files takes longer than to write one.
            if zlib.crc32(name.encode()) % max(self.most // 100, 1) == 0:
                self._make_room()

    def _make_room(self) -> None:
        files = f"*.{self.suffix}"
        kept = sorted(self.folder.glob(files), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in (*kept[self.most :], *abandoned(self.folder, files)):
            old.unlink(missing_ok=True)


def _is_own(status: os.stat_result) -> bool:
    """Whether a file or a directory belongs to this user, and nobody else may write it."""
    # Where there are no such numbers, the system keeps the directories of users apart.
    return not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & 0o022)


def cache_folder() -> Path | None:
    """The directory that the environment names, or the user's own; None where it says ``off``."""
    named = os.environ.get(VARIABLE, "")
    if named.strip().lower() in _OFF:
        return None
    if named.strip().lower() not in _ON:
        return Path(named)
    # Imported where it is needed: it knows where each system has its caches.
    from platformdirs import user_cache_path

    try:
        found = user_cache_path("supportrules", appauthor=False)
    except (OSError, RuntimeError):
        # A user without a home.
        return None
    return found if found.is_absolute() else None


@functools.cache
def program() -> str:
    """A hash of what decides here: this package's files as they were installed, and the time zone data."""
    found = hashlib.sha256(f"{built.FORMAT} {zones.tzdata_version()}\n".encode())
    for line in _files():
        found.update(line.encode())
    return found.hexdigest()


def _files() -> Iterator[str]:
    # A version under development has no number of its own.
    for folder, folders, names in os.walk(_PACKAGE):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            file = Path(folder, name)
            told = file.stat()
            yield f"{file} {told.st_size} {told.st_mtime_ns}\n"


def _line(name: str, key: str, data: bytes) -> bytes:
    return hashlib.sha256(f"{name} {key}\n".encode() + data).hexdigest().encode()
