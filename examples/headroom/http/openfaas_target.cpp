#include "http/openfaas_target.hpp"

#include <stdexcept>
#include <utility>

#include <headroom/ext/openfaas.hpp>

namespace tool {

using namespace headroom;

namespace {

class openfaas_target final : public scaled_target {
 public:
  explicit openfaas_target(openfaas_options o) : function_(std::move(o)) {}

  [[nodiscard]] bool tells_replicas() const override { return true; }
  [[nodiscard]] reading replicas() override { return function_.read_replicas(); }
  [[nodiscard]] bool tells_ready() const override { return true; }
  [[nodiscard]] reading ready() override { return function_.read_ready(); }
  [[nodiscard]] decision_outcome scale(int from, int to) override { return function_.scale(from, to); }
  // Whether it is there and lets us in: now, and not at the first decision of the night. The gateway has no way to ask
  // whether it would take a change.
  void check(bool) override {
    if (!function_.read_replicas().known()) throw std::runtime_error("target: " + function_.said());
  }
  [[nodiscard]] std::string sentence() const override { return function_.place(); }
  [[nodiscard]] std::string said() const override { return function_.said(); }

 private:
  openfaas function_;
};

}  // namespace

std::unique_ptr<scaled_target> make_openfaas_target(const settings& s) {
  if (!s.given("target.function")) {
    throw std::invalid_argument("target.function: the name of the function is missing, must be named");
  }
  openfaas_options o;
  o.url = s.text("target.gateway");
  o.function = s.text("target.function");
  if (s.given("target.function_namespace")) o.name_space = s.text("target.function_namespace");
  if (s.given("target.user")) o.user = s.text("target.user");
  if (s.given("target.password_file")) o.password_file = s.file("target.password_file");
  if (s.given("target.gateway_ca_file")) o.ca_file = s.file("target.gateway_ca_file");
  o.timeout_s = s.number("target.gateway_timeout_s", 0.05, 600);
  return std::make_unique<openfaas_target>(std::move(o));
}

}  // namespace tool
