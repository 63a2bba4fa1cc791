#include "values/value.h"
#include "values/dropped_values.h"

namespace interloop {

void SayFailure(const char* code, const std::string& message, Value& value) {
  value = Value();
  value.kind = Value::Kind::failure;
  value.details.emplace_back().narrow = code;
  value.text.narrow = message;
}

namespace {

void DropIds(Environment& environment, WrittenData& data) {
  if (data.ids_used) return;
  data.ids_used = true;
  const DataView view = data.view();
  view.DropIds(environment, 0, 0);
}

}  // namespace

void Own(Value& value) {
  if (value.data && value.data->loan) {
    for (PyObject* object : value.data->objects) py.Py_IncRef(object);
    value.data->owned = true;
    value.data->loan.Return();
  }
  if (value.loan) {
    py.Py_IncRef(value.object);
    value.owned = true;
    value.loan.Return();
  }
  if (value.inner) Own(*value.inner);
}

void Discard(Environment& environment, Value& value) {
  Own(value);
  if (value.inner) Discard(environment, *value.inner);
  bool counted = (value.kind == Value::Kind::js || value.kind == Value::Kind::thrown) && !value.object;
  if (counted && value.number != 0) environment.dropped_values->Drop(value.number);
  if (value.owned && value.object) py.Py_DecRef(value.object);
  if (value.data) {
    DropIds(environment, *value.data);
    if (value.data->owned) {
      for (PyObject* object : value.data->objects) py.Py_DecRef(object);
    }
  }
  value = Value();
}

void Leave(Environment& environment, Value& value) {
  if (value.inner) Leave(environment, *value.inner);
  bool counted = (value.kind == Value::Kind::js || value.kind == Value::Kind::thrown) && !value.object;
  if (counted && value.number != 0) environment.dropped_values->Drop(value.number);
  if (value.owned && value.object) environment.refs.Queue(value.object);
  if (value.data) {
    DropIds(environment, *value.data);
    if (value.data->owned) {
      for (PyObject* object : value.data->objects) environment.refs.Queue(object);
    }
  }
  value = Value();
}

}  // namespace interloop
