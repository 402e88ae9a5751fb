"""What the notes of a board say about the choice of parameters and the images in the fit."""

import pytest

from benchmark.reports.notes import board_notes


def text(note):
    return "".join(span.text for span in note.spans)


def test_the_first_note_says_that_labels_chose_the_defaults(board, outcomes):
    first = text(board_notes(board(outcomes([0.9, 0.8])))[0])
    assert "Default parameters were chosen with --validation-only, on labelled training images" in first
    assert "also of the classes that are anomalous here; no test image was used" in first


@pytest.mark.parametrize(("validation", "says_so"), [(0.1, True), (0.0, False)])
def test_it_says_that_rows_with_held_out_images_train_on_fewer_than_publications_do(
    board, outcomes, validation, says_so
):
    first = text(board_notes(board(outcomes([0.9, 0.8], validation=validation)))[0])
    assert ("train without 10 % of the class's training images (at most 500)" in first) == says_so


def test_names_in_the_remarks_on_seeds_are_texts_from_elsewhere(board, outcomes):
    ranking = board([*outcomes([0.9, 0.8], [0.9, 0.7], detector="`a`"), *outcomes([0.5, 0.4], detector="b")])
    (remark, *_) = [note for note in board_notes(ranking) if "Not all rows" in text(note)]
    assert "`a`" in text(remark) and not any(span.code for span in remark.spans)
