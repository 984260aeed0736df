"""Files that are written beside and then moved."""

from __future__ import annotations

import os
import stat
import threading
import time
from pathlib import Path

import pytest

from supportrules.base.replacement import abandon, abandoned, replacing


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    file.chmod(0o640)
    with replacing(file) as stream:
        stream.write(b"new")
        stream.flush()
        assert file.read_bytes() == b"old"
        (part,) = [entry for entry in tmp_path.iterdir() if entry != file]
        # Nobody reads what is being written who could not read the file.
        assert stat.S_IMODE(part.stat().st_mode) == 0o640
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert names(tmp_path) == ["a"]


def test_a_new_file_has_the_mode_of_any_other(tmp_path: Path) -> None:
    with replacing(tmp_path / "a") as stream:
        stream.write(b"new")
    (tmp_path / "b").write_bytes(b"new")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_one(tmp_path: Path, there: bool) -> None:
    (tmp_path / "real").mkdir()
    file, link = tmp_path / "real" / "a", tmp_path / "link"
    if there:
        file.write_bytes(b"old")
    link.symlink_to(Path("real", "a"))
    with replacing(link) as stream:
        stream.write(b"new")
    assert str(link.readlink()) == "real/a"
    assert file.read_bytes() == b"new"
    assert names(tmp_path / "real") == ["a"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_what_fails_changes_nothing(tmp_path: Path, error: type[BaseException]) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"old")
    with pytest.raises(error), replacing(file) as stream:
        stream.write(b"new")
        raise error
    assert stream.closed
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_a_pipe_is_written_to_as_it_is(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    with replacing(pipe) as stream:
        stream.write(b"new")
    reader.join()
    assert read == [b"new"]
    assert pipe.is_fifo() and names(tmp_path) == ["pipe"]
    with replacing(Path(os.devnull)) as stream:
        stream.write(b"new")
    assert Path(os.devnull).is_char_device()


def test_what_is_no_file_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    for name, error in (
        ("folder", IsADirectoryError),
        ("no/a", FileNotFoundError),
        ("file/a", NotADirectoryError),
    ):
        with pytest.raises(error), replacing(tmp_path / name):
            raise AssertionError
    assert names(tmp_path) == ["file", "folder"]


def test_a_process_that_ends_at_once_removes_what_it_was_writing(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with replacing(tmp_path / "b") as stream:
        stream.write(b"whole")
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "a") as stream:
        stream.write(b"new")
        abandon()
        assert names(tmp_path) == ["a", "b"]
    abandon()
    assert (tmp_path / "a").read_bytes() == b"old" and (tmp_path / "b").read_bytes() == b"whole"


def test_what_killed_processes_left_is_found_after_an_hour(tmp_path: Path) -> None:
    def killed(name: str, hours: float) -> Path:
        with pytest.raises(OSError), replacing(tmp_path / name) as stream:
            (part,) = [e for e in tmp_path.iterdir() if e.name.startswith(f".{name}.")]
            kept = tmp_path / "kept"
            kept.hardlink_to(part)
            raise OSError(stream)
        kept.rename(part)
        then = time.time() - 3600 * hours
        os.utime(part, (then, then))
        return part

    old = killed("a.policy", 1.1)
    killed("b.policy", 0.9)
    killed("c.json", 1.1)
    (tmp_path / "d.policy").write_bytes(b"")
    os.utime(tmp_path / "d.policy", (0, 0))
    assert list(abandoned(tmp_path, "*.policy")) == [old]


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127 + "x"])
def test_a_name_may_be_as_long_as_names_can_be(tmp_path: Path, name: str) -> None:
    for text in (b"one", b"two"):
        with replacing(tmp_path / name) as stream:
            stream.write(text)
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"two"
