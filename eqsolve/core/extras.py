"""How to install what is missing: the command names the packages that lack, never an extra of ours.

The name ``eqsolve`` on the package index belongs to another program, so a command that asked for
``eqsolve[extra]`` would fetch a stranger. Our distribution is called `DISTRIBUTION`.
"""

from __future__ import annotations

import shlex

__all__ = ["DISTRIBUTION", "distribution_of", "install_command", "stranger"]

DISTRIBUTION = "eqsolve-toolkit"
"""What this package is called where packages are installed; it is imported as ``eqsolve``."""


def distribution_of(package: str) -> str:
    """Return what a package is called where it is installed from.

    Examples
    --------
    >>> distribution_of("sklearn"), distribution_of("torch")
    ('scikit-learn', 'torch')
    """
    return {"sklearn": "scikit-learn"}.get(package, package)


def install_command(*requirements: str) -> str:
    """Return the command that installs packages.

    Examples
    --------
    >>> install_command("torch", "lone[tea]")
    "pip install torch 'lone[tea]'"
    """
    return shlex.join(["pip", "install", *requirements])


def stranger() -> str | None:
    """Return a warning where the other distribution of the name ``eqsolve`` is installed, or None.

    Both write into a folder of the same name, so that files of one replace files of the other.
    """
    from eqsolve.core.machine import package_version  # not at every start

    version = package_version("eqsolve")
    if version == "not installed":
        return None
    return (
        f"another program of the name eqsolve (version {version}) is installed and may replace "
        f"files of this one: pip uninstall eqsolve, then install {DISTRIBUTION} again"
    )
