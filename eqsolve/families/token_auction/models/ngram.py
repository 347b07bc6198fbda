"""Witten-Bell n-gram models, trained from a text.

``P_0 = 1 / T``; where the last k tokens were followed by anything in the text, N times and by U
distinct tokens, ``P_(k+1)(w) = (count(w) + U P_k(w)) / (N + U)``, for k below the order; else the
recursion stops. Contexts are numbered: one of k tokens is the pair of its last k - 1 tokens, which
have a number already, and the token before them. Training sorts such pairs once for every k,
O(order L log L) for L tokens; a distribution costs O(T + followers) for every k.
Source: Witten and Bell (1991), The zero-frequency problem.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["NGramModel"]


class _Level:
    """Contexts of one length: their followers, and how much is left to shorter ones."""

    __slots__ = ("back", "first", "followers", "keys", "number", "shares")

    def __init__(self, keys: IntArray, contexts: IntArray, following: IntArray, size: int) -> None:
        pairs, counts = np.unique(contexts * size + following, return_counts=True)
        owner, self.followers = np.divmod(pairs, size)
        self.first = np.searchsorted(owner, np.arange(len(keys) + 1))
        distinct = np.diff(self.first)
        total = np.add.reduceat(counts, self.first[:-1]) + distinct
        self.back = distinct / total
        self.shares = counts / total[owner]
        self.keys = keys
        self.number = dict(zip(keys.tolist(), range(len(keys)), strict=True))


class NGramModel:
    """An n-gram model.

    Parameters
    ----------
    tokens : the text as numbers below `size`.
    order : contexts have at most ``order - 1`` tokens.
    size : number of tokens, T.

    Examples
    --------
    >>> model = NGramModel(np.array([0, 1, 0, 1, 1]), order=2, size=2)
    >>> model.after([0]).tolist()
    [0.14285714285714285, 0.8571428571428571]
    """

    def __init__(self, tokens: IntArray, order: int, size: int) -> None:
        self.width = order - 1
        self._size = size
        self._levels: list[_Level] = []
        contexts = np.zeros(len(tokens), dtype=np.int64)  # numbers of the contexts before tokens
        keys = np.zeros(1, dtype=np.int64)
        for k in range(min(order, len(tokens))):
            if k:
                before = contexts[1:] * size + tokens[: len(tokens) - k]
                keys, contexts = np.unique(before, return_inverse=True)
            self._levels.append(_Level(keys, contexts, tokens[k:], size))

    @property
    def contexts(self) -> int:
        """Number of distinct contexts of the longest kind."""
        return len(self._levels[-1].keys)

    def after(self, window: list[int]) -> FloatArray:
        """Return the distribution after a context."""
        size = self._size
        found = np.full(size, 1 / size)
        context = 0
        for k, level in enumerate(self._levels):
            if k:
                if k > len(window) or window[-k] < 0:
                    break
                number = level.number.get(context * size + window[-k])
                if number is None:
                    break
                context = number
            found *= level.back[context]
            here = slice(level.first[context], level.first[context + 1])
            found[level.followers[here]] += level.shares[here]
        return found

    def of(self, windows: IntArray) -> FloatArray:
        """Return the distributions after windows."""
        found = np.full((len(windows), self._size), 1 / self._size)
        rows = np.arange(len(windows))
        contexts = np.zeros(len(windows), dtype=np.int64)
        for k, level in enumerate(self._levels):
            if k:
                token = windows[rows, -k]
                wanted = contexts * self._size + token
                place = np.minimum(np.searchsorted(level.keys, wanted), len(level.keys) - 1)
                known = (level.keys[place] == wanted) & (token >= 0)
                rows, contexts = rows[known], place[known]
            found[rows] *= level.back[contexts, None]
            first, count = level.first[contexts], np.diff(level.first)[contexts]
            spread = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
            found[np.repeat(rows, count), level.followers[spread]] += level.shares[spread]
        return found
