"""Bringing an extract: whole, the right one, and going on where it broke off."""

from __future__ import annotations

import hashlib
import re
import time
from collections import namedtuple
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cfc_gis.errors import CfcError, InputDamaged, InputMissing, NetworkUnavailable, NotWritable, UserError
from cfc_gis.sources import download, limits, web
from tests import web_server
from tests.web_server import LOGIN_PAGE, Handler, Seen, Server, say

pytestmark = pytest.mark.usefixtures("local_only")

QUICK = replace(limits.load(), connect_s=1.0, stall_s=1.0, download_s=5.0, lost_s=4.0, backoff_s=0.05, tries=3)
CONTENT = bytes(range(256)) * 2000
MD5 = hashlib.md5(CONTENT).hexdigest()
CHUNK = 65_536  # what is written at once
NAME = "heilongjiang-latest.osm.pbf"


def file(
    content: bytes = CONTENT, *, tag: str = '"one"', stop: int | None = None, ranges: bool = True
) -> web_server.Answer:
    """Serve a file as web servers do, with parts where asked; break off after so many bytes."""

    def answer(seen: Seen, handler: Handler) -> None:
        start = 0
        wanted = re.fullmatch(r"bytes=(\d+)-", seen.headers.get("Range", ""))
        if wanted and ranges and seen.headers.get("If-Range", tag) == tag:
            start = int(wanted[1])
            if start >= len(content):
                say(status=416, Content_Range=f"bytes */{len(content)}")(seen, handler)
                return
        handler.send_response(206 if start else 200)
        handler.send_header("Content-Type", "application/octet-stream")
        handler.send_header("Content-Length", str(len(content) - start))
        handler.send_header("ETag", tag)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        handler.end_headers()
        handler.wfile.write(content[start : len(content) if stop is None else start + stop])

    return answer


def published(content: dict[str, bytes], other: web_server.Answer) -> web_server.Answer:
    """Serve checksums beside a file; 404 for those that are not there."""

    def answer(seen: Seen, handler: Handler) -> None:
        end = seen.path.rpartition(".")[2]
        if end in {"md5", "sha256"}:
            say(content.get(end, b"not found"), status=200 if end in content else 404, kind="text/plain")(seen, handler)
        else:
            other(seen, handler)

    return answer


def bring(source: object, folder: Path, *, told: Any = None, **changes: Any) -> download.Downloaded:
    checksum = changes.pop("checksum", "")
    check: Callable[[Path, str], None] = changes.pop("check", lambda *_: None)
    tell = told if told is not None else web.quiet
    return download.bring(str(source), folder, replace(QUICK, **changes), check=check, checksum=checksum, tell=tell)


def url(server: Server) -> str:
    return f"http://{server.host}/asia/{NAME}"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole_and_is_checked_against_its_md5(tmp_path: Path) -> None:
    checked: list[tuple[str, str]] = []
    with Server(published({"md5": f"{MD5}  {NAME}\n".encode()}, file())) as server:
        found = bring(url(server), tmp_path, check=lambda path, kind: checked.append((path.name, kind)))
        assert found == download.Downloaded(tmp_path / NAME, url(server), "md5")
    assert found.path.read_bytes() == CONTENT
    assert names(tmp_path) == [NAME]
    assert checked == [(f"{NAME}.part", "osm.pbf")]


def test_fault_19_a_dropped_download_goes_on_by_itself(tmp_path: Path) -> None:
    told: list[str] = []
    script = published({"md5": MD5.encode()}, file(stop=3 * CHUNK))
    with Server(published({"md5": MD5.encode()}, file()), [script] * 3) as server:
        found = bring(url(server), tmp_path, told=lambda key, **_: told.append(key))
        ranges = [seen.headers.get("Range") for seen in server.seen[1:]]
    assert ranges == [None, f"bytes={3 * CHUNK}-", f"bytes={6 * CHUNK}-"]
    assert found.path.read_bytes() == CONTENT
    assert found.resumed_at == 6 * CHUNK
    assert told == ["pull.failed", "pull.waiting", "pull.resumed"] * 2
    assert names(tmp_path) == [NAME]


