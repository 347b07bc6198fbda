"""The first random numbers of many small streams at once.

Stream ``key`` of a seed is ``Generator(Philox(SeedSequence(seed, spawn_key=key)))``. Making one
takes a hundred times as long as drawing from it; here the two hash functions, numpy's
`SeedSequence` and Philox 4x64 with 10 rounds (Salmon, Moraes, Dror and Shaw 2011), run over all
keys together. The numbers are those of numpy, bit for bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from eqsolve.core.arrays import FloatArray, IntArray

__all__ = ["stream_uniforms"]

_Words = npt.NDArray[np.uint32]
_Long = npt.NDArray[np.uint64]

_POOL = 4
"""Words of entropy that `SeedSequence` keeps."""
_BLOCK = 4
"""Numbers that Philox makes at a time."""


def stream_uniforms(seed: int, keys: IntArray, count: int) -> FloatArray:
    """Return the first uniform numbers of the streams of a seed.

    Parameters
    ----------
    seed : >= 0, of any size.
    keys : shape (..., k), spawn keys in [0, 2**32).
    count : numbers from each stream.

    Returns
    -------
    uniforms : shape (..., count), in [0, 1).

    Notes
    -----
    Cost: O(number of keys * (k + count)), about 1 microsecond per key.

    Examples
    --------
    >>> keys = np.array([[0, 0, 1], [3, 2, 1]])
    >>> found = stream_uniforms(7, keys, 2)
    >>> source = np.random.SeedSequence(7, spawn_key=(3, 2, 1))
    >>> found[1].tolist() == np.random.Generator(np.random.Philox(source)).random(2).tolist()
    True
    """
    flat = keys.reshape(-1, keys.shape[-1])
    if flat.size and not 0 <= int(flat.min()) <= int(flat.max()) < 2**32:
        raise ValueError("keys must be in [0, 2**32)")
    with np.errstate(over="ignore"):
        words = _philox_keys(_entropy(seed, flat), len(flat))
        blocks = [_philox(words, number + 1) for number in range(-(-count // _BLOCK))]
    numbers = np.concatenate(blocks)[:count] if blocks else np.empty((0, len(flat)), np.uint64)
    uniforms = (numbers >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return np.ascontiguousarray(uniforms.T).reshape(*keys.shape[:-1], count)


def _entropy(seed: int, keys: IntArray) -> list[_Words]:
    """Return the words that a seed sequence is made of: those of the seed, then the keys."""
    words = [seed >> shift & 0xFFFFFFFF for shift in range(0, max(seed.bit_length(), 1), 32)]
    words += [0] * (_POOL - len(words))
    fixed = [np.full(1, word, dtype=np.uint32) for word in words]
    return [*fixed, *(column.astype(np.uint32) for column in keys.T)]


class _Hash:
    """The hash function of `SeedSequence`, whose constant moves on at every use."""

    def __init__(self, start: int, step: int) -> None:
        self._constant, self._step = start, step

    def __call__(self, words: _Words) -> _Words:
        mixed = words ^ np.uint32(self._constant)
        self._constant = self._constant * self._step & 0xFFFFFFFF
        mixed = mixed * np.uint32(self._constant)
        return mixed ^ (mixed >> np.uint32(16))


def _mix(one: _Words, other: _Words) -> _Words:
    """Return two words mixed into one."""
    mixed = one * np.uint32(0xCA01F9DD) - other * np.uint32(0x4973F715)
    found: _Words = mixed ^ (mixed >> np.uint32(16))
    return found


def _philox_keys(entropy: list[_Words], size: int) -> tuple[_Long, _Long]:
    """Return the two words that key Philox, as `SeedSequence.generate_state` makes them."""
    hashed = _Hash(0x43B0D7E5, 0x931E8875)
    pool: list[_Words] = [hashed(words) for words in entropy[:_POOL]]
    for source in range(_POOL):
        for target in range(_POOL):
            if source != target:
                pool[target] = _mix(pool[target], hashed(pool[source]))
    for words in entropy[_POOL:]:
        for target in range(_POOL):
            pool[target] = _mix(pool[target], hashed(words))
    hashed = _Hash(0x8B51F9DD, 0x58F38DED)
    state = [np.broadcast_to(hashed(words), (size,)).astype(np.uint64) for words in pool]
    shift = np.uint64(32)
    return state[0] | state[1] << shift, state[2] | state[3] << shift


def _philox(keys: tuple[_Long, _Long], counter: int) -> _Long:
    """Return the four numbers of one block, shape (4, keys)."""
    first, second = keys
    zero = np.zeros_like(first)
    c: list[Any] = [zero + np.uint64(counter), zero, zero, zero]
    for turn in range(10):
        if turn:
            first = first + np.uint64(0x9E3779B97F4A7C15)
            second = second + np.uint64(0xBB67AE8584CAA73B)
        high0, low0 = _product(0xD2E7470EE14C6C93, c[0])
        high1, low1 = _product(0xCA5A826395121157, c[2])
        c = [high1 ^ c[1] ^ first, low1, high0 ^ c[3] ^ second, low0]
    return np.stack(c)


def _product(factor: int, words: _Long) -> tuple[_Long, _Long]:
    """Return the high and the low half of a product of 64-bit words."""
    half, mask = np.uint64(32), np.uint64(0xFFFFFFFF)
    f_high, f_low = np.uint64(factor >> 32), np.uint64(factor & 0xFFFFFFFF)
    w_high, w_low = words >> half, words & mask
    low = w_low * f_low
    middle = w_high * f_low + (low >> half)
    cross = w_low * f_high + (middle & mask)
    high = w_high * f_high + (middle >> half) + (cross >> half)
    return high, words * np.uint64(factor)
