"""Collusion dynamics: sellers who ask the same model for a price, and retrain it on what they earn.

The model has a **propensity** theta in [0, 1] and an **output fidelity** rho in [1/2, 1]. In every
round it has a latent preference for high prices with probability theta, the same for all sellers;
each seller's price follows it with probability rho, independently, and is the opposite otherwise.
A seller with a high (low) price gets ``high[j]`` (``low[j]``) when j of the others price high.

The **advantage** D(theta) is the mean payoff given an own high price less that given a low one.
**Learning** moves the log-odds ``log(theta / (1 - theta))`` by ``rate * D`` at each update, D being
estimated from a **batch** of rounds; with large batches and small rates the log-odds follow
``dl/dt = D``. Ends 0 and 1 never move.

Numbers are the decimals that the user wrote: a fidelity of 0.85 is 17/20.

Source: Cao and Hu (2026), arXiv 2601.01279; more than two sellers and general payoffs: COL-4.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.bid_table import exact
from eqsolve.core.digits import EXACT, exact_float
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers, report_entries
from eqsolve.core.instance import Instance
from eqsolve.core.schema import check_names, take_object
from eqsolve.core.text import counted
from eqsolve.families.collusion_dynamics.regime import Regime, regime_of

if TYPE_CHECKING:
    from eqsolve.families.collusion_dynamics.solution import CollusionSolution

__all__ = ["ESTIMATORS", "FEEDBACKS", "Batch", "CollusionDynamics", "Rate", "exact_payoffs"]

FEEDBACKS = ("one", "all")
ESTIMATORS = ("means", "score")
_LARGEST = 1e100
"""Payoffs beyond would overflow in products."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one update looks at.

    Parameters
    ----------
    size : number of rounds.
    feedback : ``"one"`` seller's outcome a round, or that of ``"all"``.
    estimator : ``"means"``: mean payoff of high less that of low prices, no update where one of
        them is missing; ``"score"``: each payoff divided by the probability of its price (COL-7).
    """

    size: int
    feedback: str = "one"
    estimator: str = "means"


@dataclass(frozen=True, slots=True)
class Rate:
    """By how much an advantage of 1 moves the log-odds: ``initial / (t + offset) ** power``."""

    initial: float
    offset: float = 1.0
    power: float = 0.0

    @property
    def is_constant(self) -> bool:
        """Whether all updates have the same rate."""
        return self.power == 0

    def at(self, t: int) -> Fraction:
        """Return the rate of update t = 0, 1, ...; a power that is not whole is rounded once."""
        base = t + exact(self.offset)
        if float(self.power).is_integer():
            return exact(self.initial) / base ** int(self.power)
        return exact(self.initial) / Fraction(float(base) ** self.power)


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class CollusionDynamics(Instance["CollusionSolution"]):
    """A pricing model shared by n sellers, and how it learns.

    Parameters
    ----------
    fidelity : rho, in [1/2, 1].
    payoffs : ``{"ratio": r}`` with 1 < r < 2, the duopoly of the paper: high (0, r/2) and low
        (1 - r/2, 1); or ``{"high": [n numbers], "low": [n numbers]}``, by the number of others who
        price high, n >= 2.
    start : one propensity or several, in [0, 1].
    batch : ``{"size": b, "feedback": "one" | "all", "estimator": "means" | "score"}``, see
        `Batch`; None: only large batches are looked at, and rate, horizon and thresholds are not.
    rate : a number > 0, or ``{"initial", "offset" (1), "power" (1)}``, see `Rate`; needed with a
        batch.
    horizon : number of updates after which the propensity is looked at; None: until it first
        reaches a threshold.
    thresholds : ``{"competition": x, "collusion": y}``, x <= y. By default theta- / 10 and
        theta+ without a horizon, and theta- for both with one.
    name, labels, metadata : see `Instance`; the side is ``"sellers"``.

    Attributes
    ----------
    high, low : shape (n,), payoffs.
    ratio : of the shorthand, or None.
    start : shape (k,).
    regime : the phase line, see `Regime`.
    thresholds : competition and collusion as they are used, or None without a batch.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost O(n) operations with fractions. Source: Cao and Hu (2026).

    Examples
    --------
    >>> market = CollusionDynamics(0.85, {"ratio": 1.5}, 0.5)
    >>> market, market.regime.name
    (<CollusionDynamics: 2 sellers, fidelity 0.85, 1 start>, 'bistable')
    """

    kind: ClassVar[str] = "collusion_dynamics"

    fidelity: float
    ratio: float | None
    high: FloatArray
    low: FloatArray
    start: FloatArray
    batch: Batch | None
    rate: Rate | None
    horizon: int | None
    given_thresholds: tuple[float | None, float | None]
    thresholds: tuple[float, float] | None
    regime: Regime

    def __init__(
        self,
        fidelity: object,
        payoffs: object,
        start: object = 0.5,
        *,
        batch: object = None,
        rate: object = None,
        horizon: object = None,
        thresholds: object = None,
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        fields: dict[str, Any] = {
            "fidelity": _number(fidelity, "fidelity", faults, "in [1/2, 1]", 0.5, 1.0),
            "start": _starts(start, faults),
            "batch": _batch(batch, faults),
            "rate": _rate(rate, faults),
            "horizon": _horizon(horizon, faults),
            **_payoffs(payoffs, faults),
        }
        given = _thresholds(thresholds, faults)
        if batch is not None and rate is None:
            faults.append(Fault("rate", "a batch needs a rate, a number > 0"))
        if not faults:
            fields["given_thresholds"] = given
            fields["thresholds"] = None
            tables = _exact_tables(fields["ratio"], fields["high"], fields["low"])
            fields["regime"] = regime_of(*tables, exact(fields["fidelity"]))
            if batch is not None:
                fields["thresholds"] = _levels(fields, given, faults)
        self._settle(faults, name, labels, metadata, **fields)

    @property
    def n_sellers(self) -> int:
        """Number of sellers, n."""
        return len(self.high)

    @property
    def exact_fidelity(self) -> Fraction:
        """The fidelity as the decimal that was written."""
        return exact(self.fidelity)

    @property
    def exact_payoffs(self) -> tuple[list[Fraction], list[Fraction]]:
        """Payoffs of high and of low prices as the decimals that were written."""
        return _exact_tables(self.ratio, self.high, self.low)

    @property
    def exact_starts(self) -> list[Fraction]:
        """The starts as the decimals that were written."""
        return [exact(start) for start in self.start.tolist()]

    @property
    def scale(self) -> float:
        """The largest absolute payoff."""
        return float(max(np.abs(self.high).max(), np.abs(self.low).max()))

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers; the shorthand is the table that it stands for."""
        yield "fidelity", str(self.exact_fidelity)
        yield "payoffs", [[str(number) for number in table] for table in self.exact_payoffs]
        yield "start", self.start
        yield "batch", self.batch
        yield "rate", self.rate
        yield "horizon", self.horizon
        yield "thresholds", self.given_thresholds

    def side_sizes(self) -> Mapping[str, int]:
        """Return the number of sellers."""
        return {"sellers": self.n_sellers}

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        batch = f", batches of {self.batch.size}" if self.batch else ""
        starts = counted(len(self.start), "start")
        return (
            f"<CollusionDynamics{name}: {self.n_sellers} sellers, fidelity {self.fidelity:g}"
            f"{batch}, {starts}>"
        )


