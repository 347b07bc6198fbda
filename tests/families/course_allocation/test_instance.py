"""Instances: what is refused, in one pass and by name; files and copies."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given

from eqsolve import CourseAllocation, InstanceError, load, save
from eqsolve.families.course_allocation.files import read, write
from eqsolve.families.course_allocation.strategies import course_allocations
from eqsolve.families.course_allocation.units import units_of


def faults(*arguments, **fields):
    with pytest.raises(InstanceError) as caught:
        CourseAllocation(*arguments, **fields)
    return caught.value.lines()


def test_every_fault_in_one_pass():
    lines = faults(
        [[1, -2], [3, 4]],
        [2, -1],
        max_courses=[1, -1],
        credits=[0, 1],
        max_credits=-1,
        conflicts=[[0, 0], [0, 5], [1]],
        adjustments=[[[0, 0, 1], [0, 1, "x"]], [[0, 1, 1], [1, 0, 2]]],
        groups=[[{"courses": [0, 1], "bonus": [0.5]}], [{"courses": [0, 0], "bonus": [0, 0]}]],
        budgets=[1, 0],
        labels={"students": ["a", "a"]},
    )
    for text in (
        "values[0, 1] = -2: must be >= 0",
        "capacities[1] = -1: must be >= 0",
        "max_courses[1] (a) = -1: must be >= 0",
        "credits[0] = 0: must be > 0",
        "max_credits = -1: must be >= 0",
        "conflicts[0] = [0, 0]: must be two different courses",
        "conflicts[1, 1] = 5: must be a course",
        "conflicts[2] = [1]: must be a pair",
        "adjustments[0, 0] = [0, 0, 1]: must be of two different courses",
        "adjustments[0, 1, 2] = 'x': must be a finite number",
        "adjustments[1, 1] = [0, 1]: is adjusted twice",
        "groups[0, 0, bonus]: has 1 bonuses, expected 2",
        "groups[1, 0, courses, 1] = 0: is there twice",
        "budgets[1] (a) = 0: must be > 0",
        "labels[students, 1] = 'a': is the name of number 0 already",
    ):
        assert any(line.startswith(text) for line in lines), text


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"capacities": [1, 1.5]}, "capacities[1] = 1.5: must be whole"),
        ({"capacities": [1, 10**9]}, "capacities[1] = 1000000000: must be at most 100000000"),
        ({"max_courses": 1.5}, "max_courses = 1.5: must be whole"),
        ({"budgets": {"order": "alphabet"}}, "budgets[order] = 'alphabet'"),
        ({"budgets": {"base": 0}}, "budgets[base] = 0: must be > 0"),
        ({"budgets": {"spred": 0}}, "budgets[spred]: unknown field; did you mean 'spread'?"),
        ({"timetable": [[[0, 7]]]}, "timetable[0, 0, 1] = 7: must be a course"),
        ({"timetable": [[[0]]], "conflicts": []}, "timetable: must be left out"),
        ({"adjustments": [[]]}, "adjustments: has length 1, expected 2"),
        ({"groups": [[], [{"courses": [0]}]]}, "groups[1, 0, bonus]: required field is missing"),
        ({"credits": [1e-9, 1e300]}, "credits: sums of these decimals do not fit"),
    ],
)
def test_one_line_each(fields, text):
    given_fields = {"values": [[1, 2], [3, 4]], "capacities": [1, 1], **fields}
    assert any(line.startswith(text) for line in faults(**given_fields))


def test_widths_must_agree():
    assert "axis 1, expected 3 as in capacities" in faults([[1, 2]], [1, 1, 1])[0]


@given(course_allocations())
def test_a_file_gives_the_instance_back(market):
    fields = json.loads(json.dumps(write(market), default=lambda array: array.tolist()))
    assert read(fields, {}) == market


def test_a_timetable_stands_for_its_conflicts(tmp_path):
    market = CourseAllocation([[1, 2, 3]], [1, 1, 1], timetable=[[[0, 1], [1, 2]], [[0]]])
    assert market.conflicts.tolist() == [[0, 1], [1, 2]]
    assert market == CourseAllocation([[1, 2, 3]], [1, 1, 1], conflicts=[[2, 1], [0, 1]])
    save(market, tmp_path / "week.json")
    assert load(tmp_path / "week.json").timetable == market.timetable


def test_budgets_that_are_drawn():
    market = CourseAllocation([[1]] * 4, [4], budgets={"base": 2, "spread": 0.5})
    drawn = market.initial_budgets(np.random.default_rng(3))
    assert sorted(drawn.tolist()) == [2.0, 2.25, 2.5, 2.75]
    assert (drawn == market.initial_budgets(np.random.default_rng(3))).all()
    given_ones = CourseAllocation([[1]] * 4, [4], budgets={"order": "index"})
    assert given_ones.initial_budgets(np.random.default_rng(3)).tolist() == [1, 1.01, 1.02, 1.03]


def test_units_are_exact_for_decimals_and_a_grid_beyond():
    tidy = CourseAllocation([[0.1, 0.25]], [1, 1], adjustments=[[[0, 1, -0.125]]])
    assert units_of(tidy).exact
    assert units_of(tidy).wishes.values.tolist() == [[100, 250]]
    wild = CourseAllocation([[1 / 3, 1e6]], [1, 1])
    assert not units_of(wild).exact
    assert abs(units_of(wild).amount(int(units_of(wild).wishes.values[0, 0])) - 1 / 3) < 1e-6


def test_values_whose_sums_are_not_finite():
    lines = faults([[1, 1e100], [1.7e308, 2]], [1, 1])
    assert lines == [
        "values[1, 0] = 1.7e+308: must be at most 1e+100, so that sums of utilities are finite"
    ]
