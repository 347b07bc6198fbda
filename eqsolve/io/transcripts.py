"""Answers of models from foreign files into a store from which they are replayed."""

from __future__ import annotations

from collections.abc import Mapping

from eqsolve.endpoints.store import Store
from eqsolve.io.converting import exchanges

__all__ = ["write_transcript"]


def write_transcript(source: str, target: str, texts: Mapping[str, str]) -> int:
    """Keep what models answered in a store, and return how many answers it holds afterwards.

    Parameters
    ----------
    source : a foreign file of requests and answers.
    target : the store, made where there is none; answers that it holds stay.
    texts : ``from=NAME`` and the converter's settings as texts.

    Raises
    ------
    FormatError : the file is missing, faulty or not recognized.
    OptionError : unknown converter or setting, or the target is something else.
    """
    found = list(exchanges(source, texts))  # a faulty source leaves no store behind
    store = Store(target)
    store.put_all(found)
    return len(store)
