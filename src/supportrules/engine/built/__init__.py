"""A policy in one file: definition, digest, and what inference comes to for every question."""

from supportrules.engine.built.damage import sound
from supportrules.engine.built.file import FORMAT, build, is_built, questions, read_built, read_data

__all__ = ["FORMAT", "build", "is_built", "questions", "read_built", "read_data", "sound"]
