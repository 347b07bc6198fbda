"""Joint histories: at each step the action and the observation of every agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from eqsolve.core.array_likes import plain_numbers
from eqsolve.core.errors import Fault, nearest_name
from eqsolve.core.input_arrays import MAX_FAULTS

__all__ = ["History", "Step", "read_histories", "read_history"]

Step = tuple[tuple[int, ...], tuple[int, ...]]
"""Actions and observations of all agents at one step."""
History = tuple[Step, ...]


def read_histories(
    value: object,
    n_actions: Sequence[int],
    n_observations: Sequence[int],
    faults: list[Fault],
    names: Mapping[str, Any] | None = None,
) -> tuple[History, ...]:
    """Return the joint histories of a field, as `read_history` reads each; adds faults."""
    given = plain_numbers(value)
    given = given.tolist() if isinstance(given, np.ndarray) else given
    if not isinstance(given, list | tuple):
        faults.append(Fault("histories", "must be a list of joint histories", value=given))
        return ()
    found: list[Fault] = []
    histories = tuple(
        read_history(history, n_actions, n_observations, found, (k,), names=names)
        for k, history in enumerate(given)
    )
    faults += found[:MAX_FAULTS]
    if len(found) > MAX_FAULTS:
        faults.append(Fault("histories", f"and {len(found) - MAX_FAULTS} more entries"))
    return histories


def read_history(
    value: object,
    n_actions: Sequence[int],
    n_observations: Sequence[int],
    faults: list[Fault],
    place: tuple[int | str, ...] = (),
    field: str = "histories",
    names: Mapping[str, Any] | None = None,
) -> History:
    """Return one joint history, ``[[action per agent], [observation per agent]]`` at each step.

    Parameters
    ----------
    names : side -> names, such as ``"actions of agent 0"``, that may stand for numbers.
    place, field : where it stands, for faults.
    """
    given = plain_numbers(value)
    given = given.tolist() if isinstance(given, np.ndarray) else given
    if not isinstance(given, list | tuple):
        faults.append(Fault(field, "must be a list of steps", place, given))
        return ()
    steps: list[Any] = []
    for t, step in enumerate(given):
        if not isinstance(step, list | tuple) or len(step) != 2:
            rule = "must be [actions of all agents, observations of all agents]"
            faults.append(Fault(field, rule, (*place, t), step))
            continue
        steps.append(
            tuple(
                _numbers(part, sizes, word, field, (*place, t, side), faults, names or {})
                for side, (part, sizes, word) in enumerate(
                    zip(
                        step,
                        (n_actions, n_observations),
                        ("action", "observation"),
                        strict=True,
                    )
                )
            )
        )
    return tuple(steps)


def _numbers(
    part: Any,
    sizes: Sequence[int],
    word: str,
    field: str,
    place: tuple[int | str, ...],
    faults: list[Fault],
    names: Mapping[str, Any],
) -> tuple[int, ...]:
    """Return a number for each agent; adds faults."""
    if not isinstance(part, list | tuple) or len(part) != len(sizes):
        held = f"has length {len(part)}" if isinstance(part, list | tuple) else "is no list"
        rule = f"{held}, expected an {word} for each of {len(sizes)} agents"
        faults.append(Fault(field, rule, place, None if isinstance(part, list | tuple) else part))
        return ()
    found = []
    for agent, (given, size) in enumerate(zip(part, sizes, strict=True)):
        known = list(names.get(f"{word}s of agent {agent}", ()))
        number = known.index(given) if given in known else given
        if type(number) is not int or not 0 <= number < size:
            hint = f"; {nearest_name(given, known)}" if known and isinstance(given, str) else ""
            rule = f"must be an {word} of agent {agent}, 0 to {size - 1}{hint}"
            faults.append(Fault(field, rule, (*place, agent), given))
        found.append(number)
    return tuple(found)
