"""What is known of a design once it is solved: the mechanism, what it earns, what nothing beats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.schema import Field, array_schema, has_form
from eqsolve.core.shown import Shown
from eqsolve.families.auction_design.instance import AuctionDesign
from eqsolve.families.auction_design.solution.documents import mechanism_document, read_mechanism
from eqsolve.families.auction_design.solution.mechanism import Mechanism

__all__ = [
    "BOUND_SOURCES",
    "CERTIFICATE_DATA",
    "SIDE_FILES",
    "SOLUTION_FIELDS",
    "Baseline",
    "DesignSolution",
]

CLASSES = tuple(
    how + word
    for word in ("menu", "sequential", "sequential in any order", "dsic", "bic")
    for how in ("", "deterministic ")
)
"""Classes of mechanisms among which one is the best, where the status is solved."""


def _number(text: str, *, null: bool = False) -> dict[str, Any]:
    return {"type": ["number", "null"] if null else "number", "description": text}


def _pair(text: str) -> dict[str, Any]:
    return {"type": ["array", "null"], "description": text, "items": {"type": "number"}}


_BASELINE = {
    "type": "object",
    "properties": {
        "mechanism": {"type": "object"},
        "revenue": {"type": "number"},
        "interval": _pair("95 %, null where exact"),
        "difference": {"type": "number", "description": "revenue of the solution less this"},
        "difference_interval": _pair("95 %, of paired differences, null where exact"),
    },
}

SOLUTION_FIELDS = (
    Field("mechanism", {"type": "object", "description": "what was designed"}, required=True),
    Field(
        "among",
        {"enum": list(CLASSES), "description": "class of mechanisms that the bound speaks of"},
        required=True,
    ),
    Field("revenue", _number("expected payments"), required=True),
    Field(
        "revenue_exact",
        {"type": "boolean", "description": "whether all types were enumerated"},
        required=True,
    ),
    Field("revenue_interval", _pair("95 % interval, null where exact")),
    Field("report_draws", {"type": ["integer", "null"], "minimum": 2}),
    Field("report_seed", {"type": ["integer", "null"], "minimum": 0}),
    Field("welfare", _number("expected value of what bidders get"), required=True),
    Field("bidder_utilities", array_schema("expected, by bidder", 1, minimum=None), required=True),
    Field(
        "baselines",
        {
            "type": ["object", "null"],
            "description": "simple mechanisms, played on the same types",
            "additionalProperties": _BASELINE,
        },
    ),
    Field(
        "training",
        {
            "type": ["object", "null"],
            "description": "steps, draws, history [[step, revenue on the choose set]]",
        },
    ),
)

CERTIFICATE_DATA: Mapping[str, Mapping[str, Any]] = {
    "flows": {"type": "array", "description": "[bidder][t][s], dsic: [bidder][profile][t][s]"},
    "state_flows": {
        "type": "array",
        "description": "groups of a bidder and those after him, remaining items, flows [t][s]",
    },
}
"""What the verifier reads from a certificate's data."""

BOUND_SOURCES = {"flows": "certified", "welfare": "certified", "backend": "backend"}
"""What proves the bound -> who vouches for it."""

SIDE_FILES = ("mechanism",)
"""Fields that may refer to archives beside the file."""


@dataclass(frozen=True, slots=True, repr=False)
class Baseline(Shown):
    """A simple mechanism beside the solution's.

    Parameters
    ----------
    mechanism : it, so that it can be played again.
    revenue : expected payments.
    interval : of the revenue at 95 %; None where it is exact.
    difference : revenue of the solution less this one, on the same types.
    difference_interval : of paired differences at 95 %; None where exact.
    """

    mechanism: Mechanism
    revenue: float
    interval: tuple[float, float] | None
    difference: float
    difference_interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True, repr=False)
