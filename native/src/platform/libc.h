// What only some C libraries have: libc_glibc.cc is for glibc, libc_other.cc for the rest.
#pragma once

#include <cstddef>

namespace interloop {

// Gives back what malloc keeps for later.
void TrimHeap();
// Blocks of that size or more get pages of their own.
void MapBlocksFrom(size_t bytes);
// As std::atexit, for quick_exit().
void AtQuickExit(void (*function)());
// The flag of dlopen() with which a library finds its own symbols before those of the process; 0 where there is none.
extern const int kDeepBind;
// Whether the executable exports that symbol with that version.
bool HasVersionedSymbol(const char* name, const char* version);
// Whether C's environment has another string for each value that was ever set: then pointers tell whether it has changed.
extern const bool kKeepsEnvironmentStrings;

}  // namespace interloop
