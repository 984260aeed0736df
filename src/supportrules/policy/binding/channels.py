"""channels.yaml → channels, their rules, reopening."""

from __future__ import annotations

from collections.abc import Mapping

from supportrules.base.frozen import FrozenDict
from supportrules.policy.binding.binder import Binder
from supportrules.policy.binding.rules import rule
from supportrules.policy.definition import ChannelRule, Entry, ReopeningRule
from supportrules.policy.vocabulary import NONE
from supportrules.time.targets import duration


def channels(binder: Binder) -> Mapping[str, Entry]:
    """The channels in the order that the file gives, those that it leaves out after them by name."""
    entries = binder.entries("channels", "channels")
    order = binder.data["channels"].get("order", [])
    for index, name in enumerate(order):
        binder.reference(("channels", "order", index), "channel", name, entries)
    rest = sorted(name for name in entries if name not in order)
    return FrozenDict({name: entries[name] for name in (*order, *rest) if name in entries})


def channel_rules(binder: Binder) -> tuple[ChannelRule, ...]:
    """The rules of all channels."""
    return tuple(
        ChannelRule(
            **rule(binder, path, data), channel=channel, eligible=data["eligible"], hours=data.get("hours")
        )
        for channel in binder.names["channel"]
        for path, data in binder.items("channels", "channels", channel, "rules")
    )


def reopening_rules(binder: Binder) -> tuple[ReopeningRule, ...]:
    """The rules that say how long a closed request can be reopened."""
    return tuple(
        ReopeningRule(
            **rule(binder, path, data),
            seconds=None if data["within"] == NONE else duration(data["within"]),
        )
        for path, data in binder.items("channels", "reopening")
    )
