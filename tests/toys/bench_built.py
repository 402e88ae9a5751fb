"""A plugin for the tests: a detector that is built on another one, whichever."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from benchmark import Detector, DetectorSpec, FitContext, Preset, hookimpl


@dataclass(frozen=True)
class BuiltOptions:
    encoder: Annotated[str, "The detector that is trained."] = "toy"
    encoder_parameters: Annotated[Mapping[str, Any], "Its parameters."] = field(default_factory=dict)
    head: Annotated[Literal["double", "forest"], "What is made of its primary score."] = "double"


class Built(Detector):
    """Twice what the other says first."""

    def __init__(self, options):
        from benchmark import build_detector

        self.encoder = build_detector(options.encoder, options.encoder_parameters)

    def fit(self, images, context):
        self.encoder.fit(images, FitContext(seed=context.seed, device=context.device, threads=context.threads))

    def score(self, images):
        first, *_ = self.encoder.score(images).values()
        return {"double": 2 * first}


@hookimpl
def bench_detectors():
    return [
        DetectorSpec(
            name="built",
            summary="Toy: built on another.",
            version="1",
            config=BuiltOptions,
            build=Built,
            rules=lambda options: (options.head,),
            requires=lambda options: ("no_such_package",) if options.head == "forest" else (),
            install="bench-forest",
            presets={"quick": Preset({"encoder_parameters": {"epochs": 1}})},
            built_on=("encoder", "encoder_parameters"),
        )
    ]
