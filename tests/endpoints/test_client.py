"""The client: asked once, kept, repeated where it helps, stopped where it costs."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from eqsolve.core.errors import Fault, OptionError
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.status import Limit
from eqsolve.endpoints import client as module
from eqsolve.endpoints.address import Address, read_address
from eqsolve.endpoints.client import Client
from eqsolve.endpoints.errors import EndpointError, MissingAnswerError, StoppedError
from eqsolve.endpoints.request import Request, chat, completion
from eqsolve.endpoints.store import Store
from eqsolve.formats.logprobs import positions_of
from tests.endpoints.server import LATE, TOKENS, FakeServer, chances

pytest.importorskip("httpx", reason="httpx is not installed (extra chat)")

CANARY = "canary-3f9c1e77"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.01)


def bid(text: str = "bid?", **parameters: object) -> Request:
    return chat("m", [{"role": "user", "content": text}], max_tokens=5, **parameters)


def test_answers_of_both_forms() -> None:
    with FakeServer() as server, Client() as client:
        address = Address(server.url)
        talk = client.ask(address, bid(logprobs=True, top_logprobs=3))
        more = client.ask(address, completion("m", "bid?", max_tokens=1, logprobs=3))
    table = chances("m", "bid?")
    top = sorted(table, key=lambda token: -table[token])[:3]
    for reply in (talk, more):
        assert reply.text == top[0]
        faults: list[Fault] = []
        assert list(positions_of(reply.answer, faults)[0].tokens) == top
        assert faults == []
        assert (reply.tokens_in, reply.tokens_out) == (1, 1)
    assert [path for path, _, _ in server.requests] == ["/v1/chat/completions", "/v1/completions"]


@pytest.mark.parametrize("trouble", ["429", "500", "broken", "empty", "dropped"])
def test_what_may_pass_is_asked_again(trouble: str) -> None:
    pauses = []

    class Watched(Client):
        def _pause(self, seconds: float, trouble: str) -> None:
            pauses.append(seconds)
            super()._pause(seconds, trouble)

    with FakeServer(trouble, trouble) as server, Watched() as client:
        assert client.ask(Address(server.url), bid()).text
        assert len(server.requests) == 3
        assert (client.usage.repeats, client.usage.failures) == (2, 0)
    assert pauses == ([0.2, 0.2] if trouble == "429" else [0.01, 0.02])  # Retry-After, or doubling
    for pause, (sooner, later) in zip(pauses, pairwise(server.moments), strict=True):
        assert later - sooner >= pause


@pytest.mark.parametrize("trouble", ["400", "401", "404", "moved", "missing"])
def test_a_refusal_is_final(trouble: str) -> None:
    with FakeServer(trouble) as server, Client() as client:
        with pytest.raises(EndpointError) as caught:
            client.ask(Address(server.url), bid())
        assert len(server.requests) == 1
        assert len(client.store) == 0
        assert client.usage.failures == 1
    words = {"moved": "302", "missing": "the answer lacks choices"}.get(trouble, trouble)
    assert words in str(caught.value)
    assert server.url in str(caught.value)


def test_after_some_attempts_it_is_a_failure() -> None:
    with FakeServer(*["500"] * 9) as server, Client(tries=3) as client:
        with pytest.raises(EndpointError, match=r"HTTP status 500: oops \(tried 3 times\)"):
            client.ask(Address(server.url), bid())
        assert len(server.requests) == 3
    with Client(tries=2) as client, pytest.raises(EndpointError, match=r"refused.*tried 2 times"):
        client.ask(Address(server.url), bid())


def test_a_server_that_asks_for_hours_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST", 0.1)
    with (
        FakeServer("429") as server, Client() as client,
        pytest.raises(EndpointError, match=r"slow down.*tried once"),
    ):  # fmt: skip
        client.ask(Address(server.url), bid())


def test_a_late_answer_is_waited_for_or_not() -> None:
    with FakeServer("late") as server, Client() as client:
        assert client.ask(Address(server.url), bid()).text
        assert client.usage.repeats == 0
    with FakeServer("late") as server, Client(timeout=LATE / 4) as client:
        assert client.ask(Address(server.url), bid()).text
        assert client.usage.repeats == 1
    with FakeServer("late") as server:
        deadline = Deadline(Limits(time=LATE / 4))
        start = time.monotonic()
        with Client(deadline=deadline) as client, pytest.raises(StoppedError) as caught:
            client.ask(Address(server.url), bid())
        assert time.monotonic() - start < LATE
        assert caught.value.limit is Limit.TIME


def test_waiting_is_interrupted() -> None:
    deadline = Deadline()
    with FakeServer(*["429"] * 5) as server, Client(deadline=deadline) as client:
        threading.Timer(0.1, deadline.cancel).start()
        with pytest.raises(StoppedError, match=r"interrupted; .*slow down") as caught:
            client.ask(Address(server.url), bid())
    assert caught.value.limit is Limit.INTERRUPTED


def test_one_question_is_asked_once_and_replayed(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    with FakeServer() as server, Client(Store(path)) as client:
        address = Address(server.url, price_in=1e6)
        first = client.ask(address, bid("one two"))
        assert client.ask(address, bid("one two")) == first
        client.ask(address, bid("one two", repeat=1))
        assert len(server.requests) == 2
        assert client.usage.to_dict() == {
            "requests": 3, "from_cache": 1, "repeats": 0, "failures": 0,
            "tokens_in": 6, "tokens_out": 3, "cost": 6.0,
        }  # fmt: skip
        assert client.budget.spent == 4.0
    moved = Address("http://127.0.0.1:1/elsewhere", key_env="NOT_SET")  # nobody is asked there
    with Client(Store(path), offline=True) as again:
        assert again.ask(moved, bid("one two")) == first
        assert again.store.unused() == 1
        request = bid("three")
        with pytest.raises(MissingAnswerError, match=f"cache.sqlite holds no .*{request.key}"):
            again.ask(moved, request)


def test_an_answer_is_written_before_it_is_used(tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    class Watched(Store):
        def put(self, request: Request, answer: str) -> str:
            super().put(request, answer)
            raise KilledError

    path = tmp_path / "cache.sqlite"
    with FakeServer() as server, Client(Watched(path)) as client, pytest.raises(KilledError):
        client.ask(Address(server.url), bid())
    with Client(Store(path), offline=True) as again:
        assert again.ask(Address(server.url), bid()).text


def test_an_answer_that_is_no_use_is_not_kept() -> None:
    def refuse(reply: object) -> None:
        raise ValueError("no use")

    with FakeServer() as server, Client() as client:
        with pytest.raises(ValueError, match="no use"):
            client.ask(Address(server.url), bid(), refuse)
        assert len(client.store) == 0
        assert client.ask(Address(server.url), bid()).text
        client.ask(Address(server.url), bid(), refuse)  # what is kept was accepted
    assert len(server.requests) == 2


def test_a_run_whose_server_dies_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    questions = [bid(f"question {k}") for k in range(4)]
    with (
        FakeServer("good", "good", "dies") as server, Client(Store(path), tries=2) as client,
        pytest.raises(EndpointError),
    ):  # fmt: skip
        client.ask_all([(Address(server.url), question) for question in questions])
    with FakeServer() as server, Client(Store(path)) as client:
        found = client.ask_all([(Address(server.url), question) for question in questions])
        assert len(server.requests) == 2
    with FakeServer() as server, Client() as whole:
        asked = [(Address(server.url), question) for question in questions]
        assert whole.ask_all(asked, at_once=4) == found


def test_many_at_once_keep_one_answer_each(tmp_path: Path) -> None:
    with FakeServer() as server, Client(Store(tmp_path / "c")) as client:
        asked = [(Address(server.url), bid(f"question {k % 5}")) for k in range(40)]
        found = client.ask_all(asked, at_once=8)
        assert len(client.store) == 5
        assert found == found[:5] * 8
        assert client.usage.requests == 40


def test_it_stops_before_too_much_is_paid() -> None:
    with FakeServer() as server:
        address = Address(server.url, price_in=1000.0, price_out=2000.0)
        most = (len(bid("x 0").content) + 100) * 1e-3 + 5 * 2e-3
        paid = 2 * 1e-3 + 2e-3
        with Client(max_cost=most + 2 * paid) as client:
            for k in range(3):
                client.ask(address, bid(f"x {k}"))
            with pytest.raises(StoppedError, match=r"0\.012 of max_cost") as caught:
                client.ask(address, bid("x 3"))
            assert caught.value.limit is Limit.COST
            assert client.ask(address, bid("x 1")).text  # what is kept costs nothing
            assert client.budget.spent == pytest.approx(3 * paid)
        assert len(server.requests) == 3
        with Client(max_cost=1) as client, pytest.raises(OptionError, match="needs max_tokens"):
            client.ask(address, chat("m", []))
    with pytest.raises(OptionError, match="max_cost = -1"):
        Client(max_cost=-1)


def test_it_stops_before_too_much_is_asked() -> None:
    with FakeServer("good", "500") as server, Client(max_requests=4) as client:
        address = Address(server.url)
        for k in range(3):
            client.ask(address, bid(f"x {k}"))  # four are sent: one of them twice
        with pytest.raises(StoppedError, match="4 requests were sent, max_requests") as caught:
            client.ask(address, bid("x 3"))
        assert caught.value.limit is Limit.REQUESTS
        assert client.ask(address, bid("x 1")).text  # what is kept needs no request
        assert len(server.requests) == client.budget.sent == 4
        assert client.usage.repeats == 1
    with FakeServer(*["500"] * 5) as server, Client(max_requests=2) as client:
        with pytest.raises(StoppedError, match="2 requests were sent"):
            client.ask(Address(server.url), bid())
        assert len(server.requests) == 2
    with FakeServer() as server, Client(max_requests=0) as client:
        with pytest.raises(StoppedError):
            client.ask(Address(server.url), bid())
        assert server.requests == []
    for wrong in (-1, 1.5, True):
        with pytest.raises(OptionError, match="max_requests"):
            Client(max_requests=wrong)  # type: ignore[arg-type]


def test_threads_together_send_no_more_than_may_be_sent() -> None:
    with FakeServer() as server, Client(max_requests=7) as client:
        asked = [(Address(server.url), bid(f"question {k}")) for k in range(20)]
        with pytest.raises(StoppedError):
            client.ask_all(asked, at_once=5)
        assert len(server.requests) <= 7


def test_fresh_asks_anew_what_was_kept_and_keeps_the_new(tmp_path: Path) -> None:
    words = iter(["one", "two", "three", "four", "five"])
    path = tmp_path / "cache.sqlite"
    with FakeServer(say=lambda body: next(words)) as server:
        address = Address(server.url)
        with Client(Store(path)) as client:
            assert client.ask(address, bid()).text == "one"
            assert client.ask(address, bid("other")).text == "two"
        with Client(Store(path), fresh=True) as client:
            assert client.ask(address, bid()).text == "three"
            assert client.ask(address, bid()).text == "three"  # once in the life of a client
            assert client.usage.from_cache == 1
            assert client.ask(address, bid("a third")).text == "four"
        with Client(Store(path), offline=True) as client:
            said = [client.ask(address, bid(text)).text for text in ("bid?", "other", "a third")]
        assert said == ["three", "two", "four"]
        with Client(fresh=True) as client:
            asked = [client.ask(address, bid()).text for _ in range(2)]
        assert asked == ["five", "five"]
        assert len(server.requests) == 5
    with pytest.raises(OptionError, match="fresh"):
        Client(offline=True, fresh=True)


def test_what_is_asked_anew_in_vain_leaves_what_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "cache.sqlite"
    with FakeServer("good", "400") as server:
        address = Address(server.url)
        with Client(Store(path)) as client:
            first = client.ask(address, bid())
        with Client(Store(path), fresh=True) as client, pytest.raises(EndpointError):
            client.ask(address, bid())
    with Client(Store(path), offline=True) as client:
        assert client.ask(address, bid()) == first


def test_threads_that_ask_anew_all_use_one_answer(tmp_path: Path) -> None:
    path, numbers = tmp_path / "cache.sqlite", iter(range(99))
    with FakeServer(say=lambda body: str(next(numbers))) as server:
        address = Address(server.url)
        with Client(Store(path)) as client:
            client.ask(address, bid())
        with Client(Store(path), fresh=True) as client:
            found = {reply.text for reply in client.ask_all([(address, bid())] * 16, at_once=8)}
        with Client(Store(path), offline=True) as client:
            assert found == {client.ask(address, bid()).text}
    assert found != {"0"}


@pytest.mark.parametrize("trouble", ["wordless", "null"])
def test_an_answer_without_words_is_an_answer_and_is_kept(trouble: str) -> None:
    with FakeServer(trouble) as server, Client() as client:
        address = Address(server.url)
        assert client.ask(address, bid()).text == ""
        assert client.ask(address, bid()).text == ""
        assert client.ask(address, bid(repeat=1)).text in TOKENS
        assert len(server.requests) == 2


def test_what_is_not_counted_costs_the_most_that_it_can() -> None:
    with FakeServer("no usage") as server, Client() as client:
        address = Address(server.url, price_in=1e6, price_out=1e6)
        reply = client.ask(address, bid())
        assert client.budget.spent == len(bid().content) + 100 + min(5, len(reply.text) + 1)


def test_a_key_is_nowhere(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("A_KEY", CANARY)
    caplog.set_level(logging.DEBUG)

    def echo(body: object) -> str:
        return f"your key is {CANARY}"

    store = Store(tmp_path / "cache.sqlite")
    with FakeServer("good", "500", "401", say=echo) as server, Client(store) as client:
        address = Address(server.url, key_env="A_KEY")
        reply = client.ask(address, bid())
        assert reply.text == "your key is ***"
        with pytest.raises(EndpointError) as caught:
            client.ask(address, bid("another"))
        said = [caught.value, caught.value.said, address, client.__dict__, client.usage]
    assert [head["Authorization"] for _, _, head in server.requests] == [f"Bearer {CANARY}"] * 3
    assert "Incorrect API key provided: Bearer ***" in str(caught.value)
    shown = "".join([repr(said), str(said), caplog.text, *capfd.readouterr()])
    assert CANARY not in shown
    for path in tmp_path.iterdir():
        assert CANARY.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("value", "words"), [(None, "is not set"), ("ké", "holds no key of plain")]
)
def test_a_key_that_cannot_be_is_said_before_anything_is_sent(
    value: str | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("A_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("A_KEY", value)
    with (
        FakeServer() as server, Client() as client,
        pytest.raises(OptionError, match=f"A_KEY {words}"),
    ):  # fmt: skip
        client.ask(Address(server.url, key_env="A_KEY"), bid())
    assert server.requests == []


def test_without_httpx_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "httpx", None)
    with Client() as client, pytest.raises(OptionError, match="pip install httpx"):
        client.ask(Address("http://127.0.0.1:1"), bid())


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"url": "127.0.0.1:8000"}, "url", "must begin with http"),
        ({"url": 3}, "url", "must begin with http"),
        ({"url": "http://"}, "url", "is no address"),
        ({"url": "http://a:b"}, "url", "is no address"),
        ({"url": f"http://{CANARY}@host/v1"}, "url", "must hold no name, key"),
        ({"url": f"http://host/v1?key={CANARY}"}, "url", "must hold no name, key"),
        ({"url": "http://host", "key_env": f"{CANARY}"}, "key_env", "name of an environment"),
        ({"url": "http://host", "price_in": -1}, "price_in", "must be >= 0"),
        ({"url": "http://host", "price_out": True}, "price_out", "must be >= 0"),
    ],
)
def test_addresses_that_cannot_be_are_named_and_show_no_key(
    fields: dict[str, object], field: str, words: str
) -> None:
    faults: list = []
    assert read_address(fields, faults) is None
    assert [fault.field for fault in faults] == [field]
    assert words in str(faults[0])
    assert CANARY not in str(faults[0])


def test_keys_of_requests_are_those_of_their_content() -> None:
    one = bid()
    assert bid().key == one.key
    others = [
        bid("bid!"), bid(repeat=1), bid(server=1), bid(temperature=0.0), bid(temperature=1.0),
        chat("n", [{"role": "user", "content": "bid?"}], max_tokens=5), completion("m", "bid?"),
    ]  # fmt: skip
    assert len({request.key for request in [one, *others]}) == len(others) + 1
    again = Request(one.path, dict(reversed(one.body.items())))
    assert again.key == one.key
    assert json.loads(one.canonical)["body"] == one.body


def test_stores_that_cannot_be_are_named(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("this is no database at all " * 9)
    with pytest.raises(OptionError, match="text: cannot be used as transcript"):
        Store(tmp_path / "text")
    other = sqlite3.connect(tmp_path / "other")
    other.execute("create table runs (a)")
    other.close()
    with pytest.raises(OptionError, match="holds no transcript"):
        Store(tmp_path / "other")
    with pytest.raises(OptionError, match="unable to open"):
        Store(tmp_path / "none" / "file")


def test_two_stores_of_one_file_keep_the_first_answer(tmp_path: Path) -> None:
    one, two = Store(tmp_path / "s"), Store(tmp_path / "s")
    assert one.put(bid(), "1") == "1"
    assert two.put(bid(), "2") == "1"
    assert one.get(bid()) == "1"


@pytest.mark.parametrize("name", [None, "asked.sqlite"])
def test_what_is_asked_anew_replaces_what_was_kept_and_nothing_else_does(
    tmp_path: Path, name: str | None
) -> None:
    store = Store(None if name is None else tmp_path / name)
    assert [store.put(bid(), "1"), store.put(bid(), "2")] == ["1", "1"]
    assert store.put(bid(), "3", replace=True) == "3"
    assert (store.get(bid()), len(store)) == ("3", 1)
