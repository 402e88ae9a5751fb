import numpy as np
import pytest

from bench_hybrid.classifiers import dense, random_forest, xgboost
from bench_hybrid.reference import Reference


@pytest.fixture
def reference(codes):
    return Reference.of(codes(), "uniform", size=200, seed=0)


def test_the_last_layer_before_the_sigmoid_is_the_log_odds(codes, reference, monkeypatch):
    from bench_hybrid import classifiers

    made = []
    real = classifiers.MLPClassifier
    monkeypatch.setattr(classifiers, "MLPClassifier", lambda **options: made.append(real(**options)) or made[0])
    head = dense(codes(), reference, units=(16, 8), epochs=20, seed=0)
    shares = made[0].predict_proba(codes(50, seed=1))
    assert head.score(codes(50, seed=1)) == pytest.approx(np.log(shares[:, 1] / shares[:, 0]))


def test_log_odds_do_not_saturate(codes, reference):
    far = np.linspace(100, 200, 20)[:, None] * [1, 0, 0]
    assert (np.diff(dense(codes(), reference, units=(16,), epochs=20, seed=0).score(far)) != 0).all()


def test_a_forest_of_one_leaf_says_how_many_of_each_it_holds(codes):
    training = codes(2)
    one_leaf = Reference.of(training, "uniform", size=2, seed=0)
    scores = random_forest(training, one_leaf, trees=50, seed=0, threads=1).score(codes(10, seed=1))
    assert len(np.unique(scores)) == 1
    assert abs(scores[0]) < 0.5


def test_a_pure_leaf_says_more_the_more_it_holds(codes):
    from bench_hybrid.classifiers import _leaf_log_odds

    class Tree:
        value = np.array([[[0.5, 0.5]], [[1.0, 0.0]], [[1.0, 0.0]], [[0.0, 1.0]]])
        weighted_n_node_samples = np.array([40.0, 5.0, 20.0, 15.0])

    assert _leaf_log_odds(Tree()) == pytest.approx(np.log([1, 1 / 6, 1 / 21, 16]))


def test_boosted_trees_begin_where_only_the_way_coordinates_go_together_differs():
    pytest.importorskip("xgboost")
    line = np.random.RandomState(0).uniform(-1, 1, 400)
    training = np.column_stack([line, line])
    shuffled = Reference.of(training, "shuffled", size=400, seed=0)
    scores = xgboost(training, shuffled, trees=20, seed=0, threads=1).score(np.array([[0.5, 0.5], [0.5, -0.5]]))
    assert scores[1] > scores[0] + 1
