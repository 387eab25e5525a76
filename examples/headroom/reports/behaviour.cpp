#include "reports/behaviour.hpp"

#include <algorithm>
#include <cmath>

namespace tool::report {

namespace {

constexpr int load_parts = 12;

// The next of 1, 1.2, 1.5, 2, 2.4, 3, 4, 5, 6, 8, 10 times a power of ten, so that edges are short numbers.
double round_above(double x) {
  if (!(x > 0) || !std::isfinite(x)) return 1;
  const double unit = std::pow(10.0, std::floor(std::log10(x)));
  for (const double step : {1.0, 1.2, 1.5, 1.8, 2.4, 3.0, 3.6, 4.8, 6.0, 7.2, 9.0}) {
    if (x <= step * unit * (1 + 1e-12)) return step * unit;
  }
  return 12 * unit;
}
// Which part a value lies in; the last one has all that is above.
std::size_t part_in(const std::vector<double>& edges, double value) {
  const auto above = std::upper_bound(edges.begin() + 1, edges.end() - 1, value);
  return static_cast<std::size_t>(above - edges.begin()) - 1;
}
json mean_or_null(double sum, std::uint64_t n) {
  return n == 0 ? json(nullptr) : json(std::round(1e3 * sum / static_cast<double>(n)) / 1e3);
}

}  // namespace

behaviour_map::behaviour_map(double most_load, double most_backlog) {
  const double top = round_above(most_load);
  for (int k = 0; k <= load_parts; ++k) load_edges_.push_back(std::round(1e9 * top * k / load_parts) / 1e9);
  backlog_edges_ = {0, 1};
  while (backlog_edges_.back() <= most_backlog && backlog_edges_.size() < 40)
    backlog_edges_.push_back(2 * backlog_edges_.back());
}

behaviour_map::cells& behaviour_map::of(const std::string& policy) {
  for (auto& [name, all] : policies_) {
    if (name == policy) return all;
  }
  policies_.push_back({policy, {}});
  return policies_.back().second;
}
std::pair<std::size_t, std::size_t> behaviour_map::place(double load, double backlog) const {
  return {part_in(load_edges_, load), part_in(backlog_edges_, backlog)};
}

void behaviour_map::add_own(const std::string& policy, const recorded_episode& e) {
  cells& to = of(policy);
  const std::vector<double>* const load = e.column("load");
  const std::vector<double>* const backlog = e.column("backlog");
  if (load == nullptr || backlog == nullptr) return;
  for (std::size_t k = 0; k < e.steps(); ++k) {
    if (!std::isfinite((*load)[k]) || !std::isfinite((*backlog)[k])) continue;
    cell& c = to[place((*load)[k], (*backlog)[k])];
    ++c.steps;
    c.moves += e.moves[k];
  }
}
void behaviour_map::add_asked(const std::string& policy, const recorded_episode& of_other,
                              const std::vector<int>& moves) {
  cells& to = of(policy);
  const std::vector<double>* const load = of_other.column("load");
  const std::vector<double>* const backlog = of_other.column("backlog");
  if (load == nullptr || backlog == nullptr) return;
  for (std::size_t k = 0; k < moves.size(); ++k) {
    if (!std::isfinite((*load)[k]) || !std::isfinite((*backlog)[k])) continue;
    cell& c = to[place((*load)[k], (*backlog)[k])];
    ++c.asked;
    c.would += moves[k];
  }
}

json behaviour_map::as_json() const {
  json j;
  j["load_edges"] = load_edges_;
  j["backlog_edges"] = backlog_edges_;
  j["policies"] = json::array();
  for (const auto& [name, all] : policies_) {
    json one;
    one["name"] = name;
    one["cells"] = json::array();
    for (const auto& [at, c] : all) {
      one["cells"].push_back(
          {at.first, at.second, c.steps, mean_or_null(c.moves, c.steps), c.asked, mean_or_null(c.would, c.asked)});
    }
    j["policies"].push_back(one);
  }
  return j;
}

}  // namespace tool::report
