"""What students write of themselves by the template, and what a model is asked about them.

Both follow from the plan and nothing else: a question asked again is found under the same key.

The text names courses by how much the student wants them, best first, and what goes well or badly
together; there are no numbers in it. A model answers ``<CHOICE>A</CHOICE>`` or
``<CHOICE>B</CHOICE>``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eqsolve.families.course_allocation.instance import CourseAllocation
from eqsolve.families.course_elicitation.instance.elicitation import CourseElicitation

__all__ = ["again", "messages", "text_of", "written"]

Message = Mapping[str, str]

_BANDS = ((0.75, "I want most of all"), (0.45, "I would like"), (0.2, "I could live with"))
"""Share of the greatest value -> how the student puts it."""


def text_of(plan: CourseElicitation, student: int) -> str:
    """Return what a student writes of itself; empty where nobody asked for texts."""
    if plan.texts is None:
        return ""
    return written(plan.market, student) if plan.texts == "template" else plan.texts[student]


def written(market: CourseAllocation, student: int) -> str:
    """Return the text of the template, from the true preferences of a student.

    Parameters
    ----------
    market : with true utilities.
    student : its number.

    Examples
    --------
    >>> market = CourseAllocation([[80, 50, 5]], [1, 1, 1], adjustments=[[[0, 1, -20]]])
    >>> written(market, 0)
    'I want most of all course 0. I would like course 1. I do not care for course 2. Course 0 and \
course 1 are worth less to me together.'
    """
    values = market.values[student].tolist()
    courses = [j for j in range(market.n_courses) if market.allowed[student, j]]
    top = max((values[j] for j in courses), default=0)
    order = sorted(courses, key=lambda j: (-values[j], j))
    parts, left = [], order
    for share, words in _BANDS:
        here = [j for j in left if top > 0 and values[j] >= share * top]
        left = [j for j in left if j not in here]
        parts += [f"{words} {_listed(market, here)}."] if here else []
    parts += [f"I do not care for {_listed(market, left)}."] if left else []
    together: list[tuple[Sequence[int], bool]] = [
        ((a, b), delta > 0) for a, b, delta in market.adjustments[student] if delta
    ]
    together += [
        (group.courses, group.bonus[1] > group.bonus[0])
        for group in market.groups[student]
        if len(group.courses) > 1 and group.bonus[1] != group.bonus[0]
    ]
    for members, gains in together:
        names = _listed(market, members)
        more = "more" if gains else "less"
        parts.append(f"{names[0].upper()}{names[1:]} are worth {more} to me together.")
    return " ".join(parts)


def messages(
    plan: CourseElicitation, student: int, first: Sequence[int], second: Sequence[int]
) -> list[Message]:
    """Return the messages that ask which of two bundles a student prefers."""
    return [
        {
            "role": "system",
            "content": (
                "You speak for a student who is choosing courses. This is what the student "
                f"writes:\n\n{text_of(plan, student)}\n\nOf two schedules, say which one this "
                "student would rather have, even where you are not sure."
            ),
        },
        {
            "role": "user",
            "content": (
                f"Schedule A: {_listed(plan.market, first) or 'no course'}.\n"
                f"Schedule B: {_listed(plan.market, second) or 'no course'}.\n"
                "Which one would the student rather have? End with <CHOICE>A</CHOICE> or "
                "<CHOICE>B</CHOICE>."
            ),
        },
    ]


def again(asked: Sequence[Message], answer: str) -> list[Message]:
    """Return the messages that ask again after an answer that names no schedule."""
    return [
        *asked,
        {"role": "assistant", "content": answer},
        {
            "role": "user",
            "content": (
                "That names neither schedule. Please end with <CHOICE>A</CHOICE> or "
                "<CHOICE>B</CHOICE>."
            ),
        },
    ]


def _listed(market: CourseAllocation, courses: Sequence[int]) -> str:
    """Return names of courses in a row."""
    names = [market.label("courses", j) for j in courses]
    return (
        names[0]
        if len(names) == 1
        else ", ".join(names[:-1]) + " and " * (len(names) > 1) + (names[-1] if names else "")
    )
