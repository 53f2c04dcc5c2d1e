"""What a planner names in a call: a place, a category or a profile; with a close match where it is misspelt."""

from __future__ import annotations

import difflib

import pandas as pd

from cfc_gis import profiles, text
from cfc_gis.errors import ChoiceUnknown
from cfc_gis.profiles import Profile
from cfc_gis.standards import Category, categories

PLANNERS_AGE = "age6_8"
"""Who walks where nothing says for whom a place is."""

_CLOSE = 3
_LISTED = 10


def row(table: pd.DataFrame, kind: str, named: str) -> int:
    """Return the number of the row that an id names, or a name that stands once.

    Parameters
    ----------
    table
        With the columns ``{kind}_id`` and ``name``.
    kind
        ``neighbourhood`` or ``facility``.
    named
        An id, which comes first, or a name.

    Raises
    ------
    ChoiceUnknown
        When nothing has that id or name: close ones are named. When several have that name: they are listed.

    Examples
    --------
    >>> homes = pd.DataFrame({"neighbourhood_id": ["w1", "w2", "w3"], "name": ["和兴小区", "学府家园", "学府家园"]})
    >>> row(homes, "neighbourhood", "w2"), row(homes, "neighbourhood", "和兴小区")
    (1, 0)
    >>> row(homes, "neighbourhood", "学府家园")
    Traceback (most recent call last):
    ...
    cfc_gis.errors.ChoiceUnknown: 有 2 个居住小区名为“学府家园”：w2, w3。请改用编号。
    There are 2 neighbourhoods named “学府家园”: w2, w3. Use the id instead.
    """
    ids, names = table[f"{kind}_id"], table["name"]
    by_id = (ids == named).to_numpy().nonzero()[0]
    by_name = (names == named).to_numpy(dtype=bool, na_value=False).nonzero()[0]
    if len(by_id):
        return int(by_id[0])
    if len(by_name) == 1:
        return int(by_name[0])
    shown = text.display(named)
    if len(by_name):
        listed = ", ".join([*ids.iloc[by_name[:_LISTED]], *(["…"] if len(by_name) > _LISTED else [])])
        raise ChoiceUnknown(f"{kind}_ambiguous", found=shown, count=len(by_name), ids=listed)
    close = difflib.get_close_matches(named, {*ids, *names.dropna()}, _CLOSE)
    suggestion = f" ({', '.join(text.display(each) for each in sorted(close))}?)" if close else ""
    raise ChoiceUnknown(f"{kind}_unknown", found=shown, suggestion=suggestion)


def category(named: str) -> Category:
    """Return a category that is judged, by its name.

    Raises
    ------
    ChoiceUnknown
        When there is none of that name; the message lists all.

    Examples
    --------
    >>> category("primary_school").age
    'age6_8'
    """
    known = categories()
    if named not in known:
        close = difflib.get_close_matches(named, known, 1)
        suggestion = f" ({close[0]}?)" if close else ""
        raise ChoiceUnknown(
            "choice_unknown", what="category", found=text.display(named), suggestion=suggestion, known=", ".join(known)
        )
    return known[named]


def who(age: str, first_season: str, *, season: str | None = None, profile: str | None = None) -> Profile:
    """Return who walks: the profile that is named, else an age group; in the season that is named.

    Parameters
    ----------
    age
        Age group, unless a profile is named.
    first_season
        Season, unless one is named.
    season, profile
        What the planner names; a season goes before that of the profile.

    Raises
    ------
    ChoiceUnknown
        When there is no such profile; the message lists all.

    Examples
    --------
    >>> who("age3_5", "summer").name, who("age3_5", "summer", season="winter").name
    ('age3_5.summer', 'age3_5.winter')
    >>> who("age3_5", "winter", profile="age3_5_stroller.summer").name
    'age3_5_stroller.summer'
    """
    if profile is None:
        return profiles.profile(f"{age}.{season or first_season}")
    named = profiles.profile(profile)
    return named.of_season(season) if season else named


def age_of(served_by: str) -> str:
    """Return the age group that walks to a category of facility: the users of the first category that it serves.

    For a facility that serves none of the categories that are judged, primary school children walk.

    Examples
    --------
    >>> age_of("nine_year_school"), age_of("kindergarten"), age_of("ice_snow")
    ('age6_8', 'age3_5', 'age6_8')
    """
    ages = (each.age for each in categories().values() if served_by in each.served_by)
    return next(ages, PLANNERS_AGE)
