"""A policy in one file: definition, digest, and its rules as diagrams."""

from supportrules.engine.built.damage import sound
from supportrules.engine.built.file import FORMAT, build, is_built, read_built, read_data
from supportrules.engine.built.stages import BuiltStages

__all__ = ["FORMAT", "BuiltStages", "build", "is_built", "read_built", "read_data", "sound"]
