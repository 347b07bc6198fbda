r"""Gambit ``.nfg`` files: both the payoff and the outcome form, numbers exact.

::

    NFG 1 R "title" { "player" ... }
    { 2 3 }   or   { { "strategy" ... } ... }   then optionally   "comment"
    payoff form:   payoffs of all players, profile after profile
    outcome form:  { { "name" payoffs } ... }  and the outcome of each profile, from 1 (0: zeros)

The strategy of the first player changes fastest. Commas between payoffs are optional. A number
is an integer, a decimal or a fraction; ``\"`` in a text is a quotation mark. ``R`` and ``D`` mean
the same here. What follows the last number but blanks is an error, and so is anything missing.

Title, comment and names become ``name``, ``metadata["comment"]`` and ``labels``; names that are
all empty become no labels. Names of outcomes are not kept.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, NoReturn

import numpy as np

from eqsolve.core.digits import keeps_digits
from eqsolve.core.errors import Fault, FormatError, InstanceError
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.families.normal_form_game.instance import MAX_PLAYERS, NormalFormGame, strategies_of

__all__ = ["read_nfg", "write_nfg"]

_TOKEN = re.compile(
    r"""(?P<blank>[\s,]+)
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<brace>[{}])
      | (?P<word>[^\s,{}"]+)
      | (?P<open>")""",
    re.VERBOSE | re.DOTALL,
)
_WHOLE = re.compile(r"[+-]?\d{1,400}\Z", re.ASCII)
_FRACTION = re.compile(r"[+-]?\d{1,400}/\d{1,400}\Z", re.ASCII)
_DECIMAL = re.compile(
    r"[+-]?(\d{1,400}\.?\d{0,400}|\.\d{1,400})(e[+-]?\d{1,3})?\Z", re.I | re.ASCII
)
_MAX_PROFILES = 10**8
_BOTH = "neither whole numbers over one denominator of 64 bits nor floats hold them all"


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of the file (text, brace, word or end) and where it starts."""

    kind: str
    value: str
    line: int
    column: int

    @property
    def shown(self) -> str:
        """How messages call it."""
        return "the end of the file" if self.kind == "end" else repr(self.value)


def read_nfg(text: str, source: str = "nfg text") -> NormalFormGame:
    """Return the game of a Gambit ``.nfg`` file.

    Parameters
    ----------
    text : content of the file.
    source : how messages call it.

    Raises
    ------
    FormatError : names line and column, what was found and what was expected.

    Notes
    -----
    Nothing is rounded. Payoffs are exact wherever numerators and the common denominator fit 64
    bits; elsewhere they are held as floats if these give back every digit of the file, and refused
    with line and column if not. Source of the format: the Gambit documentation.

    Examples
    --------
    >>> game = read_nfg('NFG 1 R "half" { "A" "B" } { 2 1 } 1 5/2 0.5 -1')
    >>> game.payoff((1, 0), 0), game.payoff((0, 0), 1), game.denominator
    (Fraction(1, 2), Fraction(5, 2), 2)
    """
    reader = _Reader(text, source)
    reader.keyword("the file must begin with NFG", "NFG")
    reader.keyword("only version 1 of the format exists", "1")
    reader.keyword("the kind of numbers must be R or D", "R", "D")
    title = reader.text("the title in quotation marks")
    players = reader.texts("the names of the players in braces")
    if not players:
        reader.fail(reader.token, "a game needs at least one player")
    if len(players) > MAX_PLAYERS:
        reader.fail(reader.token, f"at most {MAX_PLAYERS} players fit, {len(players)} are named")
    sizes, strategies = reader.strategies(len(players))
    comment = reader.next().value if reader.token.kind == "text" else ""
    labels = {"players": players} if any(players) else {}
    for player, names in enumerate(strategies):
        if any(names):
            labels[strategies_of(player)] = names
    # The profiles come with the first player fastest: as if the axes were reversed.
    numbers = reader.outcomes(sizes) if reader.opens() else reader.payoffs(sizes)
    reader.end()
    common = {
        "name": title,
        "labels": labels,
        "metadata": {"comment": comment} if comment else {},
    }
    try:
        return _game(numbers, sizes, common, source)
    except InstanceError as error:
        raise FormatError(source, error.faults) from None


def write_nfg(game: NormalFormGame, *, outcomes: bool = False) -> str:
    """Return a game as a Gambit ``.nfg`` file; `read_nfg` gives back an equal game.

    Parameters
    ----------
    game : any game; exact payoffs are written as whole numbers and fractions, float64 payoffs as
        decimals that read back to the same floats.
    outcomes : write the outcome form, in which equal payoff vectors are written once.

    Examples
    --------
    >>> print(write_nfg(NormalFormGame([[[1], [2.5]]][0], name="one player")), end="")
    NFG 1 R "one player" { "" }
    { 2 }
    <BLANKLINE>
    1 5/2
    """
    n = game.n_players
    players = game.labels.get("players", ("",) * n)
    lines = [f"NFG 1 R {_quoted(game.name)} {_braced(players)}"]
    named = [game.labels.get(strategies_of(player)) for player in range(n)]
    if any(named):
        rows = [_braced(names or ("",) * game.n_strategies[i]) for i, names in enumerate(named)]
        lines.append("{ " + "\n  ".join(rows) + "\n}")
    else:
        lines.append("{ " + " ".join(map(str, game.n_strategies)) + " }")
    comment = game.metadata.get("comment")
    lines.append(_quoted(comment) if isinstance(comment, str) and comment else "")
    order = tuple(reversed(range(n)))
    profiles = np.transpose(game.payoffs, (*order, n)).reshape(-1, n)
    if outcomes:
        kinds, which = np.unique(profiles, axis=0, return_inverse=True)
        listed = [f'{{ "" {_numbers(row, game.denominator, ", ")} }}' for row in kinds.tolist()]
        lines += ["{", *listed, "}", " ".join(str(int(k) + 1) for k in which.ravel())]
    else:
        lines += [_numbers(row, game.denominator, " ") for row in profiles.tolist()]
    return "\n".join(lines) + "\n"


class _Number(NamedTuple):
    """A payoff: as it stands in the file, exactly, and where."""

    text: str
    value: Fraction
    place: str


def _game(
    numbers: list[_Number], sizes: list[int], common: Mapping[str, Any], source: str
) -> NormalFormGame:
    """Return the game with numbers in the order of the file.

    Exactly where numerators and the common denominator fit 64 bits; else as floats, if these give
    back all that stands in the file.
    """
    n = len(sizes)
    places = np.arange(len(numbers)).reshape(*reversed(sizes), n)
    order = np.transpose(places, (*reversed(range(n)), n)).ravel().tolist()
    shape = (*sizes, n)
    divisor = 1
    for denominator in {number.value.denominator for number in numbers}:
        divisor = math.lcm(divisor, denominator)
        if divisor >= 2**63:
            break
    if divisor < 2**63 and all(abs(number.value) * divisor < 2**63 for number in numbers):
        return NormalFormGame.from_fractions(shape, (numbers[k].value for k in order), **common)
    faults = [
        Fault(number.place, f"{number.text} cannot be held beside the other payoffs: {_BOTH}")
        for number in dict.fromkeys(numbers)
        if not _is_float(number)
    ]
    if faults:
        raise FormatError(source, faults[:MAX_FAULTS])
    # Decimals: the class knows which floats are short decimals, and keeps these exact.
    floats = np.array([float(numbers[k].value) for k in order]).reshape(shape)
    return NormalFormGame(floats, **common)


def _is_float(number: _Number) -> bool:
    """Return whether a float gives back what stands in the file."""
    if _WHOLE.match(number.text) or "/" in number.text:
        return Fraction(float(number.value)) == number.value
    return keeps_digits(number.text)


def _quoted(text: str) -> str:
    """Return a text in quotation marks."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _braced(names: tuple[str, ...]) -> str:
    """Return names in braces."""
    return "{ " + " ".join(map(_quoted, names)) + " }"


def _numbers(row: list[int | float], denominator: int, between: str) -> str:
    """Return the payoffs at one profile as text."""
    return between.join(
        repr(entry) if isinstance(entry, float) else str(Fraction(entry, denominator))
        for entry in row
    )


class _Reader:
    """The tokens of a file, read one after the other; `token` is the next one."""

    def __init__(self, text: str, source: str) -> None:
        self.source = source
        self._tokens = self._scan(text.removeprefix("\ufeff"))
        self.token = next(self._tokens)

    def _scan(self, text: str) -> Iterator[_Token]:
        """Yield the tokens, and at last the end."""
        line, start, position = 1, 0, 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:  # every character fits some group
                raise AssertionError(text[position])
            kind, value = match.lastgroup, match.group()
            token = _Token(kind, value, line, position - start + 1)
            if kind == "open":
                self.fail(token, "this quotation mark is never closed")
            if kind == "text":
                unquoted = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL)
                yield _Token("text", unquoted, token.line, token.column)
            elif kind != "blank":
                yield token
            position += len(value)
            breaks = value.count("\n")
            if breaks:
                line += breaks
                start = position - len(value) + value.rindex("\n") + 1
        yield _Token("end", "", line, position - start + 1)

    def fail(self, token: _Token, rule: str) -> NoReturn:
        """Raise with the place of a token."""
        place = f"line {token.line}, column {token.column}"
        raise FormatError(self.source, Fault(place, rule))

    def next(self) -> _Token:
        """Return the next token and step past it."""
        token = self.token
        if token.kind != "end":
            self.token = next(self._tokens)
        return token

    def opens(self) -> bool:
        """Return whether the next token is an opening brace."""
        return self.token.kind == "brace" and self.token.value == "{"

    def expect(self, kind: str, value: str | None, what: str) -> _Token:
        """Step past a token of a kind (and value), or fail."""
        token = self.token
        if token.kind != kind or (value is not None and token.value != value):
            self.fail(token, f"expected {what}, found {token.shown}")
        return self.next()

    def keyword(self, rule: str, *valid: str) -> None:
        """Step past one of the valid words."""
        token = self.token
        if token.kind != "word" or token.value not in valid:
            self.fail(token, f"{rule}, found {token.shown}")
        self.next()

    def text(self, what: str) -> str:
        """Return a text in quotation marks."""
        return self.expect("text", None, what).value

    def texts(self, what: str) -> list[str]:
        """Return texts in braces."""
        self.expect("brace", "{", what)
        found = []
        while self.token.kind == "text":
            found.append(self.next().value)
        self.expect("brace", "}", "another name in quotation marks or a closing brace")
        return found

    def strategies(self, n_players: int) -> tuple[list[int], list[list[str]]]:
        """Return how many strategies each player has, and their names unless only counted."""
        opening = self.expect("brace", "{", "the strategies in braces")
        sizes: list[int] = []
        names: list[list[str]] = []
        while self.token.kind == "word" or self.opens():
            token = self.token
            if token.kind == "word" and not names:
                sizes.append(self.whole("a number of strategies", self.next()))
            elif token.kind == "brace" and len(names) == len(sizes):
                names.append(self.texts("the names of a player's strategies"))
                sizes.append(len(names[-1]))
            else:
                self.fail(token, "give either numbers of strategies or names, not both")
            if sizes[-1] < 1:
                self.fail(token, "every player needs at least one strategy")
        self.expect("brace", "}", "the strategies of another player or a closing brace")
        if len(sizes) != n_players:
            rule = f"strategies are given for {len(sizes)} players, but {n_players} are named"
            self.fail(opening, rule)
        if math.prod(sizes) > _MAX_PROFILES:
            self.fail(opening, f"more than {_MAX_PROFILES} profiles are not read from text")
        return sizes, names

    def whole(self, what: str, token: _Token) -> int:
        """Return a token as a whole number >= 0 that is not absurdly long."""
        if not re.fullmatch(r"\d{1,18}", token.value, re.ASCII):
            self.fail(token, f"expected {what}, found {token.shown}")
        return int(token.value)

    def number(self) -> _Number:
        """Return the next number, as text and exactly."""
        token = self.expect("word", None, "a number")
        text = token.value
        if not (_WHOLE.match(text) or _FRACTION.match(text) or _DECIMAL.match(text)):
            self.fail(token, f"{text!r} is no number (integer, decimal or fraction such as 5/2)")
        if "/" in text and not int(text.partition("/")[2]):
            self.fail(token, f"{text!r} divides by zero")
        value = Fraction(text)
        if abs(value) >= Fraction(10) ** 308:
            self.fail(token, f"{text!r} is too large for a payoff")
        return _Number(text, value, f"line {token.line}, column {token.column}")

    def payoffs(self, sizes: list[int]) -> list[_Number]:
        """Return the numbers of the payoff form."""
        total = math.prod(sizes) * len(sizes)
        found: list[_Number] = []
        while self.token.kind == "word" and len(found) < total:
            found.append(self.number())
        if len(found) < total:
            rule = f"expected {total} payoffs, found {len(found)} before {self.token.shown}"
            self.fail(self.token, rule)
        return found

    def outcomes(self, sizes: list[int]) -> list[_Number]:
        """Return the numbers of the outcome form, spread over the profiles."""
        n = len(sizes)
        self.expect("brace", "{", "the outcomes in braces")
        listed = [[_Number("0", Fraction(0), "outcome 0")] * n]
        while self.opens():
            opening = self.next()
            self.text("the name of the outcome in quotation marks")
            row = []
            while self.token.kind == "word":
                row.append(self.number())
            self.expect("brace", "}", "another payoff or a closing brace")
            if len(row) != n:
                self.fail(opening, f"an outcome needs {n} payoffs, this one has {len(row)}")
            listed.append(row)
        self.expect("brace", "}", "another outcome or a closing brace")
        total = math.prod(sizes)
        found: list[_Number] = []
        for count in range(total):
            if self.token.kind != "word":
                rule = f"expected an outcome for each of {total} profiles, found {count} before "
                self.fail(self.token, rule + self.token.shown)
            token = self.next()
            which = self.whole("the number of an outcome", token)
            if which >= len(listed):
                self.fail(token, f"outcome {which} does not exist: there are {len(listed) - 1}")
            found += listed[which]
        return found

    def end(self) -> None:
        """Fail unless the file is at its end."""
        if self.token.kind != "end":
            self.fail(self.token, f"expected the end of the file, found {self.token.shown}")
