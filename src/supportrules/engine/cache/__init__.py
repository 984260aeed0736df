"""What one process found out, kept on disk for the next: compiled policies, public holidays."""

from supportrules.engine.cache.folder import VARIABLE
from supportrules.engine.cache.policies import load_cached

__all__ = ["VARIABLE", "load_cached"]
