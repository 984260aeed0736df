"""Places as programs of a build name them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from supportrules.base.problem import Location


def in_repository(place: Location) -> Location:
    """A place with its file as a repository names it: from the workspace of the build, or from here."""
    here = Path.cwd()
    path = Path(os.path.normpath(here / place.file))
    for base in (os.environ.get("GITHUB_WORKSPACE"), here):
        if base and path.is_relative_to(base):
            return replace(place, file=path.relative_to(base).as_posix())
    return place
