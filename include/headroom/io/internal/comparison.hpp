#pragma once

#include <algorithm>    // std::all_of
#include <cstddef>      // std::size_t
#include <functional>   // std::less
#include <set>          // std::set
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/core/feature_names.hpp>
#include <headroom/core/internal/meaning_text.hpp>
#include <headroom/io/checkpoint.hpp>
#include <headroom/io/internal/stateful.hpp>
#include <headroom/io/meaning.hpp>

namespace headroom::internal {

/// The key under which a part says one word of its meaning. No other entry of a part has a colon.
[[nodiscard]] inline std::string meaning_key(std::string_view part, std::string_view name) {
  std::string key(part);
  return key.append(":").append(name);
}

[[nodiscard]] inline std::string in_json(std::string_view text) { return json_text(text); }
[[nodiscard]] inline std::string list_text(const std::vector<std::string>& entries) {
  std::string text = "[";
  for (const std::string& e : entries) text.append(text.size() > 1 ? ", " : "").append(e);
  return text + ']';
}
/// The entries of such a list.
[[nodiscard]] inline std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> entries;
  if (text.size() < 3) return entries;
  std::string one;
  int depth = 0;
  bool quoted = false;
  for (const char c : text.substr(1, text.size() - 2)) {
    if (c == '"') quoted = !quoted;
    if (!quoted) depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
    if (c == ',' && depth == 0 && !quoted) {
      entries.push_back(std::move(one));
      one.clear();
    } else if (c != ' ' || !one.empty()) {
      one += c;
    }
  }
  entries.push_back(std::move(one));
  return entries;
}

/// What one call of restore compares with a file, and what it finds.
class comparison {
 public:
  comparison(const checkpoint& from, std::string_view prefix, const may_differ& allowed)
      : from_(from), prefix_(prefix), allowed_(allowed) {
    for (const auto& entry : from_.settings()) says_ |= ours(entry.first) && is_meaning(entry.first);
    found_.file = from_.source();
  }

  [[nodiscard]] const checkpoint& from() const noexcept { return from_; }
  void saw(std::string entry) { seen_.insert(std::move(entry)); }
  [[nodiscard]] bool has_seen(std::string_view entry) const { return seen_.contains(entry); }
  void entered(std::string part) { parts_.insert(std::move(part)); }
  /// All tensors under `part` belong to what is not read.
  void pass_over(std::string_view part) {
    for (std::string& name : from_.names()) {
      if (under(name, part)) seen_.insert(std::move(name));
    }
  }

  /// One word of the meaning of `part`; nothing is said if `here` is empty.
  void means(std::string_view part, std::string_view name, const std::string& here) {
    const std::string* const there = said(part, name, here);
    if (there != nullptr && *there != here) {
      differs(meaning_key(part, name), sentence(part, name, shown(*there), here.empty() ? "not stated" : shown(here)));
    }
  }
  void means(std::string_view part, std::string_view name, std::string_view entry,
             const std::vector<std::string>& here) {
    const std::string* const there = said(part, name, list_text(here));
    if (there == nullptr) return;
    const std::vector<std::string> in_file = split_list(*there);
    if (in_file == here) return;
    std::size_t k = 0;
    while (k < here.size() && k < in_file.size() && here[k] == in_file[k]) ++k;
    const auto at = [k](const std::vector<std::string>& list) { return k < list.size() ? shown(list[k]) : "nothing"; };
    differs(meaning_key(part, name),
            sentence(part, std::string(entry).append(" ").append(to_text(k)), at(in_file), at(here)));
  }
  /// What is otherwise in the file, and may be.
  void changed(std::string what) { found_.changed.push_back(std::move(what)); }
  /// The same for an entry that may not, unless the caller named it: false.
  [[nodiscard]] bool may_change(std::string_view entry) const { return allowed_.covers(entry, prefix_); }

