"""`supportrules fmt`: which files, what is written and what is told."""

from __future__ import annotations

import os
import pty
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from command import COMMAND, run
from folders import HARBOURLINE, SHIPPED
from supportrules import cli, load_policy
from supportrules.policy.starter import STARTER

MESSY = "a:   1\nb: {c: 'NO',\n   d: [2]}   \n"
NEAT = 'a: 1\nb: {c: "NO", d: [2]}\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A policy's directory with a messy file, a neat one, and a messy case; and files that are not its own."""
    (tmp_path / "mine" / "tests").mkdir(parents=True)
    (tmp_path / "mine" / "other").mkdir()
    for name, text in {
        "policy.yaml": NEAT,
        "plans.yaml": MESSY,
        "tests/plans.yml": MESSY,
        "notes.txt": MESSY,
        "other/plans.yaml": MESSY,
    }.items():
        (tmp_path / "mine" / name).write_text(text, "utf-8")
    return tmp_path / "mine"


def texts(folder: Path) -> dict[str, str]:
    return {str(f.relative_to(folder)): f.read_text("utf-8") for f in folder.rglob("*") if f.is_file()}


def piped(data: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, "fmt", *arguments], input=data, capture_output=True, check=False)


# Which files


def test_a_policy_is_its_files_and_those_of_its_tests(folder: Path) -> None:
    done = run("fmt", str(folder))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        f"reformatted {folder}/plans.yaml",
        f"reformatted {folder}/tests/plans.yml",
        "reformatted 2 files, 1 left unchanged",
    ]
    assert texts(folder) == {
        "policy.yaml": NEAT,
        "plans.yaml": NEAT,
        "tests/plans.yml": NEAT,
        "notes.txt": MESSY,
        "other/plans.yaml": MESSY,
    }
    again = run("fmt", str(folder))
    assert (again.returncode, again.stderr) == (0, "3 files left unchanged\n")


def test_tests_are_formatted_in_directories_at_any_depth(folder: Path) -> None:
    below = folder / "tests" / "a" / "b" / "deep.yaml"
    below.parent.mkdir(parents=True)
    below.write_text(MESSY, "utf-8")
    run("fmt", str(folder))
    assert below.read_text("utf-8") == NEAT


def test_without_a_path_it_is_the_directory_that_one_is_in(folder: Path) -> None:
    done = run("fmt", cwd=folder)
    assert done.returncode == 0
    assert done.stderr.splitlines()[0] == "reformatted plans.yaml"
    assert texts(folder)["tests/plans.yml"] == NEAT


def test_without_a_path_and_without_a_policy_nothing_is_touched(folder: Path) -> None:
    before = texts(SHIPPED)
    done = run("fmt", cwd=folder / "other")
    assert done.returncode == 2
    assert "no `policy.yaml` here: name a policy's directory, files, or `-`." in done.stderr
    assert texts(folder)["other/plans.yaml"] == MESSY
    assert texts(SHIPPED) == before


def test_files_are_formatted_whatever_directory_they_are_in(folder: Path) -> None:
    done = run("fmt", "other/plans.yaml", "./other/plans.yaml", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "reformatted other/plans.yaml\nreformatted 1 file\n")
    assert texts(folder)["other/plans.yaml"] == NEAT
    assert texts(folder)["plans.yaml"] == MESSY


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere", "nowhere: no such file or directory"),
        ("other", "other: no `policy.yaml` here: name a policy's directory, or files"),
        ("notes.txt", "notes.txt: no YAML file: its name would end in `.yaml` or `.yml`"),
        ("HEAD:mine", "HEAD:mine: no such file, and what is in a git revision is not rewritten"),
        ("/dev/null", "/dev/null: neither a file nor a directory"),
    ],
)
def test_a_path_that_names_nothing_to_format_does_not_stop_the_others(
    path: str, message: str, folder: Path
) -> None:
    before = texts(folder)
    done = run("fmt", path, "plans.yaml", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].startswith(message)
    assert done.stderr.splitlines()[-1] == "reformatted 1 file, 1 not formatted"
    assert texts(folder) == before | {"plans.yaml": NEAT}


# What it does not need


def test_a_policy_that_does_not_load_is_formatted(folder: Path) -> None:
    assert run("check", str(folder)).returncode == 3
    assert run("fmt", str(folder)).returncode == 0


def test_a_file_that_is_not_sound_is_told_with_its_place_and_left_alone(folder: Path) -> None:
    (folder / "calendars.yaml").write_text("hours:\n\tbusiness_hours: {}\n", "utf-8")
    (folder / "channels.yaml").write_text("order:  []\nlist: 1\norder: []\n", "utf-8")
    (folder / "severity.yaml").write_bytes(b"a:  \xff\n")
    before = texts_of_bytes(folder)
    done = run("fmt", ".", cwd=folder)
    assert done.returncode == 2
    places = [line.split(": ")[0] for line in done.stderr.splitlines() if line.startswith(("c", "s"))]
    assert places == ["calendars.yaml:2:1", "channels.yaml:3:1", "severity.yaml:1:5"]
    assert "a tab where YAML wants spaces: indent with spaces" in done.stderr
    assert done.stderr.splitlines()[-1] == "reformatted 2 files, 1 left unchanged, 3 not formatted"
    after = texts_of_bytes(folder)
    assert {name for name in before if before[name] != after[name]} == {"plans.yaml", "tests/plans.yml"}


def texts_of_bytes(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


# --check and --diff


def test_check_names_files_and_writes_nothing(folder: Path) -> None:
    before = texts(folder)
    done = run("fmt", "--check", str(folder))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"would reformat {folder}/plans.yaml",
        f"would reformat {folder}/tests/plans.yml",
        "2 files would be reformatted, 1 unchanged",
    ]
    assert texts(folder) == before
    run("fmt", str(folder))
    done = run("fmt", "--check", str(folder))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "3 files unchanged\n")


def test_check_of_a_file_that_is_not_sound_ends_with_2(folder: Path) -> None:
    (folder / "policy.yaml").write_text("[", "utf-8")
    assert run("fmt", "--check", str(folder)).returncode == 2


def test_diff_is_one_that_patch_takes(folder: Path) -> None:
    before = texts(folder)
    done = run("fmt", "--diff", "plans.yaml", "tests/plans.yml", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "2 files would be reformatted\n")
    assert done.stdout.startswith(
        "--- plans.yaml\n+++ plans.yaml\n@@ -1,3 +1,2 @@\n"
        "-a:   1\n-b: {c: 'NO',\n-   d: [2]}   \n"
        '+a: 1\n+b: {c: "NO", d: [2]}\n'
    )
    assert "\x1b" not in done.stdout
    assert texts(folder) == before
    subprocess.run(["git", "apply", "-p0", "-"], input=done.stdout.encode(), cwd=folder, check=True)
    assert texts(folder)["plans.yaml"] == texts(folder)["tests/plans.yml"] == NEAT


def test_diff_tells_of_a_missing_end_of_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a:  1", "utf-8")
    done = run("fmt", "--diff", "a.yaml", cwd=tmp_path)
    assert done.stdout == "--- a.yaml\n+++ a.yaml\n@@ -1 +1 @@\n-a:  1\n\\ No newline at end of file\n+a: 1\n"


def test_check_and_diff_go_together(folder: Path) -> None:
    done = run("fmt", "--check", "--diff", "plans.yaml", cwd=folder)
    assert done.returncode == 1
    assert done.stdout.startswith("--- plans.yaml")
    assert done.stderr.startswith("would reformat plans.yaml\n")
    assert texts(folder)["plans.yaml"] == MESSY


def test_diff_has_colours_on_a_terminal(folder: Path) -> None:
    ours, theirs = pty.openpty()
    command = [*COMMAND, "fmt", "--diff", "plans.yaml"]
    subprocess.run(command, stdout=theirs, stderr=subprocess.DEVNULL, cwd=folder, check=True)
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "\x1b[31m-a:   1" in shown
    assert "\x1b[32m+a: 1" in shown


# Standard input


def test_standard_input_goes_to_standard_output() -> None:
    done = piped(MESSY.encode(), "-")
    assert (done.returncode, done.stdout, done.stderr) == (0, NEAT.encode(), b"")
    done = piped(NEAT.encode(), "-")
    assert (done.returncode, done.stdout, done.stderr) == (0, NEAT.encode(), b"")


def test_ends_of_lines_and_a_mark_of_windows_go() -> None:
    data = b"\xef\xbb\xbfa: 1\r\nb:\r\n  - c # c\r\n"
    done = piped(data, "-")
    assert done.stdout == b"a: 1\nb:\n  - c   # c\n"
    assert piped(data, "--check", "-").returncode == 1


def test_what_is_piped_is_utf_8_whatever_the_terminal_is() -> None:
    done = run("fmt", "-", stdin="a:  'été ☎'\n", LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.stdout == "a: été ☎\n"


def test_check_and_diff_of_standard_input() -> None:
    done = run("fmt", "--check", "--stdin-filename", "plans.yaml", "-", stdin=MESSY)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "would reformat plans.yaml\n")
    done = run("fmt", "--check", "-", stdin=NEAT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = run("fmt", "--diff", "--stdin-filename", "plans.yaml", "-", stdin=MESSY)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("--- plans.yaml\n+++ plans.yaml\n")


def test_an_error_in_standard_input_has_the_name_that_was_given() -> None:
    done = run("fmt", "-", stdin="a: 1\na: 2\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("<stdin>:2:1: `a` twice")
    done = run("fmt", "--stdin-filename", "plans.yaml", "-", stdin="a: [\n")
    assert done.stderr.startswith("plans.yaml:2:1: ")


def test_standard_input_stands_alone(folder: Path) -> None:
    done = run("fmt", "-", str(folder), stdin=MESSY)
    assert done.returncode == 2
    assert "`-` stands alone" in done.stderr
    assert texts(folder)["plans.yaml"] == MESSY


# Files as such


def test_permissions_stay_and_a_link_stays_a_link(folder: Path, tmp_path: Path) -> None:
    (folder / "plans.yaml").chmod(0o664)
    (tmp_path / "link.yaml").symlink_to(folder / "plans.yaml")
    done = run("fmt", str(tmp_path / "link.yaml"), str(folder / "plans.yaml"))
    assert done.stderr.splitlines()[-1] == "reformatted 1 file"
    assert (tmp_path / "link.yaml").is_symlink()
    assert (folder / "plans.yaml").read_text("utf-8") == NEAT
    assert stat.S_IMODE((folder / "plans.yaml").stat().st_mode) == 0o664


def test_a_file_with_two_names_is_left_alone(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").hardlink_to(folder / "plans.yaml")
    done = run("fmt", "plans.yaml", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("plans.yaml: the file has 2 names (hard links)")
    assert texts(folder)["plans.yaml"] == MESSY


def test_a_file_that_does_not_change_is_not_written(folder: Path) -> None:
    before = (folder / "policy.yaml").stat()
    run("fmt", str(folder))
    after = (folder / "policy.yaml").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize("step", ["directory", "file"])
def test_what_can_not_be_written_is_told_and_the_others_are_formatted(
    step: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # By a patch: whoever is root may write everywhere.
    if step == "directory":
        opened: Callable[..., object] = Path.open

        def refuse(path: Path, mode: str = "r", *rest: object, **more: object) -> object:
            if mode == "xb" and path.parent == folder:
                raise PermissionError(13, "Permission denied", str(path))
            return opened(path, mode, *rest, **more)

        monkeypatch.setattr(Path, "open", refuse)
    else:
        monkeypatch.setattr(os, "access", lambda path, _mode: Path(path).parent != folder)
    assert cli.run(["fmt", str(folder)]) == 2
    said = capsys.readouterr().err
    assert f"{folder}/plans.yaml: " in said and "permission" in said
    assert said.splitlines()[-1] == "reformatted 1 file, 1 left unchanged, 1 not formatted"
    assert texts(folder)["plans.yaml"] == MESSY
    assert texts(folder)["tests/plans.yml"] == NEAT
    assert not list(folder.glob(".*"))


# The policies


@pytest.mark.parametrize("policy", [SHIPPED, STARTER, HARBOURLINE], ids=["shipped", "starter", "harbourline"])
def test_the_policies_have_the_canonical_layout(policy: Path) -> None:
    done = run("fmt", "--check", "--diff", str(policy))
    assert done.stdout == ""
    assert done.returncode == 0


def test_what_init_makes_has_the_canonical_layout(tmp_path: Path) -> None:
    for name in ("mine", "2026-01", "no"):
        run("init", "--name", name, str(tmp_path / name))
        done = run("fmt", "--check", str(tmp_path / name))
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("policy", [SHIPPED, STARTER, HARBOURLINE], ids=["shipped", "starter", "harbourline"])
def test_the_digest_stays(policy: Path, tmp_path: Path) -> None:
    for file in policy.glob("*.yaml"):
        text = file.read_text("utf-8")
        (tmp_path / file.name).write_text(text.replace(": ", ":   ").replace("{", "{ "), "utf-8")
    assert load_policy(tmp_path).digest == load_policy(policy).digest
    done = run("fmt", str(tmp_path))
    assert done.returncode == 0
    assert load_policy(tmp_path).digest == load_policy(policy).digest
