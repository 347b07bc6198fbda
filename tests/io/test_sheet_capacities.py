"""Capacities are found in tables by what people call them, and are nobody's values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import eqsolve
from eqsolve import FormatError
from eqsolve.io.sheets import read_table

WISHES = "who;law;art\nAnn;5,5;3\nBob;4;4,5\n{};2;1\n"


def read(path: Path, text: str, kind: str = "assignment_market", **options: str) -> Any:
    path.write_text(text, encoding="utf-8")
    return read_table(path, {"kind": kind, **options})


@pytest.mark.parametrize(
    "word", ["capacity", "Capacities:", "seats", "Kapazit\u00e4t", "Pl\u00e4tze", "quota"]
)
def test_a_row_of_capacities_is_no_student(tmp_path: Path, word: str) -> None:
    market = read(tmp_path / "a.csv", WISHES.format(word))
    assert market == eqsolve.AssignmentMarket([[5.5, 3], [4, 4.5]], seller_capacities=[2, 1])
    assert market.labels["buyers"] == ("Ann", "Bob")
    assert "seller_capacities in line 4" in market.metadata["read_as"][0]
    courses = read(tmp_path / "a.csv", WISHES.format(word), "course_allocation", max_courses="1")
    assert courses.capacities.tolist() == [2, 1]


def test_a_column_of_capacities_is_no_project(tmp_path: Path) -> None:
    market = read(tmp_path / "b.csv", "who,law,art,capacity\nAnn,5,3,2\nBob,4,4,1\n")
    assert market == eqsolve.AssignmentMarket([[5, 3], [4, 4]], buyer_capacities=[2, 1])


def test_seats_may_be_goods_in_a_header(tmp_path: Path) -> None:
    market = read(tmp_path / "c.csv", "who,tables,seats\nAnn,5,3\nBob,4,4\n")
    assert market.labels["sellers"] == ("tables", "seats")


def test_two_rows_that_could_be_it_are_rows(tmp_path: Path) -> None:
    market = read(tmp_path / "d.csv", WISHES.format("seats") + "places;1;1\n")
    assert market.n_buyers == 4


LIST = "buyer,seller,value,capacity\nAnn,law,5,2\nBob,law,4,2\nAnn,art,3,1\nBob,art,2,1\n"


def test_a_column_of_a_list_that_could_be_of_two_sides_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    rule = "'capacity': is whose. say buyer_capacities=capacity or seller_capacities=capacity"
    with pytest.raises(FormatError, match=rule):
        read(path, LIST)
    market = read(path, LIST, seller_capacities="capacity")
    assert market.seller_capacities.tolist() == [2, 1]
    assert market.buyer_capacities is None


def test_seats_of_a_list_of_courses_are_capacities(tmp_path: Path) -> None:
    text = LIST.replace("buyer,seller,value,capacity", "student,course,value,seats")
    market = read(tmp_path / "f.csv", text, "course_allocation")
    assert market.capacities.tolist() == [2, 1]
