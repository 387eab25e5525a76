#include "hosts/settings.hpp"

#include <algorithm>  // std::find
#include <cmath>      // std::floor
#include <optional>   // std::optional
#include <stdexcept>  // std::invalid_argument, std::logic_error
#include <utility>    // std::move

#include <toml++/toml.h>

#include <headroom/core/check.hpp>
#include <headroom/io/internal/file_lines.hpp>
#include <headroom/io/internal/from_text.hpp>

#include "hosts/live_fields.hpp"
#include "support/nearest.hpp"
#include "support/setting_places.hpp"
#include "systems/service/service_file.hpp"

namespace tool {

using namespace headroom;

namespace {

// What a file of settings must not hold: it is copied, committed and printed.
bool names_a_secret(std::string_view key) {
  constexpr std::string_view secrets[] = {"password", "passwd",        "secret",      "token",  "bearer_token",
                                          "api_key",  "authorization", "credentials", "bearer", "passphrase"};
  return std::find(std::begin(secrets), std::end(secrets), key) != std::end(secrets);
}

const setting_key& known_setting(std::string_view name) {
  const setting_key* const k = find_setting(name);
  if (k == nullptr) throw std::logic_error("there is no setting " + std::string(name));
  return *k;
}

std::optional<std::vector<std::string>> texts_in(const toml::array& list) {
  std::vector<std::string> all;
  for (const toml::node& one : list) {
    if (const auto* s = one.as_string())
      all.push_back(s->get());
    else if (const auto* n = one.as_integer())
      all.push_back(headroom::to_text(n->get()));
    else if (const auto* x = one.as_floating_point())
      all.push_back(headroom::to_text(x->get()));
    else
      return std::nullopt;
  }
  return all;
}

setting_type shape_of(const toml::node& node) {
  if (node.is_boolean()) return setting_type::yes_no;
  if (const auto* n = node.as_integer()) return n->get() < 0 ? setting_type::number : setting_type::whole;
  return node.is_floating_point() ? setting_type::number : setting_type::text;
}

// A value of a key that `run` does not read; its command says what it must be.
std::optional<settings::entry> any_value_of(const toml::node& node) {
  settings::entry v{.shape = shape_of(node)};
  if (const auto* list = node.as_array()) {
    auto texts = texts_in(*list);
    if (!texts || texts->empty()) return std::nullopt;
    v.texts = std::move(*texts);
    v.is_list = true;
  } else if (const auto* s = node.as_string()) {
    v.texts = {s->get()};
  } else if (const auto* n = node.as_integer()) {
    v.texts = {headroom::to_text(n->get())};
  } else if (const auto* x = node.as_floating_point()) {
    v.texts = {headroom::to_text(x->get())};
  } else if (const auto* b = node.as_boolean()) {
    v.texts = {b->get() ? "true" : "false"};
  } else {
    return std::nullopt;
  }
  return v;
}

constexpr std::string_view swept = "sweep.over.";

// The value as text; nothing if it is not of the type.
std::optional<settings::entry> value_of(const toml::node& node, setting_type type, bool of_service) {
  settings::entry v{.shape = shape_of(node)};
  if (const auto* list = node.as_array()) {
    auto texts = texts_in(*list);
    if (!texts || (type != setting_type::list && !of_service)) return std::nullopt;
    v.texts = std::move(*texts);
    v.is_list = true;
    return v;
  }
  if (const auto* s = node.as_string()) {
    if (type != setting_type::text && type != setting_type::file) return std::nullopt;
    v.texts = {s->get()};
  } else if (const auto* n = node.as_integer()) {
    if (type != setting_type::number && type != setting_type::whole && !of_service) return std::nullopt;
    if (type == setting_type::whole && n->get() < 0) return std::nullopt;
    v.texts = {headroom::to_text(n->get())};
  } else if (const auto* x = node.as_floating_point()) {
    if (type != setting_type::number && !of_service) return std::nullopt;
    v.texts = {headroom::to_text(x->get())};
  } else if (const auto* b = node.as_boolean()) {
    if (type != setting_type::yes_no) return std::nullopt;
    v.texts = {b->get() ? "true" : "false"};
  } else {
    return std::nullopt;
  }
  return v;
}

// Reads the tables of a file into values.
class settings_reader {
 public:
  settings_reader(std::filesystem::path file, std::map<std::string, settings::entry, std::less<>>& to)
      : file_(std::move(file)), to_(to) {}

