"""Filling, proving and comparing, for the policy that ships and for ones that are some times as large.

Run by ``make bench``. A policy becomes larger by copies of its plans, of its kinds of problems, and of the
examples of severity that name one of these. Ratios are to the policy that ships, in the same run.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from timing import keep, once

from supportrules import Policy, load_policy
from supportrules.proofs.check import check_policy
from supportrules.proofs.comparison import compare

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from every_combination import fill
from larger_policies import enlarge

TIMES = (1, 2, 5, 10)


def _works(folder: Path, policy: Policy, other: Policy) -> Mapping[str, Callable[[], object]]:
    """What is measured, each with nothing filled before."""
    return {
        "load": lambda: load_policy(folder),
        "fill all tables": lambda: fill(Policy(policy.definition).tables),
        "prove (check)": lambda: check_policy(Policy(policy.definition)),
        "compare (diff)": lambda: compare(Policy(policy.definition), Policy(other.definition)),
    }


def main() -> None:
    rows: dict[str, list[float]] = {}
    sizes = []
    with tempfile.TemporaryDirectory() as beside:
        for times in TIMES:
            folder = enlarge(Path(beside, f"times{times}"), plans=times, issue_types=times)
            edited = Path(beside, f"edited{times}")
            shutil.copytree(folder, edited)
            targets = edited / "response_targets.yaml"
            targets.write_text(targets.read_text("utf-8").replace("target: PT8H", "target: PT6H"), "utf-8")
            policy, other = load_policy(folder), load_policy(edited)
            definition = policy.definition
            questions = fill(Policy(definition).tables)
            sizes.append((len(definition.plans), len(definition.issue_types), questions))
            for name, work in _works(folder, policy, other).items():
                rows.setdefault(name, []).append(once(work, rounds=1))
    print(f"{'':18}" + "".join(f"{f'{times} x':>20}" for times in TIMES))
    for name, place in (("plans", 0), ("kinds of problems", 1), ("questions", 2)):
        print(f"{name:18}" + "".join(f"{size[place]:20,}" for size in sizes))
    for name, found in rows.items():
        cells = (f"{time:9.2f} s {time / found[0]:6.1f} x" for time in found)
        print(f"{name:18}" + "".join(f"{cell:>20}" for cell in cells))
    keep("larger", {"times": TIMES, "rows": rows})


if __name__ == "__main__":
    main()
