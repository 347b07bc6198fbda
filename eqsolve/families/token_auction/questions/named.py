"""The questions that have a name on the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import OptionError, UnsupportedError
from eqsolve.core.question import Answer, Means, Question, together
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.table import Table, number
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.methods.tree import outside, too_many
from eqsolve.families.token_auction.questions.incentives import deviation_gain
from eqsolve.families.token_auction.questions.monotonicity import is_monotone
from eqsolve.families.token_auction.questions.stability import universally_stable
from eqsolve.families.token_auction.questions.sweeps import SweepPoint, replay, sweep_bids
from eqsolve.families.token_auction.verify.stability import verify_stability

__all__ = ["Deviations", "Monotone", "Replays", "Stability", "Sweep"]

_PAPER = (
    "Duetting, P., Mirrokni, V., Paes Leme, R., Xu, H. and Zuo, S. (2024). Mechanism design "
    "for large language models."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OneStep(Question[TokenAuction]):
    """Base of questions about one step."""

    source: ClassVar[str] = _PAPER

    def supports(self, instance: TokenAuction) -> str | None:
        """Return why not: it has models."""
        return "it has models, not the distributions of one step" if instance.models else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Monotone(_OneStep):
    """Whether raising a bid always moves the aggregate towards the bidder."""

    name: ClassVar[str] = "monotone"
    summary: ClassVar[str] = "does raising a bid always move the aggregate towards the bidder?"
    theorem: ClassVar[str] = "TOK-3, TOK-14"
    cost: ClassVar[str] = "O(n n T)"

    def answer(self, instance: TokenAuction, means: Means) -> Answer:
        """Answer by theorem or with a witness, which is tried again."""
        found = is_monotone(instance.aggregation, instance.distributions)
        word = {True: "yes", False: "no", None: "not decided"}[found.holds]
        sentence = f"{word}: {found.argument}"
        fields: dict[str, Any] = {"monotone": found.holds, "argument": found.argument}
        witness = found.witness
        check = None
        if witness is not None:
            agent = instance.label("agents", witness.agent)
            low, high = witness.probabilities
            sentence += (
                f"; as {agent} bids {number(witness.bids[1])} instead of 0 against "
                f"{instance.label('agents', witness.opponent)}, {instance.token(witness.token)!r} "
                f"moves from {number(low)} to {number(high)}; its own is {number(witness.target)}"
            )
            fields["witness"] = {
                "agent": witness.agent, "opponent": witness.opponent, "token": witness.token,
                "bids": list(witness.bids), "probabilities": [low, high], "target": witness.target,
            }  # fmt: skip
            builder = ReportBuilder(Tolerances(), 1.0)
            ends = sorted((low, witness.target))
            stray = max(ends[0] - high, high - ends[1])
            problems = [] if stray > 0 else ["the token stays between the two"]
            builder.require("token.witness", "the token leaves the way to the bidder", problems)
            check = builder.finish()
        return Answer(value=found, sentence=sentence, fields=fields, check=check)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability(_OneStep):
    """Whether one sampler is stable for all agents at once.

    Parameters
    ----------
    grid : bids that each agent may make.
    """

    name: ClassVar[str] = "universal"
    summary: ClassVar[str] = "is one sampler stable for all agents at once, on a grid of bids?"
    theorem: ClassVar[str] = "TOK-8"
    cost: ClassVar[str] = "a linear program with T^(grid^n) columns"

    grid: Sequence[float] = (0.0, 1.0)

    def answer(self, instance: TokenAuction, means: Means) -> Answer:
        """Answer by a linear program; sampler and duals are checked from the definition."""
        try:
            found = universally_stable(instance, self.grid, deadline=means.deadline)
        except UnsupportedError as error:
            return _late(means, error)
        check = verify_stability(
            instance, holds=found.holds, excess=found.excess, bids=found.bids,
            outcomes=found.outcomes, law=found.law, duals=found.duals,
            deadline=means.deadline.grace(),
        )  # fmt: skip
        holds = "exists" if found.holds else "does not exist"
        sentence = f"a sampler stable for all {holds}: excess of change {number(found.excess)}"
        fields = {
            "stable": found.holds, "excess": found.excess, "bids": found.bids.tolist(),
            "outcomes": found.outcomes.tolist(), "law": found.law.tolist(),
            "duals": found.duals.tolist(),
        }  # fmt: skip
        return Answer(value=found, sentence=sentence, fields=fields, check=check)


def _late(means: Means, error: UnsupportedError) -> Answer:
    """Return the answer where the time was over first; any other reason is raised again.

    Raises
    ------
    UnsupportedError : there was time.
    """
    limit = means.deadline.limit
    if limit is None:
        raise error
    return Answer(value=None, sentence="not answered in time", fields={}, limit=limit)


def _told(gains: FloatArray) -> list[list[float | None]]:
    """Return gains as files say them: null for a loss without bound."""
    return [[x if np.isfinite(x) else None for x in row] for row in gains.tolist()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviations(Question[TokenAuction]):
    """What an agent gains by bidding something else than its value.

    Parameters
    ----------
    agent : its number.
    values : what a unit is worth to it; its bid by default.
    bids : bids to try; multiples of the value by default.
    """

    name: ClassVar[str] = "deviation"
    summary: ClassVar[str] = "what does an agent gain by not bidding its value, by step and text?"
    theorem: ClassVar[str] = "TOK-7, TOK-12"
    cost: ClassVar[str] = "all texts for each bid"
    source: ClassVar[str] = _PAPER

    agent: int = 0
    values: Sequence[float] | None = None
    bids: Sequence[float] | None = None

    def supports(self, instance: TokenAuction) -> str | None:
        """Return why not: too many texts, or models elsewhere."""
        return (outside(instance) or too_many(instance)) if instance.models else None

    def answer(self, instance: TokenAuction, means: Means) -> Answer:
        """Answer by looking at all texts."""
        values = self.values
        if values is None:
            bids = instance.bids.astype(np.float64)
            values = (float(bids[self.agent]) if self.agent < len(bids) else 1.0,)
        try:
            found = deviation_gain(
                instance, self.agent, values, bids=self.bids, deadline=means.deadline
            )
        except UnsupportedError as error:
            return _late(means, error)
        gain = float(found.text_gain.max())
        name = instance.label("agents", self.agent)
        sentence = f"{name} gains {number(float(found.step_gain.max()))} in a step"
        sentence += f" and {number(gain)} over the whole text"
        table = Table("Gains", ["value", "bid", "in a step", "over the text"])
        for value, bids, steps, texts in zip(
            found.values.tolist(), found.bids, found.step_gains, found.text_gains, strict=True
        ):
            table.extend((value, *row) for row in zip(bids, steps, texts, strict=True))
        fields: Mapping[str, Any] = {
            "values": found.values.tolist(), "bids": found.bids.tolist(),
            "step_gains": _told(found.step_gains), "text_gains": _told(found.text_gains),
            "best_bid": found.best_bid.tolist(),
        }  # fmt: skip
        builder = ReportBuilder(Tolerances(), 1.0)
        if instance.payment != "none":
            scale = max(float(instance.all_bids.max()), float(found.values.max()))
            builder.compare(
                "token.step-truth", "in a step the truth is best", found.step_gains, scale,
                lambda v, b: f"{found.step_gains[v, b]} by bidding {found.bids[v, b]}",
                theorem="TOK-7, TOK-10",
            )  # fmt: skip
        return Answer(
            value=found, sentence=sentence, fields=fields, tables=(table,), check=builder.finish()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep(Question[TokenAuction]):
    """How text and payments change with an agent's bid.

    Parameters
    ----------
    agent : its number.
    grid : the bids; by default those at which it has 0, 0.1, ..., 0.9 of all bids.
    texts : texts for each bid.
    """

    name: ClassVar[str] = "sweep_bids"
    summary: ClassVar[str] = "how do text, brand words and revenue change with an agent's bid?"
    theorem: ClassVar[str] = "TOK-6, TOK-10"
    cost: ClassVar[str] = "the texts for each bid"
    source: ClassVar[str] = _PAPER

    agent: int = 0
    grid: Sequence[float] | None = None
    texts: int = 100

    def answer(self, instance: TokenAuction, means: Means) -> Answer:
        """Answer with one point for each bid."""
        grid = self.grid
        if grid is None:
            rest = float(np.delete(instance.all_bids, min(self.agent, instance.n_agents - 1)).sum())
            if not rest:
                raise OptionError("option grid: required where nobody else bids")
            shares = np.arange(10) / 10
            grid = tuple((rest * shares / (1 - shares)).tolist())
        seed = int(means.rng.integers(2**31))
        points = sweep_bids(
            instance, self.agent, grid, texts=self.texts, seed=seed, deadline=means.deadline
        )
        table = Table(
            "Sweep", ["bid", "share", "second price", "VCG", "own words", "joint texts", "text"]
        )
        for point in points:
            own = point.brands[self.agent] if len(point.brands) else None
            own = None if own is None or np.isnan(own) else float(own)
            told = point.text if len(point.text) <= 60 else point.text[:57] + "..."
            table.add(point.bid, point.share, point.second_price, point.vcg, own, point.joint, told)
        fields = {
            "points": [
                {
                    "bid": point.bid, "share": point.share, "text": point.text,
                    "payments": point.payments.tolist(), "second_price": point.second_price,
                    "vcg": point.vcg, "joint": point.joint,
                    "brands": [None if np.isnan(x) else x for x in point.brands.tolist()],
                    "brands_interval": [
                        [None if np.isnan(x) else x for x in row]
                        for row in point.brands_interval.tolist()
                    ],
                }
                for point in points
            ]
        }  # fmt: skip
        limit = means.deadline.limit if len(points) < len(grid) else None
        sentence = f"{len(points)} bids of {instance.label('agents', self.agent)}"
        return Answer(
            value=points, sentence=sentence, fields=fields, tables=(table,), limit=limit,
            check=self._check(instance, points),
        )  # fmt: skip

    def _check(self, instance: TokenAuction, points: Sequence[SweepPoint]) -> Report:
        """Check that nobody is expected to pay less than nothing, or its bid in every step."""
        most = np.tile(instance.bids.astype(np.float64), (len(points), 1))
        most[:, self.agent] = [point.bid for point in points]
        most *= instance.length
        paid = np.array([point.payments for point in points]).reshape(most.shape)
        builder = ReportBuilder(Tolerances(), 1.0)
        builder.compare(
            "token.payments", "payments lie between 0 and the bid in every step",
            np.maximum(-paid, paid - most), most,
            lambda k, i: f"agent {i} pays {paid[k, i]} at bid {points[k].bid}",
            theorem="TOK-6, TOK-10",
        )  # fmt: skip
        return builder.finish()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replays(Question[TokenAuction]):
    """What would have been said at other bids, with the same randomness.

    Parameters
    ----------
    bids : of all agents; by default the first agent bids twice as much.
    """

    name: ClassVar[str] = "replay"
    summary: ClassVar[str] = "what would have been said at other bids, with the same randomness?"
    theorem: ClassVar[str] = "TOK-9"
    cost: ClassVar[str] = "two texts"
    source: ClassVar[str] = "Theory page, TOK-9: Gumbel-max coupling"

    bids: Sequence[float] | None = None

    def answer(self, instance: TokenAuction, means: Means) -> Answer:
        """Answer with both texts, each verified."""
        bids = self.bids
        if bids is None:
            doubled = instance.bids.astype(np.float64)
            doubled[0] *= 2
            bids = tuple(doubled.tolist())
        seed = int(means.rng.integers(2**31))
        found = replay(instance, bids=list(bids), seed=seed, deadline=means.deadline)
        table = Table("Replay", ["bids", "text", "revenue"])
        texts = []
        for amounts, entry in ((instance.bids, found.before), (bids, found.after)):
            solution = entry.solution
            texts.append(None if solution is None else solution.text)
            shown = ", ".join(number(float(amount)) for amount in amounts)
            table.add(shown, texts[-1], None if solution is None else solution.revenue)
        change = found.first_change
        sentence = "no token changes" if change is None else f"step {change} is the first to change"
        check = together({"before": found.before.check, "after": found.after.check})
        fields = {"bids": list(bids), "texts": texts, "first_change": change}
        limit = found.before.limit or found.after.limit
        return Answer(
            value=found, sentence=sentence, fields=fields, tables=(table,), check=check, limit=limit
        )
