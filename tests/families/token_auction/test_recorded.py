"""Recorded log-probabilities become traces and auctions of one step, or are refused by line."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from eqsolve import FormatError, load, solve
from eqsolve.cli.__main__ import main
from eqsolve.families.token_auction.convert import OTHERS, trace_of


def completion(text: list[str], tops: list[dict[str, float]]) -> dict[str, Any]:
    """Return an answer as `completions` has it."""
    tops = [{token: math.log(p) for token, p in top.items()} for top in tops]
    logs = {
        "tokens": text, "token_logprobs": [top.get(t) for t, top in zip(text, tops, strict=True)],
        "top_logprobs": tops, "text_offset": list(range(len(text))),
    }  # fmt: skip
    return {"object": "text_completion", "choices": [{"text": "".join(text), "logprobs": logs}]}


def chat(text: list[str], tops: list[dict[str, float]]) -> dict[str, Any]:
    """Return an answer as `chat` has it."""
    content = [
        {
            "token": token, "logprob": -1.0, "bytes": list(token.encode()),
            "top_logprobs": [{"token": t, "logprob": math.log(p)} for t, p in top.items()],
        }
        for token, top in zip(text, tops, strict=True)
    ]  # fmt: skip
    message = {"role": "assistant", "content": "".join(text)}
    return {"choices": [{"message": message, "logprobs": {"content": content}}]}


TEXT = ["fly", " home"]
ONE = [{"fly": 0.5, "stay": 0.25}, {" home": 0.7, " now": 0.3}]
TWO = [{"stay": 0.6, "fly": 0.4}, {" here": 0.5, " home": 0.1}]


def written(path: Path, *answers: Any) -> Path:
    path.write_text("".join(json.dumps(answer) + "\n" for answer in answers))
    return path


def test_both_forms_become_one_trace(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", completion(TEXT, ONE), chat(TEXT, TWO))
    words, taken, trace = trace_of(path)
    assert taken == tuple(TEXT)
    assert words == ("fly", "stay", " home", " now", " here")
    assert [[part.rest for part in row] for row in trace] == [
        [pytest.approx(0.25), pytest.approx(0)],
        [pytest.approx(0), pytest.approx(0.4)],
    ]
    assert trace[1][1].tokens.tolist() == [4, 2]
    assert trace[1][1].probabilities == pytest.approx([0.5, 0.1])


def test_a_recording_is_converted_step_by_step(tmp_path: Path) -> None:
    path, out = (
        written(tmp_path / "a.jsonl", completion(TEXT, ONE), chat(TEXT, TWO)),
        tmp_path / "o",
    )
    shown = CliRunner().invoke(main, ["convert", str(path), str(out)])
    assert shown.exit_code == 0, shown.output
    first, second = (load(name) for name in sorted(out.iterdir()))
    assert first.vocabulary == ("fly", "stay", OTHERS)
    assert first.distributions == pytest.approx(np.array([[0.5, 0.25, 0.25], [0.4, 0.6, 0]]))
    assert second.vocabulary == (" home", " now", " here", OTHERS)
    assert (second.metadata["before"], second.metadata["taken"]) == ("fly", " home")
    assert solve(first).check.valid


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (['{"choices"'], "line 1: is not JSON"),
        ([{"choices": [], "logprobs": 1}], "line 1[choices]: must be a list with an answer"),
        ([{"choices": [{"text": "a", "logprobs": None}]}], "has no log-probabilities"),
        ([{"choices": [{"logprobs": {"x": 1}}]}], "must have content, as chat answers have"),
        ([completion(["a"], [{}])], "line 1[choices, 0, logprobs, 0]: tells no token"),
        ([completion(["a"], [{"a": 0.8, "b": 0.5}])], "probabilities add up to 1.3"),
        ([completion(["a"], [{"a": 2.0}])], "must be a number <= 0"),
        ([completion(["a"], [{"a": 1}]), chat(["b"], [{"a": 1}])], "answer 1 is about another"),
        ([completion(["a"], [{"a": 1}]), chat([], [])], "answer 1 is about another text"),
        (
            [{"choices": [{"logprobs": {"tokens": ["a"], "top_logprobs": None}}]}],
            "line 1[choices, 0, logprobs, 0]: is no token with top_logprobs",
        ),
        (
            [{"choices": [{"logprobs": {"content": [{"token": "a", "top_logprobs": [
                {"token": "a", "logprob": -1}, {"token": "a", "logprob": -1}]}]}}]}],
            "tells a token twice",
        ),
        (
            [{"choices": [{"logprobs": {"content": [{"token": 1, "top_logprobs": []}]}}]}],
            "a token must be text",
        ),
        ([], "holds no answer"),
    ],
)  # fmt: skip
def test_broken_recordings_are_named(answers: list[Any], words: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = [line if isinstance(line, str) else json.dumps(line) for line in answers]
    path.write_text("\n".join(lines))
    with pytest.raises(FormatError) as caught:
        trace_of(path)
    assert words in str(caught.value)
    shown = CliRunner().invoke(
        main, ["convert", str(path), str(tmp_path / "o"), "--option", "from=recorded_logprobs"]
    )
    assert (shown.exit_code, "a.jsonl" in shown.stderr) == (2, True)
