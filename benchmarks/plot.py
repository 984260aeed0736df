"""The figures of the last run as a plot. Run by ``make bench``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import matplotlib
from timing import BUILD

matplotlib.use("svg")
# The same figures give the same file.
matplotlib.rcParams |= {"svg.hashsalt": "supportrules", "svg.fonttype": "none", "font.size": 9}

from matplotlib import pyplot as plt  # noqa: E402 - the backend is chosen before

OURS, THEIRS = "#2b6cb0", "#a0aec0"
NAMES = {
    "evaluate": "evaluate, complete",
    "inference": "its inference alone",
    "tables": "its inference, nothing remembered",
}


def figures(name: str) -> Any:
    """What a benchmark kept."""
    return json.loads((BUILD / f"{name}.json").read_text("utf-8"))


def bars(axes: Any, title: str, values: Mapping[str, float], ours: frozenset[str], unit: str) -> None:
    """Bars with their values, the longest at the bottom."""
    names = sorted(values, key=lambda name: values[name])
    drawn = axes.barh(names, [values[n] for n in names], color=[OURS if n in ours else THEIRS for n in names])
    axes.bar_label(drawn, [f"{values[n]:.{0 if values[n] >= 10 else 1}f} {unit}" for n in names], padding=3)
    axes.invert_yaxis()
    axes.set_title(title, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.2)


def columns() -> Mapping[str, float]:
    """Microseconds of wall time for a ticket among many, by what decides it; of ours first."""
    batch, spark = figures("batch"), figures("spark")
    rows, beside = batch["rows"], batch["beside"]
    per = 1e6 / batch["tickets"]
    found = {
        "evaluate -o, Parquet to Parquet": rows["supportrules evaluate -o, again"]["wall"] * per,
        "evaluate on Spark, Parquet to Parquet": spark["rows"]["to Parquet"][1] * 1e6 / spark["tickets"],
    }
    ours = min(other["evaluate_batch wall"] / other["tickets"] for other in beside.values())
    found["evaluate_batch, in memory"] = ours * 1e6
    found["pyarrow reads and writes, Parquet to Parquet"] = rows["read and write, again"]["wall"] * per
    found["Spark, identity, Parquet to Parquet"] = spark["rows"]["to Parquet"][0] * 1e6 / spark["tickets"]
    for name, other in beside.items():
        found[f"{name}, in memory"] = other["wall"] * 1e6 / other["tickets"]
    return found


def main(file: str) -> None:
    figure, (one, many, start, growth) = plt.subplots(4, 1, figsize=(8, 12), height_ratios=(3, 3, 1.6, 1.8))
    times = figures("peers")["times"]
    engines = [name for name in times if f"{name} behind a dictionary" in times]
    shown = {NAMES.get(name, name): times[name] * 1e6 for name in (*NAMES, *engines)}
    one.set_xscale("log")
    bars(one, "One ticket, warm (µs; the others infer only)", shown, frozenset(NAMES.values()), "µs")
    each = columns()
    many.set_xscale("log")
    bars(many, "A ticket among many (µs)", each, frozenset([*each][:3]), "µs")
    processes = figures("start")
    base, *_ = processes.values()
    ratios = {name: time / base for name, time in processes.items()}
    bars(start, "The command on one ticket (ratio)", ratios, frozenset([*ratios][1:]), "x")
    larger = figures("larger")
    for name, found in larger["rows"].items():
        growth.plot(larger["times"], [time / found[0] for time in found], marker="o", label=name)
    growth.set_title("A larger policy (ratio to the one that ships)", loc="left")
    growth.set_xlabel("times as many plans and kinds of problems")
    growth.spines[["top", "right"]].set_visible(False)
    growth.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None}, bbox_inches="tight")


if __name__ == "__main__":
    main(sys.argv[1])
