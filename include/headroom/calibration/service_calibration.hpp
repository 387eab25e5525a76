#pragma once

#include <algorithm>  // std::clamp, std::find, std::max, std::min
#include <cmath>      // std::ceil, std::exp, std::floor, std::isfinite, std::log, std::round, std::sqrt
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <limits>     // std::numeric_limits
#include <optional>   // std::optional
#include <span>       // std::span
#include <stdexcept>  // std::invalid_argument
#include <string>     // std::string
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/calibration/history.hpp>
#include <headroom/calibration/inference.hpp>
#include <headroom/calibration/replay.hpp>
#include <headroom/calibration/service_fit.hpp>
#include <headroom/calibration/start_delay.hpp>
#include <headroom/calibration/summaries.hpp>
#include <headroom/calibration/told.hpp>
#include <headroom/core/check.hpp>
#include <headroom/environments/service_options.hpp>

namespace headroom {

/// Fits a service to its history: start delay, mean and variation of the service time, slots. Each has a 90 % interval;
/// what the history cannot tell is left as in the start, and `untold` says why.
///
/// The start delay comes from wanted and ready replicas where both were recorded (see fit_start_delay). Everything
/// else, and the start delay where only wanted ones were, by replays of the history with a fitted model (see infer and
/// history_summaries): 100 to 250 of them. Deterministic for a seed. Throws std::invalid_argument for a history or
/// options that cannot be, and std::runtime_error if replays serve no request.
class service_calibration {
 public:
  explicit service_calibration(const service_history& history, service_fit_options options = {})
      : options_(std::move(options)), all_(checked(history)) {
    static_cast<void>(checked(options_.start));
    require(options_.most_requests >= 1000, "service_calibration", "most_requests", options_.most_requests,
            "be at least 1000");
    first_row_ = first_replayed_row();
    replay_.emplace(all_.rows(first_row_, all_.size()), options_.decisions);
    const double window = options_.start.window_s / all_.interval_s;
    summaries_.emplace(replay_->history(), static_cast<std::size_t>(std::max(1.0, std::floor(window + 1e-9))));
    observed_.resize(summaries_->size());
    (*summaries_)(replay_->history(), observed_);
  }

  /// What will be fitted and what not, and why, before anything is replayed: `untold` and `kept` are final, but for
  /// what the replays turn out not to tell; the values are those of the start.
  [[nodiscard]] std::vector<fitted_parameter> told() const {
    std::vector<fitted_parameter> all;
    for (const service_parameter p : service_parameters) {
      fitted_parameter one{p};
      one.kept = std::find(options_.kept.begin(), options_.kept.end(), p) != options_.kept.end();
      const service_history& h = p == service_parameter::start_delay && !all_.ready.empty() ? all_ : replay_->history();
      if (!one.kept) one.untold = untold(p, h, *summaries_, options_.kept);
      one.value = one.low = one.high = value_in(options_.start, p);
      all.push_back(std::move(one));
    }
    return all;
  }

  [[nodiscard]] service_fit fit() {
    service_fit f;
    f.options = options_.start;
    f.first_row = first_row_;
    f.summaries = summaries_->names();
    f.law = options_.law.value_or(service_law::lognormal);
    f.parameters = told();
    if (!all_.ready.empty() && f[service_parameter::start_delay].fitted()) pair_starts(f);
    search(f);
    f.options = options_of(f);
    return f;
  }

