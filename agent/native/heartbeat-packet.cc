#include "heartbeat-packet.h"

// Of the OpenSSL that is part of Node.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstring>

namespace {

constexpr size_t kSequenceAt = 10;
constexpr size_t kSequence = 6;
constexpr size_t kTag = 16;

bool Compute(const std::string& key, const uint8_t* packet, size_t size, uint8_t* whole) {
  return HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), packet, size, whole, nullptr) != nullptr;
}

}  // namespace

uint64_t SequenceOf(const uint8_t* packet) {
  uint64_t sequence = 0;
  for (size_t at = 0; at < kSequence; at++) sequence = sequence << 8 | packet[kSequenceAt + at];
  return sequence;
}

void SetSequence(uint8_t* packet, uint64_t sequence) {
  for (size_t at = kSequence; at > 0; at--, sequence >>= 8) packet[kSequenceAt + at - 1] = sequence & 0xff;
}

bool Alike(const std::vector<uint8_t>& one, const uint8_t* other, size_t size) {
  constexpr size_t kBehind = kSequenceAt + kSequence;
  return one.size() == size && size >= kBeatLeast && memcmp(one.data(), other, kSequenceAt) == 0 &&
         memcmp(one.data() + kBehind, other + kBehind, size - kBehind - kTag) == 0;
}

bool BeatKeys::Set(const Bytes& keys) {
  size_t count = keys.size / kKey;
  if (keys.size % kKey != 0 || count == 0 || count > kMost) return false;
  keys_.clear();
  for (size_t at = 0; at < count; at++) keys_.emplace_back(reinterpret_cast<const char*>(keys.data) + at * kKey, kKey);
  return true;
}

bool BeatKeys::Sign(std::vector<uint8_t>* packet) const {
  uint8_t whole[EVP_MAX_MD_SIZE];
  size_t end = packet->size() - kTag;
  if (keys_.empty() || !Compute(keys_.front(), packet->data(), end, whole)) return false;
  memcpy(packet->data() + end, whole, kTag);
  return true;
}

bool BeatKeys::Verify(const uint8_t* packet, size_t size) const {
  uint8_t whole[EVP_MAX_MD_SIZE];
  size_t end = size - kTag;
  for (const std::string& key : keys_) {
    if (Compute(key, packet, end, whole) && CRYPTO_memcmp(whole, packet + end, kTag) == 0) return true;
  }
  return false;
}
