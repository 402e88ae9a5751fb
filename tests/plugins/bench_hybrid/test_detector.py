import numpy as np
import pytest

from bench_hybrid import detector as detector_module
from bench_hybrid.classifiers import dense
from bench_hybrid.configs import HybridConfig
from bench_hybrid.detector import Hybrid
from bench_hybrid.neighbours import knn
from bench_hybrid.reference import Reference
from benchmark import BadData, BenchError, ContractBroken, FitContext, NotFitted, TrainingCollapsed

WITHOUT_BOOST = ("gaussian", "ocsvm", "kde", "knn", "lof", "iforest", "random_forest", "dense")
QUICK = {"heads": WITHOUT_BOOST, "trees": 10, "epochs": 2}


def test_the_encoder_is_trained_once_for_all_rules(coding, fit, images):
    encoder = coding()
    detector = fit(encoder, **QUICK)
    assert encoder.fits == 1
    assert tuple(detector.score(images(5, seed=1))) == WITHOUT_BOOST


def test_the_encoder_is_trained_as_it_is_alone(coding, fit, images):
    np.random.seed(3)
    alone = coding()
    alone.fit(images(), FitContext(seed=3))
    detector = fit(coding(), seed=3, **QUICK)
    assert np.array_equal(detector.embed(images()), alone.embed(images()))


def test_the_harness_gets_the_encoders_losses_but_not_its_score(coding, fit):
    calls = []
    fit(coding(), listener=lambda report, score: calls.append((report, score)), heads=("knn",))
    assert [report.number for report, _ in calls] == [1, 2]
    assert calls[0][0].losses == {"loss": 1.0}
    assert calls[0][0].measures == {"rate": 0.1}
    assert [score for _, score in calls] == [None, None]


def test_scores_are_the_same_in_parts(coding, fit, images):
    detector, probe = fit(coding(), **QUICK), images(40, seed=1)
    whole = detector.score(probe)
    parts = [detector.score(part) for part in np.split(probe, [1, 8, 25])]
    for rule, scores in whole.items():
        assert scores.dtype == np.float64
        assert np.concatenate([part[rule] for part in parts]) == pytest.approx(scores, rel=1e-9), rule


def test_two_fits_with_one_seed_agree(coding, fit, images):
    probe = images(20, seed=1)
    one, again = (fit(coding(), seed=3, **QUICK).score(probe) for _ in range(2))
    for rule in WITHOUT_BOOST:
        assert np.array_equal(one[rule], again[rule]), rule


def test_the_rules_get_the_seed_and_the_threads_of_the_trial_when_fitted_and_when_loaded(
    decoding, images, tmp_path, monkeypatch
):
    calls = []
    monkeypatch.setattr(detector_module, "fit_heads", lambda codes, config, **options: calls.append(options) or {})
    detector = Hybrid(HybridConfig(), decoding())
    detector.fit(images(), FitContext(seed=7, threads=3))
    detector.save(tmp_path)
    Hybrid(HybridConfig(), decoding()).load(tmp_path)
    assert calls == [{"seed": 7, "threads": 3}] * 2


@pytest.mark.parametrize("standardise", [False, True])
def test_the_rules_see_training_and_other_codes_on_the_same_scale(coding, fit, images, standardise):
    detector, probe = fit(coding(), heads=("knn",), standardise=standardise), images(20, seed=1)
    codes = detector.embed(images())
    scale = codes.std(axis=0) if standardise else 1.0
    expected = knn(codes / scale, neighbours=10, threads=1).score(detector.embed(probe) / scale)
    assert detector.score(probe)["knn"] == pytest.approx(expected)


def test_the_rules_see_codes_around_0(coding, fit, images):
    # What `dense` learns depends on that; a distance does not.
    detector, probe = fit(coding(), heads=("dense",), epochs=2), images(20, seed=1)
    codes = detector.embed(images())
    reference = Reference.of(codes - codes.mean(axis=0), "gaussian", size=60, seed=0)
    head = dense(codes - codes.mean(axis=0), reference, units=(128, 128), epochs=2, seed=0)
    expected = head.score(detector.embed(probe) - codes.mean(axis=0))
    assert detector.score(probe)["dense"] == pytest.approx(expected)


