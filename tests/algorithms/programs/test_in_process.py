"""Calls that travel to another process and back."""

from __future__ import annotations

import operator
import os
import time
from functools import partial

import pytest

from eqsolve.algorithms.programs.in_process import run_elsewhere
from eqsolve.core.errors import BackendError


def test_what_the_call_raises_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        run_elsewhere(partial(operator.truediv, 1, 0), lambda: False)


def test_a_dead_process_is_an_error_and_no_answer() -> None:
    with pytest.raises(BackendError, match="ended with 3"):
        run_elsewhere(partial(os._exit, 3), lambda: False)


def test_the_last_words_of_a_dead_process_are_kept() -> None:
    code = "import os; os.write(2, b'chatter\\nout of order\\n'); os._exit(3)"
    with pytest.raises(BackendError, match="ended with 3: out of order"):
        run_elsewhere(partial(exec, code), lambda: False)


def test_chatter_on_standard_output_does_not_spoil_the_answer() -> None:
    assert run_elsewhere(partial(os.write, 1, b"solver says hello"), lambda: False) == 17


def test_a_call_that_must_end_is_killed() -> None:
    looks = iter([False, False, True])
    begin = time.monotonic()
    assert run_elsewhere(partial(time.sleep, 600), lambda: next(looks)) is None
    assert time.monotonic() - begin < 60
