"""What bench_servers.py has served: Heartwork for other servers than its own, and beside it a Flask that does the least."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path
from threading import local

from flask import Flask, redirect, render_template_string, request
from werkzeug.wrappers import Response

FOLDER = "HEARTWORK_DATA_DIR"
PAGE = """<!doctype html><html lang="en"><title>{{ title }}</title><h1>{{ title }}</h1>
<form method="post">{% for item in items %}<p><label>{{ item }} <input name="item-{{ loop.index }}"></label></p>{% endfor %}
<button>Go on</button></form></html>"""


def heartwork() -> Flask:
    """Heartwork as ``heartwork serve`` makes it, without its upkeep."""
    from web.cli.serve import warm_application
    from web.server.startup import garbage_collection_paused, open_storage
    from web.settings import read_settings

    settings = read_settings({}, os.environ)
    with garbage_collection_paused():
        return warm_application(settings, open_storage(settings))[0]


def bare() -> Flask:
    """One template, and one row for each form, on the disk before it is answered, as Heartwork's are."""
    app, mine = Flask("bare"), local()

    def connection() -> sqlite3.Connection:
        if not hasattr(mine, "connection"):
            mine.connection = sqlite3.connect(Path(os.environ[FOLDER]) / "bare.sqlite", timeout=10)
            mine.connection.execute("PRAGMA journal_mode=WAL")
            mine.connection.execute("PRAGMA synchronous=FULL")
            mine.connection.execute("CREATE TABLE IF NOT EXISTS kept (body BLOB)")
        opened: sqlite3.Connection = mine.connection
        return opened

    @app.get("/healthz")
    def alive() -> str:
        return "ok"

    @app.get("/")
    def page() -> str:
        return render_template_string(PAGE, title="A page", items=[f"Question {number}" for number in range(8)])

    @app.post("/")
    def keep() -> Response:
        with connection() as transaction:
            transaction.execute("INSERT INTO kept VALUES (?)", (request.get_data() or os.urandom(1000),))
        return redirect("/", 303)

    return app


if __name__ == "__main__":
    from waitress import serve

    serve(bare(), port=int(sys.argv[1]), threads=int(sys.argv[2]), host="127.0.0.1")
