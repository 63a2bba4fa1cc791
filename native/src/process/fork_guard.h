// uvloop in Node uses Node's own libuv, so that both sides are told of their child processes. What uvloop runs in a child between fork and exec waits for the GIL, for ever if another thread had it; so the JS
// thread takes it around a fork. From when uvloop is loaded.
#pragma once

namespace interloop {

void GuardForks();

}  // namespace interloop
