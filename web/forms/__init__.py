"""A questionnaire as pages of a form: which come up, what stands on them, and reading what was sent. Pure."""

from web.forms.interstitial_page import InterstitialView, NoticeView, interstitial_view
from web.forms.paging import PageSpec, page_of_item, pages_of
from web.forms.parsing import RATHER_NOT_SAY, ReadPage, read_page
from web.forms.question_page import ItemView, OptionView, QuestionPageView, question_page_view
from web.forms.review_page import EarlierAnswers, ReviewRow, ReviewSection, ReviewView, review_view
from web.forms.route import Stop, StopKind, drop_stale_marks, next_stop, previous_stop, route, stop_named

__all__ = [
    "RATHER_NOT_SAY",
    "EarlierAnswers",
    "InterstitialView",
    "ItemView",
    "NoticeView",
    "OptionView",
    "PageSpec",
    "QuestionPageView",
    "ReadPage",
    "ReviewRow",
    "ReviewSection",
    "ReviewView",
    "Stop",
    "StopKind",
    "drop_stale_marks",
    "interstitial_view",
    "next_stop",
    "page_of_item",
    "pages_of",
    "previous_stop",
    "question_page_view",
    "read_page",
    "review_view",
    "route",
    "stop_named",
]
