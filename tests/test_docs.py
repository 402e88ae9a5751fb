"""What the documentation shows is run as it stands."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmark.running.asked_again import AskedAgain, nudged_images
from benchmark.running.audit import audit
from benchmark.running.split import as_images

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), flags=re.DOTALL)


def test_the_detector_of_the_tutorial_works(bench, installed):
    source, _ = blocks("docs/detector.md", "python")
    installed("bench_nearest", source.partition("\n")[2])
    assert bench("run", "--detector", "nearest", "--dataset", "digits", "--preset", "smoke").code == 0
    (row,) = bench("leaderboard", "digits", "--format", "json").json
    assert row["mean"] > 0.9
    assert "Training images to remember" in bench("show", "nearest").out


def test_a_random_score_that_is_seeded_as_the_page_shows_passes_the_audit():
    _, example = blocks("docs/detector.md", "python")
    functions = {}
    exec(example, functions)
    y = np.arange(600) % 4 > 0
    noise = np.random.RandomState(0).randint(0, 200, (600, 6, 6, 1))
    images = as_images((noise + 20 * y[:, None, None, None]).astype(np.uint8))
    global_generator = np.random.RandomState(1)

    def seeded(images):
        return functions["dropped_out"](images).mean(axis=(1, 2, 3))

    def unseeded(images):
        return (images * (global_generator.random_sample(images.shape) < 0.5) / 0.5).mean(axis=(1, 2, 3))

    def verdict(score):
        chosen = np.arange(600)[::-3]
        again = np.concatenate([score(images[part]) for part in np.array_split(chosen, [30])])
        return audit(score(images), y, AskedAgain(chosen, again, score(nudged_images(images[chosen]))))

    assert verdict(seeded) == ""
    assert "got another place in the ranking" in verdict(unseeded)


def test_the_command_of_the_tutorial_works(bench, installed, tmp_path):
    package, command = blocks("docs/command.md", "python")
    installed("bench_fastest", package.replace("bench_fastest.command", "bench_fastest_command"))
    (tmp_path / "site" / "bench_fastest_command.py").write_text(command)
    assert "  fastest   Rank the detectors by their fit seconds.\n" in bench("--help").out
    assert bench("run", "--detector", "pca", "--dataset", "digits", "--classes", "0").code == 0
    assert bench("fastest", "digits").out.startswith("# digits: fit seconds\n\n| detector | fit s |\n")
    assert bench("fastest", "digits", "--format", "csv").out.startswith("detector,fit_seconds\npca,0.")
    assert len(bench("fastest", "digits", "--format", "json").json) == 1
    sys.modules.pop("bench_fastest_command")


def test_the_study_of_the_readme_is_one(bench):
    (study,) = blocks("README.md", "toml")
    Path("study.toml").write_text(study.replace('"mnist"', '"digits"'))
    assert "90 trials to run" in bench("run", "--config", "study.toml", "--dry-run").out


PAGES = ["README.md", "CONTRIBUTING.md"]
PAGES += [str(p.relative_to(ROOT)) for pattern in ("docs/*.md", "plugins/*/README.md") for p in ROOT.glob(pattern)]


@pytest.mark.parametrize("page", PAGES)
def test_links_between_pages_lead_somewhere(page):
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        if "://" not in target:
            assert (ROOT / page).parent.joinpath(target).exists(), target


@pytest.mark.parametrize(
    "page", sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("*/**/*.md") if ".venv" not in str(p))
)
def test_no_page_has_a_place_still_to_be_filled(page):
    assert not re.search(r"@[A-Z]+@", (ROOT / page).read_text())


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_table_of_the_readme_has_the_published_numbers():
    # The baselines and the oracle rows are below, under headings of their own.
    ranking = (ROOT / "leaderboards/archive/mnist.md").read_text().partition("\n## ")[0]
    header, _, *published = [cells(line) for line in ranking.splitlines() if line.startswith("|")]
    section = (ROOT / "README.md").read_text().partition("## Results on MNIST")[2].partition("\n## ")[0]
    shown_header, _, *shown = [cells(line) for line in section.splitlines() if line.startswith("|")]
    expected = [[row[header.index(name)] for name in shown_header] for row in published]
    assert shown == expected, (
        "the table of README.md differs from leaderboards/archive/mnist.md; it should have these rows:\n"
        + "\n".join(f"| {' | '.join(row)} |" for row in expected)
    )


def test_every_hook_is_documented():
    from benchmark.interfaces import hooks as hookspecs

    page = (ROOT / "docs/detector.md").read_text()
    for name in hookspecs.__all__:
        if name.startswith("bench_"):
            assert name in page
