import numpy as np
import pytest

from benchmark import FitContext, NotFitted

pytestmark = pytest.mark.torch


@pytest.fixture
def linear(torch):
    """A detector whose network is one linear layer, and whose one value is a mean."""
    from bench_toolkit.network_detector import NetworkDetector

    class Linear(NetworkDetector):
        name = "linear"

        def build(self):
            height, width, channels = self.shape
            return torch.nn.Linear(height * width * channels, 2)

        def learn(self, images, context):
            self.values["mean"] = self.codes(images).mean(dim=0)

        def score(self, images):
            away = self.codes(images) - self.values["mean"]
            return {"distance": away.square().sum(dim=1).double().numpy()}

        def codes(self, images):
            with torch.no_grad():
                return self.network(torch.from_numpy(images.reshape(len(images), -1).copy()))

    return Linear


def test_before_a_fit_it_has_no_network_and_no_facts(linear, images):
    with pytest.raises(NotFitted, match="'linear' must be fitted"):
        linear(None).score(images(2))
    assert linear(None).facts() == {}


def test_its_fact_is_the_number_of_parameters(linear, images):
    detector = linear(None)
    detector.fit(images(), FitContext())
    assert detector.facts() == {"parameters": 8 * 8 * 2 + 2}


def test_saved_and_loaded_it_scores_the_same(linear, images, tmp_path):
    detector, again = linear(None), linear(None)
    detector.fit(images(), FitContext())
    detector.save(tmp_path)
    again.load(tmp_path)
    assert np.array_equal(again.score(images(9))["distance"], detector.score(images(9))["distance"])


def test_what_is_saved_holds_tensors_alone(linear, images, tmp_path, torch):
    detector = linear(None)
    detector.fit(images(), FitContext())
    detector.save(tmp_path)
    state = torch.load(tmp_path / "model.pt", weights_only=True)
    assert set(state) == {"network.weight", "network.bias", "value.mean", "shape"}


def test_a_fit_forgets_the_values_of_the_one_before(linear, images):
    detector = linear(None)
    detector.fit(images(), FitContext())
    detector.values["other"] = detector.values["mean"]
    detector.fit(images(), FitContext())
    assert set(detector.values) == {"mean"}
