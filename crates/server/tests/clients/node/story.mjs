// The life of a phone number, told once and played by every client made with Connect for Node.
//
// `tell(name, clientFor)` gets a function from a token (or none) to a client of the service.

import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorDetailSchema } from "@zitadel/proto/zitadel/message_pb.js";

const env = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};
export const BASE_URL = env("BASE_URL");
const ADMIN_TOKEN = env("ADMIN_TOKEN");
// A user who holds no role, and that user's own token.
const USER_ID = env("USER_ID");
const USER_TOKEN = env("USER_TOKEN");

const INBOX_MS_MAX = 15_000;
const USER_STATE_ACTIVE = 1;
const USER_STATE_LOCKED = 4;

// Members of the oneof `verification`.
const sendCode = { case: "sendCode", value: {} };
const returnCode = { case: "returnCode", value: {} };
const isVerified = { case: "isVerified", value: true };

// Scripts may share a server: each has a run of numbers of its own.
let numbers = 1_000_000 + ((process.pid * 1009) % 8_000_000);
// A valid Swiss mobile number that no earlier step has used.
const freshNumber = () => `+4178${numbers++}`;

// A code that is wrong for certain.
const another = (code) => code.slice(0, -1) + ((Number(code.at(-1)) + 1) % 10);

class Failed extends Error {}

// Prints a line for each promise kept; the first that is not ends the script.
class Checks {
  constructor(name) {
    this.name = name;
  }

  ok(promise) {
    console.log(`ok - ${this.name}: ${promise}`);
  }

  fail(promise, reason) {
    throw new Failed(`not ok - ${this.name}: ${promise}: ${reason}`);
  }

  equal(promise, found, expected) {
    const [left, right] = [found, expected].map((value) => JSON.stringify(value));
    if (left !== right) this.fail(promise, `found ${left}, expected ${right}`);
    this.ok(promise);
  }

  true(promise, condition) {
    if (!condition) this.fail(promise, "it is not so");
    this.ok(promise);
  }

  // `text` is how the message begins; ours goes on with what would be right.
  async refused(promise, code, detailId, call, text = "") {
    let error;
    try {
      await call();
    } catch (thrown) {
      error = thrown;
    }
    if (!(error instanceof ConnectError)) this.fail(promise, error ?? "accepted");
    const [detail, ...others] = error.findDetails(ErrorDetailSchema);
    if (error.code !== code || (detailId !== undefined && (detail?.id ?? null) !== detailId) || others.length > 0) {
      this.fail(promise, `found ${error} [${detail?.id}], expected ${Code[code]} [${detailId}]`);
    }
    if (!error.rawMessage.startsWith(text)) {
      this.fail(promise, `found the message "${error.rawMessage}", expected "${text}…"`);
    }
    if (detailId && error.rawMessage !== `${detail.message} (${detailId})`) {
      this.fail(promise, `the message "${error.rawMessage}" does not match "${detail.message}"`);
    }
    this.ok(promise);
  }
}

