#include "hosts/setting_words.hpp"

#include <optional>   // std::optional
#include <stdexcept>  // std::invalid_argument
#include <vector>     // std::vector

#include <headroom/core/check.hpp>

#include "hosts/live_fields.hpp"
#include "hosts/live_setup.hpp"
#include "hosts/target.hpp"
#include "support/nearest.hpp"

namespace tool {

namespace {

std::string quoted_value(const std::vector<std::string>& texts, setting_type type, bool is_list) {
  std::string all;
  const bool plain = type == setting_type::number || type == setting_type::whole || type == setting_type::yes_no;
  for (const std::string& one : texts) {
    all += all.empty() ? "" : ", ";
    all += plain ? one : '"' + one + '"';
  }
  return is_list ? "[" + all + "]" : all;
}

std::string type_word(setting_type t) {
  constexpr const char* words[] = {"text", "number", "whole number", "true or false", "list of texts", "file"};
  return words[static_cast<std::size_t>(t)];
}

}  // namespace

std::string settings_table() {
  std::string text = "| key | type | default | meaning |\n|---|---|---|---|\n";
  for (const setting_key& k : setting_keys()) {
    text += "| `" + std::string(k.name) + "` | " + type_word(k.type) + " | ";
    if (!k.usual.empty()) text += "`" + std::string(k.usual) + "`";
    text += " | " + std::string(k.help);
    if (!k.only.empty()) text += ". Of the kind `" + std::string(k.only) + "`";
    text += " |\n";
  }
  text += "\n| `FIELD` | what it is |\n|---|---|\n";
  for (const live_field& f : live_fields) text += "| `" + std::string(f.name) + "` | " + std::string(f.help) + " |\n";
  text += "\n| `target.kind` | what it is |\n|---|---|\n";
  for (const target_kind& k : target_kinds())
    text += "| `" + std::string(k.name) + "` | " + std::string(k.help) + " |\n";
  return text;
}

std::string explained_setting(const std::string& name) {
  const setting_key* const k = find_setting(name);
  if (k == nullptr) {
    const std::vector<std::string> names = all_setting_names();
    throw std::invalid_argument("--explain: the key " + name + " is not known; the nearest is " +
                                nearest_in(names, name, [](const std::string& s) { return s; }));
  }
  std::string help(k->help);
  std::string usual(k->usual);
  if (k->name == "service.KEY" && name != "service.KEY") {
    for (const service_key_words& one : service_key_table()) {
      if (name != "service." + std::string(one.key)) continue;
      help = one.help;
      usual = one.usual;
    }
  }
  std::string text = name + ": " + type_word(k->type) + ". " + help + ".\n";
  if (!usual.empty()) text += "Where nothing is said: " + usual + ".\n";
  if (!k->only.empty()) text += "Only where the kind is " + std::string(k->only) + ".\n";
  if (k->name.starts_with("source.FIELD.")) {
    for (const live_field& f : live_fields) {
      if (name.starts_with("source." + std::string(f.name) + ".")) text += "The field: " + std::string(f.help) + ".\n";
    }
  }
  return text;
}

std::string settings_in_force(const settings& s) {
  std::string text;
  const auto line = [&text](const std::string& name, const std::string& value, const std::string& from) {
    std::string one = name + " = " + value;
    if (one.size() < 56) one.resize(56, ' ');
    text += one + "  # " + from + '\n';
  };
  const auto given = [&](const std::string& name) {
    const auto found = s.values().find(name);
    const setting_key* const k = find_setting(name);
    line(name, quoted_value(found->second.texts, k->type, found->second.is_list), found->second.from);
  };
  const std::optional<service_plan> plan = service_said(s);
  if (s.given("service.file")) given("service.file");
  if (plan) {
    for (const auto& [key, value] : all_keys(*plan)) {
      if (value.empty()) continue;
      const std::string name = "service." + key;
      std::string from = plan->given.contains(key) ? s.text("service.file") : "default";
      if (s.given(name)) from = s.origin(name);
      if (key == "interval_s" && s.given("live.interval_s")) from = s.origin("live.interval_s");
      line(name, '"' + value + '"', from);
    }
  }
  const std::string kind = s.text("target.kind");
  for (const setting_key& k : setting_keys()) {
    const std::string name(k.name);
    if (name.starts_with("service.")) continue;
    if (!k.only.empty() && k.only != kind) {
      if (s.given(name)) given(name);
      continue;
    }
    if (name.starts_with("source.FIELD.")) {
      if (name != "source.FIELD.query") continue;
      for (const live_field& f : live_fields) {
        const std::string field = "source." + std::string(f.name);
        if (!s.given(field + ".query")) continue;
        for (const char* const last : {".query", ".age", ".stale_s", ".need"}) {
          if (s.given(field + last))
            given(field + last);
          else if (s.said(field + last))
            line(field + last, s.text(field + last), "default");
        }
      }
    } else if (name.starts_with("shadow.")) {
      for (std::size_t i = 0; i < s.shadows(); ++i) {
        const std::string one = "shadow." + headroom::to_text(i) + name.substr(6);
        if (s.given(one)) given(one);
      }
    } else if (s.given(name)) {
      given(name);
    } else if (!k.usual.empty()) {
      line(name, quoted_value({std::string(k.usual)}, k.type, false), "default");
    }
  }
  return text;
}

}  // namespace tool
