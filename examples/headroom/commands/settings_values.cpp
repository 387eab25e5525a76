#include "commands/settings_values.hpp"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include <headroom/core/check.hpp>

#include "commands/commands.hpp"
#include "hosts/settings.hpp"
#include "support/setting_places.hpp"
#include "systems/service/service_file.hpp"

namespace tool {

using namespace headroom;

namespace {

constexpr const char* simulating_commands[] = {"compare", "train", "evaluate", "frontier", "sweep"};

using kind_of_option = command::kind;

std::string section_of(std::string_view key) { return std::string(key.substr(0, key.find('.'))); }

// What a value of an option must be; nothing to say of a text, which may be written as a number or a list, too.
bool is_of(kind_of_option k, const settings::entry& v) {
  switch (k) {
    case kind_of_option::text:
      return v.shape != setting_type::yes_no;
    case kind_of_option::number:
      return !v.is_list && (v.shape == setting_type::number || v.shape == setting_type::whole);
    case kind_of_option::whole:
      return !v.is_list && v.shape == setting_type::whole;
    case kind_of_option::yes_no:
      return !v.is_list && v.shape == setting_type::yes_no;
    case kind_of_option::file:
      return !v.is_list && v.shape == setting_type::text;
  }
  return false;
}
setting_type type_of(kind_of_option k) {
  switch (k) {
    case kind_of_option::number:
      return setting_type::number;
    case kind_of_option::whole:
      return setting_type::whole;
    case kind_of_option::yes_no:
      return setting_type::yes_no;
    case kind_of_option::file:
      return setting_type::file;
    case kind_of_option::text:
      break;
  }
  return setting_type::text;
}
std::string_view word_of(kind_of_option k) {
  switch (k) {
    case kind_of_option::number:
      return "number";
    case kind_of_option::whole:
      return "whole number";
    case kind_of_option::yes_no:
      return "true or false";
    case kind_of_option::file:
      return "file";
    case kind_of_option::text:
      break;
  }
  return "text";
}

// A list is written on the command line with commas.
std::string on_command_line(const settings::entry& v) {
  std::string text;
  for (const std::string& one : v.texts) text.append(text.empty() ? "" : ",").append(one);
  return text;
}

// A name of a file in a settings file is meant from where that file is; so are the durations of a service in a file.
std::string from_folder(const std::string& text, kind_of_option k, const std::filesystem::path& folder) {
  constexpr std::string_view measured = "file:";
  if (k == kind_of_option::file) return (folder / text).string();
  if (text.starts_with(measured) && std::filesystem::path(text.substr(measured.size())).is_relative())
    return std::string(measured) + (folder / text.substr(measured.size())).string();
  return text;
}

// "train, sweep".
std::string commands_with(std::string_view key) {
  std::string text;
  for (const setting_place& one : setting_places()) {
    if (one.key != key) continue;
    text.append(text.empty() ? "" : ", ").append(one.option);
    if (!one.only.empty()) text.append(" of ").append(one.only);
  }
  return text;
}

// In the order of the table of keys; behind them those of a service.
std::vector<std::string> keys_in_order() {
  std::vector<std::string> all;
  for (const setting_place& one : setting_places()) {
    if (std::find(all.begin(), all.end(), one.key) == all.end()) all.emplace_back(one.key);
  }
  std::vector<std::string> of_service{"service.file"};
  for (const service_key_words& k : service_key_table()) of_service.push_back("service." + std::string(k.key));
  const auto at = std::find_if(all.begin(), all.end(), [](const std::string& k) { return k.starts_with("policies."); });
  all.insert(at, of_service.begin(), of_service.end());
  return all;
}

std::string toml_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out + '"';
}

std::string toml_value(const std::string& text, kind_of_option k) {
  return k == kind_of_option::text || k == kind_of_option::file ? toml_text(text) : text;
}

// An option of a command, with what was said of it.
struct placed_option {
  command::declared_option option{};
  std::optional<command::setting> said{};
};

std::map<std::string, placed_option> placed_options(const command& c, const std::string& name) {
  std::map<std::string, placed_option> all;
  const std::vector<command::setting> said = c.settings();
  for (command::declared_option& o : c.options()) {
    const std::string key = key_of_option(o.name, name);
    if (key.empty()) continue;
    placed_option one{std::move(o), std::nullopt};
    for (const command::setting& s : said) {
      if (s.name == one.option.name) one.said = s;
    }
    all.emplace(key, std::move(one));
  }
  return all;
}

std::string origin_of(const command::setting& s) {
  if (!s.given) return "default";
  return s.from.empty() ? s.name : s.from;
}

// A service's description as it is in force, each key with its text and who said it; nothing where none is described.
struct service_value {
  std::string text{};
  std::string from{};
  bool given = false;
};
std::map<std::string, service_value> service_in_force(const std::map<std::string, placed_option>& all) {
  std::map<std::string, service_value> values;
  bool any = false;
  service_plan plan;
  const auto file = all.find("service.file");
  const bool has_file = file != all.end() && file->second.said && file->second.said->given;
  if (has_file) plan = read_service_file(file->second.said->value);
  for (const service_key_words& k : service_key_table()) {
    const std::string key = "service." + std::string(k.key);
    const auto found = all.find(key);
    const bool said = found != all.end() && found->second.said && found->second.said->given;
    const auto in_file = plan.given.find(std::string(k.key));
    any = any || said || has_file;
    const auto moves = all.find("environment.actions");
    if (k.key == "moves" && moves != all.end() && moves->second.said && moves->second.said->given) continue;
    if (said)
      values[key] = {found->second.said->value, origin_of(*found->second.said), true};
    else if (in_file != plan.given.end())
      values[key] = {in_file->second, file->second.said->value, true};
    else
      values[key] = {std::string(k.usual), "default", false};
  }
  return any ? values : std::map<std::string, service_value>{};
}

}  // namespace

