import itertools

import numpy as np
import pytest

pytestmark = pytest.mark.torch

SIDE = 8


def reference(image, *, flip, right, down, turns):
    """Pixel by pixel, in the authors' order: flip, then translation with reflection at the edge, then quarter turns."""
    side = len(image)

    def reflected(place):
        while not 0 <= place < side:
            place = -1 - place if place < 0 else 2 * side - 1 - place
        return place

    flipped = [[image[row][side - 1 - column if flip else column] for column in range(side)] for row in range(side)]
    result = [[flipped[reflected(r - down)][reflected(c - right)] for c in range(side)] for r in range(side)]
    for _ in range(turns):  # the right-hand column becomes the top row
        result = [[result[column][side - 1 - row] for column in range(side)] for row in range(side)]
    return np.array(result)


def asymmetric(channels=3):
    return np.random.RandomState(0).uniform(size=(SIDE, SIDE, channels)).astype(np.float32)


WAYS = list(itertools.product((False, True), (0, -2, 2), (0, -2, 2), range(4)))


@pytest.mark.parametrize("number", range(72))
def test_each_of_the_72_equals_a_plain_reference(number):
    import torch

    from bench_rotation.transformations import geometric, pixel_maps, transformed

    maps = pixel_maps(geometric(SIDE), SIDE)
    flip, right, down, turns = WAYS[number]
    image = asymmetric()
    result = transformed(torch.from_numpy(image).reshape(1, -1, 3), maps[number])
    expected = reference(image, flip=flip, right=right, down=down, turns=turns)
    assert np.array_equal(result[0].permute(1, 2, 0).numpy(), expected)


@pytest.mark.parametrize("shift", [1, 8, 15, 16, 17, 30, 100])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_translation_may_be_longer_than_the_image(shift, sign):
    from bench_rotation.transformations import Transformation

    image = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    way = {"flip": False, "right": sign * shift, "down": 3 - sign * shift, "turns": 0}
    assert np.array_equal(Transformation(**way).applied(image), reference(image, **way))


def test_no_two_of_the_72_are_alike():
    from bench_rotation.transformations import geometric, pixel_maps

    assert len({tuple(each.tolist()) for each in pixel_maps(geometric(SIDE), SIDE)}) == 72


def test_the_first_leaves_an_image_as_it_is():
    from bench_rotation.transformations import geometric, pixel_maps, quarter_turns

    for transformations in (geometric(SIDE), quarter_turns()):
        assert pixel_maps(transformations, SIDE)[0].tolist() == list(range(SIDE * SIDE))


def test_a_batch_under_many_transformations_is_each_image_under_its_own():
    import torch

    from bench_rotation.transformations import geometric, pixel_maps, transformed

    maps = pixel_maps(geometric(SIDE), SIDE)
    pixels = torch.rand(10, SIDE * SIDE, 3)
    which = torch.randint(72, (10,))
    together = transformed(pixels, maps[which])
    for number in range(10):
        assert torch.equal(together[number], transformed(pixels[number : number + 1], maps[which[number]])[0])


def test_turned_copies_come_in_groups_of_four_turns():
    from bench_rotation.transformations import turned_copies

    copies = turned_copies(flips=True, shift=1)
    assert len(copies) == 2 * 9 * 4 == len(set(copies))
    assert [each.turns for each in copies] == [0, 1, 2, 3] * 18
    assert {each.flip for each in turned_copies(flips=False, shift=0)} == {False}
