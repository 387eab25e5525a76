#pragma once

#include <algorithm>  // std::max, std::min
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint32_t

#include <headroom/core/random.hpp>
#include <headroom/environments/internal/service_clients.hpp>
#include <headroom/environments/internal/service_plant.hpp>
#include <headroom/environments/service_options.hpp>
#include <headroom/environments/service_state.hpp>

namespace headroom::internal {

/// Begins a plant in the middle of its life. The first requests are those that are there: `in_service` of them, then
/// those that wait, the oldest first. Sizes of the former are what is left of them.
struct service_seeding {
  /// `rest_s(k)`: how long the k-th starting replica still takes. No allocation once the buffers have grown.
  template <class Rest>
  static void begin(service_plant& p, const service_state& s, int nodes, std::size_t in_service,
                    const service_requests& requests, std::size_t seeds, engine& random, Rest&& rest_s) {
    p.empty(s.time_s, requests);
    p.replicas_.begin(s.time_s, s.ready, s.starting, s.draining, nodes, random, rest_s);
    p.open_stations();
    for (int k = 0; k < s.draining; ++k) p.stations_[static_cast<std::size_t>(k) + 1].draining = true;
    const std::size_t draining = static_cast<std::size_t>(s.draining);
    const std::size_t ready = static_cast<std::size_t>(s.ready);
    const std::size_t on_draining = share_of_draining(p, in_service, draining, ready);
    for (std::size_t k = 0; k < seeds; ++k) {
      const std::uint32_t request = p.clients_.first_arrival(requests.arrival_s[k]);
      if (k < on_draining) {
        p.serve(request, 1 + k % draining);
      } else if (k < in_service && ready > 0) {
        p.serve(request, p.shared_ ? 0 : 1 + draining + (k - on_draining) % ready);
      } else {
        wait(p, request, p.shared_ || ready == 0 ? 0 : 1 + draining + k % ready);
      }
    }
    // Metrics may be older than the cluster's word: a draining replica without requests is gone, and none waits beside
    // a free slot.
    for (std::size_t k = p.stations_.size(); k-- > 0;) p.go_on(k);
  }

  static void history(service_plant& p, const service_observation& o) {
    const double each = p.cores_ > 0 ? p.cores_ : static_cast<double>(p.options_.slots);
    p.scrapes_.begin(o, each * o.ready);
  }
  /// Without metrics of the past.
  static void no_history(service_plant& p) {
    service_observation o;
    o.time_s = p.now_s_;
    p.scrapes_.begin(o, 0);
  }

 private:
  // Requests are spread evenly over the replicas that serve, and a draining one has at least one. What ready replicas
  // have no slots for must be there, too.
  static std::size_t share_of_draining(const service_plant& p, std::size_t in_service, std::size_t draining,
                                       std::size_t ready) {
    if (draining == 0) return 0;
    const std::size_t even = std::max(draining, in_service * draining / (draining + ready));
    const std::size_t room = p.options_.slots > 0 ? static_cast<std::size_t>(p.options_.slots) * ready : in_service;
    const std::size_t over = in_service > room ? in_service - room : 0;
    return std::min(in_service, std::max(even, over));
  }
  static void wait(service_plant& p, std::uint32_t request, std::size_t k) {
    p.stations_[k].requests.enqueue(request);
    ++p.stations_[k].waiting;
    ++p.waiting_;
    p.clients_.waits(request, k);
  }
};

}  // namespace headroom::internal