std::string key_of_option(std::string_view option, std::string_view command) {
  if (option == "--service") return "service.file";
  for (const service_key_words& k : service_key_table()) {
    if (k.flag == option) return "service." + std::string(k.key);
  }
  const setting_place* const place = place_of_option(option, command);
  return place == nullptr ? std::string() : std::string(place->key);
}

bool says_where(std::string_view key) { return key.starts_with("output.") || key == "sweep.threads"; }

std::vector<said_value> values_for(const command& c, const std::string& name, const settings& file) {
  std::map<std::string, command::declared_option> by_key;
  std::vector<std::string> sections;
  for (const command::declared_option& o : c.options()) {
    const std::string key = key_of_option(o.name, name);
    if (key.empty()) continue;
    sections.push_back(section_of(key));
    by_key.emplace(key, o);
  }
  // What a service calls its moves is --actions of the command line.
  if (by_key.contains("service.file") && by_key.contains("environment.actions"))
    by_key.emplace("service.moves", by_key.at("environment.actions"));
  std::vector<said_value> all;
  std::string others;
  for (const auto& [key, v] : file.values()) {
    const auto found = by_key.find(key);
    if (found == by_key.end()) {
      const bool read = std::find(sections.begin(), sections.end(), section_of(key)) != sections.end();
      if (read && is_placed(key))
        others.append(others.empty() ? "" : "; ").append(key + " (" + commands_with(key) + ")");
      continue;
    }
    const command::declared_option& o = found->second;
    if (!is_of(o.is, v))
      throw std::invalid_argument(v.from + ": " + key + ": must be " + std::string(law_of(type_of(o.is))));
    if (key == "service.moves" && file.given("environment.actions"))
      throw std::invalid_argument(v.from + ": " + key + ": is said by environment.actions as well, must be said once");
    std::string text = on_command_line(v);
    if (key.starts_with("service.") || o.is == kind_of_option::file)
      text = from_folder(text, o.is, file.source().parent_path());
    all.push_back({o.name, key, std::move(text), v.from});
  }
  if (!others.empty())
    std::cerr << "headroom: of " << file.source().string() << ' ' << name << " does not read: " << others << '\n';
  return all;
}

bool has_settings(std::string_view command) {
  return std::find(std::begin(simulating_commands), std::end(simulating_commands), command) !=
         std::end(simulating_commands);
}

void add_settings(command_line& to) {
  for (const char* const name : simulating_commands) {
    if (command* const c = to.find(name)) {
      c->reads_settings([name](const command& of, const std::filesystem::path& file) {
        return values_for(of, name, settings(file));
      });
    }
  }
}

