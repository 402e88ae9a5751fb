"""The page of a trial: its cost and its provenance."""

import dataclasses

from toy_reports import toy_outcome

from benchmark.interfaces.outcome import Cost
from benchmark.registry import Registry
from benchmark.reports.trial_page import trial_report


def facts(**changes):
    """Return name -> value of the first table."""
    table = trial_report(dataclasses.replace(toy_outcome(), **changes), Registry()).tables[0]
    return {name.text: value.text for name, value in table.rows}


def test_processor_seconds_and_the_load_are_beside_the_wall_seconds():
    shown = facts(cost=Cost(fit_seconds=9.0, fit_cpu_seconds=2.5, score_cpu_seconds=0.5, load_average=3.25))
    assert [shown["fit seconds"], shown["fit processor seconds"]] == ["9", "2.5"]
    assert [shown["score processor seconds"], shown["load average at the start"]] == ["0.5", "3.25"]


def test_what_the_arithmetic_depends_on_is_listed_in_words():
    library = {"name": "openblas", "version": "0.3.30", "architecture": None, "threads": 1}
    shown = facts(
        provenance={
            "instruction_sets": ["avx", "avx2"], "variables": {"MKL_CBWR": "AVX2"}, "blas": {"numpy": library},
            "versions": {"numpy": "2.4.6", "scipy": "1.17.1"}, "clean": True,
        }
    )  # fmt: skip
    assert shown["instruction sets"] == "avx, avx2"
    assert shown["variables"] == "MKL_CBWR AVX2"
    assert shown["blas"] == "numpy openblas 0.3.30 threads=1"
    assert shown["versions"] == "numpy 2.4.6, scipy 1.17.1"
    assert shown["uncommitted changes"] == "no"


def test_what_is_recorded_and_empty_reads_none():
    shown = facts(provenance={"instruction_sets": [], "variables": {}, "blas": {}})
    assert {shown[name] for name in ("instruction sets", "variables", "blas")} == {"none"}
