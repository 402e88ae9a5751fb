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
    from bench_hybrid.configs import HybridConfig
    from bench_hybrid.head import Head
    from benchmark import FloatArray, Images, Scores


@dataclass(frozen=True, slots=True)
class _Decision:
    """The fitted rules, and what is needed to fit them again: the codes, the seed, the number of threads."""

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
        Which encoder, and which rules.
    encoder : Detector
        One just built. What it offers of `reconstruct`, `heatmap`, and `save` with `load`, the hybrid offers too.

    Raises
    ------
    BenchError
        If the encoder gives no codes.
    """

    reconstruct: Callable[[Images], Images]
    heatmap: Callable[[Images], FloatArray]
    save: Callable[[Path], None]
    load: Callable[[Path], None]

    def __init__(self, config: HybridConfig, encoder: Any) -> None:
        if not hasattr(encoder, "embed"):
            raise BenchError(
                f"'hybrid' cannot use the encoder {config.encoder!r}: it has no `embed`, so it gives no codes;"
                " set one that does, such as 'vae' or 'deep_svdd'"
            )
        self.config, self._encoder = config, encoder
        self._decision: _Decision | None = None
        for name in ("reconstruct", "heatmap"):
            if hasattr(encoder, name):
                setattr(self, name, getattr(encoder, name))
        if hasattr(encoder, "save") and hasattr(encoder, "load"):
            self.save, self.load = self._save, self._load

    def fit(self, images: Images, context: FitContext) -> None:
        """Train the encoder as without this detector, then fit every rule on its codes."""
        if len(images) < 2:
            raise BadData(f"'hybrid' needs 2 training images or more; these are {len(images)}")
        self._decision = None
        # Nothing is drawn or seeded before, so the encoder is the same as when it is trained without this detector.
        self._encoder.fit(images, _without_scores(context))
        self._decide(self.embed(images), seed=context.seed, threads=context.threads)

    def _decide(self, codes: FloatArray, *, seed: int, threads: int) -> None:
        scaling = Scaling.of(codes, standardise=self.config.standardise)
        heads = fit_heads(scaling.applied(codes), self.config, seed=seed, threads=threads)
        self._decision = _Decision(codes, seed, threads, scaling, heads)

    @property
    def _decided(self) -> _Decision:
        if self._decision is None:
            raise NotFitted("'hybrid' must be fitted before it can score")
        return self._decision

    def score(self, images: Images) -> dict[str, Scores]:
        """Score the codes by every rule."""
        decided = self._decided
        codes = decided.scaling.applied(self.embed(images))
        return {name: head.score(codes) for name, head in decided.heads.items()}

    def embed(self, images: Images) -> FloatArray:
        """Return the encoder's codes, float64, shape (n, d)."""
        codes: FloatArray = np.asarray(self._encoder.embed(images), np.float64)
        name = self.config.encoder
        if codes.ndim != 2 or len(codes) != len(images) or not codes.shape[1]:
            raise ContractBroken(
                f"the encoder {name!r} must give one code an image, (n, d); of {len(images)} images its `embed`"
                f" returned the shape {codes.shape}"
            )
        if broken := int((~np.isfinite(codes)).any(axis=1).sum()):
            raise TrainingCollapsed(f"the encoder {name!r} gives codes that are not finite, of {broken} images")
        return codes

    def facts(self) -> dict[str, float | str]:
        """Return the encoder's facts, and those of each rule under its name: `kde.bandwidth`."""
        if self._decision is None:
            return {}
        heads = self._decision.heads.items()
        return {
            **self._encoder.facts(),
            "code_dim": float(self._decision.codes.shape[1]),
            **{f"{name}.{fact}": value for name, head in heads for fact, value in head.facts.items()},
        }

    def _save(self, folder: Path) -> None:
        """Write the encoder into a subfolder, and the codes for the rules as `codes.npz`."""
        decided = self._decided
        (folder / "encoder").mkdir(exist_ok=True)
        self._encoder.save(folder / "encoder")
        np.savez(folder / "codes.npz", codes=decided.codes, seed=decided.seed, threads=decided.threads)

    def _load(self, folder: Path) -> None:
        """Read what `save` wrote, and fit the rules again from the codes and the seed."""
        self._decision = None  # if loading fails, the old rules must not score the codes of a new encoder
        self._encoder.load(folder / "encoder")
        with np.load(folder / "codes.npz", allow_pickle=False) as kept:
            self._decide(kept["codes"], seed=int(kept["seed"]), threads=int(kept["threads"]))


def _without_scores(context: FitContext) -> FitContext:
    """Return a context that receives losses and measures, but no `score`, since the encoder has other rules."""
    listener = context.listener
    if listener is None:
        return context
    return dataclasses.replace(context, listener=lambda report, _: listener(report, None))
