"""Ten papers reviewed by keyboard alone, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.core.night.drafts import create_draft
from agent.records import Bucket
from tests.support.chromium import Tab
from tests.support.desk import NOW, Desk, report
from tests.support.fakes import judgment, paper

pytestmark = pytest.mark.browser

PAPERS = [f"2511.5000{number}" for number in range(10)]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with ten drafts and nothing else."""
    desk = Desk(tmp_path / "state")
    night = [
        (paper(paper_id, title=f"A Gardener Number {number}"), judgment(paper_id, 0.99 - number / 100, "water",
         top=("water", "sense", "prune")))
        for number, paper_id in enumerate(PAPERS)
    ]  # fmt: skip
    with desk.store() as store:
        for old in store.open_drafts():
            store.take_step(old.paper_id, store.review_state(old.paper_id).model_copy(update={"draft": None}), "x", NOW)
        store.save_papers(listed for listed, _ in night)
        for listed, said in night:
            store.save_judgments([(listed, said)])
        drafts = tuple(create_draft(desk.survey, listed, said, "water", ()) for listed, said in night)
        outcomes = {listed.id: Bucket.DRAFTED for listed, _ in night}
        store.finish_run(report("2", drafts=drafts, patch="2.patch"), outcomes, (), NOW.replace(hour=7))
    return desk


def test_ten_papers_are_reviewed_by_keyboard_and_the_patch_holds_exactly_what_was_accepted(
    tab: Tab, desk: Desk
) -> None:
    page = tab.page
    assert page.url.endswith("/") or page.url.endswith("/drafts")
    tab.wait_for(PAPERS[0])
    tab.press("j")
    tab.wait_for(PAPERS[1])
    tab.press("k")
    tab.wait_for(PAPERS[0])
    tab.press("a")
    tab.wait_for(PAPERS[1])
    tab.press("r")
    tab.wait_for(PAPERS[2])
    tab.press("2")  # the second proposed section
    page.wait_for_selector('.choice[aria-pressed="true"][data-key="2"]')
    tab.press("a")
    tab.wait_for(PAPERS[3])
    tab.press("m")  # any section, by typing
    page.keyboard.type("prun")
    tab.press("Enter")
    page.wait_for_selector('#decision [name="section"][value="prune"]', state="attached")
    tab.press("a")
    tab.wait_for(PAPERS[4])
    tab.press("e")  # edit the entry
    page.wait_for_selector("#entry:focus")
    tab.press("Control+End")
    page.keyboard.type(" Edited.")
    tab.press("Control+Enter")
    tab.wait_for(PAPERS[5])
    tab.press("r")
    tab.wait_for(PAPERS[6])
    tab.press("a")
    tab.wait_for(PAPERS[7])
    tab.press("u")  # two undos
    tab.wait_for(PAPERS[6])
    tab.press("u")
    tab.wait_for(PAPERS[5])
    for paper_id, following in zip(PAPERS[5:], [*PAPERS[6:], ""], strict=True):
        tab.press("a" if paper_id == PAPERS[5] else "r")
        if following:
            tab.wait_for(following)
    page.wait_for_selector(".empty")
    tab.press("A")
    page.wait_for_url("**/apply")  # and for its script, which reads the keys
    page.wait_for_selector(".patch")
    tab.press("w")
    page.wait_for_selector(".done")
    (patch,) = (desk.folder / "patches").glob("*.patch")
    added = [line[1:] for line in patch.read_text().splitlines() if line.startswith("+") and not line.startswith("+++")]
    ids = [next(paper_id for paper_id in PAPERS if paper_id in line) for line in added]
    assert sorted(ids) == [PAPERS[0], PAPERS[2], PAPERS[3], PAPERS[4], PAPERS[5]]
    assert added[ids.index(PAPERS[4])].endswith(" Edited.")
    text = patch.read_text()
    assert text.index("## Pruning") < text.index(PAPERS[3]) < text.index("## Sensing") < text.index(PAPERS[2])
    assert {key: decision.kind.value for key, decision in desk.decisions().items() if key in PAPERS} == {
        PAPERS[0]: "accepted", PAPERS[1]: "rejected", PAPERS[2]: "moved", PAPERS[3]: "moved", PAPERS[4]: "edited",
        PAPERS[5]: "accepted", **dict.fromkeys(PAPERS[6:], "rejected"),
    }  # fmt: skip
    assert tab.wrong == []


def test_a_text_that_is_no_entry_stays_in_the_editor_with_the_reason_beside_it(tab: Tab, desk: Desk) -> None:
    tab.wait_for(PAPERS[0])
    tab.press("e")
    tab.page.wait_for_selector("#entry:focus")
    tab.press("Control+a")
    tab.page.keyboard.type("no entry at all")
    tab.press("Control+Enter")
    tab.page.wait_for_selector("#problem:not(:empty)")
    assert "does not read as one entry" in tab.page.locator("#problem").inner_text()
    assert tab.page.locator("#entry").input_value() == "no entry at all"
    tab.press("Escape")
    assert tab.page.locator(".editor").is_hidden()
    assert not [paper_id for paper_id in desk.decisions() if paper_id in PAPERS]


def test_search_help_and_keys_do_not_disturb_each_other(tab: Tab, desk: Desk) -> None:
    tab.wait_for(PAPERS[0])
    tab.press("/")
    tab.page.keyboard.type("number 7 are")
    tab.press("Control+a")
    tab.page.keyboard.type("number 7")
    tab.page.wait_for_selector(f'.row[data-paper="{PAPERS[7]}"]')
    tab.page.wait_for_selector(f'.row[data-paper="{PAPERS[0]}"]', state="detached")
    tab.press("Enter")
    tab.wait_for(PAPERS[7])
    tab.press("?")
    tab.page.wait_for_selector("#help[open]")
    tab.press("r", "a", "Escape")
    assert not [paper_id for paper_id in desk.decisions() if paper_id in PAPERS]
    tab.press("r")
    tab.page.wait_for_selector(".empty, #card article")
    tab.page.wait_for_selector(f'.row[data-paper="{PAPERS[7]}"]', state="detached")
    assert desk.decisions()[PAPERS[7]].kind.value == "rejected"
