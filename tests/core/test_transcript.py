"""What models answered is found under the key of its own request, and nowhere else."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from eqsolve.core.transcript import LostError, Transcript

REQUEST = {"model": "m", "messages": [{"role": "user", "content": "bid?"}]}
TEXT = json.dumps(REQUEST, sort_keys=True, separators=(",", ":"))
KEY = hashlib.sha256(TEXT.encode()).hexdigest()
ANSWER = json.dumps({"choices": [{"message": {"content": "7"}}]})


def held(path: Path, request: str) -> Transcript:
    """Return a store that holds one answer."""
    with closing(sqlite3.connect(path)) as rows, rows:
        rows.execute("create table transcript (key text primary key, request text, answer text)")
        rows.execute("insert into transcript values (?, ?, ?)", (KEY, request, ANSWER))
    return Transcript(path)


def test_an_answer_is_found_and_counted_as_used(tmp_path: Path) -> None:
    transcript = held(tmp_path / "kept.sqlite", TEXT)
    assert transcript.said(dict(reversed(REQUEST.items()))) == "7"
    assert transcript.used == {KEY}


def test_an_answer_to_another_request_is_none(tmp_path: Path) -> None:
    transcript = held(tmp_path / "kept.sqlite", TEXT.replace("bid?", "ask?"))
    with pytest.raises(LostError, match=KEY):
        transcript.said(REQUEST)
    with pytest.raises(LostError):
        transcript.said({"model": "n"})
    assert transcript.used == set()
