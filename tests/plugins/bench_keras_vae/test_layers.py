import numpy as np
import pytest

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def layers(keras):
    from bench_keras_vae import layers

    return layers


def softmax(rows):
    raised = np.exp(rows - rows.max(axis=-1, keepdims=True))
    return raised / raised.sum(axis=-1, keepdims=True)


def seen_by(attention, x):
    """Return what every place sees, with numpy."""
    flat = x.reshape(len(x), -1, x.shape[-1]).astype(np.float64)
    query, key, value = (
        flat @ np.asarray(p.kernel, np.float64)[0, 0] for p in (attention.query, attention.key, attention.value)
    )
    return (softmax(query @ key.transpose(0, 2, 1)) @ value).reshape(x.shape)


def test_attention_begins_by_changing_nothing(layers, images):
    x = images(3, (4, 3, 8))
    assert np.array_equal(np.asarray(layers.SelfAttention("add")(x)), x)


def test_added_attention_is_the_input_and_a_share_of_what_is_seen(layers, images):
    x = images(3, (4, 3, 16))
    attention = layers.SelfAttention("add")
    attention(x)
    attention.scale.assign(0.7)
    attention.query.kernel.assign(10 * attention.query.kernel)
    assert np.asarray(attention(x)) == pytest.approx(x + 0.7 * seen_by(attention, x), abs=1e-5)


def test_concatenated_attention_stands_beside_the_input_from_the_beginning(layers, images):
    x = images(3, (4, 3, 8))
    attention = layers.SelfAttention("concat")
    made = np.asarray(attention(x))
    assert made.shape == attention.compute_output_shape(x.shape) == (3, 4, 3, 16)
    assert np.array_equal(made[..., :8], x)
    assert made[..., 8:] == pytest.approx(seen_by(attention, x), abs=1e-5)


def test_an_image_does_not_see_its_neighbours(layers, images):
    x = images(3, (4, 3, 8))
    attention = layers.SelfAttention("concat")
    assert np.asarray(attention(x))[1:] == pytest.approx(np.asarray(attention(x[1:])), abs=1e-6)


@pytest.mark.parametrize("how", ["add", "concat"])
def test_attention_comes_back_from_its_config(layers, how):
    attention = layers.SelfAttention.from_config(layers.SelfAttention(how, name="attention").get_config())
    assert (attention.how, attention.name) == (how, "attention")


def test_film_begins_by_changing_nothing(layers, images):
    x = images(3, (4, 3, 8))
    assert np.array_equal(np.asarray(layers.FiLM()(x, np.ones((3, 5), np.float32))), x)


@pytest.mark.parametrize("shape", [(4, 3, 8), (8,)])
def test_film_scales_and_shifts_each_channel_as_its_own_condition_says(layers, images, shape):
    x, condition = images(3, shape), images(3, (5,), seed=1)
    film = layers.FiLM()
    film(x, condition)
    random = np.random.RandomState(0)
    kernel, bias = random.normal(size=(5, 16)), random.normal(size=16)
    film.project.kernel.assign(kernel)
    film.project.bias.assign(bias)
    told = condition @ kernel + bias
    expected = [(1 + t[:8]) * image + t[8:] for image, t in zip(x, told, strict=True)]
    assert np.asarray(film(x, condition)) == pytest.approx(np.stack(expected), abs=1e-5)
