"""Bad input gets one clear line, the right exit code, and changes nothing."""

import sqlite3
from pathlib import Path

import pytest

RUN = ("run", "--detector", "toy", "--dataset", "shapes")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "--detector", "tox", "--dataset", "shapes"), "no detector is called 'tox'. Did you mean 'toy'?"),
        (("run", "--detector", "toy", "--dataset", "shape"), "no dataset is called 'shape'. Did you mean 'shapes'?"),
        ((*RUN, "--preset", "smok"), "no preset of detector 'toy' is called 'smok'. Did you mean 'smoke'?"),
        ((*RUN, "--classes", "sqare"), "no class of 'shapes' (or an index from 0 to 2) is called 'sqare'."),
        ((*RUN, "--classes", "0-7"), "'0-7'"),
        ((*RUN, "--set", "powr=2"), "no parameter is called 'powr'. Did you mean 'power'?"),
        ((*RUN, "--set", "other.power=2"), "no detector of this run is called 'other'"),
        ((*RUN, "--set", "table.inner=2"), "set the whole table: table={inner=...}"),
        ((*RUN, "--set", "power"), "KEY=VALUE; not 'power'"),
        ((*RUN, "--set", "power="), "power has no value"),
        ((*RUN, "--set", "power=2", "--set", "power=3"), "power is set twice"),
        ((*RUN, "--set", "power=0.5"), "power = 0.5 is refused: input should be greater than or equal to 1"),
        ((*RUN, "--set", "power=much"), 'power = "much" is refused'),
        ((*RUN, "--set", "power=true"), "power = true is refused"),
        ((*RUN, "--set", "power=nan"), "is refused"),
        ((*RUN, "--set", "epochs=2.5"), "epochs = 2.5 is refused"),
        ((*RUN, "--data-set", "nois=2"), "dataset 'shapes': no parameter is called 'nois'. Did you mean 'noise'?"),
        ((*RUN, "--seed", "-1"), "a seed must be a whole number from 0"),
        ((*RUN, "--validation", "1.5"), "the validation share must be between 0 and 0.9; not 1.5"),
        ((*RUN, "--validation", "0", "--validation-only"), "--validation-only needs held-out images"),
        ((*RUN, "--observer", "jsnl"), "no observer is called 'jsnl'. Did you mean 'jsonl'?"),
        ((*RUN, "--observer", "jsonl"), "observer 'jsonl' needs a file"),
        ((*RUN, "--store", "/proc/nowhere/bench.db"), "the folder /proc/nowhere cannot be created"),
        (("run", "--detector", "toy_without", "--dataset", "shapes"),
         "detector 'toy_without' needs no_such_package, which is not installed here; run: pip install"
         " 'oneclass-bench[nothing]'"),
        (("run", "--detector", "pca", "--dataset", "mnist"),
         "dataset 'mnist' was not found. Tried: BENCH_DATA is not set"),
        (("run", "--config", "absent.toml"), "the study absent.toml cannot be read: No such file"),
        (("leaderboard", "shapes"), "there is no store at results/bench.db"),
        (("leaderboard", "shapes", "--metric", "roc"), "no metric is called 'roc'. Did you mean 'roc_auc'?"),
        (("show", "toyy"), "no detector is called 'toyy'. Did you mean 'toy'?"),
        (("show", "abcdef"), "no detector is called 'abcdef', and there is no store at results/bench.db"),
        ((*RUN, "--set", f"epochs={'9' * 5000}"), "is refused"),
        ((*RUN, "--data-set", "noise=1", "--data-set", "noise=2"), "noise is set twice"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line(bench, toys, monkeypatch, tmp_path, arguments, message):
    monkeypatch.delenv("BENCH_DATA", raising=False)
    # No network and no package client: nothing can be fetched.
    monkeypatch.setenv("BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("PATH", str(tmp_path))
    result = bench(*arguments)
    assert result.code == 1
    assert result.out == ""
    # The attempts to fetch a dataset are printed before the one line of the refusal.
    *tried, refusal = result.err.splitlines()
    assert all(line.startswith(("fetching ", "mnist: ")) for line in tried)
    assert refusal.startswith("bench: ")
    assert message in refusal
    assert not Path("results").exists(), "nothing was written"


@pytest.mark.parametrize(
    "arguments",
    [
        ("run",),
        ("run", "--nonsense"),
        (*RUN, "--seeds", "0"),
        (*RUN, "--seeds", "2", "--seed", "3"),
        (*RUN, "--config", "study.toml"),
        (*RUN, "--threads", "0"),
        ("list", "spoons"),
        ("leaderboard",),
        ("nonsense",),
    ],
)
def test_wrong_usage_exits_with_2(bench, toys, arguments):
    result = bench(*arguments)
    assert result.code == 2
    assert "Usage: bench" in result.err
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("detectors = [", "line 1"),
        ('datasets = ["shapes"]\n\ndataset = 3\n[[detectors]]\nname = "toy"\n', "line 3, key 'dataset'"),
        ('[[detectors]]\nname = "toy"\nsweeps.power = [1]\n', "line 3, key 'sweeps': no key of a study"),
        ('seeds = "three"\n[[detectors]]\nname = "toy"\n', "line 1, key 'seeds'"),
        ('[[detectors]]\npreset = "fast"\n', "key 'name': field required"),
        ('datasets = ["shapes"]\n', "key 'detectors'"),
        ('[[detectors]]\nname = "toy"\nsweep.power = []\n', "line 3, key 'power'"),
        ('seeds = 0\n[[detectors]]\nname = "toy"\n', "line 1, key 'seeds'"),
        ('seeds = []\n[[detectors]]\nname = "toy"\n', "line 1, key 'seeds'"),
        ('datasets = []\n[[detectors]]\nname = "toy"\n', "line 1, key 'datasets'"),
    ],
)
def test_a_study_that_cannot_be_read_names_the_line_and_the_key(bench, toys, text, message):
    Path("study.toml").write_text(text)
    result = bench("run", "--config", "study.toml")
    assert result.code == 1
    assert result.err.startswith("bench: the study study.toml")
    assert message in result.err
    assert result.err.count("\n") == 1


def foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()


def newer(path: Path) -> None:
    from benchmark.results import Store

    Store(path, create=True).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_text("not a database, whatever its name is" * 100), "is damaged or not a store"),
        (foreign, "is not a store of One-Class Bench"),
        (newer, "was written by a newer One-Class Bench (schema 99"),
    ],
)
@pytest.mark.parametrize("arguments", [RUN, ("leaderboard", "shapes"), ("show", "abcdef")])
def test_a_file_that_is_no_store_is_refused_and_left_alone(bench, toys, make, message, arguments):
    make(Path("some.db"))
    before = Path("some.db").read_bytes()
    result = bench(*arguments, "--store", "some.db")
    assert result.code == 1
    assert message in result.err
    assert result.err.count("\n") == 1
    assert Path("some.db").read_bytes() == before


def test_a_board_that_cannot_be_written_is_one_line(bench, toys):
    bench(*RUN)
    result = bench("leaderboard", "shapes", "--output", "nowhere/board.md")
    assert result.code == 1
    assert result.err.startswith("bench: nowhere/board.md cannot be written: there is no folder ")
