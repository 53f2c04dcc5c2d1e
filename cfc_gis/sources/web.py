"""Requests that end: time limits that hold, faults that say why, and Ctrl-C obeyed at once.

Each request runs in a thread of its own while the caller looks up every fifth of a second. A name server or a socket
that never answers then holds up neither the time limit nor an interrupt, on Windows too, where a blocked read cannot
be interrupted. Certificates are always verified; names are resolved by the system; proxies are those of the
environment. Addresses are shown without user name, password and query, where keys may stand.
"""

from __future__ import annotations

import errno
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib import metadata
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from requests import Response

Kind = Literal["unreachable", "tls", "redirected", "web_page", "refused", "busy", "overloaded", "silent", "cut",
               "too_large", "remark", "no_osm"]  # fmt: skip
"""What can go wrong with a request."""

Tell = Callable[..., None]
"""Called with the key of the locale section ``pull`` and the facts that fill it, whenever there is something to say."""

T = TypeVar("T")

_TICK_S = 0.2
_CHUNK = 1 << 16
_FINE = (200, 206)
_BUSY = 429
_OVERLOADED = (500, 502, 503, 504, 508)
_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)


def quiet(key: str, **facts: object) -> None:
    """Say nothing."""


class Fault(Exception):
    """One request failed. It is dealt with inside :mod:`cfc_gis.sources`; users see :mod:`cfc_gis.errors`.

    Parameters
    ----------
    kind
        What went wrong.
    server
        Host that was asked.
    cause
        The same in a few words, without any address.
    retry_after
        Seconds that the server asks to be left in peace, if it says so.
    """

    def __init__(self, kind: Kind, server: str, cause: str, retry_after: float | None = None) -> None:
        super().__init__(f"{server}: {cause}")
        self.kind, self.server, self.cause, self.retry_after = kind, server, cause, retry_after


@dataclass(frozen=True)
class Request:
    """What to ask.

    Parameters
    ----------
    url
        http or https.
    form
        Fields of a form; with them the request is a POST and not redirected, else a GET that follows redirections.
    headers
        Besides those of every request.
    connect_s, silence_s, whole_s
        Seconds to reach the server, without a byte, for the whole answer.
    also
        Codes of status that are no fault besides 200 and 206.
    """

    url: str
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    connect_s: float = 10.0
    silence_s: float = 60.0
    whole_s: float = 60.0
    also: tuple[int, ...] = ()


@dataclass(frozen=True)
class Head:
    """Status and headers of an answer."""

    status: int
    headers: Mapping[str, str]

    @property
    def content_type(self) -> str:
        """Declared kind of content, without its parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()


def user_agent() -> str:
    """Return how the program names itself to servers, whose operators want to know who asks.

    Examples
    --------
    >>> user_agent().startswith("cfc-gis/")
    True
    """
    return (
        f"cfc-gis/{metadata.version('cfc-gis')} (walking access for child-friendly city planning; one query at a time)"
    )


Take = Callable[[Head, Iterator[bytes]], None]
"""Takes an answer as it comes."""


def host(url: str) -> str:
    """Return the host of an address, with its port where one is named.

    Examples
    --------
    >>> host("https://me:secret@overpass.example:8443/api/interpreter?key=1")
    'overpass.example:8443'
    """
    return urlsplit(url).netloc.rpartition("@")[2]


def shown(url: str) -> str:
    """Return an address as it may be shown and noted: without user name, password, query and fragment.

    Examples
    --------
    >>> shown("https://me:secret@maps.example/china.osm.pbf?key=1#top")
    'https://maps.example/china.osm.pbf'
    """
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, host(url), parts.path, "", ""))


def is_web_address(url: str) -> bool:
    """Tell whether a text is an http or https address with a host.

    Examples
    --------
    >>> is_web_address("https://maps.example/a"), is_web_address("ftp://maps.example/a"), is_web_address("a.osm.pbf")
    (True, False, False)
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def fetch(request: Request, take: Take) -> Head:
    """Ask once, and hand the answer on as it comes.

    Parameters
    ----------
    request
        What to ask.
    take
        Called in the thread of the request with status, headers and the chunks of the body, decompressed.

    Returns
    -------
    Head
        Status and headers.

    Raises
    ------
    Fault
        When there is no answer, or none with a status that was wanted, in the time.
    """
    server = host(request.url)
    return within(request.whole_s, server, lambda stop: _ask(request, take, stop))


