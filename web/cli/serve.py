"""``heartwork serve``: start the server."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from datetime import timedelta
from functools import partial
from tempfile import TemporaryDirectory
from threading import Event, Thread, Timer
from typing import Final

import click
from flask import Flask

from engine.cli.options import HELP_OPTIONS, exit_on_problems
from web.app_state import AppState, LoadedContent, load_content
from web.cli.settings_options import exit_with, with_settings
from web.crypto.temporary_folder import remove_abandoned
from web.http.logs import log_to_stderr
from web.server.processes import SIGNALS, WorkerPool, handle_signals
from web.server.reload import loaded_or_logged, reload_content
from web.server.startup import CannotStartError, garbage_collection_paused, open_storage
from web.settings import VARIABLES_ONLY, Settings, SettingsError, is_loopback
from web.storage import Storage, StorageError, UnavailableError
from web.storage.failure_log import SENTENCES, cause_of
from web.storage.retention import apply_deletions, purge

SLOW_SECONDS: Final = 2.0
"""Seconds of loading after which a message is printed."""
CHECK_SECONDS: Final = 2.0
"""Time limit of the search for damage in the database; 100 MB take less than 0.1 s."""
PURGE_INTERVAL: Final = timedelta(days=1)
log: Final = logging.getLogger("heartwork")


@click.command(context_settings=HELP_OPTIONS)
@with_settings(*(name for name in Settings.model_fields if name not in VARIABLES_ONLY), show_defaults=True)
def serve(settings: Settings) -> None:
    """Serve the website until Ctrl-C or SIGTERM.

    The server creates or migrates the database and compiles the rules. Then it prints the data folder and its address.
    Each option has a variable: --base-url is HEARTWORK_BASE_URL. The default data folder is heartwork in
    $XDG_DATA_HOME, or in ~/.local/share.

    \b
    heartwork serve
    heartwork serve --base-url https://example.org --proxy-hops 1 --operator-name "Example Trust"
    """  # noqa: D301 - click reads the backspace, which keeps lines as they are
    with _errors_reported():
        log_to_stderr(settings.log_format, requests=settings.log_requests)
        for path in remove_abandoned(settings.data_dir):
            log.warning("removed %s, which a killed command had left", path)
        with listening(settings) as listener:

            def ready() -> None:
                with suppress(OSError):  # the server works also if stdout is on a full disk
                    _announce(settings, listener)

            if settings.workers > 1:
                _serve_with_workers(settings, listener, ready)
            else:
                _serve_requests(settings, listener, ready=ready)


@contextmanager
def _errors_reported() -> Iterator[None]:
    """Exit with a message if the server cannot start."""
    try:
        yield
    except SettingsError as error:
        exit_with(*error.messages, code=2)
    except CannotStartError as error:
        exit_with(str(error), code=1)
    except UnavailableError as error:
        exit_with(f"{SENTENCES[error.code]} ({error.code}, {cause_of(error)}).", code=1)


def _serve_with_workers(settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve with several workers. Their parent migrates the database and loads the content before it starts them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)  # signals during loading stay pending for the pool
    with _slow_loading_announced(), exit_on_problems(), garbage_collection_paused():
        open_storage(settings, check_seconds=CHECK_SECONDS).close()
        content = load_content(settings)
        import web.app  # noqa: F401 - workers share the imported modules of their parent

    def work(should_stop: Callable[[], bool]) -> None:
        with _errors_reported():
            _serve_requests(settings, listener, content, should_stop)

    def reload() -> bool:
        nonlocal content
        loaded = loaded_or_logged(partial(load_content, settings))
        content = loaded or content
        return loaded is not None

    with ExitStack() as stack:
        if settings.metrics != "off":  # prometheus_client sums the counts of all workers from files in this folder
            folder = stack.enter_context(TemporaryDirectory(prefix="heartwork-metrics-"))
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        sys.exit(WorkerPool(settings.workers, work).run(ready, listener.close, reload))


def _serve_requests(
    settings: Settings,
    listener: socket.socket,
    content: LoadedContent | None = None,
    should_stop: Callable[[], bool] | None = None,
    ready: Callable[[], None] = lambda: None,
) -> None:
    """Load the content unless it is given, and serve until a signal arrives or the parent stops this worker."""
    from web.server.serving import serve_requests

    stop = Event()
    with ExitStack() as stack:
        announced = nullcontext() if content else _slow_loading_announced()
        with announced, exit_on_problems(), garbage_collection_paused():
            is_worker = content is not None  # the parent checked the database; it must still exist
            check_seconds = 0 if is_worker else CHECK_SECONDS
            storage = open_storage(settings, check_seconds=check_seconds, is_expected=is_worker)
            stack.enter_context(closing(storage))
            app, state = warm_application(settings, storage, content)
        stack.callback(stop.set)
        signal_came = handle_signals(partial(reload_content, state))
        Thread(target=purge_daily, args=(state, stop), name="purge", daemon=True).start()
        ready()
        serve_requests(app, listener, settings, should_stop or signal_came)


def warm_application(
    settings: Settings, storage: Storage, content: LoadedContent | None = None
) -> tuple[Flask, AppState]:
    """Create the application, delete rows that are in the deletion log, and compile the rules."""
    from web.app import create_app
    from web.http.state import STATE_KEY

    app = create_app(settings, storage=storage, content=content)
    state: AppState = app.extensions[STATE_KEY]
    apply_deletions(storage)
    state.content.warm(state.today())
    return app, state


def listening(settings: Settings) -> socket.socket:
    """Open the listening socket. This comes before the slow parts of a start.

    Raises:
        CannotStartError: the port is in use or reserved, or the host is not an address of this machine.
    """
    host = settings.host.strip("[]")
    try:
        family, _, _, _, address = socket.getaddrinfo(host, settings.port, type=socket.SOCK_STREAM)[0]
        both_families = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
        return socket.create_server(address, family=family, backlog=1024, dualstack_ipv6=both_families)
    except OSError as error:
        reasons = {
            errno.EADDRINUSE: f"port {settings.port} of {host} is in use: stop its program, or select another --port.",
            errno.EACCES: f"port {settings.port} is reserved for the system: select a --port above 1023.",
        }
        unusable = f"{host} is not an address of this machine: select another one with --host."
        raise CannotStartError(reasons.get(error.errno or 0, unusable)) from None


@contextmanager
def _slow_loading_announced() -> Iterator[None]:
    """Print a message if loading takes long."""
    timer = Timer(SLOW_SECONDS, lambda: click.echo("Loading questionnaires and rules …", err=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _announce(settings: Settings, listener: socket.socket) -> None:
    """Print warnings about the settings, the data folder and, last, the address."""
    host, port = listener.getsockname()[:2]
    url_host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    local = f"http://{url_host}:{port}"
    if not settings.hosts:
        click.echo("Set the public URL with --base-url: until then the server accepts every host name.", err=True)
    if not is_loopback(settings.host) and not settings.secure:
        click.echo("Without https, others can read the traffic: put a reverse proxy with https in front.", err=True)
    click.echo(f"Data folder: {settings.data_dir.resolve()}")
    if settings.base_url:
        click.echo(f"Listening on: {local}")
    click.echo(f"Heartwork is ready: {settings.base_url or local}")
    sys.stdout.flush()


def purge_daily(state: AppState, stop: Event) -> None:
    """Delete journeys and drafts that have expired, now and every day."""
    settings = state.settings
    while True:
        try:
            with state.storage.database.exclusive() as is_exclusive:  # one process at a time is enough
                if is_exclusive:
                    purge(state.storage, state.today(), draft_days=settings.draft_days, idle_days=settings.idle_days)
        except StorageError as error:
            state.storage_failed(error)
            log.warning("expired journeys not deleted (%s); next attempt in a day", error.code)
        except Exception as error:  # noqa: BLE001 - the server keeps running after any error
            log.error("expired journeys not deleted (%s)", type(error).__name__)  # noqa: TRY400
        if stop.wait(PURGE_INTERVAL.total_seconds()):
            return
