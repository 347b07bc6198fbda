"""Token auctions: agents with a language model each bid for the next word of a common text.

There are T tokens and n agents; given the text so far, agent i's model is a distribution p_i over
the next token, and b_i >= 0 is its bid, fixed for the whole text. In each step the **aggregate** q
is the mixture ``sum b_i p_i / sum b`` (linear) or the normalized ``prod p_i ** (b_i / sum b)``
(log-linear, over the agents with a positive bid); the next token is drawn from q, and each agent
pays for what its presence moved. With ``q0`` the aggregate without agent i and B the others' bids:

- its **influence** is the total variation ``TV(q, q0)``;
- the **second price** charges the bid at which its presence changed the token, if it did (TOK-6);
- **VCG** charges what its presence costs the others in divergence (TOK-10).

A **reserve** is a model and a bid of the platform's own: it counts among the others and pays
nothing. Whom nobody stands against (B = 0) pays nothing.

An auction holds either one distribution per agent, a single step, or one model per agent, from
which texts of up to `length` tokens are drawn. With **posterior** weights agent j enters a step
with ``b_j p_j(text so far)`` instead of ``b_j`` (TOK-11).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.arrays import FloatArray, IntArray, NumberArray
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import as_numbers
from eqsolve.core.instance import Instance
from eqsolve.core.named_sides import NamedSides
from eqsolve.core.schema import check_names
from eqsolve.families.token_auction.instance.models import (
    Endpoint,
    LanguageModel,
    Markov,
    NGram,
    Place,
    Prompt,
    checked_distributions,
    checked_prompt,
    read_model,
)
from eqsolve.families.token_auction.instance.units import (
    numbered,
    units_of,
    vocabulary_of,
    written_in_characters,
)

if TYPE_CHECKING:
    from eqsolve.families.token_auction.solution import TokenSolution

__all__ = ["TokenAuction"]

AGGREGATIONS = ("linear", "log_linear")
PAYMENTS = ("second_price", "vcg", "none")
WEIGHTS = ("fixed", "posterior")


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class TokenAuction(Instance["TokenSolution"]):
    """Agents that bid for the next token of a text.

    Parameters
    ----------
    bids : n numbers >= 0; with the reserve's not all 0.
    distributions : n x T, rows with the sum 1 within 1e-9: one step. Or:
    models : n models, see `LanguageModel`, as objects of the form that files have.
    vocabulary : the T tokens as text; required beside Markov models, derived from the texts of
        n-gram models, otherwise that of the models' tokenizer.
    reserve : ``{"bid": b, "distribution": [T]}`` or ``{"bid": b, "model": ...}``.
    aggregation : ``"linear"`` or ``"log_linear"``.
    payment : ``"second_price"`` (linear only), ``"vcg"`` or ``"none"``.
    length : tokens to generate.
    stop : a token, or its number, that ends the text.
    prompt : text, or numbers of tokens, before the generated text.
    weights : ``"fixed"`` or ``"posterior"``.
    name, labels, metadata : see `Instance`; the sides are ``"agents"`` and ``"tokens"``.

    Attributes
    ----------
    distributions : shape (n, T), or None.
    models : tuple of `LanguageModel`, empty beside distributions.
    vocabulary : empty where the instance does not know it.
    reserve_bid, reserve_distribution, reserve_model : 0 and None where there is no reserve.

    Raises
    ------
    InstanceError : with every fault found.

    Notes
    -----
    Cost: O(n T), and O(size of the texts). Source: Duetting, Mirrokni, Paes Leme, Xu and Zuo
    (2024), Mechanism design for large language models.

    Examples
    --------
    >>> TokenAuction([1, 2, 2], [[0.8, 0.2], [1, 0], [0, 1]])
    <TokenAuction: 3 agents, 2 tokens>
    """

    kind: ClassVar[str] = "token_auction"
    axes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "distributions": ("agents", "tokens"),
        "bids": ("agents",),
    }

    bids: NumberArray
    distributions: FloatArray | None
    models: tuple[LanguageModel, ...]
    vocabulary: tuple[str, ...]
    reserve_bid: int | float
    reserve_distribution: FloatArray | None
    reserve_model: LanguageModel | None
    aggregation: str
    payment: str
    length: int
    stop: str | int | None
    prompt: Prompt
    weights: str

    def __init__(
        self,
        bids: object,
        distributions: object = None,
        *,
        models: object = None,
        vocabulary: object = None,
        reserve: object = None,
        aggregation: object = "linear",
        payment: object = "second_price",
        length: object = 1,
        stop: object = None,
        prompt: object = "",
        weights: object = "fixed",
        name: str = "",
        labels: Mapping[str, Iterable[str]] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        faults: list[Fault] = []
        reader = _Reader(faults)
        sides = NamedSides(faults, labels)
        distributions = sides.read(distributions, "distributions", "agents", "tokens")
        bids = sides.read(bids, "bids", "agents")
        labels = sides.labels(labels)
        amounts = as_numbers(plain_numbers(bids), "bids", (None,), faults)
        table, listed = reader.agents(distributions, models, amounts)
        held = reader.reserve(reserve, table is not None or distributions is not None)
        everybody = [*listed, *([held["reserve_model"]] if held["reserve_model"] else [])]
        tokens = reader.vocabulary(vocabulary, table, everybody, held["reserve_distribution"])
        reader.bids(amounts, held["reserve_bid"])
        fields: dict[str, Any] = {
            "bids": amounts,
            "distributions": table,
            "models": tuple(listed),
            "vocabulary": tokens,
            **held,
            "aggregation": reader.word(aggregation, "aggregation", AGGREGATIONS),
            "payment": reader.word(payment, "payment", PAYMENTS),
            "length": reader.length(length, distributions is not None),
            "stop": stop.item() if isinstance(stop, np.generic) else stop,
            "prompt": reader.prompt(prompt, distributions is not None),
            "weights": reader.word(weights, "weights", WEIGHTS),
        }
        reader.rules(fields, everybody)
        if not faults:
            reader.tokens(fields, everybody)
        self._settle(faults, name, labels, metadata, **fields)

    @property
    def n_agents(self) -> int:
        """Number of agents, n; the reserve is none."""
        return len(self.bids)

    @property
    def n_tokens(self) -> int:
        """Number of tokens, T; 0 where the instance does not know its models' vocabulary."""
        return len(self.vocabulary) if self.distributions is None else self.distributions.shape[1]

    @property
    def has_reserve(self) -> bool:
        """Whether the platform has a model of its own."""
        return self.reserve_distribution is not None or self.reserve_model is not None

    @property
    def speaking(self) -> tuple[LanguageModel, ...]:
        """The models of all that are heard: the agents', then the reserve's."""
        return (*self.models, *([self.reserve_model] if self.reserve_model else []))

    @property
    def n_speaking(self) -> int:
        """Number of distributions that enter an aggregate."""
        return self.n_agents + self.has_reserve

    @property
    def is_partial(self) -> bool:
        """Whether models tell their likeliest tokens only; then all of them do."""
        return any(model.is_partial for model in self.speaking)

    @property
    def asks_models(self) -> bool:
        """Whether models answer behind addresses, which tell their likeliest tokens only."""
        return self.is_partial

    @property
    def all_bids(self) -> FloatArray:
        """The bids of all that are heard as floats, the reserve's last."""
        bids = self.bids.astype(np.float64)
        return np.append(bids, float(self.reserve_bid)) if self.has_reserve else bids

    @property
    def all_distributions(self) -> FloatArray | None:
        """The distributions of one step, the reserve's last; None where there are models."""
        if self.distributions is None or self.reserve_distribution is None:
            return self.distributions
        return np.vstack([self.distributions, self.reserve_distribution])

    @property
    def unit(self) -> str:
        """What a prompt is cut into: ``"char"`` or ``"word"``."""
        for model in self.speaking:
            if isinstance(model.source, NGram):
                return model.source.unit
        return "char" if written_in_characters(self.vocabulary) else "word"

    @property
    def stop_token(self) -> int:
        """Number of the token that ends the text, -1 where there is none."""
        if isinstance(self.stop, str):
            return self.vocabulary.index(self.stop)
        return -1 if self.stop is None else self.stop

    def context(self, speaker: int) -> IntArray:
        """Return the tokens before the text, as agent or reserve number `speaker` sees them.

        Its own prompt, then the shared one; -1 for what no text holds.
        """
        parts = [self.speaking[speaker].prompt, self.prompt]
        return np.concatenate([self._numbers(part) for part in parts])

    def _numbers(self, prompt: Prompt) -> IntArray:
        """Return a prompt as numbers."""
        if isinstance(prompt, str):
            return numbered(units_of(prompt, self.unit), self.vocabulary)
        return np.array(prompt, dtype=np.int64)

    def content(self) -> Iterable[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "bids", self.bids
        yield "distributions", self.distributions
        for model in self.models:
            yield from model.content()
        yield "vocabulary", self.vocabulary
        yield "reserve_bid", float(self.reserve_bid)
        yield "reserve_distribution", self.reserve_distribution
        if self.reserve_model is not None:
            yield from self.reserve_model.content()
        for key in ("aggregation", "payment", "length", "stop", "prompt", "weights"):
            yield key, getattr(self, key)

    def side_sizes(self) -> Mapping[str, int]:
        """Return the numbers of agents and, where it is known, of tokens."""
        sizes = {"agents": self.n_agents}
        return sizes | ({"tokens": self.n_tokens} if self.n_tokens else {})

    def speaker(self, number: int) -> str:
        """Return the name of one that is heard: an agent's label, or that it is the reserve."""
        return self.label("agents", number) if number < self.n_agents else "the reserve"

    def place(self, speaker: int) -> tuple[str, tuple[int | str, ...]]:
        """Return the field, and where in it the model of one that is heard stands."""
        return ("models", (speaker,)) if speaker < self.n_agents else ("reserve", ("model",))

    def token(self, number: int) -> str:
        """Return a token as text, ``"token 3"`` where there is none."""
        if number < len(self.vocabulary):
            return self.vocabulary[number]
        return self.label("tokens", number)


class _Reader:
    """Turns what the user passed into fields; collects faults."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults

    def agents(
        self, distributions: object, models: object, bids: NumberArray | None
    ) -> tuple[FloatArray | None, list[LanguageModel]]:
        """Return the distributions, or the models, as many as bids."""
        if (distributions is None) == (models is None):
            which = "both are given" if models is not None else "one of them is required"
            rule = f"exactly one of distributions and models: {which}"
            self.faults.append(Fault("distributions", rule))
            return None, []
        n = None if bids is None else len(bids)
        if distributions is not None:
            given = plain_numbers(distributions)
            return checked_distributions(given, "distributions", (n, None), self.faults), []
        if isinstance(models, Mapping | str) or not isinstance(models, Iterable):
            self.faults.append(Fault("models", "must be a list of models", value=models))
            return None, []
        listed = list(models)
        if n is not None and len(listed) != n:
            rule = f"has {len(listed)} models, expected {n}, one for each bid"
            self.faults.append(Fault("models", rule))
        found = [read_model(part, "models", (k,), self.faults) for k, part in enumerate(listed)]
        return None, [model for model in found if model is not None]

    def reserve(self, value: object, one_step: bool) -> dict[str, Any]:
        """Return the fields of the reserve."""
        nothing = {"reserve_bid": 0, "reserve_distribution": None, "reserve_model": None}
        if value is None:
            return nothing
        if not isinstance(value, Mapping):
            rule = "must be an object with bid and distribution or model"
            self.faults.append(Fault("reserve", rule, value=value))
            return nothing
        found: list[Fault] = []
        check_names(value, {"bid": True, "distribution": False, "model": False}, "", found)
        self.faults += [Fault("reserve", fault.rule, (fault.field,)) for fault in found]
        wanted, other = ("distribution", "model") if one_step else ("model", "distribution")
        if wanted not in value or other in value:
            rule = f"must have a {wanted} and no {other}, as the agents have"
            self.faults.append(Fault("reserve", rule))
            return nothing
        found = []
        bid = as_numbers([value.get("bid", 0)], "bid", (1,), found)
        row = None
        if one_step:
            row = checked_distributions(value["distribution"], "distribution", (None,), found)
        for fault in found:
            index = fault.index[1:] if fault.field == "bid" else fault.index
            self.faults.append(Fault("reserve", fault.rule, (fault.field, *index), fault.value))
        model = None
        if not one_step:
            model = read_model(value["model"], "reserve", ("model",), self.faults)
        return {
            "reserve_bid": 0 if bid is None else bid[0].item(),
            "reserve_distribution": row,
            "reserve_model": model,
        }

    def bids(self, bids: NumberArray | None, reserve: int | float) -> None:
        """Add a fault unless somebody bids."""
        if bids is None:
            return
        if not len(bids):
            self.faults.append(Fault("bids", "must hold at least one bid"))
        elif not bids.any() and not reserve:
            self.faults.append(Fault("bids", "must not all be 0: nobody would be heard"))

    def vocabulary(
        self,
        value: object,
        table: FloatArray | None,
        models: list[LanguageModel],
        reserve: FloatArray | None,
    ) -> tuple[str, ...]:
        """Return the vocabulary, given or derived, after checking that all share it."""
        if table is not None and reserve is not None and table.shape[1] != len(reserve):
            rule = f"has length {len(reserve)}, expected {table.shape[1]} as the agents' have"
            self.faults.append(Fault("reserve", rule, ("distribution",)))
        if value is None:
            return self._derived(models)
        if not isinstance(value, list | tuple | np.ndarray):
            self.faults.append(Fault("vocabulary", "must be a list of texts", value=value))
            return ()
        tokens = tuple(part.item() if isinstance(part, np.generic) else part for part in value)
        seen: set[object] = set()
        for k, token in enumerate(tokens):
            if not isinstance(token, str):
                self.faults.append(Fault("vocabulary", "must be text", (k,), token))
            elif token in seen:
                self.faults.append(Fault("vocabulary", "stands twice", (k,), token))
            seen.add(token if isinstance(token, str) else k)
        if table is not None and len(tokens) != table.shape[1]:
            rule = f"has {len(tokens)} tokens, the distributions {table.shape[1]}"
            self.faults.append(Fault("vocabulary", rule))
        for k, model in enumerate(models):
            self._fits(k, model, tokens)
        return tokens if all(isinstance(token, str) for token in tokens) else ()

    def _derived(self, models: list[LanguageModel]) -> tuple[str, ...]:
        """Return the vocabulary of the texts of n-gram models."""
        texts = [model.source for model in models if isinstance(model.source, NGram)]
        units = {source.unit for source in texts}
        if len(units) > 1:
            first = {source.unit: k for k, source in reversed(list(enumerate(texts)))}
            rule = (
                f"agents {first['char']} and {first['word']} share no vocabulary: one counts "
                "characters, the other words"
            )
            self.faults.append(Fault("models", rule))
            return ()
        if any(isinstance(model.source, Markov) for model in models):
            self.faults.append(Fault("vocabulary", "required beside Markov models"))
            return ()
        return vocabulary_of((source.text for source in texts), units.pop()) if units else ()

    def _fits(self, k: int, model: LanguageModel, tokens: tuple[Any, ...]) -> None:
        """Add faults where a model does not speak in a vocabulary that is given."""
        source = model.source
        if isinstance(source, Markov) and len(source.start) != len(tokens):
            rule = f"has {len(source.start)} tokens, the vocabulary {len(tokens)}"
            self.faults.append(Fault("models", rule, (k, "markov")))
        if isinstance(source, NGram):
            missing = sorted(set(units_of(source.text, source.unit)).difference(tokens))
            if missing:
                rule = f"{missing[0]!r} is not in the vocabulary ({len(missing)} such units)"
                self.faults.append(Fault("models", rule, (k, "ngram", "text")))

    def word(self, value: object, field: str, words: tuple[str, ...]) -> object:
        """Return a word after checking it."""
        if value not in words:
            self.faults.append(Fault(field, f"must be one of {', '.join(words)}", value=value))
        return value

    def length(self, value: object, one_step: bool) -> object:
        """Return the number of tokens to generate."""
        if isinstance(value, np.integer):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**31:
            self.faults.append(Fault("length", "must be a whole number >= 1", value=value))
        elif one_step and value > 1:
            rule = "must be 1 beside distributions, which are one step; models generate texts"
            self.faults.append(Fault("length", rule, value=value))
        return value

    def prompt(self, value: object, one_step: bool) -> Prompt:
        """Return the shared prompt."""
        found = checked_prompt(value, Place(""), self.faults)
        if one_step and found:
            rule = "goes with models; distributions are those of the text so far already"
            self.faults.append(Fault("prompt", rule, value=found))
        return found

    def rules(self, fields: Mapping[str, Any], models: list[LanguageModel]) -> None:
        """Add faults of combinations that mean nothing."""
        log_linear = fields["aggregation"] == "log_linear"
        if log_linear and fields["payment"] == "second_price":
            rule = (
                "needs linear aggregation: under log_linear a higher bid may move the text away "
                'from the bidder (TOK-3), so that no critical bids exist; use "vcg", or linear'
            )
            self.faults.append(Fault("payment", rule, value="second_price"))
        if log_linear and fields["weights"] == "posterior":
            rule = "goes with linear aggregation: it is the mixture of whole texts (TOK-11)"
            self.faults.append(Fault("weights", rule, value="posterior"))
        distant = [k for k, model in enumerate(models) if isinstance(model.source, Endpoint)]
        if distant:
            self._partial(fields, models, distant)

    def _partial(
        self, fields: Mapping[str, Any], models: list[LanguageModel], distant: list[int]
    ) -> None:
        """Add faults of what does not go with models that tell their likeliest tokens only."""
        at = ("models", (distant[0], "endpoint"))
        log_linear = fields["aggregation"] == "log_linear"
        for k in distant:
            if models[k].temperature != 1:
                rule = "must be 1 beside an endpoint, which does not tell all probabilities"
                self.faults.append(Fault("models", rule, (k, "temperature"), models[k].temperature))
            if not isinstance(models[k].prompt, str):
                rule = "must be text beside an endpoint, whose tokens have no numbers here"
                self.faults.append(Fault("models", rule, (k, "prompt")))
        for name in ("prompt", "stop"):
            if not isinstance(fields[name], str | None):
                rule = "must be text beside endpoints, whose tokens have no numbers here"
                self.faults.append(Fault(name, rule, value=fields[name]))
        if len(distant) < len(models):
            near = next(k for k in range(len(models)) if k not in distant)
            rule = f"agents {near} and {distant[0]} share no vocabulary: an endpoint has its own"
            self.faults.append(Fault(at[0], rule, at[1]))
        whole = (log_linear, "log_linear"), (fields["payment"] == "vcg", "vcg"), (
            fields["weights"] == "posterior", "posterior",
        )  # fmt: skip
        for needed, word in whole:
            if needed:
                rule = (
                    f"tells its likeliest tokens only, {word} needs whole distributions: "
                    "use linear aggregation, second_price and fixed weights"
                )
                self.faults.append(Fault(at[0], rule, at[1]))

    def tokens(self, fields: Mapping[str, Any], models: list[LanguageModel]) -> None:
        """Add faults of tokens that are named: the stop and those of prompts; and of supports."""
        vocabulary, table = fields["vocabulary"], fields["distributions"]
        size = len(vocabulary) if table is None else table.shape[1]
        stop = fields["stop"]
        whole = isinstance(stop, int) and not isinstance(stop, bool)
        if stop is not None and not (isinstance(stop, str) or whole):
            self.faults.append(Fault("stop", "must be a token or its number", value=stop))
        elif isinstance(stop, str) and stop not in vocabulary and (vocabulary or table is not None):
            self.faults.append(Fault("stop", "is not in the vocabulary", value=stop))
        elif whole and size and not 0 <= stop < size:
            self.faults.append(Fault("stop", f"must be from 0 to {size - 1}", value=stop))
        unit = "char" if written_in_characters(vocabulary) else "word"
        prompts: list[tuple[str, tuple[Any, ...], Prompt]] = [("prompt", (), fields["prompt"])]
        prompts += [("models", (k, "prompt"), model.prompt) for k, model in enumerate(models)]
        for field, index, prompt in prompts:
            if size and not isinstance(prompt, str):
                self.faults += [
                    Fault(field, f"must be below {size}", (*index, k), number)
                    for k, number in enumerate(prompt)
                    if number >= size
                ]
            chains = models if field == "prompt" else models[index[0] : index[0] + 1]
            if isinstance(prompt, str) and any(isinstance(m.source, Markov) for m in chains):
                strange = sorted(set(units_of(prompt, unit)).difference(vocabulary))
                if strange and not any(isinstance(m.source, NGram) for m in models):
                    rule = f"{strange[0]!r} is not in the vocabulary"
                    self.faults.append(Fault(field, rule, index, prompt))
        if table is not None and fields["aggregation"] == "log_linear":
            self._support(fields)

    def _support(self, fields: Mapping[str, Any]) -> None:
        """Add a fault where no token is allowed by all who bid."""
        bidding = np.flatnonzero(fields["bids"] > 0)
        allowed = (fields["distributions"][bidding] > 0).all(axis=0)
        names = [f"agents {', '.join(map(str, bidding.tolist()))}"]
        if fields["reserve_bid"] > 0:
            allowed &= fields["reserve_distribution"] > 0
            names.append("the reserve")
        if not allowed.any():
            rule = (
                f"log_linear needs a token that all bidders allow; {' and '.join(names)} share none"
            )
            self.faults.append(Fault("distributions", rule))
