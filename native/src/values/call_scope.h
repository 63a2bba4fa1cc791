// A scope for JS values that Deno honours as well.
//
// Deno's napi_open_handle_scope does nothing: the values that native code makes live until the function that JS called returns. A Python loop that calls JS a million times would keep a million arguments and results.
// V8 itself opens a scope around each call of a native function, so there the block runs in a native function that is called through V8. That takes some 100 ns, and is done from a number of calls on only.
#pragma once

#include "environment/environment.h"

namespace interloop {

// For environments with the quirk kLacksScopes.
bool MakeScopeFunction(Environment& environment);
// Whether the next block has to run in a function.
inline bool NeedsCall(Environment& environment) {
  constexpr uint32_t kFew = 8;
  return environment.scope_function && ++environment.scopes_opened > kFew;
}
// False when the block has not run: a JS exception is pending then, which may be an earlier one.
bool RunInFunction(Environment& environment, void (*block)(void*), void* data);

// Runs the block, which leaves no JS exception pending, in a scope of its own. False when it could not run: a JS exception is pending then, which may be an earlier one.
template <class Block>
bool RunInScope(Environment& environment, Block&& block) {
  if (NeedsCall(environment)) return RunInFunction(environment, [](void* data) { (*static_cast<std::remove_reference_t<Block>*>(data))(); }, &block);
  HandleScope scope(environment.env);
  block();
  return true;
}

}  // namespace interloop
