"""A headless Chromium of the system, driven by Playwright. Tests that need it are skipped where either is missing."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

AXE: Final = "axe-core@4"
"""The accessibility checker: fetched from npm into a cache, never committed."""

_ARGUMENTS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextmanager
def open_chromium() -> Iterator[Browser]:
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright (pip install -e '.[dev]')")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("needs Chromium (apt-get install chromium)")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class Tab:
    """A page of the browser that remembers all that went wrong in it: console errors, CSP reports, bad answers."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda message: message.type == "error" and self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.wrong.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on(
            "request", lambda request: "//127.0.0.1:" not in request.url and self.wrong.append(f"asked {request.url}")
        )

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def shown(self) -> str:
        """Return the id of the paper that is shown, empty when there is none."""
        article = self.page.locator("#card article")
        return (article.get_attribute("data-paper") or "") if article.count() else ""

    def wait_for(self, paper_id: str) -> None:
        self.page.wait_for_selector(f'#card article[data-paper="{paper_id}"]')


def axe_source() -> str:
    """Return the script of axe-core. Skips the test where npm cannot fetch it."""
    folder = ROOT / ".cache" / "axe-core"
    script = folder / "package" / "axe.min.js"
    if not script.exists():
        if shutil.which("npm") is None:
            pytest.skip("needs npm, which fetches axe-core")
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["npm", "pack", "--silent", AXE], cwd=folder, capture_output=True, text=True, check=False, timeout=120
        )
        packed = sorted(Path(folder).glob("*.tgz"))
        if done.returncode or not packed:
            pytest.skip("needs axe-core from npm, which did not answer")
        with tarfile.open(packed[-1]) as archive:
            archive.extract("package/axe.min.js", folder, filter="data")
    return script.read_text("utf-8")
