#pragma once

#include <cmath>          // std::abs, std::isfinite
#include <cstddef>        // std::byte, std::size_t
#include <filesystem>     // std::filesystem::path
#include <limits>         // std::numeric_limits
#include <optional>       // std::optional
#include <span>           // std::as_bytes, std::span
#include <stdexcept>      // std::invalid_argument
#include <string>         // std::string
#include <string_view>    // std::string_view
#include <type_traits>    // std::is_same_v
#include <unordered_map>  // std::unordered_map
#include <utility>        // std::move
#include <vector>         // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/types.hpp>
#include <headroom/io/internal/csv_fields.hpp>
#include <headroom/io/file.hpp>
#include <headroom/tables/table_csv.hpp>
#include <headroom/core/transition.hpp>
#include <headroom/tables/measurements.hpp>

/// Logs of what was done and what came of it, as files that any program can write: a step a line.
///
///     state,action,reward,next,status,probability          state_0,state_1,action,reward,next_0,next_1,status
///     4,1,-0.5,5,0,0.25                                     0.5,1,2,-0.5,0.75,1,0
///     5,0,2,7,1,0.75                                        0.75,1,0,2,0,0,1
///
/// A state is a whole number, for a table, or as many numbers as it takes, for a network. `status` says what follows:
/// 0 the step of the next line, 1 nothing, the task ended, 2 nothing, the record was cut. `probability`, with which the
/// action was chosen, may be left out; other columns are not looked at. Names may be capitalised in any way.
namespace headroom {

/// The columns of a log, for log_csv.
struct log_columns {
  std::size_t dimension = 0;  ///< how many numbers a state has; 0: one whole number
  std::size_t state = 0;      ///< column of the first of them
  std::size_t action = 0;
  std::size_t reward = 0;
  std::size_t next = 0;
  std::size_t status = 0;
  std::optional<std::size_t> probability{};
};

/// A log in memory. It is read once; `steps` then returns its states in the wanted type.
class log_csv {
 public:
  /// Throws csv_error, with the line and the column, for a file that is not a table of numbers, or lacks a column.
  explicit log_csv(const std::filesystem::path& file, const table_csv_options& options = {})
      : file_(file), table_(read_table_csv(file, looking_at(options))) {
    // A name as it is wanted, or else in another capitalisation. Looking through all names for each would be quadratic.
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t k = 0; k < table_.columns(); ++k) places.emplace(table_.names()[k], k);
    for (std::size_t k = 0; k < table_.columns(); ++k) places.emplace(lower_case(table_.names()[k]), k);
    const auto find = [&](const std::string& name) {
      const auto found = places.find(name);
      return found == places.end() ? std::nullopt : std::optional<std::size_t>(found->second);
    };
    const auto need = [&](const std::string& name) {
      if (const std::optional<std::size_t> at = find(name)) return *at;
      refuse(1, "there is no column '" + name + "', there are " + measurements::list(all_names_));
    };
    if (find("state")) {
      columns_.state = need("state");
      columns_.next = need("next");
    } else {
      while (find("state_" + to_text(columns_.dimension))) ++columns_.dimension;
      if (columns_.dimension == 0) need("state");
      columns_.state = need("state_0");
      columns_.next = need("next_0");
      for (std::size_t k = 0; k < columns_.dimension; ++k) {
        const bool together =
            need("state_" + to_text(k)) == columns_.state + k && need("next_" + to_text(k)) == columns_.next + k;
        if (!together) refuse(1, "the columns state_0, state_1, ... and next_0, next_1, ... must stand side by side");
      }
    }
    columns_.action = need("action");
    columns_.reward = need("reward");
    columns_.status = need("status");
    columns_.probability = find("probability");
  }

  /// How many numbers a state has; 0 if states are whole numbers.
  [[nodiscard]] std::size_t dimension() const noexcept { return columns_.dimension; }
  [[nodiscard]] bool has_probabilities() const noexcept { return columns_.probability.has_value(); }

  /// The steps. Throws csv_error for states of the other kind, for a number that does not fit, and where a step does
  /// not begin in the state in which the step before it ended.
  template <class State>
  [[nodiscard]] std::vector<logged<State>> steps() const {
    constexpr bool whole_states = std::is_same_v<State, state_index>;
    if (whole_states && dimension() > 0) refuse(1, "states are state_0, state_1, ..., must be whole numbers, 'state'");
    if (!whole_states && dimension() == 0) refuse(1, "states are whole numbers, must be numbers state_0, state_1, ...");
    std::vector<logged<State>> log;
    log.reserve(table_.rows());
    for (std::size_t r = 0; r < table_.rows(); ++r) {
      logged<State> one;
      one.action = action_index{whole(r, columns_.action, most_actions)};
      one.reward = finite(r, columns_.reward);
      if (std::abs(one.reward) > largest_reward)
        refuse(line_of(r), "reward is " + to_text(one.reward) + ", must be from -1e9 to 1e9: scale the rewards");
      one.status = static_cast<episode>(whole(r, columns_.status, 2));
      one.state = state<State>(r, columns_.state);
      if (one.status != episode::terminated) one.next = state<State>(r, columns_.next);
      if (columns_.probability) {
        one.probability = table_.row(r)[*columns_.probability];
        const bool ok = one.probability > 0 && one.probability <= 1;
        if (!ok) refuse(line_of(r), "probability is " + to_text(one.probability) + ", must be in (0, 1]");
      }
      if (!log.empty() && log.back().status == episode::ongoing && !(log.back().next == one.state)) {
        refuse(line_of(r), "state is not the next one of line " + to_text(line_of(r) - 1) +
                               ", must be, or the status there be 1 (ended) or 2 (cut)");
      }
      log.push_back(std::move(one));
    }
    return log;
  }

