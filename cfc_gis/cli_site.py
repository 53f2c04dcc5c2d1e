"""``cfc site``: where to build. It reads options and shows the answer; no logic lives here."""

from __future__ import annotations

from typing import Any

import click

from cfc_gis import cli_inputs, locale


@click.command()
@cli_inputs.study_options
@click.option("--category", default="primary_school", show_default=True, help="设施类别。 What is opened.")
@click.option("--sites", type=click.IntRange(min=1), required=True, help="最多新建几处。 At most so many.")
@click.option("--seats", type=click.FloatRange(min=0, min_open=True), help="新增学位总数。 Seats in all.")
@click.option("--must", multiple=True, metavar="ID", help="必选的候选地点，可重复。 Chosen in any case.")
@click.option("--never", multiple=True, metavar="ID", help="不选的候选地点，可重复。 Never chosen.")
@click.option("--apart", type=click.FloatRange(min=0), default=0.0, help="新址的最小间距（米）。 Least spacing, m.")
@click.option("--worst-first", type=click.FloatRange(min=0), default=0.0, help="短板区县的加权。 Weight of the worst.")
@click.option("--season", type=click.Choice(["summer", "winter"]), default="summer", show_default=True)
@click.option("--gap", type=click.FloatRange(0, 1), default=0.01, show_default=True, help="允许的差距。 Gap asked.")
@click.option("--seconds", type=click.FloatRange(min=0), default=60.0, show_default=True, help="时限。 Time limit.")
@click.option(
    "--scenario",
    type=cli_inputs.FILE,
    help="把选中的地点写成方案文件，供 cfc scenario run 使用。 Write them as a scenario (.toml, .geojson).",
)
@click.option("--map", "map_file", type=cli_inputs.FILE, help="候选和选中地点的地图 .html。 Map of them.")
@click.option("--out", type=cli_inputs.FILE, help="把选中的地点写入 GeoPackage。 Write the chosen sites, .gpkg.")
@cli_inputs.lang_option
def site(lang: str, **asked: Any) -> None:
    """选址：在哪里新建，能多服务多少儿童。 Where to build, and how many children it adds."""
    from cfc_gis import maps, scenario, writing
    from cfc_gis.siting import answer, land_of

    study = cli_inputs.taken(asked)
    found = answer(study.run(asked["season"]), land_of(study), _question(asked))
    click.echo("\n\n".join(found.text(each) for each in cli_inputs.langs(lang)))
    if not found.best.solved:
        raise click.exceptions.Exit(2)
    if asked["out"] is not None:
        writing.write_layer(found.table, asked["out"], "sites")
    if asked["scenario"] is not None:
        scenario.write(scenario.Scenario(name=asked["scenario"].stem, edits=found.edits), asked["scenario"])
    if asked["map_file"] is not None:
        writing.put_text(asked["map_file"], maps.to_html(found.map(lang=lang)))
    for path in filter(None, (asked["out"], asked["scenario"], asked["map_file"])):
        for each in cli_inputs.langs(lang):
            click.echo(locale.say("siting_answer.saved", each, path=path))


def _question(asked: dict[str, Any]) -> Any:
    from cfc_gis.siting import Effort, Question

    return Question(
        asked["category"],
        asked["sites"],
        asked["seats"],
        must=frozenset(asked["must"]),
        never=frozenset(asked["never"]),
        apart_m=asked["apart"],
        worst_first=asked["worst_first"],
        season=asked["season"],
        effort=Effort(asked["gap"], asked["seconds"]),
    )
