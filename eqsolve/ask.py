"""`ask`: a side question about an instance of any kind, by name; the answer is rechecked."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from eqsolve.core.arguments import require_count
from eqsolve.core.errors import CertificateError, OptionError, UnsupportedError, nearest_name
from eqsolve.core.limits import Deadline
from eqsolve.core.log import note
from eqsolve.core.method import obstacle
from eqsolve.core.options import check_options
from eqsolve.core.question import Answer, Question
from eqsolve.core.result import Result
from eqsolve.core.table import whole_tables
from eqsolve.registry import Family, family_of
from eqsolve.solve import clock
from eqsolve.version import __version__

__all__ = ["ask", "find_question"]


def ask(
    instance: Any,
    question: str | Question[Any],
    *,
    result: Result[Any] | None = None,
    time_limit: float | None = None,
    seed: int = 0,
    deadline: Deadline | None = None,
    **options: Any,
) -> Answer:
    """Return the answer to a side question about an instance, rechecked where that is possible.

    Parameters
    ----------
    instance : an instance of any kind.
    question : a name that ``eqsolve methods KIND`` lists, or a question object.
    result : the solution that the question is about, where it is about one; by default one is
        found first.
    time_limit : seconds; None takes the family's default.
    seed : for questions that draw random numbers; same seed, same answer.
    deadline : a running clock to obey instead of `time_limit`.
    **options : the question's settings.

    Returns
    -------
    answer : ``answer.value`` is what the library function behind the question returns,
        ``answer.check`` what was rechecked; ``print(answer)`` shows it.

    Raises
    ------
    OptionError : no instance, no such question, an unknown option or an impossible value.
    UnsupportedError : the question cannot be asked of this instance, or lacks a package.
    CertificateError : the answer fails its own check (a bug in the question).

    Notes
    -----
    Cost and source: those of the question.

    Examples
    --------
    >>> from eqsolve import NormalFormGame
    >>> prisoners = NormalFormGame.from_bimatrix([[-1, -3], [0, -2]], [[-1, 0], [-3, -2]])
    >>> answer = ask(prisoners, "potential")
    >>> answer.value.values.tolist(), answer.check.valid
    ([[0, 1], [1, 2]], True)
    """
    from eqsolve.io.instances import FORMAT_VERSION

    start = time.perf_counter()
    family = family_of(instance)
    require_count(seed, "seed")
    chosen = _made(family, question, options)
    reason = obstacle(chosen, instance)
    if reason is not None:
        raise UnsupportedError(chosen.name, reason, what="question")
    if result is not None:
        if not chosen.about_result:
            raise OptionError(f"question {chosen.name!r} is not about a solution: give none")
        family.require_result(result)
    running = deadline if deadline is not None else clock(family, time_limit)
    with whole_tables():  # `to_pandas` of the answer
        answer = chosen.ask(instance, running, np.random.default_rng(seed), result)
    note("%r: question %s: %s", instance, chosen.name, answer.sentence)
    if answer.check is not None and not answer.check.valid:
        raise CertificateError(f"question {chosen.name!r} got an answer that is {answer.check}")
    record = {
        "eqsolve": FORMAT_VERSION,
        "kind": family.kind,
        "question": chosen.name,
        "instance": {"name": instance.name, "sha256": instance.digest},
        "options": asdict(chosen),
        "seed": int(seed),
        "version": __version__,
        "wall_time": round(time.perf_counter() - start, 6),
    }
    return replace(answer, record=record)


def find_question(family: Family, name: str) -> type[Question[Any]]:
    """Return the question of a name.

    Raises
    ------
    OptionError : the family has no such question; names the nearest.
    """
    questions = family.questions
    if name not in questions:
        hint = nearest_name(name, questions) if questions else "nothing can be asked of it"
        raise OptionError(f"kind {family.kind!r} has no question {name!r}; {hint}")
    found: type[Question[Any]] = questions[name]
    return found


def _made(
    family: Family, question: str | Question[Any], options: Mapping[str, Any]
) -> Question[Any]:
    """Return the question object."""
    if isinstance(question, Question):
        if options:
            raise OptionError(f"options {sorted(options)} given beside a question object")
        return question
    if not isinstance(question, str):
        raise OptionError(f"question = {question!r}: must be a name or a question object")
    chosen = find_question(family, question)
    check_options(chosen, f"question {question!r}", options)
    return chosen(**options)
