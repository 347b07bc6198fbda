"""``.dpomdp`` files of the MADP toolbox, also packed (``.gz``): Dec-POMDPs as plain arrays.

Seven sections (`dpomdp_head`), then lines ``T``, ``O`` and ``R``, which write over what earlier
ones said. States, actions and observations go by name or number, ``*`` is all of them; a joint
action or observation is one number, one ``*``, or a word for each agent. Numbers follow the last
colon or stand on the lines below, where ``uniform`` and ``identity`` are tables.

Source: Spaan, M. T. J. and Oliehoek, F. A. (2008). The MultiAgent Decision Process toolbox. AAMAS
Workshop on Multi-Agent Sequential Decision Making in Uncertain Domains.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.formats.dpomdp_head import SECTIONS, TABLES, Head, read_head
from eqsolve.formats.dpomdp_tables import MOST, Entries, RewardTable, RowTable
from eqsolve.formats.dpomdp_words import Lines, floats
from eqsolve.formats.text import head_of, with_plain_ends

__all__ = ["DpomdpFile", "is_dpomdp", "read_dpomdp"]

_LARGEST = 2**30
"""Bytes of an unpacked file at most."""
_ABOVE = 1 + 1e-5
"""What a rounded probability may be."""


@dataclass(frozen=True, slots=True, eq=False)
class DpomdpFile:
    """The content of a file.

    Parameters
    ----------
    agents, states : names; numbers where the file gives only how many.
    actions, observations : names for each agent, likewise.
    named : which of the sides were given by names.
    start : shape (S,).
    transitions, sights : entries with row ``joint action * S + state``; sights by next state.
    rewards : expected, shape (joint actions, S); None where the file has no line ``R``.
    discount : factor.
    """

    agents: tuple[str, ...]
    states: tuple[str, ...]
    actions: tuple[tuple[str, ...], ...]
    observations: tuple[tuple[str, ...], ...]
    named: frozenset[str]
    start: FloatArray
    transitions: Entries
    sights: Entries
    rewards: FloatArray | None
    discount: float


def is_dpomdp(path: Path) -> bool:
    """Return whether a file is called ``.dpomdp`` or ``.dpomdp.gz``, or begins as one."""
    if path.name.endswith((".dpomdp", ".dpomdp.gz")):
        return True
    words = [
        line.partition(":")[0].strip()
        for line in head_of(path).split("\n")
        if line.strip() and not line.startswith("#")
    ]
    return words[:2] == ["agents", "discount"]


def read_dpomdp(path: Path, tolerance: float = 1.000001e-5) -> DpomdpFile:
    """Return the content of a file.

    Parameters
    ----------
    tolerance : how far a row of probabilities may be from 1.

    Raises
    ------
    FormatError : with the line of every fault.

    Notes
    -----
    Cost O(lines + entries).
    """
    faults: list[Fault] = []
    found = _content(Lines(_text(path), faults), tolerance)
    if faults or found is None:
        raise FormatError(str(path), faults[: 2 * MAX_FAULTS])
    return found


def _text(path: Path) -> str:
    """Return the text of a file, unpacked.

    Raises
    ------
    FormatError : the file cannot be read, unpacked or is no text.
    """
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            with gzip.open(path) as file:
                data = file.read(_LARGEST + 1)
            if len(data) > _LARGEST:
                raise FormatError(str(path), Fault("", f"unpacks to more than {_LARGEST} bytes"))
        return with_plain_ends(data.decode("utf-8").removeprefix("\ufeff"))
    except UnicodeDecodeError as error:
        raise FormatError(str(path), Fault("", f"is no UTF-8 text (byte {error.start})")) from None
    except (OSError, EOFError, zlib.error) as error:
        rule = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        raise FormatError(str(path), Fault("", rule)) from None


def _content(lines: Lines, tolerance: float) -> DpomdpFile | None:
    """Return the content of a file, or None after adding faults."""
    head = read_head(lines, tolerance)
    if head is None:
        return None
    size, rows = len(head.states.names), head.actions.count * len(head.states.names)
    moves, sights = RowTable("T", size, size), RowTable("O", size, head.seen.count)
    rewards = RewardTable(size)
    _Tables(lines, head, moves, sights, rewards).read()
    transitions, shown = (table.entries(rows, tolerance, lines.faults) for table in (moves, sights))
    if lines.faults or transitions is None or shown is None or head.start is None:
        return None
    expected = None
    if rewards.lines:
        if len(transitions[0]) * head.seen.count > MOST:
            lines.faults.append(Fault("R", "too many numbers to be read"))
            return None
        found = rewards.expected(head.actions.count, transitions, shown, head.seen.count)
        expected = head.sign * found + 0.0  # no negative zeros
    return DpomdpFile(
        head.agents, head.states.names, tuple(it.names for it in head.actions.sides),
        tuple(it.names for it in head.seen.sides), head.named, head.start, transitions, shown,
        expected, head.discount,
    )  # fmt: skip


class _Tables:
    """Reads the lines ``T``, ``O`` and ``R`` to the end of the file."""

    def __init__(
        self, lines: Lines, head: Head, moves: RowTable, sights: RowTable, rewards: RewardTable
    ) -> None:
        self.lines, self.head, self.rewards = lines, head, rewards
        self.tables = {"T": moves, "O": sights}
        self.columns = {"T": head.states.find, "O": head.seen.find}

    def read(self) -> None:
        """Read all lines; faults are added."""
        lines = self.lines
        while lines.place < len(lines.lines) and len(lines.faults) <= MAX_FAULTS:
            place, line = lines.place, lines.lines[lines.place]
            lines.place += 1
            fields = line.split(":")
            words = fields[0].split()
            if not line.strip():
                continue
            letter = words[0] if words else ""
            if letter not in TABLES or (len(words) > 1 and len(fields) > 1):
                late = f"section {letter} must stand before the tables"
                rule = late if letter in SECTIONS else "expected a line T, O or R"
                lines.fault(place, rule, line.strip()[:60])
                continue
            try:
                self._line(letter, fields, place)
            except ValueError as error:
                lines.fault(place, str(error))
                if letter != "R":
                    self.tables[letter].broken = True
                if lines.place == place + 1:
                    list(self._below())  # numbers that belong to the line

    def _line(self, letter: str, fields: list[str], place: int) -> None:
        """Read one line, and those below that belong to it.

        Raises
        ------
        ValueError : it breaks a rule.
        """
        text = fields[1] if len(fields) > 1 else fields[0].partition(letter)[2]
        joint = self.head.actions.find(text)
        if letter == "R":
            self._reward(fields, joint, place)
        elif len(fields) == 5:
            (number,) = _numbers(fields[4].split(), 1, "one number")
            if not 0 <= number <= _ABOVE:
                raise ValueError(f"a probability must be in [0, 1], not {number:g}")
            states = self.head.states.find(fields[2].strip())
            columns = self.columns[letter](fields[3].strip())
            self.tables[letter].put(joint, states, columns, number, place + 1)
        elif len(fields) < 5:
            self._block(letter, fields, joint, place)
        else:
            raise ValueError(f"has {len(fields) - 1} colons, at most 4 are meant")

    def _block(self, letter: str, fields: list[str], joint: Sequence[int], place: int) -> None:
        """Read a row or a whole table of probabilities, on this line or on those below.

        Raises
        ------
        ValueError : the line breaks a rule.
        """
        table, states = self.tables[letter], self.head.states
        rest = fields[-1].split() if len(fields) > 2 else []
        rows = states.all
        single = len(fields) == 4 or (len(fields) == 3 and "".join(rest) in states.places)
        if single:
            rows = states.find(fields[2].strip())
            rest = rest if len(fields) == 4 else []
        words = [*rest, *self._below()]
        if words == ["uniform"]:
            table.put_row(joint, rows, np.full(table.width, 1 / table.width), place + 1)
            return
        if words == ["identity"]:
            if letter != "T" or single:
                raise ValueError("identity is a table of states by next states")
            for state in rows:
                table.put_row(joint, (state,), {state: 1.0}, place + 1)
            return
        count = 1 if single else len(rows)
        shape = f"{table.width}" if single else f"{count} x {table.width}"
        told = _numbers(words, count * table.width, f"{shape} numbers, uniform or identity")
        given = np.array(told).reshape(count, table.width)
        if (given < 0).any() or (given > _ABOVE).any():
            raise ValueError("probabilities must be in [0, 1]")
        for k, state in enumerate(rows):
            table.put_row(joint, (state,), given[0 if single else k], place + 1)

    def _below(self) -> Iterator[str]:
        """Yield the words of the lines below, up to the next line with a colon."""
        lines = self.lines
        while lines.place < len(lines.lines):
            line = lines.lines[lines.place]
            words = line.split()
            if ":" in line or (words and words[0] in TABLES):
                return
            lines.place += 1
            yield from words

    def _reward(self, fields: list[str], joint: Sequence[int], place: int) -> None:
        """Read a line of rewards: one number, a row of observations, or a table.

        Raises
        ------
        ValueError : the line breaks a rule.
        """
        if len(fields) not in (4, 5, 6):
            raise ValueError("a line R has a joint action, a state, and 1 to 3 fields more")
        states, seen = self.head.states, self.head.seen
        actions = None if joint is self.head.actions.all else joint
        before, *more = (field.strip() for field in fields[2:])
        places = None if before == "*" else states.find(before)
        after = None if len(fields) == 4 or more[0] == "*" else states.find(more[0])
        if len(fields) == 6:
            told = None if more[1] == "*" else seen.find(more[1])
            (number,) = _numbers(more[2].split(), 1, "one number")
            self.rewards.put(actions, places, after, told, number)
            return
        shape = (seen.count,) if len(fields) == 5 else (len(states.names), seen.count)
        words = [*more[-1].split(), *self._below()]
        expected = f"{' x '.join(map(str, shape))} rewards"
        numbers = _numbers(words, math.prod(shape), expected)
        self.rewards.put(actions, places, after, None, np.array(numbers).reshape(shape))


def _numbers(words: Sequence[str], count: int, what: str) -> list[float]:
    """Return so many words as numbers.

    Raises
    ------
    ValueError : there are others, or another number of them.
    """
    numbers = floats(words)
    if len(numbers) != count:
        raise ValueError(f"needs {what}; found {len(numbers)}")
    return numbers
