#include "platform/libc.h"

namespace interloop {

const int kDeepBind = 0;
const bool kKeepsEnvironmentStrings = false;

void TrimHeap() {}

void MapBlocksFrom(size_t) {}

void AtQuickExit(void (*)()) {}

bool HasVersionedSymbol(const char*, const char*) { return false; }

}  // namespace interloop
