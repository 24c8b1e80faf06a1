"""Pages that are the same for everybody, and the files they are made of."""

from __future__ import annotations

import gzip
import hashlib
import html
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.loading.help_services import load_services
from tests.clients.site import Site
from tests.web.http.test_session import begin_journey
from web.forms.plan_controls import stylesheet
from web.http import static_files as assets


@pytest.fixture
def folder_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with two sheets of style, a script, an icon, a font, and a file that is not public."""
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "heartwork.css").write_text("p { color: black }\nx { src: url(newsreader.woff2) }\n" * 50)
    (folder / "more.css").write_text("p { margin: 0 }\n")
    (folder / "fonts").mkdir()
    (folder / "fonts" / "newsreader.woff2").write_bytes(b"wOF2")
    (folder / "heartwork.js").write_text("")
    (folder / "newsreader.woff2").write_bytes(b"a font")
    (folder / "icon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (folder / "notes.txt").write_text("not for people")
    monkeypatch.setattr(assets, "FOLDER", folder)
    assets.assets.cache_clear()
    yield folder
    assets.assets.cache_clear()


def test_files_stay_on_a_device(site: Site, folder_of_files: Path) -> None:
    """A file's name changes with its bytes, so a device may keep it for good, compressed if it can."""
    sheets = "".join((folder_of_files / name).read_text() for name in ("heartwork.css", "more.css"))
    font = assets.assets()["newsreader.woff2"].name
    body = (stylesheet() + sheets.replace("(newsreader.woff2)", f"({font})")).encode()
    path = f"/static/{assets.assets()['heartwork.css'].name}"
    assert hashlib.sha256(body).hexdigest()[:12] in path
    client = site.app.test_client()
    plain, compressed = client.get(path), client.get(path, headers={"Accept-Encoding": "gzip"})
    assert plain.data == gzip.decompress(compressed.data) == body
    for response in (plain, compressed):
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.content_type == "text/css; charset=utf-8"
        assert response.headers["Vary"] == "Accept-Encoding"
        assert "Set-Cookie" not in response.headers
    assert client.head(path).status_code == 200
    assert client.get(f"/static/{font}").mimetype == "font/woff2"
    assert client.get("/favicon.ico").mimetype == "image/svg+xml"


@pytest.mark.parametrize(
    "name",
    [
        "heartwork.css",
        "more.css",
        "newsreader.woff2",
        "notes.txt",
        "../app.py",
        "..%2fapp.py",
        "heartwork.000000000000.css",
        "",
    ],
)
def test_no_other_file(site: Site, folder_of_files: Path, name: str) -> None:
    """Names without a digest, other files and other folders are not found."""
    assert site.app.test_client().get(f"/static/{name}").status_code in {404, 308}


def test_help_by_country(site: Site) -> None:
    """Each country that is known is shown its lines; whatever else is asked for shows what is for every place."""
    client = site.app.test_client()
    services = load_services()
    for country in services.countries:
        page = client.get(f"/help?country={country.id}")
        assert page.status_code == 200
        if country.id == "international":
            continue
        names = [
            service.name
            for service in services.services
            if service.country == country.id and service.kinds[:1] == ("crisis",)
        ]
        assert all(name in html.unescape(page.text) for name in names[:3]), country.id
    for other in ("", "?country=", "?country=atlantis", "?country=%00", "?country=" + "x" * 900, "?for=cats"):
        assert client.get(f"/help{other}").status_code == 200


def test_help_for_women_and_men(site: Site) -> None:
    """Whoever asks for the lines for women is not shown those that are only for men, and the other way round."""
    client = site.app.test_client()
    pages = {audience: client.get(f"/help?country=uk&for={audience}").text for audience in ("anyone", "women", "men")}
    only_men, only_women = (
        [
            service.name
            for service in load_services().services
            if service.country == "uk" and set(service.audience) == {audience}
        ]
        for audience in ("men", "women")
    )
    assert only_men
    assert only_women
    for listed, hidden, page in ((only_women, only_men, "women"), (only_men, only_women, "men")):
        assert all(_escaped(name) in pages[page] for name in listed)
        assert not [name for name in hidden if _escaped(name) in pages[page]]
    assert all(_escaped(name) in pages["anyone"] for name in only_men + only_women)


def _escaped(name: str) -> str:
    return name.replace("&", "&amp;").replace("'", "&#39;")


def test_help_is_the_same_for_everybody(site: Site) -> None:
    """A device with an open journey gets the same bytes as any other."""
    client = site.app.test_client()
    begin_journey(site, client)
    for path in ("/help", "/help?country=ie", "/privacy", "/accessibility", "/lost", "/young"):
        assert client.get(path).data == site.app.test_client().get(path).data, path


def test_young_people_are_shown_lines_for_them(site: Site) -> None:
    """Lines for young people and for crises, by country, and no other kind."""
    page = site.app.test_client().get("/young?country=uk").text
    kinds = {kind.id: kind.title for kind in load_services().kinds}
    assert _escaped(kinds["young"]) in page
    assert _escaped(kinds["domestic_abuse"]) not in page


def test_privacy_names_the_operator(tmp_path: Path) -> None:
    """Who runs the site, how to reach them, and after which time things are forgotten."""
    options = {
        "operator_name": "Example Trust",
        "operator_contact": "post@example.org",
        "draft_days": 31,
        "idle_days": 399,
    }
    site = Site(tmp_path / "kept", options=options)
    page = site.app.test_client().get("/privacy").text
    for part in ("Example Trust", "post@example.org", "31", "399"):
        assert part in page
    site.storage.close()


def test_robots_are_told(site: Site) -> None:
    """Search engines are asked to leave private addresses alone."""
    response = site.app.test_client().get("/robots.txt")
    assert response.mimetype == "text/plain"
    assert "Disallow: /open/" in response.text
