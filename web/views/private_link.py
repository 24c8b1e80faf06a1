"""The private link: shown, as a QR code, replaced; and the choice to keep the place on this device."""

from __future__ import annotations

import io
from typing import Final

import segno
from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from web.crypto.private_link import LinkError, Secret
from web.http.security import mark_secret_shown
from web.http.session import keep_on_device, move_journey
from web.http.state import app_state, content_state
from web.views.request import current_secret, link_context, link_of, opened_history, safe_next_path

blueprint: Final = Blueprint("private_link", __name__)


@blueprint.get("/link")
def show() -> str:
    """The link and its words, the words first."""
    return render_template("private_link/link.html", **link_context())


@blueprint.get("/link/qr.svg")
def qr_code() -> Response:
    """The link as a QR code, drawn here, without a style."""
    image = io.BytesIO()
    segno.make(link_of(current_secret()), error="m", micro=False).save(
        image, kind="svg", scale=6, border=4, dark="#000", light="#fff", xmldecl=False, svgclass=None, lineclass=None
    )
    mark_secret_shown()
    return Response(image.getvalue(), mimetype="image/svg+xml")


@blueprint.get("/link/new")
def offer_new_link() -> str:
    """A new link, which is shown before the old one stops working. Nothing has changed yet."""
    new = Secret.mint(content_state().avoided_words)
    mark_secret_shown()
    sealed = app_state().new_links.seal({"old": current_secret().code, "new": new.code})
    return render_template("private_link/new_link.html", new_url=link_of(new), new_words=new.words, sealed=sealed)


@blueprint.post("/link/new")
def replace_link() -> AnyResponse:
    """The person has kept the new link: from now on it is the only one. The form may be sent twice."""
    state, old = app_state(), current_secret()
    sealed = state.new_links.unseal(request.form.get("sealed", "")) or {}
    try:
        sealed_old, new = Secret.of_code(str(sealed.get("old"))), Secret.of_code(str(sealed.get("new")))
    except LinkError:
        return redirect(url_for("private_link.offer_new_link"), 303)
    if old == new:
        return redirect(url_for("private_link.show"), 303)
    if old != sealed_old or request.form.get("confirm") != "yes":
        return redirect(url_for("private_link.offer_new_link"), 303)
    state.storage.replace_link(old, new, state.today())
    move_journey(new)
    return redirect(url_for("private_link.show"), 303)


@blueprint.post("/keep")
def keep_place() -> AnyResponse:
    """The person's choice for this device. Seven days are for a draft; a plan stays until the browser is closed."""
    drafts = any(sitting.finished is None for sitting in opened_history().journey.sittings)
    keep_on_device(request.form.get("keep") == "yes", days=drafts)
    return redirect(safe_next_path(request.form.get("next", "")), 303)
