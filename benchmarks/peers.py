"""One ticket: the whole of `policy.evaluate` beside what rules engines take for bare inference.

Run by ``make bench``. Each engine is given the severity, the target and the telephone of the policy that
ships, in its own language, from the policy's own rules (`steps`), and is first shown to give the same three
answers for 20,000 random complete tickets. Engines get their facts ready made, only those that their rules
read, unchecked; and they tell no deadline, no reasons, nothing of unknown facts. `evaluate` gets the ticket
as it comes.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from steps import Copied, Row, Step, Value, asked, facts_of, name_of, plain, steps_to
from timing import keep, side_by_side, spread

from supportrules import Decision, Policy, load_policy
from supportrules.engine.chaining import durable_missing
from supportrules.engine.tables import Course

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from random_tickets import complete_tickets

ANSWERS = ("severity", "target", "channels.phone")
NAMES = tuple(map(name_of, ANSWERS))
COUNT, WARM = 20_000, 500
Facts = Mapping[str, Value]
Found = tuple[Value, ...]
Engine = Callable[[Facts], Found]
_names = itertools.count()


# Each engine: steps → what gives the three answers for facts


def plain_ifs(steps: tuple[Step, ...]) -> Engine:
    """A Python function of `if`s."""

    def text(value: Value | Copied) -> str:
        return value.name if isinstance(value, Copied) else repr(value)

    def test(name: str, values: tuple[Value, ...]) -> str:
        if len(values) > 1:
            return f"{name} in {set(values)!r}"
        return (
            (name if values[0] else f"not {name}")
            if values[0] in (True, False)
            else f"{name} == {values[0]!r}"
        )

    lines = ["def decide(facts):", *(f" {fact} = facts[{fact!r}]" for fact in facts_of(steps))]
    for step in steps:
        lines.append(f" {step.name} = {text(step.otherwise)}")
        for number, row in enumerate(step.rows):
            condition = " and ".join(itertools.starmap(test, row.tests)) or "True"
            lines.append(f" {'elif' if number else 'if'} {condition}: {step.name} = {text(row.value)}")
    lines.append(f" return {', '.join(NAMES)}")
    names: dict[str, Any] = {}
    exec("\n".join(lines), names)
    decide: Engine = names["decide"]
    return decide


def clips(steps: tuple[Step, ...]) -> Engine:
    """CLIPS: a template of a ticket, rules by salience, and a fact for each conclusion."""
    import clips as engine

    def text(value: Value | Copied) -> str:
        return f"?{value.name}" if isinstance(value, Copied) else f'"{value}"'

    facts = set(facts_of(steps))
    environment = engine.Environment()
    environment.build(f"(deftemplate ticket {' '.join(f'(slot {fact})' for fact in facts)})")
    # What is concluded is read from globals, which is faster than making facts into Python's.
    environment.build(f"(defglobal {' '.join(f'?*{name}* = nil' for name in NAMES)})")
    rules = [(step, row) for step in steps for row in (*step.rows, Row((), step.otherwise))]
    for number, (step, row) in enumerate(rules):
        wanted = {name: "|".join(map(text, values)) for name, values in row.tests}
        if isinstance(row.value, Copied):
            copied = row.value.name
            wanted[copied] = f"?{copied}&{wanted[copied]}" if copied in wanted else f"?{copied}"
        slots = " ".join(f"({name} {test})" for name, test in wanted.items() if name in facts)
        earlier = " ".join(f"({name} {test})" for name, test in wanted.items() if name not in facts)
        then = f"(assert ({step.name} {text(row.value)}))"
        if step.name in NAMES:
            then += f" (bind ?*{step.name}* {text(row.value)})"
        environment.build(
            f"(defrule r{number} (declare (salience {len(rules) - number}))"
            f" (ticket {slots}) {earlier} (not ({step.name} ?)) => {then})"
        )
    ticket = environment.find_template("ticket")
    found = [environment.find_global(name) for name in NAMES]
    read = {"True": True, "False": False}

    def decide(facts: Facts) -> Found:
        environment.reset()
        ticket.assert_fact(**{name: str(value) for name, value in facts.items()})
        environment.run()
        return tuple([read.get(each.value, each.value) for each in found])

    return decide


def _ternary(step: Step, conjunction: str) -> str:
    """A step as one expression, which CEL and Zen write nearly alike."""

    def text(value: Value | Copied) -> str:
        return value.name if isinstance(value, Copied) else json.dumps(value)

    def test(name: str, values: tuple[Value, ...]) -> str:
        return f"{name} == {text(values[0])}" if len(values) == 1 else f"{name} in {json.dumps(values)}"

    rows = [(conjunction.join(itertools.starmap(test, row.tests)) or "true", row.value) for row in step.rows]
    return "".join(f"{when} ? {text(value)} : " for when, value in rows) + text(step.otherwise)


def cel(steps: tuple[Step, ...]) -> Engine:
    """The Common Expression Language: one expression, in which a list of one is what names a conclusion."""
    import cel as engine

    whole = f"[{', '.join(NAMES)}]"
    for step in reversed(steps):
        whole = f"[{_ternary(step, ' && ')}].map({step.name}, {whole})[0]"
    program = engine.compile(whole)

    def decide(facts: Facts) -> Found:
        return tuple(program.execute(dict(facts)))

    return decide


def zen_expressions(steps: tuple[Step, ...]) -> Engine:
    """GoRules Zen: a compiled expression for each conclusion, which the next ones get."""
    import zen as engine

    compiled = [(step.name, engine.compile_expression(_ternary(step, " and "))) for step in steps]

    def decide(facts: Facts) -> Found:
        known = dict(facts)
        for name, expression in compiled:
            known[name] = expression.evaluate(known)
        return tuple([known[name] for name in NAMES])

    return decide


def zen_tables(steps: tuple[Step, ...]) -> Engine:
    """GoRules Zen: a decision table for each conclusion, in a row."""
    import zen as engine

    def text(value: Value | Copied) -> str:
        return value.name if isinstance(value, Copied) else json.dumps(value)

    def table(step: Step) -> dict[str, Any]:
        names = dict.fromkeys(name for row in step.rows for name, _ in row.tests)
        rules = [
            {"_id": str(number), "out": text(row.value)}
            | {name: ", ".join(map(text, dict(row.tests).get(name, ()))) for name in names}
            for number, row in enumerate((*step.rows, Row((), step.otherwise)))
        ]
        content = {
            "hitPolicy": "first",
            "inputs": [{"id": name, "name": name, "field": name} for name in names],
            "outputs": [{"id": "out", "name": step.name, "field": step.name}],
            "rules": rules,
            "passThrough": True,
        }
        return {"id": step.name, "name": step.name, "type": "decisionTableNode", "content": content}

    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        *map(table, steps),
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": str(n), "type": "edge", "sourceId": a["id"], "targetId": b["id"]}
        for n, (a, b) in enumerate(itertools.pairwise(nodes))
    ]
    decision = engine.ZenEngine().create_decision(json.dumps({"nodes": nodes, "edges": edges}))

    def decide(facts: Facts) -> Found:
        result = decision.evaluate(dict(facts))["result"]
        return tuple([result[name] for name in NAMES])

    return decide


def durable(steps: tuple[Step, ...]) -> Engine:
    """durable-rules by its public functions: an event for each step, which the first rule passes on."""
    import functools
    import operator

    from durable import lang

    result: dict[str, Any] = {}

    def passing_on(step: int, value: Value | Copied) -> Callable[[Any], None]:
        name, last = steps[step].name, step + 1 == len(steps)
        needed = {*NAMES, *(read for later in steps[step + 1 :] for read in later.reads)}

        def act(c: Any) -> None:
            known = c.m._d
            event = {key: known[key] for key in needed if key in known}
            event[name] = known[value.name] if isinstance(value, Copied) else str(value)
            if last:
                result.update(event)
            else:
                c.post({"step": step + 1} | event)

        return act

    support = f"support{next(_names)}"
    with lang.ruleset(support):
        for number, step in enumerate(steps):
            for priority, row in enumerate((*step.rows, Row((), step.otherwise))):
                tests = [
                    functools.reduce(operator.or_, [getattr(lang.m, name) == str(v) for v in values])
                    for name, values in row.tests
                ]
                whole = functools.reduce(operator.and_, [lang.m.step == number, *tests])
                lang.when_all(lang.pri(priority), whole)(passing_on(number, row.value))

    read = {"True": True, "False": False}

    def decide(facts: Facts) -> Found:
        lang.post(support, {"step": 0} | {name: str(value) for name, value in facts.items()})
        return tuple([read.get(result[name], result[name]) for name in NAMES])

    return decide


ENGINES: Mapping[str, tuple[str | None, Callable[[tuple[Step, ...]], Engine]]] = {
    "plain Python ifs": (None, plain_ifs),
    "CEL": ("common-expression-language", cel),
    "Zen, expressions": ("zen-engine", zen_expressions),
    "Zen, decision tables": ("zen-engine", zen_tables),
    "CLIPS": ("clipspy", clips),
    "durable-rules": ("durable-rules", durable),
}


def remembering(engine: Engine, facts: tuple[str, ...]) -> Engine:
    """An engine behind a dictionary keyed by the facts."""
    known: dict[Found, Found] = {}

    def decide(asked: Facts) -> Found:
        key = tuple([asked[fact] for fact in facts])
        found = known.get(key)
        if found is None:
            found = known[key] = engine(asked)
        return found

    return decide


def told(policy: Policy, decision: Decision) -> Found:
    """The three answers of a decision, in the words of the engines."""
    target = decision.response and decision.response.target
    channel = policy.definition.channels[ANSWERS[-1].partition(".")[2]]
    return plain(decision.severity), plain(target), plain(decision.channels[channel.id].eligible)


def inference(policy: Policy) -> Callable[[Mapping[str, Any]], Found]:
    """The three answers from the stages alone, without the dictionary before them."""

    def decide(reduced: Mapping[str, Any]) -> Found:
        course = Course(dict(reduced), {}, {})
        return tuple([policy.tables.conclude(name, course) for name in ANSWERS])

    return decide


def some_tickets(policy: Policy, count: int) -> list[dict[str, Any]]:
    """Random complete tickets; a severity is not always asked for."""
    rng, found = random.Random(7), []
    for ticket, _ in complete_tickets(policy, rng, count):
        absent = {
            name: None
            for name, fact in policy.definition.vocabulary.facts.items()
            if name in ticket and fact.default is None and rng.random() < 0.5
        }
        found.append(ticket | absent)
    return found


def alike(steps: tuple[Step, ...], count: int) -> list[str]:
    """The engines that there are, each shown to give the answers of `evaluate`."""
    policy, facts, names = load_policy(), facts_of(steps), []
    tickets = some_tickets(policy, count)
    expected = [told(policy, policy.evaluate(ticket)) for ticket in tickets]
    questions = [asked(ticket, facts) for ticket in tickets]
    for name, (package, make) in ENGINES.items():
        if package == "durable-rules" and durable_missing():
            print(f"{name}: left out; {durable_missing()}")
            continue
        engine = make(steps)
        wrong = sum(engine(question) != answer for question, answer in zip(questions, expected, strict=True))
        which = f" {version(package)}" if package else f" {sys.version.split()[0]}"
        print(f"{name}{which}: {wrong} of {count} tickets answered otherwise")
        assert not wrong, name
        names.append(name)
    return names


def main(count: int = COUNT) -> None:
    policy = load_policy()
    steps = steps_to(policy, ANSWERS)
    facts = facts_of(steps)
    # All are made anew to be measured: the engine of clipspy gets slower with every ticket.
    engines = {name: ENGINES[name][1](steps) for name in alike(steps, count)}
    warm = some_tickets(policy, WARM)
    asks = [asked(ticket, facts) for ticket in warm]
    vocabulary = policy.definition.vocabulary
    reduced = [policy.tables.reduced(vocabulary.read(ticket).values) for ticket in warm]
    some = [policy.evaluate(ticket) for ticket in warm]
    data = [decision.to_dict(derivation=False) for decision in some]
    ours: dict[str, tuple[Callable[[Any], object], Sequence[Any]]] = {
        "evaluate": (policy.evaluate, warm),
        "inference": (policy.book.answers, reduced),
        "tables": (inference(policy), reduced),
        "to_dict": (lambda decision: decision.to_dict(derivation=False), some),
        "json": (json.dumps, data),
        "evaluate and derivation": (lambda ticket: policy.evaluate(ticket).to_dict(), warm),
    }
    bare = {name: (engine, asks) for name, engine in engines.items()}
    behind = {
        f"{name} behind a dictionary": (remembering(engine, facts), asks) for name, engine in engines.items()
    }
    times = side_by_side(ours | bare | behind)

    fastest = min(times[name] for name in bare if ENGINES[name][0])

    def row(what: str, name: str) -> None:
        time = times[name]
        print(
            f"{what:58} {time * 1e6:9.2f} µs {time / times['evaluate']:9.2f} {time / times['inference']:9.2f}"
        )

    print(f"\n{'warm, complete tickets':58} {'time':>12} {'evaluate':>9} {'inference':>9}")
    row("evaluate: facts checked, deadline, Decision", "evaluate")
    row("its inference alone", "inference")
    row("its inference alone, stage by stage, nothing remembered", "tables")
    for name in bare:
        row(f"{name}: inference alone", name)
    print("\nevery engine behind a dictionary keyed by the facts")
    row("its inference alone", "inference")
    for name in behind:
        row(name, name)
    print("\ncounted separately")
    row("Decision.to_dict without the derivation", "to_dict")
    row("json.dumps of that", "json")
    row("evaluate and to_dict with the derivation", "evaluate and derivation")
    print(f"\nfastest engine / evaluate: {fastest / times['evaluate']:.1f}")
    print(f"fastest engine / inference: {fastest / times['inference']:.1f}")
    ifs = times["plain Python ifs"]
    print(f"plain ifs / evaluate: {ifs / times['evaluate']:.2f}; / inference: {ifs / times['inference']:.2f}")

    calls = spread(policy.evaluate, warm)
    middle, slow = calls[len(calls) // 2], calls[len(calls) * 99 // 100]
    print(
        f"evaluate, {len(calls)} single calls: p50 {middle * 1e6:.1f} µs, p99 {slow / middle:.2f} times that"
    )
    keep("peers", {"times": times, "p50": middle, "p99": slow})


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
