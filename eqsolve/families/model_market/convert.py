"""Leaderboards to model markets: rows are models, columns are tasks, grouped into user types.

Score of a model for a type: the plain mean of its cells in the type's columns. Scores are kept as
given (0 to 100 on most boards). What happens to missing cells, which models are kept, how types
are weighted and how users choose are parameters, recorded in the instance's metadata.
"""

from __future__ import annotations

import csv
import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np

from eqsolve.core.arrays import FloatArray
from eqsolve.core.converter import Converter
from eqsolve.core.errors import Fault, FormatError, InstanceError, nearest_name
from eqsolve.families.model_market.instance import ModelMarket

__all__ = ["CONVERTERS", "LeaderboardTable", "MtebBoard"]


class _Board(NamedTuple):
    """Names of models and columns, and cells (NaN where empty), shape (models, columns)."""

    models: list[str]
    columns: list[str]
    cells: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardConverter(Converter):
    """What all leaderboards share.

    Parameters
    ----------
    n_platforms : platforms that adopt a model.
    choice, beta : how users choose; beta is per point of score.
    groups : JSON file {type: [columns]}; ``"none"`` makes each column a type; ``"auto"`` takes
        ``categories_X.json`` beside ``table_X.csv`` where that exists.
    weights : ``"uniform"``, ``"columns"`` (number of columns of the type) or a list such as
        ``Coding=2,Language=1`` that names every type.
    missing : ``"mean"``: an empty cell is left out of its type's mean, a model without any cell in
        some type is left out; ``"zero"``: it counts as 0; ``"drop"``: its model is left out.
    top : keep only so many models, by the mean of their scores; 0 keeps all.
    """

    kind: ClassVar[str] = "model_market"

    n_platforms: int = 5
    choice: Literal["hardmax", "softmax"] = "hardmax"
    beta: float = 0.1
    groups: str = "auto"
    weights: str = "uniform"
    missing: Literal["mean", "zero", "drop"] = "mean"
    top: int = 0

    def board(self, path: Path) -> _Board:
        """Return the table in the file."""
        raise NotImplementedError

    def read(self, path: Path) -> Iterator[ModelMarket]:
        """Yield the one market of the file.

        Raises
        ------
        FormatError : names the file, the line or column, and the rule.
        """
        board = self.board(path)
        groups = self._groups(path, board.columns)
        cells = np.nan_to_num(board.cells) if self.missing == "zero" else board.cells
        scores = np.column_stack([_means(cells[:, part]) for part in groups.values()])
        full = ~np.isnan(cells).any(axis=1) if self.missing == "drop" else ~np.isnan(scores).any(1)
        kept = np.flatnonzero(full)
        if self.top > 0:
            order = np.argsort(-scores[kept].mean(axis=1), kind="stable")[: self.top]
            kept = np.sort(kept[order])
        if not len(kept):
            raise FormatError(str(path), Fault("", "no model has a score for every type"))
        soft = {"rule": "softmax", "beta": self.beta}
        try:
            yield ModelMarket(
                np.round(scores[kept], 10),
                self._weights(path, groups),
                self.n_platforms,
                "hardmax" if self.choice == "hardmax" else soft,
                name=path.stem,
                labels={"models": [board.models[k] for k in kept], "types": list(groups)},
                metadata={
                    "converter": self.name,
                    "options": asdict(self),
                    "file": path.name,
                    "source": self.source,
                    "models_left_out": len(board.models) - len(kept),
                },
            )
        except InstanceError as error:
            raise FormatError(str(path), error.faults) from None

    def _groups(self, path: Path, columns: Sequence[str]) -> dict[str, list[int]]:
        """Return type -> column numbers."""
        place = {name: k for k, name in enumerate(columns)}
        if self.groups == "auto":
            beside = path.with_name(path.stem.replace("table_", "categories_") + ".json")
            file = beside if beside.is_file() and beside.stem != path.stem else None
        else:
            file = None if self.groups == "none" else Path(self.groups)
        if file is None:
            return {name: [k] for name, k in place.items()}
        try:
            document = json.loads(file.read_text())
        except (OSError, ValueError) as error:
            raise FormatError(str(file), Fault("", f"cannot be read as JSON: {error}")) from None
        good = isinstance(document, dict) and all(
            isinstance(names, list) and names for names in document.values()
        )
        if not good or not document:
            raise FormatError(str(file), Fault("", "must be an object: type -> list of columns"))
        faults = [
            Fault(name, f"no such column; {nearest_name(str(column), columns)}", (), column)
            for name, names in document.items()
            for column in names
            if column not in place
        ]
        if faults:
            raise FormatError(str(file), faults)
        return {name: [place[column] for column in names] for name, names in document.items()}

    def _weights(self, path: Path, groups: Mapping[str, list[int]]) -> list[float]:
        """Return the weight of each type."""
        if self.weights == "uniform":
            return [1] * len(groups)
        if self.weights == "columns":
            return [len(part) for part in groups.values()]
        given = dict(_pair(path, text) for text in self.weights.split(","))
        faults = [
            Fault("weights", f"no such type; {nearest_name(name, groups)}", (name,))
            for name in given
            if name not in groups
        ]
        faults += [
            Fault("weights", "no weight is given", (name,)) for name in groups if name not in given
        ]
        if faults:
            raise FormatError(str(path), faults)
        return [given[name] for name in groups]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderboardTable(BoardConverter):
    """A CSV file: first column the model, one column per task, empty cells allowed."""

    name: ClassVar[str] = "leaderboard"
    summary: ClassVar[str] = "CSV of models by tasks; tasks or groups of tasks are user types"
    source: ClassVar[str] = "e.g. livebench.ai, tables with their categories"

    def recognizes(self, path: Path) -> bool:
        """Return whether it is a CSV file that begins with a column of models."""
        if path.suffix != ".csv" or not path.is_file():
            return False
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline().lower().startswith(("model,", '"model",'))

    def board(self, path: Path) -> _Board:
        """Return the table in the file."""
        try:
            with path.open(newline="", encoding="utf-8") as file:
                rows = [row for row in csv.reader(file) if row]
        except (UnicodeDecodeError, csv.Error) as error:
            raise FormatError(str(path), Fault("", f"not a CSV file: {error}")) from None
        if len(rows) < 2 or len(rows[0]) < 2:
            raise FormatError(str(path), Fault("", "needs a header and a model with scores"))
        header, *body = rows
        columns = header[1:]
        faults = [
            Fault(f"column {column!r}", "is there twice")
            for k, column in enumerate(columns)
            if column in columns[:k]
        ]
        cells = np.full((len(body), len(columns)), np.nan)
        for k, row in enumerate(body):
            if len(row) != len(header):
                rule = f"has {len(row)} cells, expected {len(header)} as in the header"
                faults.append(Fault(f"line {k + 2}", rule))
                continue
            for place, text in enumerate(row[1:]):
                cells[k, place] = _cell(text, f"line {k + 2}, {columns[place]!r}", faults)
        if faults:
            raise FormatError(str(path), faults)
        return _Board([row[0] for row in body], columns, cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class MtebBoard(BoardConverter):
    """JSON lines, one object per model, with columns ``KIND Average (k datasets)``.

    The name of a model is the text of its link; the overall average is no type. As the file ends in
    ``.jsonl``, it has to be asked for: ``--option from=mteb``.
    """

    name: ClassVar[str] = "mteb"
    summary: ClassVar[str] = "JSON lines of text-embedding models; kinds of task are user types"
    source: ClassVar[str] = "embeddings-benchmark/leaderboard, boards_data/*/data_overall"

    def recognizes(self, path: Path) -> bool:
        """Return whether the first line is an object with a model and averages."""
        if path.suffix != ".jsonl" or not path.is_file():
            return False
        with path.open(encoding="utf-8", errors="replace") as file:
            head = file.readline()
        return '"Model"' in head and " Average (" in head

    def board(self, path: Path) -> _Board:
        """Return the table in the file."""
        faults: list[Fault] = []
        models: list[str] = []
        rows: list[dict[str, Any]] = []
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                record = json.loads(line) if line.strip() else None
            except ValueError as error:
                faults.append(Fault(f"line {number}", f"is not JSON: {error}"))
                continue
            if record is None:
                continue
            if not isinstance(record, dict) or "Model" not in record:
                faults.append(Fault(f"line {number}", "must be an object with the field 'Model'"))
                continue
            models.append(html.unescape(re.sub(r"<[^>]*>", "", str(record["Model"]))).strip())
            rows.append(record)
        keys = [key for key in (rows[0] if rows else {}) if re.match(r".+ Average \(", key)]
        if not faults and not keys:
            faults.append(Fault("", "no columns 'KIND Average (k datasets)'"))
        cells = np.full((len(rows), len(keys)), np.nan)
        for k, record in enumerate(rows):
            for place, key in enumerate(keys):
                cells[k, place] = _cell(
                    record.get(key, ""), f"model {models[k]!r}, {key!r}", faults
                )
        if faults:
            raise FormatError(str(path), faults)
        return _Board(models, [key.split(" Average (")[0] for key in keys], cells)


CONVERTERS: tuple[type[Converter], ...] = (LeaderboardTable, MtebBoard)


def _cell(value: object, place: str, faults: list[Fault]) -> float:
    """Return a cell as a number, NaN where it is empty or, after adding a fault, wrong."""
    text = str(value).strip() if value is not None else ""
    if text.lower() in ("", "-", "na", "n/a", "nan"):
        return np.nan
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < np.inf:
        faults.append(Fault(place, "must be a number >= 0, or empty", (), value))
        return np.nan
    return number


def _means(cells: FloatArray) -> FloatArray:
    """Return the mean of the filled cells of each row, NaN for empty rows."""
    filled = ~np.isnan(cells)
    number = filled.sum(axis=1)
    totals = np.where(filled, cells, 0.0).sum(axis=1)
    means: FloatArray = np.where(number > 0, totals / np.maximum(number, 1), np.nan)
    return means


def _pair(path: Path, text: str) -> tuple[str, float]:
    """Return one ``TYPE=NUMBER`` of the option `weights`."""
    name, _, value = text.partition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        rule = "must be uniform, columns, or TYPE=NUMBER,TYPE=NUMBER,..."
        raise FormatError(str(path), Fault("weights", rule, (), text)) from None
