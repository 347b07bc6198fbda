"""Bidders as files say them, turned into laws: the one place where those fields are checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from eqsolve.core.arrays import NumberArray, read_only
from eqsolve.core.bid_table import BidTable
from eqsolve.core.digits import EXACT
from eqsolve.core.errors import Fault, nearest_name
from eqsolve.core.input_arrays import MAX_FAULTS, as_numbers
from eqsolve.families.auction_design.instance.laws import (
    AdditiveLaw,
    AdditivePlusLaw,
    Discrete,
    Exponential,
    FiniteLaw,
    Law,
    Marginal,
    SubsetsLaw,
    Uniform,
)
from eqsolve.families.auction_design.instance.valuations import (
    AdditiveValuations,
    BidValuations,
    MixedValuations,
    TableValuations,
    Valuations,
)
from eqsolve.families.auction_design.instance.worlds import KINDS, World

__all__ = ["MOST_TABLE_ITEMS", "read_bidder", "read_types"]

MOST_TABLE_ITEMS = 20
"""Items up to which a value of every bundle is held."""

FORMS = ("types", "samples", "distribution", "world")
VALUATIONS = ("values", "additive", "unit_demand", "bids")
PARAMETRIC = ("additive", "unit_demand", "k_demand", "subsets", "additive_plus")
MARGINALS = ("uniform", "exponential", "discrete")


def read_bidder(
    given: object, name: str, m: int, faults: list[Fault]
) -> tuple[Law | None, int | None]:
    """Return law and count of a bidder, None for what is at fault.

    Parameters
    ----------
    given : a mapping as in files, or a `Law`.
    name : how faults call it.
    m : number of items.
    faults : faults are appended here.
    """
    if isinstance(given, Law):
        if given.n_items != m:
            faults.append(Fault(name, f"a law of {given.n_items} items, but there are {m}"))
            return None, None
        return given, 1
    if not isinstance(given, Mapping):
        faults.append(Fault(name, f"must be an object with one of {', '.join(FORMS)}", value=given))
        return None, None
    count = _count(given.get("count", 1), f"{name}.count", 1, faults)
    forms = [form for form in FORMS if form in given]
    _known(given, (*FORMS, "count"), name, faults)
    if len(forms) != 1:
        found = " and ".join(forms) if forms else "none"
        faults.append(Fault(name, f"must have one of {', '.join(FORMS)}, has {found}"))
        return None, count
    form = forms[0]
    readers = {"types": _types, "samples": _samples, "distribution": _parametric, "world": _world}
    return readers[form](given[form], f"{name}.{form}", m, faults), count


_JOINT = ("correl", "covarian", "copula", "joint")
_INDEPENDENT = "bidders are independent: each has a law of its own, there are no joint ones"


def _known(given: Mapping[str, Any], names: Sequence[str], field: str, faults: list[Fault]) -> None:
    """Add a fault for every unknown name."""
    for key in map(str, given):
        if key not in names:
            joint = any(word in key.lower() for word in _JOINT)
            hint = _INDEPENDENT if joint else nearest_name(key, names)
            faults.append(Fault(field, f"unknown field; {hint}", (key,)))


def _count(given: object, name: str, least: int, faults: list[Fault]) -> int | None:
    """Return a whole number, None after a fault."""
    whole = isinstance(given, int | np.integer) and not isinstance(given, bool)
    if whole and int(given) >= least:  # type: ignore[call-overload]  # whole
        return int(given)  # type: ignore[call-overload, no-any-return]
    faults.append(Fault(name, f"must be a whole number >= {least}", value=given))
    return None


def _number(
    given: object, name: str, faults: list[Fault], *, least: float = 0.0, most: float = math.inf
) -> float | None:
    """Return a finite number between bounds, None after a fault."""
    good = isinstance(given, int | float | np.number) and not isinstance(given, bool | np.bool_)
    if good and math.isfinite(given) and least <= given <= most:  # type: ignore[arg-type, operator]
        return float(given)  # type: ignore[arg-type]
    rule = f">= {least:g} and finite" if math.isinf(most) else f"in [{least:g}, {most:g}]"
    faults.append(Fault(name, f"must be {rule}", value=given))
    return None


def _types(given: object, name: str, m: int, faults: list[Fault]) -> FiniteLaw | None:
    """Return the law of a list of types with weights."""
    if not isinstance(given, Sequence) or isinstance(given, str | bytes) or not len(given):
        rule = "must be a list with at least one type"
        faults.append(Fault(name, rule, value=None if isinstance(given, list) else given))
        return None
    before = len(faults)
    weights: list[object] = []
    rest: list[object] = []
    for place, entry in enumerate(given):
        if isinstance(entry, Mapping):
            if "probability" not in entry:
                faults.append(Fault(name, "required field is missing", (place, "probability")))
            weights.append(entry.get("probability"))
            entry = {key: part for key, part in entry.items() if key != "probability"}
        rest.append(entry)
    shares = None
    if len(weights) == len(rest) and len(faults) == before:
        shares = as_numbers(weights, f"{name}.probability", (len(weights),), faults)
        if shares is not None and not (shares > 0).any():
            faults.append(Fault(f"{name}.probability", "at least one must be > 0"))
    read = read_types(rest, name, m, faults)
    if len(faults) > before or shares is None or read is None:
        return None
    return FiniteLaw(shares, read, "types")


def read_types(
    given: Sequence[object], name: str, m: int, faults: list[Fault]
) -> Valuations | None:
    """Return the valuations of types as files say them, None after adding faults.

    Parameters
    ----------
    given : mappings with one of ``values``, ``additive``, ``unit_demand``, ``bids`` each.
    """
    before = len(faults)
    spoken: dict[str, list[int]] = {}
    for place, entry in enumerate(given):
        words = [word for word in VALUATIONS if isinstance(entry, Mapping) and word in entry]
        if len(words) != 1:
            rule = f"must be an object with one of {', '.join(VALUATIONS)}"
            if isinstance(entry, Mapping) and len(entry) == 1:
                rule += f"; {nearest_name(str(next(iter(entry))), VALUATIONS)}"
            faults.append(Fault(name, rule, (place,), None if words else entry))
            continue
        assert isinstance(entry, Mapping)
        for key in entry:
            if key not in VALUATIONS:
                hint = nearest_name(str(key), (*VALUATIONS, "probability"))
                faults.append(Fault(name, f"unknown field; {hint}", (place, str(key))))
        spoken.setdefault(words[0], []).append(place)
        if len(faults) - before > MAX_FAULTS:
            return None
    parts: list[Valuations] = []
    for word, rows in spoken.items():
        entries = [given[row][word] for row in rows]  # type: ignore[index]  # checked above
        part = (
            _bids(entries, rows, name, m, faults)
            if word == "bids"
            else _numbers(word, entries, rows, name, m, faults)
        )
        if part is not None:
            parts.append(part)
    if len(faults) > before:
        return None
    if len(parts) == 1:
        return parts[0]
    part_of, row_of = np.zeros((2, len(given)), dtype=np.int64)
    for k, rows in enumerate(spoken.values()):
        part_of[rows], row_of[rows] = k, np.arange(len(rows))
    return MixedValuations(tuple(parts), part_of, row_of)


def _numbers(
    word: str, entries: list[Any], rows: list[int], name: str, m: int, faults: list[Fault]
) -> Valuations | None:
    """Return the valuations of types that list numbers."""
    if word == "values" and m > MOST_TABLE_ITEMS:
        rule = f"a value of each of 2^{m} bundles cannot be held; use bids or additive"
        faults.append(Fault(name, rule, (rows[0], word)))
        return None
    length = 1 << m if word == "values" else m
    before = len(faults)
    arrays = []
    for row, entry in zip(rows, entries, strict=True):
        array = as_numbers(entry, f"{name}[{row}].{word}", (length,), faults)
        if array is not None and word == "values" and array[0] != 0:
            rule = "nothing must be worth 0"
            faults.append(Fault(f"{name}[{row}].values", rule, (0,), array[0].item()))
        if array is not None:
            arrays.append(array)
        if len(faults) - before > MAX_FAULTS:
            break
    if len(faults) > before:
        return None
    table = read_only(np.stack(arrays))
    if not _held(table, f"{name}.{word}", faults):
        return None
    if word == "values":
        return TableValuations(table)
    return AdditiveValuations(table, 1 if word == "unit_demand" else None)


def _held(numbers: NumberArray, name: str, faults: list[Fault]) -> bool:
    """Return whether floats hold all numbers exactly, after adding a fault where they do not."""
    if numbers.dtype.kind != "i" or numbers.max(initial=0) <= EXACT:
        return True
    faults.append(Fault(name, "whole numbers must be at most 2^53", value=int(numbers.max())))
    return False


def _bids(
    entries: list[Any], rows: list[int], name: str, m: int, faults: list[Fault]
) -> Valuations | None:
    """Return the valuations of types that list bids."""
    before = len(faults)
    triples: list[tuple[int, Any, Any]] = []
    for k, (row, entry) in enumerate(zip(rows, entries, strict=True)):
        if not isinstance(entry, Sequence) or isinstance(entry, str | bytes):
            faults.append(Fault(f"{name}[{row}].bids", "must be a list", value=entry))
            continue
        for place, bid in enumerate(entry):
            if isinstance(bid, Sequence) and not isinstance(bid, str | bytes) and len(bid) == 2:
                triples.append((k, bid[0], bid[1]))
            else:
                rule = "a bid is [items, price]"
                faults.append(Fault(f"{name}[{row}].bids", rule, (place,), bid))
    if len(faults) > before:
        return None
    table = BidTable.checked(triples, f"{name}.bids", faults, n_items=m)
    if table is None:
        return None
    return _of_table(table, np.arange(len(rows)), f"{name}.bids", m, faults)


def _of_table(
    table: BidTable, bidders: Any, name: str, m: int, faults: list[Fault]
) -> Valuations | None:
    """Return the valuations of a bid table, one for each of given bidders."""
    bundles = np.zeros((len(table), m), dtype=np.bool_)
    counts = np.diff(table.starts)
    bundles[table.bid_of_entry(), table.items] = True
    twice = np.flatnonzero(bundles.sum(axis=1) < counts)
    faults.extend(
        Fault(f"{name}.items", "there is one unit of each item", (b,), table.bundle(b).tolist())
        for b in twice[:MAX_FAULTS].tolist()
    )
    if len(twice) or not _held(table.price, f"{name}.price", faults):
        return None
    order = np.argsort(table.bidder, kind="stable")
    starts = np.searchsorted(table.bidder[order], np.append(bidders, np.iinfo(np.int64).max))
    return BidValuations(starts, bundles[order], table.price[order])


def _samples(given: object, name: str, m: int, faults: list[Fault]) -> FiniteLaw | None:
    """Return the law of a bid table whose bidders are draws."""
    table = BidTable.checked(given, name, faults, n_items=m)
    if table is None:
        return None
    if not len(table):
        faults.append(Fault(name, "must hold at least one bid"))
        return None
    bidders = np.unique(table.bidder)
    read = _of_table(table, bidders, name, m, faults)
    if read is None:
        return None
    return FiniteLaw(read_only(np.ones(len(bidders), np.int64)), read, "samples")


def _parametric(given: object, name: str, m: int, faults: list[Fault]) -> Law | None:
    """Return a law of values by formula."""
    if not isinstance(given, Mapping):
        faults.append(Fault(name, "must be an object with valuation and items", value=given))
        return None
    before = len(faults)
    _known(given, ("valuation", "items", "extra"), name, faults)
    word, demand = given.get("valuation"), None
    if isinstance(word, Mapping) and set(word) == {"k_demand"}:
        demand = _count(word["k_demand"], f"{name}.valuation.k_demand", 1, faults)
        word = "k_demand"
    elif word == "k_demand":
        faults.append(Fault(f"{name}.valuation", 'must be {"k_demand": k}', value=word))
    elif word not in PARAMETRIC:
        some = f"must be one of {', '.join(PARAMETRIC)}"
        hint = nearest_name(word, PARAMETRIC) if isinstance(word, str) else some
        faults.append(Fault(f"{name}.valuation", f"no such law; {hint}", value=word))
        return None
    extra = given.get("extra")
    if word == "subsets":
        if "items" in given:
            faults.append(Fault(name, "bundles are drawn, not items", ("items",)))
        power = _extra(extra, "power", 0.5, name, faults)
        _few(word, name, m, faults)
        return SubsetsLaw(m, power) if len(faults) == before and power is not None else None
    items = _marginals(given, name, m, faults)
    if word == "additive_plus":
        spread = _extra(extra, "spread", 1.0, name, faults)
        _few(word, name, m, faults)
        if len(faults) > before or items is None or spread is None:
            return None
        return AdditivePlusLaw(items, spread)
    if extra is not None:
        faults.append(Fault(name, f"{word} has nothing extra", ("extra",), extra))
    if len(faults) > before or items is None:
        return None
    return AdditiveLaw(items, 1 if word == "unit_demand" else demand)


def _few(word: str, name: str, m: int, faults: list[Fault]) -> None:
    """Add a fault where a value of every bundle cannot be drawn."""
    if m > MOST_TABLE_ITEMS:
        rule = f"{word} draws a value of each of 2^{m} bundles; at most {MOST_TABLE_ITEMS} items"
        faults.append(Fault(name, rule))


def _extra(given: object, key: str, default: float, name: str, faults: list[Fault]) -> float | None:
    """Return the number that a law has beside its items."""
    if given is None:
        return default
    if isinstance(given, Mapping):
        _known(given, (key,), f"{name}.extra", faults)
        given = given.get(key, default)
    return _number(given, f"{name}.extra.{key}", faults)


def _marginals(
    given: Mapping[str, Any], name: str, m: int, faults: list[Fault]
) -> tuple[Marginal, ...] | None:
    """Return the law of every item."""
    if "items" not in given:
        faults.append(Fault(name, "required field is missing", ("items",)))
        return None
    items = given["items"]
    if isinstance(items, Mapping):
        one = _marginal(items, f"{name}.items", faults)
        return None if one is None else (one,) * m
    if not isinstance(items, Sequence) or isinstance(items, str | bytes) or len(items) != m:
        rule = f"must be one law, or a list of {m}"
        faults.append(Fault(f"{name}.items", rule, value=items))
        return None
    found = [_marginal(entry, f"{name}.items[{j}]", faults) for j, entry in enumerate(items)]
    laws = tuple(law for law in found if law is not None)
    return laws if len(laws) == m else None


def _marginal(given: object, name: str, faults: list[Fault]) -> Marginal | None:
    """Return the law of one item's value."""
    if not isinstance(given, Mapping) or len(given) != 1:
        rule = f"must be an object with one of {', '.join(MARGINALS)}"
        faults.append(Fault(name, rule, value=given))
        return None
    word, numbers = next(iter(given.items()))
    if word == "uniform":
        ends = as_numbers(numbers, f"{name}.uniform", (2,), faults)
        if ends is None:
            return None
        if ends[0] > ends[1]:
            faults.append(Fault(f"{name}.uniform", "must be [low, high]", value=numbers))
            return None
        return Uniform(float(ends[0]), float(ends[1]))
    if word == "exponential":
        mean = _number(numbers, f"{name}.exponential", faults)
        return None if mean is None else Exponential(mean)
    if word == "discrete":
        table = as_numbers(numbers, f"{name}.discrete", (None, 2), faults)
        if table is None:
            return None
        if not len(table) or not (table[:, 1] > 0).any():
            faults.append(Fault(f"{name}.discrete", "at least one weight must be > 0"))
            return None
        values, weights = table.astype(np.float64).T.tolist()
        return Discrete(tuple(values), tuple(weights))
    hint = nearest_name(str(word), MARGINALS)
    faults.append(Fault(name, f"no such law; {hint}", (str(word),)))
    return None


