"""Ask servers of the Overpass API, one at a time and no oftener than they like, until one gives a whole answer.

A server that says 429 is left in peace as long as it wishes, and the next one is asked; other failures are repeated
with growing pauses; a server that cannot be reached, or shows a web page, is not asked again. All waiting together is
limited. A whole answer is OSM XML to its closing tag that holds no ``remark``: with a remark the server says, under
status 200, that it broke off, and what it sent so far is of no use.
"""

from __future__ import annotations

import mmap
import os
import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cfc_gis.errors import NetworkUnavailable, UserError
from cfc_gis.sources import files, web
from cfc_gis.sources import limits as defaults
from cfc_gis.sources.limits import Limits
from cfc_gis.sources.web import Fault, Head, Kind, Tell, quiet

VARIABLE = "CFC_OVERPASS"
"""Environment variable with addresses of servers, separated by commas or spaces."""

_HEAD = 4096
_TAIL = 256
_LONGEST_PAUSE_S = 60.0
_MB = 1_000_000
_HOPELESS: tuple[Kind, ...] = ("unreachable", "tls", "redirected", "web_page", "refused")
_TOO_MUCH = re.compile(r"timed out|timeout|out of memory", re.IGNORECASE)
_OVERLOADS_BEFORE_SPLIT = 2
_BASE = re.compile(rb'<meta[^>]*\bosm_base="([0-9TZ:.-]+)"')
# Which fault explains best why nothing came, when servers fail in different ways.
_MESSAGES: tuple[tuple[Kind, str], ...] = (
    ("tls", "live_tls"), ("web_page", "live_web_page"), ("redirected", "live_web_page"), ("busy", "live_busy"),
    ("remark", "live_remark"), ("overloaded", "live_overloaded"), ("silent", "live_silent"), ("cut", "live_broken"),
    ("no_osm", "live_broken"), ("too_large", "live_broken"), ("refused", "live_refused"),
    ("unreachable", "live_unreachable"),
)  # fmt: skip


class TooMuch(Exception):
    """The server broke off because it was asked for too much at once: ask for less."""


@dataclass(frozen=True)
class Answer:
    """A whole answer.

    Parameters
    ----------
    server
        Host that gave it.
    data_date
        Date and time of the data in UTC, such as ``2024-04-09T12:00:00Z``; "" where the server does not say.
    empty
        Whether it holds no object.
    """

    server: str
    data_date: str
    empty: bool


