"""What bidders answer in a round: by rule, from the transcript, or as the record says.

A bidder by rule answers as its bid says; of a chat bidder the question is asked of the transcript
again; of anybody else the record is taken at its word. O(1) for each question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eqsolve.families.auction_experiment.instance import AuctionExperiment, Equilibrium
from eqsolve.families.auction_experiment.instance.view import Past, View
from eqsolve.families.auction_experiment.solution import Round
from eqsolve.families.auction_experiment.verify.conversation import Conversation, UnreadableError
from eqsolve.families.auction_experiment.verify.limits import Grid

__all__ = ["Asked"]


class Asked:
    """What seats answer in one round.

    Parameters
    ----------
    plan, entry : the experiment, and the round of its record.
    talks : the conversation of each seat, None for seats without one; mended in place.
    past : what each seat has seen; `remember` adds the round.
    wanted : seat -> what a bidder by rule has to bid.
    numbers : of each seat in this round; the first is the one of its type.
    grid : the bids that there are.
    say : takes a sentence on what differs from the transcript.
    failures : takes session, round, seat and question of answers that cannot be read.
    """

    def __init__(
        self,
        plan: AuctionExperiment,
        entry: Round,
        *,
        talks: Sequence[Conversation | None],
        past: list[list[Past]],
        wanted: Mapping[int, float | None],
        numbers: Sequence[Sequence[float]],
        grid: Grid,
        say: Callable[[str], None],
        failures: list[tuple[int, int, int, str]],
    ) -> None:
        self._plan, self._entry = plan, entry
        self.talks: Any = talks
        self._past, self._wanted, self._numbers = past, wanted, numbers
        self._grid, self._say, self._failures = grid, say, failures

    def check(self, seat: int) -> str:
        """Return which check the answers of a seat belong to."""
        return "experiment.bids" if seat in self._wanted else "experiment.chat"

    def _view(self, question: str, seat: int, **more: Any) -> View:
        plan, entry = self._plan, self._entry
        return View(
            question, plan.auction, seat, entry.round, plan.rounds,
            None if question == "plan" else entry.values[seat],
            history=tuple(self._past[seat]) if plan.protocol.show_history else (),
            uniforms=tuple(self._numbers[seat][1:]), **more,
        )  # fmt: skip

    def _said(self, seat: int, view: View) -> float | bool | None:
        """Return what a model said to a question; failures lead to what the rules say."""
        try:
            found: float | bool | None = self.talks[seat].answer(view)
        except UnreadableError:
            self._failures.append((self._entry.session, view.round, seat, view.question))
            return None if view.question in ("bid", "move") else False
        return found

    def plans(self) -> None:
        """Compare plans with those in the transcript."""
        if self._plan.is_clock or not self._plan.protocol.plan:
            return
        for seat, talk in enumerate(self.talks):
            if talk is not None:
                talk.plan = talk.text(self._view("plan", seat))
                self._compare_note(seat, "plan", talk.plan)

    def reflections(self) -> None:
        """Compare reflections with those in the transcript."""
        asked = self._plan.protocol.reflect and self._entry.round + 1 < self._plan.rounds
        if self._plan.is_clock:
            return
        for seat, talk in enumerate(self.talks):
            if talk is not None:
                said = talk.text(self._view("reflect", seat)) if asked else ""
                talk.plan, talk.reflection = "", said
                self._compare_note(seat, "reflection", said)

    def _compare_note(self, seat: int, name: str, said: str) -> None:
        notes = self._entry.notes
        note = notes[seat] if notes is not None else None
        if note is None or note.get(name) != said:
            self._say(f"the {name} of {self._plan.label('bidders', seat)} differs")

    def remember(self) -> None:
        """Add the round to what each seat has seen."""
        entry = self._entry
        for seat, past in enumerate(self._past):
            gain = None if entry.winner is None else entry.profits[entry.winner]
            past.append(
                Past(
                    entry.round, entry.values[seat] or 0, entry.bids[seat],
                    entry.profits[seat] or 0,
                    entry.bids if self._plan.protocol.show_bids else None,
                    entry.winner, entry.price, gain,
                )
            )  # fmt: skip

    def bid(self, seat: int) -> tuple[bool, float | None]:
        """Return whether the sealed bid of a seat is known, and which it is."""
        if seat in self._wanted:
            return True, self._wanted[seat]
        if self.talks[seat] is not None:
            said = self._said(seat, self._view("bid", seat))
            return True, said
        return False, None

    def move(
        self, seat: int, period: int, own: float, now: tuple[float, Any]
    ) -> tuple[bool, float | None]:
        """Return whether a move of a seat is known, and which it is."""
        assert self._plan.proxy is not None
        if seat in self._wanted:
            want = self._wanted[seat]
            start = self._plan.start
            return True, want if want is not None and want > own and want >= start else None
        if self.talks[seat] is not None:
            view = self._view(
                "move", seat, price=now[0], maximum=own, leader=now[1], period=period,
                periods=self._plan.proxy.periods,
            )  # fmt: skip
            said = self._said(seat, view)
            return True, None if said is None or said < self._plan.start else said
        return False, None

    def enters(self, seat: int) -> bool:
        """Return whether a seat takes part in a rising clock."""
        bids = self._grid.bids or []
        start = next(bid for bid in bids if bid >= self._plan.auction.reserve)
        if seat in self._wanted:
            want = self._wanted[seat]
            return want is not None and want >= start
        if self.talks[seat] is not None:
            return start == bids[0] or bool(
                self._said(seat, self._view("enter", seat, price=start))
            )
        return self._entry.bids[seat] is not None

    def stays(self, seat: int, price: float, exits: list[float]) -> bool:
        """Return whether a seat stays at a price."""
        bidder = self._plan.bidders[seat]
        if seat in self._wanted:
            want = self._wanted[seat]
            is_common = self._plan.auction.values.model == "common"
            if is_common and exits and isinstance(bidder, Equilibrium):  # seen on open clocks alone
                value = self._entry.values[seat] or 0
                want = self._grid.near((value + exits[0]) / 2)
            return want is not None and price < want
        if self.talks[seat] is not None:
            view = self._view("stay", seat, price=price, exits=tuple(exits))
            return bool(self._said(seat, view))
        assert self._entry.exits is not None
        left = self._entry.exits[seat]
        return left is None or price < left

    def takes(self, seat: int, price: float) -> bool:
        """Return whether a seat takes the prize at a price."""
        if seat in self._wanted:
            want = self._wanted[seat]
            return want is not None and want >= price
        if self.talks[seat] is not None:
            return bool(self._said(seat, self._view("take", seat, price=price)))
        bid = self._entry.bids[seat]
        return bid is not None and bid >= price
