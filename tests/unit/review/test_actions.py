"""The review page as a person uses it, and the effects of their decisions: over real HTTP."""

from __future__ import annotations

import shlex
from urllib.parse import quote

import pytest

from agent.core.night.drafts import create_draft
from agent.database.review_steps import PaperState
from agent.records import Decision, DecisionKind
from tests.support.browser import Browser
from tests.support.desk import DRAFT, HOMELESS, HOSTILE, NOW, OTHER_DRAFT, OUT, QUEUED, Desk, report

LINE = f"* **[Watering by Weight](https://arxiv.org/abs/{OTHER_DRAFT})** (typed 2025)"


def card(browser: Browser, paper_id: str, tab: str = "drafts", section: str = "") -> str:
    return browser.get(f"/card?tab={tab}&paper={paper_id}&section={section}").text


def test_a_card_shows_all_that_its_reviewer_needs(browser: Browser) -> None:
    page = browser.get("/drafts").page
    for words in (
        "B. Writer",
        "announced 2025-11-13",
        "Watering",
        "A machine decides when and how much water a plant gets, and gives it.",
        "A Title There",
        "0.90",
        "When to Water: Moisture Forecasts for Lazy Gardeners",
    ):
        assert words in page.words
    assert {f"https://arxiv.org/{kind}/{DRAFT}" for kind in ("abs", "pdf", "html")} <= set(page.links)
    assert "<mark>We water plants.</mark>" in browser.get("/drafts").text


def test_the_new_line_stands_between_its_neighbours_as_it_will_in_the_list(browser: Browser, desk: Desk) -> None:
    text = card(browser, OTHER_DRAFT, section="prune")
    added = desk.list.read_text().splitlines()
    at = next(number for number, line in enumerate(added, start=1) if "SnipBot" in line)
    assert f'<li class="old"><span class="number">{at}</span>' in text
    assert f'<li class="new"><span class="number">{at + 1}</span>' in text
    assert f"https://arxiv.org/abs/{OTHER_DRAFT}" in text


def test_the_queue_says_why_each_paper_waits(browser: Browser) -> None:
    assert "no section fits" in card(browser, HOMELESS, "queue")
    assert "&lt;script&gt;alert(1)" in card(browser, QUEUED, "queue")


@pytest.mark.parametrize("address", ["/drafts", "/queue", "/decided", "/failed", "/apply", "/labels/2025-11-13"])
def test_hostile_text_is_words_and_nothing_else(browser: Browser, address: str) -> None:
    browser.decide("accept", DRAFT, "water")
    answer = browser.get(address)
    page = answer.page
    assert page.tags.count("script") == 2  # htmx and the page's own, both files
    assert not {"iframe", "object", "embed", "style"} & set(page.tags)
    assert not [name for name in page.attributes if name.startswith("on") or name == "style"]
    assert set(page.values.get("src", [])) <= {
        "/static/vendor/htmx/htmx.min.js",
        "/static/page.js",
        "/static/icon.svg",
    }
    assert "\u202e" not in answer.text
    own = ("https://arxiv.org/", "/", "#")
    assert all(link.startswith(own) for link in page.links)


def test_no_takes_a_draft_out_of_the_next_patch_and_can_be_taken_back(browser: Browser, desk: Desk) -> None:
    assert browser.decide("reject", DRAFT).status == 200
    assert set(desk.drafts()) == {OTHER_DRAFT}
    decision = desk.decisions()[DRAFT]
    assert (decision.kind, decision.by) == (DecisionKind.REJECTED, "ann")
    browser.post("/undo", ("tab", "drafts"))
    assert set(desk.drafts()) == {DRAFT, OTHER_DRAFT}
    assert desk.decisions() == {}


def test_after_a_decision_the_next_paper_of_the_list_is_shown(browser: Browser) -> None:
    answer = browser.decide("accept", DRAFT, "water")
    assert f'<article data-paper="{OTHER_DRAFT}"' in answer.text
    assert f'id="row-{DRAFT.replace(".", "-")}" hx-swap-oob="delete"' in answer.text
    assert "No draft waits for you" in browser.decide("reject", OTHER_DRAFT).page.words


