"""`sweep`: what becomes of an instance when its parameters change, for the kinds that know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, overload

from eqsolve.registry import get_family

if TYPE_CHECKING:
    from eqsolve.families.collusion_dynamics.instance import CollusionDynamics
    from eqsolve.families.collusion_dynamics.questions.sweep import Sweep
    from eqsolve.families.model_market.instance import ModelMarket
    from eqsolve.families.model_market.questions.sweep import Over, SweepRow

__all__ = ["sweep"]


@overload
def sweep(instance: CollusionDynamics, /, **options: Any) -> Sweep: ...
@overload
def sweep(
    instance: ModelMarket, over: Over, values: Iterable[float], /, **options: Any
) -> list[SweepRow]: ...
def sweep(instance: Any, /, *arguments: Any, **options: Any) -> Any:
    """Return what becomes of an instance when its parameters change.

    Parameters
    ----------
    instance : a model market, or collusion dynamics.
    *arguments, **options : for model markets ``over`` (``"n_platforms"``, ``"n_models"``,
        ``"beta"`` or ``"weight"``) and ``values``; for collusion dynamics lists of ``fidelity``,
        ``size``, ``rate`` and ``sellers`` (with ``market``), and ``measures``. See
        ``eqsolve.families.KIND.questions.sweep``.

    Returns
    -------
    rows : a list of rows for model markets, a record with ``rows`` and ``table()`` for dynamics.

    Raises
    ------
    InstanceError : an instance of another kind.
    OptionError, InstanceError : a value that cannot be.

    Notes
    -----
    Cost: one solve for each value. Source: Wei, Shi and Zhang (2026), NASH-7; Cao and Hu (2026).

    Examples
    --------
    >>> from eqsolve import CollusionDynamics, ModelMarket
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=1)
    >>> [row.models_used for row in sweep(market, "n_platforms", [1, 2, 10])]
    [1, 2, 2]
    >>> model = CollusionDynamics(0.85, {"ratio": 1.5}, 0.5)
    >>> [row.regime for row in sweep(model, fidelity=[0.7, 0.85]).rows]
    ['competition', 'bistable']
    """
    dynamics = getattr(type(instance), "kind", None) == "collusion_dynamics"
    family = get_family("collusion_dynamics" if dynamics else "model_market")
    return family.take("questions.sweep", "sweep")(instance, *arguments, **options)
