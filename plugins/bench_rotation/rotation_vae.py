"""Rotation and reconstruction at once: one encoder, a head that tells the turn, and a head that rebuilds the image.

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
from bench_rotation.detector import SCORE_BATCH, PretextDetector, sampled
from bench_rotation.ranks import rank, surprise
from bench_rotation.shared import SharedEncoder
from bench_rotation.transformations import Transformation, quarter_turns, turned_copies
from bench_toolkit.collapse import COLLAPSED, length, require_spread

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark import FitContext, FloatArray, Images, Scores

SAMPLE = 1_000
"""Training images whose barycentre is the centre, and among whose scores an image is ranked."""

NOISE = 1.0
"""Deviation of the noise of a code in training."""


class RotationVAE(PretextDetector):
    """An encoder that two tasks share, and the rules of both."""

    name = "rotation_vae"

    def transformations(self, side: int) -> tuple[Transformation, ...]:
        """Return the four turns."""
        return quarter_turns()

    def seen_in_training(self, side: int) -> tuple[Transformation, ...]:
        """Return the four turns of the image as it is, in a mirror, and moved by some pixels."""
        return turned_copies(flips=self.config.flips, shift=self.config.shift)

    def network_for(self, channels: int, transformations: int) -> SharedEncoder:
        """Return the encoder and its heads."""
        return SharedEncoder(channels, self.side, transformations, self.config)

    def shares(self) -> dict[str, float]:
        """Return what each term of the loss weighs: they sum to 1."""
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

    def loss_of(self, images: Tensor, which: Tensor) -> tuple[Tensor, dict[str, Tensor], dict[str, Tensor]]:
        """Return the weighed and balanced sum; a code and a reconstruction are asked of upright images alone."""
        network, turns = self.network, which % len(self.maps)
        maps = network.features(images)
        logits = network.turn(maps).float()
        upright = turns == 0
        codes = network.code(maps[upright]).float()
        rebuilt = network.decoder(codes + NOISE * torch.randn_like(codes)).float()
        if len(codes):  # until the first part of the training is over, the first such batch's barycentre
            self.values.setdefault("centre", codes.detach().mean(dim=0))
        centre = self.values.get("centre", 0.0)
        count = max(1, len(codes))
        terms = {
            "rotation": functional.cross_entropy(logits, turns),
            "reconstruction": (_shown(images[upright]) - rebuilt).square().sum() / count,
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
        return loss, terms, measures

    def learnt(self, pixels: Tensor) -> None:
        """Move the centre to the codes' barycentre, stop what has collapsed, and keep the scores to rank among."""
        sample = sampled(pixels, SAMPLE)
        logs, codes = self.heads(sample)
        centre = codes.mean(dim=0)
        least = COLLAPSED * max(length(codes.numpy()), NOISE)
        require_spread(codes.numpy(), least, when="in training", scale=f"their noise is {NOISE:g}")
        self.values["centre"] = centre.float().to(self.device)
        for rule, scores in self.parts(sample, logs, codes).items():
            self.values[f"training.{rule}"] = torch.from_numpy(scores)

    def score(self, images: Images) -> dict[str, Scores]:
        """Score by each head, and by the sums of where an image stands among training images by each."""
        pixels = self.ready(images)
        parts = self.parts(pixels, *self.heads(pixels))
        training = {rule: self.values[f"training.{rule}"].cpu().numpy() for rule in parts}
        return {
            "combined": np.sum([surprise(scores, training[rule]) for rule, scores in parts.items()], axis=0),
            "rank_sum": np.sum([rank(scores, training[rule]) for rule, scores in parts.items()], axis=0),
            **parts,
        }

    def embed(self, images: Images) -> FloatArray:
        """Return the mean codes of upright images, float64, shape (n, latent_dim)."""
        codes: FloatArray = self.codes(self.ready(images)).numpy()
        return codes

    def reconstruct(self, images: Images) -> Images:
        """Return the images that the mean codes stand for: float32, (n, h, w, c), in [0, 1]."""
        rebuilt = self.rebuilt(self.codes(self.ready(images)))
        return np.ascontiguousarray(self.cropped(rebuilt).permute(0, 2, 3, 1).numpy())

    def heatmap(self, images: Images) -> FloatArray:
        """Return the squared error of each pixel, channels summed: float64, (n, h, w)."""
        pixels = self.ready(images)
        errors: FloatArray = self.errors(pixels, self.codes(pixels)).numpy()
        return errors

    def facts(self) -> dict[str, float | str]:
        """Return the number of parameters, and the factors of the balance at the end of the training."""
        factors = {name: float(value) for name, value in self.values.items() if name.startswith("balance.")}
        return {**super().facts(), **factors}

    def parts(self, pixels: Tensor, logs: Tensor, codes: Tensor) -> dict[str, Scores]:
        """Return the scores of each head."""
        return {
            "rotation_likelihood": -logs.diagonal(dim1=1, dim2=2).sum(dim=1).numpy(),
            "reconstruction": self.errors(pixels, codes).sum(dim=(1, 2)).numpy(),
            "centre_distance": (codes - self.values["centre"].cpu().double()).square().sum(dim=1).numpy(),
        }

    def heads(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the heads make of images: log-probabilities of the turns (n, 4 turns, 4 answers), codes (n, d).

        Both are float64, on the CPU; codes are means, without noise, so that two calls agree.
        """
        turn, code = (copy.deepcopy(head).cpu().double() for head in (self.network.turn, self.network.code))
        logits, codes = [], []
        with torch.inference_mode():
            for views in self.seen(pixels, self.network.features):
                logits.append(torch.stack([turn(view) for view in views], dim=1))
                codes.append(code(views[0]))
        return functional.log_softmax(torch.cat(logits), dim=2), torch.cat(codes)

    def codes(self, pixels: Tensor) -> Tensor:
        """Return the mean codes alone, which only upright images are looked at for: float64, on the CPU, (n, d)."""
        code = copy.deepcopy(self.network.code).cpu().double()
        with torch.inference_mode():
            return torch.cat([code(views[0]) for views in self.seen(pixels, self.network.features, 1)])

    def rebuilt(self, codes: Tensor) -> Tensor:
        """Return the images that codes stand for: float32, on the CPU, (n, c, side, side)."""
        with torch.inference_mode():
            batches = codes.float().to(self.device).split(SCORE_BATCH)
            return torch.cat([self.network.decoder(batch).cpu() for batch in batches])

    def errors(self, pixels: Tensor, codes: Tensor) -> Tensor:
        """Return the squared error of each pixel of the image itself, channels summed: float64, (n, h, w)."""
        wanted = pixels.cpu().view(len(pixels), self.side, self.side, -1).permute(0, 3, 1, 2)
        return self.cropped(_shown(wanted) - self.rebuilt(codes)).double().square().sum(dim=1)

    def cropped(self, maps: Tensor) -> Tensor:
        """Return maps without what was put around the images: (n, c, side, side) -> (n, c, h, w)."""
        rows, columns = self.inside
        return maps[:, :, rows, columns]


def _shown(images: Tensor) -> Tensor:
    """Return images in [0, 1], which the networks see in [-1, 1]."""
    return (images + 1) / 2
