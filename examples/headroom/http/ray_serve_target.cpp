#include "http/ray_serve_target.hpp"

#include <optional>
#include <stdexcept>
#include <utility>

#include <headroom/ext/ray_serve.hpp>

namespace tool {

using namespace headroom;

namespace {

class ray_serve_target final : public scaled_target {
 public:
  explicit ray_serve_target(ray_serve_options o) : model_(std::move(o)) {}

  [[nodiscard]] bool tells_replicas() const override { return true; }
  [[nodiscard]] reading replicas() override { return model_.read_replicas(); }
  [[nodiscard]] bool tells_ready() const override { return true; }
  [[nodiscard]] reading ready() override { return model_.read_ready(); }
  [[nodiscard]] decision_outcome scale(int from, int to) override { return model_.scale(from, to); }
  // Whether it is there, and whether it would take a change: now, and not at the first decision of the night.
  void check(bool shadow) override {
    if (!model_.read_replicas().known()) throw std::runtime_error("target: " + model_.said());
    const std::optional<bool> takes = model_.takes_changes();
    if (shadow || takes.value_or(true)) return;
    throw std::invalid_argument("target: " + model_.place() +
                                ": the application must have external_scaler_enabled: true, or be run with --shadow");
  }
  [[nodiscard]] std::string sentence() const override { return model_.place(); }
  [[nodiscard]] std::string said() const override { return model_.said(); }

 private:
  ray_serve model_;
};

}  // namespace

std::unique_ptr<scaled_target> make_ray_serve_target(const settings& s) {
  if (!s.given("target.deployment")) {
    throw std::invalid_argument("target.deployment: the name of the deployment is missing, must be named");
  }
  ray_serve_options o;
  o.url = s.text("target.dashboard");
  o.application = s.text("target.application");
  o.deployment = s.text("target.deployment");
  if (s.given("target.dashboard_token_file")) o.token_file = s.file("target.dashboard_token_file");
  if (s.given("target.dashboard_ca_file")) o.ca_file = s.file("target.dashboard_ca_file");
  o.timeout_s = s.number("target.dashboard_timeout_s", 0.05, 600);
  return std::make_unique<ray_serve_target>(std::move(o));
}

}  // namespace tool
