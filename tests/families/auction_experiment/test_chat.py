"""Chat bidders, as a user meets them; the server is the one of the endpoint tests."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import eqsolve
from eqsolve import AuctionExperiment, Limit, Status, solve, verify
from eqsolve.cli.__main__ import main
from eqsolve.core.errors import OptionError
from eqsolve.core.report import Verdict
from eqsolve.endpoints import client as module
from eqsolve.families.auction_experiment import session
from eqsolve.families.auction_experiment.instance.view import View
from tests.endpoints.server import FakeServer

pytest.importorskip("httpx", reason="httpx is not installed (extra chat)")

CANARY = "canary-31f0be77"
VALUES = {"model": "private", "prior": {"integers": [0, 9]}}
GRID = {"min": 0, "max": 9, "increment": 1}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.01)


def question(body: Mapping[str, Any]) -> str:
    """Return what is asked."""
    return str(body["messages"][-1]["content"])


def value_in(body: Mapping[str, Any]) -> int:
    """Return the type that a question tells."""
    return int(re.findall(r"(?:Its worth to you|Your estimate): -?\$(\d+)", question(body))[-1])


def sensible(body: Mapping[str, Any]) -> str:
    """Say what a truthful model says, whatever it is asked."""
    asked = question(body)
    if "<BID>" in asked:
        return f"I think so. <BID>{value_in(body)}</BID>"
    if "will start at" in asked:
        start = int(re.findall(r"will start at \$(\d+)", asked)[-1])
        return f"<ACTION>{'stay' if value_in(body) >= start else 'leave'}</ACTION>"
    if "The price is" in asked:
        price = int(re.findall(r"The price is \$(\d+)", asked)[-1])
        if "take" in asked:
            return f"<ACTION>{'take' if price <= value_in(body) else 'wait'}</ACTION>"
        return f"<ACTION>{'stay' if price < value_in(body) else 'leave'}</ACTION>"
    return "plan: bid what it is worth" if "plan to bid" in asked else "nothing to add"


def plan(url: str, *, format: str = "second_price", rounds: int = 2, sessions: int = 2,
         chats: int = 2, **more: Any) -> AuctionExperiment:  # fmt: skip
    fields = {"rule": "chat", "endpoint": url, "model": "m", **more.pop("chat", {})}
    auction = {"format": format, "n_bidders": 3, "values": VALUES, "bids": GRID}
    auction |= more.pop("auction", {})
    seats: list[Any] = [fields] * chats + [{"rule": "truthful"}] * (3 - chats)
    return AuctionExperiment(auction, seats, rounds, sessions, 7, **more)


def document(result: eqsolve.Result[Any]) -> str:
    """Return the record as text, without what the cache held before."""
    assert result.solution is not None
    fields = result.solution.to_dict()
    del fields["usage"]["from_cache"]
    return json.dumps(fields)


@pytest.mark.parametrize(
    ("format", "more"),
    [
        ("second_price", {}),
        ("first_price", {"protocol": {"plan": False, "reflect": False, "show_history": False}}),
        ("english", {}),
        ("english_blind", {"auction": {"tick": "at_once", "reserve": 2}}),
        ("dutch", {}),
        ("second_price", {"proxy": {"periods": 2, "closing": "soft", "max_extensions": 1}}),
    ],
)
def test_models_bid_what_they_say_and_the_transcript_proves_it(
    format: str, more: dict[str, Any], tmp_path: Path
) -> None:
    cache = str(tmp_path / "answers.sqlite")
    with FakeServer(say=sensible) as server:
        experiment = plan(server.url, format=format, **more)
        result = solve(experiment, cache=cache, benchmark="truthful")
    assert result.status is Status.SOLVED, result.stats.remarks
    record = result.solution
    assert not record.failures
    assert result.check.verdict is Verdict.VALID, str(result.check)
    for entry in record.rounds:
        for seat in range(3):
            if entry.bids[seat] is not None and seat != entry.winner:
                assert entry.bids[seat] == max(entry.values[seat], 0) or format == "english_blind"
    # Without the answers nothing shows what was said; the rules are followed all the same.
    assert verify(experiment, record).verdict is Verdict.NOT_PROVED
    # Nobody is asked again, and the record is the same byte for byte.
    again = solve(experiment, cache=cache, offline=True, benchmark="truthful")
    assert document(again) == document(result)
    assert again.solution.usage["from_cache"] == again.solution.usage["requests"]


def test_what_is_asked_at_once_does_not_show(tmp_path: Path) -> None:
    found = []
    for at_once in (1, 8):
        with FakeServer(say=sensible) as server:
            experiment = plan(server.url, sessions=3)
            cache = str(tmp_path / f"{at_once}.sqlite")
            found.append(document(solve(experiment, cache=cache, requests_at_once=at_once)))
    one, other = (re.sub(r"127\.0\.0\.1:\d+", "", text) for text in found)
    assert one == other


def test_no_type_is_in_reach_of_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[View] = []

    def remembered(*given: Any, **more: Any) -> View:
        seen.append(View(*given, **more))
        return seen[-1]

    monkeypatch.setattr(session, "View", remembered)
    with FakeServer(say=sensible) as server:
        solve(plan(server.url, sessions=1))
    assert {view.question for view in seen if view.value is None} == {"plan"}
    assert {view.question for view in seen if view.value is not None} == {"bid", "reflect"}


def test_plans_and_reflections_are_noted_and_shown_to_the_model() -> None:
    with FakeServer(say=sensible) as server:
        result = solve(plan(server.url, sessions=1, chat={"persona": "You are a collector."}))
        asked = [body for _, body, _ in server.requests]
    first, last = result.solution.rounds
    assert first.notes[0] == {"plan": "plan: bid what it is worth", "reflection": "nothing to add"}
    assert last.notes[0] == {"plan": "plan: bid what it is worth", "reflection": ""}
    assert first.notes[2] is None
    assert all(body["messages"][0]["content"].startswith("You are a collector.") for body in asked)
    plans = [question(body) for body in asked if "plan to bid" in question(body)]
    assert "Its worth to you" not in plans[0]  # before the type is shown
    bids = [question(body) for body in asked if "How much do you bid" in question(body)]
    assert "Your plan for this round: plan: bid" in bids[0]
    assert "What you noted after the last round: nothing to add" in bids[-1]
    assert "Round 1: to you the prize was worth" in bids[-1]
    assert "Round 1" not in bids[0].split("Round 1 of 2")[0]


@pytest.mark.parametrize(
    ("said", "bid"),
    [
        ("<BID>4</BID>", 4),
        ("between 3 and 8: <bid> $5.00 </bid> 7", 5),
        ("first 3, then I settle on 6.", 6),
        ("<BID>\u0664</BID>", 4),
        ("2 or 7", 7),
    ],
)
def test_answers_are_read_by_tag_then_by_the_last_number(said: str, bid: int) -> None:
    with FakeServer(say=lambda body: said) as server:
        record = solve(plan(server.url, rounds=1, sessions=1, chats=1)).solution
    assert record.rounds[0].bids[0] == bid
    assert not record.failures


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("forty-two", "no number in digits"),
        ("", "no number in digits"),
        ("<BID>12</BID>", "above the greatest bid, 9"),
        ("<BID>-3</BID>", "below the least bid, 0"),
        ("<BID>2.5</BID>", "steps of 1"),
    ],
)
def test_bad_answers_are_asked_again_and_then_the_bidder_stays_out(
    said: str, reason: str, tmp_path: Path
) -> None:
    cache = str(tmp_path / "a.sqlite")
    with FakeServer(say=lambda body: said) as server:
        experiment = plan(
            server.url, rounds=1, sessions=1, chats=1, repeat_on_bad_answer=2,
            protocol={"plan": False},
        )  # fmt: skip
        result = solve(experiment, cache=cache)
        asked = [body["messages"] for _, body, _ in server.requests]
    assert [len(messages) for messages in asked] == [2, 4, 6]
    assert reason in asked[-1][-1]["content"]
    assert result.solution.rounds[0].bids[0] is None
    (failure,) = result.solution.failures
    assert (failure.bidder, failure.done) == (0, "stayed out")
    assert reason in failure.reason
    assert result.status is Status.SOLVED
    assert result.check.verdict is Verdict.VALID


def test_a_better_second_answer_counts() -> None:
    def learns(body: Mapping[str, Any]) -> str:
        return "<BID>3</BID>" if len(body["messages"]) > 2 else "as much as it takes"

    with FakeServer(say=learns) as server:
        result = solve(plan(server.url, rounds=1, sessions=1, chats=1))
    assert result.solution.rounds[0].bids[0] == 3
    assert not result.solution.failures


@pytest.mark.parametrize("trouble", ["late", "429", "500", "broken", "dropped", "empty"])
def test_servers_that_stumble_are_asked_again(trouble: str) -> None:
    with FakeServer(trouble, trouble, say=sensible) as server:
        result = solve(plan(server.url, rounds=1, sessions=1, chats=1))
    assert result.status is Status.SOLVED, result.stats.remarks
    assert result.solution.rounds[0].bids[0] == result.solution.rounds[0].values[0]


def test_a_session_without_answer_ends_and_the_others_go_on(tmp_path: Path) -> None:
    with FakeServer("400", say=sensible) as server:
        path = written(tmp_path, plan(server.url, sessions=3))
        cache = tmp_path / "a.sqlite"
        done = run("solve", path, "--option", f"cache={cache}", "--output", tmp_path / "s.json")
    assert done.exit_code == 1, done.output
    found = json.loads((tmp_path / "s.json").read_text())
    assert (found["status"], found["limit"]) == ("feasible", "backend")
    assert {entry["session"] for entry in found["rounds"]} == {1, 2}
    (failure,) = found["failures"]
    assert failure["done"] == "session ended"
    assert "HTTP status 400" in failure["reason"]


def test_answers_are_kept_beside_the_solution(tmp_path: Path) -> None:
    with FakeServer(say=sensible) as server:
        path, out = written(tmp_path, plan(server.url)), tmp_path / "s.json"
        assert run("solve", path, "--output", out).exit_code == 0
        asked = len(server.requests)
        assert run("solve", path, "--output", out).exit_code == 0
        assert len(server.requests) == asked
    assert answers(tmp_path / "s.answers.sqlite") == asked
    assert run("verify", path, out).exit_code == 0
    (tmp_path / "s.answers.sqlite").unlink()
    assert run("verify", path, out).exit_code == 4


def test_a_server_that_dies_leaves_a_record_that_goes_on_later(tmp_path: Path) -> None:
    cache = str(tmp_path / "a.sqlite")
    plans = ["good"] * 5 + ["dies"]
    with FakeServer(*plans, say=sensible) as server:
        experiment = plan(server.url)
        early = solve(experiment, cache=cache, requests_at_once=1)
    assert early.status is Status.FEASIBLE or early.solution is None
    assert early.limit is Limit.BACKEND
    with FakeServer(say=sensible) as server:
        later = plan(server.url)
        result = solve(later, cache=cache)
        asked = len(server.requests)
    assert result.status is Status.SOLVED
    assert asked == result.solution.usage["requests"] - 5


def test_costs_and_requests_stop_a_run_in_time(tmp_path: Path) -> None:
    priced = {"max_tokens": 10, "price_in": 1000.0, "price_out": 1000.0}
    with FakeServer(say=sensible) as server:
        experiment = plan(server.url, chat=priced)
        whole = solve(experiment)
        cost = whole.solution.usage["cost"]
        some = solve(experiment, max_cost=cost / 2)
        few = solve(experiment, max_requests=7)
        none = solve(experiment, max_requests=0)
    assert whole.status is Status.SOLVED
    assert cost > 0
    assert some.limit is Limit.COST
    assert some.solution is None or some.solution.usage["cost"] <= cost / 2
    assert few.limit is Limit.REQUESTS
    assert (few.status, few.solution.usage["requests"]) == (Status.FEASIBLE, 7)
    assert len(few.solution.rounds) == 1
    assert none.status is Status.UNKNOWN


def test_offline_names_what_is_missing_and_counts_what_is_unused(tmp_path: Path) -> None:
    cache = str(tmp_path / "a.sqlite")
    with FakeServer(say=sensible) as server:
        other = plan(server.url, rounds=1, sessions=1)
        solve(other, cache=cache)
        experiment = plan(server.url, rounds=1, sessions=2)
        with pytest.raises(OptionError, match=r"session 1, round 0.*key [0-9a-f]{64}"):
            solve(experiment, cache=cache, offline=True)
        smaller = plan(server.url, rounds=1, sessions=1, chats=1)
        remarks = solve(smaller, cache=cache, offline=True).stats.remarks
    assert remarks == ("2 answers in the cache were not asked for",)


def test_no_key_leaves_the_machine_but_in_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EQSOLVE_TEST_KEY", CANARY)
    cache = tmp_path / "a.sqlite"
    with FakeServer("500", "401", say=sensible) as server:
        experiment = plan(server.url, chat={"key_env": "EQSOLVE_TEST_KEY"})
        path = written(tmp_path, experiment)
        done = run("solve", path, "--option", f"cache={cache}", "--output", tmp_path / "s.json")
        checked = run("verify", path, tmp_path / "s.json")
        assert server.requests[0][2]["Authorization"] == f"Bearer {CANARY}"
    texts = [done.output, checked.output, path.read_text(), (tmp_path / "s.json").read_text()]
    texts += [repr(experiment), json.dumps(experiment.bidders[0].to_dict())]
    assert all(CANARY not in text for text in texts)
    assert all(CANARY.encode() not in file.read_bytes() for file in tmp_path.iterdir())
    assert "Incorrect API key provided" in texts[3]


def test_lies_about_answers_are_found(tmp_path: Path) -> None:
    cache = str(tmp_path / "a.sqlite")
    with FakeServer(say=sensible) as server:
        experiment = plan(server.url, rounds=1, sessions=1)
        result = solve(experiment, cache=cache)
    record = result.solution
    (entry,) = record.rounds
    from dataclasses import replace

    low = replace(entry, bids=(0, *entry.bids[1:]))
    lie = replace(result, solution=replace(record, rounds=(low,)))
    assert "experiment.chat" in [check.id for check in verify(experiment, lie).failures]
    notes = ({"plan": "other", "reflection": ""}, *entry.notes[1:])
    lie = replace(result, solution=replace(record, rounds=(replace(entry, notes=notes),)))
    assert "experiment.chat" in [check.id for check in verify(experiment, lie).failures]
    # An answer that was changed in the transcript leads to another bid.
    with sqlite3.connect(cache) as rows:
        rows.execute("update transcript set answer = replace(answer, 'BID>', 'BID>1')")
    assert not verify(experiment, result).valid
    # One that is not there proves nothing.
    with sqlite3.connect(cache) as rows:
        rows.execute("delete from transcript")
    report = verify(experiment, result)
    assert report.verdict is Verdict.NOT_PROVED or not report.valid


def test_templates_of_users_and_interventions_reach_the_model(tmp_path: Path) -> None:
    text = tmp_path / "mine.txt"
    text.write_text("Game of {{n}} rounds against {{num_bidders}}, up to ${{private}}. {{rules}}")
    told = {"intervention": "dominant_strategy_revealed", "language": "German", "currency": "EUR "}
    with FakeServer(say=lambda body: "<BID>1</BID>") as server:
        solve(plan(server.url, rounds=1, sessions=1, template=text, chat=told))
        system = server.requests[0][1]["messages"][0]["content"]
    assert system.startswith("Game of 1 rounds against 2, up to $9. Everybody hands in one bid")
    assert "whatever the others do" in system
    assert "Answer in German" in system


SCRIPT = """
import signal, sys, eqsolve
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
experiment = eqsolve.load(sys.argv[1])
result = eqsolve.solve(experiment, cache=sys.argv[2])
eqsolve.save_solution(experiment, result, sys.argv[3])
"""


def started(*words: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SCRIPT, *map(str, words)])


def answers(cache: Path) -> int:
    if not cache.is_file():
        return 0
    with sqlite3.connect(cache) as rows:
        try:
            return int(rows.execute("select count(*) from transcript").fetchone()[0])
        except sqlite3.OperationalError:
            return 0


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_killed_goes_on_from_what_the_store_holds(
    how: signal.Signals, tmp_path: Path
) -> None:
    cache, out = tmp_path / "a.sqlite", tmp_path / "s.json"

    def slow(body: Mapping[str, Any]) -> str:
        time.sleep(0.05)
        return sensible(body)

    with FakeServer(say=slow) as server:
        experiment = plan(server.url, rounds=3)
        path = written(tmp_path, experiment)
        process = started(path, cache, out)
        end = time.monotonic() + 60
        while answers(cache) < 6 and time.monotonic() < end and process.poll() is None:
            time.sleep(0.02)
        os.kill(process.pid, how)
        process.wait(60)
        held = answers(cache)
        before = len(server.requests)
        assert started(path, cache, out).wait(120) == 0
        asked = len(server.requests) - before
        whole = solve(experiment)
    found = json.loads(out.read_text())
    assert found["status"] == "solved"
    assert 6 <= held < found["usage"]["requests"]
    assert asked <= found["usage"]["requests"] - held
    assert found["rounds"] == json.loads(json.dumps(whole.solution.to_dict()["rounds"]))


def written(folder: Path, experiment: AuctionExperiment) -> Path:
    path = folder / "plan.json"
    eqsolve.save(experiment, path)
    return path


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])
