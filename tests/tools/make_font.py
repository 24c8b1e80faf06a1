"""Write the fonts for pages and PDF: ``python -m tests.tools.make_font PACKAGE``, with the extracted npm package of Newsreader.

Get the package by ``npm pack @fontsource-variable/newsreader@5.3.0`` and ``tar xzf``; fontTools with brotli comes with
``pip install --group font``. Pages use it for headings: Latin letters, digits and punctuation in weights from 400 to 600, which is a
quarter of the bytes. A PDF uses it for all text, including names, so it has all Latin letters, in one file for each weight,
because typst does not read variable fonts. Other scripts use fallback fonts, on pages those of the device.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from fontTools.merge import Merger
from fontTools.merge import Options as MergeOptions
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from tests.paths import ROOT

FOLDER: Final = ROOT / "web" / "views" / "static" / "fonts"
PAPER_FOLDER: Final = ROOT / "engine" / "rendering" / "fonts"
SOURCES: Final = tuple(f"files/newsreader-{part}-wght-normal.woff2" for part in ("latin", "latin-ext", "vietnamese"))
"""The Unicode ranges; pages need only the first one."""
PUNCTUATION: Final = [0xA0, 0xA3, 0xB7, 0x2013, 0x2014, *range(0x2018, 0x201A), 0x201C, 0x201D, 0x2026]
CHARACTERS: Final = frozenset([*range(0x20, 0x7F), *range(0xC0, 0x100), *PUNCTUATION])
PAPER_CHARACTERS: Final = CHARACTERS | {*range(0x20, 0x250), *range(0x1E00, 0x1F00), *range(0x2000, 0x2070), 0x20AC}
WEIGHTS: Final = (400, 600)
PAPER_WEIGHTS: Final = {"Regular": 400, "Medium": 500, "SemiBold": 600}
KEPT_FEATURES: Final = ["kern", "liga", "mark", "ccmp"]
NAMED: Final = (1, 16)
"""The records of the name table that contain the family name."""


def _read(source: Path) -> TTFont:
    """Read a font, and keep its modification date, so that the same package gives the same files."""
    return TTFont(source, recalcTimestamp=False)


def subset(font: TTFont, characters: Collection[int]) -> None:
    """Reduce a font to these characters."""
    options = Options(hinting=False, layout_features=KEPT_FEATURES, drop_tables=["DSIG", "STAT"])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)


def write_web_font(source: Path, to: Path) -> None:
    """Write the variable subset of a font file as WOFF2."""
    font = instantiateVariableFont(_read(source), {"wght": WEIGHTS})
    subset(font, CHARACTERS)
    font.flavor = "woff2"
    font.save(to)


def write_paper_font(sources: Collection[Path], style: str, to: Path) -> None:
    """Write one weight of all Latin letters as TrueType, in a family of the same name."""
    with TemporaryDirectory() as folder:
        parts = []
        for source in sources:
            font = instantiateVariableFont(_read(source), {"wght": PAPER_WEIGHTS[style]})
            subset(font, PAPER_CHARACTERS)
            font.flavor = None
            parts.append(f"{folder}/{source.stem}.ttf")
            font.save(parts[-1])
            drawn_at = font["head"].modified
        whole = Merger(MergeOptions(drop_tables=["GDEF"])).merge(parts)
    for record in NAMED:
        whole["name"].setName("Newsreader", record, 3, 1, 0x409)
    for record in (2, 17):
        whole["name"].setName(style, record, 3, 1, 0x409)
    whole["OS/2"].usWeightClass = PAPER_WEIGHTS[style]
    whole["head"].created = whole["head"].modified = drawn_at
    whole.recalcTimestamp = False
    whole.save(to)


def main() -> None:
    """Write the fonts and their licence."""
    package = Path(sys.argv[1])
    for folder in (FOLDER, PAPER_FOLDER):
        folder.mkdir(exist_ok=True)
        shutil.copyfile(package / "LICENSE", folder / "newsreader-OFL.txt")
    sources = [package / source for source in SOURCES]
    write_web_font(sources[0], FOLDER / "newsreader.woff2")
    for style in PAPER_WEIGHTS:
        write_paper_font(sources, style, PAPER_FOLDER / f"newsreader-{style.lower()}.ttf")


if __name__ == "__main__":
    main()
