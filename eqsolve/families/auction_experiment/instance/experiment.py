"""An auction experiment: who bids in which auction, how often, and from where types come.

One **session** is `rounds` rounds with the same bidders; types are drawn afresh every round. There
are `sessions` of them, which have nothing in common but the bidders. Rounds are numbered through:
round r of session t stands in place ``t * rounds + r`` of every list over all rounds.

Types come from a list, or from draws. Under ``"philox"`` the random numbers of bidder i in round r
of session t are those of ``Philox(SeedSequence(seed, spawn_key=(t, r, i)))``: the first makes the
type, by the quantile function of its prior, the others are the bidder's own. With n bidders, spawn
key ``(t, r, n)`` is for ties, ``(t, r, n + 1)`` for what types have in common, ``(t, r, n + 2)``
for the order of moves. Under ``"python_random"`` types are those of ``random.seed(seed + t)`` and
one ``randint`` after the other, as in the authors' experiments; all else stays.

Source: Shah, Zhu, Jiang, Wang, Dayi, Horton and Parkes (2025), Learning from synthetic labs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import NumberArray
from eqsolve.core.errors import Fault, InstanceError, nearest_name
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import NamedSides
from eqsolve.core.schema import check_names
from eqsolve.families.auction_experiment.instance.bidders import (
    Bidder,
    Chat,
    Crra,
    Cursed,
    Fixed,
    LevelK,
    Noisy,
    Quantal,
    Random,
)
from eqsolve.families.auction_experiment.instance.reading import (
    read_bidders,
    read_protocol,
    read_proxy,
)
from eqsolve.families.auction_experiment.instance.settings import Protocol, ProxyRules
from eqsolve.families.auction_experiment.instance.texts import (
    TEMPLATES,
    TEXT_FIELDS,
    fields_in,
)
from eqsolve.families.single_item_auction.instance import SingleItemAuction
from eqsolve.families.single_item_auction.instance.auction import CLOCKS
from eqsolve.families.single_item_auction.instance.priors import Integers, Uniform

if TYPE_CHECKING:
    from eqsolve.families.auction_experiment.solution import ExperimentRecord

__all__ = ["DRAWS", "MOST_ROUNDS", "AuctionExperiment"]

DRAWS = ("philox", "python_random")
MOST_ROUNDS = 10_000_000
_AUCTION = {
    "format": True, "n_bidders": False, "values": True, "k": False, "bids": False,
    "reserve": False, "risk": False, "tick": False, "name": False, "labels": False,
    "metadata": False, "kind": False, "eqsolve": False,
}  # fmt: skip
"""Fields of an auction that stands inside; the header of its own file may have stayed."""


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class AuctionExperiment(Instance["ExperimentRecord"]):
    """A plan of sessions, to be carried out.

    Parameters
    ----------
    auction : a `SingleItemAuction`, or the object that files have.
    bidders : one per seat: objects with a ``rule``, values such as `Truthful`, callables
        ``bidder(view) -> bid``, or objects with a method ``bid(view)``; or a dictionary of such by
        name.
    rounds, sessions : >= 1.
    seed : of all draws, >= 0.
    values : types by round and bidder, shape (sessions * rounds, n), instead of draws; money.
    commons : what types have in common, shape (sessions * rounds,): the true values where they are
        common. Only beside `values`.
    draws : ``"philox"`` or ``"python_random"``.
    protocol : what chat bidders are asked and shown, see `Protocol`.
    proxy : rules of proxy bidding, see `ProxyRules`; the format is then ``second_price``.
    repeat_on_bad_answer : how often a chat bidder is asked again after an answer without a bid.
    template : name of one of our texts for chat bidders, the path of a text with ``{{fields}}``,
        or the text itself.
    name, labels, metadata : see `Instance`; the side is ``"bidders"``.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost: O(sessions * rounds * n) where values are given, else O(n). Source: Shah et al. (2025).

    Examples
    --------
    >>> experiment = AuctionExperiment(
    ...     {
    ...         "format": "second_price",
    ...         "n_bidders": 2,
    ...         "values": {"model": "private", "prior": {"integers": [0, 99]}},
    ...     },
    ...     [{"rule": "truthful"}, {"rule": "shade", "factor": 0.5}],
    ...     rounds=15,
    ... )
    >>> experiment
    <AuctionExperiment: second_price, 2 bidders, 1 session of 15 rounds>
    """

    kind: ClassVar[str] = "auction_experiment"

    auction: SingleItemAuction
    bidders: tuple[Bidder, ...]
    rounds: int
    sessions: int
    seed: int
    values: NumberArray | None
    commons: NumberArray | None
    draws: str
    protocol: Protocol
    proxy: ProxyRules | None
    repeat_on_bad_answer: int
    template: str

    def __init__(
        self,
        auction: object,
        bidders: object,
        rounds: object = 1,
        sessions: object = 1,
        seed: object = 0,
        *,
        values: object = None,
        commons: object = None,
        draws: object = "philox",
        protocol: object = None,
        proxy: object = None,
        repeat_on_bad_answer: object = 3,
        template: object = "standard",
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        reader = _Reader(faults)
        sides = NamedSides(faults, labels)
        if isinstance(bidders, Mapping) and "rule" not in bidders and not sides.silent:
            sides.learn(map(str, bidders), "bidders", "bidders")
            bidders = list(bidders.values())
        values = sides.read(values, "values", "", "bidders")
        labels = sides.labels(labels)
        held = reader.auction(auction)
        seats = read_bidders(bidders, faults)
        counts = {
            "rounds": reader.whole(rounds, "rounds", 1),
            "sessions": reader.whole(sessions, "sessions", 1),
            "seed": reader.whole(seed, "seed", 0),
            "repeat_on_bad_answer": reader.whole(repeat_on_bad_answer, "repeat_on_bad_answer", 0),
        }
        fields: dict[str, Any] = {
            "auction": held,
            "bidders": seats,
            **counts,
            "draws": reader.word(draws, "draws", DRAWS),
            "protocol": read_protocol(protocol, faults),
            "proxy": read_proxy(proxy, faults),
            "template": reader.template(template),
        }
        fields |= reader.types(values, commons, held, counts["rounds"], counts["sessions"])
        if not faults and held is not None:
            reader.rules(fields, bidders)
        self._settle(faults, name, labels, metadata, **fields)

    @property
    def n_bidders(self) -> int:
        """Number of seats, n."""
        return self.auction.n_bidders

    @property
    def n_rounds(self) -> int:
        """Number of rounds of all sessions."""
        return self.rounds * self.sessions

    @property
    def asks_models(self) -> bool:
        """Whether a model bids."""
        return any(isinstance(bidder, Chat) for bidder in self.bidders)

    @property
    def is_clock(self) -> bool:
        """Whether a price moves and bidders say when they are in or out."""
        return self.auction.format in CLOCKS

    @property
    def start(self) -> float:
        """The least price: the reserve, or the first of the grid that is not below it, if any."""
        grid, reserve = self.auction.bids, self.auction.reserve
        if grid is None:
            return reserve
        return next((bid for bid in grid.bids.tolist() if bid >= reserve), reserve)

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "auction", self.auction.digest
        for seat, bidder in enumerate(self.bidders):
            yield f"bidder {seat}", json.dumps(bidder.to_dict(), sort_keys=True)
        for key in ("rounds", "sessions", "seed", "values", "commons", "draws"):
            yield key, getattr(self, key)
        yield "protocol", sorted(self.protocol.to_dict().items())
        yield "proxy", None if self.proxy is None else sorted(self.proxy.to_dict().items())
        yield "repeat_on_bad_answer", self.repeat_on_bad_answer
        yield "template", self.template

    def side_sizes(self) -> Mapping[str, int]:
        """Return the number of bidders."""
        return {"bidders": self.n_bidders}

    def __repr__(self) -> str:
        many = f"{self.sessions} session{'s' * (self.sessions > 1)}"
        rounds = f"{self.rounds} round{'s' * (self.rounds > 1)}"
        name = f" {self.name!r}" if self.name else ""
        kind = self.auction.format if self.proxy is None else "proxy bidding"
        return f"<AuctionExperiment{name}: {kind}, {self.n_bidders} bidders, {many} of {rounds}>"


class _Reader:
    """Turns what the user passed into fields; collects faults."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults

    def auction(self, given: object) -> SingleItemAuction | None:
        """Return the auction, built from an object if need be."""
        if isinstance(given, SingleItemAuction):
            return given
        if not isinstance(given, Mapping):
            self.faults.append(Fault("auction", "must be an object with a format", value=given))
            return None
        before = len(self.faults)
        check_names(given, _AUCTION, "auction", self.faults)
        if given.get("kind", SingleItemAuction.kind) != SingleItemAuction.kind:
            rule = f"must be {SingleItemAuction.kind!r}"
            self.faults.append(Fault("auction", rule, ("kind",), given["kind"]))
        known = {
            key: value
            for key, value in given.items()
            if key in _AUCTION and key not in ("kind", "eqsolve")
        }
        if "format" not in known or "values" not in known:
            return None
        try:
            auction = SingleItemAuction(**known)
        except InstanceError as error:
            self.faults += [
                Fault("auction", fault.rule, (fault.field, *fault.index), fault.value)
                for fault in error.faults
            ]
            return None
        return auction if len(self.faults) == before else None

    def whole(self, given: object, field: str, least: int) -> int | None:
        """Return a whole number of at least `least`."""
        item = getattr(given, "item", None)
        number = item() if callable(item) and getattr(given, "shape", None) == () else given
        if isinstance(number, int) and not isinstance(number, bool) and least <= number < 2**63:
            return number
        self.faults.append(Fault(field, f"must be a whole number >= {least}", value=given))
        return None

    def word(self, given: object, field: str, valid: tuple[str, ...]) -> object:
        """Return a word that must be one of a few."""
        if given not in valid:
            rule = f"unknown; {nearest_name(str(given), valid)}"
            self.faults.append(Fault(field, rule, value=given))
        return given

    def template(self, given: object) -> str:
        """Return the name of one of our texts, or a text."""
        if isinstance(given, str) and (given in TEMPLATES or "{{" in given or "\n" in given):
            return self._filled(given)
        if not isinstance(given, str | Path):
            rule = "must be the name of a text, a path or the text itself"
            self.faults.append(Fault("template", rule, value=given))
            return ""
        try:
            return self._filled(Path(given).read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "is not UTF-8 text"
            rule = f"no such text, and as a path it cannot be read ({why})"
            rule += f"; {nearest_name(str(given), TEMPLATES)}"
            self.faults.append(Fault("template", rule, value=str(given)))
            return ""

    def _filled(self, text: str) -> str:
        """Return a text whose fields are all known; note those that are not."""
        unknown = [name for name in fields_in(text) if name not in TEXT_FIELDS]
        self.faults += [
            Fault("template", f"unknown field; {nearest_name(name, TEXT_FIELDS)}", (name,))
            for name in unknown
        ]
        return text

    def types(
        self,
        values: object,
        commons: object,
        auction: SingleItemAuction | None,
        rounds: int | None,
        sessions: int | None,
    ) -> dict[str, NumberArray | None]:
        """Return given types and commons."""
        total = None if rounds is None or sessions is None else rounds * sessions
        if total is not None and total > MOST_ROUNDS:
            rule = f"sessions * rounds = {total}: must be at most {MOST_ROUNDS}"
            self.faults.append(Fault("rounds", rule))
        n = None if auction is None else auction.n_bidders
        table, shared = None, None
        if values is not None:
            given = plain_numbers(values)
            table = as_numbers(given, "values", (total, n), self.faults, signed=True)
        if commons is not None:
            given = plain_numbers(commons)
            shared = as_numbers(given, "commons", (total,), self.faults, signed=True)
            if values is None:
                rule = "only beside values: else they are drawn together"
                self.faults.append(Fault("commons", rule))
        if auction is not None:
            model = auction.values.model
            if values is not None and commons is None and model == "common":
                rule = "required beside values: what the prize was worth in each round"
                self.faults.append(Fault("commons", rule))
            if commons is not None and model == "private":
                self.faults.append(Fault("commons", "private values have nothing in common"))
        return {"values": table, "commons": shared}

    def rules(self, fields: Mapping[str, Any], given: object) -> None:
        """Check what fields must have to do with each other."""
        auction, seats = fields["auction"], fields["bidders"]
        if len(seats) != auction.n_bidders:
            rule = f"has {len(seats)} bidders, expected {auction.n_bidders}, one per seat"
            self.faults.append(Fault("bidders", rule))
        proxy = fields["proxy"]
        if proxy is not None and auction.format != "second_price":
            rule = "proxy bidding needs the format second_price"
            self.faults.append(Fault("auction", rule, ("format",), auction.format))
        if auction.bids is None and (proxy is not None or auction.format in CLOCKS):
            what = "proxy bidding" if proxy is not None else f"the clock of {auction.format}"
            rule = f"required: {what} moves in increments"
            self.faults.append(Fault("auction", rule, ("bids",)))
        if fields["draws"] == "python_random" and fields["values"] is None:
            self._integers(auction)
        for seat, bidder in enumerate(seats):
            self._fits(bidder, ("bidders", (seat,)), fields)

    def _integers(self, auction: SingleItemAuction) -> None:
        """Note priors that are no whole numbers, which ``randint`` cannot draw."""
        model = auction.values
        priors = [model.own(i) for i in range(auction.n_bidders)]
        if model.state is not None:
            priors.append(model.state)
        if not all(isinstance(prior, Integers) for prior in priors):
            rule = "python_random draws whole numbers: all priors must be integers"
            self.faults.append(Fault("draws", rule, value="python_random"))

    def _fits(
        self, bidder: Bidder, place: tuple[str, tuple[int | str, ...]], fields: Mapping[str, Any]
    ) -> None:
        """Note what a bidder needs and the auction does not have."""
        auction, (field, index) = fields["auction"], place
        if isinstance(bidder, Noisy):
            self._fits(bidder.of, (field, (*index, "of")), fields)
        why = _unfit(bidder, auction)
        if why:
            self.faults.append(Fault(field, why, index, bidder.rule))
        if isinstance(bidder, Fixed):
            rounds, total = fields["rounds"], fields["rounds"] * fields["sessions"]
            if len(bidder.bids) not in (rounds, total):
                rule = f"has {len(bidder.bids)} bids, expected {rounds}, one per round"
                rule += f", or {total}, one per round of all sessions" * (total != rounds)
                self.faults.append(Fault(field, rule, (*index, "bids")))


def _unfit(bidder: Bidder, auction: SingleItemAuction) -> str:
    """Return why a bidder by rule cannot bid in an auction, or empty text."""
    model = auction.values.model
    if isinstance(bidder, Random) and auction.bids is None:
        return "needs bids, the grid to draw from"
    if isinstance(bidder, LevelK | Quantal) and not auction.is_finite:
        return "needs finitely many types and bids: priors of points or integers, and bids"
    if isinstance(bidder, LevelK | Quantal) and not auction.values.is_symmetric:
        return "needs one prior for all bidders"
    if isinstance(bidder, Crra):
        if auction.sealed_format != "first_price" or model != "private":
            return "is known for first price and Dutch auctions with private values only"
        if not auction.values.is_symmetric:
            return "needs one prior for all bidders"
        prior = auction.values.own(0)
        if prior.finite and not (isinstance(prior, Integers) and prior.low < prior.high):
            return "needs a prior with a density, or several integers"
    if isinstance(bidder, LevelK | Quantal) and any(auction.risk):
        return "is known for bidders without risk aversion only"
    if isinstance(bidder, Cursed):
        if auction.format not in ("second_price", "english_blind") or model != "common":
            return "is known for second price and blind clocks with a common value only"
        if not isinstance(auction.values.state, Integers | Uniform):
            return "needs a common value that is uniform, or one of integers"
    return ""
