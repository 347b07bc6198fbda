"""Deadlines expire, can be canceled, and reach compiled code through their flag."""

from __future__ import annotations

import math
import time

import pytest

from eqsolve.core.compilation import COMPILATION, Compilation
from eqsolve.core.errors import OptionError
from eqsolve.core.limits import Deadline, Limits, Progress
from eqsolve.core.status import Limit


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_impossible_limits_are_refused(seconds: float) -> None:
    with pytest.raises(OptionError, match="time limit"):
        Limits(time=seconds)


def test_the_clock_sets_the_flag_only_while_watched() -> None:
    deadline = Deadline(Limits(time=0.02))
    with deadline.watching() as flag:
        end = time.monotonic() + 5
        while not flag[0] and time.monotonic() < end:
            time.sleep(0.001)
        assert flag[0] == 1
    assert deadline.limit is Limit.TIME
    assert deadline.remaining == 0


def test_an_answer_is_checked_beyond_the_limit_but_not_beyond_an_interrupt() -> None:
    assert math.isinf(Deadline().grace().remaining)
    assert 99 < Deadline(Limits(time=100.0)).grace().remaining <= 100
    assert 0.9 < Deadline(Limits(time=1e-9)).grace().remaining <= 1
    late = Deadline(Limits(time=50.0))
    late._start -= 49
    assert 4.9 < late.grace().remaining <= 5
    running = late.grace()
    late.cancel()
    assert running.expired()
    assert late.grace().expired()


def test_cancel_is_another_word_than_time() -> None:
    deadline = Deadline()
    assert not deadline.expired()
    deadline.cancel()
    assert deadline.limit is Limit.INTERRUPTED
    assert deadline.flag[0] == 1


def test_progress_is_kept_and_passed_on() -> None:
    seen: list[Progress] = []
    deadline = Deadline(None, seen.append)
    deadline.publish(Progress(message="searching", objective=1.0))
    assert seen == [deadline.latest]


def test_the_clock_stands_still_while_kernels_are_compiled() -> None:
    deadline = Deadline(Limits(time=0.2))
    COMPILATION.begin()
    with deadline.watching() as flag:
        time.sleep(0.3)
        assert not deadline.expired()
        assert flag[0] == 0
        COMPILATION.end()
        end = time.monotonic() + 5
        while not flag[0] and time.monotonic() < end:
            time.sleep(0.005)
        assert flag[0] == 1
    assert deadline.limit is Limit.TIME


def test_nested_compilations_count_once() -> None:
    clock = Compilation()
    seen: list[bool] = []
    clock.on_change = seen.append
    clock.begin()
    clock.begin()
    clock.end()
    assert seen == [True]
    clock.end()
    assert seen == [True, False]
    total = clock.seconds
    time.sleep(0.01)
    assert clock.seconds == total


def test_numba_tells_when_it_compiles() -> None:
    import numpy as np

    from eqsolve.algorithms.compile import numba  # registers the listener

    before = COMPILATION.seconds
    numba.njit(lambda x: x + 1)(np.float64(1.0))
    assert COMPILATION.seconds > before


def test_news_without_an_incumbent_does_not_lose_the_last_one() -> None:
    deadline = Deadline()
    deadline.publish(Progress(incumbent="best so far"))
    deadline.publish(Progress(message="still searching"))
    assert deadline.latest.message == "still searching"
    assert deadline.latest.incumbent == "best so far"