// The codes sent to a number, once there are `count` of them: messages leave after the call has returned.
async function sentCodes(number, count) {
  const deadline = Date.now() + INBOX_MS_MAX;
  for (;;) {
    const response = await fetch(`${BASE_URL}/dev/inbox`, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    if (!response.ok) throw new Error(`the inbox answered ${response.status}`);
    const { messages } = await response.json();
    const codes = messages.filter(({ to }) => to === number).map(({ code }) => code);
    if (codes.length >= count) return codes;
    if (Date.now() > deadline) throw new Error(`${codes.length} of ${count} messages for ${number} arrived`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function tell(name, clientFor) {
  const checks = new Checks(name);
  const admin = clientFor(ADMIN_TOKEN);
  const { userId, sequence } = await create(checks, admin);
  await returned(checks, admin, userId, sequence);
  await sent(checks, admin, userId);
  await badInput(checks, admin, userId);
  await strangers(checks, clientFor, userId);
  await changed(checks, admin, userId);
  await deleted(checks, admin, userId);
}

async function create(checks, admin) {
  // A user name that no other client of the same server takes.
  const email = `grace-${process.pid}-${process.hrtime.bigint()}@example.com`;
  const { userId, details } = await admin.addHumanUser({
    profile: { givenName: "Grace", familyName: "Hopper" },
    email: { email, verification: { case: "isVerified", value: true } },
  });
  checks.true("a user is created with an id", userId);
  checks.true("a creation is in an organisation", details.resourceOwner);
  checks.true("a creation has a date", details.changeDate.seconds > 0n);

  const { user } = await admin.getUserByID({ userId });
  checks.equal("a user is found by id", user.userId, userId);
  checks.equal("a user is active", user.state, USER_STATE_ACTIVE);
  checks.equal("a user is named by the e-mail address", user.username, email);
  checks.equal("a user is human", user.type.case, "human");
  checks.equal("a profile is kept", user.type.value.profile.givenName, "Grace");
  checks.equal("an e-mail address is kept", user.type.value.email.isVerified, true);
  checks.equal("a new user has no phone", await phone(admin, userId), ["", false]);
  return { userId, sequence: details.sequence };
}

async function phone(client, userId) {
  const { user } = await client.getUserByID({ userId });
  const found = user.type.value.phone;
  return [found?.phone ?? "", found?.isVerified ?? false];
}

async function returned(checks, admin, userId, sequence) {
  const number = freshNumber();
  const set = () => admin.setPhone({ userId, phone: number, verification: returnCode });
  const { details, verificationCode: code } = await set();
  checks.true("a returned code has six digits", /^\d{6}$/.test(code));
  checks.true("setting a phone adds two to the sequence", details.sequence === sequence + 2n);
  checks.equal("a number is kept unverified", await phone(admin, userId), [number, false]);
  await checks.refused("the same number again is refused", Code.FailedPrecondition, "COMMAND-Uch5e", set);
  const verify = (verificationCode) => () => admin.verifyPhone({ userId, verificationCode });
  await checks.refused(
    "a wrong code is refused",
    Code.InvalidArgument,
    "COMMAND-eis9R",
    verify(another(code)),
    "Code is invalid",
  );
  checks.true("the right code is accepted after a wrong one", (await verify(code)()).details.sequence);
  checks.equal("the number is verified", await phone(admin, userId), [number, true]);
  await checks.refused("a code works once", Code.InvalidArgument, "COMMAND-eis9R", verify(code));
  const resend = () => admin.resendPhoneCode({ userId });
  await checks.refused("nothing to resend once verified", Code.FailedPrecondition, "PHONE-5xrra88eq8", resend);
}

async function sent(checks, admin, userId) {
  const number = freshNumber();
  const reply = await admin.setPhone({ userId, phone: number, verification: sendCode });
  checks.true("a code that is sent is not returned", reply.verificationCode === undefined);
  checks.equal("another number is not verified", await phone(admin, userId), [number, false]);
  const [first] = await sentCodes(number, 1);
  checks.true("the code arrives by message", /^\d{6}$/.test(first));
  const resent = await admin.resendPhoneCode({ userId, verification: sendCode });
  checks.true("a resent code is not returned", resent.verificationCode === undefined);
  const second = (await sentCodes(number, 2)).at(-1);
  const verify = (verificationCode) => () => admin.verifyPhone({ userId, verificationCode });
  if (first !== second) {
    await checks.refused("a resend replaces the code", Code.InvalidArgument, "COMMAND-eis9R", verify(first));
  }
  const { verificationCode: third } = await admin.resendPhoneCode({ userId, verification: returnCode });
  await verify(third)();
  checks.equal("the last code verifies", await phone(admin, userId), [number, true]);
  await admin.removePhone({ userId });
  checks.equal("a removed phone is gone", await phone(admin, userId), ["", false]);
  const remove = () => admin.removePhone({ userId });
  await checks.refused("no phone, nothing to remove", Code.FailedPrecondition, "COMMAND-ieJ2e", remove);
  const decreed = freshNumber();
  await admin.setPhone({ userId, phone: decreed, verification: isVerified });
  checks.equal("a number set as verified is verified", await phone(admin, userId), [decreed, true]);
}

async function changed(checks, admin, userId) {
  const state = async () => (await admin.getUserByID({ userId })).user.state;
  await admin.lockUser({ userId });
  checks.equal("a user is locked", await state(), USER_STATE_LOCKED);
  await admin.unlockUser({ userId });
  checks.equal("a user is unlocked", await state(), USER_STATE_ACTIVE);
  const number = freshNumber();
  await admin.updateHumanUser({ userId, phone: { phone: number, verification: isVerified } });
  checks.equal("a phone is set with an update", await phone(admin, userId), [number, true]);
  const email = `${userId}@example.com`;
  const { verificationCode } = await admin.setEmail({ userId, email, verification: returnCode });
  await admin.verifyEmail({ userId, verificationCode });
  const { user } = await admin.getUserByID({ userId });
  const { email: address, isVerified: proven } = user.type.value.email;
  checks.equal("an e-mail address is verified by its code", [address, proven], [email, true]);
  const mail = () => admin.resendEmailCode({ userId });
  await checks.refused("what is not built says so", Code.Unimplemented, "RINGTRUE-FieldUnimplemented", mail);
}

async function badInput(checks, admin, userId) {
  await checks.refused(
    "an empty number is refused",
    Code.InvalidArgument,
    null,
    () => admin.setPhone({ userId, phone: "" }),
    "invalid SetPhoneRequest.Phone: value length must be between 1 and 200 runes, inclusive",
  );
  const letters = () => admin.setPhone({ userId, phone: "abc" });
  await checks.refused("what is no number is refused", Code.InvalidArgument, "PHONE-so0wa", letters);
  const unknown = () => admin.setPhone({ userId: "nobody-has-this-id", phone: freshNumber() });
  await checks.refused("an unknown user is not found", Code.NotFound, "COMMAND-ieJ2e", unknown);
}

async function strangers(checks, clientFor, userId) {
  const set = (token, id, verification) => () =>
    clientFor(token).setPhone({ userId: id, phone: freshNumber(), verification });
  await checks.refused("no token, no answer", Code.Unauthenticated, null, set(undefined, userId), "auth header missing");
  const unknown = set("x".repeat(40), userId);
  await checks.refused("a token that nobody made is refused", Code.Unauthenticated, "AUTH-7fs1e", unknown);
  const foreign = set(USER_TOKEN, userId);
  await checks.refused("another user's phone is not for everybody", Code.PermissionDenied, undefined, foreign);
  const guessed = set(USER_TOKEN, "nobody-has-this-id");
  await checks.refused(
    "who may change nobody learns not who exists",
    Code.PermissionDenied,
    undefined,
    guessed,
  );
  const reading = set(USER_TOKEN, USER_ID, returnCode);
  await checks.refused("a user may not read the code", Code.PermissionDenied, undefined, reading);

  const oneself = clientFor(USER_TOKEN);
  const number = freshNumber();
  await oneself.setPhone({ userId: USER_ID, phone: number });
  const [code] = await sentCodes(number, 1);
  await oneself.verifyPhone({ userId: USER_ID, verificationCode: code });
  checks.equal("a user verifies the own phone", await phone(oneself, USER_ID), [number, true]);
}

async function deleted(checks, admin, userId) {
  await admin.deleteUser({ userId });
  const get = () => admin.getUserByID({ userId });
  await checks.refused("a deleted user is not found", Code.NotFound, "QUERY-Dfbg2", get);
  const set = () => admin.setPhone({ userId, phone: freshNumber() });
  await checks.refused("a deleted user has no phone to set", Code.NotFound, "COMMAND-ieJ2e", set);
}

// Plays the story for each `[name, clientFor]`, and ends the process.
export async function tellAll(clients) {
  try {
    for (const [name, clientFor] of clients) await tell(name, clientFor);
  } catch (error) {
    console.log(error instanceof Failed ? error.message : `not ok - ${error.stack}`);
    process.exit(1);
  }
  // Connections are kept alive for a while; the story is over.
  process.exit(0);
}
