#include "teastore/stand_in.hpp"

#include <algorithm>  // std::max
#include <cmath>      // std::isfinite
#include <thread>     // std::this_thread::sleep_until

#include <headroom/core/check.hpp>

namespace live_teastore {

using namespace headroom;

stand_in::stand_in(std::shared_ptr<const shop_table> table, const stand_in_options& o)
    : table_(std::move(table)), options_(o), random_(o.seed, stream::workload) {
  require_positive("stand_in", "redraw_s", o.redraw_s);
  require_not_negative("stand_in", "packets_per_request", o.packets_per_request);
  require_positive("stand_in", "longest_wait_s", o.longest_wait_s);
}

bool stand_in::become(const configuration& c) {
  const auto cell = table_->cell(c);
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!cell) return false;
  if (cell_ == cell) return true;
  advance_locked();
  cell_ = cell;
  draw_locked();
  return true;
}

std::optional<configuration> stand_in::now() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!cell_) return std::nullopt;
  return table_->at(*cell_);
}

void stand_in::draw_locked() {
  drawn_ = clock::now();
  const std::size_t columns[] = {table_->columns.out_tps.column, table_->cpu_used, table_->memory_used};
  double* const values[] = {&out_tps_, &cpu_used_, &memory_used_};
  const auto rows = table_->grid->rows_of(*cell_);
  const std::size_t row = table_->grid->order()[rows.first + static_cast<std::size_t>(random_.uniform() * rows.count)];
  for (std::size_t k = 0; k < 3; ++k) {
    const double of_row = table_->grid->table().row(row)[columns[k]];
    // A counter cannot go on from what was not measured.
    const bool whole = options_.draws_rows && std::isfinite(of_row);
    *values[k] = whole ? of_row : table_->mean(*cell_, columns[k]);
  }
}

void stand_in::advance_locked() {
  const auto now = clock::now();
  if (!cell_) {
    then_ = now;
    return;
  }
  const double seconds = std::chrono::duration<double>(now - then_).count();
  then_ = now;
  if (options_.packets_per_request == 0) packets_ += out_tps_ * seconds;
  cpu_s_ += cpu_used_ * seconds;
  if (options_.draws_rows && std::chrono::duration<double>(now - drawn_).count() >= options_.redraw_s) draw_locked();
}

server_reply stand_in::serve() {
  clock::time_point due;
  const auto begin = clock::now();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    advance_locked();
    if (!cell_) return server_reply::error(503, "no configuration is known yet");
    const double pods = table_->at(*cell_).replicas;
    const double per_s = options_.packets_per_request > 0 ? pods * out_tps_ / options_.packets_per_request : 0;
    due = begin;
    if (options_.packets_per_request > 0) {
      const auto line = std::max(free_, begin);
      const double wait_s = std::chrono::duration<double>(line - begin).count();
      if (per_s <= 0 || wait_s > options_.longest_wait_s) {
        ++refused_;
        return server_reply::error(503, "too many are waiting");
      }
      due = line + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(1 / per_s));
      free_ = due;
    }
  }
  std::this_thread::sleep_until(due);
  const std::lock_guard<std::mutex> lock(mutex_);
  ++answered_;
  latency_s_ += std::chrono::duration<double>(clock::now() - begin).count();
  if (options_.packets_per_request > 0 && cell_) {
    packets_ += options_.packets_per_request / table_->at(*cell_).replicas;  // a balancer spreads them evenly
  }
  return {"{\"answered\":true}\n"};
}

void stand_in::metrics(exposition& all) {
  const std::lock_guard<std::mutex> lock(mutex_);
  advance_locked();
  all.counter("teastore_requests_total", "Requests, by what became of them.", answered_, {{"end", "answered"}});
  all.counter("teastore_requests_total", "Requests, by what became of them.", refused_, {{"end", "refused"}});
  all.counter("teastore_request_seconds_total", "Time of the answered requests.", latency_s_);
  if (!cell_) return;
  const configuration c = table_->at(*cell_);
  for (int pod = 0; pod < c.replicas; ++pod) {
    const metric_labels of{{"pod", options_.deployment + '-' + to_text(pod)}};
    all.counter("container_network_transmit_packets_total", "Packets that the pod sent.", packets_, of);
  }
  for (int pod = 0; pod < c.replicas; ++pod) {
    const metric_labels of{{"pod", options_.deployment + '-' + to_text(pod)}};
    all.counter("container_cpu_usage_seconds_total", "Processor time of the pod.", cpu_s_, of);
  }
  for (int pod = 0; pod < c.replicas; ++pod) {
    const metric_labels of{{"pod", options_.deployment + '-' + to_text(pod)}};
    all.gauge("container_memory_working_set_bytes", "Memory of the pod.", memory_used_ * (1 << 30U), of);
  }
}

void stand_in::add_to(policy_server& server) {
  server.get("/", [this](const policy_server::request&) { return serve(); });
  server.add_metrics([this](exposition& all) { metrics(all); });
}

}  // namespace live_teastore
