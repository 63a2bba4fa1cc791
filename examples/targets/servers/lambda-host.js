import { expected } from "./data.js";

const { handler } = await import("./lambda.mjs");
for (let n = 0; n < 3; n++) {
  const { statusCode, body } = JSON.parse(JSON.stringify(await handler({ name: "tea" })));
  if (statusCode !== 200 || body !== expected) throw new Error(body);
}
try {
  console.log(JSON.stringify(await handler({})));
} catch (error) {
  console.log("lambda answers,", error.code);
}
