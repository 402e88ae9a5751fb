"""Trains an encoder once, then fits decision rules on its codes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench_hybrid.heads import fit_heads
from bench_hybrid.scaling import Scaling
from benchmark import BadData, BenchError, ContractBroken, Detector, FitContext, NotFitted, TrainingCollapsed

if TYPE_CHECKING:
    from bench_hybrid.head import Head
    from benchmark import FloatArray, Images, Scores


@dataclass(frozen=True, slots=True)
class _FittedRules:
    """The fitted rules, with what is needed to fit them again: the codes, the seed and the number of threads."""

    codes: FloatArray
    seed: int
    threads: int
    scaling: Scaling
    heads: dict[str, Head]


class Hybrid(Detector):
    """Decision rules on the codes of an encoder.

    Parameters
    ----------
    config : HybridConfig
        The encoder, the rules and their parameters.
    encoder : Detector
        Not fitted yet. The hybrid has the same optional methods: `reconstruct`, `heatmap`, `save` with `load`.

    Raises
    ------
    BenchError
        If the encoder has no `embed`.
    """

    name = "hybrid"
    reconstruct: Callable[[Images], Images]
    heatmap: Callable[[Images], FloatArray]
    save: Callable[[Path], None]
    load: Callable[[Path], None]

    def __init__(self, config: Any, encoder: Any) -> None:
        if not hasattr(encoder, "embed"):
            raise BenchError(
                f"{self.name!r} cannot use the encoder {config.encoder!r}: it has no `embed`, which returns the codes;"
                " set an encoder that has it, such as 'vae' or 'deep_svdd'"
            )
        self.config, self._encoder = config, encoder
        self._rules: _FittedRules | None = None
        for name in ("reconstruct", "heatmap"):
            if hasattr(encoder, name):
                setattr(self, name, getattr(encoder, name))
        if hasattr(encoder, "save") and hasattr(encoder, "load"):
            self.save, self.load = self._save, self._load

    def fit(self, images: Images, context: FitContext) -> None:
        """Train the encoder as if it were used alone, then fit every rule on its codes."""
        if len(images) < 2:
            raise BadData(f"{self.name!r} needs at least 2 training images; got {len(images)}")
        self._rules = None
        # No random number is drawn before, so the encoder is the same as if it were used alone.
        self._encoder.fit(images, _without_scores(context))
        self._fit_rules(self.embed(images), seed=context.seed, threads=context.threads)

    @property
    def standardise(self) -> bool:
        """Whether each coordinate of the codes is scaled to variance 1."""
        standardise: bool = self.config.standardise
        return standardise

    def fit_heads(self, codes: FloatArray, *, seed: int, threads: int) -> dict[str, Head]:
        """Fit the rules on codes, float64, shape (n, d)."""
        return fit_heads(codes, self.config, seed=seed, threads=threads)

    def _fit_rules(self, codes: FloatArray, *, seed: int, threads: int) -> None:
        scaling = Scaling.of(codes, standardise=self.standardise)
        heads = self.fit_heads(scaling.applied(codes), seed=seed, threads=threads)
        self._rules = _FittedRules(codes, seed, threads, scaling, heads)

    @property
    def _fitted_rules(self) -> _FittedRules:
        if self._rules is None:
            raise NotFitted(f"{self.name!r} must be fitted before it can score")
        return self._rules

    def score(self, images: Images) -> dict[str, Scores]:
        """Score the codes by every rule."""
        rules = self._fitted_rules
        codes = rules.scaling.applied(self.embed(images))
        return {name: head.score(codes) for name, head in rules.heads.items()}

    def embed(self, images: Images) -> FloatArray:
        """Return the encoder's codes, float64, shape (n, d)."""
        codes: FloatArray = np.asarray(self._encoder.embed(images), np.float64)
        name = self.config.encoder
        if codes.ndim != 2 or len(codes) != len(images) or not codes.shape[1]:
            raise ContractBroken(
                f"`embed` of the encoder {name!r} must return one code for each image, shape (n, d);"
                f" for {len(images)} images it returned the shape {codes.shape}"
            )
        if broken := int((~np.isfinite(codes)).any(axis=1).sum()):
            raise TrainingCollapsed(f"the codes of {broken} images are not finite; the encoder is {name!r}")
        return codes

    def facts(self) -> dict[str, float | str]:
        """Return the facts of the encoder, and those of each rule with its name: `kde.bandwidth`."""
        if self._rules is None:
            return {}
        heads = self._rules.heads.items()
        return {
            **self._encoder.facts(),
            "code_dim": float(self._rules.codes.shape[1]),
            **{f"{name}.{fact}": value for name, head in heads for fact, value in head.facts.items()},
        }

    def _save(self, folder: Path) -> None:
        """Write the encoder into a subfolder, and the codes, the seed and the threads into `codes.npz`."""
        rules = self._fitted_rules
        (folder / "encoder").mkdir(exist_ok=True)
        self._encoder.save(folder / "encoder")
        np.savez(folder / "codes.npz", codes=rules.codes, seed=rules.seed, threads=rules.threads)

    def _load(self, folder: Path) -> None:
        """Read the encoder and the codes, and fit the rules again."""
        self._rules = None  # if loading fails, the earlier rules must not score the codes of another encoder
        self._encoder.load(folder / "encoder")
        with np.load(folder / "codes.npz", allow_pickle=False) as saved:
            self._fit_rules(saved["codes"], seed=int(saved["seed"]), threads=int(saved["threads"]))


def _without_scores(context: FitContext) -> FitContext:
    """Return a context whose listener gets no `score`, since the rules of the encoder are not those of the hybrid."""
    listener = context.listener
    if listener is None:
        return context
    return dataclasses.replace(context, listener=lambda report, _: listener(report, None))
