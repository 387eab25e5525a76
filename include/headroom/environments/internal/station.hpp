#pragma once

#include <algorithm>  // std::min
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint32_t
#include <limits>     // std::numeric_limits
#include <vector>     // std::vector

#include <headroom/core/config.hpp>
#include <headroom/environments/internal/time_heap.hpp>

namespace headroom::internal {

/// One queue, first come first served, and the requests in service behind it. Either each request in service has a slot
/// of its own and runs at full speed, or they share `cores` processors equally (processor sharing). Both are one thing:
/// a clock of attained service that runs at the speed of one request; a request leaves when this clock reaches what it
/// was at the start plus its size. So an arrival or a departure costs O(log n) under sharing, too. Requests are
/// indices.
class station {
 public:
  static constexpr double never = std::numeric_limits<double>::infinity();

  /// Empties it. `cores` is 0 for a slot each, else how many processors those in service share.
  void reset(double now_s, double cores) {
    in_service_.clear();
    queue_.clear();
    head_ = 0;
    cores_ = cores;
    now_s_ = now_s;
    attained_s_ = cores > 0 ? 0 : now_s;
  }

  [[nodiscard]] std::size_t in_service() const noexcept { return in_service_.size(); }
  /// Entries of the queue, those that have left it without service included.
  [[nodiscard]] std::size_t queued() const noexcept { return queue_.size() - head_; }

  /// When the next request leaves if nothing else happens.
  [[nodiscard]] double next_departure_s() const noexcept {
    if (in_service_.empty()) return never;
    if (!(cores_ > 0)) return in_service_.front().at;
    return now_s_ + (in_service_.front().at - attained_s_) / speed();
  }

  /// Serves until `t_s`, which is not after the next departure.
  void advance(double t_s) noexcept {
    attained_s_ = cores_ > 0 ? attained_s_ + (t_s - now_s_) * speed() : t_s;
    now_s_ = t_s;
  }

  /// Begins to serve a request at the time it was advanced to.
  void serve(std::uint32_t request, double size_s) { push_time(in_service_, {attained_s_ + size_s, request}); }
  /// Takes out the request that leaves next. Only if there is one.
  std::uint32_t depart() {
    HEADROOM_ASSERT(!in_service_.empty(), "station: nothing is in service");
    const std::uint32_t request = in_service_.front().request;
    pop_time(in_service_);
    return request;
  }
  /// Moves the request in place `k` of those in service to another station, with the service that it has left. Both
  /// were advanced to the same time. O(n).
  void move_to(std::size_t k, station& other) {
    const entry e = in_service_[k];
    other.serve(e.request, e.at - attained_s_);
    erase(k);
  }
  /// Ends the service of the request in place `k`, and returns it. O(n).
  std::uint32_t abort(std::size_t k) {
    const std::uint32_t request = in_service_[k].request;
    erase(k);
    return request;
  }

  void enqueue(std::uint32_t request) { queue_.push_back(request); }
  /// Takes out the first of the queue. Only if there is one.
  std::uint32_t dequeue() {
    HEADROOM_ASSERT(queued() > 0, "station: nothing is queued");
    const std::uint32_t request = queue_[head_++];
    if (head_ == queue_.size()) {
      queue_.clear();
      head_ = 0;
    } else if (head_ >= 1024 && 2 * head_ >= queue_.size()) {
      queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    return request;
  }

 private:
  struct entry {
    double at;  // of the clock of attained service
    std::uint32_t request;
  };
  // Of one request: 1, or its share of the processors.
  [[nodiscard]] double speed() const noexcept {
    return std::min(1.0, cores_ / static_cast<double>(in_service_.size()));
  }
  void erase(std::size_t k) {
    in_service_[k] = in_service_.back();
    in_service_.pop_back();
    order_times(in_service_);
  }

  std::vector<entry> in_service_;  // a heap; the next to leave in front
  std::vector<std::uint32_t> queue_;
  std::size_t head_ = 0;
  double cores_ = 0;
  double now_s_ = 0;
  double attained_s_ = 0;
};

}  // namespace headroom::internal
