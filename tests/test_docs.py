"""What the documentation shows is run as it stands."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), flags=re.DOTALL)


def test_the_detector_of_the_tutorial_works(bench, installed):
    (source,) = blocks("docs/detector.md", "python")
    installed("bench_nearest", source.partition("\n")[2])
    assert bench("run", "--detector", "nearest", "--dataset", "digits", "--preset", "smoke").code == 0
    (row,) = bench("leaderboard", "digits", "--format", "json").json
    assert row["mean"] > 0.9
    assert "Training images to remember" in bench("show", "nearest").out


def test_the_study_of_the_readme_is_one(bench):
    (study,) = blocks("README.md", "toml")
    Path("study.toml").write_text(study.replace('"mnist"', '"digits"'))
    assert "90 trials to run" in bench("run", "--config", "study.toml", "--dry-run").out


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in ROOT.glob("docs/*.md"))])
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


def test_the_table_of_the_readme_is_the_published_one():
    # What stands apart below has a heading and tables of its own.
    ranking = (ROOT / "leaderboards/mnist.md").read_text().partition("\n## ")[0]
    table = [line for line in ranking.splitlines() if line.startswith("|")]
    assert "\n".join(table) in (ROOT / "README.md").read_text(), (
        "README.md does not show the first table of leaderboards/mnist.md line for line: write that file with"
        " `make leaderboards` (or `bench publish mnist`), then copy its table"
    )


def test_every_hook_is_documented():
    from benchmark.interfaces import hooks as hookspecs

    page = (ROOT / "docs/detector.md").read_text()
    for name in hookspecs.__all__:
        if name.startswith("bench_"):
            assert name in page
