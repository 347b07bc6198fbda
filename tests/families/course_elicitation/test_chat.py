"""Models that answer for students, as a user meets them, by the server of the endpoint tests."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import eqsolve
from eqsolve import CourseElicitation, Limit, Status, solve, verify
from eqsolve.cli.__main__ import main
from eqsolve.core.errors import OptionError
from eqsolve.core.report import Verdict
from eqsolve.endpoints import client as module
from eqsolve.families.course_elicitation.answering import read_choice
from eqsolve.families.course_elicitation.verify.transcript import _named
from tests.endpoints.server import FakeServer

pytest.importorskip("httpx", reason="httpx is not installed (extra chat)")

CANARY = "canary-5e1b90aa"
NAMES = ["art", "law", "math", "music"]
MARKET = {
    "values": [[90, 70, 30, 10], [20, 80, 70, 60], [10, 50, 60, 70]],
    "capacities": [1, 2, 2, 2],
    "max_courses": 2,
    "budgets": {"order": "index"},
    "labels": {"courses": NAMES},
}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.01)


def reads_the_text(body: Mapping[str, Any]) -> str:
    """Say which schedule has more of what the student's text says it wants."""
    text, asked = (body["messages"][k]["content"] for k in (0, 1))
    bands = ("I want most of all", "I would like", "I could live with")
    points = {}
    for weight, words in zip((4, 2, 1), bands, strict=True):
        for said in re.findall(rf"{words} ([^.]*)\.", text):
            points |= {name: weight for name in NAMES if name in said}
    first, second = re.findall(r"Schedule [AB]: ([^.]*)\.", asked)
    worth = [sum(points.get(n, 0) for n in NAMES if n in one) for one in (first, second)]
    return f"I think <CHOICE>{'B' if worth[1] > worth[0] else 'A'}</CHOICE>"


def plan(url: str, queries: int = 3, **more: Any) -> CourseElicitation:
    chat = {"rule": "chat", "endpoint": url, "model": "m", **more.pop("chat", {})}
    return CourseElicitation(MARKET, queries=queries, answerer=chat, seed=7,
                             **{"texts": "template", **more})  # fmt: skip


def document(result: eqsolve.Result[Any]) -> str:
    """Return the record as text, without what the cache held before."""
    fields = result.solution.to_dict()
    del fields["usage"]["from_cache"]
    return json.dumps(fields)


def test_models_answer_and_the_store_proves_it(tmp_path: Path) -> None:
    cache = str(tmp_path / "answers.sqlite")
    with FakeServer(say=reads_the_text) as server:
        asked = plan(server.url)
        result = solve(asked, cache=cache)
        bodies = [body for _, body, _ in server.requests]
    assert result.status is Status.SOLVED, result.stats.remarks
    record = result.solution
    assert record.accuracy > 0.6
    assert result.check.verdict is Verdict.VALID, str(result.check)
    assert record.usage["requests"] == len(bodies) == 9
    assert "I want most of all art and law." in bodies[0]["messages"][0]["content"]
    assert verify(asked, result, recheck=["learner"]).verdict is Verdict.VALID
    # Without the store nothing shows what was said; the rest follows all the same.
    assert verify(asked, record).verdict is Verdict.NOT_PROVED
    # Nobody is asked again, and the record is the same byte for byte.
    again = solve(asked, cache=cache, offline=True)
    assert document(again) == document(result)
    assert again.solution.usage["from_cache"] == again.solution.usage["requests"]


def test_what_is_asked_at_once_does_not_show(tmp_path: Path) -> None:
    found = []
    for at_once in (1, 3):
        with FakeServer(say=reads_the_text) as server:
            cache = str(tmp_path / f"{at_once}.sqlite")
            found.append(document(solve(plan(server.url), cache=cache, requests_at_once=at_once)))
    assert found[0] == found[1]


def test_own_texts_reach_the_model() -> None:
    with FakeServer(say=lambda body: "Schedule B") as server:
        texts = ["I love art.", "Give me law.", "Music, please."]
        solve(plan(server.url, queries=1, texts=texts))
        told = [body["messages"][0]["content"] for _, body, _ in server.requests]
    assert all(text in one for text, one in zip(texts, told, strict=True))


def test_answers_that_name_nothing_are_asked_again_and_then_given_up(tmp_path: Path) -> None:
    def learns(body: Mapping[str, Any]) -> str:
        return "<CHOICE>b</CHOICE>" if len(body["messages"]) > 2 else "both are fine"

    with FakeServer(say=learns) as server:
        result = solve(plan(server.url, queries=1))
    assert {query.answer for own in result.solution.queries for query in own} == {1}
    assert not result.solution.failures
    with FakeServer(say=lambda body: "both") as server:
        asked = plan(server.url, queries=2, chat={"repeat_on_bad_answer": 1})
        path = _written(tmp_path, asked)
        result = solve(asked, cache=str(tmp_path / "a.sqlite"))
        lengths = [len(body["messages"]) for _, body, _ in server.requests]
    assert lengths == [2, 4] * 3
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.BACKEND)
    assert [failure.query for failure in result.solution.failures] == [0, 0, 0]
    assert result.check.valid
    assert path.exists()


