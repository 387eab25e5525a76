#pragma once

#include <algorithm>    // std::min
#include <cstddef>      // std::size_t
#include <stdexcept>    // std::runtime_error
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/ext/internal/config_node.hpp>

namespace headroom::internal {

/// Reads the YAML that programs write into a kubeconfig: maps and lists by indentation, each value in its line, plain
/// or in quotes; comments; {} and []. Everything else that YAML has is refused by name and line, never guessed:
/// anchors, tags, braces, values of several lines. Throws std::runtime_error.
///
/// Own code, because this part of YAML is a page and a YAML library would be a dependency of every program that scales
/// a Deployment, most of which run in the cluster and read no kubeconfig. Who has a file of another style writes it
/// anew: kubectl config view --raw --flatten.
class yaml_lines {
 public:
  [[nodiscard]] static config_node read(std::string_view text) {
    yaml_lines in(text);
    if (in.lines_.empty()) return {};
    config_node root = in.block(in.lines_.front().indent, 0);
    if (in.at_ < in.lines_.size()) in.refuse("is indented less than the first line");
    return root;
  }

 private:
  struct line {
    std::size_t number = 0;
    std::size_t indent = 0;
    std::string_view text;  // without the indentation, the comment and the spaces behind
  };

  explicit yaml_lines(std::string_view text) {
    for (std::size_t number = 1; !text.empty(); ++number) {
      const std::size_t end = text.find('\n');
      std::string_view row = text.substr(0, end);
      text.remove_prefix(end == text.npos ? text.size() : end + 1);
      if (row.ends_with('\r')) row.remove_suffix(1);
      const std::size_t indent = std::min(row.find_first_not_of(' '), row.size());
      row = without_comment(row.substr(indent));
      if (row.empty()) continue;
      lines_.push_back({number, indent, row});
      at_ = lines_.size() - 1;
      if (row.starts_with('\t')) refuse("begins with a tab, must begin with spaces");
      if (row == "---" && lines_.size() == 1) {
        lines_.pop_back();
      } else if (row.starts_with("---") || row.starts_with("...") || row.starts_with('%')) {
        refuse("begins a second document, must be one");
      }
    }
    at_ = 0;
  }
  // A comment begins with # behind a space, outside of quotes.
  static std::string_view without_comment(std::string_view row) {
    char quote = '\0';
    std::size_t end = row.size();
    for (std::size_t k = 0; k < row.size(); ++k) {
      const bool begins = k == 0 || row[k - 1] == ' ';
      if (quote != '\0') {
        if (row[k] == '\\' && quote == '"')
          ++k;
        else if (row[k] == quote)
          quote = '\0';
      } else if (begins && (row[k] == '"' || row[k] == '\'')) {
        quote = row[k];
      } else if (begins && row[k] == '#') {
        end = k;
        break;
      }
    }
    while (end > 0 && (row[end - 1] == ' ' || row[end - 1] == '\t')) --end;
    return row.substr(0, end);
  }
  [[noreturn]] void refuse(const std::string& law) const {
    throw std::runtime_error("line " + to_text(lines_[at_].number) + " " + law);
  }
  [[nodiscard]] bool more(std::size_t indent) const { return at_ < lines_.size() && lines_[at_].indent == indent; }
  [[nodiscard]] static bool is_item(std::string_view text) { return text == "-" || text.starts_with("- "); }

