#include "cpython/python_api.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

namespace interloop {

PythonApi py;

namespace {

template <class Signature>
bool Fill(void* library, PyFunction<Signature>& entry, const char* name) {
  entry.pointer = reinterpret_cast<decltype(entry.pointer)>(dlsym(library, name));
  entry.name = name;
  return entry.pointer != nullptr;
}

}  // namespace

std::string LoadPythonApi(void* library) {
  std::string missing;
  auto note = [&missing](const char* name) { missing += (missing.empty() ? "" : ", ") + std::string(name); };
#define X(result, name, arguments) \
  if (!Fill(library, py.name, #name)) note(#name);
  INTERLOOP_PYTHON_FUNCTIONS(X)
#undef X
#define X(result, name, arguments) Fill(library, py.name, #name);
  INTERLOOP_PYTHON_OPTIONAL_FUNCTIONS(X)
#undef X
#define X(name)                                                 \
  py.name = reinterpret_cast<PyObject*>(dlsym(library, #name)); \
  if (!py.name) note(#name);
  INTERLOOP_PYTHON_OBJECTS(X)
#undef X
#define X(name)                                                                                \
  if (auto* address = reinterpret_cast<PyObject**>(dlsym(library, #name))) py.name = *address; \
  if (!py.name) note(#name);
  INTERLOOP_PYTHON_EXCEPTIONS(X)
#undef X
  // These may be called by a thread that does not hold the GIL: to take it, or to ask.
  py.PyEval_RestoreThread.checked = false;
  py.PyGILState_Ensure.checked = false;
  py.PyGILState_Check.checked = false;
  return missing;
}

#ifdef INTERLOOP_DEBUG
void CheckGil(const char* function) {
  if (py.PyGILState_Check.pointer()) return;
  std::fprintf(stderr, "interloop: %s called without the GIL\n", function);
  std::abort();
}
#endif

}  // namespace interloop
