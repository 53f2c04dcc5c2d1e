"""The template engine of the pages: everything that it prints is escaped, and a page asks nothing of the network."""

from __future__ import annotations

from importlib import resources

import jinja2
from markupsafe import Markup

from cfc_gis import locale, text
from cfc_gis.report.words import Words, percent, rounded

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


def environment(words: Words) -> jinja2.Environment:
    """Return a template engine that escapes everything it prints through :func:`cfc_gis.text.html_text`.

    Parameters
    ----------
    words
        The words of the page, which templates call by short names.

    Examples
    --------
    >>> environment(Words(("en",))).from_string("{{ name }} {{ term('judgement', 'gap') }}").render(name="<b>")
    '&lt;b&gt; <span lang="en">Gap</span>'
    """

    def finish(value: object) -> Markup:
        return Markup(value) if hasattr(value, "__html__") else Markup(text.html_text(value))  # noqa: S704 - escaped

    env = jinja2.Environment(
        loader=jinja2.FunctionLoader(resource),
        autoescape=True,
        finalize=finish,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        t=words.say, term=words.term, people=words.people, between=words.between, share=words.share, pair=words.pair,
        proven=words.proven, labelled=words.labelled, rounded=rounded, percent=percent, known=locale.table(),
    )  # fmt: skip
    return env


def resource(name: str) -> str:
    """Return a template, style sheet or script of ours."""
    return (resources.files("cfc_gis") / "resources" / "templates" / name).read_text(encoding="utf-8")
