"""What a learner has to know: what bundles are worth, by a best guess and by draws, and answers.

A learner is one module with a subclass of `Belief`, made from a `Prior`; acquisitions and records
ask it for what stands here and for nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.course_elicitation.instance import Pair
from eqsolve.families.course_elicitation.learning.prior import Bundle

__all__ = ["Belief"]


class Belief:
    """Base: what is believed about one student."""

    def learn(self, better: Bundle, other: Bundle) -> None:
        """Take in that one bundle was called better than another."""
        raise NotImplementedError

    def mean(self) -> FloatArray:
        """Return the best guess of what each bundle of the menu is worth, shape (N,)."""
        raise NotImplementedError

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Return what each bundle of the menu may be worth: one draw, shape (N,)."""
        raise NotImplementedError

    def utilities(self) -> tuple[FloatArray, list[Pair]]:
        """Return the best guess as mechanisms are told it: values by course, and pairs."""
        raise NotImplementedError

    def kept(self) -> Mapping[str, FloatArray]:
        """Return the arrays that a record keeps of it, for who checks it; usually none."""
        return {}
