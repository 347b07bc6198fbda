"""Branch and bound over boxes of counts, for payoffs that depend on counts through K totals.

Payoffs have the form ``U_j(c) = sum_q a[j, q] / D_q`` with ``D_q = sum_l c_l x[l, q]``, and a
switch from j to l turns ``D_q`` into ``D_q - x[j, q] + x[l, q]``. Softmax markets are of this form
(``x = exp(beta S)``), and so are hardmax markets with a fixed support (``x = 1`` where a model
is among the best). A box gives each count a lower and an upper limit; the totals then lie in
intervals. A switch gains for certain when, summed over types, even the least value of
``a[l] / (D - x[j] + x[l]) - a[j] / D`` over the interval is positive: such a j is not used. The
least value is at an end of the interval or at the one stationary point, where
``(D - x[j] + x[l]) / D = sqrt(a[l] / a[j])``.

Shapes: `a`, `x` and `order` are (M, K), the limits `lower` and `upper` of a box (M,).
Cost of a box: O(M^2 K).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eqsolve.algorithms.compile import kernel
from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["search_counts"]


@kernel
def _largest_loss(a: float, b: float, shift: float, low: float, high: float) -> float:
    """Return the greatest value of ``a / D - b / (D + shift)`` for D in [low, high]."""
    best = max(a / low - b / (low + shift), a / high - b / (high + shift))
    if a > 0 and b > 0 and shift != 0:
        ratio = np.sqrt(b / a)
        if ratio != 1.0:
            point = shift / (ratio - 1.0)
            if low < point < high:
                best = max(best, a / point - b / (point + shift))
    return best


@kernel
def _fit(lower: IntArray, upper: IntArray, total: int) -> bool:
    """Tighten the limits in place so that some counts in the box sum to `total`; False if none."""
    sum_low = 0
    sum_high = 0
    for j in range(len(lower)):
        sum_low += lower[j]
        sum_high += upper[j]
    if sum_low > total or sum_high < total:
        return False
    for j in range(len(lower)):
        least = total - (sum_high - upper[j])
        most = total - (sum_low - lower[j])
        if lower[j] < least:
            sum_low += least - lower[j]
            lower[j] = least
        if upper[j] > most:
            sum_high -= upper[j] - most
            upper[j] = most
        if lower[j] > upper[j]:
            return False
    return True


@kernel
def _totals(
    x: FloatArray, order: IntArray, lower: IntArray, upper: IntArray, rest: int
) -> tuple[FloatArray, FloatArray]:
    """Return the least and greatest totals per type when `rest` more platforms are placed."""
    n_models, n_types = x.shape
    least = np.zeros(n_types)
    most = np.zeros(n_types)
    for q in range(n_types):
        base = 0.0
        for j in range(n_models):
            base += lower[j] * x[j, q]
        least[q] = base
        most[q] = base
        left = rest
        for k in range(n_models):
            if left == 0:
                break
            j = order[k, q]
            placed = min(left, upper[j] - lower[j])
            least[q] += placed * x[j, q]
            left -= placed
        left = rest
        for k in range(n_models - 1, -1, -1):
            if left == 0:
                break
            j = order[k, q]
            placed = min(left, upper[j] - lower[j])
            most[q] += placed * x[j, q]
            left -= placed
    return least, most


@kernel
def _box(
    a: FloatArray,
    x: FloatArray,
    order: IntArray,
    total: int,
    slack: float,
    lower: IntArray,
    upper: IntArray,
) -> int:
    """Tighten a box in place; return -1 to cut it, -2 at a single point, else where to split."""
    n_models, n_types = a.shape
    while True:
        if not _fit(lower, upper, total):
            return -1
        rest = total
        for j in range(n_models):
            rest -= lower[j]
        least, most = _totals(x, order, lower, upper, rest)
        changed = False
        for j in range(n_models):
            if upper[j] == 0:
                continue
            for other in range(n_models):
                if other == j:
                    continue
                loss = 0.0
                size = 0.0
                for q in range(n_types):
                    low = max(least[q], x[j, q])
                    if low <= 0:
                        # The type is served by nobody here: the newcomer's share counts as 0.
                        continue
                    high = max(most[q], low)
                    # Rounding of the totals must not shut out the true value.
                    low *= 1 - 1e-14
                    high *= 1 + 1e-14
                    low = max(low, x[j, q])
                    shift = x[other, q] - x[j, q]
                    if low + shift <= 0:
                        loss += a[j, q] / low
                        size += a[j, q] / low
                        continue
                    loss += _largest_loss(a[j, q], a[other, q], shift, low, high)
                    size += a[other, q] / (low + shift)
                if loss < -slack * size:
                    if lower[j] > 0:
                        return -1
                    upper[j] = 0
                    changed = True
                    break
        if changed:
            continue
        pick = -1
        widest = 0.0
        for j in range(n_models):
            if upper[j] > lower[j]:
                # Split where the totals move most.
                width = 0.0
                for q in range(n_types):
                    if most[q] > 0:
                        width += x[j, q] / most[q]
                width *= upper[j] - lower[j]
                if pick < 0 or width > widest:
                    pick = j
                    widest = width
        return -2 if pick < 0 else pick


@kernel
def search_counts(
    a: FloatArray,
    x: FloatArray,
    order: IntArray,
    total: int,
    slack: float,
    boxes: IntArray,
    depth: int,
    found: IntArray,
    max_nodes: int,
    stop: npt.NDArray[np.uint8],
) -> tuple[int, int, int]:
    """Go on with a search until it ends, a buffer is full, or it is told to stop.

    Parameters
    ----------
    a, x : shape (M, K), see the module.
    order : shape (M, K): models by rising x, for each type.
    total : N.
    slack : relative gain that is let pass.
    boxes : shape (capacity, 2, M): open boxes; the first `depth` are in use. Modified in place.
    found : shape (capacity, M): points that could not be ruled out are written here.
    max_nodes : come back after so many boxes.
    stop : looked at in each box.

    Returns
    -------
    depth, n_found, n_nodes : depth is 0 when the search has ended.
    """
    # Loops rather than slices: they compile several times faster.
    n_models = boxes.shape[2]
    lower = np.empty(n_models, np.int64)
    upper = np.empty(n_models, np.int64)
    n_found = 0
    n_nodes = 0
    while (
        0 < depth < len(boxes) - 1 and n_found < len(found) and n_nodes < max_nodes and not stop[0]
    ):
        depth -= 1
        n_nodes += 1
        for j in range(n_models):
            lower[j] = boxes[depth, 0, j]
            upper[j] = boxes[depth, 1, j]
        pick = _box(a, x, order, total, slack, lower, upper)
        if pick == -1:
            continue
        if pick == -2:
            for j in range(n_models):
                found[n_found, j] = lower[j]
            n_found += 1
            continue
        middle = 0 if lower[pick] == 0 and upper[pick] > 1 else (lower[pick] + upper[pick]) // 2
        for j in range(n_models):
            boxes[depth, 0, j] = boxes[depth + 1, 0, j] = lower[j]
            boxes[depth, 1, j] = boxes[depth + 1, 1, j] = upper[j]
        boxes[depth, 1, pick] = middle
        boxes[depth + 1, 0, pick] = middle + 1
        depth += 2
    return depth, n_found, n_nodes
