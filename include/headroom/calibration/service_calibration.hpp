#pragma once

#include <algorithm>  // std::clamp, std::find, std::max, std::min
#include <cmath>      // std::ceil, std::floor, std::log10, std::pow, std::round
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint64_t
#include <optional>   // std::optional
#include <span>       // std::span
#include <stdexcept>  // std::invalid_argument
#include <string>     // std::string
#include <utility>    // std::move
#include <vector>     // std::vector

#include <headroom/calibration/history.hpp>
#include <headroom/calibration/internal/first_guess.hpp>
#include <headroom/calibration/internal/replayed_search.hpp>
#include <headroom/calibration/internal/searched_service.hpp>
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
    const internal::searched_service service(options_.start, all_.interval_s, !all_.ready.empty());
    first_row_ = first_replayed_row();
    replays_.emplace(all_.rows(first_row_, all_.size()), options_, service);
  }

  /// What will be fitted and what not, and why, before anything is replayed: `untold` and `kept` are final, but for
  /// what the replays turn out not to tell; the values are those of the start.
  [[nodiscard]] std::vector<fitted_parameter> told() const {
    std::vector<fitted_parameter> all;
    for (const service_parameter p : service_parameters) {
      fitted_parameter one{p};
      one.kept = std::find(options_.kept.begin(), options_.kept.end(), p) != options_.kept.end();
      const service_history& h =
          p == service_parameter::start_delay && !all_.ready.empty() ? all_ : replays_->history();
      if (!one.kept) one.untold = untold(p, h, replays_->summaries(), options_.kept);
      one.value = one.low = one.high = service().value_of(p);
      all.push_back(std::move(one));
    }
    return all;
  }

  [[nodiscard]] service_fit fit() {
    service_fit f;
    f.options = options_.start;
    f.first_row = first_row_;
    f.summaries = replays_->summaries().names();
    f.law = options_.law.value_or(service_law::lognormal);
    f.parameters = told();
    if (!all_.ready.empty() && f[service_parameter::start_delay].fitted()) pair_starts(f);
    search(f);
    f.options = replays_->options_of(f);
    return f;
  }

 private:
  [[nodiscard]] const internal::searched_service& service() const noexcept { return replays_->service(); }
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
    if (d.deviation_s > 0 && d.mean_s > 0) replays_->vary_start_delay(d.deviation_s / d.mean_s);
  }

  using searched = internal::searched_parameters;

  void search(service_fit& f) {
    guess(f);
    const bool fits_slots = f[service_parameter::slots].fitted() && !service().shared_processors();
    searched which = service().parameters(f, fits_slots);
    // Alone they are searched like any other parameter, but rounded.
    const bool whole = fits_slots && !which.empty();
    if (!whole) which = service().parameters(f, false);
    if (which.size() + (whole ? 1 : 0) > replays_->summaries().size()) {
      for (const internal::searched_parameter& s : which) give_up(f, s.which, few);
      if (whole) give_up(f, service_parameter::slots, few);
      return;
    }
    const inference_options& o = options_.search;
    const bool either = !options_.law && f[service_parameter::variation].fitted();
    replays_->expect((either ? 2 : 1) * (2 * o.round + probe()) + (whole ? 2 * (o.round + probe()) : 0) + o.round +
                     o.last);
    probe_laws(f, which, either);
    if (whole && !f.stopped) probe_slots(f, which);
    if (f.stopped) return;
    for (internal::searched_parameter& s : which) {
      const fitted_parameter& p = f[s.which];
      s.how.first = service().searched_as(p.which, p.value);
      const double wide = service().searched_as(p.which, p.high) - service().searched_as(p.which, p.low);
      s.how.spread = std::clamp(wide / 2, s.how.least_spread, s.how.spread);
    }
    if (!which.empty()) replays_->fit(f, which, 1, o.last, 20);
    f.stopped = f.found.stopped;
    f.replays = replays_->replays();
    finish(f);
  }
  // First values: from the history alone as far as it tells them.
  void guess(service_fit& f) {
    const history_summaries& s = replays_->summaries();
    if (!internal::first_guess(replays_->history(), s)(f, service().shared_processors())) return;
    const bool sure = s.has("in flight") || !f[service_parameter::service_time].fitted();
    const std::uint64_t seed = split(options_.search.seed, 5);
    replays_->count(internal::guess_slots(
        f, replays_->observed(), sure,
        [&](const service_fit& model, std::span<double> out) { replays_->look(model, seed, out); }));
  }
  static constexpr const char* few = "fewer things were recorded than there are parameters to fit";
  [[nodiscard]] std::size_t probe() const noexcept { return std::max<std::size_t>(24, options_.search.last / 3); }

  // Which law fits better, with the parameters that it has then. The other is remembered if it fits as well as a true
  // one may.
  void probe_laws(service_fit& f, const searched& which, bool either) {
    if (which.empty()) return;
    std::vector<service_fit> tried;
    for (const service_law law : {f.law, service_law::gamma}) {
      service_fit one = f;
      one.law = law;
      replays_->fit(one, which, 2, probe(), 10 + static_cast<std::uint64_t>(law));
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
  void probe_slots(service_fit& f, const searched& which) {
    const double first = f[service_parameter::slots].value;
    double low = first;
    double high = first;
    service_fit best = f;
    for (const double direction : {1.0, -1.0}) {
      service_fit at = best;
      for (double n = first;;) {
        n += direction * std::max(1.0, std::round(0.04 * n));
        if (n < 1 || n > internal::most_slots) break;
        at.parameters.back().value = n;
        searched near = which;
        for (internal::searched_parameter& s : near) s.how.first = service().searched_as(s.which, at[s.which].value);
        replays_->fit(at, near, 1, probe(), 100 + static_cast<std::uint64_t>(n));
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
      if (p.which == service_parameter::slots && !service().shared_processors()) {
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
    p.value = p.low = p.high = service().value_of(which);
  }
  [[nodiscard]] static std::string shown(double x) {
    const double unit = x > 0 ? std::pow(10.0, std::floor(std::log10(x)) - 1) : 1;
    return to_text(std::round(x / unit) * unit);
  }

  service_fit_options options_;
  service_history all_;
  std::size_t first_row_ = 0;
  std::optional<internal::replayed_search> replays_{};
  std::optional<service_fit> other_law_{};  // fits about as well
};

}  // namespace headroom
