"""Every side question on random nasty instances: answered, and never rejected by its own check."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings, strategies as st

import eqsolve
from eqsolve import testing
from eqsolve.core.errors import NoSolutionError, UnsupportedError
from eqsolve.core.options import option_table
from eqsolve.families.normal_form_game import gambit, gambit_process
from eqsolve.io.encode import encode
from eqsolve.registry import BUILT_IN, get_family

QUICK: dict[str, dict[str, Any]] = {
    "basins": {"starts": 3, "max_steps": 50},
    "dynamics": {"max_steps": 50},
    "entry": {"steps": 3, "starts": 1},
    "paradox": {"tries": 2},
    "sweep": {"values": [1, 2]},
    "sweep_bids": {"grid": [1, 2]},
    "sweep_costs": {"costs": [0, 1]},
    "train_denoiser": {"steps": 2, "draws": 50},
}
WORDS: dict[str, dict[str, list[str]]] = {
    "potential": {"potential": ["exact", "ordinal", "generalized_ordinal"]},
    "dominance": {"dominance": ["strict", "weak"]},
    "dynamics": {"order": ["cyclic", "random", "simultaneous"], "response": ["best", "better"]},
    "sinks": {"rule": ["better", "best"]},
    "welfare_effects": {"prices": ["greatest", "least"]},
}
PAIRS = [(family.kind, name) for family in BUILT_IN for name in family.questions]


def _instances(kind: str) -> Any:
    """Return the strategy for a kind, which is called by its plural."""
    (name,) = {f"{kind}s", kind} & set(testing.__all__)
    return getattr(testing, name)()


def _asked_here(request: dict[str, str], _: object) -> tuple[dict[str, Any], None]:
    """Return Gambit's answer in this process: it has one of its own in the tests of games."""
    given, told, path = io.StringIO(json.dumps(request)), io.StringIO(), ["", *sys.path]
    with mock.patch.multiple(sys, stdin=given, stdout=told, path=path):
        gambit_process.main()
    return json.loads(told.getvalue()), None


@pytest.fixture(scope="module", autouse=True)
def _no_process_for_each_game() -> Iterator[None]:
    with mock.patch.object(gambit, "_run", _asked_here):
        yield


@pytest.mark.parametrize(("kind", "question"), PAIRS)
@settings(max_examples=30)
@given(data=st.data())
def test_no_right_answer_is_rejected(kind: str, question: str, data: st.DataObject) -> None:
    instance = data.draw(_instances(kind))
    options = option_table(get_family(kind).questions[question])
    chosen = {
        key: data.draw(st.sampled_from(words))
        for key, words in WORDS.get(question, {}).items()
        if key in options  # questions of several kinds may have one name
    }
    try:
        quick = {key: given for key, given in QUICK.get(question, {}).items() if key in options}
        answer = eqsolve.ask(instance, question, **quick, **chosen)
    except (NoSolutionError, UnsupportedError):
        return
    document = json.loads(encode(answer.to_dict()))
    assert document["question"] == question
    assert answer.sentence
    assert str(answer)
