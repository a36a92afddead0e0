// What every noun of the addon needs to talk to JavaScript: arguments in, values and errors out.
#pragma once

#include <node_api.h>

#include <cstddef>
#include <cstdint>

// Throws what Node itself would throw for a failed system call: "EPERM: operation not permitted, socket(AF_PACKET)"
// with the properties code, errno (negative) and syscall. Returns nullptr, for `return ThrowSystem(...)`.
napi_value ThrowSystem(napi_env env, int error, const char* syscall);

// Throws a TypeError with code ERR_INVALID_ARG_TYPE. Returns nullptr.
napi_value ThrowArgument(napi_env env, const char* message);

struct Bytes {
  const uint8_t* data;
  size_t size;
};

// The arguments of one call. Each reader returns false after it has thrown a TypeError that says what is wanted.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info);
  bool Uint32(size_t index, const char* name, uint32_t min, uint32_t max, uint32_t* out) const;
  bool Uint64(size_t index, const char* name, uint64_t* out) const;
  // Any number but NaN.
  bool Double(size_t index, const char* name, double* out) const;
  // A view of a Uint8Array: valid only until JavaScript runs again.
  bool Buffer(size_t index, const char* name, Bytes* out) const;
  bool Function(size_t index, const char* name, napi_value* out) const;
  napi_value At(size_t index) const { return values_[index]; }

 private:
  bool Wrong(const char* name, const char* wanted) const;
  static constexpr size_t kMax = 9;
  napi_env env_;
  napi_value values_[kMax];
};

napi_value Undefined(napi_env env);
napi_value Number(napi_env env, double value);
napi_value String(napi_env env, const char* text);
void SetProperty(napi_env env, napi_value object, const char* name, napi_value value);
void SetFunction(napi_env env, napi_value exports, const char* name, napi_callback function);
