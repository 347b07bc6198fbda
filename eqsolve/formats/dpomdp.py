"""``.dpomdp`` files of the MADP toolbox, also packed (``.gz``): Dec-POMDPs as plain arrays.

Seven sections, each once: ``agents``, ``discount``, ``values``, ``states``, ``start``, ``actions``
and ``observations``; then lines ``T``, ``O`` and ``R``, which write over what earlier ones said.
States, actions and observations go by name or number, ``*`` is all of them; a joint action or
observation is one number, one ``*``, or a word for each agent. Numbers may follow the last colon or
stand on the lines below, where ``uniform`` and ``identity`` are tables.

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
from eqsolve.core.errors import Fault, FormatError, nearest_name
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.formats.dpomdp_tables import MOST, Entries, RewardTable, RowTable
from eqsolve.formats.text import head_of, with_plain_ends

__all__ = ["DpomdpFile", "is_dpomdp", "read_dpomdp"]

SECTIONS = ("agents", "discount", "values", "states", "start", "actions", "observations")
_LINES = ("T", "O", "R")
_ROWS = 10**7
"""Joint actions times states at most, and joint observations."""
_LARGEST = 2**30
"""Bytes of an unpacked file at most."""


@dataclass(frozen=True, slots=True, eq=False)
class DpomdpFile:
    """The content of a file.

    Parameters
    ----------
    agents, states : names; numbered where the file gives only how many.
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
    reader = _Reader(_text(path).split("\n"), faults)
    found = reader.read(tolerance)
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


class _Side:
    """Names or numbers of one side, and the sets of places that words stand for."""

    def __init__(self, word: str, names: Sequence[str]) -> None:
        self.word, self.names = word, tuple(names)
        self.all: tuple[int, ...] = tuple(range(len(names)))
        self.places: dict[str, tuple[int, ...]] = {"*": self.all}
        self.places |= {str(k): (k,) for k in self.all}
        self.places |= {name: (k,) for k, name in enumerate(names)}

    def find(self, word: str) -> tuple[int, ...]:
        """Return the places of a word.

        Raises
        ------
        ValueError : there are none.
        """
        found = self.places.get(word)
        if found is None:
            number = word.isascii() and word.isdigit()
            hint = f"0 to {len(self.names) - 1}" if number else nearest_name(word, self.names)
            raise ValueError(f"unknown {self.word} {word!r}; {hint}")
        return found


class _Joint:
    """Joint actions or observations: one number, one ``*``, or a word for each agent."""

    def __init__(self, word: str, sides: Sequence[_Side]) -> None:
        self.word, self.sides = word, sides
        self.count = math.prod(len(side.names) for side in sides)
        self.all = range(self.count)
        self._known: dict[str, Sequence[int]] = {}

    def find(self, text: str) -> Sequence[int]:
        """Return the numbers that a text stands for.

        Raises
        ------
        ValueError : there are none.
        """
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._find(text.split())
        return found

    def _find(self, words: list[str]) -> Sequence[int]:
        if len(words) == 1 and len(self.sides) > 1:
            if words[0] == "*":
                return self.all
            number = int(words[0]) if words[0].isascii() and words[0].isdigit() else -1
            if 0 <= number < self.count:
                return (number,)
            raise ValueError(
                f"{words[0]!r} is no joint {self.word}: *, a number from 0 to {self.count - 1}, "
                f"or a word for each of {len(self.sides)} agents"
            )
        if len(words) != len(self.sides):
            raise ValueError(
                f"has {len(words)} words, a joint {self.word} has one for each of "
                f"{len(self.sides)} agents"
            )
        found = [0]
        for side, word in zip(self.sides, words, strict=True):
            size = len(side.names)
            found = [k * size + own for k in found for own in side.find(word)]
        return found


