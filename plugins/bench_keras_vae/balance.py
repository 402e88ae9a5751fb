"""Balances the terms of a loss with Keras: `bench_toolkit.balance` with the running means in a variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

from bench_toolkit.balance import balance_factors, running_means


class Balance:
    """Keeps a factor for each term of a loss; those that are not `fixed` at 1 sum to the number of terms.

    Parameters
    ----------
    how : str
        `value`: in inverse proportion to the running mean of the term, so that all terms are equal. `gradient`: to
        that of the norm of its gradient, so that all gradients are. `fixed`: 1.
    terms : sequence of str
        Their names.

    Attributes
    ----------
    running : keras.Variable, shape (terms,)
        The running means; zeros before the first step.
    """

    def __init__(self, how: str, terms: Sequence[str]) -> None:
        self.how, self.terms = how, tuple(terms)
        self.running = keras.Variable("zeros", shape=(len(terms),), trainable=False, name="running")

    def update(self, values: Mapping[str, Any], norms: Mapping[str, Any]) -> dict[str, Any]:
        """Return the factors after one more step.

        Parameters
        ----------
        values, norms : mapping of str to tensor, shape ()
            Each term's mean over the batch, and the norm of its gradient; only the one that `how` names is read.
        """
        if self.how != "fixed":
            observed = values if self.how == "value" else norms
            now = ops.stack([observed[name] for name in self.terms])
            self.running.assign(running_means(self.running, now))
        return self.factors()

    def factors(self) -> dict[str, Any]:
        """Return term -> factor, shape (): 1 before the first step."""
        if self.how == "fixed":
            return dict.fromkeys(self.terms, 1.0)
        factors = balance_factors(self.running, ops)
        return {name: factors[i] for i, name in enumerate(self.terms)}
