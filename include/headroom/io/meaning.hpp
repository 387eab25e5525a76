#pragma once

#include <filesystem>        // std::filesystem::path
#include <initializer_list>  // std::initializer_list
#include <string>            // std::string
#include <string_view>       // std::string_view
#include <vector>            // std::vector

#include <headroom/core/check.hpp>

/// What a file says of its meaning beside its numbers, and what `restore` makes of it. `store` writes the kind of
/// encoder and agent, the names, units and edges of the features, the actions, the limits and the terms of the reward.
/// Each is a setting whose name ends in a colon and one word: "policy.menu:actions" is "[-1, 0, 1]". Files of before
/// have none.
namespace headroom {

/// What may be otherwise in the file than in the part that is restored. This is how a caller says "I know". A name is
/// that of a part, with everything in it, or that of one entry; as in the message of the refusal, or without the prefix
/// of `restore`.
///     restore(policy, c, "policy", keep::decisions, may_differ{"encode.feature_0:edges", "reward"});
///     restore(policy, c, "policy", keep::everything, may_differ::anything());
/// The numbers must still fit: a table of another shape is refused, whatever may differ.
class may_differ {
 public:
  may_differ() = default;
  may_differ(std::initializer_list<std::string_view> names) : names_(names.begin(), names.end()) {}
  [[nodiscard]] static may_differ anything() {
    may_differ all;
    all.anything_ = true;
    return all;
  }

  /// Whether an entry of the file may differ. `prefix` is that of `restore`.
  [[nodiscard]] bool covers(std::string_view entry, std::string_view prefix) const {
    if (anything_) return true;
    std::string_view inside;
    if (!prefix.empty() && entry.size() > prefix.size()) inside = entry.substr(prefix.size() + 1);
    for (const std::string& name : names_) {
      if (is_in(entry, name) || is_in(inside, name)) return true;
    }
    return false;
  }

 private:
  [[nodiscard]] static bool is_in(std::string_view entry, std::string_view name) {
    if (name.empty() || !entry.starts_with(name)) return false;
    return entry.size() == name.size() || entry[name.size()] == '.' || entry[name.size()] == ':';
  }

  std::vector<std::string> names_;
  bool anything_ = false;
};

/// What `restore` has to say of a file that it accepted.
struct restored {
  std::filesystem::path file;
  /// What is otherwise in the file, and was allowed to be: the learning rate, the exploration, and what may_differ
  /// named. "policy.agent.learning_rate: from is 0.1 in the file, here 0.05".
  std::vector<std::string> changed;
  /// What a file of before does not say, so that nobody can check it: "policy.menu:actions".
  std::vector<std::string> unproven;

  /// Both in one line, shortened. Empty if there is nothing to say.
  [[nodiscard]] std::string line() const {
    std::string text;
    add(text, "", changed, "; ");
    add(text, "does not say, so that nobody can check it: ", unproven, ", ");
    return text.empty() ? text : file.string() + ": " + text;
  }

  /// The first entries of a list in one line, and how many more there are.
  static void add(std::string& to, std::string_view before, const std::vector<std::string>& entries,
                  std::string_view between) {
    constexpr std::size_t most = 8;
    if (entries.empty()) return;
    if (!to.empty()) to += "; ";
    to += before;
    for (std::size_t k = 0; k < entries.size() && k < most; ++k) to.append(k > 0 ? between : "").append(entries[k]);
    if (entries.size() > most) to.append(" and ").append(to_text(entries.size() - most)).append(" more");
  }
};

}  // namespace headroom
