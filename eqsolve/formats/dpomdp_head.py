"""The seven sections with which ``.dpomdp`` files begin, each once, in any order."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import Fault, nearest_name
from eqsolve.formats.dpomdp_words import Joint, Lines, Side, floats, is_count

__all__ = ["SECTIONS", "TABLES", "Head", "read_head"]

SECTIONS = ("agents", "discount", "values", "states", "start", "actions", "observations")
TABLES = ("T", "O", "R")
_MOST = 10**7
"""Joint actions times states, and joint observations at most."""
_MEMBERS = 10**6
"""States at most, and actions and observations of an agent."""


@dataclass(frozen=True, slots=True)
class _Section:
    """A section: its line, words between its name and the colon, and what follows by line."""

    place: int
    how: str
    below: list[tuple[int, str]]

    def words(self) -> list[str]:
        """Return all words, commas being blanks."""
        return " ".join(line for _, line in self.below).replace(",", " ").split()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the sections say.

    Parameters
    ----------
    agents : names.
    states, actions, seen : the sides; joint actions and observations.
    named : sides that were given by names, as labels call them.
    start : shape (S,), None after a fault.
    discount : factor.
    sign : 1 for rewards, -1 for costs.
    """

    agents: tuple[str, ...]
    states: Side
    actions: Joint
    seen: Joint
    named: frozenset[str]
    start: FloatArray | None
    discount: float
    sign: float


def read_head(lines: Lines, tolerance: float) -> Head | None:
    """Return what stands before the tables, or None where no table could be read after faults."""
    sections = _sections(lines)
    missing = [name for name in SECTIONS if name not in sections]
    lines.faults += [Fault(name, "this section is missing") for name in missing]
    if missing:
        return None
    agents = _names(lines, sections["agents"].words(), "agent", sections["agents"].place)
    states = _names(lines, sections["states"].words(), "state", sections["states"].place)
    sides = [
        _sides(lines, sections[f"{word}s"], word, len(agents or ()))
        for word in ("action", "observation")
    ]
    discount = _discount(lines, sections["discount"])
    sign = _sign(lines, sections["values"])
    if agents is None or states is None or sides[0] is None or sides[1] is None:
        return None
    side = Side("state", states)
    start = _start(lines, sections["start"], side, tolerance)
    actions, seen = Joint("action", sides[0]), Joint("observation", sides[1])
    if max(actions.count * len(states), seen.count) > _MOST:
        rule = f"{actions.count} joint actions, {len(states)} states, {seen.count} joint "
        lines.faults.append(Fault("states", f"{rule}observations: too many to be read"))
        return None
    named = {name for name in ("agents", "states") if not is_count(sections[name].words())}
    for word, own in (("actions", sides[0]), ("observations", sides[1])):
        named |= {f"{word} of agent {i}" for i, it in enumerate(own) if it.names[0] != "0"}
    return Head(
        agents=tuple(agents), states=side, actions=actions, seen=seen, named=frozenset(named),
        start=start, discount=discount, sign=sign,
    )  # fmt: skip


def _sections(lines: Lines) -> dict[str, _Section]:
    """Return the sections before the first line of a table."""
    found: dict[str, _Section] = {}
    latest: _Section | None = None
    while lines.place < len(lines.lines):
        line = lines.lines[lines.place].strip()
        head, colon, rest = line.partition(":")
        words = head.split()
        word = words[0] if words else ""
        if word in TABLES and (colon or len(words) > 1):
            break
        if colon and word in SECTIONS and (len(words) == 1 or word == "start"):
            if word in found:
                lines.fault(lines.place, f"section {word} is given twice")
            below = [(lines.place, rest.strip())] if rest.strip() else []
            latest = found[word] = _Section(lines.place, " ".join(words[1:]), below)
        elif line and colon:
            rule = f"unknown section; {nearest_name(word, SECTIONS)}"
            lines.fault(lines.place, rule, line[:60])
        elif line and latest is None:
            lines.fault(lines.place, "expected a section such as agents:", line[:60])
        elif line and latest is not None:
            latest.below.append((lines.place, line))
        lines.place += 1
    return found


def _names(lines: Lines, words: list[str], word: str, place: int) -> list[str] | None:
    """Return the names that words give, numbers where they only count, or None after a fault."""
    if is_count(words):
        count = int(words[0])
        if not 1 <= count <= _MEMBERS:
            lines.fault(place, f"must be a number of {word}s from 1 to {_MEMBERS}", words[0])
            return None
        return [str(k) for k in range(count)]
    if not words:
        lines.fault(place, f"needs the number of {word}s, or their names")
        return None
    wrong = [name for name in words if not name[0].isalpha() and name[0] != "_"]
    if wrong:
        lines.fault(place, f"names of {word}s begin with a letter", wrong[0])
        return None
    if len(set(words)) < len(words):
        twice = next(name for k, name in enumerate(words) if name in words[:k])
        lines.fault(place, f"two {word}s have one name", twice)
        return None
    return words


def _sides(lines: Lines, section: _Section, word: str, n_agents: int) -> list[Side] | None:
    """Return the actions or observations of each agent, a line each; None after a fault."""
    if not n_agents:
        return None
    if len(section.below) != n_agents:
        rule = f"has {len(section.below)} lines of {word}s, expected one for each of {n_agents}"
        lines.fault(section.place, f"{rule} agents")
        return None
    found = [
        _names(lines, text.replace(",", " ").split(), word, place) for place, text in section.below
    ]
    sides = [
        Side(f"{word} of agent {i}", names) for i, names in enumerate(found) if names is not None
    ]
    return sides if len(sides) == n_agents else None


def _discount(lines: Lines, section: _Section) -> float:
    """Return the discount factor; 1 after a fault."""
    words = section.words()
    try:
        (number,) = floats(words)
        if 0 <= number <= 1:
            return number
    except ValueError:
        pass
    lines.fault(section.place, "the discount must be one number in [0, 1]", " ".join(words))
    return 1.0


def _sign(lines: Lines, section: _Section) -> float:
    """Return 1 for rewards and -1 for costs."""
    words = section.words()
    if words not in (["reward"], ["cost"]):
        lines.fault(section.place, "values must be reward or cost", " ".join(words))
    return -1.0 if words == ["cost"] else 1.0


def _start(lines: Lines, section: _Section, side: Side, tolerance: float) -> FloatArray | None:
    """Return the chances of the first state, or None after a fault."""
    words = section.words()
    size = len(side.names)
    start = np.zeros(size)
    try:
        if section.how in ("include", "exclude"):
            states = {k for word in words for k in side.find(word)}
            chosen = sorted(states if section.how == "include" else set(side.all) - states)
            if not chosen:
                raise ValueError("no state is left to start in")
            start[chosen] = 1 / len(chosen)
            return start
        if section.how:
            raise ValueError(f"start {section.how}: must be start, start include or start exclude")
        if words == ["uniform"]:
            return np.full(size, 1 / size)
        if len(words) == 1 and (size > 1 or words[0] in side.places):
            states = set(side.find(words[0]))
            start[sorted(states)] = 1 / len(states)
            return start
        numbers = floats(words)
        total = math.fsum(numbers)
        if len(numbers) != size:
            raise ValueError(f"start has {len(numbers)} numbers, expected {size}")
        if min(numbers) < 0:
            raise ValueError(f"start has a negative number, {min(numbers):g}")
        if not abs(total - 1) <= tolerance:
            raise ValueError(f"start sums to {total!r}, not 1")
    except ValueError as error:
        lines.fault(section.place, str(error))
        return None
    return np.array(numbers)
