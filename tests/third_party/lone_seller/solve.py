"""The verb."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from lone_seller.instance import LoneSeller
from lone_seller.methods import METHODS
from lone_seller.solution import LoneSellerSolution
from lone_seller.verify import verify


def solve(
    market: LoneSeller,
    *,
    method: str | Method[LoneSeller, LoneSellerSolution] = "auto",
    time_limit: float | None = 5.0,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[LoneSellerSolution]:
    """Return who gets the item, verified."""
    return solve_with(
        market,
        METHODS,
        verify,
        instance_type=LoneSeller,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )
