"""What a person sees on the review page and what their clicks decide."""

from __future__ import annotations

import pytest

from agent.core.night.decisions import DecisionKind
from agent.records import Bucket
from tests.support.browser import Browser, Form
from tests.support.desk import DRAFT, HOMELESS, HOSTILE, NOW, OTHER_DRAFT, OUT, QUEUED, Desk, report

NIGHT = "/night/2025-11-13"


def night(browser: Browser) -> str:
    """Return the link to the night, as the front page has it."""
    (link,) = [link for link in browser.get().page.links if link.startswith(NIGHT)]
    return link


def test_a_draft_shows_all_that_its_reviewer_needs(browser: Browser) -> None:
    page = browser.get().page
    for words in (
        "B. Writer",
        "Watering: A machine decides when and how much water a plant gets, and gives it.",
        "We water plants.",
        "Runner-up: sense Sensing",
        "Nearest there: A Title There",
        "score 0.90",
    ):
        assert words in page.words
    assert f"https://arxiv.org/abs/{DRAFT}" in page.links


def test_the_queue_says_why_each_paper_waits(browser: Browser) -> None:
    words = browser.get().page.words
    assert "Queue: 2" in words
    assert "Waits: no section fits" in words
    assert 'Waits: "><script>alert(1)' in words


def test_hostile_text_is_words_and_nothing_else(browser: Browser) -> None:
    for answer in (browser.get(), browser.get(night(browser))):
        page = answer.page
        assert not {"script", "img", "iframe", "object"} & set(page.tags)
        assert not [name for name in page.attributes if name.startswith("on")]
        assert "\u202e" not in answer.text
        assert HOSTILE.replace("\u202e", "") in page.words
        own = ("https://arxiv.org/abs/", "/?token=", f"{NIGHT}?token=", "#")
        assert all(link.startswith(own) for link in page.links)


def test_no_takes_a_draft_out_of_the_next_patch_and_can_be_taken_back(browser: Browser, desk: Desk) -> None:
    browser.submit("/refuse", DRAFT)
    assert set(desk.drafts()) == {OTHER_DRAFT}
    with desk.store() as store:
        ((draft, decision),) = store.decisions()
    assert (draft.paper_id, decision.kind) == (DRAFT, DecisionKind.REJECTED)
    browser.submit("/restore", DRAFT)
    assert set(desk.drafts()) == {DRAFT, OTHER_DRAFT}


def test_move_keeps_a_draft_open_in_its_new_section_and_in_that_section_s_style(browser: Browser, desk: Desk) -> None:
    with desk.store() as store:
        (before,) = [draft for draft in store.open_drafts() if draft.paper_id == DRAFT]
    browser.submit("/place", DRAFT, ("leaf", "sense"))
    with desk.store() as store:
        (after,) = [draft for draft in store.open_drafts() if draft.paper_id == DRAFT]
    assert (before.section, after.section, after.runner_up) == ("water", "sense", "water")
    assert after.evidence == before.evidence
    assert after.nearest == ()


def test_promote_makes_a_queued_paper_a_draft(browser: Browser, desk: Desk) -> None:
    browser.submit("/place", HOMELESS, ("leaf", "prune"))
    assert desk.drafts()[HOMELESS] == "prune"
    assert desk.queue() == {QUEUED}
    with desk.store() as store:
        assert store.drafted()[HOMELESS] is Bucket.DRAFTED


def test_dismiss_empties_the_queue_and_can_be_taken_back(browser: Browser, desk: Desk) -> None:
    browser.submit("/dismiss", QUEUED)
    assert desk.queue() == {HOMELESS}
    browser.submit("/restore", QUEUED)
    assert desk.queue() == {QUEUED, HOMELESS}
    assert set(desk.drafts()) == {DRAFT, OTHER_DRAFT}


def test_after_a_decision_the_page_goes_on_at_the_next_paper(browser: Browser) -> None:
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    place = browser.post(form).headers["Location"]
    assert place == f"/?{browser.url.partition('?')[2]}#p{OTHER_DRAFT}"


