"""Mutual best replies against the definition, interpreted: nothing is compiled for these tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from eqsolve.algorithms.compile import interpreted
from eqsolve.families.normal_form_game.kernels import best_replies
from eqsolve.families.normal_form_game.kernels.best_replies import mutual_best_replies

GO = np.zeros(1, np.uint8)


@pytest.fixture(scope="module", autouse=True)
def twins() -> Iterator[None]:
    """The sweeps interpreted."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_largest_in_lines", "_where_all_largest", "_count_largest"):
            patch.setattr(best_replies, name, interpreted(getattr(best_replies, name)))
        yield


@st.composite
def tensors(draw: st.DrawFn) -> Any:
    """Payoffs of one to four players, full of ties; int64 or float64."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    count = int(np.prod(sizes)) * len(sizes)
    top = draw(st.sampled_from([0, 1, 9]))
    entries = draw(st.lists(st.integers(-top, top), min_size=count, max_size=count))
    kind = draw(st.sampled_from([np.int64, np.float64]))
    return np.array(entries, kind).reshape(*sizes, len(sizes))


def defined(payoffs: Any) -> tuple[list[int], list[bool]]:
    """Profiles in which nobody gains by another strategy, and whether all others are worse."""
    shape = payoffs.shape[:-1]
    listed, strict = [], []
    for index, profile in enumerate(np.ndindex(*shape)):
        margins = [
            payoffs[profile][i] - payoffs[(*profile[:i], other, *profile[i + 1 :])][i]
            for i in range(len(shape))
            for other in range(shape[i])
            if other != profile[i]
        ]
        if all(margin >= 0 for margin in margins):
            listed.append(index)
            strict.append(all(margin > 0 for margin in margins))
    return listed, strict


@given(tensors(), st.none() | st.integers(0, 4))
def test_the_sweeps_list_what_the_definition_lists(payoffs: Any, most: int | None) -> None:
    listed, strict = defined(payoffs)
    found = mutual_best_replies(payoffs, stop=GO, most=most)
    kept = len(listed) if most is None else min(most, len(listed))
    assert found.profiles.tolist() == listed[:kept]
    assert found.strict.tolist() == strict[:kept]
    assert found.complete == (kept == len(listed))
    assert not found.stopped


def test_long_lists_grow() -> None:
    found = mutual_best_replies(np.zeros((40, 60, 2)), stop=GO)
    assert found.profiles.tolist() == list(range(2400))
    assert not found.strict.any()


def test_a_raised_flag_lists_nothing() -> None:
    found = mutual_best_replies(np.zeros((2, 2, 2)), stop=np.ones(1, np.uint8))
    assert found.stopped
    assert not found.complete
    assert len(found.profiles) == 0


@pytest.mark.parametrize("sizes", [(3,), (2, 3), (2, 3, 2)])
def test_an_odometer_keeps_lines_in_step(sizes: tuple[int, ...]) -> None:
    """Whenever the last digit is 0: lines are what weights and offsets say of the digits."""
    shape = np.array(sizes)
    weights, offsets = best_replies._line_index(shape)
    digits, lines = np.zeros(len(sizes), np.int64), offsets[:-1].copy()
    for profile in np.ndindex(*sizes[:-1]):
        assert digits.tolist() == [*profile, 0]
        assert lines.tolist() == (offsets[:-1] + weights @ digits).tolist()
        interpreted(best_replies._advance)(digits, lines, shape, weights)
    assert not digits.any()  # and round again
