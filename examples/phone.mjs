// One phone verified by gRPC and one by gRPC-Web, with ZITADEL's official SDK for JavaScript.
//
//   npm install @zitadel/client@1.3.1 @connectrpc/connect-node@2.0.4
//   node examples/phone.mjs http://127.0.0.1:8080 "$(cat .ringtrue/admin.token)"

import { createServerTransport } from "@zitadel/client/node";
import { createUserServiceClient } from "@zitadel/client/v2";
import { createClientTransport } from "@zitadel/client/web";

const [baseUrl, token] = process.argv.slice(2);
const transports = {
  gRPC: createServerTransport(token, { baseUrl }),
  "gRPC-Web": createClientTransport(token, { baseUrl }),
};

for (const [protocol, transport] of Object.entries(transports)) {
  const users = createUserServiceClient(transport);
  const name = `grace-${Date.now()}`;
  const { userId } = await users.addHumanUser({
    username: name,
    profile: { givenName: "Grace", familyName: "Hopper" },
    email: { email: `${name}@example.com`, verification: { case: "isVerified", value: true } },
  });
  const { verificationCode } = await users.setPhone({
    userId,
    phone: "+41791234567",
    verification: { case: "returnCode", value: {} },
  });
  await users.verifyPhone({ userId, verificationCode });
  const { user } = await users.getUserByID({ userId });
  const { phone } = user.type.value;
  console.log(`${protocol}: ${phone.phone} is ${phone.isVerified ? "verified" : "not verified"}`);
}
