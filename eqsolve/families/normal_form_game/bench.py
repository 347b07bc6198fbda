"""Normal-form games: all pure equilibria of a payoff tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.case import Case, Contender

__all__ = ["CASES"]


def build(size: tuple[int, ...], seed: int) -> Any:
    """Return whole payoffs from 0 to 999 for players with the given numbers of strategies."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 1000, (*size, len(size)))


def ours(payoffs: Any) -> float:
    """List all pure equilibria, with proof."""
    import eqsolve

    solution = eqsolve.solve(eqsolve.NormalFormGame(payoffs)).solution
    return 0.0 if solution is None else float(len(solution))


def quantecon_brute(payoffs: Any) -> float:
    """Enumerate with QuantEcon."""
    import quantecon.game_theory as qe

    return float(len(qe.pure_nash_brute(qe.NormalFormGame(payoffs.astype(float)))))


def pygambit_pure(payoffs: Any) -> float:
    """Enumerate with Gambit; making its game object is part of the price."""
    import pygambit

    game = pygambit.Game.from_arrays(*(payoffs[..., k] for k in range(payoffs.shape[-1])))
    return float(len(pygambit.nash.enumpure_solve(game).equilibria))


def case(name: str, sizes: tuple[tuple[int, ...], ...], quick: tuple[tuple[int, ...], ...]) -> Case:
    """Return a case with the given numbers of strategies."""
    return Case(
        suite="games",
        name=name,
        build=build,
        sizes=sizes,
        quick_sizes=quick,
        contenders=(
            Contender(name="eqsolve", run=ours, delivers="equilibria, completeness proved"),
            Contender(
                name="QuantEcon pure_nash_brute",
                run=quantecon_brute,
                package="quantecon",
                delivers="equilibria",
                limit=10,
            ),
            Contender(
                name="pygambit enumpure",
                run=pygambit_pure,
                package="pygambit",
                delivers="equilibria",
                limit=10,
            ),
        ),
        unit="strategies of each player",
        repeats=3,
        compiles=(350, 350) if len(sizes[0]) == 2 else None,
    )


CASES = (
    case("two players", ((20, 20), (100, 100), (300, 300), (2000, 2000)), ((5, 5), (100, 100))),
    case(
        "more players",
        ((5, 5, 5), (20, 20, 20), (8, 8, 8, 8, 8), (150, 150, 150)),
        ((3, 3, 3), (20, 20, 20)),
    ),
)
