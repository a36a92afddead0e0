// One line a noun: each adds its functions to what the addon exports.
#pragma once

#include <node_api.h>

void RegisterBfd(napi_env env, napi_value exports);
void RegisterCaps(napi_env env, napi_value exports);
void RegisterDatagram(napi_env env, napi_value exports);
void RegisterGcm(napi_env env, napi_value exports);
void RegisterGroup(napi_env env, napi_value exports);
void RegisterHeartbeat(napi_env env, napi_value exports);
void RegisterLink(napi_env env, napi_value exports);
void RegisterMemory(napi_env env, napi_value exports);
void RegisterPacket(napi_env env, napi_value exports);
void RegisterStream(napi_env env, napi_value exports);
