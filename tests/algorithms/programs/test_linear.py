from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from eqsolve.algorithms.programs.linear import maximize_linear
from eqsolve.core.limits import Deadline


@pytest.mark.parametrize("size", [1.0, 2.0**40, 2.0**70, 1e100])
def test_the_size_of_the_objective_does_not_matter(size: float) -> None:
    matrix = csr_array([[1.0, 1.0], [1.0, 0.0]])
    answer = maximize_linear(size * np.array([3.0, 2.0]), matrix, np.array([2.0, 1.0]), Deadline())
    assert answer is not None
    assert answer.values.tolist() == [1.0, 1.0]
    assert answer.objective == pytest.approx(5 * size)
    assert answer.duals == pytest.approx([2 * size, 1 * size])
