import pytest

pytestmark = pytest.mark.torch


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_the_values_of_all_batches_are_joined_in_order(torch, size):
    from bench_toolkit.batches import in_batches

    images = torch.arange(14.0).reshape(7, 2)
    batches = []

    def doubled(batch):
        batches.append(len(batch))
        return 2 * batch

    assert torch.equal(in_batches(doubled, images, size), 2 * images)
    assert max(batches) <= size


def test_no_gradients_are_kept(torch):
    from bench_toolkit.batches import in_batches

    assert not in_batches(torch.nn.Linear(2, 1), torch.zeros(3, 2), 2).requires_grad
