"""The system's Chromium, headless: pages as a reader's browser shows them."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM") or next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: install your system's (Debian: apt-get install chromium)"
)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser."""
    with sync_playwright() as playwright:
        # A container's root has no sandbox to run in; the pages are our own.
        flags = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watched:
    """A page, and what went on in it.

    Attributes:
        page: The page.
        complaints: What it wrote to the console as a warning or error, and errors of its scripts.
        requests: What it asked for, from disk or a network.
    """

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@contextlib.contextmanager
def watched(browser: Browser, **settings: Any) -> Iterator[Watched]:
    """Open a page of its own in a browser and watch it.

    Args:
        browser: The browser.
        **settings: Of Playwright's `new_context`, such as viewport and color_scheme.
    """
    context = browser.new_context(**settings)
    found = Watched(context.new_page())
    found.page.on("console", lambda said: said.type in ("warning", "error") and found.complaints.append(said.text))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("request", lambda request: found.requests.append(request.url))
    try:
        yield found
    finally:
        context.close()
