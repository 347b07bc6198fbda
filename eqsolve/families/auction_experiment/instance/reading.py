"""Checks what files and callers say of bidders, protocol and proxy rules; names every fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.errors import Fault, OptionError, nearest_name
from eqsolve.core.schema import check_names
from eqsolve.endpoints.talker import KEY_FIELDS, TALKER_FIELDS, read_talker
from eqsolve.families.auction_experiment.instance.bidders import (
    INTERVENTIONS,
    LEVEL_ZERO,
    RULES,
    Bidder,
    Chat,
    Crra,
    Cursed,
    Equilibrium,
    Fixed,
    Function,
    LevelK,
    Noisy,
    Quantal,
    Random,
    Shade,
    Truthful,
    finite,
    is_by_rule,
)
from eqsolve.families.auction_experiment.instance.settings import (
    CLOSINGS,
    ORDERS,
    Protocol,
    ProxyRules,
)

__all__ = ["Place", "read_bidders", "read_protocol", "read_proxy"]

_CHAT = ("seed", "persona", "intervention", "language", "currency")
"""Fields of a chat bidder beside those of a model to talk to."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the input something stands, and the list that faults go to.

    Parameters
    ----------
    field : of the instance.
    index : inside the field.
    faults : faults are appended here.
    """

    field: str
    index: tuple[int | str, ...]
    faults: list[Fault]

    def at(self, *deeper: int | str) -> Place:
        """Return a place inside this one."""
        return Place(self.field, (*self.index, *deeper), self.faults)

    def fault(self, rule: str, value: object = None) -> None:
        """Note that something is wrong here."""
        self.faults.append(Fault(self.field, rule, self.index, value))

    def names(self, given: Mapping[str, Any], valid: Mapping[str, bool]) -> bool:
        """Note unknown and missing names of an object; return whether there are none."""
        found: list[Fault] = []
        check_names(given, valid, "", found)
        for fault in found:
            self.at(fault.field).fault(fault.rule)
        return not found

    def number(self, value: object, rule: str, fits: Callable[[Any], bool]) -> bool:
        """Note a value that is no finite number, or does not fit; return whether it does."""
        if finite(value) and fits(value):
            return True
        self.fault(rule, value)
        return False

    def whole(self, value: object, least: int) -> bool:
        """Note a value that is no whole number of at least `least`; return whether it is."""
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return True
        self.fault(f"must be a whole number >= {least}", value)
        return False

    def word(self, value: object, valid: Iterable[str]) -> bool:
        """Note a word that is unknown; return whether it is known."""
        words = tuple(valid)
        if isinstance(value, str) and value in words:
            return True
        self.fault(f"unknown; {nearest_name(str(value), words)}", value)
        return False


def read_bidders(given: object, faults: list[Fault]) -> tuple[Bidder, ...]:
    """Return the bidders of a list of objects, of `Bidder` values, or of anything that bids."""
    if isinstance(given, Mapping | str) or not isinstance(given, Iterable):
        faults.append(Fault("bidders", "must be a list of bidders, one per seat", value=given))
        return ()
    found = [_bidder(entry, Place("bidders", (seat,), faults)) for seat, entry in enumerate(given)]
    return tuple(bidder for bidder in found if bidder is not None)


def _bidder(given: object, place: Place) -> Bidder | None:
    """Return one bidder, or None after noting faults."""
    if isinstance(given, Bidder):
        if isinstance(given, Function):
            return given
        given = given.to_dict()  # made by hand, perhaps with impossible settings
    if not isinstance(given, Mapping):
        try:
            return Function.of(given)
        except OptionError:
            place.fault("must be an object with a rule, a callable, or have .bid(view)", given)
            return None
    if not isinstance(given.get("rule"), str) or given["rule"] not in RULES:
        if "rule" not in given:
            place.at("rule").fault("required field is missing")
        else:
            place.at("rule").word(given["rule"], RULES)
        return None
    return _READERS[given["rule"]](given, place)


def _plain(kind: type[Bidder]) -> Callable[[Mapping[str, Any], Place], Bidder | None]:
    """Return the reader of a bidder without settings."""

    def read(given: Mapping[str, Any], place: Place) -> Bidder | None:
        return kind() if place.names(given, {"rule": True}) else None

    return read


def _fixed(given: Mapping[str, Any], place: Place) -> Bidder | None:
    if not place.names(given, {"rule": True, "bids": True}):
        return None
    bids, inside = plain_numbers(given["bids"]), place.at("bids")
    if isinstance(bids, str | Mapping) or not isinstance(bids, Iterable):
        inside.fault("must be a list of bids, null for staying out", bids)
        return None
    listed = tuple(bids)
    rule = "must be >= 0 and finite, or null"
    fits = [
        bid is None or inside.at(k).number(bid, rule, lambda bid: bid >= 0)
        for k, bid in enumerate(listed)
    ]
    return Fixed(listed) if all(fits) else None


def _one_number(
    kind: Callable[[float], Bidder], name: str, rule: str, fits: Callable[[Any], bool]
) -> Callable[[Mapping[str, Any], Place], Bidder | None]:
    """Return the reader of a bidder with one number."""

    def read(given: Mapping[str, Any], place: Place) -> Bidder | None:
        if not place.names(given, {"rule": True, name: True}):
            return None
        found = place.at(name).number(given[name], rule, fits)
        return kind(given[name]) if found else None

    return read


def _level_k(given: Mapping[str, Any], place: Place) -> Bidder | None:
    if not place.names(given, {"rule": True, "k": True, "level0": False}):
        return None
    fits = place.at("k").whole(given["k"], 0)
    level0 = given.get("level0", LEVEL_ZERO[0])
    fits &= place.at("level0").word(level0, LEVEL_ZERO)
    return LevelK(given["k"], level0) if fits else None


def _noisy(given: Mapping[str, Any], place: Place) -> Bidder | None:
    if not place.names(given, {"rule": True, "of": True, "sd": False, "log_sd": False}):
        return None
    of = _bidder(given["of"], place.at("of"))
    fits = of is not None
    if of is not None and not is_by_rule(of):
        place.at("of").fault("must be a bidder by rule, not one that is asked", of.rule)
        fits = False
    spreads = [name for name in ("sd", "log_sd") if given.get(name) is not None]
    if len(spreads) != 1:
        place.fault("exactly one of sd and log_sd must be given")
        return None
    value = given[spreads[0]]
    rule = "must be >= 0 and finite"
    fits &= place.at(spreads[0]).number(value, rule, lambda value: value >= 0)
    if not fits or of is None:
        return None
    return Noisy(of, **{spreads[0]: value})


def _chat(given: Mapping[str, Any], place: Place) -> Bidder | None:
    found: list[Fault] = []
    talker = read_talker(given, found)
    required = {"rule": True, "endpoint": False, "model": False}  # the talker misses its own
    known = {**required, **dict.fromkeys((*TALKER_FIELDS, *_CHAT, *KEY_FIELDS), False)}
    fits = place.names(given, known) and not found
    for fault in found:
        place.at(fault.field).fault(fault.rule, fault.value)
    chosen = {name: given[name] for name in _CHAT if name in given}
    for name in ("persona", "language", "currency"):
        if not isinstance(chosen.get(name, ""), str):
            place.at(name).fault("must be text", chosen[name])
            fits = False
    if "intervention" in chosen:
        fits &= place.at("intervention").word(chosen["intervention"], INTERVENTIONS)
    if chosen.get("seed") is not None:
        fits &= place.at("seed").whole(chosen["seed"], 0)
    return Chat(talker, **chosen) if fits and talker is not None else None


def _function(given: Mapping[str, Any], place: Place) -> Bidder | None:
    if not place.names(given, {"rule": True, "name": True}):
        return None
    if not isinstance(given["name"], str):
        place.at("name").fault("must be text", given["name"])
        return None
    return Function(given["name"])


_READERS: Mapping[str, Callable[[Mapping[str, Any], Place], Bidder | None]] = {
    "truthful": _plain(Truthful),
    "fixed": _fixed,
    "shade": _one_number(Shade, "factor", "must be >= 0 and finite", lambda x: x >= 0),
    "random": _plain(Random),
    "equilibrium": _plain(Equilibrium),
    "crra": _one_number(Crra, "rho", "must be in [0, 1)", lambda x: 0 <= x < 1),
    "cursed": _one_number(Cursed, "chi", "must be in [0, 1]", lambda x: 0 <= x <= 1),
    "level_k": _level_k,
    "quantal": _one_number(Quantal, "lambda", "must be >= 0 and finite", lambda x: x >= 0),
    "noisy": _noisy,
    "chat": _chat,
    "function": _function,
}


def read_protocol(given: object, faults: list[Fault]) -> Protocol:
    """Return the protocol of an object, or the usual one after adding faults."""
    if isinstance(given, Protocol):
        return given
    if given is None:
        return Protocol()
    place, usual = Place("protocol", (), faults), Protocol().to_dict()
    if not isinstance(given, Mapping):
        place.fault(f"must be an object with {', '.join(usual)}", given)
        return Protocol()
    fits = place.names(given, dict.fromkeys(usual, False))
    for name, value in given.items():
        if name in usual and not isinstance(value, bool):
            place.at(name).fault("must be true or false", value)
            fits = False
    return Protocol(**given) if fits else Protocol()


def read_proxy(given: object, faults: list[Fault]) -> ProxyRules | None:
    """Return the rules of proxy bidding, or None where there are none or after adding faults."""
    if given is None or isinstance(given, ProxyRules):
        return given
    place = Place("proxy", (), faults)
    if not isinstance(given, Mapping):
        place.fault("must be an object with periods", given)
        return None
    known = {
        "periods": True, "closing": False, "max_extensions": False, "hidden_reserve": False,
        "order": False,
    }  # fmt: skip
    fits = place.names(given, known)
    if "periods" in given:
        fits &= place.at("periods").whole(given["periods"], 1)
    if "closing" in given:
        fits &= place.at("closing").word(given["closing"], CLOSINGS)
    if "order" in given:
        fits &= place.at("order").word(given["order"], ORDERS)
    if given.get("max_extensions") is not None:
        fits &= place.at("max_extensions").whole(given["max_extensions"], 0)
        if given.get("closing", "hard") == "hard":
            place.at("max_extensions").fault("belongs to a soft close")
            fits = False
    if "hidden_reserve" in given:
        rule = "must be >= 0 and finite"
        fits &= place.at("hidden_reserve").number(given["hidden_reserve"], rule, lambda x: x >= 0)
    return ProxyRules(**given) if fits else None
