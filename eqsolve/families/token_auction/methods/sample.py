"""A text, and what is expected over all texts, from a sample of them.

The random numbers of the sample are those of ``default_rng([seed, 1])``, apart from the text's.
What is averaged is the expected payment of each step, given the text before it. The intervals are
``mean +- 1.96 standard errors``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.arguments import require_count
from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.limits import Deadline
from eqsolve.core.result import Outcome
from eqsolve.core.status import Limit
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.methods.base import Expectation, TokenMethod, drawn_outcome
from eqsolve.families.token_auction.models.opening import open_models
from eqsolve.families.token_auction.solution import TokenSolution
from eqsolve.families.token_auction.texts import SupportError, sampled_texts

__all__ = ["Sample", "estimate"]

_BATCH = 1 << 21
"""Tokens that are drawn at once: after each batch the clock is looked at."""
_NORMAL = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(TokenMethod):
    """A sample of texts.

    Parameters
    ----------
    expect : number of texts.
    """

    name: ClassVar[str] = "sample"
    summary: ClassVar[str] = "a sample of texts, all at once: expected payments with intervals"
    theorem: ClassVar[str] = "TOK-6, TOK-10"
    cost: ClassVar[str] = "O(texts length n T), less where texts share their last tokens"

    expect: int = 1000

    def __post_init__(self) -> None:
        TokenMethod.__post_init__(self)
        require_count(self.expect, "option expect", 2)

    def supports(self, instance: TokenAuction) -> str | None:
        """Return why not: there are no models, or texts come one by one."""
        if not instance.models:
            return "it has distributions, of one step"
        if not all(model.has_window for model in instance.speaking):
            return "some of its models keep what they heard, texts come one by one"
        return None

    def run(
        self, instance: TokenAuction, deadline: Deadline, rng: np.random.Generator
    ) -> Outcome[TokenSolution]:
        """Draw a text, then the sample; `rng` is not used."""
        opened = open_models(instance)
        drawn = self.text(instance, opened, deadline)
        random = np.random.default_rng([self.seed or 0, 1])
        per_batch = max(1, _BATCH // (instance.length * max(1, len(opened.vocabulary) // 8)))
        payments: list[FloatArray] = []
        limit: Limit | None = None
        remarks: tuple[str, ...] = ()
        done = 0
        while done < self.expect:
            limit = deadline.limit
            if limit is not None:
                remarks = (f"expected payments: {done} of {self.expect} texts were drawn in time",)
                break
            size = min(per_batch, self.expect - done)
            try:
                uniform = random.random((size, instance.length))
                _, paid = sampled_texts(instance, opened, uniform, [instance.payment])
            except SupportError:
                limit = Limit.SUPPORT
                remarks = ("expected payments: some texts end where agents allow no common token",)
                payments = []
                break
            payments.append(paid[0])
            done += size
        expectation = None if done < 2 or not payments else estimate(np.concatenate(payments))
        return drawn_outcome(self, drawn, expectation, remarks, limit)


def estimate(payments: FloatArray) -> Expectation:
    """Return means and intervals of what was paid along texts, shape (S, n)."""
    mean = payments.mean(axis=0)
    spread = _NORMAL * payments.std(axis=0, ddof=1) / np.sqrt(len(payments))
    return Expectation("sample", mean, read_only(np.stack([mean - spread, mean + spread], axis=1)))
