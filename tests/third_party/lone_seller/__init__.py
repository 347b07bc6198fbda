"""A family from another package: one seller with one item, and buyers who value it.

Installed beside eqsolve by its entry point alone; the tests of ``tests/cli/test_third_party.py``
use it through the command line. Every room of a family is here, as small as it can be.
"""

from eqsolve.registry import Family

__all__ = ["FAMILY"]

FAMILY = Family(
    "lone_seller",
    "LoneSeller",
    "LoneSellerSolution",
    "Lone sellers",
    package="lone_seller",
    suite="lone",
    time_limit=5.0,
)
