#include <cmath>

#include <headroom/core/types.hpp>
#include <headroom/version.hpp>

#include "reports/json.hpp"
#include "reports/report.hpp"

namespace tool::report {

std::string version_text() {
  return to_text(HEADROOM_VERSION_MAJOR) + "." + to_text(HEADROOM_VERSION_MINOR) + "." +
         to_text(HEADROOM_VERSION_PATCH);
}

json summary_json(const evaluation& e) {
  json j = json::object();
  for (const std::string_view metric : e.names) {
    const summary s = e.summarized(metric);
    j[std::string(metric)] = {{"mean", s.mean}, {"std", s.deviation}, {"ci95", {s.low, s.high}}};
  }
  return j;
}

json number_json(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json clairvoyant_json(const clairvoyant_bound& c, double level) {
  json j;
  j["level"] = level;
  j["proven"] = number_json(c.lower_at(level));
  j["found"] = number_json(c.found_at(level));
  j["episodes"] = c.episodes;
  j["points"] = json::array();
  for (const bound_point& p : c.points) {
    j["points"].push_back({{"price", p.price},
                           {"lower", p.lower},
                           {"replayed_level", p.replayed_level},
                           {"replayed_workers", p.replayed_workers},
                           {"exact", p.exact}});
  }
  return j;
}

json known_rate_json(const known_rate_line& k, double level) {
  json j;
  j["level"] = level;
  j["replicas"] = number_json(k.at(level));
  j["episodes"] = k.episodes;
  if (!k.leaves_out.empty()) j["leaves_out"] = k.leaves_out;
  j["points"] = json::array();
  for (const known_rate_point& p : k.points) {
    j["points"].push_back({{"price", p.price},
                           {"in_time", p.level},
                           {"replicas", p.replicas},
                           {"promised_cost", p.promised},
                           {"paid_cost", p.paid}});
  }
  return j;
}

std::string json_text(const findings& f) {
  json j;
  j["environment"] = f.environment;
  j["workload"] = f.workload;
  j["actions"] = f.actions;
  j["headroom_version"] = version_text();
  j["stopped"] = f.stopped;
  j["seeds"] = f.seeds;
  if (f.clairvoyant) j["clairvoyant"] = clairvoyant_json(*f.clairvoyant, f.level);
  if (f.known_rate) j["known_rate"] = known_rate_json(*f.known_rate, f.level);
  for (const reference& r : f.references) {
    json one;
    one["name"] = r.name;
    for (const auto& [metric, value] : r.figures) one[std::string(metric)] = value;
    j["references"].push_back(one);
  }
  j["policies"] = json::array();
  for (const row& r : f.rows) {
    json p;
    p["name"] = r.name;
    p["summary"] = summary_json(r.result);
    if (r.regret) p["regret"] = *r.regret;
    if (f.known_rate)
      p["to_rate_known"] = number_json(f.known_rate->regret(r.result, f.how.service.metric, f.how.cost.metric));
    p["episodes"] = json::array();
    for (std::size_t k = 0; k < r.result.seeds.size(); ++k) {
      json one;
      one["seed"] = r.result.seeds[k];
      for (std::size_t m = 0; m < r.result.names.size(); ++m)
        one[std::string(r.result.names[m])] = r.result.values[m][k];
      p["episodes"].push_back(one);
    }
    if (r.learns) {
      p["train_episodes"] = r.train_episodes;
      p["train_seeds"] = json::array();
      for (std::size_t k = 0; k < r.by_train_seed.size(); ++k) {
        p["train_seeds"].push_back({{"seed", r.train_seeds[k]}, {"summary", summary_json(r.by_train_seed[k])}});
        if (k < r.regrets.size()) p["train_seeds"].back()["regret"] = r.regrets[k];
      }
      // Arrays in the order of train_seeds.
      for (const checkpoint_row& at : r.checkpoints) {
        json then;
        then["episodes"] = at.episodes;
        for (std::size_t m = 0; m < f.how.tracked.size(); ++m)
          then[std::string(f.how.tracked[m])] = at.figures.empty() ? std::vector<double>{} : at.figures[m];
        p["checkpoints"].push_back(then);
      }
    }
    j["policies"].push_back(p);
  }
  return j.dump(1) + '\n';
}

std::string csv_text(const findings& f) {
  std::string text;
  for (const row& r : f.rows) {
    if (text.empty()) {
      text = "policy,seed";
      for (const std::string_view m : r.result.names) text.append(",").append(m);
      text += '\n';
    }
    for (std::size_t k = 0; k < r.result.seeds.size(); ++k) {
      text += r.name + ',' + to_text(r.result.seeds[k]);
      for (const auto& values : r.result.values) text += ',' + to_text(values[k]);
      text += '\n';
    }
  }
  return text;
}

}  // namespace tool::report
