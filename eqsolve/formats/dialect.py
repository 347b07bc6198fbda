"""How a CSV file is written: encoding, separator, quotes and decimals, guessed and said.

The guess is that of a spreadsheet, with one difference: where two readings are left (``1,234`` may
be a little more than one, or a thousand), nothing is guessed.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass

from eqsolve.core.errors import Fault, FormatError, OptionError
from eqsolve.formats.text import binary_form, with_plain_ends

__all__ = [
    "CURRENCIES", "MISSING", "Dialect", "cells_of", "decimal_of", "decoded", "dialect_of",
    "plain_digits", "without_percent",
]  # fmt: skip

SEPARATORS = {";": "semicolon", "\t": "tab", ",": "comma", "|": "bar"}
WORDS = {word: mark for mark, word in SEPARATORS.items()}
QUOTES = ('"', "'")
_MINUS = re.compile("^\u2212(?=[\\d.,])")
"""The typographic minus before a number, which some spreadsheets write."""
MISSING = frozenset({"", "-", "\u2013", "\u2014", "na", "n/a", "#n/a", "nan", "null", "none"})
"""Cells that hold nothing, in lower case."""

CURRENCIES = "\u20ac$\u00a3\u00a5\u20b9"
"""Signs that may stand before or behind an amount, as these words may."""
_CODES = ("AUD", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HUF", "INR", "JPY", "NOK", "NZD",
          "PLN", "SEK", "USD", "K\u010d", "kr", "z\u0142")  # fmt: skip

_LINES = 200
_NUMBER = r"[+-]?\d[\d.,'\u2019 \u00a0\u202f]*"
_SIGN = rf"(?:[{CURRENCIES}]|{'|'.join(_CODES)})"
_MONEY = re.compile(
    rf"(?P<minus>-?)(?P<before>{_SIGN})\s*(?P<one>{_NUMBER})"
    rf"|(?P<two>{_NUMBER}?)\s*(?P<behind>{_SIGN})"
)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?:[ \u00a0\u202f'\u2019]\d{3})+|(?:\.\d{3})+|(?:,\d{3})+)")
_COMMA = re.compile(r"[+-]?\d*,\d+(?:[eE][+-]?\d+)?|[+-]?\d+,")
_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?|[+-]?\d+\.")
_COMMA_LAST = re.compile(r"[+-]?\d{1,3}(?:[. \u00a0\u202f'\u2019]\d{3})+,\d+")
_POINT_LAST = re.compile(r"[+-]?\d{1,3}(?:[, \u00a0\u202f'\u2019]\d{3})+\.\d+")
_THREE = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_MANY_POINTS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3}){2,}")
_MANY_COMMAS = re.compile(r"[+-]?\d{1,3}(?:,\d{3}){2,}")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written.

    Parameters
    ----------
    encoding : as Python calls it.
    separator : between cells.
    quote : around cells that hold a separator.
    decimal : ``"."`` or ``","``.
    """

    encoding: str
    separator: str
    quote: str
    decimal: str

    def __str__(self) -> str:
        word = SEPARATORS.get(self.separator, repr(self.separator))
        point = "comma" if self.decimal == "," else "point"
        quote = "" if self.quote == '"' else ", single quotes"
        return f"encoding {self.encoding}, separator {word}, decimal {point}{quote}"


def decoded(data: bytes, source: str, encoding: str | None = None) -> tuple[str, str]:
    r"""Return the text of a file and its encoding.

    Without `encoding`: what a byte-order mark says, else UTF-8, else Windows-1252.

    Raises
    ------
    FormatError : the bytes are no text in the encoding.
    OptionError : there is no such encoding.

    Examples
    --------
    >>> decoded("Zoë".encode("cp1252"), "a.csv"), decoded("Zoë".encode("utf-16"), "a.csv")
    (('Zoë', 'cp1252'), ('Zoë', 'utf-16'))
    """
    if form := binary_form(data):
        raise FormatError(source, Fault("", form))
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    found = next((name for mark, name in marks.items() if data.startswith(mark)), None)
    tried = [encoding] if encoding else [found] if found else ["utf-8", "cp1252"]
    for name in tried:
        try:
            text = data.decode(name)
        except LookupError:
            raise OptionError(f"option encoding = {name!r}: there is no such encoding") from None
        except UnicodeDecodeError as error:
            where = f"byte {error.start}"
        else:
            held = with_plain_ends(text.removeprefix("\ufeff"))
            bad = held.find("\0")
            if bad < 0:
                return held, {"utf-8-sig": "utf-8"}.get(name, name)
            line = held.count("\n", 0, bad) + 1
            rule = f"holds a zero byte: no text in {name}, or the encoding is another"
            raise FormatError(source, Fault(f"line {line}", rule))
    rule = f"is no text in {' or '.join(tried)} ({where}); say encoding=NAME"
    raise FormatError(source, Fault("", rule))


