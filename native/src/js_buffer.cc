#include "js_buffer.h"

#include "errors.h"
#include "js_object.h"

namespace interloop {

namespace {

struct View {
  void* data = nullptr;
  size_t bytes = 0;
  Py_ssize_t item = 1;
  const char* format = "B";
};

// The memory behind a JS value. False when it has none (a detached buffer).
bool Look(napi_env env, napi_value value, View& view) {
  bool is = false;
  if (napi_is_typedarray(env, value, &is) == napi_ok && is) {
    napi_typedarray_type type;
    size_t length = 0;
    if (napi_get_typedarray_info(env, value, &type, &length, &view.data, nullptr, nullptr) != napi_ok) return false;
    struct Item {
      napi_typedarray_type type;
      Py_ssize_t size;
      const char* format;
    };
    static constexpr Item kItems[] = {{napi_int8_array, 1, "b"},     {napi_uint8_array, 1, "B"},    {napi_uint8_clamped_array, 1, "B"},
                                      {napi_int16_array, 2, "h"},    {napi_uint16_array, 2, "H"},   {napi_int32_array, 4, "i"},
                                      {napi_uint32_array, 4, "I"},   {napi_float32_array, 4, "f"},  {napi_float64_array, 8, "d"},
                                      {napi_bigint64_array, 8, "q"}, {napi_biguint64_array, 8, "Q"}};
    for (const Item& item : kItems) {
      if (item.type != type) continue;
      view.item = item.size;
      view.format = item.format;
      view.bytes = length * static_cast<size_t>(item.size);
      return view.data != nullptr || view.bytes == 0;
    }
    return false;
  }
  if (napi_is_dataview(env, value, &is) == napi_ok && is) return napi_get_dataview_info(env, value, &view.bytes, &view.data, nullptr, nullptr) == napi_ok;
  return napi_get_arraybuffer_info(env, value, &view.data, &view.bytes) == napi_ok;
}

int GetBuffer(PyObject* self, Py_buffer* buffer, int flags) {
  buffer->obj = nullptr;
  if (!CheckEnvironment(EnvironmentOf(self))) return -1;
  Environment& environment = *EnvironmentOf(self);
  ValueScope scope(environment.env);
  View view;
  napi_value value = JsValueOf(environment, self);
  if (!value || !Look(environment.env, value, view)) {
    py.PyErr_SetString(py.PyExc_BufferError, "Cannot read this JavaScript buffer: it was transferred or has an element type that Python has not");
    return -1;
  }
  static char empty;
  buffer->buf = view.data ? view.data : &empty;
  buffer->len = static_cast<Py_ssize_t>(view.bytes);
  buffer->readonly = 0;
  buffer->itemsize = view.item;
  buffer->format = flags & kBufferFormat ? const_cast<char*>(view.format) : nullptr;
  buffer->ndim = 1;
  // The shape lives with the view: other views may see another length.
  auto* extent = new Py_ssize_t[2]{buffer->len / view.item, view.item};
  buffer->shape = (flags & kBufferNd) == kBufferNd ? &extent[0] : nullptr;
  buffer->strides = (flags & kBufferStrides) == kBufferStrides ? &extent[1] : nullptr;
  buffer->suboffsets = nullptr;
  buffer->internal = extent;
  buffer->obj = NewRef(self);
  return 0;
}

void ReleaseBuffer(PyObject*, Py_buffer* buffer) { delete[] static_cast<Py_ssize_t*>(buffer->internal); }

}  // namespace

PyTypeObject* AddJsBuffer(PyObject* module, PyTypeObject* base) {
  static PyType_Slot slots[] = {
      {kTpDoc,
       const_cast<char*>("A JavaScript typed array, DataView or ArrayBuffer: memoryview(it) shares its memory. Do not transfer it while Python uses it.")},
      {kBfGetBuffer, reinterpret_cast<void*>(GetBuffer)},
      {kBfReleaseBuffer, reinterpret_cast<void*>(ReleaseBuffer)},
      {0, nullptr}};
  return AddType(module, "interloop.JsBuffer", sizeof(JsObject), 0, slots, base);
}

}  // namespace interloop
