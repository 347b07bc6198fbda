"""What liars may say of Fisher markets, see ``tests/conformance/test_forging.py``."""

from __future__ import annotations

NOT_CLAIMED = (
    "ariel-course-bids:allocation.*",  # goods without a price are anybody's
    "ties-and-zeros:allocation.*",
    "leontief-free-good:allocation.*",
    "budgets-far-apart:leftover.*",  # cents beside millions
)
