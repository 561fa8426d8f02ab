// Makes calls with ZITADEL's official SDK for JavaScript, `@zitadel/client`, by the protocol that the argument names.

import { fromJson, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { createClientFor } from "@zitadel/client";
import { createServerTransport } from "@zitadel/client/node";
import { createClientTransport } from "@zitadel/client/web";
import { ErrorDetailSchema } from "@zitadel/proto/zitadel/message_pb.js";
import { OrganizationService } from "@zitadel/proto/zitadel/org/v2/org_service_pb.js";
import { UserService as V2 } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { UserService as V2Beta } from "@zitadel/proto/zitadel/user/v2beta/user_service_pb.js";

import { codeName, methodName, serve } from "./lines.mjs";

const services = { "user.v2": V2, "user.v2beta": V2Beta, "org.v2": OrganizationService };

const bearer = (token) => (next) => (request) => {
  if (token) request.header.set("authorization", `Bearer ${token}`);
  return next(request);
};

const transports = {
  // The SDK's transport for servers. It has none without a token: there Connect's own stands in.
  grpc: (baseUrl, token) =>
    token ? createServerTransport(token, { baseUrl }) : createGrpcTransport({ baseUrl }),
  // The SDK's transport for browsers, with a `fetch` that keeps an absent token absent.
  "grpc-web": (baseUrl, token) =>
    createClientTransport(token, {
      baseUrl,
      fetch: (input, init) => {
        if (!token) init.headers.delete("authorization");
        return fetch(input, init);
      },
    }),
  // The SDK's clients take any transport of Connect's.
  connect: (baseUrl, token) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", interceptors: [bearer(token)] }),
};

const transportFor = transports[process.argv[2]];
const clients = new Map();

function clientFor(url, service, token) {
  const key = `${url} ${service} ${token}`;
  if (!clients.has(key)) clients.set(key, createClientFor(services[service])(transportFor(url, token)));
  return clients.get(key);
}

await serve(async ({ url, service, method, token, headers, request }) => {
  const name = methodName(method);
  const descriptor = services[service]?.method[name];
  if (!descriptor) return "missing";
  let message;
  try {
    message = fromJson(descriptor.input, request);
  } catch (error) {
    return { unsendable: error.message };
  }
  try {
    const reply = await clientFor(url, service, token)[name](message, { headers });
    return { ok: toJson(descriptor.output, reply) };
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    const [detail] = error.findDetails(ErrorDetailSchema);
    return {
      error: {
        code: codeName(Code[error.code]),
        message: error.rawMessage,
        id: detail?.id ?? null,
        detail: detail?.message ?? null,
      },
    };
  }
});
