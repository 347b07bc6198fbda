"""Answers for the forging test of all families."""

from __future__ import annotations

from eqsolve import TokenAuction, load
from eqsolve.families.token_auction.generate import Chains, OneStep

STEP = OneStep(agents=3, tokens=4, reserve=0.5).instance(2)
LOG = OneStep(agents=3, tokens=3, aggregation="log_linear", payment="vcg").instance(1)
CHAIN = Chains(agents=2, tokens=3, length=3).instance(1)
SHARED = Chains(agents=2, tokens=2, length=3, weights="posterior", payment="vcg").instance(4)
LETTERS = TokenAuction(
    [1, 2],
    models=[
        {"ngram": {"text": "to be or not to be", "order": 3, "unit": "char"}, "temperature": 0.7},
        {"ngram": {"text": "the rest is silence", "order": 2, "unit": "char"}},
    ],
    length=5,
    prompt="to ",
)

CASES = {
    "step": (STEP, {}),
    "no draw": (STEP, {"seed": None}),
    "log": (LOG, {"seed": None}),
    "race": (LOG, {"sampler": "race", "seed": 3}),
    "chain": (CHAIN, {"expect": "exact"}),
    "shared": (SHARED, {"expect": "exact"}),
    "letters": (LETTERS, {}),
    "myopia": (load("catalog:token-myopia"), {"expect": "exact"}),
}

NOT_CLAIMED = (
    "seed",  # of one step without models it is forged with its draw, see test_verify
    "options.*",
)
