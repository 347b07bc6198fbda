"""What is known about a model market once its pure equilibria have been sought."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import Fault, InstanceError, nearest_name
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.schema import Field, array_schema
from eqsolve.core.shown import Shown
from eqsolve.families.model_market.instance import ModelMarket

__all__ = [
    "CERTIFICATE_DATA",
    "EMPTY_ANSWER",
    "SOLUTION_FIELDS",
    "ModelEquilibrium",
    "ModelMarketSolution",
    "SocialOptimum",
]

_NUMBER_OR_NULL = {"type": ["number", "null"]}

SOLUTION_FIELDS = (
    Field(
        "equilibria",
        {
            "description": "pure equilibria, in falling lexicographic order of their counts",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "counts": {"type": "array", "items": {"type": "integer", "minimum": 0}},
                    "payoffs": {"type": "array", "items": _NUMBER_OR_NULL},
                    "welfare": {"type": "number"},
                    "hhi": {"type": "number"},
                    "shannon": {"type": "number"},
                    "strict": {"type": "boolean"},
                    "marginal": {"type": "boolean"},
                },
                "required": ["counts", "payoffs", "welfare", "hhi", "shannon"],
            },
        },
        required=True,
    ),
    Field(
        "exhaustive",
        {"type": "boolean", "description": "all pure equilibria were found"},
        required=True,
    ),
    Field(
        "social_optimum",
        {
            "description": "models that serve users best, at most one per platform",
            "type": "object",
            "properties": {
                "models": {"type": "array", "items": {"type": "integer", "minimum": 0}},
                "welfare": {"type": "number"},
                "bound": {"type": "number"},
                "prices": {"type": "array", "items": {"type": "number"}},
            },
            "required": ["models", "welfare"],
        },
        required=True,
    ),
    Field(
        "price_of_anarchy",
        {**_NUMBER_OR_NULL, "description": "optimum / worst equilibrium; null where not known"},
        required=True,
    ),
    Field(
        "price_of_stability",
        {**_NUMBER_OR_NULL, "description": "optimum / best equilibrium; null where not known"},
    ),
)


CERTIFICATE_DATA = {"kept": array_schema("models that the search looked at", 1, integer=True)}
"""What the verifier reads from a certificate's data."""

