"""Single-item auctions: play on a grid, exact small games, proved bounds, bidders who differ.

Who plays on a grid is measured by one yardstick, `worst_share`: the greatest regret as a share of
the value range, by the same code for all; a contender that promises one and misses it fails.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.case import Case, Contender
from eqsolve.core.limits import Deadline
from eqsolve.families.single_item_auction.beliefs import Monotone
from eqsolve.families.single_item_auction.evaluate import outlook
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.listing import list_equilibria
from eqsolve.families.single_item_auction.methods.closed_form import ClosedForm
from eqsolve.families.single_item_auction.methods.fictitious_play import FictitiousPlay
from eqsolve.families.single_item_auction.playing import mixture_of
from eqsolve.families.single_item_auction.regret import regret_of
from eqsolve.families.single_item_auction.solution import Strategy

__all__ = ["CASES", "worst_share"]

_PROMISED = 1e-4
_NUMPY_STEPS = 6000


def grid_game(size: tuple[int, int], seed: int) -> SingleItemAuction:
    """Return a first price with (bidders, values = bids), the middles of cells of U[0, 1]."""
    bidders, count = size
    points = ((np.arange(count) + 0.5) / count).round(9).tolist()
    return SingleItemAuction(
        "first_price",
        bidders,
        {"model": "private", "prior": {"points": points}},
        bids={"min": 0, "max": (count - 1) / count, "increment": 1 / count},
    )


def worst_share(auction: SingleItemAuction, strategy: Strategy) -> float:
    """Return the greatest regret as a share of the value range."""
    classes = (0,) * auction.n_bidders
    low, high = auction.support
    return regret_of(auction, [strategy], classes).epsilon / (high - low)


def _revenue(auction: SingleItemAuction, strategy: Strategy, promised: float) -> float:
    """Return the revenue of a strategy that keeps its promise.

    Raises
    ------
    ArithmeticError : its regret is greater than promised.
    """
    share = worst_share(auction, strategy)
    if share > promised:
        raise ArithmeticError(f"regret is {share:.3g} of the range, promised {promised:g}")
    return outlook(auction, [strategy], (0,) * auction.n_bidders).revenue


def _compiled(auction: SingleItemAuction) -> float:
    """Play by the compiled kernel."""
    low, high = auction.support
    method = FictitiousPlay(epsilon=2 * _PROMISED * (high - low))
    solution = method.run(auction, Deadline(), np.random.default_rng(0)).solution
    assert solution is not None
    return _revenue(auction, solution.strategies[0], _PROMISED)


def _numpy(auction: SingleItemAuction) -> float:
    """Play with arrays: the chance of each bid by powers, the best replies by a table."""
    assert auction.bids is not None
    values, bids = auction.values.own(0).quantile(_middles(auction)), auction.bids.bids
    n = auction.n_bidders
    law = np.full(len(bids), 1 / len(bids))
    for t in range(1, _NUMPY_STEPS + 1):
        most = np.cumsum(law)
        below = most - law
        with np.errstate(divide="ignore", invalid="ignore"):
            split = (most**n - below**n) / (n * law)
        win = np.where(law > 1e-12, split, below ** (n - 1))
        reply = ((values[:, None] - bids) * win).argmax(axis=1)
        law += 2 / (t + 2) * (np.bincount(reply, minlength=len(bids)) / len(values) - law)
    chances = np.full(len(values), 1 / len(values))
    strategy = mixture_of(values, chances, bids, np.append(law, 0.0), np.nan)
    return _revenue(auction, strategy, 10 * _PROMISED)


def _middles(auction: SingleItemAuction) -> FloatArray:
    """Return shares in the middle of the chances of equally likely points."""
    count = len(auction.values.own(0).points)  # type: ignore[attr-defined]  # finite
    return np.asarray((np.arange(count) + 0.5) / count)


def sealed_game(size: int, seed: int) -> SingleItemAuction:
    """Return two bidders with values 1 to size and bids 0 to size - 1."""
    values = {"model": "private", "prior": {"integers": [1, size]}}
    bids = {"min": 0, "max": size - 1, "increment": 1}
    return SingleItemAuction("first_price", 2, values, bids=bids)


def _listed(auction: SingleItemAuction) -> float:
    """Return the greatest revenue of all symmetric pure equilibria, each decided in fractions."""
    found = list_equilibria(auction, (0, 0))
    return max(outlook(auction, it, (0, 0)).revenue for it in found.equilibria)


def _regret_minimized(auction: SingleItemAuction) -> float:
    """Return the revenue after 1000 iterations of open_spiel's CFR."""
    import pyspiel
    from open_spiel.python.algorithms import cfr, expected_game_score

    top = int(auction.support[1])
    game = pyspiel.load_game(f"first_sealed_auction(players=2,max_value={top})")
    solver = cfr.CFRSolver(game)
    for _ in range(1000):
        solver.evaluate_and_update_policy()
    policy = solver.average_policy()
    state = game.new_initial_state()
    utility = expected_game_score.policy_value(state, [policy] * 2)
    mean_top = sum(v * (2 * v - 1) for v in range(1, top + 1)) / top**2
    return float(mean_top - sum(utility))  # an upper bound: as if always the greater value won


