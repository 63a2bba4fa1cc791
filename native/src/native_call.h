// The arguments of a native call from JavaScript, and the environment it came from.
#pragma once

#include <vector>

#include "environment.h"

namespace interloop {

// The first N; those not given are undefined.
template <size_t N>
struct Arguments {
  Arguments(napi_env env, napi_callback_info info) {
    void* data = nullptr;
    napi_get_cb_info(env, info, &count, values, nullptr, &data);
    environment = static_cast<Environment*>(data);
  }
  size_t count = N;
  napi_value values[N];
  Environment* environment;
};

// All: up to N in place, more of them on the heap.
template <size_t N>
class AllArguments {
 public:
  AllArguments(napi_env env, napi_callback_info info) : first_(env, info), count(first_.count), environment(*first_.environment) {
    if (count <= N) return;
    more_.resize(count);
    napi_get_cb_info(env, info, &count, more_.data(), nullptr, nullptr);
    values = more_.data();
  }
  AllArguments(const AllArguments&) = delete;

 private:
  Arguments<N> first_;
  std::vector<napi_value> more_;

 public:
  size_t count;
  napi_value* values = first_.values;
  Environment& environment;
};

}  // namespace interloop
