"""A policy as the tables that a service description prints: plain data, in one language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from supportrules.engine.answers import value_data
from supportrules.engine.evaluation import Policy
from supportrules.errors import PolicyFault
from supportrules.policy.conditions import Test
from supportrules.policy.definition import COLUMN, CalendarFile, Plan, PromiseTable, SeverityRule, SpecialDate
from supportrules.policy.vocabulary import NONE, UNKNOWN, Fact, OnlyZoneOf
from supportrules.report.access import access_rows, assumed_facts, axes_of
from supportrules.report.phrases import Phrases, holidays_data, interval_text
from supportrules.report.table_model import Sheet, TableCell, cell, entry, joint
from supportrules.time.clocks import ALWAYS
from supportrules.time.observances import Interval

# What a table is about that is the only one of its kind.
ALL = cell("")


def sheets(policy: Policy, topic: str, language: str, alike: Sequence[Policy] = ()) -> tuple[Sheet, ...]:
    """The tables of one of `TOPICS`; none where the policy has nothing of the kind.

    Args:
        alike: policies whose tables stand beside each other, this one among them: "any" means the same
            in all of them, and values share a row only where they do in all.
    """
    build = TOPICS[topic]
    return tuple(
        sheet for sheet in build(_Builder(policy, topic, language, alike or (policy,))) if sheet.rows
    )


class _Builder:
    """The tables of one topic, being built."""

    def __init__(self, policy: Policy, topic: str, language: str, alike: Sequence[Policy]) -> None:
        self.policy, self.topic, self.alike = policy, topic, alike
        self.definition = policy.definition
        self.phrases = Phrases(policy.definition, language)
        self.words = self.phrases.words

    def sheet(
        self,
        kind: str,
        columns: Mapping[str, TableCell],
        rows: Iterable[tuple[TableCell, ...]],
        heads: Sequence[str],
        of: TableCell = ALL,
        remarks: tuple[TableCell, ...] = (),
    ) -> Sheet:
        title = self.words[f"table.{kind}"] + (f"{self.words[':']}{of.text}" if of.text else "")
        found = tuple(rows)
        # A column of which the policy says nothing.
        empty = [not any(cell.text for cell in column) for column in zip(*found, strict=True)]
        kept = {name: head for (name, head), drop in zip(columns.items(), empty, strict=False) if not drop}
        rows = tuple(tuple(c for c, drop in zip(row, empty, strict=True) if not drop) for row in found)
        named = tuple(name for name in heads if name in kept)
        return Sheet(self.topic, title, kept, rows, remarks, named, (kind, of.value))

    def columns(self, *names: str) -> dict[str, TableCell]:
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
                    cell(self.column(plan), plan.column),
                )
                for plan in definition.plans.values()
                if plan.family == family
            ]
            of = cell(phrases.value("family", family), family) if family else ALL
            yield self.sheet("plans", columns, rows, ("name", "id"), of)
        heads = ("conclusion", "included")
        yield self.sheet("included", self.columns(*heads, "plans"), self.included(), heads)

    def column(self, plan: Plan) -> str:
        """The column of a plan, whether a condition gives it one, or that it has no target."""
        if plan.column is not None:
            return self.phrases.value(COLUMN, plan.column)
        facts = dict.fromkeys(self.definition.vocabulary.facts, UNKNOWN)
        try:
            possible = self.policy.book.possible(COLUMN, {**facts, str(self.definition.plan_fact): plan.id})
        except PolicyFault:
            # Its conditions contradict each other, or there are too many of them to tell.
            return self.words["by_condition"]
        return self.words["no_target" if possible.values == (None,) else "by_condition"]

    def included(self) -> Iterator[tuple[TableCell, ...]]:
        """What plans include: the plans for each value of each conclusion."""
        plans, phrases = self.definition.plans, self.phrases
        same = all(policy.definition.plans.keys() == plans.keys() for policy in self.alike)
        for name, conclusion in self.definition.conclusions.items():
            for value in conclusion.values:
                having = [plan for plan in plans.values() if plan.entitlements.get(name) == value]
                if not having:
                    continue
                everybody = same and len(having) == len(plans)
                text = (
                    self.words["any"] if everybody else phrases.listed(phrases.label(p.label) for p in having)
                )
                yield (
                    entry(phrases.name(name), name, conclusion.origin),
                    cell(phrases.value(name, value), value),
                    joint(
                        text,
                        [plan.id for plan in having],
                        [plan.origin for plan in having],
                        frozenset(plan.id for plan in having),
                    ),
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
        text = f"{self.words['order']}{self.words[':']}{', '.join(definition.precedence)}"
        order = cell(text, list(definition.precedence))
        yield self.sheet("levels", columns, rows, ("severity", "id"), remarks=(order,))
        for level in levels:
            of = cell(phrases.label(level.label, level.id), level.id)
            yield self.severity_rules(of, [r for r in definition.severity_rules if r.level == level.id])
        others = [rule for rule in definition.severity_rules if rule.level is None]
        for fact in dict.fromkeys(rule.level_from for rule in others):
            of = cell(phrases.name(fact) if fact else self.words["none"], ("from", fact))
            yield self.severity_rules(of, [rule for rule in others if rule.level_from == fact])

    def severity_rules(self, of: TableCell, rules: list[SeverityRule]) -> Sheet:
        """Rules that come to one level, those of the groups that go first before the others."""
        phrases, order = self.phrases, self.definition.precedence
        rows = [
            (
                entry(phrases.label(rule.label, rule.id), rule.id, rule.origin),
                cell(phrases.condition(rule.when), means=rule.when),
                cell(rule.group, rule.group),
            )
            for rule in sorted(rules, key=lambda rule: order.index(rule.group))
        ]
        return self.sheet("severity", self.columns("rule", "when", "group"), rows, ("rule",), of)

    # Targets

    def targets(self) -> Iterator[Sheet]:
        definition, phrases = self.definition, self.phrases
        for table in definition.promises.values():
            of = cell(phrases.promise_name(table.name), table.name)
            yield self.sheet("targets", *self._targets(table), ("severity",), of)
        conditions = [
            (
                cell(phrases.value("column", rule.column), rule.column),
                entry(phrases.condition(rule.when), rule.id, rule.origin, rule.when),
            )
            for rule in definition.column_rules
        ]
        yield self.sheet("conditions", self.columns("column", "when"), conditions, ("column",))

    def _targets(self, table: PromiseTable) -> tuple[dict[str, TableCell], list[tuple[TableCell, ...]]]:
        """The columns and the rows of the table of a promise."""
        definition, phrases = self.definition, self.phrases
        columns = self.columns("severity")
        for column in (definition.columns[id] for id in table.columns):
            columns[column.id] = entry(phrases.label(column.label, column.id), column.id, column.origin)
        found = {(each.level, each.column): each for each in table.cells}
        rows = []
        for level in (definition.levels[id] for id in table.levels):
            row = [cell(phrases.label(level.label, level.id), level.id)]
            for name in table.columns:
                promise, origin = found[level.id, name].promise, found[level.id, name].origin
                value = value_data(promise)
                text = phrases.promise(promise.target, promise.clock, value.get("cut_off"))
                row.append(entry(text, value, origin))
            rows.append(tuple(row))
        if table.without_severity:
            nothing = entry(self.words["no_target"], None, table.without_severity)
            rows.append((cell(self.words["no_severity"]), *[nothing] * len(table.columns)))
        return columns, rows

    # Channels

    def channels(self) -> Iterator[Sheet]:
        definition, phrases = self.definition, self.phrases
        category, axes = axes_of(self.alike)
        columns = {axis.name: cell(axis.label(phrases), axis.name) for axis in axes}
        for channel in definition.channels.values():
            columns[channel.id] = entry(phrases.label(channel.label, channel.id), channel.id, channel.origin)
        drawn = (*axes, category) if category else axes
        taken = dict(assumed_facts(self.policy, drawn))
        texts = [
            phrases.test(Test(name, given=False) if value is None else Test(name, frozenset([value])))
            for name, value in taken.items()
        ]
        unless = cell(f"{self.words['unless']}{self.words[':']}{self.words[';'].join(texts)}", taken)
        sides = [(policy, Phrases(policy.definition, phrases.language)) for policy in self.alike]
        own = self.alike.index(self.policy)
        heads = [axis.name for axis in axes]
        for value in filter(None, category.values) if category else (None,):
            rows = []
            for values, answers in access_rows(sides, axes, {category.name: value} if category else {}):
                if row := answers[own]:
                    named = [cell(a.text(phrases, v), v) for a, v in zip(axes, values, strict=True)]
                    rows.append((*named, *row))
            of = cell(category.text(phrases, [value]), value) if category else ALL
            yield self.sheet("channels", columns, rows, heads, of, (unless,) if taken else ())

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
        kept = [cell(phrases.holidays(h.holidays), holidays_data(h.holidays)) for h in all_hours]
        rows.append((cell(words["holidays"]), *kept))
        if definition.calendar_files:
            years = [cell(str(h.known_until or ""), h.known_until) for h in all_hours]
            rows.append((cell(words["known_until"]), *years))
        if any(hours.beyond_data == "refuse" for hours in all_hours):
            beyond = [cell(words[f"then.{h.beyond_data}"], h.beyond_data) for h in all_hours]
            rows.append((cell(words["then"]), *beyond))
        if any(hours.timezone for hours in all_hours):
            named = [cell(phrases.timezone(h.timezone), h.timezone or "customer") for h in all_hours]
            rows.append((cell(words["timezone"]), *named))
        yield self.sheet("hours", columns, rows, ("day",))
        exceptions = [
            (
                entry(phrases.label(rule.label, rule.id), rule.id, rule.origin),
                cell(phrases.hours(rule.hours), rule.hours),
                cell(phrases.condition(rule.when), means=rule.when),
                cell(phrases.hours(rule.clock), rule.clock),
            )
            for rule in definition.hours_exceptions
        ]
        if exceptions:
            columns = self.columns("exception", "hours", "when", "instead")
            yield self.sheet("exceptions", columns, exceptions, ("exception",))
        special: tuple[SpecialDate | CalendarFile, ...] = (*definition.dates, *definition.calendar_files)
        placed = any(each.places for each in special)
        only = ("places",) if placed else ()
        dates = [
            (
                entry(date.id, date.id, date.origin),
                cell(phrases.label(date.label), None),
                *self.kept(date, placed=placed),
            )
            for date in definition.dates
        ]
        columns = self.columns("date", "reason", "hours", "open", *only)
        yield self.sheet("dates", columns, dates, ("date",))
        calendars = [
            (
                entry(phrases.label(file.label, file.id), file.id, file.origin),
                cell(file.file),
                cell(str(len(file.days)), len(file.days)),
                cell(str(file.days[-1][0].year), file.days[-1][0].year),
                *self.kept(file, placed=placed),
            )
            for file in definition.calendar_files
        ]
        if calendars:
            columns = self.columns("calendar", "file", "days", "known_until", "hours", "open", *only)
            yield self.sheet("calendars", columns, calendars, ("calendar",))
        columns = self.columns("coverage", "countries", "hours")
        yield self.sheet("coverage", columns, self.coverage(), ("coverage",))

    def coverage(self) -> Iterator[tuple[TableCell, ...]]:
        coverage, phrases = self.definition.coverage, self.phrases
        for exception in coverage.exceptions:
            names = sorted(exception.countries, key=phrases.country)
            yield (
                entry(phrases.label(exception.label, exception.id), exception.id, exception.origin),
                cell(", ".join(map(phrases.country, names)), sorted(names)),
                cell(phrases.hours(exception.clock), exception.clock),
            )
        limited = bool(coverage.exceptions)
        where = cell(self.words["every_country" if limited else "any"], means=limited)
        yield (
            entry(phrases.label(coverage.label), None, coverage.origin),
            where,
            cell(phrases.hours(ALWAYS), ALWAYS),
        )

    def kept(self, special: SpecialDate | CalendarFile, *, placed: bool) -> Iterator[TableCell]:
        """The hours that special dates are for, when these are open, and for customers in which places."""
        phrases, words = self.phrases, self.words
        yield cell(", ".join(map(phrases.hours, special.hours)), list(special.hours))
        yield cell(words["open_like_week"], "week") if special.open is None else self.open(special.open)
        if placed:
            names = sorted(special.places, key=phrases.place)
            yield cell(", ".join(map(phrases.place, names)) or words["any"], sorted(names))

    def open(self, intervals: tuple[Interval, ...]) -> TableCell:
        return cell(self.phrases.intervals(intervals), [interval_text(i) for i in intervals])

    # Facts

    def vocabulary(self) -> Iterator[Sheet]:
        phrases = self.phrases
        rows = [
            (
                entry(phrases.label(fact.label, fact.name), fact.name, fact.origin),
                cell(fact.name, fact.name),
                cell(phrases.label(fact.question)),
                self.accepted(fact),
                self.not_given(fact),
            )
            for fact in self.definition.vocabulary.facts.values()
        ]
        columns = self.columns("fact", "id", "question", "values", "not_given")
        yield self.sheet("facts", columns, rows, ("fact", "id"))

    def accepted(self, fact: Fact) -> TableCell:
        """The values of a fact; those that have a table of their own are named by it."""
        words, definition, values = self.words, self.definition, list(fact.values) or None
        tables = {definition.plan_fact: "table.plans", definition.issue_type_fact: "table.issue_types"}
        if fact.name in tables:
            text = f"{words['see']}{words[':']}{words[tables[fact.name]]}"
            return cell(text, values, fact.type)
        if fact.values:
            texts = [f"{value}{words[':']}{self.phrases.value(fact.name, value)}" for value in fact.values]
            return cell(words[";"].join(texts), values, (fact.type, frozenset(fact.values)))
        text = words[f"type.{fact.type}"]
        if fact.minimum is not None or fact.maximum is not None:
            bounds = Test(fact.name, at_least=fact.minimum, at_most=fact.maximum)
            text += f", {self.phrases.limits(bounds)}"
        return cell(text, values, (fact.type, fact.minimum, fact.maximum))

    def not_given(self, fact: Fact) -> TableCell:
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
            text = self.phrases.value(str(category), value) if value else self.words["no_category"]
            of = cell(text, value) if category else ALL
            yield self.sheet("issue_types", self.columns("issue", "id"), rows, ("issue", "id"), of)


TOPICS: Mapping[str, Callable[[_Builder], Iterator[Sheet]]] = {
    "plans": _Builder.plans,
    "severity": _Builder.severity,
    "targets": _Builder.targets,
    "channels": _Builder.channels,
    "calendars": _Builder.calendars,
    "vocabulary": _Builder.vocabulary,
    "issue-types": _Builder.issue_types,
}