class DesignSolution(Shown):
    """A mechanism, what it earns, and how it compares with simple ones.

    Parameters
    ----------
    mechanism : see `eqsolve.families.auction_design.solution.mechanism`.
    among : the class of mechanisms in which it is the best, where the status says ``solved``.
    revenue : expected payments; an estimate unless `revenue_exact`.
    revenue_exact : whether all types were enumerated.
    revenue_interval : at 95 %, with `report_draws` draws of seed `report_seed`; None where exact.
    welfare : expected value of what bidders get.
    bidder_utilities : shape (n,), expected.
    bound_source : what proves the bound on the revenue of the class: ``"flows"``, ``"welfare"``,
        ``"backend"`` (a solver's word), or None.
    baselines : simple mechanisms by name.
    training : of what was learned: ``steps``, ``draws``, ``history``.

    Notes
    -----
    Source: theory MEC-1 to MEC-12.
    """

    mechanism: Mechanism
    among: str
    revenue: float
    revenue_exact: bool
    welfare: float
    bidder_utilities: FloatArray
    revenue_interval: tuple[float, float] | None = None
    report_draws: int | None = None
    report_seed: int | None = None
    bound_source: str | None = None
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    training: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        own = read_only(np.asarray(self.bidder_utilities, np.float64))
        object.__setattr__(self, "bidder_utilities", own)

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        document: dict[str, Any] = {
            "mechanism": mechanism_document(self.mechanism),
            "among": self.among,
            "revenue": self.revenue,
            "revenue_exact": self.revenue_exact,
            "revenue_interval": _listed(self.revenue_interval),
            "report_draws": self.report_draws,
            "report_seed": self.report_seed,
            "welfare": self.welfare,
            "bidder_utilities": self.bidder_utilities.tolist(),
            "bound_source": self.bound_source,
            "baselines": {
                name: {
                    "mechanism": mechanism_document(other.mechanism),
                    "revenue": other.revenue,
                    "interval": _listed(other.interval),
                    "difference": other.difference,
                    "difference_interval": _listed(other.difference_interval),
                }
                for name, other in self.baselines.items()
            },
        }
        if self.training is not None:
            document["training"] = dict(self.training)
        return document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], design: AuctionDesign) -> DesignSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have its form, or the mechanism is of another instance.
        """
        faults = [
            Fault(entry.name, "has not the form of the field")
            for entry in SOLUTION_FIELDS
            if entry.name in document and "type" in entry.schema
            if not has_form(document[entry.name], entry.schema)
        ]
        utilities = as_numbers(
            document["bidder_utilities"], "bidder_utilities", (design.n_bidders,), faults,
            signed=True,
        )  # fmt: skip
        for name, words in (("among", CLASSES), ("bound_source", (*BOUND_SOURCES, None))):
            if document.get(name) not in words:
                rule = f"must be one of {', '.join(map(str, words))}"
                faults.append(Fault(name, rule, value=document.get(name)))
        baselines = {}
        given = document.get("baselines")
        for name, entry in (given if isinstance(given, Mapping) else {}).items():
            names = {"mechanism", "revenue", "interval", "difference", "difference_interval"}
            if not isinstance(entry, Mapping) or set(entry) != names:
                rule = f"must be an object with {', '.join(sorted(names))}"
                faults.append(Fault("baselines", rule, (str(name),)))
            elif has_form(entry, _BASELINE):
                other = _mechanism(entry["mechanism"], design, faults)
                if other is None:
                    continue
                baselines[str(name)] = Baseline(
                    other,
                    float(entry["revenue"]),
                    _interval(entry["interval"], f"baselines[{name}].interval", faults),
                    float(entry["difference"]),
                    _interval(entry["difference_interval"], f"baselines[{name}].interval", faults),
                )
            else:
                faults.append(Fault("baselines", "must hold numbers", (str(name),)))
        interval = _interval(document.get("revenue_interval"), "revenue_interval", faults)
        mechanism = _mechanism(document["mechanism"], design, faults)
        if faults or mechanism is None or utilities is None:
            raise InstanceError(faults)
        return cls(
            mechanism=mechanism,
            among=document["among"],
            revenue=float(document["revenue"]),
            revenue_exact=document["revenue_exact"],
            revenue_interval=interval,
            report_draws=document.get("report_draws"),
            report_seed=document.get("report_seed"),
            welfare=float(document["welfare"]),
            bidder_utilities=np.asarray(utilities, np.float64),
            bound_source=document.get("bound_source"),
            baselines=baselines,
            training=document.get("training"),
        )


def _mechanism(given: object, design: AuctionDesign, faults: list[Fault]) -> Mechanism | None:
    """Return a mechanism, None after adding faults."""
    try:
        return read_mechanism(given, design.n_items, design.n_bidders)
    except InstanceError as error:
        faults += error.faults
        return None


def _listed(pair: tuple[float, float] | None) -> list[float] | None:
    """Return an interval as a list."""
    return None if pair is None else list(pair)


def _interval(given: Any, field: str, faults: list[Fault]) -> tuple[float, float] | None:
    """Return an interval, None where there is none or after a fault."""
    if given is None:
        return None
    if not has_form(given, _pair("")) or len(given) != 2:
        faults.append(Fault(field, "must be [low, high] or null", value=given))
        return None
    return float(given[0]), float(given[1])
