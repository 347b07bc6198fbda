"""One session, round after round: seats are asked by the rules of the format, and rounds recorded.

Rounds in which all seats bid by rule and at once need nobody to be asked: their bids are known.
Cost: O(n log n) a round of sealed bids, n questions a tick of a clock or a period of proxy bidding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from eqsolve.core.arrays import FloatArray
from eqsolve.families.auction_experiment.amounts import Amounts
from eqsolve.families.auction_experiment.draws import Draws, OrderOfMoves
from eqsolve.families.auction_experiment.instance import AuctionExperiment
from eqsolve.families.auction_experiment.instance.view import Past, View
from eqsolve.families.auction_experiment.parsing import BadAnswerError
from eqsolve.families.auction_experiment.players import DONE, Answer, Player
from eqsolve.families.auction_experiment.rules.clock import FallingClock, RisingClock
from eqsolve.families.auction_experiment.rules.proxy import ProxyBidding
from eqsolve.families.auction_experiment.solution import Action, Failure, Number, Round, plain
from eqsolve.families.single_item_auction.rules import award, top_bidders

__all__ = ["Session", "Table", "sealed_round"]


@dataclass(frozen=True)
class Table:
    """What all sessions of an experiment share: types, bids by rule, and numbers of chance.

    Parameters
    ----------
    experiment : the plan.
    draws : its random numbers.
    """

    experiment: AuctionExperiment
    draws: Draws

    @cached_property
    def amounts(self) -> Amounts:
        """The bids that there are."""
        return Amounts(self.experiment.auction)

    @cached_property
    def prices(self) -> list[Number]:
        """The prices of a clock, rising, from the starting one on."""
        start = self.experiment.start
        return [price for price in self.amounts.prices if price >= start]

    @cached_property
    def types(self) -> list[tuple[Number, ...]]:
        """Types by round of all sessions."""
        return [tuple(map(plain, row)) for row in self.draws.types[0].tolist()]

    @cached_property
    def commons(self) -> list[Number | None]:
        """What types have in common, by round of all sessions."""
        shared = self.draws.types[1]
        if shared is None:
            return [None] * self.experiment.n_rounds
        return [plain(common) for common in shared.tolist()]

    @cached_property
    def ties(self) -> list[float]:
        """What breaks a tie, by round of all sessions."""
        found: list[float] = self.draws.ties.tolist()
        return found

    @cached_property
    def own(self) -> list[list[tuple[float, ...]]]:
        """The seats' own numbers, by round of all sessions."""
        return [[tuple(seat) for seat in row] for row in self.draws.seats.tolist()]


def listed(bids: FloatArray) -> list[Number | None]:
    """Return bids with None for staying out, whole ones without a point."""
    return [None if bid != bid else plain(bid) for bid in bids.tolist()]


def sealed_round(table: Table, session: int, number: int, bids: Sequence[Number | None]) -> Round:
    """Return the round that sealed bids lead to."""
    auction = table.experiment.auction
    place = session * table.experiment.rounds + number
    draw = table.ties[place]
    won = award(auction, bids, draw)
    tied = won.winner is not None and len(top_bidders(bids, auction.reserve)) > 1
    return _settled(
        table, session, number, tuple(bids), won.winner, won.price, tuple(map(plain, won.payments)),
        tie_draw=draw if tied else None,
    )  # fmt: skip


def _settled(
    table: Table,
    session: int,
    number: int,
    bids: tuple[Number | None, ...],
    winner: int | None,
    price: Number | None,
    payments: tuple[Number, ...],
    **more: Any,
) -> Round:
    """Return a round with its profits."""
    place = session * table.experiment.rounds + number
    types, common = table.types[place], table.commons[place]
    profits = [plain(0 - payment) for payment in payments]
    if winner is not None:
        is_common = table.experiment.auction.values.model == "common"
        worth = common if is_common and common is not None else types[winner]
        profits[winner] = plain(worth - payments[winner])
    shown = None if price is None else plain(price)
    return Round(
        session, number, types, common, bids, winner, shown, payments, tuple(profits), **more
    )


def _by_winner(n: int, winner: int | None, price: Number) -> tuple[Number, ...]:
    """Return payments where the winner alone pays."""
    return tuple(price if seat == winner else 0 for seat in range(n))


