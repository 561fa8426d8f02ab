"""Makes calls with ZITADEL's official Python SDK, `zitadel-client`: a request on a line, its answer on the next."""

import base64
import datetime
import json
import re
import sys

import zitadel_client.models as models
from pydantic import ValidationError
from zitadel_client import Zitadel
from zitadel_client.auth.no_auth_authenticator import NoAuthAuthenticator
from zitadel_client.exceptions import ApiError

# The prefix of the SDK's models, and the name of its API object.
SERVICES = {
    "user.v2": ("UserService", "users"),
    "user.v2beta": ("BetaUserService", "beta_users"),
    "org.v2": ("OrganizationService", "organizations"),
}
HTTP_STATUSES = {
    "invalid_argument": 400,
    "unauthenticated": 401,
    "permission_denied": 403,
    "not_found": 404,
    "already_exists": 409,
    "aborted": 409,
    "resource_exhausted": 429,
    "unimplemented": 501,
}

_sdks = {}


def snake(method):
    """SetPhone → set_phone, GetUserByID → get_user_by_id."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", method).lower()


def sdk(url, token):
    if (url, token) not in _sdks:
        _sdks[url, token] = Zitadel.with_access_token(url, token) if token else Zitadel(NoAuthAuthenticator(url))
    return _sdks[url, token]


def call(url, service, method, token, headers, request):
    prefix, api = SERVICES[service]
    function = getattr(getattr(sdk(url, token), api), snake(method), None)
    model = getattr(models, f"{prefix}{method}Request", None)
    if function is None or model is None:
        return "missing"
    try:
        message = model.from_dict(request)
    except ValidationError as error:
        return {"unsendable": error.errors()[0]["msg"]}
    # What the SDK's model does not know, it would leave out.
    if lost := lacking(request, message.to_dict()):
        return {"unsendable": f"a request with {lost}"}
    try:
        reply = function(message, _headers=headers)
    except ApiError as error:
        return {"error": refusal(error)}
    return {"ok": reply.to_dict()}


def lacking(wanted, kept):
    """The first field of `wanted` that is not in `kept`."""
    fields = enumerate(wanted) if isinstance(wanted, list) else wanted.items()
    for name, value in fields:
        if isinstance(wanted, dict) and name not in kept:
            return name
        if isinstance(value, (dict, list)) and type(value) is type(kept[name]) and (lost := lacking(value, kept[name])):
            return f"{name}.{lost}"
    return None


def statuses(body):
    """What HTTP may say with this error: a key that is another call's is 422."""
    if body["code"] == "failed_precondition":
        return [422 if "RINGTRUE-IdempotencyKeyReused" in body["message"] else 400]
    return [HTTP_STATUSES[body["code"]]]


def refusal(error):
    body = error.response_body
    body = body if isinstance(body, dict) else json.loads(body)
    if error.code not in statuses(body):
        raise AssertionError(f"{body['code']} came with the HTTP status {error.code}")
    told = {"code": body["code"], "message": body["message"], "id": None, "detail": None}
    if body.get("details"):
        # An error that waiting can help says how long, besides.
        [detail] = [detail for detail in body["details"] if detail["type"] != "google.rpc.RetryInfo"]
        if detail["type"] != "zitadel.v1.ErrorDetail":
            raise AssertionError(f"an unexpected detail: {detail}")
        debug = detail["debug"]
        value = base64.b64decode(detail["value"] + "=" * (-len(detail["value"]) % 4))
        for text in debug.values():
            if text.encode() not in value:
                raise AssertionError(f"the detail's value does not hold {text!r}")
        told |= {"id": debug["id"], "detail": debug["message"]}
    return told


def plain(value):
    """What JSON has no form for."""
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value)} in an answer")


for line in sys.stdin:
    asked = json.loads(line)
    answer = call(**asked)
    print(json.dumps(answer, default=plain), flush=True)
