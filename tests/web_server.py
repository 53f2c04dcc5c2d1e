"""A server on this machine that answers as told: well, slowly, wrongly, or not at all."""

from __future__ import annotations

import gzip
import re
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qs
from xml.sax.saxutils import quoteattr

import osmium
import pytest

Handler = BaseHTTPRequestHandler
Answer = Callable[["Seen", Handler], None]

EMPTY = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="Overpass API 0.7.62">\n'
    '<note>The data included in this document is from www.openstreetmap.org.</note>\n<meta osm_base="{date}"/>\n'
)
LOGIN_PAGE = b"<!DOCTYPE html>\n<html><head><title>Wi-Fi</title></head><body>Log in</body></html>"
XML = "application/osm3s+xml"


@dataclass
class Seen:
    """A request as the server saw it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    running: int

    @property
    def query(self) -> str:
        return parse_qs(self.body.decode())["data"][0]


@dataclass
class Server:
    """Answers the first requests as the script says, all others as usual."""

    usual: Answer
    script: list[Answer] = field(default_factory=list)
    tls: Path | None = None

    def __enter__(self) -> Server:
        self.seen: list[Seen] = []
        self.over = threading.Event()
        self._running = 0
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self._http.block_on_close = False
        if self.tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.tls)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._http.server_port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.host}/api/interpreter"

    def _handler(self) -> type[Handler]:
        server = self

        class One(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                server._running += 1
                seen = Seen(
                    self.command, self.path, self.headers, self.rfile.read(length), time.monotonic(), server._running
                )
                server.seen.append(seen)
                answer = server.script.pop(0) if server.script else server.usual
                self.over = server.over
                try:
                    answer(seen, self)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the client went away
                finally:
                    server._running -= 1

            do_GET = do_POST = answer  # noqa: N815 - names of http.server

            def log_message(self, *_: object) -> None:
                pass

        return One


def say(body: bytes = b"", *, status: int = 200, kind: str = XML, **headers: str) -> Answer:
    """Answer with a body and headers; underscores in their names stand for hyphens."""

    def answer(_: Seen, handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def break_off(body: bytes, at: int, *, declared: bool = True) -> Answer:
    """Send the first bytes of a body and close the connection, with or without having said how many there are."""

    def answer(_: Seen, handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", XML)
        if declared:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[:at])

    return answer


def hang(_: Seen, handler: Handler) -> None:
    """Take the request and never answer."""
    handler.over.wait(60.0)
    handler.close_connection = True


def drip(_: Seen, handler: Handler) -> None:
    """Answer a byte at a time, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Type", XML)
    handler.end_headers()
    while not handler.over.wait(0.1):
        handler.wfile.write(b" ")


def refusing_address() -> str:
    """Address of this machine where nobody listens."""
    with Server(say()) as server:
        return server.url


def self_signed(folder: Path) -> Path:
    """Make a certificate for this machine that nobody trusts: ``cert.pem``, and with its key the file returned."""
    key, certificate, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
               "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]  # fmt: skip
    try:
        subprocess.run(command, capture_output=True, check=True)
    except FileNotFoundError:
        pytest.skip("no openssl to make a certificate with")
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both


