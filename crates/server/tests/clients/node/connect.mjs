// Connect for Node, `@connectrpc/connect-node`: every protocol, HTTP version and encoding that it speaks.

import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { UserService as V2 } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";
import { UserService as V2Beta } from "@zitadel/proto/zitadel/user/v2beta/user_service_pb.js";

import { BASE_URL, tellAll } from "./story.mjs";

const transports = [
  ["gRPC", createGrpcTransport, {}],
  ["gRPC-Web over HTTP/1.1", createGrpcWebTransport, { httpVersion: "1.1" }],
  ["gRPC-Web over HTTP/2", createGrpcWebTransport, { httpVersion: "2" }],
  ["Connect with JSON over HTTP/1.1", createConnectTransport, { httpVersion: "1.1", useBinaryFormat: false }],
  ["Connect with protobuf over HTTP/1.1", createConnectTransport, { httpVersion: "1.1", useBinaryFormat: true }],
  ["Connect with JSON over HTTP/2", createConnectTransport, { httpVersion: "2", useBinaryFormat: false }],
  ["Connect with protobuf over HTTP/2", createConnectTransport, { httpVersion: "2", useBinaryFormat: true }],
];

const bearer = (token) => (next) => (request) => {
  if (token) request.header.set("authorization", `Bearer ${token}`);
  return next(request);
};

const clients = [V2, V2Beta].flatMap((service) =>
  transports.map(([name, create, options]) => [
    `${name}, ${service.typeName}`,
    (token) => createClient(service, create({ ...options, baseUrl: BASE_URL, interceptors: [bearer(token)] })),
  ]),
);

await tellAll(clients);
