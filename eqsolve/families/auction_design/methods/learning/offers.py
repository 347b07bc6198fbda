"""What the entries of a menu are worth while it is trained: lotteries over bundles, with torch.

`FixedOffer` holds bundles fast and learns the weights of lotteries; `FlowOffer` moves the starts of
a flow, whose bundles it finds anew at every step, and weighs them by liouville's factor (BUN-2).
Values of bundles are exact and have no gradient (BUN-3). On a processor they come from 64-bit
masks, on a GPU, for bids, from a matrix product.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from eqsolve.core.arrays import BoolArray, FloatArray, IntArray
from eqsolve.families.auction_design.instance import Valuations
from eqsolve.families.auction_design.instance.valuations import BidValuations
from eqsolve.families.auction_design.methods.learning.flow import Flow, network

__all__ = ["FixedOffer", "FlowOffer", "Offer"]

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
    """Return the values of bundles to types, a tensor (N, K) of single precision."""
    import torch

    if device == "cpu" or not isinstance(types, BidValuations):
        return torch.from_numpy(types.of(bundles).astype(np.float32)).to(device)
    bids = torch.from_numpy(types.bundles).to(device, torch.float32)
    absent = torch.from_numpy(~bundles).to(device, torch.float32)
    prices = torch.from_numpy(types.prices).to(device, torch.float32)
    amounts = torch.where(bids @ absent.T < 0.5, prices[:, None], 0.0)
    owner = torch.from_numpy(types.owner).to(device)[:, None].expand_as(amounts)
    found = torch.zeros((len(types), len(bundles)), device=device)
    return found.scatter_reduce(0, owner, amounts, "amax")


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
        held = len(types) * places.size <= _HELD
        self.held = self._asked(types) if held else None

    def _asked(self, types: Valuations) -> Any:
        """Return values of all bundles, a tensor (N, J, D)."""
        entries, atoms, m = self.bundles.shape
        found = _asked(types, self.bundles.reshape(entries * atoms, m), self.device) / self.scale
        return found.view(len(types), entries, atoms)

    def groups(self) -> list[dict[str, Any]]:
        """Return the weights, where there are lotteries."""
        return [{"params": [self.logits], "lr": 0.1}] if self.logits.shape[1] > 1 else []

    def values(self, rows: IntArray) -> Any:
        """Return the expected value of every entry to some of the types."""
        import torch

        found = self._asked(self.types.take(rows)) if self.held is None else self.held[rows]
        if found.shape[2] == 1:
            return found[:, :, 0]
        return (found * torch.softmax(self.logits, 1)).sum(2)

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
    starts : shape (J, D, m), strictly between 0 and 1.
    logits : shape (J, D), of the weights to begin with, the factor included: it differs between
        bundles by many orders of magnitude, and would make all entries sure ones.
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
        inside = np.log(starts) - np.log1p(-starts)
        self.inside = torch.tensor(inside, dtype=torch.float32, device=device, requires_grad=True)
        begun = logits - flow.log_factors(starts)
        self.logits = torch.tensor(begun, dtype=torch.float32, device=device, requires_grad=True)

    def groups(self) -> list[dict[str, Any]]:
        """Return starts, through a sigmoid, and weights."""
        return [{"params": [self.inside], "lr": 0.3}, {"params": [self.logits], "lr": 0.1}]

    def _now(self) -> tuple[BoolArray, Any]:
        """Return bundles and, as a tensor, weights."""
        import torch

        starts = torch.sigmoid(self.inside)
        growth = network(self.rates, starts, torch.tanh) * self.pace
        weights = torch.softmax(self.logits - growth.sum(2), 1)
        bundles = (starts * torch.exp(growth)).detach() >= 0.5
        return bundles.cpu().numpy(), weights

    def values(self, rows: IntArray) -> Any:
        """Return the expected value of every entry to some of the types."""
        bundles, weights = self._now()
        entries, atoms, m = bundles.shape
        part = self.types.take(rows)
        found = _asked(part, bundles.reshape(entries * atoms, m), self.device) / self.scale
        return (found.view(len(part), entries, atoms) * weights).sum(2)

    def lotteries(self) -> tuple[BoolArray, FloatArray]:
        """Return bundles and weights as they are now."""
        bundles, weights = self._now()
        shares = weights.detach().double().cpu().numpy()
        return bundles, shares / shares.sum(axis=1, keepdims=True)
