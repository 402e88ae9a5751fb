import pytest

from benchmark.interfaces import errors
from benchmark.interfaces.errors import BenchError, UnknownName, did_you_mean

KNOWN = ["pca", "ocvae", "deep_svdd"]


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name != "did_you_mean"])
def test_every_error_is_one_of_the_tree_and_shows_its_message(name):
    error = getattr(errors, name)
    assert issubclass(error, BenchError)
    assert str(error("no such thing")) == "no such thing"


def test_an_owner_stands_before_the_message_and_both_can_be_read():
    error = UnknownName("no parameter is called 'epoch'", owner="detector 'pca'")
    assert str(error) == "detector 'pca': no parameter is called 'epoch'"
    assert (error.message, error.owner) == ("no parameter is called 'epoch'", "detector 'pca'")


@pytest.mark.parametrize(
    ("typed", "meant"), [("ocva", "ocvae"), ("deep-svdd", "deep_svdd"), ("PCA", None), ("x", None)]
)
def test_the_closest_name_is_suggested_and_none_where_none_is_close(typed, meant):
    message = str(did_you_mean("detector", typed, KNOWN))
    assert message.startswith(f"no detector is called {typed!r}.")
    assert ("Did you mean" in message) == (meant is not None)
    assert meant is None or f"Did you mean {meant!r}?" in message


def test_all_known_names_are_listed_in_order():
    assert str(did_you_mean("detector", "x", KNOWN)).endswith("Known: deep_svdd, ocvae, pca")


def test_nothing_known_is_said_so():
    assert str(did_you_mean("plugin", "x", iter(()))) == "no plugin is called 'x'. Known: none"


def test_the_answer_to_an_unknown_name_is_returned_and_not_raised():
    assert isinstance(did_you_mean("detector", "x", KNOWN), UnknownName)
