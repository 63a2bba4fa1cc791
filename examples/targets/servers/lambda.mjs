// As a function service calls it: the module is loaded once, then its handler again and again; what it returns becomes JSON.
import { python } from "@interloop/node";
import { prepare } from "./data.js";

const { find, session } = prepare(python);
export const handler = async ({ name }) => (name === undefined ? session() : { statusCode: 200, body: JSON.stringify(await find(name)) });