def bell(size: int, seed: int) -> Any:
    """Return a first price with normal values, its strategy drawn with few points, and cells."""
    values = {"model": "private", "prior": {"normal": [50, 20, 0, 99]}}
    auction = SingleItemAuction("first_price", 3, values)
    types = np.linspace(0, 99, 41)
    wrong = Strategy(types, types * 0.7)
    return auction, wrong, size


def _bound(problem: Any) -> float:
    """Return the proved bound."""
    auction, strategy, cells = problem
    return regret_of(auction, [strategy], (0, 0, 0), cells).epsilon


def _dense(problem: Any) -> float:
    """Return the greatest regret found on 1000 values and 4000 bids, no bound."""
    auction, strategy, _ = problem
    law = Monotone(strategy, auction.values.own(0))
    values = np.linspace(0, 99, 1001)
    bids = np.linspace(0, float(strategy.bids[-1]), 4001)
    chance = law.at_most(bids) ** 2
    own = strategy.bids_at(values)
    best = ((values[:, None] - bids) * chance).max(axis=1)
    return float((best - (values - own) * law.at_most(own) ** 2).max())


def five(size: int, seed: int) -> SingleItemAuction:
    """Return the first `size` of five bidders with priors of five forms."""
    priors: list[dict[str, Any]] = [
        {"uniform": [0, 1]}, {"power": [0, 1, 2]}, {"beta": [2, 2, 0, 1]},
        {"exponential": [1, 0, 1]}, {"normal": [0.5, 0.3, 0, 1]},
    ]  # fmt: skip
    return SingleItemAuction("first_price", None, {"model": "private", "priors": priors[:size]})


def _proved(auction: SingleItemAuction) -> float:
    """Return the revenue of strategies with a proved epsilon of 1e-3 of the range."""
    method = FictitiousPlay(epsilon=1e-3)
    solution = method.run(auction, Deadline(), np.random.default_rng(0)).solution
    assert solution is not None
    if solution.epsilon > 1e-3:
        raise ArithmeticError(f"epsilon is {solution.epsilon:.3g}, promised 1e-3")
    return solution.revenue


def plain(size: int, seed: int) -> SingleItemAuction:
    """Return uniform bidders, a first price, with so many of them."""
    values = {"model": "private", "prior": {"uniform": [0, 1]}}
    return SingleItemAuction("first_price", size, values)


def _formula(auction: SingleItemAuction) -> float:
    """Return the revenue by the formula, with its proved bound."""
    solution = ClosedForm().run(auction, Deadline(), np.random.default_rng(0)).solution
    assert solution is not None
    return solution.revenue


def _drawn(auction: SingleItemAuction) -> float:
    """Return the mean winning bid of 400,000 draws."""
    n = auction.n_bidders
    top = np.random.default_rng(1).random((400_000, n)).max(axis=1)
    return float((top * (n - 1) / n).mean())


def _case(**fields: Any) -> Case:
    return Case(suite="single_item", **fields)


CASES = (
    _case(
        name="first price on a grid",
        build=grid_game,
        sizes=((3, 100), (10, 100)),
        quick_sizes=((3, 20),),
        contenders=(
            Contender(
                name="eqsolve, compiled play", run=_compiled,
                delivers="strategy, regret at most 1e-4 of the range",
            ),
            Contender(
                name="numpy, 6000 iterations", run=_numpy,
                delivers="strategy, regret at most 1e-3 of the range",
            ),
        ),
        unit="bidders, values = bids",
        repeats=3,
        tolerance=5e-3,
        note="Regret of all is computed by the same code; the answer compared is the revenue.",
        compiles=(3, 20),
    ),
    _case(
        name="exact small auction",
        build=sealed_game,
        sizes=(4, 5),
        quick_sizes=(3,),
        contenders=(
            Contender(name="eqsolve, listing", run=_listed, delivers="all pure equilibria, exact"),
            Contender(
                name="open_spiel, CFR", run=_regret_minimized, package="pyspiel",
                delivers="average strategy of 1000 iterations", exact=False, limit=120,
            ),
        ),
        unit="values",
        repeats=3,
    ),
    _case(
        name="proved bound of a regret",
        build=bell,
        sizes=(10_000, 100_000, 1_000_000),
        quick_sizes=(10_000,),
        contenders=(
            Contender(name="eqsolve, cells", run=_bound, delivers="a bound on all types and bids"),
            Contender(
                name="numpy, 1000 x 4000", run=_dense, delivers="the greatest regret found"
            ),
        ),
        unit="cells",
        repeats=3,
        tolerance=2e-2,
        note="The search finds a little less than there is, the cells prove a little more.",
        compiles=10_000,
    ),
    _case(
        name="bidders who differ",
        build=five,
        sizes=(2, 5),
        quick_sizes=(2,),
        contenders=(
            Contender(
                name="eqsolve, play and cells", run=_proved,
                delivers="strategies, epsilon proved: 1e-3 of the range",
            ),
        ),
        unit="bidders",
        repeats=1,
        tolerance=1e-2,
    ),
    _case(
        name="formula",
        build=plain,
        sizes=(2, 5),
        quick_sizes=(2,),
        contenders=(
            Contender(name="eqsolve", run=_formula, delivers="strategy with a proved bound"),
            Contender(name="numpy, 400,000 draws", run=_drawn, delivers="mean winning bid"),
        ),
        unit="bidders",
        repeats=3,
        tolerance=5e-3,
    ),
)  # fmt: skip
