#pragma once

#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <memory>     // std::make_shared, std::shared_ptr
#include <span>       // std::span
#include <stdexcept>  // std::invalid_argument
#include <string>     // std::string
#include <vector>     // std::vector

#include <headroom/core/types.hpp>
#include <headroom/policies/any_policy.hpp>

#include "systems/policy_names.hpp"

/// A service whose episodes have one step, so that what a setting costs and keeps is known without playing.
namespace known {

struct seen {
  double replicas = 0;
  double in_time = 1;
  headroom::episode status = headroom::episode::ongoing;
};

/// What a service is asked, in the order of the episodes.
struct question {
  std::uint64_t seed = 0;
  int replicas = 0;
  bool operator==(const question&) const = default;
};

/// An action is a number of replicas. In time is what `in_time(replicas, seed)` says.
class service {
 public:
  using observation_type = seen;
  using action_type = int;
  using law = double (*)(int replicas, std::uint64_t seed);

  /// Episodes of the seeds from `first` on; after `in_turn` of them they begin again; 0: they never do.
  service(std::uint64_t first, law in_time, std::shared_ptr<std::vector<question>> asked, std::size_t in_turn = 0,
          int times = 1)
      : first_(first), in_turn_(in_turn), times_(times), in_time_(in_time), asked_(std::move(asked)) {}

  seen reset() {
    seed_ = first_ + (in_turn_ > 0 ? episodes_ % in_turn_ : episodes_);
    ++episodes_;
    return {};
  }
  headroom::step_result<seen> step(int replicas) {
    asked_->push_back({seed_, replicas});
    return {{static_cast<double>(times_ * replicas), in_time_(replicas, seed_), headroom::episode::truncated},
            headroom::episode::truncated};
  }

 private:
  std::uint64_t first_;
  std::uint64_t in_turn_;
  int times_;  // replicas for each that is asked for
  law in_time_;
  std::shared_ptr<std::vector<question>> asked_;
  std::uint64_t episodes_ = 0;
  std::uint64_t seed_ = 0;
};

/// The means over episodes.
class cost {
 public:
  template <class Record>
  void on_step(const Record& r) {
    replicas_ += r.next.replicas;
    in_time_ += r.next.in_time;
    levels_.push_back(r.next.in_time);
    ++episodes_;
  }
  [[nodiscard]] double mean() const { return replicas_ / episodes_; }
  [[nodiscard]] double level() const { return in_time_ / episodes_; }
  [[nodiscard]] std::span<const double> levels() const noexcept { return levels_; }

 private:
  double replicas_ = 0;
  double in_time_ = 0;
  double episodes_ = 0;
  std::vector<double> levels_{};
};

struct always {
  int replicas = 0;
  int start(const seen&) const { return replicas; }
  int step(const seen&) const { return replicas; }
  void stop(const seen&, headroom::episode) {}
};

using policy = headroom::any_policy<seen, int>;

/// "rule:60/5" stands at 60 + 5 replicas.
[[nodiscard]] inline policy named(const std::string& name) {
  if (name.find(':') == name.npos) throw std::invalid_argument(name + ": must have a number");
  double sum = 0;
  for (const double value : tool::settings_in(name)) sum += value;
  return policy(always{static_cast<int>(sum)});
}

}  // namespace known
