"""Where the commands that work on a run take their study from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cfc_gis import locale

if TYPE_CHECKING:
    from cfc_gis.study import Study

FILE = click.Path(path_type=Path)
NAMES = ("place", "osm", "config_file", "demo")


def _keep_lang(ctx: click.Context, _: click.Parameter, value: str) -> str:
    ctx.meta["cfc_gis.lang"] = value
    return value


lang_option = click.option(
    "--lang", type=click.Choice(["zh", "en", "both"]), default="both", show_default=True, callback=_keep_lang,
    is_eager=True, help="消息与文件的语言。 Language of messages and files.",
)  # fmt: skip


def langs(lang: str) -> tuple[str, ...]:
    """Return the languages that are shown.

    Examples
    --------
    >>> langs("both"), langs("en")
    (('zh', 'en'), ('en',))
    """
    return locale.LANGS if lang == "both" else (lang,)


def study_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name a study: one of ``--osm``, ``--config`` and ``--demo``."""
    for option in reversed((
        click.option("--place", default="哈尔滨市", show_default=True, help="市或区县的全名。 City or district."),
        click.option("--osm", type=FILE, help="OSM 提取文件（.osm.pbf）。 OSM extract."),
        click.option("--config", "config_file", type=FILE,
                     help="设置文件 study.toml，可指定登记表和用地图层。 study.toml."),
        click.option("--demo", is_flag=True, help="用内置的合成样例城镇。 The bundled synthetic sample town."),
    )):  # fmt: skip
        command = option(command)
    return command


def taken(asked: dict[str, Any]) -> Study:
    """Take the options that name a study out of those of a command, and return the study.

    Parameters
    ----------
    asked
        Options by name; those of :func:`study_options` are removed.

    Raises
    ------
    UserError
        When not exactly one of them names it.
    """
    from cfc_gis.errors import UserError
    from cfc_gis.study import Study

    place, osm, config_file, demo = (asked.pop(name) for name in NAMES)
    if sum(map(bool, (osm, config_file, demo))) != 1:
        raise UserError("site_source")
    if demo:
        return Study.sample()
    return Study.from_extract(osm, place) if osm else Study.from_config(config_file)
