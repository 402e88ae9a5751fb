import pytest

pytestmark = pytest.mark.slow

# An outside plugin with three datasets: `dots` is in a file that fetching writes, `gone` cannot be fetched, and `kept`
# has no `clean`.
PLUGIN = """
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark import BadData, BenchError, DataNotFound, DatasetSpec, LabelledImages, OnePartDataset, hookimpl
from benchmark.plugin import DATA_LOGGER, CacheEntry, DatasetFiles, Location


@dataclass(frozen=True)
class Kept(DatasetFiles):
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


class OneFile(Kept):
    def clean(self, *, dry_run=False):
        if not self.path.exists():
            return ()
        if not self.can_be_fetched:
            raise BenchError(f"{self.path} cannot be removed")
        entry = CacheEntry(self.path, self.path.stat().st_size * 1_000_000)
        if not dry_run:
            self.path.unlink()
        return (entry,)


def offer(name, files_type=OneFile, *, can_be_fetched):
    files = files_type(Path(f"{name}.txt"), can_be_fetched)
    return DatasetSpec(
        name=name, summary=".", version="1", load=lambda config: files.fetch(), files=files, licence="MIT"
    )


@hookimpl
def bench_datasets():
    return [
        offer("dots", can_be_fetched=True),
        offer("gone", can_be_fetched=False),
        offer("kept", Kept, can_be_fetched=True),
    ]
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
    assert listed(bench) == {"dots": missing, "gone": missing, "kept": missing, "parts": bundled, "shapes": bundled}
    bench("data", "fetch", "dots")
    assert listed(bench)["dots"] == ("here", "drawn")


def test_the_table_has_a_line_for_each_dataset(bench):
    table = bench("data", "list").out
    assert "MIT" in table
    assert len(table.splitlines()) == 2 + 5


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
    assert bench("data", "fetch", "--all").out.startswith(done.out)


def test_what_comes_with_its_package_needs_no_fetching(bench):
    done = bench("data", "fetch", "shapes")
    assert (done.code, done.out) == (0, "shapes: comes with its package and has no files\n")


def test_cleaning_says_what_was_removed_and_how_much(bench):
    bench("data", "fetch", "dots")
    said = bench("data", "clean", "dots")
    assert (said.code, said.err) == (0, "")
    assert said.out == "dots: removed dots.txt (1.0 MB)\n1.0 MB were freed\n"
    assert listed(bench)["dots"] == ("missing", None)
    assert bench("data", "clean", "dots").out == "dots: nothing in the cache\n"


def test_a_dry_run_of_cleaning_removes_nothing(bench):
    bench("data", "fetch", "dots")
    said = bench("data", "clean", "--all", "--dry-run")
    assert said.out == (
        "dots: would remove dots.txt (1.0 MB)\ngone: nothing in the cache\nkept: its plugin does not remove files\n"
        "1.0 MB would be freed\n"
    )
    assert listed(bench)["dots"] == ("here", "drawn")


def test_a_plugin_that_cannot_clean_is_no_error(bench):
    bench("data", "fetch", "kept")
    said = bench("data", "clean", "kept")
    assert (said.code, said.out) == (0, "kept: its plugin does not remove files\n")
    assert listed(bench)["kept"] == ("here", "drawn")


def test_what_cannot_be_removed_is_one_line_and_the_others_are_removed(bench, tmp_path):
    bench("data", "fetch", "dots")
    (tmp_path / "here" / "gone.txt").write_text("7")
    said = bench("data", "clean", "gone", "shapes", "dots")
    assert (said.code, said.err) == (1, "bench: gone.txt cannot be removed\n")
    assert said.out == (
        "shapes: comes with its package and has no files\ndots: removed dots.txt (1.0 MB)\n1.0 MB were freed\n"
    )


def test_verifying_finds_damage(bench, tmp_path):
    assert bench("data", "fetch", "dots").code == bench("data", "verify", "dots").code == 0
    (tmp_path / "here" / "dots.txt").write_text("8")
    done = bench("data", "verify", "dots")
    assert (done.code, done.err) == (1, "bench: dots.txt is damaged\n")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("fetch",), 2, "give the names of datasets, or --all"),
        (("fetch", "dots", "--all"), 2, "give the names of datasets, or --all"),
        (("clean",), 2, "give the names of datasets, or --all"),
        (("clean", "dost"), 1, "no dataset is called 'dost'. Did you mean 'dots'?"),
        (("fetch", "dost"), 1, "no dataset is called 'dost'. Did you mean 'dots'?"),
        (("verify",), 2, "Missing argument"),
        (("verify", "dots"), 1, "bench: dots.txt is not here"),
    ],
)
def test_what_cannot_be_done_is_one_line(bench, arguments, code, message):
    done = bench("data", *arguments)
    assert done.code == code
    assert message in done.err
