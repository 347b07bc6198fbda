"""Logs as the authors of the paper write them, made from what was played, right or wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NAMES = ("Bidder Andy", "Bidder Betty", "Bidder Charles", "Bidder David")
HEAD = (
    "period_id,turn_id,current_price,reserve_price,agent_selected,action,bid,max_bids,"
    "highest_bidder"
)


def played(
    k: int,
    types: Sequence[int],
    bids: Sequence[float],
    winner: int | None,
    price: float | None,
    profits: Sequence[float] | None = None,
    common: int = 0,
    plans: Sequence[str] = (),
) -> dict[str, Any]:
    """Return one round; profits are those of private values unless they are given."""
    if profits is None:
        profits = [types[i] - (price or 0) if i == winner else 0 for i in range(len(types))]
    listed = [{"agent": NAMES[i], "bid": bid} for i, bid in enumerate(bids)]
    won = {"winner": None if winner is None else NAMES[winner], "price": price}
    return {
        "round": k,
        "value": list(types),
        "history": {"bidding history": listed, "winner": won},
        "profit": list(profits),
        "common": common,
        "plan": list(plans) or ["bid"] * len(types),
    }


def write_session(folder: Path, rounds: Sequence[dict[str, Any]], minute: int = 0) -> Path:
    """Write a session and return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"result_{len(rounds)}_2025-02-09_10-{minute:02}-00-000000.json"
    members = {f"round_{k}": entry for k, entry in enumerate(rounds)}
    path.write_text(json.dumps(members, indent=4))
    return path


def write_run(
    folder: Path, moves: Sequence[tuple[int, int, float | None]], minute: int = 0, n: int = 3,
    reserve: int = 0,
) -> Path:  # fmt: skip
    """Write a proxy auction of moves (period, bidder, bid or None) by the authors' rules."""
    folder.mkdir(parents=True, exist_ok=True)
    held: dict[str, float] = dict.fromkeys(NAMES[:n], 0)
    lines = [HEAD]
    for turn, (period, bidder, bid) in enumerate(moves):
        if bid is not None:
            held[NAMES[bidder]] = bid
        top = sorted(held.values(), reverse=True)
        price = min(top[0], top[1] + 1) if top[1] > 0 else 0
        leader = max(held, key=lambda name: held[name])
        action = "hold" if bid is None else "bid"
        cells = [period, turn, price, reserve, NAMES[bidder], action, bid or 0.0]
        lines.append(",".join(map(str, cells)) + f',"{held}",{leader}')
    path = folder / f"result_10_2025-02-04_18-{minute:02}-00-000000.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
