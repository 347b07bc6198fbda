"""The learner ``mvnn``: monotone value networks held to the report, by PyTorch.

The first of two bundles is preferred with chance p = L(d / t), d what it is worth more, L the
logistic function, t = response / 1.702. After each answer the networks of an anchored ensemble move
towards the minimum of

    sum_t (1 - p_t^s) / s + sum_k ((w_k - anchor_k) / spread_k)^2 / 2:

generalised cross entropy, which answers that can hardly be meant hardly move, with an exponent s
that grows with the share of wrong answers (CRS-11), and the prior. The first network is the best
guess, one of the others at random is a draw. A network is values and reported pairs, held to the
report, and a few free units that begin with height 0: without answers the report is what is
learned, as far as it is monotone.

Cost: O(networks * answers * units * courses) a step, O(bundles * units) a draw. PyTorch is imported
with the first answer. Sources: Weissteiner, J., Heiss, J., Siems, J. and Seuken, S. (2022).
Monotone-Value Neural Networks; Zhang, Z. and Sabuncu, M. (2018). Generalized Cross Entropy Loss;
`ensemble`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.course_elicitation.instance import Pair
from eqsolve.families.course_elicitation.learning.belief import Belief
from eqsolve.families.course_elicitation.learning.ensemble import Ensemble, Parameter
from eqsolve.families.course_elicitation.learning.network import KEPT, Network
from eqsolve.families.course_elicitation.learning.prior import Bundle, Prior

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["MvnnBelief"]

_SLOPE = 1.702
"""L(1.702 z) is nearest to Phi(z)."""
_DRAWN, _FREE = 6, 4
"""Networks beside the best guess; free units of each."""
_HELD, _INNER_SPREAD = 0.4, 0.3
"""Share of courses that a free unit holds at first, and the spread of its weights."""
_STEPS, _RATE = 15, 0.2
"""Of the descent after each answer."""
_EXPONENT, _GROWTH, _MOST = 0.1, 2.0, 0.9
"""Of the loss: where no answer is wrong, by how much it grows with their share, and its limit."""


class MvnnBelief(Belief):
    """What ``mvnn`` believes about one student.

    Parameters
    ----------
    prior : where it begins.
    rng : the student's own numbers.
    """

    def __init__(self, prior: Prior, rng: np.random.Generator) -> None:
        self.prior = prior
        self._m = m = prior.menu.n_courses
        centre, spread = prior.mean, prior.spread
        self._signs: FloatArray = np.where(centre[m:] < 0, -1.0, 1.0)
        alone = np.maximum(centre[:m] - self._taken(np.abs(centre[m:])), 0.0)
        inner = rng.random((_FREE, m)) * (rng.random((_FREE, m)) < _HELD)
        self._ensemble = Ensemble(
            (
                Parameter(alone, spread[:m]),
                Parameter(np.abs(centre[m:]), spread[m:]),
                Parameter(inner, np.full((_FREE, m), _INNER_SPREAD)),
                Parameter(-rng.random(_FREE), np.full(_FREE, _INNER_SPREAD), -1),
                Parameter(np.zeros(_FREE), np.full(_FREE, prior.learner.pair_sd)),
            ),
            _DRAWN, rng,
        )  # fmt: skip
        self._answers: list[tuple[FloatArray, FloatArray]] = []

    def learn(self, better: Bundle, other: Bundle) -> None:
        """Take in an answer; all answers move all networks."""
        self._answers.append((self._features(better), self._features(other)))
        self._ensemble.descend(self._loss(), steps=_STEPS, rate=_RATE)

    def mean(self) -> FloatArray:
        """Return what bundles are worth under the best guess."""
        return self._network(0).worth(self.prior.menu)

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Return what they are worth under one of the other networks."""
        return self._network(1 + int(rng.integers(_DRAWN))).worth(self.prior.menu)

    def utilities(self) -> tuple[FloatArray, list[Pair]]:
        """Return the values and pairs nearest to the best guess."""
        values, deltas = self._network(0).nearest(self.prior.menu)
        pairs = zip(self.prior.pairs, deltas.tolist(), strict=True)
        return values, [(a, b, delta) for (a, b), delta in pairs]

    def kept(self) -> Mapping[str, FloatArray]:
        """Return the best guess."""
        best = self._network(0)
        return {name: getattr(best, name) for name in KEPT}

    def _network(self, k: int) -> Network:
        alone, heights, *free = self._ensemble.amounts(k)
        return Network(alone + self._taken(heights), self.prior.pairs, self._signs * heights, *free)

    def _taken(self, heights: FloatArray) -> FloatArray:
        """Return what pairs that take away take from each course, shape (m,)."""
        total = np.zeros(self._m)
        for pair, sign, height in zip(self.prior.pairs, self._signs, heights, strict=True):
            if sign < 0:
                total[list(pair)] += height
        return total

    def _features(self, bundle: Bundle) -> FloatArray:
        """Return the courses of a bundle, and which units of pairs are full, as 0 and 1."""
        held = self.prior.features(bundle)
        courses, both = held[: self._m], held[self._m :]
        either = [max(courses[a], courses[b]) for a, b in self.prior.pairs]
        return np.concatenate([courses, np.where(self._signs > 0, both, either)])

    def _loss(self) -> Callable[[Sequence[Tensor]], Tensor]:
        """Return the generalised cross entropy of all answers."""
        import torch

        told = torch.from_numpy(np.array(self._answers))
        better, other = told[:, 0], told[:, 1]
        known, courses = better - other, torch.cat([better, other])[:, : self._m]
        power = min(_EXPONENT + _GROWTH * self.prior.error, _MOST)
        scale = self.prior.learner.response / _SLOPE

        def loss(amounts: Sequence[Tensor]) -> Tensor:
            alone, heights, inner, bias, height = amounts
            full = (inner @ courses.T + bias[..., None]).clamp(0, 1)
            free = (height[..., None] * full).sum(1)
            more = torch.cat([alone, heights], 1) @ known.T
            more = more + free[:, : len(known)] - free[:, len(known) :]
            # By logarithms: the gradient stands where the chance itself is 0 in floating point.
            likely = torch.nn.functional.logsigmoid(more / scale)
            return -torch.expm1(power * likely).sum() / power

        return loss
