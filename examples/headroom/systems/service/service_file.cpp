#include "systems/service/service_file.hpp"

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::floor
#include <iostream>   // std::cerr
#include <optional>   // std::optional
#include <stdexcept>  // std::invalid_argument

#include <toml++/toml.h>

#include <headroom/core/check.hpp>
#include <headroom/io/internal/file_lines.hpp>
#include <headroom/io/internal/from_text.hpp>

#include "support/command_line.hpp"
#include "support/nearest.hpp"

namespace tool {

using namespace headroom;

namespace {

namespace fs = std::filesystem;

double number(const char* key, const std::string& text) {
  const auto value = from_text<double>(text);
  require(value.has_value(), key, "the value", text, "be a number");
  return *value;
}
int whole(const char* key, const std::string& text) {
  const double value = number(key, text);
  require(value == std::floor(value) && value >= 0 && value <= 1e9, key, "the value", text,
          "be a whole number, zero or more");
  return static_cast<int>(value);
}

struct service_key {
  const char* key;
  const char* usual;  // the text that it has where nothing is said; empty: found when the load is known
  const char* flag;
  const char* help;
  void (*set)(service_plan& p, const char* key, const std::string& text, const fs::path& folder);
};

#define HEADROOM_KEY(member, read) \
  [](service_plan& p, const char* key, const std::string& text, const fs::path&) { p.service.member = read(key, text); }
#define HEADROOM_DURATION(member)                                                         \
  [](service_plan& p, const char* key, const std::string& text, const fs::path& folder) { \
    p.service.member = duration_in(key, text, folder);                                    \
  }

// A further key is a line here.
constexpr service_key keys[] = {
    {"objective", "p99<1", "--objective", "What is in time: p95<0.5 means 95 % of the requests within 0.5 s",
     [](service_plan& p, const char* key, const std::string& text, const fs::path&) {
       p.wanted = objective_in(key, text);
     }},
    {"slots", "1", "--slots", "Requests that a replica serves at once", HEADROOM_KEY(slots, whole)},
    {"service_time", "exponential:0.1", "--service-time",
     "How long a request that has a slot is served, in seconds: 0.2, exponential:0.2, gamma:0.2/0.5 or "
     "lognormal:0.2/1.5 (mean and coefficient of variation), file:times.csv",
     HEADROOM_DURATION(service_time)},
    {"start_delay", "30", "--start-delay", "From the wish for a replica until it serves, a duration",
     HEADROOM_DURATION(start_delay)},
    {"interval_s", "15", "--decision-interval", "Seconds from decision to decision", HEADROOM_KEY(interval_s, number)},
    {"min_replicas", "1", "--min-replicas", "Fewest replicas", HEADROOM_KEY(min_replicas, whole)},
    {"max_replicas", "100", "--max-replicas", "Most replicas", HEADROOM_KEY(max_replicas, whole)},
    {"initial_replicas", "", "--initial-replicas",
     "Replicas at the beginning of an episode (default: what the mean load needs at 60 % utilisation)",
     HEADROOM_KEY(initial_replicas, whole)},
    {"order", "shared-queue", "--discipline",
     "Where requests wait: shared-queue (default), queue-each or processor-sharing",
     HEADROOM_KEY(order, discipline_in)},
    {"balance", "least-outstanding", "--balancer",
     "How a replica is picked: least-outstanding (default), round-robin or random-of-two",
     HEADROOM_KEY(balance, balancer_in)},
    {"cores", "1", "--cores", "Processors of a replica, for processor-sharing", HEADROOM_KEY(cores, number)},
    {"contention", "0", "--contention", "A request takes longer by this, times the busy fraction of the slots",
     HEADROOM_KEY(contention, number)},
    {"queue_limit", "inf", "--queue-limit", "Waiting requests beyond which one is rejected (default: no limit)",
     HEADROOM_KEY(queue_limit, number)},
    {"timeout", "never", "--timeout", "A client gives up after this duration", HEADROOM_DURATION(timeout)},
    {"retries", "0", "--retries", "Times that a client tries again", HEADROOM_KEY(retries, whole)},
    {"retry_after_s", "1", "--retry-after", "Seconds that it waits before that", HEADROOM_KEY(retry_after_s, number)},
    {"life", "never", "--life", "A replica fails after this duration", HEADROOM_DURATION(life)},
    {"replicas_per_node", "0", "--replicas-per-node", "Replicas of a node (default: nodes are not looked at)",
     HEADROOM_KEY(replicas_per_node, whole)},
    {"node_delay", "120", "--node-delay", "Until a further node runs, a duration", HEADROOM_DURATION(node_delay)},
    {"image_pull", "0", "--image-pull", "Until a further node has the image, a duration",
     HEADROOM_DURATION(image_pull)},
    {"node_idle_s", "600", "--node-idle", "Seconds after which an empty node is given back",
     HEADROOM_KEY(node_idle_s, number)},
    {"scrape_s", "15", "--scrape", "Metrics are collected every so many seconds", HEADROOM_KEY(scrape_s, number)},
    {"window_s", "60", "--metric-window", "Rates and quantiles are over so many seconds",
     HEADROOM_KEY(window_s, number)},
    {"scrape_delay_s", "0", "--scrape-delay", "A metric is at least so many seconds old when it is seen",
     HEADROOM_KEY(scrape_delay_s, number)},
    {"moves", "any", nullptr, "Sizes of a move, as in [1, 2, 4]; any: every number of replicas at once",
     [](service_plan& p, const char* key, const std::string& text, const fs::path&) {
       p.moves.clear();
       std::string_view rest = text;
       while (rest != "any") {
         const auto comma = rest.find(',');
         const auto value = from_text<int>(rest.substr(0, comma));
         require(value && *value >= 1 && *value <= 1'000'000 && (p.moves.empty() || *value > p.moves.back()), key,
                 "the list", text, "be moves from 1 on, ascending, as in 1,2,4, or any");
         p.moves.push_back(*value);
         if (comma == std::string_view::npos) break;
         rest.remove_prefix(comma + 1);
       }
     }}};

#undef HEADROOM_KEY
#undef HEADROOM_DURATION

// A value of the file as its text. Nothing for a table, a date, or a list of anything but whole numbers.
std::optional<std::string> text_of(const toml::node& value) {
  if (const auto* s = value.as_string()) return s->get();
  if (const auto* n = value.as_integer()) return to_text(n->get());
  if (const auto* x = value.as_floating_point()) return to_text(x->get());
  if (const auto* list = value.as_array()) {
    std::string text;
    for (const toml::node& one : *list) {
      const auto* n = one.as_integer();
      if (n == nullptr) return std::nullopt;
      if (!text.empty()) text += ',';
      text += to_text(n->get());
    }
    return text.empty() ? "any" : text;
  }
  return std::nullopt;
}

[[noreturn]] void refuse_in(const fs::path& file, std::size_t line, std::string_view what) {
  throw std::invalid_argument(file.string() + ", line " + to_text(line) + ": " + std::string(what));
}

}  // namespace

void set_key(service_plan& p, const std::string& key, const std::string& text, const fs::path& folder) {
  const service_key* const nearest = &nearest_in(keys, key, [](const service_key& k) { return k.key; });
  if (key != nearest->key) {
    throw std::invalid_argument("the key " + key + " is not known; the nearest is " + nearest->key);
  }
  nearest->set(p, nearest->key, text, folder);
  // Wherever the text is read again, it must name the same file.
  constexpr std::string_view measured = "file:";
  const bool relative = text.starts_with(measured) && fs::path(text.substr(measured.size())).is_relative();
  p.given[key] = relative ? std::string(measured) + fs::absolute(folder / text.substr(measured.size())).string() : text;
}

void check_plan(const service_plan& p) {
  service_options o = p.service;
  o.objective_s = p.wanted.bound_s;
  if (!p.given.contains("initial_replicas")) o.initial_replicas = std::max(o.min_replicas, std::min(1, o.max_replicas));
  static_cast<void>(checked(o));
}

service_plan read_service_file(const fs::path& file) {
  const std::string text = file_lines(file).all(1 << 20);
  service_plan p;
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& e) {
    refuse_in(file, e.source().begin.line, e.description());
  }
  for (const auto& [key, value] : table) {
    const std::size_t line = value.source().begin.line;
    const auto written = text_of(value);
    if (!written) refuse_in(file, line, std::string(key.str()) + ": must be a number, a text or a list of moves");
    try {
      set_key(p, std::string(key.str()), *written, file.parent_path());
    } catch (const std::invalid_argument& e) {
      refuse_in(file, line, e.what());
    }
  }
  check_plan(p);
  return p;
}

