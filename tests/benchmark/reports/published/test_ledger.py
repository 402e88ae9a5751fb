"""The published numbers: what is in the file, how it is read, and what is refused."""

import csv
import dataclasses
import math
from pathlib import Path

import pytest

from bench_datasets.specs import CLOTHES, DIGITS, THINGS
from benchmark.interfaces.errors import LedgerError
from benchmark.metrics.two_sample import Sample
from benchmark.reports.published.ledger import MEAN, YES, Entry, Ledger

ROOT = Path(__file__).parents[4]
CLASSES = {"mnist": DIGITS, "fashion_mnist": CLOTHES, "cifar10": THINGS}
HEADER = [field.name for field in dataclasses.fields(Entry)]
LINE = {
    "key": "toy_2018", "method": "Toy", "paper": "Doe et al., Toys", "venue": "ICML", "year": "2018",
    "dataset": "shapes", "class_index": "0", "task": "round", "auc": "98.0", "spread": "0.7", "spread_kind": "std",
    "runs": "10", "comparable": "yes", "rerun_of": "", "note": "", "source": "Table 1",
}  # fmt: skip
MEAN_LINE = {"task": "mean", "class_index": ""}
NO_SPREAD = {"spread": "", "spread_kind": "none"}


@pytest.fixture(scope="module")
def ledger():
    return Ledger.read()


@pytest.fixture
def written(tmp_path):
    """A function that writes a ledger of these lines, each a change of a good one, and returns its path."""

    def write(*changes, header=HEADER):
        path = tmp_path / "published.csv"
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, header, extrasaction="ignore")
            writer.writeheader()
            writer.writerows({**LINE, **change} for change in changes)
        return path

    return write


def test_every_line_of_the_file_is_an_entry(ledger):
    with (ROOT / "leaderboards/published.csv").open(newline="") as file:
        assert len(ledger.entries) == sum(1 for _ in csv.DictReader(file)) > 600


def test_the_classes_of_the_ledger_are_the_tasks_of_our_datasets(ledger):
    for entry in ledger.entries:
        if entry.task != MEAN:
            assert CLASSES[entry.dataset][entry.class_index] == entry.task


def test_the_numbers_of_deep_svdd_are_those_of_its_table(ledger):
    published = ledger.of("deep_svdd", "mnist")
    assert [round(100 * published.tasks[digit].auc, 1) for digit in DIGITS] == [
        98.0, 99.7, 91.7, 91.9, 94.9, 88.5, 98.3, 94.6, 93.9, 96.5,
    ]  # fmt: skip
    zero = published.tasks["0"]
    assert (zero.spread, zero.spread_kind, zero.runs) == (pytest.approx(0.007), "std", 10)
    assert zero.sample == Sample(zero.auc, 10, zero.spread, 9)
    assert zero.citation == "Ruff et al., Deep One-Class Classification, ICML 2018"


@pytest.mark.parametrize(("dataset", "mean"), [("mnist", 0.948), ("cifar10", 0.6481)])
def test_a_mean_that_is_not_published_is_computed_and_marked(ledger, dataset, mean):
    published = ledger.of("deep_svdd", dataset)
    assert published.mean_is_computed
    assert published.mean.auc == pytest.approx(mean)
    assert published.mean.spread is None
    assert all(entry.task != MEAN for entry in published.entries)


def test_a_published_mean_is_used_though_its_classes_give_another(ledger):
    published = ledger.of("geom", "fashion_mnist")
    assert not published.mean_is_computed
    assert published.mean.auc == pytest.approx(0.935)


def test_the_spread_of_geom_is_a_standard_error_over_five_runs(ledger):
    entry = ledger.of("geom", "cifar10").tasks["airplane"]
    assert (entry.spread_kind, entry.runs) == ("sem", 5)
    assert entry.spread == pytest.approx(0.004)
    assert entry.sample.std == pytest.approx(0.004 * 5**0.5)


