#include "values/shared_block.h"

#include <cmath>
#include <cstdlib>

#include "environment/js_values.h"
#include "environment/native_call.h"
#include "values/convert.h"
#include "values/errors.h"
#include "values/memory_owner.h"

namespace interloop {

namespace {

struct Block {
  explicit Block(size_t bytes) : data(std::calloc(bytes > 0 ? bytes : 1, 1)) {}
  ~Block() {
    RemoveMemoryOwner(data, this);
    std::free(data);
  }
  Block(const Block&) = delete;
  void* data;
};

// What the ArrayBuffer holds.
struct Share {
  Environment* environment;
  std::shared_ptr<Block> block;
};

// On any thread. An environment that ends runs this although its ArrayBuffer may have been transferred to another one: such a block is never freed.
void OnCollected(napi_env, void*, void* hint) {
  auto* share = static_cast<Share*>(hint);
  if (share->environment->alive) delete share;
}

}  // namespace

napi_value ShareMemory(napi_env env, napi_callback_info info) {
  Arguments<1> args(env, info);
  Environment& environment = *args.environment;
  double bytes = GetNumber(env, args.values[0]);
  if (!(bytes >= 0) || bytes > kMaxSafeInteger || bytes != std::trunc(bytes)) {
    return ThrowFailure(environment, "bad-argument", "share() takes how many bytes, a whole number from 0 on");
  }
  auto block = std::make_shared<Block>(static_cast<size_t>(bytes));
  if (!block->data) return ThrowFailure(environment, "out-of-resources", "Cannot share memory: the system has not so much");
  auto share = std::make_unique<Share>(Share{&environment, block});
  napi_value memory = nullptr;
  const napi_status status = napi_create_external_arraybuffer(env, block->data, static_cast<size_t>(bytes), OnCollected, share.get(), &memory);
  if (status == napi_no_external_buffers_allowed) {
    // Then it is memory of JS, which Python sees as it sees that of any ArrayBuffer.
    void* data = nullptr;
    if (napi_create_arraybuffer(env, static_cast<size_t>(bytes), &data, &memory) == napi_ok) return memory;
  }
  if (status != napi_ok) {
    TakeThrown(env);
    return ThrowFailure(environment, "out-of-resources", "Cannot share memory: the runtime made no ArrayBuffer");
  }
  AddMemoryOwner(block->data, static_cast<size_t>(bytes), block);
  [[maybe_unused]] Share* kept = share.release();  // OnCollected() deletes it
  return memory;
}

}  // namespace interloop
