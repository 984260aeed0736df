"""Filling, proving and comparing, for the policy that ships and for ones that are some times as large.

Run by ``make bench``. A policy becomes larger by copies of its plans, of its kinds of problems, and of the
examples of severity that name one of these. Ratios are to the policy that ships, in the same run.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from timing import keep, once

from supportrules import Policy, load_policy
from supportrules.policy.files import SHIPPED
from supportrules.proofs.check import check_policy
from supportrules.proofs.comparison import compare

TIMES = (1, 2, 5, 10)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        # Copies are written out.
        return True


def enlarge(folder: Path, times: int) -> Path:
    """A policy in a new directory with some times as many plans, kinds of problems, and examples of them."""
    definition = load_policy().definition
    fact = definition.issue_type_fact
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("tests"))

    def write(stem: str, data: Any) -> None:
        text = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
        (folder / f"{stem}.yaml").write_text(text, "utf-8")

    def read(stem: str) -> Any:
        return yaml.safe_load((folder / f"{stem}.yaml").read_text("utf-8"))

    numbers = range(2, times + 1)
    plans, issue_types, severity = map(read, ("plans", "issue_types", "severity"))
    for number in numbers:
        plans["plans"] |= {f"{plan}_{number}": plans["plans"][plan] for plan in definition.plans}
        of_a_category = [issue.id for issue in definition.issue_types.values() if issue.category]
        entries = issue_types["issue_types"]
        entries |= {f"{issue}_{number}": entries[issue] for issue in of_a_category}
    for rules in severity["rules"].values():
        named = [(id, rule) for id, rule in rules.items() if fact in rule["when"]]
        for number in numbers:
            for id, rule in named:
                when = rule["when"] | {fact: f"{rule['when'][fact]}_{number}"}
                rules[f"{id}_{number}"] = rule | {"when": when}
    write("plans", plans)
    write("issue_types", issue_types)
    write("severity", severity)
    return folder


def _works(folder: Path, policy: Policy, other: Policy) -> Mapping[str, Callable[[], object]]:
    """What is measured, each with nothing filled before."""
    return {
        "load": lambda: load_policy(folder),
        "fill all tables": lambda: Policy(policy.definition).tables.fill(),
        "prove (check)": lambda: check_policy(Policy(policy.definition)),
        "compare (diff)": lambda: compare(Policy(policy.definition), Policy(other.definition)),
    }


def main() -> None:
    rows: dict[str, list[float]] = {}
    sizes = []
    with tempfile.TemporaryDirectory() as beside:
        for times in TIMES:
            folder = enlarge(Path(beside, f"times{times}"), times)
            edited = Path(beside, f"edited{times}")
            shutil.copytree(folder, edited)
            targets = edited / "response_targets.yaml"
            targets.write_text(targets.read_text("utf-8").replace("target: PT8H", "target: PT6H"), "utf-8")
            policy, other = load_policy(folder), load_policy(edited)
            definition = policy.definition
            questions = Policy(definition).tables.fill()
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