_WORLD = tuple(entry.name for entry in fields(World) if entry.name != "size")
_SHARES = ("grow", "jump")


def _world(given: object, name: str, m: int, faults: list[Fault]) -> World | None:
    """Return the law of a bidder in a world."""
    if not isinstance(given, Mapping):
        faults.append(Fault(name, "must be an object with kind and seed", value=given))
        return None
    before = len(faults)
    _known(given, _WORLD, name, faults)
    kind = given.get("kind")
    if kind not in KINDS:
        some = f"must be one of {', '.join(KINDS)}"
        hint = nearest_name(kind, KINDS) if isinstance(kind, str) else some
        faults.append(Fault(f"{name}.kind", f"no such world; {hint}", value=kind))
    settings: dict[str, Any] = {"seed": _count(given.get("seed"), f"{name}.seed", 0, faults)}
    for key in _WORLD:
        if key in ("kind", "seed") or key not in given or (key == "normal" and given[key] is None):
            continue
        if key == "substitutes":
            settings[key] = _count(given[key], f"{name}.{key}", 0, faults)
        else:
            most = 0.99 if key == "grow" else 1.0 if key in _SHARES else math.inf
            settings[key] = _number(given[key], f"{name}.{key}", faults, most=most)
    return World(str(kind), m, **settings) if len(faults) == before else None
