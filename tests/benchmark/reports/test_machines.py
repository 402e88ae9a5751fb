"""The notes on trials of different machines and versions."""

import dataclasses

import pytest

from benchmark.interfaces.outcome import Measure
from benchmark.metrics.builtin import SPECS
from benchmark.reports.machines import machine_notes

METRIC = SPECS[0]
OLD = {"instruction_sets": ["avx", "avx2"], "variables": {}, "versions": {"numpy": "2.0", "python": "3.11"}}
NEW = {**OLD, "instruction_sets": ["avx", "avx2", "avx512f"]}
UNKNOWN = "no trial was run under two of these with the same code, so how much they change the numbers is not known"


def of(outcomes, provenance, **facts):
    return outcomes([0.9, 0.8], provenance=provenance, **facts)


def test_trials_of_one_machine_and_one_set_of_versions_have_no_note(outcomes):
    assert machine_notes([*of(outcomes, OLD), *of(outcomes, OLD, detector="b")], (), METRIC) == ()


def test_instruction_sets_that_differ_are_told_by_those_that_not_all_machines_have(outcomes):
    mixed = [*of(outcomes, NEW), *of(outcomes, OLD, detector="b"), *of(outcomes, NEW, detector="c")]
    assert machine_notes(mixed, (), METRIC) == (
        "instruction sets that not all machines have: avx512f (4 trials); none of them (2 trials)",
        UNKNOWN,
    )


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"variables": {"OMP_SCHEDULE": "static", "ONEDNN_MAX_CPU_ISA": "AVX2"}},
         "environment variables: OMP_SCHEDULE=static, ONEDNN_MAX_CPU_ISA=AVX2 (2 trials); none (2 trials)"),
        ({"versions": {"numpy": "2.1", "python": "3.11"}}, "numpy: 2.0 (2 trials); 2.1 (2 trials)"),
    ],
)  # fmt: skip
def test_variables_and_versions_that_differ_are_counted(outcomes, changed, text):
    mixed = [*of(outcomes, OLD), *of(outcomes, {**OLD, **changed}, detector="b")]
    assert machine_notes(mixed, (), METRIC) == (text, UNKNOWN)


def test_blas_is_compared_by_name_version_and_architecture_and_not_by_its_threads(outcomes):
    def blas(architecture, threads=1):
        library = {"name": "openblas", "version": "0.3", "architecture": architecture, "threads": threads}
        return {**OLD, "blas": {"numpy": library}}

    assert machine_notes([*of(outcomes, blas("Zen")), *of(outcomes, blas("Zen", 2), detector="b")], (), METRIC) == ()
    mixed = [*of(outcomes, blas("Zen")), *of(outcomes, blas("Haswell"), detector="b")]
    expected = "BLAS of numpy: openblas 0.3 Haswell (2 trials); openblas 0.3 Zen (2 trials)"
    assert machine_notes(mixed, (), METRIC)[0] == expected


def test_what_an_outcome_does_not_record_is_no_difference(outcomes):
    others = [{}, {"versions": {"torch": "2.5"}}, {"blas": {"scipy": {"name": "openblas"}}}, {"blas": "damaged"}]
    for provenance in others:
        assert machine_notes([*of(outcomes, OLD), *of(outcomes, provenance, detector="b")], (), METRIC) == ()


def test_the_version_of_python_is_not_compared(outcomes):
    other = {**OLD, "versions": {"numpy": "2.0", "python": "3.12"}}
    assert machine_notes([*of(outcomes, OLD), *of(outcomes, other, detector="b")], (), METRIC) == ()


def test_older_outcomes_are_compared_by_the_name_of_the_processor(outcomes):
    mixed = [*of(outcomes, {"cpu": "A"}), *of(outcomes, {"cpu": "B"}, detector="b"), *of(outcomes, OLD, detector="c")]
    text = "processor, of trials without recorded instruction sets: A (2 trials); B (2 trials)"
    assert machine_notes(mixed, (), METRIC)[0] == text


def test_repeated_trials_say_by_how_much_the_machines_change_a_number(outcomes):
    one, other = of(outcomes, NEW), outcomes([0.903, 0.799], provenance=OLD)
    notes = machine_notes([*other, *of(outcomes, NEW, detector="b")], [*one, *other], METRIC)
    assert notes[-1] == (
        "2 trials run under two of these with the same code: the values of a trial differ by 0.20 points on average,"
        " at most by 0.30 points"
    )
    assert machine_notes([*one, *of(outcomes, OLD, detector="b")], [*one, *of(outcomes, OLD)], METRIC)[-1] == (
        "2 trials run under two of these with the same code: the values of a trial are equal"
    )


def test_attempts_on_one_machine_with_other_code_or_without_a_number_say_nothing(outcomes):
    board, one = [*of(outcomes, NEW), *of(outcomes, OLD, detector="b")], of(outcomes, NEW)
    other = outcomes([0.5, 0.5], provenance=OLD)
    for repeated in (
        [*one, *outcomes([0.5, 0.5], provenance=NEW)],
        [*one, *(dataclasses.replace(each, source="other") for each in other)],
        [*one, *(dataclasses.replace(each, status="failed") for each in other)],
        [*one, *(dataclasses.replace(each, metrics={"distance": {"fpr_at_95_tpr": Measure(0.1)}}) for each in other)],
    ):
        assert machine_notes(board, repeated, METRIC)[-1] == UNKNOWN


def test_only_gpus_that_computed_are_compared(outcomes):
    def gpu(name):
        return {**OLD, "device_name": name}

    assert machine_notes([*of(outcomes, gpu("A")), *of(outcomes, gpu("B"), detector="b")], (), METRIC) == ()
    mixed = [*of(outcomes, gpu("A"), device="cuda"), *of(outcomes, gpu("B"), detector="b", device="cuda")]
    assert machine_notes(mixed, (), METRIC)[0] == "GPU: A (2 trials); B (2 trials)"


def test_a_board_has_the_notes_below_it(board, outcomes):
    from benchmark.reports.leaderboard import leaderboard_report

    shown = board([*of(outcomes, OLD), *of(outcomes, NEW, detector="b")])
    texts = ["".join(span.text for span in note.spans) for note in leaderboard_report(shown).tables[0].notes]
    assert any(text.startswith("instruction sets that not all machines have: ") for text in texts)
    assert UNKNOWN in texts
