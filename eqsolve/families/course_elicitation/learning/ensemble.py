"""An anchored ensemble: several sets of parameters that descend together, each held to its anchor.

Parameters have a Gaussian prior, independent, with a centre and a spread each, and a bound at 0 on
one side. The first set's anchors are the centres: it moves towards a mode of the posterior. Those
of the others are drawn from the prior, so that the sets differ most where the loss says least: one
of them at random stands for a draw from the posterior. Sets begin at their anchors and move on from
where they are, by Adam. Cost: that of the loss and its gradient, for all sets at once, a step.
PyTorch is imported with the first step.

Source: Pearce, T., Leibfried, F. and Brintrup, A. (2020). Uncertainty in Neural Networks:
Approximately Bayesian Ensembling.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eqsolve.core.arrays import FloatArray

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Ensemble", "Parameter"]


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """Prior and bound of an array of parameters.

    Parameters
    ----------
    centre : of the prior.
    spread : > 0, of its shape.
    sign : 1 where the parameters are >= 0, -1 where they are <= 0.
    """

    centre: FloatArray
    spread: FloatArray
    sign: int = 1


class Ensemble:
    """Sets of parameters.

    Parameters
    ----------
    parameters : of each set.
    drawn : sets beside the first.
    rng : anchors are drawn from it.

    Examples
    --------
    >>> one = Parameter(np.array([2.0]), np.array([0.5]))
    >>> ensemble = Ensemble([one], 3, np.random.default_rng(0))
    >>> ensemble.amounts(0)[0].tolist(), ensemble.amounts(1)[0].round(2).tolist()
    ([2.0], [2.06])
    """

    def __init__(
        self, parameters: Sequence[Parameter], drawn: int, rng: np.random.Generator
    ) -> None:
        self.parameters, self.drawn = parameters, drawn
        # Counted in spreads from the centre, so that one rate suits all.
        self._anchors: list[FloatArray] = []
        self._bounds: list[FloatArray] = []
        self._places: list[FloatArray] = []
        for part in parameters:
            shape = part.centre.shape
            anchors = np.concatenate([np.zeros((1, *shape)), rng.standard_normal((drawn, *shape))])
            bounds = -part.centre / part.spread
            self._anchors.append(anchors)
            self._bounds.append(bounds)
            self._places.append(
                np.maximum(anchors, bounds) if part.sign > 0 else np.minimum(anchors, bounds)
            )

    def amounts(self, k: int) -> list[FloatArray]:
        """Return the parameters of a set, 0 for the first."""
        found = [
            part.centre + part.spread * place[k]
            for part, place in zip(self.parameters, self._places, strict=True)
        ]
        # What stands at its bound, counted in spreads, may be a rounding beyond it.
        return [
            np.maximum(amount, 0.0) if part.sign > 0 else np.minimum(amount, 0.0)
            for part, amount in zip(self.parameters, found, strict=True)
        ]

    def descend(
        self, loss: Callable[[Sequence[Tensor]], Tensor], *, steps: int, rate: float
    ) -> None:
        """Move all sets towards less loss and nearer to their anchors.

        Parameters
        ----------
        loss : the sum over all sets; each array has the sets along its first axis.
        steps : of Adam.
        rate : of the first step, in spreads; it falls to 0 over the steps.
        """
        from eqsolve.algorithms.one_thread import one_thread

        with one_thread():
            self._places = self._moved(loss, steps, rate)

    def _moved(
        self, loss: Callable[[Sequence[Tensor]], Tensor], steps: int, rate: float
    ) -> list[FloatArray]:
        """Return where the steps lead."""
        import torch

        tensor = torch.from_numpy
        anchors, bounds = [
            [tensor(array) for array in own] for own in (self._anchors, self._bounds)
        ]
        centres = [tensor(np.asarray(part.centre)) for part in self.parameters]
        spreads = [tensor(np.asarray(part.spread)) for part in self.parameters]
        places = [tensor(place.copy()).requires_grad_() for place in self._places]
        adam = torch.optim.Adam(places, betas=(0.9, 0.99), foreach=True)
        for step in range(steps):
            adam.param_groups[0]["lr"] = rate * (1 - step / steps)
            amounts = [c + s * z for c, s, z in zip(centres, spreads, places, strict=True)]
            away = [((z - a) ** 2).sum() for z, a in zip(places, anchors, strict=True)]
            adam.zero_grad()
            (loss(amounts) + torch.stack(away).sum() / 2).backward()
            adam.step()
            with torch.no_grad():
                for part, bound, place in zip(self.parameters, bounds, places, strict=True):
                    (torch.maximum if part.sign > 0 else torch.minimum)(place, bound, out=place)
        return [place.detach().numpy() for place in places]