def dialect_of(
    text: str,
    source: str,
    encoding: str,
    *,
    separator: str | None = None,
    quote: str | None = None,
    decimal: str | None = None,
) -> tuple[Dialect, str]:
    r"""Return how a text is written, and the text without a first line ``sep=;``.

    Parameters
    ----------
    text : of the file, with line feeds.
    separator, quote, decimal : what the user says, None for a guess; a separator is a character or
        one of semicolon, tab, comma, bar.

    Raises
    ------
    OptionError : a setting that cannot be.
    FormatError : numbers that read two ways.

    Examples
    --------
    >>> dialect, _ = dialect_of("who;tea;rice\nann;1,5;2\n", "a.csv", "utf-8")
    >>> print(dialect)
    encoding utf-8, separator semicolon, decimal comma
    """
    first, feed, rest = text.partition("\n")
    told = re.fullmatch(r"sep=(.)", first.strip("\ufeff"))
    if told:
        text = "\n" + rest if feed else ""  # lines keep their numbers
        separator = separator or told[1]
    mark = None if separator is None else WORDS.get(separator, separator).replace("\\t", "\t")
    if mark is not None and (len(mark) != 1 or mark in "\n\r.\"'" or mark.isalnum()):
        names = ", ".join(WORDS)
        raise OptionError(f"option separator = {separator!r}: must be one character, or {names}")
    if quote is not None and quote not in QUOTES:
        raise OptionError(f"option quote = {quote!r}: must be \" or '")
    if decimal not in (None, ".", ",", "point", "comma"):
        raise OptionError(f"option decimal = {decimal!r}: must be point or comma")
    around = quote or _quote(text)
    mark = mark or _separator(text, around)
    point = {"point": ".", "comma": ","}.get(decimal or "", decimal)
    if point is None:
        point = decimal_of(cells_of(text, source, mark, around), source, mark)
    return Dialect(encoding, mark, around, point), text


def cells_of(
    text: str, source: str, separator: str, quote: str, currencies: set[str] | None = None
) -> list[tuple[int, list[str]]]:
    """Return the rows that hold anything, each with the number of its first line.

    Amounts of money lose their signs, which are added to `currencies`; a typographic minus
    before a number becomes a hyphen.

    Raises
    ------
    FormatError : a quote that is never closed.
    """
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=separator, quotechar=quote, strict=True,
        skipinitialspace=separator != "\t",
    )  # fmt: skip
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for row in reader:
            cells = [_amount(_MINUS.sub("-", cell.strip()), currencies) for cell in row]
            if any(cells):
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        rule = f"the quotes of the row that begins here do not match ({error})"
        raise FormatError(source, Fault(f"line {line}", rule)) from None
    return rows


def _amount(cell: str, currencies: set[str] | None) -> str:
    r"""Return an amount of money without its sign, anything else as it is.

    Examples
    --------
    >>> _amount("5,50 \u20ac", None), _amount("-$7", None), _amount("U$ shop", None)
    ('5,50', '-7', 'U$ shop')
    >>> _amount("CHF 1'200", None), _amount("7 EUR", None)
    ("1'200", '7')
    """
    if not cell or (cell[0].isdigit() and cell[-1].isdigit()):
        return cell
    found = _MONEY.fullmatch(cell)
    if found is None:
        return cell
    if currencies is not None:
        currencies.add(found["before"] or found["behind"])
    return (found["minus"] or "") + (found["one"] or found["two"])


