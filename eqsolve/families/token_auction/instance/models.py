"""Language models as an instance describes them: what they are, not how they are run.

Each is exactly one of five: a Markov chain given by its numbers, an n-gram model given by its text,
or a model that lies elsewhere (weights of a character network, a `transformers` model, an
endpoint), of which the instance holds the name only. A model may have a `prompt` of its own, which
stands before the shared one, and a `temperature`: its distributions are ``p ** (1 / temperature)``,
divided by their sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from eqsolve.core.arrays import FloatArray, read_only
from eqsolve.core.errors import Fault
from eqsolve.core.input_arrays import as_numbers, report_entries
from eqsolve.core.schema import check_names
from eqsolve.endpoints.address import ADDRESS_FIELDS, Address, read_address
from eqsolve.endpoints.request import CHAT, COMPLETIONS
from eqsolve.families.token_auction.instance.units import units_of

__all__ = [
    "CharRNN",
    "Endpoint",
    "LanguageModel",
    "Markov",
    "NGram",
    "Place",
    "Prompt",
    "Transformers",
    "checked_distributions",
    "checked_prompt",
    "read_model",
]

SUM = 1e-9
"""How far the sum of a distribution may lie from 1."""

Prompt = str | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Markov:
    """The next token given the last: `start` (T,) where there is none, `next` (T, T) else."""

    word: ClassVar[str] = "markov"
    start: FloatArray
    next: FloatArray

    def content(self) -> Iterator[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "start", self.start
        yield "next", self.next


@dataclass(frozen=True, slots=True)
class NGram:
    """Witten-Bell counts of contexts of up to ``order - 1`` units of a text.

    Parameters
    ----------
    text : the text.
    order : >= 1; contexts are shorter.
    unit : ``"char"`` or ``"word"``.
    """

    word: ClassVar[str] = "ngram"
    text: str
    order: int
    unit: str

    def content(self) -> Iterator[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "text", self.text
        yield "order", self.order
        yield "unit", self.unit


@dataclass(frozen=True, slots=True)
class CharRNN:
    """A character network: a file of weights (HDF5) and one of its symbols (JSON)."""

    word: ClassVar[str] = "char_rnn"
    weights: Path
    vocabulary: Path

    def content(self) -> Iterator[tuple[str, object]]:
        """Yield what the digest covers: the names, since the files may be elsewhere."""
        yield "weights", self.weights.name
        yield "vocabulary", self.vocabulary.name


@dataclass(frozen=True, slots=True)
class Transformers:
    """A causal model that `transformers` loads from a folder or by name."""

    word: ClassVar[str] = "transformers"
    name: str

    def content(self) -> Iterator[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "name", self.name


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model behind an OpenAI-compatible address, of which the `top` likeliest tokens are told.

    Parameters
    ----------
    url : as it was given; it may end with the way of asking, ``/completions`` or
        ``/chat/completions``.
    model : its name there.
    top : how many tokens are asked for.
    address : where it answers, the variable with its key, and its prices.
    path : the way of asking below the address; empty where `url` does not say.
    """

    word: ClassVar[str] = "endpoint"
    url: str
    model: str
    top: int
    address: Address
    path: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the form in files."""
        fields = {"url": self.url, "model": self.model, "top": self.top}
        default = Address(self.address.url)
        given = {name: getattr(self.address, name) for name in ADDRESS_FIELDS}
        return {**fields, **{k: v for k, v in given.items() if v != getattr(default, k)}}

    def content(self) -> Iterator[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "url", self.url
        yield "model", self.model
        yield "top", self.top


Source = Markov | NGram | CharRNN | Transformers | Endpoint


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """One agent's model: where it comes from, its own prompt and its temperature."""

    source: Source
    prompt: Prompt
    temperature: float

    @property
    def is_known(self) -> bool:
        """Whether the instance holds the model itself and not only its name."""
        return isinstance(self.source, Markov | NGram)

    @property
    def has_window(self) -> bool:
        """Whether only the last tokens count, so that many texts are drawn at once."""
        return isinstance(self.source, Markov | NGram | CharRNN)

    @property
    def is_partial(self) -> bool:
        """Whether it tells its likeliest tokens only."""
        return isinstance(self.source, Endpoint)

    def content(self) -> Iterator[tuple[str, object]]:
        """Yield what the digest covers."""
        yield "kind", self.source.word
        yield from self.source.content()
        yield "prompt", self.prompt
        yield "temperature", self.temperature

    def to_dict(self) -> dict[str, Any]:
        """Return the form in files."""
        source = self.source
        fields: dict[str, Any]
        if isinstance(source, Markov):
            fields = {"markov": {"start": source.start.tolist(), "next": source.next.tolist()}}
        elif isinstance(source, NGram):
            fields = {"ngram": {"text": source.text, "order": source.order, "unit": source.unit}}
        elif isinstance(source, CharRNN):
            files = {"weights": source.weights, "vocabulary": source.vocabulary}
            fields = {"char_rnn": {key: {"file": path.name} for key, path in files.items()}}
        elif isinstance(source, Transformers):
            fields = {"transformers": source.name}
        else:
            fields = {"endpoint": source.to_dict()}
        if self.prompt:
            fields["prompt"] = self.prompt if isinstance(self.prompt, str) else list(self.prompt)
        if self.temperature != 1:
            fields["temperature"] = self.temperature
        return fields


