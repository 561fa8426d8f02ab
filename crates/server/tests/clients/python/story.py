"""The life of a phone number, told once and played by every Python client.

A client offers `call(method, request, token)`: requests and replies are dictionaries in the protobuf-JSON form,
refusals are raised as `Refused`.
"""

import itertools
import json
import os
import sys
import time
import urllib.request

BASE_URL = os.environ["BASE_URL"]
ADMIN_TOKEN = os.environ["ADMIN_TOKEN"]
# A user who holds no role, and that user's own token.
USER_ID = os.environ["USER_ID"]
USER_TOKEN = os.environ["USER_TOKEN"]

INBOX_SECONDS_MAX = 15

# Scripts may share a server: each has a run of numbers of its own.
_numbers = (f"+4179{number}" for number in itertools.count(1_000_000 + os.getpid() * 1009 % 8_000_000))
# Whatever proxy the machine has, the server is on this side of it.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Refused(Exception):
    """What a server answered in place of a reply, by whichever protocol."""

    def __init__(self, code, message, detail_id=None, detail_message=None):
        super().__init__(f"{code}: {message} [{detail_id}]")
        self.code = code
        self.message = message
        self.detail_id = detail_id
        self.detail_message = detail_message


def fresh_number():
    """A valid Swiss mobile number that no earlier step has used."""
    return next(_numbers)


class Checks:
    """Prints a line for each promise kept, and ends the script at the first that is not."""

    def __init__(self, name):
        self.name = name

    def ok(self, promise):
        print(f"ok - {self.name}: {promise}", flush=True)

    def fail(self, promise, reason):
        print(f"not ok - {self.name}: {promise}: {reason}", flush=True)
        sys.exit(1)

    def equal(self, promise, found, expected):
        if found != expected:
            self.fail(promise, f"found {found!r}, expected {expected!r}")
        self.ok(promise)

    def true(self, promise, condition, context=""):
        if not condition:
            self.fail(promise, context or "it is not so")
        self.ok(promise)

    def refused(self, promise, code, detail_id, call, text=""):
        """`text` is how the message begins; ours goes on with what would be right."""
        try:
            reply = call()
        except Refused as refusal:
            found = (refusal.code, refusal.detail_id)
            if found != (code, detail_id):
                self.fail(promise, f"found {refusal}, expected {code} [{detail_id}]")
            if not refusal.message.startswith(text):
                self.fail(promise, f"found the message {refusal.message!r}, expected {text!r}…")
            if detail_id is not None and refusal.message != f"{refusal.detail_message} ({detail_id})":
                self.fail(promise, f"message {refusal.message!r} does not match {refusal.detail_message!r}")
            self.ok(promise)
            return refusal
        self.fail(promise, f"accepted with {reply!r}")


def inbox():
    request = urllib.request.Request(f"{BASE_URL}/dev/inbox", headers={"Authorization": f"Bearer {ADMIN_TOKEN}"})
    with _opener.open(request, timeout=10) as response:
        return json.load(response)["messages"]


def sent_codes(number, count):
    """The codes sent to a number, once there are `count` of them: messages leave after the call has returned."""
    deadline = time.monotonic() + INBOX_SECONDS_MAX
    while True:
        codes = [message["code"] for message in inbox() if message["to"] == number]
        if len(codes) >= count:
            return codes
        if time.monotonic() > deadline:
            raise TimeoutError(f"{len(codes)} of {count} messages for {number} arrived")
        time.sleep(0.05)


def another(code):
    """A code that is wrong for certain."""
    return code[:-1] + str((int(code[-1]) + 1) % 10)


def tell(name, call):
    """Plays the whole story; `call(method, request, token)` is the client."""
    checks = Checks(name)
    admin = lambda method, **request: call(method, request, ADMIN_TOKEN)  # noqa: E731
    user_id, sequence = create(checks, admin)
    returned(checks, admin, user_id, sequence)
    sent(checks, admin, user_id)
    verified_by_decree(checks, admin, user_id)
    bad_input(checks, admin, user_id)
    strangers(checks, call, user_id)
    changed(checks, admin, user_id)
    deleted(checks, admin, user_id)


