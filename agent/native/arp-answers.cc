#include "arp-answers.h"

#include <cstring>

namespace {

// Offsets in a frame, RFC 826 behind the Ethernet header.
constexpr size_t kSource = 6;
constexpr size_t kType = 12;
constexpr size_t kOperation = 20;
constexpr size_t kSenderMac = 22;
constexpr size_t kSenderIp = 28;
constexpr size_t kTargetMac = 32;
constexpr size_t kTargetIp = 38;

constexpr uint8_t kBroadcast[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
constexpr uint8_t kNobody[] = {0, 0, 0, 0, 0, 0};
// EtherType ARP, hardware Ethernet, protocol IPv4, lengths of 6 and 4; the operation follows.
constexpr uint8_t kArp[] = {0x08, 0x06, 0, 1, 0x08, 0, 6, 4};
constexpr uint8_t kRequest[] = {0, 1};
constexpr uint8_t kReply[] = {0, 2};

template <size_t N>
bool Is(const uint8_t* at, const uint8_t (&bytes)[N]) {
  return memcmp(at, bytes, N) == 0;
}

}  // namespace

void ArpAnswers::Set(const uint8_t* own, const uint8_t* table, size_t size) {
  memcpy(own_, own, kMac);
  table_.assign(table, table + size);
}

bool ArpAnswers::Reply(const uint8_t* frame, size_t size, uint8_t* reply) const {
  if (table_.empty() || size < kArpFrame) return false;
  const uint8_t* sender = frame + kSenderMac;
  if (!Is(frame + kType, kArp) || !Is(frame + kOperation, kRequest)) return false;
  // An answer would go to many stations, or to none.
  if ((sender[0] & 1) != 0 || Is(sender, kNobody)) return false;
  if (Is(frame + kSource, own_) || (!Is(frame, kBroadcast) && !Is(frame, own_))) return false;
  const uint8_t* mac = Find(frame + kTargetIp);
  if (mac == nullptr) return false;
  memcpy(reply, sender, kMac);
  memcpy(reply + kSource, own_, kMac);
  memcpy(reply + kType, kArp, sizeof kArp);
  memcpy(reply + kOperation, kReply, sizeof kReply);
  memcpy(reply + kSenderMac, mac, kMac);
  memcpy(reply + kSenderIp, frame + kTargetIp, 4);
  memcpy(reply + kTargetMac, sender, kMac);
  memcpy(reply + kTargetIp, frame + kSenderIp, 4);
  return true;
}

// The MAC of the address, nullptr where it is not in the table.
const uint8_t* ArpAnswers::Find(const uint8_t* address) const {
  size_t low = 0, high = table_.size() / kEntry;
  while (low < high) {
    size_t middle = (low + high) / 2;
    const uint8_t* entry = table_.data() + middle * kEntry;
    int order = memcmp(address, entry, 4);
    if (order == 0) return entry + 4;
    if (order < 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return nullptr;
}