def exact_payoffs(payoffs: object) -> tuple[list[Fraction], list[Fraction]]:
    """Return the exact payoffs that the field ``payoffs`` of a file stands for.

    Raises
    ------
    InstanceError : with every fault.

    Examples
    --------
    >>> high, low = exact_payoffs({"ratio": 1.5})
    >>> [str(number) for number in high + low]
    ['0', '3/4', '1/4', '1']
    """
    faults: list[Fault] = []
    found = _payoffs(payoffs, faults)
    if faults:
        raise InstanceError(faults)
    return _exact_tables(found["ratio"], found["high"], found["low"])


def _exact_tables(
    ratio: float | None, high: FloatArray, low: FloatArray
) -> tuple[list[Fraction], list[Fraction]]:
    """Return payoffs as fractions; those of the shorthand from its ratio, which is not rounded."""
    if ratio is None:
        return [exact(x) for x in high.tolist()], [exact(x) for x in low.tolist()]
    half = exact(ratio) / 2
    return [Fraction(0), half], [1 - half, Fraction(1)]


def _number(
    value: object,
    field: str,
    faults: list[Fault],
    rule: str,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    index: tuple[str, ...] = (),
    open_low: bool = False,
) -> float | None:
    """Return a number in a range, or None after adding a fault."""
    number = exact_float(value)
    good = number is not None and math.isfinite(number) and low <= number <= high
    if not good or (open_low and number == low):
        faults.append(Fault(field, f"must be {rule}", index, value))
        return None
    return number + 0.0 if number is not None else None


