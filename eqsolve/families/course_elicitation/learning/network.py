"""Monotone value networks: what bundles are worth, and the values and pairs nearest to that.

A bundle x in {0, 1}^m is worth what values and reported pairs add, and a few bounded units more:

    values . x + sum of deltas of pairs that x holds + sum_h height_h min(1, max(0, u_h . x + b_h)),

u and height >= 0, b <= 0, and no course's value is below what pairs with it take away: another
course never makes a bundle worth less. It is a network of bounded units throughout: a pair that
adds d is one that is full with both courses, a pair that takes d is one of height d that is full
with either, and each of the two is worth d less alone. Mechanisms know values and pairs only: they
are told those nearest to the network, by least squares over all permissible bundles, values >= 0.

Cost: O(bundles k (1 + units)) to value all bundles, k courses in one; O(bundles d^2) for the
nearest values and pairs, d of them. numpy; scipy where a value would be below 0. Source:
Weissteiner, J., Heiss, J., Siems, J. and Seuken, S. (2022). Monotone-Value Neural Networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.families.course_elicitation.asking.menu import Menu

__all__ = ["KEPT", "Network"]

KEPT = ("values", "deltas", "inner", "bias", "height")
"""Its arrays, as records name them."""

_ROWS = 1 << 16
"""Bundles whose features are in memory at once."""
_ALIKE = 1e-12
"""Relative: directions of features that hardly differ over bundles are told as 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A monotone value network of one student.

    Parameters
    ----------
    values : by course, shape (m,).
    pairs : those that were reported, p of them.
    deltas : what each pair adds, shape (p,).
    inner, bias, height : of the free units, shapes (h, m), (h,) and (h,).

    Examples
    --------
    >>> menu = Menu(np.array([[-1, -1], [0, -1], [1, -1], [0, 1]]), 2)
    >>> unit = np.array([[0.5, 0.75]]), np.array([-0.5]), np.array([8.0])
    >>> network = Network(np.array([3.0, 4.0]), ((0, 1),), np.array([-1.0]), *unit)
    >>> network.worth(menu).tolist()
    [0.0, 3.0, 6.0, 12.0]
    >>> values, deltas = network.nearest(menu)
    >>> values.round(6).tolist(), deltas.round(6).tolist()
    ([3.0, 6.0], [3.0])
    """

    values: FloatArray
    pairs: tuple[tuple[int, int], ...]
    deltas: FloatArray
    inner: FloatArray
    bias: FloatArray
    height: FloatArray

    def worth(self, menu: Menu) -> FloatArray:
        """Return what each bundle of a menu is worth, shape (N,)."""
        return menu.worth(self.values, self.pairs, self.deltas) + self._free(menu)

    def nearest(self, menu: Menu) -> tuple[FloatArray, FloatArray]:
        """Return the values >= 0 and deltas whose sums are nearest to the worth of all bundles.

        Those of courses and pairs that no bundle holds stay as they are.
        """
        m = menu.n_courses
        own = np.concatenate([self.values, self.deltas])
        if not self.height.any():
            return self.values, self.deltas
        gram, along = self._moments(menu)
        sizes, turns = np.linalg.eigh(gram)
        seen = sizes > _ALIKE * sizes[-1]
        found = own + turns[:, seen] @ ((turns[:, seen].T @ along) / sizes[seen])
        if (found[:m] < 0).any():
            from scipy.optimize import lsq_linear

            roots = np.sqrt(sizes[seen])
            rows = roots[:, None] * turns[:, seen].T
            aim = rows @ own + (turns[:, seen].T @ along) / roots
            low = np.concatenate([np.zeros(m), np.full(len(self.pairs), -np.inf)])
            found = lsq_linear(rows, aim, (low, np.inf), method="bvls", tol=1e-14).x
            found = np.where(np.diag(gram) > 0, found, own)
        return np.maximum(found[:m], 0.0), found[m:]

    def _free(self, menu: Menu) -> FloatArray:
        """Return what the free units add to each bundle."""
        total = np.zeros(len(menu))
        for inner, bias, height in zip(self.inner, self.bias, self.height, strict=True):
            if height:
                total += height * np.clip(menu.sums(inner) + bias, 0.0, 1.0)
        return total

    def _moments(self, menu: Menu) -> tuple[FloatArray, FloatArray]:
        """Return F'F and F'g, F the features of all bundles and g what the free units add."""
        m, d = menu.n_courses, menu.n_courses + len(self.pairs)
        left = self._free(menu)
        gram, along = np.zeros((d, d)), np.zeros(d)
        holding = [menu.holding(a, b) for a, b in self.pairs]
        for start in range(0, len(menu), _ROWS):
            part = menu.bundles[start : start + _ROWS]
            features = np.zeros((len(part), d))
            row, column = np.nonzero(part >= 0)
            features[row, part[row, column]] = 1.0
            for k, places in enumerate(holding):
                low, high = np.searchsorted(places, (start, start + len(part)))
                features[places[low:high] - start, m + k] = 1.0
            gram += features.T @ features
            along += features.T @ left[start : start + _ROWS]
        return gram, along
