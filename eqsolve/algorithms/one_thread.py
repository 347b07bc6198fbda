"""Torch in one order: one thread, and random numbers that are put back afterwards.

Sums in single precision depend on the number of threads; with one, equal seeds give equal networks
on a processor. torch is imported on entry, as it is an extra.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["one_thread"]


@contextmanager
def one_thread() -> Iterator[None]:
    """Have torch compute in one order, and leave its settings and random numbers as they were."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(threads)
