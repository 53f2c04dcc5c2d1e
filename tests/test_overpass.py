"""Asking servers of the Overpass API that answer well, late, wrongly or not at all; times are short here."""

from __future__ import annotations

import gzip
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cfc_gis.errors import NetworkUnavailable, UserError
from cfc_gis.sources import limits, overpass
from tests import web_server
from tests.web_server import EMPTY, LOGIN_PAGE, Server, say

pytestmark = pytest.mark.usefixtures("local_only")

QUICK = replace(
    limits.load(), connect_s=1.0, silence_s=1.0, answer_s=3.0, lost_s=4.0, busy_s=0.2, backoff_s=0.05, tries=3
)
WHOLE = (EMPTY.format(date="2024-04-09T01:02:03Z") + '<node id="1" lat="45.7" lon="126.6" version="1"/></osm>').encode()
REMARK = WHOLE.replace(b"</osm>", b"<remark> runtime error: %s </remark></osm>")
QUERY = "[out:xml];node(1);out meta;"


class Told(list[tuple[str, dict[str, Any]]]):
    """What was said meanwhile."""

    def __call__(self, key: str, **facts: Any) -> None:
        self.append((key, facts))

    def keys(self) -> list[str]:
        return [key for key, _ in self]


def ask(tmp_path: Path, *servers: Server | str, told: Told | None = None, **changes: Any) -> overpass.Answer:
    urls = [server if isinstance(server, str) else server.url for server in servers]
    client = overpass.Client(urls, replace(QUICK, **changes), told if told is not None else Told())
    return client.ask(QUERY, tmp_path / "answer.osm")


def failure(tmp_path: Path, *servers: Server | str, **changes: Any) -> NetworkUnavailable:
    """Ask in vain: the error, after a bounded time, with exit code 3, and nothing written."""
    start = time.monotonic()
    with pytest.raises(NetworkUnavailable) as caught:
        ask(tmp_path, *servers, **changes)
    assert time.monotonic() - start < 10.0
    assert caught.value.exit_code == 3
    assert list(tmp_path.iterdir()) == []
    for lang in ("zh", "en"):
        assert "127.0.0.1" in caught.value.text(lang)
    return caught.value


def test_a_good_answer_is_taken_once_and_named_politely(tmp_path: Path) -> None:
    with Server(say(WHOLE)) as server:
        answer = ask(tmp_path, server)
        assert answer == overpass.Answer(server.host, "2024-04-09T01:02:03Z", empty=False)
        assert (tmp_path / "answer.osm").read_bytes() == WHOLE
        (seen,) = server.seen
    assert seen.method == "POST"
    assert seen.query == QUERY
    assert seen.headers["User-Agent"].startswith("cfc-gis/")


def test_fault_13_retry_after_is_honoured(tmp_path: Path) -> None:
    told = Told()
    with Server(say(WHOLE), [say(status=429, Retry_After="1")]) as server:
        ask(tmp_path, server, told=told)
        first, second = server.seen
    assert second.at - first.at >= 1.0
    assert told.keys() == ["pull.failed", "pull.waiting"]
    assert told[1][1] == {"server": server.host, "seconds": 1}


def test_fault_13_retry_after_may_be_a_date(tmp_path: Path) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    with Server(say(WHOLE), [say(status=429, Retry_After=when)]) as server:
        ask(tmp_path, server)
        first, second = server.seen
    assert second.at - first.at > 0.9


def test_fault_13_without_retry_after_the_server_rests(tmp_path: Path) -> None:
    with Server(say(WHOLE), [say(status=429)]) as server:
        ask(tmp_path, server, busy_s=0.6)
        first, second = server.seen
    assert second.at - first.at >= 0.6


def test_fault_13_meanwhile_the_next_server_is_asked(tmp_path: Path) -> None:
    with Server(say(status=429, Retry_After="3600")) as busy, Server(say(WHOLE)) as good:
        assert ask(tmp_path, busy, good).server == good.host
        assert len(busy.seen) == 1


def test_fault_13_waiting_has_an_end(tmp_path: Path) -> None:
    with Server(say(status=429, Retry_After="3600")) as server:
        error = failure(tmp_path, server)
        assert len(server.seen) == 1
    assert error.key == "live_busy"
    assert "HTTP 429, Retry-After 3600 s" in error.text("en")


def test_fault_13_tries_have_an_end(tmp_path: Path) -> None:
    with Server(say(status=429)) as one, Server(say(status=429)) as other:
        assert failure(tmp_path, one, other, busy_s=0.01).key == "live_busy"
        assert (len(one.seen), len(other.seen)) == (3, 3)


