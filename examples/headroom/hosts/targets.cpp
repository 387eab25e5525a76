#include <stdexcept>  // std::logic_error

#include "hosts/target.hpp"

namespace tool {

using namespace headroom;

namespace {

// The replicas come from the source, and nothing is changed.
class no_target final : public scaled_target {
 public:
  [[nodiscard]] bool tells_replicas() const override { return false; }
  [[nodiscard]] reading replicas() override { return reading::none(unknown_why::empty); }
  [[nodiscard]] decision_outcome scale(int, int) override { return decision_outcome::refused; }
  void check(bool shadow) override {
    if (!shadow)
      throw std::invalid_argument(
          "target.kind: there is nothing to scale (none), must be run with --shadow, or name a target");
  }
  [[nodiscard]] std::string sentence() const override { return "nothing, decisions are only written down"; }
};

}  // namespace

target_kind no_target_kind() {
  return {"none",
          "Nothing is scaled: for --shadow alone. The replicas come from source.replicas",
          {},
          [](const settings&) -> std::unique_ptr<scaled_target> { return std::make_unique<no_target>(); }};
}

// A further kind is a line here.
const std::vector<target_kind>& target_kinds() {
  static const std::vector<target_kind> all{no_target_kind(), command_target_kind(), kubernetes_target_kind(),
                                            openfaas_target_kind(), ray_serve_target_kind()};
  return all;
}

std::unique_ptr<scaled_target> make_target(const settings& s) {
  const std::string name = s.text("target.kind");
  std::string names;
  for (const target_kind& k : target_kinds()) {
    if (k.name == name) return k.make(s);
    names.append(names.empty() ? "" : ", ").append(k.name);
  }
  s.refuse("target.kind", "be one of " + names);
}

}  // namespace tool
