"""Write the web font: ``python -m tests.tools.make_font PACKAGE``, with the extracted npm package of Newsreader.

Get the package by ``npm pack @fontsource-variable/newsreader@5.3.0`` and ``tar xzf``; fontTools with brotli comes with
``pip install --group font``. Headings need Latin letters, figures and punctuation in weights from 400 to 600: a subset of a quarter of
the bytes. Other scripts fall back to the fonts of the device.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Final

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

from tests.paths import ROOT

FOLDER: Final = ROOT / "web" / "views" / "static" / "fonts"
SOURCE: Final = "files/newsreader-latin-wght-normal.woff2"
CHARACTERS: Final = [
    *range(0x20, 0x7F),
    0xA0,
    0xA3,
    0xB7,
    *range(0xC0, 0x100),
    0x2013,
    0x2014,
    *range(0x2018, 0x201A),
    0x201C,
    0x201D,
    0x2026,
]
WEIGHTS: Final = (400, 600)


def subset(source: Path, to: Path) -> None:
    """Write the subset of a font file as WOFF2."""
    font = instantiateVariableFont(TTFont(source), {"wght": WEIGHTS})
    options = Options(
        flavor="woff2", hinting=False, layout_features=["kern", "liga", "mark", "ccmp"], drop_tables=["DSIG", "STAT"]
    )
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=CHARACTERS)
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(to)


def main() -> None:
    """Write the font and its licence."""
    package = Path(sys.argv[1])
    FOLDER.mkdir(exist_ok=True)
    subset(package / SOURCE, FOLDER / "newsreader.woff2")
    shutil.copyfile(package / "LICENSE", FOLDER / "newsreader-OFL.txt")


if __name__ == "__main__":
    main()
