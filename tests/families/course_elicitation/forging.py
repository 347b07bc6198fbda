"""Answers for the forging test of all families."""

from __future__ import annotations

from eqsolve import CourseElicitation

CASES = {
    "given reports, noisy answers": (
        CourseElicitation(
            {
                "values": [[9, 7, 5], [8, None, 1]],
                "capacities": [1, 2, 2],
                "max_courses": 2,
                "adjustments": [[[0, 1, -2]], []],
                "budgets": [1, 1.02],
            },
            reports={"values": [[9, 0, 3], [7, 0, 2]], "adjustments": [[[0, 1, -1.5]], []]},
            queries=2,
            answerer={"rule": "noisy", "accuracy": 0.8},
            acquisition="obis",
            seed=3,
        ),
        {},
    ),
}

NOT_CLAIMED = (
    "remarks.*",
    # As for course allocation: other prices may make the same bundles the best.
    "*.prices.*",
    "*.details.trace.*",
)
