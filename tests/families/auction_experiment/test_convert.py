"""Logs on the command line: records beside plans, stores of answers, and what is said of faults."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result as Shown

import eqsolve
from eqsolve.cli.__main__ import main
from eqsolve.endpoints.request import chat
from eqsolve.endpoints.store import Store
from eqsolve.families.auction_experiment.convert import load_auction_logs
from eqsolve.families.auction_experiment.convert.sources import result_of
from tests.families.auction_experiment.foreign import played, write_run, write_session


def run(*arguments: object) -> Shown:
    return CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a treatment of two sessions, one bid of which exceeds the cap."""
    rounds = [
        played(0, [66, 31, 98], [60, 30, 90], 2, 60),
        played(1, [59, 79, 4], [50, 70, 4], 1, 50),
    ]
    write_session(tmp_path / "private_second_price", rounds, 0)
    rounds = [played(0, [5, 6, 7], [5, 6, 114], 2, 6), played(1, [7, 6, 5], [7, 6, 5], 0, 6)]
    write_session(tmp_path / "private_second_price", rounds, 1)
    return tmp_path / "private_second_price"


def test_a_record_stands_beside_its_plan_and_verify_names_the_fault(
    folder: Path, tmp_path: Path
) -> None:
    target = tmp_path / "plan.json"
    shown = run("convert", folder, target)
    assert shown.exit_code == 0, shown.stderr
    assert "wrong in the source: result_2_" in shown.stderr
    assert "exceeds the cap 99" in shown.stderr
    assert "1 with its solution beside it" in shown.stdout
    plan = eqsolve.load(target)
    record = eqsolve.load_solution(tmp_path / "plan.solution.json", plan).solution
    (again,) = load_auction_logs(folder)
    assert record == again
    checked = run("verify", target, tmp_path / "plan.solution.json")
    assert checked.exit_code == 1
    assert "exceeds the cap 99" in checked.stdout
    assert "not valid: 1 of" in checked.stdout
    solved = run("solve", target, "--option", "benchmark=truthful")
    assert solved.exit_code == 0
    assert "wrong in the source" in solved.stdout


def test_folders_take_both_and_streams_take_plans(folder: Path, tmp_path: Path) -> None:
    assert run("convert", folder, tmp_path / "out").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "private_second_price.json", "private_second_price.solution.json",
    ]  # fmt: skip
    shown = run("convert", folder, tmp_path / "out.jsonl")
    assert "1 instance" in shown.stdout
    assert "solution" not in shown.stdout
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 1


def test_proxy_auctions_of_others_are_checked_but_for_what_nobody_knows(tmp_path: Path) -> None:
    moves = [(0, 1, 40), (0, 0, 43), (0, 2, 42), (1, 2, None), (1, 1, None), (1, 0, 45)]
    write_run(tmp_path / "ebay_proxy", moves)
    (record,) = load_auction_logs(tmp_path, periods=2)
    report = eqsolve.verify(record.experiment, record)
    assert report.failures == ()
    assert any("others drew them" in sentence for sentence in report.unchecked)
    assert any("in which order" in sentence for sentence in report.unchecked)
    entry = record.rounds[0]
    assert entry.periods is not None
    for wrong in (
        replace(entry, price=44, payments=(44, 0, 0)),
        replace(entry, winner=1),
        replace(entry, periods=(*entry.periods[:3], replace(entry.periods[3], price=44),
                                *entry.periods[4:])),
        replace(entry, periods=entry.periods[:3]),
        replace(entry, periods=(*entry.periods[:4], entry.periods[3], entry.periods[5])),
        replace(entry, bids=(45, 40, 41)),
        replace(entry, profits=(3, 0, 0)),
    ):  # fmt: skip
        forged = replace(record, rounds=(wrong,))
        assert eqsolve.verify(record.experiment, forged).failures != ()


def test_options_and_cuts_are_named(folder: Path, tmp_path: Path) -> None:
    shown = run("convert", folder, tmp_path / "a.json", "--option", "aborted=droop")
    assert shown.exit_code == 2
    assert "aborted" in shown.stderr
    path = next(iter(sorted(folder.iterdir())))
    size = path.stat().st_size - 100
    path.write_bytes(path.read_bytes()[:size])
    shown = run("convert", folder, tmp_path / "a.json")
    assert shown.exit_code == 2
    assert f"{path.name}: is cut off at byte {size}: expected" in shown.stderr
    shown = run("convert", folder, tmp_path / "a.json", "--option", "cut=keep")
    assert shown.exit_code == 0
    assert "is cut off at byte" in shown.stderr


