"""Mechanisms as JSON and back: small menus spelled out, large ones as arrays in an archive."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from eqsolve.core.archive import Archive
from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import Fault, InstanceError, nearest_name
from eqsolve.core.input_arrays import MAX_FAULTS, as_numbers, require_whole
from eqsolve.families.auction_design.solution.mechanism import (
    PLACES,
    DirectMechanism,
    ItemAuctions,
    Mechanism,
    Menu,
    PolicyMechanism,
    ScoreMechanism,
    SequentialMechanism,
    State,
    Tariff,
)

__all__ = ["mechanism_document", "read_mechanism"]

_SPELLED_OUT = 20_000
"""Bundles times items up to which a menu's entries are lists."""


def mechanism_document(mechanism: Mechanism) -> dict[str, Any]:
    """Return the JSON form; large arrays are `Archive` objects for the writer to put away."""
    if isinstance(mechanism, SequentialMechanism):
        return {
            "class": "sequential",
            "order": list(mechanism.order),
            "menus": [_menu_document(menu) for menu in mechanism.menus],
        }
    if isinstance(mechanism, PolicyMechanism):
        return {
            "class": "sequential",
            "order": list(mechanism.order),
            "policy": mechanism.weights,
            "form": mechanism.form,
            "layers": list(mechanism.layers),
            "activation": mechanism.activation,
        }
    if isinstance(mechanism, ScoreMechanism):
        return {"class": "direct", "ic": "dsic", "scores": _score_rows(mechanism)}
    if isinstance(mechanism, ItemAuctions):
        auctions = [_score_rows(auction) for auction in mechanism.auctions]
        return {"class": "direct", "ic": "dsic", "auctions": auctions}
    outcomes = []
    n = mechanism.n_bidders
    for p, profile in enumerate(mechanism.profiles.tolist()):
        atoms = range(int(mechanism.atoms[p]), int(mechanism.atoms[p + 1]))
        lottery = [
            [
                float(mechanism.chances[a]),
                [np.flatnonzero(mechanism.owners[a] == i).tolist() for i in range(n)],
            ]
            for a in atoms
        ]
        payments = mechanism.payments[p].tolist()
        outcomes.append({"profile": profile, "lottery": lottery, "payments": payments})
    return {"class": "direct", "ic": mechanism.ic, "outcomes": outcomes}


def _score_rows(mechanism: ScoreMechanism) -> list[dict[str, Any]]:
    """Return the JSON form of scores."""
    rows = zip(mechanism.values, mechanism.scores, mechanism.linear, strict=True)
    return [{"values": v.tolist(), "virtual": s.tolist(), "linear": line} for v, s, line in rows]


def _menu_document(menu: Menu | Tariff) -> dict[str, Any]:
    """Return the JSON form of a menu."""
    state = menu.state
    document: dict[str, Any] = {"bidder": state.bidder}
    if state.remaining is not None:
        document["remaining"] = list(state.remaining)
    if state.n_remaining is not None:
        document["n_remaining"] = state.n_remaining
    if isinstance(menu, Tariff):
        document["fee"] = menu.fee
        for name in ("item_prices", "size_prices"):
            prices = getattr(menu, name)
            if prices is not None:
                document[name] = [p if math.isfinite(p) else None for p in prices.tolist()]
        return document
    if menu.bundles.size > _SPELLED_OUT:
        arrays: dict[str, Any] = {
            "bundles": np.packbits(menu.bundles, axis=2, bitorder="little"),
            "weights": menu.weights,
            "prices": menu.prices,
        }
        if menu.worth is not None:
            arrays["worth"] = menu.worth
        return document | {"arrays": Archive(arrays)}
    entries = []
    for j, price in enumerate(menu.prices.tolist()):
        used = np.flatnonzero(menu.weights[j])
        lottery = [
            [float(menu.weights[j, d]), np.flatnonzero(menu.bundles[j, d]).tolist()] for d in used
        ]
        entry = {"price": price, "lottery": lottery}
        if menu.worth is not None:
            entry["worth"] = float(menu.worth[j])
        entries.append(entry)
    return document | {"entries": entries}


