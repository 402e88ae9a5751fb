"""`bench publish`: from stores to a folder of boards, rows and their summary, and back to what is checked."""

import dataclasses
import getpass
import json
import platform
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from run_here import run_here

from benchmark.cli import publish
from benchmark.cli.options import write_text
from benchmark.metrics.builtin import roc_auc
from benchmark.registry import Registry, registry
from benchmark.results import Store
from benchmark.results.codec import pack_arrays
from benchmark.running.plan import SEMANTICS, plan
from benchmark.running.request import DatasetChoice, DetectorChoice, Request

pytestmark = pytest.mark.slow

FILES = ("data/shapes.jsonl", "shapes.md", "README.md")


@pytest.fixture
def store(bench, toys):
    """A function that runs a toy on the shapes in this process and stores its outcomes."""

    def keep(detector="toy", *, path="results/bench.db", validation_only=False, seed=0, **values):
        request = Request(
            detectors=(DetectorChoice(name=detector, values=values),),
            datasets=(DatasetChoice(name="shapes"),),
            validation_only=validation_only,
            seeds=(seed,),
        )
        with Store(Path(path), create=True) as opened:
            for job in plan(request, toys):
                opened.add(run_here(toys, job))

    return keep


def add_edited(**changes):
    """Add to the store an outcome whose trial was edited."""
    with Store(Path("results/bench.db")) as opened:
        (first, *_) = opened.outcomes("shapes")
        trial = dataclasses.replace(first.trial, **changes)
        opened.add(dataclasses.replace(first, trial=trial, uid="another"))


def content(folder="leaderboards"):
    return {str(file.relative_to(folder)): file.read_bytes() for file in Path(folder).rglob("*") if file.is_file()}


def rows(folder="leaderboards"):
    return [json.loads(line) for line in Path(folder, "data/shapes.jsonl").read_text().splitlines()]


def test_a_run_on_digits_becomes_rows_a_board_and_a_summary_that_hold_nothing_private(bench, toys, cells):
    run = ("run", "--dataset", "digits", "--detector", "toy", "--detector", "toy_published", "--detector", "toy_fails")
    bench(*run, "--store", "stores/mine.db")
    result = bench("publish", "--store", "stores/mine.db")
    assert result.code == 0
    files = ["data/digits.jsonl", "digits.md", "README.md"]
    assert result.out.splitlines() == [f"wrote leaderboards/{name}" for name in files]
    assert bench("publish", "--check").code == 0
    shown = cells(bench("leaderboard", "digits", "--details", "--store", "stores/mine.db").out)
    assert sorted(cells(Path("leaderboards/digits.md").read_text())) == sorted(shown)
    published = content()
    assert len(published["data/digits.jsonl"].splitlines()) == 30
    assert b"[30](data/digits.jsonl)" in published["README.md"]
    assert b"the fit went wrong in two lines" in published["data/digits.jsonl"]
    everything = b"\n".join(published.values()).decode()
    for private in (str(Path.home()), str(Path.cwd()), str(Path.cwd().parent), "mine.db", "--store", "Traceback"):
        assert private not in everything, private
    for private in (platform.node(), getpass.getuser()):
        assert not re.search(rf"(?<!\w){re.escape(private)}(?!\w)", everything), private
    assert bench("publish", "--store", "stores/mine.db").out == "leaderboards: nothing changed\n"
    assert content() == published


def test_two_contributors_in_either_order_give_the_same_files(bench, store):
    store(path="one.db")
    store(path="other.db")  # the same trials, later
    store("toy_random", path="other.db")
    store("toy_published", path="one.db", seed=1)
    for folder, order in (("a", ("one.db", "other.db")), ("b", ("other.db", "one.db", "one.db"))):
        for name in order:
            assert bench("publish", "shapes", "--store", name, "--to", folder).code == 0
        assert bench("publish", "--check", "--to", folder).code == 0
    assert content("a") == content("b")
    assert set(content("a")) == set(FILES)
    assert len(rows("a")) == 9
    with Store(Path("other.db")) as later:
        uids = {outcome.uid for outcome in later.outcomes("shapes") if outcome.trial.detector == "toy"}
    assert uids == {row["uid"] for row in rows("a") if row["trial"]["detector"] == "toy"}