def test_a_student_whose_model_fails_is_asked_no_more_and_others_go_on() -> None:
    with FakeServer("good", "400", say=reads_the_text) as server:
        result = solve(plan(server.url))
    assert (result.status, result.limit) == (Status.FEASIBLE, Limit.BACKEND)
    assert [len(own) for own in result.solution.queries] == [1, 3, 3]
    (failure,) = result.solution.failures
    assert "HTTP status 400" in failure.reason


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    cache = str(tmp_path / "a.sqlite")
    with FakeServer(say=reads_the_text) as server:
        early = solve(plan(server.url), cache=cache, max_requests=4)
    assert (early.status, early.limit) == (Status.FEASIBLE, Limit.REQUESTS)
    assert sum(map(len, early.solution.queries)) == 4
    assert early.check.valid
    with FakeServer(say=reads_the_text) as server:
        result = solve(plan(server.url), cache=cache)
        asked = len(server.requests)
    assert result.status is Status.SOLVED
    assert asked == result.solution.usage["requests"] - 4


def test_costs_stop_a_run_in_time(tmp_path: Path) -> None:
    priced = {"max_tokens": 10, "price_in": 1000.0, "price_out": 1000.0}
    with FakeServer(say=reads_the_text) as server:
        whole = solve(plan(server.url, chat=priced))
        cost = whole.solution.usage["cost"]
        some = solve(plan(server.url, chat=priced), max_cost=cost / 2)
    assert cost > 0
    assert some.limit is Limit.COST
    assert some.solution.usage["cost"] <= cost / 2


def test_offline_names_what_is_missing(tmp_path: Path) -> None:
    cache = str(tmp_path / "a.sqlite")
    with FakeServer(say=reads_the_text) as server:
        solve(plan(server.url, queries=1), cache=cache)
        with pytest.raises(OptionError, match=r"student 0, query 1.*key [0-9a-f]{64}"):
            solve(plan(server.url, queries=2), cache=cache, offline=True)


def test_lies_about_answers_are_found(tmp_path: Path) -> None:
    cache = str(tmp_path / "a.sqlite")
    with FakeServer(say=reads_the_text) as server:
        asked = plan(server.url)
        result = solve(asked, cache=cache)
    record = result.solution
    query = record.queries[0][0]
    flipped = replace(query, answer=1 - query.answer, right=not query.right)
    rows = ((flipped, *record.queries[0][1:]), *record.queries[1:])
    lie = replace(result, solution=replace(record, queries=rows))
    assert "elicitation.answers" in [check.id for check in verify(asked, lie).failures]
    more = {**record.usage, "requests": 10}
    lie = replace(result, solution=replace(record, usage=more))
    assert "elicitation.answers" in [check.id for check in verify(asked, lie).failures]
    with sqlite3.connect(cache) as rows_:
        rows_.execute("update transcript set answer = replace(answer, 'CHOICE>A', 'CHOICE>B')")
        rows_.execute("update transcript set answer = replace(answer, 'think', 'say')")
    assert not verify(asked, result).valid or "A" not in str(record.queries)
    with sqlite3.connect(cache) as rows_:
        rows_.execute("delete from transcript")
    assert verify(asked, result).verdict is Verdict.NOT_PROVED


def test_no_key_leaves_the_machine_but_in_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EQSOLVE_TEST_KEY", CANARY)
    with FakeServer("500", "401", say=reads_the_text) as server:
        path = _written(tmp_path, plan(server.url, chat={"key_env": "EQSOLVE_TEST_KEY"}))
        out = tmp_path / "s.json"
        done = CliRunner().invoke(main, ["solve", str(path), "--output", str(out)])
        checked = CliRunner().invoke(main, ["verify", str(path), str(out), "--recheck", "learner"])
        assert server.requests[0][2]["Authorization"] == f"Bearer {CANARY}"
    assert checked.exit_code == 0, checked.output
    assert (tmp_path / "s.answers.sqlite").exists()
    texts = [done.output, checked.output, path.read_text(), out.read_text()]
    assert all(CANARY not in text for text in texts)
    assert all(CANARY.encode() not in file.read_bytes() for file in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("<CHOICE>A</CHOICE>", 0),
        ("first <choice>A</choice>, no: <Choice> schedule b </Choice>", 1),
        ("Schedule A is weaker, so schedule B", 1),
        ("<CHOICE>both</CHOICE> but rather schedule a", 0),
        ("B.", 1),
        (" (a) ", 0),
        ("A or B", None),
        ("schedule: B", None),
        ("a reschedule b", None),
        ("<CHOICE>ab</CHOICE>", None),
        ("<CHOICE></CHOICE>", None),
        ("", None),
    ],
)
def test_solver_and_verifier_read_the_same_choice(text: str, choice: int | None) -> None:
    assert read_choice(text) == choice
    assert _named(text) == choice


def _written(folder: Path, asked: CourseElicitation) -> Path:
    path = folder / "plan.json"
    eqsolve.save(asked, path)
    return path
