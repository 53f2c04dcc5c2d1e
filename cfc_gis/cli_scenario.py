"""``cfc scenario``: before and after. The commands read options and show what scenarios say; no logic lives here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cfc_gis import cli_inputs, locale

_FILES = click.argument("files", nargs=-1, required=True, type=cli_inputs.FILE)
_season = click.option("--season", type=click.Choice(["summer", "winter"]), default="summer", show_default=True)
_category = click.option("--category", default="primary_school", show_default=True, help="设施类别。 Whose children.")


@click.group()
def scenario() -> None:
    """方案：改动前后对比。 Scenarios: before and after."""


@scenario.command()
@click.argument("path", type=cli_inputs.FILE, default=Path("scenario.toml"))
@cli_inputs.lang_option
def init(path: Path, lang: str) -> None:
    """写出带注释的样例方案，不覆盖已有文件。 Write a commented example, never over another file."""
    from cfc_gis.scenario import files

    files.write_template(path)
    for each in cli_inputs.langs(lang):
        click.echo(locale.say("scenario.init_done", each, path=path))


@scenario.command()
@click.argument("file", type=cli_inputs.FILE)
@cli_inputs.study_options
@click.option("--season", type=click.Choice(["summer", "winter", "both"]), default="both", show_default=True)
@click.option("--out", type=cli_inputs.FILE, help="结果文件夹。 Folder of the results.")
@cli_inputs.lang_option
def run(file: Path, lang: str, season: str, out: Path | None, **asked: Any) -> None:
    """运行一个方案，给出前后对比。 Run a scenario and show before and after."""
    from cfc_gis import scenario as scenarios

    plan = scenarios.read(file)
    outcome = scenarios.run(cli_inputs.taken(asked).run(season), plan)
    click.echo("\n\n".join(outcome.text(each) for each in cli_inputs.langs(lang)))
    if out is not None:
        outcome.save(out, lang=lang)
        for each in cli_inputs.langs(lang):
            click.echo(locale.say("scenario.saved", each, path=out))


@scenario.command()
@_FILES
@cli_inputs.study_options
@_season
@click.option("--out", type=cli_inputs.FILE, help="写成 CSV。 Write as CSV.")
@cli_inputs.lang_option
def compare(files: tuple[Path, ...], lang: str, season: str, out: Path | None, **asked: Any) -> None:
    """并排比较几个方案。 Compare scenarios side by side."""
    from cfc_gis import scenario as scenarios
    from cfc_gis import writing

    plans = [scenarios.read(file) for file in files]
    scenarios.comparable(plans)
    before = cli_inputs.taken(asked).run(season)
    table = scenarios.compare([scenarios.run(before, plan) for plan in plans])
    for each in cli_inputs.langs(lang):
        click.echo(scenarios.compared(table, each))
    if out is not None:
        writing.put_csv(out, table)


@scenario.command()
@_FILES
@cli_inputs.study_options
@_category
@_season
@click.option("--by", type=click.Choice(["within", "seated"]), default="within", show_default=True,
              help="按达到标准的儿童，或有学位的儿童。 Children within the standard, or with a seat.")  # fmt: skip
@click.option("--out", type=cli_inputs.FILE, help="写成 CSV。 Write as CSV.")
@cli_inputs.lang_option
def rank(
    files: tuple[Path, ...], lang: str, category: str, season: str, by: Any, out: Path | None, **asked: Any
) -> None:
    """按每万元惠及的儿童给改动排序。 Rank the edits of scenarios by children for their cost."""
    from cfc_gis import scenario as scenarios
    from cfc_gis import writing

    plans = [scenarios.read(file) for file in files]
    later = scenarios.one_year(plans)
    edits = [edit for plan in plans for edit in plan.applied]
    before = cli_inputs.taken(asked).run(season)
    for each in cli_inputs.langs(lang):
        table = scenarios.rank(before, edits, category, season, by=by, later=later, lang=each)
        click.echo(scenarios.ranked(table, each))
    if out is not None:
        writing.put_csv(out, table)


@scenario.command()
@cli_inputs.study_options
@_category
@_season
@click.option("--most", type=click.IntRange(min=1), default=20, show_default=True, help="最多几项。 At most so many.")
@click.option("--out", type=cli_inputs.FILE, help="写成方案文件。 Write as a scenario (.toml, .geojson).")
@cli_inputs.lang_option
def propose(lang: str, category: str, season: str, most: int, out: Path | None, **asked: Any) -> None:
    """列出数据提示的改动：出入口、过街、清雪、冬季改造。 Propose edits: gates, crossings, ice, winter."""
    from cfc_gis import scenario as scenarios

    found = scenarios.propose(cli_inputs.taken(asked).run("both"), category, season, lang=cli_inputs.langs(lang)[0])[
        :most
    ]
    plan = scenarios.Scenario(name=f"{category} {season}", edits=found)
    click.echo("\n\n".join(plan.text(each) for each in cli_inputs.langs(lang)))
    if out is not None:
        scenarios.write(plan, out)
        for each in cli_inputs.langs(lang):
            click.echo(locale.say("scenario.saved", each, path=out))
