"""The package as people install it: from a wheel, with the oldest and the newest versions of what it needs.

Run by ``make test-versions``, with uv. The wheel is built from the sdist. For each Python that is there, two environments
are made outside of the repository, and the main path of every command runs in each. From Python 3.13 on, nothing may
need a compiler. The extra `batch` is installed; `spark` is not, whose tests are in ``tests/system``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from folders import ROOT, SUPPORT

PYTHONS = ("3.11", "3.12", "3.13")
RESOLUTIONS = ("lowest-direct", "highest")
# What somebody who gets the sdist needs to use, build, test and pass on the program.
IN_SDIST = ("LICENSE", "README.md", "CHANGELOG.md", "Makefile", "pyproject.toml", "policies/policy.yaml",
            "schema/plans.schema.json", "starter/policy.yaml", "tests/cli/test_command.py", "docs/library.md",
            "examples/tickets.jsonl", "src/supportrules/cli/__init__.py")  # fmt: skip
IN_WHEEL = ("supportrules/policies/policy.yaml", "supportrules/policies/tests/severity.yaml",
            "supportrules/schema/plans.schema.json", "supportrules/schema/reports/diff.schema.json",
            "supportrules/starter/policy.yaml", "supportrules/py.typed")  # fmt: skip


def find_python(version: str) -> Path | None:
    """A Python of a version: one on the path, or one of pyenv's."""
    names = [shutil.which(f"python{version}")]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    names += sorted(map(str, pyenv.glob(f"versions/{version}.*/bin/python{version}")))
    for name in filter(None, names):
        # What pyenv puts on the path may only say that it is another version's.
        done = subprocess.run(
            [name, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True
        )
        if done.returncode == 0:
            return Path(done.stdout.strip())
    return None


def build(uv: str, folder: Path) -> Path:
    """Builds the sdist, and from it the wheel; gives the wheel."""
    subprocess.run([uv, "build", "--quiet", "--out-dir", str(folder), str(ROOT)], check=True)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    with tarfile.open(sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    with zipfile.ZipFile(wheel) as archive_of_wheel:
        installed = set(archive_of_wheel.namelist())
    missing = [name for name in IN_SDIST if name not in inside]
    missing += [name for name in IN_WHEEL if name not in installed]
    # Every file of the package is in the wheel, which was built from nothing but the sdist.
    for source, target in (
        ("src/supportrules", ""),
        ("policies", "policies/"),
        ("schema", "schema/"),
        ("starter", "starter/"),
    ):
        for file in (ROOT / source).rglob("*"):
            name = f"supportrules/{target}{file.relative_to(ROOT / source).as_posix()}"
            if file.is_file() and "__pycache__" not in name and name not in installed:
                missing.append(name)
    if missing:
        sys.exit(f"not built: {', '.join(missing)}")
    print(f"{wheel.name} and {sdist.name} are whole", flush=True)
    return wheel


def without_compiler(folder: Path) -> str:
    """A path of commands on which there is no compiler."""
    commands = folder / "commands"
    commands.mkdir(exist_ok=True)
    for name in ("git", "env", "sh", "uname"):
        found = shutil.which(name)
        if found and not (commands / name).exists():
            (commands / name).symlink_to(found)
    return str(commands)


def install_and_try(uv: str, wheel: Path, python: Path, version: str, resolution: str, folder: Path) -> str:
    """Makes an environment, and runs the main path in it; gives what is to be reported."""
    place = folder / f"{version}-{resolution}"
    env = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    if version == "3.13":
        env["PATH"] = without_compiler(folder)
    inside = place / "bin" / "python"

    def uv_pip(*arguments: str) -> None:
        subprocess.run(
            [uv, "pip", *arguments, "--quiet", "--python", str(inside)], check=True, env=env, cwd=folder
        )

    subprocess.run([uv, "venv", "--quiet", "--python", str(python), str(place)], check=True, env=env)
    needed = ("-r", str(ROOT / "pyproject.toml"), "--extra", "batch")
    uv_pip("install", "--resolution", resolution, *needed)
    # What is installed already is all that the wheel asks for.
    uv_pip("install", "--no-deps", str(wheel))
    uv_pip("check")
    done = subprocess.run(
        [str(inside), "-I", str(SUPPORT / "main_path.py")],
        cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{resolution} on Python {version}:\n{done.stdout}")
    return f"{resolution}: {done.stdout.strip()}"


def main() -> int:
    """Builds, installs and tries; says which Pythons are not there."""
    uv = str(Path(sys.executable).parent / "uv")
    failed = 0
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(2) as pool:
        folder = Path(name)
        wheel = build(uv, folder / "dist")

        def jobs() -> Iterator[tuple[Path, str, str]]:
            for version in PYTHONS:
                python = find_python(version)
                if python is None:
                    print(f"Python {version} is not there, and not tried", flush=True)
                    continue
                for resolution in RESOLUTIONS:
                    yield python, version, resolution

        running = [pool.submit(install_and_try, uv, wheel, *job, folder) for job in jobs()]
        if not running:
            print("no Python is there to try")
            return 1
        for each in running:
            try:
                print(each.result(), flush=True)
            except (RuntimeError, subprocess.CalledProcessError) as error:
                failed += 1
                print(f"FAILED {error}", flush=True)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
