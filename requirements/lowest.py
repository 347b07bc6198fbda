"""Print the lower bounds of pyproject.toml as pins: what `make test-lowest` installs."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

EXTRAS = ("theorems", "pandas", "parquet")
"""Extras whose bounds are tested too; those of pictures have tests of their own."""


def main() -> None:
    """Print one line ``name==version`` for each requirement with a lower bound."""
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for requirement in [
        *project["dependencies"],
        *(entry for extra in EXTRAS for entry in extras[extra]),
    ]:
        found = re.match(r"([\w.-]+)>=([\w.]+)", requirement)
        if found is None:
            raise SystemExit(f"{requirement}: has no lower bound")
        sys.stdout.write(f"{found[1]}=={found[2]}\n")


if __name__ == "__main__":
    main()
