"""PrefLib categorical files (``.cat``): voters sort alternatives into ordered categories.

Lines beginning with ``#`` are ``KEY: value``; every other line is ``count: group,group,...`` with
one group per category: ``{a,b,...}``, ``{}`` or a bare number. Alternatives count from 1 in the
file and from 0 here. Source: Mattei and Walsh, PrefLib (2013).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from eqsolve.core.errors import Fault, FormatError
from eqsolve.formats.text import head_of, read_text, whole

__all__ = ["CategoricalFile", "is_categorical", "read_categorical"]

_READ = ("NUMBER", "ALTERNATIVE NAME", "CATEGORY NAME", "TITLE")
_LARGEST = 10**6
"""Each voter, alternative and category takes memory."""

_GROUP = re.compile(r"\{([^{}]*)\}|(\d+)")


@dataclass(frozen=True, slots=True)
class CategoricalFile:
    """The content of a ``.cat`` file.

    Parameters
    ----------
    title : of the data set.
    alternatives : names.
    categories : names, most wanted first.
    ballots : for each line, how many voters gave it and the category of each alternative they
        listed (alternative -> category, both from 0); unlisted ones are absent.
    """

    title: str
    alternatives: tuple[str, ...]
    categories: tuple[str, ...]
    ballots: tuple[tuple[int, dict[int, int]], ...]


def is_categorical(path: Path) -> bool:
    """Return whether a file is a PrefLib file of data type ``cat``."""
    return "# DATA TYPE: cat" in head_of(path)


def read_categorical(path: Path) -> CategoricalFile:
    """Return the content of a file.

    Raises
    ------
    FormatError : a line for each fault: wrong numbers of categories, alternatives out of range or
        listed twice, and counts that do not add up to the announced number of voters.
    """
    keys: dict[str, str] = {}
    faults: list[Fault] = []
    lines = []
    for place, line in enumerate(read_text(path).split("\n"), start=1):
        if line.startswith("#"):
            key, _, value = line[1:].partition(":")
            name = key.strip()
            if name in keys and name.startswith(_READ):
                faults.append(Fault(f"line {place}", f"{name} is given twice"))
            keys[name] = value.strip()
        elif line.strip():
            lines.append((place, line))
    sizes = {key: whole(keys.get(f"NUMBER {key}", "")) for key in ("ALTERNATIVES", "CATEGORIES")}
    for key, size in sizes.items():
        if size is None or size > _LARGEST:
            faults.append(Fault(f"NUMBER {key}", f"must be a whole number up to {_LARGEST}"))
    if faults:
        raise FormatError(str(path), faults)
    m, k = sizes["ALTERNATIVES"] or 0, sizes["CATEGORIES"] or 0
    ballots = []
    for place, line in lines:
        ballot = _ballot(line, m, k)
        if isinstance(ballot, str):
            faults.append(Fault(f"line {place}", ballot, value=line[:60]))
        else:
            ballots.append(ballot)
    voters = whole(keys.get("NUMBER VOTERS", ""))
    total = sum(count for count, _ in ballots)
    if total > _LARGEST:
        faults.append(Fault("", f"holds {total} voters, at most {_LARGEST} are read"))
    elif not faults and voters is not None and total != voters:
        faults.append(Fault("NUMBER VOTERS", f"is {voters}, but the lines hold {total} voters"))
    if faults:
        raise FormatError(str(path), faults[:100])
    return CategoricalFile(
        keys.get("TITLE", ""),
        tuple(keys.get(f"ALTERNATIVE NAME {j + 1}", f"alternative {j + 1}") for j in range(m)),
        tuple(keys.get(f"CATEGORY NAME {j + 1}", f"category {j + 1}") for j in range(k)),
        tuple(ballots),
    )


def _ballot(line: str, m: int, k: int) -> tuple[int, dict[int, int]] | str:
    """Return the voters and categories of a line, or what is wrong with it."""
    count, colon, rest = line.partition(":")
    voters = whole(count.strip())
    if not colon or voters is None:
        return "must begin with the number of voters and a colon"
    groups = [match.group(1) if match.group(2) is None else match.group(2)
              for match in _GROUP.finditer(rest)]  # fmt: skip
    if re.sub(r"[\s,]", "", _GROUP.sub("", rest)):
        return "must hold groups like {1,2}, {} or 3 only"
    if len(groups) != k:
        return f"must hold one group for each of the {k} categories, found {len(groups)}"
    category: dict[int, int] = {}
    for place, group in enumerate(groups):
        for word in group.replace(",", " ").split():
            number = whole(word)
            if number is None or not 1 <= number <= m:
                return f"alternative {word!r} must be a number from 1 to {m}"
            if number - 1 in category:
                return f"alternative {number} is listed twice"
            category[number - 1] = place
    return voters, category
