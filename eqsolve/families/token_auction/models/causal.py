"""Causal models of `transformers`, with their cache of keys and values.

A text begins with the prompts as the model's tokenizer reads them, else with its first token; a
folder without a tokenizer speaks the instance's vocabulary where this has as many tokens, else the
numbers of its tokens, and such a text without a prompt begins after token 0. Cost of a
distribution: the model's own forward pass over the tokens that it has not heard yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from typing import Any

from eqsolve.core.arrays import FloatArray
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.core.extras import install_command
from eqsolve.families.token_auction.instance import TokenAuction, Transformers
from eqsolve.families.token_auction.instance.units import (
    joined,
    numbered,
    units_of,
    written_in_characters,
)
from eqsolve.families.token_auction.models.speaker import Opening, Speaker, tempered

__all__ = ["CausalVoice", "open_causal"]

_TOKENIZER = ("tokenizer*", "vocab*", "*.model")
"""Names of files in a folder that has a tokenizer."""


class CausalVoice:
    """A causal model with the tokens before a text, and its temperature."""

    __slots__ = ("_context", "_model", "_temperature")

    def __init__(self, model: Any, context: list[int], temperature: float) -> None:
        self._model, self._context, self._temperature = model, context, temperature

    def speaker(self) -> Speaker:
        """Return the model at the beginning of a text."""
        return _CausalSpeaker(self._model, self._context, self._temperature)


class _CausalSpeaker:
    """A causal model in the middle of a text: what it heard lies in the cache."""

    __slots__ = ("_cache", "_model", "_temperature", "_unheard")

    def __init__(self, model: Any, context: list[int], temperature: float) -> None:
        from transformers import DynamicCache

        self._model, self._unheard, self._temperature = model, list(context), temperature
        self._cache = {_cache_name(model): DynamicCache(config=model.config)}

    def distribution(self) -> FloatArray:
        """Return the distribution of the next token."""
        import torch

        with torch.inference_mode():
            heard = torch.tensor([self._unheard], device=self._model.device)
            logits = self._model(heard, use_cache=True, **self._cache).logits[0, -1].double()
            found: FloatArray = torch.softmax(logits, dim=0).cpu().numpy()
        self._unheard = []
        return tempered(found, self._temperature)

    def hear(self, token: int) -> None:
        """Keep the token for the next pass."""
        self._unheard.append(token)


def open_causal(auction: TokenAuction, speaker: int, opened: dict[Any, Any]) -> Opening:
    """Return the model of an agent or the reserve.

    Parameters
    ----------
    auction : the instance.
    speaker : number of the agent; the reserve's is the last.
    opened : models that others use already; a new one is added.

    Raises
    ------
    InstanceError : it cannot be loaded, is asked for more places than it has, or cannot read a
        prompt.
    """
    entry = auction.speaking[speaker]
    source = entry.source
    assert isinstance(source, Transformers)
    field, index = auction.place(speaker)

    def fault(rule: str) -> InstanceError:
        return InstanceError(Fault(field, rule, (*index, "transformers"), source.name))

    if source.name not in opened:
        try:
            opened[source.name] = _loaded(source.name)
        except ImportError:
            install = install_command("torch", "transformers")
            raise fault(f"needs transformers; {install}") from None
        except (OSError, ValueError, KeyError) as error:
            line = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise fault(f"cannot be loaded: {line}") from None
    model, tokenizer = opened[source.name]
    size = int(model.get_output_embeddings().weight.shape[0])
    if tokenizer is None:
        vocabulary = auction.vocabulary
        if not vocabulary:
            vocabulary = tuple(str(k) for k in range(size))
        elif len(vocabulary) != size:
            rule = f"has {size} tokens and no tokenizer, the vocabulary {len(vocabulary)}"
            raise fault(rule)
    else:
        names = tokenizer.convert_ids_to_tokens(list(range(size)))
        vocabulary = tuple(f"<{k}>" if name is None else name for k, name in enumerate(names))
    parts = [part for part in (entry.prompt, auction.prompt) if part]
    context = _context(parts, model, tokenizer, vocabulary)
    strange = next((k for k in context if not 0 <= k < size), None)
    if strange is not None:
        raise fault(f"has no token for a part of its prompt (number {strange} of {size})")
    most = getattr(model.config, "max_position_embeddings", None)
    if most is not None and len(context) + auction.length - 1 > most:
        raise fault(f"has {most} places, prompt and text need {len(context) + auction.length - 1}")

    def write(tokens: Sequence[int]) -> str:
        if tokenizer is not None:
            return str(tokenizer.decode(list(tokens)))
        words = not written_in_characters(vocabulary)
        return joined((vocabulary[token] for token in tokens), words=words)

    return Opening(CausalVoice(model, context, entry.temperature), vocabulary, write)


def _cache_name(model: Any) -> str:
    """Return what a model calls the cache, which newer versions of the package have renamed."""
    named = signature(model.forward).parameters
    return "cache" if "cache" in named else "past_key_values"


def _loaded(name: str) -> tuple[Any, Any]:
    """Return a model and its tokenizer, None for a folder that holds none."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = Path(name)
    with _quiet():
        model = AutoModelForCausalLM.from_pretrained(name).eval()
        if folder.is_dir() and not any(found for mark in _TOKENIZER for found in folder.glob(mark)):
            return model, None
        return model, AutoTokenizer.from_pretrained(name)


@contextmanager
def _quiet() -> Iterator[None]:
    """Load without progress bars and remarks on standard error; as before afterwards."""
    from transformers.utils import logging

    level, shown = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()


def _context(
    parts: list[Any], model: Any, tokenizer: Any, vocabulary: tuple[str, ...]
) -> list[int]:
    """Return the tokens before a text: the prompts, or what begins a text."""
    if tokenizer is not None and parts and all(isinstance(part, str) for part in parts):
        return [int(token) for token in tokenizer("".join(parts))["input_ids"]]
    context: list[int] = []
    for part in parts:
        if not isinstance(part, str):
            context += part
        elif tokenizer is not None:
            context += tokenizer(part, add_special_tokens=False)["input_ids"]
        else:
            unit = "char" if written_in_characters(vocabulary) else "word"
            context += numbered(units_of(part, unit), vocabulary).tolist()
    if context:
        return context
    first = model.config.bos_token_id
    return [first if isinstance(first, int) and first < len(vocabulary) else 0]
