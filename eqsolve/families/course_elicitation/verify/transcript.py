"""What a model answered, found again in the store and read once more.

A request is path, body and repetition, the number of the student.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eqsolve.core.transcript import Transcript
from eqsolve.families.course_elicitation.instance import Chat, CourseElicitation
from eqsolve.families.course_elicitation.instance.script import again, messages

__all__ = ["choice"]


def choice(
    transcript: Transcript,
    plan: CourseElicitation,
    student: int,
    first: Sequence[int],
    second: Sequence[int],
) -> int | None:
    """Return the bundle that the model named, 0 or 1; None where no answer named one.

    Raises
    ------
    LostError : an answer is not there, or stands under the key of another request.
    """
    answerer = plan.answerer
    assert isinstance(answerer, Chat)
    talker = answerer.talker
    optional = {
        "temperature": talker.temperature,
        "max_tokens": talker.max_tokens,
        "seed": answerer.seed,
    }
    asked = messages(plan, student, first, second)
    for _ in range(answerer.repeat_on_bad_answer + 1):
        body: dict[str, Any] = {"model": talker.model, "messages": [dict(it) for it in asked]}
        body |= {name: value for name, value in optional.items() if value is not None}
        said = transcript.said({"path": "chat/completions", "body": body, "repeat": student})
        named = _named(said)
        if named is not None:
            return named
        asked = again(asked, said)
    return None


def _named(text: str) -> int | None:
    """Return which of two schedules a text names, letter by letter; see `answering.read_choice`."""
    low = text.lower()
    end = len(low)
    while (begin := low.rfind("<choice>", 0, end)) >= 0:
        stop = low.find("</choice>", begin)
        inside = low[begin + 8 : stop].split() if stop >= 0 else []
        if inside[:1] == ["schedule"]:
            inside = inside[1:]
        if len(inside) == 1 and inside[0] in ("a", "b"):
            return "ab".index(inside[0])
        end = begin
    words = "".join(c if c.isalnum() or c == "_" or c.isspace() else " \0 " for c in low).split()
    for place in range(len(words) - 2, -1, -1):
        if words[place] == "schedule" and words[place + 1] in ("a", "b"):
            return "ab".index(words[place + 1])
    bare = [word for word in words if word != "\0"]
    return "ab".index(bare[0]) if len(bare) == 1 and bare[0] in ("a", "b") else None
