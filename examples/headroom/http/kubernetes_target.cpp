#include "http/kubernetes_target.hpp"

#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <headroom/ext/kubernetes.hpp>

namespace tool {

using namespace headroom;

namespace {

class kubernetes_target final : public scaled_target {
 public:
  explicit kubernetes_target(kubernetes_options o) : workload_(std::move(o)) {}

  [[nodiscard]] bool tells_replicas() const override { return true; }
  [[nodiscard]] reading replicas() override { return workload_.read_replicas(); }
  [[nodiscard]] bool tells_ready() const override { return true; }
  [[nodiscard]] reading ready() override { return workload_.read_ready(); }
  [[nodiscard]] decision_outcome scale(int from, int to) override { return workload_.scale(from, to); }
  std::optional<decision_outcome> rehearse(int from, int to) override { return workload_.rehearse(from, to); }

  // Whether it is there, whether somebody else scales it, and whether the server would take a change (dryRun=All): now,
  // and not at the first decision of the night.
  void check(bool shadow) override {
    const reading now = workload_.read_replicas();
    if (!now.known()) throw std::runtime_error("target: " + workload_.said());
    if (!shadow) {
      const std::string owner = workload_.owner();
      if (!owner.empty()) {
        throw std::invalid_argument("target: " + owner +
                                    "; two autoscalers undo each other: run with --shadow beside it, or delete it");
      }
    }
    const int replicas = static_cast<int>(now.value);
    const decision_outcome would = workload_.rehearse(replicas, replicas);
    if (would == decision_outcome::applied || would == decision_outcome::conflict) return;
    if (!shadow) throw std::runtime_error("target: the server would not take a change: " + workload_.said());
    std::cerr << "headroom: the server would not take a change of the target: " << workload_.said() << '\n';
  }
  [[nodiscard]] std::string sentence() const override { return workload_.place(); }
  [[nodiscard]] std::string said() const override { return workload_.said(); }

 private:
  kubernetes workload_;
};

}  // namespace

std::unique_ptr<scaled_target> make_kubernetes_target(const settings& s) {
  if (!s.said("target.name")) {
    throw std::invalid_argument("target.name: the name of the workload is missing, must be named");
  }
  const std::string context = s.said("target.context") ? s.text("target.context") : std::string();
  kubernetes_options o;
  if (s.said("target.kubeconfig")) {
    o.access = kubernetes_access::of_kubeconfig(s.file("target.kubeconfig"), context);
  } else {
    if (!context.empty()) s.refuse("target.context", "stand beside target.kubeconfig");
    o.access = kubernetes_access::found();
  }
  o.kind = s.text("target.workload");
  o.name = s.text("target.name");
  if (s.said("target.namespace")) o.name_space = s.text("target.namespace");
  o.timeout_s = s.number("target.timeout_s", 0.05, 600);
  return std::make_unique<kubernetes_target>(std::move(o));
}

}  // namespace tool
