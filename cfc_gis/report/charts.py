"""Small pictures as inline SVG: bars and strips of shares, Lorenz curves, and the marks of the judgements.

A picture never stands alone: the numbers it shows are in the table beside it, so that it is hidden from screen readers
or named by its caption.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from cfc_gis import schema

BAR_WIDTH, BAR_HEIGHT = 200, 16
LORENZ_SIZE = 140


def bar(low: float | None, presumed: float | None, high: float | None, target: float | None) -> Markup:
    """Return a bar: dark is proven, light presumed, the line reaches what is possible, the tick is the target.

    Examples
    --------
    >>> "<svg" in bar(0.4, 0.5, 1.0, 0.9)
    True
    >>> bar(None, None, None, 0.9)
    Markup('')
    """
    if low is None:
        return Markup("")
    marks = [f'<rect x="0" y="3" width="{BAR_WIDTH}" height="10" class="track"/>']
    if high is not None:
        marks.append(f'<path d="M{_x(low)} 8H{_x(high)}" class="possible"/>')
    if presumed is not None:
        marks.append(f'<rect x="0" y="3" width="{_x(presumed)}" height="10" class="presumed"/>')
    marks.append(f'<rect x="0" y="3" width="{_x(low)}" height="10" class="proven"/>')
    if target is not None:
        marks.append(f'<path d="M{_x(target)} 0V{BAR_HEIGHT}" class="target"/>')
    head = f'<svg class="bar" viewBox="0 0 {BAR_WIDTH} {BAR_HEIGHT}" width="{BAR_WIDTH}" height="{BAR_HEIGHT}"'
    return Markup(f'{head} aria-hidden="true">{"".join(marks)}</svg>')  # noqa: S704 - numbers only


def _x(share: float | None) -> str:
    return f"{min(max(float(share or 0.0), 0.0), 1.0) * BAR_WIDTH:.0f}"


def strip(ends: tuple[float, float, float], others: Sequence[float], span: tuple[float, float]) -> Markup:
    """Return one share on a line: the dot is the share, the thick line its range, each tick one of the others.

    Parameters
    ----------
    ends
        Low end, share and high end.
    others
        Shares to compare with.
    span
        The shares that the line begins and ends at, as in :func:`axis`; they hold 0.

    Examples
    --------
    >>> 'class="dot"' in strip((0.02, 0.04, 0.09), [0.01, 0.12], (0.0, 0.15))
    True
    """
    low, share, high = (_along(end, span) for end in ends)
    marks = [
        f'<path d="M0 8H{BAR_WIDTH}" class="line"/><path d="M{_along(0.0, span)} 0V{BAR_HEIGHT}" class="zero"/>',
        *(f'<path d="M{_along(other, span)} 3V13" class="tick"/>' for other in sorted(others)),
        f'<path d="M{low} 8H{high}" class="range"/><circle cx="{share}" cy="8" r="4.5" class="dot"/>',
    ]
    return Markup(f'{_strip_head(BAR_HEIGHT)} aria-hidden="true">{"".join(marks)}</svg>')  # noqa: S704 - numbers only


def axis(span: tuple[float, float]) -> Markup:
    """Return the scale above strips: the ends of the line, and 0 where it lies between them.

    Examples
    --------
    >>> ">15%</text>" in axis((0.0, 0.15))
    True
    """
    low, high = span
    words = [(low, "start"), (high, "end"), *([(0.0, "middle")] if low < 0 else [])]
    marks = "".join(
        f'<text x="{_along(share, span)}" y="11" text-anchor="{anchor}">{_signed(share)}</text>'
        for share, anchor in words
    )
    return Markup(f'{_strip_head(14)} aria-hidden="true">{marks}</svg>')  # noqa: S704 - numbers only


def _signed(share: float) -> str:
    return f"{share:.0%}".replace("-", "−")


def _strip_head(height: int) -> str:
    """Return the head of a strip; its dots may reach over its ends."""
    return f'<svg class="bar strip" viewBox="-5 0 {BAR_WIDTH + 10} {height}" width="{BAR_WIDTH + 10}" height="{height}"'


def _along(share: float, span: tuple[float, float]) -> str:
    return f"{(share - span[0]) / (span[1] - span[0]) * BAR_WIDTH:.0f}"


def lorenz(points: Sequence[tuple[float, float]]) -> Markup:
    """Return a Lorenz curve in a square: the straight line is equal shares, the shaded part what lies between.

    Parameters
    ----------
    points
        Share of the children and share of the whole that they have, both from 0 to 1, in order.

    Examples
    --------
    >>> 'class="curve"' in lorenz([(0.0, 0.0), (0.5, 0.2), (1.0, 1.0)])
    True
    """
    size = LORENZ_SIZE
    path = "L".join(f"{x * size:.1f} {(1 - y) * size:.1f}" for x, y in points)
    marks = (
        f'<path d="M{path}Z" class="between"/><path d="M0 0V{size}H{size}" class="frame"/>'
        f'<path d="M0 {size}L{size} 0" class="equal"/><path d="M{path}" class="curve"/>'
    )
    box = f'viewBox="-1 -1 {size + 2} {size + 2}" width="{size + 2}" height="{size + 2}"'
    return Markup(f'<svg class="lorenz" {box} aria-hidden="true">{marks}</svg>')  # noqa: S704 - numbers only


def keys() -> Markup:
    """Return what pictures refer to, to be put into the page once.

    That is the mark of each judgement, as in ``<use href="#key-meets">``, and the hatching of what is not known. In
    marks, stripes are drawn, not shaded: printed, each shaded patch would become a picture of its own.

    Examples
    --------
    >>> 'id="key-no_data"' in keys(), 'id="hatch"' in keys()
    (True, True)
    """
    hatch = (
        '<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="6" height="6" fill="#f1f1f1"/><rect width="1.6" height="6" fill="#8a8a8a"/></pattern>'
    )
    frame = '<rect x=".5" y=".5" width="9" height="9" class="j-{0}" stroke="#555"/>'
    stripes = '<path d="M1 4L4 1M1 9L9 1M6 9L9 6" stroke="#555"/>'
    marks = "".join(
        f'<symbol id="key-{name}">{frame.format("blank" if name == "no_data" else name)}'
        f"{stripes if name == 'no_data' else ''}</symbol>"
        for name in schema.JUDGEMENTS
    )
    return Markup(f'<svg width="0" height="0" class="defs" aria-hidden="true"><defs>{hatch}</defs>{marks}</svg>')  # noqa: S704
