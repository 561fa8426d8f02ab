"""What schemathesis cannot read from the document: what a phone number is, and when a 400 is about form.

The document says which requests are well-formed. One that is may be refused for what it means, and then the
refusal has an id; a refusal without one says that the request was not understood.
"""

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format(
    "phone-number",
    st.integers(min_value=0, max_value=9_999_999).map(lambda number: f"+4179{number:07}"),
)
schemathesis.openapi.format(
    "email",
    st.from_regex(r"[a-z0-9]{1,20}@[a-z0-9]{1,20}\.example", fullmatch=True),
)


@schemathesis.check
def a_well_formed_request_is_understood(ctx, response, case):
    """A request that the document allows is never refused as malformed."""
    meta = case.meta
    if meta is None or not meta.generation.mode.is_positive or response.status_code != 400:
        return
    assert response.json().get("details"), f"not understood: {response.text}"
