import numpy as np
import pytest
from sklearn.svm import OneClassSVM

from bench_hybrid.support import ocsvm


def test_it_has_the_sign_and_the_order_of_the_decision_function(codes):
    training, at = codes(), codes(100, seed=1)
    head = ocsvm(training, nu=0.2, gamma=4)
    svm = OneClassSVM(gamma=head.facts["gamma"], nu=0.2).fit(training)
    outside = -svm.decision_function(at)
    scores = head.score(at)
    assert head.facts["gamma"] == pytest.approx(4 / training.var(axis=0).sum())
    assert np.exp(scores) == pytest.approx(svm.offset_ / (svm.offset_ - outside))
    assert ((scores > 0) == (outside > 0)).all()
    assert (np.argsort(scores) == np.argsort(outside)).all()


@pytest.mark.parametrize("nu", [0.05, 0.3])
def test_about_a_share_nu_of_the_training_codes_lies_outside(codes, nu):
    training = codes(400)
    head = ocsvm(training, nu=nu, gamma=1)
    assert (head.score(training) > 1e-3).mean() <= nu + 0.01
    assert head.facts["support_vectors"] >= nu * 400


def test_codes_whose_kernels_vanish_still_differ(codes):
    scores = ocsvm(codes(), nu=0.1, gamma=4).score(np.array([[1e3, 0, 0], [2e3, 0, 0]]))
    assert scores[1] > scores[0]
