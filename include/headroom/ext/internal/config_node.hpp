#pragma once

#include <cstddef>           // std::size_t
#include <cstdint>           // std::uint8_t
#include <initializer_list>  // std::initializer_list
#include <optional>          // std::optional
#include <string>            // std::string
#include <string_view>       // std::string_view
#include <utility>           // std::move, std::pair
#include <vector>            // std::vector

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/json_walk.hpp>

namespace headroom::internal {

/// A small document of somebody else's, such as a kubeconfig: texts, lists and maps. Numbers and truth values are the
/// texts that they are written as.
struct config_node {
  enum class kind : std::uint8_t { nothing, text, list, map };
  static constexpr int deepest = 32;

  kind is = kind::nothing;
  std::string text{};
  std::vector<std::pair<std::string, config_node>> parts{};  ///< of a map by name; of a list without names

  /// The part of this name; null if there is none, or if this is no map.
  [[nodiscard]] const config_node* find(std::string_view name) const noexcept {
    for (const auto& [key, part] : parts) {
      if (is == kind::map && key == name) return &part;
    }
    return nullptr;
  }
  /// The text of the part of this name; empty if there is none.
  [[nodiscard]] std::string text_of(std::string_view name) const {
    const config_node* const part = find(name);
    return part == nullptr ? std::string() : part->text;
  }
  /// Whether a part of this name is there and says something.
  [[nodiscard]] bool has(std::string_view name) const noexcept {
    const config_node* const part = find(name);
    return part != nullptr && part->is != kind::nothing;
  }
  /// The part that is found by going down by these names; null if there is none.
  [[nodiscard]] const config_node* at(std::initializer_list<std::string_view> names) const noexcept {
    const config_node* part = this;
    for (const std::string_view name : names) {
      if (part != nullptr) part = part->find(name);
    }
    return part;
  }
  /// Its text; empty if there is none.
  [[nodiscard]] std::string text_at(std::initializer_list<std::string_view> names) const {
    const config_node* const part = at(names);
    return part == nullptr ? std::string() : part->text;
  }
  /// The part of a list whose `name` is this text; null if there is none.
  [[nodiscard]] const config_node* named(std::string_view name) const noexcept {
    for (const auto& part : parts) {
      const config_node* const its = part.second.find("name");
      if (is == kind::list && its != nullptr && its->text == name) return &part.second;
    }
    return nullptr;
  }

  /// The document of a JSON text; nothing if it is no JSON, is nested too deeply, or names a part twice.
  [[nodiscard]] static std::optional<config_node> of_json(std::string_view json) {
    json_walk in(json);
    config_node root;
    const json_walk::token first = in.next();
    if (!in.good() || !root.read(in, first, 0) || !in.ends()) return std::nullopt;
    return root;
  }

 private:
  // Reads the value whose first token was `t` to its end, also where it is refused.
  bool read(json_walk& in, json_walk::token t, int depth) {
    if (depth > deepest) {
      in.pass(t);
      return false;
    }
    bool good = true;
    const auto add = [&](std::string name, json_walk::token value) {
      config_node part;
      good = part.read(in, value, depth + 1) && good;
      parts.emplace_back(std::move(name), std::move(part));
    };
    switch (t) {
      case json_walk::token::object:
        is = kind::map;
        in.members([&](const std::string& key, json_walk::token value) {
          good = good && find(key) == nullptr;
          add(key, value);
        });
        break;
      case json_walk::token::list:
        is = kind::list;
        in.values([&](json_walk::token value) { add({}, value); });
        break;
      case json_walk::token::text:
        is = kind::text;
        text = in.text();
        break;
      case json_walk::token::boolean:
        is = kind::text;
        text = in.boolean() ? "true" : "false";
        break;
      case json_walk::token::null:
        break;
      default:
        is = kind::text;
        text = json_walk::is_number(t) ? to_text(in.number()) : std::string();
    }
    return good && in.good();
  }
};

}  // namespace headroom::internal
