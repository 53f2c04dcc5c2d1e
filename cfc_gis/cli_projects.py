"""The commands of the project library, ``cfc projects``: they read options and show what the library says."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cfc_gis import cli_inputs, locale, text
from cfc_gis.errors import UserError

if TYPE_CHECKING:
    from cfc_gis.library import ProjectLibrary

_FILE = click.Path(path_type=Path)
_Command = Callable[..., Any]


def _ask(key: str) -> Callable[[click.Context, click.Parameter, str | None], str]:
    """Return what asks for a missing value where somebody can answer; else the library refuses it."""

    def ask(ctx: click.Context, _: click.Parameter, value: str | None) -> str:
        if value or ctx.resilient_parsing or not sys.stdin.isatty():
            return value or ""
        return str(click.prompt(" / ".join(locale.say(key, lang) for lang in locale.LANGS), err=True))

    return ask


_library_option = click.option(
    "--library", "path", type=_FILE, default=Path("data/processed/projects.sqlite"), show_default=True,
    help="项目库文件。 File of the library.",
)  # fmt: skip
_who_option = click.option(
    "--who", envvar="CFC_WHO", callback=_ask("projects_cli.who_ask"), metavar="姓名",
    help="由谁写入；可用环境变量 CFC_WHO；不猜测。 Who writes; or CFC_WHO; never guessed.",
)  # fmt: skip
_why_option = click.option(
    "--why", callback=_ask("projects_cli.why_ask"), metavar="理由",
    help="理由，记入历史。 Reason, kept in the history.",
)  # fmt: skip
_version_option = click.option(
    "--version", "seen", type=int, metavar="版本",
    help="您看到的版本；之后有人改过则拒绝。 The version you saw; refused if changed since. [现行 the present one]",
)  # fmt: skip
_set_option = click.option(
    "--set", "pairs", multiple=True, metavar="字段=值",
    help="字段的值，可重复；空值表示清除。 Value of a field; may be repeated; empty takes it away.",
)  # fmt: skip
_table_option = click.option(
    "--table", default="projects", show_default=True,
    help="CSV 中的表：projects、entries、gaps、gains、participation 等。 Table of a CSV file.",
)  # fmt: skip


def _with(*options: _Command) -> _Command:
    def add(command: _Command) -> _Command:
        for option in reversed((*options, _library_option, cli_inputs.lang_option)):
            command = option(command)
        return command

    return add


def _open(path: Path, lang: str, *, create: bool = False) -> ProjectLibrary:
    from cfc_gis.library import ProjectLibrary

    library = ProjectLibrary(path, create=create)
    if library.backup_path is not None:
        _say("projects_cli.backed_up", lang, path=library.backup_path)
    return library


def _one(lang: str) -> str:
    return "zh" if lang == "both" else lang


def _say(key: str, lang: str, **facts: object) -> None:
    said = {name: fact if isinstance(fact, locale.Spoken) else text.display(fact) for name, fact in facts.items()}
    for each in cli_inputs.langs(lang):
        click.echo(locale.say(key, each, **said))


def _values(pairs: tuple[str, ...]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise UserError("projects_pair", found=text.display(pair))
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


@click.group(name="projects")
def projects() -> None:
    """项目库：新增、变更阶段、查询、佐证、导入导出。 The project library."""


@projects.command()
@click.argument("name")
@click.option("--kind", required=True, metavar="类型", help="新建、扩建、适儿化改造等。 new, expand, retrofit ...")
@click.option("--phase", required=True, metavar="期", help="2025 或 2035。 2025 or 2035.")
@_with(_set_option, _who_option, _why_option)
def add(name: str, *, path: Path, lang: str, pairs: tuple[str, ...], who: str, why: str, **given: str) -> None:
    """新增项目 NAME。 Add a project."""
    with _open(path, lang, create=True) as library:
        made = library.add({**_values(pairs), "name": name, **given}, who=who, why=why)
    _say("projects_cli.added", lang, project_id=made.id, name=made.name)


@projects.command()
@click.argument("project_id", metavar="编号")
@_with(_set_option, _version_option, _who_option, _why_option)
def edit(project_id: str, *, path: Path, lang: str, pairs: tuple[str, ...], seen: int | None, **signed: str) -> None:
    """修改项目的字段。 Change fields of a project."""
    from cfc_gis.library import listing

    with _open(path, lang) as library:
        version = seen if seen is not None else library.project(project_id).version
        now = library.edit(project_id, _values(pairs), version=version, **signed)
        last = library.history(now.id).iloc[-1]
    _say(
        "projects_cli.changed" if now.version > version else "projects_cli.same",
        lang,
        project_id=now.id,
        version=now.version,
    )
    if now.version > version:
        click.echo("\n".join(listing.changes(last, _one(lang))))


@projects.command()
@click.argument("project_id", metavar="编号")
@click.argument("stage", metavar="阶段")
@_with(_version_option, _who_option, _why_option)
def move(project_id: str, stage: str, *, path: Path, lang: str, seen: int | None, **signed: str) -> None:
    """把项目转到另一阶段。 Move a project to another stage."""
    with _open(path, lang) as library:
        version = seen if seen is not None else library.project(project_id).version
        now = library.move(project_id, stage, version=version, **signed)
    _say(
        "projects_cli.moved",
        lang,
        project_id=now.id,
        stage=locale.Words(f"project_stage.{now.stage}"),
        version=now.version,
    )


@projects.command(name="list")
@click.option("--stage", metavar="阶段", help="谋划、储备、前期、手续、在建、完工、暂停、取消。 Stage.")
@click.option("--kind", metavar="类型", help="项目类型。 Kind.")
@click.option("--phase", metavar="期", help="2025 或 2035。 2025 or 2035.")
@click.option("--unit", "unit_code", metavar="代码", help="行政单元代码。 Code of the unit.")
@click.option("--category", metavar="类别", help="设施类别。 Category.")
@click.option("--body", metavar="单位", help="责任单位。 Responsible body.")
@click.option("--domain", metavar="领域", help="规划领域。 Domain of the plan.")
@click.option("--major", metavar="是|否", help="重大项目。 Major projects: yes or no.")
@click.option("--name", metavar="文字", help="名称或行政单元中的文字。 A part of the name or of the unit's.")
@_with()
def list_projects(*, path: Path, lang: str, **filters: str | None) -> None:
    """列出项目。 List projects."""
    from cfc_gis.library import listing

    with _open(path, lang) as library:
        found = library.select(**filters)
    click.echo("\n".join(listing.projects(found, _one(lang))))


@projects.command()
@click.argument("project_id", metavar="编号")
@_with()
def show(project_id: str, *, path: Path, lang: str) -> None:
    """显示一个项目。 Show a project."""
    from cfc_gis.library import listing

    with _open(path, lang) as library:
        found = library.project(project_id)
    click.echo("\n\n".join(listing.project(found, each) for each in cli_inputs.langs(lang)))


@projects.command()
@click.argument("subject_id", metavar="[编号]", required=False)
@_with()
def history(subject_id: str | None, *, path: Path, lang: str) -> None:
    """显示项目、清单事项或全库的历史。 Show the history of a project, an entry or all."""
    from cfc_gis.library import listing

    with _open(path, lang) as library:
        found = library.history(subject_id)
    click.echo("\n".join(listing.history(found, _one(lang))))


@projects.command()
@click.argument("project_id", metavar="编号")
@click.option("--run", "folder", type=_FILE, required=True, help="运行结果文件夹。 Folder of the run.")
@click.option("--unit", "unit_code", required=True, metavar="代码", help="行政单元代码。 Code of the unit.")
@click.option("--indicator", required=True, help="指标，见 gaps.csv。 Indicator, as in gaps.csv.")
@click.option("--profile", required=True, help="出行画像，见 gaps.csv。 Profile, as in gaps.csv.")
@click.option("--level", help="行政层级；默认由单元代码得出。 Level; by default that of the unit's code.")
@click.option("--remove", is_flag=True, help="取消关联。 Take the link away.")
@_with(_who_option, _why_option)
def gap(  # noqa: PLR0913 - one name for each option
    project_id: str, *, path: Path, lang: str, folder: Path, remove: bool, who: str, why: str, **key: str
) -> None:
    """关联项目所针对的缺口。 Link the gap that a project answers to."""
    from cfc_gis.library import gap_of

    found = gap_of(folder, **key)
    with _open(path, lang) as library:
        act = library.unlink_gap if remove else library.link_gap
        now = act(project_id, found, who=who, why=why)
    _say("projects_cli.changed", lang, project_id=now.id, version=now.version)


@projects.command()
@click.argument("project_id", metavar="编号")
@click.option(
    "--run", "folder", type=_FILE, required=True, help="cfc scenario run --out 的文件夹。 Folder of the scenario."
)
@click.option("--indicator", required=True, help="指标。 Indicator.")
@click.option("--profile", required=True, help="出行画像。 Profile.")
@click.option("--unit", "unit_code", required=True, help="单元代码，全市用市代码。 Code of the unit or city.")
@click.option("--level", help="层级；默认由单元代码得出。 Level; by default that of the unit's code.")
@_with(_who_option, _why_option)
def gain(project_id: str, *, path: Path, lang: str, folder: Path, who: str, why: str, **key: str) -> None:
    """登记方案测算的新增达标儿童。 Record the children whom a scenario gains, as its run computed them."""
    from cfc_gis.library import gain_of

    found = gain_of(folder, **key)
    with _open(path, lang) as library:
        now = library.record_gain(project_id, found, who=who, why=why)
    _say("projects_cli.changed", lang, project_id=now.id, version=now.version)


@projects.command()
@click.argument("project_id", metavar="编号")
@click.option("--on", "held_on", required=True, metavar="日期", help="日期，如 2025-06-01。 Date.")
@click.option("--group", "group_key", required=True, help="儿童、家长、居民、学校。 children, parents, residents ...")
@click.option("--form", required=True, help="工作坊、问卷、实地走访等。 workshop, survey, walk ...")
@click.option("--people", required=True, help="人数。 How many.")
@click.option("--words", required=True, help="意见；不写姓名。 What they said; never names.")
@_with(_who_option, _why_option)
def participate(project_id: str, *, path: Path, lang: str, who: str, why: str, **said: str) -> None:
    """登记儿童与居民参与（只记人数与意见）。 Record participation: counts and words, never names."""
    with _open(path, lang) as library:
        now = library.participate(project_id, said, who=who, why=why)
    _say("projects_cli.changed", lang, project_id=now.id, version=now.version)


@projects.command()
@click.argument("name")
@click.option("--list", "register", required=True, metavar="清单", help="预期成果或政策措施。 result or measure.")
@_with(_set_option, _who_option, _why_option)
def entry(name: str, *, path: Path, lang: str, register: str, pairs: tuple[str, ...], **signed: str) -> None:
    """在预期成果或政策措施清单中新增一项。 Add an expected result or a policy measure."""
    with _open(path, lang, create=True) as library:
        made = library.add_entry({**_values(pairs), "name": name, "register": register}, **signed)
    _say("projects_cli.entry_added", lang, entry_id=made)


@projects.command()
@click.option(
    "--list", "register", metavar="清单", help="预期成果或政策措施；默认两者。 result or measure; both unless named."
)
@_with()
def entries(*, path: Path, lang: str, register: str | None) -> None:
    """列出预期成果与政策措施及其关联；重大项目用 list --major 是。 List results and measures with their links."""
    from cfc_gis.library import listing

    with _open(path, lang) as library:
        found = library.entries(register)
    click.echo("\n".join(listing.entries(found, _one(lang))))


@projects.command()
@click.argument("one", metavar="编号")
@click.argument("other", metavar="编号")
@click.option("--remove", is_flag=True, help="取消关联。 Take the link away.")
@_with(_who_option, _why_option)
def link(one: str, other: str, *, path: Path, lang: str, remove: bool, **signed: str) -> None:
    """关联三张清单中的两项。 Link two of the three lists."""
    with _open(path, lang) as library:
        act = library.unlink if remove else library.link
        act(one, other, **signed)
    _say("projects_cli.unlinked" if remove else "projects_cli.linked", lang, one=one, other=other)


@projects.command()
@click.argument("project_id", metavar="编号")
@click.option("--out", type=_FILE, default=Path(), show_default=True, help="文件或文件夹。 File or folder.")
@_with()
def sheet(project_id: str, *, path: Path, lang: str, out: Path) -> None:
    """写出项目佐证表（可打印）。 Write the evidence sheet of a project, to be printed."""
    with _open(path, lang) as library:
        written = library.write_sheet(project_id, out, lang=lang)
    _say("projects_cli.written", lang, path=written)


@projects.command(name="map")
@click.argument("file", type=_FILE)
@cli_inputs.study_options
@_with()
def map_file(file: Path, *, path: Path, lang: str, **asked: Any) -> None:
    """把项目按阶段画在一次运行的地图上。 Draw the projects by stage on the map of a run."""
    from cfc_gis import maps, writing

    with _open(path, lang) as library:
        layers = library.layers(_one(lang))
        without = int(library.projects()["place"].isna().sum())
    result = cli_inputs.taken(asked).run("summer")
    writing.put_text(file, maps.to_html(result.map(lang=lang, layers=layers)))
    _say("projects_cli.map_saved", lang, path=file, placed=sum(map(len, layers.values())), without=without)


@projects.command(name="export")
@click.argument("file", type=_FILE)
@_with(_table_option)
def export_file(file: Path, *, path: Path, lang: str, table: str) -> None:
    """导出为 Excel（全部）或 CSV（一张表）。 Export as Excel (all) or CSV (one table)."""
    with _open(path, lang) as library:
        library.export(file, table=table, lang=_one(lang))
    _say("projects_cli.written", lang, path=file)


@projects.command(name="import")
@click.argument("file", type=_FILE)
@_with(_table_option, _who_option, _why_option)
def import_file(file: Path, *, path: Path, lang: str, table: str, **signed: str) -> None:
    """导入规划人员的表格或先前的导出：全部写入，或全不写入。 Import a table: all of it, or nothing."""
    with _open(path, lang, create=True) as library:
        report = library.import_file(file, table=table, **signed)
    click.echo("\n\n".join(report.text(each) for each in cli_inputs.langs(lang)))


@projects.command()
@_with()
def backup(*, path: Path, lang: str) -> None:
    """在旁边写出带日期的备份。 Write a dated copy beside the library."""
    with _open(path, lang) as library:
        written = library.backup()
    _say("projects_cli.written", lang, path=written)
