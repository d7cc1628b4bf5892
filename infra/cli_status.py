"""`infra status`: every node on one screen."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NoReturn

import click
import gevent
from rich.console import Console, Group
from rich.live import Live

from infra import redact, report_status, status_asking, status_changes, status_json, status_seen
from infra.cli import FAILED, OK, refuse
from infra.cli_options import basic, console, stop, write_json
from infra.interrupt import joined
from infra.mistakes import SiteError
from infra.progress import told
from infra.report_status import Screen
from infra.site import Node, Site, load
from infra.status import Look
from infra.status_asking import Watcher
from infra.wire import Exchange

AGAIN_SECONDS = 5.0
"""How often --watch looks."""


@click.command()
@basic
@click.option("--watch", is_flag=True, help=f"Look again every {AGAIN_SECONDS:g} s until Ctrl-C.")
@click.option(
    "--redact",
    "redacting",
    is_flag=True,
    help="Replace names, addresses and identities, for strangers' eyes.",
)
def status(inventory: Path, watch: bool, redacting: bool, **given: Any) -> None:  # noqa: ANN401
    """Show every node on one screen: hardware, engine, rotation, last check, last drill."""
    try:
        site = load(inventory, allow_unlocked=True)
    except SiteError as wrong:
        refuse(wrong)
    if watch and given["json_file"] == "-":
        stop("--watch and --json - do not go together; give a file, or look once")
    if redacting and given["verbose"]:
        stop("--redact and --verbose do not go together: that shows all that the hosts say")
    out = console(given["json_file"])
    watching = _watching(site, out=out, redacting=redacting, given=given)
    try:
        last = _watch(watching, out=out) if watch else _once(watching, out=out)
    finally:
        watching.close()
    raise SystemExit(FAILED if any(look.problem is not None for look in last.values()) else OK)


@dataclass
class Watching:
    """A site that is looked at once or again and again; each look is kept where --json says."""

    site: Site
    watchers: list[Watcher]
    json_file: str | None
    reword: Callable[[Any], Any]
    """Placeholders for strangers, or nothing."""
    looks: dict[str, Look] = field(default_factory=dict)

    def look(self) -> Screen:
        """What the site is like now."""
        now = datetime.now(timezone.utc)
        found = status_asking.looks(self.watchers)
        self.looks = status_seen.dated(found, inventory=self.site.file, now=now)
        shown = report_status.screen(self.site.nodes, self.looks, name=self.site.name, now=now)
        self._keep(shown, now=now)
        return shown.reworded(self.reword)

    def _keep(self, shown: Screen, *, now: datetime) -> None:
        head = {"inventory": str(self.site.file), "at": now.isoformat(timespec="seconds")}
        content = {**head, **status_json.as_json(self.site.nodes, self.looks, shown)}
        write_json(self.reword(content), self.json_file)

    def close(self) -> None:
        """Drop the connections."""
        for watcher in self.watchers:
            watcher.close()


def _watching(site: Site, *, out: Console, redacting: bool, given: dict[str, Any]) -> Watching:
    reword = _redactor(site) if redacting else _as_it_is

    def listen(node: str, exchange: Exchange) -> None:
        for line in told(node, exchange) if given["verbose"] else ():
            out.print(line, markup=False)

    accept_new = given["accept_new_host_keys"]
    watchers = [Watcher(node, accept_new=accept_new, listen=listen) for node in site.nodes]
    return Watching(site, watchers, given["json_file"], reword)


def _redactor(site: Site) -> Callable[[Any], Any]:
    words = redact.words_of(site.nodes, models=_models(site.nodes))
    words |= {str(site.file): "<path>", site.name: "inventory"}
    return lambda value: redact.redacted(value, words=words)


def _models(nodes: tuple[Node, ...]) -> list[str]:
    """Every name of a model that the settings hold, whatever their role."""
    kept = [settings for node in nodes for settings in node.settings.values()]
    names = [getattr(one, key, None) for one in kept for key in ("model", "served_name")]
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def _as_it_is(value: Any) -> Any:  # noqa: ANN401
    return value


def _once(watching: Watching, *, out: Console) -> dict[str, Look]:
    for line in watching.look().lines():
        out.print(line)
    return watching.looks


def _watch(watching: Watching, *, out: Console) -> dict[str, Look]:
    """Until Ctrl-C: the screen redrawn on a terminal, else what changes, line by line."""
    looking = gevent.spawn(_redraw if out.is_terminal else _follow, watching, out=out)
    if joined([looking]):
        looking.get()  # it ends by itself only by what went wrong
    return watching.looks


def _redraw(watching: Watching, *, out: Console) -> NoReturn:
    with Live(console=out, auto_refresh=False, vertical_overflow="visible") as live:
        while True:
            live.update(Group(*watching.look().lines()), refresh=True)
            time.sleep(AGAIN_SECONDS)


def _follow(watching: Watching, *, out: Console) -> NoReturn:
    before = watching.look()
    for line in before.lines():
        out.print(line)
    while True:
        time.sleep(AGAIN_SECONDS)
        now = watching.look()
        for change in status_changes.changes(before, now):
            out.print(f"{datetime.now():%H:%M:%S} {change}", markup=False)
        before = now
