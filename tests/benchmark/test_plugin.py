import pytest

from benchmark import plugin


@pytest.mark.parametrize("name", plugin.__all__)
def test_every_public_name_exists_and_is_described(name):
    assert getattr(plugin, name) is not None
    assert f"`{name}`" in plugin.__doc__


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"module 'benchmark\.plugin' has no attribute 'Board'"):
        plugin.Board  # noqa: B018