 private:
  [[nodiscard]] bool shared_processors() const noexcept {
    return options_.start.order == discipline::processor_sharing;
  }
  [[nodiscard]] double value_in(const service_options& o, service_parameter p) const {
    switch (p) {
      case service_parameter::start_delay:
        return o.start_delay.mean_s();
      case service_parameter::service_time:
        return o.service_time.mean_s();
      case service_parameter::variation:
        return o.service_time.variation();
      case service_parameter::slots:
        break;
    }
    return shared_processors() ? o.cores : o.slots;
  }
  // The start with the parameters of a fit.
  [[nodiscard]] service_options options_of(const service_fit& f) const {
    service_options o = options_.start;
    const auto& delay = f[service_parameter::start_delay];
    if (delay.fitted()) o.start_delay = delay_of(delay.value, delay_variation_);
    const auto& time = f[service_parameter::service_time];
    const auto& variation = f[service_parameter::variation];
    if (time.fitted() || variation.fitted()) {
      o.service_time =
          variation.value > 0 ? duration_of(f.law, time.value, variation.value) : duration::constant(time.value);
    }
    const double slots = f[service_parameter::slots].value;
    if (shared_processors())
      o.cores = slots;
    else
      o.slots = static_cast<int>(std::lround(slots));
    return o;
  }
  [[nodiscard]] static duration delay_of(double mean_s, double variation) {
    return variation > 0 ? duration::lognormal(mean_s, variation) : duration::constant(mean_s);
  }

  // The last rows with so many requests. A start delay that only its effects show needs many changes of replicas.
  [[nodiscard]] std::size_t first_replayed_row() const {
    const std::size_t least = all_.ready.empty() ? 240 : 80;
    double requests = 0;
    std::size_t i = all_.size();
    while (i > 0 && (requests < options_.most_requests || all_.size() - i < least)) {
      requests += all_.load_per_s[--i] * all_.interval_s;
    }
    require(requests >= 1000, "service_calibration", "the number of requests in the history", std::floor(requests),
            "be at least 1000: fewer tell nothing about a service");
    return i;
  }

  void pair_starts(service_fit& f) {
    const start_delay_fit d = fit_start_delay(observed_starts(all_), all_.interval_s, options_.decisions);
    fitted_parameter& one = f.parameters[0];
    one.value = d.mean_s;
    one.low = d.low_s;
    one.high = d.high_s;
    if (d.deviation_s > 0 && d.mean_s > 0) delay_variation_ = d.deviation_s / d.mean_s;
  }

