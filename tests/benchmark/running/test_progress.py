from types import SimpleNamespace

from benchmark import EpochReport
from benchmark.running.progress import LiveProgress

TRIAL = SimpleNamespace(id="1", primary_rule="distance")


def test_the_live_line_shows_losses_measures_and_the_validation_of_the_primary_rule():
    live = LiveProgress()
    worth = {"roc_auc": 0.5, "sensitivity": 0.25, "precision": None, "mean_normal_score": 1.0}
    report = EpochReport(
        number=2, of=4, losses={"loss": 0.5}, measures={"learning_rate": 0.001, "broken": None},
        validation={"distance": worth, "brightness": {**worth, "roc_auc": 0.9}},
    )  # fmt: skip
    live.epoch(TRIAL, report)
    share, line = live._running["1"]
    assert share == 0.5
    assert line.endswith(
        "epoch 2 of 4  validation AUC 50.0 %  sensitivity 25.0 %  mean normal score 1  loss 0.5  learning_rate 0.001"
    )
