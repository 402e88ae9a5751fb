"""What is published of an outcome, how rows merge, and what the files of a folder must be."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_rows import EMPTY, TASKS, TOY, TOYS, complete, outcome

from benchmark.interfaces.detector import EpochReport
from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.outcome import Cost, Measure, TaskFacts
from benchmark.interfaces.trial import Trial, canonical_json
from benchmark.publishing.check_folder import check_folder
from benchmark.publishing.folder import folder_texts, read_folder
from benchmark.publishing.paths import README, name_problem, rows_file
from benchmark.publishing.redact import REDACTED
from benchmark.publishing.rows import make_row, merge, parse_row, parse_rows
from benchmark.registry import Offer, Registry
from benchmark.reports.published.ledger import Ledger


def published(outcomes, registry=TOYS):
    return [make_row(each, registry) for each in outcomes]


def files_of(rows, others=()):
    return folder_texts({"shapes": rows}, Ledger.read, others)


def board_cells(files):
    table = files["shapes.md"].partition("\n\n")[2].partition("\n\n")[0].splitlines()
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in table[2:]]


def edited(row=None, **changes):
    """The line of an edited row that is still canonical JSON with the id of its trial."""
    plain = json.loads((row or make_row(outcome(), TOYS)).text)
    plain |= changes | {"trial": plain["trial"] | changes.get("trial", {})}
    return canonical_json({**plain, "id": Trial(**plain["trial"]).id})


# What is in a line.


def test_a_line_gives_back_what_a_board_needs():
    original = outcome(0.875, notes=("inverted?",), facts={"parameters": 36.0}, baselines={"hash": 0.5})
    row = parse_row(make_row(original, TOYS).text)
    assert row.outcome == dataclasses.replace(original, provenance={})
    assert (row.non_default, row.reference) == ({}, "deep_svdd")


def test_scores_curves_and_last_lines_are_not_published():
    plain = json.loads(make_row(outcome(curves=(EpochReport(number=1, of=1),), last_lines="Traceback"), TOYS).text)
    assert not {"curves", "last_lines", "sets"} & set(plain)
    assert plain["id"] == outcome().trial.id
    assert plain["metrics"] == {"distance": {"roc_auc": {"value": 0.9, "standard_error": 0.01}}}


def test_no_host_command_or_path_is_published_in_any_field():
    private = ("node7", "/home/ada", "ada@", "secret", "10.1.2.3", "results/mine.db")
    text = "node7: no file '/home/ada/my secret/x.npy', nor results/mine.db, at ada@node7.example or 10.1.2.3:80"
    row = make_row(
        outcome(
            status="failed", error_type="OSError", message=text, notes=(text,), facts={"where": text},
            about=TaskFacts(options={"root": "secret/images", "noise": 3}, footnote=text, tasks=TASKS),
            provenance={
                "host": "node7.example", "command": "bench run --store /home/ada/secret.db", "cores": 4,
                "platform": "Linux-6.1-on-node7", "load": [1.0], "versions": {"numpy": "2.4.6"},
            },
        ),
        EMPTY,
    )  # fmt: skip
    for word in private:
        assert word not in row.text
    assert row.message.startswith(f"{REDACTED}: no file {REDACTED}, nor {REDACTED}")
    assert row.provenance == {"cores": 4, "platform": f"Linux-6.1-on-{REDACTED}", "versions": {"numpy": "2.4.6"}}
    assert row.non_default == {"power": 2.0, "root": REDACTED, "noise": 3}


def test_what_the_arithmetic_depends_on_is_published_without_paths_and_hosts():
    provenance = {
        "host": "node7", "instruction_sets": ["avx2", "fma"], "device_name": "Toy GPU of node7",
        "variables": {"ONEDNN_MAX_CPU_ISA": "AVX2", "OMP_TOOL_LIBRARIES": "/home/ada/tool.so", "MKL_X": "a\\b"},
        "blas": {"numpy": {"name": "openblas", "version": "0.3.30", "architecture": "SkylakeX", "threads": 1}},
    }  # fmt: skip
    assert make_row(outcome(provenance=provenance), EMPTY).provenance == {
        "instruction_sets": ["avx2", "fma"],
        "device_name": f"Toy GPU of {REDACTED}",
        "variables": {"ONEDNN_MAX_CPU_ISA": "AVX2", "OMP_TOOL_LIBRARIES": REDACTED, "MKL_X": REDACTED},
        "blas": provenance["blas"],
    }


def test_a_line_without_processor_seconds_stays_as_it_was_written():
    before = make_row(outcome(cost=Cost(fit_seconds=2.0)), EMPTY).text
    assert "cpu_seconds" not in before
    assert parse_row(before).text == before
    known = make_row(outcome(cost=Cost(fit_seconds=2.0, fit_cpu_seconds=1.5, load_average=0.0)), EMPTY)
    assert '"fit_cpu_seconds":1.5' in known.text
    assert parse_row(known.text).outcome.cost == Cost(fit_seconds=2.0, fit_cpu_seconds=1.5, load_average=0.0)


def test_an_outcome_is_not_published_if_a_parameter_names_a_path():
    with pytest.raises(ValueError, match="parameter 'weights' names a file"):
        make_row(outcome(params={"weights": ["/home/ada/w.npz"]}), EMPTY)


# Merging.

OUTCOMES = st.builds(
    outcome,
    st.sampled_from([0.25, 0.5, 0.75]),
    task=st.sampled_from(TASKS),
    seed=st.integers(0, 1),
    source=st.sampled_from("ab"),
    detector_version=st.sampled_from("12"),
    finished=st.sampled_from(["2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00.500000+00:00"]),
    uid=st.sampled_from("uv"),
)
ROWS = st.lists(st.builds(make_row, OUTCOMES, st.sampled_from([TOYS, EMPTY])), max_size=6)
often = settings(max_examples=60, deadline=None)


@often
@given(ours=ROWS, theirs=ROWS)
def test_in_either_order_the_rows_of_two_make_the_same_files(ours, theirs):
    one, other = merge(ours, theirs), merge(theirs, ours)
    assert one == other
    if one:
        assert files_of(one) == files_of(other[::-1])


@often
@given(first=ROWS, second=ROWS, third=ROWS)
def test_it_does_not_matter_who_merges_with_whom_first(first, second, third):
    assert merge(merge(first, second), third) == merge(first, merge(second, third))


@often
@given(ours=ROWS, theirs=ROWS)
def test_merging_again_changes_nothing_and_drops_no_trial(ours, theirs):
    once = merge(ours, theirs)
    assert merge(once, theirs) == merge(once, once) == once
    assert {row.key for row in once} == {row.key for row in [*ours, *theirs]}


LATER = "2026-01-01T00:00:00.000001+00:00"
RESCORED = {"distance": {"roc_auc": Measure(0.9, 0.01), "average_precision": Measure(0.5)}}


@pytest.mark.parametrize(
    ("loser", "winner"),
    [
        (make_row(outcome(uid="b"), TOYS), make_row(outcome(uid="a", finished=LATER), TOYS)),
        (make_row(outcome(uid="a"), TOYS), make_row(outcome(uid="b"), TOYS)),
        (make_row(outcome(), TOYS), make_row(outcome(metrics=RESCORED), TOYS)),
        (make_row(outcome(), EMPTY), make_row(outcome(), TOYS)),
    ],
    ids=["finished later", "greater uid", "rescored", "published where the detector is installed"],
)
def test_of_two_rows_of_a_trial_one_wins_in_either_order(loser, winner):
    assert merge([loser], [winner]) == merge([winner], [loser]) == (winner,)


def test_a_newer_source_that_is_not_complete_takes_no_mean_away():
    newer = outcome(0.1, uid="n", source="t", finished="2026-02-01T00:00:00+00:00")
    files = files_of(published([*complete(0.9), newer]))
    assert len(files[rows_file("shapes")].splitlines()) == 3
    (cells,) = board_cells(files)
    assert "90.0" in cells
    assert "10.0" not in cells


# Boards and the summary.


def test_the_board_is_the_same_with_and_without_the_plugin():
    files = files_of(published(complete(params={"power": 3.0})))
    content = {path: text.encode() for path, text in files.items()}
    assert folder_texts(read_folder(content, Path("folder")), Ledger.read, files) == files
    assert "power=3" in files["shapes.md"]


@pytest.mark.parametrize(
    ("version", "texts"), [("0", ["defaults", 'version="0"']), ("1", ["power=2.0", "power=1.0"])], ids=["older", "same"]
)
def test_rows_that_were_all_defaults_differ_by_version_or_by_parameters(version, texts):
    # Published when 1.0 was the default.
    older = published(complete(0.8, params={"power": 1.0}, detector_version=version))
    assert older[0].non_default == {"power": 1.0}
    older = [parse_row(edited(row, non_default={})) for row in older]
    cells = board_cells(files_of([*older, *published(complete(0.9, finished=LATER))]))
    assert [row[1:3] for row in cells] == [["toy", text] for text in texts]


def test_the_summary_has_the_leaders_of_every_board_and_links_to_what_is_there():
    rows = {
        name: published(
            [o for k in range(5) for o in complete(0.9 - k / 10, params={"power": k + 2.0}, dataset=name, uid=str(k))]
        )
        for name in ("shapes", "digits")
    }
    others = ["published.csv", "digits_tradeoff.md", "cost.md", "notes.md"]
    page = folder_texts(rows, Ledger.read, others)[README]
    assert "by `bench publish`" in page
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| [")]
    assert [(row[0], row[1], row[3], row[4]) for row in cells[:3]] == [
        ("[digits](digits.md)", "1", "defaults", "90.0"),
        ("[digits](digits.md)", "2", "power=3.0", "80.0"),
        ("[digits](digits.md)", "3", "power=4.0", "70.0"),
    ]
    assert len(cells) == 6
    assert "[10](data/shapes.jsonl)" in page
    assert "[digits_tradeoff.md](digits_tradeoff.md)" in page
    assert "[published.csv](published.csv)" in page
    assert "[cost.md](cost.md)" in page
    assert "notes.md" not in page


def test_the_summary_has_a_line_where_no_detector_is_complete():
    assert "no detector has a number on every task" in files_of(published([outcome()]))[README]


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "/x",
        "a\\b",
        "a\nb",
        "a\x00b",
        "A",
        "a b",
        "x.",
        "readme",
        "cost",
        "mnist_tradeoff",
    ],
)
def test_a_name_that_could_leave_the_folder_or_meet_another_page_is_refused(name):
    assert name_problem(name)


# What is not a row.

GOOD = make_row(outcome(), TOYS).text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("<<<<<<< HEAD", "not JSON"),
        (GOOD[:-9], "not JSON"),
        ("[1]", "not a JSON object"),
        ("[" * 100_000, "nested too deeply"),
        ("\udcff", "not ASCII"),
        ("{}", "missing required field"),
        (GOOD.replace(":", ": ", 1), "not canonical JSON"),
        (GOOD.replace('"seed":0', '"seed":7'), "its id is not the hash of its trial"),
        (edited(format=3), "a newer One-Class Bench"),
        (edited(surplus=1), "unknown field `surplus`"),
        (edited(cost={"load": 1.0}), "other fields"),
        (edited(trial={"seed": "7"}), "`$.trial.seed`"),
        (edited(trial={"rules": []}), "has no rule"),
        (edited(trial={"dataset": "../x"}), "the name of its detector or dataset is not allowed"),
        (edited(trial={"detector": "toy|x"}), "the name of its detector or dataset is not allowed"),
        (edited(trial={"dataset": "other"}), "its dataset is 'other', not 'shapes'"),
        (edited(trial={"task": "oval"}), "its dataset does not have its task"),
        (edited(trial={"validation_only": True}), "validation images"),
        (edited(status="fine"), "status must be one of"),
        (edited(metrics={"distance": {"roc_auc": {"value": "0.99"}}}), "`$.metrics[...][...].value`"),
        (edited(metrics={"distance": {"roc_auc": {"value": 10**400}}}), "out of range"),
        (edited(metrics={"other": {}}), "a rule that its trial does not have"),
        (edited(finished_at="yesterday"), "ISO 8601"),
        (edited(finished_at="2026-01-01T02:00:00+02:00"), "in UTC"),
        (edited(uid=""), "its uid or its source is empty"),
        (edited(provenance={"host": "node7"}), "its provenance may only have the fields"),
        (edited(message="a\x1b[2Jb"), "control characters"),
        (GOOD.replace('"value":0.9', '"value":NaN'), "not canonical JSON"),
    ],
    ids=range(29),
)
def test_a_line_that_is_not_a_row_is_refused_with_its_number_and_the_reason(text, reason):
    line, path = text.encode(errors="surrogateescape") + b"\n", rows_file("shapes")
    with pytest.raises(ValueError, match=r"^line 1: ") as refused:
        parse_rows(line, "shapes")
    assert reason in str(refused.value)
    with pytest.raises(InvalidRequest, match=r"folder/data/shapes.jsonl, line 2: "):
        read_folder({path: make_row(outcome(task="square"), TOYS).text.encode() + b"\n" + line}, Path("folder"))


# What a check finds.

REMAKE = ("--from-rows",)


@pytest.fixture
def files():
    rows = published([*complete(0.9), *complete(0.8, params={"power": 3.0})])
    return {path: text.encode() for path, text in files_of(rows).items()}


def faults(files, *datasets):
    return {fault.path: fault.arguments for fault in check_folder(files, Ledger.read, datasets)}


def test_a_folder_as_it_was_written_has_no_fault_and_other_pages_are_not_checked(files):
    assert faults(files) == {}
    others = {"notes.md": b"# Notes", "mnist_tradeoff.md": b"# mnist: by weight"}
    rows = read_folder(files, Path("folder"))["shapes"]
    again = {path: text.encode() for path, text in files_of(rows, [*files, *others]).items()}
    assert faults({**again, **others}) == {}


@pytest.mark.parametrize("path", ["shapes.md", README])
def test_an_edited_page_is_reported(files, path):
    assert faults({**files, path: files[path].replace(b"90.0", b"99.0")}) == {path: REMAKE}


def test_rows_out_of_order_twice_or_without_an_end_are_reported_and_can_be_put_in_order(files):
    path = rows_file("shapes")
    *_, last = content = files[path].splitlines(keepends=True)
    for wrong in (b"".join(reversed(content)), files[path] + last, files[path][:-1]):
        assert faults({**files, path: wrong}) == {path: REMAKE}
        again = folder_texts(read_folder({path: wrong}, Path("folder")), Ledger.read)
        assert {name: text.encode() for name, text in again.items()} == files


def test_a_damaged_row_is_reported_with_the_reason(files):
    files["data/shapes.jsonl"] = files["data/shapes.jsonl"].replace(b'"fit_seconds":2.0', b'"fit_seconds":2')
    (fault,) = check_folder(files, Ledger.read)
    assert (fault.path, fault.arguments) == ("data/shapes.jsonl", ("shapes", "--replace"))
    assert fault.message.startswith("is damaged: line 1: it was edited")


@pytest.mark.parametrize(
    ("missing", "arguments"), [("shapes.md", REMAKE), (README, REMAKE), ("data/shapes.jsonl", ("shapes",))]
)
def test_a_missing_file_is_reported(files, missing, arguments):
    del files[missing]
    assert faults(files) == {missing: arguments}


def test_a_dataset_that_is_asked_for_must_have_its_files(files):
    assert faults(files, "shapes") == {}
    assert set(faults(files, "mnist")) == {"data/mnist.jsonl"}
    files["shapes.md"] += b" "
    assert faults(files, "mnist").keys() == {"data/mnist.jsonl"}
    assert faults(files, "shapes").keys() == {"shapes.md"}


def test_a_file_of_rows_whose_name_no_dataset_may_have_is_reported(files):
    assert faults({**files, "data/My Shapes.jsonl": files["data/shapes.jsonl"]}).keys() == {"data/My Shapes.jsonl"}


# Detectors that are baselines.

STILL = dataclasses.replace(TOY, baseline=True)
STILLS = Registry()
STILLS.detectors.add(Offer(spec=STILL, plugin="toys"))


def test_a_row_of_a_baseline_says_so_and_another_row_has_no_such_field():
    still, other = make_row(outcome(), STILLS), make_row(outcome(), TOYS)
    assert json.loads(still.text)["baseline"] is True
    assert "baseline" not in json.loads(other.text)
    assert [parse_row(row.text).baseline for row in (still, other)] == [True, False]


def test_a_published_baseline_is_on_the_board_without_a_rank_where_no_plugin_is_installed():
    rows = [*published(complete(0.9), STILLS), *published(complete(0.7, detector="other", uid="v"), EMPTY)]
    files = files_of(rows)
    assert [cells[:2] for cells in board_cells(files)] == [["1", "other"]]
    assert "| toy" in files["shapes.md"].partition("## Baselines")[2]
    assert "toy" not in files["README.md"]