def exchange(text: str, said: str, iteration: int = 0, **changes: object) -> dict[str, Any]:
    parameters = {"temperature": 0.5, "max_tokens": 9}
    output = json.dumps({"choices": [{"message": {"content": said}}]})
    entry: dict[str, Any] = {
        "model": "m", "parameters": parameters, "system_prompt": "", "user_prompt": text,
        "output": output, "iteration": iteration, "timestamp": 1,
    }  # fmt: skip
    whole = f"m{json.dumps(parameters, sort_keys=True)}{text}{iteration}"
    return {md5(whole.encode()).hexdigest(): {**entry, **changes}}


def test_caches_of_requests_become_stores(tmp_path: Path) -> None:
    path, target = tmp_path / "raw_output__x.jsonl", tmp_path / "answers.sqlite"
    entries = [exchange("bid?", "7"), exchange("bid?", "8", 1), exchange("é", "9")]
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    shown = run("convert", path, target)
    assert shown.exit_code == 0, shown.stderr
    assert "3 answers in" in shown.stdout
    store = Store(target)
    for text, repeat, said in (("bid?", 0, "7"), ("bid?", 1, "8"), ("é", 0, "9")):
        messages = [{"role": "user", "content": text}]
        answer = store.get(chat("m", messages, repeat=repeat, temperature=0.5, max_tokens=9))
        assert json.loads(answer or "")["choices"][0]["message"]["content"] == said
    assert store.unused() == 0
    assert run("convert", path, target).exit_code == 0
    assert len(Store(target)) == 3
    assert "no instance" in run("convert", path, tmp_path / "x.json").stderr
    memory = Store()
    memory.put_all([(chat("m", []), "1"), (chat("m", []), "2")])
    assert memory.get(chat("m", [])) == "1"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 2: is not JSON"),
        ("[]", "line 2: must be an object"),
        (json.dumps(exchange("a", "b", output="x")), "the output is not JSON"),
        (json.dumps(exchange("a", "b", output="{}")), "the output lacks choices"),
        (json.dumps(exchange("a", "b", model=3)), "must have the texts model"),
        (json.dumps(exchange("a", "b", user_prompt="c")), "the key is not that of the request"),
        (json.dumps(exchange("a", "b", iteration=-1)), "iteration must be"),
        (json.dumps(exchange("a", "b", parameters={"server": 1})), "parameters must be"),
        (json.dumps({"k": 3}), "must be an object"),
    ],
)
def test_lines_that_cannot_be_are_named_and_leave_no_store(
    tmp_path: Path, line: str, words: str
) -> None:
    path, target = tmp_path / "raw_output__x.jsonl", tmp_path / "answers.sqlite"
    path.write_text(json.dumps(exchange("bid?", "7")) + "\n" + line + "\n")
    shown = run("convert", path, target)
    assert shown.exit_code == 2
    assert words in shown.stderr
    assert not target.exists()


def test_a_cache_cut_off_is_refused_or_its_whole_lines_are_kept(tmp_path: Path) -> None:
    path, target = tmp_path / "raw_output__x.jsonl", tmp_path / "answers.sqlite"
    whole = "".join(json.dumps(exchange(text, "7")) + "\n" for text in "abc")
    path.write_text(whole[:-40])
    shown = run("convert", path, target)
    assert shown.exit_code == 2
    assert f"is cut off at byte {len(whole) - 40}: expected the rest of a line" in shown.stderr
    assert run("convert", path, target, "--option", "cut=keep").exit_code == 0
    assert len(Store(target)) == 2
    path.write_text(whole[:-1])  # the last line is whole, only its end is missing
    assert run("convert", path, target).exit_code == 0


def test_what_holds_no_answers_is_refused(folder: Path, tmp_path: Path) -> None:
    shown = run("convert", folder, tmp_path / "answers.sqlite")
    assert shown.exit_code == 2
    assert "holds no answers of models" in shown.stderr
    assert not (tmp_path / "answers.sqlite").exists()


def test_the_report_of_a_record_is_asked_for_by_name(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    run("convert", folder, target)
    shown = run("ask", "report", target, tmp_path / "plan.solution.json")
    assert shown.exit_code == 0, shown.stderr
    for title in ("Bids and types", "Outcomes", "Faults in the sources"):
        assert title in shown.stdout
    shown = run("ask", "report", target, "--json")
    assert shown.exit_code == 0, shown.stderr
    document = json.loads(shown.stdout)
    assert document["treatments"][0]["bids"] == 12
    (record,) = load_auction_logs(folder)
    answer = eqsolve.ask(record.experiment, "report", result=result_of(record))
    assert answer.value.treatments[0].record == record
