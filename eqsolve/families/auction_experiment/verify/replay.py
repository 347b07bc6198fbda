"""Every round again: who has to bid what, who wins, at which price, and who pays.

Bids by rule follow from types and numbers, those of chat bidders from what is in the transcript; of
functions, and of chat bidders without a transcript, the record is taken at its word. What comes
next follows from the rules alone. O(rounds * n log n), or the questions of clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from eqsolve.core.transcript import LostError, Transcript
from eqsolve.families.auction_experiment.instance import AuctionExperiment, Chat
from eqsolve.families.auction_experiment.instance.bidders import is_by_rule
from eqsolve.families.auction_experiment.instance.view import Past
from eqsolve.families.auction_experiment.solution import ExperimentRecord, Round
from eqsolve.families.auction_experiment.verify.asked import Asked
from eqsolve.families.auction_experiment.verify.conversation import Conversation
from eqsolve.families.auction_experiment.verify.draws import Numbers, Stream, drawn_types
from eqsolve.families.auction_experiment.verify.limits import Grid, Limits, noise_layers
from eqsolve.families.auction_experiment.verify.machines import Ended, falling, proxy_price, rising

__all__ = ["CHECKS", "Replay", "near"]

CHECKS = {
    "experiment.types": "types are those of the seed, or those given",
    "experiment.bids": "bids by rule are those of the rules, and all bids are bids that there are",
    "experiment.chat": "answers of models lead to the bids and notes of the record",
    "experiment.clock": "clocks go on as bidders answer, and stop where they have to",
    "experiment.proxy": "maxima only rise, and price, leader and periods follow",
    "experiment.winner": "the prize goes to the highest accepted bid",
    "experiment.tie": "ties are broken by the number that the seed draws, and only ties",
    "experiment.price": "the price is that of the format",
    "experiment.payments": "those who have to pay the price, or their bids",
    "experiment.profits": "profits are what the prize is worth less what was paid",
    "experiment.notes": "notes stand where somebody was asked for them",
}
"""Check -> condition, in the order of reports."""


def near(one: float | None, other: float | None) -> bool:
    """Return whether two numbers are one but for rounding, or both missing."""
    if one is None or other is None:
        return one is other
    return one == other or abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))


@dataclass
class Replay:
    """The rounds of a record, looked at again.

    Parameters
    ----------
    record : with its experiment.
    transcript : what models answered; None where it is not at hand.

    Attributes
    ----------
    problems : check -> sentences on what is wrong.
    left : sentences on what nothing shows.
    """

    record: ExperimentRecord
    transcript: Transcript | None = None
    problems: dict[str, list[str]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    failures: list[tuple[int, int, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.problems = {check: [] for check in CHECKS}
        plan = self.plan
        self._grid = Grid(plan.auction)
        numbers = Numbers(plan)
        layers = max(noise_layers(bidder) for bidder in plan.bidders)
        self._seats = [numbers.of(seat, max(2 + layers, 5)) for seat in range(plan.n_bidders)]
        self._types, self._commons = drawn_types(plan, self._seats, numbers)
        self._ties = [row[0] for row in numbers.of(plan.n_bidders, 1)]
        strategies = self.record.strategies or (None,) * plan.n_bidders
        self._limits = [
            Limits(plan, bidder, strategies[seat]) if is_by_rule(bidder) else None
            for seat, bidder in enumerate(plan.bidders)
        ]
        self._by_rule = [seat for seat, limits in enumerate(self._limits) if limits is not None]
        prices = self._grid.bids or []
        self._prices = [price for price in prices if price >= plan.auction.reserve]

    @property
    def plan(self) -> AuctionExperiment:
        """The experiment."""
        return self.record.experiment

    def run(self, poll: Callable[[], None]) -> None:
        """Look at all rounds."""
        for session in self._sessions():
            conversations = self._conversations(session[0].session)
            past: list[list[Past]] = [[] for _ in self.plan.bidders]
            for entry in session:
                poll()
                self._round(entry, conversations, past)

    def _sessions(self) -> Iterator[list[Round]]:
        """Yield the rounds of one session after the other."""
        found: dict[int, list[Round]] = {}
        for entry in self.record.rounds:
            found.setdefault(entry.session, []).append(entry)
        yield from found.values()

    def _conversations(self, session: int) -> list[Conversation | None]:
        """Return the conversations of a session, None for seats without one."""
        return [
            Conversation(self.plan, session, seat, self.transcript)
            if isinstance(bidder, Chat) and self.transcript is not None
            else None
            for seat, bidder in enumerate(self.plan.bidders)
        ]

    def _say(self, check: str, entry: Round, sentence: str) -> None:
        self.problems[check].append(f"session {entry.session}, round {entry.round}: {sentence}")

    def _leave(self, sentence: str) -> None:
        """Leave what nothing shows, once."""
        if sentence not in self.left:
            self.left.append(sentence)

    def _name(self, seat: int | None) -> str:
        return "nobody" if seat is None else self.plan.label("bidders", seat)

    def _round(
        self, entry: Round, talks: Sequence[Conversation | None], past: list[list[Past]]
    ) -> None:
        """Look at one round."""
        plan = self.plan
        place = entry.session * plan.rounds + entry.round
        self._compare_types(entry, place)
        asked = Asked(
            plan, entry, talks=talks, past=past,
            wanted={seat: self._wanted(seat, place) for seat in self._by_rule},
            numbers=[rows[place] for rows in self._seats],
            grid=self._grid,
            say=lambda sentence: self._say("experiment.chat", entry, sentence),
            failures=self.failures,
        )  # fmt: skip
        try:
            asked.plans()
            if plan.proxy is not None:
                self._proxy(entry, asked)
            elif plan.is_clock:
                self._clock(entry, place, asked)
            else:
                self._sealed(entry, place, asked)
            self._money(entry)
            asked.remember()
            asked.reflections()
        except LostError as error:
            self.left.append(
                f"what was answered in session {entry.session}, round {entry.round}: the "
                f"transcript does not hold the answer of key {error}"
            )
            for seat in range(plan.n_bidders):
                asked.talks[seat] = None
        self._notes(entry)

    def _compare_types(self, entry: Round, place: int) -> None:
        """Compare types, and what they have in common."""
        wanted = self._types[place].tolist()
        given = self.plan.values is not None
        if self.record.source is not None and not given and self.plan.draws != "python_random":
            self._leave("that types are as recorded: others drew them, by no seed that is known")
            return
        for seat, (held, want) in enumerate(zip(entry.values, wanted, strict=True)):
            unknown = held is None and self.record.source is not None
            if not unknown and (held is None or held != want):
                how = "given" if given else "drawn"
                self._say(
                    "experiment.types", entry, f"{self._name(seat)} has {held}, {want:g} was {how}"
                )
        common = None if self._commons is None else self._commons[place]
        if (entry.common is None) != (common is None) or (
            common is not None and entry.common != common
        ):
            self._say("experiment.types", entry, f"the common part is {entry.common}, not {common}")

    def _wanted(self, seat: int, place: int) -> float | None:
        """Return what a bidder by rule has to bid."""
        limits = self._limits[seat]
        assert limits is not None
        value = float(self._types[place][seat])
        return limits.bid(place, value, self._seats[seat][place])

    def _is_bid(self, bid: float) -> bool:
        """Return whether there is such a bid."""
        return bid >= 0 if self._grid.bids is None else bid in self._grid.bids

    def _sealed(self, entry: Round, place: int, asked: Asked) -> None:
        """Look at a round of sealed bids."""
        for seat, held in enumerate(entry.bids):
            known, want = asked.bid(seat)
            if known and not near(held, want):
                self._say(
                    asked.check(seat), entry, f"{self._name(seat)} bids {held}, expected {want}"
                )
            elif not known and held is not None and not self._is_bid(held):
                self._say("experiment.bids", entry, f"{self._name(seat)} bids {held}: no such bid")
        auction = self.plan.auction
        ranked = sorted(
            (-bid, seat)
            for seat, bid in enumerate(entry.bids)
            if bid is not None and bid >= auction.reserve
        )
        tops = [seat for bid, seat in ranked if bid == ranked[0][0]]
        price: float | None = None
        if auction.format == "second_price" and ranked:
            price = -ranked[1][0] if len(ranked) > 1 else auction.reserve
        elif auction.format == "kth_price":
            assert auction.k is not None
            price = -ranked[auction.k - 1][0] if len(ranked) >= auction.k else None
        elif ranked:
            price = -ranked[0][0]
        self._award(entry, place, tops if price is not None else [], price)
        for seat, paid in enumerate(entry.payments):
            bid = entry.bids[seat]
            want = 0.0 if price is None or seat != entry.winner else price
            if auction.format == "all_pay":
                want = bid if bid is not None and bid >= auction.reserve else 0.0
            self._pays(entry, seat, paid, want)

    def _award(self, entry: Round, place: int, tops: Sequence[int], price: float | None) -> None:
        """Compare winner, tie and price with those among whom the prize is drawn."""
        winner, tie = entry.winner, entry.tie_draw
        if len(tops) < 2:
            want = tops[0] if tops else None
            if winner != want:
                self._say(
                    "experiment.winner", entry, f"{self._name(winner)} wins, not {self._name(want)}"
                )
            if tie is not None:
                self._say("experiment.tie", entry, f"a tie is broken by {tie}, and there is none")
        elif winner not in tops:
            names = ", ".join(self._name(top) for top in tops)
            self._say(
                "experiment.winner",
                entry,
                f"{self._name(winner)} wins, the top bids are of {names}",
            )
        elif tie is None and self.record.source is not None:
            self.left.append(
                f"that {self._name(winner)} was drawn by lot in session {entry.session}, round "
                f"{entry.round}: no number is recorded"
            )
        else:
            draw = self._ties[place]
            if tie != draw:
                self._say(
                    "experiment.tie", entry, f"the tie is broken by {tie}, the seed draws {draw}"
                )
            elif tops[int(draw * len(tops))] != winner:
                want = tops[int(draw * len(tops))]
                self._say(
                    "experiment.tie",
                    entry,
                    f"{self._name(winner)} wins, {tie} draws {self._name(want)}",
                )
        shown = price if tops else None
        if not near(entry.price, shown):
            self._say("experiment.price", entry, f"the price is {entry.price}, expected {shown}")

    def _pays(self, entry: Round, seat: int, paid: float, want: float) -> None:
        if not near(paid, want):
            self._say(
                "experiment.payments", entry, f"{self._name(seat)} pays {paid}, expected {want:g}"
            )

    def _money(self, entry: Round) -> None:
        """Compare profits with what was won and paid."""
        is_common = self.plan.auction.values.model == "common"
        for seat, profit in enumerate(entry.profits):
            worth: float | None = 0.0
            if seat == entry.winner:
                worth = entry.common if is_common else entry.values[seat]
            want = None if worth is None else worth - entry.payments[seat]
            if profit is None and worth is not None and entry.values[seat] is None:
                continue  # a log that does not say
            if not near(profit, want):
                self._say(
                    "experiment.profits",
                    entry,
                    f"{self._name(seat)} has {profit}, expected {want}",
                )

    def _winner_pays(self, entry: Round, price: float | None) -> None:
        for seat, paid in enumerate(entry.payments):
            won = seat == entry.winner and price is not None
            self._pays(entry, seat, paid, price if won and price is not None else 0.0)

    def _clock(self, entry: Round, place: int, asked: Asked) -> None:
        """Look at a round on a clock."""
        auction, seats = self.plan.auction, range(self.plan.n_bidders)
        in_turn = auction.tick == "in_turn"
        if entry.exits is None:
            self._say("experiment.clock", entry, "no exits are recorded")
            return
        if auction.format == "dutch":
            ended = falling(self._prices[::-1], seats, asked.takes, in_turn=in_turn)
            bids = dict.fromkeys(ended.tops, ended.price)
            exits: dict[int, float] = {}
        else:
            coming = [seat for seat in seats if self._prices and asked.enters(seat)]
            ended = rising(
                self._prices, coming, asked.stays,
                in_turn=in_turn, shows_exits=auction.format == "english",
            )  # fmt: skip
            exits = ended.exits
            bids = {**dict.fromkeys(ended.tops, ended.price), **exits}
            if entry.winner in ended.tops:
                bids[entry.winner] = ended.price
        self._award(entry, place, ended.tops, ended.price)
        self._winner_pays(entry, ended.price if ended.tops else None)
        self._compare_clock(entry, ended, bids, exits)

    def _compare_clock(
        self, entry: Round, ended: Ended, bids: dict[int, float], exits: dict[int, float]
    ) -> None:
        """Compare exits and bids with how the clock goes."""
        assert entry.exits is not None
        for seat in range(self.plan.n_bidders):
            held, want = entry.exits[seat], exits.get(seat)
            if not near(held, want):
                left = "never leaves" if want is None else f"leaves at {want:g}"
                what = f"{self._name(seat)} {left}, recorded is {held}; the clock stops at "
                self._say("experiment.clock", entry, f"{what}{ended.price:g}")
            if not near(entry.bids[seat], bids.get(seat)):
                what = f"the bid of {self._name(seat)} is {entry.bids[seat]}"
                self._say("experiment.clock", entry, f"{what}, the clock says {bids.get(seat)}")

    def _proxy(self, entry: Round, asked: Asked) -> None:
        """Look at a round of proxy bidding, move by move."""
        plan, rules = self.plan, self.plan.proxy
        assert rules is not None
        assert plan.auction.bids is not None
        if entry.periods is None:
            self._say("experiment.proxy", entry, "no moves are recorded")
            return
        n, step = plan.n_bidders, plan.auction.bids.increment
        start = plan.start
        maxima = [0.0] * n
        price, leader = start, None
        stream = Stream(plan.seed, (entry.session, entry.round, n + 2))
        moves, done, period, rose = entry.periods, 0, 0, False
        while True:
            order = list(range(n))
            if rules.order == "random":
                numbers = stream.next(n)
                order.sort(key=lambda seat: numbers[seat])
            shown = moves[done : done + n]
            if self.record.source is not None and rules.order == "random":
                self._leave("in which order bidders had to move: others drew it")
                order = [move.bidder for move in shown if move.period == period]
                order = order if sorted(order) == list(range(n)) else list(range(n))
            if [(move.period, move.bidder) for move in shown] != [(period, i) for i in order]:
                who = ", ".join(self._name(seat) for seat in order)
                self._say("experiment.proxy", entry, f"period {period} has other moves than {who}")
                return
            rose = False
            for move in shown:
                self._move(entry, asked, move, maxima, (price, leader))
                if move.bid is not None:
                    if move.bid <= maxima[move.bidder]:
                        what = (
                            f"the maximum of {self._name(move.bidder)} falls or stays at {move.bid}"
                        )
                        self._say("experiment.proxy", entry, f"{what}, period {period}")
                    if move.bid < start:
                        self._say("experiment.proxy", entry, f"{move.bid} is below the start")
                    maxima[move.bidder] = move.bid
                    rose = True
                price, leader = proxy_price(maxima, step, start)
                if not near(move.price, price) or move.leader != leader:
                    what = f"period {period}: price {move.price}, leader {self._name(move.leader)}"
                    want = f"expected {price:g} and {self._name(leader)}"
                    self._say("experiment.proxy", entry, f"{what}, {want}")
            done += n
            period += 1
            extended = period - rules.periods
            more = rules.max_extensions is None or extended < rules.max_extensions
            if period >= rules.periods and not (rules.closing == "soft" and rose and more):
                break
        if done != len(moves):
            self._say("experiment.proxy", entry, f"{len(moves) - done} moves after the close")
        for seat in range(n):
            top = maxima[seat] if maxima[seat] > 0 else None
            if not near(entry.bids[seat], top):
                what = f"the bid of {self._name(seat)} is {entry.bids[seat]}, its maximum {top}"
                self._say("experiment.proxy", entry, what)
        sold = leader is not None and price >= rules.hidden_reserve
        self._award(entry, 0, [leader] if sold and leader is not None else [], price)
        self._winner_pays(entry, price if sold else None)

    def _move(
        self, entry: Round, asked: Asked, move: Any, maxima: list[float], now: tuple[float, Any]
    ) -> None:
        """Compare a move with what the bidder has to do."""
        known, want = asked.move(move.bidder, move.period, maxima[move.bidder], now)
        if known and not near(move.bid, want):
            what = f"{self._name(move.bidder)} moves {move.bid} in period {move.period}"
            self._say(asked.check(move.bidder), entry, f"{what}, expected {want}")
        elif not known and move.bid is not None and not self._is_bid(move.bid):
            self._say("experiment.bids", entry, f"{move.bid} is no bid")

    def _notes(self, entry: Round) -> None:
        """Compare where notes stand with who is asked for them."""
        talk = any(isinstance(bidder, Chat) for bidder in self.plan.bidders)
        if self.record.source is not None:
            return
        if self.plan.is_clock or not talk:
            if entry.notes is not None:
                self._say("experiment.notes", entry, "nobody was asked for notes")
            return
        if entry.notes is None:
            self._say("experiment.notes", entry, "notes are missing")
            return
        for seat, (bidder, note) in enumerate(zip(self.plan.bidders, entry.notes, strict=True)):
            if isinstance(bidder, Chat) != (note is not None):
                self._say("experiment.notes", entry, f"{self._name(seat)}: notes {note}")
