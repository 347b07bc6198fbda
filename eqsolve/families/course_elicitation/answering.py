"""Those who say which of two bundles is better: the student, with or without mistakes, or a proxy.

Answers of one student follow one another; students do not depend on each other, so that they may be
asked at the same time and the record is the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from eqsolve.core.streams import stream_uniforms
from eqsolve.endpoints.client import Client
from eqsolve.families.course_elicitation.instance import (
    Chat,
    Comparison,
    CourseElicitation,
    Function,
    Noisy,
    Truthful,
)
from eqsolve.families.course_elicitation.instance.script import again, messages, text_of

__all__ = ["BadAnswerError", "Voice", "read_choice", "voice_of"]

Bundle = tuple[int, ...]
Voice = Callable[[int, int, Bundle, Bundle, int], int]
"""``voice(student, number, first, second, right) -> answer``, 0 or 1; `right` is the true one."""


class BadAnswerError(ValueError):
    """An answer that cannot be used; its text is the reason."""


def voice_of(plan: CourseElicitation, client: Client | None) -> Voice:
    """Return who answers in a plan.

    Parameters
    ----------
    plan : the instance.
    client : asks models; needed for a chat answerer alone.
    """
    answerer = plan.answerer
    if isinstance(answerer, Truthful):
        return lambda student, number, first, second, right: right
    if isinstance(answerer, Noisy):
        return _noisy(plan, answerer)
    if isinstance(answerer, Function):
        return _function(plan, answerer)
    assert isinstance(answerer, Chat)
    assert client is not None
    return _chat(plan, answerer, client)


def _noisy(plan: CourseElicitation, answerer: Noisy) -> Voice:
    keys = np.array([[2, i] for i in range(plan.n_students)], dtype=np.int64).reshape(-1, 2)
    lots = stream_uniforms(plan.seed, keys, plan.queries)

    def answer(student: int, number: int, first: Bundle, second: Bundle, right: int) -> int:
        return right if lots[student, number] < answerer.accuracy else 1 - right

    return answer


def _function(plan: CourseElicitation, answerer: Function) -> Voice:
    call = answerer.call
    assert call is not None
    names = [plan.market.label("courses", j) for j in range(plan.n_courses)]

    def answer(student: int, number: int, first: Bundle, second: Bundle, right: int) -> int:
        called = tuple(names[j] for j in first), tuple(names[j] for j in second)
        text = text_of(plan, student)
        try:
            said = call(Comparison(student, number, text, (first, second), called))
        except Exception as error:
            raise BadAnswerError(
                f"{answerer.name} raised {type(error).__name__}: {error}"
            ) from None
        said = said.item() if hasattr(said, "item") else said
        if isinstance(said, bool) or said not in (0, 1):
            raise BadAnswerError(f"{answerer.name} returned {said!r}, expected 0 or 1")
        return int(said)

    return answer


def _chat(plan: CourseElicitation, answerer: Chat, client: Client) -> Voice:
    talker = answerer.talker

    def answer(student: int, number: int, first: Bundle, second: Bundle, right: int) -> int:
        asked = messages(plan, student, first, second)
        for _ in range(answerer.repeat_on_bad_answer + 1):
            request = talker.request(asked, repeat=student, seed=answerer.seed)
            said = client.ask(talker.address, request).text
            choice = read_choice(said)
            if choice is not None:
                return choice
            asked = again(asked, said)
        raise BadAnswerError("no answer named one of the two schedules")

    return answer


def read_choice(text: str) -> int | None:
    """Return the bundle that a model names: 0 for A, 1 for B, None where it names none.

    The last ``<CHOICE>`` counts, else the last "schedule A" or "schedule B", else a bare letter.

    Examples
    --------
    >>> read_choice("I take <choice> b </choice>"), read_choice("Schedule A, clearly.")
    (1, 0)
    >>> read_choice("B."), read_choice("both are fine")
    (1, None)
    """
    for pattern in (r"<choice>\s*(?:schedule\s+)?([ab])\s*</choice>", r"\bschedule\s+([ab])\b"):
        found: Sequence[str] = re.findall(pattern, text.lower())
        if found:
            return "ab".index(found[-1])
    bare = re.fullmatch(r"\W*([ab])\W*", text.lower())
    return None if bare is None else "ab".index(bare.group(1))
