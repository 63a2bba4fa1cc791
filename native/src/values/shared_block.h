// Blocks that JS and Python share without copies in every engine: memory of our own in an ArrayBuffer. It is freed when neither the engine nor Python has it any more, so that a transfer, a worker that ends or a collection takes nothing
// away from Python.
#pragma once

#include "environment/environment.h"

namespace interloop {

// share(bytes): an ArrayBuffer over so many bytes, all 0.
napi_value ShareMemory(napi_env env, napi_callback_info info);

}  // namespace interloop
