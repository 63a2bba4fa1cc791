import { python } from "@interloop/node";
import { prepare } from "./data.js";

const { find } = prepare(python);
export default async (name) => JSON.stringify(await find(name));