@pytest.mark.parametrize(
    ("section", "entry", "kind"),
    [
        ("prune", None, DecisionKind.ACCEPTED),
        ("sense", None, DecisionKind.MOVED),
        ("prune", LINE, DecisionKind.EDITED),
        ("sense", LINE, DecisionKind.MOVED),
    ],
)
def test_accepting_is_the_record_that_a_pull_request_gives(
    browser: Browser, desk: Desk, section: str, entry: str | None, kind: DecisionKind
) -> None:
    typed = {"entry": entry + "\r\n"} if entry else {}
    browser.decide("accept", OTHER_DRAFT, section, **typed)
    decision = desk.decisions()[OTHER_DRAFT]
    assert (decision.kind, decision.section, decision.entry) == (kind, section, entry)
    assert OTHER_DRAFT not in desk.drafts()


def test_the_text_as_drafted_is_no_edit(browser: Browser, desk: Desk) -> None:
    with desk.store() as store:
        (draft,) = [draft for draft in store.open_drafts() if draft.paper_id == OTHER_DRAFT]
    browser.decide("accept", OTHER_DRAFT, "prune", entry=draft.entry)
    assert desk.decisions()[OTHER_DRAFT].kind is DecisionKind.ACCEPTED


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("", None),
        ("Just words about it", "does not read as one entry"),
        (LINE + "\n" + LINE, "would change other entries"),
        ("## Watering\n" + LINE, "does not read as one entry"),
        ("* **[Another Paper](https://arxiv.org/abs/2401.99999)** (2024)", "names neither"),
    ],
)
def test_a_typed_text_that_is_not_one_entry_is_refused_and_nothing_is_decided(
    browser: Browser, desk: Desk, entry: str, said: str | None
) -> None:
    answer = browser.decide("accept", OTHER_DRAFT, "prune", entry=entry)
    if said is None:
        assert desk.decisions()[OTHER_DRAFT].kind is DecisionKind.ACCEPTED
    else:
        assert (answer.status, said in answer.text, answer.text.count("\n")) == (400, True, 1)
        assert desk.decisions() == {}


def test_control_characters_that_were_pasted_with_an_entry_do_not_reach_the_list(browser: Browser, desk: Desk) -> None:
    pasted = LINE.replace("Water", "Wa\x02\x00ter\x85").replace("Weight", "W\u200deight")
    assert browser.decide("accept", OTHER_DRAFT, "prune", entry=pasted).status == 200
    assert desk.decisions()[OTHER_DRAFT].entry == LINE.replace("Weight", "W\u200deight")


def test_a_queued_paper_is_accepted_or_dismissed_and_both_are_undone(browser: Browser, desk: Desk) -> None:
    browser.decide("accept", HOMELESS, "prune", tab="queue")
    browser.decide("reject", QUEUED, tab="queue")
    assert desk.queue() == set()
    assert desk.decisions()[HOMELESS].section == "prune"
    with desk.store() as store:
        assert HOMELESS in store.drafted()
        assert store.dismissed() == (QUEUED,)
    browser.post("/undo", ("tab", "queue"))
    browser.post("/undo", ("tab", "queue"))
    assert desk.queue() == {HOMELESS, QUEUED}
    with desk.store() as store:
        assert HOMELESS not in store.drafted()
        assert store.dismissed() == ()


def test_steps_are_undone_one_by_one_also_after_a_restart(desk: Desk) -> None:
    with desk.serve() as server:
        browser = Browser(server.url)
        browser.enter()
        browser.decide("reject", DRAFT)
        browser.decide("accept", DRAFT, "sense", tab="decided")
        browser.decide("reject", OTHER_DRAFT)
    with desk.serve() as server:
        browser = Browser(server.url)
        browser.enter()
        seen = []
        for _ in range(3):
            browser.post("/undo", ("tab", "drafts"))
            seen.append({paper_id: decision.kind.value for paper_id, decision in desk.decisions().items()})
        assert seen == [{DRAFT: "moved"}, {DRAFT: "rejected"}, {}]
        answer = browser.post("/undo", ("tab", "drafts"))
        assert (answer.status, answer.text) == (400, "there is nothing to undo\n")


def test_each_reader_undoes_what_they_did_and_the_last_decision_on_a_paper_wins(desk: Desk) -> None:
    with desk.serve("ann") as one, desk.serve("ben") as other:
        ann, ben = Browser(one.url), Browser(other.url)
        ann.enter()
        ben.enter()
        version = ann.get("/changes?seen=x").text
        assert "changed the lists" in version
        ann.decide("reject", DRAFT)
        ben.decide("accept", DRAFT, "water", tab="decided")
        assert desk.decisions()[DRAFT].by == "ben"
        told = ann.get(f"/changes?seen=x&paper={DRAFT}&shown=drafts ".replace(" ", "%20"))
        assert "This paper was accepted by ben meanwhile" in told.page.words
        refused = ann.post("/undo", ("tab", "drafts"))
        assert (refused.status, "ben decided" in refused.text) == (400, True)
        ben.post("/undo", ("tab", "drafts"))
        assert desk.decisions()[DRAFT].kind is DecisionKind.REJECTED
        ann.post("/undo", ("tab", "drafts"))
        assert DRAFT in desk.drafts()


