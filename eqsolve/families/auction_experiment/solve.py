"""The verbs of auction experiments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from eqsolve.core.errors import NoSolutionError
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Result
from eqsolve.core.solving import solve_with
from eqsolve.families.auction_experiment.instance import AuctionExperiment
from eqsolve.families.auction_experiment.methods.auto import Auto
from eqsolve.families.auction_experiment.methods.play import Play
from eqsolve.families.auction_experiment.solution import ExperimentRecord
from eqsolve.families.auction_experiment.verify.conditions import verify

__all__ = ["METHODS", "play", "run_experiment", "solve"]

METHODS: tuple[type[Method[Any, Any]], ...] = (Auto, Play)

_PLAN = (
    "values", "commons", "draws", "protocol", "proxy", "repeat_on_bad_answer", "template", "name",
    "labels", "metadata",
)  # fmt: skip


def run_experiment(
    experiment: AuctionExperiment,
    *,
    method: str | Method[AuctionExperiment, ExperimentRecord] = "auto",
    time_limit: float | None = None,
    seed: int | None = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Result[ExperimentRecord]:
    """Carry out an experiment and return its verified record.

    Parameters
    ----------
    experiment : the plan, which has a seed of its own.
    method : a name from ``eqsolve.methods("auction_experiment")`` or a method object.
    time_limit : seconds, or None for no limit.
    seed : nothing is drawn by it.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the method's settings.

    Returns
    -------
    result : ``SOLVED`` where every round was played and recomputed; ``FEASIBLE`` with a limit where
        it was stopped, or a model did not answer: playing it again with the same cache goes on. The
        objective is the revenue of all rounds.

    Raises
    ------
    InstanceError : no `AuctionExperiment`.
    OptionError, UnsupportedError : before any work is done.
    MissingAnswerError : offline, and answers are missing; names the key of the first of each
        session.

    Notes
    -----
    Cost: O(rounds * n log n), and one request for each question to a model. Source: theory page,
    sections 5 and 6.

    Examples
    --------
    >>> values = {"model": "private", "prior": {"integers": [0, 99]}}
    >>> auction = {"format": "second_price", "n_bidders": 2, "values": values}
    >>> plan = AuctionExperiment(auction, [{"rule": "truthful"}] * 2, rounds=10)
    >>> result = run_experiment(plan)
    >>> result.status.value, result.solution.statistics["share_truthful"]
    ('solved', 1.0)
    """
    return solve_with(
        experiment,
        METHODS,
        verify,
        instance_type=AuctionExperiment,
        method=method,
        options=options,
        time_limit=time_limit,
        seed=0 if seed is None else seed,
        deadline=deadline,
    )


solve = run_experiment


def play(
    auction: object,
    bidders: Iterable[object],
    rounds: int = 1,
    sessions: int = 1,
    seed: int = 0,
    *,
    time_limit: float | None = None,
    **options: Any,
) -> ExperimentRecord:
    """Play an auction with given bidders and return the record.

    Parameters
    ----------
    auction : a `SingleItemAuction`, or the object that files have.
    bidders : one per seat, see `eqsolve.bidders`: also callables ``bidder(view) -> bid`` and
        objects with ``.bid(view)``.
    rounds, sessions, seed : of the experiment.
    time_limit : seconds.
    **options : other fields of `AuctionExperiment`, and settings of the method ``play``.

    Returns
    -------
    record : verified; incomplete where a limit came first (``record.is_complete``).

    Raises
    ------
    InstanceError : with every fault of the plan.
    OptionError, UnsupportedError : before any work is done.
    NoSolutionError : not one round could be played.

    Notes
    -----
    Cost and source: those of `run_experiment`.

    Examples
    --------
    >>> from eqsolve import SingleItemAuction, bidders
    >>> values = {"model": "private", "prior": {"integers": [0, 99]}}
    >>> auction = SingleItemAuction("second_price", 2, values)
    >>> def half(view):
    ...     return view.value // 2
    >>> record = play(auction, [bidders.truthful(), half], rounds=5, seed=1)
    >>> record.statistics["share_truthful"], record.rounds[0].values
    (0.5, (0, 29))
    """
    plan = {key: options.pop(key) for key in _PLAN if key in options}
    experiment = AuctionExperiment(auction, list(bidders), rounds, sessions, seed, **plan)
    result = run_experiment(experiment, time_limit=time_limit, **options)
    if result.solution is None:
        why = "; ".join(result.stats.remarks) or result.status.meaning
        raise NoSolutionError(f"nothing was played: {why}")
    return result.solution
