"""The state of dense matching, seen from one side: duals and a matching in both directions."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Pairing(NamedTuple):
    """Duals `u` of rows and `p` of columns, and the partner of each row and column, or -1.

    Kernels write into the arrays. In the flipped view columns are the rows that look for partners.
    """

    u: Array
    p: Array
    row_to_col: NDArray[np.int64]
    col_to_row: NDArray[np.int64]

    def flipped(self) -> Pairing:
        """Return the same arrays seen from the other side."""
        return Pairing(self.p, self.u, self.col_to_row, self.row_to_col)


def unmatched(n_rows: int, prices: Array) -> Pairing:
    """Return an empty matching at a copy of `prices`, with utilities of zero."""
    return Pairing(
        np.zeros(n_rows, prices.dtype),
        prices.copy(),
        np.full(n_rows, -1, np.int64),
        np.full(prices.size, -1, np.int64),
    )
