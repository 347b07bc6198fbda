"""What is known about a token auction once its text is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray, IntArray, read_only
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.input_arrays import as_numbers, require_whole
from eqsolve.core.schema import Field, array_schema, has_form
from eqsolve.core.shown import Shown
from eqsolve.families.token_auction.instance import TokenAuction

__all__ = ["CERTIFICATE_DATA", "SOLUTION_FIELDS", "Spoken", "TokenSolution"]

CERTIFICATE_DATA: Mapping[str, Mapping[str, Any]] = {}
"""Certificates hold no data: the verifier recomputes everything."""


def _array(text: str, depth: int, *, null: bool = False, integer: bool = False) -> dict[str, Any]:
    """Return the schema of an array of numbers of any sign; `null`: of entries and of the whole."""
    schema = array_schema(text, depth, null=null, integer=integer, minimum=None)
    return {**schema, "anyOf": [*schema["anyOf"], *([{"type": "null"}] if null else [])]}


_TRACE = {
    "description": "what models said that are not in the instance: [step][agent], null for others",
    "type": ["array", "null"],
    "items": {
        "type": "array",
        "items": {
            "type": ["object", "null"],
            "properties": {
                "tokens": {"type": "array", "items": {"type": "string"}},
                "probabilities": {"type": "array", "items": {"type": "number"}},
                "rest": {"type": "number"},
            },
        },
    },
}

SOLUTION_FIELDS = (
    Field("tokens", _array("numbers of the tokens of the text", 1, integer=True), required=True),
    Field("text", {"type": "string", "description": "the text"}, required=True),
    Field("draws", _array("uniform number behind each token", 1), required=True),
    Field("probabilities", _array("of the tokens drawn, by step", 1), required=True),
    Field("payments", _array("[step][agent], given the token", 2), required=True),
    Field(
        "payments_interval", _array("[step][agent][low, high] where not all is told", 3, null=True)
    ),
    Field("expected_payments", _array("[step][agent], before the draw", 2), required=True),
    Field("influence", _array("[step][agent], TV(q, q0)", 2), required=True),
    Field("divergence", _array("[step][agent], null: infinite", 2, null=True), required=True),
    Field("welfare", _array("[step]", 1, null=True), required=True),
    Field("totals", _array("payments of each agent", 1), required=True),
    Field("revenue", {"type": "number", "description": "sum of the totals"}, required=True),
    Field("expected_totals", _array("expected payments over all texts, by agent", 1, null=True)),
    Field("expectation", {"enum": ["exact", "sample", None]}),
    Field("expected_totals_interval", _array("[agent][low, high] at 95 %", 2, null=True)),
    Field("sampler", {"enum": ["inverse", "race", None]}),
    Field("seed", {"type": ["integer", "null"], "minimum": 0}),
    Field("aggregate", _array("of one step without a draw", 1, null=True)),
    Field("vocabulary", {"type": ["array", "null"], "items": {"type": "string"}}),
    Field("trace", _TRACE),
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Spoken(Shown):
    """What a model said in one step.

    Parameters
    ----------
    tokens : numbers of the tokens that it told, shape (k,).
    probabilities : of these, shape (k,).
    rest : probability of all others together.
    """

    tokens: IntArray
    probabilities: FloatArray
    rest: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TokenSolution(Shown):
    """A text, who moved it, and who pays what; arrays by step and agent.

    Parameters
    ----------
    tokens : shape (L,), numbers of the tokens; empty without a draw.
    text : the same as text.
    draws : shape (L,), the uniform number behind each token.
    probabilities : shape (L,), with which each was drawn.
    payments : shape (L, n), expected critical bid given the token, or the step's VCG payment.
    expected_payments : shape (K, n), before the draw; K = L, or 1 without a draw.
    influence : shape (K, n), TV(q, q0).
    divergence : shape (K, n), of agent and aggregate; may be infinite.
    welfare : shape (K,).
    totals, revenue : sums of `payments`.
    expected_totals : shape (n,), expected payments over all texts; or None.
    expectation : ``"exact"``, ``"sample"`` or None: what they rest on.
    expected_totals_interval : shape (n, 2), at 95 %, of a sample.
    sampler : ``"inverse"`` or ``"race"``: how tokens follow from draws; None without a draw.
    seed : of the draws; None without.
    aggregate : shape (T,), of one step without a draw; else None.
    payments_interval : shape (L, n, 2), where models told only a part.
    vocabulary : tokens, where the instance does not know them.
    trace : by step and agent what was said by models outside of the instance; or None.

    Examples
    --------
    >>> from eqsolve import TokenAuction, solve
    >>> solution = solve(TokenAuction([1, 1], [[0.5, 0.5], [1, 0]])).solution
    >>> solution.tokens.tolist(), solution.influence.tolist()
    ([0], [[0.25, 0.25]])
    """

    tokens: IntArray
    text: str
    draws: FloatArray
    probabilities: FloatArray
    payments: FloatArray
    expected_payments: FloatArray
    influence: FloatArray
    divergence: FloatArray
    welfare: FloatArray
    totals: FloatArray
    revenue: float
    expected_totals: FloatArray | None = None
    expectation: str | None = None
    expected_totals_interval: FloatArray | None = None
    sampler: str | None = "inverse"
    seed: int | None = 0
    aggregate: FloatArray | None = None
    payments_interval: FloatArray | None = None
    vocabulary: tuple[str, ...] | None = None
    trace: tuple[tuple[Spoken | None, ...], ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the family's fields of a solution file."""
        fields: dict[str, Any] = {}
        for field in SOLUTION_FIELDS:
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value = _finite(value)
            if isinstance(value, tuple) and field.name == "vocabulary":
                value = list(value)
            fields[field.name] = value
        if self.trace is not None:
            fields["trace"] = [
                [_written(part, self.vocabulary) for part in row] for row in self.trace
            ]
        return fields

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], auction: TokenAuction) -> TokenSolution:
        """Return the solution written by `to_dict`; whether it is right is for `verify` to say.

        Raises
        ------
        InstanceError : a field does not have the auction's shape, or a number is out of range.
        """
        return _Reader(document, auction).solution()


