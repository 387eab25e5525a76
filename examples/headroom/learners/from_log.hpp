#pragma once

#include <cstddef>     // std::size_t
#include <cstdint>     // std::uint64_t
#include <filesystem>  // std::filesystem::path
#include <functional>  // std::function
#include <memory>      // std::unique_ptr
#include <iosfwd>      // std::ostream
#include <string>      // std::string

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/state.hpp>
#include <headroom/offline/log_csv.hpp>

#include "learners/training.hpp"

/// Learning from recorded steps, without an environment: what there is to learn with, and what can be said of it.
namespace tool {

/// What was asked for; in both files.
struct log_plan {
  std::string policy = "q-learning";
  std::filesystem::path log{};
  std::uint64_t passes = 0;  ///< 0: the learner's own number
  double discount = 0.95;
  std::uint64_t seed = 1;
  std::size_t states = 0;       ///< of a table; 0: as many as the log shows, none with a network
  std::size_t actions = 0;      ///< 0: as many as the log shows
  bool allow_any_size = false;  ///< of a table, because the user named it

  /// Throws checkpoint_error.
  [[nodiscard]] static log_plan read(const headroom::checkpoint& from);
};

/// A training over a log. What it counts, where others count episodes, are passes over it.
class log_training : public training {
 public:
  explicit log_training(std::uint64_t passes) : passes_(passes) {}

  void go_on(const std::function<bool(std::uint64_t)>& pause) override;
  [[nodiscard]] bool finished() const override { return done_ == passes_; }
  [[nodiscard]] std::uint64_t episodes() const override { return done_; }

  void write_model(headroom::checkpoint& to) const override { write_learner(to, headroom::keep::decisions); }
  void write_partial(headroom::checkpoint& to) const override;
  void read_partial(const headroom::checkpoint& from) override;

  /// What the log says the learner is worth.
  virtual void report(std::ostream& out) const = 0;
  [[nodiscard]] virtual std::size_t steps() const = 0;
  [[nodiscard]] virtual std::string checksum() const = 0;  ///< of the log

 protected:
  /// Where the learner stands in the file.
  static constexpr const char* learner_prefix = "learner";

  /// Pass number `k`, from 0. False if it could change nothing.
  virtual bool pass(std::uint64_t k) = 0;
  virtual void write_learner(headroom::checkpoint& to, headroom::keep what) const = 0;
  virtual void read_learner(const headroom::checkpoint& from) = 0;

 private:
  std::uint64_t passes_;
  std::uint64_t done_ = 0;
};

/// A training that has not begun. Fills in what the plan leaves open. Throws csv_error and std::invalid_argument.
[[nodiscard]] std::unique_ptr<log_training> train_from_log(log_plan& p, const headroom::log_csv& log);
/// Its parts, in files of their own.
[[nodiscard]] std::unique_ptr<log_training> train_table_from_log(log_plan& p, const headroom::log_csv& log);
[[nodiscard]] std::unique_ptr<log_training> train_network_from_log(log_plan& p, const headroom::log_csv& log);

/// Says in a file with which plan, and with which log, a training was begun.
void write_plan(const log_plan& p, const log_training& t, headroom::checkpoint& to);
/// Whether a file is of a training from a log.
[[nodiscard]] bool is_from_log(const headroom::checkpoint& c);

}  // namespace tool
