"""Logs of simulated bidders as their authors left them, as records: one for each treatment.

A folder is a treatment and each of its files a session; which auction it was stands in the name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar, Literal

from eqsolve.core.converter import file_name, file_stem
from eqsolve.core.errors import Fault, FormatError
from eqsolve.core.options import check_options
from eqsolve.families.auction_experiment.convert.proxy_runs import (
    USUAL_PERIODS,
    read_run,
    record_of_runs,
)
from eqsolve.families.auction_experiment.convert.sessions import read_session, record_of_sessions
from eqsolve.families.auction_experiment.convert.sources import Recorded
from eqsolve.families.auction_experiment.convert.treatments import auction_of
from eqsolve.families.auction_experiment.solution import ExperimentRecord
from eqsolve.formats.text import head_of

__all__ = ["AuctionLogs", "load_auction_logs"]

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}_[\d-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuctionLogs(Recorded):
    """A folder of ``result_*.json`` or ``result_*.csv`` files, or one of them.

    Parameters
    ----------
    format, model : of the auction, where the folder's name does not say them.
    low, high : of private values, of the common part of affiliated ones, of a common value.
    noise : affiliated: greatest private part; common: greatest error.
    k : of the k-th price.
    increment : of bids.
    closing : of proxy auctions; else the name says it.
    periods : of proxy auctions, before the close.
    aborted : ``drop`` leaves sessions out that have fewer rounds than others.
    cut : ``keep`` takes the whole rounds of files that were cut off.
    benchmark : what bids are compared with; ``bne`` solves the auction.
    """

    name: ClassVar[str] = "auction_logs"
    summary: ClassVar[str] = (
        "a folder of result_*.json (sealed bids, clocks) or result_*.csv (proxy bidding): "
        "a session for each"
    )
    source: ClassVar[str] = "KeHang-Zhu/llm-auction, experiment_logs"

    format: str | None = None
    model: Literal["private", "affiliated", "common"] | None = None
    low: int | None = None
    high: int | None = None
    noise: int | None = None
    k: int = 3
    increment: float = 1
    closing: Literal["hard", "soft"] | None = None
    periods: int = USUAL_PERIODS
    aborted: Literal["keep", "drop"] = "keep"
    cut: Literal["refuse", "keep"] = "refuse"
    benchmark: Literal["truthful", "bne", "none"] = "truthful"

    def recognizes(self, path: Path) -> bool:
        """Return whether it is such a file, or a folder that holds one."""
        if path.is_dir():
            return any(map(_is_log, _listed(path)))
        return path.is_file() and _is_log(path)

    def records(self, path: Path) -> Iterator[ExperimentRecord]:
        """Yield a record for the folder, or the file; sessions in the order of their times.

        Raises
        ------
        FormatError : a file of another form, or one that was cut off; names file and place.
        OptionError : the name says no auction, and no option does.
        """
        if path.is_dir():
            files = [file for file in _listed(path) if _is_log(file)]
            name, treatment = file_name(path), file_name(path.resolve())
        else:
            files, name, treatment = [path], file_stem(path), file_name(path.resolve().parent)
        for suffix in (".json", ".csv"):
            chosen = [file for file in files if file.suffix == suffix]
            if chosen:
                yield self._record(chosen, name, treatment)
        if not files:
            raise FormatError(str(path), Fault("", "holds no result_*.json and no result_*.csv"))

    def _record(self, files: list[Path], name: str, treatment: str) -> ExperimentRecord:
        """Return the record of files of one form."""
        is_proxy = files[0].suffix == ".csv"
        keep = self.cut == "keep"
        settings = {
            key: value
            for key, value in asdict(self).items()
            if key in ("model", "low", "high", "noise", "k", "increment")
        }
        if is_proxy:
            runs = [read_run(file, keep_cut=keep) for file in files]
            n = max((len(run.names) for run in runs if run.moves), default=2)
            auction = auction_of(treatment, n, format=self.format or "second_price", **settings)
            soft = "closing" in treatment or "soft" in treatment
            closing = self.closing or ("soft" if soft else "hard")
            return record_of_runs(
                runs, auction, name=name, closing=closing, periods=self.periods,
                benchmark=self.benchmark, converter=self.name,
            )  # fmt: skip
        sessions = [read_session(file, keep_cut=keep) for file in files]
        n = max(session.n_bidders for session in sessions)
        auction = auction_of(treatment, max(n, 1), format=self.format, **settings)
        return record_of_sessions(
            sessions, auction, name=name, aborted=self.aborted, benchmark=self.benchmark,
            converter=self.name,
        )  # fmt: skip


def load_auction_logs(folder: str | Path, **options: object) -> list[ExperimentRecord]:
    """Return the authors' logs in a folder as records, one for each treatment.

    Parameters
    ----------
    folder : of one treatment, or of folders of treatments at any depth; or one file.
    **options : of the converter ``auction_logs``: `format`, `model`, `aborted`, `cut`, ...

    Returns
    -------
    records : named after their folders, in the order of the names; empty where nothing is found.

    Raises
    ------
    FormatError : a file of another form, or one that was cut off; names file and place.
    OptionError : no such option, or a folder whose name says no auction.

    Notes
    -----
    What is wrong in the files stays as it is and is listed in ``record.source["faults"]``.
    Cost: O(size of the files), and 20 ms for each session whose seed does not follow from another.
    Source: Shah, Zhu, Jiang, Wang, Dayi, Horton and Parkes (2025), Learning from synthetic labs.
    """
    check_options(AuctionLogs, "converter 'auction_logs'", options)
    converter = AuctionLogs(**options)  # type: ignore[arg-type]  # checked
    top = Path(folder)
    if not top.exists():
        raise FormatError(str(top), Fault("", "no such file or folder"))
    folders = [top]
    if top.is_dir():
        folders += sorted(path for path in top.rglob("*") if path.is_dir())
    return [
        record
        for place in folders
        if converter.recognizes(place)
        for record in converter.records(place)
    ]


def _listed(folder: Path) -> list[Path]:
    """Return the files of a folder by the times in their names, else by name."""

    def key(path: Path) -> tuple[str, str]:
        time = _TIME.search(path.name)
        return (time[0] if time else "", path.name)

    return sorted((path for path in folder.iterdir() if path.is_file()), key=key)


def _is_log(path: Path) -> bool:
    """Return whether a file looks like a session or a proxy auction."""
    if path.suffix == ".json":
        head = head_of(path)
        return '"round_0"' in head and '"history"' in head
    if path.suffix == ".csv":
        head = head_of(path).split("\n")[0]
        return "max_bids" in head and "agent_selected" in head
    return False