def test_rows_that_the_store_does_not_have_stay_unless_they_are_replaced(bench, store):
    store("toy", path="one.db")
    store("toy_random", path="other.db")
    bench("publish", "--store", "one.db")
    bench("publish", "--store", "other.db")
    assert {row["trial"]["detector"] for row in rows()} == {"toy", "toy_random"}
    assert bench("publish", "--store", "other.db", "--replace").code == 0
    assert {row["trial"]["detector"] for row in rows()} == {"toy_random"}
    assert bench("publish", "--check").code == 0


def test_validation_only_outcomes_are_not_published(bench, store):
    store(validation_only=True)
    result = bench("publish")
    assert result.code == 1
    assert result.err == "bench: results/bench.db has no test outcome to publish; run: bench run\n"
    store()
    bench("publish")
    assert len(rows()) == 3


def test_files_that_publishing_does_not_write_are_left_alone(bench, store):
    store()
    folder = Path("leaderboards")
    folder.mkdir()
    (folder / "shapes_tradeoff.md").write_text("# shapes: by weight")
    (folder / "shapes_tradeoff.svg").write_text("<svg/>")
    (folder / "notes.md").write_text("# Notes")
    bench("publish")
    assert bench("publish", "--check").code == 0
    assert "[shapes_tradeoff.md](shapes_tradeoff.md)" in (folder / "README.md").read_text()
    assert set(content()) == {*FILES, "shapes_tradeoff.md", "shapes_tradeoff.svg", "notes.md"}
    assert content()["notes.md"] == b"# Notes"


@pytest.mark.parametrize("page", ["README.md", "shapes.md"])
def test_a_page_of_somebody_else_is_not_overwritten(bench, store, page):
    store()
    Path(page).write_text("# My project")
    result = bench("publish", "--to", ".")
    assert result.code == 1
    reason = "was not written by `bench publish` and is not overwritten; move it, or choose --to"
    assert result.err == f"bench: {page} {reason}\n"
    assert Path(page).read_text() == "# My project"
    assert not Path("data").exists()


def test_the_check_needs_no_store_and_no_plugin_and_writes_nothing(bench, store, monkeypatch):
    store(power=3.0)
    store("toy_published")
    bench("publish")
    shutil.rmtree("results")
    before = content()
    registry.cache_clear()
    monkeypatch.setattr(Registry, "discover", lambda: pytest.fail("the check looked for plugins"))
    result = bench("publish", "--check")
    assert (result.code, result.out) == (0, "leaderboards: every page agrees with its rows\n")
    assert content() == before
    (row,) = [line for line in before["shapes.md"].decode().splitlines() if re.search(r"\| toy +\|", line)]
    assert "power=3.0" in row


def test_the_check_names_every_file_that_is_wrong_and_how_to_mend_it(bench, store):
    store()
    bench("publish", "--to", "boards")
    board = Path("boards/shapes.md")
    board.write_text(board.read_text().replace("toy", "tox"))
    Path("boards/README.md").unlink()
    result = bench("publish", "--check", "--to", "boards")
    assert result.code == 1
    command = "bench publish --from-rows --to boards"
    assert result.err.splitlines() == [
        f"bench: boards/README.md is missing; write it with: {command}",
        f"bench: boards/shapes.md differs from its rows; write it again with: {command}",
    ]
    shutil.rmtree("results")
    assert bench(*command.split()[1:]).code == 0
    assert bench("publish", "--check", "--to", "boards").code == 0


def test_rows_that_were_edited_are_refused_by_the_check_and_by_the_next_publication(bench, store):
    store()
    bench("publish")
    file = Path("leaderboards/data/shapes.jsonl")
    first, second, third = file.read_text().splitlines()
    file.write_text("\n".join([first, second.replace('"seed":0', '"seed":5'), third]) + "\n")
    before = content()
    why = "line 2: its id is not the hash of its trial"
    result = bench("publish", "--check")
    assert result.code == 1
    command = "restore it, or write the rows of a store with: bench publish shapes --replace"
    assert result.err == f"bench: leaderboards/data/shapes.jsonl is damaged: {why}; {command}\n"
    for arguments in ((), ("--from-rows",)):
        result = bench("publish", *arguments)
        assert result.code == 1
        assert result.err.startswith(f"bench: leaderboards/data/shapes.jsonl, {why}; ")
        assert content() == before
    assert bench("publish", "shapes", "--replace").code == 0
    assert bench("publish", "--check").code == 0


