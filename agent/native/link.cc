// The host's interfaces and their addresses, read and watched over one kind of socket: rtnetlink(7).
#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "nouns.h"
#include "watched.h"

namespace {

constexpr napi_type_tag kTag = {0x2b7e151628aed2a6, 0xabf7158809cf4f3c};
// One datagram of a dump: the kernel fills at most 32 KiB.
constexpr size_t kDatagramMax = 65536;
// A dump that interfaces changed under is read again; the last one stands, its change is an event of its own.
constexpr int kDumpAttempts = 4;
// Events drained in one wake-up; they all say the same, so the rest may wait a turn.
constexpr int kEventBatch = 256;

int OpenRoute(uint32_t groups, int flags) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);
  if (fd < 0) return -1;
  sockaddr_nl address = {};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

struct List {
  napi_env env;
  napi_value array;
  uint32_t length = 0;

  void Append(napi_value item) { napi_set_element(env, array, length++, item); }
};

void SetMac(napi_env env, napi_value object, const rtattr* attribute) {
  if (RTA_PAYLOAD(attribute) != 6) return;
  auto* mac = static_cast<const uint8_t*>(RTA_DATA(attribute));
  char text[18];
  snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
  SetProperty(env, object, "mac", String(env, text));
}

double Uint32Of(const rtattr* attribute) {
  uint32_t value = 0;
  if (RTA_PAYLOAD(attribute) >= sizeof value) memcpy(&value, RTA_DATA(attribute), sizeof value);
  return value;
}

void AppendLink(List* list, const nlmsghdr* message) {
  auto* link = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
  napi_env env = list->env;
  napi_value item;
  if (napi_create_object(env, &item) != napi_ok) return;
  SetProperty(env, item, "index", Number(env, link->ifi_index));
  SetProperty(env, item, "flags", Number(env, link->ifi_flags));
  SetProperty(env, item, "hardware", Number(env, link->ifi_type));
  int left = static_cast<int>(IFLA_PAYLOAD(message));
  for (const rtattr* attribute = IFLA_RTA(link); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    switch (attribute->rta_type) {
      case IFLA_IFNAME: {
        // The kernel ends the name with a zero; strnlen for the day it does not.
        auto* name = static_cast<const char*>(RTA_DATA(attribute));
        napi_value text;
        size_t size = strnlen(name, RTA_PAYLOAD(attribute));
        if (napi_create_string_utf8(env, name, size, &text) == napi_ok) SetProperty(env, item, "name", text);
        break;
      }
      case IFLA_ADDRESS:
        SetMac(env, item, attribute);
        break;
      case IFLA_MTU:
        SetProperty(env, item, "mtu", Number(env, Uint32Of(attribute)));
        break;
      case IFLA_MASTER:
        SetProperty(env, item, "master", Number(env, Uint32Of(attribute)));
        break;
    }
  }
  list->Append(item);
}

void AppendAddress(List* list, const nlmsghdr* message) {
  auto* address = static_cast<const ifaddrmsg*>(NLMSG_DATA(message));
  size_t size = address->ifa_family == AF_INET ? 4 : address->ifa_family == AF_INET6 ? 16 : 0;
  const rtattr* local = nullptr;
  int left = static_cast<int>(IFA_PAYLOAD(message));
  for (const rtattr* attribute = IFA_RTA(address); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    // On a point-to-point link IFA_ADDRESS is the other end; IFA_LOCAL is absent for most IPv6 addresses.
    if (attribute->rta_type == IFA_LOCAL || (attribute->rta_type == IFA_ADDRESS && local == nullptr)) local = attribute;
  }
  char text[INET6_ADDRSTRLEN];
  napi_value item;
  if (size == 0 || local == nullptr || RTA_PAYLOAD(local) != size ||
      inet_ntop(address->ifa_family, RTA_DATA(local), text, sizeof text) == nullptr ||
      napi_create_object(list->env, &item) != napi_ok) {
    return;
  }
  SetProperty(list->env, item, "index", Number(list->env, address->ifa_index));
  SetProperty(list->env, item, "address", String(list->env, text));
  SetProperty(list->env, item, "prefixLength", Number(list->env, address->ifa_prefixlen));
  list->Append(item);
}

using Append = void (*)(List*, const nlmsghdr*);

