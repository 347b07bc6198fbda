"""Models to talk to, as files name them: what is sent, and what is refused before anything is."""

from __future__ import annotations

import pytest

from eqsolve.core.errors import Fault
from eqsolve.endpoints.client import Client
from eqsolve.endpoints.talker import KEY_FIELDS, TALKER_FIELDS, Talker, read_talker
from tests.endpoints.server import FakeServer

CANARY = "canary-77aa"
MESSAGES = [{"role": "system", "content": "you bid"}, {"role": "user", "content": "bid?"}]


def read(fields: dict[str, object]) -> tuple[Talker | None, list[Fault]]:
    faults: list[Fault] = []
    return read_talker(fields, faults), faults


def test_what_is_sent_is_what_the_file_says() -> None:
    pytest.importorskip("httpx", reason="httpx is not installed (extra chat)")
    with FakeServer() as server, Client() as client:
        fields = {"endpoint": server.url, "model": "m", "temperature": 0.5, "max_tokens": 9}
        talker, faults = read(fields)
        assert faults == []
        assert talker is not None
        plain = talker.request(MESSAGES)
        seeded = talker.request(MESSAGES, seed=7, repeat=1)
        for request in (plain, seeded, plain):
            client.ask(talker.address, request)
    bodies = [body for _, body, _ in server.requests]
    assert bodies == [
        {"model": "m", "messages": MESSAGES, "temperature": 0.5, "max_tokens": 9},
        {"model": "m", "messages": MESSAGES, "temperature": 0.5, "max_tokens": 9, "seed": 7},
    ]
    assert {path for path, _, _ in server.requests} == {"/v1/chat/completions"}


@pytest.mark.parametrize(
    "fields",
    [
        {"endpoint": "http://host/v1", "model": "m"},
        {"endpoint": "https://host", "model": "m", "temperature": 0.0, "max_tokens": 1,
         "key_env": "A_KEY", "price_in": 0.5, "price_out": 2.0},
    ],
)  # fmt: skip
def test_files_come_back_as_they_were(fields: dict[str, object]) -> None:
    talker, faults = read(fields)
    assert faults == []
    assert talker is not None
    assert talker.to_dict() == fields
    assert set(talker.to_dict()) <= set(TALKER_FIELDS)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"endpoint": "localhost:8000/v1"}, "endpoint", "must begin with http"),
        ({"endpoint": None}, "endpoint", "must begin with http"),
        ({"model": None}, "model", "must be the name of a model"),
        ({"model": " "}, "model", "must be the name of a model"),
        ({"temperature": -1}, "temperature", "must be >= 0"),
        ({"temperature": float("nan")}, "temperature", "must be >= 0"),
        ({"temperature": "0.5"}, "temperature", "must be >= 0"),
        ({"max_tokens": 0}, "max_tokens", "must be a whole number >= 1"),
        ({"max_tokens": True}, "max_tokens", "must be a whole number >= 1"),
        ({"price_in": -1}, "price_in", "must be >= 0"),
        ({"key_env": "sk-" + CANARY}, "key_env", "name of an environment variable"),
        *(({name: CANARY}, name, "no key may stand here") for name in KEY_FIELDS),
        ({"API_KEY": CANARY}, "API_KEY", "no key may stand here"),
    ],
)
def test_what_cannot_be_is_named(change: dict[str, object], field: str, words: str) -> None:
    talker, faults = read({"endpoint": "http://host", "model": "m", **change})
    assert talker is None
    assert [fault.field for fault in faults] == [field]
    assert words in str(faults[0])
    assert CANARY not in str(faults[0])


def test_all_faults_are_named_at_once() -> None:
    faults = read({"temperature": "hot", "max_tokens": 1.5, "key": CANARY, "price_out": "x"})[1]
    assert [fault.field for fault in faults] == [
        "key", "endpoint", "price_out", "model", "temperature", "max_tokens",
    ]  # fmt: skip
