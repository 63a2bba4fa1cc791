import { python } from "@interloop/node";
import Piscina from "piscina";
import { expected, prepare } from "./data.js";

const { find } = prepare(python);
const pool = new Piscina({ filename: new URL("./pool-worker.js", import.meta.url).href, minThreads: 2, maxThreads: 2 });
const answers = await Promise.all(Array.from({ length: 20 }, () => pool.run("tea")));
if (answers.some((answer) => answer !== expected)) throw new Error(answers.find((answer) => answer !== expected));
console.log("pool answers", JSON.stringify(await find("tea")) === expected);
await pool.destroy();
