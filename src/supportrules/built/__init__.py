"""A policy in one file: definition, digest, and what inference comes to for every question."""

from supportrules.built.damage import sound
from supportrules.built.file import FORMAT, build, is_built, read, read_built, write

__all__ = ["FORMAT", "build", "is_built", "read", "read_built", "sound", "write"]
