"""Deadlines expire, can be canceled, and reach compiled code through their flag."""

from __future__ import annotations

import time

import pytest

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