  void read(const toml::table& all, std::size_t& shadows) {
    for (const auto& [key, node] : all) {
      const std::string section(key.str());
      if (section == "shadow" && node.is_array_of_tables()) {
        for (const toml::node& one : *node.as_array()) {
          read_section("shadow." + headroom::to_text(shadows), *one.as_table());
          ++shadows;
        }
        continue;
      }
      if (section == "shadow") refuse(node, "shadow: must be written [[shadow]], once for each candidate");
      const std::vector<std::string> sections = all_sections();
      if (std::find(sections.begin(), sections.end(), section) == sections.end()) {
        if (node.as_table() == nullptr) refuse_unknown(node, section, section);
        refuse(node, "the section [" + section + "] is not known; the nearest is [" +
                         nearest_in(sections, section, [](const std::string& s) { return s; }) + "]");
      }
      if (node.as_table() == nullptr) refuse(node, section + ": must be a section, as in [" + section + "]");
      read_section(section, *node.as_table());
    }
  }

 private:
  static std::vector<std::string> all_sections() {
    std::vector<std::string> all;
    for (const setting_key& k : setting_keys()) {
      std::string section(k.name.substr(0, k.name.find('.')));
      if (all.empty() || all.back() != section) all.push_back(std::move(section));
    }
    for (std::string& section : place_sections()) {
      if (std::find(all.begin(), all.end(), section) == all.end()) all.push_back(std::move(section));
    }
    return all;
  }
  // [sweep.over]: lists, or tables of from, to and steps, by the full name of a key.
  void read_swept(const std::string& name, const toml::table& table) {
    constexpr std::string_view range[] = {"from", "to", "steps", "log"};
    const bool of_key = name.size() > swept.size() && is_swept(name.substr(swept.size()));
    for (const auto& [key, node] : table) {
      const std::string inner = name + "." + std::string(key.str());
      const std::string full = inner.substr(swept.size());
      if (of_key && std::find(std::begin(range), std::end(range), key.str()) == std::end(range))
        refuse(node, inner + ": is not known, must be from, to, steps or log");
      if (node.as_table() != nullptr && !of_key) {
        read_swept(inner, *node.as_table());
        continue;
      }
      if (!of_key && !is_swept(full)) refuse_unknown(node, full, full);
      auto v = any_value_of(node);
      if (!v || (of_key && v->is_list) || (!of_key && !v->is_list))
        refuse(node,
               inner + ": must be " +
                   (of_key ? "a number, or true or false for log" : "a list, or a range as in {from = 1, to = 9}"));
      keep(inner, node, std::move(*v));
    }
  }
  static bool is_swept(const std::string& key) {
    return is_placed(key) ? !key.starts_with("sweep.") : key.starts_with("service.") && find_setting(key) != nullptr;
  }
  void keep(const std::string& name, const toml::node& node, settings::entry v) {
    for (const std::string& one : v.texts)
      if (one.empty()) refuse(node, name + ": the text is empty, must be left out or say something");
    v.from = place(node);
    to_[name] = std::move(v);
  }
  void read_section(const std::string& section, const toml::table& table) {
    for (const auto& [key, node] : table) {
      const std::string name = section + "." + std::string(key.str());
      if (section == "source" && node.as_table() != nullptr) {
        if (key.str() == "FIELD" || find_setting(name + ".query") == nullptr)
          refuse_unknown(node, name + ".query", name);
        read_section(name, *node.as_table());
        continue;
      }
      if (name + "." == swept && node.as_table() != nullptr) {
        read_swept(name, *node.as_table());
        continue;
      }
      if (is_placed(name) && find_setting(name) == nullptr) {
        auto v = any_value_of(node);
        if (!v) refuse(node, name + ": must be a text, a number, true or false, or a list of texts or numbers");
        keep(name, node, std::move(*v));
        continue;
      }
      const setting_key* const k = find_setting(name);
      if (k == nullptr || (section == "service" && name == "service.KEY")) refuse_unknown(node, name, name);
      auto v = value_of(node, k->type, section == "service" && name != "service.file");
      if (!v) refuse(node, name + ": must be " + std::string(law_of(k->type)));
      keep(name, node, std::move(*v));
    }
  }
  // `full`: as a key of the table would be called; `written`: what stands in the file. The value is not printed.
  [[noreturn]] void refuse_unknown(const toml::node& node, const std::string& full, const std::string& written) {
    const std::string last = written.substr(written.rfind('.') + 1);
    if (names_a_secret(last)) {
      refuse(node, written + ": a secret must not stand in this file; write it into a file of its own and name that " +
                       "file (source.password_file, source.token_file)");
    }
    std::vector<std::string> names = all_setting_names();
    if (written.starts_with("shadow.")) {
      for (std::string& one : names) {
        if (one.starts_with("shadow.")) one = written.substr(0, written.rfind('.')) + one.substr(one.find('.'));
      }
    }
    std::string nearest = nearest_in(names, full, [](const std::string& s) { return s; });
    if (full != written) nearest = nearest.substr(0, nearest.rfind('.'));
    refuse(node, "the key " + written + " is not known; the nearest is " + nearest);
  }
  [[nodiscard]] std::string place(const toml::node& node) const {
    return file_.string() + ", line " + headroom::to_text(node.source().begin.line);
  }
  [[noreturn]] void refuse(const toml::node& node, const std::string& what) const {
    throw std::invalid_argument(place(node) + ": " + what);
  }