class Session:
    """A session in which seats are asked.

    Parameters
    ----------
    table : what all sessions share.
    number : which session.
    players : one per seat.
    pool : asks seats at once; None: one after the other.
    """

    def __init__(
        self, table: Table, number: int, players: Sequence[Player], pool: Executor | None = None
    ) -> None:
        self._table, self._number, self._players, self._pool = table, number, players, pool
        self._plan = table.experiment
        self._past: list[list[Past]] = [[] for _ in players]
        self.failures: list[Failure] = []

    def play(self, number: int) -> Round:
        """Play one round, after those before it, and return it."""
        plan = self._plan
        if plan.proxy is not None:
            played = self._proxy(number)
        elif plan.auction.format == "dutch":
            played = self._falling(number)
        elif plan.is_clock:
            played = self._rising(number)
        else:
            played = self._sealed(number)
        self._remember(played)
        if plan.is_clock:  # one answer holds plan, action and reflection
            return played
        if plan.protocol.reflect and number + 1 < plan.rounds:
            self._each(
                lambda seat: self._players[seat].reflect(self._view("reflect", number, seat))
            )
        notes = tuple(player.notes() for player in self._players)
        return played if not any(notes) else replace(played, notes=notes)

    def _sealed(self, number: int) -> Round:
        """Play a round of sealed bids."""
        self._make_plans(number)
        asked = {seat: self._view("bid", number, seat) for seat in range(self._plan.n_bidders)}
        said = self._answers(asked)
        return sealed_round(
            self._table, self._number, number, [said[seat] for seat in range(len(said))]
        )

    def _rising(self, number: int) -> Round:
        """Play a round on a clock that counts up."""
        n, auction = self._plan.n_bidders, self._plan.auction
        prices = self._table.prices
        coming = self._entering(number, prices)
        clock = RisingClock(prices or [0], coming, in_turn=auction.tick == "in_turn")
        while not clock.is_over:
            left = tuple(clock.exits.values()) if auction.format == "english" else ()
            asked = {
                seat: self._view("stay", number, seat, price=clock.price, exits=left)
                for seat in clock.asked
            }
            clock.hear({seat: bool(said) for seat, said in self._answers(asked).items()})
        assert clock.tops is not None
        winner, draw = self._lot(number, clock.tops)
        exits = tuple(clock.exits.get(seat) for seat in range(n))
        bids = tuple(
            clock.price if seat == winner else clock.exits.get(seat, self._last(seat, clock))
            for seat in range(n)
        )
        paid = _by_winner(n, winner, clock.price)
        price = None if winner is None else clock.price
        return _settled(
            self._table, self._number, number, bids, winner, price, paid,
            tie_draw=draw, exits=exits,
        )  # fmt: skip

    @staticmethod
    def _last(seat: int, clock: RisingClock) -> Number | None:
        """Return the bid of who never left: the last price, or None for who never came in."""
        return clock.price if seat in (clock.tops or ()) else None

    def _falling(self, number: int) -> Round:
        """Play a round on a clock that counts down."""
        n, auction = self._plan.n_bidders, self._plan.auction
        prices = self._table.prices[::-1]
        clock = FallingClock(prices or [0], range(n) if prices else (),
                             in_turn=auction.tick == "in_turn")  # fmt: skip
        while not clock.is_over:
            asked = {
                seat: self._view("take", number, seat, price=clock.price) for seat in clock.asked
            }
            clock.hear({seat: bool(said) for seat, said in self._answers(asked).items()})
        assert clock.tops is not None
        winner, draw = self._lot(number, clock.tops)
        bids = tuple(clock.price if seat in clock.tops else None for seat in range(n))
        price = None if winner is None else clock.price
        return _settled(
            self._table, self._number, number, bids, winner, price,
            _by_winner(n, winner, clock.price), tie_draw=draw, exits=(None,) * n,
        )  # fmt: skip

    def _proxy(self, number: int) -> Round:
        """Play a round of proxy bidding."""
        plan, n = self._plan, self._plan.n_bidders
        assert plan.proxy is not None
        assert plan.auction.bids is not None
        self._make_plans(number)
        bidding = ProxyBidding(
            plan.proxy, n, increment=plain(plan.auction.bids.increment), start=plain(plan.start)
        )
        order, moves = OrderOfMoves(plan, self._number, number), []
        goes_on = True
        while goes_on:
            for seat in order.next_period():
                view = self._view(
                    "move", number, seat, price=bidding.price, maximum=bidding.maxima[seat],
                    leader=bidding.leader, period=bidding.period, periods=plan.proxy.periods,
                )  # fmt: skip
                bid = self._answers({seat: view})[seat]
                rose = bidding.move(seat, bid)
                shown = bid if rose else None
                moves.append(Action(bidding.period, seat, shown, bidding.price, bidding.leader))
            goes_on = bidding.end_period()
        winner, price = bidding.winner, bidding.price
        bids = tuple(top if top > 0 else None for top in bidding.maxima)
        return _settled(
            self._table, self._number, number, bids, winner, None if winner is None else price,
            _by_winner(n, winner, price), periods=tuple(moves),
        )  # fmt: skip

    def _entering(self, number: int, prices: Sequence[Number]) -> list[int]:
        """Return who takes part in a rising clock: all who want to at the starting price."""
        if not prices:
            return []
        asked = {
            seat: self._view("enter", number, seat, price=prices[0])
            for seat in range(self._plan.n_bidders)
        }
        if prices[0] == self._table.amounts.prices[0]:  # who is asked leaves at the first tick
            asked = {seat: view for seat, view in asked.items() if self._players[seat].is_by_rule}
        said = self._answers(asked)
        return [seat for seat in range(self._plan.n_bidders) if said.get(seat, True)]

    def _lot(self, number: int, tops: Sequence[int]) -> tuple[int | None, float | None]:
        """Return who of the top bidders wins, and the number that decided it, if one did."""
        if len(tops) < 2:
            return (tops[0] if tops else None), None
        draw = self._table.ties[self._number * self._plan.rounds + number]
        return tops[int(draw * len(tops))], draw

    def _make_plans(self, number: int) -> None:
        """Have plans made before types are known."""
        if self._plan.protocol.plan:
            self._each(lambda seat: self._players[seat].plan(self._view("plan", number, seat)))

    def _view(self, question: str, number: int, seat: int, **more: Any) -> View:
        """Return what a seat knows."""
        plan, place = self._plan, self._number * self._plan.rounds + number
        return View(
            question, plan.auction, seat, number, plan.rounds,
            None if question == "plan" else self._table.types[place][seat],
            history=tuple(self._past[seat]) if plan.protocol.show_history else (),
            uniforms=self._table.own[place][seat], **more,
        )  # fmt: skip

    def _answers(self, asked: dict[int, View]) -> dict[int, Answer]:
        """Return what seats say; failures are recorded in the order of seats."""
        said = self._each(lambda seat: self._answer(seat, asked[seat]), list(asked))
        found = {}
        for seat, (answer, reason) in zip(asked, said, strict=True):
            if reason:
                view = asked[seat]
                done = DONE[view.question]
                self.failures.append(Failure(self._number, view.round, seat, reason, done))
            found[seat] = answer
        return found

    def _answer(self, seat: int, view: View) -> tuple[Answer, str]:
        """Return what one seat says, and why it could not be used."""
        try:
            return self._players[seat].answer(view), ""
        except BadAnswerError as error:
            return (None if view.question in ("bid", "move") else False), str(error)

    def _each(self, act: Callable[[int], Any], seats: Sequence[int] | None = None) -> list[Any]:
        """Return what comes of seats, asked at once where there is a pool."""
        chosen = range(self._plan.n_bidders) if seats is None else seats
        if self._pool is None or len(chosen) < 2:
            return [act(seat) for seat in chosen]
        return list(self._pool.map(act, chosen))

    def _remember(self, played: Round) -> None:
        """Add a round to what each seat has seen."""
        winner = played.winner
        for seat, past in enumerate(self._past):
            seen = played.bids if self._plan.protocol.show_bids else None
            value, profit = played.values[seat], played.profits[seat]
            assert value is not None
            assert profit is not None
            past.append(
                Past(
                    played.round, value, played.bids[seat], profit, seen, winner, played.price,
                    None if winner is None else played.profits[winner],
                )
            )  # fmt: skip
