import "./runtime.ts";

const { begin, ended, jobOf } = await import("./jobs.ts");
const short = begin(20_000, { deadline: 60_000 });
const long = begin(100_000_000, { deadline: 1000 });
const timer = setInterval(() => console.log(jobOf(short.id), jobOf(long.id)), 100);
await Promise.all([ended(short.id), ended(long.id)]);
clearInterval(timer);
console.log(jobOf(short.id), jobOf(long.id));
