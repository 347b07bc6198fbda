"""What a running model does: it tells its next distribution and hears the token that was drawn.

A **window model** needs the last `width` tokens only; it answers for one text or for many at once,
and equal windows have equal distributions. Others keep a state of their own. A **partial** model
tells its likeliest tokens, as text, and the probability of all others together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray

__all__ = [
    "Opening", "PartialSpeaker", "PartialVoice", "Speaker", "Told", "Voice", "WindowModel",
    "WindowVoice", "tempered",
]  # fmt: skip


class Speaker(Protocol):
    """A model in the middle of one text."""

    def distribution(self) -> FloatArray:
        """Return the distribution of the next token, shape (T,)."""
        ...

    def hear(self, token: int) -> None:
        """Take notice of the token that was drawn."""
        ...


class Voice(Protocol):
    """A model that was opened, with what it knows before a text begins."""

    def speaker(self) -> Speaker:
        """Return the model at the beginning of a text."""
        ...


@dataclass(frozen=True, slots=True)
class Opening:
    """A model that was opened, and the language that it speaks.

    Parameters
    ----------
    voice : the model.
    vocabulary : its tokens, which all models of an auction must share.
    write : turns tokens into text.
    """

    voice: Voice
    vocabulary: tuple[str, ...]
    write: Callable[[Sequence[int]], str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a partial model tells of its next distribution.

    Parameters
    ----------
    tokens : as text, each once.
    probabilities : of these, shape (k,), with a sum of at most 1.
    """

    tokens: tuple[str, ...]
    probabilities: FloatArray

    @property
    def rest(self) -> float:
        """The probability of all other tokens together."""
        return max(0.0, 1.0 - float(self.probabilities.sum()))


class PartialSpeaker(Protocol):
    """A partial model in the middle of one text."""

    def told(self) -> Told:
        """Return what it tells of the next token."""
        ...

    def hear(self, token: str) -> None:
        """Take notice of the token that was drawn."""
        ...


class PartialVoice(Protocol):
    """A partial model that was opened, with what it knows before a text begins."""

    def speaker(self) -> PartialSpeaker:
        """Return the model at the beginning of a text."""
        ...


class WindowModel(Protocol):
    """A model that looks at the last `width` tokens."""

    width: int

    def after(self, window: list[int]) -> FloatArray:
        """Return the distribution after a context, its last tokens; never changed by others."""
        ...

    def of(self, windows: IntArray) -> FloatArray:
        """Return the distributions after windows, shape (S, width), -1 for no token: (S, T)."""
        ...


@dataclass(frozen=True, slots=True)
class WindowVoice:
    """A window model with what stands before the text, and its temperature."""

    model: WindowModel
    context: IntArray
    temperature: float

    def speaker(self) -> Speaker:
        """Return the model at the beginning of a text."""
        return _WindowSpeaker(self.model, self.context, self.temperature)


class _WindowSpeaker:
    """A window model in the middle of a text that began with a context."""

    __slots__ = ("_model", "_temperature", "_window")

    def __init__(self, model: WindowModel, context: IntArray, temperature: float) -> None:
        self._model, self._temperature = model, temperature
        self._window = context.tolist()[max(0, len(context) - model.width) :]

    def distribution(self) -> FloatArray:
        """Return the distribution of the next token."""
        return tempered(self._model.after(self._window), self._temperature)

    def hear(self, token: int) -> None:
        """Move the window on."""
        self._window.append(token)
        if len(self._window) > self._model.width:
            del self._window[0]


def tempered(distribution: FloatArray, temperature: float) -> FloatArray:
    """Return ``p ** (1 / temperature)`` divided by the sum along the last axis.

    Examples
    --------
    >>> tempered(np.array([0.2, 0.8, 0.0]), 0.5).round(4).tolist()
    [0.0588, 0.9412, 0.0]
    """
    if temperature == 1:
        return distribution
    with np.errstate(divide="ignore"):
        logs = np.log(distribution) / temperature
    powers = np.exp(logs - logs.max(axis=-1, keepdims=True))
    found: FloatArray = powers / powers.sum(axis=-1, keepdims=True)
    return found