def test_fault_14_an_overloaded_server_is_asked_again_after_a_pause(tmp_path: Path) -> None:
    with Server(say(WHOLE), [say(status=504)]) as server:
        ask(tmp_path, server, backoff_s=0.4)
        first, second = server.seen
    assert second.at - first.at >= 0.3  # 0.4 s with jitter of a quarter


@pytest.mark.parametrize("words", ["Query timed out in &quot;query&quot; at line 3", "Query run out of memory"])
def test_fault_14_what_is_too_much_is_to_be_split(tmp_path: Path, words: str) -> None:
    with Server(say(REMARK % words.encode())) as server:
        with pytest.raises(overpass.TooMuch):
            ask(tmp_path, server)
        assert len(server.seen) == 1
    with Server(say(status=504)) as server:
        with pytest.raises(overpass.TooMuch):
            ask(tmp_path, server)
        assert len(server.seen) == 2


def test_fault_15_a_web_page_is_no_answer(tmp_path: Path) -> None:
    page = say(LOGIN_PAGE, kind="text/html; charset=utf-8")
    with Server(page) as bad, Server(say(WHOLE)) as good:
        assert ask(tmp_path, bad, good).server == good.host
    (tmp_path / "answer.osm").unlink()
    with Server(page) as server:
        assert failure(tmp_path, server).key == "live_web_page"
        assert len(server.seen) == 1


def test_fault_16_a_remark_is_a_failure_and_never_a_partial_result(tmp_path: Path) -> None:
    with Server(say(REMARK % b"Dispatcher_Client::request_read_and_idx::rate_limited")) as server:
        error = failure(tmp_path, server)
        assert len(server.seen) == 3
    assert error.key == "live_remark"
    assert "rate_limited" in error.text("zh")


def test_a_remark_in_a_tag_is_a_text_like_any_other(tmp_path: Path) -> None:
    tag = WHOLE.replace(b'version="1"/>', b'version="1"><tag k="note" v="&lt;remark&gt;"/></node>')
    with Server(say(tag)) as server:
        assert not ask(tmp_path, server).empty


def test_fault_17_an_empty_answer_is_no_data(tmp_path: Path) -> None:
    with Server(say((EMPTY.format(date="2024-04-09T00:00:00Z") + "</osm>").encode())) as server:
        assert ask(tmp_path, server).empty
    (tmp_path / "answer.osm").unlink()
    with Server(say(b"")) as server:
        assert failure(tmp_path, server).key == "live_broken"


