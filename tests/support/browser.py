"""The browser Chromium, without a window, for tests marked `chromium`.

HASHSWEEP_CHROMIUM names its program, or it is on PATH.
"""

import base64
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

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


def photograph(browser: "Browser", data: bytes, size: tuple[int, int]) -> np.ndarray:
    """Return the pixels that a white page shows for a picture: int16, (height, width, 3)."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    packed = base64.b64encode(data).decode()
    page.set_content(
        f'<body style="margin:0;background:white"><img src="data:image;base64,{packed}">'
    )
    page.wait_for_function("document.images[0].complete")
    pixels = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return np.asarray(pixels, np.int16)


_PLAY = """async ([packed, type]) => {
    const data = Uint8Array.from(atob(packed), each => each.charCodeAt(0));
    const decoder = new ImageDecoder({data, type});
    await decoder.tracks.ready;
    await decoder.completed;
    const frames = [];
    for (let frameIndex = 0; frameIndex < decoder.tracks.selectedTrack.frameCount; frameIndex++) {
        const {image} = await decoder.decode({frameIndex});
        const canvas = new OffscreenCanvas(image.displayWidth, image.displayHeight);
        const context = canvas.getContext("2d");
        context.fillStyle = "white";
        context.fillRect(0, 0, canvas.width, canvas.height);
        context.drawImage(image, 0, 0);
        const blob = await canvas.convertToBlob();
        frames.push(btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer()))));
    }
    return frames;
}"""


def play(browser: "Browser", data: bytes, media_type: str) -> np.ndarray:
    """Return the frames of an animation over white: int16, (frames, height, width, 3)."""
    page = browser.new_page()
    page.route("**", lambda route: route.fulfill(body="", content_type="text/html"))
    page.goto("https://animation.test/")  # the decoder is only there in secure contexts
    frames = page.evaluate(_PLAY, [base64.b64encode(data).decode(), media_type])
    page.close()
    images = [Image.open(io.BytesIO(base64.b64decode(each))).convert("RGB") for each in frames]
    return np.array([np.asarray(each, np.int16) for each in images])
