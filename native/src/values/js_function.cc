#include "values/js_function.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "cpython/module_members.h"
#include "cpython/tuple.h"

namespace interloop {

namespace {

PyObject* undefined = nullptr;

JsFunction* Cast(PyObject* object) { return reinterpret_cast<JsFunction*>(object); }

// A function of interloop._signature. Owned; null with a Python error set.
PyObject* SignatureMember(const char* name) {
  Owned module(py.PyImport_ImportModule("interloop._signature"));
  return module ? py.PyObject_GetAttrString(module.get(), name) : nullptr;
}

PyObject* CallSignatureMember(const char* name, PyObject* a, PyObject* b = nullptr, PyObject* c = nullptr) {
  Owned function(SignatureMember(name));
  PyObject* arguments[] = {nullptr, a, b, c};
  size_t count = c ? 3 : b ? 2 : 1;
  return function ? CallVector(function.get(), arguments + 1, count | kVectorcallOffset) : nullptr;
}

// Whether it is a class; found out once. Negative with a Python error set.
int IsClass(PyObject* self) {
  JsFunction* function = Cast(self);
  if (function->is_async) return 0;
  if (function->kind == JsFunction::Kind::unknown) {
    Owned kind(Operate(self, kOperationFunctionKind));
    const char* text = kind ? py.PyUnicode_AsUTF8AndSize(kind.get(), nullptr) : nullptr;
    if (!text) return -1;
    function->kind = std::strcmp(text, "class") == 0 ? JsFunction::Kind::constructor : JsFunction::Kind::function;
  }
  return function->kind == JsFunction::Kind::constructor;
}

}  // namespace

bool InitJsFunction(PyObject* module) {
  if (!(undefined = py.PyObject_CallObject(py.PyBaseObject_Type, nullptr))) return false;
  return py.PyModule_AddObject(module, "undefined", NewRef(undefined)) == 0;
}

PyObject* UndefinedMarker() { return undefined; }

PyObject* BindAsMethod(PyObject* self, PyObject* instance, PyObject*) {
  int is_class = instance && instance != None() ? IsClass(self) : 1;
  if (is_class < 0) return nullptr;
  return is_class ? NewRef(self) : py.PyMethod_New(self, instance);
}

bool IsFunctionAttribute(const char* name) {
  static constexpr const char* kNames[] = {"__name__",     "__qualname__",   "__module__", "__signature__", "__doc__",    "__annotations__",
                                           "__defaults__", "__kwdefaults__", "__code__",   "__closure__",   "__globals__"};
  return std::any_of(std::begin(kNames), std::end(kNames), [name](const char* each) { return !std::strcmp(each, name); });
}

PyObject* FunctionAttribute(PyObject* self, PyObject* name) {
  Owned module(py.PyImport_ImportModule("interloop._function")), find(module ? py.PyObject_GetAttrString(module.get(), "attribute_of") : nullptr);
  PyObject* arguments[] = {nullptr, self, name};
  return find ? CallVector(find.get(), arguments + 1, 2 | kVectorcallOffset) : nullptr;
}

PyObject* ClassOfFunction(PyObject* self) {
  // Other threads would have to wait for JavaScript's.
  const bool may_ask = Cast(self)->kind != JsFunction::Kind::unknown || (EnvironmentOf(self) && EnvironmentOf(self)->OnThread());
  int is_class = may_ask ? IsClass(self) : 0;
  if (is_class < 0) return nullptr;
  return NewRef(is_class ? reinterpret_cast<PyObject*>(TypeOf(self)) : py.PyFunction_Type);
}

bool Arrange(PyObject* self, PyObject* const* args, size_t count, PyObject* names, Arranged& arranged) {
  JsFunction* function = Cast(self);
  if (!function->parameters && !(function->parameters = CallSignatureMember("places_of", self))) return false;
  size_t named = static_cast<size_t>(py.PyTuple_Size(names));
  Owned positional(NewTuple(args, count)), values(NewTuple(args + count, named));
  Owned arrange(SignatureMember("arrange"));
  if (!positional || !values || !arrange) return false;
  PyObject* arguments[] = {nullptr, function->parameters, positional.get(), names, values.get()};
  Owned answer(CallVector(arrange.get(), arguments + 1, 4 | kVectorcallOffset));
  if (!answer) return false;
  arranged.all.reset(NewRef(py.PyTuple_GetItem(answer.get(), 0)));
  arranged.names.reset(NewRef(py.PyTuple_GetItem(answer.get(), 1)));
  arranged.positional = static_cast<size_t>(py.PyTuple_Size(arranged.all.get()) - py.PyTuple_Size(arranged.names.get()));
  return true;
}

}  // namespace interloop