def test_fault_18_without_names_or_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is tried again: without a network the answer comes at once."""
    error = failure(tmp_path, web_server.refusing_address())
    assert error.key == "live_unreachable"
    assert "no connection: Connection refused" in error.text("en")

    def no_names(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_names)
    with pytest.raises(NetworkUnavailable) as caught:
        ask(tmp_path, "https://overpass.example/api/interpreter")
    assert "overpass.example: DNS: Name or service not known" in caught.value.text("zh")


def test_fault_20_an_untrusted_certificate_is_not_accepted(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    with Server(say(WHOLE), tls=web_server.self_signed(folder)) as server, pytest.raises(NetworkUnavailable) as caught:
        ask(tmp_path, server)
    assert caught.value.key == "live_tls"
    assert "self-signed certificate" in caught.value.text("en").replace("self signed", "self-signed")
    assert server.seen == []


def test_fault_20_plain_text_where_tls_was_wanted(tmp_path: Path) -> None:
    with Server(say(WHOLE)) as server:
        assert failure(tmp_path, server.url.replace("http:", "https:")).key == "live_tls"


def test_fault_20_a_redirection_to_a_log_in_page_is_not_followed(tmp_path: Path) -> None:
    with Server(say(LOGIN_PAGE, kind="text/html")) as portal:
        login = say(status=302, Location=f"http://{portal.host}/login?token=secret")
        with Server(login) as server:
            error = failure(tmp_path, server)
            assert portal.seen == []
    assert error.key == "live_web_page"
    assert f"HTTP 302 -> {portal.host}" in error.text("en")
    assert "secret" not in str(error)


def test_fault_20_verification_is_never_switched_off() -> None:
    package = Path(overpass.__file__).parent.parent
    named = [path.name for path in package.rglob("*.py") if "verify=" in path.read_text(encoding="utf-8")]
    assert named == []


@pytest.mark.parametrize("slow", [web_server.hang, web_server.drip], ids=["hung", "dripping"])
def test_fault_22_a_server_that_never_ends_is_given_up(tmp_path: Path, slow: web_server.Answer) -> None:
    with Server(slow) as bad, Server(say(WHOLE)) as good:
        assert ask(tmp_path, bad, good, answer_s=1.5).server == good.host
        assert len(bad.seen) == 1
        (tmp_path / "answer.osm").unlink()
        with pytest.raises(overpass.TooMuch):
            ask(tmp_path, bad, answer_s=1.0)


def test_fault_22_time_lost_has_an_end(tmp_path: Path) -> None:
    with Server(web_server.hang) as server:
        error = failure(tmp_path, server, lost_s=0.5)
        assert len(server.seen) == 1
    assert error.key == "live_silent"


@pytest.mark.parametrize(
    ("answer", "key", "words"),
    [
        (say(WHOLE[:-8]), "live_broken", "cut short"),
        (web_server.break_off(WHOLE, 100), "live_broken", "connection broken"),
        (web_server.break_off(WHOLE, 100, declared=False), "live_broken", "cut short"),
        (say(gzip.compress(WHOLE, mtime=0)[:-20], Content_Encoding="gzip"), "live_broken", ""),
        (say(b'{"elements": [', kind="application/json"), "live_broken", "no OSM XML (application/json)"),
        (say(WHOLE.replace(b"<node", b"<no de")), "live_broken", "damaged XML"),
        (say(b'<?xml version="1.0"?><!DOCTYPE o [<!ENTITY a "b">]><osm>&a;</osm>'), "live_broken", "no OSM XML"),
        (say(status=400), "live_refused", "HTTP 400"),
        (say(status=406), "live_refused", "HTTP 406"),
    ],
    ids=["cut", "broken", "ended", "gzip", "json", "damaged", "entities", "bad request", "not acceptable"],
)
def test_no_other_answer_is_taken(tmp_path: Path, answer: web_server.Answer, key: str, words: str) -> None:
    with Server(answer) as server:
        error = failure(tmp_path, server)
        assert 1 <= len(server.seen) <= 3
    assert error.key == key
    assert words in error.text("en")


def test_an_answer_that_is_too_large_is_to_be_split(tmp_path: Path) -> None:
    with Server(say(WHOLE)) as server, pytest.raises(overpass.TooMuch):
        ask(tmp_path, server, answer_mb=0)


def test_servers_are_asked_one_at_a_time_and_pauses_grow(tmp_path: Path) -> None:
    bad: list[web_server.Answer] = [say(b"no")] * 3
    with Server(say(WHOLE), bad) as server:
        ask(tmp_path, server, tries=4, backoff_s=0.2)
        times = [seen.at for seen in server.seen]
        assert [seen.running for seen in server.seen] == [1, 1, 1, 1]
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps[0] < gaps[1] < gaps[2]


def test_the_same_seed_gives_the_same_pauses(tmp_path: Path) -> None:
    def pauses() -> list[Any]:
        told = Told()
        with Server(say(WHOLE), [say(status=429)] * 2) as server:
            ask(tmp_path, server, told=told, busy_s=0.0, backoff_s=0.3)
        return [facts["seconds"] for key, facts in told if key == "pull.waiting"]

    assert pauses() == pauses()


def test_the_most_telling_fault_is_named_with_all_servers(tmp_path: Path) -> None:
    with Server(say(status=429, Retry_After="9999")) as busy:
        error = failure(tmp_path, web_server.refusing_address(), busy)
    assert error.key == "live_busy"
    assert "Connection refused; 127.0.0.1" in error.text("zh")


def test_where_the_addresses_come_from(monkeypatch: pytest.MonkeyPatch) -> None:
    assert overpass.servers() == limits.servers()
    monkeypatch.setenv("CFC_OVERPASS", "https://a.example/api/interpreter, http://b.example/api/interpreter")
    assert overpass.servers() == ("https://a.example/api/interpreter", "http://b.example/api/interpreter")
    assert overpass.servers(["https://c.example/x", "https://c.example/x"]) == ("https://c.example/x",)
    for wrong in ("ftp://a.example", "overpass.example", "file:///etc/passwd", "https://"):
        with pytest.raises(UserError) as caught:
            overpass.servers([wrong])
        assert caught.value.key == "endpoint_invalid"


def test_fault_66_keys_in_an_address_are_never_shown(tmp_path: Path) -> None:
    told = Told()
    with Server(say(status=429, Retry_After="9999")) as server:
        url = server.url.replace("://", "://me:hidden@") + "?key=hidden"
        with pytest.raises(NetworkUnavailable) as caught:
            ask(tmp_path, url, told=told)
        assert server.seen[0].path.endswith("?key=hidden")
    assert "hidden" not in str(caught.value) + str(told)
