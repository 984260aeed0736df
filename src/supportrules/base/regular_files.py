"""Files that are read for what they hold: a pipe that stands in the place of one is never waited for."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path) -> BinaryIO:
    """Opens a file to read it.

    Raises:
        OSError: it can't be opened, or is a directory, a pipe, a device or a socket.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        # A socket can't be opened at all.
        raise _other(path) if error.errno == errno.ENXIO else error from None
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        raise _other(path)
    return os.fdopen(descriptor, "rb")


def _other(path: Path) -> OSError:
    return OSError(errno.EINVAL, "a pipe, a device or a socket, not a file", str(path))
