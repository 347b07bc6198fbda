"""What models answered, found again by verifiers in the store of a run, read only.

The key of an answer is the SHA-256 of its request as JSON with sorted keys. Nothing is asked; an
answer that is not there is named by its key.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

__all__ = ["LostError", "Transcript"]


class LostError(LookupError):
    """The transcript does not hold an answer; the text is its key."""


class Transcript:
    """The answers in a store, read only.

    Parameters
    ----------
    path : the file; it must be there.
    """

    def __init__(self, path: Path) -> None:
        self._rows: dict[str, tuple[str, str]] = {}
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as held:
            for key, request, answer in held.execute("select key, request, answer from transcript"):
                self._rows[key] = (request, answer)
        self.used: set[str] = set()

    def said(self, request: Mapping[str, Any]) -> str:
        """Return the text of the answer to a request.

        Raises
        ------
        LostError : it is not there, or stands under the key of another request.
        """
        text = json.dumps(request, sort_keys=True, separators=(",", ":"), allow_nan=False)
        key = hashlib.sha256(text.encode()).hexdigest()
        if key not in self._rows or self._rows[key][0] != text:
            raise LostError(key)
        self.used.add(key)
        message = json.loads(self._rows[key][1])["choices"][0]["message"]
        return message["content"] or ""
