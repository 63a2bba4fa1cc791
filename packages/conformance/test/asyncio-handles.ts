// Imported before the adapter: the guest loop then works with asyncio's own Handles instead of the addon's.
process.env["INTERLOOP_NATIVE_HANDLES"] = "0";
