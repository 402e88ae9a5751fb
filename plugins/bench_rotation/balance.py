"""How much each term of a loss counts before it is weighed.

Source: Chen et al. (2018), GradNorm, ICML, section 3. Deviation: with their alpha at 0 it is known where the factors
move to, so that running means set them instead of training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

MOMENTUM = 0.99
TINY = 1e-30

MOST = 100.0
"""Times one term's factor may be another's: one that can reach zero would otherwise draw all of the training to it."""


class Balance:
    """Keeps a factor for each term of a loss; those that are not `fixed` at 1 sum to the number of terms.

    Parameters
    ----------
    how : str
        `value`: in inverse proportion to the running mean of the term, so that all are alike. `gradient`: to that of
        its gradient norm, so that all pull alike. `fixed`: 1.
    terms : sequence of str
        Their names.
    """

    def __init__(self, how: str, terms: Sequence[str]) -> None:
        self.how, self.terms = how, tuple(terms)
        self.running: Tensor | None = None

    def update(self, values: Mapping[str, Tensor], norms: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the factors, after one more step's value and gradient norm of each term; one of both is looked at."""
        if self.how != "fixed":
            seen = values if self.how == "value" else norms
            now = torch.stack([seen[name].detach().float() for name in self.terms])
            before = torch.zeros_like(now) if self.running is None else self.running
            # It begins at zero: the factors know the proportions alone, and those are right from the first step on.
            self.running = MOMENTUM * before + (1 - MOMENTUM) * now
        return self.factors()

    def factors(self) -> dict[str, Tensor]:
        """Return term -> factor: 1 before the first step."""
        if self.running is None:
            return {name: torch.ones(()) for name in self.terms}
        shares = 1 / self.running.clamp(min=(self.running.max() / MOST).clamp(min=TINY))
        return dict(zip(self.terms, (len(self.terms) * shares / shares.sum()).unbind(), strict=True))


def gradient_norms(terms: Mapping[str, Tensor], at: Tensor) -> dict[str, Tensor]:
    """Return how hard each term pulls at what they share: the norm of its gradient there.

    The graph is kept: the way back goes through what lies behind `at` only, once for each term.
    """
    return {
        name: torch.autograd.grad(term, at, retain_graph=True)[0].detach().float().norm()
        for name, term in terms.items()
    }
