"""The verbs of token auctions."""

from __future__ import annotations

from typing import Any

from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.methods.auto import Auto
from eqsolve.families.token_auction.methods.generate import Generate
from eqsolve.families.token_auction.methods.sample import Sample
from eqsolve.families.token_auction.methods.step import Step
from eqsolve.families.token_auction.methods.tree import Tree
from eqsolve.families.token_auction.solution import TokenSolution
from eqsolve.families.token_auction.verify.conditions import verify

__all__ = ["METHODS", "run_token_auction", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (Auto, Step, Generate, Tree, Sample)


def run_token_auction(
    auction: TokenAuction,
    *,
    method: str | Method[TokenAuction, TokenSolution] = "auto",
    time_limit: float | None = None,
    seed: int | None = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[TokenSolution]:
    """Return a text drawn by the auction, with who moved it and who pays what, verified.

    Parameters
    ----------
    auction : the instance.
    method : a name from ``eqsolve.methods("token_auction")`` or a method object, whose own seed
        then counts.
    time_limit : seconds, or None for no limit.
    seed : of the draws; None draws nothing, where there is a single step.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings; ``expect="exact"`` and ``expect=N`` ask for expected payments
        over all texts.

    Returns
    -------
    result : ``SOLVED`` where everything asked for is exact to rounding; ``FEASIBLE`` with a sampled
        expectation, a text that was cut short, or models that told only a part.

    Raises
    ------
    InstanceError : no `TokenAuction`, or models that cannot be had or share no tokens.
    OptionError, UnsupportedError : before any work is done.

    Notes
    -----
    Cost: a step takes the models' distributions and O(n T). Source: Duetting, Mirrokni, Paes Leme,
    Xu and Zuo (2024), TOK-1, TOK-6.

    Examples
    --------
    >>> auction = TokenAuction([1, 2, 2], [[0.8, 0.2], [1, 0], [0, 1]])
    >>> result = run_token_auction(auction, seed=None)
    >>> result.status.value, result.solution.aggregate.round(12).tolist()
    ('solved', [0.56, 0.44])
    """
    if isinstance(method, str):
        options = {**options, "seed": seed}
    drawn = options.get("seed", getattr(method, "seed", None))
    return solve_with(
        auction,
        METHODS,
        verify,
        instance_type=TokenAuction,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=0 if drawn is None else drawn,
        deadline=deadline,
    )


solve = run_token_auction
