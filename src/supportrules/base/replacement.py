"""Files that are written beside and then moved: whoever reads one sees the old or the new, never a part."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

# What this process writes now.
_parts: set[Path] = set()
if hasattr(os, "register_at_fork"):
    # The child of a fork writes none of them.
    os.register_at_fork(after_in_child=_parts.clear)
# Seconds after which nobody writes on at a part.
_ABANDONED = 3600


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A stream of what will be a file, which is there once the block ends; where that fails, nothing changes.

    Permissions stay, the owner where that may be set, and a link stays one, to what it leads to; another name
    of the same file (a hard link) keeps the old contents. A pipe or a device can't be replaced, and is
    written to as it is.

    Raises:
        OSError: it can't be written.
    """
    before = _status(path)
    if before is not None and stat.S_ISDIR(before.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if before is not None and not stat.S_ISREG(before.st_mode):
        with path.open("wb") as stream:
            yield stream
        return
    target = Path(os.path.realpath(path))
    # A name may have 255 bytes.
    name = os.fsdecode(os.fsencode(target.name)[:230])
    part = target.with_name(f".{name}.{secrets.token_hex(4)}.part")
    _parts.add(part)
    try:
        with part.open("xb") as stream:
            if before is not None:
                # Before there is anything to read in it.
                _make_alike(part, target, before)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise
    finally:
        _parts.discard(part)
    _sync(target.parent)


def _make_alike(part: Path, target: Path, before: os.stat_result) -> None:
    """Gives a part the permissions of a file, and its owner and group where these may be set."""
    shutil.copystat(target, part)
    os.utime(part)
    try:
        os.chown(part, -1, before.st_gid)
    except PermissionError:
        # What the group of the file may, another one may not.
        part.chmod(stat.S_IMODE(before.st_mode) & ~stat.S_IRWXG)
    with suppress(PermissionError):
        os.chown(part, before.st_uid, -1)


def abandon() -> None:
    """Removes what is being written, where the process ends at once and no block is left."""
    for part in tuple(_parts):
        with suppress(OSError):
            part.unlink()


def abandoned(folder: Path, names: str) -> Iterator[Path]:
    """What is left of files that were never whole: a process was killed as it wrote, an hour ago or more.

    Args:
        names: of the files, as a pattern of `Path.glob`.
    """
    for part in folder.glob(f".{names}.*.part"):
        told = _status(part)
        if told is not None and told.st_mtime < time.time() - _ABANDONED:
            yield part


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _sync(folder: Path) -> None:
    # Not every system can do that for a directory; the file itself is on the disk already.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
