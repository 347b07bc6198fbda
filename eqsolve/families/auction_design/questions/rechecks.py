"""Answers checked once more: earnings by the verifier's own play, lies by the definition."""

from __future__ import annotations

from math import prod

import numpy as np

from eqsolve.core.report import ReportBuilder
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw
from eqsolve.families.auction_design.playing.evaluate import Earnings
from eqsolve.families.auction_design.solution.mechanism import DirectMechanism, Mechanism
from eqsolve.families.auction_design.verify.incentives import Misreport
from eqsolve.families.auction_design.verify.revenue import MOST_PAIRS, counted, drawn, n_pairs

__all__ = ["gain_of", "recheck_earnings"]


def recheck_earnings(
    builder: ReportBuilder, name: str, mechanism: Mechanism, told: Earnings, instance: AuctionDesign
) -> None:
    """Check revenue and utilities by the verifier's play, on the same types."""
    found = None
    with builder.search(f"what {name} earns") as poll:
        pairs = n_pairs(mechanism, instance)
        if told.draws is not None and told.seed is not None:
            found = drawn(mechanism, instance, told.draws, told.seed, poll)
        elif pairs is not None and pairs <= MOST_PAIRS:
            found = counted(mechanism, instance, poll)
        else:
            builder.leave(f"what {name} earns: there are too many types to enumerate")
    if found is None:
        return
    claimed = np.append(told.utilities, told.revenue)
    again = np.append(found.values - found.payments, found.payments.sum())
    builder.compare(
        f"design.earnings-{name}", "revenue and utilities are those of the verifier's own play",
        np.abs(claimed - again), instance.scale,
        lambda k: f"{name}: {claimed[k]:.8g} is claimed, {again[k]:.8g} was recomputed",
        theorem="MEC-11",
    )  # fmt: skip


def gain_of(mechanism: DirectMechanism, instance: AuctionDesign, lie: Misreport) -> float:
    """Return what a lie brings, profile by profile."""
    laws = [law for law in instance.laws if isinstance(law, FiniteLaw)]
    i = lie.bidder
    truth = laws[i].valuations.take([lie.truth])
    shares = [law.probabilities.tolist() for law in laws]
    gain = 0.0
    for p, profile in enumerate(mechanism.profiles.tolist()):
        others = tuple(profile[:i] + profile[i + 1 :])
        if profile[i] not in (lie.truth, lie.report) or lie.others not in (None, others):
            continue
        chance = 1.0
        if lie.others is None:
            chance = prod(shares[j][t] for j, t in enumerate(profile) if j != i)
        atoms = slice(int(mechanism.atoms[p]), int(mechanism.atoms[p + 1]))
        worth = mechanism.chances[atoms] @ truth.of(mechanism.owners[atoms] == i)[0]
        sign = 1.0 if profile[i] == lie.report else -1.0
        gain += sign * chance * float(worth - mechanism.payments[p, i])
    return gain