def _finite(array: Any) -> Any:
    """Return an array as lists, None for what is not finite."""
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return array.tolist()
    hidden: Any = np.where(np.isfinite(array), array.astype(object), None)
    return hidden.tolist()


def _written(spoken: Spoken | None, vocabulary: Sequence[str] | None) -> dict[str, Any] | None:
    """Return what a model said in the form of files."""
    if spoken is None or vocabulary is None:
        return None
    return {
        "tokens": [vocabulary[token] for token in spoken.tokens.tolist()],
        "probabilities": spoken.probabilities.tolist(),
        "rest": spoken.rest,
    }


class _Reader:
    """Reads the fields of one document; collects faults."""

    def __init__(self, document: Mapping[str, Any], auction: TokenAuction) -> None:
        self.document, self.auction = document, auction
        self.faults: list[Fault] = []

    def solution(self) -> TokenSolution:
        """Return the solution.

        Raises
        ------
        InstanceError : with every fault.
        """
        document, n = self.document, self.auction.n_agents
        vocabulary = self.words()
        size = self.auction.n_tokens or len(vocabulary or ())
        tokens = self.array("tokens", (None,))
        steps = 0 if tokens is None else len(tokens)
        if tokens is not None and require_whole(self.faults, "tokens", tokens):
            self.faults += [
                Fault("tokens", f"must be below {size}", (k,), token)
                for k, token in enumerate(tokens.tolist())
                if token >= size
            ]
        drawn = document.get("seed", 0) is not None
        rows = steps if drawn else 1
        for name in ("text", "seed", "expectation", "sampler", "revenue", "trace"):
            schema = next(field.schema for field in SOLUTION_FIELDS if field.name == name)
            value = document.get(name)
            enum = schema.get("enum")
            fits = value in enum if enum else has_form(value, schema)
            if name in document and not (fits and not isinstance(value, bool)):
                self.faults.append(Fault(name, "is not of its type", value=value))
        found = {
            "tokens": tokens,
            "draws": self.array("draws", (steps,)),
            "probabilities": self.array("probabilities", (steps,)),
            "payments": self.array("payments", (steps, n)),
            "expected_payments": self.array("expected_payments", (rows, n)),
            "influence": self.array("influence", (rows, n)),
            "divergence": self.array("divergence", (rows, n), empty=np.inf),
            "welfare": self.array("welfare", (rows,), empty=-np.inf),
            "totals": self.array("totals", (n,)),
            "expected_totals": self.array("expected_totals", (n,)),
            "expected_totals_interval": self.array("expected_totals_interval", (n, 2)),
            "aggregate": self.array("aggregate", (size,)),
            "payments_interval": self.array("payments_interval", (steps, n, 2)),
        }
        trace = None if self.faults else self.trace(vocabulary, steps)
        if self.faults:
            raise InstanceError(self.faults)
        arrays: dict[str, Any] = {
            key: value if value is None or key == "tokens" else read_only(value.astype(np.float64))
            for key, value in found.items()
        }
        return TokenSolution(
            **arrays,
            text=document["text"],
            revenue=document["revenue"],
            expectation=document.get("expectation"),
            sampler=document.get("sampler"),
            seed=document.get("seed"),
            vocabulary=vocabulary,
            trace=trace,
        )

    def array(self, name: str, shape: tuple[int | None, ...], *, empty: float | None = None) -> Any:
        """Return an array of one shape, None where the field is absent or at fault."""
        value = self.document.get(name)
        if value is None:
            return None
        if empty is not None and isinstance(value, list):
            value = _filled(value, empty)
            array = np.array(value, dtype=object)
            if array.shape != shape or not all(isinstance(x, int | float) for x in array.flat):
                self.faults.append(Fault(name, f"must hold numbers or null, of shape {shape}"))
                return None
            return array.astype(np.float64)
        if shape and shape[0] == 0 and value == []:
            return np.zeros([size or 0 for size in shape])
        return as_numbers(value, name, shape, self.faults, signed=True)

    def words(self) -> tuple[str, ...] | None:
        """Return the vocabulary of the file, if it has one."""
        value = self.document.get("vocabulary")
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(token, str) for token in value):
            self.faults.append(Fault("vocabulary", "must be a list of texts"))
            return None
        if self.auction.n_tokens and list(self.auction.vocabulary) != value:
            self.faults.append(Fault("vocabulary", "the instance has another", value=value[:1]))
        return tuple(value)

    def trace(
        self, vocabulary: tuple[str, ...] | None, steps: int
    ) -> tuple[tuple[Spoken | None, ...], ...] | None:
        """Return what models said, if it was recorded."""
        rows = self.document.get("trace")
        if rows is None:
            return None
        place = {token: k for k, token in enumerate(vocabulary or self.auction.vocabulary)}
        width = self.auction.n_speaking
        if len(rows) != steps or any(len(row) != width for row in rows):
            self.faults.append(Fault("trace", f"must have {steps} steps with {width} entries each"))
            return None
        found = []
        for k, row in enumerate(rows):
            entries: list[Spoken | None] = []
            for i, entry in enumerate(row):
                if entry is None:
                    entries.append(None)
                    continue
                names, numbers = entry.get("tokens", []), entry.get("probabilities", [])
                strange = [name for name in names if name not in place]
                if strange or len(names) != len(numbers) or len(set(names)) < len(names):
                    rule = "must name tokens of the vocabulary, each once, with a probability"
                    self.faults.append(Fault("trace", rule, (k, i), (strange or names)[:1]))
                    continue
                tokens = np.array([place[name] for name in names], dtype=np.int64)
                chances = np.array(numbers, dtype=np.float64)
                entries.append(Spoken(tokens, chances, float(entry.get("rest", 0.0))))
            found.append(tuple(entries))
        return tuple(found)


def _filled(value: Any, empty: float) -> Any:
    """Return nested lists with a number in the place of None."""
    if isinstance(value, list):
        return [_filled(part, empty) for part in value]
    return empty if value is None else value
