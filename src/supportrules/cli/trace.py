"""`supportrules trace`: clause → what encodes it → which test cases show it."""

from __future__ import annotations

import click

from supportrules.base.wording import did_you_mean, nearest
from supportrules.cases.cases import read_cases
from supportrules.cases.trace import ClauseTrace, RuleTrace, Trace
from supportrules.cases.trace import trace as trace_policy
from supportrules.cli.candidates import clauses
from supportrules.cli.output import (
    console,
    echo_json,
    echo_text,
    lang_option,
    language,
    policy_among,
    report_format_option,
    tell_of_skipped,
)
from supportrules.engine.evaluation import load_policy
from supportrules.engine.rules import referred


@click.command()
@click.argument("names", nargs=-1, metavar="[CLAUSE]... [POLICY]", shell_complete=clauses)
@policy_among("names")
@report_format_option
@lang_option
@click.option("--missing", is_flag=True, help="Show only what nothing encodes and what no case shows.")
def trace(names: tuple[str, ...], policy: str | None, form: str, lang: str | None, missing: bool) -> None:
    """Show what encodes each clause and which test cases show it.

    CLAUSE is the number of a clause or the id of a rule; without it, all clauses,
    and those that have none. POLICY may be named here or by --policy.

    \b
    Example:
      supportrules trace SV-A2
    """
    if names and missing:
        raise click.UsageError("Name clauses, or give --missing: it is about all of them.")
    loaded = load_policy(policy)
    spoken = language(loaded.definition, lang)
    traced = trace_policy(loaded, read_cases(policy))
    tell_of_skipped(policy)
    clauses, rules = _chosen(traced, names)
    if form == "json":
        data: dict[str, object] = {
            "policy": {"name": loaded.name, "version": loaded.version, "digest": loaded.digest}
        }
        if not missing:
            data["clauses"] = [clause.to_dict() for clause in clauses]
            data["rules"] = [rule.to_dict() for rule in rules]
            data["cases"] = _places(traced, clauses, rules)
        if not names:
            data["missing"] = traced.missing_to_dict()
        echo_json(data)
        return
    from supportrules.report.trace import TraceReport

    report = TraceReport(traced, spoken)
    blocks = [] if missing else [report.clause(clause) for clause in clauses]
    # Without a choice the rules stand below their clauses.
    blocks += [report.rule(rule) for rule in rules] if names else [report.missing()]
    if form == "markdown":
        echo_text(report.markdown(blocks))
    else:
        report.print(blocks, console())


def _chosen(traced: Trace, names: tuple[str, ...]) -> tuple[list[ClauseTrace], list[RuleTrace]]:
    """The clauses and rules of that name, or all; a name that is no rule's stands for the rules below it."""
    if not names:
        return list(traced.clauses.values()), list(traced.rules.values())
    known = [*traced.clauses, *traced.rules]
    clauses: dict[str, ClauseTrace] = {}
    rules: dict[str, RuleTrace] = {}
    for name in names:
        found = referred(name, list(traced.rules))
        if name in traced.clauses:
            clauses[name] = traced.clauses[name]
        elif found:
            rules |= {id: traced.rules[id] for id in found}
        else:
            hint = did_you_mean(nearest(name, known)) or "`supportrules trace` without a name shows all"
            raise click.BadParameter(f"no clause and no rule `{name}`: {hint}", param_hint="CLAUSE")
    return list(clauses.values()), list(rules.values())


def _places(traced: Trace, clauses: list[ClauseTrace], rules: list[RuleTrace]) -> dict[str, str]:
    """Where the cases stand that are named."""
    named = {name for clause in clauses for name in (*clause.listed, *clause.stood)}
    named |= {name for rule in rules for name in rule.fired}
    return {name: traced.case_place(name) for name in traced.cases if name in named}
