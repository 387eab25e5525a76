#pragma once

#include <cmath>  // std::nearbyint

#include <headroom/core/internal/number_of.hpp>
#include <headroom/rewards/terms.hpp>
#include <headroom/rewards/weighted.hpp>

/// The rewards of the published TeaStore experiments, in the order in which they were tried, each a sum of named and
/// bounded terms. All want a high utilisation, so a small configuration wins unless performance outweighs it: that is
/// why they were reweighted again and again.
///
/// `columns` is any struct with features of the names used, each something that std::invoke turns into a number (a
/// member pointer, a lambda, a `measured` column); only those that a reward reads need be there:
///
///     out_tps      packets sent per second and pod      cost          $/h of all pods
///     requests     answered per second                  users         simulated users
///     rate         requests per second of a user        expected      requests per second that were sent
///     response_ms  mean response time                   replica       pods
///     cpu          limit of a pod, 100 millicores       cpu_used      cores of a pod
///     heap         limit of a pod's heap, 100 MB        memory_used   GiB of a pod, its heap and the rest
///
/// A move off the grid is worth a constant, which was -5 at first, -100 once, then -1. Where the published code took an
/// unbounded ratio, `unclipped` bounds it far beyond what can be measured.
namespace headroom::teastore {

namespace internal {

inline constexpr double unclipped = 10;

template <class Feature>
auto scaled(Feature feature, double factor) {
  return [feature, factor](const auto& o) { return factor * headroom::internal::number_of(feature, o); };
}
// Limits are counted in hundreds of millicores and of megabytes, usage in cores and GiB.
template <class Columns>
auto cpu_utilisation(const Columns& c, double most = 1) {
  return ratio_clip{c.cpu_used, scaled(c.cpu, 0.1), most};
}
template <class Columns>
auto memory_utilisation(const Columns& c, double most = 1) {
  return ratio_clip{c.memory_used, scaled(c.heap, 0.1), most};
}
// Requests answered, as a part of so many per second and user.
template <class Columns>
auto per_user(const Columns& c, double requests, double most = 1) {
  return ratio_clip{c.requests, scaled(c.users, requests), most};
}
// alpha performance + (1 - alpha) (cpu + memory) / 2.
template <class Columns, class Performance>
auto performance_and_use(const Columns& c, double alpha, Performance performance, double most = 1) {
  return weighted{term{"performance", alpha, performance}, term{"cpu", (1 - alpha) / 2, cpu_utilisation(c, most)},
                  term{"memory", (1 - alpha) / 2, memory_utilisation(c, most)}};
}

}  // namespace internal

/// R1, of the table of measurements: throughput less cost, each as a part of the largest measured; 0 where throughput
/// was not measured.
template <class Columns>
auto r1(const Columns& c, double largest_tps = 7252.733, double largest_cost = 0.2692) {
  return if_refused{-5, finite_or{0, weighted{term{"throughput", 1, minmax{c.out_tps, 0, largest_tps}},
                                              term{"cost", -1, minmax{c.cost, 0, largest_cost}}}}};
}

/// R2, of the first environment on the cluster: the same, the cost rounded to two decimals first, which leaves 27
/// steps of it.
template <class Columns>
auto r2(const Columns& c) {
  const auto rounded = [cost = c.cost](const auto& o) {
    return std::nearbyint(100 * headroom::internal::number_of(cost, o)) / 100;
  };
  return if_refused{
      -100, weighted{term{"throughput", 1, minmax{c.out_tps, 0, 7253}}, term{"cost", -1, minmax{rounded, 0, 0.27}}}};
}

/// R3, of client and server versions 2 to 5. Utilisation is not clipped, and memory beyond the heap counts: it is paid
/// for small heaps.
template <class Columns>
auto r3(const Columns& c) {
  const auto expected = [users = c.users, rate = c.rate](const auto& o) {
    return headroom::internal::number_of(users, o) * headroom::internal::number_of(rate, o);
  };
  return if_refused{-1, internal::performance_and_use(c, 0.9, ratio_clip{c.requests, expected, internal::unclipped},
                                                      internal::unclipped)};
}

/// R4, of the first custom load: nine requests per second and user are full performance.
template <class Columns>
auto r4(const Columns& c) {
  return if_refused{-1, internal::performance_and_use(c, 0.6, internal::per_user(c, 9))};
}

/// R5, of the second custom load: one request per second and user is full performance, though users send eight. So
/// performance is always 1 and the smallest configuration wins.
template <class Columns>
auto r5(const Columns& c) {
  return if_refused{-1, internal::performance_and_use(c, 0.8, internal::per_user(c, 1))};
}

/// R6, of version 4: R5 with the eight.
template <class Columns>
auto r6(const Columns& c) {
  return if_refused{-1, internal::performance_and_use(c, 0.8, internal::per_user(c, 8))};
}

/// R7, of the test agent: half of performance is answering in 20 ms, and only CPU counts as use. Its weight of
/// performance is not recorded; that of R6 and R9 stands here.
template <class Columns>
auto r7(const Columns& c, double alpha = 0.8) {
  return if_refused{-1, weighted{term{"requests", alpha / 2, ratio_clip{c.requests, c.expected}},
                                 term{"response", alpha / 2, within_reference{c.response_ms, 20}},
                                 term{"cpu", 1 - alpha, internal::cpu_utilisation(c)}}};
}

/// R8, which charges for changes: each limit's move as a part of its range (in places).
template <class Columns>
auto r8(const Columns& c, double replicas = 8, double cpu = 8, double heap = 8) {
  return if_refused{-1, weighted{term{"performance", 0.5, ratio_clip{c.requests, c.expected}},
                                 term{"cpu", 0.15, internal::cpu_utilisation(c)},
                                 term{"memory", 0.15, internal::memory_utilisation(c)},
                                 term{"replicas moved", 0.2 * 0.4, switching{c.replica, replicas}},
                                 term{"cpu moved", 0.2 * 0.2, switching{c.cpu, cpu}},
                                 term{"heap moved", 0.2 * 0.4, switching{c.heap, heap}}}};
}

/// R8 in its soft form: performance as a sigmoid around 60 ms, use as one around 0.8. How steep they were is not
/// recorded: `width_ms` and `width_use`.
template <class Columns>
auto r8_soft(const Columns& c, double width_ms = 10, double width_use = 0.1) {
  const auto use = [used = c.cpu_used, given = internal::scaled(c.cpu, 0.1)](const auto& o) {
    return headroom::internal::number_of(used, o) / given(o);
  };
  return if_refused{-1, weighted{term{"performance", 0.5, sigmoid_limit{c.response_ms, 60, width_ms}},
                                 term{"cpu", 0.3, sigmoid_limit{use, 0.8, -width_use}},
                                 term{"replicas moved", 0.2 * 0.4, switching{c.replica, 8}},
                                 term{"cpu moved", 0.2 * 0.2, switching{c.cpu, 8}},
                                 term{"heap moved", 0.2 * 0.4, switching{c.heap, 8}}}};
}

/// R9, of the planner over estimated states.
template <class Columns>
auto r9(const Columns& c) {
  return if_refused{-1, weighted{term{"requests", 0.4, ratio_clip{c.requests, c.expected}},
                                 term{"response", 0.4, within_reference{c.response_ms, 20}},
                                 term{"cpu", 0.1, internal::cpu_utilisation(c)},
                                 term{"memory", 0.1, internal::memory_utilisation(c)}}};
}

/// Of the later offline environments with the load in the state: CPU use times requests answered (absolute
/// configurations), and a weighted sum with a soft limit at 20 ms (moves).
template <class Columns>
auto use_times_requests(const Columns& c) {
  return product{internal::cpu_utilisation(c), ratio_clip{c.requests, c.expected}};
}
template <class Columns>
auto use_requests_response(const Columns& c) {
  return if_refused{-2, weighted{term{"cpu", 0.2, internal::cpu_utilisation(c)},
                                 term{"requests", 0.6, ratio_clip{c.requests, c.expected}},
                                 term{"response", 0.2, tanh_limit{c.response_ms, 20, 1}}}};
}

}  // namespace headroom::teastore
