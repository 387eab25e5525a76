#include <headroom/ext/keda_messages.hpp>

#include <string>
#include <string_view>

#include "catch.hpp"

using namespace headroom;

// Bytes by the law of the format; that a real client of gRPC reads and writes the same stands in tests/keda/.

namespace {

std::string bytes(std::string_view text) { return std::string(text); }

}  // namespace

TEST_CASE("keda_messages: who asks is read, with every key of the trigger") {
  using namespace std::string_view_literals;
  const auto o = keda_scaled_object::of(
      "\x0A\x02so\x12\x02ns\x1A\x0E\n\x06target\x12\x04shop\x1A\x0A\n\x04"
      "more\x12\x02\x31\x32"sv);
  REQUIRE(o.has_value());
  CHECK(o->name == "so");
  CHECK(o->name_space == "ns");
  CHECK(o->metadata.size() == 2);
  CHECK(o->metadata.at("more") == "12");
  CHECK(o->target() == "shop");
  CHECK(keda_scaled_object::of("\x0A\x02so\x12\x02ns")->target() == "ns/so");
  CHECK(keda_scaled_object::of("\x0A\x02so")->target() == "so");
  CHECK(keda_scaled_object::of("")->name.empty());
  // What one does not know is passed over: a number, eight bytes, four bytes.
  CHECK(keda_scaled_object::of("\x20\x96\x01\x29\x01\x02\x03\x04\x05\x06\x07\x08\x35\x01\x02\x03\x04\x0A\x02so"sv)
            ->name == "so");
}

TEST_CASE("keda_messages: what is cut off or no message is refused") {
  using namespace std::string_view_literals;
  const std::string whole = bytes("\x0A\x02so\x1A\x0E\n\x06target\x12\x04shop"sv);
  for (std::size_t n = 1; n < whole.size(); ++n) {
    if (n == 4) continue;  // the first field alone is a message, too
    INFO(n);
    CHECK_FALSE(keda_scaled_object::of(whole.substr(0, n)).has_value());
  }
  CHECK_FALSE(keda_scaled_object::of("\x0B"sv).has_value());      // a group
  CHECK_FALSE(keda_scaled_object::of("\x02\x00"sv).has_value());  // field 0
  CHECK_FALSE(keda_scaled_object::of("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv).has_value());
  CHECK_FALSE(keda_scaled_object::of("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"sv).has_value());
  CHECK_FALSE(keda_scaled_object::of("\x1A\x02\n\x06"sv).has_value());  // a pair whose key is cut off
  CHECK_FALSE(keda_metrics_question::of("\x0A\x02\n\x06"sv).has_value());
}

TEST_CASE("keda_messages: both numbers are filled, the whole one rounded up") {
  using namespace std::string_view_literals;
  CHECK(keda_active(true) == bytes("\x08\x01"sv));
  CHECK(keda_active(false).empty());
  CHECK(keda_metric_spec("m", 1) == bytes("\x0A\x0E\x0A\x01m\x10\x01\x19\0\0\0\0\0\0\xF0\x3F"sv));
  // 7.25 is 0x401D000000000000, and an old KEDA must not read it as 7.
  CHECK(keda_metric_value("m", 7.25) == bytes("\x0A\x0E\x0A\x01m\x10\x08\x19\0\0\0\0\0\0\x1D\x40"sv));
  CHECK(keda_metric_value("m", 300).find("\x10\xAC\x02"sv) != std::string::npos);
  CHECK(keda_metric_value("m", 0) == bytes("\x0A\x03\x0A\x01m"sv));
}

TEST_CASE("keda_messages: a question for a metric names whom and what") {
  using namespace std::string_view_literals;
  const auto q = keda_metrics_question::of("\x0A\x08\x0A\x02so\x12\x02ns\x12\x01m"sv);
  REQUIRE(q.has_value());
  CHECK(q->metric == "m");
  CHECK(q->of_whom.target() == "ns/so");
}
