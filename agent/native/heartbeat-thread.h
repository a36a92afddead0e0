// The thread of heartbeats. It signs and sends this node's while the event loop turns, and hears those of others: one that is
// like the last of its process is counted and not told, silence is told at once, and everything else is for the event loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "allowance.h"
#include "datagram.h"
#include "ears.h"
#include "heartbeat-packet.h"
#include "thread.h"

// What the event loop is told.
struct HeartbeatNews {
  enum class Kind { kPacket = 0, kSilent = 1, kFault = 2 };
  Kind kind;
  uint32_t ear;
  std::vector<uint8_t> bytes;
  SocketAddress from;
  // Microseconds since the kernel received the packet.
  double age;
  int error;
};

class HeartbeatThread final : public Thread {
 public:
  explicit HeartbeatThread(Instant interval);
  ~HeartbeatThread() { Stop(); }

  bool SetKeys(const Bytes& keys);
  // Microseconds for which no gap between two beats was longer than two intervals; 0 where the last one is longer ago.
  double Steady();
  // The number of the target, or -1 with errno. `packet` has room for sequence and tag.
  int Aim(int fd, const SocketAddress& to, const Bytes& packet);
  void Clear();

  // Takes over the socket. The number of the ear, or -1 with errno.
  int Listen(int fd);
  void Unlisten(uint32_t ear);
  struct Expected {
    // As the process sends it, whatever its sequence and tag.
    Bytes packet;
    // The last one that was taken, and how long ago; what is not above it is told.
    uint64_t sequence;
    Instant heard_ago;
    Instant silence;
  };
  // The number of the watch, or -1 with errno.
  int Expect(uint32_t ear, const Expected& expected);
  // The last heartbeat, and microseconds since then. `end`: the next one is told. False where there is no such watch.
  bool Heard(uint32_t watch, bool end, double* sequence, double* age);
  // What is to be told, in the order in which it happened.
  std::vector<HeartbeatNews> Take();

  struct Counts {
    // `empty`: not sent, since the event loop stood still. `latest`: microseconds that a beat was late, since the last call.
    double sent = 0, empty = 0, failed = 0, latest = 0;
    // Heard and not told; packets that were too many to tell.
    double alike = 0, dropped = 0;
  };
  Counts Read();

 private:
  struct Target {
    int fd;
    SocketAddress to;
    std::vector<uint8_t> packet;
  };
  // Each node is watched by two others; after a partition there are more for a while.
  static constexpr size_t kWatchesMax = 1024;
  static constexpr size_t kQueueMax = 256;
  struct Watch {
    uint32_t ear;
    std::vector<uint8_t> packet;
    uint64_t sequence;
    Instant heard, silence;
    // When silence is to be told (again).
    Instant due;
  };
  Instant NextDue(Instant now) const override;
  void AddPolled(std::vector<pollfd>* polled) const override;
  void Hear() override;
  void Judge(Instant now) override;
  void SendDue(Instant now) override;
  void Release() override;
  bool idle() const { return targets_.empty() && ears_.size() == 0; }
  void HearOne(Ear* ear);
  bool Recognize(const Ear& ear, const uint8_t* bytes, size_t size, Instant at);
  void SendOne(Target* target);
  void Tell(HeartbeatNews news);
  void BeAttentive();

  const Instant interval_;
  BeatKeys keys_;
  uint64_t sequence_ = 0;
  Instant beat_due_;
  // The last beat, and the first one after the last gap.
  Instant beaten_ = 0;
  Instant steady_since_ = 0;
  // BOUNDED by kTargetsMax, kEarsMax, kWatchesMax and kQueueMax.
  std::vector<Target> targets_;
  Ears ears_;
  std::unordered_map<uint32_t, Watch> watches_;
  std::vector<HeartbeatNews> queue_;
  // Until then packets are read as they come, not with the next beat.
  Instant attentive_until_ = 0;
  Allowance allowance_;
  Counts counts_;
};
