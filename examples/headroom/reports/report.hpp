#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <iosfwd>       // std::ostream
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::pair
#include <vector>       // std::vector

#include <headroom/run/evaluate.hpp>

#include "reports/bound.hpp"
#include "reports/known_rate.hpp"

/// What a comparison or an evaluation found, for a person, for a program and for a spreadsheet.
namespace tool::report {

using namespace headroom;

/// A figure of a system: how a table heads it, and in what words a sentence speaks of it.
struct figure {
  std::string_view metric;
  std::string_view title;
  double scale = 1;
  int decimals = 2;
  int width = 6;
  std::string_view amount{};  ///< what stands after a value, as in "% in time"
  std::string_view change{};  ///< what stands after a difference, as in "points in time"
};

/// What a report says about the policies of one system.
struct style {
  std::string subject{};              ///< begins the head, as in "The farm under "
  std::string unit{};                 ///< of the actions, as in " workers"
  std::string_view noun = "replica";  ///< one of what is scaled
  std::vector<figure> columns{};      ///< of the table
  figure service{};                   ///< what learners are ranked by; of each, the median one by it is shown
  figure cost{};
  figure cost_over_training{};
  std::vector<std::string_view> tracked{};  ///< metrics that are kept over a training
  /// `service` is all there is to gain, so the best baseline is a learner's rival; else the one nearest in it.
  bool service_is_all = false;
};

/// A learner at one moment of its training: for each of the style's tracked metrics its means, one per training seed.
struct checkpoint_row {
  std::uint64_t episodes = 0;
  std::vector<std::vector<double>> figures{};
};

/// One policy's result. A learner has one evaluation per training seed; its own is that of the median one by service.
struct row {
  std::string name{};
  evaluation result{};
  bool learns = false;
  bool knows = false;  ///< more than a policy can: what it gets is a bound, not a rival
  std::optional<double> regret{};
  std::vector<double> regrets{};  ///< by training seed, where they are known
  std::uint64_t train_episodes = 0;
  std::vector<std::uint64_t> train_seeds{};
  std::vector<evaluation> by_train_seed{};
  std::vector<checkpoint_row> checkpoints{};
};

/// What was measured elsewhere, for a reader to lay beside.
struct reference {
  std::string name{};
  std::vector<std::pair<std::string_view, double>> figures{};  ///< metric and mean
};

/// The whole answer.
struct findings {
  std::string environment = "farm";
  style how{};
  std::string workload;
  std::string sentence;
  std::string actions;
  std::vector<std::uint64_t> seeds;
  std::vector<row> rows;
  std::vector<std::string> notes;
  bool stopped = false;
  std::optional<clairvoyant_bound> clairvoyant{};  ///< what nobody can beat; none: not asked for, or not available
  std::optional<known_rate_line> known_rate{};     ///< what can be reached that knows the rate; none as above
  double level = 0.99;                             ///< at which both are shown
  std::string regret{};  ///< what regret means here, in a line; empty: the line of the bound does
  std::vector<reference> references{};

  [[nodiscard]] bool has_regret() const { return !rows.empty() && rows.front().regret.has_value(); }
};

[[nodiscard]] std::string fixed(double value, int decimals);
/// A mean and half its 95 % interval, right-aligned: " 99.31 ±0.10".
[[nodiscard]] std::string cell(const summary& s, double scale, int decimals, int width);
void pad_to(std::string& line, std::size_t width, std::size_t shown);
/// Columns that a text takes on a terminal: bytes that begin a character.
[[nodiscard]] std::size_t shown(std::string_view text);

/// What is known of the future's price, in a line.
[[nodiscard]] std::string clairvoyant_line(const clairvoyant_bound& c, double level);

/// What the policy reaches that is told the rate, in a line. `noun`: one of what is scaled.
[[nodiscard]] std::string known_rate_line_text(const known_rate_line& k, double level, std::string_view noun);

void print(const findings& f, std::ostream& out);
[[nodiscard]] std::string json_text(const findings& f);
[[nodiscard]] std::string csv_text(const findings& f);

}  // namespace tool::report
