#pragma once

#include <array>        // std::array
#include <bit>          // std::bit_cast
#include <concepts>     // std::same_as
#include <cstddef>      // std::byte
#include <cstring>      // std::memcpy
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <type_traits>  // std::is_invocable_r_v, std::is_trivially_copyable_v

#include <headroom/core/check.hpp>
#include <headroom/core/internal/number_of.hpp>

namespace headroom {

/// One number of an observation: a member, or a small function of it (at most two words of captures, so that copying
/// one never allocates). A type of its own and not a template parameter, because an autoscaler that looks at six of
/// them would have six. Costs one indirect call. A default-constructed one names nothing.
///     feature<sample> queue = &sample::queue;
///     feature<sample> busy = [](const sample& o) { return o.in_service / o.replicas; };
template <class Observation>
class feature {
 public:
  feature() = default;

  template <class F>
  requires(!std::same_as<F, feature> && std::is_invocable_r_v<double, const F&, const Observation&> &&
           std::is_trivially_copyable_v<F> && sizeof(F) <= 2 * sizeof(void*))
      // NOLINTNEXTLINE(google-explicit-constructor): a member pointer is what people write
      feature(F f)
      : read_([](const std::byte* stored, const Observation& o) {
          std::array<std::byte, sizeof(F)> copy;
          std::memcpy(copy.data(), stored, sizeof(F));
          return internal::number_of(std::bit_cast<F>(copy), o);
        }) {
    std::memcpy(stored_, &f, sizeof(F));
  }

  /// The number. Only where there is one.
  [[nodiscard]] double operator()(const Observation& o) const { return read_(stored_, o); }
  /// Whether it names anything.
  [[nodiscard]] explicit operator bool() const noexcept { return read_ != nullptr; }

 private:
  double (*read_)(const std::byte*, const Observation&) = nullptr;
  alignas(void*) std::byte stored_[2 * sizeof(void*)]{};
};

/// Which numbers of an observation are what: the one adapter through which every autoscaler here runs on every
/// environment. Name what there is; who needs something that was not named says so on construction.
///     signals<sample> see{.time_s = &sample::time_s, .replicas = &sample::replicas, .load = &sample::arrivals};
template <class Observation>
struct signals {
  feature<Observation> time_s{};       ///< seconds since any moment; must not run backwards within an episode
  feature<Observation> replicas{};     ///< asked for: what a scaling action changes
  feature<Observation> ready{};        ///< of these, those that serve; not named: all of them
  feature<Observation> load{};         ///< requests per second that arrive
  feature<Observation> concurrency{};  ///< requests in the system, in service or waiting
  feature<Observation> utilisation{};  ///< busy fraction of a replica, usually 0 to 1
  feature<Observation> latency_s{};    ///< of the requests that finished last
  feature<Observation> backlog{};      ///< requests that wait

  /// How many replicas serve.
  [[nodiscard]] double serving(const Observation& o) const { return ready ? ready(o) : replicas(o); }
};

/// Throws std::invalid_argument("`who`: signals.`name` is missing, must be named") unless there is one.
template <class Observation>
void require_signal(std::string_view who, std::string_view name, const feature<Observation>& f) {
  require(static_cast<bool>(f), who, std::string("signals.").append(name), "missing", "be named");
}

}  // namespace headroom
