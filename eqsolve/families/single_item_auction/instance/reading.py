"""What files say of priors, values and bids, turned into objects: the place where it is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.bid_table import exact
from eqsolve.core.digits import EXACT, exact_float
from eqsolve.core.errors import Fault, nearest_name
from eqsolve.core.input_arrays import MAX_FAULTS
from eqsolve.core.schema import check_names
from eqsolve.families.single_item_auction.instance.grid import BidGrid
from eqsolve.families.single_item_auction.instance.priors import (
    Beta,
    Exponential,
    Histogram,
    Integers,
    Normal,
    Points,
    Power,
    Prior,
    Sample,
    Uniform,
)
from eqsolve.families.single_item_auction.instance.values import (
    AffiliatedValues,
    CommonValues,
    PrivateValues,
    ValueModel,
)

__all__ = [
    "GRIDS", "LARGEST", "MODELS", "PRIORS", "read_grid", "read_number", "read_prior",
    "read_values", "read_whole",
]  # fmt: skip

LARGEST = 1e12
"""Values and bids beyond would lose digits in products of probabilities and money."""
MOST_POINTS = 1_000_000
"""Points that a prior or a grid of bids holds."""
GRIDS = ("min", "max", "increment")

PRIORS: Mapping[str, tuple[str, ...]] = {
    "integers": ("lo", "hi"),
    "points": (),
    "uniform": ("lo", "hi"),
    "power": ("lo", "hi", "a"),
    "exponential": ("rate", "lo", "hi"),
    "normal": ("mean", "sd", "lo", "hi"),
    "beta": ("a", "b", "lo", "hi"),
    "histogram": (),
    "sample": (),
}
"""Form of a prior -> the numbers in its list."""
MODELS: Mapping[str, tuple[str, ...]] = {
    "private": ("prior", "priors"),
    "affiliated": ("common", "private"),
    "common": ("value", "noise"),
}
"""Model -> its fields beside ``model``."""
_MAKERS: Mapping[str, Callable[..., Prior]] = {
    "uniform": Uniform,
    "power": Power,
    "exponential": Exponential,
    "normal": Normal,
    "beta": Beta,
}
_POSITIVE = {"a", "b", "rate", "sd"}
Place = tuple[str | int, ...]


def read_number(
    value: object,
    field: str,
    faults: list[Fault],
    index: Place = (),
    *,
    least: float = 0.0,
    above: bool = False,
    most: float = LARGEST,
) -> float | None:
    """Return a number in [least, most] (above `least` on request), or None after a fault."""
    number = exact_float(value)
    if number is None or not least <= number <= most or (above and number == least):
        low = f"> {least:g}" if above else f">= {least:g}"
        faults.append(Fault(field, f"must be a number {low} and at most {most:g}", index, value))
        return None
    return number + 0.0


def read_whole(
    value: object, field: str, faults: list[Fault], index: Place = (), *, least: int = 0
) -> int | None:
    """Return a whole number >= least, or None after a fault."""
    number = exact_float(value)
    if number is None or not number.is_integer() or not least <= number < EXACT:
        below = " and below 2**53" if isinstance(value, int) and value >= EXACT else ""
        faults.append(Fault(field, f"must be a whole number >= {least}{below}", index, value))
        return None
    return int(number)


def _listed(value: object) -> object:
    """Return whatever holds numbers as a list, and the rest as it is."""
    if isinstance(value, str | bytes | Mapping):
        return value
    found = plain_numbers(value)
    return found.tolist() if hasattr(found, "tolist") else found


def _numbers(
    value: object, place: Place, faults: list[Fault], *, signed: bool = False
) -> list[float] | None:
    """Return a nonempty list of numbers >= 0, or None after faults."""
    listed = _listed(value)
    if not isinstance(listed, list) or not listed:
        shown = None if isinstance(listed, list) else value
        faults.append(Fault("values", "must be a list with at least one number", place, shown))
        return None
    if len(listed) > MOST_POINTS:
        faults.append(Fault("values", f"has more than {MOST_POINTS} numbers", place))
        return None
    before = len(faults)
    found = []
    for k, entry in enumerate(listed):
        low = -LARGEST if signed else 0.0
        found.append(read_number(entry, "values", faults, (*place, k), least=low))
        if len(faults) - before >= MAX_FAULTS:
            break
    return None if len(faults) > before else [it for it in found if it is not None]


def read_prior(value: object, place: Place, faults: list[Fault]) -> Prior | None:
    """Return a prior, or None after faults.

    Parameters
    ----------
    value : an object as in files, or a `Prior`.
    place : where it stands in ``values``.
    """
    if isinstance(value, Prior):
        return value
    if not isinstance(value, Mapping):
        rule = f"must be an object with one of {', '.join(PRIORS)}"
        faults.append(Fault("values", rule, place, value))
        return None
    forms = [form for form in PRIORS if form in value]
    known = {*PRIORS, *(("weights",) if "points" in value else ())}
    before = len(faults)
    faults.extend(
        Fault("values", f"unknown field; {nearest_name(str(key), known)}", (*place, str(key)))
        for key in value
        if key not in known
    )
    if len(forms) != 1:
        found = " and ".join(forms) if forms else "none"
        if len(faults) == before or forms:
            rule = f"must have one of {', '.join(PRIORS)}, has {found}"
            faults.append(Fault("values", rule, place))
        return None
    form = forms[0]
    if form == "points":
        return _points(value, place, faults)
    if form == "sample":
        numbers = _numbers(value[form], (*place, form), faults)
        return None if numbers is None else Sample(tuple(numbers))
    if form == "histogram":
        return _histogram(value[form], (*place, form), faults)
    return _formula(form, value[form], (*place, form), faults)


def _points(value: Mapping[str, Any], place: Place, faults: list[Fault]) -> Prior | None:
    """Return a prior of points with weights, equal where none are given."""
    points = _numbers(value["points"], (*place, "points"), faults)
    if "weights" not in value:
        return None if points is None else Points(tuple(points), (1.0,) * len(points))
    weights = _numbers(value["weights"], (*place, "weights"), faults)
    if points is None or weights is None:
        return None
    if len(weights) != len(points):
        rule = f"has {len(weights)} numbers, expected {len(points)} as in points"
        faults.append(Fault("values", rule, (*place, "weights")))
        return None
    if not any(weights):
        faults.append(Fault("values", "at least one must be > 0", (*place, "weights")))
        return None
    return Points(tuple(points), tuple(weights))


def _histogram(value: object, place: Place, faults: list[Fault]) -> Prior | None:
    """Return a prior of bins."""
    if not isinstance(value, Mapping):
        faults.append(Fault("values", "must be an object with edges and weights", place, value))
        return None
    found: list[Fault] = []
    check_names(value, {"edges": True, "weights": True}, "values", found)
    faults.extend(Fault("values", fault.rule, (*place, *fault.index)) for fault in found)
    edges = _numbers(value["edges"], (*place, "edges"), faults) if "edges" in value else None
    weights = (
        _numbers(value["weights"], (*place, "weights"), faults) if "weights" in value else None
    )
    if edges is not None:
        falls = [k for k in range(1, len(edges)) if edges[k] <= edges[k - 1]]
        for k in falls[:MAX_FAULTS]:
            rule = "must be greater than the edge before: a bin of width zero or less holds nothing"
            faults.append(Fault("values", rule, (*place, "edges", k), edges[k]))
        if len(edges) < 2:
            faults.append(Fault("values", "must have at least two numbers", (*place, "edges")))
        if falls or len(edges) < 2:
            edges = None
    if edges is None or weights is None or found:
        return None
    if len(weights) != len(edges) - 1:
        rule = f"has {len(weights)} numbers, expected {len(edges) - 1}, one for each bin"
        faults.append(Fault("values", rule, (*place, "weights")))
        return None
    if not weights[0] or not weights[-1]:
        rule = "the first and the last must be > 0: leave empty bins at the ends out"
        faults.append(Fault("values", rule, (*place, "weights")))
        return None
    return Histogram(tuple(edges), tuple(weights))


def _formula(form: str, value: object, place: Place, faults: list[Fault]) -> Prior | None:
    """Return a prior of a few numbers."""
    names = PRIORS[form]
    listed = _listed(value)
    if not isinstance(listed, list) or len(listed) != len(names):
        rule = f"must be a list [{', '.join(names)}]"
        faults.append(Fault("values", rule, place, listed))
        return None
    before = len(faults)
    numbers: dict[str, Any] = {}
    for k, (name, entry) in enumerate(zip(names, listed, strict=True)):
        here = (*place, k)
        if form == "integers":
            numbers[name] = read_whole(entry, "values", faults, here)
        elif name in _POSITIVE:
            numbers[name] = read_number(entry, "values", faults, here, above=True)
        else:
            low = -LARGEST if name == "mean" else 0.0
            numbers[name] = read_number(entry, "values", faults, here, least=low)
    low, high = numbers["lo"], numbers["hi"]
    if low is not None and high is not None:
        if high < low:
            faults.append(
                Fault("values", f"must be at least lo, {low:g}", (*place, len(names) - 1), high)
            )
        elif high == low and form != "integers":
            rule = f'has width zero; write {{"points": [{low:g}]}} for a value that is certain'
            faults.append(Fault("values", rule, place, list(listed)))
        elif form == "integers" and high - low >= MOST_POINTS:
            faults.append(Fault("values", f"has more than {MOST_POINTS} numbers", place))
    if len(faults) > before:
        return None
    prior: Prior = (
        Integers(low, high) if form == "integers" else _MAKERS[form](*(numbers[it] for it in names))
    )
    with np.errstate(all="ignore"):
        halves = prior.cdf(prior.quantile([0.25, 0.5, 0.75]))
    if form != "integers" and not np.allclose(halves, [0.25, 0.5, 0.75], rtol=0, atol=1e-3):
        rule = "has no probability left inside its interval"
        faults.append(Fault("values", rule, place, list(listed)))
        return None
    return prior


def read_values(value: object, n_bidders: int | None, faults: list[Fault]) -> ValueModel | None:
    """Return the model of values, or None after faults.

    Parameters
    ----------
    value : an object as in files, or a `ValueModel`.
    n_bidders : None where it is not known: it follows from ``priors``.
    """
    if isinstance(value, ValueModel):
        return value
    if not isinstance(value, Mapping):
        rule = f'must be an object with "model": {" or ".join(map(repr, MODELS))}'
        faults.append(Fault("values", rule, value=value))
        return None
    model = value.get("model")
    if not isinstance(model, str) or model not in MODELS:
        rule = (
            "required field is missing"
            if model is None
            else f"no such model; {nearest_name(str(model), MODELS)}"
        )
        faults.append(Fault("values", rule, ("model",), model))
        return None
    found: list[Fault] = []
    both = model == "private"
    check_names(value, {"model": True, **dict.fromkeys(MODELS[model], not both)}, "values", found)
    faults.extend(found)
    if both:
        return _private(value, n_bidders, faults, good=not found)
    parts = {
        key: read_prior(value[key], (key,), faults)
        for key in MODELS[model]
        if key in value and key != "noise"
    }
    noise = None
    if "noise" in value:
        noise = read_number(value["noise"], "values", faults, ("noise",), above=True)
    if found or None in parts.values():
        return None
    if model == "affiliated":
        return AffiliatedValues(**parts)  # type: ignore[arg-type]  # both are there
    return None if noise is None else CommonValues(parts["value"], noise)  # type: ignore[arg-type]


def _private(
    value: Mapping[str, Any], n_bidders: int | None, faults: list[Fault], *, good: bool
) -> PrivateValues | None:
    """Return private values by one prior or one for each bidder."""
    if ("prior" in value) == ("priors" in value):
        rule = "must have prior or priors" + (", not both" if "prior" in value else "")
        if good:
            faults.append(Fault("values", rule))
        return None
    if "prior" in value:
        prior = read_prior(value["prior"], ("prior",), faults)
        if prior is None or not good or n_bidders is None:
            return None
        return PrivateValues((prior,) * n_bidders)
    listed = value["priors"]
    if not isinstance(listed, Sequence) or isinstance(listed, str | bytes) or not listed:
        rule = "must be a list with one prior for each bidder"
        shown = None if isinstance(listed, list | tuple) else listed
        faults.append(Fault("values", rule, ("priors",), shown))
        return None
    priors = [read_prior(entry, ("priors", i), faults) for i, entry in enumerate(listed)]
    if n_bidders is not None and len(priors) != n_bidders:
        rule = f"has {len(priors)} priors, but n_bidders is {n_bidders}"
        faults.append(Fault("values", rule, ("priors",)))
        return None
    kept = tuple(prior for prior in priors if prior is not None)
    return PrivateValues(kept) if good and len(kept) == len(priors) else None


def read_grid(value: object, faults: list[Fault]) -> BidGrid | None:
    """Return a grid of bids, or None after faults or where there is none."""
    if value is None or isinstance(value, BidGrid):
        return value
    if not isinstance(value, Mapping):
        faults.append(Fault("bids", f"must be an object with {', '.join(GRIDS)}", value=value))
        return None
    before = len(faults)
    check_names(value, dict.fromkeys(GRIDS, True), "bids", faults)
    numbers = {
        key: read_number(value[key], "bids", faults, (key,), above=key == "increment")
        for key in GRIDS
        if key in value
    }
    low, high, step = (numbers.get(key) for key in GRIDS)
    if low is not None and high is not None and high < low:
        faults.append(Fault("bids", f"must be at least min, {low:g}", ("max",), high))
    if len(faults) > before or low is None or high is None or step is None:
        return None
    steps = (exact(high) - exact(low)) / exact(step)
    if steps.denominator != 1:
        rule = f"must divide max - min = {float(exact(high) - exact(low)):g}"
        faults.append(Fault("bids", rule, ("increment",), step))
        return None
    if steps >= MOST_POINTS:
        faults.append(Fault("bids", f"has more than {MOST_POINTS} bids", ("increment",), step))
        return None
    return BidGrid(low, high, step)
