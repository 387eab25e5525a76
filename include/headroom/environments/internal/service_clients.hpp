#pragma once

#include <algorithm>  // std::pop_heap, std::push_heap
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint8_t, std::uint32_t
#include <limits>     // std::numeric_limits
#include <span>       // std::span
#include <vector>     // std::vector

#include <headroom/environments/service_options.hpp>

namespace headroom::internal {

/// The requests of an episode: when each arrives, how long it is served alone, and how long its client waits. Empty
/// `patience_s`: for ever.
struct service_requests {
  std::span<const double> arrival_s;
  std::span<const double> size_s;
  std::span<const double> patience_s;
};

/// What the clients know of their requests: who waits, who gave up, who will try again. Each try is a request of its
/// own with an index of its own, because the one before may still be in service. Where no client gives up or tries
/// again, nothing is remembered of a request.
class service_clients {
 public:
  static constexpr double never = std::numeric_limits<double>::infinity();
  enum class place : std::uint8_t { outside, waiting, serving, abandoned };

  explicit service_clients(const service_options& o)
      : retries_(o.retries), retry_after_s_(o.retry_after_s), in_service_(o.timeout_in_service) {}

  void reset(const service_requests& requests) {
    requests_ = requests;
    arrived_ = 0;
    tracked_ = !requests.patience_s.empty() || retries_ > 0;
    states_.clear();
    if (tracked_) states_.reserve(requests.arrival_s.size());
    again_.clear();
    timers_.clear();
  }
  void reseat(const service_requests& requests) noexcept { requests_ = requests; }

  /// Whether a client may give up or try again.
  [[nodiscard]] bool tracked() const noexcept { return tracked_; }
  /// When the next request arrives for the first time, the next client tries again, and the next one gives up.
  [[nodiscard]] double arrival_s() const noexcept {
    return arrived_ < requests_.arrival_s.size() ? requests_.arrival_s[arrived_] : never;
  }
  [[nodiscard]] double again_s() const noexcept { return again_.empty() ? never : again_.front().at_s; }
  [[nodiscard]] double give_up_s() const noexcept { return timers_.empty() ? never : timers_.front().at_s; }
  [[nodiscard]] std::size_t trying_again() const noexcept { return again_.size(); }

  /// The request that arrives now, for the first time or again.
  std::uint32_t first_arrival(double now_s) {
    const auto request = static_cast<std::uint32_t>(arrived_++);
    if (!tracked_) return request;
    states_.push_back({0, request, 0, 0, place::outside});
    return arrives(static_cast<std::uint32_t>(states_.size() - 1), now_s);
  }
  std::uint32_t next_try(double now_s) { return arrives(pop(again_), now_s); }

  /// Requests that have arrived, further tries not counted, and whether a request is no further try.
  [[nodiscard]] std::size_t arrived() const noexcept { return arrived_; }
  [[nodiscard]] bool first_try(std::uint32_t request) const noexcept { return request < requests_.arrival_s.size(); }

  [[nodiscard]] double size_s(std::uint32_t request) const noexcept { return requests_.size_s[origin(request)]; }
  [[nodiscard]] double since_s(std::uint32_t request) const noexcept {
    return tracked_ ? states_[request].since_s : requests_.arrival_s[request];
  }

  /// Where a request is. In the plain case every one that is looked at waits or is served.
  void waits(std::uint32_t request, std::size_t station) {
    if (tracked_) {
      states_[request].is = place::waiting;
      states_[request].station = static_cast<std::uint32_t>(station);
    }
  }
  void served(std::uint32_t request) {
    if (tracked_) states_[request].is = place::serving;
  }
  [[nodiscard]] bool still_waits(std::uint32_t request) const noexcept {
    return !tracked_ || states_[request].is == place::waiting;
  }
  [[nodiscard]] std::size_t station(std::uint32_t request) const noexcept { return states_[request].station; }

  /// The answer has come. Returns whether the client still wants it.
  bool answered(std::uint32_t request) {
    if (!tracked_) return true;
    const bool wanted = states_[request].is == place::serving;
    states_[request].is = place::outside;
    return wanted;
  }
  /// The request is lost, to its replica or to a full queue; the client may try again. Returns whether it still wanted
  /// it.
  bool lost(std::uint32_t request, double now_s) {
    if (!tracked_) return true;
    const bool wanted = states_[request].is != place::abandoned;
    states_[request].is = place::outside;
    if (wanted) try_again(request, now_s);
    return wanted;
  }

  struct gave_up {
    bool counts = false;  // somebody gave up: not a timer of a request that was answered long ago
    bool waited = false;  // and left a queue
    std::uint32_t request = 0;
  };
  /// The next timer has run out.
  gave_up give_up(double now_s) {
    const std::uint32_t request = pop(timers_);
    request_state& s = states_[request];
    const bool waited = s.is == place::waiting;
    if (!waited && !(s.is == place::serving && in_service_)) return {};
    s.is = waited ? place::outside : place::abandoned;
    try_again(request, now_s);
    return {true, waited, request};
  }

 private:
  struct request_state {
    double since_s = 0;
    std::uint32_t origin = 0;  // which of the requests it is, or repeats
    std::uint32_t station = 0;
    std::uint8_t tries = 0;  // before this one
    place is = place::outside;
  };
  struct timer {
    double at_s;
    std::uint32_t request;
  };
  static bool later(const timer& a, const timer& b) noexcept { return a.at_s > b.at_s; }
  static void push(std::vector<timer>& heap, timer t) {
    heap.push_back(t);
    std::push_heap(heap.begin(), heap.end(), later);
  }
  static std::uint32_t pop(std::vector<timer>& heap) {
    std::pop_heap(heap.begin(), heap.end(), later);
    const std::uint32_t request = heap.back().request;
    heap.pop_back();
    return request;
  }

  [[nodiscard]] std::size_t origin(std::uint32_t request) const noexcept {
    return tracked_ ? states_[request].origin : request;
  }
  std::uint32_t arrives(std::uint32_t request, double now_s) {
    states_[request].since_s = now_s;
    if (!requests_.patience_s.empty()) {
      const double patience_s = requests_.patience_s[origin(request)];
      if (patience_s < never) push(timers_, {now_s + patience_s, request});
    }
    return request;
  }
  void try_again(std::uint32_t request, double now_s) {
    const request_state s = states_[request];
    if (s.tries >= retries_) return;
    const auto next = static_cast<std::uint32_t>(states_.size());
    states_.push_back(
        {0, static_cast<std::uint32_t>(origin(request)), 0, static_cast<std::uint8_t>(s.tries + 1), place::outside});
    push(again_, {now_s + retry_after_s_, next});
  }

  int retries_;
  double retry_after_s_;
  bool in_service_;
  service_requests requests_;
  std::size_t arrived_ = 0;  // of the requests, for the first time
  bool tracked_ = false;
  std::vector<request_state> states_;
  std::vector<timer> again_;   // a heap of those who will try again
  std::vector<timer> timers_;  // a heap of those who may give up
};

}  // namespace headroom::internal
