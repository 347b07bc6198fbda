"""What is known once the dynamics are solved: the phase line, and how likely collusion is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.schema import Field, require_forms
from eqsolve.core.shown import Shown
from eqsolve.families.collusion_dynamics.instance import CollusionDynamics

__all__ = ["SOLUTION_FIELDS", "Attractor", "Chance", "CollusionSolution", "RestPoint"]

REGIMES = (
    "competition", "bistable", "full_collusion", "critical", "mixed", "bistable_high", "neutral",
)  # fmt: skip
STABILITIES = ("stable", "unstable", "semi_stable")
WAYS = ("enumerate", "grid", "simulate", "diffusion")

_NUMBER = {"type": "number"}
_PLACE = {"type": ["number", "string"]}


def _objects(
    text: str, optional: tuple[str, ...] = (), **properties: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the schema of a list of objects, whose properties must be there unless optional."""
    return {
        "type": "array",
        "description": text,
        "items": {
            "type": "object",
            "properties": properties,
            "required": [name for name in properties if name not in optional],
            "additionalProperties": False,
        },
    }


_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_CHANCES = _objects(
    "for each start, whether collusion is reached",
    optional=("updates_error",),
    low=_SHARE,
    high=_SHARE,
    method={"enum": list(WAYS), "type": "string"},
    paths={"type": ["integer", "null"], "minimum": 1},
    updates={"type": ["number", "null"], "minimum": 0},
    updates_error={"type": ["number", "null"], "minimum": 0},
)
_LEVELS = {
    "type": "object",
    "description": "propensities that count as competition and as collusion",
    "properties": {"competition": _SHARE, "collusion": _SHARE},
    "required": ["competition", "collusion"],
    "additionalProperties": False,
}

SOLUTION_FIELDS = (
    Field("regime", {"enum": list(REGIMES), "type": "string"}, required=True),
    Field(
        "rest_points",
        _objects(
            "interior rest points, rising; the sign changes inside the bracket, whose ends are "
            "numbers, or fractions as text where floats are too coarse",
            theta=_SHARE,
            stability={"enum": list(STABILITIES), "type": "string"},
            bracket={"type": "array", "items": _PLACE, "minItems": 2, "maxItems": 2},
        ),
        required=True,
    ),
    Field(
        "quadratic",
        {
            "type": "array",
            "description": "advantage times h (1 - h): coefficients of 1, theta, theta^2",
            "items": {"type": "string"},
            "minItems": 3,
            "maxItems": 3,
        },
        required=True,
    ),
    Field(
        "signs",
        {
            "type": "array",
            "description": "signs of the motion before, between and after the rest points",
            "items": {"type": "integer", "minimum": -1, "maximum": 1},
        },
        required=True,
    ),
    Field(
        "critical_fidelity",
        {"type": ["number", "null"], "description": "where high prices begin to pay somewhere"},
    ),
    Field(
        "limits",
        {"type": "array", "items": _SHARE, "description": "where each start leads"},
        required=True,
    ),
    Field(
        "attractors",
        _objects(
            "where interior starts lead, rising",
            theta=_SHARE,
            high_price_share=_SHARE,
            all_high=_SHARE,
            all_low=_SHARE,
            mixed=_SHARE,
            correlation={"type": ["number", "null"]},
            payoff=_NUMBER,
        ),
        required=True,
    ),
    Field("collusion_probability", {"anyOf": [_CHANCES, {"type": "null"}]}),
    Field("thresholds", {"anyOf": [_LEVELS, {"type": "null"}]}),
)


@dataclass(frozen=True, slots=True, repr=False)
class RestPoint(Shown):
    """An interior rest point.

    Parameters
    ----------
    theta : the propensity.
    stability : ``"stable"``, ``"unstable"``, or ``"semi_stable"`` where it attracts from one side.
    bracket : the sign of the motion changes between them; that of its slope if semi-stable.
    """

    theta: float
    stability: str
    bracket: tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True, repr=False)
class Attractor(Shown):
    """What the market looks like where learning settles.

    Parameters
    ----------
    theta : the propensity.
    high_price_share : of all prices.
    all_high, all_low, mixed : shares of rounds.
    correlation : of two sellers' prices; None where prices are constant.
    payoff : mean payoff of a seller in a round.
    """

    theta: float
    high_price_share: float
    all_high: float
    all_low: float
    mixed: float
    correlation: float | None
    payoff: float


