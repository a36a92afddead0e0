// Multicast groups of IPv6 that an interface is to be a member of: the kernel tells the link's routers and switches (MLD, RFC 2710
// and 3810) and lets the frames in. ipv6(7).
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "nouns.h"
#include "watched.h"

namespace {

constexpr napi_type_tag kTag = {0x7d40b6e2913fc85a, 0xc3a98f1507e24bd6};

// Never bound to a port: it holds memberships and hears nothing.
class Groups : public Watched {
 public:
  Groups() : Watched(kTag) {}

 protected:
  bool Readable() override { return false; }
  void Faulted(int error) override {
    napi_value values[] = {Number(env_, error)};
    Call(1, values);
  }
};

// groupOpen(faulted): handle
napi_value Open(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  napi_value callback;
  if (!arguments.Function(0, "callback", &callback)) return nullptr;
  int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return ThrowSystem(env, errno, "socket(AF_INET6)");
  return (new Groups())->Start(env, fd, callback);
}

// 0 or the errno
napi_value Membership(napi_env env, napi_callback_info info, int option) {
  Arguments arguments(env, info);
  uint32_t interface;
  Bytes group;
  Watched* groups = Watched::From(arguments, env, 0, kTag);
  if (groups == nullptr || !arguments.Uint32(1, "interfaceIndex", 1, INT32_MAX, &interface) ||
      !arguments.Buffer(2, "group", &group)) {
    return nullptr;
  }
  if (group.size != sizeof(in6_addr)) return ThrowArgument(env, "group must be 16 bytes");
  if (!groups->open()) return Number(env, EBADF);
  ipv6_mreq request = {};
  memcpy(&request.ipv6mr_multiaddr, group.data, sizeof(in6_addr));
  request.ipv6mr_interface = interface;
  return Number(env, setsockopt(groups->fd(), IPPROTO_IPV6, option, &request, sizeof request) == 0 ? 0 : errno);
}

// groupJoin(handle, interfaceIndex, group), groupLeave(handle, interfaceIndex, group): 0 or the errno
napi_value Join(napi_env env, napi_callback_info info) { return Membership(env, info, IPV6_JOIN_GROUP); }
napi_value Leave(napi_env env, napi_callback_info info) { return Membership(env, info, IPV6_LEAVE_GROUP); }

napi_value Close(napi_env env, napi_callback_info info) { return CloseWatched(env, info, kTag); }

}  // namespace

void RegisterGroup(napi_env env, napi_value exports) {
  SetFunction(env, exports, "groupOpen", Open);
  SetFunction(env, exports, "groupJoin", Join);
  SetFunction(env, exports, "groupLeave", Leave);
  SetFunction(env, exports, "groupClose", Close);
}
