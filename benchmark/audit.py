"""Is this score vector worth a number? What stands between a detector and a board."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from benchmark.interfaces.errors import ContractBroken

if TYPE_CHECKING:
    from benchmark.interfaces.arrays import Scores

__all__ = ["checked_scores", "degeneracy"]


def checked_scores(returned: Any, rules: tuple[str, ...], n: int) -> Mapping[str, Scores]:
    """Return what a detector's `score` gave, in the order of `rules`, if it keeps the contract.

    Parameters
    ----------
    returned : object
        What `score` returned.
    rules : tuple of str
        What the spec promises.
    n : int
        How many images were scored.

    Raises
    ------
    ContractBroken
        If a rule is missing or unexpected, or its scores are not float64 of shape (n,).
    """
    import numpy as np

    if not isinstance(returned, Mapping):
        raise ContractBroken(f"`score` must return a dict of rule -> scores; it returned {type(returned).__name__}")
    if set(returned) != set(rules):
        raise ContractBroken(
            f"`score` must return the rules {', '.join(rules)}; it returned {', '.join(map(str, returned)) or 'none'}"
        )
    for rule in rules:
        scores = returned[rule]
        if not isinstance(scores, np.ndarray) or scores.dtype != np.float64 or scores.shape != (n,):
            is_array = isinstance(scores, np.ndarray)
            what = f"{scores.dtype} of shape {scores.shape}" if is_array else type(scores).__name__
            raise ContractBroken(f"rule {rule!r} must be float64 of shape ({n},); `score` returned {what}")
    return {rule: returned[rule] for rule in rules}


def degeneracy(scores: Scores) -> str:
    """Return the sentence that says why these scores rank nothing; empty where they may.

    Parameters
    ----------
    scores : ndarray of float64, shape (n,)
        Of one rule.
    """
    import numpy as np

    finite = np.isfinite(scores)
    if not finite.all():
        return f"{int((~finite).sum())} of {len(scores)} scores are not finite"
    if len(scores) and scores.min() == scores.max():
        return f"all {len(scores)} scores are equal ({scores[0]:.6g})"
    return ""
