#include <headroom/ext/served_targets.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "input.hpp"

using namespace headroom;

namespace {

struct sample {
  double time_s = 0;
  double load = 0;
  int replicas = 0;
};

// Meets only numbers that are known.
struct follow {
  int start(const sample& o) { return step(o); }
  int step(const sample& o) {
    fuzz::must(std::isfinite(o.time_s) && std::isfinite(o.load) && o.replicas >= 0);
    return o.load > o.replicas ? 1 : -1;
  }
  void stop(const sample&, episode) {}
};
struct make_follow {
  follow operator()(const std::string&) const { return {}; }
};

}  // namespace

/// What clients send that may be anything: a line each. Each line has one answer, and the answer is JSON.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  served_targets<sample, make_follow> fleet(
      {{"time_s", &sample::time_s, false}, {"load", &sample::load}, {"replicas", &sample::replicas}}, &sample::time_s,
      &sample::replicas, make_follow{});
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const served_decision d = fleet.decide(line);
    fuzz::must(d.replicas >= -1);
    fuzz::must(d.why.empty() == !(d.held || d.refused));
    const std::string json = d.json();
    internal::json_walk in(json);
    in.pass(in.next());
    fuzz::must(in.ends());
  }
  exposition all;
  fleet.expose(all);
  fuzz::must(!all.text().empty());
  return 0;
}
