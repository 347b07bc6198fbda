"""What JSON libraries let pass silently is refused with line and column."""

from __future__ import annotations

import json
from unittest import mock

import msgspec
import pytest
from hypothesis import example, given, strategies as st

import eqsolve.io.decode
from eqsolve.core.errors import FormatError
from eqsolve.io.decode import decode

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)  # fmt: skip


@given(values, st.sampled_from([None, 2]))
@example([2.2250738585072014e-308, 2.0**-24], None)
def test_whatever_json_writes_is_read(value: object, indent: int | None) -> None:
    assert decode(json.dumps(value, indent=indent).encode(), "x") == value


@given(st.lists(values) | st.dictionaries(st.text(), values), st.sampled_from([None, 2]))
def test_part_by_part_is_read_the_same(value: object, indent: int | None) -> None:
    text = json.dumps(value, indent=indent).encode()
    with mock.patch.object(eqsolve.io.decode, "_LARGE", 1):
        assert decode(text, "x") == value


@pytest.mark.parametrize(
    "text",
    [b'{"a": [1, 2,]}', b'{"a": [[1], [2}', b'{"a": "\xff"}', b'[[1], ["\xff"]]', b"[[1], [NaN]]"],
)
def test_part_by_part_is_refused_the_same(text: bytes) -> None:
    with pytest.raises(FormatError) as whole:
        decode(text, "x")
    with (
        mock.patch.object(eqsolve.io.decode, "_LARGE", 1),
        pytest.raises(FormatError) as parts,
    ):
        decode(text, "x")
    assert str(parts.value) == str(whole.value)


@given(st.text(), st.lists(st.text(), max_size=3))
def test_a_repeated_key_is_found_anywhere(key: str, others: list[str]) -> None:
    inside = ",".join(f"{json.dumps(name)}: [1, {{}}]" for name in {*others} - {key})
    text = (
        f'{{"a": [{{"b": "}}{{\\"", {json.dumps(key)}: 1, {inside or json.dumps(key + "!") + ": 0"}'
    )
    text += f", {json.dumps(key, ensure_ascii=False)} : 2}}]}}"
    with pytest.raises(FormatError, match="stands twice"):
        decode(text.encode(), "x")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "x: the file is empty"),
        (b'{"a": 1,\n "b": }', "line 2, column 7: not JSON"),
        (b'{"a": [1,\n NaN]}', "line 2, column 2: NaN is not allowed"),
        (b'{"a": [NaN,\n -Infinity]}', "line 1, column 8: NaN is not allowed"),
        (b'{"a": [NaN,\n -Infinity]}', "line 2, column 2: -Infinity is not allowed"),
        (b'{"a": -Infinity}', "line 1, column 7: -Infinity is not allowed"),
        (b'{"a": "1e999",\n "b": -1e999}', "line 2, column 7: -1e999 is beyond the largest float"),
        (
            b'{"a": "' + b"9" * 400 + b'",\n "b": [1, -1' + b"0" * 308 + b"9]}",
            "line 2, column 11: -1000",
        ),
        (b"[1" + b"0" * 309 + b"]", "0... is beyond the largest float"),
        (b"[1" + b"0" * 9000 + b"]", "0... is beyond the largest float"),
        (b"\xff\xfe", "line 1: not UTF-8"),
        (b'{"a": 1} x', "Extra data"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a": "NaN"', "not JSON"),
    ],
)
def test_broken_text_is_refused_with_its_place(text: bytes, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        decode(text, "x")
    assert message in str(caught.value)


def test_integers_that_a_float_comes_near_are_kept() -> None:
    assert decode(b"[123456789012345678901234567890]", "x") == [123456789012345678901234567890]
    assert decode(b'["' + b"9" * 400 + b'", 0.' + b"0" * 400 + b"]", "x") == ["9" * 400, 0.0]


@pytest.mark.parametrize(
    "number",
    [
        "9007199254740993.0",
        "-9007199254740993.5",
        "9.007199254740993e15",
        "90071992547409930e-1",
        "0.33333333333333333333",
        "0.12345678901234567",
        "1e-400",
        "-2.5E-325",
        "0." + "0" * 400 + "1",
    ],
)
def test_decimals_that_lose_digits_are_refused_with_their_place(number: str) -> None:
    text = f'{{"note": "{number}",\n "a": [1.5, {number}]}}'
    with pytest.raises(FormatError) as caught:
        decode(text.encode(), "x.json")
    shown = number if len(number) <= 60 else f"{number[:57]}..."
    rule = "has more digits than a 64-bit float holds"
    assert caught.value.lines() == [f"x.json: line 2, column 13: {shown} {rule}"]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=20), st.integers(0, 3))
def test_whatever_programs_print_of_floats_is_read(numbers: list[float], form: int) -> None:
    """As Python, as C with 17 digits, with 25 digits, and as this package writes."""
    texts = [
        [repr(number), f"{number:.17g}", f"{number:.24e}", msgspec.json.encode(number).decode()][
            form
        ]
        for number in numbers
    ]
    assert decode(f"[{', '.join(texts)}]".encode(), "x") == numbers


def test_texts_full_of_digits_are_no_numbers() -> None:
    text = (
        '{"a": "1.2.3.4.5.6.7.8.9.10.11", "b": 0.12345678901234568, "c": "0.33333333333333333333"}'
    )
    assert decode(text.encode(), "x")["b"] == 0.12345678901234568


def test_a_byte_order_mark_is_skipped() -> None:
    assert decode(b"\xef\xbb\xbf[1]\r\n", "x") == [1]
    with pytest.raises(FormatError, match="not UTF-8 text but UTF-16"):
        decode("[1]".encode("utf-16"), "x")
