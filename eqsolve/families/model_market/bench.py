"""Model markets: all pure equilibria, against game solvers on the expanded game.

pygambit and QuantEcon get the whole payoff tensor, M^N profiles; building it is not counted.
Where it has more than a million payoffs they take minutes and are left out.
"""

from __future__ import annotations

from typing import Any

from eqsolve.core.case import Case, Contender, built, proved
from eqsolve.families.model_market.generate import RECIPES

__all__ = ["CASES"]

Size = tuple[int, int, int]

EXPANDED = 10**6
"""Payoffs of the expanded game up to which peers take part."""


def build(size: Size, seed: int) -> Any:
    """Return a market of (models, platforms, types), with the expanded game where it is small.

    Scores are whole numbers up to a million, so that models hardly ever tie: with ties and a
    million platforms there can be more equilibria than anybody wants listed.
    """
    models, platforms, types = size
    market = built(
        RECIPES, "uniform", seed, models=models, platforms=platforms, types=types, high=10**6
    )
    small = models**platforms * platforms <= EXPANDED
    return market, expanded(market) if small else None


def expanded(market: Any) -> Any:
    """Return the payoff tensor of the market's normal-form game."""
    import eqsolve

    game = eqsolve.as_normal_form(market)
    return game.payoffs / game.denominator


def ours(problem: Any) -> tuple[float, ...]:
    """Count all pure equilibria (as profiles, not as counts), with proof that none is missing."""
    import math

    import eqsolve

    market, _ = problem
    result = eqsolve.solve(market, time_limit=60.0)
    proved(result.status, result.limit)
    if result.solution is None or market.n_platforms > 20:
        listed = 0 if result.solution is None else len(result.solution.equilibria)
        return (float(listed),)
    profiles = 0
    for equilibrium in result.solution.equilibria:
        profiles += math.factorial(market.n_platforms) // math.prod(
            math.factorial(int(count)) for count in equilibrium.counts
        )
    return (float(profiles),)


def quantecon_brute(problem: Any) -> tuple[float, ...]:
    """Enumerate pure equilibria with QuantEcon."""
    import quantecon.game_theory as qe

    _, payoffs = problem
    if payoffs is None:
        raise MemoryError("expanded game left out: more than a million payoffs")
    return (float(len(qe.pure_nash_brute(qe.NormalFormGame(payoffs), tol=1e-9))),)


def pygambit_pure(problem: Any) -> tuple[float, ...]:
    """Enumerate pure equilibria with Gambit."""
    import numpy as np
    import pygambit

    _, payoffs = problem
    if payoffs is None:
        raise MemoryError("expanded game left out: more than a million payoffs")
    # Exact equality of payoffs decides here, so tiny rounding differences are removed.
    tables = [np.round(payoffs[..., player], 9) for player in range(payoffs.shape[-1])]
    game = pygambit.Game.from_arrays(*tables)
    return (float(len(pygambit.nash.enumpure_solve(game).equilibria)),)


PEERS = (
    Contender(
        name="QuantEcon pure_nash_brute",
        run=quantecon_brute,
        package="quantecon",
        delivers="equilibria",
        limit=15,
    ),
    Contender(
        name="pygambit enumpure",
        run=pygambit_pure,
        package="pygambit",
        delivers="equilibria",
        limit=15,
    ),
)
OURS = Contender(name="eqsolve", run=ours, delivers="equilibria, completeness proved")

CASES = (
    Case(
        suite="models",
        name="hardmax, beside the expanded game",
        build=build,
        sizes=((5, 3, 6), (10, 4, 10), (10, 6, 10), (20, 5, 12)),
        quick_sizes=((4, 3, 5), (10, 4, 10)),
        contenders=(OURS, *PEERS),
        unit="models x platforms x types",
        repeats=3,
        note="Peers are left out where the expanded game has more than a million payoffs.",
    ),
    Case(
        suite="models",
        name="hardmax, large",
        build=build,
        sizes=((30, 8, 12), (60, 1000, 12), (120, 1_000_000, 18)),
        quick_sizes=((12, 100, 6),),
        contenders=(OURS,),
        unit="models x platforms x types",
        repeats=3,
        note="Every run is proved complete; a run without proof within 60 s would show as failed.",
        compiles=(12, 100, 6),
    ),
)
