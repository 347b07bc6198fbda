"""Models behind OpenAI-compatible addresses, which tell the likeliest next tokens.

Each step asks for one token after the prompts and the text so far, and draws none of its own: the
server's temperature is 1, so that no server scales what it tells. Where the address does not say
which of the two ways of asking it takes, ``completions`` is tried first, then ``chat/completions``,
whose server must go on with the last message.

Untold tokens must not be likelier than told ones. Answers to ``completions`` may hold the token
that the server drew beside the likeliest ones; it is left out where that cannot be excluded.
Cost of a step: one request, or a look into the store.
"""

from __future__ import annotations

import numpy as np

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.endpoints.client import Client
from eqsolve.endpoints.errors import EndpointError, MissingAnswerError, StoppedError
from eqsolve.endpoints.reply import Reply
from eqsolve.endpoints.request import CHAT, COMPLETIONS, Request, chat, completion
from eqsolve.families.token_auction.instance import Endpoint, TokenAuction
from eqsolve.families.token_auction.models.speaker import PartialSpeaker, Told
from eqsolve.formats.logprobs import Position, positions_of

__all__ = ["EndpointVoice", "open_endpoints"]

_NO_SUCH_PATH = (404, 405)
_BLANKS = (" ", "\u0120", "\u2581")
"""How tokenizers write the blank before a word."""


def open_endpoints(auction: TokenAuction, client: Client) -> tuple[EndpointVoice, ...]:
    """Return the models of an auction, all of which are endpoints; nobody is asked yet."""
    languages = _Languages(auction)
    addresses: dict[str, list[str]] = {}
    voices = []
    for speaker, entry in enumerate(auction.speaking):
        source = entry.source
        assert isinstance(source, Endpoint)
        same_name = addresses.setdefault(source.model, [])
        if source.address.url not in same_name:
            same_name.append(source.address.url)
        server = same_name.index(source.address.url)
        prompt = f"{entry.prompt or ''}{auction.prompt or ''}"
        voices.append(EndpointVoice(client, auction, speaker, prompt, server, languages))
    return tuple(voices)


class EndpointVoice:
    """A model behind an address.

    Parameters
    ----------
    client : asks it.
    auction, speaker : whose model it is.
    prompt : stands before the text.
    server : number of the address among those that give this name to different models.
    languages : compares its tokens with those of the others.
    """

    def __init__(
        self,
        client: Client,
        auction: TokenAuction,
        speaker: int,
        prompt: str,
        server: int,
        languages: _Languages,
    ) -> None:
        source = auction.speaking[speaker].source
        assert isinstance(source, Endpoint)
        self._client, self._source, self._speaker = client, source, speaker
        self._prompt, self._server, self._languages = prompt, server, languages
        self._place = auction.place(speaker)
        self._paths = (source.path,) if source.path else (COMPLETIONS, CHAT)

    def speaker(self) -> PartialSpeaker:
        """Return the model at the beginning of a text."""
        return _EndpointSpeaker(self)

    def after(self, text: str) -> Told:
        """Return what the model tells after a text.

        Raises
        ------
        InstanceError : it tells no log-probabilities, or its tokens are not those of another.
        EndpointError : there is no answer; or a limit was hit before it came.
        MissingAnswerError : offline, and the answer is not in the store.
        """
        for path in self._paths:
            request = self._request(path, text)
            try:
                reply = self._client.ask(self._source.address, request, self._position)
            except StoppedError:
                raise
            except MissingAnswerError:
                if path == self._paths[-1]:
                    raise
            except EndpointError as error:
                if path == self._paths[-1] or error.status not in _NO_SUCH_PATH:
                    raise self._failure(error) from None
            else:
                self._paths = (path,)
                break
        position = self._position(reply)
        read = reply.tokens_in if path == COMPLETIONS else None
        self._languages.compare(self._speaker, self._prompt + text, read, position.tokens)
        beside = "content" not in reply.answer["choices"][0]["logprobs"]
        return _likeliest(position, self._source.top, beside=beside)

    def _request(self, path: str, text: str) -> Request:
        """Return the question for the next token."""
        source, top = self._source, self._source.top
        if path == COMPLETIONS:
            return completion(
                source.model, self._prompt + text, server=self._server,
                max_tokens=1, temperature=1, logprobs=top,
            )  # fmt: skip
        messages = [{"role": "user", "content": self._prompt}]
        if text:
            messages.append({"role": "assistant", "content": text})
        return chat(
            source.model, messages, server=self._server,
            max_tokens=1, temperature=1, logprobs=True, top_logprobs=top,
        )  # fmt: skip

    def _position(self, reply: Reply) -> Position:
        """Return what an answer tells of the next token.

        Raises
        ------
        InstanceError : nothing, or what cannot be.
        """
        faults: list[Fault] = []
        positions = positions_of(reply.answer, faults)
        if positions and not faults:
            return positions[0]
        why = faults[0].rule if faults else "has no log-probabilities"
        raise self._mute(f"the answer {why}")

    def _mute(self, why: str) -> InstanceError:
        """Return that the endpoint tells no log-probabilities, and which setting it lacks."""
        top = self._source.top
        rule = (
            f"{why}; its server must return log-probabilities of the {top} likeliest tokens "
            f"(vLLM: --max-logprobs {top}, TGI: --max-top-n-tokens {top}, llama.cpp and hosted "
            "models: one that answers the field logprobs), or ask for fewer with top"
        )
        field, index = self._place
        return InstanceError(Fault(field, rule, (*index, "endpoint"), self._source.url))

    def _failure(self, error: EndpointError) -> Exception:
        """Return a failure with the place of the model in the instance."""
        if "logprob" in error.said.lower():
            return self._mute(f"refuses: {' '.join(error.said.split())[:200]}")
        field, index = self._place
        fault = Fault(field, str(error), (*index, "endpoint"))
        return EndpointError(str(fault), status=error.status, said=error.said)


