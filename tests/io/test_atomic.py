"""Files are written where the user pointed, whole or not at all, and only there."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from eqsolve import AssignmentMarket
from eqsolve.io import save
from eqsolve.io.atomic import is_stream, require_writable, write_atomic
from eqsolve.io.collections import write_instances

ROOT = Path(__file__).resolve().parents[2]
MARKETS = [AssignmentMarket([[5, 3], [4, 1]], name="a"), AssignmentMarket([[1]], name="b")]


def python(code: str, *, stdout: int | None = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_symbolic_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "link.json").symlink_to("second.json")
    (tmp_path / "second.json").symlink_to(tmp_path / "deep" / "real.json")
    for text in (b"new", b"replaced"):  # the target is made, then replaced
        write_atomic(tmp_path / "link.json", text)
        assert (tmp_path / "link.json").is_symlink()
        assert (tmp_path / "second.json").is_symlink()
        assert (tmp_path / "deep" / "real.json").read_bytes() == text
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == [
        "deep", "link.json", "real.json", "second.json",
    ]  # fmt: skip


def test_a_circle_of_links_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links") as caught:
        write_atomic(tmp_path / "a", b"x")
    assert caught.value.filename == str(tmp_path / "a")


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o755])
def test_permissions_are_kept(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "kept"
    path.write_bytes(b"old")
    path.chmod(mode)
    write_atomic(path, b"new")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", mode)


def test_a_new_file_has_the_permissions_of_any(tmp_path: Path) -> None:
    (tmp_path / "usual").write_bytes(b"")
    write_atomic(tmp_path / "new", b"")
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "usual").stat().st_mode


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is protected from the superuser")
def test_a_write_protected_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="write-protected"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"


def test_devices_are_written_into(tmp_path: Path) -> None:
    before = Path(os.devnull).stat()
    (tmp_path / "null.json").symlink_to(os.devnull)
    for path in (Path(os.devnull), tmp_path / "null.json"):
        assert is_stream(path)
        write_atomic(path, b"x")
    assert Path(os.devnull).stat().st_rdev == before.st_rdev
    assert (tmp_path / "null.json").is_symlink()


def test_a_pipe_is_written_into_whatever_its_size(tmp_path: Path) -> None:
    pipe, got = tmp_path / "pipe.jsonl", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_atomic(pipe, b"0123456789" * 100_000)
    reader.join(30)
    assert got == [b"0123456789" * 100_000]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_standard_output_by_its_path_is_no_file_to_replace(tmp_path: Path, name: str) -> None:
    if not Path(name).parent.is_dir():
        pytest.skip(f"this system has no {name}")
    code = (
        "from pathlib import Path; from eqsolve.io.atomic import write_atomic as write\n"
        f"print('before'); write(Path({name!r}), b'within\\n'); print('after')"
    )
    expected = "before\nwithin\nafter\n"
    assert python(code).stdout == expected
    log = tmp_path / "log"
    log.write_text("old\n")
    with log.open("a") as file:  # as the shell's >>
        assert python(code, stdout=file.fileno()).returncode == 0
    assert log.read_text() == "old\n" + expected


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_no_space_left_names_the_file() -> None:
    with pytest.raises(OSError, match="No space left") as caught:
        write_atomic(Path("/dev/full"), b"x")
    assert caught.value.filename == "/dev/full"


def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "answer.json"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_atomic(path, b"new")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_names_as_long_as_the_file_system_allows(tmp_path: Path) -> None:
    write_atomic(tmp_path / ("n" * 250 + ".json"), b"x")
    write_atomic(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.json")), b"x")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_is_refused_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match="expected a file name"):
        require_writable(tmp_path)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        require_writable(tmp_path / "absent" / "x.json")


def test_every_writer_writes_through(tmp_path: Path) -> None:
    for name in ("link.json", "link.jsonl"):
        (tmp_path / name).symlink_to(f"real-{name}")
    save(MARKETS[0], tmp_path / "link.json")
    write_instances(MARKETS, str(tmp_path / "link.jsonl"))
    assert write_instances(MARKETS, os.devnull) == 2  # lines, not a folder of that name
    assert len((tmp_path / "real-link.jsonl").read_text().splitlines()) == 2
    assert all((tmp_path / name).is_symlink() for name in ("link.json", "link.jsonl"))


NAMES = (
    ".5 eps", "..", ".", "Straße/…/数", "a", "A", "a-2", "a", "a/b", "a_b", "a b", "", "-o", "é",
    "e\u0301", "x" * 400, "x" * 400 + "y", "x\x1b[31m\n", "\ud800",
)  # fmt: skip


@pytest.mark.parametrize("arrays", ["inline", "npy"])
def test_no_instance_of_a_folder_overwrites_another_or_hides(tmp_path: Path, arrays: str) -> None:
    names = [name for name in NAMES if name != "\ud800"]  # no JSON file can hold that one
    markets = [AssignmentMarket([[k, k]], name=name) for k, name in enumerate(names)]
    assert write_instances(markets, str(tmp_path / "out"), arrays=arrays) == len(markets)
    written = sorted((tmp_path / "out").glob("*.json"))
    assert len(written) == len(markets)
    assert not [path for path in (tmp_path / "out").iterdir() if path.name[0] in ".-"]
    assert len({path.name.casefold() for path in written}) == len(markets)


def test_a_file_where_a_folder_was_expected_is_said(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(ValueError, match="is a file, expected a folder"):
        write_instances(MARKETS, str(tmp_path / "out"))
    assert (tmp_path / "out").read_text() == "mine"
