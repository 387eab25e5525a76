#include "systems/service/service_words.hpp"

#include <cstdint>    // std::uint64_t
#include <optional>   // std::optional
#include <stdexcept>  // std::invalid_argument
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/file_lines.hpp>
#include <headroom/io/internal/from_text.hpp>

namespace tool {

using namespace headroom;

namespace {

constexpr std::string_view durations =
    "be seconds as in 0.2, or constant:0.2, exponential:0.2, gamma:0.2/0.5, lognormal:0.2/1.5, never or file:times.csv";

[[noreturn]] void refuse(std::string_view key, std::string_view what, const std::string& text, std::string_view law) {
  require(false, key, what, text, law);
  throw std::invalid_argument(text);  // not reached
}

// "0.2/0.5" as two numbers; nothing if there are more or fewer.
std::vector<double> numbers_of(std::string_view text) {
  std::vector<double> all;
  for (;;) {
    const auto slash = text.find('/');
    const auto one = from_text<double>(text.substr(0, slash));
    if (!one) return {};
    all.push_back(*one);
    if (slash == std::string_view::npos) return all;
    text.remove_prefix(slash + 1);
  }
}

duration measured(std::string_view key, const std::filesystem::path& file) {
  std::vector<double> all;
  const file_lines lines(file);
  std::uint64_t number = 0;
  lines.each([&](std::string_view line, std::uint64_t) {
    ++number;
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty()) return false;
    const auto value = from_text<double>(line);
    if (!value || !(*value >= 0 && *value <= 1e9)) {
      refuse(key, "line " + to_text(number) + " of " + file.string(), std::string(line),
             "be a duration in seconds, zero or more");
    }
    all.push_back(*value);
    return false;
  });
  require(!all.empty(), key, "number of durations in " + file.string(), 0, "be at least 1");
  return duration::sample(std::move(all));
}

template <class Value>
struct word {
  std::string_view name;
  Value value;
};
template <class Value, std::size_t N>
Value one_of(std::string_view key, const std::string& text, const word<Value> (&words)[N], std::string_view law) {
  for (const word<Value>& w : words) {
    if (w.name == text) return w.value;
  }
  refuse(key, "the name", text, law);
}

}  // namespace

duration duration_in(std::string_view key, const std::string& text, const std::filesystem::path& folder) {
  if (text == "never") return duration::never();
  const auto colon = text.find(':');
  const std::string law = colon == std::string::npos ? "constant" : text.substr(0, colon);
  const std::string rest = colon == std::string::npos ? text : text.substr(colon + 1);
  if (law == "file") return measured(key, folder / rest);
  const std::vector<double> n = numbers_of(rest);
  const bool one = n.size() == 1 && n[0] >= 0 && n[0] <= 1e9;
  const bool two = n.size() == 2 && n[0] >= 0 && n[0] <= 1e9 && n[1] > 0 && n[1] <= 100;
  if (law == "constant" && one) return duration::constant(n[0]);
  if (law == "exponential" && one) return duration::exponential(n[0]);
  if (law == "gamma" && two) return duration::gamma(n[0], n[1]);
  if (law == "lognormal" && two) return duration::lognormal(n[0], n[1]);
  refuse(key, "the duration", text, durations);
}

objective objective_in(std::string_view key, const std::string& text) {
  constexpr std::string_view law = "be a percentile and seconds, as in p95<0.5: 95 % of the requests within 0.5 s";
  const auto less = text.find('<');
  if (text.size() < 2 || text[0] != 'p' || less == std::string::npos) refuse(key, "the objective", text, law);
  std::string bound = text.substr(less + 1);
  if (!bound.empty() && bound.back() == 's') bound.pop_back();
  const auto percent = from_text<double>(std::string_view(text).substr(1, less - 1));
  const auto bound_s = from_text<double>(bound);
  if (!percent || !bound_s || !(*percent > 0 && *percent < 100) || !(*bound_s > 0 && *bound_s <= 1e9))
    refuse(key, "the objective", text, law);
  return {*percent / 100, *bound_s};
}

discipline discipline_in(std::string_view key, const std::string& text) {
  constexpr word<discipline> words[] = {{"shared-queue", discipline::shared_queue},
                                        {"queue-each", discipline::queue_each},
                                        {"processor-sharing", discipline::processor_sharing}};
  return one_of(key, text, words, "be shared-queue, queue-each or processor-sharing");
}
balancer balancer_in(std::string_view key, const std::string& text) {
  constexpr word<balancer> words[] = {{"round-robin", balancer::round_robin},
                                      {"least-outstanding", balancer::least_outstanding},
                                      {"random-of-two", balancer::random_of_two}};
  return one_of(key, text, words, "be round-robin, least-outstanding or random-of-two");
}

}  // namespace tool
