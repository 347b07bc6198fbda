"""How types and what the prize is worth hang together.

Given a *state* (nothing for private values, the common part c for affiliated ones, the worth V for
a common one) the types of all bidders are independent: type i is the state's shift plus a draw from
the own prior of bidder i. So every model is a mixture of independent ones, which is what solving,
checking and playing rest on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.bid_table import exact
from eqsolve.families.single_item_auction.instance.priors import (
    FinitePrior,
    Integers,
    Prior,
    Uniform,
)

__all__ = ["AffiliatedValues", "CommonValues", "PrivateValues", "State", "ValueModel"]


@dataclass(frozen=True, slots=True)
class State:
    """What types have in common.

    Parameters
    ----------
    probability : of the state.
    shift : added to the own draw of every bidder.
    worth : of the prize, or None where it is worth its type to each bidder.
    """

    probability: Fraction
    shift: Fraction
    worth: Fraction | None


class ValueModel:
    """Base of the models.

    Attributes
    ----------
    model : the word in files.
    """

    __slots__ = ()

    model: ClassVar[str]

    @property
    def state(self) -> Prior | None:
        """The prior of the common part or worth; None for private values."""
        raise NotImplementedError

    def own(self, bidder: int) -> Prior:
        """Return the prior of what is a bidder's own: value, private part or error."""
        raise NotImplementedError

    @property
    def is_symmetric(self) -> bool:
        """Whether all bidders have one prior."""
        return True

    @property
    def is_finite(self) -> bool:
        """Whether there are finitely many types."""
        state = self.state
        return (state is None or state.finite) and self.own(0).finite

    def states(self) -> tuple[State, ...]:
        """Return the states of a finite model with their probabilities."""
        state = self.state
        if state is None:
            return (State(Fraction(1), Fraction(0), None),)
        assert isinstance(state, FinitePrior)
        return tuple(
            State(weight, point, point if self.model == "common" else None)
            for point, weight in zip(state.exact_points, state.exact_weights, strict=True)
        )

    def support(self, bidder: int) -> tuple[float, float]:
        """Return the least and the greatest type of a bidder."""
        low, high = self.own(bidder).support
        if self.state is None:
            return low, high
        return low + self.state.support[0], high + self.state.support[1]

    def sample(
        self, rng: np.random.Generator, n_bidders: int, size: int
    ) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        """Return types and worths, shape (size, n), and states, shape (size,), or None.

        Notes
        -----
        Draws: `size` uniforms for the states where there are any, then ``(size, n)`` for the rest.
        """
        common = None if self.state is None else self.state.sample(rng, size)
        draws = rng.random((size, n_bidders))
        types = np.column_stack([self.own(i).quantile(draws[:, i]) for i in range(n_bidders)])
        if common is not None:
            types = types + common[:, None]
        return types, self.worths(types, common), common

    def worths(self, types: FloatArray, common: FloatArray | None) -> FloatArray:
        """Return what the prize is worth to each bidder, shape of `types`."""
        return types

    def to_dict(self) -> dict[str, Any]:
        """Return the model as files say it."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class PrivateValues(ValueModel):
    """Each bidder's value is a draw from its own prior, independent of the others.

    Parameters
    ----------
    priors : one for each bidder.
    """

    model: ClassVar[str] = "private"

    priors: tuple[Prior, ...]

    @property
    def state(self) -> None:
        """There is none."""
        return None

    def own(self, bidder: int) -> Prior:
        """Return the prior of a bidder's value."""
        return self.priors[bidder]

    @property
    def is_symmetric(self) -> bool:
        """Whether all bidders have one prior."""
        return all(prior == self.priors[0] for prior in self.priors)

    @property
    def is_finite(self) -> bool:
        """Whether there are finitely many types."""
        return all(prior.finite for prior in self.priors)

    def to_dict(self) -> dict[str, Any]:
        """Return the model as files say it."""
        if self.is_symmetric:
            return {"model": self.model, "prior": self.priors[0].to_dict()}
        return {"model": self.model, "priors": [prior.to_dict() for prior in self.priors]}


@dataclass(frozen=True, slots=True)
class AffiliatedValues(ValueModel):
    """Values ``c + p_i``: a part that all share and a private one, independent.

    Parameters
    ----------
    common, private : priors of the two parts.
    """

    model: ClassVar[str] = "affiliated"

    common: Prior
    private: Prior

    @property
    def state(self) -> Prior:
        """The prior of the common part."""
        return self.common

    def own(self, bidder: int) -> Prior:
        """Return the prior of the private part."""
        return self.private

    def to_dict(self) -> dict[str, Any]:
        """Return the model as files say it."""
        parts: Mapping[str, Prior] = {"common": self.common, "private": self.private}
        return {"model": self.model, **{key: prior.to_dict() for key, prior in parts.items()}}


@dataclass(frozen=True, slots=True)
class CommonValues(ValueModel):
    """The prize is worth V to everybody; bidder i sees the signal ``V + e_i``.

    Parameters
    ----------
    value : prior of V.
    noise : a > 0; errors are uniform on [-a, a], and on the whole numbers in it where V is one of
        ``integers`` and `noise` is whole, as in experiments.
    """

    model: ClassVar[str] = "common"

    value: Prior
    noise: float

    @property
    def state(self) -> Prior:
        """The prior of the worth."""
        return self.value

    def own(self, bidder: int) -> Prior:
        """Return the prior of the error."""
        if isinstance(self.value, Integers) and exact(self.noise).denominator == 1:
            return Integers(-int(self.noise), int(self.noise))
        return Uniform(-self.noise, self.noise)

    def worths(self, types: FloatArray, common: FloatArray | None) -> FloatArray:
        """Return V for each bidder."""
        assert common is not None
        return np.broadcast_to(common[:, None], types.shape).copy()

    def to_dict(self) -> dict[str, Any]:
        """Return the model as files say it."""
        noise = int(self.noise) if float(self.noise).is_integer() else self.noise
        return {"model": self.model, "value": self.value.to_dict(), "noise": noise}