def test_fault_19_the_part_is_kept_and_the_next_run_goes_on(tmp_path: Path) -> None:
    with Server(published({}, file(stop=2 * CHUNK)), []) as server:
        address = url(server)
        server.script = [published({}, say(status=404)), published({}, say(status=404)), file(stop=2 * CHUNK)]
        server.usual = say(status=503)
        with pytest.raises(NetworkUnavailable) as caught:
            bring(address, tmp_path)
        assert caught.value.key == "download_failed"
        assert "0.1 MB" in caught.value.text("en")
        assert names(tmp_path) == [f"{NAME}.part", f"{NAME}.part.json"]
        server.usual = published({"sha256": hashlib.sha256(CONTENT).hexdigest().encode()}, file())
        server.seen.clear()
        found = bring(address, tmp_path)
        assert server.seen[-1].headers["Range"] == f"bytes={2 * CHUNK}-"
        assert server.seen[-1].headers["If-Range"] == '"one"'
    assert (found.resumed_at, found.checksum) == (2 * CHUNK, "sha256")
    assert found.path.read_bytes() == CONTENT


def test_fault_19_a_file_that_changed_meanwhile_begins_anew(tmp_path: Path) -> None:
    other = CONTENT[::-1]
    with Server(
        published({}, file(other, tag='"two"')), [say(status=404), say(status=404), file(stop=CHUNK)]
    ) as server:
        found = bring(url(server), tmp_path)
    assert found.path.read_bytes() == other
    assert found.resumed_at == 0


@pytest.mark.parametrize("bad", ["no ranges", "weak tag", "stale", "other part"])
def test_fault_19_servers_that_cannot_go_on(tmp_path: Path, bad: str) -> None:
    def other_part(seen: Seen, handler: Handler) -> None:
        say(b"zz", status=206, Content_Range=f"bytes 5-6/{len(CONTENT)}")(seen, handler)

    first = file(stop=CHUNK, tag='W/"weak"' if bad == "weak tag" else '"one"')
    second = {"stale": say(status=416), "other part": other_part}.get(bad)
    script = [say(status=404), say(status=404), first, *([second] if second else [])]
    with Server(published({}, file(ranges=bad != "no ranges")), script) as server:
        found = bring(url(server), tmp_path)
    assert found.path.read_bytes() == CONTENT
    assert found.resumed_at == 0


def test_fault_19_a_whole_part_is_only_checked(tmp_path: Path) -> None:
    """The last run was killed between the last byte and the check."""
    with Server(published({}, file()), [say(status=404), say(status=404), file(stop=CHUNK)]) as server:
        address = url(server)
        with pytest.raises(NetworkUnavailable):
            bring(address, tmp_path, tries=1)
        with (tmp_path / f"{NAME}.part").open("ab") as part:
            part.write(CONTENT[CHUNK:])
        server.seen.clear()
        found = bring(address, tmp_path)
        assert [seen.path.rpartition(".")[2] for seen in server.seen] == ["md5", "sha256"]
    assert found.path.read_bytes() == CONTENT


def test_fault_19_a_wrong_checksum_removes_the_file_and_keeps_the_old_one(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"old")
    with Server(published({"md5": MD5.encode()}, file(CONTENT[:-1] + b"x"))) as server:
        with pytest.raises(NetworkUnavailable) as caught:
            bring(url(server), tmp_path)
        assert caught.value.key == "download_differs"
        assert MD5 in str(caught.value)
        with pytest.raises(NetworkUnavailable):
            bring(url(server), tmp_path, checksum="0" * 64)
    assert (tmp_path / NAME).read_bytes() == b"old"
    assert names(tmp_path) == [NAME]


def test_a_part_of_another_address_is_not_continued(tmp_path: Path) -> None:
    with Server(published({}, file()), [say(status=404), say(status=404), file(stop=CHUNK)]) as server:
        with pytest.raises(NetworkUnavailable):
            bring(url(server), tmp_path, tries=1)
        found = bring(url(server) + "?other", tmp_path)
        assert server.seen[-1].headers.get("Range") is None
    assert found.path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        (say(LOGIN_PAGE, kind="text/html"), "live_web_page"),
        (say(LOGIN_PAGE, kind="application/octet-stream"), "live_web_page"),
        (say(status=404), "download_failed"),
        (say(status=429, Retry_After="900"), "download_failed"),
        (web_server.hang, "download_failed"),
    ],
    ids=["15", "15 undeclared", "missing", "13", "22"],
)
def test_faults_of_the_server_end_in_bounded_time(tmp_path: Path, answer: web_server.Answer, key: str) -> None:
    start = time.monotonic()
    with Server(published({}, answer)) as server, pytest.raises(NetworkUnavailable) as caught:
        bring(url(server), tmp_path)
    assert time.monotonic() - start < 10.0
    assert caught.value.key == key
    assert names(tmp_path) == []


