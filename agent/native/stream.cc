// TCP sockets with the options that Node has no call for; the descriptor is handed to `net`. tcp(7), ip(7), ipv6(7).
#include <linux/tcp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "nouns.h"
#include "values.h"

#ifndef IP_MINTTL
#define IP_MINTTL 21
#endif
#ifndef IPV6_MINHOPCOUNT
#define IPV6_MINHOPCOUNT 73
#endif

namespace {

// Internetwork control: routers send BGP with it, and queues put it first.
constexpr int kTrafficClass = 0xc0;
constexpr int kSentTtl = 255;

int Set(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) == 0 ? 0 : errno;
}

int SetHops(int fd, bool v6, uint32_t least) {
  int error = v6 ? Set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, kSentTtl) : Set(fd, IPPROTO_IP, IP_TTL, kSentTtl);
  // Old kernels want CAP_NET_ADMIN for it; then the packets wait with all others.
  if (v6) {
    Set(fd, IPPROTO_IPV6, IPV6_TCLASS, kTrafficClass);
  } else {
    Set(fd, IPPROTO_IP, IP_TOS, kTrafficClass);
  }
  if (error != 0 || least == 0) return error;
  int value = static_cast<int>(least);
  return v6 ? Set(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, value) : Set(fd, IPPROTO_IP, IP_MINTTL, value);
}

int BindTo(int fd, const Bytes& address, uint32_t port, uint32_t scope) {
  if (address.size == 4) {
    sockaddr_in v4 = {};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<uint16_t>(port));
    memcpy(&v4.sin_addr, address.data, 4);
    return bind(fd, reinterpret_cast<sockaddr*>(&v4), sizeof v4) == 0 ? 0 : errno;
  }
  sockaddr_in6 v6 = {};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(static_cast<uint16_t>(port));
  v6.sin6_scope_id = scope;
  memcpy(&v6.sin6_addr, address.data, 16);
  return bind(fd, reinterpret_cast<sockaddr*>(&v6), sizeof v6) == 0 ? 0 : errno;
}

struct Wanted {
  uint32_t family;
  uint32_t least_ttl;
  uint32_t port;
  uint32_t scope;
  Bytes device;
  Bytes address;
};

int Prepare(int fd, const Wanted& wanted) {
  bool v6 = wanted.family == 6;
  // An address of IPv4 is never spoken to through a socket of IPv6.
  int error = v6 ? Set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) : 0;
  if (error == 0) error = SetHops(fd, v6, wanted.least_ttl);
  if (error == 0 && wanted.device.size > 0 &&
      setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, wanted.device.data, static_cast<socklen_t>(wanted.device.size)) != 0) {
    error = errno;
  }
  if (error != 0 || wanted.address.size == 0) return error;
  // A port of its own is taken again at once after a restart; any other is chosen together with the peer's.
  error = wanted.port != 0 ? Set(fd, SOL_SOCKET, SO_REUSEADDR, 1) : Set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  // Each connection that comes keeps its first packet, for streamSecure.
  if (error == 0 && wanted.port != 0) error = Set(fd, IPPROTO_TCP, TCP_SAVE_SYN, 1);
  return error != 0 ? error : BindTo(fd, wanted.address, wanted.port, wanted.scope);
}

