// Packet sockets: one EtherType on one interface, behind a BPF filter. packet(7), socket filter: bpf(4) and
// Documentation/networking/filter.rst of Linux.
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "age.h"
#include "arp-answers.h"
#include "licence.h"
#include "nouns.h"
#include "received.h"
#include "watched.h"

namespace {

constexpr napi_type_tag kTag = {0x6f0f2c7d3b9e4a51, 0x9d1c5e8a7b204f63};
// Frames handed over before other work of the loop gets its turn; the rest is read on the next turn.
constexpr int kBatch = 64;
constexpr uint32_t kFrameMin = 14;
// Room for jumbo frames.
constexpr uint32_t kFrameMax = 16384;
// 20,480 bytes is the smallest net.core.optmem_max in use; the kernel's own limit (BPF_MAXINSNS) is 4,096.
constexpr size_t kFilterMax = 2000;
// Of the errno that tells what became of a reply: there was none.
constexpr int kUnanswered = -1;

int Attach(int fd, const Bytes& program) {
  sock_filter instructions[kFilterMax];
  memcpy(instructions, program.data, program.size);
  sock_fprog filter = {static_cast<unsigned short>(program.size / sizeof(sock_filter)), instructions};
  return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0 ? 0 : errno;
}

bool ReadProgram(napi_env env, const Arguments& arguments, size_t index, Bytes* program) {
  if (!arguments.Buffer(index, "filter", program)) return false;
  size_t count = program->size / sizeof(sock_filter);
  if (program->size % sizeof(sock_filter) == 0 && count >= 1 && count <= kFilterMax) return true;
  ThrowArgument(env, "filter must be 1 to 2000 instructions of 8 bytes");
  return false;
}

class Packet : public Watched {
 public:
  Packet(uint32_t interface, uint32_t frame_max) : Watched(kTag), interface_(interface), frame_max_(frame_max) {}
  uint32_t interface() const { return interface_; }
  ArpAnswers* answers() { return &answers_; }
  void License(const Licence& licence) { licence_ = licence; }

