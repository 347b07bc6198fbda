"""Plans: what is refused, with every fault at once, and what a file gives back."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import eqsolve
from eqsolve import CourseElicitation, InstanceError, OptionError, proxies
from eqsolve.families.course_elicitation.files import read, write
from eqsolve.families.course_elicitation.instance import PROFILES, Bayes, Noise
from eqsolve.families.course_elicitation.instance.script import text_of, written
from eqsolve.families.course_elicitation.strategies import course_elicitations

MARKET = {"values": [[5, 3], [4, 1]], "capacities": [1, 1]}
CHAT = {"rule": "chat", "endpoint": "http://127.0.0.1:1/v1", "model": "m"}


def faults(*args: Any, **more: Any) -> list[str]:
    with pytest.raises(InstanceError) as caught:
        CourseElicitation(*args, **more)
    return caught.value.lines()


def test_every_fault_is_named_in_one_pass() -> None:
    market = {**MARKET, "capacities": [1, -1], "conflicts": [[0, 0]], "seats": 3}
    found = faults(
        market, noise={"forget_base": 2, "base_sd": -1, "forget_adjustments": 0, "spread": 0},
        queries=-1, answerer={"rule": "noisy", "acuracy": 0.7}, learner="byes",
        acquisition="obiss", mechanism="acei", seed=1.5, texts=["", None],
    )  # fmt: skip
    for part in (
        "market[seats]: unknown field",
        "market[capacities, 1] = -1: must be >= 0 and finite",
        "market[conflicts, 0] = [0, 0]: must be two different courses",
        "noise[spread]: unknown field",
        "noise[adjustment_spread]: required field is missing",
        "queries = -1: must be a whole number >= 0",
        "answerer[acuracy]: unknown field; did you mean 'accuracy'?",
        "learner[rule] = 'byes': unknown; did you mean 'bayes'?",
        "acquisition = 'obiss': unknown; did you mean 'obis'?",
        "mechanism = 'acei': unknown; did you mean 'aceei'?",
        "seed = 1.5: must be a whole number >= 0",
        "texts[0]: is missing",
        "texts[1]: is missing",
    ):
        assert any(line.startswith(part) for line in found), part


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"answerer": {}}, "answerer[rule]: required field is missing"),
        ({"answerer": {"rule": "noisy", "accuracy": 1.5}}, "must be in [0, 1]"),
        ({"answerer": {"rule": "noisy", "accuracy": 0.5}}, "must be above 1/2"),
        ({"answerer": 7}, "must be an object with a rule, or a callable"),
        ({"answerer": {**CHAT, "api_key": "secret"}, "texts": "template"}, "no key may stand here"),
        ({"answerer": {**CHAT, "endpoint": "a"}, "texts": "template"}, "answerer[endpoint] = 'a'"),
        ({"answerer": CHAT}, "texts: required for a chat answerer"),
        ({"answerer": CHAT, "texts": ["I like x."]}, "has length 1, expected 2"),
        ({"answerer": CHAT, "texts": ["I like x.", " "]}, "texts[1]: is missing"),
        ({"answerer": CHAT, "texts": "tmplate"}, "one text per student, or 'template'"),
        ({"learner": {"rule": "bayes", "error": 0.5}}, "must be in [0, 0.5)"),
        ({"learner": {"rule": "bayes", "response": 0}}, "must be > 0"),
        ({"learner": {"rule": "bayes", "respnse": 1}}, "did you mean 'response'?"),
        ({"noise": "popular8"}, "did you mean 'popular"),
        ({"noise": "none", "reports": {"values": [[1, 1], [1, 1]]}}, "where noise is given"),
        ({"reports": {"values": [[1, 1]]}}, "has length 1 along axis 0, expected 2"),
        ({"reports": {"values": [[1, 1], [1, -1]]}}, "reports[values, 1, 1] = -1"),
        (
            {"reports": {"values": [[1, 1], [1, 1]], "adjustments": [[[0, 2, 1]], []]}},
            "reports[adjustments, 0, 0, 1] = 2",
        ),
    ],
)
def test_each_fault_names_field_place_and_rule(more: dict[str, Any], line: str) -> None:
    assert any(line in found for found in faults(MARKET, **more))


def test_more_queries_than_pairs_of_bundles_are_refused() -> None:
    # Bundles of a student: none, {0}, {1}, {0, 1}: six pairs.
    assert CourseElicitation(MARKET, queries=6).queries == 6
    (line,) = faults(MARKET, queries=7)
    assert line == "queries = 7: student 0 has 4 permissible bundles, 6 pairs to compare"
    fewer = {**MARKET, "conflicts": [[0, 1]], "values": [[5, 3], [4, None]]}
    (line,) = faults(fewer, queries=3)
    assert line.startswith("queries = 3: student 1 has 2 permissible bundles, 1 pairs")


def test_a_market_stands_inside_or_in_a_file_of_its_own(tmp_path: Path) -> None:
    inside = {"eqsolve": 1, "kind": "course_elicitation", "market": MARKET, "queries": 2}
    beside = {**inside, "market": {"file": "market.json"}}
    held = {"eqsolve": 1, "kind": "course_allocation", **MARKET}
    (tmp_path / "market.json").write_text(json.dumps(held))
    for name, document in (("a", inside), ("b", beside)):
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    one, other = (eqsolve.load(tmp_path / f"{name}.json") for name in "ab")
    assert one == other
    assert one.digest == other.digest
    (tmp_path / "market.json").write_text("{")
    with pytest.raises(eqsolve.FormatError, match="market: is no JSON text"):
        eqsolve.load(tmp_path / "b.json")
    (tmp_path / "market.json").write_text(json.dumps({**held, "kind": "fisher_market"}))
    with pytest.raises(eqsolve.FormatError, match="must be 'course_allocation'"):
        eqsolve.load(tmp_path / "b.json")


@given(course_elicitations())
def test_files_give_back_what_was_written(plan: CourseElicitation) -> None:
    from eqsolve.io.encode import plain

    fields = json.loads(json.dumps(plain(write(plan))))
    again = read(fields, {})
    assert again == plan
    assert again.digest == plan.digest
    assert pickle.loads(pickle.dumps(plan)) == plan


def test_sides_and_names_are_those_of_the_market() -> None:
    labels = {"students": ["ann", "bob"], "courses": ["art", "law"]}
    plan = CourseElicitation({**MARKET, "labels": labels}, queries=0)
    assert plan.label("courses", 1) == "law"
    assert plan.side_sizes() == {"students": 2, "courses": 2}


def test_words_stand_for_profiles_and_answerers() -> None:
    plan = CourseElicitation(MARKET, queries=0, noise="popular6", answerer="truthful")
    assert plan.noise == Noise(0.5, 17.0, 0.4825, 0.2) == PROFILES["popular6"]
    assert plan.answerer == proxies.truthful()
    assert CourseElicitation(MARKET, answerer=proxies.noisy(0.75), queries=0).error == 0.25
    told = CourseElicitation(MARKET, queries=0, learner=Bayes(error=0.1))
    assert (told.error, told.learner.to_dict()) == (0.1, {"rule": "bayes", "error": 0.1})


def test_the_template_says_what_students_want_without_numbers() -> None:
    labels = {"courses": ["art", "biology", "chemistry", "dance", "economics"]}
    market = eqsolve.CourseAllocation(
        [[80, 70, 40, 20, 1]], [1] * 5, labels=labels, adjustments=[[[0, 1, 9]]],
        groups=[[{"courses": [2, 3, 4], "bonus": [0, -0.4, -0.72]}]],
    )  # fmt: skip
    text = written(market, 0)
    assert text == (
        "I want most of all art and biology. I would like chemistry. I could live with dance. "
        "I do not care for economics. Art and biology are worth more to me together. "
        "Chemistry, dance and economics are worth less to me together."
    )
    plan = CourseElicitation(market, queries=0, texts="template")
    assert text_of(plan, 0) == text
    assert text_of(CourseElicitation(market, queries=0, texts=["mine"]), 0) == "mine"
    nothing = eqsolve.CourseAllocation([[0, None]], [1, 1])
    assert written(nothing, 0) == "I do not care for course 0."


def test_proxies_are_checked_as_files_are() -> None:
    with pytest.raises(InstanceError, match="must be in"):
        proxies.noisy(2)
    with pytest.raises(InstanceError, match="did you mean 'max_tokens'"):
        proxies.chat("http://127.0.0.1:1/v1", "m", max_token=3)
    with pytest.raises(OptionError, match="it is not callable"):
        proxies.function(3)  # type: ignore[arg-type]
    assert proxies.chat("http://127.0.0.1:1/v1", "m", seed=4).to_dict()["seed"] == 4


def test_a_function_is_a_name_in_files() -> None:
    def first(pair: object) -> int:
        return 0

    plan = CourseElicitation(MARKET, queries=1, answerer=first)
    again = read(json.loads(json.dumps(write(plan), default=lambda array: array.tolist())), {})
    assert again.answerer.to_dict() == {"rule": "function", "name": "first"}
    with pytest.raises(eqsolve.UnsupportedError, match="'first', which no file holds"):
        eqsolve.elicit(again)
