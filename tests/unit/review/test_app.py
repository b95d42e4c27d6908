"""Who may open the review page, and who may not: over real HTTP on the loopback."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from agent.errors import ConfigError
from agent.review import open_review
from tests.support.browser import Browser
from tests.support.desk import DRAFT, NOW, OTHER_DRAFT, Desk


def test_the_address_that_was_given_opens_the_page(browser: Browser) -> None:
    answer = browser.get()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_the_server_listens_on_the_loopback_only(desk: Desk) -> None:
    with open_review(desk.survey, desk.store, desk.labels, 0, lambda: NOW) as server:
        assert server.socket.getsockname()[0] == "127.0.0.1"
        assert server.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("query", ["", "?token=", "?token=wrong", "?token=%C3%A9%ED%A0%80", "?Token={}", "?token={}x"])
def test_a_wrong_token_is_403_for_pages_and_forms(browser: Browser, query: str) -> None:
    token = urlsplit(browser.url).query.removeprefix("token=")
    for address in ("/", "/night/2025-11-13", "/nowhere", "/refuse"):
        assert browser.send("GET", address + query.format(token)).status == 403
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    form.action = "/refuse" + query.format(token)
    assert browser.post(form).status == 403


def test_a_token_given_twice_is_403(browser: Browser) -> None:
    query = urlsplit(browser.url).query
    assert browser.send("GET", f"/?token=wrong&{query}").status == 403


def test_each_server_has_tokens_of_its_own(desk: Desk) -> None:
    with (
        open_review(desk.survey, desk.store, desk.labels, 0, lambda: NOW) as one,
        open_review(desk.survey, desk.store, desk.labels, 0, lambda: NOW) as other,
    ):
        assert len({one.token, one.form_token, other.token, other.form_token}) == 4
        assert len(one.token) >= 43  # 32 random bytes


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "evil.example:{port}", "[::1]:{port}"])
def test_a_wrong_host_is_403_though_the_token_is_right(browser: Browser, desk: Desk, host: str) -> None:
    wrong = host.format(port=urlsplit(browser.url).port)
    assert browser.get(Host=wrong).status == 403
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    assert browser.post(form, Host=wrong, Origin=f"http://{wrong}").status == 403
    assert DRAFT in desk.drafts()


def test_no_host_at_all_is_403(browser: Browser) -> None:
    parts = urlsplit(browser.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as raw:
        raw.sendall(f"GET /?{parts.query} HTTP/1.0\r\n\r\n".encode())
        assert b" 403 " in raw.makefile("rb").readline()


@pytest.mark.parametrize("given", ["", "wrong", "é"])
def test_a_form_without_its_token_is_403_and_decides_nothing(browser: Browser, desk: Desk, given: str) -> None:
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    assert browser.post(form, ("form_token", given)).status == 403
    form.fields = [field for field in form.fields if field[0] != "form_token"]
    assert browser.post(form).status == 403
    assert DRAFT in desk.drafts()


def test_the_token_of_the_address_is_not_the_token_of_the_forms(browser: Browser) -> None:
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    assert browser.post(form, ("form_token", urlsplit(browser.url).query.removeprefix("token="))).status == 403


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "https://127.0.0.1", ""])
def test_a_form_from_another_origin_is_403_and_decides_nothing(browser: Browser, desk: Desk, origin: str) -> None:
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    assert browser.post(form, Origin=origin).status == 403
    assert DRAFT in desk.drafts()


def test_a_form_without_an_origin_is_403(browser: Browser, desk: Desk) -> None:
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    body = "&".join(f"{name}={value}" for name, value in form.fields)
    kind = "application/x-www-form-urlencoded"
    assert browser.send("POST", form.action, body, Content_Type=kind).status == 403
    assert DRAFT in desk.drafts()


def test_a_link_alone_decides_nothing(browser: Browser, desk: Desk) -> None:
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    assert browser.send("GET", form.action + "&" + "&".join("=".join(pair) for pair in form.fields)).status == 404
    assert DRAFT in desk.drafts()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Length": "70000"}, 413),
        ({"Content_Length": "-1"}, 413),
        ({"Content_Length": "many"}, 413),
        ({"Content_Length": "9" * 5000}, 413),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "multipart/form-data; boundary=x"}, 415),
    ],
)
def test_what_is_no_small_form_is_turned_away(browser: Browser, headers: dict[str, str], status: int) -> None:
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    assert browser.post(form, **headers).status == status


@pytest.mark.parametrize("body", ["paper=%FF", "é=1", "&".join(f"a{n}=1" for n in range(60))])
def test_a_form_that_cannot_be_read_is_400(browser: Browser, body: str) -> None:
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    sent = {"Origin": browser.origin, "Content_Type": "application/x-www-form-urlencoded"}
    assert browser.send("POST", form.action, body.encode().decode("latin-1"), **sent).status == 400


def test_every_answer_forbids_scripts_frames_and_copies(browser: Browser) -> None:
    form = browser.form(browser.get().page, "/refuse", DRAFT)
    answers = [browser.get(), browser.get(Host="evil.example"), browser.get("/nowhere?token=x"), browser.post(form)]
    answers.append(browser.send("BREW", "/"))
    assert [answer.status for answer in answers] == [200, 403, 403, 303, 501]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy)
        assert not any(rule.startswith("script-src") or "unsafe" in rule for rule in policy)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_style_is_allowed_by_a_nonce_that_is_new_each_time(browser: Browser) -> None:
    nonces = set()
    for answer in (browser.get(), browser.get()):
        nonce = answer.text.partition('<style nonce="')[2].partition('"')[0]
        assert f"style-src 'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]
        nonces.add(nonce)
    assert len(nonces) == 2


def test_a_connection_that_a_browser_leaves_open_keeps_no_one_waiting(browser: Browser) -> None:
    parts = urlsplit(browser.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20):
        assert browser.get().status == 200


def test_nothing_is_logged_for_each_address_holds_the_token(
    browser: Browser, capfd: pytest.CaptureFixture[str]
) -> None:
    browser.get()
    browser.get("/nowhere?token=wrong")
    browser.submit("/refuse", OTHER_DRAFT)
    assert capfd.readouterr() == ("", "")


def test_a_port_in_use_is_one_clear_line(desk: Desk) -> None:
    with open_review(desk.survey, desk.store, desk.labels, 0, lambda: NOW) as first:
        port = first.server_address[1]
        with pytest.raises(ConfigError, match=rf"^--port {port}: Address already in use; give another.*$"):
            open_review(desk.survey, desk.store, desk.labels, port, lambda: NOW)


@pytest.mark.parametrize("port", [-1, 80, 1023, 65536, 10**9])
def test_a_port_that_cannot_be_is_one_clear_line(desk: Desk, port: int) -> None:
    with pytest.raises(ConfigError, match=rf"^--port {port}: give a port from 1024 to 65535.*$"):
        open_review(desk.survey, desk.store, desk.labels, port, lambda: NOW)
