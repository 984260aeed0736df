"""The versions of a policy, each with the time in which it is in force."""

from supportrules.history.timeline.sources import load_timeline
from supportrules.history.timeline.timeline import Timeline
from supportrules.history.timeline.version import Version

__all__ = ["Timeline", "Version", "load_timeline"]
