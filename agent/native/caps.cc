// Capabilities of the calling thread: capabilities(7), capset(2). libcap would be one more library in the image.
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "nouns.h"
#include "values.h"

namespace {

struct Sets {
  uint64_t effective;
  uint64_t permitted;
  uint64_t inheritable;
};

uint64_t Join(uint32_t low, uint32_t high) { return static_cast<uint64_t>(high) << 32 | low; }

int Read(Sets* sets) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, data) != 0) return errno;
  sets->effective = Join(data[0].effective, data[1].effective);
  sets->permitted = Join(data[0].permitted, data[1].permitted);
  sets->inheritable = Join(data[0].inheritable, data[1].inheritable);
  return 0;
}

int Write(const Sets& sets) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  for (int word = 0; word < 2; word++) {
    data[word].effective = static_cast<uint32_t>(sets.effective >> (32 * word));
    data[word].permitted = static_cast<uint32_t>(sets.permitted >> (32 * word));
    data[word].inheritable = static_cast<uint32_t>(sets.inheritable >> (32 * word));
  }
  return syscall(SYS_capset, &header, data) == 0 ? 0 : errno;
}

napi_value Report(napi_env env, const Sets& sets) {
  napi_value report, effective, permitted;
  if (napi_create_object(env, &report) != napi_ok ||
      napi_create_bigint_uint64(env, sets.effective, &effective) != napi_ok ||
      napi_create_bigint_uint64(env, sets.permitted, &permitted) != napi_ok) {
    return nullptr;
  }
  SetProperty(env, report, "effective", effective);
  SetProperty(env, report, "permitted", permitted);
  return report;
}

// capsHeld(): { effective, permitted } as bit sets
napi_value Held(napi_env env, napi_callback_info) {
  Sets sets;
  int error = Read(&sets);
  return error == 0 ? Report(env, sets) : ThrowSystem(env, error, "capget");
}

// capsRaise(wanted): what of `wanted` is permitted becomes effective; the sets after it
napi_value Raise(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint64_t wanted;
  if (!arguments.Uint64(0, "wanted", &wanted)) return nullptr;
  Sets sets;
  if (int error = Read(&sets)) return ThrowSystem(env, error, "capget");
  uint64_t missing = wanted & sets.permitted & ~sets.effective;
  if (missing != 0) {
    sets.effective |= missing;
    if (int error = Write(sets)) return ThrowSystem(env, error, "capset");
  }
  return Report(env, sets);
}

}  // namespace

void RegisterCaps(napi_env env, napi_value exports) {
  SetFunction(env, exports, "capsHeld", Held);
  SetFunction(env, exports, "capsRaise", Raise);
}
