"""The browser Chromium, without a window, for tests marked `chromium`.

HASHSWEEP_CHROMIUM names its program, or it is on PATH.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROGRAM = os.environ.get("HASHSWEEP_CHROMIUM") or shutil.which("chromium")
"""The program, None where there is none."""


@contextmanager
def running() -> Iterator["Browser"]:
    """Start the browser and end it; as root it cannot confine itself."""
    from playwright.sync_api import sync_playwright  # 0.3 s that other tests do not need

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=PROGRAM, args=arguments)
        yield browser
        browser.close()
