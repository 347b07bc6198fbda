"""Words of ``.dpomdp`` files: lines with their numbers, and what names, numbers and ``*`` mean."""

from __future__ import annotations

import math
from collections.abc import Sequence

from eqsolve.core.errors import Fault, nearest_name

__all__ = ["Joint", "Lines", "Side", "floats", "is_count"]


class Lines:
    """The lines of a file, comments left out, and the faults found in them.

    Attributes
    ----------
    place : number of the next line, from 0; messages count from 1.
    """

    def __init__(self, text: str, faults: list[Fault]) -> None:
        self.lines = [
            line.partition("#")[0].strip() if "#" in line else line for line in text.split("\n")
        ]
        self.faults = faults
        self.place = 0

    def fault(self, place: int, rule: str, value: str | None = None) -> None:
        """Add a fault of a line."""
        self.faults.append(Fault(f"line {place + 1}", rule, value=value))


class Side:
    """Names or numbers of one side, and the places that words stand for.

    Parameters
    ----------
    word : what a member is called in messages.
    names : of all members; their numbers where the file only counts them.
    """

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

        Examples
        --------
        >>> Side("state", ["left", "right"]).find("right")
        (1,)
        """
        found = self.places.get(word)
        if found is None:
            hint = (
                f"0 to {len(self.names) - 1}" if _digits(word) else nearest_name(word, self.names)
            )
            raise ValueError(f"unknown {self.word} {word!r}; {hint}")
        return found


class Joint:
    """Joint actions or observations: one number, one ``*``, or a word for each agent."""

    def __init__(self, word: str, sides: Sequence[Side]) -> None:
        self.word, self.sides = word, sides
        self.count = math.prod(len(side.names) for side in sides)
        self.all = range(self.count)
        self._known: dict[str, Sequence[int]] = {}

    def find(self, text: str) -> Sequence[int]:
        """Return the numbers that a text stands for.

        Raises
        ------
        ValueError : there are none.

        Examples
        --------
        >>> joint = Joint("action", [Side("action", ["go", "stay"])] * 2)
        >>> list(joint.find("* stay")), list(joint.find("2"))
        ([1, 3], [2])
        """
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._find(text.split())
        return found

    def _find(self, words: list[str]) -> Sequence[int]:
        if len(words) == 1 and len(self.sides) > 1:
            if words[0] == "*":
                return self.all
            number = int(words[0]) if _digits(words[0]) else -1
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


def is_count(words: Sequence[str]) -> bool:
    """Return whether words only say how many there are."""
    return len(words) == 1 and _digits(words[0])


def floats(words: Sequence[str]) -> list[float]:
    """Return words as finite numbers.

    Raises
    ------
    ValueError : names the first that is none.
    """
    try:
        numbers = [float(word) for word in words]
        if all(map(math.isfinite, numbers)):
            return numbers
    except ValueError:
        pass
    raise ValueError(f"{next(word for word in words if not _is_number(word))!r} is no number")


def _digits(word: str) -> bool:
    """Return whether a word is a whole number that is not absurdly long."""
    return word.isascii() and word.isdigit() and len(word) < 20


def _is_number(word: str) -> bool:
    """Return whether a word is a finite number."""
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False
