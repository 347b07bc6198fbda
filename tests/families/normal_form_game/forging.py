"""What liars may say of normal-form games, see ``tests/conformance/test_forging.py``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eqsolve import NormalFormGame, NormalFormSolution, solve

BATTLE = np.array([[[3, 2], [0, 0]], [[0, 0], [2, 3]]])

CASES = {
    "cut": (NormalFormGame(BATTLE), {"max_equilibria": 1}),
    "floats": (NormalFormGame(BATTLE / 3), {}),
    "weak": (NormalFormGame.from_bimatrix([[3, 3], [3, 2]], [[2, 0], [0, 3]]), {}),
}


def worse(game: NormalFormGame) -> Iterator[NormalFormSolution]:
    """Yield lists of equilibria that lack one."""
    solution = solve(game).solution
    if solution is None:
        return
    for place in range(len(solution)):
        kept = np.delete(np.arange(len(solution)), place)
        if len(kept):
            yield NormalFormSolution.of(
                game, solution.profiles[kept], solution.strict[kept], exhaustive=False
            )
