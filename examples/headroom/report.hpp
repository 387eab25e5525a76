#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <iosfwd>       // std::ostream
#include <optional>     // std::optional
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <vector>       // std::vector

#include <nlohmann/json_fwd.hpp>

#include <headroom/run/evaluate.hpp>

#include "bound.hpp"

/// What the tool found, for a person, for a program and for a spreadsheet.
namespace report {

using namespace headroom;

/// A learner at one moment of its training: its means, one per training seed.
struct checkpoint_row {
  std::uint64_t episodes = 0;
  std::vector<double> final_qos{};
  std::vector<double> mean_workers{};
  std::vector<double> mean_workers_by_time{};
};

/// One policy's result. A learner has one evaluation per training seed; its own is that of the median one by QoS.
struct row {
  std::string name{};
  evaluation result{};
  bool learns = false;
  std::uint64_t train_episodes = 0;
  std::vector<std::uint64_t> train_seeds{};
  std::vector<evaluation> by_train_seed{};
  std::vector<checkpoint_row> checkpoints{};
};

/// The whole answer.
struct findings {
  std::string environment = "farm";
  std::string workload;
  std::string sentence;
  std::string actions;
  std::vector<std::uint64_t> seeds;
  std::vector<row> rows;
  std::vector<std::string> notes;
  bool stopped = false;
  bool wide = false;                          ///< moves of more than one worker: steps differ in length
  std::optional<bound::curve> clairvoyant{};  ///< what nobody can beat; none: not asked for, or not available
  double level = 0.99;                        ///< at which it is shown

  /// Mean workers above what is proven that a policy needs which knows the future and keeps the same level of all
  /// requests. Only where there is a bound.
  [[nodiscard]] double regret(const evaluation& e) const {
    return e.summarized("mean_workers").mean - clairvoyant->lower_at(e.summarized("final_qos_all").mean);
  }

  /// Weighting by time changes nothing where every step lasts the same.
  [[nodiscard]] bool shows(std::string_view metric) const { return wide || metric != "mean_workers_by_time"; }
};

[[nodiscard]] std::string fixed(double value, int decimals);
/// A mean and half its 95 % interval, right-aligned: " 99.31 ±0.10".
[[nodiscard]] std::string cell(const summary& s, double scale, int decimals, int width);
void pad_to(std::string& line, std::size_t width, std::size_t shown);
/// Columns that a text takes on a terminal: bytes that begin a character.
[[nodiscard]] std::size_t shown(std::string_view text);

/// What is known of the future's price, in a line.
[[nodiscard]] std::string clairvoyant_line(const bound::curve& c, double level);

void print(const findings& f, std::ostream& out);
[[nodiscard]] nlohmann::ordered_json summary_json(const evaluation& e);
[[nodiscard]] nlohmann::ordered_json clairvoyant_json(const bound::curve& c, double level);
[[nodiscard]] std::string json_text(const findings& f);
[[nodiscard]] std::string to_csv(const findings& f);

/// Whether a result can be written there, asked before an hour of training and not after. Throws file_error.
void require_place(const std::filesystem::path& file);
/// All or nothing, as checkpoints are written.
void write(const std::filesystem::path& file, const std::string& text);

}  // namespace report
