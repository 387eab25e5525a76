#pragma once

#include <cmath>    // std::isfinite
#include <cstdint>  // std::uint8_t
#include <limits>   // std::numeric_limits

#include <headroom/core/check.hpp>
#include <headroom/environments/duration.hpp>

namespace headroom {

/// Where requests wait, and how a replica serves them.
enum class discipline : std::uint8_t {
  shared_queue,       ///< one queue for all replicas; a request takes the first free slot of any
  queue_each,         ///< a balancer assigns each request to a replica, where it waits for a free slot
  processor_sharing,  ///< a balancer assigns; those in service at a replica share its processors: CPU-bound work
};

/// How a balancer picks a replica. The shared queue needs none.
enum class balancer : std::uint8_t { round_robin, least_outstanding, random_of_two };

/// A service of yours, as far as scaling it is concerned: replicas that serve requests, and the time until one more of
/// them does. Times in seconds.
struct service_options {
  double interval_s = 15;  ///< from decision to decision

  discipline order = discipline::shared_queue;
  balancer balance = balancer::least_outstanding;
  int slots = 1;     ///< requests that a replica serves at once; 0: no limit, with processor_sharing
  double cores = 1;  ///< processors of a replica, for processor_sharing
  duration service_time = duration::exponential(0.1);  ///< of a request that has a slot, or a processor, for itself
  double contention = 0;  ///< a request takes longer by this, times the busy fraction of the slots
  double queue_limit =
      std::numeric_limits<double>::infinity();  ///< waiting requests, in a queue, beyond which one is rejected

  /// A request is in time if it is answered at its client's first try, within this since its arrival.
  double objective_s = std::numeric_limits<double>::infinity();

  duration timeout = duration::never();  ///< after this, since its arrival, the client gives up
  bool timeout_in_service = true;        ///< false: only clients that still wait give up
  int retries = 0;                       ///< times that a client tries again after a timeout, a rejection or a failure
  double retry_after_s = 1;              ///< how long it waits before that

  duration start_delay =
      duration::constant(30);         ///< from the wish for a replica until it is ready, on a node that runs
  duration life = duration::never();  ///< a replica fails after this, loses its requests, and starts again

  int replicas_per_node = 0;                      ///< 0: nodes are not looked at
  duration node_delay = duration::constant(120);  ///< until a further node runs
  duration image_pull = duration::constant(0);    ///< until a further node has the image
  double node_idle_s = 600;                       ///< an empty node is given back after this

  int initial_replicas = 1;
  int min_replicas = 1;
  int max_replicas = 100;

  double scrape_s = 15;       ///< metrics are collected at multiples of this
  double window_s = 60;       ///< rates and quantiles are taken over this much of the past; whole scrapes
  double scrape_delay_s = 0;  ///< a metric is at least this old when it is seen

  /// What a checkpoint stores.
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("interval_s", self.interval_s);
    a("order", self.order);
    a("balance", self.balance);
    a("slots", self.slots);
    a("cores", self.cores);
    a("service_time", self.service_time);
    a("contention", self.contention);
    a("queue_limit", self.queue_limit);
    a("objective_s", self.objective_s);
    a("timeout", self.timeout);
    a("timeout_in_service", self.timeout_in_service);
    a("retries", self.retries);
    a("retry_after_s", self.retry_after_s);
    a("start_delay", self.start_delay);
    a("life", self.life);
    a("replicas_per_node", self.replicas_per_node);
    a("node_delay", self.node_delay);
    a("image_pull", self.image_pull);
    a("node_idle_s", self.node_idle_s);
    a("initial_replicas", self.initial_replicas);
    a("min_replicas", self.min_replicas);
    a("max_replicas", self.max_replicas);
    a("scrape_s", self.scrape_s);
    a("window_s", self.window_s);
    a("scrape_delay_s", self.scrape_delay_s);
  }
};

/// Throws std::invalid_argument on impossible options; returns its argument.
inline const service_options& checked(const service_options& o) {
  require_positive("service", "interval_s", o.interval_s);
  require(o.slots >= (o.order == discipline::processor_sharing ? 0 : 1), "service", "slots", o.slots,
          "be at least 1; 0, no limit, only with processor_sharing");
  require_positive("service", "cores", o.cores);
  require_positive("service", "mean of service_time", o.service_time.mean_s());
  require_not_negative("service", "contention", o.contention);
  require(o.contention == 0 || o.order != discipline::processor_sharing, "service", "contention", o.contention,
          "be 0 with processor_sharing, which slows requests down by itself");
  require(o.queue_limit >= 0, "service", "queue_limit", o.queue_limit, "be zero or more");
  require(o.objective_s > 0, "service", "objective_s", o.objective_s, "be positive");
  require(o.timeout.mean_s() > 0, "service", "mean of timeout", o.timeout.mean_s(), "be positive");
  require(o.retries >= 0 && o.retries <= 100, "service", "retries", o.retries, "be in [0, 100]");
  require_positive("service", "retry_after_s", o.retry_after_s);
  require(std::isfinite(o.start_delay.mean_s()), "service", "mean of start_delay", o.start_delay.mean_s(), "be finite");
  require(o.life.mean_s() > 0, "service", "mean of life", o.life.mean_s(), "be positive");
  require(o.replicas_per_node >= 0, "service", "replicas_per_node", o.replicas_per_node, "be zero or more");
  require(std::isfinite(o.node_delay.mean_s()), "service", "mean of node_delay", o.node_delay.mean_s(), "be finite");
  require(std::isfinite(o.image_pull.mean_s()), "service", "mean of image_pull", o.image_pull.mean_s(), "be finite");
  require_not_negative("service", "node_idle_s", o.node_idle_s);
  require(o.min_replicas >= 0, "service", "min_replicas", o.min_replicas, "be zero or more");
  require(o.max_replicas >= 1 && o.max_replicas >= o.min_replicas, "service", "max_replicas", o.max_replicas,
          "be at least 1, and not below min_replicas");
  require(o.initial_replicas >= o.min_replicas && o.initial_replicas <= o.max_replicas, "service", "initial_replicas",
          o.initial_replicas, "be between min_replicas and max_replicas");
  require_positive("service", "scrape_s", o.scrape_s);
  require(o.window_s >= o.scrape_s && o.window_s <= 4096 * o.scrape_s, "service", "window_s", o.window_s,
          "be between scrape_s and 4096 scrape_s");
  require(o.scrape_delay_s >= 0 && o.scrape_delay_s <= 4096 * o.scrape_s, "service", "scrape_delay_s", o.scrape_delay_s,
          "be between 0 and 4096 scrape_s");
  return o;
}

}  // namespace headroom
