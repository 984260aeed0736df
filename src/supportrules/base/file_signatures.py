"""What a file is that is no text of ours, by the bytes with which it begins."""

from __future__ import annotations

import re
from collections.abc import Mapping

from supportrules.base.problem import Location, Problem

# How many bytes tell it.
LENGTH = 8
_UNPACK = "unpack it first"
_CSV = "save the sheet as CSV in UTF-8"
_UTF8 = "save it as UTF-8, or convert it with `iconv`"
_OTHER = "give JSON, JSON lines, YAML, CSV or Parquet"
_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".ods", ".numbers")
# https://en.wikipedia.org/wiki/List_of_file_signatures; what text may begin with is longer.
_KINDS: Mapping[bytes, tuple[str, str, str]] = {
    rb"\x1f\x8b": ("compressed", "compressed by gzip", _UNPACK),
    rb"\x28\xb5\x2f\xfd": ("compressed", "compressed by zstd", _UNPACK),
    rb"\xfd7zXZ": ("compressed", "compressed by xz", _UNPACK),
    rb"BZh[1-9]1AY&": ("compressed", "compressed by bzip2", _UNPACK),
    rb"\x04\x22\x4d\x18": ("compressed", "compressed by lz4", _UNPACK),
    rb"7z\xbc\xaf\x27\x1c": ("compressed", "compressed by 7-Zip", _UNPACK),
    rb"PK\x03\x04": ("compressed", "compressed by zip", f"{_UNPACK}; of a workbook, save a sheet as CSV"),
    rb"\xd0\xcf\x11\xe0": ("unreadable", "an Excel workbook", _CSV),
    rb"(\xff\xfe\0\0|\0\0\xfe\xff)": ("encoding", "text in UTF-32", _UTF8),
    # Without a byte-order mark, each letter of ASCII has a zero before or after it.
    rb"(\xff\xfe|\xfe\xff|[^\0]\0[^\0]\0|\0[^\0]\0[^\0])": ("encoding", "text in UTF-16", _UTF8),
    rb"ARROW1\0\0": ("unreadable", "an Arrow file", "write it as Parquet"),
    rb"Obj\x01": ("unreadable", "an Avro file", _OTHER),
    rb"SQLite f": ("unreadable", "an SQLite database", _OTHER),
    rb"%PDF-": ("unreadable", "a PDF", _OTHER),
    rb"<(!|\?xml|html)": ("unreadable", "HTML or XML", _OTHER),
}
_SIGNATURES = {re.compile(mark, re.DOTALL): kind for mark, kind in _KINDS.items()}


def foreign(begins: bytes, name: str) -> Problem | None:
    """The problem of a file that is packed, in another encoding or of another kind; None if it may be text.

    Args:
        begins: its first bytes, `LENGTH` of them where it has so many.
        name: of the file.
    """
    for mark, (code, what, hint) in _SIGNATURES.items():
        if mark.match(begins):
            if begins.startswith(b"PK") and name.lower().endswith(_WORKBOOKS):
                code, what, hint = "unreadable", "a workbook", _CSV
            return Problem(code, what, hint, Location(name))
    return None
