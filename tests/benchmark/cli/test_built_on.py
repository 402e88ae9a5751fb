"""A detector that is built on another, on the command line: its table is set, run, shown and picked."""

import sys
from pathlib import Path

import pytest
from texts import markdown_tables

from benchmark.registry import registry

pytestmark = pytest.mark.slow

RUN = ("run", "--detector", "built", "--dataset", "shapes", "--classes", "0")


@pytest.fixture(autouse=True)
def plugins(toys, built):
    """The detector, and the one that it is built on by default."""


def settings(result):
    """The settings of the trials that a dry run lists."""
    assert result.code == 0, result.err
    lines = [line for line in result.out.splitlines() if "  run " in line]
    return [line.partition("seed 0")[2].strip() for line in lines]


@pytest.mark.parametrize("key", ["encoder_parameters", "built.encoder_parameters"])
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("{power=3}", ["encoder_parameters={power=3.0}"]),
        ("{power=3, epochs=1}", ["encoder_parameters={epochs=1,power=3.0}"]),
        ("{power=3},{epochs=1}", ["encoder_parameters={power=3.0}", "encoder_parameters={epochs=1}"]),
        ("{}", [""]),
    ],
)
def test_a_table_is_one_value_and_a_comma_between_tables_sweeps(bench, key, value, shown):
    assert settings(bench(*RUN, "--dry-run", "--set", f"{key}={value}")) == shown


def test_a_study_sets_the_table_by_dotted_keys_and_sweeps_it(bench):
    Path("study.toml").write_text("""
        datasets = ["shapes"]
        classes = "0"
        [[detectors]]
        name = "built"
        set.encoder_parameters.power = 3
        set.encoder_parameters.epochs = 1
        [[detectors]]
        name = "built"
        [detectors.sweep]
        encoder_parameters = [{power = 4}, {}]
    """)
    assert settings(bench("run", "--config", "study.toml", "--dry-run")) == [
        "encoder_parameters={epochs=1,power=3.0}", "encoder_parameters={power=4.0}", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("encoder=tox", "detector 'built', encoder: no detector is called 'tox'. Did you mean 'toy'?"),
        ("encoder_parameters={powr=2}",
         "detector 'built', encoder 'toy': no parameter is called 'powr'. Did you mean 'power'?"),
        ("encoder_parameters={power=0.5}", "detector 'built', encoder 'toy': power = 0.5 is refused"),
        ("encoder_parameters=3", "detector 'built': encoder_parameters = 3 is refused"),
        ("encoder=toy_without", "detector 'built', encoder 'toy_without' needs no_such_package, which is not installed"
                                " here; run: pip install 'oneclass-bench[nothing]'"),
        ("head=forest", "detector 'built' needs no_such_package, which is not installed here; run: pip install"
                        " 'bench-forest'"),
    ],
)  # fmt: skip
def test_a_refusal_is_one_line_that_names_the_detector(bench, setting, message):
    result = bench(*RUN, "--set", setting)
    assert result.code == 1
    assert len(result.err.splitlines()) == 1
    assert message in result.err


def test_it_runs_and_is_ranked_shown_and_picked_by_what_is_off_the_others_defaults(bench):
    result = bench(*RUN, "--set", "encoder_parameters={power=3},{}")
    assert result.code == 0, result.err
    assert "encoder_parameters={power=3.0}" in result.out
    again = bench(*RUN, "--set", "encoder_parameters={power=2.0,epochs=3},{power=3}")
    assert "0 trials to run, 2 already" in again.err
    rows = bench("leaderboard", "shapes", "--format", "json").json
    tables = [row["params"]["encoder_parameters"] for row in rows]
    assert sorted(tables, key=str) == [{"power": 2.0, "epochs": 3}, {"power": 3.0, "epochs": 3}]
    trial = bench(*RUN, "--dry-run").out.split()[0]
    assert "version 1 on toy 1" in bench("show", trial).out
    compared = bench("compare", "built:encoder_parameters={power=3}", "built", "--dataset", "shapes")
    assert compared.code == 0, compared.err


@pytest.mark.parametrize("plugin", ["bench_built", "bench_toys"])
def test_an_outcome_is_stale_when_either_plugin_has_changed(bench, tmp_path, plugin):
    bench(*RUN)
    assert "0 trials to run" in bench(*RUN, "--dry-run").out, "the worker has the same source"
    path = tmp_path / "site" / f"{plugin}.py"
    path.write_text(path.read_text() + "\nCHANGED = True\n")
    registry().forget_sources()
    assert "1 trial to run" in bench(*RUN, "--dry-run").out


def test_list_and_show_have_what_follows_from_the_defaults(bench):
    rows = {row["name"]: row for row in bench("list", "detectors", "--format", "json").json}
    assert (rows["built"]["framework"], rows["built"]["rules"]) == ("numpy", ["double"])
    assert {"name": "encoder_parameters", "type": "table", "default": {}, "bounds": "", "doc": "Its parameters."} in (
        rows["built"]["parameters"]
    )
    facts = dict(markdown_tables(bench("show", "built").out)[0])
    assert facts["built on"] == "toy; encoder chooses another detector, encoder_parameters its parameters"
    assert facts["preset quick"] == "encoder_parameters={epochs=1}"
    assert bench("show", "built", "--format", "json").json["presets"]["quick"] == {"encoder_parameters": {"epochs": 1}}


@pytest.fixture
def alone(installed):
    """Without the plugin of what it is built on by default."""
    source = (Path(__file__).parents[2] / "toys" / "bench_built.py").read_text()
    installed("bench_built_alone", source.replace('"toy"', '"gone"').replace('"built"', '"built_alone"'))


def test_a_detector_whose_default_encoder_is_missing_is_listed_with_the_reason(bench, alone):
    rows = {row["name"]: row for row in bench("list", "detectors", "--format", "json").json}
    assert rows["built_alone"]["framework"] == "unknown"
    shown = bench("show", "built_alone")
    assert shown.code == 0
    assert "unknown: detector 'built_alone', encoder: no detector is called 'gone'. " in shown.out
    assert "Known: " in shown.out
    findings = {one["name"]: one for one in bench("doctor", "--format", "json").json["findings"]}
    assert findings["built_alone"]["status"] == "missing"
    assert "no detector is called 'gone'" in findings["built_alone"]["note"]
    refused = bench("run", "--detector", "built_alone", "--dataset", "shapes")
    assert (refused.code, len(refused.err.splitlines())) == (1, 1)


def test_a_board_outlives_what_its_rows_were_built_on(bench, tmp_path):
    bench(*RUN, "--set", "encoder_parameters={power=3}")
    path = tmp_path / "site" / "bench_built.py"
    path.write_text(path.read_text().replace('"toy"', '"pca"'))
    site = tmp_path / "site" / "bench_toys.py"
    site.write_text(site.read_text().replace('spec("toy", ', 'spec("toy_renamed", '))
    for name in ("bench_built", "bench_toys"):
        sys.modules.pop(name, None)
    registry.cache_clear()
    board = bench("leaderboard", "shapes")
    assert board.code == 0, board.err
    assert "encoder=toy, encoder_parameters={epochs=3,power=3.0}" in board.out