def test_what_is_saved_and_loaded_scores_the_same(decoding, fit, images, tmp_path):
    detector, probe = fit(decoding(), seed=3, **QUICK), images(20, seed=1)
    detector.save(tmp_path)
    loaded = Hybrid(HybridConfig(**QUICK), decoding())
    loaded.load(tmp_path)
    for rule, scores in detector.score(probe).items():
        assert np.array_equal(loaded.score(probe)[rule], scores), rule
    assert loaded.facts() == detector.facts()


def test_a_loading_that_fails_leaves_no_rules_of_another_training(decoding, fit, images, tmp_path):
    detector = fit(decoding(), **QUICK)
    detector.save(tmp_path)
    (tmp_path / "codes.npz").unlink()
    with pytest.raises(FileNotFoundError):
        detector.load(tmp_path)
    with pytest.raises(NotFitted):
        detector.score(images(2))


def test_it_offers_what_its_encoder_offers(coding, decoding, fit, images):
    probe = images(3)
    with_decoder = fit(decoding(), heads=("knn",))
    assert np.array_equal(with_decoder.reconstruct(probe), 0.5 * probe)
    assert with_decoder.heatmap(probe).shape == (3, 3, 3)
    without = fit(coding(), heads=("knn",))
    assert not any(hasattr(without, name) for name in ("reconstruct", "heatmap", "save", "load"))


def test_the_facts_are_the_encoders_and_those_of_the_rules(coding, fit):
    facts = fit(coding(), heads=("kde", "knn")).facts()
    assert facts["parameters"] == 36
    assert facts["code_dim"] == 4
    assert facts["kde.bandwidth"] > 0
    assert Hybrid(HybridConfig(), coding()).facts() == {}


def test_an_encoder_without_codes_is_refused_before_it_is_trained():
    class Mute:
        pass

    with pytest.raises(BenchError, match=r"the encoder 'vae': it has no `embed`, .* set an encoder that has it"):
        Hybrid(HybridConfig(), Mute())


def test_before_the_fit_there_are_no_scores(coding, images):
    with pytest.raises(NotFitted, match="'hybrid' must be fitted"):
        Hybrid(HybridConfig(), coding()).score(images(2))


def test_after_a_fit_that_failed_neither(coding, fit, images):
    detector = fit(coding(), heads=("knn",))
    detector._encoder.dim = 0
    with pytest.raises(ContractBroken, match=r"returned the shape \(60, 0\)"):
        detector.fit(images(), FitContext())
    with pytest.raises(NotFitted):
        detector.score(images(2))


def test_one_image_is_refused(coding, fit, images):
    with pytest.raises(BadData, match="needs at least 2 training images; got 1"):
        fit(coding(), images(1))


def test_two_images_are_enough(coding, fit, images):
    scores = fit(coding(), images(2), **QUICK).score(images(5, seed=1))
    assert all(np.isfinite(values).all() for values in scores.values())


def test_codes_that_are_all_one_are_a_collapse(coding, fit, images):
    with pytest.raises(TrainingCollapsed, match="all 10 training images have the same code"):
        fit(coding(), images(1).repeat(10, axis=0), **QUICK)


def test_codes_that_are_not_finite_are_a_collapse(coding, fit, images):
    class Broken(coding):
        def embed(self, images):
            return np.full((len(images), 2), np.nan)

    with pytest.raises(TrainingCollapsed, match="the codes of 60 images are not finite; the encoder is 'vae'"):
        fit(Broken())


def test_codes_of_another_shape_break_the_contract(coding, fit):
    class Spatial(coding):
        def embed(self, images):
            return super().embed(images).reshape(len(images), 2, 2)

    with pytest.raises(ContractBroken, match=r"one code for each image, .* returned the shape \(60, 2, 2\)"):
        fit(Spatial())
