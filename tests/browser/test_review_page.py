"""The review page in a real browser: accessible, inert to hostile text, quick with a long queue, labelled by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agent.records import Bucket
from agent.sources.files.records import read_labels
from tests.support.chromium import Tab, axe_source
from tests.support.desk import DRAFT, HOMELESS, NOW, OTHER_DRAFT, OUT, QUEUED, Desk, report
from tests.support.fakes import judgment, paper

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from agent.review.server import ReviewServer

pytestmark = pytest.mark.browser

NIGHT = "/labels/2025-11-13"
PAGES = ("/drafts", "/queue", "/failed", "/decided", "/nights", "/labels", NIGHT, f"{NIGHT}/agreement", "/apply")
EVIL = (
    "<script>document.title='owned'</script>",
    "<img src=x onerror=document.title='owned'>",
    "<a href=javascript:document.title='owned'>x</a> https://github.com/a/b\" onclick=\"document.title='owned'",
    "<div hx-get=/undo hx-trigger=load></div> data:text/html,<script>1</script>",
    "\u202egnp.exe \u200b\u200d\u2066 {{ 7*7 }} ${7*7}",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_an_accessibility_violation_of_any_level(
    chromium: Browser, server: ReviewServer, desk: Desk, scheme: str
) -> None:
    source = axe_source()
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme, bypass_csp=True)
    tab = Tab(context)
    tab.page.goto(server.url)
    found: dict[str, list[str]] = {}

    def check(name: str) -> None:
        tab.page.evaluate(source)
        result: dict[str, Any] = tab.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        if result["violations"]:
            found[name] = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in result["violations"]]

    base = server.url.partition("/?")[0]
    tab.page.goto(f"{base}/drafts")
    check("draft")
    tab.press("e")
    check("editor")
    tab.press("Escape")
    tab.press("m")
    check("sections")
    tab.press("Escape")
    tab.press("?")
    check("help")
    tab.press("Escape")
    tab.press("a")
    tab.wait_for(OTHER_DRAFT)
    tab.press("r")
    tab.page.wait_for_selector(".empty")
    for address in PAGES:
        tab.page.goto(base + address)
        check(address)
    context.close()
    assert found == {}


def test_hostile_text_is_inert_in_every_page(chromium: Browser, desk: Desk) -> None:
    evil = "\n".join(EVIL)
    papers = [
        paper(f"2511.6000{n}", title=f"{text} {n}", abstract=evil, comment=evil, authors=EVIL)
        for n, text in enumerate(EVIL)
    ]
    papers.append(paper("2511.60009", title="x" * 1_000_000, abstract="y " * 500_000, comment="z" * 100_000))
    with desk.store() as store:
        store.save_papers(papers)
        for listed in papers:
            said = {
                "evidence": (EVIL[1],),
                "reason": evil,
                "operation": evil,
                "unsure": evil,
                "top": ("water", "sense"),
            }
            store.save_judgments([(listed, judgment(listed.id, 0.7, "water", **said))])
        outcomes = {listed.id: Bucket.QUEUED for listed in papers}
        store.finish_run(report("3", patch="3.patch"), outcomes, (), NOW.replace(hour=8))
    with desk.serve() as server:
        context = chromium.new_context()
        tab = Tab(context)
        tab.page.goto(server.url)
        base = server.url.partition("/?")[0]
        for address in (*PAGES, *(f"/queue?at={listed.id}" for listed in papers)):
            tab.page.goto(base + address)
            assert tab.page.title().endswith("· Paper triage")
        links = tab.page.eval_on_selector_all("a", "all => all.map(one => one.href)")
        assert all(link.startswith((base, "https://arxiv.org/", "https://github.com/a/b")) for link in links)
        context.close()
    assert tab.wrong == []
    assert set(desk.drafts()) == {DRAFT, OTHER_DRAFT}


def test_a_queue_of_a_thousand_papers_is_a_small_page_whose_list_loads_on(chromium: Browser, desk: Desk) -> None:
    papers = [
        paper(f"2511.{10000 + n}", title=f"Queued Paper {n}", abstract="We water plants. " * 80) for n in range(1000)
    ]
    with desk.store() as store:
        store.save_papers(papers)
        for n, listed in enumerate(papers):
            said = judgment(listed.id, 0.9 - n / 2000, "water", top=("water", "sense"))
            store.save_judgments([(listed, said)])
        store.finish_run(report("3", patch="3.patch"), {p.id: Bucket.QUEUED for p in papers}, (), NOW.replace(hour=8))
    with desk.serve() as server:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        tab = Tab(context)
        tab.page.goto(server.url)
        answer = tab.page.goto(server.url.partition("/?")[0] + "/queue")
        assert answer is not None and len(answer.body()) < 150_000
        tab.wait_for(papers[0].id)
        rows = tab.page.locator(".row")
        assert rows.count() < 100
        rows.last.scroll_into_view_if_needed()
        tab.page.wait_for_selector(f'.row[data-paper="{papers[90].id}"]')
        tab.press("r")
        tab.wait_for(papers[1].id)
        tab.press("j")
        tab.wait_for(papers[2].id)
        context.close()
    assert tab.wrong == []


def test_a_night_is_labelled_by_keys_and_a_grade_in_scope_asks_for_its_section(
    chromium: Browser, server: ReviewServer, desk: Desk
) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    tab = Tab(context)
    tab.page.goto(server.url)
    tab.page.goto(server.url.partition("/?")[0] + NIGHT)
    tab.wait_for(DRAFT)
    tab.press("3")
    tab.page.wait_for_selector("#sections[open]")
    tab.page.keyboard.type("watering")
    tab.press("Enter")
    tab.wait_for(OTHER_DRAFT)
    tab.press("0")
    tab.wait_for(QUEUED)
    tab.press("1")
    tab.wait_for(HOMELESS)
    tab.press("m")
    tab.page.keyboard.type("no section")
    tab.press("Enter")
    tab.page.wait_for_selector('#decision [name="section"][value="NO_LEAF"]', state="attached")
    tab.press("2")
    tab.wait_for(OUT)
    context.close()
    labels = {one.id: (one.grade, one.primary) for one in read_labels(desk.folder / "labels" / "ann.jsonl")}
    assert labels == {DRAFT: (3, "water"), OTHER_DRAFT: (0, None), QUEUED: (1, None), HOMELESS: (2, "NO_LEAF")}
    assert tab.wrong == []


def test_another_page_is_told_what_was_decided_meanwhile(chromium: Browser, desk: Desk) -> None:
    with desk.serve("ann") as one, desk.serve("ben") as other:
        contexts = [chromium.new_context(), chromium.new_context()]
        ann, ben = (Tab(context) for context in contexts)
        ann.page.goto(one.url)
        ben.page.goto(other.url)
        ben.wait_for(DRAFT)
        ben.press("r")
        ben.wait_for(OTHER_DRAFT)
        ann.page.wait_for_selector("#notice:not(:empty)")
        assert "This paper was rejected by ben meanwhile" in ann.page.locator("#notice").inner_text()
        for context in contexts:
            context.close()
