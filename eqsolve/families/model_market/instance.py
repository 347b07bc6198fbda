"""Model-platform-user markets: N identical platforms each adopt one of M models.

Model j scores ``scores[j, q] >= 0`` for user type q, a share ``w[q]`` of all users (``weights``
scaled to sum 1). Under **hardmax** choice the users of a type split equally over the platforms
whose model scores highest for them, whichever of several such models that is; under **softmax**
choice platform i is chosen with probability proportional to ``exp(beta * scores[f_i, q])``.
Platform i earns ``U_i(f) = sum_q w[q] * share_i(q) * scores[f_i, q]``.

The game is symmetric, so a profile is a vector of counts: ``counts[j]`` platforms adopt model j,
in all N. It is a **pure equilibrium** if no platform earns more by another model:
``U_l(c - e_j + e_l) <= U_j(c)`` for every model j in use and every other model l.

User welfare is the mean score that users get, ``sum_q w[q] sum_i share_i(q) scores[f_i, q]``, the
sum of all platforms' payoffs; under hardmax it is ``sum_q w[q] * max over used j of scores[j, q]``.

Source: Wei, Shi and Zhang 2026, *Market Games for Generative Models: Equilibria, Welfare, and
Strategic Entry*.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, NumberArray, is_integral
from eqsolve.core.digits import exact_float
from eqsolve.core.errors import Fault, nearest_name
from eqsolve.core.input_arrays import as_numbers, report_entries
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import NamedSides

if TYPE_CHECKING:
    from eqsolve.families.model_market.solution import ModelMarketSolution

__all__ = ["MAX_PLATFORMS", "ModelMarket"]

MAX_PLATFORMS = 10**9
"""Beyond this, payoffs for c and c + 1 platforms could no longer be told apart in doubles."""


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class ModelMarket(Instance["ModelMarketSolution"]):
    """A market of M models, K user types and N platforms.

    Parameters
    ----------
    scores : array-like of shape (M, K), numbers >= 0; M and K at least 1.
    weights : array-like of shape (K,), numbers > 0; only their proportions matter.
    n_platforms : N, from 1 to 10**9.
    choice : ``"hardmax"`` (default), or ``{"rule": "softmax", "beta": b}`` with b >= 0 per unit of
        score (``{"rule": "hardmax"}`` is accepted too).
    name, labels, metadata : see `Instance`; sides are ``"models"`` and ``"types"``.

    Attributes
    ----------
    beta : sharpness of softmax choice, None under hardmax.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost O(M K), whatever N is. Source: Wei, Shi and Zhang (2026).

    Examples
    --------
    >>> market = ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3)
    >>> market.n_models, market.n_types, market.shares.tolist(), market.is_exact
    (2, 2, [0.5, 0.5], True)
    """

    kind: ClassVar[str] = "model_market"
    axes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "scores": ("models", "types"),
        "weights": ("types",),
    }

    scores: NumberArray
    weights: NumberArray
    n_platforms: int
    beta: float | None

    def __init__(
        self,
        scores: object,
        weights: object,
        n_platforms: int,
        choice: str | Mapping[str, Any] = "hardmax",
        *,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        sides = NamedSides(faults, labels)
        scores = sides.read(scores, "scores", "models", "types")
        weights = sides.read(weights, "weights", "types")
        labels = sides.labels(labels)
        table = as_numbers(scores, "scores", (None, None), faults)
        if table is not None and not table.size:
            faults.append(Fault("scores", "must have at least one model and one type"))
        n_types = None if table is None else table.shape[1]
        masses = as_numbers(weights, "weights", (n_types,), faults)
        if masses is not None and (masses == 0).any():
            report_entries(faults, "weights", masses, masses == 0, "must be > 0")
        whole = isinstance(n_platforms, int | np.integer) and not isinstance(n_platforms, bool)
        if not whole or not 1 <= n_platforms <= MAX_PLATFORMS:
            rule = f"must be a whole number from 1 to {MAX_PLATFORMS}"
            faults.append(Fault("n_platforms", rule, value=n_platforms))
        beta = _checked_choice(choice, faults)
        self._settle(
            faults,
            name,
            labels,
            metadata,
            scores=table,
            weights=masses,
            n_platforms=int(n_platforms) if whole else 0,
            beta=beta,
        )

    @property
    def n_models(self) -> int:
        """Number of models, M."""
        return int(self.scores.shape[0])

    @property
    def n_types(self) -> int:
        """Number of user types, K."""
        return int(self.scores.shape[1])

    @property
    def shares(self) -> FloatArray:
        """Weights scaled to sum 1, shape (K,)."""
        # A power of two loses nothing, and sums of the weights themselves may overflow.
        masses = np.ldexp(self.weights.astype(np.float64), -np.frexp(self.weights.max())[1])
        scaled: FloatArray = masses / masses.sum()
        return scaled

    @property
    def is_hardmax(self) -> bool:
        """Whether users take the best model they can get."""
        return self.beta is None

    @property
    def is_exact(self) -> bool:
        """Whether payoffs are rational numbers made of whole ones, so that nothing is rounded."""
        return self.is_hardmax and is_integral(self.scores) and is_integral(self.weights)

    @property
    def scale(self) -> float:
        """The largest score."""
        return float(self.scores.max())

    @property
    def choice(self) -> dict[str, Any]:
        """How users choose, in the form of instance files."""
        return {"rule": "hardmax"} if self.is_hardmax else {"rule": "softmax", "beta": self.beta}

    def counts_of(self, models: Iterable[int]) -> IntArray:
        """Return how many platforms adopt each model, given the model of every platform.

        Examples
        --------
        >>> ModelMarket([[4, 1], [2, 3]], weights=[1, 1], n_platforms=3).counts_of((0, 0, 1))
        array([2, 1])
        """
        return np.bincount(list(models), minlength=self.n_models)

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "scores", self.scores
        yield "weights", self.weights
        yield "n_platforms", self.n_platforms
        yield "beta", self.beta

    def side_sizes(self) -> Mapping[str, int]:
        """Return the numbers of models and user types."""
        return {"models": self.n_models, "types": self.n_types}


def _checked_choice(choice: object, faults: list[Fault]) -> float | None:
    """Return the softmax sharpness, or None for hardmax; add faults for anything else."""
    record = {"rule": choice} if isinstance(choice, str) else choice
    if not isinstance(record, Mapping):
        faults.append(Fault("choice", 'must be an object such as {"rule": "hardmax"}', (), choice))
        return None
    rule, valid = record.get("rule"), {"hardmax": ("rule",), "softmax": ("rule", "beta")}
    if "rule" not in record:
        faults.append(Fault("choice", "required field is missing", ("rule",)))
        return None
    if not isinstance(rule, str) or rule not in valid:
        hint = nearest_name(rule, valid) if isinstance(rule, str) else "must be text"
        faults.append(Fault("choice", f"unknown rule; {hint}", ("rule",), rule))
        return None
    faults.extend(
        Fault("choice", f"unknown field; {nearest_name(str(key), valid[rule])}", (str(key),))
        for key in record
        if key not in valid[rule]
    )
    if rule == "hardmax":
        return None
    if "beta" not in record:
        faults.append(Fault("choice", "required field is missing", ("beta",)))
        return None
    beta = exact_float(record["beta"])
    if beta is None or not 0 <= beta < math.inf:
        rule = "must be a finite number >= 0"
        faults.append(Fault("choice", rule, ("beta",), record["beta"]))
        return None
    return beta
