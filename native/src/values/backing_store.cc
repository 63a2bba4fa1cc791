#include "values/backing_store.h"

#include <dlfcn.h>

namespace interloop {

namespace {

// std::shared_ptr<v8::BackingStore> v8::ArrayBuffer::GetBackingStore(), and that of v8::SharedArrayBuffer: a method is called as a function of `this`, and a shared_ptr is the same whatever it points to.
using GetBackingStore = std::shared_ptr<void> (*)(const void* array_buffer);

GetBackingStore Find(const char* name) {
  // The second name has the shared_ptr of libstdc++ in it, which is ours. Bun has the first name only, for another kind of handle.
  if (!dlsym(RTLD_DEFAULT, "_ZN2v811ArrayBuffer3NewEPNS_7IsolateESt10shared_ptrINS_12BackingStoreEE")) return nullptr;
  return reinterpret_cast<GetBackingStore>(dlsym(RTLD_DEFAULT, name));
}

}  // namespace

std::shared_ptr<void> HoldBackingStore(napi_value array_buffer, bool shared) {
  static const GetBackingStore get = Find("_ZN2v811ArrayBuffer15GetBackingStoreEv"), get_shared = Find("_ZN2v817SharedArrayBuffer15GetBackingStoreEv");
  // In Node a napi_value is a v8::Local, whose address is `this`.
  const GetBackingStore chosen = shared ? get_shared : get;
  return chosen ? chosen(array_buffer) : nullptr;
}

}  // namespace interloop
