#include "bfd-echo.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "age.h"
#include "received.h"

namespace {

constexpr uint16_t kPort = 3785;
constexpr size_t kIp = 14, kUdp = 34, kBody = 42;
constexpr size_t kFilterMax = 64;
// Sent with 255, and the peer's data path takes one off.
constexpr uint8_t kSentTtl = 255, kReturnedTtl = 254;

void Put16(uint8_t* at, uint16_t value) {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}

void Put32(uint8_t* at, uint32_t value) {
  Put16(at, static_cast<uint16_t>(value >> 16));
  Put16(at + 2, static_cast<uint16_t>(value));
}

uint32_t Get32(const uint8_t* at) {
  return static_cast<uint32_t>(at[0]) << 24 | static_cast<uint32_t>(at[1]) << 16 | static_cast<uint32_t>(at[2]) << 8 |
         at[3];
}

// RFC 1071, over the 20 bytes of an IPv4 header.
uint16_t HeaderSum(const uint8_t* header) {
  uint32_t sum = 0;
  for (size_t at = 0; at < 20; at += 2) sum += static_cast<uint32_t>(header[at]) << 8 | header[at + 1];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

}  // namespace

int Echo::Open(uint32_t interface, const sockaddr_in& local, const sockaddr_in& peer, uint32_t discriminator,
               const Bytes& filter) {
  Close();
  size_t count = filter.size / sizeof(sock_filter);
  if (count == 0 || count > kFilterMax || filter.size % sizeof(sock_filter) != 0) return EINVAL;
  if (if_indextoname(interface, name_) == nullptr) return ENODEV;
  sock_filter instructions[kFilterMax];
  memcpy(instructions, filter.data, filter.size);
  sock_fprog program = {static_cast<unsigned short>(count), instructions};
  sockaddr_ll address = {};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_IP);
  address.sll_ifindex = static_cast<int>(interface);
  ask_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  // Protocol 0 hears nothing: no frame comes in before the filter is there.
  fd_ = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (ask_ < 0 || fd_ < 0 || setsockopt(fd_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0 ||
      AskForAge(fd_) != 0 || bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      getrandom(&secret_, sizeof secret_, 0) != sizeof secret_) {
    int error = errno;
    Close();
    return error;
  }
  interface_ = interface;
  local_ = local;
  peer_ = peer;
  discriminator_ = discriminator;
  return 0;
}

void Echo::Close() {
  if (fd_ >= 0) close(fd_);
  if (ask_ >= 0) close(ask_);
  fd_ = ask_ = -1;
  sequence_ = returned_ = 0;
}

// The kernel knows it, since control packets go there all the time.
bool Echo::FindPeer(uint8_t* mac) const {
  arpreq request = {};
  memcpy(&request.arp_pa, &peer_, sizeof peer_);
  memcpy(request.arp_dev, name_, sizeof request.arp_dev);
  if (ioctl(ask_, SIOCGARP, &request) != 0 || (request.arp_flags & ATF_COM) == 0) return false;
  memcpy(mac, request.arp_ha.sa_data, ETH_ALEN);
  return true;
}

int Echo::Send() {
  uint8_t frame[kEchoFrame] = {};
  ifreq own = {};
  memcpy(own.ifr_name, name_, sizeof name_);
  if (!FindPeer(frame) || ioctl(ask_, SIOCGIFHWADDR, &own) != 0) return ENXIO;
  memcpy(frame + ETH_ALEN, own.ifr_hwaddr.sa_data, ETH_ALEN);
  Put16(frame + 12, ETH_P_IP);
  frame[kIp] = 0x45;
  // Network control, as control packets.
  frame[kIp + 1] = 0xc0;
  Put16(frame + kIp + 2, kEchoFrame - kIp);
  frame[kIp + 8] = kSentTtl;
  frame[kIp + 9] = IPPROTO_UDP;
  memcpy(frame + kIp + 12, &local_.sin_addr, 4);
  memcpy(frame + kIp + 16, &local_.sin_addr, 4);
  Put16(frame + kIp + 10, HeaderSum(frame + kIp));
  Put16(frame + kUdp, kPort);
  Put16(frame + kUdp + 2, kPort);
  // A checksum of 0 says that there is none (RFC 768); what came back is compared byte by byte.
  Put16(frame + kUdp + 4, kEchoFrame - kUdp);
  Put32(frame + kBody, discriminator_);
  Put32(frame + kBody + 4, ++sequence_);
  memcpy(frame + kBody + 8, &secret_, sizeof secret_);
  return send(fd_, frame, sizeof frame, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

int Echo::Receive(double* age) {
  uint8_t frame[128];
  sockaddr_ll from = {};
  Received<> received;
  ssize_t size = received.Take(fd_, frame, sizeof frame, &from);
  if (size < 0) return errno == EAGAIN || errno == EINTR ? -1 : 0;
  *age = received.Age();
  return from.sll_pkttype != PACKET_OUTGOING && IsOurs(frame, static_cast<size_t>(size)) ? 1 : 0;
}

// Each sequence is taken once, and only upwards: a copy that somebody kept is no sign of life.
bool Echo::IsOurs(const uint8_t* frame, size_t size) {
  if (size < kEchoFrame || frame[kIp] != 0x45 || frame[kIp + 8] != kReturnedTtl) return false;
  uint32_t sequence = Get32(frame + kBody + 4);
  if (Get32(frame + kBody) != discriminator_ || memcmp(frame + kBody + 8, &secret_, sizeof secret_) != 0 ||
      sequence <= returned_ || sequence > sequence_) {
    return false;
  }
  returned_ = sequence;
  return true;
}