def within(seconds: float, server: str, work: Callable[[threading.Event], T]) -> T:
    """Do something that may hang, and go on after so many seconds whether it is done or not.

    Parameters
    ----------
    seconds
        How long it may take.
    server
        Host that is waited for, for the message.
    work
        Called in a thread of its own, with an event that is set when nobody waits any more.

    Raises
    ------
    Fault
        When it takes longer, and whatever the work itself raises.

    Examples
    --------
    >>> within(5.0, "overpass.example", lambda stop: 6 * 7)
    42
    """
    stop = threading.Event()
    found: futures.Future[T] = futures.Future()

    def run() -> None:
        try:
            found.set_result(work(stop))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to the thread that waits
            found.set_exception(error)

    # A daemon: a thread that hangs in a dead socket must not keep the program from ending.
    threading.Thread(target=run, name="cfc-request", daemon=True).start()
    end = monotonic() + seconds
    try:
        while not futures.wait([found], timeout=_TICK_S).done:
            if monotonic() > end:
                raise Fault("silent", server, f"no whole answer in {seconds:.0f} s")
    finally:
        stop.set()
    return found.result()


def _ask(request: Request, take: Take, stop: threading.Event) -> Head:
    import requests

    server = host(request.url)
    headers = {"User-Agent": user_agent(), **(request.headers or {})}
    options: dict[str, Any] = {"headers": headers, "timeout": (request.connect_s, request.silence_s), "stream": True}
    try:
        with requests.Session() as session:
            if request.form is None:
                answer = session.get(request.url, **options)
            else:
                answer = session.post(request.url, data=dict(request.form), allow_redirects=False, **options)
            with answer:
                _refuse_status(answer, request, server)
                head = Head(answer.status_code, answer.headers)
                take(head, _chunks(answer, stop, server))
                return head
    except requests.RequestException as error:  # a full disk, which `take` may meet, is no fault of the server
        raise fault_of(error, server) from error


def _chunks(answer: Response, stop: threading.Event, server: str) -> Iterator[bytes]:
    for chunk in answer.iter_content(_CHUNK):
        yield chunk
        if stop.is_set():
            break
    if stop.is_set():  # nobody waits any more: whoever takes the chunks must not take them for the whole
        raise Fault("silent", server, "given up")


def _refuse_status(answer: Response, request: Request, server: str) -> None:
    status = answer.status_code
    if request.url.startswith("https:") and not answer.url.startswith("https:"):
        raise Fault("redirected", server, f"HTTPS -> {shown(answer.url)}")
    if status in _FINE or status in request.also:
        return
    cause = f"HTTP {status}"
    if 300 <= status < 400:
        target = host(answer.headers.get("Location", ""))
        raise Fault("redirected", server, f"{cause} -> {target or '?'}")
    wait = retry_after(answer.headers.get("Retry-After"))
    if status == _BUSY:
        raise Fault("busy", server, cause if wait is None else f"{cause}, Retry-After {wait:.0f} s", wait)
    if status in _OVERLOADED:
        raise Fault("overloaded", server, cause, wait)
    raise Fault("refused", server, cause)


def retry_after(value: str | None) -> float | None:
    """Return the seconds of a ``Retry-After`` header, which names seconds or a date; None where it says nothing.

    Examples
    --------
    >>> retry_after("30"), retry_after("Thu, 01 Jan 1970 00:00:00 GMT"), retry_after("soon"), retry_after(None)
    (30.0, 0.0, None, None)
    """
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def fault_of(error: BaseException, server: str) -> Fault:
    """Say in one fault why a request failed, from the whole chain of errors behind it.

    Parameters
    ----------
    error
        What the library raised.
    server
        Host that was asked.

    Examples
    --------
    >>> fault_of(ConnectionRefusedError(111, "Connection refused"), "overpass.example").kind
    'unreachable'
    >>> fault_of(TimeoutError("timed out"), "overpass.example").kind
    'silent'
    """
    import requests

    chain = list(_chain(error))
    last = chain[-1]
    for kind, cause, classes in (
        ("tls", "TLS", (ssl.SSLError,)),
        ("unreachable", "proxy", (requests.exceptions.ProxyError,)),
        ("unreachable", "DNS", (socket.gaierror,)),
        ("unreachable", "no connection", (ConnectionRefusedError, requests.ConnectTimeout)),
        ("silent", "no answer", (TimeoutError, requests.Timeout)),
    ):
        if any(isinstance(each, classes) for each in chain):
            return Fault(kind, server, f"{cause}: {_words(last)}")  # type: ignore[arg-type]
    if any(isinstance(each, OSError) and each.errno in _NO_WAY for each in chain):
        return Fault("unreachable", server, f"no connection: {_words(last)}")
    return Fault("cut", server, f"connection broken: {_words(last)}")


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _words(error: BaseException) -> str:
    """Return a few words for an error; never its whole text, which may hold an address with its keys."""
    for name in ("verify_message", "reason", "strerror"):
        words = getattr(error, name, None)
        if isinstance(words, str) and words:
            return words
    return type(error).__name__
