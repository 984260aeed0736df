"""Two policies compared: what changed in the text, in the meaning, and for real tickets."""

from supportrules.proofs.comparison.comparison import Comparison, compare

__all__ = ["Comparison", "compare"]
