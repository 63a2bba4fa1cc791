#include "interpreter/main_thread.h"

#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>

#include "platform/libraries.h"
#include "platform/threads.h"
#include "values/errors.h"

namespace interloop {

namespace {

using Identifier = unsigned long;

// All of this is guarded by the GIL.
Identifier* main_thread = nullptr;     // CPython's own variable, once it has been found
PyThreadState** main_state = nullptr;  // the same thread's state, right behind it in 3.13
Identifier now = 0;                    // the main thread; 0 for none
PyThreadState* state_now = nullptr;
// The memory of the first state is part of the interpreter from 3.12 on, so it can be written to when its thread has ended.
PyThreadState* first_state = nullptr;
void* library = nullptr;
bool searched = false;

Identifier Own() { return reinterpret_cast<Identifier>(reinterpret_cast<void*>(pthread_self())); }

// The words of _PyRuntime.
bool RuntimeWords(Identifier*& first, size_t& count) {
  const LoadedSymbol symbol = FindInLibraries("_PyRuntime");
  if (!symbol.address || symbol.address != dlsym(library, "_PyRuntime")) return false;
  first = static_cast<Identifier*>(symbol.address);
  count = symbol.size / sizeof(Identifier);
  return count > 0;
}

void Search() {
  searched = true;
  const auto is_main = reinterpret_cast<int (*)()>(dlsym(library, "_PyOS_IsMainThread"));
  Identifier* words = nullptr;
  size_t count = 0;
  if (!is_main || !RuntimeWords(words, count)) return;
  const Identifier before = now, own = Own();
  const bool was = is_main() != 0;
  // Any other value makes the answer another one: that of a thread that is not this one, or this one's.
  const Identifier other = was ? 0 : own;
  for (size_t index = 0; index < count; ++index) {
    if (words[index] != before) continue;
    words[index] = other;
    const bool is = is_main() != 0;
    words[index] = before;
    if (is == was) continue;
    main_thread = &words[index];
    if (index + 1 < count && words[index + 1] == reinterpret_cast<Identifier>(state_now)) main_state = reinterpret_cast<PyThreadState**>(&words[index + 1]);
    return;
  }
}

bool CanChange() {
  if (!library || now == 0) return main_thread != nullptr;
  if (!searched) Search();
  return main_thread != nullptr;
}

void Set(Identifier thread, PyThreadState* state) {
  *main_thread = now = thread;
  if (main_state) *main_state = state;
  state_now = state;
}

bool Call(const char* from, const char* function) {
  Owned module(py.PyImport_ImportModule(from)), called(module ? py.PyObject_GetAttrString(module.get(), function) : nullptr);
  Owned done(called ? py.PyObject_CallObject(called.get(), nullptr) : nullptr);
  if (!done) py.PyErr_WriteUnraisable(None());
  return bool(done);
}

constexpr const char* kHere = "interloop._main_thread";
constexpr const char* kThreads = "interloop._keep_alive";

}  // namespace

void NoteMainThread(void* of) {
  library = of;
  now = Own();
  state_now = first_state = py.PyThreadState_Get();
}

void OfferMainThread() {
  if (library && (now == 0 || IsProcessMainThread())) TakeMainThread();
  if (now != Own()) Call(kThreads, "join");
}

void TakeMainThread() {
  if (!library || now == Own() || !CanChange()) return;
  Set(Own(), py.PyThreadState_Get());
  Call(kHere, "become");
}

void BecomeMainInChild() {
  if (!library) return;
  now = Own();
  if (!searched) Search();
  state_now = py.PyThreadState_Get();
  if (main_state) *main_state = state_now;
}

void LeaveMainThread() {
  const bool is_main = library && now == Own();
  if (is_main) Call(kHere, "give_back");
  Call(kThreads, "leave");
  if (is_main && CanChange()) Set(0, first_state);
}

}  // namespace interloop
