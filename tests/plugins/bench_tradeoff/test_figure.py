import pytest
from toy_tradeoffs import TASKS, conditioned, separate, tradeoff

from bench_tradeoff.figure import picture, tradeoff_figure


@pytest.mark.parametrize(
    ("suffix", "signature"), [(".png", b"\x89PNG\r\n\x1a\n"), (".svg", b"<?xml"), (".pdf", b"%PDF-")]
)
def test_a_picture_is_written_in_each_form_and_alike_each_time(suffix, signature):
    found = tradeoff([*conditioned(), *separate()])
    content = picture(tradeoff_figure(found), suffix)
    assert content.startswith(signature)
    assert picture(tradeoff_figure(found), suffix) == content
    assert b"CreationDate" not in content


def test_the_picture_names_its_axes_and_says_what_was_chosen_with_labels_and_what_without():
    svg = picture(tradeoff_figure(tradeoff([*conditioned(), *separate()])), ".svg").decode()
    for text in (
        "level (logarithmic)",
        "ROC-AUC in %, higher is better",
        "once, trained once (2 trials, 1 seed)",
        "anew, trained for each value (4 trials, 1 seed)",
        "its best value, 1: 84.0 (oracle)",
        "at its label-free choice: 70.0",
        "Means over 2 tasks; bands: the middle half of the tasks",
    ):
        assert f">{text}<" in svg


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ((0.1, 1.0, 10.0), "log"),
        ((0.0, 0.1, 10.0), "symlog"),
        ((1.0, 2.0, 3.0), "linear"),
        ((-5.0, 0.1, 90.0), "linear"),
    ],
)
def test_a_picture_is_logarithmic_where_values_are_positive_and_far_apart_and_has_a_place_for_zero(values, scale):
    grid = dict.fromkeys(values, (0.9, 0.8))
    found = tradeoff([*conditioned(grid, chosen=dict.fromkeys(TASKS, values[1])), *separate(grid)])
    (axes,) = tradeoff_figure(found).axes
    assert axes.get_xscale() == scale
    assert list(axes.get_xticks()) == list(values)
