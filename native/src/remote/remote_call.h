// The remote side of the call port (values/call_port.h): JavaScript used from threads that are not its own. The synchronous part waits for the JS thread (sync_call.h), calls of async functions are answered later
// (async_call.h).
#pragma once

#include "values/call_port.h"

namespace interloop {

CallPort& RemoteCalls();

}  // namespace interloop