  /// Whether a column of this name, in any capitalisation, is one of a log's.
  [[nodiscard]] static bool of_a_log(std::string_view written) {
    const std::string name_of(lower_case(written));
    const std::string_view name(name_of);
    if (name == "action" || name == "reward" || name == "status" || name == "probability") return true;
    for (const std::string_view of : {std::string_view("state"), std::string_view("next")}) {
      if (!name.starts_with(of)) continue;
      const std::string_view rest = name.substr(of.size());
      if (rest.empty()) return true;
      return rest.size() > 1 && rest[0] == '_' && rest.find_first_not_of("0123456789", 1) == std::string_view::npos;
    }
    return false;
  }

 private:
  // Only the columns of a log, so that texts and dates may stand in others.
  [[nodiscard]] table_csv_options looking_at(table_csv_options options) {
    if (options.columns.empty()) options.wanted = of_a_log;
    options.all_names = &all_names_;
    options.first_row = &first_row_;
    return options;
  }

  static constexpr double most_states = 1e9;
  static constexpr double most_actions = 1e6;

  template <class State>
  [[nodiscard]] State state(std::size_t r, std::size_t column) const {
    if constexpr (std::is_same_v<State, state_index>) {
      return state_index{whole(r, column, most_states)};
    } else {
      State s(dimension());
      for (std::size_t k = 0; k < s.size(); ++k) {
        const double v = finite(r, column + k);
        constexpr auto most = static_cast<double>(std::numeric_limits<float>::max());
        if (std::abs(v) > most)
          refuse(line_of(r), table_.names()[column + k] + " is " + to_text(v) + ", must fit a float");
        s[k] = static_cast<float>(v);
      }
      return s;
    }
  }
  [[nodiscard]] std::size_t whole(std::size_t r, std::size_t column, double most) const {
    const double v = table_.row(r)[column];
    if (v >= 0 && v <= most && v == static_cast<double>(static_cast<std::size_t>(v)))
      return static_cast<std::size_t>(v);
    refuse(line_of(r), table_.names()[column] + " is " + to_text(v) + ", must be a whole number from 0 to " +
                           to_text(static_cast<std::size_t>(most)));
  }
  [[nodiscard]] double finite(std::size_t r, std::size_t column) const {
    const double v = table_.row(r)[column];
    if (!std::isfinite(v)) refuse(line_of(r), table_.names()[column] + " is " + to_text(v) + ", must be finite");
    return v;
  }
  // Of a log whose rows are a line each.
  [[nodiscard]] std::size_t line_of(std::size_t r) const noexcept { return first_row_ + r; }
  [[noreturn]] void refuse(std::size_t line, const std::string& sentence) const {
    throw csv_error(file_, line, 1, sentence);
  }

  std::filesystem::path file_;
  std::vector<std::string> all_names_{};
  std::size_t first_row_ = 2;
  measurements table_;
  log_columns columns_;
};

/// Writes a log so that log_csv reads the same bits. The old file is replaced only when the new one is complete. Throws
/// std::invalid_argument for an empty log, for states of unequal dimension, and for a log that log_csv would refuse;
/// file_error for a file that cannot be written.
template <class State>
void write_log_csv(const std::vector<logged<State>>& log, const std::filesystem::path& file) {
  constexpr bool whole_states = std::is_same_v<State, state_index>;
  require(!log.empty(), "write_log_csv", "number of steps", log.size(), "be at least 1");
  std::string text;
  const auto names = [&](const std::string& of) {
    if constexpr (whole_states) {
      text.append(of).append(",");
    } else {
      for (std::size_t k = 0; k < log.front().state.size(); ++k) text.append(of + '_' + to_text(k) + ',');
    }
  };
  const auto add = [&](std::size_t i, const State& s) {
    if constexpr (whole_states) {
      text.append(to_text(to_size(s))).append(",");
    } else {
      require(s.size() == log.front().state.size(), "write_log_csv", "dimension of step " + to_text(i), s.size(),
              "be that of the first, " + to_text(log.front().state.size()));
      for (const float v : s) {
        require_finite("write_log_csv", "state of step " + to_text(i), static_cast<double>(v));
        text.append(to_text(static_cast<double>(v))).append(",");  // log_csv reads doubles: a float's text could round
      }
    }
  };
  names("state");
  text.append("action,reward,");
  names("next");
  text.append("status,probability\n");
  for (std::size_t i = 0; i < log.size(); ++i) {
    const logged<State>& t = log[i];
    require(std::abs(t.reward) <= largest_reward, "write_log_csv", "reward of step " + to_text(i), t.reward,
            "be finite, from -1e9 to 1e9");
    require(t.probability > 0 && t.probability <= 1, "write_log_csv", "probability of step " + to_text(i),
            t.probability, "be in (0, 1]");
    const bool goes_on = i == 0 || log[i - 1].status != episode::ongoing || log[i - 1].next == t.state;
    if (!goes_on) {
      throw std::invalid_argument("write_log_csv: state of step " + to_text(i) +
                                  " is not the next one of the step before, must be, since that one is ongoing");
    }
    add(i, t.state);
    text.append(to_text(to_size(t.action)) + ',' + to_text(t.reward) + ',');
    add(i, t.status == episode::terminated ? t.state : t.next);
    text.append(to_text(static_cast<int>(t.status)) + ',' + to_text(t.probability) + '\n');
  }
  write_atomically(file, {std::as_bytes(std::span<const char>(text))});
}

}  // namespace headroom
