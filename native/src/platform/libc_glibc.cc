#include <dlfcn.h>
#include <malloc.h>

#include <cstdlib>

#include "platform/libc.h"

namespace interloop {

const int kDeepBind = RTLD_DEEPBIND;
const bool kKeepsEnvironmentStrings = true;

void TrimHeap() { malloc_trim(0); }

void MapBlocksFrom(size_t bytes) { mallopt(M_MMAP_THRESHOLD, static_cast<int>(bytes)); }

void AtQuickExit(void (*function)()) { at_quick_exit(function); }

bool HasVersionedSymbol(const char* name, const char* version) { return dlvsym(RTLD_DEFAULT, name, version) != nullptr; }

}  // namespace interloop