// Reads one whole dump into the list. Returns 0 or the errno; EINTR where the kernel calls the dump inconsistent.
int ReadDump(int fd, uint16_t type, size_t body, Append append, List* list) {
  alignas(nlmsghdr) char buffer[kDatagramMax];
  bool interrupted = false;
  for (;;) {
    ssize_t size = recv(fd, buffer, sizeof buffer, MSG_TRUNC);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    if (static_cast<size_t>(size) > sizeof buffer) return EMSGSIZE;
    size_t left = static_cast<size_t>(size);
    for (auto* message = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      interrupted |= (message->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      if (message->nlmsg_type == NLMSG_DONE) return interrupted ? EINTR : 0;
      if (message->nlmsg_type == NLMSG_ERROR) {
        auto* report = static_cast<nlmsgerr*>(NLMSG_DATA(message));
        return message->nlmsg_len >= NLMSG_LENGTH(sizeof *report) && report->error != 0 ? -report->error : EPROTO;
      }
      if (message->nlmsg_type == type && message->nlmsg_len >= NLMSG_LENGTH(body)) append(list, message);
    }
  }
}

int RequestDump(int fd, uint16_t type) {
  struct {
    nlmsghdr header;
    ifinfomsg body;
    rtattr attribute;
    uint32_t mask;
  } request = {};
  request.header.nlmsg_type = type;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.header.nlmsg_len = sizeof request;
  request.attribute.rta_type = IFLA_EXT_MASK;
  request.attribute.rta_len = RTA_LENGTH(sizeof request.mask);
  // Counters are most of a dump and nothing here reads them.
  request.mask = RTEXT_FILTER_SKIP_STATS;
  if (type == RTM_GETADDR) request.header.nlmsg_len = NLMSG_LENGTH(sizeof(ifaddrmsg));
  return send(fd, &request, request.header.nlmsg_len, 0) < 0 ? errno : 0;
}

// Returns an array, or nullptr after a throw.
napi_value Dump(napi_env env, uint16_t request, uint16_t answer, size_t body, Append append, const char* name) {
  for (int attempt = 1;; attempt++) {
    List list = {env, nullptr};
    if (napi_create_array(env, &list.array) != napi_ok) return nullptr;
    int fd = OpenRoute(0, 0);
    if (fd < 0) return ThrowSystem(env, errno, "socket(AF_NETLINK)");
    int error = RequestDump(fd, request);
    if (error == 0) error = ReadDump(fd, answer, body, append, &list);
    close(fd);
    if (error == 0 || (error == EINTR && attempt == kDumpAttempts)) return list.array;
    if (error != EINTR) return ThrowSystem(env, error, name);
  }
}

// linkDump(): { links, addresses }
napi_value DumpAll(napi_env env, napi_callback_info) {
  napi_value links = Dump(env, RTM_GETLINK, RTM_NEWLINK, sizeof(ifinfomsg), AppendLink, "recv(RTM_GETLINK)");
  if (links == nullptr) return nullptr;
  napi_value addresses = Dump(env, RTM_GETADDR, RTM_NEWADDR, sizeof(ifaddrmsg), AppendAddress, "recv(RTM_GETADDR)");
  napi_value both;
  if (addresses == nullptr || napi_create_object(env, &both) != napi_ok) return nullptr;
  SetProperty(env, both, "links", links);
  SetProperty(env, both, "addresses", addresses);
  return both;
}

class LinkEvents : public Watched {
 public:
  LinkEvents() : Watched(kTag) {}

 protected:
  bool Readable() override {
    bool changed = false;
    int error = 0;
    for (int taken = 0; taken < kEventBatch && error == 0; taken++) {
      char discarded[64];
      // What was told does not matter: the listener reads everything anew.
      if (recv(fd(), discarded, sizeof discarded, MSG_DONTWAIT) >= 0) {
        changed = true;
      } else if (errno != EINTR) {
        error = errno;
      }
    }
    // ENOBUFS: events were lost, which says the same as an event.
    if (error == ENOBUFS) changed = true;
    if (changed) Tell(0);
    if (error != 0 && error != ENOBUFS && error != EAGAIN) Tell(error);
    return error != EAGAIN || changed;
  }

  void Faulted(int error) override { Tell(error == ENOBUFS ? 0 : error); }

 private:
  void Tell(int error) {
    napi_value values[] = {Number(env_, error)};
    Call(1, values);
  }
};

// linkWatch(callback): handle
napi_value Watch(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  napi_value callback;
  if (!arguments.Function(0, "callback", &callback)) return nullptr;
  int fd = OpenRoute(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR, SOCK_NONBLOCK);
  if (fd < 0) return ThrowSystem(env, errno, "socket(AF_NETLINK)");
  return (new LinkEvents())->Start(env, fd, callback);
}

// linkClose(handle)
napi_value Close(napi_env env, napi_callback_info info) { return CloseWatched(env, info, kTag); }

}  // namespace

void RegisterLink(napi_env env, napi_value exports) {
  SetFunction(env, exports, "linkDump", DumpAll);
  SetFunction(env, exports, "linkWatch", Watch);
  SetFunction(env, exports, "linkClose", Close);
}