  // On the scale of the search, logarithmic but for the start delay, and back.
  [[nodiscard]] double searched_as(service_parameter p, double value) const {
    return p == service_parameter::start_delay ? value / (10 * all_.interval_s) : std::log(std::max(value, 1e-6));
  }
  [[nodiscard]] double found_as(service_parameter p, double x) const {
    return p == service_parameter::start_delay ? std::max(0.0, x * 10 * all_.interval_s) : std::exp(x);
  }
  // The parameters that replays have to find.
  struct searched {
    service_parameter which;
    inferred_parameter how;
  };
  [[nodiscard]] std::vector<searched> parameters_to_search(const service_fit& f, bool whole_slots) const {
    std::vector<searched> all;
    for (const fitted_parameter& p : f.parameters) {
      if (!p.fitted() || (p.which == service_parameter::start_delay && !all_.ready.empty()) ||
          (p.which == service_parameter::slots && whole_slots)) {
        continue;
      }
      inferred_parameter how;
      how.first = searched_as(p.which, p.value);
      switch (p.which) {
        case service_parameter::start_delay:  // tens of rows: its error does not grow with it
          how.spread = 0.15;
          how.low = 0;
          how.high = 12;
          break;
        case service_parameter::service_time:
          how.spread = 0.08;
          how.least_spread = 0.01;
          break;
        case service_parameter::variation:
          how.spread = 0.25;
          how.low = std::log(0.03);
          how.high = std::log(8.0);
          break;
        case service_parameter::slots:
          how.spread = shared_processors() ? 0.1 : std::max(0.1, std::log1p(1 / p.value));
          if (!shared_processors()) how.least_spread = 0.7 * how.spread;
          how.low = std::log(0.05);
          how.high = std::log(most_slots);
          break;
      }
      all.push_back({p.which, how});
    }
    return all;
  }
  // Plays one replay with these parameters; slots become whole.
  void play(service_fit model, const std::vector<searched>& which, std::span<double> at, std::uint64_t seed,
            std::span<double> out) const {
    for (std::size_t j = 0; j < which.size(); ++j) {
      if (which[j].which == service_parameter::slots && !shared_processors())
        at[j] = std::log(std::max(1.0, std::round(std::exp(at[j]))));
      model.parameters[static_cast<std::size_t>(which[j].which)].value = found_as(which[j].which, at[j]);
    }
    look(model, seed, out);
  }
  // The summaries of one replay. One that is off by more than a factor of two is made one that is off by two: what an
  // overloaded model does is too wild to lead anywhere, its direction does.
  void look(const service_fit& model, std::uint64_t seed, std::span<double> out) const {
    constexpr double most = 0.7;
    (*summaries_)((*replay_)(options_of(model), seed), out);
    for (std::size_t k = 0; k < out.size(); ++k) {
      if (std::isfinite(out[k])) out[k] = observed_[k] + std::clamp(out[k] - observed_[k], -most, most);
    }
  }
  [[nodiscard]] inference infer_from(const service_fit& model, const std::vector<searched>& which, std::size_t rounds,
                                     std::size_t last, std::uint64_t seed) {
    std::vector<inferred_parameter> how;
    how.reserve(which.size());
    for (const searched& s : which) how.push_back(s.how);
    inference_options o = options_.search;
    o.rounds = rounds;
    o.last = last;
    o.seed = split(options_.search.seed, seed);
    const std::size_t before = replays_;
    inference found = infer(
        how, observed_, summaries_->tolerance(),
        [&](std::span<double> at, std::uint64_t s, std::span<double> out) { play(model, which, at, s, out); }, o,
        [&](std::size_t done, std::size_t) {
          expected_ = std::max(expected_, before + done);
          return options_.progress && options_.progress(before + done, expected_);
        });
    replays_ += found.simulations;
    return found;
  }
  void take(service_fit& f, const std::vector<searched>& which, const inference& found) const {
    if (found.estimate.empty()) return;  // stopped before the first round was over
    for (std::size_t j = 0; j < which.size(); ++j) {
      fitted_parameter& p = f.parameters[static_cast<std::size_t>(which[j].which)];
      p.value = found_as(p.which, found.estimate[j]);
      if (found.low.empty()) continue;
      p.low = found_as(p.which, found.low[j]);
      p.high = found_as(p.which, found.high[j]);
    }
  }

  void search(service_fit& f) {
    begin(f);
    const bool fits_slots = f[service_parameter::slots].fitted() && !shared_processors();
    std::vector<searched> which = parameters_to_search(f, fits_slots);
    // Alone they are searched like any other parameter, but rounded.
    const bool whole = fits_slots && !which.empty();
    if (!whole) which = parameters_to_search(f, false);
    if (which.size() + (whole ? 1 : 0) > summaries_->size()) {
      for (const searched& s : which) give_up(f, s.which, few);
      if (whole) give_up(f, service_parameter::slots, few);
      return;
    }
    const inference_options& o = options_.search;
    const bool either = !options_.law && f[service_parameter::variation].fitted();
    expected_ = replays_ + (either ? 2 : 1) * (2 * o.round + probe()) + (whole ? 2 * (o.round + probe()) : 0) +
                o.round + o.last;
    probe_laws(f, which, either);
    if (whole && !f.stopped) probe_slots(f, which);
    if (f.stopped) return;
    for (searched& s : which) {
      const fitted_parameter& p = f[s.which];
      s.how.first = searched_as(p.which, p.value);
      const double wide = searched_as(p.which, p.high) - searched_as(p.which, p.low);
      s.how.spread = std::clamp(wide / 2, s.how.least_spread, s.how.spread);
    }
    if (!which.empty()) {
      f.found = infer_from(f, which, 1, o.last, 20);
      take(f, which, f.found);
    }
    f.stopped = f.found.stopped;
    f.replays = replays_;
    finish(f);
  }
  static constexpr const char* few = "fewer things were recorded than there are parameters to fit";
  [[nodiscard]] std::size_t probe() const noexcept { return std::max<std::size_t>(24, options_.search.last / 3); }