  // 0 or the errno.
  int Write(const uint8_t* frame, size_t size) {
    return send(fd(), frame, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
  }

 protected:
  bool Readable() override {
    uint8_t buffer[kFrameMax];
    for (int taken = 0; taken < kBatch; taken++) {
      sockaddr_ll from = {};
      Received<> received;
      // MSG_TRUNC: the length on the wire, also where it is more than the buffer takes.
      ssize_t size = received.Take(fd(), buffer, frame_max_, &from, MSG_TRUNC);
      if (size < 0) {
        if (errno == EAGAIN || errno == EINTR) return taken > 0;
        Faulted(errno);
        return true;
      }
      // The kernel shows packets that this host sends to sockets of all protocols.
      if (from.sll_pkttype == PACKET_OUTGOING) continue;
      double age = received.Age();
      int answered = Answer(buffer, static_cast<size_t>(size), age);
      if (!Deliver(buffer, static_cast<size_t>(size), from.sll_pkttype, age, answered)) return true;
    }
    return true;
  }

  void Faulted(int error) override {
    napi_value values[] = {Number(env_, error)};
    Call(1, values);
  }

 private:
  int Answer(const uint8_t* data, size_t wire_size, double age) {
    uint8_t reply[kArpFrame];
    if (!answers_.Reply(data, wire_size < frame_max_ ? wire_size : frame_max_, reply)) return kUnanswered;
    return licence_.Covers(age) ? Write(reply, sizeof reply) : kUnanswered;
  }

  bool Deliver(const uint8_t* data, size_t wire_size, unsigned char type, double age, int answered) {
    napi_handle_scope scope;
    if (napi_open_handle_scope(env_, &scope) != napi_ok) return false;
    size_t size = wire_size < frame_max_ ? wire_size : frame_max_;
    napi_value frame;
    bool go_on = false;
    if (napi_create_buffer_copy(env_, size, data, nullptr, &frame) == napi_ok) {
      napi_value values[] = {Number(env_, 0), frame, Number(env_, type), Number(env_, static_cast<double>(wire_size)),
                             Number(env_, age), Number(env_, answered)};
      go_on = Call(6, values);
    }
    napi_close_handle_scope(env_, scope);
    return go_on;
  }

  const uint32_t interface_;
  const uint32_t frame_max_;
  ArpAnswers answers_;
  Licence licence_;
};

Packet* FromFirst(const Arguments& arguments, napi_env env) {
  return static_cast<Packet*>(Watched::From(arguments, env, 0, kTag));
}

// packetOpen(interfaceIndex, etherType, frameMax, filter, callback): handle
napi_value Open(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  uint32_t interface, ether_type, frame_max;
  Bytes program;
  napi_value callback;
  if (!arguments.Uint32(0, "interfaceIndex", 1, INT32_MAX, &interface) ||
      !arguments.Uint32(1, "etherType", 0x0600, 0xffff, &ether_type) ||
      !arguments.Uint32(2, "frameMax", kFrameMin, kFrameMax, &frame_max) ||
      !ReadProgram(env, arguments, 3, &program) || !arguments.Function(4, "callback", &callback)) {
    return nullptr;
  }
  // Protocol 0 hears nothing: no frame can come in before the filter is there and the interface is chosen.
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return ThrowSystem(env, errno, "socket(AF_PACKET)");
  if (int error = Attach(fd, program)) {
    close(fd);
    return ThrowSystem(env, error, "setsockopt(SO_ATTACH_FILTER)");
  }
  if (AskForAge(fd) != 0) {
    int error = errno;
    close(fd);
    return ThrowSystem(env, error, "setsockopt(SO_TIMESTAMPNS)");
  }
  sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(static_cast<uint16_t>(ether_type));
  address.sll_ifindex = static_cast<int>(interface);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    int error = errno;
    close(fd);
    return ThrowSystem(env, error, "bind(AF_PACKET)");
  }
  return (new Packet(interface, frame_max))->Start(env, fd, callback);
}

// packetSend(handle, frame): 0 or the errno
napi_value Send(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Bytes frame;
  Packet* packet = FromFirst(arguments, env);
  if (packet == nullptr || !arguments.Buffer(1, "frame", &frame)) return nullptr;
  return Number(env, packet->open() ? packet->Write(frame.data, frame.size) : EBADF);
}

// packetAnswers(handle, mac, table): requests that are answered before they are told, and with which MAC.
napi_value Answers(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Bytes mac, table;
  Packet* packet = FromFirst(arguments, env);
  if (packet == nullptr || !arguments.Buffer(1, "mac", &mac) || !arguments.Buffer(2, "table", &table)) return nullptr;
  if (mac.size != ArpAnswers::kMac) return ThrowArgument(env, "mac must be 6 bytes");
  if (table.size % ArpAnswers::kEntry != 0) return ThrowArgument(env, "table must be entries of 10 bytes");
  packet->answers()->Set(mac.data, table.data, table.size);
  return Undefined(env);
}

// packetLicense(handle, until, since, freshFor): when they are; milliseconds, of CLOCK_MONOTONIC.
napi_value License(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Licence licence;
  Packet* packet = FromFirst(arguments, env);
  if (packet == nullptr || !arguments.Double(1, "until", &licence.until) ||
      !arguments.Double(2, "since", &licence.since) || !arguments.Double(3, "freshFor", &licence.fresh_for)) {
    return nullptr;
  }
  packet->License(licence);
  return Undefined(env);
}

// packetFilter(handle, filter): replaces the filter, no frame slips through in between.
napi_value Filter(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  Bytes program;
  Packet* packet = FromFirst(arguments, env);
  if (packet == nullptr || !ReadProgram(env, arguments, 1, &program)) return nullptr;
  int error = packet->open() ? Attach(packet->fd(), program) : EBADF;
  return error == 0 ? Undefined(env) : ThrowSystem(env, error, "setsockopt(SO_ATTACH_FILTER)");
}

napi_value Membership(napi_env env, napi_callback_info info, int option, const char* name) {
  Arguments arguments(env, info);
  Bytes mac;
  Packet* packet = FromFirst(arguments, env);
  if (packet == nullptr || !arguments.Buffer(1, "mac", &mac)) return nullptr;
  if (mac.size != ETH_ALEN) return ThrowArgument(env, "mac must be 6 bytes");
  packet_mreq request = {};
  request.mr_ifindex = static_cast<int>(packet->interface());
  request.mr_type = PACKET_MR_MULTICAST;
  request.mr_alen = ETH_ALEN;
  memcpy(request.mr_address, mac.data, ETH_ALEN);
  if (!packet->open()) return ThrowSystem(env, EBADF, name);
  if (setsockopt(packet->fd(), SOL_PACKET, option, &request, sizeof request) != 0) {
    return ThrowSystem(env, errno, name);
  }
  return Undefined(env);
}

// packetJoin(handle, mac), packetLeave(handle, mac): a multicast address the interface is to let in.
napi_value Join(napi_env env, napi_callback_info info) {
  return Membership(env, info, PACKET_ADD_MEMBERSHIP, "setsockopt(PACKET_ADD_MEMBERSHIP)");
}

napi_value Leave(napi_env env, napi_callback_info info) {
  return Membership(env, info, PACKET_DROP_MEMBERSHIP, "setsockopt(PACKET_DROP_MEMBERSHIP)");
}

napi_value Close(napi_env env, napi_callback_info info) { return CloseWatched(env, info, kTag); }

}  // namespace

void RegisterPacket(napi_env env, napi_value exports) {
  SetFunction(env, exports, "packetOpen", Open);
  SetFunction(env, exports, "packetSend", Send);
  SetFunction(env, exports, "packetAnswers", Answers);
  SetFunction(env, exports, "packetLicense", License);
  SetFunction(env, exports, "packetFilter", Filter);
  SetFunction(env, exports, "packetJoin", Join);
  SetFunction(env, exports, "packetLeave", Leave);
  SetFunction(env, exports, "packetClose", Close);
}
