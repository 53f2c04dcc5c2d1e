"""What objects show of themselves in Jupyter: sober tables that need no network, and the progress of a run.

JupyterLab and VS Code draw plain HTML with styles on the elements; neither a script nor a stylesheet is needed.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from cfc_gis import locale, text

RUN_STEPS = ("area", "homes", "people", "network", "facilities", "access", "gaps")
"""Steps of :meth:`cfc_gis.study.Study.run`, in order."""

_CELL = ' style="text-align:left;vertical-align:top"'


def both(key: str, **facts: object) -> str:
    """Return the words of a key in both languages on one line; not escaped.

    Examples
    --------
    >>> both("judgement.no_data")
    '数据不足 / No data'
    """
    return " / ".join(locale.say(key, lang, **facts) for lang in locale.LANGS)


def table(rows: Iterable[Sequence[object]], *, head: Sequence[object] = (), title: str = "", notes: str = "") -> str:
    """Return a table as HTML; the first cell of each row is its header, and every string is escaped.

    Parameters
    ----------
    rows
        Cells of each row; missing values are shown as nothing.
    head
        Headers of the columns.
    title, notes
        What stands above and below.

    Examples
    --------
    >>> table([("甲<区>", 3)])
    '<table><tbody><tr><th style="..." scope="row">甲&lt;区&gt;</th><td style="...">3</td></tr></tbody></table>'
    """
    above = f"<p><strong>{text.html_text(title)}</strong></p>" if title else ""
    heads = "".join(f'<th{_CELL} scope="col">{text.html_text(name)}</th>' for name in head)
    lines = "".join(
        f'<tr><th{_CELL} scope="row">{text.html_text(first)}</th>'
        + "".join(f"<td{_CELL}>{text.html_text(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    below = f"<p>{text.html_text(notes)}</p>" if notes else ""
    thead = f"<thead><tr>{heads}</tr></thead>" if heads else ""
    return f"{above}<table>{thead}<tbody>{lines}</tbody></table>{below}"


class Progress:
    """A bar of the steps of a run, for a notebook or a terminal: hand it to whatever takes ``progress``.

    Parameters
    ----------
    steps
        How many steps there are; those of a run unless told.
    lang
        ``zh`` or ``en``.

    Examples
    --------
    >>> import cfc_gis as cfc
    >>> result = cfc.Study.sample().run("summer", progress=cfc.Progress())
    """

    def __init__(self, steps: int = len(RUN_STEPS), lang: str = "zh") -> None:
        self._steps = steps
        self._lang = lang
        self._done = 0
        self._bar: Any = None

    def __call__(self, step: str) -> None:
        """Show that a step begins; the bar closes with the last."""
        if self._bar is None:
            self._bar = _bar(self._steps)
        self._bar.set_description_str(locale.say(f"step.{step}", self._lang))
        self._bar.update(1)
        self._done += 1
        if self._done >= self._steps:
            self._bar.close()
            self._bar, self._done = None, 0


def _bar(steps: int) -> Any:
    """Return the bar that can be seen: a widget where there are widgets, else text; none where nobody watches."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    in_kernel = hasattr(shell, "kernel")
    if in_kernel and importlib.util.find_spec("ipywidgets"):
        from tqdm.notebook import tqdm
    else:
        from tqdm import tqdm
    # tqdm's own None: shown on a terminal, silent in a file or a pipe.
    return tqdm(
        total=steps, bar_format="{desc} {bar} {n_fmt}/{total_fmt} {elapsed}", disable=False if in_kernel else None
    )
