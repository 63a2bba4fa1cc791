import "./runtime.ts";

const { createChatServer } = await import("./chat.ts");
const port = Number(process.env["PORT"] ?? 3000);
createChatServer().listen(port, () => console.log(`curl -N 'http://localhost:${port}/chat?prompt=hello'`));
