"""What a policy says in words of one language: labels, values, conditions, promises."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from supportrules.base.frozen import lazy
from supportrules.engine.answers import ANSWERS, NOTES, TIMES, timed_answer
from supportrules.engine.decision import PromiseDecision, Undetermined
from supportrules.policy import Definition
from supportrules.policy.conditions import Condition, Test
from supportrules.policy.definition import FAMILY, FIXED, REOPEN, SEVERITY
from supportrules.policy.format import answered_channel, answered_promise, named_hours, targeted_promise
from supportrules.policy.vocabulary import Label
from supportrules.report.words import Words
from supportrules.time import places, zones
from supportrules.time.clocks import ALWAYS
from supportrules.time.observances import Observance
from supportrules.time.openness import DAY
from supportrules.time.public_holidays import PUBLIC
from supportrules.time.targets import Target

# The keys of words: for conclusions and parts of decisions; and for an answer that a ticket does not get.
NAMES = {name: name for name in (*FIXED, *(kind.part for kind in ANSWERS if kind.part != NOTES))}
_NOTHING = {kind.part: kind.nothing for kind in ANSWERS if kind.nothing}


# How many places are named in a row, and times.
_MOST_NAMES, _MOST_TIMES = 6, 4


def nothing(answer: str) -> str:
    """The key of the words for an answer that a ticket does not get; empty where it has none of its own."""
    return _NOTHING.get(answer.partition(".")[0], "")


@functools.cache
def _territories(language: str) -> Mapping[str, str]:
    """The names of countries in a language, by their codes; none in a language that CLDR lacks."""
    # Imported where it is needed: reading the data of a language takes a moment.
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(language, sep="-").territories
    except (UnknownLocaleError, ValueError):
        return {}


class Phrases:
    """The words of one policy in one language.

    Args:
        language: of the labels and of the program's words.
    """

    def __init__(self, definition: Definition, language: str) -> None:
        self.definition, self.language, self.words = definition, language, Words(language)

    def label(self, label: Label, name: str = "") -> str:
        """The text of a label in the language, else in any, else the name."""
        return label.get(self.language) or next(iter(label.values()), name)

    def name(self, name: str) -> str:
        """A fact, a conclusion or an answer."""
        definition = self.definition
        if name in definition.vocabulary.facts:
            return self.label(definition.vocabulary.facts[name].label, name)
        if name in definition.conclusions:
            return self.label(definition.conclusions[name].label, name)
        if (channel := answered_channel(name)) is not None:
            return self.label(definition.channels[channel].label, channel)
        if (hours := named_hours(name)) is not None:
            return self.hours(hours)
        if promise := answered_promise(name):
            return self._promised(name, promise)
        if promise := targeted_promise(name):
            return self.words["target"].format(promise=self.promise_name(promise))
        if name == "category":
            return self.name(str(definition.roles.category))
        return self.words[NAMES.get(name, "note")]

    def promise_name(self, promise: str) -> str:
        """A promise."""
        return self.label(self.definition.promises[promise].label, promise)

    def _promised(self, name: str, promise: str) -> str:
        """A promise, or one of its times; of the only promise there is, the time alone says it."""
        timed = timed_answer(name)
        if timed is None:
            return self.promise_name(promise)
        time = self.words[TIMES[timed[1]]]
        if len(self.definition.promises) == 1:
            return time
        return f"{self.promise_name(answered_promise(timed[0]))}{self.words[':']}{time}"

    def value(self, name: str, value: Any) -> str:
        """A value of a fact, a conclusion or an answer, as it stands in a decision's JSON."""
        words = self.words
        match value:
            case None:
                return words[nothing(name) if name == REOPEN else "none"]
            case bool():
                return words["yes" if value else "no"]
            case {"eligible": eligible, "hours": hours}:
                if not eligible:
                    return words["no"]
                return f"{words['yes']} ({self.hours(hours)})" if hours else words["yes"]
            case {"target": target, "clock": clock}:
                hours = self.clock(clock, value.get("cut_off"))
                return f"{words.target(target) if target else words['no_time']} ({hours})"
            case {"places": regions}:
                return self._there(value, regions)
            case {"until": until}:
                return f"{words['until']} {until}"
            case str():
                return self._label(name, value)
            case _:
                return str(value)

    def possible(self, name: str, values: Sequence[Any]) -> str:
        """What an answer that is open can be; of many times at other places, the first and the last."""
        told = list(dict.fromkeys(self.value(name, value) for value in values))
        if len(told) <= _MOST_TIMES or not (isinstance(values[0], Mapping) and "places" in values[0]):
            return self.words.either(told)
        first, last = (self._time(value, value["places"]) for value in (values[0], values[-1]))
        return self.words["times_between"].format(n=len(told), first=first, last=last)

    def beyond_data(self, answer: PromiseDecision | None, open_answer: Undetermined | None) -> Iterator[str]:
        """Which data ends before a promised time, or before one that is possible."""
        ended = dict(answer.beyond_data) if answer else {}
        for value in open_answer.possible if open_answer else ():
            if isinstance(value, Mapping):
                ended |= value.get("beyond_data", {})
        yield from self.data_ends("beyond_data", ended)

    def data_ends(self, key: str, ended: Mapping[str, int]) -> Iterator[str]:
        """That files and countries have days until some year only, in the words of a key."""
        for name, year in ended.items():
            told = self.country(name) if name in zones.country_names() else name
            yield self.words[key].format(name=told, year=year)

    def _there(self, time: Mapping[str, Any], regions: Sequence[Mapping[str, Any]]) -> str:
        """A deadline or a service window, and where it is that."""
        told = self.words[";"].join(map(self._region, regions))
        return self.words["there"].format(time=self._time(time, regions), places=told)

    def _time(self, time: Mapping[str, Any], regions: Sequence[Mapping[str, Any]]) -> str:
        words, zone = self.words, zones.zone(_zone_of(regions[0]))
        moments = (
            [time["due_at"]] if "due_at" in time else [time["window"][at] for at in ("opens_at", "closes_at")]
        )
        return f" {words['to']} ".join(
            words.moment(datetime.fromisoformat(each).astimezone(zone)) for each in moments
        )

    def _region(self, region: Mapping[str, Any]) -> str:
        subdivisions, names = region["subdivisions"], region["timezones"]
        told = self._some([self.subdivision(code) for code in subdivisions or ()])
        of_zones = self._some(list(names or ()))
        return f"{told} ({of_zones})" if told and of_zones else told or of_zones

    def _some(self, names: Sequence[str]) -> str:
        """Names in a row; of many, the first ones and how many more there are."""
        if len(names) <= _MOST_NAMES:
            return self.words.either(names, "and")
        return self.words["and_others"].format(
            names=", ".join(names[: _MOST_NAMES - 1]), n=len(names) - _MOST_NAMES + 1
        )

    def _label(self, name: str, value: str) -> str:
        if name == REOPEN:
            return self.words.span(value)
        if targeted_promise(name) or answered_promise(name):
            return self.words.target(value)
        if named_hours(name) is not None:
            return self.hours(value)
        if name == "category":
            name = str(self.definition.roles.category)
        fact = self.definition.vocabulary.facts.get(name)
        if fact is not None and fact.type in ("country", "subdivision"):
            return f"{self.place(value)} ({value})"
        return self.label(self._labels(name).get(value, {}), value)

    def values(self, name: str, values: Collection[Any]) -> str:
        """Several values, any of which will do."""
        order = list(self._labels(name))
        ranked = sorted(values, key=lambda v: (order.index(v) if v in order else 0, str(v), v))
        fact = self.definition.vocabulary.facts.get(name)
        say = self.country if fact and fact.type == "country" else partial(self.value, name)
        return self.words.either([say(value) for value in ranked])

    def _labels(self, name: str) -> dict[Any, Label]:
        definition = self.definition
        match name:
            case _ if name in definition.vocabulary.facts:
                fact = definition.vocabulary.facts[name]
                if fact.type == "country":
                    return {code: {} for code in zones.country_names()}
                return dict(fact.values)
            case _ if name in definition.conclusions:
                return dict(definition.conclusions[name].values)
            case _ if name == SEVERITY:
                return {level.id: level.label for level in definition.levels.values()}
            case _ if name == FAMILY:
                return {family.id: family.label for family in definition.families.values()}
            case _:
                return {column.id: column.label for column in definition.columns.values()}

    def country(self, code: str) -> str:
        """The name of a country: the policy's own, or that of CLDR."""
        name = _territories(self.language).get(code) or zones.country_names()[code]
        return self.label(self._own_labels.get(code, {}), str(name))

    def special(self, day: date, name: str) -> str | None:
        """The label of a special date by its name in the policy's first language; None if none has that."""
        first, written = self.definition.languages[0], day.isoformat()
        for special in self.definition.dates:
            if special.id in (written, written[5:]) and special.label.get(first) == name:
                return self.label(special.label, name)
        return None

    def place(self, code: str) -> str:
        """A country or a subdivision."""
        return self.subdivision(code) if "-" in code else self.country(code)

    def subdivision(self, code: str) -> str:
        """The name of a subdivision: the policy's own, or that of ISO 3166-2."""
        return self.label(self._own_labels.get(code, {}), places.name(code, self.language))

    @lazy
    def _own_labels(self) -> Mapping[str, Label]:
        facts = self.definition.vocabulary.facts.values()
        return {code: label for fact in facts for code, label in fact.labels.items()}

    def hours(self, name: str) -> str:
        """Hours, or any time."""
        if name == ALWAYS:
            return self.words["always"]
        return self.label(self.definition.hours[name].label, name)

    def clock(self, name: str, cut_off: str | None) -> str:
        """Hours, and the cut-off of a promise in them, if it has one."""
        hours = self.hours(name)
        return hours if cut_off is None else f"{hours}, {self.words['cut_off']} {cut_off}"

    def promise(self, target: Target, clock: str, cut_off: str | None) -> str:
        """A cell of the table of a promise."""
        return f"{self.words.target(target.text)}, {self.clock(clock, cut_off)}"

    def listed(self, texts: Iterable[str]) -> str:
        """Labels in a row, in which those that differ in their last word share the others."""
        runs: list[str] = []
        shared = ""
        for text in texts:
            start, _, last = text.rpartition(" ")
            if start and start == shared:
                runs[-1] += f", {last}"
            else:
                runs.append(text)
                shared = start
        return self.words[";"].join(runs)

    def condition(self, when: Condition) -> str:
        """A condition."""
        order = [*self.definition.vocabulary.facts, *self.definition.conclusions]
        tests = sorted(when.tests, key=lambda t: order.index(t.name) if t.name in order else len(order))
        parts = [self.test(test) for test in tests]
        if when.alternatives:
            options = [self.condition(option) for option in when.alternatives]
            parts.append(self.words.either([f"({option})" for option in options]))
        return self.words[";"].join(parts) or self.words["no_condition"]

    def test(self, test: Test) -> str:
        """One test of a condition."""
        words, label = self.words, self.name(test.name)
        if test.given is not None:
            return words["given" if test.given else "not_given"].format(label=label)
        if test.accepted is not None and len(test.accepted) == 1:
            (only,) = test.accepted
            if isinstance(only, bool):
                return words["true" if only else "false"].format(label=label)
        return f"{label}{words[':']}{self.limits(test)}"

    def limits(self, test: Test) -> str:
        """The values that pass a test."""
        return ", ".join(self._limits(test))

    def _limits(self, test: Test) -> Iterator[str]:
        words = self.words
        if test.accepted is not None:
            yield self.values(test.name, test.accepted)
        if test.excluded is not None:
            yield words["excluded"].format(values=self.values(test.name, test.excluded))
        if test.at_least is not None or test.at_most is not None:
            yield self.bounds(test.at_least, test.at_most)

    def bounds(self, low: int | None, high: int | None) -> str:
        """The numbers from one to another, one of which may be missing."""
        key = "at_most" if low is None else "at_least" if high is None else "between"
        return self.words[key].format(low=low, high=high)

    def wanted(self, name: str, wanted: Any) -> str:
        """What a condition asks for, in the form of a policy, in words."""
        words = self.words
        if isinstance(wanted, tuple):
            return words.either([self.value(name, item) for item in wanted])
        if not isinstance(wanted, Mapping) or not {"not", "at_least", "at_most", "given"} & wanted.keys():
            return self.value(name, wanted)
        parts = []
        if "not" in wanted:
            parts.append(f"{words['anything_but']} {self.wanted(name, wanted['not'])}")
        for key, bound in (("at_least", "no_less_than"), ("at_most", "no_more_than")):
            if key in wanted:
                parts.append(f"{words[bound]} {wanted[key]}")
        if "given" in wanted:
            parts.append(words["any_value" if wanted["given"] else "no_value"])
        return ", ".join(parts)

    def intervals(self, intervals: Sequence[tuple[int, int]]) -> str:
        """Hours of one day."""
        texts = (
            self.words["next_day"].format(hours=interval_text(each)) if each[1] > DAY else interval_text(each)
            for each in intervals
        )
        return ", ".join(texts) or self.words["closed"]

    def holidays(self, observance: Observance) -> str:
        """What hours make of public holidays."""
        words, of = self.words, observance.of
        if not of:
            return words["holidays.none"]
        found = words[f"holidays.{of}"] if isinstance(of, str) else words["holidays.of"].format(", ".join(of))
        if observance.categories != (PUBLIC,):
            found += f" ({', '.join(observance.categories)})"
        parts = [found]
        for key, intervals in (("half_days", observance.half_days), ("worked", observance.worked)):
            if intervals is not None:
                parts.append(words[f"holidays.{key}"].format(self.intervals(intervals)))
        return words[";"].join(parts)

    def timezone(self, name: str | None) -> str:
        """The time zone in which hours are kept."""
        return name or self.words["timezone.customer"]


