#include "js_buffer.h"

#include <string>

#include "backing_store.h"
#include "convert.h"
#include "errors.h"
#include "js_object.h"

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

// The memory as core describes it: [bytes, ArrayBuffer, the JsId that keeps it, the format, the item's size]. Null with a Python error set; core says in words why there is none.
napi_value Describe(Environment& environment, PyObject* self) {
  napi_env env = environment.env;
  const napi_value arguments[] = {MakeNumber(env, kOperationMemory), MakeNumber(env, JsIdOf(environment, self))};
  napi_value described = environment.CallHook(Hook::operate, std::size(arguments), arguments);
  if (!described) {
    RaisePending(environment);
    return nullptr;
  }
  napi_valuetype type = napi_undefined;
  napi_typeof(env, described, &type);
  if (type != napi_string) return described;
  Owned reason(StringToPython(env, described));
  if (reason) py.PyErr_SetObject(py.PyExc_BufferError, reason.get());
  return nullptr;
}

int GetBuffer(PyObject* self, Py_buffer* buffer, int flags) {
  buffer->obj = nullptr;
  if (!CheckEnvironment(EnvironmentOf(self))) return -1;
  Environment& environment = *EnvironmentOf(self);
  napi_env env = environment.env;
  ValueScope scope(env);
  napi_value described = Describe(environment, self);
  if (!described) return -1;
  napi_value parts[5];
  for (uint32_t index = 0; index < std::size(parts); ++index) napi_get_element(env, described, index, &parts[index]);

  auto hold = std::make_unique<Hold>();
  hold->environment = &environment;
  hold->id = GetNumber(env, parts[2]);
  size_t length = 0, written = 0;
  void* data = nullptr;
  napi_get_value_string_latin1(env, parts[3], hold->format, sizeof hold->format, &written);
  hold->stride = static_cast<Py_ssize_t>(GetNumber(env, parts[4]));
  if (napi_get_typedarray_info(env, parts[0], nullptr, &length, &data, nullptr, nullptr) != napi_ok || (!data && length > 0)) {
    environment.Drop(hold->id);
    py.PyErr_SetString(py.PyExc_BufferError, "This runtime does not tell where the memory of this JavaScript buffer is; give Python a copy");
    return -1;
  }
  // A shared one cannot be transferred.
  bool transferable = false;
  if (napi_is_arraybuffer(env, parts[1], &transferable) == napi_ok && transferable) hold->memory = HoldBackingStore(parts[1]);
  hold->shape = static_cast<Py_ssize_t>(length) / hold->stride;

  static char empty;
  buffer->buf = data ? data : &empty;
  buffer->len = static_cast<Py_ssize_t>(length);
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
