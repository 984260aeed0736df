"""The program's own words for people, in English and French; the words of a policy come from its labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        ":": ": ",
        ";": "; ",
        "severity": "severity",
        "no_severity": "no severity",
        "response": "response",
        "reopen": "reopening",
        "note": "note",
        "yes": "yes",
        "no": "no",
        "always": "any time",
        "no_time": "no time promised",
        "no_target": "no response target",
        "due": "due",
        "within": "within",
        "until": "until",
        "window": "service hours",
        "from": "from",
        "to": "to",
        "find_out": "find out",
        "undetermined": "undetermined",
        "or": "or",
        "none": "none",
        "not_reopened": "not possible",
        "next_business_day": "next business day",
        "on_next_business_day": "on the next business day",
        "business_days": "{n} business days",
        "hour": "{n} hour",
        "hours": "{n} hours",
        "minute": "{n} minute",
        "minutes": "{n} minutes",
        "second": "{n} second",
        "seconds": "{n} seconds",
        "days": "Mon Tue Wed Thu Fri Sat Sun",
        "stated": "stated",
        "inferred": "inferred",
        "assumed": "assumed",
        "default": "default",
        "overridden": "overridden by",
        "agreed": "agreed by",
        "closed": "closed",
        "encoded_by": "encoded by",
        "encoded_by_nothing": "encoded by nothing",
        "listed_by": "cases that list it",
        "shown_by_nothing": "shown by no case",
        "not_a_rule": "no rule",
        "fires_in": "fires in {n} case",
        "fires_in_several": "fires in {n} cases",
        "fires_nowhere": "fires in no case",
        "stands": "stands in {n}",
        "stands_in": "stands in {n} case",
        "stands_in_several": "stands in {n} cases",
        "overridden_in": "overridden in {n} case",
        "overridden_in_several": "overridden in {n} cases",
        "missing": "what has none",
        "not_encoded": "clauses that nothing encodes",
        "not_shown": "clauses that no case shows",
        "never_fired": "rules and cells that no case fires",
        "never_stood": "rules and cells that are overridden in every case",
        "never_read": "rules that no answer rests on",
        "never_read_rule": "no answer rests on it",
        "more": "and {n} more",
        "are_no_rules": "clauses that are no rules",
    },
    "fr": {
        ":": "\u00a0: ",
        ";": "\u00a0; ",
        "severity": "gravité",
        "no_severity": "sans gravité",
        "response": "réponse",
        "reopen": "réouverture",
        "note": "remarque",
        "yes": "oui",
        "no": "non",
        "always": "à tout moment",
        "no_time": "aucun délai promis",
        "no_target": "pas de délai de réponse",
        "due": "échéance",
        "within": "sous",
        "until": "jusqu'au",
        "window": "heures de service",
        "from": "du",
        "to": "au",
        "find_out": "à préciser",
        "undetermined": "indéterminée",
        "or": "ou",
        "none": "aucune",
        "not_reopened": "impossible",
        "next_business_day": "jour ouvrable suivant",
        "on_next_business_day": "le jour ouvrable suivant",
        "business_days": "{n} jours ouvrables",
        "hour": "{n} heure",
        "hours": "{n} heures",
        "minute": "{n} minute",
        "minutes": "{n} minutes",
        "second": "{n} seconde",
        "seconds": "{n} secondes",
        "days": "lun mar mer jeu ven sam dim",
        "stated": "écrit",
        "inferred": "déduit",
        "assumed": "supposé",
        "default": "par défaut",
        "overridden": "écarté par",
        "agreed": "d'accord",
        "closed": "fermé",
        "encoded_by": "codée par",
        "encoded_by_nothing": "codée par rien",
        "listed_by": "cas qui la citent",
        "shown_by_nothing": "montrée par aucun cas",
        "not_a_rule": "pas une règle",
        "fires_in": "se déclenche dans {n} cas",
        "fires_in_several": "se déclenche dans {n} cas",
        "fires_nowhere": "ne se déclenche dans aucun cas",
        "stands": "tient dans {n}",
        "stands_in": "tient dans {n} cas",
        "stands_in_several": "tient dans {n} cas",
        "overridden_in": "écartée dans {n} cas",
        "overridden_in_several": "écartée dans {n} cas",
        "missing": "ce qui manque",
        "not_encoded": "clauses que rien ne code",
        "not_shown": "clauses qu'aucun cas ne montre",
        "never_fired": "règles et cellules qu'aucun cas ne déclenche",
        "never_stood": "règles et cellules écartées dans tous les cas",
        "never_read": "règles sur lesquelles aucune réponse ne repose",
        "never_read_rule": "aucune réponse ne repose sur elle",
        "more": "et {n} autres",
        "are_no_rules": "clauses qui ne sont pas des règles",
    },
}
LANGUAGES = tuple(WORDS)


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = WORDS.get(language, WORDS["en"])

    def __getitem__(self, key: str) -> str:
        return self._words[key]

    def either(self, items: Sequence[str], joint: str = "or") -> str:
        """Several things in a row: ``a, b or c``."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self[joint]} {items[-1]}"

    def count(self, key: str, number: int) -> str:
        """A phrase with a number in it."""
        return self[key if number == 1 else f"{key}_several"].format(n=number)

    def target(self, text: str) -> str:
        """A response target in words."""
        if text == "next_business_day":
            return self[text]
        if text.endswith("_business_days"):
            return self["business_days"].format(n=text.split("_")[0])
        parts, number = [], ""
        for char in text.removeprefix("PT"):
            if char.isdigit():
                number += char
            else:
                unit = {"H": "hour", "M": "minute", "S": "second"}[char]
                parts.append(self[unit if number == "1" else unit + "s"].format(n=number))
                number = ""
        return " ".join(parts)

    def promise(self, text: str) -> str:
        """A response target as a promise."""
        if text == "next_business_day":
            return self["on_next_business_day"]
        return f"{self['within']} {self.target(text)}"

    def moment(self, when: datetime) -> str:
        """A time for people: day of the week, date, time, offset."""
        day = self["days"].split()[when.weekday()]
        seconds = ":%S" if when.second else ""
        offset = when.strftime("%z")
        return f"{day} {when.strftime('%Y-%m-%d %H:%M' + seconds)} {offset[:3]}:{offset[3:5]}"
