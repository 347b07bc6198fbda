"""The verb of collusion dynamics."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
from eqsolve.families.collusion_dynamics.methods.analytic import Analytic
from eqsolve.families.collusion_dynamics.methods.auto import Auto
from eqsolve.families.collusion_dynamics.methods.diffusion import Diffusion
from eqsolve.families.collusion_dynamics.methods.enumerate import Enumerate
from eqsolve.families.collusion_dynamics.methods.grid import GridMethod
from eqsolve.families.collusion_dynamics.methods.simulate import Simulate
from eqsolve.families.collusion_dynamics.solution import CollusionSolution
from eqsolve.families.collusion_dynamics.verify.conditions import verify

__all__ = ["METHODS", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (
    Auto, Analytic, Enumerate, GridMethod, Simulate, Diffusion,
)  # fmt: skip


def solve(
    dynamics: CollusionDynamics,
    *,
    method: str | Method[CollusionDynamics, CollusionSolution] = "auto",
    time_limit: float | None = None,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[CollusionSolution]:
    """Return where learning leads, and how likely collusion is with finite batches.

    Parameters
    ----------
    dynamics : the instance.
    method : a name from ``eqsolve.methods("collusion_dynamics")`` or a method object.
    time_limit : seconds.
    seed : for simulated paths.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings.

    Returns
    -------
    result : ``SOLVED`` where all is exact, ``FEASIBLE`` where probabilities of collusion have an
        error that is only estimated. The objective is by how much the greatest attractor pays more
        than competition, payoff units a round.

    Notes
    -----
    Cost: O(sellers) for large batches, else as the method says. Source: Cao and Hu (2026).

    Examples
    --------
    >>> result = solve(CollusionDynamics(0.85, {"ratio": 1.5}, [0.1, 0.5]))
    >>> result.status.value, result.solution.regime, round(result.objective, 6)
    ('solved', 'bistable', 0.296192)
    """
    return solve_with(
        dynamics,
        METHODS,
        verify,
        instance_type=CollusionDynamics,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )
