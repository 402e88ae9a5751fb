"""Which columns a board shows, and what is bold."""

import pytest

from benchmark.reports.leaderboard import leaderboard_report


def bold(ranking):
    """Return column -> the detectors whose cell is bold."""
    table = leaderboard_report(ranking).tables[0]
    names = [column.heading for column in table.columns]
    by_column = {}
    for row in table.rows:
        for name, cell in zip(names, row, strict=True):
            if cell.bold:
                by_column.setdefault(name, []).append(row[names.index("detector")].text)
    return by_column


def headings(ranking):
    return [column.heading for column in leaderboard_report(ranking).tables[0].columns]


def cells(ranking, name):
    table = leaderboard_report(ranking).tables[0]
    at = [column.heading for column in table.columns].index(name)
    return [row[at].text for row in table.rows]


def test_the_best_of_the_mean_and_of_each_class_is_bold_and_what_reads_the_same_too(board, outcomes):
    trials = [
        *outcomes([0.9001, 0.70], detector="a"),
        *outcomes([0.9004, 0.60], detector="b"),
        *outcomes([0.8, 0.70], detector="c"),
    ]
    assert bold(board(trials)) == {"mean": ["a"], "round": ["b", "a"][::-1], "square": ["a", "c"]}


def test_the_lowest_is_the_best_where_lower_is_better(board, outcomes):
    trials = [*outcomes([0.9, 0.2], detector="a"), *outcomes([0.3, 0.4], detector="b")]
    assert bold(board(trials, "fpr_at_95_tpr")) == {"mean": ["b"], "round": ["b"], "square": ["a"]}


def test_a_row_without_a_rank_is_never_the_best(board, outcomes):
    trials = [*outcomes([0.99, None], detector="broken"), *outcomes([0.8, 0.7]), *outcomes([0.7, 0.8], detector="b")]
    assert "broken" not in str(bold(board(trials)))
    assert bold(board(trials))["round"] == ["toy"]


def test_one_ranked_row_is_better_than_nothing(board, outcomes):
    assert bold(board([*outcomes([0.9, 0.8]), *outcomes([0.7, None], detector="b")])) == {}


def test_a_reader_meets_who_and_what_it_is_worth_before_the_classes_and_the_cost(board, outcomes):
    ranking = board(outcomes([0.9, 0.8], parameters=31.0, memory=100.0, rules=("a", "b")), rules=True)
    assert headings(ranking) == [
        "rank", "detector", "rule", "mean", "to leader", "round", "square", "seeds", "model size", "fit s", "score s",
        "peak MiB",
    ]  # fmt: skip


def test_columns_without_information_are_left_out(board, outcomes):
    trials = [*outcomes([0.9, 0.8]), *outcomes([0.7, 0.6], detector="b", params={"power": 2})]
    assert not {"rule", "settings", "published", "model size", "peak MiB"} & set(headings(board(trials)))
    assert cells(board(trials, non_default=lambda o: o.trial.params), "settings") == ["defaults", "power=2"]


def test_values_that_differ_are_rows_of_their_own_and_read_differently(board, outcomes):
    values = ({"mode": "1"}, {"mode": 1}, {"mode": "a, power=2"}, {"mode": "a", "power": 2})
    trials = [o for index, params in enumerate(values) for o in outcomes([0.9 - index / 10] * 2, params=params)]
    shown = board(trials, non_default=lambda o: o.trial.params)
    assert [row.non_default for row in shown.rows] == list(values)
    assert cells(shown, "settings") == ['mode="1"', "mode=1", 'mode="a, power=2"', "mode=a, power=2"]
    assert str(shown).splitlines()[1:3] == [
        '1     toy       mode="1"           90.0',
        "2     toy       mode=1             80.0",
    ]


def test_a_rank_and_the_difference_to_the_leader_have_their_intervals(board, outcomes):
    tasks = [str(task) for task in range(10)]
    rows = {
        "a": [0.95 + 0.001 * task for task in range(10)],
        "b": [0.95 + 0.001 * ((7 * task) % 10) for task in range(10)],
        "c": [0.5] * 10,
    }
    rows["b"][0] -= 0.004
    ranking = board([o for name, values in rows.items() for o in outcomes(values, detector=name, tasks=tasks)])
    assert cells(ranking, "rank") == ["1 (1-2)", "2 (1-2)", "3"]
    assert cells(ranking, "to leader") == ["–", "+0.0 (-0.3 to +0.2)", "-45.4 (-45.7 to -45.2)"]
    assert "p" not in headings(ranking), "it is in the details"


