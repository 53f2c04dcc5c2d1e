"""``cfc site``: where to build. It reads options and shows the answer; no logic lives here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cfc_gis import cli_inputs, locale

if TYPE_CHECKING:
    from cfc_gis.siting import Answer, Question

_PROBLEMS = ("mclp", "bclp", "seats", "lscp", "lscp_cost", "lscp_b", "p_median", "p_center")
_SHARE, _LEAST = click.FloatRange(0, 1, min_open=True), click.FloatRange(min=0)


@click.command()
@cli_inputs.study_options
@click.option("--category", default="primary_school", show_default=True, help="设施类别。 What is opened.")
@click.option(
    "--problem",
    type=click.Choice(_PROBLEMS),
    help="要解的问题：mclp 标准之内的儿童最多；bclp 再使有两处可选的最多；seats 有学位的最多；lscp 达到目标的最少处数；"
    "lscp_cost 最低造价；lscp_b 最少处数中后备最多；p_median 总路程最短；p_center 最远者路程最短。"
    "默认：有 --seats 为 seats，有 --target 为 lscp，否则 mclp。 What is sought: most children within the standard; "
    "then most with a second; most with a seat; fewest sites for a target; the cheapest; fewest with most backup; "
    "least walking; shortest longest way.",
)
@click.option("--sites", type=click.IntRange(min=1), help="最多新建几处。 At most so many.")
@click.option("--seats", type=click.FloatRange(min=0, min_open=True), help="新增学位总数。 Seats in all.")
@click.option(
    "--target",
    type=_SHARE,
    help="目标比例，如 0.9；默认为标准的目标。 Share of the children to be within the standard; by default its own.",
)
@click.option(
    "--reachable",
    is_flag=True,
    help="目标只计已有设施或候选能覆盖的儿童，其余列出人数。 Of the others only their number is told.",
)
@click.option(
    "--costs",
    type=cli_inputs.FILE,
    help="造价表（万元）：--candidates 写出的表，填好 cost。 Costs: the table of --candidates, filled in.",
)
@click.option("--budget", type=_LEAST, help="预算（万元），需要 --costs。 Budget, 10,000 yuan; needs --costs.")
@click.option("--must", multiple=True, metavar="ID", help="必选的候选地点，可重复。 Chosen in any case.")
@click.option("--never", multiple=True, metavar="ID", help="不选的候选地点，可重复。 Never chosen.")
@click.option("--apart", "apart_m", type=_LEAST, default=0.0, help="新址的最小间距（米）。 Least spacing, m.")
@click.option("--worst-first", type=_LEAST, default=0.0, help="短板单元的儿童的加权。 Weight of the worst.")
@click.option("--worst-level", type=click.Choice(["district", "subdistrict"]), default="district", show_default=True,
              help="比较区县还是街道。 Which units are compared.")  # fmt: skip
@click.option("--season", type=click.Choice(["summer", "winter"]), default="summer", show_default=True)
@click.option("--method", type=click.Choice(["exact", "greedy"]), default="exact", show_default=True,
              help="精确或贪心（mclp、seats）。 Exact, or greedy for large mclp and seats.")  # fmt: skip
@click.option("--gap", type=click.FloatRange(0, 1), default=0.01, show_default=True, help="允许的差距。 Gap asked.")
@click.option("--seconds", type=_LEAST, default=60.0, show_default=True, help="时限。 Time limit.")
@click.option(
    "--candidates",
    type=cli_inputs.FILE,
    help="写出全部候选（.csv、.gpkg），无解时也写。 Write all candidates, chosen or not.",
)
@click.option(
    "--scenario",
    type=cli_inputs.FILE,
    help="写成方案文件，供 cfc scenario run 使用。 Write the chosen as a scenario (.toml, .geojson).",
)
@click.option("--map", "map_file", type=cli_inputs.FILE, help="候选和选中地点的地图 .html。 Map of them.")
@click.option("--out", type=cli_inputs.FILE, help="写出选中的地点（.gpkg、.csv）。 Write the chosen sites.")
@cli_inputs.lang_option
def site(
    lang: str,
    *,
    candidates: Path | None,
    scenario: Path | None,
    map_file: Path | None,
    out: Path | None,
    **asked: Any,
) -> None:
    """选址：在哪里新建，能多服务多少儿童。 Where to build, and how many children it adds."""
    _refuse_files(candidates, out, scenario, map_file)
    from cfc_gis.siting import answer, land_of

    named = {name: asked.pop(name) for name in cli_inputs.NAMES}
    question = _question(asked)  # contradictions are told before anything is read
    study = cli_inputs.taken(named)
    found = answer(study.run(question.season), land_of(study), question)
    click.echo("\n\n".join(found.text(each) for each in cli_inputs.langs(lang)))
    if candidates is not None:
        _say_written(found.write_candidates(candidates), lang)
    if not found.best.solved:
        raise click.exceptions.Exit(2)
    _write_chosen(found, out, scenario, map_file, lang)


def _write_chosen(found: Answer, out: Path | None, scenario: Path | None, map_file: Path | None, lang: str) -> None:
    from cfc_gis import maps, writing
    from cfc_gis import scenario as scenarios

    if out is not None:
        found.write(out)
    if scenario is not None:
        scenarios.write(scenarios.Scenario(name=scenario.stem, edits=found.edits), scenario)
    if map_file is not None:
        writing.put_text(map_file, maps.to_html(found.map(lang=lang)))
    for path in filter(None, (out, scenario, map_file)):
        _say_written(path, lang)


def _say_written(path: Path, lang: str) -> None:
    for each in cli_inputs.langs(lang):
        click.echo(locale.say("siting_answer.saved", each, path=path))


def _refuse_files(candidates: Path | None, out: Path | None, scenario: Path | None, map_file: Path | None) -> None:
    """Refuse files of a kind that is not written, before anything is computed."""
    from cfc_gis.errors import InputDamaged, UserError
    from cfc_gis.scenario.files import SUFFIXES
    from cfc_gis.siting import refuse_suffix

    for path in filter(None, (candidates, out)):
        refuse_suffix(path)
    if scenario is not None and scenario.suffix.lower() not in SUFFIXES:
        raise InputDamaged("scenario_refused", path=scenario)
    if map_file is not None and map_file.suffix.lower() not in {".html", ".htm"}:
        raise UserError("site_refused_map", path=map_file)


def _question(asked: dict[str, Any]) -> Question:
    from cfc_gis.siting import Effort, Question, read_costs

    effort = Effort(asked.pop("gap"), asked.pop("seconds"))
    costs = asked.pop("costs")
    asked |= {name: frozenset(asked[name]) for name in ("must", "never")}
    return Question(**asked, effort=effort, costs=None if costs is None else read_costs(costs))
