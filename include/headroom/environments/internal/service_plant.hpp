#pragma once

#include <algorithm>  // std::max, std::min
#include <cmath>      // std::floor
#include <cstddef>    // std::size_t
#include <cstdint>    // std::uint32_t
#include <utility>    // std::pair
#include <vector>     // std::vector

#include <headroom/core/random.hpp>
#include <headroom/environments/internal/replica_balance.hpp>
#include <headroom/environments/internal/replica_set.hpp>
#include <headroom/environments/internal/service_clients.hpp>
#include <headroom/environments/internal/service_scrapes.hpp>
#include <headroom/environments/internal/station.hpp>
#include <headroom/environments/service_observation.hpp>
#include <headroom/environments/service_options.hpp>

namespace headroom::internal {

/// A service from event to event: arrivals, departures, clients that give up or try again, replicas that become ready,
/// fail or drain, scrapes. Station 0 is the shared queue, or where requests wait while no replica is ready; station
/// r + 1 is replica r's. Those of a shared queue have requests only while their replica drains.
class service_plant {
 public:
  static constexpr double never = station::never;
  using counters = service_scrapes::counters;

  explicit service_plant(const service_options& options)
      : options_(options),
        shared_(options.order == discipline::shared_queue),
        cores_(options.order == discipline::processor_sharing ? options.cores : 0),
        replicas_(options),
        balance_(options.balance),
        clients_(options),
        scrapes_(options) {}

  void reset(const service_requests& requests, engine& random) {
    empty(0, requests);
    replicas_.reset(random);
    open_stations();
    scrapes_.reset();
  }
  /// The same requests at another address: the episode was copied with its owner.
  void reseat(const service_requests& requests) noexcept { clients_.reseat(requests); }

  /// Wants `delta` replicas more or less; never less than none.
  void scale(int delta, engine& random) {
    for (; delta > 0; --delta) {
      replicas_.add(now_s_, random);
      open_stations();
    }
    for (; delta < 0; ++delta) drain(replicas_.victim(), random);
  }

  /// Lives until `end_s`.
  void advance(double end_s, engine& random) {
    for (;;) {
      const double change_s = replicas_.next_s();
      const double scrape_s = scrapes_.due_s();
      if (plain()) serve_until(std::min({end_s, change_s, scrape_s}), random);
      const auto [departure_s, leaving] = next_departure();
      const double arrival_s = clients_.arrival_s();
      const double again_s = clients_.again_s();
      const double give_up_s = clients_.give_up_s();
      const double next_s = std::min({departure_s, arrival_s, change_s, scrape_s, again_s, give_up_s});
      if (next_s > end_s) break;
      pass(next_s);
      if (next_s == departure_s) {
        depart(leaving);
      } else if (next_s == arrival_s) {
        arrive(clients_.first_arrival(now_s_), random);
      } else if (next_s == change_s) {
        change(random);
      } else if (next_s == scrape_s) {
        scrapes_.take(totals());
      } else if (next_s == again_s) {
        arrive(clients_.next_try(now_s_), random);
      } else {
        const auto who = clients_.give_up(now_s_);
        if (who.counts) {
          ++total_.timeouts;
          if (clients_.first_try(who.request)) ++total_.late;
        }
        if (who.waited) leave_queue(clients_.station(who.request));
      }
    }
    pass(end_s);
  }

  void show(service_observation& o) const noexcept {
    show_replicas(o);
    scrapes_.show(now_s_, o);
  }
  void show_replicas(service_observation& o) const noexcept {
    o.time_s = now_s_;
    o.replicas = replicas_.wanted();
    o.ready = replicas_.ready();
    o.starting = replicas_.starting();
    o.draining = replicas_.draining();
    o.nodes = replicas_.nodes();
  }

  [[nodiscard]] int wanted() const noexcept { return replicas_.wanted(); }
  [[nodiscard]] double now_s() const noexcept { return now_s_; }
  /// The counters as they stand now.
  [[nodiscard]] counters totals() const noexcept {
    counters c = total_;
    c.in_flight = static_cast<double>(in_flight_);
    c.backlog = static_cast<double>(waiting_);
    return c;
  }
  /// Requests that have arrived, further tries not counted.
  [[nodiscard]] std::size_t first_arrivals() const noexcept { return clients_.arrived(); }
  /// Clients that wait to try once more.
  [[nodiscard]] std::size_t trying_again() const noexcept { return clients_.trying_again(); }

