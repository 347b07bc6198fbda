"""From the models that an instance describes to models that run."""

from __future__ import annotations

from dataclasses import dataclass

from eqsolve.core.arrays import IntArray
from eqsolve.core.errors import Fault, InstanceError
from eqsolve.families.token_auction.instance import (
    Markov,
    NGram,
    TokenAuction,
)
from eqsolve.families.token_auction.instance.units import joined, numbered, units_of
from eqsolve.families.token_auction.models.markov import MarkovModel
from eqsolve.families.token_auction.models.ngram import NGramModel
from eqsolve.families.token_auction.models.speaker import (
    Speaker,
    Voice,
    WindowModel,
    WindowSpeaker,
)

__all__ = ["Opened", "WindowVoice", "open_models", "window_voices"]


@dataclass(frozen=True, slots=True)
class WindowVoice:
    """A window model with what stands before the text, and its temperature."""

    model: WindowModel
    context: IntArray
    temperature: float

    def speaker(self) -> Speaker:
        """Return the model at the beginning of a text."""
        return WindowSpeaker(self.model, self.context, self.temperature)


@dataclass(frozen=True, slots=True)
class Opened:
    """The models of an auction, ready to speak.

    Parameters
    ----------
    voices : of all that are heard, the reserve's last.
    vocabulary : the tokens, the instance's or that of the models' own tokenizer.
    elsewhere : of each, whether the instance holds its name only, so that what it says is recorded.
    stop : number of the token that ends the text, -1 for none.
    words : whether a text has blanks between its tokens.
    """

    voices: tuple[Voice, ...]
    vocabulary: tuple[str, ...]
    elsewhere: tuple[bool, ...]
    stop: int
    words: bool

    def text(self, tokens: list[int]) -> str:
        """Return tokens as text."""
        return joined((self.vocabulary[token] for token in tokens), words=self.words)


def window_voices(auction: TokenAuction) -> list[WindowVoice]:
    """Return the models of an auction that holds all of them itself; trained now."""
    trained: dict[tuple[str, int, str], WindowModel] = {}
    voices = []
    for k, entry in enumerate(auction.speaking):
        source = entry.source
        if isinstance(source, NGram):
            key = (source.text, source.order, source.unit)
            if key not in trained:
                tokens = numbered(units_of(source.text, source.unit), auction.vocabulary)
                trained[key] = NGramModel(tokens, source.order, auction.n_tokens)
            model = trained[key]
        else:
            assert isinstance(source, Markov)
            model = MarkovModel(source)
        voices.append(WindowVoice(model, auction.context(k), entry.temperature))
    return voices


def open_models(auction: TokenAuction) -> Opened:
    """Return the models of an auction, loaded or trained now.

    Raises
    ------
    InstanceError : a model cannot be had, or two do not share their tokens; names both.
    """
    if all(entry.is_known for entry in auction.speaking):
        voices = window_voices(auction)
        elsewhere = (False,) * len(voices)
        words = auction.unit == "word"
        return Opened(tuple(voices), auction.vocabulary, elsewhere, auction.stop_token, words)
    raise InstanceError(Fault("models", "cannot be opened"))
