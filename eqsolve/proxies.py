"""Who answers for students in an elicitation, one function each.

>>> from eqsolve import proxies
>>> proxies.noisy(0.75).to_dict()
{'rule': 'noisy', 'accuracy': 0.75}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eqsolve.core.errors import Fault, InstanceError
from eqsolve.families.course_elicitation.instance import (
    Answerer,
    Comparison,
    Function,
    Truthful,
)
from eqsolve.families.course_elicitation.instance.reading import read_answerer

__all__ = ["chat", "function", "noisy", "truthful"]


def truthful() -> Answerer:
    """Return the student itself, who names the better bundle."""
    return Truthful()


def noisy(accuracy: float) -> Answerer:
    """Return a student who names the better bundle with chance `accuracy`.

    Raises
    ------
    InstanceError : it is not in [0, 1].
    """
    return _read({"rule": "noisy", "accuracy": accuracy})


def function(call: Callable[[Comparison], Any], name: str = "") -> Answerer:
    """Return a Python callable, which gets a `Comparison` and returns 0 or 1.

    Parameters
    ----------
    call : answers; it sees the student's text and the names of the courses in both bundles.
    name : how tables call it; by default the callable's own.

    Examples
    --------
    >>> larger = function(lambda pair: int(len(pair.bundles[1]) > len(pair.bundles[0])), "larger")
    >>> larger.title
    'larger'
    """
    found = Function.of(call)
    return Function(name or found.name, found.call)


def chat(endpoint: str, model: str, **settings: Any) -> Answerer:
    """Return a model behind an OpenAI-compatible address, which reads what students write.

    Parameters
    ----------
    endpoint : what stands before ``/chat/completions``.
    model : its name there.
    **settings : ``temperature``, ``max_tokens``, ``seed``, ``repeat_on_bad_answer``, ``price_in``,
        ``price_out``, and ``key_env``, the name of the environment variable that holds the key.

    Raises
    ------
    InstanceError : with every fault.
    """
    return _read({"rule": "chat", "endpoint": endpoint, "model": model, **settings})


def _read(fields: Mapping[str, Any]) -> Answerer:
    """Return the answerer of an object, or raise with its faults."""
    faults: list[Fault] = []
    found = read_answerer(fields, faults)
    if faults or found is None:
        raise InstanceError([Fault("answerer", it.rule, it.index, it.value) for it in faults])
    return found