def test_the_spread_of_a_mean_follows_from_those_of_its_classes(ledger):
    for key, dataset, runs in (("deep_svdd", "mnist", 10), ("geom", "cifar10", 5)):
        published = ledger.of(key, dataset)
        errors = [entry.sample.std / runs**0.5 for entry in published.tasks.values()]
        mean = published.mean_sample
        assert (mean.mean, mean.runs) == (published.mean.auc, runs)
        assert mean.std / runs**0.5 == pytest.approx(math.hypot(*errors) / 10)
        assert runs - 1 < mean.freedom < 10 * (runs - 1)


def test_classes_without_a_spread_give_the_mean_none(ledger):
    assert ledger.of("goad", "cifar10").mean_sample.std is None, "the number of runs is not stated"
    assert ledger.of("deep_svdd_sad", "mnist").mean_sample.std is None, "there are no classes"


def test_a_spread_that_is_printed_for_a_mean_is_used(written):
    lines = [{}, {"task": "tall", "class_index": "2"}, {**MEAN_LINE, "spread": "0.3", "runs": "4"}]
    assert Ledger.read(written(*lines)).of("toy_2018", "shapes").mean_sample == Sample(0.98, 4, 0.003, 3)


def test_a_spread_over_classes_is_no_spread(ledger):
    for dataset in CLASSES:
        mean = ledger.of("deep_svdd_sad", dataset).mean
        assert mean.spread is None
        assert "over classes and seeds" in mean.note


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("ocnn", "contaminated training"),
        ("panda", "pretrained on ImageNet"),
        ("msad", "pretrained on ImageNet"),
        ("ocsvm", "oracle choice of parameters"),
        ("deep_svdd_soft", "oracle choice of parameters"),
        ("geom_raw_ocsvm", "oracle choice of parameters"),
        ("ocsvm_hybrid_sad", "oracle choice of parameters"),
        ("drocc", "parameters chosen per class"),
        ("memae", "protocol not known"),
    ],
)
def test_numbers_of_another_protocol_are_marked_in_every_entry(ledger, key, reason):
    entries = [entry for entry in ledger.entries if entry.key == key]
    assert entries
    assert all(entry.comparable.startswith(reason) for entry in entries)


def test_no_note_speaks_of_what_makes_a_number_another_without_the_mark(ledger):
    words = ("on the test set", "anomalous;", "labelled 10", "pretrained", "hard labels", "for each class")
    for entry in ledger.entries:
        assert entry.is_comparable != any(word in entry.note for word in words) or entry.key in ("memae", "kde")


def test_reruns_are_of_a_method_that_is_published_on_that_dataset(ledger):
    for entry in ledger.entries:
        is_rerun = entry.key.startswith("rerun_") or (entry.key == "deep_svdd_sad" and entry.dataset != "fashion_mnist")
        assert is_rerun == bool(entry.rerun_of)
        assert not entry.rerun_of or ledger.of(entry.rerun_of, entry.dataset)
    assert [len(ledger.reruns_of("deep_svdd", dataset)) for dataset in CLASSES] == [5, 0, 2]


def test_the_later_run_of_deep_svdds_authors_is_a_rerun_and_says_that_its_images_are_scaled_otherwise(ledger):
    (later,) = [each for each in ledger.reruns_of("deep_svdd", "mnist") if each.entries[0].key == "deep_svdd_sad"]
    assert later.mean.auc == pytest.approx(0.928)
    assert "another scaling of the images" in later.mean.note


def test_the_kde_of_2018_is_no_tuned_kde_on_mnist(ledger):
    published = ledger.of("kde", "mnist")
    assert published.mean.auc == pytest.approx(0.8693)
    assert published.mean.comparable == "matches an untuned bandwidth of 8 on raw pixels"
    assert all(entry.comparable == published.mean.comparable for entry in published.entries)
    assert all(entry.is_comparable for entry in ledger.of("kde", "cifar10").entries)