 private:
  friend struct service_seeding;  // begins a plant in the middle
  struct line {
    station requests;
    std::size_t waiting = 0;  // in its queue; the queue itself also holds those who gave up
    bool draining = false;
  };

  // Nothing has happened yet. Buffers stay.
  void empty(double now_s, const service_requests& requests) {
    now_s_ = now_s;
    total_ = {};
    busy_ = 0;
    waiting_ = in_flight_ = 0;
    balance_.reset();
    for (line& at : stations_) close(at);
    clients_.reset(requests);
  }
  void close(line& at) {
    at.requests.reset(now_s_, cores_);
    at.waiting = 0;
    at.draining = false;
  }
  void open_stations() {
    while (stations_.size() < replicas_.size() + 1) {
      stations_.emplace_back();
      stations_.back().requests.reset(now_s_, cores_);
    }
  }
  // Whether requests only come and go, at one station: nobody gives up or tries again, and no replica drains.
  [[nodiscard]] bool plain() const noexcept { return shared_ && replicas_.draining() == 0 && !clients_.tracked(); }
  // Arrivals and departures up to `until_s`, where something else happens. Nearly all events are these, so they do not
  // ask each time for what cannot be due.
  void serve_until(double until_s, engine& random) {
    for (;;) {
      const double departure_s = stations_[0].requests.next_departure_s();
      const double arrival_s = clients_.arrival_s();
      if (!(std::min(departure_s, arrival_s) <= until_s)) return;
      if (departure_s <= arrival_s) {
        pass(departure_s);
        depart(0);
      } else {
        pass(arrival_s);
        arrive(clients_.first_arrival(now_s_), random);
      }
    }
  }
  [[nodiscard]] std::pair<double, std::size_t> next_departure() const noexcept {
    std::pair<double, std::size_t> first{stations_[0].requests.next_departure_s(), 0};
    if (shared_ && replicas_.draining() == 0) return first;
    for (std::size_t k = 1; k < stations_.size(); ++k) {
      const double s = stations_[k].requests.next_departure_s();
      if (s < first.first) first = {s, k};
    }
    return first;
  }
  void pass(double t_s) noexcept {
    const double elapsed_s = t_s - now_s_;
    total_.busy_s += elapsed_s * busy_;
    total_.capacity_s += elapsed_s * replicas_.ready() * (cores_ > 0 ? cores_ : static_cast<double>(options_.slots));
    now_s_ = t_s;
  }

  // What a station with n requests in service keeps busy: processors, or slots.
  [[nodiscard]] double busy(std::size_t n) const noexcept {
    return cores_ > 0 ? std::min(static_cast<double>(n), cores_) : static_cast<double>(n);
  }
  [[nodiscard]] bool has_room(std::size_t k) const noexcept {
    if (options_.slots == 0) return k > 0;
    const auto slots = static_cast<std::size_t>(options_.slots);
    const std::size_t room = k > 0 ? slots : shared_ ? slots * static_cast<std::size_t>(replicas_.ready()) : 0;
    return stations_[k].requests.in_service() < room;
  }