std::string service_file_text(const service_plan& p) {
  std::string text;
  for (const auto& [key, value] : p.given) {
    const bool plain = key != "moves" && from_text<double>(value).has_value();
    text += key + " = ";
    if (key == "moves" && value != "any") {
      text += "[" + value + "]\n";
    } else {
      text += plain ? value + "\n" : "\"" + value + "\"\n";
    }
  }
  return text;
}

std::vector<service_key_words> service_key_table() {
  std::vector<service_key_words> all;
  for (const service_key& k : keys) all.push_back({k.key, k.usual, k.help, k.flag == nullptr ? "" : k.flag});
  return all;
}

std::vector<std::pair<std::string, std::string>> all_keys(const service_plan& p) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const service_key& k : keys) {
    const auto found = p.given.find(k.key);
    all.emplace_back(k.key, found == p.given.end() ? k.usual : found->second);
  }
  return all;
}

void service_flags::declare(command& to) {
  to.add("--service", file_,
         "Your own service instead of the published farm: a TOML file of the keys that docs/3-your-own-service.md "
         "explains. The flags that follow replace what the file says, or say it all");
  for (const service_key& k : keys) {
    if (k.flag == nullptr) continue;
    std::string help = std::string("Of service: ") + k.help;
    if (help.find("(default") == std::string::npos) help.append(" (default: ").append(k.usual).append(")");
    to.add(k.flag, texts_[k.key], help);
  }
}

bool service_flags::says(const std::string& key) const {
  const auto flag = texts_.find(key);
  if (flag != texts_.end() && !flag->second.empty()) return true;
  if (said_ && said_->given.contains(key)) return true;
  return !file_.empty() && read_service_file(file_).given.contains(key);
}

service_plan service_flags::plan(service_plan p) const {
  if (said_) {
    for (const auto& [key, text] : said_->given) set_key(p, key, text, {});
  }
  if (!file_.empty()) p = read_service_file(file_);
  std::string replaced;
  for (const service_key& k : keys) {
    const auto found = texts_.find(k.key);
    if (k.flag == nullptr || found == texts_.end() || found->second.empty()) continue;
    const auto before = p.given.find(k.key);
    if (!file_.empty() && before != p.given.end() && before->second != found->second) {
      if (!replaced.empty()) replaced += ", ";
      replaced += std::string(k.key) + " is " + found->second + ", not " + before->second;
    }
    try {
      set_key(p, k.key, found->second, {});
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument(std::string(k.flag) + ": " + e.what());
    }
  }
  if (!replaced.empty()) std::cerr << "headroom: over " << file_.string() << ": " << replaced << '\n';
  check_plan(p);
  return p;
}

}  // namespace tool