def create(checks, admin):
    # A user name that no other client of the same server takes.
    mark = f"{os.getpid()}-{time.monotonic_ns()}"
    email = f"grace-{mark}@example.com"
    profile = {"givenName": "Grace", "familyName": "Hopper"}
    reply = admin("AddHumanUser", profile=profile, email={"email": email, "isVerified": True})
    user_id = reply["userId"]
    checks.true("a user is created with an id", user_id)
    checks.true("a creation is in an organisation", reply["details"]["resourceOwner"], reply)
    checks.true("a creation has a date", reply["details"]["changeDate"], reply)

    user = admin("GetUserByID", userId=user_id)["user"]
    checks.equal("a user is found by id", user["userId"], user_id)
    checks.equal("a user is active", user["state"], "USER_STATE_ACTIVE")
    checks.equal("a user is named by the e-mail address", user["username"], email)
    checks.equal("a profile is kept", user["human"]["profile"]["givenName"], "Grace")
    checks.equal("an e-mail address is kept", user["human"]["email"], {"email": email, "isVerified": True})
    checks.equal("a new user has no phone", phone(admin, user_id), (None, False))
    return user_id, int(reply["details"]["sequence"])


def phone(admin, user_id):
    found = admin("GetUserByID", userId=user_id)["user"]["human"].get("phone") or {}
    return found.get("phone") or None, bool(found.get("isVerified"))


def returned(checks, admin, user_id, sequence):
    number = fresh_number()
    set_phone = lambda: admin("SetPhone", userId=user_id, phone=number, returnCode={})  # noqa: E731
    reply = set_phone()
    code = reply["verificationCode"]
    checks.true("a returned code has six digits", len(code) == 6 and code.isdigit(), code)
    checks.equal("setting a phone adds two to the sequence", int(reply["details"]["sequence"]), sequence + 2)
    checks.equal("a number is kept unverified", phone(admin, user_id), (number, False))
    checks.refused("the same number again is refused", "failed_precondition", "COMMAND-Uch5e", set_phone)
    verify = lambda code: admin("VerifyPhone", userId=user_id, verificationCode=code)  # noqa: E731
    checks.refused(
        "a wrong code is refused", "invalid_argument", "COMMAND-eis9R", lambda: verify(another(code)),
        "Code is invalid",
    )
    checks.true("the right code is accepted after a wrong one", verify(code)["details"]["sequence"])
    checks.equal("the number is verified", phone(admin, user_id), (number, True))
    checks.refused("a code works once", "invalid_argument", "COMMAND-eis9R", lambda: verify(code))
    resend = lambda: admin("ResendPhoneCode", userId=user_id)  # noqa: E731
    checks.refused("nothing to resend once verified", "failed_precondition", "PHONE-5xrra88eq8", resend)


def sent(checks, admin, user_id):
    number = fresh_number()
    reply = admin("SetPhone", userId=user_id, phone=number, sendCode={})
    checks.true("a code that is sent is not returned", not reply.get("verificationCode"), reply)
    checks.equal("another number is not verified", phone(admin, user_id), (number, False))
    [first] = sent_codes(number, 1)
    checks.true("the code arrives by message", len(first) == 6, first)
    resent = admin("ResendPhoneCode", userId=user_id, sendCode={})
    checks.true("a resent code is not returned", not resent.get("verificationCode"), resent)
    second = sent_codes(number, 2)[-1]
    verify = lambda code: admin("VerifyPhone", userId=user_id, verificationCode=code)  # noqa: E731
    if first != second:
        checks.refused(
            "a resend replaces the code", "invalid_argument", "COMMAND-eis9R", lambda: verify(first)
        )
    third = admin("ResendPhoneCode", userId=user_id, returnCode={})["verificationCode"]
    checks.true("a resent code is returned when asked for", len(third) == 6, third)
    verify(third)
    checks.equal("the last code verifies", phone(admin, user_id), (number, True))
    admin("RemovePhone", userId=user_id)
    checks.equal("a removed phone is gone", phone(admin, user_id), (None, False))
    remove = lambda: admin("RemovePhone", userId=user_id)  # noqa: E731
    checks.refused("no phone, nothing to remove", "failed_precondition", "COMMAND-ieJ2e", remove)


