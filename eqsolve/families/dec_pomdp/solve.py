"""The verb and the table of methods."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.dec_pomdp.instance import DecPOMDP
from eqsolve.families.dec_pomdp.methods.auto import Auto
from eqsolve.families.dec_pomdp.methods.denoiser import DenoiserMethod
from eqsolve.families.dec_pomdp.methods.diffusion import Diffusion
from eqsolve.families.dec_pomdp.methods.filter import FilterMethod
from eqsolve.families.dec_pomdp.methods.knowledge import Knowledge
from eqsolve.families.dec_pomdp.solution import DecPOMDPSolution
from eqsolve.families.dec_pomdp.verify.conditions import verify

__all__ = ["METHODS", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (
    Auto, Knowledge, FilterMethod, DenoiserMethod, Diffusion,
)  # fmt: skip


def solve(
    model: DecPOMDP,
    *,
    method: str | Method[DecPOMDP, DecPOMDPSolution] = "auto",
    time_limit: float | None = None,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[DecPOMDPSolution]:
    """Decide who can know the state, and what the histories of a model say of it.

    Parameters
    ----------
    model : the model.
    method : ``"auto"``, ``"knowledge"``, ``"filter"``, ``"denoiser"``, ``"diffusion"``, or
        a method object.
    time_limit, seed, deadline : as everywhere.
    **options : settings of the method.

    Returns
    -------
    result : ``SOLVED`` where all that was asked is settled, ``FEASIBLE`` where a search was cut
        or a fixed point lies in no certified ball. There is no objective.

    Raises
    ------
    InstanceError, OptionError, UnsupportedError : before any work is done.

    Notes
    -----
    Cost: that of the method. Source: Wang, Dong, Jiang, Parkes and Tambe (2025), DEC-1 to DEC-4.

    Examples
    --------
    >>> from eqsolve.families.dec_pomdp.generate import xor_model
    >>> solution = solve(xor_model()).solution
    >>> solution.collectively_observable, solution.shared_identifiable
    (True, False)
    """
    return solve_with(
        model,
        METHODS,
        verify,
        instance_type=DecPOMDP,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=seed,
        deadline=deadline,
    )