def test_the_details_have_p_and_the_number_of_rows_that_it_is_corrected_for(board, outcomes):
    tasks = [str(task) for task in range(10)]
    rows = {"a": [[0.95 + task / 1000, 0.94 + task / 1000] for task in range(10)], "b": [[0.6]] * 10, "c": [[0.5]] * 10}
    trials = [o for name, of in rows.items() for o in outcomes(*zip(*of, strict=True), detector=name, tasks=tasks)]
    _, details = leaderboard_report(board(trials), details=True).tables
    lines = {row[0].text: [cell.text for cell in row[1:]] for row in details.rows}
    assert lines["a"] == ["–", "–", "–", "–", "0.71", "own"]
    assert lines["b"] == ["-35.45", "-35.67 to -35.23", "0.004", "0", "0.71", "framework"]
    assert "Holm-corrected for 2 rows" in "".join(span.text for note in details.notes for span in note.spans)


@pytest.mark.parametrize(("count", "text"), [(31.0, "31"), (98_400.0, "98.4k"), (1_234_567.0, "1.23M"), ("many", None)])
def test_parameters_are_counted_in_three_digits(board, outcomes, count, text):
    ranking = board(outcomes([0.9, 0.8], parameters=count))
    assert cells(ranking, "model size") == [text] if text else "model size" not in headings(ranking)


def test_memory_is_the_most_of_any_trial(board, outcomes):
    trials = [*outcomes([0.9, 0.8], memory=100.0)[:1], *outcomes([0.9, 0.8], memory=250.4)[1:]]
    assert cells(board(trials), "peak MiB") == ["250"]


def test_baselines_are_in_a_table_of_their_own_unranked_and_not_bold(board, outcomes):
    values = {"mean pixel": 0.61, "hash": 0.499}
    ranking = board([*outcomes([0.6, 0.55], baselines=values), *outcomes([0.5, 0.5], detector="b", baselines=values)])
    _, table = leaderboard_report(ranking).tables
    assert table.title == "Baselines"
    assert [column.heading for column in table.columns] == ["baseline", "mean", "round", "square"]
    assert [[(cell.text, cell.bold) for cell in row] for row in table.rows] == [
        [("mean pixel", False), *[("61.0", False)] * 3],
        [("hash", False), *[("49.9", False)] * 3],
    ]
    assert [row.detector for row in ranking.rows] == ["toy", "b"]


@pytest.mark.parametrize("options", [{"metric": "average_precision"}, {"validation": True}])
def test_baselines_are_of_the_test_sets_roc_auc_alone(board, outcomes, options):
    trials = outcomes([0.6, 0.5], baselines={"hash": 0.5}, validation_only=options.get("validation", False))
    assert board(trials, **options).baselines == {}


def test_a_detector_that_is_a_baseline_is_listed_among_them_and_has_no_rank(board, outcomes):
    values = {"hash": 0.499}
    trials = [
        *outcomes([0.6, 0.55], baselines=values),
        *outcomes([0.9, 0.8], [0.7, 0.8], detector="still", baselines=values),
        *outcomes([0.5, None], detector="still", params={"power": 3}, baselines=values),
    ]
    options = {"non_default": lambda o: o.trial.params, "is_baseline": {"still"}.__contains__}
    ranking = board(trials, **options)
    assert [(row.rank, row.detector) for row in ranking.rows] == [(1, "toy")]
    assert [(row.rank, row.uncertainty) for row in ranking.baseline_rows] == [(None, None)] * 2
    table = leaderboard_report(ranking).tables[1]
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["hash", "49.9", "49.9", "49.9"],
        ["still", "80.0 ± 7.1", "80.0", "80.0"],
        ["still:power=3", "–", "50.0", "–"],
    ]
    assert not any(cell.bold for row in table.rows for cell in row)
    notes = [str(note) for note in table.notes]
    assert "no mean yet; missing: square: failed" in notes[-1]


def test_a_baseline_detector_is_on_boards_of_every_metric(board, outcomes):
    trials = outcomes([0.6, 0.5], detector="still")
    ranking = board(trials, "average_precision", is_baseline={"still"}.__contains__)
    assert (ranking.rows, ranking.baselines) == ((), {})
    assert [table.title for table in leaderboard_report(ranking).tables] == ["", "Baselines"]