def checked_distributions(
    value: object, field: str, shape: tuple[int | None, ...], faults: list[Fault]
) -> FloatArray | None:
    """Return distributions along the last axis as they are given, or None after adding faults."""
    table = as_numbers(value, field, shape, faults)
    if table is None:
        return None
    sums = table.sum(axis=-1, dtype=np.float64)
    wrong = ~(np.abs(sums - 1) <= SUM)
    if not table.shape[-1] or wrong.any():
        rule = "must have the sum 1 (within 1e-9)"
        if wrong.ndim:
            report_entries(faults, field, sums, wrong, f"the sum of the row {rule}")
        else:
            faults.append(Fault(field, rule, value=float(sums)))
        return None
    return read_only(table.astype(np.float64))


def checked_prompt(value: object, place: Place, faults: list[Fault]) -> Prompt:
    """Return a prompt: text, or numbers of tokens; adds faults."""
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | np.ndarray):
        numbers = [part.item() if isinstance(part, np.generic) else part for part in value]
        wrong = [
            place.fault("must be a token's number >= 0", "prompt", k, value=part)
            for k, part in enumerate(numbers)
            if isinstance(part, bool) or not isinstance(part, int) or part < 0
        ]
        faults.extend(wrong)
        return () if wrong else tuple(numbers)
    faults.append(place.fault("must be text or a list of token numbers", "prompt", value=value))
    return ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an instance something stands: a field and what leads further."""

    field: str
    index: tuple[int | str, ...] = ()

    def fault(self, rule: str, *more: int | str, value: object = None) -> Fault:
        """Return a fault here or further down."""
        index = (*self.index, *more)
        if not self.field:
            return Fault(str(index[0]), rule, index[1:], value)
        return Fault(self.field, rule, index, value)

    def of(self, faults: list[Fault], *more: int | str) -> list[Fault]:
        """Return faults of a part as faults of the whole."""
        return [self.fault(fault.rule, *more, *fault.index, value=fault.value) for fault in faults]


def read_model(
    value: object, field: str, index: tuple[int | str, ...], faults: list[Fault]
) -> LanguageModel | None:
    """Return the model that a file or a caller describes, or None after adding faults.

    Parameters
    ----------
    value : an object as in files; texts and file names may also be paths.
    field, index : where it stands, for messages.
    faults : faults are appended here.
    """
    place = Place(field, index)
    if isinstance(value, LanguageModel):
        return value
    if not isinstance(value, Mapping):
        faults.append(place.fault(f"must be an object with one of {', '.join(_READERS)}"))
        return None
    before = len(faults)
    found: list[Fault] = []
    check_names(value, dict.fromkeys((*_READERS, "prompt", "temperature"), False), "", found)
    faults.extend(place.fault(fault.rule, fault.field) for fault in found)
    given = [word for word in _READERS if word in value]
    if len(given) != 1:
        which = " and ".join(given) or "none"
        faults.append(place.fault(f"must have exactly one of {', '.join(_READERS)}, has {which}"))
    prompt = checked_prompt(value.get("prompt", ""), place, faults)
    warmth = value.get("temperature", 1)
    if isinstance(warmth, np.generic):
        warmth = warmth.item()
    number = isinstance(warmth, int | float) and not isinstance(warmth, bool)
    if not (number and 0 < warmth < float("inf")):
        faults.append(place.fault("must be > 0 and finite", "temperature", value=warmth))
    source = None
    if len(given) == 1:
        word = given[0]
        source = _READERS[word](value[word], Place(field, (*index, word)), faults)
    if source is None or len(faults) > before:
        return None
    return LanguageModel(source, prompt, float(warmth))


def _parts(
    value: object, names: Mapping[str, bool], place: Place, faults: list[Fault]
) -> Mapping[str, Any] | None:
    """Return an object with known names only, or None after adding faults."""
    if not isinstance(value, Mapping):
        faults.append(place.fault(f"must be an object with {', '.join(names)}", value=value))
        return None
    found: list[Fault] = []
    check_names(value, names, "", found)
    faults.extend(place.fault(fault.rule, fault.field) for fault in found)
    return None if found else value


def _markov(value: object, place: Place, faults: list[Fault]) -> Markov | None:
    parts = _parts(value, {"start": True, "next": True}, place, faults)
    if parts is None:
        return None
    found: list[Fault] = []
    start = checked_distributions(parts["start"], "start", (None,), found)
    size = None if start is None else len(start)
    table = checked_distributions(parts["next"], "next", (size, size), found)
    faults.extend(place.fault(f.rule, f.field, *f.index, value=f.value) for f in found)
    return None if start is None or table is None else Markov(start, table)


def _ngram(value: object, place: Place, faults: list[Fault]) -> NGram | None:
    parts = _parts(value, {"text": True, "order": True, "unit": False}, place, faults)
    if parts is None:
        return None
    before = len(faults)
    text, order, unit = _text(parts["text"], place, faults), parts["order"], parts.get("unit")
    unit = "char" if unit is None else unit
    if isinstance(order, np.integer):
        order = int(order)
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        faults.append(place.fault("must be a whole number >= 1", "order", value=order))
    if unit not in ("char", "word"):
        faults.append(place.fault('must be "char" or "word"', "unit", value=unit))
    elif isinstance(text, str) and not units_of(text, unit):
        faults.append(place.fault(f"holds no {'character' * (unit == 'char') or unit}", "text"))
    return NGram(str(text), order, unit) if len(faults) == before else None


def _text(value: object, place: Place, faults: list[Fault]) -> str | None:
    """Return a text that is given, or that of a path, without a byte-order mark."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and set(value) == {"file"}:
        value = Path(str(value["file"]))
    if not isinstance(value, Path):
        faults.append(place.fault('must be text or {"file": ...}', "text", value=value))
        return None
    try:
        return value.read_text(encoding="utf-8-sig")
    except OSError as error:
        rule = f"cannot be read: {error.strerror or error}"
    except UnicodeDecodeError as error:
        rule = f"is not UTF-8 text (byte {error.start})"
    faults.append(place.fault(rule, "text", "file", value=str(value)))
    return None


