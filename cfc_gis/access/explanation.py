"""What there is to say of one way: its facts, and the same in words.

The facts are found by :mod:`cfc_gis.access.explain`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from cfc_gis import locale, text
from cfc_gis.access.sketch import Ground, draw
from cfc_gis.profiles import Profile
from cfc_gis.standards import Category, Standard


@dataclass(frozen=True)
class Minutes:
    """The minutes of a way, by what they are made of.

    Parameters
    ----------
    walk
        Walking, slopes included.
    ice
        What snow and ice add.
    wait
        Waiting at crossings, and their kerbs.
    barrier
        What dangerous crossings add because they put the child off.
    """

    walk: float
    ice: float
    wait: float
    barrier: float

    @property
    def total(self) -> float:
        """All minutes."""
        return self.walk + self.ice + self.wait + self.barrier

    def in_tenths(self) -> tuple[str, ...]:
        """Return walk, ice, wait and barrier in tenths of a minute that add up to the rounded total.

        Tenths are cut off, and those that are missing go to the parts that lost most.

        Examples
        --------
        >>> Minutes(1.25, 1.04, 2.04, 0.0).in_tenths()  # 4.33 in all; rounded each by itself they would give 4.2
        ('1.3', '1.0', '2.0', '0.0')
        """
        tenths = 10.0 * np.array([self.walk, self.ice, self.wait, self.barrier])
        whole = np.floor(tenths)
        missing = int(np.rint(tenths.sum()) - whole.sum())
        whole[np.argsort(whole - tenths, kind="stable")[:missing]] += 1.0
        return tuple(f"{part / 10.0:.1f}" for part in whole)


@dataclass(frozen=True)
class Crossing:
    """One carriageway of a main road that a way crosses.

    Parameters
    ----------
    kind
        What is mapped there: ``signals``, ``marked``, ``unmarked``, or ``presumed`` for a junction where nothing is.
    road_class
        ``trunk``, ``primary`` or ``secondary``.
    road_name
        Name of the road, or None.
    minutes
        Waiting, kerbs and barrier.
    """

    kind: str
    road_class: str
    road_name: str | None
    minutes: float


@dataclass(frozen=True)
class Reached:
    """A facility that can be walked to.

    Parameters
    ----------
    facility_id, name, category, evidence
        As in :data:`cfc_gis.schema.FACILITIES`.
    minutes
        How far it is.
    """

    facility_id: str
    name: str | None
    category: str
    evidence: str
    minutes: float


@dataclass(frozen=True, eq=False)
class Way:
    """The quickest way to the nearest proven facility.

    Parameters
    ----------
    facility
        Where it leads.
    line
        From the home to the entrance, in the projected CRS; the pieces between them and the network are straight.
    minutes
        By what they are made of.
    low, high
        Minutes of the quickest way at either end of winter's range; in summer the same as all minutes.
    metres
        Length, pieces off the network included.
    straight_metres
        Between its two ends, in a straight line.
    crossings
        In the order of the way.
    """

    facility: Reached
    line: shapely.LineString
    minutes: Minutes
    low: float
    high: float
    metres: float
    straight_metres: float
    crossings: tuple[Crossing, ...]

    @property
    def detour(self) -> float:
        """Metres walked for each metre of the straight line; missing where both ends are one place."""
        return self.metres / self.straight_metres if self.straight_metres > 0.0 else float("nan")


@dataclass(frozen=True)
class Against:
    """A standard, and what is measured at this home.

    Parameters
    ----------
    standard
        The standard.
    value
        Network metres (the least by any permitted way), straight metres or minutes to a proven facility, as the
        standard measures; NaN where nothing is reached.
    met
        Whether the value is at most the threshold: not where facilities are known and none is reached; None where none
        is known.
    applies
        Whether the standard is for neighbourhoods of this kind.
    """

    standard: Standard
    value: float
    met: bool | None
    applies: bool


@dataclass(frozen=True)
class Reason:
    """Why nothing is reached.

    Parameters
    ----------
    key
        ``no_street``, ``island``, ``no_way`` (as in :func:`cfc_gis.access.isolated.find`), ``too_long`` (longer than
        the planner's longest time outdoors) or ``none_known`` (the data know no facility that would count).
    minutes, limit
        Of ``too_long``: the way, and the longest that counts; else NaN.
    """

    key: str
    minutes: float = float("nan")
    limit: float = float("nan")


@dataclass(frozen=True, eq=False)
class Explanation:
    """How the child in the middle of a neighbourhood walks to a category, and what that means.

    Parameters
    ----------
    neighbourhood_id, name
        The neighbourhood.
    category, who
        What is walked to, and who walks.
    crs
        Projected CRS of all geometry.
    home
        Where the way begins: the home of the child in the middle, as in the access table.
    way
        The quickest way to the nearest proven facility; None where none is reached.
    least_metres
        Least metres along the network to a proven facility, which may be another one; NaN where none is reached.
    straight_metres
        Metres in a straight line to the nearest proven facility, which may be another one; NaN where none is known.
    standards
        Every standard of the category, the deciding one first.
    second
        The second nearest proven facility.
    presumed
        The nearest presumed facility, where it is nearer than every proven one.
    reasons
        Why nothing is reached; empty where something is.
    edge_affected
        Whether a nearer facility may lie beyond the border of the data.
    ground
        What lies around, for the map that Jupyter shows; without it there is none.

    Examples
    --------
    See :func:`cfc_gis.access.explain.explain`.
    """

    neighbourhood_id: str
    name: str | None
    category: Category
    who: Profile
    crs: str
    home: shapely.Point
    way: Way | None
    least_metres: float
    straight_metres: float
    standards: tuple[Against, ...]
    second: Reached | None
    presumed: Reached | None
    reasons: tuple[Reason, ...]
    edge_affected: bool
    ground: Ground | None = None

    def lines(self, lang: str) -> list[tuple[str, str]]:
        """Return what there is to say as labels and words, in one language; not escaped.

        Parameters
        ----------
        lang
            ``zh`` or ``en``.
        """
        return _Words(self, lang).lines()

    def text(self, lang: str = "zh") -> str:
        """Return what there is to say as plain text, one fact a line.

        Parameters
        ----------
        lang
            ``zh`` or ``en``.
        """
        words = _Words(self, lang)
        rows = (label + words.say("colon") + value for label, value in words.lines())
        return "\n".join(text.display(row) for row in (words.title(), *rows))

    def _repr_html_(self) -> str:
        """Return both languages, side by side, and the way on a map; names are escaped."""
        both = [_Words(self, lang) for lang in locale.LANGS]
        heads = "".join(f'<th colspan="2">{text.html_text(words.title())}</th>' for words in both)
        rows = "".join(
            "<tr>" + "".join(f"<th>{text.html_text(a)}</th><td>{text.html_text(b)}</td>" for a, b in pair) + "</tr>"
            for pair in zip(*(words.lines() for words in both), strict=True)
        )
        return f"<table><tr>{heads}</tr>{rows}</table>{self.sketch()}"

    def sketch(self) -> str:
        """Return the way on a small map, as SVG; nothing where the ground is not known."""
        if self.ground is None:
            return ""
        words = [_Words(self, lang) for lang in locale.LANGS]
        end = self.way.facility.name if self.way else None
        said = {
            "title": " / ".join(each.title() for each in words),
            "home": self.name or self.neighbourhood_id,
            "end": end or " / ".join(each.say("unnamed") for each in words),
            "metres": "{metres} m",
        }
        return draw(self.ground, self.way.line if self.way else None, self.home, said)


class _Words:
    """An explanation in one language."""

    def __init__(self, facts: Explanation, lang: str) -> None:
        self._facts = facts
        self._lang = lang

    def say(self, key: str, **facts: object) -> str:
        return locale.say(f"explain.{key}", self._lang, **facts)

    def _term(self, section: str, name: str) -> str:
        return locale.say(f"{section}.{name}", self._lang)

    def title(self) -> str:
        facts = self._facts
        category = self._term("category", facts.category.name)
        return self.say("title", home=facts.name or facts.neighbourhood_id, category=category)

    def lines(self) -> list[tuple[str, str]]:
        facts = self._facts
        home = f"{facts.name} ({facts.neighbourhood_id})" if facts.name else facts.neighbourhood_id
        rows = [(self.say("home"), home), (self.say("who"), self._who())]
        rows += self._way(facts.way) if facts.way else [(self.say("reasons"), self._reasons())]
        rows += [self._against(each) for each in facts.standards]
        if facts.way:
            rows.append((self.say("second"), self._second(facts.second) if facts.second else self.say("second_none")))
        if facts.presumed:
            rows.append((self.say("presumed"), self._second(facts.presumed)))
        notes = [self.say("note_middle")] + ([self.say("note_edge")] if facts.edge_affected else [])
        return [*rows, (self.say("note"), self.say("separator").join(notes))]

    def _who(self) -> str:
        who = self._facts.who
        words = self.say(
            "who_is",
            age=self._term("explain_age", who.age),
            companion=self._term("explain_companion", who.companion),
            season=self._term("season", who.season),
            profile=who.name,
        )
        return self.say("who_strict", who=words) if who.strict else words

    def _facility(self, facility: Reached) -> str:
        return self.say(
            "facility_is",
            name=facility.name or self.say("unnamed"),
            category=self._term("category", facility.category),
            evidence=self._term("evidence", facility.evidence),
            id=facility.facility_id,
        )

    def _second(self, facility: Reached) -> str:
        return self.say("second_is", facility=self._facility(facility), minutes=f"{facility.minutes:.1f}")

    def _way(self, way: Way) -> list[tuple[str, str]]:
        walk, ice, wait, barrier = way.minutes.in_tenths()
        total = f"{way.minutes.total:.1f}"
        minutes = self.say("minutes_are", total=total, walk=walk, ice=ice, wait=wait, barrier=barrier)
        if self._facts.who.scenario:
            minutes = self.say("minutes_range", minutes=minutes, low=f"{way.low:.1f}", high=f"{way.high:.1f}")
        detour = "–" if np.isnan(way.detour) else f"{way.detour:.2f}"
        metres = self.say("metres_are", way=f"{way.metres:.0f}", straight=f"{way.straight_metres:.0f}", detour=detour)
        return [
            (self.say("facility"), self._facility(way.facility)),
            (self.say("minutes"), minutes),
            (self.say("metres"), self.say("metres_least", metres=metres, least=f"{self._facts.least_metres:.0f}")),
            (self.say("crossings"), self._crossings(way.crossings)),
        ]

    def _crossings(self, crossings: tuple[Crossing, ...]) -> str:
        minutes: dict[tuple[str, str, str | None], list[float]] = {}
        for each in crossings:
            minutes.setdefault((each.kind, each.road_class, each.road_name), []).append(each.minutes)
        parts = [
            self.say(
                "crossings_are",
                count=len(times),
                kind=self._term("explain_crossing", kind),
                road=" ".join(filter(None, (self._term("explain_road", road), name))),
                minutes=f"{sum(times):.1f}",
            )
            for (kind, road, name), times in minutes.items()
        ]
        return self.say("separator").join(parts) or self.say("crossings_none")

    def _reasons(self) -> str:
        category = self._term("category", self._facts.category.name)
        words = [
            locale.say(
                f"explain_reason.{each.key}",
                self._lang,
                category=category,
                minutes=f"{each.minutes:.1f}",
                limit=f"{each.limit:g}",
            )
            for each in self._facts.reasons
        ]
        return self.say("separator").join(words)

    def _against(self, each: Against) -> tuple[str, str]:
        standard = each.standard
        unit = self._term("unit", standard.unit)
        if each.met is None:
            value = self.say("value_unknown")
        elif np.isnan(each.value):
            value = self.say("value_none")
        else:
            value = self.say("value", value=_on_its_side(each), unit=unit)
        label = self.say("standard_decides" if standard.decides else "standard")
        return label, self.say("standard_is", line=standard.line(self._lang), value=value, verdict=self._verdict(each))

    def _verdict(self, each: Against) -> str:
        if not each.applies:
            return self.say("not_for_rural" if each.standard.applies_to == "urban" else "not_for_urban")
        if each.met is None:
            return self.say("unknown")
        return self.say("met" if each.met else "missed")


def _on_its_side(each: Against) -> str:
    """Return the value in as many figures as show on which side of the threshold it lies."""
    fewest = 1 if each.standard.unit == "min" else 0
    figures = (f"{each.value:.{places}f}" for places in range(fewest, 9))
    return next((shown for shown in figures if (float(shown) <= each.standard.threshold) == each.met), f"{each.value}")
