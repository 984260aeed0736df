"""Where the tests find the repository and the policies."""

from __future__ import annotations

from pathlib import Path

import supportrules

ROOT = Path(__file__).parent.parent.parent
TESTS = ROOT / "tests"
GOLDEN = TESTS / "golden"
SUPPORT = TESTS / "support"
HARBOURLINE = TESTS / "harbourline"
MUNICH = TESTS / "munich"
KESTREL = TESTS / "kestrel"
# The policy that the installed package brings.
SHIPPED = Path(supportrules.__file__).parent / "policies"