def _payoffs(value: object, faults: list[Fault]) -> dict[str, Any]:
    """Return ratio, high and low, or nothing useful after adding faults."""
    if not isinstance(value, Mapping):
        rule = 'must be {"ratio": r}, or {"high": [...], "low": [...]}'
        faults.append(Fault("payoffs", rule, value=value))
        return {}
    if "ratio" in value:
        before = len(faults)
        check_names(value, {"ratio": True}, "payoffs", faults)
        ratio = _number(value["ratio"], "payoffs", faults, "in (1, 2)", 1, 2, index=("ratio",))
        if ratio in (1.0, 2.0):
            faults.append(Fault("payoffs", "must be in (1, 2)", ("ratio",), value["ratio"]))
        if ratio is None or len(faults) > before:
            return {}
        tables = _exact_tables(ratio, np.empty(0), np.empty(0))
        high, low = (read_only(np.array([float(x) for x in table])) for table in tables)
        return {"ratio": ratio, "high": high, "low": low}
    before = len(faults)
    check_names(value, {"high": True, "low": True}, "payoffs", faults)
    if len(faults) > before:
        return {}
    up, down = (_table(value[key], key, faults) for key in ("high", "low"))
    if up is None or down is None:
        return {}
    if len(up) != len(down):
        rule = f"has {len(down)} numbers, expected {len(up)} as in high: one for 0, 1, ... others"
        faults.append(Fault("payoffs", rule, ("low",)))
    elif len(up) < 2:
        rule = (
            f"has {len(up)} numbers, expected one for each number of others: two sellers at least"
        )
        faults.append(Fault("payoffs", rule, ("high",)))
    return {"ratio": None, "high": up, "low": down}


def _table(value: object, key: str, faults: list[Fault]) -> FloatArray | None:
    """Return payoffs as floats that lose no digit, or None after adding faults."""
    found: list[Fault] = []
    array = as_numbers(value, "payoffs", (None,), found, signed=True)
    if array is not None:
        wide = np.abs(array.astype(np.float64)) > _LARGEST
        report_entries(found, "payoffs", array, wide, f"must be at most {_LARGEST:g}")
        if array.dtype.kind == "i":
            rule = "a whole number beyond 2**53 would lose digits"
            report_entries(found, "payoffs", array, np.abs(array) > EXACT, rule)
    faults += [Fault("payoffs", f.rule, (key, *f.index), f.value) for f in found]
    return None if found or array is None else read_only(array.astype(np.float64))


def _starts(value: object, faults: list[Fault]) -> FloatArray | None:
    """Return starts as an array, or None after adding faults."""
    value = plain_numbers(value) if not isinstance(value, int | float) else value
    single = np.ndim(value) == 0 if isinstance(value, np.ndarray) else not isinstance(value, list)
    found: list[Fault] = []
    array = as_numbers([value] if single else value, "start", (None,), found, signed=True)
    if array is not None and not len(array):
        found.append(Fault("start", "must be a number in [0, 1], or a list of such"))
    if array is not None:
        outside = (array < 0) | (array > 1)
        report_entries(found, "start", array, outside, "must be in [0, 1]")
    faults += [Fault("start", f.rule, () if single else f.index, f.value) for f in found]
    return None if found or array is None else read_only(array.astype(np.float64) + 0.0)


