"""Who sits in the seats: one frozen value per bidder, which says how it bids.

A bidder by rule follows from its fields, its type and the random numbers of its seat alone, so that
whoever has the record can bid again in its place. A `Chat` is a model behind an address; a
`Function` is anything of Python, of which no file holds more than the name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eqsolve.core.arguments import function_name
from eqsolve.core.errors import OptionError
from eqsolve.endpoints.talker import Talker

__all__ = [
    "INTERVENTIONS",
    "LEVEL_ZERO",
    "RULES",
    "Bidder",
    "Chat",
    "Crra",
    "Cursed",
    "Equilibrium",
    "Fixed",
    "Function",
    "LevelK",
    "Noisy",
    "Quantal",
    "Random",
    "Shade",
    "Truthful",
]

INTERVENTIONS = (
    "none",
    "menu",
    "clock_description",
    "nash_deviation",
    "dominant_strategy_revealed",
    "wrong_strategy_revealed",
    "risk_neutrality",
)
"""What a chat bidder is told beside the rules."""

LEVEL_ZERO = ("random", "truthful")
"""What bidders of level 0 may do."""


@dataclass(frozen=True)
class Bidder:
    """Base of everyone who bids.

    Attributes
    ----------
    rule : the word in files.
    """

    rule: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the bidder as files say it; fields at their defaults are left out."""
        return {"rule": self.rule}

    @property
    def title(self) -> str:
        """The bidder in a few words, for tables."""
        settings = [f"{key} {value}" for key, value in self.to_dict().items() if key != "rule"]
        return " ".join([self.rule, *settings])

    @property
    def undisturbed(self) -> Bidder:
        """The bidder below all layers of noise."""
        return self


@dataclass(frozen=True)
class Truthful(Bidder):
    """Bids its type.

    Examples
    --------
    >>> Truthful().to_dict(), Truthful().title
    ({'rule': 'truthful'}, 'truthful')
    """

    rule: ClassVar[str] = "truthful"