@dataclass(frozen=True, slots=True, repr=False)
class Chance(Shown):
    """How likely collusion is from a start.

    Parameters
    ----------
    low, high : the probability lies between them: equal where the law is exact, an estimate of the
        error on a grid, a Wilson interval of 95 % by simulation, equal and without any statement
        on the error by diffusion.
    method : ``"enumerate"``, ``"grid"``, ``"simulate"`` or ``"diffusion"``.
    paths : number simulated, or None.
    updates : mean number of updates until a threshold is reached, or the horizon; None if unknown.
    updates_error : of `updates`: on a grid twice the larger of the last two changes by halving, by
        simulation half of an interval of 95 %; None where nothing is estimated.
    """

    low: float
    high: float
    method: str
    paths: int | None = None
    updates: float | None = None
    updates_error: float | None = None

    @property
    def middle(self) -> float:
        """The middle of the interval."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CollusionSolution(Shown):
    """Regime, rest points and attractors, and probabilities of collusion with finite batches.

    Parameters
    ----------
    regime : see `CollusionDynamics.regime`.
    rest_points : interior ones, rising.
    quadratic : coefficients of 1, theta and theta**2 of the advantage times h (1 - h).
    signs : -1, 0 or 1 before, between and after the rest points.
    critical_fidelity : from which on high prices pay somewhere; None where that is never or always.
    limits : where each start leads with large batches.
    attractors : where interior starts lead, rising.
    collusion_probability : for each start; None where batches were not looked at.
    thresholds : competition and collusion; None likewise.

    Notes
    -----
    Source: Cao and Hu (2026), COL-2 to COL-5 and COL-9.

    Examples
    --------
    >>> from eqsolve import solve
    >>> solution = solve(CollusionDynamics(0.85, {"ratio": 1.5}, [0.1, 0.5])).solution
    >>> solution.regime, [round(theta, 4) for theta in solution.limits]
    ('bistable', [0.0, 0.8463])
    """

    regime: str
    rest_points: tuple[RestPoint, ...]
    quadratic: tuple[Fraction, Fraction, Fraction]
    signs: tuple[int, ...]
    critical_fidelity: float | None
    limits: tuple[float, ...]
    attractors: tuple[Attractor, ...]
    collusion_probability: tuple[Chance, ...] | None = None
    thresholds: tuple[float, float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        chances, levels = self.collusion_probability, self.thresholds
        return {
            "regime": self.regime,
            "rest_points": [
                {
                    "theta": point.theta,
                    "stability": point.stability,
                    "bracket": [_place(end) for end in point.bracket],
                }
                for point in self.rest_points
            ],
            "quadratic": [str(part) for part in self.quadratic],
            "signs": list(self.signs),
            "critical_fidelity": self.critical_fidelity,
            "limits": list(self.limits),
            "attractors": [asdict(attractor) for attractor in self.attractors],
            "collusion_probability": None if chances is None else [asdict(it) for it in chances],
            "thresholds": None
            if levels is None
            else dict(zip(("competition", "collusion"), levels, strict=True)),
        }

    @classmethod
    def from_dict(
        cls, document: Mapping[str, Any], dynamics: CollusionDynamics
    ) -> CollusionSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have its form, or not one entry per start.
        """
        require_forms(document, SOLUTION_FIELDS)
        faults: list[Fault] = []
        points = tuple(
            RestPoint(
                float(entry["theta"]),
                entry["stability"],
                tuple(_fraction(end, "rest_points", faults) for end in entry["bracket"]),  # type: ignore[arg-type]  # two, see below
            )
            for entry in document["rest_points"]
        )
        parts = tuple(_fraction(text, "quadratic", faults) for text in document["quadratic"])
        if len(parts) != 3 or any(len(point.bracket) != 2 for point in points):
            faults.append(Fault("quadratic", "needs three coefficients, and each bracket two ends"))
        chances, levels = document.get("collusion_probability"), document.get("thresholds")
        k = len(dynamics.start)
        for name, entries in (("limits", document["limits"]), ("collusion_probability", chances)):
            if entries is not None and len(entries) != k:
                faults.append(Fault(name, f"has length {len(entries)}, expected {k}"))
        if faults:
            raise InstanceError(faults)
        return cls(
            regime=document["regime"],
            rest_points=points,
            quadratic=parts,  # type: ignore[arg-type]  # three
            signs=tuple(document["signs"]),
            critical_fidelity=document.get("critical_fidelity"),
            limits=tuple(map(float, document["limits"])),
            attractors=tuple(Attractor(**entry) for entry in document["attractors"]),
            collusion_probability=None
            if chances is None
            else tuple(Chance(**entry) for entry in chances),
            thresholds=None if levels is None else (levels["competition"], levels["collusion"]),
        )


def _place(number: Fraction) -> float | str:
    """Return a number as a float where it is one, else as text."""
    return float(number) if Fraction(float(number)) == number else str(number)


def _fraction(value: float | str, field: str, faults: list[Fault]) -> Fraction:
    """Return a number or text as a fraction; adds a fault for other text."""
    try:
        return Fraction(value)
    except (ValueError, ZeroDivisionError):
        faults.append(Fault(field, "must be a fraction like '3/4'", value=value))
        return Fraction(0)
