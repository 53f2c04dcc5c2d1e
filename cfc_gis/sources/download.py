"""Bring an extract into the folder of raw data: from a web address, or from another place on the disk.

A download is written into ``NAME.part`` and goes on where it broke off, if the file on the server is still the same. It
takes its place only when it is complete and matches its checksum, where one is known.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from cfc_gis import text
from cfc_gis.errors import InputDamaged, InputMissing, NetworkUnavailable, UserError
from cfc_gis.sources import files, web
from cfc_gis.sources.limits import Limits
from cfc_gis.sources.web import Fault, Head, Tell, quiet

KINDS = (".osm.pbf", ".osm", ".osm.gz", ".osm.bz2")
"""Files that are extracts, by the end of their names."""

Check = Callable[[Path, str], None]
"""Called with a file and its kind, such as ``osm.pbf``, before it takes its place; raises what is wrong with it."""

_LENGTHS = {32: "md5", 64: "sha256"}
_HEX = re.compile(r"[0-9a-fA-F]{32}(?:[0-9a-fA-F]{32})?(?![0-9a-fA-F])")
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_STALE = 416  # the server has no such part
_MISSING = 404
_MOST_OF_A_CHECKSUM = 4096
_REPEATABLE = {"busy", "overloaded", "silent", "cut"}


@dataclass(frozen=True)
class Downloaded:
    """An extract in its place.

    Parameters
    ----------
    path
        The file.
    source
        Where it came from, as it may be shown.
    checksum
        ``given``, ``md5`` or ``sha256`` (found beside it), or "" where none was known.
    resumed_at
        Bytes that were there from an earlier try.
    """

    path: Path
    source: str
    checksum: str
    resumed_at: int = 0


def bring(
    source: str, folder: Path, limits: Limits, *, check: Check, checksum: str = "", tell: Tell = quiet
) -> Downloaded:
    """Bring an extract into a folder, under its own name.

    Parameters
    ----------
    source
        http or https address, or path of a file; ``.osm.pbf``, ``.osm``, ``.osm.gz`` or ``.osm.bz2``.
    folder
        Where it goes; it must exist.
    limits
        How patiently a server is asked.
    check
        Looks whether the file is an extract.
    checksum
        MD5 or SHA-256 as hexadecimal text; else that of a file ``NAME.md5`` or ``NAME.sha256`` beside the source.
    tell
        Called before pauses and when the download goes on.

    Raises
    ------
    UserError
        When the source is no such address or file, or the checksum is none.
    InputDamaged
        When a file on the disk does not match its checksum, or what was brought is no extract.
    NetworkUnavailable
        When it cannot be had whole, or does not match its checksum.
    NotWritable
        When the disk is too full.
    """
    if checksum and not (_HEX.fullmatch(checksum) and len(checksum) in _LENGTHS):
        raise UserError("checksum_invalid", found=checksum)
    if "://" in source or source.replace("\\", "/").lower().startswith("/vsi"):
        if not web.is_web_address(source):
            raise UserError("extract_refused", found=source.partition("://")[0], kinds=", ".join(KINDS))
        return _Download(source, folder / name_of(source), limits, tell).run(checksum.lower(), check)
    return _copy(Path(source), folder, checksum.lower(), check)


def name_of(source: str) -> str:
    """Return the name that an extract gets: the last part of its address or path, safe on every system.

    Raises
    ------
    UserError
        When it is not the name of an extract.

    Examples
    --------
    >>> name_of("https://maps.example/asia/heilongjiang-latest.osm.pbf?key=1")
    'heilongjiang-latest.osm.pbf'
    """
    path = unquote(urlsplit(source).path) if web.is_web_address(source) else source
    name = text.file_stem(path.replace("\\", "/").rpartition("/")[2])
    if not name.lower().endswith(KINDS):
        raise UserError("extract_refused", found=name, kinds=", ".join(KINDS))
    return name


def _kind(name: str) -> str:
    return next(kind for kind in KINDS if name.lower().endswith(kind))[1:]


def _copy(source: Path, folder: Path, given: str, check: Check) -> Downloaded:
    if not source.exists():
        raise InputMissing("input_missing", path=source)
    if source.is_dir():
        raise InputDamaged("input_is_folder", path=source)
    target = folder / name_of(source.name)
    wanted, how = (given, "given") if given else _beside(source)
    if wanted and _digest(source, wanted) != wanted:
        raise InputDamaged("checksum_differs", path=source, found=_digest(source, wanted), wanted=wanted)
    check(source, _kind(target.name))
    if not (target.exists() and target.samefile(source)):
        files.refuse_full_disk(folder, source.stat().st_size)
        with files.replaced(target) as part:
            shutil.copyfile(source, part)
    return Downloaded(target, source.name, how)


def _beside(source: Path) -> tuple[str, str]:
    for how in _LENGTHS.values():
        place = source.with_name(f"{source.name}.{how}")
        if place.is_file():
            found = _checksum(place.read_bytes()[:_MOST_OF_A_CHECKSUM], how)
            if found:
                return found, how
    return "", ""


def _checksum(content: bytes, how: str) -> str:
    """Checksum of a file as md5sum and sha256sum write it; "" for a web page or anything else."""
    found = _HEX.match(content.decode(errors="replace").strip())
    return found[0].lower() if found and _LENGTHS[len(found[0])] == how else ""


def _digest(path: Path, like: str) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, _LENGTHS[len(like)]).hexdigest()


class _Download:
    """One download, which may take several requests.

    Beside ``NAME.part`` stands ``NAME.part.json``: hash of the address, and what the server calls this version of the
    file. Without them, or when the server has another version by now, it begins anew.
    """

    def __init__(self, url: str, target: Path, limits: Limits, tell: Tell) -> None:
        self._url = url
        self._server = web.host(url)
        self._target = target
        self._part = target.with_name(f"{target.name}.part")
        self._note = target.with_name(f"{target.name}.part.json")
        self._limits = limits
        self._tell = tell
        self._size: int | None = None
        self._resumed_at = 0

    def run(self, given: str, check: Check) -> Downloaded:
        wanted, how = (given, "given") if given else self._published()
        tries = 0
        lost_s = 0.0
        while not self._complete():
            before, started = self._length(), time.monotonic()
            try:
                self._go_on()
                break
            except Fault as fault:
                progress = self._length() > before
                tries = 1 if progress else tries + 1
                pause = max(fault.retry_after or 0.0, self._limits.backoff_s * 2 ** (tries - 1))
                lost_s += pause if progress else pause + time.monotonic() - started
                if fault.kind not in _REPEATABLE or tries >= self._limits.tries or lost_s >= self._limits.lost_s:
                    raise self._failure(fault) from fault
                self._tell("pull.failed", server=fault.server, cause=fault.cause)
                self._tell("pull.waiting", server=fault.server, seconds=round(pause))
                time.sleep(pause)
        self._refuse_web_page()
        if wanted and _digest(self._part, wanted) != wanted:
            found = _digest(self._part, wanted)
            self._forget()
            raise NetworkUnavailable("download_differs", url=web.shown(self._url), found=found, wanted=wanted)
        try:
            check(self._part, _kind(self._target.name))
        except UserError:
            self._forget()
            raise
        files.sync(self._part)
        self._part.replace(self._target)
        self._note.unlink(missing_ok=True)
        return Downloaded(self._target, web.shown(self._url), how, self._resumed_at)

    def _published(self) -> tuple[str, str]:
        """Checksum that the server publishes beside the file, if it does."""
        parts = urlsplit(self._url)
        for how in _LENGTHS.values():
            content = bytearray()

            def take(head: Head, chunks: Iterator[bytes], into: bytearray = content) -> None:
                for chunk in chunks if head.status != _MISSING else ():
                    into += chunk
                    if len(into) > _MOST_OF_A_CHECKSUM:
                        break

            url = urlunsplit((parts.scheme, parts.netloc, f"{parts.path}.{how}", parts.query, ""))
            try:
                web.fetch(self._request(url, self._limits.stall_s, also=(_MISSING,)), take)
            except Fault:
                break  # whatever is wrong, the download itself will say
            found = _checksum(bytes(content), how)
            if found:
                return found, how
        return "", ""

    def _complete(self) -> bool:
        """Whether an earlier run has left the whole file, and only its check was missing."""
        known = self._known()
        return bool(known) and known.get("size") is not None and self._length() == known["size"]

    def _go_on(self) -> None:
        known = self._known()
        start = self._length() if known.get("validator") else 0
        headers = {"Accept-Encoding": "identity"}
        if start:
            headers |= {"Range": f"bytes={start}-", "If-Range": known["validator"]}
        request = self._request(self._url, self._limits.download_s, headers=headers, also=(_STALE,))
        web.fetch(request, lambda head, chunks: self._take(head, chunks, start))
        if self._size is not None and self._length() != self._size:
            raise Fault("cut", self._server, f"{self._length()} of {self._size} bytes")

    def _request(self, url: str, whole_s: float, **more: Any) -> web.Request:
        limits = self._limits
        return web.Request(url, connect_s=limits.connect_s, silence_s=limits.stall_s, whole_s=whole_s, **more)

    def _take(self, head: Head, chunks: Iterator[bytes], start: int) -> None:
        if head.status == _STALE:
            self._forget()
            raise Fault("cut", self._server, f"HTTP {head.status}")
        if head.content_type == "text/html":
            raise Fault("web_page", self._server, "a web page instead of data")
        goes_on = _RANGE.fullmatch(head.headers.get("Content-Range", "")) if head.status == 206 else None
        if head.status == 206 and not (goes_on and int(goes_on[1]) == start):
            self._forget()
            raise Fault("cut", self._server, "another part than asked for")
        if goes_on:
            self._size = int(goes_on[2]) if goes_on[2].isdigit() else None
            self._resumed_at = start
            self._tell("pull.resumed", mb=round(start / 1e6, 1))
        else:  # the whole file, be it that the server has another version by now
            length = head.headers.get("Content-Length", "")
            self._size = int(length) if length.isdigit() else None
            self._resumed_at = 0
            start = 0
            self._remember(head)
        files.refuse_full_disk(self._part.parent, (self._size or 0) - start)
        with self._part.open("ab" if goes_on else "wb") as file:
            for chunk in chunks:
                file.write(chunk)

    def _remember(self, head: Head) -> None:
        tag = head.headers.get("ETag", "")
        validator = tag if tag and not tag.startswith("W/") else head.headers.get("Last-Modified", "")
        known = {"url": self._url_hash(), "validator": validator, "size": self._size}
        with files.replaced(self._note) as part:
            part.write_text(json.dumps(known), encoding="utf-8")

    def _known(self) -> dict[str, Any]:
        try:
            known = json.loads(self._note.read_text(encoding="utf-8"))
            return dict(known) if known["url"] == self._url_hash() else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _url_hash(self) -> str:
        return hashlib.sha256(self._url.encode()).hexdigest()

    def _length(self) -> int:
        return self._part.stat().st_size if self._part.exists() else 0

    def _forget(self) -> None:
        self._part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _refuse_web_page(self) -> None:
        with self._part.open("rb") as file:
            head = file.read(4096).lstrip().lower()
        if head.startswith((b"<!doctype html", b"<html")):
            self._forget()
            raise NetworkUnavailable("live_web_page", tried=f"{self._server}: a web page instead of data", lost=0)

    def _failure(self, fault: Fault) -> NetworkUnavailable:
        if fault.kind in {"web_page", "redirected"}:
            return NetworkUnavailable("live_web_page", tried=str(fault), lost=0)
        if fault.kind == "tls":
            return NetworkUnavailable("live_tls", tried=str(fault), lost=0)
        there = round(self._length() / 1e6, 1)
        return NetworkUnavailable("download_failed", url=web.shown(self._url), cause=fault.cause, part=there)
