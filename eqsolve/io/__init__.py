"""Reading and writing instances and solutions."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeVar

from eqsolve.core.errors import OptionError
from eqsolve.core.instance import Instance
from eqsolve.core.result import Result, Solution

__all__ = ["convert", "load", "load_solution", "save", "save_solution"]

S = TypeVar("S", bound=Solution)


def load(name: str | Path, /, *, kind: str | None = None, **options: Any) -> Any:
    """Return the instance in a file.

    Parameters
    ----------
    name : a path, also of a foreign file that one converter recognizes, ``file.jsonl#LINE``,
        ``catalog:NAME``, or ``-`` for standard input.
    kind : what a CSV file holds.
    **options : how it is read, as ``--table`` says it: ``decimal="comma"``, columns, settings of
        the kind; only with `kind`.

    Raises
    ------
    FormatError : with a line for every fault: file, field, position, value, rule.
    OptionError : no such kind or option.

    Notes
    -----
    Cost O(size of the file); ``catalog:`` instances carry their source in the metadata.

    Examples
    --------
    >>> load("catalog:shapley-shubik-1971").n_buyers
    3
    """
    from eqsolve.io.opening import open_instance

    if kind is None and options:
        key = next(iter(options))
        raise OptionError(f"option {key!r}: says how a table is read; add kind=KIND")
    texts = {key: as_text(value) for key, value in options.items()}
    return open_instance(str(name), None if kind is None else {"kind": kind, **texts})


def save(
    instance: Instance, path: str | Path, *, arrays: Literal["inline", "npy"] = "inline"
) -> None:
    """Write an instance file, whole or not at all.

    Parameters
    ----------
    instance : any instance.
    path : the file to write; ``.nfg`` writes a normal-form game in Gambit's format, ``.txt`` a
        combinatorial auction in that of CATS, ``.csv`` a table as `load` reads it with ``kind=``.
    arrays : ``"npy"`` puts arrays into ``.npy`` files beside the file.

    Raises
    ------
    OptionError : `instance` is none, or does not fit the format asked for.
    OSError : the folder does not exist or cannot be written.

    Notes
    -----
    Cost O(size of the instance).

    Examples
    --------
    >>> import tempfile
    >>> from eqsolve import AssignmentMarket
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(AssignmentMarket([[5, 3], [4, 1]]), f"{folder}/market.json")
    ...     load(f"{folder}/market.json")
    <AssignmentMarket: 2 buyers, 2 sellers>
    """
    import io

    import numpy as np

    from eqsolve.io.atomic import write_atomic
    from eqsolve.io.encode import encode
    from eqsolve.io.instances import instance_document, split_arrays
    from eqsolve.io.opening import require_file
    from eqsolve.registry import family_of, no_instance

    if not isinstance(instance, Instance):
        raise no_instance(instance)
    if arrays not in ("inline", "npy"):
        raise OptionError(f"arrays = {arrays!r}: must be 'inline' or 'npy'")
    target = Path(path)
    if target.suffix == ".nfg":
        from eqsolve.families.normal_form_game.instance import NormalFormGame
        from eqsolve.io.nfg import write_nfg

        if not isinstance(instance, NormalFormGame):
            raise OptionError(f"{path}: only normal-form games fit .nfg, not {instance.kind!r}")
        write_atomic(target, write_nfg(instance).encode())
        return
    if require_file(target, "an instance"):
        from eqsolve.io.sheet_writing import table_text

        write_atomic(target, table_text(instance).encode())
        return
    writers = getattr(family_of(instance).module("files"), "TEXT_FORMATS", {})
    if target.suffix in writers:
        write_atomic(target, writers[target.suffix](instance).encode())
        return
    if target.suffix == ".txt":
        raise OptionError(f"{path}: instances of kind {instance.kind!r} do not fit .txt")
    document = instance_document(instance)
    if arrays == "npy":
        document, files = split_arrays(document, target.stem)
        for name, array in files.items():
            buffer = io.BytesIO()
            np.save(buffer, array, allow_pickle=False)
            write_atomic(target.parent / name, buffer.getvalue())
    write_atomic(target, encode(document))


def convert(
    source: str | Path,
    target: str | Path | None = None,
    *,
    converter: str | None = None,
    reading: str | None = None,
    to: str | None = None,
    arrays: Literal["inline", "npy"] = "inline",
    **options: Any,
) -> list[Any]:
    r"""Return the instances in a foreign file, as ``eqsolve convert`` writes them.

    Parameters
    ----------
    source : a file or folder that a converter recognizes, a CSV file (with ``kind=``), instances to
        be recast, or ``SCHEME:NAME``.
    target : a file or folder to write them to as well, with what the file holds of solutions.
    converter : its name, ``from=`` on the command line; None recognizes it from the file.
    reading : what a file is read as where it can be several things, ``as=`` on the command line.
    to : the converter that reads what is written, where that is several files:
        ``"course_lists"`` writes two tables, ``STEM.csv`` and ``STEM-courses.csv``.
    arrays : ``"npy"`` puts arrays into ``.npy`` files beside the target.
    **options : settings of the converter; of a table ``kind=``, ``layout=``, ``separator=`` and the
        like, columns, and settings of the kind.

    Raises
    ------
    FormatError : the file is missing, faulty or not recognized; a line for every fault.
    OptionError : unknown converter or setting.

    Notes
    -----
    Cost O(size of the file).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "rooms.csv"
    ...     _ = path.write_text("who;garden;attic\nAnn;5,5;8\n")
    ...     (market,) = convert(path, kind="assignment_market", reserves=1)
    >>> market.labels["sellers"], market.reserves.tolist()
    (('garden', 'attic'), [1, 1])
    """
    from eqsolve.io.collections import write_answered
    from eqsolve.io.converting import answered

    texts = {key: as_text(value) for key, value in options.items()}
    texts |= {"from": converter} if converter is not None else {}
    texts |= {"as": reading} if reading is not None else {}
    pairs = list(answered(str(source), texts))
    if target is not None:
        write_answered(pairs, str(target), arrays=arrays, form=to)
    return [instance for instance, _ in pairs]


def as_text(value: Any) -> str:
    """Return a setting as it is written on the command line."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, dict):
        import json

        return json.dumps(value)
    if isinstance(value, list | tuple):
        return ",".join(map(as_text, value))
    return str(value)


