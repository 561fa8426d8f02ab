// A request on a line of standard input, its answer on the next of standard output.

import { createInterface } from "node:readline";

// SetPhone → setPhone
export const methodName = (method) => method[0].toLowerCase() + method.slice(1);

// NOT_FOUND and NotFound → not_found
export const codeName = (name) => name.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();

// Answers each call by `call({ url, service, method, token, headers, request })`.
export async function serve(call) {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await call(JSON.parse(line)))}\n`);
  }
  process.exit(0);
}
