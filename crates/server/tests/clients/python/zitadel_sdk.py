"""ZITADEL's official Python SDK, `zitadel-client`, as an application uses it."""

import base64
import json
import re

import zitadel_client.models as models
from zitadel_client import Zitadel
from zitadel_client.auth.no_auth_authenticator import NoAuthAuthenticator
from zitadel_client.exceptions import ApiError

import story

# The prefix of the SDK's models, and the name of its API object.
SERVICES = {"UserService": "users", "BetaUserService": "beta_users"}
HTTP_STATUSES = {
    "invalid_argument": 400,
    "failed_precondition": 400,
    "unauthenticated": 401,
    "permission_denied": 403,
    "not_found": 404,
    "unimplemented": 501,
}


def snake(method):
    """SetPhone → set_phone, GetUserByID → get_user_by_id."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", method).lower()


def client(prefix):
    def call(method, request, token):
        if token:
            sdk = Zitadel.with_access_token(story.BASE_URL, token)
        else:
            sdk = Zitadel(NoAuthAuthenticator(story.BASE_URL))
        model = getattr(models, f"{prefix}{method}Request")
        function = getattr(getattr(sdk, SERVICES[prefix]), snake(method))
        try:
            return function(model.from_dict(request)).to_dict()
        except ApiError as error:
            raise refusal(error) from error

    return call


def refusal(error):
    body = error.response_body
    body = body if isinstance(body, dict) else json.loads(body)
    if error.code != HTTP_STATUSES[body["code"]]:
        raise AssertionError(f"{body['code']} came with the HTTP status {error.code}")
    if not body.get("details"):
        return story.Refused(body["code"], body["message"])
    [detail] = body["details"]
    if detail["type"] != "zitadel.v1.ErrorDetail":
        raise AssertionError(f"an unexpected detail: {detail}")
    debug = detail["debug"]
    value = base64.b64decode(detail["value"] + "=" * (-len(detail["value"]) % 4))
    for text in debug.values():
        if text.encode() not in value:
            raise AssertionError(f"the detail's value does not hold {text!r}")
    return story.Refused(body["code"], body["message"], debug["id"], debug["message"])


if __name__ == "__main__":
    for service in SERVICES:
        story.tell(f"zitadel-client {service}", client(service))
