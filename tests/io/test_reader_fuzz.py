"""Damaged files: either a market that is written and read back equal, or a line for each fault.

``make fuzz`` runs this file with many more examples.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, strategies as st

import eqsolve
from eqsolve.cli.__main__ import main
from eqsolve.core.errors import FormatError, OptionError
from eqsolve.core.instance import Instance
from eqsolve.io.converting import convert
from tests.io.samples import NPY, SAMPLES, Sample, npy_bytes, read

NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
NASTY = [
    "1e300",
    "1e-300",
    "1e-12",
    "9007199254740993",
    "9007199254740993.0",
    "9223372036854775808",
    "18446744073709551617",
    "-9223372036854775808",
    "-0.0",
    "-1",
    "0",
    "1_0",
    "NaN",
    "Infinity",
    "1e999",
    "1e-400",
    "0.33333333333333333333",
    "",
    "x",
    "null",
    "true",
    '"5"',
    "[]",
    "{}",
    "[1]",
    "\uff11",
    "1" * 700,
]
PIECES = [
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\\",
    "#",
    "\0",
    "\ufeff",
    "é",
]


@st.composite
def damages(draw: st.DrawFn) -> Callable[[str], str]:
    """Draw one change of a text."""
    share = draw(st.floats(0, 1, exclude_max=True))
    kind = draw(st.sampled_from(["number", "number", "number", "line", "cut", "piece", "token"]))
    nasty = draw(st.sampled_from(NASTY))
    piece = draw(st.sampled_from(PIECES))
    how = draw(st.sampled_from(["drop", "double", "swap"]))

    def change(text: str) -> str:
        spot = int(share * len(text))
        if kind == "number":
            places = list(NUMBER.finditer(text))
            if not places:
                return text
            place = places[int(share * len(places))]
            return text[: place.start()] + nasty + text[place.end() :]
        if kind == "cut":
            return text[:spot]
        if kind == "piece":
            return text[:spot] + piece + text[spot + (how == "swap") :]
        parts = re.split(r"(\n)" if kind == "line" else r"([,\s])", text)
        at = int(share * len(parts))
        few = parts[at : at + (3 if how == "swap" else 1)]
        new = {"drop": [], "double": few * 2, "swap": few[::-1]}[how]
        return "".join([*parts[:at], *new, *parts[at + len(few) :]])

    return change


@given(st.sampled_from(sorted(SAMPLES)), st.lists(damages(), min_size=1, max_size=3), st.booleans())
def test_a_damaged_file_is_a_market_or_a_line_for_each_fault(
    name: str, changes: list[Callable[[str], str]], latin: bool
) -> None:
    sample = SAMPLES[name]
    text = sample[1]
    for change in changes:
        text = change(text)
    data = text.encode("latin-1", "replace") if latin and "é" in text else text.encode()
    with TemporaryDirectory() as made:
        folder = Path(made)
        instances, refusal = attempt(folder, sample, data)
        if refusal is not None:
            check_lines(refusal, str(folder / sample[0]))
        for instance in instances:
            eqsolve.save(instance, folder / "again.json")
            again = eqsolve.load(folder / "again.json")
            assert (again, again.labels, again.name) == (instance, instance.labels, instance.name)


def attempt(
    folder: Path, sample: Sample, data: bytes, npy: bytes = NPY
) -> tuple[list[Instance], Exception | None]:
    """Return what is read, or the refusal; anything else that is raised is a failure."""
    try:
        return read(folder, sample, data, npy), None
    except (FormatError, OptionError) as error:
        return [], error


def check_lines(refusal: Exception, path: str) -> None:
    """Assert that each line of a refusal names the file, or the option that it is about."""
    lines = refusal.lines() if isinstance(refusal, FormatError) else [str(refusal)]
    start = path if isinstance(refusal, FormatError) else "option "
    assert lines
    assert all(line.startswith(start) and "\n" not in line for line in lines), lines


@given(
    st.sampled_from(["<i8", ">f4", "<f2", "?", "<U3", "<c16", "<M8[s]", "i4,i4", "<f16"]),
    st.sampled_from([(2, 2), (0, 2), (4,), (), (1, 2, 2)]),
    st.lists(st.tuples(st.integers(0, 140), st.integers(0, 255)), max_size=3),
    st.integers(0, 200),
)
def test_a_damaged_array_file_is_a_market_or_a_line_for_each_fault(
    kind: str, shape: tuple[int, ...], flips: list[tuple[int, int]], length: int
) -> None:
    content = bytearray(npy_bytes(np.ones(shape).astype(kind)))
    for place, byte in flips:
        if place < len(content):
            content[place] = byte
    sample = SAMPLES["npy"]
    with TemporaryDirectory() as made:
        folder = Path(made)
        cut = bytes(content if length > 128 else content[:length])
        instances, refusal = attempt(folder, sample, sample[1].encode(), cut)
        if refusal is not None:
            check_lines(refusal, str(folder / sample[0]))
            return
        (market,) = instances
        eqsolve.save(market, folder / "again.json", arrays="npy")
        assert eqsolve.load(folder / "again.json") == market


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_the_command_writes_all_or_nothing(name: str, tmp_path: Path) -> None:
    file, text, options = SAMPLES[name]
    settings = [word for key in options for word in ("--option", f"{key}={options[key]}")]
    (tmp_path / "values.npy").write_bytes(NPY)
    for damaged in (text, text[: 2 * len(text) // 3], NUMBER.sub("1_0", text), text + "\n\0"):
        source, target = tmp_path / file, tmp_path / "made.jsonl"
        source.write_text(damaged)
        target.unlink(missing_ok=True)
        ran = CliRunner().invoke(main, ["convert", str(source), str(target), *settings])
        assert ran.exit_code in (0, 2), ran.output
        assert isinstance(ran.exception, SystemExit | None)
        assert target.exists() == (ran.exit_code == 0)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_marks_and_line_ends_of_other_systems_change_nothing(name: str, tmp_path: Path) -> None:
    sample = SAMPLES[name]
    plain = sample[1]
    expected = read(tmp_path, sample, plain.encode())
    assert expected
    for text in (
        "\ufeff" + plain,
        plain.replace("\n", "\r\n"),
        "\ufeff" + plain.replace("\n", "\r\n") + "\r\n",
    ):
        found = read(tmp_path, sample, text.encode())
        assert found == expected
        assert [one.labels for one in found] == [one.labels for one in expected]
    with pytest.raises(FormatError, match=r"UTF-8|not recognized|a table of what"):
        read(tmp_path, sample, plain.encode("utf-16"))


@pytest.mark.parametrize("name", ["orlib", "leaderboard", "similarity", "assignment_market 0"])
def test_file_names_in_any_encoding(name: str, tmp_path: Path) -> None:
    sample = SAMPLES[name]
    suffix = Path(sample[0]).suffix.encode()
    raw = os.fsencode(tmp_path) + b"/caf\xe9\n" + suffix
    Path(os.fsdecode(raw)).write_text(sample[1])
    (market,) = convert(os.fsdecode(raw), sample[2])
    eqsolve.save(market, tmp_path / "again.json")
    assert eqsolve.load(tmp_path / "again.json") == market
