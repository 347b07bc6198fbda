"""Batches of small instances: what a run costs per instance, start-up and store included."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eqsolve.core.case import Case, Contender, built
from eqsolve.registry import get_family

__all__ = ["CASES"]


def build(count: int, seed: int) -> bytes:
    """Return the text of a ``.jsonl`` file with random markets of 6 x 6."""
    import json

    from eqsolve.io.encode import plain
    from eqsolve.io.instances import instance_document

    lines = []
    recipes = get_family("assignment_market").module("generate").RECIPES
    for index in range(count):
        options = {"buyers": 6, "sellers": 6}
        market = built(
            recipes,
            "integers",
            seed * 10**6 + index,
            **options,
        )
        lines.append(json.dumps(plain(instance_document(market))) + "\n")
    return "".join(lines).encode()


@contextmanager
def _workplace(text: bytes) -> Iterator[tuple[str, Path]]:
    """Yield the name of a file with the text, and of a store beside it."""
    with tempfile.TemporaryDirectory(prefix="eqsolve-bench-") as folder:
        path = Path(folder) / "markets.jsonl"
        path.write_bytes(text)
        yield str(path), Path(folder) / "run.sqlite"


def batch(text: bytes) -> float:
    """Run a batch with two workers into a new store and count the answers."""
    from eqsolve.batch.run import run_batch
    from eqsolve.batch.task import Question

    with _workplace(text) as (path, store):
        return float(run_batch([path], store, Question(), jobs=2).done)


def restarted(text: bytes) -> float:
    """Run the batch twice into one store; the second run finds everything known."""
    from eqsolve.batch.run import run_batch
    from eqsolve.batch.task import Question

    with _workplace(text) as (path, store):
        run_batch([path], store, Question(), jobs=2)
        return float(run_batch([path], store, Question(), jobs=2).skipped)


def scipy_loop(text: bytes) -> float:
    """Read and match in one process with json and scipy: no proof, no store, no isolation."""
    import json

    import numpy as np
    from scipy.optimize import linear_sum_assignment

    done = 0
    for line in text.splitlines():
        linear_sum_assignment(np.array(json.loads(line)["values"]), maximize=True)
        done += 1
    return float(done)


CASES = (
    Case(
        suite="batch",
        name="small instances in one file",
        build=build,
        sizes=(1000, 5000),
        quick_sizes=(200,),
        contenders=(
            Contender(
                name="eqsolve, 2 workers",
                run=batch,
                delivers="verified equilibria in a store",
                limit=120,
            ),
            Contender(
                name="eqsolve, run and restart",
                run=restarted,
                delivers="the same, asked again",
                limit=120,
            ),
            Contender(
                name="scipy in a loop",
                run=scipy_loop,
                package="scipy",
                delivers="matchings, nothing kept",
            ),
        ),
        unit="instances",
        repeats=2,
        note="Seconds per run; divided by the number of instances they give the overhead of an "
        "instance, all in.",
    ),
)
