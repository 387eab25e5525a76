#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "frontier/findings.hpp"
#include "reports/report.hpp"
#include "reports/svg.hpp"

namespace tool::frontier {

namespace {

// What the level costs; where no setting keeps it, by how far the best one misses it. Less is better.
double merit(const findings& f, const contender& c, std::string_view metric, double level) {
  const auto points = points_of(f, c, metric);
  const cost_curve curve(points);
  if (std::isfinite(curve.deployed(level))) return curve.deployed(level);
  return 1e6 * (1 + level - points[curve.front().back()].level);
}

// Curves of what is on each policy's front; what never comes into the picture is named under it.
svg::chart chart_of(const findings& f, std::string_view metric) {
  svg::chart c;
  c.mark = f.level;
  if (f.level < c.lowest) c.lowest = f.level / 2;
  std::string below;
  // The autoscalers that do best at the level stand out, of equals the first; of many the rest is a crowd.
  std::vector<std::pair<double, const contender*>> ranking;
  for (const contender& one : f.contenders) {
    if (!one.learns) ranking.emplace_back(merit(f, one, metric, f.level), &one);
  }
  std::stable_sort(ranking.begin(), ranking.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  constexpr std::size_t standing_out = 5;
  const auto crowd = [&](const contender& one) {
    for (std::size_t k = standing_out; k < ranking.size(); ++k) {
      if (ranking[k].second == &one) return true;
    }
    return false;
  };
  for (const contender& one : f.contenders) {
    const auto points = points_of(f, one, metric);
    svg::curve drawn{.name = one.name, .strong = one.learns};
    drawn.pale = crowd(one);
    for (const std::size_t k : pareto_front(points)) drawn.points.push_back({points[k].cost, points[k].level});
    if (one.published) drawn.hollow.push_back({points[*one.published].cost, points[*one.published].level});
    const auto shown = [&](const svg::point& p) { return p.y >= c.lowest; };
    if (std::none_of(drawn.points.begin(), drawn.points.end(), shown)) {
      below.append(below.empty() ? "" : ", ").append(one.name);
      below.append(" (").append(report::fixed(100 * drawn.points.back().y, 1)).append(")");
    }
    c.curves.push_back(std::move(drawn));
  }
  c.subtitle = f.subject + f.sentence.substr(0, f.sentence.find(';')) + ". " + std::to_string(f.seeds.size()) +
               " paired episodes.";
  c.notes.emplace_back(
      "Up and to the left is better. A dot: one setting of the policy's knob. A ring: its published default.");
  if (!below.empty()) c.notes.push_back("Below the picture with every setting (highest level in %): " + below + ".");
  return c;
}

}  // namespace

std::string picture(const findings& f) {
  svg::chart c = chart_of(f, f.metrics.cost);
  c.title = "What a service level costs";
  c.x_label = "mean " + std::string(f.metrics.noun) + "s";
  if (f.clairvoyant) {
    c.impossible_name = "impossible:\nproven, even\nfor a policy that\nknows the future";
    for (int k = 0; k <= 240; ++k) {
      const double late =
          std::pow(10.0, -(std::log10(1 / (1 - c.lowest)) + k / 240.0 * std::log10((1 - c.lowest) / (1 - c.highest))));
      const double replicas = f.clairvoyant->lower_at(1 - late);
      if (std::isfinite(replicas)) c.impossible.push_back({replicas, 1 - late});
    }
  }
  return svg::draw(c);
}

std::string churn_picture(const findings& f) {
  svg::chart c = chart_of(f, f.metrics.churn);
  c.title = "How often a policy must scale for a service level";
  c.x_label = "scaling actions in an episode";
  return svg::draw(c);
}

}  // namespace tool::frontier
