"""Names of countries and subdivisions: the policy's own, else those of CLDR and ISO 3166-2."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from policy_data import load, save
from supportrules import Policy, PolicyLoadError, load_policy
from supportrules.engine.interview import Interview
from supportrules.policy.starter import STARTER
from supportrules.report.phrases import Phrases
from supportrules.report.questions import Questions


def starter(folder: Path, fact: str, labels: dict[str, Any]) -> Policy:
    """The starter, whose fact has names for some places."""
    data = deepcopy(load(STARTER))
    data["vocabulary"]["facts"][fact]["labels"] = labels
    save(data, folder)
    return load_policy(folder)


def test_countries_have_names_in_every_language(shipped: Policy) -> None:
    english, french = (Phrases(shipped.definition, language) for language in ("en", "fr"))
    assert (english.country("GB"), french.country("GB")) == ("United Kingdom", "Royaume-Uni")
    assert french.value("country", "DE") == "Allemagne (DE)"
    # A language that CLDR does not have.
    assert Phrases(shipped.definition, "xx").country("DE") == "Germany"


def test_subdivisions_have_names(shipped: Policy) -> None:
    english, german = (Phrases(shipped.definition, language) for language in ("en", "de"))
    assert (english.subdivision("DE-BY"), german.subdivision("DE-BY")) == ("Bavaria", "Bayern")
    assert english.place("DE-BY") == "Bavaria" and english.place("DE") == "Germany"


def test_the_policy_has_names_of_its_own(tmp_path: Path) -> None:
    named = starter(tmp_path / "1", "region", {"GB-LND": {"en": "the City"}})
    phrases = Phrases(named.definition, "en")
    assert phrases.subdivision("GB-LND") == "the City" and phrases.subdivision("GB-SCT") == "Scotland"
    named = starter(tmp_path / "2", "country", {"US": {"en": "the States"}})
    assert Phrases(named.definition, "en").value("country", "US") == "the States (US)"


def test_a_name_of_the_policy_answers_a_question(tmp_path: Path) -> None:
    named = starter(tmp_path, "region", {"GB-SCT": {"en": "North of the Border"}})
    ticket = {"plan": "standard", "impact": "hindered", "country": "GB", "opened_at": "2026-04-02T12:00:00Z"}
    interview = Interview(named, ticket)
    fact = interview.question
    assert fact is not None and fact.name == "region"
    questions = Questions(interview, Phrases(named.definition, "en"))
    assert "North of the Border" in questions.text(fact)
    assert questions.read(fact, "north of the border") == "GB-SCT"
    assert questions.read(fact, "England") == "GB-ENG"


@pytest.mark.parametrize(
    ("fact", "labels", "expected"),
    [
        ("region", {"Scotland": {"en": "Scotland"}}, "unknown place `Scotland`: did you mean `GB-SCT`?"),
        ("region", {"GB": {"en": "Britain"}}, "`GB` is a country, not a subdivision"),
        ("country", {"GB-SCT": {"en": "Scotland"}}, "`GB-SCT` is a subdivision, not a country"),
        ("region", {"GB-SCT": {"fr": "Écosse"}}, "no text in `en`, a language of this policy"),
        ("plan", {"GB": {"en": "Britain"}}, "only a fact of type `country` or `subdivision` has `labels`"),
    ],
)
def test_names_that_make_no_sense(fact: str, labels: dict[str, Any], expected: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyLoadError) as caught:
        starter(tmp_path, fact, labels)
    problem = caught.value.problems[0]
    assert (
        f"{problem.message}: {problem.hint}".startswith(expected)
        or expected in problem.message + problem.hint
    )
    assert problem.location is not None and problem.location.line