  [[nodiscard]] static std::string sentence(std::string_view part, std::string_view what, std::string_view there,
                                            std::string_view here) {
    std::string text(part);
    if (!part.empty()) text += ": ";
    return text.append(what).append(" is ").append(there).append(" in the file, here ").append(here);
  }
  /// A value from a file, made safe for a message.
  [[nodiscard]] static std::string shown(std::string_view text) {
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
    const bool word = text == "true" || text == "false" || text == "null" || text == "inf" || text == "-inf";
    const bool number = word || (text.find_first_of("0123456789") != text.npos &&
                                 text.find_first_not_of("0123456789+-.e") == text.npos);
    const bool object = (text.starts_with('{') || text.starts_with('[')) &&
                        std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return text.size() <= 64 && (number || object) ? std::string(text) : in_quotes(text);
  }

  /// Throws if nothing is there at all: the reason for what is missing.
  void refuse_nothing() const {
    if (prefix_.empty()) return;
    const auto any = [this](const auto& list, auto name_of) {
      return std::any_of(list.begin(), list.end(), [&](const auto& entry) { return ours(name_of(entry)); });
    };
    if (any(from_.settings(), [](const auto& e) -> const std::string& { return e.first; })) return;
    if (any(from_.names(), [](const std::string& name) -> const std::string& { return name; })) return;
    throw checkpoint_error(from_.source(), "nothing is stored under " + in_quotes(prefix_));
  }
  /// Throws if something differs that may not.
  void refuse_differences() const {
    if (refused_.empty()) return;
    std::string text;
    restored::add(text, "", refused_, "; ");
    throw checkpoint_error(from_.source(), text);
  }
  /// What the file says that is not said here; of the parts that were read, if the others may belong to the training.
  void look_for_more_meaning(keep what) {
    for (const auto& [key, value] : from_.settings()) {
      if (!ours(key) || !is_meaning(key) || seen_.contains(key)) continue;
      const auto colon = key.rfind(':');
      if (what == keep::decisions && !parts_.contains(std::string_view(key).substr(0, colon))) continue;
      differs(key, sentence(key.substr(0, colon), key.substr(colon + 1), shown(value), "not stated"));
    }
  }
  void refuse_unknown_tensors() const {
    for (const std::string& name : from_.names()) {
      if (ours(name) && !seen_.contains(name)) {
        throw checkpoint_error(from_.source(), "tensor " + in_quotes(name) + " is nothing that is known here");
      }
    }
  }
  [[nodiscard]] restored take() { return std::move(found_); }

 private:
  // A setting of the caller's own may have a colon too.
  [[nodiscard]] static bool is_meaning(std::string_view key) {
    const auto colon = key.rfind(':');
    if (colon == key.npos || colon + 1 == key.size()) return false;
    return std::all_of(key.begin(), key.end(), [](char c) { return in_a_name(c) || c == '.' || c == ':'; });
  }
  [[nodiscard]] static bool under(std::string_view key, std::string_view part) {
    return part.empty() ||
           (key.size() > part.size() && key.starts_with(part) && (key[part.size()] == '.' || key[part.size()] == ':'));
  }
  [[nodiscard]] bool ours(std::string_view key) const { return under(key, prefix_); }

  // What the file says; null if there is nothing more to compare.
  [[nodiscard]] const std::string* said(std::string_view part, std::string_view name, const std::string& here) {
    std::string key = meaning_key(part, name);
    const auto there = from_.settings().find(key);
    saw(key);
    if (there != from_.settings().end()) return &there->second;
    if (here.empty()) return nullptr;
    if (says_)
      differs(key, sentence(part, name, "not stated", shown(here)));
    else
      found_.unproven.push_back(std::move(key));
    return nullptr;
  }
  void differs(std::string_view key, std::string what) {
    (may_change(key) ? found_.changed : refused_).push_back(std::move(what));
  }

  const checkpoint& from_;
  std::string prefix_;
  const may_differ& allowed_;
  bool says_ = false;  // files of before say nothing of what they mean
  std::set<std::string, std::less<>> seen_;
  std::set<std::string, std::less<>> parts_;
  std::vector<std::string> refused_;
  restored found_;
};

}  // namespace headroom::internal
