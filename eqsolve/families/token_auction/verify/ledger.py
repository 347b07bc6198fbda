"""The ledger of a text by definition, and where its models come from.

What a model outside of the instance said is taken from the trace; of a partial one what is not told
is one token more.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.solution import TokenSolution
from eqsolve.families.token_auction.verify.definitions import Steps
from eqsolve.families.token_auction.verify.expectation import weights_after
from eqsolve.families.token_auction.verify.speech import Listener

__all__ = ["Ledger"]

_BLOCK = 1 << 20


class Ledger:
    """The ledger of a text by definition, and where its models come from."""

    def __init__(self, auction: TokenAuction, solution: TokenSolution) -> None:
        self.auction, self.solution = auction, solution
        self.greatest = float(auction.all_bids.max())
        self.missing: list[str] = []
        self.taken: list[str] = []
        self.said: list[FloatArray] = []
        self.q: list[FloatArray] = []
        known = [model.is_known for model in auction.speaking]
        if not all(known) and (solution.trace is None or solution.vocabulary is None):
            self.missing = ["there is no trace of models outside of the instance"]
            return
        for k in np.flatnonzero(~np.array(known, dtype=bool)).tolist():
            speaker = auction.speaker(k)
            self.taken.append(f"what the model of {speaker} says: taken from the trace")
        n = auction.n_agents
        parts: list[list[FloatArray]] = [[] for _ in range(5)]
        for weights, said, tokens in self._blocks():
            scaled = auction.all_bids / self.greatest
            steps = Steps(auction.aggregation, auction.payment, scaled, weights, said)
            self.said.append(said)
            self.q.append(steps.q)
            by_agent = [steps.payments(i, tokens) for i in range(n)]
            parts[0].append(np.stack([steps.influence(i) for i in range(n)], axis=1))
            parts[1].append(np.stack([steps.divergence(i) for i in range(n)], axis=1))
            parts[2].append(steps.welfare() * self.greatest)
            parts[3].append(np.stack([pair[0] for pair in by_agent], axis=1) * self.greatest)
            if tokens is not None:
                parts[4].append(np.stack([pair[1] for pair in by_agent], axis=1) * self.greatest)
        self.influence, self.divergence, self.welfare, self.expected, self.given = (
            np.concatenate(part) if part else np.zeros((0, n)) for part in parts
        )

    def _blocks(self) -> Iterator[tuple[FloatArray, FloatArray, IntArray | None]]:
        """Yield weights, what was said, and the tokens of some steps at a time."""
        auction, tokens = self.auction, self.solution.tokens
        table = auction.all_distributions
        if table is not None:
            weights = weights_after(auction, np.zeros((1, auction.n_speaking)))
            yield weights, table[None], tokens if len(tokens) else None
            return
        size = auction.n_tokens or len(self.solution.vocabulary or ())
        size += auction.is_partial  # what is not told is one token more
        per_block = max(1, _BLOCK // (auction.n_speaking * size))
        listener = Listener(auction)
        seen = np.zeros(auction.n_speaking)
        for start in range(0, len(tokens), per_block):
            stop = min(start + per_block, len(tokens))
            said = np.zeros((stop - start, auction.n_speaking, size))
            for k in range(start, stop):
                before = tokens[max(0, k - listener.reach) : k].tolist()
                for i, model in enumerate(auction.speaking):
                    said[k - start, i] = (
                        listener.said(i, before) if model.is_known else self._traced(k, i, size)
                    )
            with np.errstate(divide="ignore"):
                logs = np.log(said[np.arange(stop - start), :, tokens[start:stop]])
            before_each = seen + np.concatenate([np.zeros((1, logs.shape[1])), logs[:-1].cumsum(0)])
            seen = seen + logs.sum(axis=0)
            yield weights_after(auction, before_each), said, tokens[start:stop]

    def _traced(self, step: int, speaker: int, size: int) -> FloatArray:
        """Return what the trace says that a model said."""
        trace = self.solution.trace
        entry = None if trace is None else trace[step][speaker]
        found = np.zeros(size)
        if entry is None:
            self.missing.append(f"step {step}: no trace of model {speaker}")
            return found
        found[entry.tokens] = entry.probabilities
        if self.auction.is_partial:
            found[-1] = entry.rest
        negative = (entry.probabilities < 0).any() or entry.rest < 0
        if negative or abs(found.sum() - 1) > 1e-6:
            self.missing.append(f"step {step}: what model {speaker} said has not the sum 1")
        return found
