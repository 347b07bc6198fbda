"""Whoever uses torch finds it as it was, whatever happened in between."""

from __future__ import annotations

import pytest

from eqsolve.algorithms.one_thread import one_thread


@pytest.mark.learn
@pytest.mark.parametrize("fails", [False, True])
def test_threads_and_random_numbers_are_put_back(fails: bool) -> None:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        state = torch.random.get_rng_state()
        try:
            with one_thread():
                assert torch.get_num_threads() == 1
                torch.manual_seed(7)
                torch.rand(3)
                if fails:
                    raise RuntimeError
        except RuntimeError:
            assert fails
        assert torch.get_num_threads() == 2
        assert torch.equal(torch.random.get_rng_state(), state)
    finally:
        torch.set_num_threads(before)