def _zone_of(region: Mapping[str, Any]) -> str:
    """A time zone in which a time at some places can be told."""
    return (region["timezones"] or zones.zones(places.country(region["subdivisions"][0])))[0]


class Ids(Phrases):
    """The ids of a policy in place of its labels, for values of one whose words are not known."""

    def label(self, label: Label, name: str = "") -> str:
        return name

    def hours(self, name: str) -> str:
        return self.words["always"] if name == ALWAYS else name

    def _labels(self, name: str) -> dict[Any, Label]:
        return {}


def holidays_data(observance: Observance) -> Any:
    """What hours make of public holidays, as a policy writes it, without clauses and basis."""
    of: Any = observance.of if observance.is_local else list(observance.of) or "none"
    found = {"of": of}
    if observance.categories != (PUBLIC,):
        found["categories"] = list(observance.categories)
    for key, intervals in (("half_days", observance.half_days), ("worked", observance.worked)):
        if intervals is not None:
            found[key] = [interval_text(each) for each in intervals]
    return of if len(found) == 1 else found


def interval_text(interval: tuple[int, int]) -> str:
    """Hours of a day as the files have them: `09:00-17:00`, and `21:00-02:00` past midnight."""
    opens, closes = interval
    seconds = opens, closes - DAY if closes > DAY else closes
    return "-".join(f"{second // 3600:02}:{second // 60 % 60:02}" for second in seconds)