def servers(given: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the addresses to ask: those given, else those of ``CFC_OVERPASS``, else the public ones.

    Parameters
    ----------
    given
        Addresses of ``.../api/interpreter``.

    Raises
    ------
    UserError
        When one is no http or https address.

    Examples
    --------
    >>> servers(["https://overpass.example/api/interpreter"])
    ('https://overpass.example/api/interpreter',)
    """
    named = tuple(given) or tuple(os.environ.get(VARIABLE, "").replace(",", " ").split())
    wrong = [url for url in named if not web.is_web_address(url)]
    if wrong:
        raise UserError("endpoint_invalid", found=", ".join(web.shown(url) for url in wrong), variable=VARIABLE)
    return tuple(dict.fromkeys(named or defaults.servers()))


class Client:
    """Servers, and what is known of them from the requests so far; for one pull.

    Parameters
    ----------
    urls
        Addresses of servers, in the order of preference.
    limits
        How patiently they are asked.
    tell
        Called before each pause and after each failure.
    seed
        Of the jitter of pauses.
    """

    def __init__(self, urls: Sequence[str], limits: Limits, tell: Tell = quiet, seed: int = 0) -> None:
        self._urls = tuple(urls)
        self._limits = limits
        self._tell = tell
        self._random = random.Random(seed)  # noqa: S311 - jitter, no secret
        self._free_at = dict.fromkeys(self._urls, 0.0)
        self._hopeless: set[str] = set()
        self._last_fault: dict[str, Fault] = {}
        self._lost_s = 0.0

    def ask(self, query: str, target: Path) -> Answer:
        """Ask until a server gives a whole answer.

        Parameters
        ----------
        query
            In Overpass QL, with ``[out:xml]``.
        target
            File for the answer; it exists only when the answer is whole.

        Raises
        ------
        TooMuch
            When a server broke off for want of time or memory, or servers were overloaded twice.
        NetworkUnavailable
            When no server gave a whole answer within the limits.
        """
        tries: Counter[str] = Counter()
        overloads = 0
        while (url := self._next(tries)) is not None and self._wait_for(url):
            tries[url] += 1
            started = time.monotonic()
            try:
                answer = self._ask_once(url, query, target)
            except Fault as fault:
                self._lost_s += time.monotonic() - started
                self._note(url, fault, tries[url])
                overloads += fault.kind in {"overloaded", "silent"}
                too_much = fault.kind == "remark" and _TOO_MUCH.search(fault.cause)
                if too_much or fault.kind == "too_large" or overloads >= _OVERLOADS_BEFORE_SPLIT:
                    raise TooMuch from fault
            else:
                self._last_fault.pop(url, None)
                return answer
        raise self.failure()

    def failure(self) -> NetworkUnavailable:
        """Return the error that says what each server did last."""
        faults = list(self._last_fault.values())
        kinds = {fault.kind for fault in faults}
        key = next((message for kind, message in _MESSAGES if kind in kinds), "live_unreachable")
        tried = "; ".join(f"{fault.server}: {fault.cause}" for fault in faults)
        return NetworkUnavailable(key, tried=tried, lost=round(self._lost_s))

    def _next(self, tries: Counter[str]) -> str | None:
        """Return the server that may be asked soonest; of several the first."""
        now = time.monotonic()
        open_ = [url for url in self._urls if url not in self._hopeless and tries[url] < self._limits.tries]
        return min(open_, key=lambda url: max(self._free_at[url], now), default=None)

    def _wait_for(self, url: str) -> bool:
        """Wait until a server may be asked; false where that would exceed the limit of all waiting."""
        pause = max(0.0, self._free_at[url] - time.monotonic())
        if self._lost_s + pause >= self._limits.lost_s:
            return False
        if pause:
            self._tell("pull.waiting", server=web.host(url), seconds=round(pause))
            time.sleep(pause)
            self._lost_s += pause
        return True

    def _note(self, url: str, fault: Fault, tried: int) -> None:
        self._last_fault[url] = fault
        self._tell("pull.failed", server=fault.server, cause=fault.cause)
        if fault.kind in _HOPELESS:
            self._hopeless.add(url)
            return
        pause = min(self._limits.backoff_s * 2 ** (tried - 1), _LONGEST_PAUSE_S) * self._random.uniform(0.75, 1.25)
        if fault.kind == "busy":
            pause = max(pause, self._limits.busy_s)
        wished = fault.retry_after if fault.retry_after is not None else pause
        self._free_at[url] = time.monotonic() + wished

    def _ask_once(self, url: str, query: str, target: Path) -> Answer:
        server, most = web.host(url), self._limits.answer_mb * _MB

        def take(_: Head, chunks: Iterator[bytes]) -> None:
            size = 0
            with files.replaced(target) as part, part.open("wb") as file:
                for chunk in chunks:
                    size += len(chunk)
                    if size > most:
                        raise Fault("too_large", server, f"more than {self._limits.answer_mb} MB")
                    file.write(chunk)

        limits = self._limits
        request = web.Request(
            url, {"data": query}, connect_s=limits.connect_s, silence_s=limits.silence_s, whole_s=limits.answer_s
        )
        head = web.fetch(request, take)
        try:
            return inspect(target, server, head.content_type)
        except Fault:
            target.unlink()
            raise


def inspect(path: Path, server: str, content_type: str = "") -> Answer:
    """Look whether an answer is whole.

    Parameters
    ----------
    path
        File with the answer.
    server
        Host that gave it.
    content_type
        As the server declared it, for the message.

    Raises
    ------
    Fault
        When it is a web page, something else than OSM XML, cut short, damaged, or holds a remark.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "answer"
    ...     _ = file.write_text('<?xml version="1.0"?><osm version="0.6"><meta osm_base="2024-04-09T00:00:00Z"/></osm>')
    ...     inspect(file, "overpass.example")
    Answer(server='overpass.example', data_date='2024-04-09T00:00:00Z', empty=True)
    """
    if path.stat().st_size == 0:
        raise Fault("cut", server, "no bytes")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
        head = body[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
        _refuse_other_than_osm(head.lower(), server, content_type)
        # Inside texts and attributes a `<` is always escaped: this can only be the element.
        remark = body.find(b"<remark")
        if remark >= 0:
            raise Fault("remark", server, _remark(body[remark : remark + _HEAD]))
        if not body[-_TAIL:].rstrip().endswith(b"</osm>"):
            raise Fault("cut", server, f"cut short after {len(body)} bytes")
        empty = all(body.find(element) < 0 for element in (b"<node", b"<way", b"<relation"))
        base = _BASE.search(head)
    _refuse_damaged(path, server)
    return Answer(server, base[1].decode() if base else "", empty)


def _refuse_other_than_osm(head: bytes, server: str, content_type: str) -> None:
    if b"<html" in head or head.startswith(b"<!doctype html"):
        raise Fault("web_page", server, "a web page instead of data")
    if not head.startswith((b"<?xml", b"<osm")) or b"<osm" not in head or b"<!doctype" in head or b"<!entity" in head:
        raise Fault("no_osm", server, f"no OSM XML ({content_type or 'kind not declared'})")


def _remark(text: bytes) -> str:
    words = re.sub(rb"<[^>]*>?", b" ", text.partition(b"</remark")[0])
    return "remark: " + " ".join(words.decode(errors="replace").split())[:200]


def _refuse_damaged(path: Path, server: str) -> None:
    import osmium

    try:
        # The parser goes through the whole text whichever objects are wanted, and relations are the fewest.
        for _ in osmium.FileProcessor(osmium.io.File(str(path), "osm"), osmium.osm.RELATION):
            pass
    except (RuntimeError, ValueError) as error:
        raise Fault("no_osm", server, f"damaged XML: {error}") from error
