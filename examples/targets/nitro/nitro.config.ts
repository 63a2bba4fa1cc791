export default defineNitroConfig({ srcDir: "server", compatibilityDate: "2026-01-01" });