// streamOpen(family, device, leastTtl, address, port, scope): descriptor
napi_value Open(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Wanted wanted;
  if (!arguments.Uint32(0, "family", 4, 6, &wanted.family) || !arguments.Buffer(1, "device", &wanted.device) ||
      !arguments.Uint32(2, "leastTtl", 0, 255, &wanted.least_ttl) ||
      !arguments.Buffer(3, "address", &wanted.address) || !arguments.Uint32(4, "port", 0, 65535, &wanted.port) ||
      !arguments.Uint32(5, "scope", 0, INT32_MAX, &wanted.scope)) {
    return nullptr;
  }
  if (wanted.family == 5) return ThrowArgument(env, "family must be 4 or 6");
  if (wanted.device.size >= IFNAMSIZ) return ThrowArgument(env, "device must be shorter than 16 bytes");
  if (wanted.address.size != 0 && wanted.address.size != (wanted.family == 6 ? 16u : 4u)) {
    return ThrowArgument(env, "address must be of the family, or empty");
  }
  int fd = socket(wanted.family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return ThrowSystem(env, errno, "socket(TCP)");
  int error = Prepare(fd, wanted);
  if (error == 0) return Number(env, fd);
  close(fd);
  return ThrowSystem(env, error, "bind(TCP)");
}

// streamKey(descriptor, address, key): the peer's segments must be signed with it (RFC 2385); an empty key ends that
napi_value Key(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t fd;
  Bytes address;
  Bytes key;
  if (!arguments.Uint32(0, "descriptor", 0, INT32_MAX, &fd) || !arguments.Buffer(1, "address", &address) ||
      !arguments.Buffer(2, "key", &key)) {
    return nullptr;
  }
  if (address.size != 4 && address.size != 16) return ThrowArgument(env, "address must be 4 or 16 bytes");
  if (key.size > TCP_MD5SIG_MAXKEYLEN) return ThrowArgument(env, "key must be at most 80 bytes");
  tcp_md5sig signature = {};
  if (address.size == 4) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&signature.tcpm_addr);
    v4->sin_family = AF_INET;
    memcpy(&v4->sin_addr, address.data, 4);
  } else {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&signature.tcpm_addr);
    v6->sin6_family = AF_INET6;
    memcpy(&v6->sin6_addr, address.data, 16);
  }
  signature.tcpm_keylen = static_cast<uint16_t>(key.size);
  memcpy(signature.tcpm_key, key.data, key.size);
  int set = setsockopt(static_cast<int>(fd), IPPROTO_TCP, TCP_MD5SIG, &signature, sizeof signature);
  int error = set == 0 ? 0 : errno;
  explicit_bzero(&signature, sizeof signature);
  // There was none to end.
  if (error == 0 || (error == ENOENT && key.size == 0)) return Undefined(env);
  return ThrowSystem(env, error, "setsockopt(TCP_MD5SIG)");
}

// streamSecure(descriptor, leastTtl): TTL or hop limit of the first packet of an accepted connection, 0 where it was not kept; from now on
// only packets with `leastTtl` or more are taken (RFC 5082)
napi_value Secure(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t fd;
  uint32_t least;
  if (!arguments.Uint32(0, "descriptor", 0, INT32_MAX, &fd) || !arguments.Uint32(1, "leastTtl", 1, 255, &least)) {
    return nullptr;
  }
  int handle = static_cast<int>(fd);
  int domain = 0;
  socklen_t size = sizeof domain;
  if (getsockopt(handle, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) {
    return ThrowSystem(env, errno, "getsockopt(SO_DOMAIN)");
  }
  bool v6 = domain == AF_INET6;
  int error = SetHops(handle, v6, least);
  if (error != 0) return ThrowSystem(env, error, "setsockopt(IP_MINTTL)");
  uint8_t packet[128];
  size = sizeof packet;
  // A connection that came by a SYN cookie has none.
  if (getsockopt(handle, IPPROTO_TCP, TCP_SAVED_SYN, packet, &size) != 0) {
    return ThrowSystem(env, errno, "getsockopt(TCP_SAVED_SYN)");
  }
  // RFC 791 section 3.1, RFC 8200 section 3.
  constexpr size_t kTtlAt = 8;
  constexpr size_t kHopLimitAt = 7;
  return Number(env, size <= kTtlAt ? 0 : packet[v6 ? kHopLimitAt : kTtlAt]);
}

// streamClose(descriptor): of a socket that was not handed over
napi_value Close(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t fd;
  if (arguments.Uint32(0, "descriptor", 0, INT32_MAX, &fd)) close(static_cast<int>(fd));
  return nullptr;
}

}  // namespace

void RegisterStream(napi_env env, napi_value exports) {
  SetFunction(env, exports, "streamOpen", Open);
  SetFunction(env, exports, "streamKey", Key);
  SetFunction(env, exports, "streamSecure", Secure);
  SetFunction(env, exports, "streamClose", Close);
}
