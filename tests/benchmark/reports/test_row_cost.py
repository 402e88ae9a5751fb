"""Which seconds a board shows, and what it says of them."""

from benchmark.reports.leaderboard import leaderboard_report

CPU = {"fit_cpu_seconds": 1.5, "score_cpu_seconds": 0.25}


def shown(ranking):
    """Return heading -> cells of the columns of seconds."""
    table = leaderboard_report(ranking).tables[0]
    columns = zip(table.columns, zip(*table.rows, strict=True), strict=True)
    return {column.heading: [cell.text for cell in cells] for column, cells in columns if column.heading.endswith(" s")}


def notes(ranking):
    return "\n".join("".join(span.text for span in each.spans) for each in leaderboard_report(ranking).tables[0].notes)


def test_processor_seconds_are_shown_and_wall_seconds_are_not(board, outcomes):
    ranking = board(outcomes([0.9, 0.8], cost=CPU))
    assert shown(ranking) == {"fit cpu s": ["1.5"], "score cpu s": ["0.2"]}
    assert "processor seconds" in notes(ranking)
    assert "wall seconds" not in notes(ranking)


def test_rows_without_processor_seconds_show_wall_seconds(board, outcomes):
    ranking = board([*outcomes([0.9, 0.8], cost=CPU), *outcomes([0.7, 0.6], detector="old")])
    assert shown(ranking) == {
        "fit cpu s": ["1.5", "–"], "score cpu s": ["0.2", "–"], "fit s": ["–", "2.0"], "score s": ["–", "0.5"],
    }  # fmt: skip
    assert "no processor seconds" in notes(ranking)


def test_a_row_with_processor_seconds_of_some_trials_shows_wall_seconds(board, outcomes):
    trials = [outcomes([0.9, 0.8], cost=CPU)[0], outcomes([0.9, 0.8])[1]]
    assert shown(board(trials)) == {"fit s": ["2.0"], "score s": ["0.5"]}


def test_a_gpu_shows_wall_seconds_with_its_name(board, outcomes):
    provenance = {"device_name": "Toy GPU"}
    ranking = board(outcomes([0.9, 0.8], cost=CPU, device="cuda", provenance=provenance))
    assert shown(ranking) == {"fit s": ["2.0"], "score s": ["0.5"]}
    assert "wall seconds on Toy GPU." in notes(ranking)


def test_a_board_for_programs_has_both(board, outcomes):
    row = leaderboard_report(board(outcomes([0.9, 0.8], cost=CPU))).data[0]
    assert (row["fit_seconds"], row["fit_cpu_seconds"]) == (2.0, 1.5)
    assert (row["score_seconds"], row["score_cpu_seconds"]) == (0.5, 0.25)
