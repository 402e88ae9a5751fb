"""How much each term of a loss counts before it is weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
from keras import ops

MOMENTUM = 0.99
TINY = 1e-30
MOST = 100.0
"""Times one term's factor may be another's: one that can reach zero would otherwise draw all of the training to it."""


class Balance(keras.layers.Layer):
    """Keeps a factor for each term of a loss.

    - `fixed`: 1.
    - `value`: in inverse proportion to the term's running mean, so that all terms are alike.
    - `gradient`: in inverse proportion to the running mean of the term's gradient norm, so that all pull alike.

    The factors of the last two sum to the number of terms.

    Source: Chen et al. (2018), GradNorm, ICML, section 3. Deviation: with alpha = 0 its balance point is known, so that
    the factors are set to it by running means instead of learnt.
    """

    def __init__(self, how: str, terms: Sequence[str]) -> None:
        super().__init__(trainable=False, name="balance")
        self.how, self.terms = how, tuple(terms)
        self.running = self.add_weight(shape=(len(terms),), initializer="zeros", trainable=False, name="running")
        self.steps = self.add_weight(shape=(), initializer="zeros", trainable=False, name="steps")

    def update(self, values: Mapping[str, Any], norms: Mapping[str, Any]) -> dict[str, Any]:
        """Return the factors, after one more step's mean value and gradient norm of each term."""
        if self.how != "fixed":
            seen = values if self.how == "value" else norms
            now = ops.stack([seen[name] for name in self.terms])
            self.running.assign(MOMENTUM * self.running + (1 - MOMENTUM) * now)
            self.steps.assign_add(1.0)
        return self.factors()

    def factors(self) -> dict[str, Any]:
        """Return term -> factor: 1 before the first step."""
        if self.how == "fixed":
            return dict.fromkeys(self.terms, 1.0)
        floor = ops.max(self.running) / MOST
        shares = 1 / ops.maximum(self.running, ops.maximum(floor, TINY))
        shares = ops.where(self.steps > 0, len(self.terms) * shares / ops.sum(shares), 1.0)
        return {name: shares[i] for i, name in enumerate(self.terms)}
