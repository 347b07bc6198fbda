"""Checks what files and callers say of noise, answerers, learners, reports and texts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from eqsolve.core.errors import Fault, OptionError, nearest_name
from eqsolve.core.schema import check_names, take_object
from eqsolve.endpoints.talker import KEY_FIELDS, TALKER_FIELDS, read_talker
from eqsolve.families.course_elicitation.instance.answerers import (
    RULES,
    Answerer,
    Chat,
    Function,
    Noisy,
    Truthful,
)
from eqsolve.families.course_elicitation.instance.learners import (
    LEARNERS,
    MAY_BE_ZERO,
    Learner,
)
from eqsolve.families.course_elicitation.instance.noise import NOISE_FIELDS, PROFILES, Noise

__all__ = ["read_answerer", "read_learner", "read_noise", "read_texts", "whole", "word"]


def whole(given: object, field: str, faults: list[Fault], place: tuple[str, ...] = ()) -> int:
    """Return a whole number >= 0, or 0 after adding a fault."""
    item = getattr(given, "item", None)
    number = item() if callable(item) and getattr(given, "shape", None) == () else given
    if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 2**63:
        return number
    faults.append(Fault(field, "must be a whole number >= 0", place, given))
    return 0


def word(
    given: object, field: str, valid: Mapping[str, Any] | tuple[str, ...], faults: list[Fault],
    place: tuple[str, ...] = (),
) -> bool:  # fmt: skip
    """Return whether a word is one of a few, after adding a fault where it is not."""
    if isinstance(given, str) and given in valid:
        return True
    faults.append(Fault(field, f"unknown; {nearest_name(str(given), valid)}", place, given))
    return False


def _number(
    given: object, field: str, place: tuple[str, ...], high: float, faults: list[Fault],
    *, below: bool = False,
) -> float:  # fmt: skip
    """Return a number in [0, high], or [0, high) where `below`; 0 after adding a fault."""
    number = isinstance(given, int | float) and not isinstance(given, bool)
    if number and 0 <= given <= high and given != math.inf and not (below and given == high):  # type: ignore[operator]
        return float(given)  # type: ignore[arg-type]  # a number
    end = ")" if below else "]"
    rule = "must be >= 0 and finite" if high == math.inf else f"must be in [0, {high:g}{end}"
    faults.append(Fault(field, rule, place, given))
    return 0.0


def read_noise(given: object, faults: list[Fault]) -> Noise | None:
    """Return the mistakes that a word or an object names, or None after adding faults."""
    if isinstance(given, Noise):
        given = given.to_dict()  # made by hand, perhaps with impossible amounts
    if isinstance(given, str):
        return PROFILES[given] if word(given, "noise", PROFILES, faults) else None
    taken = take_object({"noise": given}, "noise", dict.fromkeys(NOISE_FIELDS, True), faults)
    if taken is None:
        return None
    tops = {name: math.inf if name == "base_sd" else 1.0 for name in NOISE_FIELDS}
    return Noise(*(_number(taken[n], "noise", (n,), tops[n], faults) for n in NOISE_FIELDS))


def read_learner(given: object, faults: list[Fault]) -> Learner | None:
    """Return the learner that a word or an object names, or None after adding faults."""
    if isinstance(given, Learner):
        given = given.to_dict()
    if isinstance(given, str):
        given = {"rule": given}
    if not isinstance(given, Mapping):
        faults.append(Fault("learner", "must be a word, or an object with a rule", value=given))
        return None
    if "rule" not in given:
        faults.append(Fault("learner", "required field is missing", ("rule",)))
        return None
    if not word(given["rule"], "learner", LEARNERS, faults, ("rule",)):
        return None
    kind = LEARNERS[given["rule"]]
    names = [entry.name for entry in fields(kind)]
    before = len(faults)
    check_names(given, dict.fromkeys(("rule", *names), False), "learner", faults)
    numbers: dict[str, Any] = {}
    for name in names:
        if name not in given or (name == "error" and given[name] is None):
            continue
        place = (name,)
        high, below = (0.5, True) if name == "error" else (math.inf, False)
        numbers[name] = _number(given[name], "learner", place, high, faults, below=below)
        if name not in MAY_BE_ZERO and given[name] == 0:
            faults.append(Fault("learner", "must be > 0", place, given[name]))
    return kind(**numbers) if len(faults) == before else None


def read_answerer(given: object, faults: list[Fault]) -> Answerer | None:
    """Return who answers: from a word, an object, an `Answerer` or a callable."""
    if isinstance(given, Function):
        return given
    if isinstance(given, Answerer):
        given = given.to_dict()
    if isinstance(given, str):
        given = {"rule": given}
    if not isinstance(given, Mapping):
        try:
            return Function.of(given)
        except OptionError:
            rule = "must be an object with a rule, or a callable"
            faults.append(Fault("answerer", rule, value=given))
            return None
    if "rule" not in given:
        faults.append(Fault("answerer", "required field is missing", ("rule",)))
        return None
    if not word(given["rule"], "answerer", RULES, faults, ("rule",)):
        return None
    return _READERS[given["rule"]](given, faults)


def _truthful(given: Mapping[str, Any], faults: list[Fault]) -> Answerer | None:
    before = len(faults)
    check_names(given, {"rule": True}, "answerer", faults)
    return Truthful() if len(faults) == before else None


def _noisy(given: Mapping[str, Any], faults: list[Fault]) -> Answerer | None:
    before = len(faults)
    check_names(given, {"rule": True, "accuracy": True}, "answerer", faults)
    if len(faults) > before:
        return None
    accuracy = _number(given["accuracy"], "answerer", ("accuracy",), 1.0, faults)
    return Noisy(accuracy) if len(faults) == before else None


def _chat(given: Mapping[str, Any], faults: list[Fault]) -> Answerer | None:
    before, inside = len(faults), list[Fault]()
    own = ("seed", "repeat_on_bad_answer")
    known = dict.fromkeys(("rule", *TALKER_FIELDS, *own), False)
    plain = {key: value for key, value in given.items() if key.lower() not in KEY_FIELDS}
    check_names(plain, known, "answerer", faults)
    talker = read_talker(given, inside)
    faults += [Fault("answerer", it.rule, (it.field, *it.index), it.value) for it in inside]
    seed = given.get("seed")
    seed = None if seed is None else whole(seed, "answerer", faults, ("seed",))
    place = ("repeat_on_bad_answer",)
    repeats = whole(given.get("repeat_on_bad_answer", 3), "answerer", faults, place)
    if talker is None or len(faults) > before:
        return None
    return Chat(talker, seed, repeats)


def _function(given: Mapping[str, Any], faults: list[Fault]) -> Answerer | None:
    before = len(faults)
    check_names(given, {"rule": True, "name": True}, "answerer", faults)
    if len(faults) > before:
        return None
    if not isinstance(given["name"], str) or not given["name"]:
        faults.append(Fault("answerer", "must be text", ("name",), given["name"]))
        return None
    return Function(given["name"])


_READERS = {"truthful": _truthful, "noisy": _noisy, "chat": _chat, "function": _function}


def read_texts(given: object, n: int | None, faults: list[Fault]) -> tuple[str, ...] | str | None:
    """Return what students write of themselves: one text each, or the word ``"template"``."""
    if given is None or (isinstance(given, str) and given == "template"):
        return given
    if isinstance(given, np.ndarray):
        given = given.tolist()
    if not isinstance(given, list | tuple):
        rule = "must be a list with one text per student, or 'template'"
        faults.append(Fault("texts", rule, value=given))
        return None
    if n is not None and len(given) != n:
        rule = f"has length {len(given)}, expected {n}: one text per student"
        faults.append(Fault("texts", rule))
    for i, text in enumerate(given):
        if text is None or (isinstance(text, str) and not text.strip()):
            faults.append(Fault("texts", "is missing: who answers has to read it", (i,)))
        elif not isinstance(text, str):
            faults.append(Fault("texts", "must be text", (i,), text))
    return tuple(text for text in given if isinstance(text, str))
