// Holds no state of its own: the same library serves the main thread and every worker at once.
#include <node_api.h>

#include "nouns.h"

NAPI_MODULE_INIT(/* napi_env env, napi_value exports */) {
  RegisterBfd(env, exports);
  RegisterCaps(env, exports);
  RegisterDatagram(env, exports);
  RegisterGcm(env, exports);
  RegisterGroup(env, exports);
  RegisterHeartbeat(env, exports);
  RegisterLink(env, exports);
  RegisterMemory(env, exports);
  RegisterPacket(env, exports);
  RegisterStream(env, exports);
  return exports;
}
