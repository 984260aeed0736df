"""The versions of a policy, each with the time in which it is in force."""

from supportrules.timeline.sources import load_timeline
from supportrules.timeline.timeline import Timeline
from supportrules.timeline.version import Version

__all__ = ["Timeline", "Version", "load_timeline"]
