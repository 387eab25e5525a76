#include <cstdio>    // std::puts
#include <optional>  // std::optional
#include <string>    // std::string

#include <headroom/ext/keda.hpp>

struct nothing_yet {
  std::optional<headroom::served_decision> last(const std::string&) const { return std::nullopt; }
};

int main() {
  const nothing_yet targets;
  headroom::keda_scaler scaler{targets, {.listen = "127.0.0.1:0"}};
  std::puts(scaler.port() > 0 ? "unknown" : "wrong");
}
