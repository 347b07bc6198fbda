"""What must be true of BundleFlow, as claims that can be run: its flow, its weights, compiling.

Flows with random networks and random menus are drawn for each instance, by its digest. Claims
compare with steps of Runge and Kutta, with determinants by differences, with lies of every type and
with plain revenue.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.limits import Deadline
from eqsolve.families.auction_design.claims import theorem
from eqsolve.families.auction_design.instance import AuctionDesign, FiniteLaw
from eqsolve.families.auction_design.instance.bundles import all_bundles, numbers_of
from eqsolve.families.auction_design.methods.fitting import Fit
from eqsolve.families.auction_design.methods.learning.compiling import compiled, merged
from eqsolve.families.auction_design.methods.learning.flow import Flow, random_flow, starts_for
from eqsolve.families.auction_design.playing.demand import entry_values, take_entries
from eqsolve.families.auction_design.solution.mechanism import Menu, State

__all__ = ["BUNDLEFLOW"]

_PAPER = "Wang, Jiang and Parkes (2025)"
_STEPS = 100


def _drawn(instance: AuctionDesign) -> tuple[Flow, FloatArray, np.random.Generator]:
    """Return a flow with random networks, starts [6, m] and what draws further."""
    rng = np.random.default_rng(int(instance.digest[:8], 16))
    flow = random_flow(instance.n_items, rng, width=16)
    return flow, starts_for(rng.random((6, instance.n_items)) < 0.5, rng), rng


def _stepped(flow: Flow, starts: FloatArray, *, held: bool) -> FloatArray:
    """Return where Runge and Kutta end; `held`: q looks at where the point started."""
    z, h = starts.copy(), 1 / _STEPS

    def speed(time: float, z: FloatArray) -> FloatArray:
        """Return dz/dt."""
        found: FloatArray = flow.pace_at(np.array([time])) * flow.growth(starts if held else z) * z
        return found

    for step in range(_STEPS):
        t = step * h
        a = speed(t, z)
        b = speed(t + h / 2, z + h / 2 * a)
        c = speed(t + h / 2, z + h / 2 * b)
        z = z + h / 6 * (a + 2 * b + 2 * c + speed(t + h, z + h * c))
    return z


def _closed_form(instance: AuctionDesign) -> str | None:
    """BUN-1: the closed form is where the equation ends."""
    flow, starts, _ = _drawn(instance)
    off = float(np.abs(flow.ends(starts) - _stepped(flow, starts, held=True)).max())
    return f"the closed form is {off} off" if off > 1e-7 else None


def _following(instance: AuctionDesign) -> str | None:
    """BUN-1a: where q follows the point, the closed form is wrong."""
    flow, starts, _ = _drawn(instance)
    off = float(np.abs(flow.ends(starts) - _stepped(flow, starts, held=False)).max())
    return f"a flow that follows the point ends {off} elsewhere" if off > 1e-3 else None


def _random_menu(instance: AuctionDesign) -> Menu:
    """Return a menu of five entries over the flow's bundles, weights with the factor, prices."""
    flow, _, rng = _drawn(instance)
    starts = starts_for(rng.random((5, 3, instance.n_items)) < 0.5, rng)
    logs = rng.standard_normal((5, 3)) + flow.log_factors(starts)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    weights /= weights.sum(axis=1, keepdims=True)
    prices = np.round(rng.random(5) * 8) / 8 * instance.scale
    raw = merged(flow.bundles(starts), weights, prices)
    state = State(0, tuple(range(instance.n_items)))
    return Menu(state, raw.bundles, raw.weights, raw.prices)


def _law(instance: AuctionDesign) -> FiniteLaw:
    """Return the law of the only bidder."""
    law = instance.laws[0]
    assert isinstance(law, FiniteLaw)
    return law


def _valid(instance: AuctionDesign) -> str | None:
    """BUN-2: whatever the weights, entries are lotteries, no lie helps and nobody loses."""
    menu, types = _random_menu(instance), _law(instance).valuations
    if (menu.weights < 0).any() or (menu.weights.sum(axis=1) > 1 + 1e-9).any():
        return f"weights {menu.weights.tolist()} are no lotteries"
    slack = 4e-9 * max(1.0, instance.scale)
    everything = np.ones(instance.n_items, dtype=bool)
    taken = take_entries(types, menu, everything, np.random.default_rng(0))
    gains = np.column_stack([entry_values(types, menu) - menu.prices, np.zeros(len(types))])
    best = gains >= gains.max(axis=1, keepdims=True) - slack
    dearest = np.where(best, np.append(menu.prices, 0.0), 0.0).max(axis=1)
    off = np.abs(taken.payments - dearest)
    if (off > slack).any():
        i = int(off.argmax())
        return f"type {i} pays {taken.payments[i]}, its dearest best entry costs {dearest[i]}"
    return None


