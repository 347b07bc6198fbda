"""Token auctions: n-gram models beside nltk, generation, texts all at once, payments at large T."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.case import Case, Contender
from eqsolve.core.limits import Deadline
from eqsolve.families.token_auction.aggregation import mixture
from eqsolve.families.token_auction.drawn import inverse_draws
from eqsolve.families.token_auction.generation import draw_text
from eqsolve.families.token_auction.instance import TokenAuction
from eqsolve.families.token_auction.models.causal import CausalVoice
from eqsolve.families.token_auction.models.ngram import NGramModel
from eqsolve.families.token_auction.models.opening import Opened, open_models
from eqsolve.families.token_auction.payments import distances, second_prices
from eqsolve.families.token_auction.sampling import inverse
from eqsolve.families.token_auction.texts import sampled_texts

__all__ = ["CASES"]

_ORDER, _CONTEXTS = 5, 200


def language(size: int, seed: int) -> str:
    """Return a text of characters with some order in it: words of a small lexicon, as in Zipf."""
    rng = np.random.default_rng(seed)
    letters = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))
    lexicon = ["".join(rng.choice(letters[:20], rng.integers(1, 9))) for _ in range(2000)]
    drawn = np.minimum(rng.zipf(1.3, size // 4), len(lexicon)) - 1
    return " ".join(lexicon[k] for k in drawn.tolist())[:size]


def contexts(text: str) -> list[str]:
    """Return places of a text to ask for what follows."""
    rng = np.random.default_rng(3)
    return [text[k : k + _ORDER - 1] for k in rng.integers(0, len(text) - _ORDER, _CONTEXTS)]


def trained(size: int, seed: int) -> tuple[str, list[str], Any, list[Any]]:
    """Return a text, contexts, our model, and nltk's in a list that is filled on first use."""
    text = language(size, seed)
    vocabulary = sorted(set(text))
    place = {token: k for k, token in enumerate(vocabulary)}
    tokens = np.array([place[c] for c in text])
    return text, contexts(text), (NGramModel(tokens, _ORDER, len(vocabulary)), place), []


def our_scores(problem: Any) -> float:
    """Return a sum over all next tokens of all contexts, weighted so that each counts."""
    _, places, (model, place), _ = problem
    total = 0.0
    for context in places:
        p = model.after([place[c] for c in context])
        total += float(p @ np.arange(1, len(p) + 1))
    return total


def their_scores(problem: Any) -> float:
    """Return the same by nltk, whose unigram level is replaced by ours: the only difference."""
    text, places, (_, place), held = problem
    if not held:
        held.append(fitted_by_nltk(text))
    model = held[0]
    counts = Counter(text)
    mass, kinds, size = len(text), len(counts), len(place)
    low = {c: (counts[c] + kinds / size) / (mass + kinds) for c in place}
    model.estimator.unigram_score = low.__getitem__
    total = 0.0
    for context in places:
        total += sum((place[c] + 1) * model.score(c, list(context)) for c in place)
    return total


def fitted_by_nltk(text: str) -> Any:
    """Return nltk's Witten-Bell model of a text."""
    from nltk.lm import WittenBellInterpolated
    from nltk.util import everygrams

    model = WittenBellInterpolated(_ORDER)
    model.fit([everygrams(list(text), max_len=_ORDER)], sorted(set(text)))
    return model


def our_fit(problem: Any) -> float:
    """Return the number of distinct contexts of the longest kind, after training anew."""
    text, _, (_, place), _ = problem
    tokens = np.array([place[c] for c in text])
    model = NGramModel(tokens, _ORDER, len(place))
    return float(model.contexts)


def their_fit(problem: Any) -> float:
    """Return the same of a model that nltk trains."""
    text = problem[0]
    counts = fitted_by_nltk(text).counts[_ORDER]
    return float(len(counts))


def dictionary_fit(problem: Any) -> float:
    """Return the same by plain dictionaries of counts."""
    text = problem[0]
    levels: list[Any] = [defaultdict(Counter) for _ in range(_ORDER)]
    for k, level in enumerate(levels):
        for i in range(k, len(text)):
            level[text[i - k : i]][text[i]] += 1
    return float(len(levels[-1]))


def two_agents(size: int, seed: int) -> TokenAuction:
    """Return an auction of two character models, over so many tokens."""
    models = [
        {"ngram": {"text": language(100_000, seed + k), "order": _ORDER, "unit": "char"}}
        for k in range(2)
    ]
    return TokenAuction([1, 2], models=models, length=size)


def generation(size: int, seed: int) -> Any:
    """Return an auction and its trained models."""
    auction = two_agents(size, seed)
    return auction, open_models(auction)


