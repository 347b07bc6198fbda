"""Reading text files without surprises: encoding, heads, whole numbers."""

from __future__ import annotations

from pathlib import Path

from eqsolve.core.errors import Fault, FormatError

__all__ = [
    "binary_form",
    "file_bytes",
    "head_of",
    "raw_text",
    "read_text",
    "whole",
    "with_plain_ends",
]

_BINARY = {
    b"PK\x03\x04": "is a workbook or archive: save the sheet as CSV, or read it with "
    "pandas.read_excel",
    b"\xd0\xcf\x11\xe0": "is an old workbook: save the sheet as CSV, or read it with "
    "pandas.read_excel",
    b"PAR1": "is a Parquet file: read it with pandas.read_parquet",
    b"SQLite format 3": "is a database: the store of a batch is shown by eqsolve results",
    b"\x1f\x8b": "is packed with gzip: unpack it first",
}
"""How files begin that are no text, and what to do with them."""


def binary_form(data: bytes) -> str:
    """Return what a file is that is no text, and what to do; empty where nothing is known.

    Examples
    --------
    >>> binary_form(b"PAR1..."), binary_form(b"who,tea")
    ('is a Parquet file: read it with pandas.read_parquet', '')
    """
    return next((what for mark, what in _BINARY.items() if data.startswith(mark)), "")


def file_bytes(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    FormatError : it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        rule = f"cannot be read: {error.strerror or error}"
        raise FormatError(str(path), Fault("", rule)) from None


def read_text(path: Path) -> str:
    """Return a UTF-8 file, without a byte-order mark and with unified line ends.

    Raises
    ------
    FormatError : the file cannot be read or is not text.
    """
    return with_plain_ends(raw_text(path).removeprefix("\ufeff"))


def raw_text(path: Path) -> str:
    """Return a UTF-8 file as it stands.

    Raises
    ------
    FormatError : the file cannot be read or is not text.
    """
    try:
        return file_bytes(path).decode("utf-8")
    except UnicodeDecodeError as error:
        rule = f"is not UTF-8 text (byte {error.start})"
        raise FormatError(str(path), Fault("", rule)) from None


def with_plain_ends(text: str) -> str:
    r"""Return a text whose lines end in a line feed alone.

    Examples
    --------
    >>> with_plain_ends("a\r\nb\rc")
    'a\nb\nc'
    """
    return text.replace("\r\n", "\n").replace("\r", "\n")


def head_of(path: Path, size: int = 4096) -> str:
    """Return the first bytes of a file as text, empty if it is no readable text file."""
    try:
        with path.open("rb") as file:
            return file.read(size).decode("utf-8-sig", errors="ignore")
    except OSError:
        return ""


def whole(text: str) -> int | None:
    """Return a text as a whole number >= 0, or None.

    Examples
    --------
    >>> whole("12"), whole("-1"), whole("1.5")
    (12, None, None)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
