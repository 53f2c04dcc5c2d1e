"""Open a file in headless Chromium with the network blocked, and watch what it does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

ARGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip


@dataclass
class Watch:
    """A page and what it did: requests other than for the file itself, errors, dialogs."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def quiet(self) -> bool:
        """Whether nothing was asked of the network, no error was logged and no dialog was opened."""
        return not (self.requests or self.errors or self.dialogs)


@contextmanager
def opened(path: Path, browser_path: str, width: int = 1400, height: int = 900) -> Iterator[Watch]:
    """Open a file offline and give the page with its watch."""
    from playwright.sync_api import sync_playwright

    address = path.resolve().as_uri()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=ARGS)
        try:
            context = browser.new_context(offline=True, viewport={"width": width, "height": height})
            watch = Watch(context.new_page())
            page = watch.page
            page.on("request", lambda request: _note_request(watch, request.url, address))
            page.on("pageerror", lambda error: watch.errors.append(str(error)))
            page.on(
                "console", lambda line: watch.errors.append(line.text) if line.type in {"error", "warning"} else None
            )
            page.on("dialog", lambda dialog: (watch.dialogs.append(dialog.message), dialog.dismiss()))
            page.goto(address)
            yield watch
        finally:
            browser.close()


def map_ready(watch: Watch, seconds: float = 20) -> None:
    """Wait until the map of the page is drawn; asked from outside, since the page's policy lets nobody poll inside."""
    for _ in range(int(seconds * 20)):
        if watch.page.evaluate("Boolean(window.map_cfc && map_cfc.cfcReady)"):
            return
        watch.page.wait_for_timeout(50)
    raise TimeoutError(f"the map is not ready: {watch}")


def _note_request(watch: Watch, url: str, address: str) -> None:
    if url.split("#", maxsplit=1)[0] != address and not url.startswith(("data:", "about:")):
        watch.requests.append(url)


GLYPHS = """([more, never]) => {
  const pen = Object.assign(document.createElement("canvas"), { width: 40, height: 40 })
    .getContext("2d", { willReadFrequently: true });
  const drawn = (character, font) => {
    pen.clearRect(0, 0, 40, 40);
    pen.font = font;
    pen.fillText(character, 4, 28);
    return pen.getImageData(0, 0, 40, 40).data.join();
  };
  const fontOf = (node) => {
    const style = getComputedStyle(node);
    return style.fontStyle + " " + style.fontWeight + " 24px " + style.fontFamily;
  };
  const texts = new Map();  // by font: the characters that are written in it
  const note = (font, words) => {
    if (!texts.has(font)) texts.set(font, new Set());
    for (const character of words) texts.get(font).add(character);
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    const shown = parent.matches("option") || (parent.checkVisibility() && !parent.closest("script, style"));
    if (shown) note(fontOf(parent), walk.currentNode.textContent);
  }
  more.forEach((words) => note(fontOf(document.body), words));
  const missing = new Set(), all = new Set();
  for (const [font, characters] of texts) {
    const box = drawn(never, font), nothing = drawn("", font);
    for (const character of characters) {
      if (/[\\s\\p{Cf}]/u.test(character)) continue;
      all.add(character);
      if ([box, nothing].includes(drawn(character, font))) missing.add(character);
    }
  }
  return [[...missing].sort().join(""), all.size];
}"""
NEVER_A_CHARACTER = "\ufdd0"
"""Unicode promises that it never will be one, so every font draws its box for a missing glyph."""


def missing_glyphs(page: Page, more: Sequence[str] = ()) -> tuple[str, int]:
    """Return the visible characters that no font of this machine draws, and how many different ones were looked at.

    Each character is drawn in the font of the element that holds it, and compared with what is drawn for a character
    that cannot exist. White space and marks of direction have nothing to draw.

    Parameters
    ----------
    page
        The page as it stands: what is hidden is not looked at, but for the choices of a list.
    more
        Texts that the page may show later, in the font of its body.
    """
    missing, count = page.evaluate(GLYPHS, [list(more), NEVER_A_CHARACTER])
    return str(missing), int(count)