def test_drafts_in_a_pull_request_are_decided_there(browser: Browser, desk: Desk) -> None:
    pull = "https://github.com/owner/name/pull/7"
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    with desk.store() as store:
        store.finish_run(report("2", pr_url=pull), {}, (), NOW.replace(hour=7))
    page = browser.get().page
    assert pull in page.links
    assert not [form for form in page.forms if form.action.startswith("/refuse")]
    answer = browser.post(form)
    assert (answer.status, pull in answer.text) == (400, True)
    assert DRAFT in desk.drafts()
    browser.submit("/place", HOMELESS, ("leaf", "prune"))
    assert HOMELESS in desk.drafts()


@pytest.mark.parametrize(
    ("action", "paper_id", "changes", "said"),
    [
        ("/refuse", DRAFT, [("paper", QUEUED)], "not an open draft"),
        ("/refuse", DRAFT, [("paper", OUT)], "not an open draft"),
        ("/refuse", DRAFT, [("paper", "2511.99999")], "no paper"),
        ("/refuse", DRAFT, [("paper", DRAFT), ("paper", OTHER_DRAFT)], "sent 2 times"),
        ("/place", DRAFT, [("leaf", "")], "not a section"),
        ("/place", DRAFT, [("leaf", "NO_LEAF")], "not a section"),
        ("/place", DRAFT, [("leaf", "smell")], "'smell' is not a section"),
        ("/place", DRAFT, [("paper", OUT), ("leaf", "water")], "not an open draft"),
        ("/dismiss", QUEUED, [("paper", DRAFT)], "not in the queue"),
        ("/label", DRAFT, [("grade", "4")], "'4' is not a grade"),
        ("/label", DRAFT, [("primary", "water")], "'' is not a grade"),
        ("/label", DRAFT, [("grade", "3")], "needs a primary"),
        ("/label", DRAFT, [("grade", "1"), ("secondary", "water")], "needs a primary"),
        ("/label", DRAFT, [("grade", "3"), ("primary", "smell")], "'smell' is not a section id"),
        ("/label", DRAFT, [("grade", "3"), ("primary", "water"), ("secondary", "NO_LEAF")], "not a section id"),
        ("/label", DRAFT, [("grade", "3"), ("primary", "water"), ("secondary", "water")], "once"),
        ("/label", DRAFT, [("grade", "1"), ("primary", "water"), *[("secondary", s) for s in ("sense",) * 2]], "once"),
    ],
)
def test_a_form_that_cannot_be_followed_is_400_and_one_line(
    browser: Browser, desk: Desk, action: str, paper_id: str, changes: list[tuple[str, str]], said: str
) -> None:
    before = desk.drafts(), desk.queue()
    answer = browser.post(browser.form(browser.get().page, action, paper_id), *changes)
    assert (answer.status, said in answer.text, answer.text.count("\n")) == (400, True, 1)
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert (desk.drafts(), desk.queue()) == before
    assert not desk.labels.exists()


def test_a_decision_taken_twice_says_so(browser: Browser) -> None:
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    assert [browser.post(form).status, browser.post(form).status] == [303, 400]


def test_a_form_never_leads_off_the_page(browser: Browser) -> None:
    form = browser.form(browser.get().page, "/label", DRAFT)
    answer = browser.post(form, ("grade", "0"), ("next", "//evil.example/\r\nX: y"), ("day", "2025-11-13"))
    assert answer.headers["Location"].startswith(f"{NIGHT}?token=")
    assert "X" not in answer.headers
    assert browser.post(form, ("grade", "0"), ("day", "//evil.example")).status == 400


def test_an_unknown_page_or_action_is_turned_away(browser: Browser) -> None:
    query = browser.url.partition("?")[2]
    for path in ("/nowhere", "/night/2025-11-12", "/night/x", "/page.html", "/../triage.sqlite3"):
        assert browser.send("GET", f"{path}?{query}").status == 404
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    assert browser.post(Form(f"/erase?{query}", form.fields)).status == 400
