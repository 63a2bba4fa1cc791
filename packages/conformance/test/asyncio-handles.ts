// Imported before the adapter: the guest loop then works with asyncio's own Handles instead of the addon's. In Bun this also shows that the addon hears of assigned variables.
process.env["INTERLOOP_NATIVE_HANDLES"] = "0";
