#include "js_buffer.h"

#include <pthread.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include <string>

#include "backing_store.h"
#include "convert.h"
#include "errors.h"
#include "js_object.h"
#include "js_values.h"
#include "js_visit.h"
#include "memory_copies.h"
#include "memory_owner.h"
#include "module_members.h"
#include "value_to_python.h"

namespace interloop {

namespace {

// What a Py_buffer keeps; other views of the same value may see another length.
struct Hold {
  Environment* environment;
  Py_ssize_t shape, stride;
  char format[2];
  std::shared_ptr<void> memory;      // JS's own memory, which stays where it is
  std::shared_ptr<MemoryCopy> copy;  // or a copy of it
};

// What core says of the memory (binding.ts, Memory).
constexpr double kShared = 1, kResizable = 2;

// What JS says of the memory, or why there is none.
struct Look {
  void* data = nullptr;
  size_t length = 0;
  bool failed = false, refused = false;
  Value error;
  Text reason;
};

bool IsMainThread() {
#ifdef __linux__
  return syscall(SYS_gettid) == getpid();
#else
  return pthread_main_np() != 0;
#endif
}

// Before V8 13, which came with Node 24, ArrayBuffer.prototype.transfer(length) reallocates memory also when somebody holds it.
bool Reallocates(napi_env env) {
  constexpr uint32_t kFirstThatDoesNot = 24;
  const napi_node_version* version = nullptr;
  return napi_get_node_version(env, &version) != napi_ok || version->major < kFirstThatDoesNot;
}

// Holds on to JS's own memory for as long as Python uses it. False where the engine could take it away.
bool HoldMemory(Environment& environment, napi_value buffer, double kind, Hold& hold) {
  void* start = nullptr;
  size_t length = 0;
  const bool shared = kind == kShared;
  if (kind == kResizable) return false;  // its pages go back to the system when it shrinks
  if (!shared && napi_get_arraybuffer_info(environment.env, buffer, &start, &length) == napi_ok) hold.memory = FindMemoryOwner(start, length);
  if (!hold.memory && (shared || !Reallocates(environment.env))) hold.memory = HoldBackingStore(buffer, shared);
  // A SharedArrayBuffer has its memory until it is collected, and the main thread is the last to end: `self` keeps it.
  return hold.memory || (shared && IsMainThread());
}

// Asks core, which answers [bytes, buffer, the format, the item's size, what kind of memory it is], or in words why not. Uses nothing of Python.
void Describe(Environment& environment, PyObject* self, bool written, bool alone, Hold& hold, Look& look) {
  napi_env env = environment.env;
  ValueScope scope(env);
  const napi_value arguments[] = {MakeNumber(env, kOperationMemory), MakeNumber(env, JsIdOf(environment, self))};
  napi_value described = environment.CallHook(Hook::operate, std::size(arguments), arguments);
  if (!described) {
    look.failed = true;
    ReadPending(environment, look.error);
    return;
  }
  look.refused = TypeOfValue(env, described) == napi_string;
  if (look.refused) {
    ReadText(env, described, look.reason);
    return;
  }
  napi_value parts[5];
  for (uint32_t index = 0; index < std::size(parts); ++index) parts[index] = ElementOf(env, described, index);
  size_t size = 0;
  if (napi_get_value_string_latin1(env, parts[2], hold.format, sizeof hold.format, &size) != napi_ok) hold.format[0] = '\0';
  hold.stride = static_cast<Py_ssize_t>(GetNumber(env, parts[3]));
  if (hold.stride < 1 || hold.format[0] == '\0' || napi_get_typedarray_info(env, parts[0], nullptr, &look.length, &look.data, nullptr, nullptr) != napi_ok ||
      (!look.data && look.length > 0)) {
    look.refused = true;
    look.reason.narrow = "This runtime does not tell where the memory of this JavaScript buffer is; give Python a copy";
    return;
  }
  hold.shape = static_cast<Py_ssize_t>(look.length) / hold.stride;
  if (look.length == 0 || HoldMemory(environment, parts[1], GetNumber(env, parts[4]), hold)) return;
  hold.copy = environment.copies->Use(parts[0], look.data, look.length, written, alone);
  if (hold.copy) {
    look.data = hold.copy->data;
  } else {
    look.refused = true;
    look.reason.narrow = "There is no memory left for a copy of this JavaScript buffer; share the memory instead, with python.share() in JavaScript";
  }
}

int GetBuffer(PyObject* self, Py_buffer* buffer, int flags) {
  buffer->obj = nullptr;
  if (!EnvironmentOf(self)) return CheckEnvironment(nullptr) ? 0 : -1;
  Environment& environment = *EnvironmentOf(self);
  auto asked = std::make_shared<std::pair<std::unique_ptr<Hold>, Look>>(std::make_unique<Hold>(), Look());
  auto& [hold, look] = *asked;
  hold->environment = &environment;
  const bool written = flags != 0;  // PyBUF_SIMPLE alone is for who reads bytes; memoryviews do not say what they are for
  const bool here = environment.OnThread() && environment.holding;
  auto body = [&environment, self, written, here, asked] { Describe(environment, self, written, here, *asked->first, asked->second); };
  if (!environment.OnThread()) {
    if (VisitJs(environment, body, [asked] {}) != Visited::done) return -1;
  } else if (CheckEnvironment(&environment)) {
    body();
  } else {
    return -1;
  }
  if (look.failed) {
    RaiseValue(environment, look.error);
    return -1;
  }
  if (look.refused) {
    Owned reason(MakeText(look.reason));
    if (reason) py.PyErr_SetObject(py.PyExc_BufferError, reason.get());
    return -1;
  }

  static char empty;
  buffer->buf = look.data ? look.data : &empty;
  buffer->len = static_cast<Py_ssize_t>(look.length);
  buffer->readonly = hold->copy && !written;
  buffer->itemsize = hold->stride;
  buffer->format = flags & kBufferFormat ? hold->format : nullptr;
  buffer->ndim = 1;
  buffer->shape = (flags & kBufferNd) == kBufferNd ? &hold->shape : nullptr;
  buffer->strides = (flags & kBufferStrides) == kBufferStrides ? &hold->stride : nullptr;
  buffer->suboffsets = nullptr;
  buffer->internal = hold.release();
  buffer->obj = NewRef(self);
  return 0;
}

void ReleaseBuffer(PyObject*, Py_buffer* buffer) {
  std::unique_ptr<Hold> hold(static_cast<Hold*>(buffer->internal));
  if (hold && hold->copy) hold->environment->copies->Leave(hold->copy);
}

}  // namespace

PyTypeObject* AddJsBuffer(PyObject* module, PyTypeObject* base) {
  static PyType_Slot slots[] = {
      {kTpDoc, const_cast<char*>("A JavaScript typed array, DataView, ArrayBuffer or SharedArrayBuffer: memoryview(it) shows its memory.")},
      {kBfGetBuffer, reinterpret_cast<void*>(GetBuffer)},
      {kBfReleaseBuffer, reinterpret_cast<void*>(ReleaseBuffer)},
      {0, nullptr}};
  return AddType(module, "interloop.JsBuffer", sizeof(JsObject), 0, slots, base);
}

}  // namespace interloop
