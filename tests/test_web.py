"""Requests that end, and what is said of those that fail."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cfc_gis.sources import web
from cfc_gis.sources.web import Fault, Head, Request
from tests import web_server
from tests.web_server import Server, say

pytestmark = pytest.mark.usefixtures("local_only")


def fetch(url: str, **what: object) -> tuple[Head, bytes]:
    body = bytearray()

    def take(_: Head, chunks: Iterator[bytes]) -> None:
        for chunk in chunks:
            body.extend(chunk)

    head = web.fetch(Request(url, connect_s=1.0, silence_s=0.5, whole_s=5.0, **what), take)  # type: ignore[arg-type]
    return head, bytes(body)


def test_a_get_follows_redirections_and_a_form_does_not() -> None:
    with Server(say(b"data"), [say(status=302, Location="/there")]) as server:
        assert fetch(server.url)[1] == b"data"
        assert [seen.path for seen in server.seen] == ["/api/interpreter", "/there"]
    with Server(say(b"data"), [say(status=302, Location="/there")]) as server:
        with pytest.raises(Fault) as caught:
            fetch(server.url, form={"data": "x"})
        assert len(server.seen) == 1
    assert caught.value.kind == "redirected"


def test_an_error_in_the_taker_comes_out_as_it_is() -> None:
    """A full disk is no fault of the server."""

    def take(_: Head, __: Iterator[bytes]) -> None:
        raise OSError(28, "No space left on device")

    with Server(say(b"data")) as server, pytest.raises(OSError, match="No space left") as caught:
        web.fetch(Request(server.url), take)
    assert not isinstance(caught.value, Fault)


def test_work_that_hangs_is_left_alone() -> None:
    start = time.monotonic()
    with pytest.raises(Fault) as caught:
        web.within(0.3, "overpass.example", lambda stop: stop.wait(30.0))
    assert time.monotonic() - start < 2.0
    assert caught.value.kind == "silent"


def test_a_chunk_that_comes_too_late_is_not_taken_for_the_end() -> None:
    """Whoever was given up must not believe that it has the whole answer."""
    ended: list[str] = []

    def slow(_: Head, chunks: Iterator[bytes]) -> None:
        try:
            for _chunk in chunks:
                time.sleep(0.6)
            ended.append("whole")
        except Fault:
            ended.append("given up")

    with Server(say(b"data")) as server:
        with pytest.raises(Fault):
            web.fetch(Request(server.url, whole_s=0.1), slow)
        time.sleep(1.0)
    assert ended == ["given up"]


def test_each_error_has_its_kind() -> None:
    import requests

    cases: list[tuple[BaseException, str, str]] = [
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), "tls", "TLS"),
        (requests.exceptions.ProxyError("http://me:hidden@proxy"), "unreachable", "proxy"),
        (socket.gaierror(-2, "Name or service not known"), "unreachable", "DNS: Name or service not known"),
        (OSError(101, "Network is unreachable"), "unreachable", "no connection: Network is unreachable"),
        (requests.ConnectTimeout("http://me:hidden@x"), "unreachable", "no connection"),
        (requests.ReadTimeout("http://me:hidden@x"), "silent", "no answer"),
        (ConnectionResetError(104, "Connection reset by peer"), "cut", "Connection reset by peer"),
        (requests.exceptions.ChunkedEncodingError("http://me:hidden@x"), "cut", "connection broken"),
    ]
    for error, kind, words in cases:
        fault = web.fault_of(error, "overpass.example")
        assert fault.kind == kind
        assert words in fault.cause
        assert "hidden" not in str(fault)


def test_the_cause_is_found_at_the_end_of_the_chain() -> None:
    error = RuntimeError("wrapped")
    error.__cause__ = ValueError("wrapped again")
    error.__cause__.__context__ = socket.gaierror(-2, "Name or service not known")
    assert web.fault_of(error, "a").cause == "DNS: Name or service not known"


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy of the environment is used, and its name and password are not shown."""
    proxy = web_server.refusing_address().replace("://", "://me:hidden@").removesuffix("/api/interpreter")
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(Fault) as caught:
        fetch("http://overpass.example/api/interpreter")
    assert caught.value.kind == "unreachable"
    assert caught.value.cause == "proxy: Connection refused"
    assert "hidden" not in str(caught.value)


def test_https_is_not_given_up_by_a_redirection(tmp_path: Path) -> None:
    """The certificate is made known to the client, so that the answer comes: a redirection to plain http."""
    both = web_server.self_signed(tmp_path)
    with Server(say(b"data")) as plain, Server(say(status=302, Location=plain.url), tls=both) as server:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "cert.pem"))
            with pytest.raises(Fault) as caught:
                fetch(server.url)
        assert len(server.seen) == 1
    assert caught.value.kind == "redirected"