def _batch(value: object, faults: list[Fault]) -> Batch | None:
    """Return a batch, or None after adding faults."""
    if value is None:
        return None
    names = {"size": True, "feedback": False, "estimator": False}
    taken = take_object({"batch": value}, "batch", names, faults)
    if taken is None:
        return None
    size = _whole(taken["size"], "batch", faults, ("size",))
    words = {}
    for key, choices in (("feedback", FEEDBACKS), ("estimator", ESTIMATORS)):
        words[key] = taken.get(key, choices[0])
        if words[key] not in choices:
            rule = f"must be {' or '.join(map(repr, choices))}"
            faults.append(Fault("batch", rule, (key,), words[key]))
    return None if size is None else Batch(size, **words)


def _whole(
    value: object, field: str, faults: list[Fault], index: tuple[str, ...] = ()
) -> int | None:
    """Return a whole number >= 1, or None after adding a fault."""
    number = exact_float(value)
    if number is None or not number.is_integer() or not 1 <= number <= EXACT:
        faults.append(Fault(field, "must be a whole number >= 1", index, value))
        return None
    return int(number)


def _rate(value: object, faults: list[Fault]) -> Rate | None:
    """Return a rate, or None after adding faults."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        rule = 'a finite number > 0, or {"initial", "offset", "power"}'
        number = _number(value, "rate", faults, rule, 0.0, open_low=True)
        return None if number is None else Rate(number)
    names = {"initial": True, "offset": False, "power": False}
    taken = take_object({"rate": value}, "rate", names, faults)
    if taken is None:
        return None
    rule = "finite and > 0"
    first = _number(taken["initial"], "rate", faults, rule, 0.0, index=("initial",), open_low=True)
    offset = _number(
        taken.get("offset", 1), "rate", faults, rule, 0.0, index=("offset",), open_low=True
    )
    power = _number(
        taken.get("power", 1), "rate", faults, "in [0, 10]", 0.0, 10.0, index=("power",)
    )
    if first is None or offset is None or power is None:
        return None
    return Rate(first, offset, power) if power else Rate(first)


def _horizon(value: object, faults: list[Fault]) -> int | None:
    """Return the number of updates, or None for first passage or after adding a fault."""
    return None if value is None else _whole(value, "horizon", faults)


def _thresholds(value: object, faults: list[Fault]) -> tuple[float | None, float | None]:
    """Return what is given of competition and collusion; adds faults."""
    if value is None:
        return None, None
    names = {"competition": False, "collusion": False}
    taken = take_object({"thresholds": value}, "thresholds", names, faults)
    if taken is None:
        return None, None
    found = {
        key: None
        if taken.get(key) is None
        else _number(taken[key], "thresholds", faults, "in [0, 1]", 0.0, 1.0, index=(key,))
        for key in names
    }
    low, high = found["competition"], found["collusion"]
    if low is not None and high is not None and low > high:
        rule = f"must be at most the threshold of collusion, {high:g}"
        faults.append(Fault("thresholds", rule, ("competition",), low))
    return low, high


def _levels(
    fields: Mapping[str, Any], given: tuple[float | None, float | None], faults: list[Fault]
) -> tuple[float, float] | None:
    """Return the thresholds that are used; adds faults where there is none to use (COL-9)."""
    regime: Regime = fields["regime"]
    before = len(faults)
    passage = fields["horizon"] is None
    if passage and not fields["rate"].is_constant:
        rule = "first passage needs a constant rate; give a horizon for a falling one"
        faults.append(Fault("rate", rule))
    middle = regime.unstable
    if passage:
        defaults = (None if middle is None else middle / 10, regime.collusive)
    else:
        defaults = (middle, middle)
    low, high = (
        default if own is None else own for own, default in zip(given, defaults, strict=True)
    )
    for level, key in ((low, "competition"), (high, "collusion")):
        if level is None:
            rule = (
                f"must be given: in the regime {regime.name!r} no rest point is its default, "
                "which is theta+ for collusion in a first passage and else comes from theta-"
            )
            faults.append(Fault("thresholds", rule, (key,)))
        elif passage and not 0 < level < 1:
            rule = "must be in (0, 1): no other propensity is reached"
            faults.append(Fault("thresholds", rule, (key,), level))
    if len(faults) > before or low is None or high is None:
        return None
    if low > high:
        rule = f"{low:g} for competition is above {high:g} for collusion"
        faults.append(Fault("thresholds", rule))
        return None
    return low, high
