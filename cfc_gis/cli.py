"""The commands: they read options, show progress and turn errors into exit codes. No logic lives here."""

from __future__ import annotations

import gc
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cfc_gis import __version__, cli_inputs, cli_projects, cli_scenario, cli_site, locale, text
from cfc_gis.errors import CfcError, UserError

if TYPE_CHECKING:
    from cfc_gis.study import Study

_FILE = click.Path(path_type=Path)
_PLACE = "哈尔滨市"
_SAMPLE_FOLDER = "sample-town"
_SELDOM = 100_000  # new objects between two searches for cycles: a run makes many and few of them are ever dropped


class _Commands(click.Group):
    """A group that shows errors as one message and exits with their code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click's own business; it also leaves quietly when the reader of a pipe has gone
        except KeyboardInterrupt:
            _say_error(ctx, locale.say("cli.stopped", _one(_lang(ctx))))
            gc.freeze()  # else the interpreter spends a second on a last search for cycles before it ends
            ctx.exit(130)
        except CfcError as error:
            if ctx.params.get("debug"):
                raise
            _say_error(ctx, _both(ctx, error.text))
            ctx.exit(error.exit_code)
        except Exception as error:
            if ctx.params.get("debug"):
                raise
            facts = {"kind": type(error).__name__, "cause": text.display(error)}
            _say_error(ctx, _both(ctx, lambda lang: locale.say("cli.our_fault", lang, **facts)))
            ctx.exit(1)


def _lang(ctx: click.Context) -> str:
    return str(ctx.meta.get("cfc_gis.lang", "both"))


def _one(lang: str) -> str:
    return "zh" if lang == "both" else lang


def _both(ctx: click.Context, words: Callable[[str], str]) -> str:
    lang = _lang(ctx)
    return "\n".join(words(each) for each in cli_inputs.langs(lang))


def _say_error(ctx: click.Context, message: str) -> None:
    click.echo(locale.say("cli.error", _one(_lang(ctx))) + message, err=True)


_season_option = click.option(
    "--season", type=click.Choice(["summer", "winter", "both"]), default="both", show_default=True,
    help="季节；冬季为情景。 Season; winter is a scenario.",
)  # fmt: skip
_CHOICES = ("cleared", "frozen_paths", "longest_cold_min")
_choices_options = (
    click.option("--cleared", multiple=True, metavar="街名",
                 help="冬季清雪的街道，可重复；指定后只有它们算清雪。 "
                      "A street cleared of snow; may be repeated. The others then are not."),
    click.option("--frozen-paths", is_flag=True,
                 help="冬季可走冰面上的路。 Paths over the frozen river are walked in winter."),
    click.option("--longest-cold", "longest_cold_min", type=click.FloatRange(min=0, min_open=True), metavar="分钟",
                 help="冬季在户外的最长时间。 Longest time outdoors in winter, in minutes."),
)  # fmt: skip
_register_option = click.option(
    "--register", "registers", type=_FILE, multiple=True, metavar="FILE",
    help="官方设施名单（WGS 84），可重复；其他情形用 --config。 An official register in WGS 84; else use --config.",
)  # fmt: skip
_out_option = click.option("--out", type=_FILE, help="结果文件夹。 Folder for the results.")
_force_option = click.option("--force", is_flag=True, help="数据很大也照做。 Go on with very large data.")
_basemap_option = click.option(
    "--basemap", default="local", show_default=True, metavar="local|osm|tianditu|URL",
    help="map.html 的底图；联网底图须明确选择，天地图密钥用环境变量 CFC_TIANDITU_KEY。 "
         "Basemap of map.html; the key of 天地图 comes from CFC_TIANDITU_KEY.",
)  # fmt: skip
_endpoint_option = click.option(
    "--endpoint", "endpoints", multiple=True, metavar="URL",
    help="Overpass 服务器，可多次给出；默认 CFC_OVERPASS 或公共服务器。 Overpass server(s).",
)  # fmt: skip


def _with_choices(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_choices_options):
        command = option(command)
    return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="cfc")
@click.option("--debug", is_flag=True, help="出错时显示完整回溯。 Show the traceback of an error.")
def main(debug: bool) -> None:
    """儿童友好城市步行可达性工具。 Walking access for child-friendly city planning."""


@main.command()
@click.argument("place", default=_PLACE)
@click.option(
    "--config",
    "config_file",
    type=_FILE,
    help="设置文件 study.toml，代替以下输入。 study.toml, in place of inputs below.",
)
@click.option("--osm", type=_FILE, help="OSM 提取文件（.osm.pbf）。 OSM extract.")
@click.option("--live", is_flag=True, help="在线获取 OSM 数据。 Pull the OSM data.")
@click.option("--census", "census_file", type=_FILE, help="分区县人口普查 CSV。 Census by district, CSV.")
@click.option("--districts", "districts_file", type=_FILE, help="区县边界图层。 District polygons.")
@click.option("--area", "area_file", type=_FILE, help="研究区面图层。 Polygon of the study area.")
@_register_option
@_with_choices
@_endpoint_option
@_force_option
@_out_option
@click.option(
    "--season",
    type=click.Choice(["summer", "winter", "both"]),
    help="季节；冬季为情景；默认 both。 Season; winter is a scenario; both unless named.",
)
@_basemap_option
@cli_inputs.lang_option
def run(  # noqa: PLR0913 - one name for each option
    place: str,
    *,
    config_file: Path | None,
    osm: Path | None,
    live: bool,
    endpoints: tuple[str, ...],
    force: bool,
    out: Path | None,
    season: str | None,
    basemap: str,
    lang: str,
    **more: Any,
) -> None:
    """对 PLACE 完成全部计算并写出地图与报告。 Do the whole job for PLACE."""
    choices = {name: more.pop(name) for name in _CHOICES}
    if config_file is not None:
        _refuse_named_twice(click.get_current_context())
    elif live and osm is not None:
        raise UserError("two_sources")
    elif osm is None and not live:
        raise UserError("no_source")
    from cfc_gis.inputs import Files, official_register
    from cfc_gis.pull import Options
    from cfc_gis.study import Study

    more["files"] = Files(registers=tuple(map(official_register, more.pop("registers"))))
    with _Steps(lang, total=_Steps.TOTAL + live) as steps:
        options = Options(endpoints=endpoints, force=force, tell=steps.tell)
        if config_file is not None:
            study = Study.from_config(config_file, options=options, progress=steps)
        elif osm is None:
            study = Study.live(place, options, **more, progress=steps)
        else:
            study = Study.from_extract(osm, place, **more, progress=steps, force=force)
        folder = out or Path("data/processed") / text.file_stem(study.place if config_file else place)
        _finish(study, _Wanted(folder, season, lang, basemap), steps, None if config_file else choices)


def _refuse_named_twice(ctx: click.Context) -> None:
    """Refuse inputs and choices beside a file that names them."""
    beside = {"config_file", "endpoints", "force", "out", "season", "lang", "basemap"}
    named = [
        parameter
        for parameter in ctx.command.params
        if parameter.name not in beside
        and ctx.get_parameter_source(str(parameter.name)) is click.core.ParameterSource.COMMANDLINE
    ]
    if named:
        raise UserError("config_and_options", found=", ".join(each.opts[0] for each in named))


@main.command()
@click.argument("files", type=_FILE, nargs=-1, required=True)
@click.option("--osm", type=_FILE, help="OSM 提取文件，用于测量坐标基准。 OSM extract, to measure datums by.")
@click.option("--coding", metavar="分类", help="用地图层的分类：三调、用地用海。 Coding of land use.")
@cli_inputs.lang_option
def check(files: tuple[Path, ...], osm: Path | None, coding: str | None, lang: str) -> None:
    """运行前检查输入文件。 Check files before a run."""
    from cfc_gis import check as checking

    report = checking.check(files, osm=osm, coding=coding)
    click.echo("\n\n".join(report.text(each) for each in cli_inputs.langs(lang)))
    if report.errors:
        raise click.exceptions.Exit(2)


@main.command()
@click.argument("path", type=_FILE, default=Path("study.toml"))
@cli_inputs.lang_option
def init(path: Path, lang: str) -> None:
    """写出带注释的 study.toml，不覆盖已有文件。 Write a commented study.toml, never over another."""
    from cfc_gis import config

    config.write_template(path)
    for each in cli_inputs.langs(lang):
        click.echo(locale.say("cli.init_done", each, path=path))


@main.command()
@click.argument("place", default=_PLACE)
@click.option("--area", "area_file", type=_FILE, help="只获取此面图层的范围。 Pull the polygons of this layer instead.")
@click.option("--extract", metavar="URL|FILE", help="改为取得整份提取文件。 Bring a whole extract instead.")
@click.option("--checksum", default="", help="该文件的 MD5 或 SHA-256。 Its MD5 or SHA-256.")
@click.option("--out", type=_FILE, default=Path("data/raw"), show_default=True, help="数据文件夹。 Folder of raw data.")
@_endpoint_option
@click.option("--refresh", is_flag=True, help="本机已有也重新获取。 Ask again for what is there already.")
@_force_option
@cli_inputs.lang_option
def pull(
    place: str,
    area_file: Path | None,
    extract: str | None,
    checksum: str,
    lang: str,
    **how: Any,
) -> None:
    """获取 PLACE 的 OSM 数据，存入 data/raw。 Pull the OSM data of PLACE into data/raw."""
    if (extract and area_file) or (checksum and not extract):
        raise UserError("extract_alone")
    from cfc_gis import pull as pulling

    with _Steps(lang, total=0) as steps:
        options = pulling.Options(how["out"], how["endpoints"], how["refresh"], how["force"], tell=steps.tell)
        if extract is None:
            found = pulling.pull_place(place, options, area_file=area_file)
        else:
            found = pulling.bring_extract(extract, options, checksum=checksum)
    size = f"{found.path.stat().st_size / 1e6:.1f}"
    for each in cli_inputs.langs(lang):
        date = found.data_date or locale.say("pull.unknown_date", each)
        name = found.place or locale.say("pull.some_place", each)
        facts = {"path": found.path, "mb": size, "data_date": date, "source": found.source, "place": name}
        click.echo(locale.say("pull.done", each, **facts))


@main.command()
@_out_option
@_season_option
@_basemap_option
@cli_inputs.lang_option
def demo(out: Path | None, season: str, basemap: str, lang: str) -> None:
    """用内置的合成样例城镇试运行。 Do the same on the bundled synthetic sample town."""
    from cfc_gis.study import Study

    with _Steps(lang) as steps:
        study = Study.sample(progress=steps)
        folder = out or Path("data/processed") / _SAMPLE_FOLDER
        _finish(study, _Wanted(folder, season, lang, basemap), steps)


@main.command()
@click.argument("page", type=_FILE, default=Path("data/processed") / _PLACE / "report.html")
@click.option("--out", type=_FILE, help="PDF 文件，默认放在报告旁边。 The PDF; beside the report unless named.")
@click.option("--browser", metavar="程序", help="Chromium、Chrome 或 Edge。 The browser that prints.")
@cli_inputs.lang_option
def pdf(page: Path, out: Path | None, browser: str | None, lang: str) -> None:
    """把报告存为 PDF（A4）。 Print a report as PDF (A4)."""
    from cfc_gis import pdf as printing

    done = printing.write(page, out or page.with_suffix(".pdf"), browser)
    for each in cli_inputs.langs(lang):
        click.echo(locale.say("cli.done", each, report=done))


@dataclass(frozen=True)
class _Wanted:
    """What is to be written, and where; ``basemap`` is refused here, before anything is computed."""

    out: Path
    season: str | None
    lang: str
    basemap: str

    def __post_init__(self) -> None:
        from cfc_gis.maps import tiles

        online = tiles.find(self.basemap)
        if online is not None and online.has_key:
            for each in cli_inputs.langs(self.lang):
                click.echo(locale.say("map.key_inside", each), err=True)
            warnings.filterwarnings("ignore", message=locale.say("map.key_inside", "zh"))  # it was just said


def _finish(study: Study, wanted: _Wanted, steps: _Steps, choices: Mapping[str, Any] | None = None) -> None:
    from cfc_gis import writing
    from cfc_gis.walking import Choices

    decided = None
    if choices is not None:
        decided = Choices(**{**choices, "cleared": frozenset(choices["cleared"]) or None})
    gc.set_threshold(_SELDOM)
    out, lang = wanted.out, wanted.lang
    writing.refuse_unwritable(out)
    result = study.run(wanted.season, choices=decided, progress=steps)
    result.save(out, lang=lang, basemap=wanted.basemap, progress=steps)
    steps.close()
    if warnings := study.inputs.report().warnings:
        for each in cli_inputs.langs(lang):
            click.echo(locale.say("cli.warnings", each, count=warnings), err=True)
    key = "cli.done_sample" if study.synthetic else "cli.done"
    for each in cli_inputs.langs(lang):
        click.echo(locale.say(key, each, report=out / "report.html"))


class _Steps:
    """Progress on a terminal: a bar with the name of the step; silent where nobody watches."""

    TOTAL = 11

    def __init__(self, lang: str, total: int = TOTAL) -> None:
        self._langs = cli_inputs.langs(lang)
        self._lang = _one(lang)
        self._total = total
        self._watched = sys.stderr.isatty()
        self._bar: Any = None

    def __enter__(self) -> _Steps:
        if self._watched and self._total:
            from tqdm import tqdm

            self._bar = tqdm(total=self._total, bar_format="{desc:<24}{bar}|{n_fmt}/{total_fmt} {elapsed}", leave=False)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, step: str) -> None:
        if self._bar is not None:
            self._bar.set_description_str(locale.say(f"step.{step}", self._lang))
            self._bar.update(1)

    def tell(self, key: str, **facts: object) -> None:
        """Say what pulling meets: how far it is on a terminal only, all else everywhere."""
        if key in {"pull.tile", "pull.merging"} and not self._watched:
            return
        if self._bar is not None:
            self._bar.clear()
        said = {name: text.display(fact) for name, fact in facts.items()}
        for words in dict.fromkeys(locale.say(key, lang, **said) for lang in self._langs):
            click.echo(words, err=True)

    def close(self) -> None:
        """Take the bar off the terminal."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@main.command(name="standards")
