"""What the models of an instance say after a text, found anew.

An n-gram model is not trained: the places where the last tokens stand in its text are looked up and
narrowed token by token, and what follows there is counted, which is the definition.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.families.token_auction.instance import LanguageModel, Markov, NGram, TokenAuction
from eqsolve.families.token_auction.instance.units import numbered, units_of

__all__ = ["Listener"]


class _Text:
    """A text that is searched for contexts."""

    def __init__(self, source: NGram, vocabulary: Sequence[str]) -> None:
        self.tokens = numbered(units_of(source.text, source.unit), vocabulary)
        self.order, self.size = source.order, len(vocabulary)
        self.places: dict[int, IntArray] = {}
        self.alone = np.bincount(self.tokens, minlength=self.size)

    def after(self, context: Sequence[int]) -> FloatArray:
        """Return the Witten-Bell distribution after a context."""
        found = np.full(self.size, 1 / self.size)
        ends = np.empty(0, dtype=np.int64)  # where the last k tokens of the context end
        for k in range(self.order):
            counts = self.alone
            if k:
                if k > len(context):
                    break
                ends = self._last(context[-1]) if k == 1 else self._narrowed(ends, context, k)
                counts = np.bincount(self.tokens[ends + 1], minlength=self.size)
            followers, distinct = int(counts.sum()), int((counts > 0).sum())
            if not followers:
                break
            found = (counts + distinct * found) / (followers + distinct)
        return found

    def _last(self, token: int) -> IntArray:
        """Return the places of a token that something follows."""
        if token not in self.places:
            self.places[token] = np.flatnonzero(self.tokens[:-1] == token)
        return self.places[token]

    def _narrowed(self, ends: IntArray, context: Sequence[int], k: int) -> IntArray:
        """Return those places before which one more token of the context stands."""
        inside = ends[ends >= k - 1]
        found: IntArray = inside[self.tokens[inside - (k - 1)] == context[-k]]
        return found


class Listener:
    """Tells the distribution of each model that the instance holds, given the tokens so far."""

    def __init__(self, auction: TokenAuction) -> None:
        self.auction = auction
        self.contexts = [
            auction.context(k).tolist() if model.is_known else []
            for k, model in enumerate(auction.speaking)
        ]
        self.texts: dict[tuple[str, int, str], _Text] = {}

    @property
    def reach(self) -> int:
        """How many of the last tokens decide about what is said."""
        orders = [m.source.order - 1 for m in self.auction.speaking if isinstance(m.source, NGram)]
        return max([1, *orders])

    def said(self, speaker: int, text: Sequence[int]) -> FloatArray:
        """Return the distribution of a model that the instance holds, after a text."""
        model = self.auction.speaking[speaker]
        context = [*self.contexts[speaker], *text]
        return self._warmed(model, self._plain(model, context))

    def _plain(self, model: LanguageModel, context: list[int]) -> FloatArray:
        source = model.source
        if isinstance(source, Markov):
            return source.next[context[-1]] if context else source.start
        assert isinstance(source, NGram)
        key = (source.text, source.order, source.unit)
        if key not in self.texts:
            self.texts[key] = _Text(source, self.auction.vocabulary)
        return self.texts[key].after(context)

    @staticmethod
    def _warmed(model: LanguageModel, p: FloatArray) -> FloatArray:
        """Return ``p ** (1 / temperature)`` over its sum."""
        if model.temperature == 1:
            return p
        powers = (p / p.max()) ** (1 / model.temperature)
        found: FloatArray = powers / powers.sum()
        return found
