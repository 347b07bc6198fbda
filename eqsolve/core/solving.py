"""The one path from a question to a verified `Result`, shared by all families.

Choose the method, run it under a deadline, let the family's own verifier judge the answer,
record how it went. An answer that the verifier rejects is a bug of ours and never leaves here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from eqsolve.core.arguments import require_count, require_instance
from eqsolve.core.compilation import COMPILATION
from eqsolve.core.errors import BackendError, CertificateError
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.log import note
from eqsolve.core.method import Method, make_method, require_support, resolved, settings_of
from eqsolve.core.report import Report
from eqsolve.core.result import Outcome, Result, Stats
from eqsolve.core.status import Limit, Status

__all__ = ["solve_with"]


def solve_with(
    instance: Any,
    methods: Sequence[type[Method[Any, Any]]],
    verify: Callable[..., Report],
    *,
    instance_type: type[Any],
    method: str | Method[Any, Any],
    options: Mapping[str, Any],
    time_limit: float | None,
    seed: int,
    deadline: Deadline | None,
) -> Result[Any]:
    """Run one method on one instance and return its verified result.

    Parameters
    ----------
    instance : the instance; never changed.
    methods : the family's method classes, ``auto`` first.
    verify : the family's verifier, ``verify(instance, result, deadline=...) -> Report``; its clock
        is ``deadline.grace()``, which leaves it some time where the method took it all.
    instance_type : the family's instance class.
    method, options : a method's name with settings, or a method object.
    time_limit : seconds, or None.
    seed : for methods that draw random numbers.
    deadline : a clock that already runs (the command line and batch pass theirs), or None.

    Raises
    ------
    InstanceError : the instance is of another kind.
    OptionError, UnsupportedError : before any work is done.
    BackendError : a foreign solver failed, and nothing had been found before.
    CertificateError : the verifier rejects the answer (a bug in the method).
    """
    start, compiled = time.perf_counter(), COMPILATION.seconds
    require_instance(instance, instance_type)
    require_count(seed, "seed")
    asked = make_method(methods, method, options)
    chosen, reason = resolved(asked, instance)
    require_support(chosen, methods, instance, asked.name)
    clock = deadline if deadline is not None else Deadline(Limits(time=time_limit))
    note("%r: method %s%s", instance, chosen.name, f" ({reason})" if reason else "")
    # Making a generator takes as long as a small market.
    rng: Any = np.random.default_rng(seed) if chosen.is_random else None
    try:
        with COMPILATION.told(clock.compiling):
            outcome = chosen.run(instance, clock, rng)
    except BackendError as error:
        outcome = _held(clock, error)
    answer: Callable[..., Result[Any]] = partial(
        Result,
        status=outcome.status,
        limit=outcome.limit,
        solution=outcome.solution,
        objective=outcome.objective,
        bounds=outcome.bounds,
        certificate=outcome.certificate,
        sense=chosen.sense,
        instance=instance,
    )
    record = partial(
        Stats,
        method=chosen.name,
        reason=reason,
        seed=int(seed),
        options=settings_of(asked),
        counts=outcome.counts,
        remarks=outcome.remarks,
    )
    report = verify(instance, answer(stats=record()), deadline=clock.grace())
    if not report.valid:
        raise CertificateError(f"method {chosen.name!r} gave an answer that is {report}")
    compile_time = COMPILATION.seconds - compiled
    seconds = time.perf_counter() - start - compile_time
    final = answer(check=report, stats=record(seconds=seconds, compile_time=compile_time))
    note("%r: %s", instance, lambda: "; ".join(final.summary()))
    return final


def _held(deadline: Deadline, error: BackendError) -> Outcome[Any]:
    """Return what a method had published before a foreign solver failed, or raise the error."""
    held = deadline.latest.incumbent
    if not isinstance(held, Outcome) or held.solution is None:
        raise error
    remarks = (*held.remarks, f"a foreign solver failed: {error}")
    return replace(held, status=Status.FEASIBLE, limit=Limit.BACKEND, remarks=remarks)
