// A call of a JS function by another Python thread, taken apart there: its arguments, and whose it is.
#pragma once

#include <node_api.h>

#include <vector>

#include "environment/environment.h"
#include "values/value.h"

namespace interloop {

struct Arguments {
  std::vector<Value> values;
  std::vector<Text> names;  // of the last ones

  // With the GIL. False with a Python error set.
  bool Add(Environment& environment, PyObject* object);
  bool AddName(PyObject* name);
  bool AddAll(Environment& environment, PyObject* sequence, PyObject* named);
  // With the GIL, where they were not delivered.
  void Drop(Environment& environment);
  // Appends the JS values; the named ones as a trailing object. On the environment's thread, without the GIL. False with a JS exception pending.
  bool ToJs(Environment& environment, std::vector<napi_value>& arguments);
};

// What core's hook `serve` is told besides the arguments.
struct CallRequest {
  double number = 0;             // of a call that is answered later
  PyObject* function = nullptr;  // owned, and the objects that follow: their JsIds are in use
  PyObject* context = nullptr;   // null: an empty one
  PyObject* snapshot = nullptr;
  PyObject* loop = nullptr;  // null: the environment's default

  // With the GIL. False with a Python error set.
  bool Capture(Environment& environment, PyObject* called, PyObject* running_loop);
  // The hook's answer; null with a JS exception pending. On the environment's thread, without the GIL.
  napi_value Call(Environment& environment, Arguments& given);
  // On the environment's thread, without the GIL; or with the GIL.
  void LetGo(Environment& environment);
  void Drop();
};

}  // namespace interloop
