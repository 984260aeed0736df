"""Times of loading, filling the tables and deciding, each as a ratio to plain Python work in the same run.

Run by ``make bench``. The unit is what one `json.loads` of the same ticket takes on this machine in this run.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from timing import once, seconds

from supportrules import Policy, load_policy
from supportrules.engine.answer_book import AnswerBook
from supportrules.engine.chaining import Chainer, DurableChainer, PlainChainer, durable_missing

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from every_combination import fill

EXAMPLES = Path(__file__).parent.parent / "examples" / "tickets.jsonl"


def main() -> None:
    lines = EXAMPLES.read_text("utf-8").splitlines()
    complete = json.loads(lines[0])
    business = json.loads(lines[2])
    partial = json.loads(lines[-1])
    policy = load_policy()
    definition = policy.definition
    unit = seconds(lambda: json.loads(lines[0]))

    def row(what: str, time_of: float) -> None:
        print(f"{what:52} {time_of * 1e6:12.1f} µs {time_of / unit:12.1f}")

    print(f"{'what':52} {'time':>12}    {'x json.loads':>12}")
    row("json.loads of a ticket", unit)
    directory = once(load_policy)
    row("load the policy", directory)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "built.policy"
        policy.build(file)
        built = once(lambda: load_policy(file))
        row(f"load it as one file, {directory / built:.0f} times as fast", built)
    chainers: list[tuple[str, Callable[[], Chainer]]] = [("plain chainer", PlainChainer)]
    if durable_missing() is None:
        chainers.append(("durable-rules", DurableChainer))
    for name, chainer in chainers:
        filled = 0

        def infer(chainer: Callable[[], Chainer] = chainer) -> None:
            nonlocal filled
            filled = fill(Policy(definition, chainer()).tables)

        spent = once(infer)
        row(f"infer every combination by {name} ({filled} questions)", spent)
        row("  a question", spent / filled)
    row("evaluate, complete, clock any time", seconds(lambda: policy.evaluate(complete)))
    row("evaluate, complete, business hours", seconds(lambda: policy.evaluate(business)))
    row("evaluate, one fact unknown that decides", seconds(lambda: policy.evaluate(partial)))
    row("evaluate and to_dict with derivation", seconds(lambda: policy.evaluate(complete).to_dict()))
    row("evaluate and to_dict without", seconds(lambda: policy.evaluate(complete).to_dict(derivation=False)))

    nothing = policy.tables.reduced(definition.vocabulary.read({}, defaults=False).values)
    row("answers, nothing known, diagrams made", once(lambda: AnswerBook(policy.tables).answers(nothing)))
    row("evaluate, nothing known, again", seconds(lambda: policy.evaluate({}, defaults=False)))


if __name__ == "__main__":
    main()
