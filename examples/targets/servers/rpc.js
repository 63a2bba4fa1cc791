import { python } from "@interloop/node";
import superjson from "superjson";
import { expected, prepare } from "./data.js";

const { find, session } = prepare(python);
const { json } = JSON.parse(superjson.stringify({ found: await find("tea") }));
console.log("superjson answers", JSON.stringify(json.found) === expected);
try {
  superjson.stringify({ session: session() });
} catch (error) {
  console.log(error.code);
}
