"""Rotation and reconstruction together: an encoder with a head that predicts the turn and one that rebuilds the image.

Sources: the turns, Gidaris et al. (2018), Unsupervised Representation Learning by Predicting Image Rotations, ICLR; the
distance to a centre, Ruff et al. (2018), Deep One-Class Classification, ICML, equation 4; the noise of the code, Kingma
& Welling (2014), Auto-Encoding Variational Bayes, ICLR, section 2.4.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from bench_rotation.balance import Balance, gradient_norms
from bench_rotation.detector import SCORE_BATCH, PretextDetector, random_sample
from bench_rotation.ranks import rank, surprise
from bench_rotation.shared_encoder import SharedEncoder
from bench_rotation.training import BatchLoss
from bench_rotation.transformations import Transformation, quarter_turns, turned_copies
from bench_toolkit.batches import in_batches
from bench_toolkit.collapse import COLLAPSED, length, require_spread

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark import FitContext, FloatArray, Images, Scores

SAMPLE = 1_000
"""At most so many training images give the centre, and the scores among which an image is ranked."""

NOISE = 1.0
"""Standard deviation of the noise that is added to a code in training."""


class RotationVAE(PretextDetector):
    """One encoder for two tasks, and the rules of both."""

    name = "rotation_vae"

    def transformations(self, side: int) -> tuple[Transformation, ...]:
        """Return the four quarter turns."""
        return quarter_turns()

    def training_transformations(self, side: int) -> tuple[Transformation, ...]:
        """Return the four turns of each copy of an image: as it is, mirrored, and moved by some pixels."""
        return turned_copies(flips=self.config.flips, shift=self.config.shift)

    def network_for(self, channels: int, transformations: int) -> SharedEncoder:
        """Return the encoder and its heads, untrained: images (n, c, side, side) -> see `SharedEncoder`."""
        return SharedEncoder(channels, self.side, transformations, self.config)

    def shares(self) -> dict[str, float]:
        """Return term of the loss -> its weight; the weights sum to 1."""
        rotation, distance = self.config.rotation_weight, self.config.weight
        return {
            "rotation": rotation,
            "reconstruction": (1 - rotation) * (1 - distance),
            "centre_distance": (1 - rotation) * distance,
        }

    def fit(self, images: Images, context: FitContext) -> None:
        """Train on normal images."""
        self.balance = Balance(self.config.balance, [name for name, share in self.shares().items() if share])
        super().fit(images, context)

    def loss_of(self, images: Tensor, which: Tensor) -> BatchLoss:
        """Return the weighted and balanced sum of the terms; only upright images are encoded and rebuilt."""
        network, turns = self.network, which % len(self.maps)
        maps = network.features(images)
        logits = network.turn(maps).float()
        upright = turns == 0
        codes = network.code(maps[upright]).float()
        rebuilt = network.decoder(codes + NOISE * torch.randn_like(codes)).float()
        if len(codes):  # until `fit_scorer` sets the centre, it is the mean code of the first such batch
            self.values.setdefault("centre", codes.detach().mean(dim=0))
        centre = self.values.get("centre", 0.0)
        count = max(1, len(codes))
        terms = {
            "rotation": functional.cross_entropy(logits, turns),
            "reconstruction": (_to_unit_range(images[upright]) - rebuilt).square().sum() / count,
            "centre_distance": (codes - centre).square().sum() / count,
        }
        trained = {name: terms[name] for name in self.balance.terms}
        norms = gradient_norms(trained, maps) if self.config.balance == "gradient" else {}
        factors = self.balance.update(trained, norms)
        self.values |= {f"balance.{name}": factor for name, factor in factors.items()}
        shares = self.shares()
        loss = torch.stack([shares[name] * factors[name] * term for name, term in trained.items()]).sum()
        measures = {"accuracy": (logits.argmax(dim=1) == turns).float().mean()}
        measures |= {f"balance.{name}": factor for name, factor in factors.items()}
        measures |= {f"gradient_norm.{name}": norm for name, norm in norms.items()}
        return BatchLoss(loss, terms, measures)

    def fit_scorer(self, pixels: Tensor) -> None:
        """Move the centre to the mean code, and keep the scores of training images to rank among.

        Raises
        ------
        TrainingCollapsed
            If the spread of the codes is at most a thousandth of their length, or of their noise.
        """
        sample = random_sample(pixels, SAMPLE)
        logs, codes = self.heads(sample)
        centre = codes.mean(dim=0)
        least = COLLAPSED * max(length(codes.numpy()), NOISE)
        if self.config.steps:  # an untrained network has not collapsed
            require_spread(codes.numpy(), least, when="in training", scale=f"their noise is {NOISE:g}")
        self.values["centre"] = centre.float().to(self.device)
        for rule, scores in self.parts(sample, logs, codes).items():
            self.values[f"training.{rule}"] = torch.from_numpy(scores)

    def score(self, images: Images) -> dict[str, Scores]:
        """Score by each head, and by the sums of an image's ranks among training images by each head."""
        pixels = self.prepare(images)
        parts = self.parts(pixels, *self.heads(pixels))
        training = {rule: self.values[f"training.{rule}"].cpu().numpy() for rule in parts}
        return {
            "combined": np.sum([surprise(scores, training[rule]) for rule, scores in parts.items()], axis=0),
            "rank_sum": np.sum([rank(scores, training[rule]) for rule, scores in parts.items()], axis=0),
            **parts,
        }

    def embed(self, images: Images) -> FloatArray:
        """Return the mean codes of upright images, float64, shape (n, latent_dim)."""
        codes: FloatArray = self.codes(self.prepare(images)).numpy()
        return codes

    def reconstruct(self, images: Images) -> Images:
        """Return the images that the decoder makes of the mean codes: float32, (n, h, w, c), in [0, 1]."""
        rebuilt = self.rebuilt(self.codes(self.prepare(images)))
        return np.ascontiguousarray(self.cropped(rebuilt).permute(0, 2, 3, 1).numpy())

    def heatmap(self, images: Images) -> FloatArray:
        """Return the squared error of each pixel, channels summed: float64, (n, h, w)."""
        pixels = self.prepare(images)
        errors: FloatArray = self.errors(pixels, self.codes(pixels)).numpy()
        return errors

    def facts(self) -> dict[str, float | str]:
        """Return the number of parameters, and the factors of the balance after the training."""
        factors = {name: float(value) for name, value in self.values.items() if name.startswith("balance.")}
        return {**super().facts(), **factors}

    def parts(self, pixels: Tensor, logs: Tensor, codes: Tensor) -> dict[str, Scores]:
        """Return the scores of each head: rule -> float64, shape (n,).

        Parameters
        ----------
        pixels : tensor of float32, shape (n, side * side, c)
        logs, codes : tensor
            Of the same images, as `heads` returns them.
        """
        return {
            "rotation_likelihood": -logs.diagonal(dim1=1, dim2=2).sum(dim=1).numpy(),
            "reconstruction": self.errors(pixels, codes).sum(dim=(1, 2)).numpy(),
            "centre_distance": (codes - self.values["centre"].cpu().double()).square().sum(dim=1).numpy(),
        }

    def heads(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return log-probabilities of the turns (n, 4 turns, 4 predictions), and codes (n, latent_dim).

        Both are float64, on the CPU. No noise is added to the codes, so two calls return the same.
        """
        turn, code = (copy.deepcopy(head).cpu().double() for head in (self.network.turn, self.network.code))
        logits, codes = [], []
        with torch.inference_mode():
            for views in self.forward_views(pixels, self.network.features):
                logits.append(torch.stack([turn(view) for view in views], dim=1))
                codes.append(code(views[0]))
        return functional.log_softmax(torch.cat(logits), dim=2), torch.cat(codes)

    def codes(self, pixels: Tensor) -> Tensor:
        """Return the codes alone, from upright images: float64, on the CPU, (n, latent_dim)."""
        code = copy.deepcopy(self.network.code).cpu().double()
        with torch.inference_mode():
            views = self.forward_views(pixels, self.network.features, first=1)
            return torch.cat([code(upright) for (upright,) in views])

    def rebuilt(self, codes: Tensor) -> Tensor:
        """Return the images that the decoder makes of codes: float32, on the CPU, (n, c, side, side)."""
        return in_batches(self.network.decoder, codes.float().to(self.device), SCORE_BATCH)

    def errors(self, pixels: Tensor, codes: Tensor) -> Tensor:
        """Return the squared error of each pixel of the image itself, channels summed: float64, (n, h, w)."""
        originals = pixels.cpu().view(len(pixels), self.side, self.side, -1).permute(0, 3, 1, 2)
        return self.cropped(_to_unit_range(originals) - self.rebuilt(codes)).double().square().sum(dim=1)

    def cropped(self, maps: Tensor) -> Tensor:
        """Return maps without the padding of the images: (n, c, side, side) -> (n, c, h, w)."""
        rows, columns = self.inside
        return maps[:, :, rows, columns]


def _to_unit_range(images: Tensor) -> Tensor:
    """Return images of the network's range [-1, 1] in [0, 1]."""
    return (images + 1) / 2
