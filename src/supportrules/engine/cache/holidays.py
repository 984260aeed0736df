"""Public holidays, and other data of places, that were asked for before."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import json
from pathlib import Path
from typing import Any

from supportrules.base.strict_json import read_json
from supportrules.engine.cache.folder import CacheFolder, program

# Some years of each place in the world; a year takes some hundred bytes.
MOST_FILES = 10_000


class KeptHolidays:
    """Public holidays in a directory.

    Args:
        folder: the directory.
    """

    def __init__(self, folder: Path) -> None:
        self._kept = CacheFolder(folder, "holidays", MOST_FILES)

    def read(self, name: str) -> Any:
        """What was written under a name; None where there is nothing, or no JSON."""
        key = _key()
        data = self._kept.read(name, key) if key else None
        try:
            return None if data is None else read_json(data)
        except (ValueError, RecursionError):
            return None

    def write(self, name: str, data: Any) -> None:
        """Keeps data, if that can be done."""
        if key := _key():
            self._kept.write(name, key, json.dumps(data, ensure_ascii=False).encode())


@functools.cache
def _key() -> str | None:
    """A hash of where holidays and places come from; None where that can't be told without importing it."""
    records = [_record(package) for package in ("holidays", "pycountry")]
    if None in records:
        return None
    return f"{program()} {' '.join(map(str, records))}"


def _record(package: str) -> str | None:
    """A hash of the record of an installed package, which has a hash of each of its files."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        return None
    records = sorted(Path(found.origin).parent.parent.glob(f"{package}-*.dist-info/RECORD"))
    if len(records) != 1:
        return None
    try:
        return hashlib.sha256(records[0].read_bytes()).hexdigest()
    except OSError:
        return None
