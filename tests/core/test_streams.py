"""Many small streams at once are numpy's streams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, strategies as st

from eqsolve.core.streams import stream_uniforms

KEYS = st.lists(
    st.lists(st.integers(0, 2**32 - 1) | st.integers(0, 3), min_size=3, max_size=3),
    min_size=1,
    max_size=4,
)


@given(st.integers(0, 9) | st.integers(0, 2**140), KEYS, st.integers(1, 9))
@example(0, [[0, 0, 0]], 4)
@example(2**128, [[2**32 - 1, 0, 5]], 5)
def test_the_numbers_are_those_of_numpy(seed: int, keys: list[list[int]], count: int) -> None:
    found = stream_uniforms(seed, np.array(keys), count)
    for key, row in zip(keys, found, strict=True):
        source = np.random.SeedSequence(seed, spawn_key=tuple(key))
        expected = np.random.Generator(np.random.Philox(source)).random(count)
        assert row.tolist() == expected.tolist()


def test_keys_keep_their_shape_and_none_are_none() -> None:
    keys = np.zeros((2, 3, 0, 3), dtype=np.int64)
    assert stream_uniforms(1, keys, 2).shape == (2, 3, 0, 2)
    assert stream_uniforms(1, np.zeros((5, 3), dtype=np.int64), 0).shape == (5, 0)


@pytest.mark.parametrize("key", [-1, 2**32])
def test_keys_that_do_not_fit_are_refused(key: int) -> None:
    with pytest.raises(ValueError, match="keys must be in"):
        stream_uniforms(1, np.array([[key]]), 1)