def decimal_of(rows: list[tuple[int, list[str]]], source: str, separator: str) -> str:
    """Return the mark before decimals that all numbers agree with.

    Raises
    ------
    FormatError : numbers contradict each other, or could be decimals and thousands alike.
    """

    def refusal(cell: str, rule: str) -> FormatError:
        """Return a fault at the first place of a cell."""
        place = next(
            f"line {line}, column {row.index(word) + 1}"
            for line, row in rows
            for word in row
            if without_percent(word) == cell
        )
        return FormatError(source, Fault(place, f"{cell} {rule}"))

    cells = [without_percent(cell) for _, row in rows for cell in row]
    commas = [c for c in cells if "," in c and (_COMMA.fullmatch(c) or _COMMA_LAST.fullmatch(c))]
    points = [c for c in cells if "." in c and (_POINT.fullmatch(c) or _POINT_LAST.fullmatch(c))]
    commas = [c for c in commas if c not in set(points)]
    sure_comma = [c for c in commas if not _THREE.fullmatch(c)]
    sure_point = [c for c in points if not _THREE.fullmatch(c)]
    sure_comma += [c for c in cells if _MANY_POINTS.fullmatch(c)]
    sure_point += [c for c in cells if _MANY_COMMAS.fullmatch(c)]
    if sure_comma and sure_point:
        rule = f"has a decimal comma and {sure_point[0]} a decimal point"
        raise refusal(sure_comma[0], f"{rule}; say decimal=comma or decimal=point")
    if sure_comma or (commas and not points and _several(commas)):
        return ","
    if commas and not sure_point:
        rule = "may be a decimal or a thousand; say decimal=comma or decimal=point"
        raise refusal(commas[0], rule)
    if sure_point or not points or separator == ",":
        return "."
    grouped = [c for c in points if _GROUPED.fullmatch(c)]
    if grouped and len(grouped) == len(points) and separator == ";":
        rule = "may be a decimal or a thousand; say decimal=point or decimal=comma"
        raise refusal(points[0], rule)
    return "."


def without_percent(cell: str) -> str:
    """Return a number without a percent sign behind it."""
    return cell[:-1].rstrip() if cell.endswith("%") else cell


def _several(cells: list[str]) -> bool:
    """Return whether numbers with a comma cannot be thousands."""
    return any(not _GROUPED.fullmatch(cell) for cell in cells)


def plain_digits(cell: str, decimal: str) -> str:
    r"""Return a number without marks between thousands, and with a decimal point.

    Examples
    --------
    >>> plain_digits("1.234,5", ","), plain_digits("1 234", "."), plain_digits("1,234.5", ".")
    ('1234.5', '1234', '1234.5')
    """
    marks = " \u00a0\u202f'\u2019" + (",." if decimal == "." else ".,").replace(decimal, "")
    head, mark, tail = cell.partition(decimal)
    if re.fullmatch(rf"[+-]?\d{{1,3}}(?:([{re.escape(marks)}])\d{{3}}(?:\1\d{{3}})*)?", head):
        head = re.sub(f"[{re.escape(marks)}]", "", head)
    return head + ("." if mark else "") + tail


def _quote(text: str) -> str:
    """Return the mark around cells: the double quote, unless only single ones stand around."""
    sample = "\n".join(text.split("\n")[:_LINES])
    if '"' in sample:
        return '"'
    single = len(re.findall(r"(?:^|[;,\t|])'[^'\n]*'(?=[;,\t|]|$)", sample, re.MULTILINE))
    return "'" if single > 1 else '"'


def _separator(text: str, quote: str) -> str:
    """Return the separator that makes a table: rows of one width, cells that are numbers."""
    sample = "\n".join(text.split("\n")[:_LINES])
    best, chosen = (0.0, False, 0.0, 0), ","
    for mark in SEPARATORS:
        try:
            rows = [row for _, row in cells_of(sample, "", mark, quote)]
        except FormatError:
            continue
        widths = Counter(map(len, rows))
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        if width < 2:
            continue
        body = [cell for row in rows[1:] for cell in row[1:]]
        good = sum(_is_number(cell) for cell in body) / max(1, len(body))
        score = (round(count / len(rows), 3), all(rows[0][1:]), round(good, 3), width)
        if score > best:
            best, chosen = score, mark
    return chosen


def _is_number(cell: str) -> bool:
    """Return whether a cell holds a number in some dialect, or nothing."""
    cell = without_percent(cell)
    if cell.lower() in MISSING:
        return True
    forms = (_COMMA, _POINT, _COMMA_LAST, _POINT_LAST, _GROUPED)
    plain = re.fullmatch(r"[+-]?\d+(?:[eE][+-]?\d+)?", cell)
    return bool(plain) or any(form.fullmatch(cell) for form in forms)
