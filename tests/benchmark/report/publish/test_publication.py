"""What is published of an outcome, how rows merge, and what the files of a folder must be."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.interfaces.errors import InvalidRequest
from benchmark.interfaces.specs import DetectorSpec
from benchmark.ledger import Ledger
from benchmark.registry import Registry
from benchmark.report.publish.discretion import HIDDEN, without_places
from benchmark.report.publish.publication import README, folder_texts, name_problem, read_rows, rows_file
from benchmark.report.publish.rows import make_line, merged, parse_line, parse_lines
from benchmark.report.publish.schema import digest
from benchmark.report.publish.upkeep import faults
from benchmark.trial import Cost, Measure, Outcome, TaskFacts, Trial, canonical_json

TASKS = ("round", "square")


@dataclasses.dataclass(frozen=True)
class Options:
    power: float = 2.0


def knowing(**more):
    """A registry that has the detector `toy`."""
    known = Registry()
    known.detectors.add("plugin", DetectorSpec(
        name="toy", summary="Toy.", version="1", config=Options, build=lambda config: None, rules=("distance",), **more,
    ))  # fmt: skip
    return known


KNOWN, UNKNOWING = knowing(reference="deep_svdd"), Registry()


def outcome(auc=0.9, *, task="round", finished="2026-01-01T00:00:00+00:00", uid="u", source="s", about=None, **changes):
    trial = {
        "detector": "toy", "detector_version": "1", "framework": "numpy", "params": {"power": 2.0},
        "rules": ("distance",), "dataset": "shapes", "fingerprint": "f", "task": task, "seed": 0, "validation": 0.1,
        "validation_only": False, "threads": 1, "device": "cpu", "semantics": 1,
    }  # fmt: skip
    of_trial = {name: changes.pop(name) for name in list(changes) if name in trial}
    usual = {
        "status": "ok",
        "metrics": {"distance": {"roc_auc": Measure(auc, 0.01)}},
        "cost": Cost(fit_seconds=2.0, score_seconds=0.5),
        "task": about or TaskFacts(label="official", tasks=TASKS, kinds=TASKS, part="all"),
    }
    return Outcome(trial=Trial(**trial | of_trial), source=source, uid=uid, finished_at=finished, **usual | changes)


def complete(auc=0.9, *, uid="u", **changes):
    return [outcome(auc, task=task, uid=f"{uid}{task}", **changes) for task in TASKS]


def lines(outcomes, known=KNOWN):
    return [make_line(o, known) for o in outcomes]


def texts(outcomes, known=KNOWN):
    return folder_texts({"shapes": lines(outcomes, known)}, Ledger.read)


def rows_of_board(board):
    table = board.partition("\n\n")[2].partition("\n\n")[0].splitlines()
    return [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in table[2:]]


def sealed(plain):
    """The line of a plain value, as somebody would write it who knows how."""
    plain["id"] = Trial(**plain["trial"]).id
    return canonical_json({**plain, "digest": digest(plain)})


# What is in a line.


def test_a_line_gives_back_what_a_board_needs():
    made = outcome(0.875, notes=("inverted?",), facts={"parameters": 36.0}, canaries={"hash": 0.5})
    line = parse_line(make_line(made, KNOWN).text)
    assert line.outcome == dataclasses.replace(made, provenance={})
    assert (line.settings, line.reference) == ("", "deep_svdd")


def test_scores_curves_and_last_lines_are_not_published():
    plain = json.loads(make_line(outcome(curves=({"number": 1},), last_lines="Traceback"), KNOWN).text)
    assert not {"curves", "last_lines", "sets"} & set(plain)
    assert plain["id"] == outcome().trial.id
    assert plain["metrics"] == {"distance": {"roc_auc": [0.9, 0.01]}}


def test_no_host_command_or_path_is_published_wherever_it_was_told():
    private = ("node7", "/home/ada", "ada@", "secret", "10.1.2.3", "results/mine.db")
    told = "node7: no file '/home/ada/my secret/x.npy', nor results/mine.db, at ada@node7.example or 10.1.2.3:80"
    line = make_line(
        outcome(
            status="failed", error_type="OSError", message=told, notes=(told,), facts={"where": told},
            about=TaskFacts(options={"root": "secret/images", "noise": 3}, footnote=told, tasks=TASKS),
            provenance={
                "host": "node7.example", "command": "bench run --store /home/ada/secret.db", "cores": 4,
                "platform": "Linux-6.1-on-node7", "load": [1.0], "versions": {"numpy": "2.4.6"},
            },
        ),
        UNKNOWING,
    )  # fmt: skip
    for word in private:
        assert word not in line.text
    assert line.outcome.message.startswith(f"{HIDDEN}: no file {HIDDEN}, nor {HIDDEN}")
    assert line.outcome.provenance == {
        "cores": 4, "platform": f"Linux-6.1-on-{HIDDEN}", "versions": {"numpy": "2.4.6"},
    }  # fmt: skip
    assert line.settings == f"power=2.0, root={HIDDEN}, noise=3"


@pytest.mark.parametrize(
    "text", ["task mnist/3 of parts/bottle", "8/10 epochs, 1e-3/2", "weight=0.05", "needs tensorflow>=2.18", "a // b"]
)
def test_what_names_no_place_is_left_as_it_is(text):
    assert without_places(text, "node7") == text


@pytest.mark.parametrize(
    "text",
    [
        "/home/ada/x",
        "//home/ada/x",
        "'ada private/mnist copy'",
        "~ada/x",
        "../x",
        r"C:\Users\ada",
        r"\\server\x",
        "file:///x",
        "https://x.example/y",
        "ada@host",
    ],
)
def test_what_names_a_place_is_taken_out(text):
    assert without_places(f"from {text} on") == f"from {HIDDEN} on"


def test_a_parameter_that_names_a_path_keeps_its_outcome_from_being_published():
    with pytest.raises(ValueError, match="parameter 'weights' names a file"):
        make_line(outcome(params={"weights": ["/home/ada/w.npz"]}), UNKNOWING)


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
LINES = st.lists(st.builds(make_line, OUTCOMES, st.sampled_from([KNOWN, UNKNOWING])), max_size=6)
often = settings(max_examples=60, deadline=None)


@often
@given(ours=LINES, theirs=LINES)
def test_in_either_order_the_rows_of_two_make_the_same_files(ours, theirs):
    one, other = merged(ours, theirs), merged(theirs, ours)
    assert one == other
    if one:
        assert folder_texts({"shapes": one}, Ledger.read) == folder_texts({"shapes": other[::-1]}, Ledger.read)


@often
@given(first=LINES, second=LINES, third=LINES)
def test_it_does_not_matter_who_merges_with_whom_first(first, second, third):
    assert merged(merged(first, second), third) == merged(first, merged(second, third))


@often
@given(ours=LINES, theirs=LINES)
def test_merging_again_changes_nothing_and_drops_no_trial(ours, theirs):
    once = merged(ours, theirs)
    assert merged(once, theirs) == merged(once, once) == once
    assert {line.key for line in once} == {line.key for line in [*ours, *theirs]}


def test_of_one_trial_the_later_attempt_counts_and_the_uid_where_they_ended_together():
    early, late = outcome(0.5), outcome(0.6, finished="2026-01-01T00:00:00.000001+00:00", uid="a")
    (line,) = merged(lines([late]), lines([early]))
    assert line.outcome.uid == "a"
    (line,) = merged(lines([outcome(uid="b")]), lines([outcome(uid="c")]), lines([outcome(uid="a")]))
    assert line.outcome.uid == "c"


def test_of_one_attempt_the_words_count_of_who_knew_the_detector():
    (line,) = merged(lines([outcome()], UNKNOWING), lines([outcome()], KNOWN), lines([outcome()], UNKNOWING))
    assert (line.settings, line.reference) == ("", "deep_svdd")


def test_of_one_attempt_the_numbers_count_that_were_measured_anew():
    one = outcome()
    more = {rule: {**of, "average_precision": Measure(0.5)} for rule, of in one.metrics.items()}
    before, after = lines([one]), lines([dataclasses.replace(one, metrics=more)])
    assert merged(before, after) == merged(after, before) == tuple(after)


def test_a_newer_source_that_is_not_complete_takes_no_mean_away():
    newer = outcome(0.1, uid="n", source="t", finished="2026-02-01T00:00:00+00:00")
    made = texts([*complete(0.9), newer])
    assert len(made[rows_file("shapes")].splitlines()) == 3
    (row,) = rows_of_board(made["shapes.md"])
    assert "90.0" in row
    assert "10.0" not in row


# Boards and the summary.


def test_the_board_is_the_same_with_and_without_the_plugin():
    made = texts(complete(params={"power": 3.0}))
    there = {path: text.encode() for path, text in made.items()}
    rows = read_rows(there, Path("folder"))
    assert folder_texts(rows, Ledger.read, there) == made
    assert "power=3" in made["shapes.md"]


def test_sets_of_parameters_that_were_defaults_once_are_told_apart_by_version():
    older = complete(0.8, params={"power": 1.0}, detector_version="0")
    for line in (made := lines(older, UNKNOWING)):
        assert line.settings == "power=1.0"
    # Published when 1.0 was the default: nothing differed from it then.
    plain = [json.loads(line.text) | {"settings": ""} for line in made]
    once = [parse_line(sealed(values)) for values in plain]
    board = folder_texts({"shapes": [*once, *lines(complete(0.9))]}, Ledger.read)["shapes.md"]
    assert [row[1:3] for row in rows_of_board(board)] == [["toy", "defaults"], ["toy", "version=0"]]


def test_sets_of_parameters_that_one_version_called_alike_are_told_apart_by_what_differs():
    plain = [json.loads(line.text) | {"settings": ""} for line in lines(complete(0.8, params={"power": 1.0}))]
    board = folder_texts({"shapes": [*map(parse_line, map(sealed, plain)), *lines(complete(0.9))]}, Ledger.read)
    assert [row[1:3] for row in rows_of_board(board["shapes.md"])] == [["toy", "power=2.0"], ["toy", "power=1.0"]]


def test_the_summary_has_the_leaders_of_every_board_and_links_to_what_is_there():
    rows = {
        name: lines(
            [o for k in range(5) for o in complete(0.9 - k / 10, params={"power": k + 2.0}, dataset=name, uid=str(k))]
        )
        for name in ("shapes", "digits")
    }
    others = ["published.csv", "digits_tradeoff.md", "notes.md"]
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
    assert "notes.md" not in page


def test_the_summary_says_where_no_detector_is_complete():
    page = texts([outcome()])[README]
    assert "no detector has a number on every task" in page


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "/x", "a\\b", "a\nb", "a\x00b", "A", "a b", "x.", "readme", "mnist_tradeoff"]
)
def test_a_name_that_could_leave_the_folder_or_meet_another_page_is_refused(name):
    assert name_problem(name)


# What is no row.


def edited(**changes):
    return {**json.loads(make_line(outcome(), KNOWN).text), **changes}


def trial(**changes):
    return {"trial": {**edited()["trial"], **changes}}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ("[1]", "no JSON object"),
        ("[" * 100_000, "line 1: it"),
        ('{"canaries":NaN}', "other fields"),
        (make_line(outcome(), KNOWN).text[:-9], "not JSON"),
        (make_line(outcome(), KNOWN).text.replace(":", ": ", 1), "not canonical JSON"),
        (canonical_json(edited(settings="power=9")), "its digest is not that of its text"),
        (canonical_json({**edited(), **trial(seed=7)}), "its id is not the hash of its trial"),
        (sealed(edited(**trial(seed="7"))), "trial.seed: Input should be a valid integer"),
        (sealed(edited(**trial(rules=[]))), "names no rule"),
        (sealed(edited(**trial(dataset="../x"))), "a name that no plugin may have"),
        (sealed(edited(**trial(detector="toy\n# mine"))), "control characters"),
        (sealed(edited(**trial(detector="toy|x"))), "a name that no plugin may have"),
        (sealed(edited(**trial(dataset="other"))), "it is of 'other', not of 'shapes'"),
        (sealed(edited(**trial(task="oval"))), "its task is none"),
        (sealed(edited(**trial(validation_only=True))), "held-out"),
        (sealed(edited(status="fine")), "status is one of"),
        (sealed(edited(metrics={"distance": {"roc_auc": "0.99"}})), "metrics.distance.roc_auc"),
        (sealed(edited(metrics={"distance": {"roc_auc": [10**400, None]}})), "too many digits"),
        (sealed(edited(metrics={"other": {}})), "other rules"),
        (sealed(edited(cost={"load": 1.0})), "other fields"),
        (sealed(edited(finished_at="yesterday")), "ISO 8601"),
        (sealed(edited(finished_at="2026-01-01T02:00:00+02:00")), "in UTC"),
        (sealed(edited(uid="")), "no attempt"),
        (sealed(edited(provenance={"host": "node7"})), "of the provenance only"),
        (sealed(edited(surplus=1)), "surplus"),
        (sealed(edited(format=2)), "a newer One-Class Bench"),
        (sealed(edited(message="a\x1b[2Jb")), "control characters"),
        ("<<<<<<< HEAD", "not JSON"),
        ("\udcff", "not ASCII"),
    ],
    ids=range(30),
)  # fmt: skip
def test_what_is_no_row_is_refused_with_its_line_and_the_reason(text, why):
    good = make_line(outcome(task="square"), KNOWN).text.encode()
    with pytest.raises(ValueError, match=r"^line \d: ") as refused:
        parse_lines(text.encode(errors="surrogateescape") + b"\n", "shapes")
    assert why in str(refused.value)
    with pytest.raises(InvalidRequest, match=r"folder/data/shapes.jsonl, line 2: "):
        read_rows({"data/shapes.jsonl": good + b"\n" + text.encode(errors="surrogateescape") + b"\n"}, Path("folder"))


# What a check finds.


@pytest.fixture
def there():
    return {
        path: text.encode() for path, text in texts([*complete(0.9), *complete(0.8, params={"power": 3.0})]).items()
    }


def found(there, *datasets):
    return {fault.path: (fault.what, fault.mend) for fault in faults(there, Ledger.read, datasets)}


def test_a_folder_as_it_was_written_has_no_fault_and_other_pages_are_nobody_s_business(there):
    assert found(there) == {}
    beside = ["notes.md", "mnist_tradeoff.md"]
    rows = read_rows(there, Path("folder"))
    again = {path: text.encode() for path, text in folder_texts(rows, Ledger.read, [*there, *beside]).items()}
    assert found({**again, "notes.md": b"# Notes", "mnist_tradeoff.md": b"# mnist: by weight"}) == {}


def test_an_edited_board_and_an_edited_summary_are_found(there):
    for path in ("shapes.md", README):
        assert found({**there, path: there[path].replace(b"90.0", b"99.0")}) == {
            path: ("is not exactly what the rows give", ("--from-rows",))
        }


def test_rows_out_of_order_twice_or_without_an_end_are_found_and_can_be_mended(there):
    path = rows_file("shapes")
    *_, last = content = there[path].splitlines(keepends=True)
    for wrong in (b"".join(reversed(content)), there[path] + last, there[path][:-1]):
        assert found({**there, path: wrong}) == {path: ("is not exactly what the rows give", ("--from-rows",))}
        mended = folder_texts(read_rows({path: wrong}, Path("folder")), Ledger.read)
        assert {name: text.encode() for name, text in mended.items()} == there


def test_an_edited_row_is_found_though_no_board_shows_it(there):
    path = rows_file("shapes")
    ((where, (what, mend)),) = found(
        {**there, path: there[path].replace(b'"fit_seconds":2.0', b'"fit_seconds":1.0')}
    ).items()
    assert (where, mend) == (path, ("shapes", "--replace"))
    assert what == "is damaged: line 1: its digest is not that of its text: it was edited or damaged"


@pytest.mark.parametrize(
    ("missing", "mend"),
    [("shapes.md", ("--from-rows",)), (README, ("--from-rows",)), ("data/shapes.jsonl", ("shapes",))],
)
def test_a_missing_file_is_found(there, missing, mend):
    del there[missing]
    assert found(there) == {missing: ("is missing", mend)}


def test_a_dataset_that_is_asked_for_must_have_its_files(there):
    assert found(there, "shapes") == {}
    assert set(found(there, "mnist")) == {"data/mnist.jsonl"}
    there["shapes.md"] += b" "
    assert found(there, "mnist").keys() == {"data/mnist.jsonl"}
    assert found(there, "shapes").keys() == {"shapes.md"}


def test_a_file_of_rows_with_another_name_than_a_dataset_may_have_is_found(there):
    assert found({**there, "data/My Shapes.jsonl": there["data/shapes.jsonl"]}).keys() == {"data/My Shapes.jsonl"}