def our_text(problem: Any) -> float:
    """Return the revenue of one text with its ledger."""
    auction, opened = problem
    drawn = draw_text(auction, opened, inverse_draws(0, auction.length), Deadline())
    return float(sum(part.payments.sum() for part in drawn.ledgers))


def plain_text(problem: Any) -> float:
    """Return the same step by step, with the formulas as they stand on paper."""
    auction, opened = problem
    speakers = [voice.speaker() for voice in opened.voices]
    bids = auction.all_bids
    total = 0.0
    for u in np.random.default_rng(0).random(auction.length):
        table = np.array([speaker.distribution() for speaker in speakers])
        q = bids @ table / bids.sum()
        token = int(np.searchsorted(np.cumsum(q), u, "right"))
        for i, bid in enumerate(bids):
            rest = bids.sum() - bid
            q0 = (bids @ table - bid * table[i]) / rest
            s = bid / rest
            gain = max(table[i][token] - q0[token], 0.0)
            total += rest * gain * (np.log1p(s) - s / (1 + s)) / q[token]
        for speaker in speakers:
            speaker.hear(token)
    return float(total)


def chains(size: int, seed: int) -> Any:
    """Return two Markov chains of 100 tokens, texts of 50 tokens, and the randomness of `size`."""
    rng = np.random.default_rng(seed)
    models = [
        {"markov": {"start": row[0], "next": row[1:]}}
        for row in rng.dirichlet(np.ones(100), (2, 101))
    ]
    words = [str(k) for k in range(100)]
    auction = TokenAuction([1, 2], models=models, vocabulary=words, length=50)
    return auction, open_models(auction), rng.random((size, 50))


def at_once(problem: Any) -> float:
    """Return the mean expected revenue of all texts."""
    auction, opened, uniform = problem
    return float(
        sampled_texts(auction, opened, uniform, [auction.payment])[1][0].sum(axis=1).mean()
    )


def one_by_one(problem: Any) -> float:
    """Return the same of texts that are drawn and settled one after the other."""
    auction, opened, uniform = problem
    total = 0.0
    for row in uniform:
        numbers = row.tolist()

        def draw(step: int, q: FloatArray, numbers: Any = numbers) -> tuple[int, float]:
            return int(q.cumsum().searchsorted(numbers[step], "right")), numbers[step]

        drawn = draw_text(auction, opened, draw, Deadline())
        total += float(sum(part.expected_payments.sum() for part in drawn.ledgers))
    return total / len(uniform)


def causal(size: int, seed: int) -> tuple[TokenAuction, int, list[Opened]]:
    """Return an auction of two small causal models, which are made on first use, and the seed."""
    held = TokenAuction([1, 2], models=[{"transformers": "made on the spot"}] * 2, length=size)
    return held, seed, []


def made(problem: Any) -> tuple[TokenAuction, Opened]:
    """Return an auction and its models: two layers, two heads, 32 dimensions, 79 tokens."""
    auction, seed, held = problem
    if not held:
        import torch
        from transformers import GPT2Config, GPT2LMHeadModel
        from transformers.utils import logging

        logging.set_verbosity_error()
        torch.manual_seed(seed)
        shape = {"n_layer": 2, "n_head": 2, "n_embd": 32, "bos_token_id": 0, "eos_token_id": 0}
        models = [GPT2LMHeadModel(GPT2Config(vocab_size=79, **shape)).eval() for _ in range(2)]
        voices = tuple(CausalVoice(model, [0], 1.0) for model in models)
        held.append(Opened(voices, tuple(str(k) for k in range(79)), (True, True)))
    return auction, held[0]


def causal_text(problem: Any) -> float:
    """Return a sum over the tokens of a text with its ledger and trace."""
    auction, opened = made(problem)
    drawn = draw_text(auction, opened, inverse_draws(0, auction.length), Deadline())
    return float(np.arange(1, auction.length + 1) @ drawn.tokens)


def bare_text(problem: Any) -> float:
    """Return the same without ledger and trace: models, mixture and draw."""
    auction, opened = made(problem)
    speakers = [voice.speaker() for voice in opened.voices]
    shares, tokens = auction.all_bids / auction.all_bids.sum(), []
    for u in np.random.default_rng(0).random(auction.length):
        q = shares @ np.array([speaker.distribution() for speaker in speakers])
        tokens.append(inverse(q, u))
        for speaker in speakers:
            speaker.hear(tokens[-1])
    return float(np.arange(1, auction.length + 1) @ tokens)


