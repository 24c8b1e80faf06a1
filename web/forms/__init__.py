"""A questionnaire as pages of a form: which pages are visible, what they contain, and how submitted fields are
parsed. Pure.
"""