def verified_by_decree(checks, admin, user_id):
    number = fresh_number()
    reply = admin("SetPhone", userId=user_id, phone=number, isVerified=True)
    checks.true("a number set as verified needs no code", not reply.get("verificationCode"), reply)
    checks.equal("a number set as verified is verified", phone(admin, user_id), (number, True))


def changed(checks, admin, user_id):
    def read():
        return admin("GetUserByID", userId=user_id)["user"]

    admin("LockUser", userId=user_id)
    checks.equal("a user is locked", read()["state"], "USER_STATE_LOCKED")
    admin("UnlockUser", userId=user_id)
    checks.equal("a user is unlocked", read()["state"], "USER_STATE_ACTIVE")
    number = fresh_number()
    admin("UpdateHumanUser", userId=user_id, phone={"phone": number, "isVerified": True})
    checks.equal("a phone is set with an update", phone(admin, user_id), (number, True))
    email = f"{user_id}@example.com"
    code = admin("SetEmail", userId=user_id, email=email, returnCode={})["verificationCode"]
    admin("VerifyEmail", userId=user_id, verificationCode=code)
    found = read()["human"]["email"]
    checks.equal("an e-mail address is verified by its code", (found["email"], found["isVerified"]), (email, True))
    checks.refused(
        "what is not built says so",
        "unimplemented",
        "RINGTRUE-FieldUnimplemented",
        lambda: admin("ResendEmailCode", userId=user_id),
    )


def bad_input(checks, admin, user_id):
    checks.refused(
        "an empty number is refused", "invalid_argument", None,
        lambda: admin("SetPhone", userId=user_id, phone=""),
        "invalid SetPhoneRequest.Phone: value length must be between 1 and 200 runes, inclusive",
    )
    checks.refused(
        "what is no number is refused", "invalid_argument", "PHONE-so0wa",
        lambda: admin("SetPhone", userId=user_id, phone="abc"),
    )
    checks.refused(
        "an unknown user is not found", "not_found", "COMMAND-ieJ2e",
        lambda: admin("SetPhone", userId="nobody-has-this-id", phone=fresh_number()),
    )


def strangers(checks, call, user_id):
    set_phone = lambda token, whose, **how: call(  # noqa: E731
        "SetPhone", {"userId": whose, "phone": fresh_number(), **how}, token
    )
    checks.refused(
        "no token, no answer", "unauthenticated", None, lambda: set_phone(None, user_id), "auth header missing"
    )
    checks.refused(
        "a token that nobody made is refused", "unauthenticated", "AUTH-7fs1e", lambda: set_phone("x" * 40, user_id)
    )
    for promise, whose in [("another user's phone is not for everybody", user_id),
                           ("who may change nobody learns not who exists", "nobody-has-this-id")]:
        try:
            reply = set_phone(USER_TOKEN, whose)
        except Refused as refusal:
            checks.equal(promise, refusal.code, "permission_denied")
        else:
            checks.fail(promise, f"accepted with {reply!r}")
    try:
        set_phone(USER_TOKEN, USER_ID, returnCode={})
    except Refused as refusal:
        checks.equal("a user may not read the code", refusal.code, "permission_denied")
    else:
        checks.fail("a user may not read the code", "accepted")

    number = fresh_number()
    call("SetPhone", {"userId": USER_ID, "phone": number}, USER_TOKEN)
    [code] = sent_codes(number, 1)
    call("VerifyPhone", {"userId": USER_ID, "verificationCode": code}, USER_TOKEN)
    own = call("GetUserByID", {"userId": USER_ID}, USER_TOKEN)["user"]["human"]["phone"]
    checks.equal("a user verifies the own phone", own, {"phone": number, "isVerified": True})


def deleted(checks, admin, user_id):
    admin("DeleteUser", userId=user_id)
    get = lambda: admin("GetUserByID", userId=user_id)  # noqa: E731
    checks.refused("a deleted user is not found", "not_found", "QUERY-Dfbg2", get)
    set_phone = lambda: admin("SetPhone", userId=user_id, phone=fresh_number())  # noqa: E731
    checks.refused("a deleted user has no phone to set", "not_found", "COMMAND-ieJ2e", set_phone)
