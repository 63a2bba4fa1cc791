// The arguments of a native call from JavaScript, and the environment it came from.
#pragma once

#include <vector>

#include "environment/environment.h"

namespace interloop {

// The first N; those not given are undefined.
template <size_t N>
struct Arguments {
  Arguments(napi_env env, napi_callback_info info) {
    void* data = nullptr;
    if (napi_get_cb_info(env, info, &count, values, nullptr, &data) != napi_ok) count = 0;
    CoreCopy* copy = data ? static_cast<CoreCopy*>(data) : &CurrentEnvironment()->first;
    environment = copy->environment;
    environment->copy = copy;
  }
  size_t count = N;
  napi_value values[N] = {};
  Environment* environment;
};

// All: more than N are on the heap.
template <size_t N>
struct AllArguments : Arguments<N> {
  AllArguments(napi_env env, napi_callback_info info) : Arguments<N>(env, info) {
    if (this->count <= N) return;
    more.resize(this->count);
    if (napi_get_cb_info(env, info, &this->count, more.data(), nullptr, nullptr) != napi_ok) this->count = 0;
    all = more.data();
  }
  AllArguments(const AllArguments&) = delete;
  std::vector<napi_value> more;
  napi_value* all = this->values;
};

}  // namespace interloop
