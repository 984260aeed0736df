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
        "why": "why",
        "why_not": "why not",
        "rule": "rule",
        "because": "because",
        "says": "do instead",
        "clause": "clause",
        "over": "over",
        "calendar": "calendar",
        "skipped": "skipped",
        "closed_weekly": "closed on this weekday",
        "closed_holiday": "holiday",
        "closed_special": "closed on this date",
        "closed_skipped": "a date that did not exist there",
        "possible": "possible",
        "open": "undetermined",
        "unknown": "unknown",
        "needs": "it takes",
        "anything_but": "anything but",
        "at_least": "at least",
        "at_most": "at most",
        "given": "a value",
        "not_given": "no value",
        "it_stands": "it holds, and decides",
        "ticket": "ticket",
        "now": "now",
        "hint_choice": "number or name",
        "hint_boolean": "yes or no",
        "hint_number": "a whole number",
        "hint_country": "code or name of a country",
        "hint_timezone": "a time zone such as Europe/Paris",
        "hint_instant": "now, or a time with its offset such as 2014-09-05T11:30:00+02:00",
        "hint_text": "text",
        "hint_default": "Enter",
        "hint_pass": "? don't know",
        "hint_back": "< back",
        "no_default": "there is no default here; ? if you don't know",
        "choose": "choose a number from 1 to {n}",
        "family": "family",
        "column": "response column",
        "target": "response target",
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
        "why": "pourquoi",
        "why_not": "pourquoi pas",
        "rule": "règle",
        "because": "car",
        "says": "à faire",
        "clause": "clause",
        "over": "prime sur",
        "calendar": "calendrier",
        "skipped": "sauté",
        "closed_weekly": "fermé ce jour de la semaine",
        "closed_holiday": "jour férié",
        "closed_special": "fermé à cette date",
        "closed_skipped": "une date qui n'y a pas existé",
        "possible": "possible",
        "open": "indéterminé",
        "unknown": "inconnu",
        "needs": "il faut",
        "anything_but": "tout sauf",
        "at_least": "au moins",
        "at_most": "au plus",
        "given": "une valeur",
        "not_given": "aucune valeur",
        "it_stands": "elle s'applique, et décide",
        "ticket": "ticket",
        "now": "maintenant",
        "hint_choice": "numéro ou nom",
        "hint_boolean": "oui ou non",
        "hint_number": "un nombre entier",
        "hint_country": "code ou nom (anglais) d'un pays",
        "hint_timezone": "un fuseau horaire tel que Europe/Paris",
        "hint_instant": "maintenant, ou une heure avec son décalage telle que 2014-09-05T11:30:00+02:00",
        "hint_text": "texte",
        "hint_default": "Entrée",
        "hint_pass": "? ne sais pas",
        "hint_back": "< retour",
        "no_default": "il n'y a pas de valeur par défaut ici ; ? si vous ne savez pas",
        "choose": "choisissez un numéro de 1 à {n}",
        "family": "famille",
        "column": "colonne des délais",
        "target": "délai de réponse",
    },
}
LANGUAGES = tuple(WORDS)


class Words:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._words = WORDS.get(language, WORDS["en"])

    def __contains__(self, key: str) -> bool:
        return key in self._words

    def __getitem__(self, key: str) -> str:
        return self._words[key]

    def either(self, items: Sequence[str], joint: str = "or") -> str:
        """Several things in a row: ``a, b or c``."""
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self[joint]} {items[-1]}"

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

    def day(self, when: datetime) -> str:
        """A date for people, with the day of the week."""
        return f"{self['days'].split()[when.weekday()]} {when:%Y-%m-%d}"
