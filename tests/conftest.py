"""Nothing here may leave this machine: a socket guard, no keys, no tracing, and the paths that tests share."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.support import postgres
from tests.support.cli import Commands

# A busy machine is slow, and CI must say the same of the same commit: new examples are for the developer's machine.
# ``make test-all`` asks for the thorough profile by an option of Hypothesis's plugin.
SAME = bool(os.environ.get("CI"))
hypothesis.settings.register_profile("quick", deadline=None, derandomize=SAME, max_examples=25)
hypothesis.settings.register_profile("thorough", deadline=None, derandomize=SAME, max_examples=150)
hypothesis.settings.load_profile("quick")

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"


def pytest_collection() -> None:
    """What is imported stays until the end: there is no garbage to look for in it, neither now nor later."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real listings and abstracts, which are never part of this project."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared/data (real abstracts, which are not committed)")
    return SHARED


@pytest.fixture(autouse=True)
def _sealed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches the network beyond the loopback, or sees the keys and settings of the person who runs it."""
    for name in list(os.environ):
        if name.startswith(("TRIAGE_", "OPENAI_", "GITHUB_", "LANGSMITH_", "LANGCHAIN_", "PG")):
            monkeypatch.delenv(name)
    if request.node.get_closest_marker("live"):
        return
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"a test tried to reach {host}: tests stay on the loopback")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this process's own."""
    programs = postgres.find_programs()
    if programs is None:
        pytest.skip("needs a PostgreSQL server (Debian: apt-get install postgresql)")
    with postgres.run_server(programs) as url:
        yield url


@pytest.fixture
def shared_state(postgres_url: str) -> str:
    """The address of an empty PostgreSQL database."""
    postgres.empty(postgres_url)
    return postgres_url


@pytest.fixture
def triage(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Commands:
    """The command line, with a state folder of its own."""
    return Commands(tmp_path / "state", capsys, monkeypatch)
