// Makes calls with ZITADEL's former SDK for Node, `@zitadel/node`: nice-grpc, and types made by ts-proto.

import { createAccessTokenInterceptor } from "@zitadel/node/dist/api/index.js";
import { ErrorDetail } from "@zitadel/node/dist/api/generated/zitadel/message.js";
import * as org from "@zitadel/node/dist/api/generated/zitadel/org/v2/org_service.js";
import * as v2 from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import * as v2beta from "@zitadel/node/dist/api/generated/zitadel/user/v2beta/user_service.js";
import { ClientError, Metadata, Status, createChannel, createClientFactory } from "nice-grpc";
import protobuf from "protobufjs/minimal.js";

import { codeName, methodName, serve } from "./lines.mjs";

// Each with its definition.
const services = {
  "user.v2": [v2, v2.UserServiceDefinition],
  "user.v2beta": [v2beta, v2beta.UserServiceDefinition],
  "org.v2": [org, org.OrganizationServiceDefinition],
};
const channels = new Map();
const clients = new Map();

function clientFor(url, service, token) {
  const key = `${url} ${service} ${token}`;
  if (!clients.has(key)) {
    // What the SDK's own `createUserClient` does, which knows version 2beta only.
    let factory = createClientFactory();
    if (token) factory = factory.use(createAccessTokenInterceptor(token));
    if (!channels.has(url)) channels.set(url, createChannel(url));
    const [, definition] = services[service];
    clients.set(key, factory.create(definition, channels.get(url)));
  }
  return clients.get(key);
}

// Reads a `google.rpc.Status`, which the SDK has no type for, for the detail that says what was wrong. An error that
// waiting can help says how long in another one.
function detailOf(status) {
  const blocks = (bytes, field) => {
    const reader = protobuf.Reader.create(bytes);
    const found = [];
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag >>> 3 === field) found.push(reader.bytes());
      else reader.skipType(tag & 7);
    }
    return found;
  };
  const details = status ? blocks(status, 3) : [];
  const known = details.find((any) => Buffer.from(blocks(any, 1)[0]).toString().endsWith("/zitadel.v1.ErrorDetail"));
  return known && ErrorDetail.decode(blocks(known, 2)[0]);
}

// The last refusal's trailers: nice-grpc's errors leave them out.
let trailers;
const onTrailer = (found) => {
  trailers = found;
};

// The first field of `wanted` that is not in `kept`: ts-proto leaves out what a type does not have.
function lacking(wanted, kept) {
  for (const [name, value] of Object.entries(wanted)) {
    if (!(name in kept)) return name;
    const lost = value instanceof Object && kept[name] instanceof Object && lacking(value, kept[name]);
    if (lost) return `${name}.${lost}`;
  }
  return undefined;
}

await serve(async ({ url, service, method, token, headers, request }) => {
  const name = methodName(method);
  const [types, definition] = services[service] ?? [];
  if (!definition?.methods[name]) return "missing";
  const message = types[`${method}Request`].fromJSON(request);
  const lost = lacking(request, message);
  if (lost) return { unsendable: `a request with ${lost}` };
  try {
    const metadata = new Metadata(headers);
    const reply = await clientFor(url, service, token)[name](message, { metadata, onTrailer });
    return { ok: types[`${method}Response`].toJSON(reply) };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const detail = detailOf(trailers?.get("grpc-status-details-bin"));
    return {
      error: {
        code: codeName(Status[error.code]),
        message: error.details,
        id: detail?.id ?? null,
        detail: detail?.message ?? null,
      },
    };
  }
});
