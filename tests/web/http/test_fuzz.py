"""Some hundreds of malformed requests; ``tests/benchmarks/fuzz_web.py`` sends ten thousand, and so does ``pytest -m exhaustive``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.fuzz_web import fuzz
from tests.clients.site import Site


@pytest.mark.parametrize(("requests", "seed"), [(300, 1), pytest.param(10_000, 2, marks=pytest.mark.exhaustive)])
@pytest.mark.timeout(1200)
def test_nothing_that_is_sent_is_too_much(requests: int, seed: int, tmp_path: Path) -> None:
    """No input causes a 500, and other people's data stays intact."""
    status_counts = fuzz(tmp_path / "kept", requests, seed)
    assert status_counts[200] > 50
    assert max(status_counts) < 500


def test_forms_in_parts(site: Site) -> None:
    """A form whose parts have no names, which fuzzing found to be a 500, is refused with a page."""
    client = site.app.test_client()
    body = "--x\r\nContent-Disposition: form-data\r\n\r\nsomething\r\n--x--\r\n"
    for path in ("/start", "/link/new", "/nowhere"):
        response = client.post(path, data=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
        assert response.status_code == 400
        assert response.mimetype == "text/html"
