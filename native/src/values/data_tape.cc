#include "values/data_tape.h"

#include "values/convert.h"
#include "values/errors.h"
#include "values/js_object.h"

namespace interloop {

bool IsData(napi_env env, napi_value identified) {
  napi_valuetype type = napi_undefined;
  return napi_typeof(env, identified, &type) == napi_ok && (type == napi_string || type == napi_object);
}

namespace {

bool ReadUnits(napi_env env, napi_value source, std::u16string& text) {
  size_t length = 0;
  if (napi_get_value_string_utf16(env, source, nullptr, 0, &length) != napi_ok) return false;
  text.resize(length + 1);
  if (napi_get_value_string_utf16(env, source, text.data(), length + 1, &length) != napi_ok) return false;
  text.resize(length);
  return true;
}

bool FindArray(napi_env env, napi_value array, void** memory) {
  napi_typedarray_type type;
  size_t length = 0, offset = 0;
  napi_value buffer;
  return napi_get_typedarray_info(env, array, &type, &length, memory, &buffer, &offset) == napi_ok;
}

}  // namespace

bool FindData(Environment& environment, napi_value identified, DataView& view, std::u16string& text) {
  napi_env env = environment.env;
  napi_value source = identified;
  napi_valuetype type = napi_undefined;
  if (napi_typeof(env, identified, &type) != napi_ok) return false;
  if (type == napi_string) {
    view.codes = environment.tape_codes();
    view.numbers = environment.tape_numbers();
  } else {  // it had no room on the shared tape: [texts, codes, numbers]
    void *codes = nullptr, *numbers = nullptr;
    if (!FindArray(env, ElementOf(env, identified, 1), &codes) || !FindArray(env, ElementOf(env, identified, 2), &numbers)) return false;
    view.codes = static_cast<const uint8_t*>(codes);
    view.numbers = static_cast<const double*>(numbers);
    source = ElementOf(env, identified, 0);
  }
  if (!ReadUnits(env, source, text)) return false;
  view.text = text.data();
  return true;
}

bool FindObjects(Environment& environment, const DataView& view, std::vector<PyObject*>& objects) {
  const size_t count = view.Count(kRefCount);
  objects.reserve(count);
  for (size_t index = 0; index < count; ++index) {
    PyObject* object = environment.refs.Get(static_cast<int64_t>(view.refs()[index]));
    if (!object) return false;
    objects.push_back(object);
  }
  return true;
}

std::vector<std::shared_ptr<JsMemory>> LookAtMemories(Environment& environment, const DataView& view) {
  std::vector<std::shared_ptr<JsMemory>> memories;
  if (view.Count(kIdCount) == 0) return memories;
  ForEachJsObject(view, [&](double id, int kind) {
    if (kind == static_cast<int>(JsKind::memory)) memories.push_back(LookAtMemory(environment, id));
  });
  return memories;
}

bool CopyData(Environment& environment, napi_value identified, WrittenData& data) {
  DataView view;
  if (!FindData(environment, identified, view, data.text)) {
    ThrowFailure(environment, "internal", "The data that JavaScript wrote for Python cannot be read: please report this");
    return false;
  }
  data.codes.assign(view.codes, view.codes + view.Count(kCodeCount));
  data.numbers.assign(view.numbers, view.numbers + view.size());
  if (!FindObjects(environment, data.view(), data.objects)) {
    ThrowFailure(environment, "handle-invalid", "Cannot use this Python object: its handle was disposed or belongs to another thread");
    return false;
  }
  if (!data.objects.empty()) data.loan = environment.refs.Lend();
  data.memories = LookAtMemories(environment, data.view());
  return true;
}

}  // namespace interloop
