"""What the entries of a menu are worth while it is trained: lotteries over bundles, with torch.

`FixedOffer` holds bundles fast and learns the weights of lotteries; `FlowOffer` moves the starts of
a flow, whose bundles it finds anew at every step, and weighs them by liouville's factor (BUN-2).
Values of bundles are exact and have no gradient (BUN-3). On a processor they come from bits, 64 a
word, on a GPU, for bids, from a matrix product.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.auction_design.instance import Valuations
from eqsolve.families.auction_design.instance.valuations import BidValuations
from eqsolve.families.auction_design.methods.learning.flow import REACH, Flow, network

__all__ = ["FixedOffer", "FlowOffer", "Offer"]

RATE = 0.1
"""Of learning logarithms of weights, at the beginning."""

_HELD = 1 << 27
"""Values of types for bundles that are held; where there are more, each batch asks anew."""


class Offer(Protocol):
    """Entries whose lotteries are learned, and the device on which they are."""

    device: str

    def groups(self) -> list[dict[str, Any]]:
        """Return what is learned beside prices, with rates at the start, as Adam takes them."""

    def values(self, rows: IntArray) -> Any:
        """Return the expected value of every entry to some of the types, a tensor (B, J)."""

    def lotteries(self) -> tuple[BoolArray, FloatArray]:
        """Return bundles (J, D, m) and weights (J, D) as they are now."""


def _asked(types: Valuations, bundles: BoolArray, device: str) -> Any:
    """Return the values of bundles (J, D, m) to types, a tensor (N, J, D) of single precision."""
    import torch

    shape = (len(types), *bundles.shape[:2])
    flat = bundles.reshape(shape[1] * shape[2], bundles.shape[2])
    if device == "cpu" or not isinstance(types, BidValuations):
        return torch.from_numpy(types.of(flat).astype(np.float32)).to(device).view(shape)
    bids = torch.from_numpy(types.bundles).to(device, torch.float32)
    absent = torch.from_numpy(~flat).to(device, torch.float32)
    prices = torch.from_numpy(types.prices).to(device, torch.float32)
    amounts = torch.where(bids @ absent.T < 0.5, prices[:, None], 0.0)
    owner = torch.from_numpy(types.owner).to(device)[:, None].expand_as(amounts)
    found = torch.zeros((len(types), len(flat)), device=device)
    return found.scatter_reduce(0, owner, amounts, "amax").view(shape)


class FixedOffer:
    """Lotteries over bundles that stay.

    Parameters
    ----------
    types : to train on, N.
    scale : values are divided by it.
    bundles : shape (K, m).
    places, logits : bundle and logarithm of the weight of every atom, shape (J, D).
    """

    def __init__(
        self, types: Valuations, scale: float, bundles: BoolArray, places: IntArray,
        logits: FloatArray, device: str,
    ) -> None:  # fmt: skip
        import torch

        self.types, self.scale, self.device = types, scale, device
        self.bundles = bundles[places]
        self.logits = torch.tensor(logits, dtype=torch.float32, device=device, requires_grad=True)
        self.known = np.zeros(len(types), dtype=np.bool_)
        held = len(types) * places.size <= _HELD
        self.held = torch.empty((len(types), *places.shape), device=device) if held else None

    def groups(self) -> list[dict[str, Any]]:
        """Return the weights, where there are lotteries."""
        return [{"params": [self.logits], "lr": RATE}] if self.logits.shape[1] > 1 else []

    def values(self, rows: IntArray) -> Any:
        """Return the expected value of every entry to some of the types."""
        import torch

        found = self._of_atoms(rows)
        if found.shape[2] == 1:
            return found[:, :, 0]
        return (found * torch.softmax(self.logits, 1)).sum(2)

    def _of_atoms(self, rows: IntArray) -> Any:
        """Return the values of all bundles to some of the types, asked for once, if held."""
        if self.held is None:
            return _asked(self.types.take(rows), self.bundles, self.device) / self.scale
        fresh = np.unique(rows[~self.known[rows]])
        if len(fresh):
            asked = _asked(self.types.take(fresh), self.bundles, self.device)
            self.held[fresh] = asked / self.scale
            self.known[fresh] = True
        return self.held[rows]

    def lotteries(self) -> tuple[BoolArray, FloatArray]:
        """Return bundles and weights as they are now."""
        import torch

        weights = torch.softmax(self.logits.detach().double(), 1).cpu().numpy()
        return self.bundles, weights


class FlowOffer:
    """Lotteries over the bundles of a flow's starts, which are learned with their weights.

    Parameters
    ----------
    types, scale : as in `FixedOffer`.
    flow : after stage 1; it stays as it is.
    starts : shape (J, D, m), within `REACH` of 1/2.
    logits : shape (J, D), of the weights to begin with, the factor included: it differs between
        bundles by many orders of magnitude, and would make all entries sure ones.

    Notes
    -----
    A start has m coordinates and its factor falls steeply in each of them. A step of Adam moves
    every coordinate by the whole rate, so the rate is divided by how steep the factor is: a step
    then moves a logarithm of a weight as far through the start as the weight does by itself. At the
    rate of 0.3 of the authors' code a few steps carry all points across 1/2, as nothing but the
    factor, which is greater for smaller bundles, says where to.
    """

    def __init__(
        self, types: Valuations, scale: float, flow: Flow, starts: FloatArray, logits: FloatArray,
        device: str,
    ) -> None:  # fmt: skip
        import torch

        self.types, self.scale, self.device = types, scale, device
        self.rates = tuple(torch.tensor(part, dtype=torch.float32, device=device)
                           for part in flow.rates)  # fmt: skip
        self.pace = flow.total_pace
        within = (starts - (0.5 - REACH)) / (2 * REACH)
        inside = np.log(within) - np.log1p(-within)
        self.inside = torch.tensor(inside, dtype=torch.float32, device=device, requires_grad=True)
        begun = logits - flow.log_factors(starts)
        self.logits = torch.tensor(begun, dtype=torch.float32, device=device, requires_grad=True)

    def groups(self) -> list[dict[str, Any]]:
        """Return starts, through a sigmoid, and weights."""
        import torch

        _, growth = self._ends()
        (slopes,) = torch.autograd.grad(growth.sum(), self.inside)
        steepness = float(slopes.abs().sum(2).mean()) or 1.0
        return [
            {"params": [self.inside], "lr": RATE / steepness},
            {"params": [self.logits], "lr": RATE},
        ]

    def _ends(self) -> tuple[Any, Any]:
        """Return starts, and the logarithms of what they are multiplied by, shape (J, D, m)."""
        import torch

        starts = 0.5 - REACH + 2 * REACH * torch.sigmoid(self.inside)
        return starts, network(self.rates, starts, torch.tanh) * self.pace

    def _now(self) -> tuple[BoolArray, Any]:
        """Return bundles and, as a tensor, weights."""
        import torch

        starts, growth = self._ends()
        weights = torch.softmax(self.logits - growth.sum(2), 1)
        bundles = (starts * torch.exp(growth)).detach() >= 0.5
        return bundles.cpu().numpy(), weights

    def values(self, rows: IntArray) -> Any:
        """Return the expected value of every entry to some of the types."""
        bundles, weights = self._now()
        found = _asked(self.types.take(rows), bundles, self.device) / self.scale
        return (found * weights).sum(2)

    def lotteries(self) -> tuple[BoolArray, FloatArray]:
        """Return bundles and weights as they are now."""
        bundles, weights = self._now()
        shares = weights.detach().double().cpu().numpy()
        return bundles, shares / shares.sum(axis=1, keepdims=True)
