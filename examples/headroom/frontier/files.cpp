#include <algorithm>
#include <string>

#include <headroom/core/types.hpp>

#include "frontier/findings.hpp"
#include "reports/json.hpp"

namespace tool::frontier {

namespace {

using report::json;
using report::number_json;

bool among(const std::vector<std::size_t>& list, std::size_t k) {
  return std::find(list.begin(), list.end(), k) != list.end();
}

double regret(const findings& f, const evaluation& e) {
  return mean_of(e, f.metrics.bounded) - f.clairvoyant->lower_at(mean_of(e, f.metrics.level_all));
}

json figures_json(const findings& f, const evaluation& e) {
  json j;
  for (const std::string_view m : {f.metrics.level, f.metrics.bounded, f.metrics.churn})
    j[std::string(m)] = mean_of(e, m);
  return j;
}

json contender_json(const findings& f, const contender& c) {
  const auto front = pareto_front(points_of(f, c, f.metrics.cost));
  const auto churn_front = pareto_front(points_of(f, c, f.metrics.churn));
  json j{{"name", c.name}, {"learns", c.learns}, {"settings_tried", c.tried}};
  j["knobs"] = json::array();
  for (const knob& k : c.knobs) j["knobs"].push_back({{"name", k.name}, {"meaning", k.meaning}});
  j["published"] = c.published ? json(c.settings[*c.published].name) : json(nullptr);
  j["best"] = c.settings[c.best].name;
  j["best_keeps_level"] = c.keeps_level;
  j["points"] = json::array();
  for (std::size_t k = 0; k < c.settings.size(); ++k) {
    const setting& s = c.settings[k];
    json p{{"setting", s.name}, {"on_front", among(front, k)}, {"on_churn_front", among(churn_front, k)}};
    p["tuning"] = figures_json(f, s.tuned);
    p["summary"] = report::summary_json(s.result);
    if (f.clairvoyant) p["regret"] = regret(f, s.result);
    if (f.known_rate) p["to_rate_known"] = number_json(f.known_rate->regret(s.result, f.metrics.level, f.metrics.cost));
    for (std::size_t n = 0; n < s.by_train_seed.size(); ++n) {
      json one{{"seed", s.train_seeds[n]}};
      one.update(figures_json(f, s.by_train_seed[n]));
      p["train_seeds"].push_back(one);
    }
    j["points"].push_back(p);
  }
  return j;
}

json verdict_json(const verdict& v) {
  json j{{"learner", v.learner->name}};
  j["setting"] = v.own == cost_curve::none ? json(nullptr) : json(v.learner->settings[v.own].name);
  j["rival"] = v.rival == nullptr ? json(nullptr) : json(v.rival->settings[v.rivals].name);
  if (v.own != cost_curve::none && v.rival != nullptr) {
    j["margin"] = {{"mean", v.difference.mean}, {"ci95", {v.difference.low, v.difference.high}}};
  }
  j["left_of_every_curve"] = v.own != cost_curve::none && (v.rival == nullptr || v.difference.mean > 0);
  j["mixed_margin"] = number_json(v.mixed_margin);
  j["range"] = json::array();
  for (const verdict::at& p : v.range) {
    j["range"].push_back({{"setting", v.learner->settings[p.setting].name},
                          {"left_of_every_curve", p.left_of_all},
                          {"rival", p.rival == nullptr ? json(nullptr) : json(p.rival->name)},
                          {"margin", number_json(p.margin)}});
  }
  return j;
}

}  // namespace

std::string json_text(const findings& f) {
  json j;
  j["environment"] = f.environment;
  j["workload"] = f.workload;
  j["actions"] = f.actions;
  j["headroom_version"] = report::version_text();
  j["stopped"] = f.stopped;
  j["level"] = f.level;
  j["seeds"] = {{"first", f.seeds.front()}, {"count", f.seeds.size()}};
  j["tuning_seeds"] = {{"first", f.tuning_seeds.front()}, {"count", f.tuning_seeds.size()}};
  if (f.clairvoyant) j["clairvoyant"] = report::clairvoyant_json(*f.clairvoyant, f.level);
  if (f.known_rate) j["known_rate"] = report::known_rate_json(*f.known_rate, f.level);
  j["policies"] = json::array();
  for (const contender& c : f.contenders) j["policies"].push_back(contender_json(f, c));
  j["verdicts"] = json::array();
  for (const verdict& v : verdicts(f)) j["verdicts"].push_back(verdict_json(v));
  return j.dump(1) + '\n';
}

std::string csv_text(const findings& f) {
  std::string text = "policy,setting,published,best,on_front,on_churn_front";
  for (const std::string_view m : f.contenders.front().settings.front().result.names) text.append(",").append(m);
  text += ",regret\n";
  for (const contender& c : f.contenders) {
    const auto front = pareto_front(points_of(f, c, f.metrics.cost));
    const auto churn_front = pareto_front(points_of(f, c, f.metrics.churn));
    for (std::size_t k = 0; k < c.settings.size(); ++k) {
      const setting& s = c.settings[k];
      text += c.name + ',' + s.name;
      for (const bool yes : {c.published == k, c.best == k, among(front, k), among(churn_front, k)})
        text += yes ? ",1" : ",0";
      for (const std::string_view m : s.result.names) text.append(",").append(to_text(mean_of(s.result, m)));
      text += ',';
      if (f.clairvoyant) text += to_text(regret(f, s.result));
      text += '\n';
    }
  }
  return text;
}

}  // namespace tool::frontier