class OsmData:
    """The objects of an extract, to answer queries from."""

    def __init__(self, path: Path, date: str = "2024-04-09T00:00:00Z") -> None:
        self.date = date
        self.nodes: dict[int, tuple[float, float, dict[str, str], str]] = {}
        self.ways: dict[int, tuple[list[int], dict[str, str], str]] = {}
        self.relations: dict[int, tuple[list[tuple[str, int, str]], dict[str, str], str]] = {}
        for each in osmium.FileProcessor(str(path)):
            tags = dict(each.tags)
            about = f'version="{each.version}" timestamp="{each.timestamp:%Y-%m-%dT%H:%M:%SZ}" user="mapper" uid="7"'
            if isinstance(each, osmium.osm.Node):
                self.nodes[each.id] = (each.location.lon, each.location.lat, tags, about)
            elif isinstance(each, osmium.osm.Way):
                self.ways[each.id] = ([node.ref for node in each.nodes], tags, about)
            else:
                members = [(member.type, member.ref, member.role) for member in each.members]
                self.relations[each.id] = (members, tags, about)

    def answer(self, seen: Seen, handler: Handler) -> None:
        """Answer as Overpass does, compressed where the client takes that."""
        body = self.xml(seen.query).encode()
        if "gzip" in seen.headers.get("Accept-Encoding", ""):
            say(gzip.compress(body, 1), Content_Encoding="gzip")(seen, handler)
        else:
            say(body)(seen, handler)

    def xml(self, query: str) -> str:
        """Carry out a query of our form: filters by tag in a box, then all that the objects are made of."""
        first, *statements = query.splitlines()
        assert first.startswith("[out:xml][timeout:")
        south, west, north, east = map(float, re.search(r"\[bbox:([^\]]*)\]", first)[1].split(","))
        assert statements[-3:] == [");", "(._;>;);", "out meta;"]
        inside = {i for i, (x, y, *_) in self.nodes.items() if west <= x <= east and south <= y <= north}
        here = {
            "node": inside,
            "way": {i for i, (refs, *_) in self.ways.items() if not inside.isdisjoint(refs)},
            "relation": set(),
        }
        at = {"n": here["node"], "w": here["way"], "r": set()}
        here["relation"] = {i for i, (m, *_) in self.relations.items() if any(ref in at[t] for t, ref, _ in m)}
        found: dict[str, set[int]] = {"node": set(), "way": set(), "relation": set()}
        tables = {"node": (self.nodes, 2), "way": (self.ways, 1), "relation": (self.relations, 1)}
        tagged = {kind: {i for i in here[kind] if table[i][column]} for kind, (table, column) in tables.items()}
        for statement in statements[1:-3]:
            kind, filters = re.fullmatch(r"(node|way|relation)((?:\[[^\]]*\])+);", statement).groups()
            wanted = [_filter(each) for each in re.findall(r'\[("[^"]*"(?:!?~"[^"]*")?)\]', filters)]
            table, column = tables[kind]
            found[kind] |= {i for i in tagged[kind] if all(fits(table[i][column]) for fits in wanted)}
        for i in found["relation"]:
            for kind, ref, _ in self.relations[i][0]:
                if kind == "w" and ref in self.ways:
                    found["way"].add(ref)
                elif kind == "n" and ref in self.nodes:
                    found["node"].add(ref)
        for i in found["way"]:
            found["node"].update(ref for ref in self.ways[i][0] if ref in self.nodes)
        return "".join([EMPTY.format(date=self.date), *self._elements(found), "</osm>\n"])

    def _elements(self, found: Mapping[str, set[int]]) -> Iterable[str]:
        for i in sorted(found["node"]):
            lon, lat, tags, about = self.nodes[i]
            yield f'<node id="{i}" lat="{lat:.7f}" lon="{lon:.7f}" {about}>{_tags(tags)}</node>\n'
        for i in sorted(found["way"]):
            refs, tags, about = self.ways[i]
            yield f'<way id="{i}" {about}>{"".join(f"""<nd ref="{ref}"/>""" for ref in refs)}{_tags(tags)}</way>\n'
        for i in sorted(found["relation"]):
            members, tags, about = self.relations[i]
            kinds = {"n": "node", "w": "way", "r": "relation"}
            inner = "".join(f'<member type="{kinds[t]}" ref="{r}" role={quoteattr(role)}/>' for t, r, role in members)
            yield f'<relation id="{i}" {about}>{inner}{_tags(tags)}</relation>\n'


def _filter(text: str) -> Callable[[Mapping[str, str]], bool]:
    key, sign, pattern = re.fullmatch(r'"([^"]*)"(?:(!?~)"([^"]*)")?', text).groups()
    if not sign:
        return lambda tags: key in tags
    if sign == "~":
        return lambda tags: bool(re.search(pattern, tags.get(key, "\0")))
    return lambda tags: key not in tags or not re.search(pattern, tags[key])


def _tags(tags: Mapping[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())
