"""What is measured: frozen cases with sizes, contenders side by side, and an answer to compare."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from eqsolve.core.recipe import Recipe, make_recipe
from eqsolve.core.result import Result
from eqsolve.core.status import Limit, Status

if TYPE_CHECKING:
    from concurrent.futures import Executor

__all__ = [
    "Case",
    "Contender",
    "built",
    "objective_of",
    "peer_process",
    "processor_seconds",
    "proved",
]

_PEERS: dict[str, Executor] = {}
"""The processes of peers, by package; they live as long as ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One way to solve a case.

    Parameters
    ----------
    name : as shown in tables.
    run : problem -> answer, a number (or tuple of numbers) that all contenders must agree on.
    package : module that must be installed, or empty for ours.
    delivers : what the answer consists of, e.g. ``"matching only"``.
    limit : seconds that one run may be expected to take; larger sizes are skipped beyond it.
    exact : whether its answer must agree; False for anytime results that only bound the others.
    """

    name: str
    run: Callable[[Any], Any]
    package: str = ""
    delivers: str = ""
    limit: float = 60.0
    exact: bool = True

    @property
    def installed(self) -> bool:
        """Whether its package can be imported."""
        return not self.package or find_spec(self.package) is not None

    @property
    def ours(self) -> bool:
        """Whether it is eqsolve."""
        return self.name.startswith("eqsolve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A frozen benchmark: one family of problems at several sizes.

    Parameters
    ----------
    suite, name : where it is listed.
    build : (size, seed) -> problem; built outside the clock, once per size, and frozen: contenders
        never change it.
    sizes, quick_sizes : for full and ``--quick`` runs; a size may be a tuple.
    contenders : ours first.
    unit : what a size counts, e.g. ``"buyers = sellers"``.
    repeats : timed rounds, all contenders in turn in each.
    tolerance : relative difference of answers that still agrees.
    note : shown under the table.
    compiles : a size that needs kernels which no case before it has compiled; None for none.
    """

    suite: str
    name: str
    build: Callable[[Any, int], Any]
    sizes: tuple[Any, ...]
    quick_sizes: tuple[Any, ...]
    contenders: tuple[Contender, ...]
    unit: str
    repeats: int = 5
    tolerance: float = 1e-9
    note: str = ""
    compiles: Any = None


def peer_process(package: str) -> Executor:
    """Return the process of a peer that does not load beside what ours has loaded.

    It is started by the first run, which is not timed, and imports its package there.
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    if package not in _PEERS:
        _PEERS[package] = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    return _PEERS[package]


def processor_seconds() -> float:
    """Return what this process, those of peers and those that have ended took of processors.

    Examples
    --------
    >>> 0 < processor_seconds() <= processor_seconds()
    True
    """
    from concurrent.futures import BrokenExecutor

    told = 0.0
    for package, peer in list(_PEERS.items()):
        try:
            told += peer.submit(time.process_time).result()
        except BrokenExecutor:  # its next run starts another
            del _PEERS[package]
    ended = os.times()
    return told + ended.children_user + ended.children_system + time.process_time()


def built(recipes: Sequence[type[Recipe]], recipe: str, seed: int, **options: Any) -> Any:
    """Return the instance of a recipe."""
    return make_recipe(recipes, recipe, options).instance(seed)


def objective_of(
    solve: Callable[..., Result[Any]], method: str, *, time_limit: float = 60.0, **options: Any
) -> Callable[[Any], float]:
    """Return what runs a family's `solve` until there is a proof and answers with the objective.

    A run that ends without a proof raises, so that it is shown as failed and not as fast.
    """

    def run(instance: Any) -> float:
        result = solve(instance, method=method, time_limit=time_limit, **options)
        proved(result.status, result.limit)
        assert result.objective is not None
        return float(result.objective)

    return run


def proved(status: Status, limit: Limit | None) -> None:
    """Raise unless the status is a proof.

    Raises
    ------
    TimeoutError : stopped without one.
    """
    if status not in (Status.SOLVED, Status.NO_EQUILIBRIUM):
        stopped = f", {limit.value} limit" if limit else ""
        raise TimeoutError(f"no proof: {status.value}{stopped}")
