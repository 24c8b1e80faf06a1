"""Draw the packages of the code: ``python -m tests.tools.make_architecture`` writes ``docs/pictures/architecture.svg``.

The boxes are the import order that ``tests/test_architecture.py`` enforces, lowest package at the bottom.
``tests/project/test_readme.py`` fails if the file is not what this script would write.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tests.paths import ROOT
from tests.test_architecture import ENGINE_ORDER, WEB_ORDER

PICTURE: Final = ROOT / "docs" / "pictures" / "architecture.svg"
ENGINE_LABELS: Final[Mapping[str, str]] = {
    "errors": "problem codes and messages",
    "content": "what a content pack is",
    "assessment": "answers → scores → plan",
    "loading": "YAML → checked packs",
    "answers": "answers files, interviews",
    "report": "plan → words",
    "comparison": "two sittings → changes, causes",
    "what_if": "answers that change a plan",
    "rendering": "HTML, text, PDF, calendar",
    "simulation": "invented people, statistics",
    "cli": "commands without a server",
}
WEB_LABELS: Final[Mapping[str, str]] = {
    "clock": "day and time",
    "settings": "the operator's options",
    "crypto": "private links, encryption",
    "storage": "SQLite, PostgreSQL, backups",
    "journeys": "sittings behind one link",
    "forms": "a questionnaire as pages",
    "app_state": "what one process holds",
    "http": "session, security, errors, log",
    "views": "pages: blueprints, templates",
    "server": "start-up, serving, health",
    "app": "create_app",
    "cli": "the command heartwork",
}
CAPTION: Final = "Each package imports only packages below it; web imports engine, never the reverse."
BOX_WIDTH, BOX_HEIGHT, GAP, COLUMN = 350, 30, 6, 450
TOP = 60
STYLE: Final = (
    "text{font:14px system-ui,sans-serif;fill:#1d2b33}.name{font-weight:600}.note{fill:#51646e}"
    "rect{fill:#eef4f6;stroke:#9db4bf}.arrow{stroke:#51646e;fill:none;stroke-width:2}.head{fill:#51646e}"
    "@media(prefers-color-scheme:dark){text{fill:#e6eef1}.note{fill:#a9bcc5}rect{fill:#20313a;stroke:#51707f}"
    ".arrow{stroke:#a9bcc5}.head{fill:#a9bcc5}}"
)


def picture() -> str:
    """The picture as SVG: two columns of packages, and an arrow from ``web`` to ``engine``."""
    rows = max(len(ENGINE_ORDER), len(WEB_ORDER))
    bottom = TOP + rows * (BOX_HEIGHT + GAP)
    width, height = COLUMN + BOX_WIDTH + 20, bottom + 40
    middle = (TOP + bottom) // 2
    title = "The packages of web and engine; each imports only what is below it, and web imports engine"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="{title}">',
            f"<style>{STYLE}</style>",
            *column("web", WEB_ORDER, WEB_LABELS, 10, bottom),
            *column("engine", ENGINE_ORDER, ENGINE_LABELS, COLUMN, bottom),
            f'<path class="arrow" d="M{BOX_WIDTH + 20} {middle}H{COLUMN - 18}"/>',
            f'<path class="head" d="M{COLUMN - 8} {middle}l-12 -7v14z"/>',
            f'<text class="note" x="{width // 2}" y="{height - 12}" text-anchor="middle">{CAPTION}</text>',
            "</svg>",
            "",
        ]
    )


def column(package: str, order: Sequence[str], labels: Mapping[str, str], left: int, bottom: int) -> Iterator[str]:
    """A package as a stack of boxes, the first of the order at the bottom."""
    yield f'<text class="name" x="{left}" y="{TOP - 22}">{package}/</text>'
    for place, name in enumerate(order, start=1):
        top = bottom - place * (BOX_HEIGHT + GAP)
        yield f'<rect x="{left}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6"/>'
        yield f'<text class="name" x="{left + 12}" y="{top + 20}">{name}</text>'
        yield f'<text class="note" x="{left + 122}" y="{top + 20}">{labels[name]}</text>'


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