  // Which law fits better, with the parameters that it has then. The other is remembered if it fits as well as a true
  // one may.
  void probe_laws(service_fit& f, const std::vector<searched>& which, bool either) {
    if (which.empty()) return;
    std::vector<service_fit> tried;
    for (const service_law law : {f.law, service_law::gamma}) {
      service_fit one = f;
      one.law = law;
      one.found = infer_from(one, which, 2, probe(), 10 + static_cast<std::uint64_t>(law));
      take(one, which, one.found);
      f.stopped = one.found.stopped;
      if (f.stopped) return;
      tried.push_back(std::move(one));
      if (!either) break;
    }
    const bool second = tried.size() == 2 && tried[1].found.misfit < tried[0].found.misfit;
    other_law_.reset();
    if (tried.size() == 2 && tried[second ? 0 : 1].found.probability >= 0.05) other_law_ = tried[second ? 0 : 1];
    f = std::move(tried[second ? 1 : 0]);
  }
  // Slots are a whole number: each is tried with the other parameters fitted to it, from the first guess up and down,
  // until the model fits worse than 95 % of its own simulations do.
  void probe_slots(service_fit& f, const std::vector<searched>& which) {
    const double first = f[service_parameter::slots].value;
    double low = first;
    double high = first;
    service_fit best = f;
    for (const double direction : {1.0, -1.0}) {
      service_fit at = best;
      for (double n = first;;) {
        n += direction * std::max(1.0, std::round(0.04 * n));
        if (n < 1 || n > most_slots) break;
        at.parameters.back().value = n;
        std::vector<searched> near = which;
        for (searched& s : near) s.how.first = searched_as(s.which, at[s.which].value);
        at.found = infer_from(at, near, 1, probe(), 100 + static_cast<std::uint64_t>(n));
        take(at, near, at.found);
        if (at.found.stopped) {
          f.stopped = true;
          return;
        }
        const bool better = at.found.misfit < best.found.misfit;
        if (better) best = at;
        if (!better && at.found.probability < 0.05 && at.found.misfit > best.found.misfit + 2.71) break;
        low = std::min(low, n);
        high = std::max(high, n);
      }
    }
    f = std::move(best);
    f.parameters.back().low = low;
    f.parameters.back().high = high;
  }
  void finish(service_fit& f) const {
    for (fitted_parameter& p : f.parameters) {
      const bool searched_here = p.which != service_parameter::start_delay || all_.ready.empty();
      if (!p.fitted()) continue;
      if (searched_here && p.which != service_parameter::slots && other_law_ &&
          other_law_->parameters[3].value == f[service_parameter::slots].value) {
        p.low = std::min(p.low, (*other_law_)[p.which].low);
        p.high = std::max(p.high, (*other_law_)[p.which].high);
      }
      if (p.which == service_parameter::slots && !shared_processors()) {
        p.value = std::max(1.0, std::round(p.value));
        p.low = std::min(p.value, std::max(1.0, std::ceil(p.low)));
        p.high = std::max(p.value, std::floor(p.high));
      }
      const double least = p.which == service_parameter::start_delay ? all_.interval_s : 0;
      if (searched_here && p.high > 4 * std::max(p.low, least)) {
        give_up(f, p.which, "anything from " + shown(p.low) + " to " + shown(p.high) + " fits as well");
      }
    }
  }
  void give_up(service_fit& f, service_parameter which, std::string why) const {
    fitted_parameter& p = f.parameters[static_cast<std::size_t>(which)];
    p.untold = std::move(why);
    p.value = p.low = p.high = value_in(options_.start, which);
  }
  [[nodiscard]] static std::string shown(double x) {
    const double unit = x > 0 ? std::pow(10.0, std::floor(std::log10(x)) - 1) : 1;
    return to_text(std::round(x / unit) * unit);
  }

