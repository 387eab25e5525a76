#pragma once

#include <functional>  // std::function
#include <memory>      // std::unique_ptr
#include <string>      // std::string

#include <headroom/io/exposition.hpp>
#include <headroom/live/reading.hpp>

#include "hosts/settings.hpp"

/// What `headroom run` needs of HTTP. A build without cpp-httplib refuses.
namespace tool {

/// The metrics of a service, asked for by expressions.
class live_queries {
 public:
  live_queries() = default;
  live_queries(const live_queries&) = delete;
  live_queries& operator=(const live_queries&) = delete;
  virtual ~live_queries() = default;

  /// Does not throw. `age`: an expression for the age of the value; empty: it is new.
  [[nodiscard]] virtual headroom::reading read(const std::string& query, const std::string& age) = 0;
  /// Why the last question has no value, in a sentence; empty if it has one.
  [[nodiscard]] virtual std::string said() const = 0;
};
/// As [source] says. Throws std::invalid_argument, and file_error for a secret that cannot be read. Nothing is asked.
[[nodiscard]] std::unique_ptr<live_queries> make_live_queries(const settings& s);

/// Serves the counters of a daemon to Prometheus, in a thread of its own, until it is destroyed.
class live_metrics {
 public:
  live_metrics() = default;
  live_metrics(const live_metrics&) = delete;
  live_metrics& operator=(const live_metrics&) = delete;
  virtual ~live_metrics() = default;

  /// What /metrics tells from now on; `ready`: what /readyz does.
  virtual void show(std::function<void(headroom::exposition&)> more, bool ready) = 0;
  [[nodiscard]] virtual int port() const = 0;
};
/// At live.metrics. Throws std::invalid_argument, file_error and std::runtime_error.
[[nodiscard]] std::unique_ptr<live_metrics> make_live_metrics(const settings& s);

/// Whether live.metrics can be served, without listening. Throws the same.
void check_live_metrics(const settings& s);

}  // namespace tool
