// ZITADEL's official SDK for JavaScript, `@zitadel/client`: its transport for servers (gRPC) and for browsers (gRPC-Web).

import { createGrpcTransport } from "@connectrpc/connect-node";
import { createClientFor } from "@zitadel/client";
import { createServerTransport } from "@zitadel/client/node";
import { createUserServiceClient } from "@zitadel/client/v2";
import { createClientTransport } from "@zitadel/client/web";
import { UserService as V2Beta } from "@zitadel/proto/zitadel/user/v2beta/user_service_pb.js";

import { BASE_URL, tellAll } from "./story.mjs";

// The SDK has no transport without a token: there Connect's own stands in.
const server = (token) =>
  token ? createServerTransport(token, { baseUrl: BASE_URL }) : createGrpcTransport({ baseUrl: BASE_URL });

// Gives the SDK's browser transport a `fetch` that keeps an absent token absent.
const browser = (token) =>
  createClientTransport(token ?? "", {
    baseUrl: BASE_URL,
    fetch: (input, init) => {
      if (!token) init.headers.delete("authorization");
      return fetch(input, init);
    },
  });

const createBetaClient = createClientFor(V2Beta);

await tellAll([
  ["@zitadel/client server transport, v2", (token) => createUserServiceClient(server(token))],
  ["@zitadel/client server transport, v2beta", (token) => createBetaClient(server(token))],
  ["@zitadel/client browser transport, v2", (token) => createUserServiceClient(browser(token))],
  ["@zitadel/client browser transport, v2beta", (token) => createBetaClient(browser(token))],
]);