def test_a_decision_that_a_night_read_since_is_not_undone(browser: Browser, desk: Desk) -> None:
    browser.decide("accept", DRAFT, "water")
    said = Decision(paper_id=DRAFT, kind=DecisionKind.REJECTED, by="ben", note="/triage no by ben")
    with desk.store() as store:
        store.decide(said, NOW, instead_of=desk.decisions()[DRAFT])
    answer = browser.post("/undo", ("tab", "drafts"))
    assert (answer.status, "ben decided" in answer.text) == (400, True)
    assert desk.decisions() == {DRAFT: said}


def test_a_draft_that_a_run_made_of_a_dismissed_paper_is_not_undone(browser: Browser, desk: Desk) -> None:
    browser.decide("reject", QUEUED, tab="queue")
    with desk.store() as store:
        listed, said = store.paper(QUEUED), store.latest_judgment(QUEUED)
        assert listed is not None and said is not None
        drafted = create_draft(desk.survey, listed, said, "water", ())
        store.finish_run(report("2", drafts=(drafted,)), {}, (), NOW)
    answer = browser.post("/undo", ("tab", "queue"))
    assert (answer.status, "a run decided" in answer.text) == (400, True)
    assert QUEUED in desk.drafts()


def test_what_the_list_has_by_now_can_still_be_undone(browser: Browser, desk: Desk) -> None:
    browser.decide("accept", DRAFT, "water")
    decision = desk.decisions()[DRAFT]
    with desk.store() as store:
        store.decide(decision.model_copy(update={"unlisted": False}), NOW, instead_of=decision)
    assert browser.post("/undo", ("tab", "drafts")).status == 200
    assert DRAFT in desk.drafts()


def test_nothing_is_said_while_nothing_changes(browser: Browser) -> None:
    seen = quote(browser.get("/drafts").text.split('{"seen": "')[1].partition('"')[0])
    assert browser.get(f"/changes?seen={seen}&paper={DRAFT}&shown=drafts%20").status == 204


