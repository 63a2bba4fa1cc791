#include "remote/call_request.h"

#include "environment/js_values.h"
#include "loop/guest.h"
#include "values/context.h"
#include "values/convert.h"
#include "values/value_to_js.h"

namespace interloop {

bool Arguments::Add(Environment& environment, PyObject* object) {
  values.emplace_back();
  return FromPython(environment, object, values.back());
}

bool Arguments::AddName(PyObject* name) {
  names.emplace_back();
  return TextFromPython(name, names.back());
}

bool Arguments::AddAll(Environment& environment, PyObject* sequence, PyObject* named) {
  Owned iterator(py.PyObject_GetIter(sequence));
  while (PyObject* item = iterator ? py.PyIter_Next(iterator.get()) : nullptr) {
    Owned argument(item);
    if (!Add(environment, item)) return false;
  }
  if (py.PyErr_Occurred()) return false;
  Py_ssize_t position = 0;
  PyObject *key, *item;
  while (py.PyDict_Next(named, &position, &key, &item)) {
    if (!AddName(key) || !Add(environment, item)) return false;
  }
  return true;
}

void Arguments::Drop(Environment& environment) {
  for (Value& value : values) Discard(environment, value);
}

bool Arguments::ToJs(Environment& environment, std::vector<napi_value>& arguments) {
  napi_env env = environment.env;
  size_t positional = values.size() - names.size();
  napi_value object = nullptr;
  if (!names.empty() && !(object = MakeObject(env, {}))) return false;
  bool whole = true;
  for (size_t index = 0; index < values.size(); ++index) {
    // All of them, so that what they own is not lost.
    napi_value value = interloop::ToJs(environment, values[index]);
    whole = whole && value;
    if (!whole) continue;
    if (index < positional) {
      arguments.push_back(value);
    } else {
      whole = SetOwn(env, object, TextToJs(env, names[index - positional]), value);
    }
  }
  if (object) arguments.push_back(object);
  return whole;
}

bool CallRequest::Capture(Environment& environment, PyObject* called, PyObject* running_loop) {
  Owned current;
  if (!CaptureOwn(current)) return false;
  function = NewRef(called);
  snapshot = CurrentHolder(environment);
  context = current.release();
  if (running_loop && running_loop != None() && !environment.guest->IsDefault(running_loop)) loop = NewRef(running_loop);
  return true;
}

napi_value CallRequest::Call(Environment& environment, Arguments& given) {
  napi_env env = environment.env;
  JsObject* object = reinterpret_cast<JsObject*>(function);
  const InCopy copy(environment, object->copy);
  JsObject* receiver = reinterpret_cast<JsObject*>(object->receiver);
  double loop_ref = loop ? static_cast<double>(environment.refs.Add(loop)) : 0;
  double context_ref = static_cast<double>(context ? environment.refs.Add(context) : environment.empty_context);
  loop = context = nullptr;
  std::vector<napi_value> arguments = {MakeNumber(env, number),
                                       MakeNumber(env, loop_ref),
                                       MakeNumber(env, object->id),
                                       MakeNumber(env, receiver ? receiver->id : 0),
                                       MakeNumber(env, snapshot ? reinterpret_cast<JsObject*>(snapshot)->id : 0),
                                       MakeNumber(env, context_ref)};
  napi_value result = given.ToJs(environment, arguments) ? environment.CallHook(Hook::serve, arguments.size(), arguments.data()) : nullptr;
  if (number != 0) LetGo(environment);
  return result;
}

void CallRequest::LetGo(Environment& environment) {
  for (PyObject** field : {&function, &context, &snapshot, &loop}) {
    if (*field) environment.refs.Queue(*field);
    *field = nullptr;
  }
}

void CallRequest::Drop() {
  for (PyObject** field : {&function, &context, &snapshot, &loop}) ClearField(*field);
}

}  // namespace interloop
