"""Hypothesis strategies for collusion dynamics: ties, ends, critical fidelities, small batches."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from eqsolve.families.collusion_dynamics.instance import CollusionDynamics

__all__ = ["collusion_dynamics", "finite_collusion_dynamics"]

_FIDELITY = st.one_of(
    st.integers(10, 20).map(lambda k: k / 20),
    st.sampled_from([0.5, 1.0, 0.7887]),
    st.just(1.0),
)
_START = st.one_of(st.integers(0, 20).map(lambda k: k / 20), st.sampled_from([0.0, 0.5, 1.0]))
_RATIO = st.sampled_from([1.1, 1.2, 1.5, 1.6, 1.8, 1.95])


@st.composite
def collusion_dynamics(draw: st.DrawFn, *, max_sellers: int = 4) -> CollusionDynamics:
    """Draw instances without a batch: the shorthand, prisoner's dilemmas and any small tables.

    Parameters
    ----------
    max_sellers : most sellers.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(collusion_dynamics(), lambda model: model.n_sellers == 2).n_sellers
    2
    """
    starts = draw(st.lists(_START, min_size=1, max_size=3))
    return CollusionDynamics(draw(_FIDELITY), draw(_payoffs(max_sellers)), starts)


@st.composite
def _payoffs(draw: st.DrawFn, max_sellers: int) -> dict[str, Any]:
    """Draw payoffs."""
    kind = draw(st.sampled_from(["ratio", "dilemma", "table"]))
    if kind == "ratio":
        return {"ratio": draw(_RATIO)}
    if kind == "dilemma":
        worst, gain, gap, edge = draw(st.tuples(*[st.integers(1, 4)] * 4))
        low, high = worst, worst + gap
        return {"high": [worst - gain, high], "low": [low, high + edge]}
    n = draw(st.integers(2, max_sellers))
    table = st.lists(st.integers(-2, 4), min_size=n, max_size=n)
    return {"high": draw(table), "low": draw(table)}


@st.composite
def finite_collusion_dynamics(
    draw: st.DrawFn, *, max_size: int = 3, max_horizon: int = 3, max_sellers: int = 3
) -> CollusionDynamics:
    """Draw instances with small batches and a short horizon, all feedbacks and estimators.

    Parameters
    ----------
    max_size, max_horizon, max_sellers : most rounds, updates and sellers.

    Examples
    --------
    >>> from hypothesis import find
    >>> find(finite_collusion_dynamics(), lambda model: model.batch.size > 1).batch.size
    2
    """
    batch = {
        "size": draw(st.integers(1, max_size)),
        "feedback": draw(st.sampled_from(["one", "all"])),
        "estimator": draw(st.sampled_from(["means", "score"])),
    }
    rate = draw(st.sampled_from([0.25, 1.0, {"initial": 1.0}, {"initial": 2.0, "power": 0.5}]))
    level = draw(st.sampled_from([0.25, 0.5, 0.7]))
    return CollusionDynamics(
        draw(_FIDELITY),
        draw(_payoffs(max_sellers)),
        draw(st.lists(_START, min_size=1, max_size=2)),
        batch=batch,
        rate=rate,
        horizon=draw(st.integers(1, max_horizon)),
        thresholds={"competition": 0.1, "collusion": level},
    )
