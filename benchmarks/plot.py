"""The figures of the last runs as plots, as far as they are there. Run by ``make plot``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib
from timing import BUILD

matplotlib.use("svg")
# The same figures give the same file.
matplotlib.rcParams |= {"svg.hashsalt": "supportrules", "svg.fonttype": "none", "font.size": 9}

from matplotlib import pyplot as plt  # noqa: E402 - the backend is chosen before

OURS, THEIRS = "#2b6cb0", "#718096"
NAMES = {
    "evaluate": "evaluate, deadline and reasons too",
    "inference": "supportrules, inference alone",
    "tables": "supportrules, nothing remembered",
}


def figures(name: str) -> Any:
    """What a benchmark kept."""
    return json.loads((BUILD / f"{name}.json").read_text("utf-8"))


def named(axes: Any, title: str, measure: str) -> None:
    axes.set_title(title, loc="left")
    axes.set_xlabel(measure)
    axes.spines[["top", "right"]].set_visible(False)


def dots(axes: Any, title: str, values: Mapping[str, float], ours: frozenset[str]) -> None:
    """Microseconds as dots, the least on top. A log scale has no zero for bars to start at."""
    names = sorted(values, key=lambda name: values[name])
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_yticks(range(len(names)), names)
    for label, colour, marker in (("supportrules", OURS, "o"), ("others", THEIRS, "D")):
        places = [place for place, name in enumerate(names) if (name in ours) == (label == "supportrules")]
        axes.plot([values[names[n]] for n in places], places, marker, color=colour, label=label)
    for place, name in enumerate(names):
        text = f"{values[name]:.{0 if values[name] >= 10 else 1}f} µs"
        axes.annotate(text, (values[name], place), (7, 0), textcoords="offset points", va="center")
    axes.grid(axis="y", color="#e2e8f0")
    axes.set_axisbelow(True)
    axes.margins(x=0.15, y=0.08)
    axes.invert_yaxis()
    axes.legend(frameon=False, loc="upper right")
    named(axes, title, "µs, log scale; lower is better")


def bars(axes: Any, title: str, values: Mapping[str, float]) -> None:
    """Ratios as bars from zero, the first of them what the others are compared with, the least on top."""
    first, *_ = values
    names = sorted(values, key=lambda name: values[name])
    drawn = axes.barh(
        names, [values[n] for n in names], color=[OURS if n != first else THEIRS for n in names]
    )
    axes.bar_label(drawn, [f"{values[n]:.2f} x" for n in names], padding=3)
    axes.margins(x=0.2)
    axes.invert_yaxis()
    named(axes, title, f"times as long as `{first}`; lower is better")


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


def tickets() -> Any:
    """How long tickets take."""
    figure, (one, many, start) = plt.subplots(3, 1, figsize=(8, 10), height_ratios=(3, 3, 1.6))
    times = figures("peers")["times"]
    engines = [name for name in times if f"{name} behind a dictionary" in times]
    shown = {NAMES.get(name, name): times[name] * 1e6 for name in (*NAMES, *engines)}
    dots(one, "One ticket, in a warm process (others: inference only)", shown, frozenset(NAMES.values()))
    each = columns()
    dots(many, "One ticket among a million or more", each, frozenset([*each][:3]))
    processes = figures("start")
    base, *_ = processes.values()
    bars(start, "The command on one ticket", {name: time / base for name, time in processes.items()})
    return figure


def larger_policies() -> Any:
    """How time and memory grow with a policy."""
    figure, (beside, growth) = plt.subplots(2, 1, figsize=(8, 8), height_ratios=(3, 2))
    ratios(beside, {name: row for name, row in figures("scale").items() if len(row["found"]) > 1})
    larger = figures("larger")
    for name, found in larger["rows"].items():
        growth.plot(larger["times"], [time / found[0] for time in found], marker="o", label=name)
    growth.legend(frameon=False)
    measure = "times as many plans and kinds of problems as in the bundled policy"
    named(growth, "Time, in that of the bundled policy (lower is better)", measure)
    return figure


def ratios(axes: Any, rows: Mapping[str, Any]) -> None:
    """Ratios to what each row is compared with, and what they are to be at most."""
    names = [row["what"] for row in rows.values()]
    places = range(len(names))
    found = [row["found"][0][0] / row["found"][1][0] for row in rows.values()]
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_yticks(places, names)
    axes.plot(found, places, "o", color=OURS, label="measured")
    axes.plot([row["target"] for row in rows.values()], places, "|", color=THEIRS, ms=12, label="aim")
    axes.axvline(1, color="#e2e8f0", zorder=0)
    axes.grid(axis="y", color="#e2e8f0")
    axes.set_axisbelow(True)
    axes.invert_yaxis()
    axes.legend(frameon=False)
    measure = "times the earlier build (or the bundled policy, where it says so), log scale; lower is better"
    named(axes, "Beside the build that listed all combinations", measure)


# What is drawn, by the name of its file.
PLOTS = {"performance": tickets, "larger_policies": larger_policies}


def main(folder: str) -> None:
    for name, draw in PLOTS.items():
        try:
            figure = draw()
        except FileNotFoundError as error:
            print(f"{name}.svg: {Path(error.filename).stem} was not measured", file=sys.stderr)
            continue
        figure.tight_layout()
        figure.savefig(Path(folder, f"{name}.svg"), metadata={"Date": None}, bbox_inches="tight")


if __name__ == "__main__":
    main(sys.argv[1])