class _EndpointSpeaker:
    """A model behind an address, in the middle of a text."""

    __slots__ = ("_text", "_voice")

    def __init__(self, voice: EndpointVoice) -> None:
        self._voice, self._text = voice, ""

    def told(self) -> Told:
        """Return what it tells of the next token."""
        return self._voice.after(self._text)

    def hear(self, token: str) -> None:
        """Add the token to the text."""
        self._text += token


class _Languages:
    """Notices models whose tokenizers differ.

    Proof of it is another sign for the blank before a word, or that they read the same text as
    different numbers of tokens; that tokenizers are the same, nobody tells.
    """

    def __init__(self, auction: TokenAuction) -> None:
        self._auction = auction
        self._blank: tuple[int, str] | None = None
        self._read: dict[str, tuple[int, int]] = {}

    def compare(self, speaker: int, text: str, read: int | None, tokens: tuple[str, ...]) -> None:
        """Note what a model shows of its tokenizer.

        Raises
        ------
        InstanceError : it is not that of a model before; names both.
        """
        token = next((t for t in tokens if len(t) > 1 and t.startswith(_BLANKS)), None)
        if token is not None:
            other, sample = self._blank = self._blank or (speaker, token)
            if sample[0] != token[0]:
                raise self._apart(other, speaker, f"tokens like {sample!r} and {token!r}")
        if read is not None:
            other, number = self._read.setdefault(text, (speaker, read))
            if number != read:
                why = f"they read the same text as {number} and {read} tokens"
                raise self._apart(other, speaker, why)

    def _apart(self, one: int, other: int, why: str) -> InstanceError:
        name = self._auction.speaker
        field, index = self._auction.place(other)
        rule = f"{name(one)} and {name(other)} share no vocabulary: {why}"
        return InstanceError(Fault(field, rule, (*index, "endpoint")))


def _likeliest(position: Position, top: int, *, beside: bool) -> Told:
    """Return the likeliest tokens of a position.

    Parameters
    ----------
    position : what was told, likeliest first.
    top : how many were asked for.
    beside : whether the token that the server drew may stand among them without being one.
    """
    tokens, chances = position.tokens[:top], position.probabilities[:top]
    rest = 1 - float(np.sum(chances))
    if beside and 1 < len(tokens) < top and tokens[-1] == position.token and rest > chances[-1]:
        tokens, chances = tokens[:-1], chances[:-1]
    return Told(tokens, chances)
