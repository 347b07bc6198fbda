"""From the models that an instance describes to models that run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.families.token_auction.instance import CharRNN, Markov, NGram, TokenAuction
from eqsolve.families.token_auction.instance.units import joined, numbered, units_of
from eqsolve.families.token_auction.models.markov import MarkovModel
from eqsolve.families.token_auction.models.ngram import NGramModel
from eqsolve.families.token_auction.models.speaker import (
    Opening,
    PartialVoice,
    Voice,
    WindowModel,
    WindowVoice,
)

if TYPE_CHECKING:
    from eqsolve.endpoints.client import Client

__all__ = ["Opened", "open_models"]


@dataclass(frozen=True, slots=True)
class Opened:
    """The models of an auction, ready to speak.

    Parameters
    ----------
    voices : of all that are heard, the reserve's last.
    vocabulary : the tokens, the instance's or that of the models' own tokenizer.
    elsewhere : of each, whether the instance holds its name only, so that what it says is recorded.
    stop : number of the token that ends the text, -1 for none.
    write : turns tokens into text.
    partial : the voices instead, where models tell their likeliest tokens only; all else is empty.
    """

    voices: tuple[Voice, ...] = ()
    vocabulary: tuple[str, ...] = ()
    elsewhere: tuple[bool, ...] = ()
    stop: int = -1
    write: Callable[[Sequence[int]], str] = str
    partial: tuple[PartialVoice, ...] = ()

    @property
    def windows(self) -> tuple[WindowVoice, ...]:
        """The voices, which must all be those of window models."""
        found = tuple(voice for voice in self.voices if isinstance(voice, WindowVoice))
        assert len(found) == len(self.voices)
        return found


def open_models(auction: TokenAuction, client: Client | None = None) -> Opened:
    """Return the models of an auction, loaded or trained now.

    Parameters
    ----------
    auction : the instance.
    client : asks endpoints; None: one that keeps their answers in memory.

    Raises
    ------
    InstanceError : a model cannot be had, or two do not share their tokens; names both.
    """
    if auction.is_partial:
        return Opened(partial=_partial(auction, client))
    shared: dict[Any, Any] = {}
    openings = [_opening(auction, k, shared) for k in range(len(auction.speaking))]
    first = openings[0]
    for k, opening in enumerate(openings):
        if opening.vocabulary != first.vocabulary:
            field, index = auction.place(k)
            raise InstanceError(Fault(field, _apart(auction, k, openings), index))
    if auction.vocabulary and auction.vocabulary != first.vocabulary:
        rule = f"is not that of {auction.speaker(0)}'s model, which has {len(first.vocabulary)}"
        raise InstanceError(Fault("vocabulary", f"{rule} tokens"))
    return Opened(
        voices=tuple(opening.voice for opening in openings),
        vocabulary=first.vocabulary,
        elsewhere=tuple(not entry.is_known for entry in auction.speaking),
        stop=_stop(auction, first.vocabulary),
        write=first.write,
    )


def _partial(auction: TokenAuction, client: Client | None) -> tuple[PartialVoice, ...]:
    """Return the models of an auction that tell their likeliest tokens only."""
    from eqsolve.endpoints.client import Client
    from eqsolve.families.token_auction.models.endpoint import open_endpoints

    return open_endpoints(auction, Client() if client is None else client)


def _opening(auction: TokenAuction, speaker: int, shared: dict[Any, Any]) -> Opening:
    """Return one model, from what others have opened where it can be shared."""
    entry = auction.speaking[speaker]
    source = entry.source
    if isinstance(source, Markov | NGram):
        model = _held(source, auction, shared)
        voice = WindowVoice(model, auction.context(speaker), entry.temperature)
        words, vocabulary = auction.unit == "word", auction.vocabulary
        return Opening(
            voice, vocabulary, lambda tokens: joined((vocabulary[t] for t in tokens), words=words)
        )
    if isinstance(source, CharRNN):
        from eqsolve.families.token_auction.models.network import open_network

        return open_network(auction, speaker, shared)
    from eqsolve.families.token_auction.models.causal import open_causal

    return open_causal(auction, speaker, shared)


def _held(source: Markov | NGram, auction: TokenAuction, shared: dict[Any, Any]) -> WindowModel:
    """Return a model that the instance holds itself; n-grams are trained once for each text."""
    if isinstance(source, Markov):
        return MarkovModel(source)
    key = (source.text, source.order, source.unit)
    if key not in shared:
        tokens = numbered(units_of(source.text, source.unit), auction.vocabulary)
        shared[key] = NGramModel(tokens, source.order, auction.n_tokens)
    found: WindowModel = shared[key]
    return found


def _apart(auction: TokenAuction, speaker: int, openings: list[Opening]) -> str:
    """Return that a model has other tokens than the first one, naming both."""
    mine, first = openings[speaker].vocabulary, openings[0].vocabulary
    sizes = f"{len(first)} and {len(mine)} tokens"
    if len(mine) == len(first):
        k = next(k for k in range(len(mine)) if mine[k] != first[k])
        sizes = f"token {k} is {first[k]!r} and {mine[k]!r}"
    return f"{auction.speaker(0)} and {auction.speaker(speaker)} share no vocabulary: {sizes}"


def _stop(auction: TokenAuction, vocabulary: tuple[str, ...]) -> int:
    """Return the number of the stop token, -1 where there is none."""
    stop = auction.stop
    if isinstance(stop, str) and stop not in vocabulary:
        raise InstanceError(Fault("stop", "is not in the models' vocabulary", value=stop))
    if isinstance(stop, int) and not stop < len(vocabulary):
        rule = f"must be from 0 to {len(vocabulary) - 1}"
        raise InstanceError(Fault("stop", rule, value=stop))
    if isinstance(stop, str):
        return vocabulary.index(stop)
    return -1 if stop is None else stop
