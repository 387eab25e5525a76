#pragma once

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <functional>  // std::function
#include <memory>      // std::unique_ptr
#include <ostream>     // std::ostream
#include <string>      // std::string

#include <headroom/io/state.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/offline/log_csv.hpp>

#include "course.hpp"

/// Learning from recorded steps, without an environment: what there is to learn with, and what can be said of it.
namespace from_log {

/// What was asked for; in both files.
struct plan {
  std::string policy = "q-learning";
  std::filesystem::path log{};
  std::uint64_t passes = 0;
  double discount = 0.95;
  std::uint64_t seed = 1;
  std::size_t states = 0;  ///< of a table; 0 with a network
  std::size_t actions = 0;
};

/// A training over a log. What it counts, where others count episodes, are passes over it.
class study : public contestants::course {
 public:
  explicit study(std::uint64_t passes) : passes_(passes) {}

  void go_on(const std::function<bool(std::uint64_t)>& pause) override;
  [[nodiscard]] bool finished() const override { return done_ == passes_; }
  [[nodiscard]] std::uint64_t episodes() const override { return done_; }

  void write_model(headroom::checkpoint& to) const { write_learner(to, headroom::keep::decisions); }
  void write_partial(headroom::checkpoint& to) const;
  void read_partial(const headroom::checkpoint& from);

  /// What the log says the learner is worth.
  virtual void report(std::ostream& out) const = 0;
  [[nodiscard]] virtual std::size_t steps() const = 0;
  [[nodiscard]] virtual std::string checksum() const = 0;  ///< of the log

 protected:
  /// Pass number `k`, from 0. False if it could change nothing.
  virtual bool pass(std::uint64_t k) = 0;
  virtual void write_learner(headroom::checkpoint& to, headroom::keep what) const = 0;
  virtual void read_learner(const headroom::checkpoint& from) = 0;

 private:
  std::uint64_t passes_;
  std::uint64_t done_ = 0;
};

/// Fills in what the plan leaves open. Throws csv_error and std::invalid_argument.
[[nodiscard]] std::unique_ptr<study> begin(plan& p, const headroom::log_csv& log);

[[nodiscard]] std::unique_ptr<study> begin_table(plan& p, const headroom::log_csv& log);
[[nodiscard]] std::unique_ptr<study> begin_network(plan& p, const headroom::log_csv& log);

void write_plan(const plan& p, const study& s, headroom::checkpoint& to);
/// Whether a file is of this kind of training.
[[nodiscard]] bool is_ours(const headroom::checkpoint& c);
/// Throws checkpoint_error.
[[nodiscard]] plan plan_in(const headroom::checkpoint& c);

/// Where the learner stands in the file.
inline constexpr const char* learner = "learner";

}  // namespace from_log
