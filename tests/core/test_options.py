"""Options are fields: given values are checked, given texts parsed, names corrected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest

from eqsolve.core.errors import OptionError
from eqsolve.core.options import check_options, option_table, parse_options


@dataclass(frozen=True, kw_only=True)
class Settings:
    rule: Literal["max", "min"] = "max"
    eps: float | None = None
    rounds: int = 3
    loud: bool = False
    label: str = ""


def test_texts_become_values() -> None:
    texts = {"rule": "min", "eps": "0.5", "rounds": "7", "loud": "yes", "label": "x"}
    parsed = parse_options(Settings, "method 'm'", texts)
    assert Settings(**parsed) == Settings(rule="min", eps=0.5, rounds=7, loud=True, label="x")
    assert parse_options(Settings, "m", {"eps": "none"}) == {"eps": None}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"rul": "max"}, "method 'm' has no option 'rul'; did you mean 'rule'?"),
        ({"rule": "mid"}, "option rule = 'mid': must be max | min"),
        ({"rounds": "1.5"}, "option rounds = '1.5': must be int"),
        ({"rounds": "1_0"}, "option rounds = '1_0': must be int"),
        ({"eps": "nan"}, "option eps = 'nan': must be float | none"),
        ({"eps": "9007199254740993"}, "option eps = '9007199254740993': must be float | none"),
        ({"eps": "x"}, "option eps = 'x': must be float | none"),
        ({"loud": "maybe"}, "option loud = 'maybe': must be bool"),
    ],
)
def test_wrong_texts_are_refused(texts: dict[str, str], message: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse_options(Settings, "method 'm'", texts)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "options", [{"rule": 3}, {"rounds": True}, {"rounds": 1.5}, {"eps": "1"}, {"label": 1}]
)
def test_wrong_values_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(OptionError, match="must be"):
        check_options(Settings, "method 'm'", options)


def test_whole_numbers_serve_as_floats() -> None:
    check_options(Settings, "method 'm'", {"eps": 1})


def test_the_table_lists_types_and_defaults() -> None:
    assert option_table(Settings)["rounds"] == (int, 3)
