"""A questionnaire as pages of a form: which come up, what stands on them, and reading what was sent. Pure."""

from web.forms.interstitial_page import BetweenView, NoticeView, between_view
from web.forms.paging import PageSpec, page_of_item, pages_of
from web.forms.parsing import NOT_SAID, ReadPage, read_page
from web.forms.question_page import ItemView, OptionView, PageView, page_view
from web.forms.review_page import CheckPart, CheckRow, CheckView, Earlier, check_view
from web.forms.route import Stop, StopKind, next_stop, previous_stop, route, still_seen, stop_named

__all__ = [
    "NOT_SAID",
    "BetweenView",
    "CheckPart",
    "CheckRow",
    "CheckView",
    "Earlier",
    "ItemView",
    "NoticeView",
    "OptionView",
    "PageSpec",
    "PageView",
    "ReadPage",
    "Stop",
    "StopKind",
    "between_view",
    "check_view",
    "next_stop",
    "page_of_item",
    "page_view",
    "pages_of",
    "previous_stop",
    "read_page",
    "route",
    "still_seen",
    "stop_named",
]