def test_boards_without_rows_yet_are_nothing_to_check_and_lost_rows_are(bench, store):
    Path("leaderboards").mkdir()
    Path("leaderboards/shapes.md").write_text("# shapes: ROC-AUC, as it was made before")
    result = bench("publish", "--check")
    assert result.code == 0
    assert result.out.startswith("leaderboards has no rows in data/ yet, so there is nothing to check")
    store()
    bench("publish")
    shutil.rmtree("leaderboards/data")
    result = bench("publish", "--check")
    assert result.code == 1
    assert "leaderboards/data/shapes.jsonl is missing; restore it" in result.err


@pytest.mark.parametrize("done", [1, 2])
def test_a_publication_that_is_interrupted_leaves_each_file_whole_and_can_be_done_again(
    bench, store, monkeypatch, done
):
    store()
    bench("publish")
    before = content()
    store("toy_random")
    bench("publish", "--to", "whole")
    whole = content("whole")
    written = []

    def write_or_stop(path, text):
        if len(written) == done:
            raise KeyboardInterrupt
        written.append(path)
        write_text(path, text)

    with monkeypatch.context() as patched:
        patched.setattr(publish, "write_text", write_or_stop)
        assert bench("publish").code == 130
    assert content() == {**before, **{name: whole[name] for name in FILES[:done]}}
    assert bench("publish", "--check").code == 1
    assert bench("publish").code == 0
    assert content() == whole


def test_an_outcome_that_cannot_be_published_is_named_and_left_out(bench, store):
    store()
    add_edited(params={"weights": "/home/zoe/w.npz"})
    result = bench("publish")
    assert result.code == 0
    assert result.err == (
        "not published: 1 outcome of toy on shapes: parameter 'weights' names a file, an address or a person, and"
        " the trial's id depends on it\n"
    )
    assert len(rows()) == 3
    assert b"zoe" not in b"".join(content().values())


@pytest.mark.parametrize("name", ["../escaped", "a/b", "", "up\nand down", "readme", "x_tradeoff"])
def test_a_dataset_whose_name_could_leave_the_folder_is_refused(bench, store, name):
    store()
    add_edited(dataset=name)
    for arguments in ((), (name,)):
        result = bench("publish", *arguments)
        assert result.code == 1
        assert len(result.err.splitlines()) == 1
        assert "cannot be published" in result.err
    assert not Path("leaderboards").exists()
    assert not Path("escaped.md").exists()
    assert bench("publish", "shapes").code == 0, "the others can be"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("shape",), 1, "no dataset with test outcomes in results/bench.db is called 'shape'. Did you mean 'shapes'?"),
        (("--store", "absent.db"), 1, "there is no store at absent.db"),
        (("--check", "--to", "absent"), 1, "there is no folder absent; choose another with --to"),
        (("--from-rows", "--to", "absent"), 1, "absent/data has no rows"),
        (("--check", "--replace"), 2, "exclude each other; give one"),
        (("--check", "--from-rows"), 2, "exclude each other; give one"),
        (("--from-rows", "shapes"), 2, "give no DATASET"),
        (("--scores", "--check"), 2, "--scores reads the store, which --from-rows and --check do not"),
        (("--to", "results/bench.db"), 2, "is a file"),
        (("--to", "/proc/nowhere"), 1, "the folder /proc/nowhere/data cannot be created"),
    ],
)
def test_a_refusal_has_its_reason_and_writes_nothing(bench, store, arguments, code, message):
    store()
    result = bench("publish", *arguments)
    assert result.code == code
    assert message in result.err
    assert not Path("leaderboards").exists()
    assert not Path("absent").exists()


# Older protocol versions.

OLD = SEMANTICS - 1


def test_a_store_with_an_older_protocol_version_publishes_the_present_one_and_names_the_other(bench, store):
    store()
    add_edited(semantics=OLD)
    result = bench("publish")
    assert result.code == 0
    assert result.err == f"not published: 1 outcome of protocol version {OLD}, which is older\n"
    assert {row["trial"]["semantics"] for row in rows()} == {SEMANTICS}
    assert not Path("leaderboards/archive").exists()
    assert f"1 outcome of protocol version {OLD} not shown" in bench("leaderboard", "shapes").out


