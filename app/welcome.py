"""What a person sees on the terminal: what runs, where it listens, and the first indexing."""

import asyncio
import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from app.core.lifespan import LifespanState
from app.core.registry import Registry, ServiceNotRunning, ServiceState
from app.services.rag.progress import Progress as IndexProgress
from app.services.rag.service import Rag

SETTLE_SECONDS = 2.0
FRAME_SECONDS = 0.2
PLAIN_SECONDS = 2.0
"""Between two lines of progress where standard error is no terminal."""

COLOURS = {ServiceState.running: "green", ServiceState.disabled: "dim"}


async def welcome(state: LifespanState, url: str) -> None:
    """Print the services and the addresses, then follow the index until it has caught up for the first time."""
    console = Console(stderr=True, highlight=False)
    await state["registry"].settle(SETTLE_SECONDS)
    console.print(service_table(state["registry"]))
    console.print(f"Reynard listens at [bold]{url}[/bold]")
    console.print(f"  documentation  {url}/api/docs")
    console.print(f"  search         curl '{url}/api/search/hybrid?q=where+is+the+configuration+read'", soft_wrap=True)
    console.print(f"  data           {state['settings'].data_dir}")
    try:
        rag = state["registry"].get("rag", Rag)
        state["registry"].get("indexing", object)
    except ServiceNotRunning:
        return
    await follow(console, rag)


def service_table(registry: Registry) -> Table:
    """Return the table of all services: priority, state, milliseconds to start, needs, and why not."""
    table = Table(box=None, pad_edge=False)
    for heading in ("service", "priority", "state", "ms", "needs", "reason"):
        table.add_column(heading, justify="right" if heading in ("priority", "ms") else "left", overflow="fold")
    for item in registry.status().values():
        colour = COLOURS.get(item.state, "yellow")
        took = "" if item.start_ms is None else f"{item.start_ms:.0f}"
        row = (item.name, str(item.priority), f"[{colour}]{item.state}[/{colour}]", took, " ".join(item.needs))
        table.add_row(*row, item.reason or "")
    return table


async def follow(console: Console, rag: Rag) -> None:
    """Show the first indexing: as a bar on a terminal, as a line now and then elsewhere."""
    begun = asyncio.get_running_loop().time()
    if sys.stderr.isatty():
        await follow_with_bar(console, rag)
    else:
        await follow_with_lines(console, rag)
    now = rag.progress
    took = asyncio.get_running_loop().time() - begun
    files = sum(source.indexed for source in now.sources.values())
    failed = sum(source.failed for source in now.sources.values())
    chunks = sum(source.chunks for source in now.sources.values())
    left_out = f" ({failed} left out, see /api/rag/indexing)" if failed else ""
    console.print(f"Index up to date after {took:.1f} s: {files} files{left_out}, {chunks} chunks.")


def caught_up(now: IndexProgress) -> bool:
    """Whether every source was scanned and nothing is pending."""
    return bool(now.sources) and all(source.caught_up for source in now.sources.values())


def time_left(now: IndexProgress) -> str:
    """Return the estimated end in words, or nothing while it is unknown."""
    if now.eta_s is None:
        return ""
    minutes, seconds = divmod(round(now.eta_s), 60)
    return f"about {minutes} min {seconds} s left" if minutes else f"about {seconds} s left"


async def follow_with_bar(console: Console, rag: Rag) -> None:
    """Draw a bar until the index has caught up."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.0f} chunks/s"),
        TextColumn("{task.fields[left]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, redirect_stderr=True) as bar:
        task = bar.add_task("indexing", total=None, rate=0.0, left="")
        while not caught_up(rag.progress):
            known = sum(source.known for source in rag.progress.sources.values())
            pending = sum(source.pending for source in rag.progress.sources.values())
            bar.update(
                task,
                description=rag.progress.state,
                total=known or None,
                completed=known - pending,
                rate=rag.progress.rate,
                left=time_left(rag.progress),
            )
            await asyncio.sleep(FRAME_SECONDS)


async def follow_with_lines(console: Console, rag: Rag) -> None:
    """Print a line every few seconds until the index has caught up."""
    loop = asyncio.get_running_loop()
    due = loop.time() + PLAIN_SECONDS
    while not caught_up(rag.progress):
        if loop.time() >= due:
            known = sum(source.known for source in rag.progress.sources.values())
            pending = sum(source.pending for source in rag.progress.sources.values())
            so_far = f"{rag.progress.state}: {known - pending} of {known} files, {rag.progress.rate:.0f} chunks/s"
            left = time_left(rag.progress)
            console.print(f"{so_far}, {left}" if left else so_far)
            due = loop.time() + PLAIN_SECONDS
        await asyncio.sleep(FRAME_SECONDS)
