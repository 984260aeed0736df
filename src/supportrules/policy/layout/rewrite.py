"""Writes a file anew, all of it or nothing, as the same file."""

from __future__ import annotations

import os
from pathlib import Path

from supportrules.base.problem import Location, Problem
from supportrules.base.replacement import replacing
from supportrules.errors import InputError


def rewrite(path: str | Path, before: bytes, after: bytes) -> None:
    """Puts new contents in the place of a file's old ones; its permissions stay, and a link stays a link.

    Args:
        path: the file, or a symbolic link to it.
        before: what was read from it.
        after: what to write.

    Raises:
        InputError: it was changed since it was read, is not to be written, or has further names (hard links).
        OSError: it can't be written.
    """
    target = Path(os.path.realpath(path))
    status = target.stat()
    if status.st_nlink > 1:
        message = f"the file has {status.st_nlink} names (hard links), of which only this one would change"
        raise _fail("hard-link", message, "remove the other names, or take the text from `--diff`", path)
    if not os.access(target, os.W_OK):
        raise _fail("unwritable", "the file is not to be written (no permission)", "", path)
    with replacing(target) as stream:
        stream.write(after)
        # It is on the disk before the last look, so that little time is left in which it could change.
        stream.flush()
        os.fsync(stream.fileno())
        if target.read_bytes() != before:
            raise _fail("changed", "the file was changed meanwhile", "run it again", path)


def _fail(code: str, message: str, hint: str, path: str | Path) -> InputError:
    return InputError(Problem(code, message, hint, Location(str(path))))
