"""The side questions of trading networks under their names, with answers that are rechecked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eqsolve.core.errors import NoSolutionError
from eqsolve.core.question import Answer, Means, Question, together
from eqsolve.core.report import Report, ReportBuilder
from eqsolve.core.status import Limit
from eqsolve.core.table import Table, number
from eqsolve.core.tolerances import Tolerances
from eqsolve.families.trading_network.equilibrium import PriceRule
from eqsolve.families.trading_network.instance import TradingNetwork
from eqsolve.families.trading_network.methods.base import TradingMethod
from eqsolve.families.trading_network.questions.fee_curve import FeeCurve, fee_curve
from eqsolve.families.trading_network.questions.welfare import WelfareEffects, welfare_effects
from eqsolve.families.trading_network.solve import maximize_revenue
from eqsolve.families.trading_network.verify.conditions import verify

__all__ = ["QUESTIONS"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWelfareEffects(Question[TradingNetwork]):
    """What introductions do to welfare, and who wins and who loses by them.

    Parameters
    ----------
    method, prices, max_introductions : for finding the introductions, where none are given.
    """

    name: ClassVar[str] = "welfare_effects"
    summary: ClassVar[str] = "what the platform does to welfare, and who wins and who loses"
    theorem: ClassVar[str] = "REV-5"
    cost: ClassVar[str] = "two assignment problems, beside a solve where no solution is given"
    source: ClassVar[str] = TradingMethod.source
    about_result: ClassVar[bool] = True

    method: str = "auto"
    prices: PriceRule = "greatest"
    max_introductions: int | None = None

    def answer(self, instance: TradingNetwork, means: Means) -> Answer:
        """Evaluate the introductions of the result, or the best ones that are found."""
        result = means.result
        if result is None:
            result = maximize_revenue(
                instance,
                method=self.method,
                deadline=means.deadline,
                seed=int(means.rng.integers(2**31)),
                prices=self.prices,
                max_introductions=self.max_introductions,
            )
        if result.solution is None:
            raise NoSolutionError("no introductions are known")
        found = welfare_effects(instance, result.solution)
        gains = Table("Gains", ["agent", "gain"])
        for side, amounts in (("buyers", found.buyer_gains), ("sellers", found.seller_gains)):
            gains.extend(
                (instance.label(side, place), amount)
                for place, amount in enumerate(amounts.tolist())
                if amount
            )
        return Answer(
            value=found,
            sentence=(
                f"welfare rises from {number(found.without)} to {number(found.with_platform)}, "
                f"of {number(found.full)} that are possible"
            ),
            fields={
                "status": result.status.value,
                "welfare_without_platform": found.without,
                "welfare": found.with_platform,
                "welfare_full": found.full,
                "price_of_revenue": found.price_of_revenue,
                "revenue": found.revenue,
                "buyer_gains": found.buyer_gains,
                "seller_gains": found.seller_gains,
            },
            tables=[found.table(), gains],
            check=together(
                {
                    "solution": result.check or verify(instance, result),
                    "effects": _recheck_effects(instance, found),
                }
            ),
            limit=result.limit,
        )


def _recheck_effects(network: TradingNetwork, found: WelfareEffects) -> Report:
    """Compare what all agents gain together with what welfare gains: prices change hands."""
    builder = ReportBuilder(Tolerances(), network.scale)
    rise = found.with_platform - found.without
    total = found.buyer_gains.sum().item() + found.seller_gains.sum().item()
    builder.compare(
        "trading.effects.sum",
        "the gains of all agents sum to that of welfare",
        abs(total - rise),
        max(abs(found.with_platform), abs(found.without)),
        lambda: f"they sum to {total}, welfare rises by {rise}",
    )
    low = max(found.with_platform, found.without)
    builder.compare(
        "trading.effects.full",
        "no welfare is above that with all candidates",
        low - found.full,
        low,
        lambda: f"{low} is above {found.full}",
    )
    return builder.finish()


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFeeCurve(Question[TradingNetwork]):
    """Which introductions are best under each fee, and what they earn."""

    name: ClassVar[str] = "fee_curve"
    summary: ClassVar[str] = "every corner of the frontier between revenue and welfare"
    theorem: ClassVar[str] = "REV-3, REV-4"
    cost: ClassVar[str] = "at most 2 K warm-started assignment problems"
    source: ClassVar[str] = TradingMethod.source

    def supports(self, instance: TradingNetwork) -> str | None:
        """Refuse what the methods refuse: dense matrices are needed."""
        return TradingMethod.supports(TradingMethod(), instance)

    def answer(self, instance: TradingNetwork, means: Means) -> Answer:
        """Find the corners."""
        found = fee_curve(instance, deadline=means.deadline)
        best = found.best
        return Answer(
            value=found,
            sentence=(
                f"{len(found.points)} corners; the best earns {number(best.revenue)} "
                f"with {best.introductions} introductions"
            ),
            fields=found.to_dict(),
            tables=[found.table()],
            check=_recheck_curve(instance, found),
            limit=None if found.complete else means.deadline.limit or Limit.TIME,
        )


def _recheck_curve(network: TradingNetwork, found: FeeCurve) -> Report:
    """Fees fall, introductions and welfare rise, and each corner earns its fee at least."""
    builder = ReportBuilder(Tolerances(), network.scale)
    points = found.points
    fees = np.array([float(point.fee) for point in points])
    welfare = np.array([float(point.welfare) for point in points])
    revenue = np.array([float(point.revenue) for point in points])
    numbers = np.array([point.introductions for point in points])
    for name, falling, what in (
        ("fees", -fees, "fees fall"),
        ("introductions", numbers, "introductions rise"),
        ("welfare", welfare, "welfare rises"),
    ):
        builder.compare(
            f"trading.curve.{name}",
            f"{what} from corner to corner",
            falling[:-1] - falling[1:],
            np.abs(falling[1:]),
            lambda k, what=what: f"not from corner {k} to {k + 1}: {what}",
            theorem="REV-3",
        )
    floor = float(found.commission) * fees * numbers
    builder.compare(
        "trading.curve.revenue",
        "each corner earns its fee for every introduction",
        floor - revenue,
        floor,
        lambda k: f"corner {k} earns {revenue[k]}, less than {floor[k]}",
        theorem="REV-4",
    )
    pairs = [len(point.introduced) == point.introductions for point in points]
    builder.require(
        "trading.curve.pairs",
        "each corner names its introductions",
        [f"corner {k} names others" for k, right in enumerate(pairs) if not right],
    )
    if found.complete:
        builder.compare(
            "trading.curve.end",
            "the last corner is welfare-optimal",
            abs(welfare[-1] - float(found.welfare_full)),
            float(found.welfare_full),
            lambda: f"it has {welfare[-1]} of {found.welfare_full}",
        )
    return builder.finish()


QUESTIONS: tuple[type[Question[TradingNetwork]], ...] = (AskWelfareEffects, AskFeeCurve)
