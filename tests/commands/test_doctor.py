"""`triage doctor` names the fault first in set-ups that are broken in one place each, and changes nothing."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from agent.database.store import FILE, open_store
from agent.settings import DEFAULT_REPOSITORY
from tests.conftest import ROOT
from tests.support.cli import Commands, Ended

GARDENS = ROOT / "tests" / "fixtures" / "gardens"


class Servers:
    """The model server, GitHub and arXiv in one: ``answers`` maps the start of a path to a status and a JSON body."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, object]] = {
            "/v1/models": (200, {"data": [{"id": "gpt-6-luna"}]}),
            "/repos/owner/list": (200, {"permissions": {"push": True}}),
            "/api/query": (200, None),
        }
        self.methods: set[str] = set()
        self.date = ""
        servers = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                servers.methods.add(self.command)
                status, body = next(
                    (answer for path, answer in servers.answers.items() if self.path.startswith(path)), (404, None)
                )
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_POST = do_GET

            def date_time_string(self, timestamp: float | None = None) -> str:
                return servers.date or super().date_time_string(timestamp)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    made = Servers()
    thread = Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("OPENAI_BASE_URL", f"{made.url}/v1")
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_canary_of_the_doctor")
    monkeypatch.setenv("TRIAGE_GITHUB_API_URL", made.url)
    monkeypatch.setenv("TRIAGE_GITHUB_REPOSITORY", "owner/list")
    monkeypatch.setenv("TRIAGE_ARXIV_API_URL", f"{made.url}/api/query")
    yield made
    made.http.shutdown()
    thread.join()
    made.http.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(GARDENS, tmp_path / "list"))


def doctor(triage: Commands, folder: Path, *options: str) -> Ended:
    return triage("doctor", "--config", folder / "triage.toml", "--json", *options)


def first_fault(ended: Ended) -> tuple[str, str]:
    faults = [check for check in ended.json["checks"] if not check["ready"]]
    assert ended.code == 2
    assert all(check["remedy"] for check in faults)
    return faults[0]["subject"], faults[0]["found"]


def test_a_whole_set_up_is_ready_and_stays_as_it_was(triage: Commands, folder: Path, servers: Servers) -> None:
    before = sorted(path for path in folder.rglob("*"))
    ended = doctor(triage, folder)
    assert (ended.code, ended.json["ready"]) == (0, True), ended.out
    assert sorted(path for path in folder.rglob("*")) == before
    assert not triage.state.exists()
    assert servers.methods == {"GET"}
    assert "ghp_canary" not in ended.out + ended.err


def test_a_token_needs_no_repository_where_drafts_become_patches(
    triage: Commands, folder: Path, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_GITHUB_REPOSITORY", DEFAULT_REPOSITORY)
    ended = doctor(triage, folder)
    found = {check["subject"]: check["found"] for check in ended.json["checks"]}
    assert (ended.code, "drafts become patches" in found["GitHub"]) == (0, True)


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 2)])
def test_the_feed_is_asked_where_it_is_the_source(
    triage: Commands, folder: Path, servers: Servers, monkeypatch: pytest.MonkeyPatch, status: int, code: int
) -> None:
    monkeypatch.setenv("TRIAGE_SOURCE_KIND", "rss")
    monkeypatch.setenv("TRIAGE_ARXIV_RSS_URL", f"{servers.url}/rss")
    servers.answers |= {"/rss/": (status, None), "/api/query": (503 if status == 200 else 200, None)}
    assert doctor(triage, folder).code == code


def test_offline_asks_no_server(triage: Commands, folder: Path, servers: Servers) -> None:
    assert doctor(triage, folder, "--offline").code == 0
    assert not servers.methods


