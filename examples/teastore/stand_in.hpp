#pragma once

#include <chrono>    // std::chrono::steady_clock
#include <cstdint>   // std::uint64_t
#include <memory>    // std::shared_ptr
#include <mutex>     // std::mutex
#include <optional>  // std::optional
#include <string>    // std::string

#include <headroom/core/random.hpp>
#include <headroom/ext/policy_server.hpp>

#include "teastore/knobs.hpp"
#include "teastore/shop_table.hpp"

namespace live_teastore {

struct stand_in_options {
  std::string deployment = "teastore-webui";  ///< pods are called after it in the metrics
  bool draws_rows = false;         ///< show a row of the configuration, drawn anew now and then; else the mean of them
  double redraw_s = 5;             ///< how often
  double packets_per_request = 0;  ///< 0: the constant load of the measurements is taken as there; else what is asked
  double longest_wait_s = 2;       ///< of a request in the line; a longer line is refused (503)
  std::uint64_t seed = 1;
};

/// Stands in for the shop, whose containers cannot be had everywhere: it shows what was measured of the published one
/// in the configuration that it is told. /metrics has the series that a cluster has of a pod. `/` is a request:
/// with packets_per_request all pods together serve what the table says that they send, one request after the other,
/// and what is asked beyond that waits, then is refused. Any thread.
class stand_in {
 public:
  /// Throws std::invalid_argument on impossible options.
  stand_in(std::shared_ptr<const shop_table> table, const stand_in_options& o);

  /// The shop is in another configuration from now on; false if the table has none like it, and it stays as it was.
  bool become(const configuration& c);
  [[nodiscard]] std::optional<configuration> now() const;
  void add_to(headroom::policy_server& server);

 private:
  using clock = std::chrono::steady_clock;

  void advance_locked();
  void draw_locked();
  headroom::server_reply serve();
  void metrics(headroom::exposition& all);

  std::shared_ptr<const shop_table> table_;
  stand_in_options options_;
  mutable std::mutex mutex_{};
  headroom::engine random_;
  std::optional<std::size_t> cell_{};
  clock::time_point then_{};   // up to when the counters are advanced
  clock::time_point drawn_{};  // when the row was drawn
  clock::time_point free_{};   // when the line before the pods is empty
  double out_tps_ = 0;         // of a pod
  double cpu_used_ = 0;
  double memory_used_ = 0;
  double packets_ = 0;  // of a pod, since it was started
  double cpu_s_ = 0;
  double answered_ = 0;
  double refused_ = 0;
  double latency_s_ = 0;  // sum over those answered
};

}  // namespace live_teastore