std::string settings_text(const command& c, const std::string& name) {
  const std::map<std::string, placed_option> all = placed_options(c, name);
  const std::map<std::string, service_value> service = service_in_force(all);
  std::string text;
  std::string section;
  const auto line = [&](const std::string& key, const std::string& value, bool given) {
    if (section_of(key) != section) {
      section = section_of(key);
      text += (text.empty() ? "[" : "\n[") + section + "]\n";
    }
    text += (given ? "" : "# ") + key.substr(section.size() + 1) + " = " + value + '\n';
  };
  for (const std::string& key : keys_in_order()) {
    if (says_where(key) || key == "service.file") continue;
    if (const auto found = service.find(key); found != service.end()) {
      if (!found->second.text.empty()) line(key, toml_text(found->second.text), found->second.given);
      continue;
    }
    const auto found = all.find(key);
    if (found == all.end() || !found->second.said) continue;
    const command::setting& s = *found->second.said;
    const kind_of_option k = found->second.option.is;
    const std::string value =
        s.given && k == kind_of_option::file ? std::filesystem::absolute(s.value).string() : s.value;
    line(key, toml_value(value, k), s.given);
  }
  return text;
}

std::string command_settings_table(const command_line& all) {
  struct row {
    std::string options{};
    kind_of_option is{};
    std::string usual{};  // of the first command
    std::string usual_of_others{};
    std::string help{};
  };
  std::map<std::string, row> rows;
  for (const char* const name : simulating_commands) {
    const command* const c = all.find(name);
    if (c == nullptr) continue;
    for (const command::declared_option& o : c->options()) {
      const std::string key = key_of_option(o.name, name);
      if (key.empty()) continue;
      row& r = rows[key];
      const std::string option = "`" + o.name + "`";
      if (r.options.empty())
        r = {option, o.is, o.usual, {}, o.help};
      else if (r.options.find(option) == std::string::npos)
        r.options += ", " + option;
      if (r.usual != o.usual) {
        r.usual_of_others += (r.usual_of_others.empty() ? "" : ", ") + std::string("of `") + name + "` " +
                             (o.usual.empty() ? "none" : "`" + o.usual + "`");
      }
      if (r.help.find(o.help) == std::string::npos) r.help += ". Of `" + std::string(name) + "`: " + o.help;
    }
  }
  std::string text = "| key | option | type | default | meaning |\n|---|---|---|---|---|\n";
  std::vector<std::string> done;
  for (const std::string& key : keys_in_order()) {
    const auto found = rows.find(key);
    if (found == rows.end()) continue;
    const row& r = found->second;
    std::string help = r.help;
    for (std::size_t at = help.find('|'); at != std::string::npos; at = help.find('|', at + 2)) help.insert(at, "\\");
    text += "| `" + key + "` | " + r.options + " | " + std::string(word_of(r.is)) + " | ";
    if (!r.usual.empty()) text += "`" + r.usual + "`";
    if (!r.usual_of_others.empty()) text += (r.usual.empty() ? "none, " : ", ") + r.usual_of_others;
    text += " | " + help + " |\n";
  }
  return text;
}

std::string explained_command_setting(const command_line& all, const std::string& key) {
  std::string text;
  std::string last;
  for (const char* const name : simulating_commands) {
    const command* const c = all.find(name);
    if (c == nullptr) continue;
    for (const command::declared_option& o : c->options()) {
      if (key_of_option(o.name, name) != key) continue;
      const std::string one = o.name + ": " + std::string(word_of(o.is)) + ". " + o.help + ".\n" +
                              (o.usual.empty() ? "" : "Where nothing is said: " + o.usual + ".\n");
      if (text.empty()) text = key + ": of these commands.\n";
      if (one != last) {
        text += std::string(name) + " " + one;
        last = one;
      } else {
        text += std::string(name) + " " + o.name + ": the same.\n";
      }
    }
  }
  return text;
}

std::string command_settings_in_force(const command& c, const std::string& name) {
  const std::map<std::string, placed_option> all = placed_options(c, name);
  const std::map<std::string, service_value> service = service_in_force(all);
  std::string text;
  const auto line = [&text](const std::string& key, const std::string& value, const std::string& from) {
    std::string one = key + " = " + value;
    if (one.size() < 56) one.resize(56, ' ');
    text += one + "  # " + from + '\n';
  };
  for (const std::string& key : keys_in_order()) {
    if (const auto found = service.find(key); found != service.end()) {
      if (!found->second.text.empty()) line(key, toml_text(found->second.text), found->second.from);
      continue;
    }
    const auto found = all.find(key);
    if (found == all.end() || !found->second.said) continue;
    line(key, toml_value(found->second.said->value, found->second.option.is), origin_of(*found->second.said));
  }
  return text;
}

}  // namespace tool