def test_rows_that_became_old_move_to_the_archive_with_their_board(bench, store, monkeypatch):
    store()
    bench("publish")
    old = content()
    for module in ("benchmark.reports.protocol", "benchmark.publishing.row_schema"):
        monkeypatch.setattr(f"{module}.SEMANTICS", SEMANTICS + 1)
    result = bench("publish", "--check")
    assert result.code == 1
    command = "move it to archive/ with: bench publish --from-rows"
    assert f"bench: leaderboards/shapes.md is of an older protocol version; {command}\n" in result.err
    result = bench("publish", "--from-rows")
    assert result.out.splitlines() == [
        *(f"wrote leaderboards/{name}" for name in (*(f"archive/{name}" for name in FILES), "README.md")),
        "removed leaderboards/data/shapes.jsonl",
        "removed leaderboards/shapes.md",
    ]
    moved = content()
    assert set(moved) == {*(f"archive/{name}" for name in FILES), "README.md"}
    assert moved["archive/data/shapes.jsonl"] == old["data/shapes.jsonl"]
    assert bench("publish", "--check").code == 0
    assert bench("publish", "--check", "shapes").code == 0
    assert bench("publish", "--from-rows").out == "leaderboards: nothing changed\n"
    result = bench("publish")
    assert result.code == 1
    assert "has no test outcome to publish" in result.err


# Scores.


def test_published_scores_are_those_of_the_store_and_give_the_metrics(bench, store):
    store()
    result = bench("publish", "--scores")
    assert result.out.splitlines()[-1] == "wrote the scores of 3 trials to leaderboards/data/scores/TRIAL.npz"
    with Store(Path("results/bench.db")) as opened:
        for outcome in opened.outcomes("shapes"):
            with np.load(f"leaderboards/data/scores/{outcome.trial.id}.npz") as file:
                stored = opened.scores(outcome.uid, "test")
                assert np.array_equal(file["scores"].astype(float), stored.scores)
                assert np.array_equal(file["y"], stored.y)
                assert np.array_equal(file["labels"], stored.labels)
                assert (str(file["uid"]), tuple(file["rules"])) == (outcome.uid, stored.rules)
                area = roc_auc(file["y"], file["scores"][0].astype(float))
            assert area == pytest.approx(outcome.measure("distance", "roc_auc").value, abs=1e-12)
    assert bench("publish", "--check").code == 0
    before = content()
    assert "wrote the scores of 0 trials" in bench("publish", "--scores").out
    assert content() == before
    bench("publish", "--scores", "--to", "again")
    assert content("again") == before, "equal byte for byte"


def test_scores_that_do_not_give_the_metrics_of_their_row_are_reported(bench, store):
    store()
    bench("publish", "--scores")
    first, second, third = sorted(Path("leaderboards/data/scores").iterdir())
    with np.load(first) as file:
        arrays = dict(file)
    first.write_bytes(pack_arrays({**arrays, "scores": -arrays["scores"]}))
    second.write_bytes(b"PK damaged")
    third.rename(third.with_name(f"{'0' * 64}.npz"))
    result = bench("publish", "--check")
    assert result.code == 1
    moved, *others = result.err.splitlines()
    assert moved.endswith(f"{'0' * 64}.npz belongs to no row, or to another attempt than the row; remove it with:"
                          " bench publish --from-rows")  # fmt: skip
    by_file = {file: next(line for line in others if file.name in line) for file in (first, second)}
    assert "its scores give other metrics than the row of toy shapes/" in by_file[first]
    assert " in the row, 0.000000 by the scores" in by_file[first]
    assert "is wrong: it is not an npz file" in by_file[second]
    assert by_file[first].endswith("write it again from a store with: bench publish shapes --scores")
    assert bench("publish", "shapes", "--scores").code == 0
    assert bench("publish", "--check").code == 0


def test_scores_whose_row_was_replaced_are_removed(bench, store):
    store()
    bench("publish", "--scores")
    store(path="later.db")
    result = bench("publish", "--store", "later.db")
    assert result.out.count(".npz: no row has these scores") == 3
    assert not list(Path("leaderboards/data/scores").iterdir())
    assert bench("publish", "--check").code == 0
