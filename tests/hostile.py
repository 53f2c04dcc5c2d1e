"""Sixty names that try to break out of every quoting there is: known ones, and random ones that are always the same."""

from __future__ import annotations

from functools import cache

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from cfc_gis import text
from tests.tables import HOSTILE

COUNT = 60
MORE = (
    '"><svg/onload=alert(1)>', "<iframe srcdoc='<script>alert(1)</script>'>", "</style><img src=x onerror=alert(1)>",
    "</textarea></title><svg onload=alert(1)>", "javascript:alert(1)",
    "\\u003cscript\\u003ealert(1)\\u003c/script\\u003e",
    "\\x3cimg src=x onerror=alert(1)\\x3e", "*/alert(1)/*", "-->alert(1)<!--", "]]><script>alert(1)</script>",
    "${'`'}${alert(1)}`", "#{7*7}", "{#x#}{{''.__class__}}", "{0.__class__}", "%(x)s %n %s",
    "'; DROP TABLE projects; --",
    "=HYPERLINK(\"http://x\",\"y\")", "+cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "../../etc/passwd", "CON",
    "\u2028alert(1)\u2029",
    "\u202eهلا\u202c 小区", "e\u0301\u200b\ufeffé", "👨‍👩‍👧 乐园", "&#x3C;script&#x3E;",
    "x' onfocus='alert(1)' autofocus='",
    "onerror=alert(1)//", "很长" * 60,
)  # fmt: skip
_NASTY = "<>&\"'`${}\\/=;:()[]!-+@%#*|~^ \t\r\n\x00\x07\x1b\u202e\u2066\u200f\u2028\ufeff" + "scriptonalertx1小区"


@cache
def names() -> tuple[str, ...]:
    """The names, none of which is shown as another one or as nothing."""
    found: dict[str, str] = {}

    def add(name: str) -> None:
        if len(text.display(name)) > 1 and len(found) < COUNT:
            found.setdefault(text.display(name), name)

    for name in (*HOSTILE, *MORE):
        add(name)

    @seed(20240409)
    @settings(max_examples=200, database=None, phases=[Phase.generate], suppress_health_check=[*HealthCheck])
    @given(st.text(st.sampled_from(_NASTY), min_size=6, max_size=30))
    def random(name: str) -> None:
        add(name)

    random()
    return tuple(found.values())
