"""Run by itself: reads a game from standard input, writes the equilibria that Gambit finds.

It imports nothing of ours, so that it can be killed when time is over.
"""

import io
import json
import sys

__all__ = ["main"]


def main() -> None:
    """Answer one request ``{"nfg": text, "solver": name}`` with ``{"profiles": ...}``."""
    sys.path[:] = sys.path[1:]  # not this folder: it has modules of common names
    import pygambit

    request = json.load(sys.stdin)
    game = pygambit.read_nfg(io.StringIO(request["nfg"]))
    nash = pygambit.nash
    solvers = {
        "enummixed": lambda: nash.enummixed_solve(game, rational=True),
        "lcp": lambda: nash.lcp_solve(game, rational=True, stop_after=1),
        "enumpoly": lambda: nash.enumpoly_solve(game),
        "logit": lambda: nash.logit_solve(game),
    }
    found = solvers[request["solver"]]()
    profiles = [
        [[str(profile[player][s]) for s in player.strategies] for player in game.players]
        for profile in found.equilibria
    ]
    json.dump({"profiles": profiles, "version": pygambit.__version__}, sys.stdout)


if __name__ == "__main__":
    main()
