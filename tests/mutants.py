"""Break the code line by line in a copy of the tree, and see that the tests named notice it.

``python tests/mutants.py [PATTERN]`` runs the mutants of ``tests/mutants.toml`` whose file or
reason holds the pattern. It fails where a mutant survives, where a text is not found exactly once,
and where the tests fail without any mutant. Each processor works on a copy of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).resolve().parents[1]
LIST = ROOT / "tests" / "mutants.toml"
FAILED = 1
"""Exit status of pytest when tests ran and some failed."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A line that is broken.

    Parameters
    ----------
    file : below the root of the repository.
    find, replace : the text that stands there exactly once, and what takes its place.
    tests : files or node ids of which some test must fail.
    why : what the line is for.
    """

    file: str
    find: str
    replace: str
    tests: tuple[str, ...]
    why: str

    @property
    def title(self) -> str:
        """One line for the reader."""
        return f"{self.file.removeprefix('eqsolve/')}: {self.why}"


def read() -> list[Mutant]:
    """Return the mutants of the list."""
    entries = tomllib.loads(LIST.read_text())["mutant"]
    return [Mutant(**{**entry, "tests": tuple(entry["tests"])}) for entry in entries]


def count(mutant: Mutant, root: Path = ROOT) -> int:
    """Return how often the text of a mutant stands in its file; 0 where there is no such file."""
    path = root / mutant.file
    return path.read_text().count(mutant.find) if path.is_file() else 0


def copied(folder: Path) -> Path:
    """Copy what git knows of the tree, as it lies here, and return where it is."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


def tested(root: Path, tests: tuple[str, ...], profile: str) -> int:
    """Return the exit status of pytest; the first failure is enough."""
    settings = {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    settings["HYPOTHESIS_PROFILE"] = profile
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(
        command, cwd=root, env=os.environ | settings, capture_output=True, check=False
    )
    return done.returncode


def fate(root: Path, mutant: Mutant) -> str:
    """Return what is wrong with a mutant; empty when the tests notice it."""
    if count(mutant, root) != 1:
        return "its text is not found exactly once"
    path = root / mutant.file
    sound = path.read_text()
    path.write_text(sound.replace(mutant.find, mutant.replace))
    try:
        status = tested(root, mutant.tests, "quick")
        if status == 0:  # what few examples do not show, many may
            status = tested(root, mutant.tests, "ci")
    finally:
        path.write_text(sound)
    if status == FAILED:
        return ""
    return "it survives" if status == 0 else f"pytest ends with status {status}"


def say(line: str) -> None:
    """Show a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(pattern: str = "") -> int:
    """Run all mutants whose title holds `pattern`, and return how many go unnoticed."""
    chosen = [mutant for mutant in read() if pattern in mutant.title]
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="eqsolve-mutants-") as folder:
        workers = os.cpu_count() or 1
        copies: Queue[Path] = Queue()  # one for each worker: a broken line is in nobody's way
        for number in range(workers):
            copies.put(copied(Path(folder) / str(number)))
        everything = tuple(sorted({test for mutant in chosen for test in mutant.tests}))
        if not pattern and tested(Path(folder) / "0", everything, "ci") != 0:
            say("the tests fail without any mutant")
            return 1

        def broken(mutant: Mutant) -> tuple[str, float]:
            """Return the fate of a mutant, and the seconds until it was known."""
            root, began = copies.get(), time.monotonic()
            try:
                return fate(root, mutant), time.monotonic() - began
            finally:
                copies.put(root)

        wrong = 0
        with ThreadPoolExecutor(workers) as pool:
            found = zip(chosen, pool.map(broken, chosen), strict=True)
            for number, (mutant, (problem, seconds)) in enumerate(found, 1):
                wrong += bool(problem)
                fortune = f"{problem or 'killed'} ({seconds:.0f} s)"
                say(f"{number}/{len(chosen)} {fortune}: {mutant.title}")
    say(f"{len(chosen) - wrong} of {len(chosen)} killed in {time.monotonic() - start:.0f} s")
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main(*sys.argv[1:2]) else 0)
