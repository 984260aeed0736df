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
        "any": "any",
        "every_country": "every other country",
        "open": "open",
        "depends": "depends on",
        "no_answer": "the policy has no single answer",
        "unless": "where nothing else is said",
        "order": "the first group with a rule that applies decides",
        "by_condition": "by condition",
        "see": "see",
        "true": "{label}",
        "false": "no {label}",
        "given": "{label}: any",
        "not_given": "no {label}",
        "excluded": "not {values}",
        "at_least": "{low} or more",
        "at_most": "{high} or less",
        "between": "{low} to {high}",
        "no_condition": "always",
        "national_holidays": "national holidays",
        "unknown": "unknown",
        "absent": "absent",
        "only_zone": "the only one of the {label}",
        "type.text": "text",
        "type.boolean": "yes or no",
        "type.number": "whole number",
        "type.country": "code of a country (ISO 3166-1)",
        "type.timezone": "name of a time zone (IANA)",
        "type.instant": "time with offset (RFC 3339)",
        "table.plans": "Plans",
        "table.included": "What the plans include",
        "table.levels": "Severity levels",
        "table.severity": "Severity",
        "table.targets": "Response targets",
        "table.conditions": "Columns of response targets by condition",
        "table.channels": "Channels",
        "table.hours": "Hours",
        "table.dates": "Special dates",
        "table.coverage": "Any time",
        "table.facts": "Facts of a ticket",
        "table.issue_types": "Types of issue",
        "no_category": "no category",
        "column.name": "plan",
        "column.id": "id",
        "column.family": "family",
        "column.column": "response targets",
        "column.conclusion": "what",
        "column.included": "how much",
        "column.plans": "plans",
        "column.severity": "severity",
        "column.description": "description",
        "column.rule": "rule",
        "column.when": "when",
        "column.group": "group",
        "column.day": "day",
        "column.date": "date",
        "column.reason": "what",
        "column.hours": "hours",
        "column.open": "open",
        "column.coverage": "where",
        "column.countries": "countries",
        "column.fact": "fact",
        "column.question": "question",
        "column.values": "values",
        "column.not_given": "if not given",
        "column.issue": "type of issue",
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
        "any": "quelconque",
        "every_country": "tous les autres pays",
        "open": "ouvert",
        "depends": "dépend de",
        "no_answer": "la politique n'a pas de réponse unique",
        "unless": "sauf indication contraire",
        "order": "le premier groupe dont une règle s'applique décide",
        "by_condition": "selon condition",
        "see": "voir",
        "true": "{label}\u00a0: oui",
        "false": "{label}\u00a0: non",
        "given": "{label}\u00a0: quelconque",
        "not_given": "sans {label}",
        "excluded": "autre que {values}",
        "at_least": "{low} ou plus",
        "at_most": "{high} ou moins",
        "between": "de {low} à {high}",
        "no_condition": "toujours",
        "national_holidays": "jours fériés nationaux",
        "unknown": "inconnu",
        "absent": "absent",
        "only_zone": "le seul ({label})",
        "type.text": "texte",
        "type.boolean": "oui ou non",
        "type.number": "nombre entier",
        "type.country": "code d'un pays (ISO 3166-1)",
        "type.timezone": "nom d'un fuseau horaire (IANA)",
        "type.instant": "date et heure avec décalage (RFC 3339)",
        "table.plans": "Plans",
        "table.included": "Ce que les plans comprennent",
        "table.levels": "Niveaux de gravité",
        "table.severity": "Gravité",
        "table.targets": "Délais de réponse",
        "table.conditions": "Colonnes des délais de réponse sous condition",
        "table.channels": "Canaux",
        "table.hours": "Heures",
        "table.dates": "Dates particulières",
        "table.coverage": "À tout moment",
        "table.facts": "Faits d'un ticket",
        "table.issue_types": "Types de problème",
        "no_category": "sans catégorie",
        "column.name": "plan",
        "column.id": "id",
        "column.family": "famille",
        "column.column": "délais de réponse",
        "column.conclusion": "quoi",
        "column.included": "étendue",
        "column.plans": "plans",
        "column.severity": "gravité",
        "column.description": "description",
        "column.rule": "règle",
        "column.when": "condition",
        "column.group": "groupe",
        "column.day": "jour",
        "column.date": "date",
        "column.reason": "quoi",
        "column.hours": "heures",
        "column.open": "ouverture",
        "column.coverage": "où",
        "column.countries": "pays",
        "column.fact": "fait",
        "column.question": "question",
        "column.values": "valeurs",
        "column.not_given": "à défaut",
        "column.issue": "type de problème",
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