  std::filesystem::path file_;
  std::map<std::string, settings::entry, std::less<>>& to_;
};

}  // namespace

settings::settings(const std::filesystem::path& file) : source_(file) {
  const std::string text = file_lines(file).all(1 << 20);
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& e) {
    throw std::invalid_argument(file.string() + ", line " + headroom::to_text(e.source().begin.line) + ": " +
                                std::string(e.description()));
  }
  settings_reader(file, values_).read(table, shadows_);
}

std::vector<std::string> all_setting_names() {
  std::vector<std::string> names;
  for (const setting_key& k : setting_keys()) {
    const std::string one(k.name);
    if (one == "service.KEY") continue;
    if (!one.starts_with("source.FIELD.")) {
      names.push_back(one);
      continue;
    }
    for (const live_field& f : live_fields)
      names.push_back("source." + std::string(f.name) + one.substr(one.rfind('.')));
  }
  for (const service_key_words& k : service_key_table()) names.push_back("service." + std::string(k.key));
  for (const setting_place& one : setting_places()) names.emplace_back(one.key);
  return names;
}

void settings::set(const std::string& name, const std::string& text, const std::string& from) {
  (void)known_setting(name);
  values_[name] = {{text}, false, from};
}

bool settings::said(std::string_view name) const { return given(name) || !known_setting(name).usual.empty(); }

std::string settings::origin(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? "default" : found->second.from;
}

void settings::refuse(std::string_view name, const std::string& law) const {
  const auto found = values_.find(name);
  std::string text = (found == values_.end() ? source_.string() : found->second.from) + ": " + std::string(name) + ": ";
  if (found == values_.end() && known_setting(name).usual.empty())
    throw std::invalid_argument(text + "is missing, must " + law);
  std::string shown;
  if (found == values_.end())
    shown = known_setting(name).usual;
  else
    for (const std::string& one : found->second.texts) shown += (shown.empty() ? "" : " ") + one;
  throw std::invalid_argument(text + "the value is " + shown + ", must " + law);
}

std::string settings::text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::string(known_setting(name).usual);
  return found->second.texts.empty() ? std::string() : found->second.texts.front();
}

double settings::number(std::string_view name, double least, double most) const {
  const auto value = from_text<double>(text(name));
  if (!value || !(*value >= least && *value <= most))
    refuse(name, "be a number from " + headroom::to_text(least) + " to " + headroom::to_text(most));
  return *value;
}

int settings::whole(std::string_view name, int least, int most) const {
  const auto value = from_text<double>(text(name));
  if (!value || *value != std::floor(*value) || !(*value >= least && *value <= most))
    refuse(name, "be a whole number from " + headroom::to_text(least) + " to " + headroom::to_text(most));
  return static_cast<int>(*value);
}

bool settings::yes(std::string_view name) const {
  const auto value = from_text<bool>(text(name));
  if (!value) refuse(name, "be true or false");
  return *value;
}

std::vector<std::string> settings::list(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second.texts;
}

std::filesystem::path settings::file(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return {};
  const std::filesystem::path one(found->second.texts.front());
  // What a flag names is meant from where the user stands; what the file names, from where the file is.
  return found->second.from.starts_with("--") ? one : source_.parent_path() / one;
}

}  // namespace tool