def test_apply_shows_the_diff_and_writes_exactly_the_accepted_lines(browser: Browser, desk: Desk) -> None:
    browser.decide("accept", OTHER_DRAFT, "prune", entry=LINE)
    browser.decide("accept", HOMELESS, "sense", tab="queue")
    browser.decide("reject", DRAFT)
    shown = browser.get("/apply").text
    assert f'<div class="new">+{LINE.replace("&", "&amp;")}</div>' in shown
    before = desk.list.read_bytes()
    answer = browser.post("/apply")
    assert "Written" in answer.page.words
    (patch,) = (desk.folder / "patches").glob("*.patch")
    assert f"git apply {shlex.quote(str(patch))}" in answer.page.words
    added = [line for line in patch.read_text().splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert added[0] == "+" + LINE
    assert HOMELESS in added[1]
    assert len(added) == 2
    assert desk.list.read_bytes() == before


def test_the_line_shown_is_that_of_the_paper_as_it_was_read_last(browser: Browser, desk: Desk) -> None:
    assert "A Title That Was Changed" not in card(browser, OTHER_DRAFT)
    with desk.store() as store:
        read = store.paper(OTHER_DRAFT)
        assert read is not None
        store.save_papers([read.model_copy(update={"title": "A Title That Was Changed", "version": 2})])
    assert "A Title That Was Changed" in card(browser, OTHER_DRAFT).partition('class="diff"')[2]


def test_what_is_accepted_waits_until_the_list_has_it(browser: Browser, desk: Desk) -> None:
    browser.decide("accept", OTHER_DRAFT, "prune")
    assert "1 accepted entry" in browser.get("/apply").page.words
    (line,) = (draft.entry for draft in [desk_draft(desk, OTHER_DRAFT)])
    desk.list.write_text(desk.list.read_text().replace("## Sensing", f"{line}\n\n## Sensing"))
    assert "Nothing was accepted" in browser.get("/apply").page.words
    assert browser.post("/apply").page.words.strip().startswith("nothing was accepted")


def desk_draft(desk: Desk, paper_id: str):  # type: ignore[no-untyped-def]
    with desk.store() as store:
        return next(draft for draft, _ in store.decisions() if draft.paper_id == paper_id)


@pytest.mark.parametrize(
    ("verdict", "paper_id", "section", "said"),
    [
        ("reject", OUT, "", "neither a draft nor in the queue"),
        ("reject", "2511.99999", "", "no paper"),
        ("accept", DRAFT, "", "not a section"),
        ("accept", DRAFT, "NO_LEAF", "not a section"),
        ("accept", DRAFT, "smell", "'smell' is not a section"),
        ("erase", DRAFT, "", "no decision"),
    ],
)
def test_a_form_that_cannot_be_followed_is_400_and_one_line(
    browser: Browser, desk: Desk, verdict: str, paper_id: str, section: str, said: str
) -> None:
    before = desk.drafts(), desk.queue()
    answer = browser.decide(verdict, paper_id, section)
    assert (answer.status, said in answer.text, answer.text.count("\n")) == (400, True, 1)
    assert answer.headers["content-type"].startswith("text/plain")
    assert (desk.drafts(), desk.queue()) == before


def test_a_field_sent_twice_decides_nothing(browser: Browser, desk: Desk) -> None:
    fields = [("verdict", "reject"), ("paper", DRAFT), ("paper", OTHER_DRAFT), ("tab", "drafts")]
    assert browser.post("/decide", *fields).status == 400
    assert set(desk.drafts()) == {DRAFT, OTHER_DRAFT}


@pytest.mark.parametrize(
    "address", ["/nowhere", "/labels/2025-11-12", "/labels/x", "/static/../app.py", "/list?tab=x", "/card?tab=drafts"]
)
def test_an_unknown_page_is_404(browser: Browser, address: str) -> None:
    assert browser.get(address).status == 404


def test_the_list_is_filtered_by_text_section_flag_and_night_and_sorted(browser: Browser) -> None:
    def listed(query: str) -> list[str]:
        return browser.get(f"/list?tab=drafts&{query}").page.values.get("data-paper", [])

    assert listed("") == [DRAFT, OTHER_DRAFT]
    assert listed("sort=title") == [DRAFT, OTHER_DRAFT]
    assert listed("q=drip") == [DRAFT]
    assert listed(f"q={OTHER_DRAFT}") == [OTHER_DRAFT]
    assert listed("leaf=prune") == [OTHER_DRAFT]
    assert listed("night=2025-11-12") == []
    assert listed("flag=withdrawn") == []
    assert browser.get("/list?tab=queue&flag=contested").page.values["data-paper"] == [QUEUED]


def test_failed_papers_are_shown_with_their_reason(browser: Browser) -> None:
    assert "No paper failed" in browser.get("/failed").page.words
    assert HOSTILE.replace("\u202e", "") not in browser.get("/failed").text


def test_apply_leaves_out_what_was_accepted_for_a_section_that_is_gone(browser: Browser, desk: Desk) -> None:
    with desk.store() as store:
        before = store.review_state(OTHER_DRAFT)
        assert before.draft is not None
        gone = before.draft.model_copy(update={"section": "gone"})
        decision = Decision(paper_id=OTHER_DRAFT, kind=DecisionKind.ACCEPTED, section="gone", by="ann", unlisted=True)
        store.take_step(OTHER_DRAFT, PaperState(draft=gone, decision=decision), "ann", NOW)
    note = f"{OTHER_DRAFT} waits: 'gone' is no leaf now"
    assert note in browser.post("/apply").page.words
    browser.decide("accept", DRAFT, "water")
    words = browser.post("/apply").page.words
    assert "Written:" in words and note in words


def test_apply_names_what_no_longer_fits_the_list_as_it_was_typed(browser: Browser, desk: Desk) -> None:
    browser.decide("accept", DRAFT, "water")
    with desk.store() as store:
        before = store.review_state(OTHER_DRAFT)
        decision = Decision(
            paper_id=OTHER_DRAFT, kind=DecisionKind.EDITED, section="prune", by="ann", entry="## None", unlisted=True
        )
        store.take_step(OTHER_DRAFT, before.model_copy(update={"decision": decision}), "ann", NOW)
    words = browser.post("/apply").page.words
    assert "Written:" in words
    assert f"{OTHER_DRAFT} is to be inserted by hand: as it was typed it cannot be inserted: the text" in words
