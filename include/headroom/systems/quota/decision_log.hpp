#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::uint64_t
#include <string>   // std::string
#include <utility>  // std::move
#include <vector>   // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/config.hpp>

namespace headroom::quota {

/// One decision in one sentence.
struct logged_decision {
  std::uint64_t iteration = 0;
  std::string sentence;
};

/// The last decisions, oldest first. The log has a fixed size, because a controller runs for months: the oldest are
/// dropped and counted.
class decision_log {
 public:
  explicit decision_log(std::size_t capacity = 256) : capacity_(capacity) {
    require(capacity >= 1 && capacity <= 10'000'000, "decision_log", "capacity", capacity, "be from 1 to 10000000");
  }

  void add(std::uint64_t iteration, std::string sentence) {
    if (entries_.size() < capacity_) {
      entries_.push_back({iteration, std::move(sentence)});
      return;
    }
    entries_[oldest_] = {iteration, std::move(sentence)};
    oldest_ = (oldest_ + 1) % capacity_;
    ++dropped_;
  }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] const logged_decision& operator[](std::size_t i) const {
    HEADROOM_ASSERT(i < entries_.size(), "decision_log: index beyond the end");
    return entries_[(oldest_ + i) % entries_.size()];
  }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }

 private:
  std::size_t capacity_;
  std::vector<logged_decision> entries_;
  std::size_t oldest_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace headroom::quota
