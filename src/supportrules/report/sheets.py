"""A policy as the tables that a service description prints: plain data, in one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from supportrules.calendars import Interval
from supportrules.conditions import Test
from supportrules.evaluate import Policy
from supportrules.policy import ALWAYS
from supportrules.policy.objects import SeverityRule
from supportrules.report.access import access_rows, assumed_facts, axes_of
from supportrules.report.cells import Cell, Sheet, cell, entry, joint
from supportrules.report.phrases import Phrases, interval_text
from supportrules.vocabulary import NONE, UNKNOWN, Fact, OnlyZoneOf


def sheets(policy: Policy, topic: str, language: str) -> tuple[Sheet, ...]:
    """The tables of one of `TOPICS`; none where the policy has nothing of the kind."""
    build = TOPICS[topic]
    return tuple(sheet for sheet in build(_Builder(policy, topic, language)) if sheet.rows)


class _Builder:
    """The tables of one topic, being built."""

    def __init__(self, policy: Policy, topic: str, language: str) -> None:
        self.policy, self.topic = policy, topic
        self.definition = policy.definition
        self.phrases = Phrases(policy.definition, language)
        self.words = self.phrases.words

    def sheet(
        self,
        kind: str,
        columns: Mapping[str, Cell],
        rows: Iterable[tuple[Cell, ...]],
        of: str = "",
        remarks: tuple[str, ...] = (),
    ) -> Sheet:
        title = self.words[f"table.{kind}"] + (f"{self.words[':']}{of}" if of else "")
        found = tuple(rows)
        # A column of which the policy says nothing.
        empty = [not any(cell.text for cell in column) for column in zip(*found, strict=True)]
        kept = {name: head for (name, head), drop in zip(columns.items(), empty, strict=False) if not drop}
        rows = tuple(tuple(c for c, drop in zip(row, empty, strict=True) if not drop) for row in found)
        return Sheet(self.topic, title, kept, rows, remarks)

    def columns(self, *names: str) -> dict[str, Cell]:
        return {name: cell(self.words[f"column.{name}"]) for name in names}

    # Plans

    def plans(self) -> Iterator[Sheet]:
        definition, phrases = self.definition, self.phrases
        columns = self.columns("name", "id", "column")
        families = list(dict.fromkeys(plan.family for plan in definition.plans.values()))
        families.sort(key=lambda f: [*definition.families, None].index(f))
        for family in families:
            rows = [
                (
                    entry(phrases.label(plan.label, plan.id), plan.id, plan.origin),
                    cell(plan.id, plan.id),
                    cell(
                        phrases.value("column", plan.column) if plan.column else self.words["by_condition"],
                        plan.column,
                    ),
                )
                for plan in definition.plans.values()
                if plan.family == family
            ]
            yield self.sheet("plans", columns, rows, phrases.value("family", family) if family else "")
        yield self.sheet("included", self.columns("conclusion", "included", "plans"), self.included())

    def included(self) -> Iterator[tuple[Cell, ...]]:
        """What plans include: the plans for each value of each conclusion."""
        plans, phrases = self.definition.plans, self.phrases
        for name, conclusion in self.definition.conclusions.items():
            for value in conclusion.values:
                having = [plan for plan in plans.values() if plan.entitlements.get(name) == value]
                if not having:
                    continue
                everybody = len(having) == len(plans)
                text = (
                    self.words["any"] if everybody else phrases.listed(phrases.label(p.label) for p in having)
                )
                yield (
                    entry(phrases.name(name), name, conclusion.origin),
                    cell(phrases.value(name, value), value),
                    joint(text, [plan.id for plan in having], [plan.origin for plan in having]),
                )

    # Severity

    def severity(self) -> Iterator[Sheet]:
        definition, phrases = self.definition, self.phrases
        levels = definition.levels.values()
        columns = self.columns("severity", "id", "description")
        rows = [
            (
                entry(phrases.label(level.label, level.id), level.id, level.origin),
                cell(level.id, level.id),
                cell(phrases.label(level.description), None),
            )
            for level in levels
        ]
        order = ", ".join(definition.precedence)
        yield self.sheet("levels", columns, rows, remarks=(f"{self.words['order']}{self.words[':']}{order}",))
        for level in levels:
            of = phrases.label(level.label, level.id)
            yield self.severity_rules(of, [r for r in definition.severity_rules if r.level == level.id])
        others = [rule for rule in definition.severity_rules if rule.level is None]
        for fact in dict.fromkeys(rule.level_from for rule in others):
            of = phrases.name(fact) if fact else self.words["none"]
            yield self.severity_rules(of, [rule for rule in others if rule.level_from == fact])

    def severity_rules(self, of: str, rules: list[SeverityRule]) -> Sheet:
        """Rules that come to one level, those of the groups that go first before the others."""
        phrases, order = self.phrases, self.definition.precedence
        rows = [
            (
                entry(phrases.label(rule.label, rule.id), rule.id, rule.origin),
                cell(phrases.condition(rule.when)),
                cell(rule.group, rule.group),
            )
            for rule in sorted(rules, key=lambda rule: order.index(rule.group))
        ]
        return self.sheet("severity", self.columns("rule", "when", "group"), rows, of)

    # Targets

    def targets(self) -> Iterator[Sheet]:
        definition, phrases = self.definition, self.phrases
        columns = self.columns("severity")
        for column in definition.columns.values():
            columns[column.id] = entry(phrases.label(column.label, column.id), column.id, column.origin)
        found = {(c.level, c.column): c for c in definition.cells}
        rows = []
        for level in definition.levels.values():
            row = [cell(phrases.label(level.label, level.id), level.id)]
            for name in definition.columns:
                target = found[level.id, name]
                text = str(target.target) if target.target.committed else None
                value = {"target": text, "clock": target.clock}
                row.append(entry(phrases.promise(target.target, target.clock), value, target.origin))
            rows.append(tuple(row))
        if definition.without_severity:
            nothing = entry(self.words["no_target"], None, definition.without_severity)
            rows.append((cell(self.words["no_severity"]), *[nothing] * len(definition.columns)))
        yield self.sheet("targets", columns, rows)
        conditions = [
            (
                cell(phrases.value("column", rule.column), rule.column),
                entry(phrases.condition(rule.when), rule.id, rule.origin),
            )
            for rule in definition.column_rules
        ]
        yield self.sheet("conditions", self.columns("column", "when"), conditions)

    # Channels

    def channels(self) -> Iterator[Sheet]:
        definition, phrases = self.definition, self.phrases
        category, axes = axes_of(self.policy)
        columns = {fact.name: cell(phrases.label(fact.label, fact.name)) for fact in axes}
        for channel in definition.channels.values():
            columns[channel.id] = entry(phrases.label(channel.label, channel.id), channel.id, channel.origin)
        remarks: tuple[str, ...] = ()
        taken = [
            phrases.test(Test(name, given=False) if value is None else Test(name, frozenset([value])))
            for name, value in assumed_facts(self.policy)
        ]
        if taken:
            remarks = (f"{self.words['unless']}{self.words[':']}{self.words[';'].join(taken)}",)
        for value in category.values if category else (None,):
            given = {category.name: value} if category else {}
            rows = access_rows(self.policy, phrases, axes, given)
            of = phrases.value(category.name, value) if category else ""
            yield self.sheet("channels", columns, rows, of, remarks)

    # Calendars

    def calendars(self) -> Iterator[Sheet]:
        definition, phrases, words = self.definition, self.phrases, self.words
        all_hours = definition.hours.values()
        columns = self.columns("day")
        for hours in all_hours:
            columns[hours.id] = entry(phrases.label(hours.label, hours.id), hours.id, hours.origin)
        rows = [
            (cell(day, number + 1), *[self.open(hours.week.days[number]) for hours in all_hours])
            for number, day in enumerate(words["days"].split())
        ]
        holidays = [h.national_holidays for h in all_hours]
        states = [cell(words["closed" if closed else "open"], not closed) for closed in holidays]
        rows.append((cell(words["national_holidays"]), *states))
        yield self.sheet("hours", columns, rows)
        dates = [
            (
                entry(special.day.isoformat(), special.day.isoformat(), special.origin),
                cell(phrases.label(special.label), None),
                cell(", ".join(map(phrases.hours, special.hours)), list(special.hours)),
                self.open(special.open),
            )
            for special in definition.dates
        ]
        yield self.sheet("dates", self.columns("date", "reason", "hours", "open"), dates)
        yield self.sheet("coverage", self.columns("coverage", "countries", "hours"), self.coverage())

    def coverage(self) -> Iterator[tuple[Cell, ...]]:
        coverage, phrases = self.definition.coverage, self.phrases
        for exception in coverage.exceptions:
            names = sorted(exception.countries, key=phrases.country)
            yield (
                entry(phrases.label(exception.label, exception.id), exception.id, exception.origin),
                cell(", ".join(map(phrases.country, names)), sorted(names)),
                cell(phrases.hours(exception.clock), exception.clock),
            )
        where = cell(self.words["every_country"] if coverage.exceptions else self.words["any"])
        yield (
            entry(phrases.label(coverage.label), None, coverage.origin),
            where,
            cell(phrases.hours(ALWAYS), ALWAYS),
        )

    def open(self, intervals: tuple[Interval, ...]) -> Cell:
        return cell(self.phrases.intervals(intervals), [interval_text(i) for i in intervals])

    # Facts

    def vocabulary(self) -> Iterator[Sheet]:
        phrases = self.phrases
        rows = [
            (
                entry(phrases.label(fact.label, fact.name), fact.name, fact.origin),
                cell(fact.name, fact.name),
                cell(phrases.label(fact.question)),
                cell(self.accepted(fact), list(fact.values) or None),
                self.not_given(fact),
            )
            for fact in self.definition.vocabulary.facts.values()
        ]
        yield self.sheet("facts", self.columns("fact", "id", "question", "values", "not_given"), rows)

    def accepted(self, fact: Fact) -> str:
        """The values of a fact; those that have a table of their own are named by it."""
        words, definition = self.words, self.definition
        if fact.name == definition.plan_fact:
            return f"{words['see']}{words[':']}{words['table.plans']}"
        if fact.name == definition.issue_type_fact:
            return f"{words['see']}{words[':']}{words['table.issue_types']}"
        if fact.values:
            texts = [f"{value}{words[':']}{self.phrases.value(fact.name, value)}" for value in fact.values]
            return words[";"].join(texts)
        text = words[f"type.{fact.type}"]
        if fact.minimum is not None or fact.maximum is not None:
            bounds = Test(fact.name, at_least=fact.minimum, at_most=fact.maximum)
            text += f", {self.phrases.limits(bounds)}"
        return text

    def not_given(self, fact: Fact) -> Cell:
        """What a fact is when a ticket does not give it."""
        default = fact.default
        if isinstance(default, OnlyZoneOf):
            label = self.phrases.name(default.country)
            return cell(self.words["only_zone"].format(label=label), {"only_zone_of": default.country})
        if default is UNKNOWN:
            text = self.words["absent" if fact.optional else "unknown"]
            return cell(text, {"optional": fact.optional})
        return cell(self.phrases.value(fact.name, default), {"default": NONE if default is None else default})

    # Types of issue

    def issue_types(self) -> Iterator[Sheet]:
        issues = self.definition.issue_types.values()
        category = self.definition.roles.category
        order = self.definition.vocabulary.facts[category].values if category else ()
        found = {issue.category for issue in issues}
        for value in (value for value in (*order, None) if value in found):
            rows = [
                (
                    entry(self.phrases.label(issue.label, issue.id), issue.id, issue.origin),
                    cell(issue.id, issue.id),
                )
                for issue in issues
                if issue.category == value
            ]
            of = self.phrases.value(str(category), value) if value else self.words["no_category"]
            yield self.sheet("issue_types", self.columns("issue", "id"), rows, of if category else "")


TOPICS: Mapping[str, Callable[[_Builder], Iterator[Sheet]]] = {
    "plans": _Builder.plans,
    "severity": _Builder.severity,
    "targets": _Builder.targets,
    "channels": _Builder.channels,
    "calendars": _Builder.calendars,
    "vocabulary": _Builder.vocabulary,
    "issue-types": _Builder.issue_types,
}
