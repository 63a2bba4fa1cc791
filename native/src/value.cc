#include "value.h"

namespace interloop {

void SayFailure(const char* code, const std::string& message, Value& value) {
  value = Value();
  value.kind = Value::Kind::failure;
  value.details.emplace_back().narrow = code;
  value.text.narrow = message;
}

void Claim(Value& value) {
  if (value.loan) {
    py.Py_IncRef(value.object);
    value.owned = true;
    value.loan.Return();
  }
  if (value.inner) Claim(*value.inner);
}

void Discard(Environment& environment, Value& value) {
  Claim(value);
  if (value.inner) Discard(environment, *value.inner);
  bool counted = (value.kind == Value::Kind::js || value.kind == Value::Kind::thrown) && !value.object;
  if (counted && value.number != 0) environment.Drop(value.number);
  if (value.owned && value.object) py.Py_DecRef(value.object);
  value = Value();
}

void Leave(Environment& environment, Value& value) {
  if (value.inner) Leave(environment, *value.inner);
  bool counted = (value.kind == Value::Kind::js || value.kind == Value::Kind::thrown) && !value.object;
  if (counted && value.number != 0) environment.Drop(value.number);
  if (value.owned && value.object) environment.refs.Queue(value.object);
  value = Value();
}

}  // namespace interloop
