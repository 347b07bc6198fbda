"""The verifier: ``conditions`` puts claims beside what ``posteriors`` and ``possible`` work out."""

from eqsolve.families.dec_pomdp.verify.conditions import verify

__all__ = ["verify"]
