"""Theorems as values: a claim that can be run on any instance, and searched for counterexamples.

A family has one tuple ``THEOREMS`` in its ``theorems`` module. A claim is a function from an
instance to None (it holds here) or a sentence (how it fails here). For statements that something
*can* happen (``TIP-4``), `can_happen` is True and the sentence describes the witness.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Theorem"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theorem:
    """A statement about every instance of a kind, or about some instance.

    Parameters
    ----------
    id : as on the theory page, e.g. ``"BIP-2"``.
    title : a few words.
    statement : in full.
    source : paper.
    kind : the instance kind it speaks of.
    claim : instance -> None if it holds, else a sentence with agents and numbers; for a
        `can_happen` statement: a sentence if the instance is a witness, else None.
    applies : instance -> whether the hypotheses hold; others are skipped.
    hypotheses : the same in words.
    strategy : name of the Hypothesis strategy in ``eqsolve.testing``.
    can_happen : whether the statement is that a witness exists.
    """

    id: str
    title: str
    statement: str
    source: str
    kind: str
    claim: Callable[[Any], str | None]
    strategy: str
    applies: Callable[[Any], bool] = lambda instance: True
    hypotheses: str = "none"
    can_happen: bool = False