def large(size: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return bids and distributions of 10 agents over so many tokens."""
    rng = np.random.default_rng(seed)
    return rng.lognormal(0, 1, 10), rng.dirichlet(np.full(size, 0.1), 10)


def our_prices(problem: Any) -> float:
    """Return the sum of the aggregate's probabilities and of all second prices."""
    bids, table = problem
    q = mixture(bids, table)
    paid = second_prices(bids, bids.sum() - bids, distances(bids, table, q))
    return float(paid.sum() + q.sum())


def loop_prices(problem: Any) -> float:
    """Return the same by a plain loop over the agents."""
    bids, table = problem
    total = bids @ table
    q = total / bids.sum()
    paid = 0.0
    for bid, p in zip(bids, table, strict=True):
        rest = bids.sum() - bid
        q0 = (total - bid * p) / rest
        s = bid / rest
        paid += 0.5 * np.abs(p - q0).sum() * rest * (np.log1p(s) - s / (1 + s))
    return float(paid + q.sum())


def quadrature_prices(problem: Any) -> float:
    """Return the same by 20 nodes of the integral of the total variation."""
    bids, table = problem
    total = bids @ table
    q = total / bids.sum()
    nodes, shares = np.polynomial.legendre.leggauss(20)
    paid = 0.0
    for bid, p in zip(bids, table, strict=True):
        rest = bids.sum() - bid
        q0 = (total - bid * p) / rest
        for node, share in zip(nodes, shares, strict=True):
            x = bid * (node + 1) / 2
            here = (x * p + rest * q0) / (x + rest)
            paid += share * bid / 2 * 0.5 * np.abs(q - here).sum()
    return float(paid + q.sum())


CASES = (
    Case(
        suite="token_auction",
        name="n-gram distributions",
        build=trained,
        sizes=(150_000,),
        quick_sizes=(2_000,),
        contenders=(
            Contender(name="eqsolve", run=our_scores, delivers="whole distributions"),
            Contender(
                name="nltk.lm", run=their_scores, package="nltk", delivers="whole distributions"
            ),
        ),
        unit=f"characters of text, {_CONTEXTS} contexts of 4",
        repeats=3,
        note="nltk's unigram level is replaced, which is the only difference; it is trained in the "
        "first round, outside of which it stays.",
    ),
    Case(
        suite="token_auction",
        name="n-gram training",
        build=trained,
        sizes=(150_000,),
        quick_sizes=(2_000,),
        contenders=(
            Contender(name="eqsolve", run=our_fit, delivers="counts of 5 levels"),
            Contender(name="dictionaries", run=dictionary_fit, delivers="counts of 5 levels"),
            Contender(name="nltk.lm", run=their_fit, package="nltk", delivers="counts of 5 levels"),
        ),
        unit="characters of text",
        repeats=3,
    ),
    Case(
        suite="token_auction",
        name="a text of two 5-gram models",
        build=generation,
        sizes=(10_000,),
        quick_sizes=(50,),
        contenders=(
            Contender(name="eqsolve", run=our_text, delivers="text and ledger"),
            Contender(name="step by step", run=plain_text, delivers="text and payments"),
        ),
        unit="tokens",
        repeats=3,
    ),
    Case(
        suite="token_auction",
        name="a text of two causal models",
        build=causal,
        sizes=(200,),
        quick_sizes=(5,),
        contenders=(
            Contender(
                name="eqsolve",
                run=causal_text,
                package="transformers",
                delivers="text, ledger, trace",
            ),
            Contender(name="no ledger", run=bare_text, package="transformers", delivers="text"),
        ),
        unit="tokens, from models with 79",
        repeats=5,
        note="Small models made on the spot; with larger ones the ledger's share only falls.",
    ),
    Case(
        suite="token_auction",
        name="texts of 50 tokens",
        build=chains,
        sizes=(10_000,),
        quick_sizes=(20,),
        contenders=(
            Contender(name="eqsolve", run=at_once, delivers="expected payments"),
            Contender(name="one by one", run=one_by_one, delivers="expected payments, ledgers"),
        ),
        unit="texts from two Markov chains of 100 tokens",
        repeats=1,
    ),
    Case(
        suite="token_auction",
        name="second prices of 10 agents",
        build=large,
        sizes=(50_257,),
        quick_sizes=(500,),
        contenders=(
            Contender(name="eqsolve", run=our_prices, delivers="aggregate and payments"),
            Contender(name="loop over agents", run=loop_prices, delivers="aggregate and payments"),
            Contender(name="quadrature", run=quadrature_prices, delivers="aggregate and payments"),
        ),
        unit="tokens",
        repeats=20,
    ),
)