class _Reader:
    """The lines of a file, read one after the other; `place` is the number of the next one."""

    def __init__(self, lines: list[str], faults: list[Fault]) -> None:
        self.lines = [line.partition("#")[0].strip() if "#" in line else line for line in lines]
        self.faults = faults
        self.place = 0

    def fault(self, place: int, rule: str, value: str | None = None) -> None:
        """Add a fault of a line, counted from 0 here and from 1 in messages."""
        self.faults.append(Fault(f"line {place + 1}", rule, value=value))

    def read(self, tolerance: float) -> DpomdpFile | None:
        """Return the content, or None after adding faults."""
        sections = self._sections()
        missing = [name for name in SECTIONS if name not in sections]
        for name in missing:
            self.faults.append(Fault(name, "this section is missing"))
        if missing:
            return None
        agents = self._names(sections["agents"], "agent")
        states = self._names(sections["states"], "state")
        own = [
            self._sides(sections[f"{word}s"], word, len(agents or ()))
            for word in ("action", "observation")
        ]
        sides = [it for it in own if it is not None]
        if agents is None or states is None or len(sides) < 2:
            return None
        actions, seen = _Joint("action", sides[0]), _Joint("observation", sides[1])
        side = _Side("state", states)
        if max(actions.count * len(states), seen.count) > _ROWS:
            rule = f"{actions.count} joint actions, {len(states)} states, {seen.count} joint "
            self.faults.append(Fault("states", f"{rule}observations: too many to be read"))
            return None
        discount = self._discount(sections["discount"])
        sign = self._sign(sections["values"])
        start = self._start(sections["start"], side, tolerance)
        tables = (
            RowTable("T", len(states), len(states)),
            RowTable("O", len(states), seen.count),
            RewardTable(len(states)),
        )
        self._tables(actions, side, seen, tables)
        rows = actions.count * len(states)
        moves, sights = (table.entries(rows, tolerance, self.faults) for table in tables[:2])
        if self.faults or moves is None or sights is None or start is None:
            return None
        rewards = None
        if tables[2].lines:
            if len(moves[0]) * seen.count > MOST:
                self.faults.append(Fault("R", "too many numbers to be read"))
                return None
            rewards = sign * tables[2].expected(actions.count, moves, sights, seen.count) + 0.0
        named = {"agents"} if not self._is_count(sections["agents"]) else set()
        named |= {"states"} if not self._is_count(sections["states"]) else set()
        for word, both in zip(("actions", "observations"), sides, strict=True):
            named |= {f"{word} of agent {i}" for i, it in enumerate(both) if it.names[0] != "0"}
        return DpomdpFile(
            tuple(agents), tuple(states), tuple(it.names for it in sides[0]),
            tuple(it.names for it in sides[1]), frozenset(named), start, moves, sights, rewards,
            discount,
        )  # fmt: skip

    def _sections(self) -> dict[str, tuple[int, str, list[tuple[int, str]]]]:
        """Return the sections before the tables: line, what follows the colon, lines below."""
        found: dict[str, tuple[int, str, list[tuple[int, str]]]] = {}
        below: list[tuple[int, str]] = []
        while self.place < len(self.lines):
            line = self.lines[self.place].strip()
            head, colon, rest = line.partition(":")
            words = head.split()
            word = words[0] if words else ""
            if word in _LINES and (colon or len(words) > 1):
                break
            if colon and word in SECTIONS and (len(words) == 1 or word == "start"):
                if word in found:
                    self.fault(self.place, f"section {word} is given twice")
                below = []
                found[word] = (self.place, " ".join([*words[1:], ":", rest]), below)
            elif line and not found:
                self.fault(self.place, "expected a section such as agents:", line[:60])
            elif line and colon:
                self.fault(
                    self.place, f"unknown section; {nearest_name(word, SECTIONS)}", line[:60]
                )
            elif line:
                below.append((self.place, line))
            self.place += 1
        return found

    @staticmethod
    def _after(section: tuple[int, str, list[tuple[int, str]]]) -> list[str]:
        """Return all words of a section, commas being blanks."""
        _, rest, below = section
        text = " ".join([rest.partition(":")[2], *(line for _, line in below)])
        return text.replace(",", " ").split()

    def _is_count(self, section: tuple[int, str, list[tuple[int, str]]]) -> bool:
        """Return whether a section gives only how many there are."""
        words = self._after(section)
        return len(words) == 1 and words[0].isascii() and words[0].isdigit()

    def _names(
        self, section: tuple[int, str, list[tuple[int, str]]], word: str
    ) -> list[str] | None:
        """Return names, or numbers as names; None after a fault."""
        return self._listed(self._after(section), word, section[0])

    def _listed(self, words: list[str], word: str, place: int) -> list[str] | None:
        """Return the names that words give, or None after a fault."""
        if len(words) == 1 and words[0].isascii() and words[0].isdigit():
            count = int(words[0]) if len(words[0]) < 12 else _ROWS + 1
            if not 1 <= count <= _ROWS:
                self.fault(place, f"must be a number of {word}s from 1 to {_ROWS}", words[0])
                return None
            return [str(k) for k in range(count)]
        if not words:
            self.fault(place, f"needs the number of {word}s, or their names")
            return None
        wrong = [name for name in words if not name[0].isalpha() and name[0] != "_"]
        if wrong:
            self.fault(place, f"names of {word}s begin with a letter", wrong[0])
            return None
        twice = (
            sorted(name for name in set(words) if words.count(name) > 1)
            if len(set(words)) < len(words)
            else []
        )
        if twice:
            self.fault(place, f"two {word}s have one name", twice[0])
            return None
        return words

    def _sides(
        self, section: tuple[int, str, list[tuple[int, str]]], word: str, n_agents: int
    ) -> list[_Side] | None:
        """Return the actions or observations of each agent, a line each; None after a fault."""
        place, rest, below = section
        own = rest.partition(":")[2].strip()
        lines = [*([(place, own)] if own else []), *below]
        if n_agents and len(lines) != n_agents:
            rule = f"has {len(lines)} lines of {word}s, expected one for each of {n_agents} agents"
            self.fault(place, rule)
            return None
        found = [self._listed(text.replace(",", " ").split(), word, at) for at, text in lines]
        if not n_agents or any(names is None for names in found):
            return None
        return [_Side(f"{word} of agent {i}", names or ()) for i, names in enumerate(found)]

    def _discount(self, section: tuple[int, str, list[tuple[int, str]]]) -> float:
        """Return the discount factor; 1 after a fault."""
        words = self._after(section)
        numbers = self._floats(words, section[0])
        if len(words) != 1 or (numbers and not 0 <= numbers[0] <= 1):
            self.fault(section[0], "the discount must be one number in [0, 1]", " ".join(words))
            return 1.0
        return numbers[0] if numbers else 1.0

    def _sign(self, section: tuple[int, str, list[tuple[int, str]]]) -> float:
        """Return 1 for rewards and -1 for costs."""
        words = self._after(section)
        if words not in (["reward"], ["cost"]):
            self.fault(section[0], "values must be reward or cost", " ".join(words))
        return -1.0 if words == ["cost"] else 1.0

    def _start(
        self,
        section: tuple[int, str, list[tuple[int, str]]],
        side: _Side,
        tolerance: float,
    ) -> FloatArray | None:
        """Return the chances of the first state, or None after a fault."""
        place, rest, _ = section
        how = rest.partition(":")[0].strip()
        words = self._after(section)
        size = len(side.names)
        start = np.zeros(size)
        try:
            if how in ("include", "exclude"):
                states = sorted({k for word in words for k in side.find(word)})
                chosen = states if how == "include" else sorted(set(side.all) - set(states))
                if not chosen:
                    raise ValueError("no state is left to start in")
                start[chosen] = 1 / len(chosen)
                return start
            if how:
                raise ValueError(f"start {how}: must be start, start include or start exclude")
            if words == ["uniform"]:
                return np.full(size, 1 / size)
            if len(words) == 1 and (size > 1 or words[0] in side.places):
                start[list(side.find(words[0]))] = 1.0
                return start
        except ValueError as error:
            self.fault(place, str(error))
            return None
        numbers = self._floats(words, place)
        if numbers is None:
            return None
        if len(numbers) != size:
            self.fault(place, f"start has {len(numbers)} numbers, expected {size}")
            return None
        total = math.fsum(numbers)
        if min(numbers) < 0 or not abs(total - 1) <= tolerance:
            self.fault(place, f"start sums to {total!r}, not 1, or has a negative number")
            return None
        return np.array(numbers)

    def _floats(self, words: Sequence[str], place: int) -> list[float] | None:
        """Return words as finite numbers, or None after a fault."""
        try:
            numbers = [float(word) for word in words]
            if all(map(math.isfinite, numbers)):
                return numbers
        except ValueError:
            pass
        wrong = next(word for word in words if not _is_number(word))
        self.fault(place, "must be a number", wrong)
        return None

    def _tables(
        self,
        actions: _Joint,
        states: _Side,
        seen: _Joint,
        tables: tuple[RowTable, RowTable, RewardTable],
    ) -> None:
        """Read the lines T, O and R to the end of the file."""
        moves, sights, rewards = tables
        finds = {"T": states.find, "O": seen.find}
        while self.place < len(self.lines):
            if len(self.faults) > MAX_FAULTS:
                return
            place, line = self.place, self.lines[self.place]
            self.place += 1
            fields = line.split(":")
            head = fields[0].split()
            if not head:
                if line.strip():
                    self.fault(place, "expected a line T, O or R", line[:60])
                continue
            letter = head[0]
            if letter not in _LINES or (
                len(head) > 1 and len(fields) > 1 and fields[0].strip() != letter
            ):
                known = (
                    f"section {letter} must stand before the tables" if letter in SECTIONS else ""
                )
                self.fault(place, known or "expected a line T, O or R", line.strip()[:60])
                continue
            try:
                joint = actions.find(fields[1] if len(fields) > 1 else " ".join(head[1:]))
                if letter == "R":
                    self._reward(fields, joint, states, seen, rewards, place)
                    continue
                table = moves if letter == "T" else sights
                if len(fields) == 5:
                    number = self._floats(fields[4].split() or [""], place)
                    if number is not None and len(number) != 1:
                        raise ValueError("one number must stand after the last colon")
                    if number is None:
                        continue
                    if not 0 <= number[0] <= 1 + 1e-5:
                        raise ValueError(f"a probability must be in [0, 1], not {number[0]:g}")
                    table.put(
                        joint, states.find(fields[2].strip()), finds[letter](fields[3].strip()),
                        number[0], place + 1,
                    )  # fmt: skip
                elif len(fields) <= 4:
                    self._block(letter, fields, joint, states, table, place)
                else:
                    raise ValueError(f"has {len(fields) - 1} colons, at most 4 are meant")
            except ValueError as error:
                self.fault(place, str(error))
                if letter in finds:
                    (moves if letter == "T" else sights).broken = True
                if self.place == place + 1:
                    list(self._below())  # numbers that belong to the line

    def _block(
        self,
        letter: str,
        fields: list[str],
        joint: Sequence[int],
        states: _Side,
        table: RowTable,
        place: int,
    ) -> None:
        """Read a row or a whole table of probabilities, on this line or on those below.

        Raises
        ------
        ValueError : the line breaks a rule.
        """
        rest = fields[-1].split()
        rows = states.all
        single = len(fields) == 4 or (len(fields) == 3 and "".join(rest) in states.places)
        if single:
            rows = states.find(fields[2].strip())
            rest = fields[3].split() if len(fields) == 4 else []
        elif len(fields) <= 2:
            rest = []
        words = [*rest, *(word for word in self._below())]
        if words == ["uniform"]:
            table.put_row(joint, rows, np.full(table.width, 1 / table.width), place + 1)
            return
        if words == ["identity"]:
            if letter != "T" or single:
                raise ValueError("identity is a table of states by next states")
            for state in rows:
                table.put(joint, (state,), (state,), 1.0, place + 1)
                for action in joint:
                    table.rows[action * len(rows) + state] = {state: 1.0}
            return
        count = table.width * (1 if single else len(rows))
        numbers = self._floats(words, place)
        if numbers is None:
            return
        if len(numbers) != count:
            shape = f"{table.width}" if single else f"{len(rows)} x {table.width}"
            raise ValueError(f"needs {shape} numbers, uniform or identity; found {len(numbers)}")
        given = np.array(numbers).reshape(-1, table.width)
        if (given < 0).any() or (given > 1 + 1e-5).any():
            raise ValueError("probabilities must be in [0, 1]")
        for k, state in enumerate(rows):
            table.put_row(joint, (state,), given[0 if single else k], place + 1)

    def _below(self) -> Iterator[str]:
        """Yield the words of the lines below, up to the next line with a colon."""
        while self.place < len(self.lines):
            line = self.lines[self.place]
            words = line.split()
            if ":" in line or (words and words[0] in _LINES):
                return
            self.place += 1
            yield from words

    def _reward(
        self,
        fields: list[str],
        joint: Sequence[int],
        states: _Side,
        seen: _Joint,
        table: RewardTable,
        place: int,
    ) -> None:
        """Read a line of rewards: one number, a row of observations, or a table.

        Raises
        ------
        ValueError : the line breaks a rule.
        """
        if len(fields) not in (4, 5, 6):
            raise ValueError("a line R has a joint action, a state, and 1 to 3 fields more")

        def places(find: object, text: str) -> Sequence[int] | None:
            return None if text == "*" else find(text)  # type: ignore[operator]

        actions = None if len(joint) == table_count(joint) else joint
        text = [field.strip() for field in fields]
        before = places(states.find, text[2])
        if len(fields) == 6:
            numbers = self._floats(text[5].split() or [""], place)
            if numbers is None:
                return
            if len(numbers) != 1:
                raise ValueError("one number must stand after the last colon")
            after, told = places(states.find, text[3]), places(seen.find, text[4])
            table.put(actions, before, after, told, numbers[0])
            return
        after = places(states.find, text[3]) if len(fields) == 5 else None
        words = [*text[-1].split(), *self._below()]
        numbers = self._floats(words, place)
        if numbers is None:
            return
        shape = (seen.count,) if len(fields) == 5 else (len(states.names), seen.count)
        if len(numbers) != math.prod(shape):
            expected = " x ".join(map(str, shape))
            raise ValueError(f"needs {expected} rewards, found {len(numbers)}")
        table.put(actions, before, after, None, np.array(numbers).reshape(shape))


def table_count(joint: Sequence[int]) -> int:
    """Return how many joint actions a range stands for, -1 for a list."""
    return len(joint) if isinstance(joint, range) else -1


def _is_number(word: str) -> bool:
    """Return whether a word is a finite number."""
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False
