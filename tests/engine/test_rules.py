"""A policy's tables → stages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from edits import copied, edited
from supportrules import Policy, PolicyLoadError, load_policy
from supportrules.engine.chaining.chainer import holds
from supportrules.engine.rules import unlike_first
from supportrules.policy.conditions import Test


def test_conditions_in_numbers_hold_where_they_hold_in_values(policy: Policy) -> None:
    """For every rule of every stage and every value of one input at a time, the rest as it is."""
    for stage in policy.program.stages.values():
        first: dict[str, Any] = {
            name: next(iter(c)) for name, c in zip(stage.inputs, stage.classes, strict=True)
        }
        for position, name in enumerate(stage.inputs):
            for value in stage.classes[position]:
                values = first | {name: value}
                codes = [c[values[n]] for n, c in zip(stage.inputs, stage.classes, strict=True)]
                for rule, coded in zip(stage.rules, stage.ruleset.conditions, strict=True):
                    assert holds(coded, codes) == rule.when.holds(values), (rule.id, name, value)


VALUES = ("a", "b", "c", "d", True, False, 0, 5, 9, None)
tests = st.builds(
    Test,
    st.just("name"),
    st.none() | st.frozensets(st.sampled_from(VALUES[:-1]), max_size=3),
    st.none() | st.frozensets(st.sampled_from(VALUES[:-1]), max_size=3),
    st.none() | st.integers(0, 9),
    st.none() | st.integers(0, 9),
    st.none() | st.booleans(),
)


@given(st.permutations(VALUES), st.lists(st.lists(tests, max_size=2).map(tuple), max_size=8))
@settings(max_examples=300, deadline=None)
def test_values_are_told_apart_by_what_holds_for_one_of_them_only(
    values: list[Any], conditions: list[tuple[Test, ...]]
) -> None:
    def holding(value: Any) -> set[int]:
        return {n for n, row in enumerate(conditions) if all(test.holds(value) for test in row)}

    assert [set(found) for found in unlike_first(values, conditions)] == [
        holding(values[0]) ^ holding(value) for value in values
    ]


def test_stages_stand_after_what_they_read(policy: Policy) -> None:
    stages = list(policy.program.stages)
    for name, stage in policy.program.stages.items():
        for read in stage.inputs:
            if read in stages and read != name:
                assert stages.index(read) < stages.index(name)


def test_support_is_every_fact_that_is_read_however_far(shipped: Policy) -> None:
    support = shipped.program.support
    assert support["column"] == ("plan", "advanced_support", "country")
    assert support["channels.online"] == ("plan", "requester")
    # The category and the kind of problem bind each other.
    assert set(support["category"]) == {"category", "issue_type"}
    assert {"service_state", "requested_severity", "plan", "issue_type", "category"} <= set(
        support["severity"]
    )
    assert "requester" not in support["severity"]


def test_precedence_is_an_override_of_all_later_groups(shipped: Policy) -> None:
    stage = shipped.program.stages["severity"]
    rules = {rule.id: rule for rule in stage.rules}
    assert set(stage.overridden(rules["severity.scope.not_technical"])) == set(rules) - {
        "severity.scope.not_technical"
    }
    assert stage.overridden(rules["severity.fallback.neither_a_nor_c"]) == ()
    example = stage.overridden(rules["severity.examples.sharepoint_site_down"])
    assert set(example) == {
        id for id in rules if id.startswith(("severity.definitions", "severity.fallback"))
    }


def test_a_prefix_overrides_all_rules_under_it(shipped: Policy) -> None:
    rules = {rule.id: rule for rule in shipped.program.stages["column"].rules}
    assert len(rules["response_targets.columns.advanced"].overrides) == 15


def test_the_order_in_the_files_does_not_matter(tmp_path: Path, shipped: Policy) -> None:
    copied(tmp_path)
    file = tmp_path / "severity.yaml"
    text = file.read_text("utf-8")
    head, examples = text.split("  examples:\n")
    examples, rest = examples.split("  definitions:\n")
    blocks = examples.split("    mail_unreachable:\n")
    # The second half of the examples first.
    turned = "    mail_unreachable:\n" + blocks[1].rstrip("\n") + "\n" + blocks[0]
    file.write_text(head + "  examples:\n" + turned + "  definitions:\n" + rest, "utf-8")
    assert load_policy(tmp_path).definition.severity_rules != shipped.definition.severity_rules
    assert load_policy(tmp_path).digest == shipped.digest
    stages = load_policy(tmp_path).program.stages
    assert stages["severity"].rules == shipped.program.stages["severity"].rules


def test_ids_that_would_be_the_same_are_refused(tmp_path: Path) -> None:
    folder = edited(
        tmp_path,
        "channels",
        "  online:\n    label: {en: portal, fr: portail}",
        "  reopening:\n    label: {en: portal, fr: portail}",
    )
    file = folder / "channels.yaml"
    text = (
        file.read_text("utf-8")
        .replace("[phone, online,", "[phone, reopening,")
        .replace(
            "      prospect:\n        when: {requester: prospect}",
            "      online:\n        when: {requester: prospect}",
        )
    )
    file.write_text(text, "utf-8")
    # A channel that is called as a part of the format, with a rule of the same name as one there.
    with pytest.raises(
        PolicyLoadError, match=r"two rules are `channels\.reopening\.online`: choose another name"
    ):
        load_policy(folder)


def test_a_circle_of_conclusions_is_refused(tmp_path: Path) -> None:
    folder = edited(
        tmp_path,
        "plans",
        "    when: {advanced_support: false}",
        "    when: {advanced_support_in_force: false}",
    )
    with pytest.raises(PolicyLoadError, match="conclusions that rest on each other"):
        load_policy(folder)


def test_rules_that_take_each_other_out_are_refused(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    data = yaml.safe_load((folder / "channels.yaml").read_text("utf-8"))
    rules = data["channels"]["phone"]["rules"]
    first, second = list(rules)[:2]
    rules[first]["overrides"] = [f"channels.phone.{second}"]
    rules[second]["overrides"] = [f"channels.phone.{first}"]
    (folder / "channels.yaml").write_text(yaml.safe_dump(data), "utf-8")
    with pytest.raises(PolicyLoadError, match=r"rules that override each other: `channels\.phone"):
        load_policy(folder)
