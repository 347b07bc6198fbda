"""``play``: sessions are played round by round, and everything that happened is recorded.

Bids by rule follow from types and random numbers at once, for all rounds. Chat bidders are asked
through a store of answers, sessions side by side; a session whose model does not answer ends there,
the others go on. What is recorded does not depend on what was asked at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from eqsolve.core.incumbent import Incumbent
from eqsolve.core.limits import Deadline
from eqsolve.core.method import Method
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.endpoints.asking import Asking, unused_remarks
from eqsolve.endpoints.client import Client
from eqsolve.endpoints.errors import EndpointError, MissingAnswerError, StoppedError
from eqsolve.endpoints.store import Store
from eqsolve.families.auction_experiment.bidding.by_rule import bids_of, layers_of
from eqsolve.families.auction_experiment.bidding.equilibrium import equilibrium_of
from eqsolve.families.auction_experiment.bidding.models import strategy_of
from eqsolve.families.auction_experiment.draws import OWN, Draws
from eqsolve.families.auction_experiment.instance import (
    AuctionExperiment,
    Bidder,
    Chat,
    Equilibrium,
    Function,
)
from eqsolve.families.auction_experiment.instance.bidders import is_by_rule
from eqsolve.families.auction_experiment.players import (
    ChatPlayer,
    FunctionPlayer,
    Player,
    RulePlayer,
)
from eqsolve.families.auction_experiment.session import Session, Table, listed, sealed_round
from eqsolve.families.auction_experiment.solution import (
    USAGE,
    ExperimentRecord,
    Failure,
    Number,
    Round,
)
from eqsolve.families.auction_experiment.statistics import benchmark_by, statistics_of
from eqsolve.families.single_item_auction.solution import SingleItemAuctionSolution, Strategy

__all__ = ["Play"]

_LOOK = 256
"""Rounds between two looks at the clock."""


@dataclass(slots=True)
class _Played:
    """What came of a session.

    Parameters
    ----------
    rounds : those that were played.
    failures : in the order in which they happened.
    limit : what ended it early, or None.
    missing : the answer that the store does not hold, or empty text.
    """

    rounds: list[Round] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    limit: Limit | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Play(Asking, Method[AuctionExperiment, ExperimentRecord]):
    """Play the sessions of an experiment.

    Parameters
    ----------
    cache, offline, fresh, max_cost, max_requests, requests_at_once : see `Asking`.
    benchmark : what bids are compared with: ``bne`` (the equilibrium), ``truthful``, ``none``.
    """

    name: ClassVar[str] = "play"
    summary: ClassVar[str] = "sessions round by round: by rule, by function, by chat"
    theorem: ClassVar[str] = "AUC-12"
    cost: ClassVar[str] = "O(rounds * n log n), and one request for each question to a model"
    source: ClassVar[str] = (
        "Shah, A., Zhu, K., Jiang, Y., Wang, J. G., Dayi, A. K., Horton, J. J. and Parkes, D. C. "
        "(2025). Learning from synthetic labs: language models as auction participants."
    )

    benchmark: Literal["bne", "truthful", "none"] = "bne"

    def supports(self, experiment: AuctionExperiment) -> str | None:
        """Return that a function is missing, or None."""
        lost = [
            seat
            for seat, bidder in enumerate(experiment.bidders)
            if isinstance(bidder, Function) and bidder.call is None
        ]
        if not lost:
            return None
        name = experiment.bidders[lost[0]].title
        return f"bidder {lost[0]} is the Python function {name!r}, which no file holds"

    def run(
        self, experiment: AuctionExperiment, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[ExperimentRecord]:
        """Play; see the module. Nothing is drawn from `rng`: the experiment has its own seed."""
        plan = experiment
        layers = max(layers_of(bidder) for bidder in plan.bidders)
        table = Table(plan, Draws(plan, max(OWN, 1 + layers)))
        held: Incumbent[ExperimentRecord] = Incumbent(method=self.name)
        equilibrium = self._equilibrium(plan, deadline)
        if deadline.expired():
            return held.outcome(answered=False, limit=deadline.limit)
        if equilibrium is None and self.benchmark == "bne":
            held.remarks += ("no equilibrium is known: bids are compared with none",)
        strategies = tuple(
            strategy_of(bidder, seat, plan.auction, equilibrium)
            for seat, bidder in enumerate(plan.bidders)
        )
        bids = [_bids(table, seat, strategies[seat]) for seat in range(plan.n_bidders)]
        with self.client(deadline, needed=plan.asks_models) as client:
            played = self._play(table, bids, client, deadline)
        missing = [part.missing for part in played if part.missing]
        if missing:
            raise MissingAnswerError("; ".join(missing))
        rounds = tuple(entry for part in played for entry in part.rounds)
        failures = tuple(failure for part in played for failure in part.failures)
        usage = client.usage.to_dict()
        lacks = self.benchmark == "bne" and equilibrium is None
        used = "none" if lacks else self.benchmark
        compared = benchmark_by(used, equilibrium)
        record = ExperimentRecord(
            experiment=plan,
            rounds=rounds,
            statistics=statistics_of(plan, rounds, compared),
            benchmark=equilibrium,
            benchmark_kind=used,
            strategies=strategies if any(strategies) else None,
            usage={name: usage[name] for name in USAGE},
            failures=failures,
        )
        return self._outcome(held, record, played, client.store)

    def _equilibrium(
        self, plan: AuctionExperiment, deadline: Deadline
    ) -> SingleItemAuctionSolution | None:
        """Return the equilibrium, where anybody needs it."""
        if self.benchmark != "bne" and not any(map(_needs_equilibrium, plan.bidders)):
            return None
        return equilibrium_of(plan.auction, deadline)

    def _outcome(
        self,
        held: Incumbent[ExperimentRecord],
        record: ExperimentRecord,
        played: Iterable[_Played],
        store: Store,
    ) -> Outcome[ExperimentRecord]:
        """Return the outcome: solved where every round was played."""
        limits = [part.limit for part in played if part.limit is not None]
        ended = [failure for failure in record.failures if failure.done == "session ended"]
        held.counts = {"rounds": len(record.rounds), "failures": len(record.failures)}
        for failure in ended:
            where = f"session {failure.session} ended in round {failure.round}"
            held.remarks += (f"{where}: {failure.reason}",)
        held.remarks += unused_remarks(store)
        # What stopped all sessions says more than that the model of one of them was down.
        first = next((limit for limit in limits if limit is not Limit.BACKEND), None)
        limit = first or (Limit.BACKEND if limits else None)
        if record.rounds:
            held.offer(record, record.revenue)
        return held.outcome(answered=record.is_complete, limit=limit)

    def _play(
        self,
        table: Table,
        bids: Sequence[list[Number | None] | None],
        client: Client,
        deadline: Deadline,
    ) -> list[_Played]:
        """Return what came of each session, in their order."""
        plan = table.experiment
        known = [column for column in bids if column is not None]
        if len(known) == len(bids) and plan.proxy is None and not plan.is_clock:
            return _by_rule_alone(table, known, deadline)
        at_once = self.requests_at_once if plan.asks_models else 1
        side_by_side = min(at_once, plan.sessions)
        seats = ThreadPoolExecutor(at_once) if at_once > side_by_side else None

        def play(number: int) -> _Played:
            players = _players(table, number, bids, client)
            return _session(Session(table, number, players, seats), number, table, deadline)

        try:
            if side_by_side == 1:
                return [play(number) for number in range(plan.sessions)]
            with ThreadPoolExecutor(side_by_side) as pool:
                return list(pool.map(play, range(plan.sessions)))
        finally:
            if seats is not None:
                seats.shutdown()


def _needs_equilibrium(bidder: Bidder) -> bool:
    """Return whether a bidder plays the equilibrium."""
    return isinstance(bidder.undisturbed, Equilibrium)


def _bids(table: Table, seat: int, strategy: Strategy | None) -> list[Number | None] | None:
    """Return the bids of a seat in all rounds, None where it has to be asked."""
    bidder = table.experiment.bidders[seat]
    if not is_by_rule(bidder):
        return None
    types, own = table.draws.types[0][:, seat], table.draws.seats[:, seat]
    return listed(bids_of(bidder, table.experiment, types, own, strategy))


def _by_rule_alone(
    table: Table, bids: Sequence[list[Number | None]], deadline: Deadline
) -> list[_Played]:
    """Return the sessions of sealed bids that are all known."""
    plan, played = table.experiment, []
    by_round = list(zip(*bids, strict=True))
    for session in range(plan.sessions):
        part = _Played()
        played.append(part)
        for number in range(plan.rounds):
            place = session * plan.rounds + number
            if place % _LOOK == 0 and deadline.expired():
                part.limit = deadline.limit
                return played
            part.rounds.append(sealed_round(table, session, number, by_round[place]))
    return played


def _players(
    table: Table, number: int, bids: Sequence[list[Number | None] | None], client: Client
) -> list[Player]:
    """Return who sits in the seats of a session."""
    plan = table.experiment
    found: list[Player] = []
    servers: dict[str, list[str]] = {}
    for seat, bidder in enumerate(plan.bidders):
        column = bids[seat]
        if isinstance(bidder, Chat):
            same_name = servers.setdefault(bidder.talker.model, [])
            if bidder.talker.address.url not in same_name:
                same_name.append(bidder.talker.address.url)
            server = same_name.index(bidder.talker.address.url)
            found.append(ChatPlayer(plan, number, seat, bidder, client, server, table.amounts))
        elif isinstance(bidder, Function):
            found.append(FunctionPlayer(bidder, table.amounts))
        else:
            assert column is not None
            mine = column[number * plan.rounds : (number + 1) * plan.rounds]
            found.append(RulePlayer(mine, table.amounts, follows_exits=_follows(plan, bidder)))
    return found


def _follows(plan: AuctionExperiment, bidder: Bidder) -> bool:
    """Return whether a bidder learns from those who leave: AUC-8 on open clocks."""
    is_open = plan.auction.format == "english" and plan.auction.values.model == "common"
    return is_open and isinstance(bidder, Equilibrium)


def _session(session: Session, number: int, table: Table, deadline: Deadline) -> _Played:
    """Play the rounds of a session for as long as it goes on."""
    part = _Played(failures=session.failures)
    for turn in range(table.experiment.rounds):
        if deadline.expired():
            part.limit = deadline.limit
            return part
        try:
            part.rounds.append(session.play(turn))
        except StoppedError as error:
            part.limit = error.limit
            return part
        except MissingAnswerError as error:
            part.missing = f"session {number}, round {turn}: {error}"
            return part
        except EndpointError as error:
            part.limit = Limit.BACKEND
            part.failures.append(Failure(number, turn, None, str(error), "session ended"))
            return part
    return part
