#include "values/js_dict.h"

#include "values/js_function.h"
#include "values/js_object.h"

namespace interloop {

namespace {

PyObject* js_dict = nullptr;  // the class
PyObject* make = nullptr;     // makes one
PyObject* set_js = nullptr;   // sets its slot
PyObject* slot = nullptr;     // the slot's name

}  // namespace

bool LoadJsDict() {
  if (js_dict) return true;
  Owned module(py.PyImport_ImportModule("interloop._js_dict"));
  Owned setter(module ? py.PyObject_GetAttrString(module.get(), "set_js") : nullptr);
  Owned maker(setter ? py.PyObject_GetAttrString(module.get(), "make") : nullptr);
  Owned name(maker ? py.PyUnicode_FromStringAndSize("_js", 3) : nullptr);
  PyObject* type = name ? py.PyObject_GetAttrString(module.get(), "JsDict") : nullptr;
  if (!type) return false;
  set_js = setter.release();
  make = maker.release();
  slot = name.release();
  js_dict = type;
  return true;
}

PyObject* NewJsDict(Environment& environment, double id) {
  Owned object(NewJsObject(environment, JsKind::mapping, id, nullptr));
  Owned dict(object ? py.PyObject_CallObject(make, nullptr) : nullptr);
  PyObject* arguments[] = {nullptr, dict.get(), object.get()};
  Owned done(dict ? CallVector(set_js, arguments + 1, 2 | kVectorcallOffset) : nullptr);
  return done ? dict.release() : nullptr;
}

PyObject* JsObjectOfDict(PyObject* object) { return js_dict && IsExactly(object, js_dict) ? py.PyObject_GenericGetAttr(object, slot) : nullptr; }

void BindToDict(PyObject* value, PyObject* dict) {
  if (!IsJsFunction(value) || reinterpret_cast<JsObject*>(value)->receiver) return;
  reinterpret_cast<JsObject*>(value)->receiver = JsObjectOfDict(dict);
}

}  // namespace interloop