def _char_rnn(value: object, place: Place, faults: list[Fault]) -> CharRNN | None:
    parts = _parts(value, {"weights": True, "vocabulary": True}, place, faults)
    if parts is None:
        return None
    paths = []
    for name in ("weights", "vocabulary"):
        part = parts[name]
        if isinstance(part, Mapping) and set(part) == {"file"} and isinstance(part["file"], str):
            part = Path(part["file"])
        if isinstance(part, Path):
            paths.append(part)
        else:
            faults.append(place.fault('must be {"file": ...}', name, value=part))
    return CharRNN(*paths) if len(paths) == 2 else None


def _transformers(value: object, place: Place, faults: list[Fault]) -> Transformers | None:
    if isinstance(value, Path):
        value = str(value)
    if not isinstance(value, str) or not value:
        faults.append(place.fault("must be a folder or a name", value=value))
        return None
    return Transformers(value)


def _endpoint(value: object, place: Place, faults: list[Fault]) -> Endpoint | None:
    optional = dict.fromkeys(("top", *ADDRESS_FIELDS), False)
    parts = _parts(value, {"url": True, "model": True, **optional}, place, faults)
    if parts is None:
        return None
    before = len(faults)
    url, model, top = parts["url"], parts["model"], parts.get("top", 20)
    base, path = url, ""
    if isinstance(url, str):
        ends = (end for end in (CHAT, COMPLETIONS) if url.rstrip("/").endswith("/" + end))
        path = next(ends, "")
        base = url.rstrip("/").removesuffix("/" + path) if path else url
    found: list[Fault] = []
    address = read_address({**parts, "url": base}, found)
    faults.extend(place.fault(f.rule, f.field, value=f.value) for f in found)
    if not isinstance(model, str) or not model:
        faults.append(place.fault("must be the name of a model", "model", value=model))
    if isinstance(top, bool) or not isinstance(top, int) or top < 1:
        faults.append(place.fault("must be a whole number >= 1", "top", value=top))
    if address is None or len(faults) > before:
        return None
    return Endpoint(url, model, top, address, path)


_READERS: Mapping[str, Any] = {
    "markov": _markov,
    "ngram": _ngram,
    "char_rnn": _char_rnn,
    "transformers": _transformers,
    "endpoint": _endpoint,
}
