"""``python -m eqsolve`` is the command line."""

from eqsolve.cli.__main__ import run

if __name__ == "__main__":
    run()