def test_a_page_instead_of_a_checksum_is_no_checksum(tmp_path: Path) -> None:
    with Server(published({"md5": LOGIN_PAGE, "sha256": MD5.encode()}, file())) as server:
        assert bring(url(server), tmp_path).checksum == ""


def test_fault_45_a_full_disk_is_seen_before_the_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")(10**9, 9 * 10**8, 10**8)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with Server(published({}, file())) as server, pytest.raises(NotWritable) as caught:
        bring(url(server), tmp_path)
    assert caught.value.key == "disk_full"
    assert f"{NAME}.part" not in names(tmp_path)


def test_what_is_no_extract_is_refused_and_removed(tmp_path: Path) -> None:
    def check(path: Path, kind: str) -> None:
        raise InputDamaged("extract_empty", path=path)

    (tmp_path / NAME).write_bytes(b"old")
    with Server(published({}, file())) as server, pytest.raises(InputDamaged):
        bring(url(server), tmp_path, check=check)
    assert names(tmp_path) == [NAME]
    assert (tmp_path / NAME).read_bytes() == b"old"


def test_a_file_on_the_disk_is_copied_and_checked(tmp_path: Path) -> None:
    source, raw = tmp_path / NAME, tmp_path / "raw"
    raw.mkdir()
    source.write_bytes(CONTENT)
    assert bring(source, raw) == download.Downloaded(raw / NAME, NAME, "")
    assert (raw / NAME).read_bytes() == CONTENT
    (tmp_path / f"{NAME}.md5").write_text(f"{MD5} *{NAME}\n")
    assert bring(source, raw).checksum == "md5"
    assert bring(source, raw, checksum=MD5.upper()).checksum == "given"
    assert bring(raw / NAME, raw).path == raw / NAME
    source.write_bytes(CONTENT[:-1])
    with pytest.raises(InputDamaged) as caught:
        bring(source, raw)
    assert caught.value.key == "checksum_differs"
    assert (raw / NAME).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("ftp://maps.example/a.osm.pbf", UserError),
        ("file:///data/a.osm.pbf", UserError),
        ("https:///a.osm.pbf", UserError),
        ("/vsicurl/https://maps.example/a.osm.pbf", UserError),
        ("http://maps.example/a.zip", UserError),
        ("http://maps.example/", UserError),
        ("a.osm.pbf", InputMissing),
        (".", InputDamaged),
    ],
)
def test_faults_58_and_62_other_sources_are_refused(tmp_path: Path, source: str, kind: type[CfcError]) -> None:
    with pytest.raises(kind):
        bring(source, tmp_path)
    assert names(tmp_path) == []


def test_a_checksum_must_be_one(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        bring("a.osm.pbf", tmp_path, checksum="123")
    assert caught.value.key == "checksum_invalid"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("http://maps.example/a/..%2f..%2fetc%2fpasswd.osm.pbf", "passwd.osm.pbf"),
        ("http://maps.example/a/..%5c..%5cx.osm.pbf?key=hidden", "x.osm.pbf"),
        ("http://maps.example/%E5%93%88.osm.gz", "哈.osm.gz"),
        ("http://maps.example/CON.osm.pbf", "CON-.osm.pbf"),
    ],
)
def test_fault_59_names_stay_in_their_folder(source: str, name: str) -> None:
    if name.endswith("-"):
        with pytest.raises(UserError):
            download.name_of(source)
    else:
        assert download.name_of(source) == name


def test_fault_66_keys_in_an_address_are_not_noted(tmp_path: Path) -> None:
    told: list[Any] = []
    with Server(published({}, file()), [say(status=404), say(status=404), file(stop=CHUNK), say(status=503)]) as server:
        address = url(server).replace("://", "://me:hidden@") + "?key=hidden"
        with pytest.raises(NetworkUnavailable) as caught:
            bring(address, tmp_path, tries=1, told=lambda *key, **facts: told.append((key, facts)))
        assert server.seen[-1].headers["Authorization"].startswith("Basic")
        found = bring(address, tmp_path)
    assert "hidden" not in str(caught.value) + str(told) + found.source
    assert b"hidden" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
