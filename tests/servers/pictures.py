"""Takes the pictures of the documents from a running demonstration: `make pictures`.

Each page is taken as its own reader sees it, wide and on a telephone, as WebP beside the documents. Only pages that
a demonstration fills are in the list; look at each picture before it is committed.
"""

from __future__ import annotations

import base64
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from ascbridge.intake.hl7v2.mllp import frame
from tests.intake.messages import adt
from tests.servers import browser

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
WIDTHS = {"1280": 1280, "375": 375}
WARMED_UP_S = 60
TALLEST = 1_800
NAMES = {"discharge-team": "Nia Brown", "safeguarding": "Asha Lowe", "it-operations": "Sam Cole"}


@dataclass(frozen=True, slots=True)
class Picture:
    """One page: how its file begins, who reads it, and its address, or of which address it is the first link.

    `typed`: what is typed into which field, and then sent.
    """

    name: str
    role: str
    address: str
    first: str = ""
    typed: tuple[tuple[str, str], ...] = ()


REFUSED_NUMBER = "9993000124"
PICTURES = (
    Picture("desk", "discharge-team", "/worklist"),
    Picture("wards", "discharge-team", "/worklist/wards"),
    Picture("pathways", "discharge-team", "/worklist/pathways"),
    Picture("changes", "discharge-team", "/worklist/changes"),
    Picture("task", "discharge-team", "/worklist", first='a[href^="/tasks/"]'),
    Picture("safeguarding", "safeguarding", "/safeguarding"),
    Picture("concern", "safeguarding", "/safeguarding", first='a[href^="/safeguarding/concerns/"]'),
    Picture("find", "it-operations", "/operations/find"),
    Picture(
        "trail", "it-operations", "/operations/find?trigger=A16", first='a[href^="/operations/messages/"]'
    ),
    Picture("no-task", "it-operations", "/operations/no-task"),
    Picture(
        "no-task-answer",
        "it-operations",
        "/operations/no-task",
        typed=(("#nhs_number", REFUSED_NUMBER), ("#why", "The ward rang")),
    ),
)


def sign_in(page: Page, link: str, role: str) -> None:
    """Be somebody in a role: by the link that opens once, or by changing the role."""
    page.goto(link)
    page.fill("#name", NAMES[role])
    page.check(f'input[value="{role}"]')
    page.click("text=Continue")


def take(page: Page, picture: Picture, base: str) -> None:
    """Write one picture for each width."""
    page.goto(base + picture.address)
    if picture.first:
        page.goto(base + str(page.locator(picture.first).first.get_attribute("href")))
    for field, text in picture.typed:
        page.fill(field, text)
    if picture.typed:
        page.click("main form button")
        page.wait_for_load_state()
    talk = page.context.new_cdp_session(page)
    for name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        tall = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
        part = {"x": 0, "y": 0, "width": width, "height": tall, "scale": 1}
        wanted: dict[str, Any] = {
            "format": "webp",
            "quality": 80,
            "captureBeyondViewport": True,
            "clip": part,
        }
        taken = talk.send("Page.captureScreenshot", wanted)
        file = FOLDER / f"{picture.name}-{name}.webp"
        file.write_bytes(base64.b64decode(taken["data"]))
        sys.stdout.write(f"{file.name}\n")


def send_refused(address: str) -> None:
    """Send a message without a visit number, which is refused, so that there is somebody with a question to be answered."""
    host, _, port = address.rpartition(":")
    raw = adt(
        "A01", control_id="WARD1", nhs_number=REFUSED_NUMBER, local_id="L300", visit="", pid={7: "19419999"}
    )
    with socket.create_connection((host, int(port)), timeout=30) as wire:
        wire.sendall(frame(raw))
        wire.recv(4096)


def main() -> int:
    """Play the demonstration until its lists are full, take every picture, and end it; returns the exit code."""
    if said := browser.missing():
        sys.stderr.write(f"{said}\n")
        return 2
    command = [sys.executable, "-m", "ascbridge", "demo", "--seed", "8", "--speed", "600"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo, sync_playwright() as player:
        assert demo.stdout is not None
        link = next(found[1] for line in demo.stdout if (found := re.search(r"Open (\S+)", line)))
        send_refused(
            next(found[1] for line in demo.stdout if (found := re.search(r"taken on (\S+:\d+)", line)))
        )
        base = str(httpx.URL(link).copy_with(path="", query=None)).rstrip("/?")
        time.sleep(WARMED_UP_S)  # the morning of the story, so that every list has something
        chromium = browser.launch(player)
        page, role = chromium.new_page(), ""
        try:
            for picture in PICTURES:
                if picture.role != role:
                    sign_in(page, link if not role else f"{base}/sign-in/role", picture.role)
                    role = picture.role
                take(page, picture, base)
        finally:
            chromium.close()
            demo.terminate()
            demo.stdout.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
