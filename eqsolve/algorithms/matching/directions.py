"""The leading singular directions of a block of weights, for starts that look for structure."""

from __future__ import annotations

import math

import numpy as np

from eqsolve.core.arrays import FloatArray

__all__ = ["leading_directions"]

_ROUNDS = 6
"""Steps of the power method."""


def leading_directions(
    block: FloatArray, across: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Return the leading directions of rows and columns, and the squared singular value.

    Parameters
    ----------
    block : shape (k, l), doubly centered.
    across : shape (l,), where the power method starts.

    Returns
    -------
    down, across : unit vectors of shapes (k,) and (l,), zero where the block is.
    share : what the direction takes of the sum of squares of the block.

    Notes
    -----
    Sums of products without linear algebra libraries: the same bits on one thread or many.
    """
    share = 0.0
    for _ in range(_ROUNDS):
        down = np.einsum("ij,j->i", block, across)
        down /= max(math.sqrt(float((down * down).sum())), 1e-300)
        across = np.einsum("ij,i->j", block, down)
        share = float((across * across).sum())
        across = across / max(math.sqrt(share), 1e-300)
    return down, across, share
