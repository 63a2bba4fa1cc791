// Holding on to the memory of a JS ArrayBuffer, whatever becomes of the ArrayBuffer: transferred, it would otherwise be freed under whoever has its address.
#pragma once

#include <node_api.h>

#include <memory>

namespace interloop {

// Keeps the memory where it is for as long as the result lives, which may end on any thread. Null where the engine has no such thing: Node-API has none, and Node's V8 shows its own.
// `shared`: it is a SharedArrayBuffer, whose memory goes with the worker that was the last to have it.
std::shared_ptr<void> HoldBackingStore(napi_value array_buffer, bool shared);

}  // namespace interloop
