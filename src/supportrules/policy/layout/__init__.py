"""The canonical layout of a YAML text: one way to write it down, with every comment where it was."""

from supportrules.policy.layout.canonical import WIDTH, canonical
from supportrules.policy.layout.rewrite import rewrite

__all__ = ["WIDTH", "canonical", "rewrite"]