def test_geom_has_numbers_on_mnist_although_its_own_publication_has_none(ledger):
    published = ledger.of("geom", "mnist")
    assert published.mean.auc == pytest.approx(0.98)
    assert set(published.tasks) == set(DIGITS)
    assert "Golan and El-Yaniv give no MNIST" in published.mean.note
    assert published.mean.paper.startswith("Ye et al.")


def test_every_detector_that_refers_to_the_ledger_is_in_it(ledger):
    from benchmark.registry import registry

    known = registry().detectors
    references = {name: known[name].reference for name in known.names() if known[name].reference}
    assert references["ocnn"] == "deep_svdd"
    assert all(ledger.datasets_of(reference) for reference in references.values())


def test_nothing_is_nothing(ledger):
    assert ledger.of("deep_svdd", "digits") is None
    assert ledger.reruns_of("kde", "mnist") == ()
    assert ledger.datasets_of("no_such_key") == ()


def test_a_mean_over_some_of_the_classes_is_not_the_mean(ledger):
    published = ledger.of("ocnn", "cifar10")
    assert len(published.tasks) == 4
    assert published.mean is None


def test_a_computed_mean_is_no_more_comparable_than_its_classes(written):
    oracle = {"comparable": "oracle choice of parameters"}
    published = Ledger.read(written({}, {"task": "tall", "class_index": "2", **oracle})).of("toy_2018", "shapes")
    assert published.mean.comparable == "oracle choice of parameters"


def test_a_ledger_of_ones_own_is_read(written):
    (entry,) = Ledger.read(written({})).entries
    assert (entry.auc, entry.year, entry.runs, entry.comparable) == (0.98, 2018, 10, YES)


@pytest.mark.parametrize("runs", ["", "1"])
def test_a_spread_over_an_unknown_number_of_runs_or_over_one_is_not_used(written, runs):
    (entry,) = Ledger.read(written({"runs": runs})).entries
    assert entry.sample == Sample(0.98, 1)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"auc": "101"}, "auc is a number from 0 to 100, in percent; not '101'"),
        ({"auc": ""}, "auc is a number"),
        ({"auc": "nan"}, "auc is a number"),
        ({"spread": "-1"}, "spread is a number"),
        ({"year": "last"}, "year is a whole number or empty; not 'last'"),
        ({"runs": "1.5"}, "runs is a whole number"),
        ({"spread_kind": "range"}, "spread_kind is one of std, sem, none; not 'range'"),
        ({"spread": ""}, "a spread goes with its spread_kind"),
        ({"spread_kind": "none"}, "a spread goes with its spread_kind"),
        ({"class_index": ""}, "a class has a class_index"),
        ({**MEAN_LINE, "class_index": "1"}, "the mean has none"),
        ({"comparable": ""}, "must not be empty"),
        ({"source": " "}, "must not be empty"),
        ({"task": "square"}, "'toy_2018' on shapes/square is there twice"),
    ],
)
def test_a_line_that_is_no_entry_is_named_with_what_is_wrong(written, change, says):
    path = written({"task": "square"}, {"task": "tall", **change})
    with pytest.raises(LedgerError) as error:
        Ledger.read(path)
    assert str(error.value).startswith(f"the ledger {path}, line 3: ")
    assert says in str(error.value)


def test_a_line_with_too_few_or_too_many_cells_is_named(written):
    path = written({})
    whole = path.read_text()
    for broken in (whole + "toy_2018,Toy\n", whole + ",".join("x" * 40) + "\n", whole + '"never closed'):
        path.write_text(broken)
        with pytest.raises(LedgerError, match=r"published\.csv, line 3: "):
            Ledger.read(path)


def test_a_file_that_is_no_ledger_is_refused_in_one_sentence(written, tmp_path):
    with pytest.raises(LedgerError, match=r"line 1: no column is called auc, source"):
        Ledger.read(written({}, header=[name for name in HEADER if name not in ("auc", "source")]))
    with pytest.raises(LedgerError, match="cannot be read: No such file"):
        Ledger.read(tmp_path / "nowhere.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LedgerError, match="is not UTF-8 text"):
        Ledger.read(tmp_path / "binary.csv")
