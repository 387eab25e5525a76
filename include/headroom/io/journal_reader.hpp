#pragma once

#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <filesystem>   // std::filesystem::path
#include <optional>     // std::optional
#include <span>         // std::as_writable_bytes, std::span
#include <stdexcept>    // std::invalid_argument
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/transition.hpp>
#include <headroom/core/types.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/journal_text.hpp>
#include <headroom/io/journal.hpp>
#include <headroom/io/journal_record.hpp>

namespace headroom {

/// What a journal held.
struct journal_summary {
  std::uint64_t records = 0;     ///< decisions
  std::uint64_t unresolved = 0;  ///< decisions that were sent, of which nobody wrote what became of them
  std::uint64_t torn = 0;        ///< 1 if the last line is torn: its decision was not sent
  std::uint64_t files = 0;
};

/// Calls `visit(const journal_record&)` for each decision of a journal, the oldest first, those in files put aside
/// included. What became of a decision stands in the record; it is `unknown` if the host ended before it knew. A torn
/// last line is passed over and counted. Throws file_error, with the line, for anything else that is no line of a
/// journal, and for lines of a later version. Reads a file at a time into memory. O(size).
///     read_journal(file, [&](const journal_record& r) { changes += r.outcome == decision_outcome::applied; });
template <class Visit>
journal_summary read_journal(const std::filesystem::path& file, Visit&& visit) {
  journal_summary sum;
  int oldest = 0;
  while (std::filesystem::exists(journal_part(file, oldest + 1))) ++oldest;
  std::optional<journal_record> waiting;
  const auto done = [&] {
    if (!waiting) return;
    ++sum.records;
    visit(std::as_const(*waiting));
    waiting.reset();
  };
  bool open = false;  // the waiting decision was sent, and its outcome is not read yet
  const auto settle = [&] {
    if (open) ++sum.unresolved;
    open = false;
    done();
  };
  for (int k = oldest; k >= 0; --k) {
    const std::filesystem::path part = journal_part(file, k);
    std::string text;
    {
      input_file in(part);
      text.resize(static_cast<std::size_t>(in.size()));
      in.read(std::as_writable_bytes(std::span(text)));
    }
    ++sum.files;
    std::uint64_t line = 0;
    for (std::size_t begin = 0; begin < text.size();) {
      ++line;
      const std::size_t end = text.find('\n', begin);
      if (end == text.npos) {
        if (k > 0) throw file_error(part, "line " + to_text(line) + " has no end, must have one");
        sum.torn = 1;
        break;
      }
      journal_record one;
      bool is_outcome = false;
      try {
        is_outcome = internal::read_journal_line(std::string_view(text).substr(begin, end - begin), one);
      } catch (const std::invalid_argument& e) {
        throw file_error(part, "line " + to_text(line) + ": " + e.what());
      }
      begin = end + 1;
      if (is_outcome) {
        if (!waiting || waiting->run != one.run || waiting->number != one.number)
          throw file_error(part, "line " + to_text(line) + " is the outcome of decision " + to_text(one.number) +
                                     ", must stand behind that decision");
        waiting->outcome = one.outcome;
        waiting->rehearsed = one.rehearsed;
        waiting->rehearsed_why = std::move(one.rehearsed_why);
        open = false;
        done();
        continue;
      }
      settle();
      open = one.outcome == decision_outcome::unknown;
      waiting = std::move(one);
    }
  }
  settle();
  return sum;
}

/// All decisions of a journal. For long ones read_journal.
[[nodiscard]] inline std::vector<journal_record> journal_records(const std::filesystem::path& file) {
  std::vector<journal_record> all;
  (void)read_journal(file, [&](const journal_record& r) { all.push_back(r); });
  return all;
}

/// A journal as a log to learn from (offline/offline.hpp, offline/log_csv.hpp). A state is the fields of an
/// observation, in their order, or those of them that `fields` names, in its order; an action is the index in `menu` of
/// the replicas that were added or removed; a reward is the sum of its terms. A decision of which something is not
/// known is not learned: where a field has no value, an outcome is not known, the move is not on the menu or the reward
/// is missing, the log is cut. A change that the service refused is a move of 0, and so is one in shadow. Throws
/// file_error as read_journal, and std::invalid_argument for an empty menu.
[[nodiscard]] inline std::vector<logged<std::vector<float>>> journal_transitions(
    const std::filesystem::path& file, const std::vector<int>& menu, const std::vector<std::string>& fields = {}) {
  require(!menu.empty(), "journal_transitions", "number of actions", menu.size(), "be at least 1");
  using step = logged<std::vector<float>>;
  std::vector<step> log;
  std::optional<step> begun;  // its reward and its next state come with the next decision
  std::string run;
  std::uint64_t number = 0;
  const auto cut = [&] {
    if (!log.empty() && log.back().status == episode::ongoing) log.back().status = episode::truncated;
    begun.reset();
  };
  (void)read_journal(file, [&](const journal_record& r) {
    step next;
    bool known = !r.fields.empty();
    const auto take = [&](const journal_field& f) {
      known = known && f.why.empty();
      next.state.push_back(static_cast<float>(f.value));
    };
    for (const journal_field& f : r.fields) {
      if (fields.empty()) take(f);
    }
    for (const std::string& name : fields) {
      const auto before = next.state.size();
      for (const journal_field& f : r.fields) {
        if (f.name == name) take(f);
      }
      known = known && next.state.size() == before + 1;
    }
    const bool follows = r.run == run && r.number == number + 1;
    run = r.run;
    number = r.number;
    if (begun && known && follows && !r.reward.empty() && next.state.size() == begun->state.size()) {
      for (const journal_number& term : r.reward) begun->reward += term.value;
      begun->next = next.state;
      log.push_back(std::move(*begun));
      begun.reset();
    } else {
      cut();
    }
    const bool happened = r.outcome == decision_outcome::applied;
    const int move = happened && r.from && r.to ? *r.to - *r.from : 0;
    for (std::size_t a = 0; known && a < menu.size(); ++a) {
      if (menu[a] != move || r.outcome == decision_outcome::unknown) continue;
      next.action = action_index{a};
      begun = std::move(next);
      break;
    }
    if (!begun) cut();
  });
  cut();
  return log;
}

/// A field over time.
struct journal_series {
  std::vector<double> time_s{};  ///< s since 1970, of the decisions that knew the field
  std::vector<double> value{};
  std::uint64_t unknown = 0;  ///< decisions that did not
};

/// One field of a journal over time, to make a trace of: the load, for instance. What was not known is left out and
/// counted. Throws file_error as read_journal, and if no decision has a field of that name.
[[nodiscard]] inline journal_series journal_over_time(const std::filesystem::path& file, std::string_view name) {
  journal_series all;
  (void)read_journal(file, [&](const journal_record& r) {
    for (const journal_field& f : r.fields) {
      if (f.name != name) continue;
      if (!f.why.empty()) {
        ++all.unknown;
        continue;
      }
      all.time_s.push_back(r.time_s);
      all.value.push_back(f.value);
    }
  });
  if (all.value.empty() && all.unknown == 0)
    throw file_error(file, "has no field '" + std::string(name) + "', must have one");
  return all;
}

}  // namespace headroom