def test_without_git_no_draft_can_be_delivered(
    triage: Commands, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert first_fault(doctor(triage, folder, "--offline")) == ("git", "git is not installed")


def test_the_table_names_the_remedy(triage: Commands, folder: Path) -> None:
    (folder / "taxonomy" / "survey.yaml").write_text("title: [", encoding="utf-8")
    ended = triage("doctor", "--config", folder / "triage.toml", "--offline")
    assert (ended.code, "NOT READY" in ended.out, "triage init" in ended.out) == (2, True, True)


def test_settings_that_are_no_settings(triage: Commands, folder: Path) -> None:
    (folder / "triage.toml").write_text("[judge]\nmodle = 'x'\n", encoding="utf-8")
    subject, found = first_fault(doctor(triage, folder))
    assert (subject, "modle" in found) == ("configuration", True)


def test_a_heading_that_left_the_list(triage: Commands, folder: Path, servers: Servers) -> None:
    path = folder / "data" / "list.md"
    path.write_text(path.read_text("utf-8").replace("Water", "Irrigation").replace("water", "irrigation"), "utf-8")
    assert first_fault(doctor(triage, folder))[0] == "list and taxonomy"


@pytest.mark.parametrize("file", ["data/summaries.jsonl", "data/labels/mine.jsonl", "taxonomy/invented.jsonl"])
def test_a_file_of_the_list_that_cannot_be_read_as_a_run_would_find_it(
    triage: Commands, folder: Path, file: str
) -> None:
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text("{\n", "utf-8")
    subject, found = first_fault(doctor(triage, folder, "--offline"))
    assert (subject, file in found) == ("list and taxonomy", True)
    night = triage("run", "--config", folder / "triage.toml", "--source", folder / "night.jsonl", "--judge", "local")
    assert (night.code, file in night.line) == (2, True)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("TRIAGE_JUDGE_MODEL", "foo", "needs a price for model 'foo'"),
        ("TRIAGE_JUDGE_PROMPT", "judge/v99", "[judge] prompt 'judge/v99': "),
    ],
)
def test_a_model_without_a_price_and_a_prompt_that_is_nowhere(
    triage: Commands, folder: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    monkeypatch.setenv(variable, value)
    subject, found = first_fault(doctor(triage, folder, "--offline"))
    assert (subject, said in found) == ("judge", True)


def test_a_list_that_is_not_there(triage: Commands, folder: Path, servers: Servers) -> None:
    (folder / "data" / "list.md").unlink()
    subject, found = first_fault(doctor(triage, folder))
    assert (subject, "list.md" in found) == ("list and taxonomy", True)


def test_a_damaged_state(triage: Commands, folder: Path, servers: Servers) -> None:
    triage.state.mkdir()
    (triage.state / FILE).write_bytes(b"not a database" * 100)
    assert first_fault(doctor(triage, folder))[0] == "state"


def test_a_state_of_a_newer_program(triage: Commands, folder: Path, servers: Servers) -> None:
    with open_store(triage.state, exclusive=False):
        pass
    with closing(sqlite3.connect(triage.state / FILE)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '99'")
    subject, found = first_fault(doctor(triage, folder))
    assert (subject, "99" in found) == ("state", True)


@pytest.mark.parametrize(
    ("path", "answer", "subject", "words"),
    [
        ("/v1/models", (401, None), "model server", "401"),
        ("/v1/models", (404, None), "model server", "404"),
        ("/v1/models", (200, {"data": [{"id": "llama"}]}), "model server", "gpt-6-luna"),
        ("/repos/owner/list", (401, None), "GitHub", "not valid"),
        ("/repos/owner/list", (301, None), "GitHub", "moved"),
        ("/repos/owner/list", (200, {"permissions": {"push": False}}), "GitHub", "may not write"),
        ("/repos/owner/list", (200, {"archived": True}), "GitHub", "archived"),
        ("/api/query", (429, None), "arXiv", "429"),
    ],
)
def test_a_server_that_would_fail_the_night(
    triage: Commands, folder: Path, servers: Servers, path: str, answer: tuple[int, object], subject: str, words: str
) -> None:
    servers.answers[path] = answer
    named, found = first_fault(doctor(triage, folder))
    assert (named, words in found) == (subject, True), found


@pytest.mark.parametrize("status", [403, 404])
def test_a_server_that_lists_no_models_is_ready_when_it_knows_chat_completions(
    triage: Commands, folder: Path, servers: Servers, status: int
) -> None:
    servers.answers |= {"/v1/models": (status, None), "/v1/chat/completions": (422, {"detail": "messages: missing"})}
    ended = doctor(triage, folder)
    assert (ended.code, "it lists no models" in ended.out) == (0, True)


@pytest.mark.parametrize(("models", "completions"), [(400, 404), (429, 502), (503, 400), (401, 422), (404, 500)])
def test_a_server_that_lists_no_models_and_does_not_refuse_an_empty_question_is_a_fault(
    triage: Commands, folder: Path, servers: Servers, models: int, completions: int
) -> None:
    servers.answers |= {"/v1/models": (models, None), "/v1/chat/completions": (completions, None)}
    subject, found = first_fault(doctor(triage, folder))
    assert (subject, f"HTTP {models}" in found) == ("model server", True)


@pytest.mark.parametrize("listed", ["models/gpt-6-luna", "openai/gpt-6-luna", "gpt-6-luna:latest"])
def test_a_model_is_known_by_the_name_that_a_server_lists(
    triage: Commands, folder: Path, servers: Servers, listed: str
) -> None:
    servers.answers["/v1/models"] = (200, {"data": [{"id": "llama"}, {"id": listed}]})
    assert doctor(triage, folder).code == 0


def test_a_server_that_is_not_there(
    triage: Commands, folder: Path, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    subject, found = first_fault(doctor(triage, folder))
    assert (subject, "http://127.0.0.1:9: no answer" in found) == ("model server", True)


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("Thu, 13 Nov 2025 12:00:00", "2025-11-13 12:00 UTC"),
        ("Thu, 13 Nov 2025 12:00:00 -0000", "2025-11-13 12:00 UTC"),
        ("Thu, 13 Nov 2025 12:00:00 +99999999999999999999", "2025-11-13 12:00 UTC, compared with nothing"),
    ],
)
def test_a_servers_clock_is_read_in_any_form(
    triage: Commands, folder: Path, servers: Servers, monkeypatch: pytest.MonkeyPatch, date: str, said: str
) -> None:
    servers.date = date
    monkeypatch.setattr("agent.commands.doctor.now", lambda: datetime(2025, 11, 13, 12, tzinfo=UTC))
    ended = doctor(triage, folder)
    assert ended.code == 0
    assert [check["found"] for check in ended.json["checks"] if check["subject"] == "clock"] == [said]


def test_a_clock_that_is_wrong(
    triage: Commands, folder: Path, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.commands.doctor.now", lambda: datetime.now(UTC) + timedelta(hours=2))
    subject, found = first_fault(doctor(triage, folder))
    assert (subject, "120 minutes ahead" in found) == ("clock", True)