  // First values, from the history alone.
  void begin(service_fit& f) {
    const service_history& h = replay_->history();
    const auto quiet = [&](const std::vector<double>& c, std::string_view name) {
      return c.empty() ? history_summaries::missing()
                       : std::exp(summaries_->of(h, std::string(name) + " in quiet rows"));
    };
    fitted_parameter& time = f.parameters[1];
    fitted_parameter& variation = f.parameters[2];
    fitted_parameter& slots = f.parameters[3];
    const struct {
      double value;
      double z;  // normal quantile
    } quantiles[] = {{quiet(h.p50_s, "p50_s"), 0}, {quiet(h.p95_s, "p95_s"), 1.645}, {quiet(h.p99_s, "p99_s"), 2.326}};
    const double mean_s = quiet(h.mean_latency_s, "latency_s");
    const double by_flight = std::exp(summaries_->of(h, "in flight"));
    double spread = history_summaries::missing();  // of the logarithm of the service time
    if (!variation.fitted() && variation.value > 0) spread = std::sqrt(std::log1p(variation.value * variation.value));
    for (std::size_t a = 0; a < 3 && variation.fitted() && !std::isfinite(spread); ++a) {
      for (std::size_t b = 2; b > a && !std::isfinite(spread); --b) {
        if (!(quantiles[a].value > 0) || !(quantiles[b].value > quantiles[a].value)) continue;
        spread = std::log(quantiles[b].value / quantiles[a].value) / (quantiles[b].z - quantiles[a].z);
      }
    }
    double service_s = std::isfinite(mean_s) ? mean_s : by_flight;
    if (!std::isfinite(spread)) spread = 0.7;
    spread = std::clamp(spread, 0.05, 1.8);
    for (const auto& q : quantiles) {
      if (!(service_s > 0) && q.value > 0) service_s = q.value / std::exp(spread * q.z - spread * spread / 2);
    }
    if (variation.fitted()) variation.value = std::sqrt(std::expm1(spread * spread));
    if (time.fitted() && service_s > 0) time.value = service_s;
    const double per_slot = std::exp(summaries_->of(h, "utilisation"));  // service time over slots
    if (time.fitted() && !(service_s > 0) && per_slot > 0) time.value = per_slot * slots.value;
    if (f.parameters[0].fitted() && h.ready.empty())
      f.parameters[0].value = summaries_->of(h, "start delay") * 10 * h.interval_s;
    if (!slots.fitted()) return;
    if (per_slot > 0)
      slots.value = shared_processors() ? time.value / per_slot : std::max(1.0, std::round(time.value / per_slot));
    else
      try_slots(f);
  }
  // Without utilisation: the number of slots with which latencies are nearest. Those of quiet rows may hold some
  // waiting, so that less service time is tried as well where nothing else tells it. One replay each.
  void try_slots(service_fit& f) {
    const service_fit start = f;
    const bool sure = summaries_->has("in flight") || !f[service_parameter::service_time].fitted();
    double least = std::numeric_limits<double>::infinity();
    std::vector<double> seen(summaries_->size());
    for (const double slots : {1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, 48.0, 64.0, 100.0, 150.0}) {
      for (const double less : {1.0, 0.85, 0.7, 0.55}) {
        if (sure && less < 1) continue;
        service_fit tried = start;
        tried.parameters[3].value = slots;
        tried.parameters[1].value *= less;
        look(tried, split(options_.search.seed, 5), seen);
        ++replays_;
        double far = 0;
        for (std::size_t k = 0; k < seen.size(); ++k) {
          const double d = std::isfinite(seen[k]) ? seen[k] - observed_[k] : 0.7;
          far += d * d;
        }
        if (far >= least) continue;
        least = far;
        f = std::move(tried);
      }
    }
  }

  service_fit_options options_;
  service_history all_;
  std::size_t first_row_ = 0;
  std::optional<history_replay> replay_{};
  std::optional<history_summaries> summaries_{};
  static constexpr double most_slots = 5000;
  std::vector<double> observed_{};          // summaries of the history
  std::optional<service_fit> other_law_{};  // fits about as well
  double delay_variation_ = 0;
  std::size_t replays_ = 0;
  std::size_t expected_ = 0;
};

}  // namespace headroom
