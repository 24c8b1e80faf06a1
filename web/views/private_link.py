"""The private link: show it, as a QR code too, replace it, and keep the place on this device."""

from __future__ import annotations

import io
from typing import Final

import segno
from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from web.crypto.private_link import LinkError, Secret
from web.http.security import mark_secret_shown
from web.http.session import (
    forget_journey,
    keep_on_device,
    move_journey,
    offer_link,
    offered_link,
    withdraw_offered_link,
)
from web.http.state import app_state, content_state
from web.storage import NotFoundError
from web.views.request import current_secret, link_context, link_of, opened_history, safe_next_path

NOTES: Final = frozenset({"works", "superseded"})
"""What a link's page may say about another link: it works too, for another plan; or it does not work."""
blueprint: Final = Blueprint("private_link", __name__)


@blueprint.get("/link")
def show() -> str:
    """Show link and words, words first, and the result of a new link that was made in another tab."""
    withdraw_offered_link()
    note = request.args.get("note")
    return render_template("private_link/link.html", **{**link_context(), "note": note if note in NOTES else None})


@blueprint.get("/link/qr.svg")
def qr_code() -> Response:
    """The link as a QR code without a style."""
    image = io.BytesIO()
    segno.make(link_of(current_secret()), error="m", micro=False).save(
        image, kind="svg", scale=6, border=4, dark="#000", light="#fff", xmldecl=False, svgclass=None, lineclass=None
    )
    mark_secret_shown()
    return Response(image.getvalue(), mimetype="image/svg+xml")


@blueprint.get("/link/new")
def offer_new_link() -> str:
    """Show a new link before the old one ends. Nothing has changed yet.

    It is the same in every tab of this device and after a reload, for ``OFFER_MINUTES`` and until the old one is
    viewed again.
    """
    opened_history()  # no new link is made for a deleted one
    old, new = current_secret(), offered_link()
    if new is None:
        new = Secret.mint(content_state().avoided_words)
        offer_link(new)
    mark_secret_shown()
    sealed = app_state().new_links.seal({"old": old.old_code, "new": new.old_code})
    return render_template("private_link/new_link.html", new_url=link_of(new), new_words=new.words, sealed=sealed)


@blueprint.post("/link/new")
def replace_link() -> AnyResponse:
    """Replace the link after the person confirmed that they have the new one. The form may be sent twice.

    If another tab or device was faster, the page says which link works, or that the new one does not.
    """
    state, current = app_state(), current_secret()
    sealed = state.new_links.unseal(request.form.get("sealed", "")) or {}
    try:
        old, new = Secret.of_code(str(sealed.get("old"))), Secret.of_code(str(sealed.get("new")))
    except LinkError:
        return redirect(url_for("private_link.offer_new_link"), 303)
    if current == new:
        return redirect(url_for("private_link.show"), 303)
    if request.form.get("confirm") != "yes":
        return redirect(url_for("private_link.offer_new_link"), 303)
    if current != old:
        return redirect(_after_change_elsewhere(old, new), 303)
    try:
        state.storage.replace_link(old, new, state.today())
    except NotFoundError:  # another device was faster
        forget_journey()
        return redirect(url_for("home.link_form", e="not_made"), 303)
    move_journey(new)
    return redirect(url_for("private_link.show"), 303)


def _after_change_elsewhere(old: Secret, new: Secret) -> str:
    """The redirect for a confirmed new link whose old link is not open here any more.

    This server encrypted both links, so the lookup concerns what this form was shown for.
    """
    load = app_state().load_journey
    if load(new) is not None:
        return url_for("private_link.show", note="works")
    if load(old) is not None:
        return url_for("private_link.offer_new_link")
    return url_for("private_link.show", note="superseded")


@blueprint.post("/keep")
def keep_place() -> AnyResponse:
    """Store the person's choice for this device: seven days for a draft; for a plan until the browser closes."""
    drafts = any(sitting.finished is None for sitting in opened_history().journey.sittings)
    keep_on_device(request.form.get("keep") == "yes", days=drafts)
    return redirect(safe_next_path(request.form.get("next", "")), 303)