def _not_density(instance: AuctionDesign) -> str | None:
    """BUN-2a: the code's factor is not the density of the point that was carried."""
    flow, starts, _ = _drawn(instance)
    h = 1e-6
    moved = [
        (flow.ends(starts[0] + h * unit) - flow.ends(starts[0] - h * unit)) / (2 * h)
        for unit in np.eye(instance.n_items)
    ]
    _, exact = np.linalg.slogdet(np.stack(moved, axis=1))
    told = -float(flow.log_factors(starts[0]))
    return f"log-volume {exact}, factor {told}" if abs(exact - told) > 1e-3 else None


def _rounding(instance: AuctionDesign) -> str | None:
    """BUN-3: bundles do not move with starts, only weights with the factor do."""
    flow, starts, rng = _drawn(instance)
    nearby = starts + 1e-9 * rng.standard_normal(starts.shape)
    far = np.abs(flow.ends(starts) - 0.5) > 1e-5
    if (flow.bundles(nearby) != flow.bundles(starts))[far].any():
        return "a bundle changes where no end is near 1/2"
    if not (flow.log_factors(nearby) != flow.log_factors(starts)).any():
        return "the factor does not move with its start"
    return None


def _revenue(law: FiniteLaw, menu: Menu) -> float:
    """Return what a menu earns: ties go to the dearer entry."""
    numbers = numbers_of(menu.bundles.reshape(-1, law.n_items)).reshape(menu.weights.shape)
    values = law.valuations.of(all_bundles(law.n_items))[:, numbers]
    gains = np.einsum("njd,jd->nj", values, menu.weights) - menu.prices
    gains = np.column_stack([gains, np.zeros(len(gains))])
    slack = 1e-9 * max(1.0, float(values.max(initial=0.0)))
    best = gains >= gains.max(axis=1, keepdims=True) - slack
    paid = np.where(best, np.append(menu.prices, 0.0), 0.0).max(axis=1)
    return float(law.probabilities @ paid)


def _compiling(instance: AuctionDesign) -> str | None:
    """BUN-4: what compiling drops and prices anew earns no less on the types it looks at."""
    raw, law = _random_menu(instance), _law(instance)
    fit = Fit(law.valuations, law.probabilities, True)
    made = compiled(raw.bundles, raw.weights, raw.prices, fit, fit, Deadline())
    menu = Menu(raw.state, made.bundles, made.weights, made.prices)
    before, after = _revenue(law, raw), _revenue(law, menu)
    if after < before - 1e-8 * max(1.0, instance.scale):
        return f"compiling loses: {before} before, {after} after"
    return None


BUNDLEFLOW = (
    theorem(
        "BUN-1",
        "closed form",
        "The flow dz/dt = sigma(t) q(z0) z ends at z0 exp(q(z0) integral of sigma).",
        _closed_form,
        _PAPER,
    ),
    theorem(
        "BUN-1a",
        "a flow that follows the point",
        "Where q looks at the point instead of its start, the flow can end elsewhere.",
        _following,
        "theory page",
        can_happen=True,
    ),
    theorem(
        "BUN-2",
        "valid whatever the weights",
        "Any weights over any bundles, the factor of the flow included, make a menu of lotteries "
        "from which everybody takes the best entry.",
        _valid,
        _PAPER,
    ),
    theorem(
        "BUN-2a",
        "the factor is no density",
        "The factor of the flow can differ from the volume that the flow takes.",
        _not_density,
        "theory page",
        can_happen=True,
    ),
    theorem(
        "BUN-3",
        "the flow rounds",
        "Bundles do not move with their starts almost everywhere; the factor of the flow does.",
        _rounding,
        "theory page",
    ),
    theorem(
        "BUN-4",
        "compiling",
        "Merged, cleared and priced anew, a menu earns no less on the types it is compiled for.",
        _compiling,
        "theory page",
    ),
)