  void arrive(std::uint32_t request, engine& random) {
    ++total_.arrived;
    assign(request, shared_ || replicas_.ready() == 0 ? 0 : balanced(random) + 1);
  }
  // To station k: in service, or in its queue, or away if that is full.
  void assign(std::uint32_t request, std::size_t k) {
    if (has_room(k)) {
      serve(request, k);
    } else if (static_cast<double>(stations_[k].waiting) < options_.queue_limit) {
      stations_[k].requests.enqueue(request);
      ++stations_[k].waiting;
      ++waiting_;
      ++total_.waited;
      clients_.waits(request, k);
    } else {
      lose(request);
    }
  }
  void serve(std::uint32_t request, std::size_t k) {
    line& at = stations_[k];
    double size_s = clients_.size_s(request);
    if (options_.contention > 0) {
      const double all = options_.slots * std::max(1, replicas_.ready());
      size_s *= 1 + options_.contention * std::min(1.0, busy_ / all);
    }
    at.requests.advance(now_s_);
    const std::size_t n = at.requests.in_service();
    at.requests.serve(request, size_s);
    clients_.served(request);
    ++in_flight_;
    if (!at.draining) busy_ += busy(n + 1) - busy(n);
  }
  void ended_service(line& at) noexcept {
    const std::size_t n = at.requests.in_service();
    --in_flight_;
    if (!at.draining) busy_ -= busy(n + 1) - busy(n);
  }
  void depart(std::size_t k) {
    line& at = stations_[k];
    at.requests.advance(now_s_);
    const std::uint32_t request = at.requests.depart();
    ended_service(at);
    if (clients_.answered(request)) {
      const double latency_s = now_s_ - clients_.since_s(request);
      ++total_.finished;
      total_.latency_s += latency_s;
      if (clients_.first_try(request)) ++(latency_s <= options_.objective_s ? total_.in_time : total_.late);
      scrapes_.add_latency(latency_s);
    }
    go_on(k);
  }
  void lose(std::uint32_t request) {
    if (!clients_.lost(request, now_s_)) return;
    ++total_.errors;
    if (clients_.first_try(request)) ++total_.late;
  }
  void leave_queue(std::size_t k) noexcept {
    --stations_[k].waiting;
    --waiting_;
  }
  // The first of a queue that still waits. Only if there is one.
  std::uint32_t next_waiting(std::size_t k) {
    std::uint32_t request = stations_[k].requests.dequeue();
    while (!clients_.still_waits(request)) request = stations_[k].requests.dequeue();
    leave_queue(k);
    return request;
  }
  // Serves those who wait while there is room. A draining replica that has nobody left is gone.
  void go_on(std::size_t k) {
    while (stations_[k].waiting > 0 && has_room(k)) serve(next_waiting(k), k);
    line& at = stations_[k];
    if (at.draining && at.requests.in_service() == 0) {
      close(at);
      replicas_.leave(k - 1, now_s_);
    }
  }

  // How many of the requests in service at the shared queue one of the ready replicas has: they are spread evenly.
  [[nodiscard]] std::size_t share(engine& random) const {
    const double each = static_cast<double>(stations_[0].requests.in_service()) / replicas_.ready();
    return static_cast<std::size_t>(std::floor(each + random.uniform()));
  }
  void drain(std::size_t r, engine& random) {
    const bool serves = replicas_[r].is == replica_set::phase::ready;
    line& own = stations_[r + 1];
    if (serves && shared_) {
      stations_[0].requests.advance(now_s_);
      own.requests.advance(now_s_);
      for (std::size_t n = share(random); n > 0; --n) {
        stations_[0].requests.move_to(random.below(stations_[0].requests.in_service()), own.requests);
      }
    }
    replicas_.remove(r, now_s_);
    if (!serves) return;
    own.draining = true;
    busy_ -= busy(own.requests.in_service());
    go_on(r + 1);
  }
  void change(engine& random) {
    const std::size_t r = replicas_.next();
    if (replicas_[r].is == replica_set::phase::ready) {
      fail(r, random);
      return;
    }
    replicas_.change(random);
    if (shared_) {
      go_on(0);
    } else {
      while (stations_[0].waiting > 0) assign(next_waiting(0), balanced(random) + 1);
    }
  }
  void fail(std::size_t r, engine& random) {
    line& at = stations_[shared_ ? 0 : r + 1];
    at.requests.advance(now_s_);
    std::size_t n = shared_ ? share(random) : at.requests.in_service();
    replicas_.change(random);
    for (; n > 0; --n) {
      const std::uint32_t request = at.requests.abort(shared_ ? random.below(at.requests.in_service()) : 0);
      ended_service(at);
      lose(request);
    }
    while (!shared_ && stations_[r + 1].waiting > 0) lose(next_waiting(r + 1));
  }

  [[nodiscard]] std::size_t balanced(engine& random) {
    return balance_.pick(replicas_, random, [this](std::size_t r) {
      return stations_[r + 1].requests.in_service() + stations_[r + 1].waiting;
    });
  }

  service_options options_;
  bool shared_;
  double cores_;
  replica_set replicas_;
  replica_balance balance_;
  service_clients clients_;
  service_scrapes scrapes_;
  std::vector<line> stations_;
  counters total_;
  double now_s_ = 0;
  double busy_ = 0;  // slots or processors of ready replicas
  std::size_t in_flight_ = 0;
  std::size_t waiting_ = 0;
};

}  // namespace headroom::internal
