"""Those who answer when a seat is asked: a rule, a function, or a model behind an address.

A player gets views and gives answers. What it may not do, or cannot, is a `BadAnswerError`: it is
recorded, and the seat stays out of the auction, leaves the clock, waits or holds. Functions are
called in a thread of their own, whose frames hold nothing but the view, so that nothing of the
experiment can be reached from where they run.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from eqsolve.endpoints.client import Client
from eqsolve.families.auction_experiment.amounts import Amounts
from eqsolve.families.auction_experiment.instance import AuctionExperiment, Chat, Function
from eqsolve.families.auction_experiment.instance.script import again, messages, repeat_of
from eqsolve.families.auction_experiment.instance.view import View
from eqsolve.families.auction_experiment.parsing import (
    BadAnswerError,
    read_action,
    read_bid,
    read_maximum,
)
from eqsolve.families.auction_experiment.solution import Number, plain

__all__ = ["DONE", "Answer", "ChatPlayer", "FunctionPlayer", "Player", "RulePlayer"]

Answer = int | float | bool | None

DONE = {
    "bid": "stayed out",
    "enter": "stayed out",
    "stay": "left",
    "take": "waited",
    "move": "held",
}
"""Question -> what is done where the answer cannot be used."""


class Player:
    """Base: one seat in one session.

    Attributes
    ----------
    is_by_rule : whether nobody is asked, so that it may be asked more than the rules ask.
    """

    is_by_rule = False

    def answer(self, view: View) -> Answer:
        """Return the answer to a question.

        Raises
        ------
        BadAnswerError : it cannot be used.
        """
        raise NotImplementedError

    def plan(self, view: View) -> None:
        """Make a plan before the type is known; rules and functions make none."""

    def reflect(self, view: View) -> None:
        """Look back at a round; rules and functions do not."""

    def notes(self) -> dict[str, str] | None:
        """Return what was noted in this round, and forget the plan."""
        return None


class RulePlayer(Player):
    """A bidder by rule, whose bids of the session are known.

    Parameters
    ----------
    bids : one per round, None for staying out.
    amounts : the bids that there are.
    follows_exits : whether it is an equilibrium bidder on an open clock with a common value: the
        first leaves at its signal, the others halfway between the lowest signal and their own.
    """

    is_by_rule = True

    def __init__(
        self, bids: Sequence[Number | None], amounts: Amounts, *, follows_exits: bool = False
    ) -> None:
        self._bids, self._amounts, self._follows = bids, amounts, follows_exits

    def answer(self, view: View) -> Answer:
        """Return the answer that a bidder with this bid as its limit gives."""
        bid = self._bids[view.round]
        if view.question == "bid":
            return bid
        if bid is None:
            return None if view.question == "move" else False
        if view.question == "move":
            return bid if bid > view.maximum else None
        assert view.price is not None
        if view.question == "stay":
            if self._follows and view.exits:
                assert view.value is not None
                limit = self._amounts.nearest(np.array([(view.value + view.exits[0]) / 2]))
                return bool(view.price < limit[0])
            return view.price < bid
        return bid >= view.price


class FunctionPlayer(Player):
    """A Python function; on a clock it may answer by a limit instead of yes or no.

    Parameters
    ----------
    function : the bidder.
    amounts : the bids that there are.
    """

    def __init__(self, function: Function, amounts: Amounts) -> None:
        assert function.call is not None
        self._call, self._amounts = function.call, amounts

    def answer(self, view: View) -> Answer:
        """Return what the function says."""
        said = _called_apart(self._call, view)
        said = said.item() if hasattr(said, "item") else said
        if isinstance(said, bool) and view.question not in ("bid", "move"):
            return said
        if said is None:
            return None if view.question in ("bid", "move") else False
        if not isinstance(said, int | float) or isinstance(said, bool) or not math.isfinite(said):
            raise BadAnswerError(f"{said!r} is no bid")
        number = plain(said)
        if view.question in ("bid", "move"):
            if not self._amounts.holds(number):
                raise BadAnswerError(f"{number} is no bid that the rules admit")
            return None if view.question == "move" and number <= view.maximum else number
        assert view.price is not None
        return view.price < number if view.question == "stay" else view.price <= number


def _called_apart(call: Callable[[Any], Any], view: View) -> Any:
    """Return what a function says, called in a thread whose frames hold the view alone."""
    box: list[Any] = []
    thread = threading.Thread(target=_call_into, args=(call, view, box), name="eqsolve-bidder")
    thread.daemon = True
    thread.start()
    thread.join()
    ended, found = box
    if not ended:
        raise found
    return found


def _call_into(call: Callable[[Any], Any], view: View, box: list[Any]) -> None:
    """Put what a function says, or raises, into a box."""
    try:
        found = (True, call(view))
    except BaseException as error:  # handed to who waits
        found = (False, error)
    box.extend(found)


class ChatPlayer(Player):
    """A model behind an address, in one session.

    Parameters
    ----------
    experiment, session, seat : where it sits.
    bidder : the model and what it is told.
    client : asks it.
    server : number of its address among those that give its name to different models.
    amounts : the bids that there are.
    """

    def __init__(
        self,
        experiment: AuctionExperiment,
        session: int,
        seat: int,
        bidder: Chat,
        client: Client,
        server: int,
        amounts: Amounts,
    ) -> None:
        self._experiment, self._session, self._seat = experiment, session, seat
        self._bidder, self._client, self._server = bidder, client, server
        self._amounts = amounts
        self._plan, self._reflection, self._said = "", "", ""

    def plan(self, view: View) -> None:
        """Ask for a plan."""
        self._plan = self._ask(view, self._messages(view))

    def reflect(self, view: View) -> None:
        """Ask what it takes from the round."""
        self._said = self._ask(view, self._messages(view))

    def notes(self) -> dict[str, str] | None:
        """Return plan and reflection."""
        held = {"plan": self._plan, "reflection": self._said}
        self._plan, self._reflection, self._said = "", self._said, ""
        return held

    def answer(self, view: View) -> Answer:
        """Ask for a bid or an action, again where the answer cannot be used."""
        asked = self._messages(view)
        allowed, reason = self._experiment.repeat_on_bad_answer + 1, ""
        for _ in range(allowed):
            said = self._ask(view, asked)
            try:
                return self._read(said, view)
            except BadAnswerError as error:
                reason = str(error)
                asked = again(asked, said, reason)
        times = f"{allowed} answers" if allowed > 1 else "the answer"
        raise BadAnswerError(f"{times} could not be used, the last because {reason}")

    def _messages(self, view: View) -> list[Any]:
        return messages(self._experiment, self._bidder, view, self._plan, self._reflection)

    def _ask(self, view: View, asked: list[Any]) -> str:
        """Return what the model says to messages."""
        repeat = repeat_of(self._experiment, self._session, view.round, self._seat)
        talker = self._bidder.talker
        request = talker.request(asked, repeat=repeat, seed=self._bidder.seed, server=self._server)
        return self._client.ask(talker.address, request).text

    def _read(self, said: str, view: View) -> Answer:
        """Return the answer that a text holds."""
        auction = self._experiment.auction
        if view.question == "bid":
            return read_bid(said, auction, self._amounts)
        if view.question == "move":
            return read_maximum(said, auction, self._amounts, view.maximum)
        return read_action(said, view.question)