  config_node block(std::size_t indent, int depth) {
    if (depth > config_node::deepest) refuse("is nested too deeply");
    return is_item(lines_[at_].text) ? list(indent, depth) : map(indent, depth);
  }
  config_node list(std::size_t indent, int depth) {
    config_node node;
    node.is = config_node::kind::list;
    while (more(indent) && is_item(lines_[at_].text)) {
      line& now = lines_[at_];
      const std::size_t in = std::min(now.text.find_first_not_of(' ', 1), now.text.size());
      const std::string_view rest = now.text.substr(in);
      if (rest.empty()) {
        node.parts.emplace_back(std::string(), below(indent, depth));
      } else if (is_item(rest) || end_of_key(rest) != rest.npos) {
        now.indent += in;  // what stands behind the dash is a line of its own
        now.text = rest;
        node.parts.emplace_back(std::string(), block(now.indent, depth + 1));
      } else {
        node.parts.emplace_back(std::string(), value(rest));
        ++at_;
      }
      if (at_ < lines_.size() && lines_[at_].indent > indent) refuse("is indented more than what it belongs to");
    }
    return node;
  }
  config_node map(std::size_t indent, int depth) {
    config_node node;
    node.is = config_node::kind::map;
    while (more(indent) && !is_item(lines_[at_].text)) {
      const std::string_view text = lines_[at_].text;
      const std::size_t colon = end_of_key(text);
      if (colon == text.npos) refuse("has no name with a colon behind it");
      std::string key = value(text.substr(0, colon)).text;
      if (node.find(key) != nullptr) refuse("names " + key + " a second time");
      const std::size_t in = std::min(text.find_first_not_of(' ', colon + 1), text.size());
      config_node part;
      if (in == text.size()) {
        part = below(indent, depth);
      } else {
        part = value(text.substr(in));
        ++at_;
      }
      if (at_ < lines_.size() && lines_[at_].indent > indent) refuse("is indented more than what it belongs to");
      node.parts.emplace_back(std::move(key), std::move(part));
    }
    return node;
  }
  // What stands below a name or a dash that has nothing behind it. A list may stand in the column of its name.
  config_node below(std::size_t indent, int depth) {
    ++at_;
    if (at_ >= lines_.size()) return {};
    const line& next = lines_[at_];
    if (next.indent > indent) return block(next.indent, depth + 1);
    const bool behind_name = !is_item(lines_[at_ - 1].text);
    return behind_name && next.indent == indent && is_item(next.text) ? list(indent, depth + 1) : config_node();
  }
  // Where the colon behind the name is; npos if the text has none.
  static std::size_t end_of_key(std::string_view text) {
    std::size_t from = 0;
    if (text.starts_with('"') || text.starts_with('\'')) {
      from = text.find(text.front(), 1);
      if (from == text.npos) return text.npos;
      return from + 1 < text.size() && text[from + 1] == ':' ? from + 1 : text.npos;
    }
    const std::size_t inside = text.find(": ");
    return inside != text.npos ? inside : text.ends_with(':') ? text.size() - 1 : text.npos;
  }
  [[nodiscard]] config_node value(std::string_view text) const {
    config_node node;
    if (text == "null" || text == "~") return node;
    if (text == "{}" || text == "[]") {
      node.is = text == "{}" ? config_node::kind::map : config_node::kind::list;
      return node;
    }
    node.is = config_node::kind::text;
    if (text.starts_with('"') || text.starts_with('\'')) {
      node.text = quoted(text);
      return node;
    }
    if (text.find_first_of("&*!|>{}[]%@`,?") == 0)
      refuse("has a value that begins with " + std::string(1, text.front()));
    if (text.find(": ") != text.npos || text.ends_with(':'))
      refuse("has a second colon, its value must stand in quotes");
    node.text = text;
    return node;
  }
  [[nodiscard]] std::string quoted(std::string_view text) const {
    const char quote = text.front();
    std::string inside;
    std::size_t k = 1;
    for (; k < text.size(); ++k) {
      if (text[k] == quote) {
        if (quote == '"' || text.substr(k, 2) != "''") break;
        ++k;  // '' stands for one quote
        inside += '\'';
      } else if (text[k] == '\\' && quote == '"') {
        constexpr std::string_view meanings = "\"\\/nt";
        const std::size_t which = k + 1 < text.size() ? meanings.find(text[k + 1]) : meanings.npos;
        if (which == meanings.npos) refuse("has a \\ that is not known, must be one of \\\" \\\\ \\/ \\n \\t");
        inside += "\"\\/\n\t"[which];
        ++k;
      } else {
        inside += text[k];
      }
    }
    if (k + 1 != text.size()) refuse("has text behind its quotes, or no closing quote in the line");
    return inside;
  }

  std::vector<line> lines_{};
  std::size_t at_ = 0;
};

}  // namespace headroom::internal