def load_solution(path: str | Path, instance: Instance[S]) -> Result[S]:
    """Return the result that a solution file (``-``: standard input) claims; `verify` judges it.

    Raises
    ------
    OptionError : `instance` is of no kind.
    FormatError : the file is not a solution of the instance's kind and shape.

    Notes
    -----
    Cost O(size of the file); nothing is verified.

    Examples
    --------
    >>> import tempfile
    >>> from eqsolve import AssignmentMarket, solve, verify
    >>> market = AssignmentMarket([[5, 3], [4, 1]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_solution(market, solve(market), f"{folder}/solution.json")
    ...     claimed = load_solution(f"{folder}/solution.json", market)
    >>> claimed.solution.matching.tolist(), verify(market, claimed).valid
    ([1, 0], True)
    """
    from eqsolve.io.decode import decode
    from eqsolve.io.opening import folder_of, read_bytes
    from eqsolve.io.solutions import read_solution

    data, source = read_bytes(str(path))
    return read_solution(decode(data, source), source, instance, folder_of(str(path))).result


def save_solution(instance: Instance, result: Result[Any], path: str | Path) -> None:
    """Write a solution file, whole or not at all; `load_solution` shows an example.

    Large arrays lie in ``.npz`` files beside it, whose names begin with its own. A ``.csv`` file
    gets the first table of `to_csv`: who gets what at which price.

    Raises
    ------
    OptionError : `result` is none, or one of another kind; the file would be a workbook or a page.
    OSError : the folder does not exist or cannot be written.

    Notes
    -----
    Cost O(size of the solution).
    """
    from eqsolve.io.atomic import is_stream, write_atomic
    from eqsolve.io.encode import encode
    from eqsolve.io.opening import require_file
    from eqsolve.io.solutions import solution_document, solution_files
    from eqsolve.registry import family_of

    family_of(instance).require_result(result)
    target = Path(path)
    if require_file(target):
        from eqsolve.frames import to_csv

        write_atomic(target, to_csv(instance, result).encode())
        return
    if is_stream(target):
        write_atomic(target, encode(solution_document(instance, result)))
        return
    document, files = solution_files(instance, result, target.stem)
    for name, content in files.items():
        write_atomic(target.parent / name, content)
    write_atomic(target, encode(document))
