"""What a chat bidder is asked, as messages: a function of its view, its notes and nothing else.

Each question stands alone: the rules, what happened so far in the session, the last plan and
reflection, and the question. So a question asked again is the same question, whose answer is found
under the same key. What comes back is read from a tag, ``<BID>12</BID>`` or ``<ACTION>stay
</ACTION>``.
"""

from __future__ import annotations

from collections.abc import Mapping

from eqsolve.families.auction_experiment.instance.bidders import Chat
from eqsolve.families.auction_experiment.instance.experiment import AuctionExperiment
from eqsolve.families.auction_experiment.instance.texts import (
    INTERVENTION_TEXTS,
    TEMPLATES,
    amount,
    filled,
    told,
)
from eqsolve.families.auction_experiment.instance.view import Past, View

__all__ = ["again", "messages", "repeat_of", "seats_name"]

Message = Mapping[str, str]


def repeat_of(experiment: AuctionExperiment, session: int, number: int, seat: int) -> int:
    """Return the number that tells apart equal questions of sessions, rounds and seats."""
    return (session * experiment.rounds + number) * experiment.n_bidders + seat


def seats_name(seat: int, own: int) -> str:
    """Return how a bidder is told of a seat."""
    return "you" if seat == own else f"bidder {seat + 1}"


def messages(
    experiment: AuctionExperiment, bidder: Chat, view: View, plan: str = "", reflection: str = ""
) -> list[Message]:
    """Return the messages of a question.

    Parameters
    ----------
    experiment, bidder : whose question.
    view : what the bidder knows, and what is asked.
    plan : its plan for this round.
    reflection : what it said after the last round.
    """
    fields = told(
        experiment.auction,
        experiment.rounds,
        currency=bidder.currency,
        language=bidder.language,
        proxy=experiment.proxy is not None,
    )
    text = TEMPLATES.get(experiment.template, experiment.template)
    parts = [bidder.persona, filled(text, fields), INTERVENTION_TEXTS[bidder.intervention]]
    if bidder.language != "English":
        parts.append(f"Answer in {bidder.language}; write numbers in digits.")
    parts_asked = [
        _history(view, bidder.currency),
        f"What you noted after the last round: {reflection}" if reflection else "",
        f"Your plan for this round: {plan}" if plan else "",
        _question(experiment, view, bidder.currency),
    ]
    return [
        {"role": "system", "content": "\n\n".join(part for part in parts if part)},
        {"role": "user", "content": "\n\n".join(part for part in parts_asked if part)},
    ]


def again(asked: list[Message], answer: str, reason: str) -> list[Message]:
    """Return the messages that ask again after an answer that cannot be used."""
    return [
        *asked,
        {"role": "assistant", "content": answer},
        {"role": "user", "content": f"That cannot be used: {reason}. Please answer again."},
    ]


def _history(view: View, currency: str) -> str:
    """Return the earlier rounds in words."""
    is_common = view.auction.values.model == "common"
    what = "your estimate was" if is_common else "to you the prize was worth"
    return "\n".join(_past(past, what, view.seat, currency) for past in view.history)


def _past(past: Past, what: str, seat: int, currency: str) -> str:
    """Return one earlier round in words."""

    def money(number: float | None) -> str:
        return "nothing" if number is None else _money(number, currency)

    head = f"Round {past.round + 1}: {what} {money(past.value)}"
    bids = f"; you bid {money(past.bid)}"
    if past.bids is not None:
        shown = [
            f"{seats_name(other, seat)} {money(bid)}"
            for other, bid in enumerate(past.bids)
            if other != seat
        ]
        bids += f", {', '.join(shown)}" if shown else ""
    if past.winner is None:
        end = "; nobody won"
    else:
        end = f"; {seats_name(past.winner, seat)} won at {money(past.price)}"
        if past.winner != seat:
            end += f" with a profit of {money(past.winner_profit)}"
    return f"{head}{bids}{end}. Your profit: {money(past.profit)}."


def _money(number: float, currency: str) -> str:
    """Return an amount in words, the sign before the currency."""
    sign = "-" if number < 0 else ""
    return f"{sign}{currency}{amount(abs(number))}"


def _question(experiment: AuctionExperiment, view: View, currency: str) -> str:
    """Return what is asked."""
    here = f"Round {view.round + 1} of {view.rounds}."
    if view.question == "plan":
        return f"{here} Before you learn more: how do you plan to bid? Write a short plan."
    if view.question == "reflect":
        return (
            f"Look back at round {view.round + 1}. What would other bids have brought you, and "
            "what do you take from it? Answer briefly."
        )
    what = "Your estimate" if view.auction.values.model == "common" else "Its worth to you"
    head = f"{here} {what}: {_money(view.value or 0, currency)}."
    if view.question == "bid":
        return f"{head} How much do you bid? End with your bid as <BID>number</BID>."
    price = _money(view.price or 0, currency)
    if view.question == "enter":
        return (
            f"{head} The clock will start at {price}. Do you take part? "
            "End with <ACTION>stay</ACTION> or <ACTION>leave</ACTION>."
        )
    if view.question == "stay":
        seen = ""
        if view.auction.format == "english":
            seen = f" {len(view.exits)} of {view.auction.n_bidders - 1} others have left"
            at = ", ".join(_money(left, currency) for left in view.exits)
            seen += f", at {at}." if at else "."
        return (
            f"{head} The price is {price}.{seen} Do you stay or leave? "
            "End with <ACTION>stay</ACTION> or <ACTION>leave</ACTION>."
        )
    if view.question == "take":
        return (
            f"{head} The price is {price}. Do you take the prize or wait? "
            "End with <ACTION>take</ACTION> or <ACTION>wait</ACTION>."
        )
    leads = (
        "Nobody leads yet"
        if view.leader is None
        else ("You lead" if view.leader == view.seat else f"Bidder {view.leader + 1} leads")
    )
    period = f"Period {(view.period or 0) + 1} of {view.periods}"
    if experiment.proxy is not None and experiment.proxy.closing == "soft":
        period += " (more follow while maxima rise)"
    return (
        f"{head} {period}. The price is {price}. {leads}. Your maximum is "
        f"{_money(view.maximum, currency)}. Name a higher maximum as <BID>number</BID>, or hold "
        "with <BID>hold</BID>."
    )
