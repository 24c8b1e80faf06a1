"""A questionnaire as pages of a form: which come up, what stands on them, and reading what was sent. Pure."""
