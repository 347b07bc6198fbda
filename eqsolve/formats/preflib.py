"""PrefLib files: voters sort alternatives into ordered categories (``.cat``) or rank them.

Lines beginning with ``#`` are ``KEY: value``; every other line is ``count: group,group,...``:
``{a,b,...}``, ``{}`` or a bare number. Categorical files have one group per category; rankings
(``.soc``, ``.soi``, ``.toc``, ``.toi``) have as many groups as places, the best first.
Alternatives count from 1 in the file and from 0 here. Source: Mattei and Walsh, PrefLib (2013).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from eqsolve.core.digits import NumberError, read_number
from eqsolve.core.errors import Fault, FormatError, OptionError
from eqsolve.formats.text import head_of, read_text, whole

__all__ = [
    "CategoricalFile",
    "RankingFile",
    "is_categorical",
    "is_ranking",
    "read_categorical",
    "read_ranking",
    "worth_of_places",
]

_READ = ("NUMBER", "ALTERNATIVE NAME", "CATEGORY NAME", "TITLE")
_LARGEST = 10**6
"""Each voter, alternative and category takes memory."""

_RANKINGS = ("soc", "soi", "toc", "toi")
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


@dataclass(frozen=True, slots=True)
class RankingFile:
    """The content of a file of rankings.

    Parameters
    ----------
    title : of the data set.
    alternatives : names.
    ballots : for each line, how many voters gave it and the place of each alternative that they
        ranked (alternative -> place, both from 0; tied ones share a place).
    """

    title: str
    alternatives: tuple[str, ...]
    ballots: tuple[tuple[int, dict[int, int]], ...]


def is_categorical(path: Path) -> bool:
    """Return whether a file is a PrefLib file of data type ``cat``."""
    return "# DATA TYPE: cat" in head_of(path).splitlines()


def is_ranking(path: Path) -> bool:
    """Return whether a file is a PrefLib file of strict or weak orders."""
    head = head_of(path)
    return any(f"# DATA TYPE: {kind}\n" in head.replace("\r", "") for kind in _RANKINGS)


def worth_of_places(scale: str, n_places: int) -> list[int | float]:
    """Return the value of each place, the best first, by an option of a converter.

    Parameters
    ----------
    scale : numbers >= 0 with commas between, or ``"count-down"``: to 0 for the last place.

    Raises
    ------
    OptionError : other than that many numbers.

    Examples
    --------
    >>> worth_of_places("count-down", 3), worth_of_places("9, 2.5, 0", 3)
    ([2, 1, 0], [9, 2.5, 0])
    """
    if scale == "count-down":
        return [n_places - 1 - place for place in range(n_places)]
    try:
        worth = [read_number(word) for word in scale.split(",")]
    except NumberError:
        worth = []
    if len(worth) != n_places or min(worth) < 0:
        rule = f"must be {n_places} numbers >= 0 with commas between"
        raise OptionError(f"option scale = {scale!r}: {rule}")
    return worth


def read_categorical(path: Path) -> CategoricalFile:
    """Return the content of a file.

    Raises
    ------
    FormatError : a line for each fault: wrong numbers of categories, alternatives out of range or
        listed twice, and counts that do not add up to the announced number of voters.
    """
    keys, (m, k), ballots = _read(path, ("ALTERNATIVES", "CATEGORIES"))
    return CategoricalFile(
        keys.get("TITLE", ""),
        _names(keys, "ALTERNATIVE", m),
        _names(keys, "CATEGORY", k),
        ballots,
    )


def read_ranking(path: Path) -> RankingFile:
    """Return the content of a file.

    Raises
    ------
    FormatError : as `read_categorical`.
    """
    keys, (m,), ballots = _read(path, ("ALTERNATIVES",))
    return RankingFile(keys.get("TITLE", ""), _names(keys, "ALTERNATIVE", m), ballots)


def _names(keys: dict[str, str], sort: str, count: int) -> tuple[str, ...]:
    """Return the names of alternatives or categories."""
    return tuple(keys.get(f"{sort} NAME {j + 1}", f"{sort.lower()} {j + 1}") for j in range(count))


def _read(
    path: Path, sized: tuple[str, ...]
) -> tuple[dict[str, str], list[int], tuple[tuple[int, dict[int, int]], ...]]:
    """Return the keys of a file, the sizes that it has to state, and its ballots.

    Parameters
    ----------
    sized : ``ALTERNATIVES`` and, where every line has as many groups, ``CATEGORIES``.
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
    sizes = []
    for key in sized:
        size = whole(keys.get(f"NUMBER {key}", ""))
        if size is None or size > _LARGEST:
            faults.append(Fault(f"NUMBER {key}", f"must be a whole number up to {_LARGEST}"))
        sizes.append(size or 0)
    if faults:
        raise FormatError(str(path), faults)
    ballots = []
    for place, line in lines:
        ballot = _ballot(line, *sizes)
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
    return keys, sizes, tuple(ballots)


def _ballot(line: str, m: int, k: int | None = None) -> tuple[int, dict[int, int]] | str:
    """Return the voters and categories of a line, or what is wrong with it."""
    count, colon, rest = line.partition(":")
    voters = whole(count.strip())
    if not colon or voters is None:
        return "must begin with the number of voters and a colon"
    groups = [match.group(1) if match.group(2) is None else match.group(2)
              for match in _GROUP.finditer(rest)]  # fmt: skip
    if re.sub(r"[\s,]", "", _GROUP.sub("", rest)):
        return "must hold groups like {1,2}, {} or 3 only"
    if k is not None and len(groups) != k:
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