EMPTY_ANSWER = {"equilibria": [], "exhaustive": True}
"""Fields of a solution file that says that there is no equilibrium."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ModelEquilibrium(Shown):
    """One pure equilibrium.

    Parameters
    ----------
    counts : int64, shape (M,): platforms that adopt each model.
    payoffs : float64, shape (M,): payoff of one platform with that model, NaN where unused.
    welfare : user welfare, see the instance module.
    hhi : sum of squared shares ``counts / N``: 1 is a monoculture.
    shannon : ``-sum s ln s`` of the shares, in nats.
    strict : whether every deviation loses.
    marginal : whether rounding decides: some deviation's gain is 0 within 1e-10 of the payoffs
        compared and the data is not exact. Never set for whole-number hardmax markets.
    """

    counts: IntArray
    payoffs: FloatArray
    welfare: float
    hhi: float
    shannon: float
    strict: bool = False
    marginal: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "counts": self.counts.tolist(),
            "payoffs": [None if math.isnan(value) else value for value in self.payoffs.tolist()],
            "welfare": self.welfare,
            "hhi": self.hhi,
            "shannon": self.shannon,
            "strict": self.strict,
            "marginal": self.marginal,
        }


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SocialOptimum(Shown):
    """The best set of at most N models for users (maximum coverage).

    Parameters
    ----------
    models : indices, rising.
    welfare : ``sum_q w[q] * max over models of scores[., q]``.
    bound : proved upper bound on the welfare of any set; equal to `welfare` when proved best.
    prices : float64, shape (K,): multipliers that prove a bound, see `coverage_bound` in
        ``questions.optimum``; None where the bound is another argument's.
    """

    models: tuple[int, ...]
    welfare: float
    bound: float
    prices: FloatArray | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form."""
        document = {"models": list(self.models), "welfare": self.welfare, "bound": self.bound}
        return document if self.prices is None else {**document, "prices": self.prices.tolist()}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ModelMarketSolution(Shown):
    """Pure equilibria of a model market, and how far from the social optimum they are.

    Parameters
    ----------
    equilibria : in falling lexicographic order of their counts.
    exhaustive : whether these are all pure equilibria.
    social_optimum : the best set of models for users.
    price_of_anarchy : optimum / welfare of the worst equilibrium; None unless the worst is known
        or when its welfare is 0 while the optimum's is not.
    price_of_stability : the same with the best equilibrium.

    Notes
    -----
    Source: Wei, Shi and Zhang (2026).

    Examples
    --------
    >>> from eqsolve import solve
    >>> solution = solve(ModelMarket([[4, 1], [2, 3]], [1, 1], n_platforms=3)).solution
    >>> solution.counts.tolist(), solution.exhaustive, solution.price_of_anarchy
    ([[2, 1]], True, 1.0)
    """

    equilibria: tuple[ModelEquilibrium, ...]
    exhaustive: bool
    social_optimum: SocialOptimum
    price_of_anarchy: float | None
    price_of_stability: float | None

    @property
    def counts(self) -> IntArray:
        """Counts of all equilibria, shape (number, M)."""
        return np.array([equilibrium.counts for equilibrium in self.equilibria], dtype=np.int64)

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        return {
            "equilibria": [equilibrium.to_dict() for equilibrium in self.equilibria],
            "exhaustive": self.exhaustive,
            "social_optimum": self.social_optimum.to_dict(),
            "price_of_anarchy": self.price_of_anarchy,
            "price_of_stability": self.price_of_stability,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], market: ModelMarket) -> ModelMarketSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field is missing or does not have the market's shape.
        """
        faults: list[Fault] = []
        listed = document["equilibria"]
        if not isinstance(listed, list):
            raise InstanceError(Fault("equilibria", "must be a list"))
        equilibria = [
            _read_equilibrium(record, k, market, faults) for k, record in enumerate(listed)
        ]
        optimum = _read_optimum(document["social_optimum"], market, faults)
        prices = {
            key: _number(document.get(key), key, (), faults, null=True)
            for key in ("price_of_anarchy", "price_of_stability")
        }
        if not isinstance(document["exhaustive"], bool):
            faults.append(Fault("exhaustive", "must be true or false", (), document["exhaustive"]))
        if faults or optimum is None:
            raise InstanceError(faults)
        found = tuple(equilibrium for equilibrium in equilibria if equilibrium is not None)
        return cls(found, document["exhaustive"], optimum, **prices)


def _read_equilibrium(
    record: object, place: int, market: ModelMarket, faults: list[Fault]
) -> ModelEquilibrium | None:
    """Return one entry of `equilibria`, or None after adding faults."""
    before = len(faults)
    fields = _object(
        record,
        "equilibria",
        (place,),
        dict.fromkeys(("counts", "payoffs", "welfare", "hhi", "shannon"), True)
        | {"strict": False, "marginal": False},
        faults,
    )
    if fields is None:
        return None
    name, m = f"equilibria[{place}].", market.n_models
    counts = as_numbers(fields["counts"], name + "counts", (m,), faults)
    payoffs = as_numbers(fields["payoffs"], name + "payoffs", (m,), faults, missing=True)
    numbers = {
        key: _number(fields[key], "equilibria", (place, key), faults)
        for key in ("welfare", "hhi", "shannon")
    }
    if counts is not None and counts.dtype.kind != "i":
        faults.append(Fault(name + "counts", "must hold whole numbers"))
    faults.extend(
        Fault("equilibria", "must be true or false", (place, key), fields[key])
        for key in ("strict", "marginal")
        if not isinstance(fields.get(key, False), bool)
    )
    if len(faults) > before or counts is None or payoffs is None:
        return None
    return ModelEquilibrium(
        counts,
        np.where(payoffs < 0, np.nan, payoffs),
        strict=fields.get("strict", False),
        marginal=fields.get("marginal", False),
        **numbers,
    )


def _read_optimum(record: object, market: ModelMarket, faults: list[Fault]) -> SocialOptimum | None:
    """Return the social optimum of a file, or None after adding faults."""
    before = len(faults)
    valid = {"models": True, "welfare": True, "bound": False, "prices": False}
    fields = _object(record, "social_optimum", (), valid, faults)
    if fields is None:
        return None
    models = as_numbers(fields["models"], "social_optimum.models", (None,), faults)
    for place, model in enumerate([] if models is None else models.tolist()):
        if not isinstance(model, int) or model >= market.n_models:
            rule = f"must be a whole number below {market.n_models}"
            faults.append(Fault("social_optimum.models", rule, (place,), model))
    welfare = _number(fields["welfare"], "social_optimum", ("welfare",), faults)
    bound = _number(fields.get("bound", fields["welfare"]), "social_optimum", ("bound",), faults)
    prices = None
    if "prices" in fields:
        name = "social_optimum.prices"
        prices = as_numbers(fields["prices"], name, (market.n_types,), faults)
    if len(faults) > before or models is None:
        return None
    multipliers = None if prices is None else prices.astype(np.float64)
    return SocialOptimum(tuple(models.tolist()), welfare, bound, multipliers)


def _object(
    value: object,
    field: str,
    index: tuple[int | str, ...],
    valid: Mapping[str, bool],
    faults: list[Fault],
) -> Mapping[str, Any] | None:
    """Return an object whose names are checked, or None after adding faults."""
    if not isinstance(value, Mapping):
        faults.append(Fault(field, f"must be an object with {', '.join(valid)}", index, value))
        return None
    before = len(faults)
    faults.extend(
        Fault(field, f"unknown field; {nearest_name(str(key), valid)}", (*index, str(key)))
        for key in value
        if key not in valid
    )
    faults.extend(
        Fault(field, "required field is missing", (*index, key))
        for key, required in valid.items()
        if required and key not in value
    )
    return value if len(faults) == before else None


def _number(
    value: object,
    field: str,
    index: tuple[int | str, ...],
    faults: list[Fault],
    *,
    null: bool = False,
) -> Any:
    """Return a finite number (or None where that is allowed), else None after adding a fault."""
    if value is None and null:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    faults.append(Fault(field, "must be a finite number", index, value))
    return None
