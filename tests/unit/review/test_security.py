"""Access to the review page, granted and refused: over real HTTP on the loopback."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from agent.errors import ConfigError
from agent.review.server import ReviewServer
from tests.support.browser import Browser
from tests.support.desk import DRAFT, Desk

PAGES = (
    "/drafts",
    "/queue",
    "/nights",
    "/labels",
    "/apply",
    "/static/page.js",
    f"/card?tab=drafts&paper={DRAFT}",
    "/no",
)


def token_of(browser: Browser) -> str:
    return urlsplit(browser.url).query.removeprefix("token=")


def test_the_printed_address_becomes_a_cookie_and_leaves_the_address_bar(desk: Desk) -> None:
    with desk.serve() as server:
        browser = Browser(server.url)
        answer = browser.enter()
        assert (answer.status, answer.headers["location"]) == (303, "/")
        flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
        assert {"httponly", "samesite=strict", "path=/"} <= flags
        assert token_of(browser) not in answer.headers["set-cookie"]
        assert browser.get("/drafts").status == 200


def test_the_printed_address_lets_one_browser_in_and_that_one_again(browser: Browser) -> None:
    address = f"/?token={token_of(browser)}"
    assert browser.send("GET", address).status == 403
    assert browser.get(address).status == 303


@pytest.mark.parametrize(
    "query", ["?token=", "?token=wrong", "?token=%C3%A9%ED%A0%80", "?token={}x", "?token={0}&token={0}"]
)
def test_a_wrong_token_opens_nothing(desk: Desk, query: str) -> None:
    with desk.serve() as server:
        browser = Browser(server.url)
        answer = browser.send("GET", "/" + query.format(token_of(browser)))
        assert (answer.status, "set-cookie" in answer.headers) == (403, False)
        assert browser.enter().status == 303


def test_without_the_cookie_there_is_no_page_and_no_file(browser: Browser) -> None:
    name = browser.cookie.partition("=")[0]
    for cookie in ("", f"{name}=wrong", f"{name}=", f"other={browser.cookie.partition('=')[2]}"):
        assert {browser.get(page, Cookie=cookie).status for page in PAGES} == {403}


def test_the_server_listens_on_the_loopback_only(desk: Desk) -> None:
    with desk.serve() as server:
        assert server.url.startswith("http://127.0.0.1:")
        with pytest.raises(OSError, match=r"refused|unreachable|not"):
            socket.create_connection(("127.0.0.2", urlsplit(server.url).port or 0), timeout=5)


def test_each_server_has_secrets_of_its_own(desk: Desk) -> None:
    with desk.serve() as one, desk.serve() as other:
        assert len({one.access.token, one.access.csrf, other.access.token, other.access.csrf}) == 4
        assert len(one.access.token) >= 43  # 32 random bytes
        first, second = Browser(one.url), Browser(other.url)
        first.enter()
        second.enter()
        assert first.cookie.partition("=")[0] != second.cookie.partition("=")[0]
        assert second.get("/drafts", Cookie=first.cookie).status == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "evil.example:{port}", "[::1]:{port}"])
def test_a_wrong_host_is_403_though_the_cookie_is_right(browser: Browser, desk: Desk, host: str) -> None:
    wrong = host.format(port=urlsplit(browser.url).port)
    assert browser.get("/drafts", Host=wrong).status == 403
    fields = (("verdict", "reject"), ("paper", DRAFT), ("tab", "drafts"))
    assert browser.post("/decide", *fields, Host=wrong, Origin=f"http://{wrong}").status == 403
    assert DRAFT in desk.drafts()


@pytest.mark.parametrize("origin", ["null", "http://evil.example", "https://127.0.0.1", ""])
def test_a_form_from_another_origin_is_403_and_decides_nothing(browser: Browser, desk: Desk, origin: str) -> None:
    fields = (("verdict", "reject"), ("paper", DRAFT), ("tab", "drafts"))
    assert browser.post("/decide", *fields, Origin=origin).status == 403
    assert browser.post("/decide", *fields, Sec_Fetch_Site="cross-site").status == 403
    assert browser.post("/decide", *fields, Sec_Fetch_Site="same-site").status == 403
    assert DRAFT in desk.drafts()


@pytest.mark.parametrize("given", ["", "wrong", "é"])
def test_a_form_without_its_token_is_403_and_decides_nothing(browser: Browser, desk: Desk, given: str) -> None:
    fields = (("verdict", "reject"), ("paper", DRAFT), ("tab", "drafts"))
    for wrong in (given, token_of(browser), browser.cookie.partition("=")[2]):
        assert browser.post("/decide", *fields, X_CSRF_Token=wrong).status == 403
    assert DRAFT in desk.drafts()


def test_a_link_alone_decides_nothing(browser: Browser, desk: Desk) -> None:
    for address in ("/decide", "/undo"):
        assert browser.get(f"{address}?verdict=reject&paper={DRAFT}&tab=drafts").status in (404, 405)
    assert DRAFT in desk.drafts()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content_Length": "70000"}, 413),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "multipart/form-data; boundary=x"}, 415),
    ],
)
def test_what_is_no_small_form_is_turned_away(browser: Browser, headers: dict[str, str], status: int) -> None:
    assert browser.post("/decide", ("verdict", "reject"), **headers).status == status


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "BREW"])
def test_other_methods_are_turned_away(browser: Browser, method: str) -> None:
    assert browser.send(method, "/decide", Cookie=browser.cookie).status in (400, 405)


def test_every_answer_forbids_what_the_page_does_not_need(browser: Browser) -> None:
    answers = [browser.get(page) for page in PAGES]
    answers += [browser.get("/drafts", Cookie=""), browser.get("/drafts", Host="evil.example"), browser.post("/undo")]
    for answer in answers:
        policy = answer.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy)
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in answer.headers
        assert "server" not in answer.headers


def test_fifty_stalled_connections_do_not_hold_up_the_next(browser: Browser) -> None:
    parts = urlsplit(browser.url)
    with ExitStack() as stack:
        for number in range(50):
            stalled = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20)
            stack.enter_context(stalled)
            if number % 2:
                stalled.sendall(f"POST /decide HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 9\r\n".encode())
        assert browser.get("/drafts").status == 200


@pytest.mark.parametrize("port", [80, -1, 65536])
def test_a_port_that_cannot_be_had_is_one_clear_line(desk: Desk, port: int) -> None:
    with pytest.raises(ConfigError, match=rf"^--port {port}: give a port from 1024 to 65535"):
        ReviewServer(desk.tools(), port)


def test_a_port_in_use_is_one_clear_line(desk: Desk) -> None:
    with desk.serve() as server, pytest.raises(ConfigError, match=r"^--port \d+: Address already in use; give another"):
        ReviewServer(desk.tools(), urlsplit(server.url).port or 0)