def read_mechanism(document: object, n_items: int, n_bidders: int) -> Mechanism:
    """Return the mechanism written by `mechanism_document`; whether it is right is not asked.

    Parameters
    ----------
    document : the JSON form; archives as `Archive` or as lists.
    n_items, n_bidders : of the instance.

    Raises
    ------
    InstanceError : with every fault of form: an unknown class, an item that does not exist, ...
    """
    reader = _Reader(n_items, n_bidders)
    found = reader.mechanism(document)
    if reader.faults or found is None:
        raise InstanceError(reader.faults[:MAX_FAULTS])
    return found


class _Reader:
    """Collects faults while it reads."""

    def __init__(self, n_items: int, n_bidders: int) -> None:
        self.m, self.n = n_items, n_bidders
        self.faults: list[Fault] = []

    def fault(self, field: str, rule: str, value: object = None) -> None:
        """Add a fault of a field of the mechanism."""
        self.faults.append(Fault(f"mechanism.{field}" if field else "mechanism", rule, (), value))

    def known(self, document: Mapping[str, Any], names: Sequence[str], field: str) -> None:
        """Add a fault for every unknown and every missing name."""
        wanted = [name.rstrip("?") for name in names]
        for key in document:
            if key not in wanted:
                self.fault(field, f"unknown field {key!r}; {nearest_name(str(key), wanted)}")
        for name in names:
            if not name.endswith("?") and name not in document:
                self.fault(field, f"required field {name!r} is missing")

    def mechanism(self, document: object) -> Mechanism | None:
        """Return the mechanism."""
        word = document.get("class") if isinstance(document, Mapping) else None
        if not isinstance(document, Mapping) or word not in ("sequential", "direct"):
            self.fault("class", "must be sequential or direct", word)
            return None
        if word == "direct":
            if "auctions" in document:
                return self.auctions(document)
            return self.scores(document) if "scores" in document else self.direct(document)
        if "policy" in document:
            return self.policy(document)
        self.known(document, ("class", "order", "menus"), "")
        order = self.order(document.get("order"))
        menus = document.get("menus")
        if not isinstance(menus, list | tuple):
            self.fault("menus", "must be a list", menus)
            return None
        read = [self.menu(menu, f"menus[{k}]") for k, menu in enumerate(menus)]
        return SequentialMechanism(self.m, order, tuple(menu for menu in read if menu is not None))

    def order(self, given: object) -> tuple[int, ...]:
        """Return the order of the bidders."""
        numbers = self.whole(given, "order")
        if sorted(numbers) != list(range(self.n)):
            self.fault("order", f"must name each of the {self.n} bidders once", given)
        return tuple(numbers)

    def whole(self, given: object, field: str, most: int | None = None) -> list[int]:
        """Return whole numbers >= 0, below `most`; none after a fault."""
        before = len(self.faults)
        numbers = as_numbers(given, f"mechanism.{field}", (None,), self.faults)
        if numbers is None or not require_whole(self.faults, f"mechanism.{field}", numbers):
            return []
        found = [int(number) for number in numbers]
        if most is not None and found and max(found) >= most:
            self.fault(field, f"must be below {most}", given)
        return found if len(self.faults) == before else []

    def number(self, given: object, field: str) -> float:
        """Return a finite number, 0 after a fault."""
        good = isinstance(given, int | float) and not isinstance(given, bool)
        if good and math.isfinite(given):  # type: ignore[arg-type]  # good
            return float(given)  # type: ignore[arg-type]
        self.fault(field, "must be a finite number", given)
        return 0.0

    def state(self, document: Mapping[str, Any], field: str) -> State:
        """Return when a menu is shown."""
        bidder = document.get("bidder", 0)
        if isinstance(bidder, bool) or not isinstance(bidder, int) or not 0 <= bidder < self.n:
            self.fault(f"{field}.bidder", f"must be one of {self.n} bidders", bidder)
            bidder = 0
        remaining = None
        if "remaining" in document:
            remaining = tuple(
                sorted(self.whole(document["remaining"], f"{field}.remaining", self.m))
            )
        count = document.get("n_remaining")
        if count is not None and (isinstance(count, bool) or not isinstance(count, int)):
            self.fault(f"{field}.n_remaining", "must be a whole number", count)
            count = None
        if count is not None and remaining is not None:
            self.fault(field, "has both remaining and n_remaining")
        return State(bidder, remaining, count)

    def menu(self, document: object, field: str) -> Menu | Tariff | None:
        """Return a menu."""
        if not isinstance(document, Mapping):
            self.fault(field, "must be an object", document)
            return None
        where = ("bidder?", "remaining?", "n_remaining?")
        forms = [form for form in ("entries", "arrays") if form in document]
        if not forms:
            self.known(document, (*where, "fee?", "item_prices?", "size_prices?"), field)
            return Tariff(
                self.state(document, field),
                self.number(document.get("fee", 0), f"{field}.fee"),
                self.prices(document.get("item_prices"), f"{field}.item_prices"),
                self.prices(document.get("size_prices"), f"{field}.size_prices"),
            )
        self.known(document, (*where, forms[0]), field)
        state = self.state(document, field)
        if forms == ["arrays"]:
            return self.packed(document["arrays"], state, field)
        return self.entries(document["entries"], state, field)

    def prices(self, given: object, field: str) -> FloatArray | None:
        """Return a price of every item or size, infinite for null; None where there are none."""
        if given is None:
            return None
        if not isinstance(given, list | tuple) or len(given) > self.m:
            self.fault(field, f"must be a list of {self.m} prices")
            return None
        found = np.full(self.m, np.inf)
        for k, price in enumerate(given):
            if price is not None:
                found[k] = self.number(price, f"{field}[{k}]")
        if field.endswith("item_prices") and len(given) != self.m:
            self.fault(field, f"must be a list of {self.m} prices")
        return found

    def entries(self, given: object, state: State, field: str) -> Menu | None:
        """Return a menu whose entries are spelled out."""
        if not isinstance(given, list | tuple):
            self.fault(f"{field}.entries", "must be a list", given)
            return None
        rows: list[list[tuple[float, list[int]]]] = []
        prices: list[float] = []
        worth: list[float] = []
        for j, entry in enumerate(given):
            place = f"{field}.entries[{j}]"
            if not isinstance(entry, Mapping):
                self.fault(place, "must be an object with price and lottery", entry)
                continue
            self.known(entry, ("price", "lottery", "worth?"), place)
            prices.append(self.number(entry.get("price"), f"{place}.price"))
            worth.append(self.number(entry.get("worth", 0), f"{place}.worth"))
            rows.append(self.lottery(entry.get("lottery"), place))
        if len(rows) != len(given):
            return None
        depth = max((len(row) for row in rows), default=0)
        bundles = np.zeros((len(rows), depth, self.m), dtype=np.bool_)
        weights = np.zeros((len(rows), depth))
        for j, row in enumerate(rows):
            for d, (chance, items) in enumerate(row):
                bundles[j, d, items] = True
                weights[j, d] = chance
        return Menu(
            state, bundles, weights, np.array(prices), np.array(worth) if any(worth) else None
        )

    def lottery(self, given: object, field: str) -> list[tuple[float, list[int]]]:
        """Return chances and items of a lottery."""
        if not isinstance(given, list | tuple):
            self.fault(f"{field}.lottery", "must be a list of [probability, items]", given)
            return []
        found = []
        for d, atom in enumerate(given):
            if not isinstance(atom, list | tuple) or len(atom) != 2:
                self.fault(f"{field}.lottery[{d}]", "must be [probability, items]", atom)
                continue
            chance = self.number(atom[0], f"{field}.lottery[{d}]")
            found.append((chance, self.whole(atom[1], f"{field}.lottery[{d}]", self.m)))
        return found

    def archive(self, given: object, field: str) -> Archive | None:
        """Return an archive, given as one or as lists."""
        if isinstance(given, Archive):
            return given
        try:
            return Archive.from_lists(given, f"mechanism.{field}")
        except InstanceError as error:
            self.faults += error.faults
            return None

    def packed(self, given: object, state: State, field: str) -> Menu | None:
        """Return a menu held as arrays."""
        archive = self.archive(given, f"{field}.arrays")
        if archive is None:
            return None
        arrays = archive.arrays
        if not {"bundles", "weights", "prices"} <= set(arrays) <= {
            "bundles", "weights", "prices", "worth",
        }:  # fmt: skip
            self.fault(f"{field}.arrays", "must be bundles, weights, prices and perhaps worth")
            return None
        bundles, weights, prices = (arrays[name] for name in ("bundles", "weights", "prices"))
        width = -(-self.m // 8)
        shapes_fit = (
            bundles.ndim == 3
            and bundles.shape[2] == width
            and weights.shape == bundles.shape[:2]
            and prices.shape == bundles.shape[:1]
            and arrays.get("worth", prices).shape == prices.shape
        )
        bytes_fit = bundles.dtype.kind in "iu" and (not bundles.size or bundles.max() < 256)
        if not shapes_fit or not bytes_fit or (bundles.size and bundles.min() < 0):
            rule = f"bundles [J, D, {width}] of bytes, weights [J, D] and prices [J] do not fit"
            self.fault(f"{field}.arrays", rule)
            return None
        bits = np.unpackbits(bundles.astype(np.uint8), axis=2, bitorder="little")
        if bits[:, :, self.m :].any():
            self.fault(f"{field}.arrays", f"bundles hold items beyond {self.m}")
            return None
        return Menu(state, bits[:, :, : self.m] > 0, weights, prices, arrays.get("worth"))

    def direct(self, document: Mapping[str, Any]) -> DirectMechanism | None:
        """Return a direct mechanism."""
        self.known(document, ("class", "ic", "outcomes"), "")
        ic, outcomes = document.get("ic"), document.get("outcomes")
        if ic not in ("dsic", "bic"):
            self.fault("ic", "must be dsic or bic", ic)
            return None
        if not isinstance(outcomes, list | tuple):
            self.fault("outcomes", "must be a list", outcomes)
            return None
        profiles, payments = (
            np.zeros((len(outcomes), self.n), np.int64),
            np.zeros((len(outcomes), self.n)),
        )
        atoms, chances, owners = [0], [], []
        for p, outcome in enumerate(outcomes):
            field = f"outcomes[{p}]"
            if not isinstance(outcome, Mapping):
                self.fault(field, "must be an object", outcome)
                return None
            self.known(outcome, ("profile", "lottery", "payments"), field)
            profile = self.whole(outcome.get("profile"), f"{field}.profile")
            paid = outcome.get("payments")
            if len(profile) != self.n or not isinstance(paid, list | tuple) or len(paid) != self.n:
                self.fault(field, f"profile and payments must be of {self.n} bidders")
                return None
            profiles[p] = profile
            payments[p] = [self.number(amount, f"{field}.payments") for amount in paid]
            for chance, given in self.allocations(outcome.get("lottery"), field):
                chances.append(chance)
                owners.append(given)
            atoms.append(len(chances))
            if len(self.faults) > MAX_FAULTS:
                return None
        return DirectMechanism(
            ic, profiles, np.array(atoms), np.array(chances, dtype=np.float64),
            np.array(owners, dtype=np.int64).reshape(len(owners), self.m), payments,
        )  # fmt: skip

    def allocations(self, given: object, field: str) -> list[tuple[float, list[int]]]:
        """Return chances and owners of a lottery over allocations."""
        if not isinstance(given, list | tuple):
            self.fault(f"{field}.lottery", "must be a list of [probability, bundles]", given)
            return []
        found = []
        for a, atom in enumerate(given):
            place = f"{field}.lottery[{a}]"
            if not isinstance(atom, list | tuple) or len(atom) != 2 or len(atom[1]) != self.n:
                self.fault(place, f"must be [probability, bundles of {self.n} bidders]", atom)
                continue
            owners = [-1] * self.m
            for i, bundle in enumerate(atom[1]):
                for item in self.whole(bundle, place, self.m):
                    if owners[item] >= 0:
                        rule = f"item {item} goes to bidder {owners[item]} and to bidder {i}"
                        self.fault(place, rule, atom[1])
                    owners[item] = i
            found.append((self.number(atom[0], place), owners))
        return found

    def auctions(self, document: Mapping[str, Any]) -> ItemAuctions | None:
        """Return an auction of every item."""
        self.known(document, ("class", "ic", "auctions"), "")
        rows = document.get("auctions")
        if document.get("ic") != "dsic":
            self.fault("auctions", "are dsic")
        if not isinstance(rows, list | tuple) or not rows or len(rows) != self.m:
            self.fault("auctions", f"must be a list for {self.m} items")
            return None
        found = [self.scores_of(part, f"auctions[{j}]") for j, part in enumerate(rows)]
        auctions = tuple(auction for auction in found if auction is not None)
        return ItemAuctions(auctions) if len(auctions) == self.m else None

    def scores(self, document: Mapping[str, Any]) -> ScoreMechanism | None:
        """Return the scores of one item."""
        self.known(document, ("class", "ic", "scores"), "")
        if document.get("ic") != "dsic" or self.m != 1:
            self.fault("scores", "are of one item, and dsic")
        return self.scores_of(document.get("scores"), "scores")

    def scores_of(self, rows: object, place: str) -> ScoreMechanism | None:
        """Return the scores of all bidders for an item."""
        if not isinstance(rows, list | tuple) or len(rows) != self.n:
            self.fault(place, f"must be a list for {self.n} bidders")
            return None
        values, scores, linear = [], [], []
        for i, row in enumerate(rows):
            at = f"{place}[{i}]"
            if not isinstance(row, Mapping):
                self.fault(at, "must be an object with values, virtual, linear", row)
                return None
            self.known(row, ("values", "virtual", "linear"), at)
            if not isinstance(row.get("linear"), bool):
                self.fault(f"{at}.linear", "must be true or false", row.get("linear"))
            linear.append(bool(row.get("linear")))
            pair = [
                as_numbers(
                    row.get(key, ()), f"mechanism.{at}.{key}", (None,), self.faults, signed=True
                )
                for key in ("values", "virtual")
            ]
            if pair[0] is None or pair[1] is None or len(pair[0]) != len(pair[1]):
                self.fault(at, "values and virtual must be equally many numbers")
                return None
            values.append(np.asarray(pair[0], np.float64))
            scores.append(np.asarray(pair[1], np.float64))
        return ScoreMechanism(tuple(values), tuple(scores), tuple(linear))

    def policy(self, document: Mapping[str, Any]) -> PolicyMechanism | None:
        """Return a network."""
        self.known(document, ("class", "order", "policy", "form", "layers", "activation"), "")
        order = self.order(document.get("order"))
        archive = self.archive(document.get("policy"), "policy")
        form, activation = document.get("form"), document.get("activation")
        if form not in ("entry_fee", "bundles"):
            self.fault("form", "must be entry_fee or bundles", form)
        if activation != "tanh":
            self.fault("activation", "must be tanh", activation)
        layers = self.whole(document.get("layers"), "layers")
        if archive is None or self.faults:
            return None
        outputs = self.m + 1 if form == "entry_fee" else (1 << self.m) - 1
        if len(layers) < 2 or (layers[0], layers[-1]) != (self.m + PLACES, outputs):
            rule = f"must be widths from {self.m + PLACES} to {outputs}"
            self.fault("layers", rule, layers)
        scale = archive.arrays.get("scale")
        if scale is None or scale.shape != (1,):
            self.fault("policy", "scale must have shape (1,)")
        for k, (wide, narrow) in enumerate(pairwise(layers)):
            shapes = {f"w{k}": (wide, narrow), f"b{k}": (narrow,)}
            for name, shape in shapes.items():
                found = archive.arrays[name].shape if name in archive.arrays else None
                if found != shape:
                    self.fault("policy", f"{name} must have shape {shape}, has {found}")
        if self.faults or (form != "entry_fee" and form != "bundles"):
            return None
        return PolicyMechanism(self.m, order, archive, form, tuple(layers))
