"""A new policy to start from: the starter's files and the schemas, copied into a directory."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from supportrules.policy import schema
from supportrules.policy.layout import canonical

STARTER = Path(__file__).parent.parent / "starter"
_SHOWN = 5


def fits_as_name(name: str) -> bool:
    """Whether a policy can be called so."""
    return bool(re.fullmatch(_name_schema()["pattern"].rstrip("$"), name))


def name_hint() -> str:
    """What the name of a policy has to be, in words."""
    return str(_name_schema()["patternErrorMessage"])


def _name_schema() -> dict[str, str]:
    found: dict[str, str] = schema.load_schema("policy")["properties"]["name"]
    return found


def write_starter(where: str | Path, name: str | None = None) -> tuple[str, ...]:
    """Writes the starter and the schemas into a directory, all of it or nothing.

    Args:
        where: a directory that does not exist yet, or that is empty.
        name: the name of the policy; if it is not given, that of the directory, or the starter's where that
            can't be one.

    Returns:
        The paths of the files that were written, in the directory.

    Raises:
        FileExistsError: something is there already.
        OSError: the directory can't be written.
    """
    # A link is followed: a directory can't be moved onto one.
    target = Path(os.path.realpath(where))
    exists = target.is_dir()
    if exists and (entries := sorted(entry.name for entry in target.iterdir())):
        more = ", …" if len(entries) > _SHOWN else ""
        listed = ", ".join(f"`{entry}`" for entry in entries[:_SHOWN]) + more
        raise FileExistsError(errno.ENOTEMPTY, f"the directory is not empty, it has {listed}", str(where))
    if not exists and os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, "a file, not a directory", str(where))
    if name is None and fits_as_name(target.name):
        name = target.name
    missing = [parent for parent in target.parents if not parent.exists()]
    # In a directory that is there, so that whoever stands in it does not lose it.
    stage = (target if exists else target.parent) / f".supportrules-{secrets.token_hex(4)}"
    moved: list[Path] = []
    try:
        stage.mkdir(parents=True)
        written = tuple(_write(stage, name))
        if exists:
            for part in sorted(stage.iterdir()):
                moved.append(part.rename(target / part.name))
            stage.rmdir()
        else:
            stage.rename(target)
    except BaseException:
        for part in (stage, *moved):
            if part.is_dir():
                shutil.rmtree(part, ignore_errors=True)
            else:
                part.unlink(missing_ok=True)
        for parent in missing:
            with contextlib.suppress(OSError):
                parent.rmdir()
        raise
    return written


def _write(folder: Path, name: str | None) -> Iterator[str]:
    for file in sorted(STARTER.rglob("*.yaml")):
        path = file.relative_to(STARTER)
        # Its schemas lie beside the starter, and inside of what is made of it.
        text = file.read_text("utf-8").replace("$schema=../", "$schema=", 1)
        if name is not None and path == Path("policy.yaml"):
            # In quotes first: a name may look like a number.
            text = re.sub(r"^name: .*$", f"name: {json.dumps(name)}", text, count=1, flags=re.MULTILINE)
            text = canonical(text, str(path))
        yield _put(folder, path, text)
    yield from (f"schema/{file}" for file in schema.write_schemas(folder / "schema"))


def _put(folder: Path, path: Path, text: str) -> str:
    target = folder / path
    target.parent.mkdir(exist_ok=True)
    target.write_text(text, "utf-8", newline="\n")
    return path.as_posix()
