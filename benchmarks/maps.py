"""How heavy the map of central Harbin is, and how soon it is ready in headless Chromium with the network cut.

Ready is when all layers are drawn and the map answers (the mark ``cfc-ready``, counted from the start of navigation).
Medians of rounds, each in a browser of its own, on a window of 1400 by 900 and on a phone's 400 by 850.

    python benchmarks/maps.py EXTRACT [--rounds 5] [--chromium chromium]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from cfc_gis import maps
from cfc_gis.study import Study

WANTED_BYTES, WANTED_S = 8_000_000, 3.0
ARGS = ["--headless", "--no-sandbox", "--disable-gpu"]
READY = "(performance.getEntriesByName('cfc-ready')[0] || {startTime: 0}).startTime"


def ready_s(file: Path, chromium: str, width: int, height: int) -> float:
    """Return the seconds from navigation to the finished map."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=ARGS)
        page = browser.new_context(offline=True, viewport={"width": width, "height": height}).new_page()
        page.goto(file.as_uri())
        while not (milliseconds := page.evaluate(READY)):
            page.wait_for_timeout(20)
        browser.close()
    return float(milliseconds) / 1000


def main(extract: str, rounds: int, chromium: str) -> None:
    result = Study.from_extract(extract).run(season="both")
    begin = time.perf_counter()
    _ = result.routes
    after_routes = time.perf_counter()
    drawn = result.map()
    page = maps.to_html(drawn)
    end = time.perf_counter()
    inline = drawn._repr_html_()
    print(f"routes {after_routes - begin:.1f} s, page {end - after_routes:.1f} s, {len(result.routes)} ways")
    print(f"map.html {len(page.encode()) / 1e6:.2f} MB (wanted: {WANTED_BYTES / 1e6:.0f})")
    print(f"in a notebook {len(inline.encode()) / 1e6:.2f} MB, {time.perf_counter() - end:.2f} s")
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "map.html"
        file.write_text(page, encoding="utf-8")
        for width, height in ((1400, 900), (400, 850)):
            seconds = [ready_s(file, chromium, width, height) for _ in range(rounds)]
            print(f"ready at {width} x {height}: {statistics.median(seconds):.2f} s (wanted: {WANTED_S}), {seconds}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extract")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    told = parser.parse_args()
    main(told.extract, told.rounds, told.chromium)
