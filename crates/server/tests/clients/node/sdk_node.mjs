// Makes calls with ZITADEL's former SDK for Node, `@zitadel/node`: nice-grpc, and types made by ts-proto.

import { createAccessTokenInterceptor } from "@zitadel/node/dist/api/index.js";
import { ErrorDetail } from "@zitadel/node/dist/api/generated/zitadel/message.js";
import * as v2 from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import * as v2beta from "@zitadel/node/dist/api/generated/zitadel/user/v2beta/user_service.js";
import { ClientError, Status, createChannel, createClientFactory } from "nice-grpc";
import protobuf from "protobufjs/minimal.js";

import { BASE_URL, codeName, methodName, serve } from "./lines.mjs";

const services = { v2, v2beta };
const channel = createChannel(BASE_URL);
const clients = new Map();

function clientFor(service, token) {
  const key = `${service} ${token}`;
  if (!clients.has(key)) {
    // What the SDK's own `createUserClient` does, which knows version 2beta only.
    let factory = createClientFactory();
    if (token) factory = factory.use(createAccessTokenInterceptor(token));
    clients.set(key, factory.create(services[service].UserServiceDefinition, channel));
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

await serve(async ({ service, method, token, request }) => {
  const name = methodName(method);
  const definition = services[service].UserServiceDefinition.methods[name];
  if (!definition) return "missing";
  const types = services[service];
  const message = types[`${method}Request`].fromJSON(request);
  try {
    const reply = await clientFor(service, token)[name](message, { onTrailer });
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
