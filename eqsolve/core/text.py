"""Text from anywhere, made fit for a terminal, a page or a table: shown, never executed."""

from __future__ import annotations

import re
from html import escape

__all__ = ["as_html", "counted", "visible"]

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
r"""Control characters, which move the cursor or worse; marks that turn the direction of writing;
halves of surrogate pairs, which stand for bytes of file names that are no UTF-8."""


def visible(text: str) -> str:
    r"""Return text with everything that acts instead of being seen written as an escape.

    Examples
    --------
    >>> print(visible("a\x1b[31m\nb"), visible("\udcff.json"))
    a\x1b[31m\nb \xff.json
    """
    return _UNSEEN.sub(lambda match: _escape(match.group()), text)


def as_html(text: str) -> str:
    r"""Return any text as HTML that shows it, also inside of attributes.

    Examples
    --------
    >>> print(as_html('<b>"x"\x1b'))
    &lt;b&gt;&quot;x&quot;\x1b
    """
    return escape(visible(text))


def counted(size: int, word: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "item"), counted(0, "item")
    ('1 item', '0 items')
    """
    return f"{size} {word}{'s' * (size != 1)}"


def _escape(character: str) -> str:
    """Return the escape of one character; of one that stands for a byte, that byte's."""
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape", "surrogatepass").decode()
