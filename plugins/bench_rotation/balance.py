"""Balances the terms of a loss with torch: `bench_toolkit.balance` with the running means in a tensor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch

from bench_toolkit.balance import balance_factors, running_means

if TYPE_CHECKING:
    from torch import Tensor


class Balance:
    """Keeps a factor for each term of a loss; those that are not `fixed` at 1 sum to the number of terms.

    Parameters
    ----------
    how : str
        `value`: in inverse proportion to the running mean of the term, so that all terms are equal. `gradient`: to
        that of the norm of its gradient, so that all gradients are. `fixed`: 1.
    terms : sequence of str
        Their names.
    """

    def __init__(self, how: str, terms: Sequence[str]) -> None:
        self.how, self.terms = how, tuple(terms)
        self.running: Tensor | None = None

    def update(self, values: Mapping[str, Tensor], norms: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the factors after one more step.

        Parameters
        ----------
        values, norms : mapping of str to tensor, shape ()
            Each term's mean over the batch, and the norm of its gradient; only the one that `how` names is read.
        """
        if self.how != "fixed":
            observed = values if self.how == "value" else norms
            now = torch.stack([observed[name].detach().float() for name in self.terms])
            self.running = running_means(torch.zeros_like(now) if self.running is None else self.running, now)
        return self.factors()

    def factors(self) -> dict[str, Tensor]:
        """Return term -> factor: 1 before the first step."""
        if self.running is None:
            return {name: torch.ones(()) for name in self.terms}
        return dict(zip(self.terms, balance_factors(self.running, torch).unbind(), strict=True))


def gradient_norms(terms: Mapping[str, Tensor], at: Tensor) -> dict[str, Tensor]:
    """Return the norm of each term's gradient at a tensor that all terms are computed from.

    The graph is kept. The backward pass of each term ends at `at`; what `at` was computed from is not visited.
    """
    return {
        name: torch.autograd.grad(term, at, retain_graph=True)[0].detach().float().norm()
        for name, term in terms.items()
    }