@dataclass(frozen=True)
class Fixed(Bidder):
    """Bids from a list.

    Parameters
    ----------
    bids : one per round, the same in every session, or one per round of all sessions; None stays
        out.
    """

    rule: ClassVar[str] = "fixed"

    bids: tuple[int | float | None, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the bidder as files say it."""
        return {"rule": self.rule, "bids": list(self.bids)}

    @property
    def title(self) -> str:
        """The bidder in a few words."""
        return self.rule


@dataclass(frozen=True)
class Shade(Bidder):
    """Bids a share of its type, rounded down to the grid.

    Parameters
    ----------
    factor : >= 0.
    """

    rule: ClassVar[str] = "shade"

    factor: float

    def to_dict(self) -> dict[str, Any]:
        """Return the bidder as files say it."""
        return {"rule": self.rule, "factor": self.factor}


@dataclass(frozen=True)
class Random(Bidder):
    """Bids any bid of the grid, each as likely."""

    rule: ClassVar[str] = "random"


@dataclass(frozen=True)
class Equilibrium(Bidder):
    """Bids what it would in the equilibrium of the auction."""

    rule: ClassVar[str] = "equilibrium"


@dataclass(frozen=True)
class Crra(Bidder):
    """Bids what it would if everyone had its risk aversion (AUC-2).

    Parameters
    ----------
    rho : coefficient of constant relative risk aversion, in [0, 1).
    """

    rule: ClassVar[str] = "crra"

    rho: float

    def to_dict(self) -> dict[str, Any]:
        """Return the bidder as files say it."""
        return {"rule": self.rule, "rho": self.rho}


@dataclass(frozen=True)
class Cursed(Bidder):
    """Thinks that bids of others tell less of their signals than they do (Eyster and Rabin).

    Parameters
    ----------
    chi : how much it overlooks, in [0, 1]; 0 is the equilibrium, 1 the naive bidder.
    """

    rule: ClassVar[str] = "cursed"

    chi: float

    def to_dict(self) -> dict[str, Any]:
        """Return the bidder as files say it."""
        return {"rule": self.rule, "chi": self.chi}


@dataclass(frozen=True)
class LevelK(Bidder):
    """Replies best to bidders one level below.

    Parameters
    ----------
    k : level, >= 0.
    level0 : what level 0 does: ``"random"`` or ``"truthful"``.
    """

    rule: ClassVar[str] = "level_k"

    k: int
    level0: str = "random"

    def to_dict(self) -> dict[str, Any]:
        """Return the bidder as files say it."""
        return {"rule": self.rule, "k": self.k, "level0": self.level0}


@dataclass(frozen=True)
class Quantal(Bidder):
    """Bids with probabilities that rise with the expected utility, where all others do the same.

    Parameters
    ----------
    precision : lambda of ``P(bid) ~ exp(lambda U)``, per unit of money, >= 0.
    """

    rule: ClassVar[str] = "quantal"

    precision: float

    def to_dict(self) -> dict[str, Any]:
        """Return the bidder as files say it."""
        return {"rule": self.rule, "lambda": self.precision}


@dataclass(frozen=True)
class Noisy(Bidder):
    """Another bidder by rule, whose bid is disturbed and kept inside the bids that there are.

    Parameters
    ----------
    of : the other one.
    sd : standard deviation of what is added, money; or
    log_sd : standard deviation of the logarithm of the factor.
    """

    rule: ClassVar[str] = "noisy"

    of: Bidder
    sd: float | None = None
    log_sd: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the bidder as files say it."""
        spread = {"sd": self.sd} if self.log_sd is None else {"log_sd": self.log_sd}
        return {"rule": self.rule, "of": self.of.to_dict(), **spread}

    @property
    def title(self) -> str:
        """The bidder in a few words."""
        spread = f"sd {self.sd}" if self.log_sd is None else f"log_sd {self.log_sd}"
        return f"noisy {self.of.title} {spread}"

    @property
    def undisturbed(self) -> Bidder:
        """The bidder below all layers of noise."""
        return self.of.undisturbed


@dataclass(frozen=True)
class Chat(Bidder):
    """A model behind an OpenAI-compatible address, which is told the rules and asked for bids.

    Parameters
    ----------
    talker : where it answers, its name there, and how it is to speak.
    seed : sent where given, for servers that draw by it.
    persona : who it is to be, put before everything else; may be empty.
    intervention : one of `INTERVENTIONS`.
    language, currency : fields of the text.
    """

    rule: ClassVar[str] = "chat"

    talker: Talker
    seed: int | None = None
    persona: str = ""
    intervention: str = "none"
    language: str = "English"
    currency: str = "$"

    def to_dict(self) -> dict[str, Any]:
        """Return the bidder as files say it; there is no key to leave out."""
        usual = Chat(self.talker)
        return {
            "rule": self.rule,
            **self.talker.to_dict(),
            **{
                name: getattr(self, name)
                for name in ("seed", "persona", "intervention", "language", "currency")
                if getattr(self, name) != getattr(usual, name)
            },
        }

    @property
    def title(self) -> str:
        """The bidder in a few words."""
        told = "" if self.intervention == "none" else f" {self.intervention}"
        return f"{self.talker.model}{told}"


@dataclass(frozen=True)
class Function(Bidder):
    """A Python callable, or an object with a method ``bid``.

    Parameters
    ----------
    name : how tables call it; all that a file holds.
    call : takes a view and returns a bid, or None to stay out; None where it came from a file.
    """

    rule: ClassVar[str] = "function"

    name: str
    call: Callable[[Any], Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what a file can say of it."""
        return {"rule": self.rule, "name": self.name}

    @property
    def title(self) -> str:
        """Its name."""
        return self.name

    @staticmethod
    def of(bidder: object) -> Function:
        """Return a callable or an object with ``.bid(view)`` as a bidder.

        Raises
        ------
        OptionError : it is neither.
        """
        call = getattr(bidder, "bid", bidder)
        if not callable(call):
            rule = "is no bidder: it is neither callable nor has a method bid(view)"
            raise OptionError(f"{type(bidder).__name__} {rule}")
        return Function(function_name(bidder), call)


RULES: Mapping[str, type[Bidder]] = {
    bidder.rule: bidder
    for bidder in (
        Truthful, Fixed, Shade, Random, Equilibrium, Crra, Cursed, LevelK, Quantal, Noisy, Chat,
        Function,
    )
}  # fmt: skip
"""Word in files -> class."""


def is_by_rule(bidder: Bidder) -> bool:
    """Return whether a bidder follows from its fields, so that it can be replayed."""
    return not isinstance(bidder, Chat | Function)


def finite(value: object) -> bool:
    """Return whether a value is a finite number, and no truth value."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)  # type: ignore[arg-type]  # a number
