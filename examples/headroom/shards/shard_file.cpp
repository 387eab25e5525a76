#include "shards/shard_file.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include <headroom/core/types.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/from_text.hpp>

#include "support/files.hpp"

namespace tool::shards {

using namespace headroom;

namespace {

constexpr std::string_view shard_format = "headroom shard 1";
constexpr std::uint64_t most_parts = 10'000;

std::vector<std::string>& kept_words() {
  static std::vector<std::string> all;
  return all;
}

// Options that name a file to write.
bool names_a_result(std::string_view option) {
  static constexpr std::array results{std::string_view("--json"), std::string_view("--csv"), std::string_view("--out"),
                                      std::string_view("--svg"), std::string_view("--churn-svg")};
  return std::find(results.begin(), results.end(), option) != results.end();
}

std::optional<std::uint64_t> index_in(const std::string& text) {
  if (const auto number = from_text<std::uint64_t>(text)) return number;
  const char* const value = std::getenv(text.c_str());
  if (value == nullptr) return std::nullopt;
  const auto from_0 = from_text<std::uint64_t>(std::string_view(value));
  if (!from_0 || *from_0 >= most_parts) {
    throw std::invalid_argument("--shard: the variable " + text + " is '" + value +
                                "', must be a whole number from 0 on");
  }
  return *from_0 + 1;
}

std::string with_shard(const shard_file& one, std::uint64_t index) {
  return one.command() + " --shard " + to_text(index) + '/' + to_text(one.which.of);
}

std::string read_whole(const std::filesystem::path& file) {
  input_file in(file);
  std::string bytes(static_cast<std::size_t>(in.size()), '\0');
  in.read(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

}  // namespace

std::string part_of_all::text() const { return to_text(index) + " of " + to_text(of); }

part_of_all part_in(const std::string& asked) {
  const std::size_t slash = asked.find('/');
  const auto of = slash == std::string::npos ? std::nullopt : from_text<std::uint64_t>(asked.substr(slash + 1));
  const auto index = of ? index_in(asked.substr(0, slash)) : std::nullopt;
  if (!of || !index || *of < 1 || *of > most_parts || *index < 1 || *index > *of) {
    throw std::invalid_argument("--shard: the value is '" + asked + "', must be I/N with N from 1 to " +
                                to_text(most_parts) +
                                " and I from 1 to N, or in the place of I a variable of the environment that counts "
                                "from 0, as in JOB_COMPLETION_INDEX/7");
  }
  return {*index, *of};
}

std::string in_shell(const std::string& word) {
  static constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+.,:/%@";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + '\'';
}

std::string shard_file::command() const {
  std::string line = "headroom";
  for (const std::string& word : words) line.append(" ").append(in_shell(word));
  return line;
}

std::string shard_file::text() const {
  json j;
  j["format"] = shard_format;
  j["headroom_version"] = report::version_text();
  j["compiler"] = __VERSION__;
  j["command"] = words;
  j["shard"] = {{"index", which.index}, {"of", which.of}};
  j["inputs"] = inputs;
  j["about"] = about;
  j["counts"] = counts;
  std::string all = j.dump(1);
  all.resize(all.size() - 2);  // without the last brace: a unit has a line
  all += ",\n \"units\": [";
  for (std::size_t k = 0; k < units.size(); ++k)
    all += (k == 0 ? "\n  " : ",\n  ") + json{{"unit", units[k].name}, {"result", units[k].result}}.dump();
  return all + "\n ]\n}\n";
}

shard_file read_shard(const std::string& text, const std::string& source) {
  const json j = json::parse(text, nullptr, false);
  if (!j.is_object() || j.value("format", "") != shard_format)
    throw file_error(source,
                     "is no shard, must be a file that --shard left (format \"" + std::string(shard_format) + "\")");
  const std::string version = j.value("headroom_version", "");
  if (version != report::version_text()) {
    throw file_error(source, "was made by headroom " + version + ", must be of " + report::version_text() +
                                 ", which merges it: make it again with this program");
  }
  try {
    shard_file one{.source = source};
    one.words = j.at("command").get<std::vector<std::string>>();
    one.inputs = j.at("inputs").get<std::map<std::string, std::string>>();
    one.which = {j.at("shard").at("index").get<std::uint64_t>(), j.at("shard").at("of").get<std::uint64_t>()};
    one.about = j.at("about");
    one.counts = j.at("counts");
    for (const json& u : j.at("units")) one.units.push_back({u.at("unit").get<std::string>(), u.at("result")});
    if (one.words.empty() || one.which.of < 1 || one.which.index < 1 || one.which.index > one.which.of)
      throw file_error(source, "is shard " + one.which.text() + ", which cannot be");
    return one;
  } catch (const json::exception& e) {
    throw file_error(source, std::string("is no whole shard: ") + e.what());
  }
}
shard_file load_shard(const std::filesystem::path& file) { return read_shard(read_whole(file), file.string()); }

std::filesystem::path shard_name(const std::string& command, const part_of_all& which) {
  return command + '-' + to_text(which.index) + "-of-" + to_text(which.of) + ".shard";
}

void require_one_command(const std::vector<shard_file>& parts) {
  if (parts.empty()) throw std::invalid_argument("merge: no shard is named, must be all of a command");
  const shard_file& first = parts.front();
  std::map<std::uint64_t, const shard_file*> there;
  for (const shard_file& one : parts) {
    if (one.words != first.words) {
      throw std::invalid_argument("merge: " + one.source + " is of another command than " + first.source + ":\n  " +
                                  one.command() + "\n  " + first.command());
    }
    if (one.which.of != first.which.of) {
      throw std::invalid_argument("merge: " + one.source + " is one of " + to_text(one.which.of) + " shards, " +
                                  first.source + " one of " + to_text(first.which.of) + ", must be of one splitting");
    }
    if (one.inputs != first.inputs) {
      throw std::invalid_argument("merge: " + one.source + " and " + first.source +
                                  " were made with different files of the same name (see \"inputs\" in both), must be "
                                  "made with the same");
    }
    const auto [at, fresh] = there.emplace(one.which.index, &one);
    if (!fresh) {
      throw std::invalid_argument("merge: " + at->second->source + " and " + one.source + " are both shard " +
                                  one.which.text() + ", must be named once");
    }
  }
  std::string missing;
  for (std::uint64_t k = 1; k <= first.which.of; ++k) {
    if (!there.contains(k)) missing += "\n  " + with_shard(first, k);
  }
  if (!missing.empty()) {
    throw std::invalid_argument("merge: " + to_text(first.which.of - there.size()) + " of " + to_text(first.which.of) +
                                " shards are missing; each of these commands makes one, alone:" + missing);
  }
}

void set_words(const std::vector<std::string>& all) {
  std::vector<std::string>& to = kept_words();
  to.clear();
  for (std::size_t k = 0; k < all.size(); ++k) {
    if (all[k] == "--quiet" || all[k] == "--plain" || all[k].starts_with("--shard=")) continue;
    if (all[k] == "--shard") {
      ++k;
      continue;
    }
    to.push_back(all[k]);
  }
}
const std::vector<std::string>& words() { return kept_words(); }

std::map<std::string, std::string> inputs_in(const std::vector<std::string>& words) {
  std::map<std::string, std::string> found;
  std::string option;
  for (const std::string& word : words) {
    std::string value = word;
    if (word.starts_with("--")) {
      const std::size_t equals = word.find('=');
      option = word.substr(0, equals);
      value = equals == std::string::npos ? "" : word.substr(equals + 1);
    }
    std::error_code ignored;
    if (value.empty() || names_a_result(option) || !std::filesystem::is_regular_file(value, ignored)) continue;
    found[value] = checksum_of(value);
  }
  return found;
}

}  // namespace tool::shards
