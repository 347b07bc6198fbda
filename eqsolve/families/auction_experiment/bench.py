"""Auction experiments: sealed sessions by rule, with their record, beside a plain loop."""

from __future__ import annotations

from typing import Any

import numpy as np

from eqsolve.core.case import Case, Contender
from eqsolve.core.limits import Deadline
from eqsolve.families.auction_experiment.instance import AuctionExperiment
from eqsolve.families.auction_experiment.methods.play import Play
from eqsolve.families.auction_experiment.solve import run_experiment

__all__ = ["CASES"]

_ROUNDS = 15


def sessions(size: int, seed: int) -> AuctionExperiment:
    """Return so many first price sessions of 15 rounds with three bidders by rule."""
    auction = {
        "format": "first_price",
        "n_bidders": 3,
        "values": {"model": "private", "prior": {"integers": [0, 99]}},
        "bids": {"min": 0, "max": 99, "increment": 1},
    }
    seats = [{"rule": "truthful"}, {"rule": "shade", "factor": 2 / 3}, {"rule": "random"}]
    return AuctionExperiment(auction, seats, _ROUNDS, size, seed)


def _verified(plan: AuctionExperiment) -> float:
    """Return the revenue of a record that was recomputed, and written as a file holds it."""
    record = run_experiment(plan, benchmark="truthful").require()
    assert len(record.to_dict()["rounds"]) == plan.n_rounds
    return float(record.revenue)


def _played(plan: AuctionExperiment) -> float:
    """Return the revenue of a record that nobody checked."""
    found = Play(benchmark="truthful").run(plan, Deadline(), np.random.default_rng(0)).solution
    assert found is not None
    return float(found.revenue)


def _plain(plan: AuctionExperiment) -> float:
    """Return the revenue by a loop that makes a generator for each stream; no record."""
    total = 0
    for session in range(plan.sessions):
        for number in range(plan.rounds):
            drawn = [_stream(plan.seed, session, number, seat).random(2) for seat in range(3)]
            values = [int(np.ceil(first * 100)) - 1 for first, _ in drawn]
            bids = [max(values[0], 0), max(values[1] * 2 // 3, 0), int(drawn[2][1] * 100)]
            total += max(bids)
    return float(total)


def _stream(seed: int, *key: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=key)))


def clocks(size: int, seed: int) -> AuctionExperiment:
    """Return so many sessions of 15 rounds on an open clock of a hundred ticks."""
    auction: dict[str, Any] = {
        "format": "english",
        "n_bidders": 3,
        "values": {"model": "private", "prior": {"integers": [0, 99]}},
        "bids": {"min": 0, "max": 99, "increment": 1},
    }
    return AuctionExperiment(auction, [{"rule": "truthful"}] * 3, _ROUNDS, size, seed)


def _second_values(plan: AuctionExperiment) -> float:
    """Return the revenue of truthful bidders: the second-highest values (AUC-1)."""
    from eqsolve.families.auction_experiment.draws import Draws

    return float(np.sort(Draws(plan).types[0], axis=1)[:, -2].sum())


CASES: tuple[Case, ...] = (
    Case(
        suite="experiments",
        name="sealed sessions by rule",
        build=sessions,
        sizes=(1000, 10_000),
        quick_sizes=(20,),
        contenders=(
            Contender(name="eqsolve", run=_verified, delivers="record, verified, as a document"),
            Contender(name="eqsolve, play", run=_played, delivers="record"),
            Contender(name="numpy, a generator per stream", run=_plain, delivers="revenue only"),
        ),
        unit="sessions of 15 rounds",
        repeats=3,
        note="1,000 sessions are to take 5 seconds at most, with the record.",
    ),
    Case(
        suite="experiments",
        name="open clock",
        build=clocks,
        sizes=(20, 200),
        quick_sizes=(2,),
        contenders=(
            Contender(name="eqsolve, play", run=_played, delivers="record, tick by tick"),
            Contender(name="numpy, second values", run=_second_values, delivers="revenue only"),
        ),
        unit="sessions of 15 rounds",
        repeats=3,
    ),
)
