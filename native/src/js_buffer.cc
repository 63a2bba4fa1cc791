#include "js_buffer.h"

#include <string>

#include "backing_store.h"
#include "convert.h"
#include "errors.h"
#include "js_object.h"
#include "js_visit.h"
#include "module_members.h"
#include "value_to_python.h"

namespace interloop {

namespace {

// What a Py_buffer keeps; other views of the same value may see another length.
struct Hold {
  Environment* environment;
  double id;
  Py_ssize_t shape, stride;
  char format[2];
  std::shared_ptr<void> memory;
};

// What JS says of the memory, or why there is none.
struct Look {
  void* data = nullptr;
  size_t length = 0;
  bool failed = false, refused = false;
  Value error;
  Text reason;
};

// Asks core, which answers [bytes, ArrayBuffer, the JsId that keeps it, the format, the item's size], or in words why not. Uses nothing of Python.
void Describe(Environment& environment, PyObject* self, Hold& hold, Look& look) {
  napi_env env = environment.env;
  ValueScope scope(env);
  const napi_value arguments[] = {MakeNumber(env, kOperationMemory), MakeNumber(env, JsIdOf(environment, self))};
  napi_value described = environment.CallHook(Hook::operate, std::size(arguments), arguments);
  if (!described) {
    look.failed = true;
    ReadPending(environment, look.error);
    return;
  }
  napi_valuetype type = napi_undefined;
  napi_typeof(env, described, &type);
  look.refused = type == napi_string;
  if (look.refused) {
    ReadText(env, described, look.reason);
    return;
  }
  napi_value parts[5];
  for (uint32_t index = 0; index < std::size(parts); ++index) parts[index] = ElementOf(env, described, index);
  hold.id = GetNumber(env, parts[2]);
  size_t written = 0;
  napi_get_value_string_latin1(env, parts[3], hold.format, sizeof hold.format, &written);
  hold.stride = static_cast<Py_ssize_t>(GetNumber(env, parts[4]));
  if (napi_get_typedarray_info(env, parts[0], nullptr, &look.length, &look.data, nullptr, nullptr) != napi_ok || (!look.data && look.length > 0)) {
    environment.Drop(hold.id);
    look.refused = true;
    look.reason.narrow = "This runtime does not tell where the memory of this JavaScript buffer is; give Python a copy";
    return;
  }
  // A shared one cannot be transferred.
  bool transferable = false;
  if (napi_is_arraybuffer(env, parts[1], &transferable) == napi_ok && transferable) hold.memory = HoldBackingStore(parts[1]);
  hold.shape = static_cast<Py_ssize_t>(look.length) / hold.stride;
}

int GetBuffer(PyObject* self, Py_buffer* buffer, int flags) {
  buffer->obj = nullptr;
  if (!EnvironmentOf(self)) return CheckEnvironment(nullptr) ? 0 : -1;
  Environment& environment = *EnvironmentOf(self);
  auto hold = std::make_unique<Hold>();
  hold->environment = &environment;
  Look look;
  auto body = [&] { Describe(environment, self, *hold, look); };
  if (!environment.OnThread()) {
    if (!VisitJs(environment, body)) return -1;
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
  buffer->readonly = 0;
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
  if (hold) hold->environment->Drop(hold->id);
}

}  // namespace

PyTypeObject* AddJsBuffer(PyObject* module, PyTypeObject* base) {
  static PyType_Slot slots[] = {
      {kTpDoc, const_cast<char*>("A JavaScript typed array, DataView, ArrayBuffer or SharedArrayBuffer: memoryview(it) shares its memory.")},
      {kBfGetBuffer, reinterpret_cast<void*>(GetBuffer)},
      {kBfReleaseBuffer, reinterpret_cast<void*>(ReleaseBuffer)},
      {0, nullptr}};
  return AddType(module, "interloop.JsBuffer", sizeof(JsObject), 0, slots, base);
}

}  // namespace interloop
