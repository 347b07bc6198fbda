"""The character network of `textgenrnn`: embedding, two LSTMs, attention over 40 places, softmax.

The weights (HDF5) and the symbols (JSON) are those that its package holds; the forward pass is
numpy's. A context begins with ``<s>`` and is filled with symbol 0 from the left; symbol 0 is never
said, nor does an unknown symbol of a prompt mean anything else. Weights that were trained on a GPU
have another layout: kernels lie transposed gate by gate, and there are two biases to add.

Cost of a distribution: 40 steps of two LSTMs of 128 cells, 5 million multiplications.
Source: Woolf, M. (2017-2020), textgenrnn 2.0.0 (MIT); Keras for the layouts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eqsolve.core.arrays import FloatArray, IntArray
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.extras import install_command
from eqsolve.families.token_auction.instance import CharRNN, TokenAuction
from eqsolve.families.token_auction.instance.models import Prompt
from eqsolve.families.token_auction.instance.units import joined, numbered
from eqsolve.families.token_auction.models.speaker import Opening, WindowVoice

__all__ = ["BEGIN", "CharNetwork", "open_network"]

BEGIN = "<s>"
"""The symbol before and after every text."""
_PLACES = 40
_GATES = 4

Weights = NDArray[np.float32]


class CharNetwork:
    """The network.

    Parameters
    ----------
    weights : by name: ``embedding`` (T, d), ``rnn_1`` and ``rnn_2`` with ``kernel``,
        ``recurrent_kernel`` and ``bias``, ``attention`` (d + 2 h, 1), ``output`` with ``kernel``
        (d + 2 h, T) and ``bias``.
    """

    width = _PLACES

    def __init__(self, weights: Mapping[str, Weights]) -> None:
        self._embedding = weights["embedding"]
        self._layers = [_Layer(weights, name) for name in ("rnn_1", "rnn_2")]
        self._attention = weights["attention"][:, 0]
        self._kernel, self._bias = weights["output/kernel"], weights["output/bias"]

    def after(self, window: list[int]) -> FloatArray:
        """Return the distribution after a context."""
        last = window[-_PLACES:]
        windows = np.array([[-1] * (_PLACES - len(last)) + last], dtype=np.int64)
        row: FloatArray = self.of(windows)[0]
        return row

    def of(self, windows: IntArray) -> FloatArray:
        """Return the distributions after windows."""
        said = self._embedding[np.maximum(windows, 0)]
        parts = [said]
        for layer in self._layers:
            parts.append(layer.run(parts[-1]))
        held = np.concatenate(parts, axis=2)
        heights = held @ self._attention
        shares = np.exp(heights - heights.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        mean = np.matmul(shares[:, None, :], held)[:, 0]
        logits = (mean @ self._kernel + self._bias).astype(np.float64)
        logits[:, 0] = -np.inf
        found: FloatArray = np.exp(logits - logits.max(axis=1, keepdims=True))
        found /= found.sum(axis=1, keepdims=True)
        return found


class _Layer:
    """An LSTM; gates in the order input, forget, cell, output.

    ``sigmoid(z) = (1 + tanh(z / 2)) / 2``, so that one tanh serves all gates: the halves stand in
    the weights.
    """

    def __init__(self, weights: Mapping[str, Weights], name: str) -> None:
        kernel, recurrent, bias = (
            weights[f"{name}/{part}"] for part in ("kernel", "recurrent_kernel", "bias")
        )
        self.size = len(recurrent)
        if len(bias) == 2 * _GATES * self.size:
            kernel = np.hstack(
                [gate.T.reshape(gate.shape, order="F") for gate in np.hsplit(kernel, _GATES)]
            )
            recurrent = np.hstack([gate.T for gate in np.hsplit(recurrent, _GATES)])
            bias = bias.reshape(2, -1).sum(axis=0)
        half = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], dtype=np.float32), self.size)
        self.kernel, self.recurrent, self.bias = kernel * half, recurrent * half, bias * half

    def run(self, given: Weights) -> Weights:
        """Return the outputs at all places, shape (S, 40, h)."""
        size = self.size
        pushed = given @ self.kernel + self.bias
        found = np.empty((*given.shape[:2], size), dtype=np.float32)
        hidden = cell = np.zeros((len(given), size), dtype=np.float32)
        for place in range(given.shape[1]):
            gates = np.tanh(pushed[:, place] + hidden @ self.recurrent)
            open_in, open_kept, new, open_out = (
                gates[:, k * size : (k + 1) * size] for k in range(_GATES)
            )
            cell = ((1 + open_kept) * cell + (1 + open_in) * new) / 2
            hidden = (1 + open_out) * np.tanh(cell) / 2
            found[:, place] = hidden
        return found


def open_network(auction: TokenAuction, speaker: int, opened: dict[Any, Any]) -> Opening:
    """Return the network of an agent or the reserve.

    Parameters
    ----------
    auction : the instance.
    speaker : number of the agent; the reserve's is the last.
    opened : networks that others use already; a new one is added.

    Raises
    ------
    InstanceError : a file cannot be read or is not what it should be, or h5py is absent.
    """
    entry = auction.speaking[speaker]
    source = entry.source
    assert isinstance(source, CharRNN)
    key = (source.weights, source.vocabulary)
    if key not in opened:
        opened[key] = _loaded(source, auction.place(speaker))
    model, vocabulary = opened[key]
    begin = numbered([BEGIN], vocabulary)
    prompts = [_numbers(part, vocabulary) for part in (entry.prompt, auction.prompt)]
    voice = WindowVoice(model, np.concatenate([begin, *prompts]), entry.temperature)
    return Opening(
        voice, vocabulary, lambda tokens: joined((vocabulary[t] for t in tokens), words=False)
    )


def _numbers(prompt: Prompt, vocabulary: tuple[str, ...]) -> IntArray:
    """Return a prompt as numbers of symbols."""
    if isinstance(prompt, str):
        return numbered(list(prompt), vocabulary)
    return np.array(prompt, dtype=np.int64)


def _loaded(source: CharRNN, at: tuple[str, tuple[Any, ...]]) -> tuple[CharNetwork, Any]:
    """Return a network and its symbols."""
    field, index = at

    def fault(part: str, rule: str) -> InstanceError:
        path = getattr(source, part)
        return InstanceError(Fault(field, rule, (*index, "char_rnn", part), str(path)))

    try:
        numbers = json.loads(source.vocabulary.read_text(encoding="utf-8"))
        symbols = {int(number): str(symbol) for symbol, number in numbers.items()}
    except OSError as error:
        raise fault("vocabulary", f"cannot be read: {error.strerror or error}") from None
    except (ValueError, AttributeError, TypeError):
        raise fault("vocabulary", "must be a JSON object: symbol -> number") from None
    if set(symbols) != set(range(1, len(symbols) + 1)) or BEGIN not in numbers:
        raise fault("vocabulary", f"must number its symbols 1, 2, ... and have {BEGIN!r}")
    try:
        import h5py
    except ImportError:
        raise fault("weights", f"needs h5py; {install_command('h5py')}") from None
    try:
        with h5py.File(source.weights) as file:
            weights = _weights(file)
    except OSError as error:
        raise fault("weights", f"is no HDF5 file that can be read: {error}") from None
    except KeyError as error:
        raise fault("weights", f"is no such network: {error.args[0]}") from None
    rule = _misfit(weights, len(symbols) + 1)
    if rule:
        raise fault("weights", rule)
    return CharNetwork(weights), ("", *(symbols[k] for k in range(1, len(symbols) + 1)))


def _weights(file: Any) -> dict[str, Weights]:
    """Return the arrays of a file by name."""
    places = {
        "embedding": "embedding/embedding/embeddings:0",
        "attention": "attention/attention/attention_W:0",
        "output/kernel": "output/output/kernel:0",
        "output/bias": "output/output/bias:0",
    }
    for name in ("rnn_1", "rnn_2"):
        for part in ("kernel", "recurrent_kernel", "bias"):
            places[f"{name}/{part}"] = f"{name}/{name}/{part}:0"
    return {name: np.asarray(file[place], dtype=np.float32) for name, place in places.items()}


def _misfit(weights: Mapping[str, Weights], symbols: int) -> str:
    """Return which array has a shape that does not go with the others, empty text for none."""
    size, depth = weights["embedding"].shape
    cells = [len(weights[f"{name}/recurrent_kernel"]) for name in ("rnn_1", "rnn_2")]
    below = {"rnn_1": depth, "rnn_2": cells[0]}
    wide = depth + sum(cells)
    wanted: dict[str, list[tuple[int, ...]]] = {
        "embedding": [(symbols, depth)], "attention": [(wide, 1)],
        "output/kernel": [(wide, size)], "output/bias": [(size,)],
    }  # fmt: skip
    for (name, inputs), count in zip(below.items(), cells, strict=True):
        wanted[f"{name}/kernel"] = [(inputs, _GATES * count)]
        wanted[f"{name}/recurrent_kernel"] = [(count, _GATES * count)]
        wanted[f"{name}/bias"] = [(_GATES * count,), (2 * _GATES * count,)]
    for name, shapes in wanted.items():
        if weights[name].shape not in shapes:
            return f"{name} has shape {weights[name].shape}, expected {shapes[0]}"
    return ""
