"""What a model said, found again in the transcript, and read once more.

A request is path, body, repetition and, where models of one name stand behind several addresses,
the number of the address.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from eqsolve.core.transcript import Transcript
from eqsolve.families.auction_experiment.instance import AuctionExperiment, Chat
from eqsolve.families.auction_experiment.instance.script import again, messages, repeat_of
from eqsolve.families.auction_experiment.instance.view import View
from eqsolve.families.auction_experiment.verify.limits import Grid

__all__ = ["Conversation", "UnreadableError"]

_YES_NO = {
    "enter": (("stay", "in"), ("leave", "out")),
    "stay": (("stay",), ("leave",)),
    "take": (("take",), ("wait",)),
}


class UnreadableError(ValueError):
    """An answer holds nothing that can be used."""


class Conversation:
    """The questions to one chat bidder in one session."""

    def __init__(
        self, experiment: AuctionExperiment, session: int, seat: int, transcript: Transcript
    ) -> None:
        bidder = experiment.bidders[seat]
        assert isinstance(bidder, Chat)
        self._plan, self._session, self._seat = experiment, session, seat
        self._bidder, self._transcript = bidder, transcript
        same: list[str] = []
        for other in experiment.bidders:
            if isinstance(other, Chat) and other.talker.model == bidder.talker.model:
                url = other.talker.address.url
                same += [url] if url not in same else []
        self._server = same.index(bidder.talker.address.url)
        self._grid = Grid(experiment.auction)
        self.plan, self.reflection = "", ""

    def text(self, view: View) -> str:
        """Return what it said to a question that asks for no bid."""
        return self._said(
            view, messages(self._plan, self._bidder, view, self.plan, self.reflection)
        )

    def answer(self, view: View) -> float | bool | None:
        """Return its answer to a question.

        Raises
        ------
        UnreadableError : none of its answers could be used.
        """
        asked = self._asked(view)
        for _ in range(self._plan.repeat_on_bad_answer + 1):
            said = self._said(view, asked)
            try:
                return self._read(said, view)
            except UnreadableError as error:
                asked = again(asked, said, str(error))
        raise UnreadableError("no answer could be used")

    def _asked(self, view: View) -> list[Mapping[str, str]]:
        return messages(self._plan, self._bidder, view, self.plan, self.reflection)

    def _said(self, view: View, asked: Sequence[Mapping[str, str]]) -> str:
        talker = self._bidder.talker
        settings = {
            "temperature": talker.temperature,
            "max_tokens": talker.max_tokens,
            "seed": self._bidder.seed,
        }
        body: dict[str, Any] = {"model": talker.model, "messages": [dict(it) for it in asked]}
        body |= {name: value for name, value in settings.items() if value is not None}
        repeat = repeat_of(self._plan, self._session, view.round, self._seat)
        request: dict[str, Any] = {"path": "chat/completions", "body": body, "repeat": repeat}
        if self._server:
            request["server"] = self._server
        return self._transcript.said(request)

    def _read(self, said: str, view: View) -> float | bool | None:
        """Return what a text says; see `parsing` for the rules and the reasons."""
        if view.question in _YES_NO:
            yes, no = _YES_NO[view.question]
            words = _words(_inside(said, "action"))
            chosen = [word in yes for word in words if word in (*yes, *no)]
            if not chosen:
                names = (*yes, *no)
                raise UnreadableError(f"it says neither {' nor '.join(names)}")
            return chosen[-1]
        tagged = _inside(said, "bid")
        numbers = _numbers(tagged)
        if view.question == "move":
            has_tag = tagged is not said
            word = " ".join(tagged.split()).strip(" .").lower()
            if has_tag and word in ("hold", "pass", "none"):
                return None
            if not has_tag and not numbers and "hold" in _words(said):
                return None
        if not numbers:
            raise UnreadableError("it holds no number in digits")
        number = numbers[-1]
        grid = self._plan.auction.bids
        least = 0.0 if grid is None else grid.min
        if number < least:
            raise UnreadableError(f"{_shown(number)} is below the least bid, {_shown(least)}")
        if grid is not None and number > grid.max:
            raise UnreadableError(f"{_shown(number)} is above the greatest bid, {_shown(grid.max)}")
        if grid is not None and number not in (self._grid.bids or ()):
            step = _shown(grid.increment)
            raise UnreadableError(f"bids go in steps of {step}, not {_shown(number)}")
        if view.question == "move":
            if number == view.maximum:
                return None
            if number < view.maximum:
                own = _shown(view.maximum)
                raise UnreadableError(f"a maximum may only rise, and yours is {own}")
        return number


def _shown(number: float) -> str:
    """Return a number as text."""
    return str(int(number)) if float(number).is_integer() else repr(float(number))


def _inside(text: str, tag: str) -> str:
    """Return what stands in the last pair of tags, or the whole text."""
    low = text.translate({code: code + 32 for code in range(ord("A"), ord("Z") + 1)})
    start, end = f"<{tag}>", f"</{tag}>"
    found = text
    position = 0
    while (begin := low.find(start, position)) >= 0:
        stop = low.find(end, begin)
        if stop < 0:
            break
        found = text[begin + len(start) : stop]
        position = stop
    return found


def _words(text: str) -> list[str]:
    """Return the words of a text in small letters."""
    plain = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in text.lower())
    return plain.split()


def _numbers(text: str) -> list[float]:
    """Return the numbers of a text in their order, letter by letter."""
    found, place = [], 0
    while place < len(text):
        if not text[place].isdecimal():
            place += 1
            continue
        negative = (
            place > 0
            and text[place - 1] in "-\u2212"
            and not (place > 1 and (text[place - 2].isalnum() or text[place - 2] in "_.,"))
        )
        stop = place
        while stop < len(text) and (
            text[stop].isdecimal()
            or (text[stop] in ".," and stop + 1 < len(text) and text[stop + 1].isdecimal())
        ):
            stop += 1
        found += _value(text[place:stop], negative)
        place = stop
    return found


def _value(run: str, negative: bool) -> list[float]:
    """Return the numbers of a run of digits, points and commas."""
    run = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in run)
    groups = run.replace(",", ".").split(".")
    marks = [letter for letter in run if letter in ".,"]
    sign = -1.0 if negative else 1.0
    cut = len(marks) - (1 if marks and marks[-1] == "." else 0)
    is_grouped = cut > 0 and "." not in marks[:cut] and 1 <= len(groups[0]) <= 3
    if is_grouped and all(len(group) == 3 for group in groups[1 : cut + 1]):
        whole, rest = "".join(groups[: cut + 1]), groups[cut + 1 :]
        return [sign * float(".".join([whole, *rest]))]
    if len(groups) > 2:
        return [float(groups[-1])]
    return [sign * float(".".join(groups))]
