// The plain case of an ARP request, answered before JavaScript hears of it: there an answer takes 90 us on a process that was idle, here one. Who has
// what is told from there, and which requests are plain is what agent/core/arp/responder.ts says of them: test/native compares the two.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

constexpr size_t kArpFrame = 42;

class ArpAnswers {
 public:
  static constexpr size_t kMac = 6;
  // An IPv4 address and the MAC that it is at.
  static constexpr size_t kEntry = 4 + kMac;
  // `own`: the interface's MAC. `table`: entries, ascending by address.
  void Set(const uint8_t* own, const uint8_t* table, size_t size);
  // Whether the frame is a request that the table answers; then the reply is in `reply`, of kArpFrame bytes.
  bool Reply(const uint8_t* frame, size_t size, uint8_t* reply) const;

 private:
  const uint8_t* Find(const uint8_t* address) const;
  uint8_t own_[kMac] = {};
  std::vector<uint8_t> table_;
};
