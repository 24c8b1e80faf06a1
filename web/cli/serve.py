"""``heartwork serve``: the production server, with everything that has to be so before the first request."""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from tempfile import TemporaryDirectory
from threading import Event, Thread, Timer
from typing import Final, NoReturn

import click
from flask import Flask

from engine.cli.options import HELP_OPTIONS, exit_on_problems
from web.app_state import AppState
from web.cli.settings_options import with_settings
from web.http.logs import log_to_stderr
from web.server.listener import drop_new_connections
from web.server.signals import signals_handled
from web.server.startup import CannotStartError, freeze_objects, open_storage
from web.settings import VARIABLES_ONLY, Settings, SettingsError, is_loopback
from web.storage import StorageError
from web.storage.retention import apply_deletions, purge

SLOW_SECONDS: Final = 2.0
"""Seconds after which it is said what takes so long."""
PURGE_INTERVAL: Final = timedelta(days=1)
log: Final = logging.getLogger("heartwork")


@click.command(context_settings=HELP_OPTIONS)
@with_settings(*(name for name in Settings.model_fields if name not in VARIABLES_ONLY), show_defaults=True)
def serve(settings: Settings) -> None:
    """Serve the web page on which people answer, until it is stopped with Ctrl-C or SIGTERM.

    The database is made or brought up to date, rules are compiled, and then the address and the data folder are
    printed. Each option may be a variable instead: --base-url is HEARTWORK_BASE_URL. Without --data-dir, data lies in
    the folder heartwork of $XDG_DATA_HOME, which is ~/.local/share.

    \b
    heartwork serve
    heartwork serve --base-url https://example.org --proxy-hops 1 --operator-name "Example Trust"
    """  # noqa: D301 - click reads the backspace, which keeps lines as they are
    with _errors_reported():
        log_to_stderr(settings.log_format, requests=settings.log_requests)
        with listening(settings) as listener:
            if settings.workers > 1:
                _serve_with_workers(settings, listener)
            else:
                _serve_requests(settings, listener, Event(), lambda: _announce(settings, listener))


@contextmanager
def _errors_reported() -> Iterator[None]:
    """Whatever keeps the server from starting is said, and ends it."""
    try:
        yield
    except SettingsError as error:
        _exit_with(error.messages, 2)
    except CannotStartError as error:
        _exit_with((str(error),), 1)


def _exit_with(messages: tuple[str, ...], code: int) -> NoReturn:
    for message in messages:
        click.echo(f"heartwork serve: {message}", err=True)
    sys.exit(code)


def _serve_with_workers(settings: Settings, listener: socket.socket) -> None:
    """Have several processes answer. Nothing that they need is loaded here, so that each starts from nothing."""
    from web.server.workers import WorkerPool

    def work(number: int, stop: Event, ready: Callable[[], None]) -> None:
        with _errors_reported():
            _serve_requests(settings, listener, stop, ready, upkeep=number == 0)

    with ExitStack() as stack:
        stack.callback(listener.close)
        if settings.metrics != "off":  # its client adds up what the processes count, from files in this folder
            folder = stack.enter_context(TemporaryDirectory(prefix="heartwork-metrics-"))
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        on_open, on_stop = partial(_announce, settings, listener), partial(drop_new_connections, listener)
        code = WorkerPool(settings.workers, work, on_open, on_stop).run()
    sys.exit(code)


def _serve_requests(
    settings: Settings, listener: socket.socket, stop: Event, ready: Callable[[], None], *, upkeep: bool = True
) -> None:
    """Load everything, and answer until told to stop."""
    with _slow_loading_announced(), exit_on_problems():
        app, state = _application(settings)
    try:
        from web.server.serving import Server

        server = Server(app, listener, settings)
        with signals_handled(stop, state):
            if upkeep:
                Thread(target=purge_daily, args=(state, stop), name="upkeep", daemon=True).start()
            ready()
            server.run(stop)
    finally:
        stop.set()
        state.storage.close()


def _application(settings: Settings) -> tuple[Flask, AppState]:
    """The application with an open storage, warm, and with nothing in it that was deleted."""
    from web.app import create_app
    from web.http.state import STATE_KEY

    storage = open_storage(settings)
    try:
        app = create_app(settings, storage=storage)
        state: AppState = app.extensions[STATE_KEY]
        apply_deletions(storage)
        state.content.warm(state.today())
        freeze_objects()
    except BaseException:
        storage.close()
        raise
    return app, state


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """A socket that belongs to this server, before anything slow begins; it is closed if that fails.

    Raises:
        CannotStartError: somebody else listens there, or it is no address of this machine.
    """
    host = settings.host.strip("[]")
    try:
        family, socket_type, _, _, address = socket.getaddrinfo(host, settings.port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket_type)
    except OSError:
        message = f"{settings.host} is no address of this machine: name another one with --host."
        raise CannotStartError(message) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        reasons = {
            errno.EADDRINUSE: f"port {settings.port} of {host} is taken: stop what uses it, or name another --port.",
            errno.EACCES: f"port {settings.port} is reserved for the system: name a --port above 1023.",
        }
        unusable = f"{host} is no address of this machine: name another one with --host."
        raise CannotStartError(reasons.get(error.errno or 0, unusable)) from None
    try:
        yield listener
    except BaseException:
        listener.close()
        raise


@contextmanager
def _slow_loading_announced() -> Iterator[None]:
    """Say what is going on if it takes long."""
    timer = Timer(SLOW_SECONDS, lambda: click.echo("Loading questionnaires and rules …", err=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _announce(settings: Settings, listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    url_host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    local = f"http://{url_host}:{port}"
    if not settings.hosts:
        click.echo(
            "Name the address that people use with --base-url: until then every host name is answered.", err=True
        )
    if not is_loopback(settings.host) and not settings.secure:
        click.echo(
            "Without https, what people write can be read on its way: put a proxy with https before it.", err=True
        )
    click.echo(f"Data folder: {settings.data_dir.resolve()}")
    if settings.base_url:
        click.echo(f"Listening on: {local}")
    click.echo(f"Heartwork is ready: {settings.base_url or local}")
    sys.stdout.flush()


def purge_daily(state: AppState, stop: Event) -> None:
    """Forget what nobody has looked at for long, now and every day."""
    settings = state.settings
    while True:
        try:
            with state.storage.database.exclusive() as is_exclusive:  # of several processes one is enough
                if is_exclusive:
                    purge(state.storage, state.today(), draft_days=settings.draft_days, idle_days=settings.idle_days)
        except StorageError as error:
            log.warning("old journeys could not be forgotten today (%s); tried again tomorrow", error.code)
        except Exception as error:  # noqa: BLE001 - whatever it is, people go on answering
            log.error("old journeys could not be forgotten today (%s)", type(error).__name__)  # noqa: TRY400
        if stop.wait(PURGE_INTERVAL.total_seconds()):
            return
