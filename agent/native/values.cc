#include "values.h"

#include <uv.h>

#include <cstdio>

napi_value ThrowSystem(napi_env env, int error, const char* syscall) {
  char text[256];
  snprintf(text, sizeof text, "%s: %s, %s", uv_err_name(-error), uv_strerror(-error), syscall);
  napi_value thrown;
  if (napi_create_error(env, String(env, uv_err_name(-error)), String(env, text), &thrown) != napi_ok) return nullptr;
  SetProperty(env, thrown, "errno", Number(env, -error));
  SetProperty(env, thrown, "syscall", String(env, syscall));
  napi_throw(env, thrown);
  return nullptr;
}

napi_value ThrowArgument(napi_env env, const char* message) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", message);
  return nullptr;
}

Arguments::Arguments(napi_env env, napi_callback_info info) : env_(env) {
  size_t count = kMax;
  // Node fills what the caller left out with undefined, which no reader below accepts.
  if (napi_get_cb_info(env, info, &count, values_, nullptr, nullptr) != napi_ok) {
    for (auto& value : values_) value = Undefined(env);
  }
}

bool Arguments::Wrong(const char* name, const char* wanted) const {
  char text[160];
  snprintf(text, sizeof text, "%s must be %s", name, wanted);
  ThrowArgument(env_, text);
  return false;
}

bool Arguments::Uint32(size_t index, const char* name, uint32_t min, uint32_t max, uint32_t* out) const {
  double value;
  if (napi_get_value_double(env_, values_[index], &value) == napi_ok && value >= min && value <= max) {
    *out = static_cast<uint32_t>(value);
    if (*out == value) return true;
  }
  char wanted[64];
  snprintf(wanted, sizeof wanted, "an integer from %u to %u", min, max);
  return Wrong(name, wanted);
}

bool Arguments::Uint64(size_t index, const char* name, uint64_t* out) const {
  bool lossless = false;
  if (napi_get_value_bigint_uint64(env_, values_[index], out, &lossless) == napi_ok && lossless) return true;
  return Wrong(name, "a bigint from 0 to 2^64-1");
}

bool Arguments::Double(size_t index, const char* name, double* out) const {
  if (napi_get_value_double(env_, values_[index], out) == napi_ok && *out == *out) return true;
  return Wrong(name, "a number");
}

bool Arguments::Buffer(size_t index, const char* name, Bytes* out) const {
  bool typed = false;
  napi_typedarray_type type;
  void* data;
  if (napi_is_typedarray(env_, values_[index], &typed) == napi_ok && typed &&
      napi_get_typedarray_info(env_, values_[index], &type, &out->size, &data, nullptr, nullptr) == napi_ok &&
      type == napi_uint8_array) {
    out->data = static_cast<const uint8_t*>(data);
    return true;
  }
  return Wrong(name, "a Uint8Array");
}

bool Arguments::Function(size_t index, const char* name, napi_value* out) const {
  napi_valuetype type;
  if (napi_typeof(env_, values_[index], &type) == napi_ok && type == napi_function) {
    *out = values_[index];
    return true;
  }
  return Wrong(name, "a function");
}

napi_value Undefined(napi_env env) {
  napi_value value = nullptr;
  napi_get_undefined(env, &value);
  return value;
}

napi_value Number(napi_env env, double number) {
  napi_value value = nullptr;
  napi_create_double(env, number, &value);
  return value;
}

napi_value String(napi_env env, const char* text) {
  napi_value value = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &value);
  return value;
}

void SetProperty(napi_env env, napi_value object, const char* name, napi_value value) {
  if (value != nullptr) napi_set_named_property(env, object, name, value);
}

void SetFunction(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value value;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value) == napi_ok) {
    napi_set_named_property(env, exports, name, value);
  }
}
