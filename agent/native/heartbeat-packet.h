// What the thread has to know of a heartbeat: where its sequence and its tag stand (core/detector/packet.ts has the whole).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "values.h"

constexpr size_t kBeatMost = 1472;
// Header, one letter each of name and link, and the tag.
constexpr size_t kBeatLeast = 16 + 1 + 2 + 16;

// The first byte of the detector's packets, and the type of a heartbeat in the third.
constexpr uint8_t kBeatMagic = 0xc7;
constexpr uint8_t kBeatType = 1;

// 48 bits.
uint64_t SequenceOf(const uint8_t* packet);
void SetSequence(uint8_t* packet, uint64_t sequence);

// Everything but sequence and tag is the same.
bool Alike(const std::vector<uint8_t>& one, const uint8_t* other, size_t size);

// Keys of HMAC-SHA-256. The first one signs, each of them may have signed what comes.
class BeatKeys {
 public:
  static constexpr size_t kKey = 32;
  static constexpr size_t kMost = 4;
  // One to four keys, one behind the other. False where they are not.
  bool Set(const Bytes& keys);
  // Writes the tag of a packet into its last 16 bytes. False without a key.
  bool Sign(std::vector<uint8_t>* packet) const;
  bool Verify(const uint8_t* packet, size_t size) const;

 private:
  std::vector<std::string> keys_;
};
