"""The commands: they read options, show progress and turn errors into exit codes. No logic lives here."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cfc_gis import __version__, locale, text
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
    return "\n".join(words(each) for each in (locale.LANGS if lang == "both" else (lang,)))


def _say_error(ctx: click.Context, message: str) -> None:
    click.echo(locale.say("cli.error", _one(_lang(ctx))) + message, err=True)


def _keep_lang(ctx: click.Context, _: click.Parameter, value: str) -> str:
    ctx.meta["cfc_gis.lang"] = value
    return value


_lang_option = click.option(
    "--lang", type=click.Choice(["zh", "en", "both"]), default="both", show_default=True, callback=_keep_lang,
    is_eager=True, help="报告与消息的语言。 Language of the report and of messages.",
)  # fmt: skip
_season_option = click.option(
    "--season", type=click.Choice(["summer", "winter", "both"]), default="both", show_default=True,
    help="季节；冬季为情景。 Season; winter is a scenario.",
)  # fmt: skip
_out_option = click.option("--out", type=_FILE, help="结果文件夹。 Folder for the results.")


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="cfc")
@click.option("--debug", is_flag=True, help="出错时显示完整回溯。 Show the traceback of an error.")
def main(debug: bool) -> None:
    """儿童友好城市步行可达性工具。 Walking access for child-friendly city planning."""


@main.command()
@click.argument("place", default=_PLACE)
@click.option("--osm", type=_FILE, help="OSM 提取文件（.osm.pbf）。 OSM extract.")
@click.option("--live", is_flag=True, help="在线获取（本版本尚不支持）。 Pull live (not in this version yet).")
@click.option("--census", "census_file", type=_FILE, help="分区县人口普查 CSV。 Census by district, CSV.")
@click.option("--districts", "districts_file", type=_FILE, help="区县边界图层。 District polygons.")
@click.option("--area", "area_file", type=_FILE, help="研究区面图层。 Polygon of the study area.")
@_out_option
@_season_option
@_lang_option
def run(
    place: str, osm: Path | None, live: bool, out: Path | None, season: str, lang: str, **files: Path | None
) -> None:
    """对 PLACE 完成全部计算并写出地图与报告。 Do the whole job for PLACE."""
    if live:
        raise UserError("live_unavailable")
    if osm is None:
        raise UserError("no_source")
    from cfc_gis.study import Study

    with _Steps(lang) as steps:
        study = Study.from_extract(osm, place, **files, progress=steps)
        _finish(study, out or Path("data/processed") / text.file_stem(place), season, lang, steps)


@main.command()
@_out_option
@_season_option
@_lang_option
def demo(out: Path | None, season: str, lang: str) -> None:
    """用内置的合成样例城镇试运行。 Do the same on the bundled synthetic sample town."""
    from cfc_gis.study import Study

    with _Steps(lang) as steps:
        study = Study.sample(progress=steps)
        _finish(study, out or Path("data/processed") / _SAMPLE_FOLDER, season, lang, steps)


def _finish(study: Study, out: Path, season: str, lang: str, steps: _Steps) -> None:
    from cfc_gis import writing

    gc.set_threshold(_SELDOM)
    writing.refuse_unwritable(out)
    result = study.run(season, progress=steps)
    result.save(out, lang=lang, progress=steps)
    steps.close()
    key = "cli.done_sample" if study.synthetic else "cli.done"
    for each in locale.LANGS if lang == "both" else (lang,):
        click.echo(locale.say(key, each, report=out / "report.html"))


class _Steps:
    """Progress on a terminal: a bar with the name of the step; silent where nobody watches."""

    _TOTAL = 11

    def __init__(self, lang: str) -> None:
        self._lang = _one(lang)
        self._bar: Any = None

    def __enter__(self) -> _Steps:
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self._TOTAL, bar_format="{desc:<24}{bar}|{n_fmt}/{total_fmt} {elapsed}", leave=False)
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, step: str) -> None:
        if self._bar is not None:
            self._bar.set_description_str(locale.say(f"step.{step}", self._lang))
            self._bar.update(1)

    def close(self) -> None:
        """Take the bar off the terminal."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


@main.command(name="standards")
@_lang_option
def list_standards(lang: str) -> None:
    """列出所用标准及其出处。 List the standards in use and their sources."""
    from cfc_gis import standards

    deciding = {standard.id for standard in standards.load().values()}
    for standard in standards.all_standards():
        mark = "*" if standard.id in deciding else " "
        click.echo(f"{mark} {standard.line(_one(lang))}")


@main.command()
@_lang_option
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


if __name__ == "__main__":
    main()
