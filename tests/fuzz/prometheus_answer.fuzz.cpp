#include <headroom/ext/internal/prometheus_answer.hpp>

#include <cmath>
#include <string_view>

#include "input.hpp"

using namespace headroom;

namespace {

bool is_json(std::string_view text) {
  internal::json_reader in(text);
  using token = internal::json_reader::token;
  token t = in.next();
  while (t != token::end && t != token::error) t = in.next();
  return t == token::end;
}

}  // namespace

/// What a server answers that may be anything. Nothing throws, and what is handed on is JSON of its own.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t handed = 0;
  const auto a = internal::prometheus_answer::of(text, [&](std::string_view metric, std::string_view values) {
    ++handed;
    fuzz::must(metric.front() == '{' && is_json(metric));
    fuzz::must(values.front() == '[' && is_json(values));
  });
  fuzz::must(handed <= a.series);
  fuzz::must(a.number || std::isnan(a.value));
  if (a.is_one) fuzz::must(is_json(text));
  return 0;
}
