#include <headroom/ext/internal/keda_answers.hpp>

#include <optional>
#include <string>

#include "catch.hpp"

using namespace headroom;

namespace {

struct one_decision {
  std::optional<served_decision> made{};
  [[nodiscard]] std::optional<served_decision> last(const std::string& target) const {
    return target == "shop" ? made : std::nullopt;
  }
};

}  // namespace

TEST_CASE("keda_answers: the bytes of a message come out as they went in") {
  const std::string text("a\0b", 3);
  CHECK(internal::bytes_of(internal::buffer_of(text)) == text);
  CHECK(internal::bytes_of(internal::buffer_of({})) == std::string());
  CHECK(!internal::bytes_of(grpc::ByteBuffer()));
}

TEST_CASE("keda_answers: a decision is given while it is new, and an old one says so") {
  one_decision targets;
  const internal::keda_answers<one_decision> answers(targets, 60);
  served_decision d;
  CHECK(answers.decision("shop", d).error_code() == grpc::StatusCode::NOT_FOUND);
  targets.made.emplace();
  targets.made->replicas = 7;
  targets.made->age_s = 60;
  CHECK(answers.decision("shop", d).ok());
  CHECK(d.replicas == 7);
  CHECK(answers.decision("other", d).error_code() == grpc::StatusCode::NOT_FOUND);
  targets.made->age_s = 60.5;
  CHECK(answers.decision("shop", d).error_code() == grpc::StatusCode::UNAVAILABLE);
  std::string reply;
  CHECK(answers.answer("GetMetrics", "no message", reply).error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(answers.answer("IsActive", "no message", reply).error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(reply.empty());
}
