import pytest

pytestmark = pytest.mark.slow

# A stranger's plugin with two datasets: one lies in a file, which fetching writes; the other is nowhere.
PLUGIN = """
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark import BadData, DataNotFound, DatasetSpec, LabelledImages, OnePartDataset, hookimpl
from benchmark.plugin import DATA_LOGGER, DatasetFiles, Location


@dataclass(frozen=True)
class OneFile(DatasetFiles):
    path: Path
    can_be_fetched: bool

    def locate(self):
        return Location("here", "drawn") if self.path.exists() else Location("missing")

    def fetch(self):
        if not self.can_be_fetched:
            raise DataNotFound(f"{self.path} is nowhere.\\nTried: nothing")
        logging.getLogger(DATA_LOGGER).info("writing %s", self.path)
        self.path.write_text("7")
        return self.verify()

    def verify(self):
        if not self.path.exists():
            raise DataNotFound(f"{self.path} is not here")
        if (grey := self.path.read_text()) != "7":
            raise BadData(f"{self.path} is damaged")
        images, labels = np.full((4, 2, 2, 1), int(grey), np.uint8), np.arange(4) % 2
        labelled = {"train": images, "train_labels": labels, "test": images, "test_labels": labels}
        images = LabelledImages(**labelled, classes=("a", "b"))
        return OnePartDataset(images, variant="drawn", footnote="Drawn by a test.")


def offer(name, *, can_be_fetched):
    files = OneFile(Path(f"{name}.txt"), can_be_fetched)
    return DatasetSpec(
        name=name, summary=".", version="1", load=lambda config: files.fetch(), files=files, licence="MIT"
    )


@hookimpl
def bench_datasets():
    return [offer("dots", can_be_fetched=True), offer("gone", can_be_fetched=False)]
"""


@pytest.fixture(autouse=True)
def only_toys(monkeypatch, toys, installed):
    """The datasets of two toy plugins, and no others: `fetch --all` must not go to the network."""
    monkeypatch.setattr("bench_datasets.specs.SPECS", ())
    installed("bench_dots", PLUGIN)


def listed(bench):
    return {row["name"]: (row["found"], row["variant"]) for row in bench("data", "list", "--format", "json").json}


def test_the_list_says_where_each_dataset_is(bench):
    missing = ("missing", None)
    bundled = ("bundled", None)
    assert listed(bench) == {"dots": missing, "gone": missing, "parts": bundled, "shapes": bundled}
    bench("data", "fetch", "dots")
    assert listed(bench)["dots"] == ("here", "drawn")


def test_the_table_has_a_line_for_each_dataset(bench):
    table = bench("data", "list").out
    assert "MIT" in table
    assert len(table.splitlines()) == 2 + 4


def test_fetching_shows_what_the_plugin_logs_and_the_result_once(bench):
    done = bench("data", "fetch", "dots", "dots")
    assert (done.code, done.err) == (0, "writing dots.txt\n")
    assert done.out.startswith("dots: ok, drawn, fingerprint ")
    assert done.out.endswith(". Drawn by a test.\n")
    assert done.out.count("\n") == 1


def test_fetching_all_goes_on_after_one_that_fails(bench):
    done = bench("data", "fetch", "gone", "dots")
    assert done.code == 1
    assert "dots: ok" in done.out
    assert "bench: gone.txt is nowhere. Tried: nothing\n" in done.err
    assert bench("data", "fetch", "--all").out == done.out


def test_what_comes_with_its_package_needs_no_fetching(bench):
    done = bench("data", "fetch", "shapes")
    assert (done.code, done.out) == (0, "shapes: comes with its package, nothing is kept in files\n")


def test_verifying_finds_damage(bench, tmp_path):
    assert bench("data", "fetch", "dots").code == bench("data", "verify", "dots").code == 0
    (tmp_path / "here" / "dots.txt").write_text("8")
    done = bench("data", "verify", "dots")
    assert (done.code, done.err) == (1, "bench: dots.txt is damaged\n")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("fetch",), 2, "name the datasets to fetch, or say --all"),
        (("fetch", "dots", "--all"), 2, "name the datasets to fetch, or say --all"),
        (("fetch", "dost"), 1, "no dataset is called 'dost'. Did you mean 'dots'?"),
        (("verify",), 2, "Missing argument"),
        (("verify", "dots"), 1, "bench: dots.txt is not here"),
    ],
)
def test_what_cannot_be_done_is_one_line(bench, arguments, code, message):
    done = bench("data", *arguments)
    assert done.code == code
    assert message in done.err
