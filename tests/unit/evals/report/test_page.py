"""The page: complete, self-contained, with hostile paper text escaped; and opened in a real browser where there is
one."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest

from agent.core.survey.taxonomy import Leaf, Scope, Taxonomy, TaxonomySection, Tier
from agent.core.survey.taxonomy import Relevance as Grades
from agent.errors import ConfigError
from evals import compare, results, run
from evals.datasets import LabelledNight, Listed, Nights, PickNight
from evals.report.page import check_ready, mistakes, render, write_page
from evals.run import Evaluation
from tests.support.eval_cases import DAY, LEVELS, ScriptedJudge, paper, verdict

HOSTILE = "<script>document.title = 'owned'</script> & <img src=x onerror=alert(1)>"
FIGURES = ("confusion", "per-section", "reliability", "risk-coverage")
BROWSER = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)


def taxonomy() -> Taxonomy:
    section = {"section": "s", "tier": "t", "headline": True}
    leaves = [
        Leaf(id=leaf, heading=f"{leaf} A", definition="d", must="m", belongs=("b",), **section)
        for leaf in LEVELS.section
    ]
    return Taxonomy(
        title="A survey",
        subject="s",
        tiers=(Tier(id="t", name="T", question="?", test="t"),),
        scope=Scope(in_scope=("a",), out_of_scope=("b",)),
        relevance=Grades(out="0", adjacent="1", in_scope="2", core="3"),
        placement=("p",),
        sections=(TaxonomySection(section="s", name="S", leaves=tuple(leaves)),),
    )


def evaluation() -> Evaluation:
    script = {
        "a": verdict("a", 0.9, 3, "3.1.1 3.1.2 4.1.1", evidence=(HOSTILE,), reason=HOSTILE),
        "b": verdict("b", 0.8, 3, "6.1.1"),
        "n1": verdict("n1", 0.95, 3),
        "n2": verdict("n2", 0.1, 0),
        "n3": verdict("n3", 0.9, 2, evidence=("quoted words",), reason="because"),
        "n4": verdict("n4", 0.2, 0),
    }
    listed = [
        Listed(key="a", paper=paper("a", title=f"T $x_{{ {HOSTILE}"), gold=("3.1.2",)),
        Listed(key="b", paper=paper("b"), gold=("6.1.1",)),
        Listed(key="failed", paper=paper("failed"), gold=("4.1.1",)),
    ]
    labels = {"n1": 3, "n2": 0, "n3": 0, "n4": 3, "gone": 0}
    night = LabelledNight(day=DAY, papers=tuple(map(paper, labels)), labels=labels)  # type: ignore[arg-type]
    return run.evaluate(
        lambda *_: ScriptedJudge(script),
        levels=LEVELS,
        budget=2,
        listed=listed,
        nights=Nights(nights=(night,), unlabelled=0, labels_without_paper=0, digest="d"),
        picks=[PickNight(DAY, tuple(map(paper, ("n1", "n2"))), {"n1": "key"}, frozenset())],
    )


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@cache
def page() -> str:
    found = evaluation()
    return render(found, taxonomy(), [found.result], compare.compare(found.result, found.result))


def test_the_page_holds_every_table_and_figure() -> None:
    text = page()
    parsed = Tags()
    parsed.feed(text)
    assert {attrs["id"] for tag, attrs in parsed.tags if tag == "figure"} == set(FIGURES)
    assert sum(tag == "svg" for tag, _ in parsed.tags) == len(FIGURES)
    for words in ("quoted words", "because", "no evidence of a difference", "Expected calibration error"):
        assert words in text
    assert "5 labelled papers" in text
    assert "found at budget" in text


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    parsed = Tags()
    parsed.feed(page())
    assert not {"script", "img", "iframe", "object"} & {tag for tag, _ in parsed.tags}
    links = [
        value for _, attrs in parsed.tags for name, value in attrs.items() if name in ("src", "href", "xlink:href")
    ]
    assert all(link and link.startswith(("#", "data:")) for link in links)
    assert not [name for _, attrs in parsed.tags for name in attrs if name.startswith("on")]


def test_ids_on_the_page_are_unique() -> None:
    parsed = Tags()
    parsed.feed(page())
    ids = [attrs["id"] for tag, attrs in parsed.tags if "id" in attrs and tag not in ("g", "text", "path")]
    assert len(ids) == len(set(ids))


def test_mistakes_are_the_surest_first_with_quote_and_reason() -> None:
    found = mistakes(evaluation())
    assert [each.id for each in found] == ["n3", "n4", "a"]
    assert (found[0].quote, found[0].reason, found[0].said) == ("quoted words", "because", "grade 2")
    assert (found[2].said, found[2].label) == ("3.1.1, 3.1.2, 4.1.1", "3.1.2")


def test_an_entry_that_is_called_as_a_paper_of_the_night_keeps_the_words_about_itself() -> None:
    night = LabelledNight(day=DAY, papers=(paper("same"),), labels={"same": 3})
    entry = Listed(key="same", paper=paper("entry", title="The entry"), gold=("3.1.2",))
    found = run.evaluate(
        lambda *_: ScriptedJudge(
            {"entry": verdict("entry", 0.9, 3, "4.1.1", reason="of the entry"), "same": verdict("same", 0.2, 0)}
        ),
        levels=LEVELS,
        budget=2,
        listed=[entry],
        nights=Nights(nights=(night,), unlabelled=0, labels_without_paper=0, digest="d"),
    )
    placed = mistakes(found)[-1]
    assert (placed.title, placed.reason, placed.sure) == ("The entry", "of the entry", pytest.approx(0.8))


def test_at_most_20_mistakes_are_shown_half_of_each_kind() -> None:
    script = {f"p{at:02}": verdict(f"p{at:02}", 0.9, 3, "3.1.1") for at in range(30)}
    labels = {f"n{at:02}": 0 for at in range(30)}
    script |= {each: verdict(each, 0.9, 3) for each in labels}
    night = LabelledNight(day=DAY, papers=tuple(map(paper, labels)), labels=labels)  # type: ignore[arg-type]
    wrong = run.evaluate(
        lambda *_: ScriptedJudge(script),
        levels=LEVELS,
        budget=2,
        listed=[Listed(key=each, paper=paper(each), gold=("4.1.1",)) for each in script if each.startswith("p")],
        nights=Nights(nights=(night,), unlabelled=0, labels_without_paper=0, digest="d"),
    )
    assert [each.id[0] for each in mistakes(wrong)] == ["n"] * 10 + ["p"] * 10


def test_a_part_that_was_not_asked_for_is_said_so() -> None:
    script = {"a": verdict("a", 0.9, 3, "3.1.1")}
    items = [Listed(key="a", paper=paper("a"), gold=("3.1.1",))]
    only = run.evaluate(lambda *_: ScriptedJudge(script), levels=LEVELS, budget=2, listed=items)
    assert render(only, taxonomy(), (), None).count("Not asked for.") == 2


@pytest.mark.parametrize(("name", "drawn"), [("local", True), ("other", False)])
def test_the_learning_curve_is_drawn_for_the_local_judge_of_the_list_that_it_was_measured_on(
    name: str, drawn: bool
) -> None:
    found = evaluation()
    ours = results.read_all()[0].result.judge.model_copy(update={"name": name})
    for judge, shown in ((ours, drawn), (ours.model_copy(update={"taxonomy": "taxonomy@0"}), False)):
        result = found.result.model_copy(update={"judge": judge})
        text = render(replace(found, result=result), taxonomy(), [], None)
        assert ('id="learning-curve"' in text) is shown


def test_the_same_evaluation_gives_the_same_page() -> None:
    assert page.__wrapped__() == page()


def test_an_unwritable_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"--report .*cannot be written"):
        check_ready(tmp_path / "file" / "out")


@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no chromium or google-chrome at hand: the page is not opened in a browser")
def test_a_real_browser_shows_all_figures_and_no_error(tmp_path: Path) -> None:
    check_ready(tmp_path / "out")
    found = write_page(tmp_path / "out", evaluation(), taxonomy())
    run_ = subprocess.run(
        [
            str(BROWSER),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom",
            found.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    parsed = Tags()
    parsed.feed(run_.stdout)
    assert sum(tag == "svg" for tag, _ in parsed.tags) == len(FIGURES)
    assert "<title>Evaluation of scripted</title>" in run_.stdout
    assert not re.findall(r".*:CONSOLE.*", run_.stderr)