@click.option("--config", "config_file", type=_FILE, help="研究的 study.toml。 The study.toml of a study.")
@cli_inputs.lang_option
def list_standards(config_file: Path | None, lang: str) -> None:
    """列出所用标准、出处和用处。 List the standards, their sources and where each is used."""
    from cfc_gis import catalogue

    listed = catalogue.Catalogue()
    if config_file is not None:
        from cfc_gis import config

        named = config.read(config_file)
        listed = catalogue.Catalogue(named.standards, targets=named.targets)
    for each in cli_inputs.langs(lang):
        click.echo("\n".join((*listed.lines(each), "")))


@main.command()
@cli_inputs.lang_option
def doctor(lang: str) -> None:
    """检查运行环境。 Check that everything needed is here."""
    from cfc_gis import diagnosis

    faults = 0
    for finding in diagnosis.findings(Path.cwd()):
        faults += not finding.ok
        mark = locale.say("cli.doctor_ok" if finding.ok else "cli.doctor_missing", _one(lang))
        click.echo(f"[{mark}] {locale.say(finding.key, _one(lang), **finding.facts)}")
    key = "cli.doctor_faults" if faults else "cli.doctor_all_ok"
    click.echo(locale.say(key, _one(lang), count=faults))
    if faults:
        raise click.exceptions.Exit(3)


main.add_command(cli_site.site)
main.add_command(cli_scenario.scenario)
main.add_command(cli_projects.projects)

if __name__ == "__main__":
    main()
