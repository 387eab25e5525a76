#pragma once

#include <algorithm>     // std::adjacent_find, std::count, std::find, std::min, std::sort
#include <charconv>      // std::from_chars
#include <cmath>         // std::floor
#include <cstddef>       // std::ptrdiff_t, std::size_t
#include <cstdint>       // std::uint32_t, std::uint64_t
#include <filesystem>    // std::filesystem::path
#include <limits>        // std::numeric_limits
#include <optional>      // std::optional
#include <span>          // std::span, std::as_writable_bytes
#include <string>        // std::string
#include <string_view>   // std::string_view
#include <system_error>  // std::errc
#include <utility>       // std::move
#include <vector>        // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/file.hpp>
#include <headroom/systems/scheduler/pod_status.hpp>
#include <headroom/io/internal/json_events.hpp>
#include <headroom/io/internal/safetensors.hpp>

namespace headroom::scheduler {

struct pod_status_limits {
  std::uint64_t bytes = std::uint64_t{64} << 20U;  ///< of a file; two months of checks take 64 MiB
  std::size_t checks = 1'000'000;                  ///< in a file
};

namespace internal {

// Receives the log token by token. No tree is built of unknown values, however deep or large they are.
class reader {
 public:
  reader(const std::filesystem::path& file, std::string_view text, const pod_status_limits& limits)
      : file_(file), text_(text), limits_(limits), in_(text) {}

  [[nodiscard]] std::vector<pod_status> read() {
    count();
    headroom::internal::hand_over(in_, *this);
    std::sort(checks_.begin(), checks_.end(), [](const auto& a, const auto& b) { return a.check < b.check; });
    const auto twice = std::adjacent_find(checks_.begin(), checks_.end(),
                                          [](const auto& a, const auto& b) { return a.check == b.check; });
    if (twice != checks_.end()) {
      throw file_error(file_,
                       std::string(pod_status_prefix) + to_text(twice->check) + " appears twice, must appear once");
    }
    return std::move(checks_);
  }

  void null() {
    if (skipping()) return;
    if (depth_ != 2) wrong("null");
    if (field_ == "averageResponseTime" || field_ == "avgResponseTime") return;  // no request was seen
    if (optional_number() == nullptr && known()) wrong("null");
  }
  void boolean(bool) {
    if (!skipping()) wrong("a boolean");
  }
  void whole(std::uint64_t value) { real(static_cast<double>(value)); }
  void negative(double value) { real(value); }
  void real(double value) {
    if (skipping()) return;
    if (depth_ != 2 || list_ != nullptr) wrong("a number");
    if (double* const into = number_of()) {
      if (field_ == "nInstances" && !(value >= 0 && value <= 1e6 && value == std::floor(value))) {
        refuse(subject() + " is " + to_text(value) + ", must be a whole number from 0 to 1000000");
      }
      *into = value;
    } else if (std::optional<double>* const maybe = optional_number()) {
      *maybe = value;
    } else {
      wrong("a number");
    }
  }
  void text(std::string& value) {
    if (skipping()) return;
    if (depth_ == 2 && field_ == "timestamp")
      now_->timestamp = std::move(value);
    else if (depth_ == 2 && field_ == "action")
      now_->action = std::move(value);
    else if (list_ != nullptr)
      list_->push_back(value);  // a copy has no room to spare
    else
      wrong("a string");
  }
  void key(std::string& value) {
    if (skipping_ > 0) return;
    if (depth_ == 1) {
      begin_check(value);
      return;
    }
    field_ = std::move(value);
    if (std::find(seen_.begin(), seen_.end(), field_) != seen_.end())
      refuse(subject() + " appears twice, must appear once");
    if (known()) seen_.push_back(field_);
  }
  void open(bool object) {
    if (skipping()) {
      ++skipping_;
      return;
    }
    const bool fits = object ? depth_ != 2 && list_ == nullptr : depth_ == 2 && list_ == nullptr;
    if (!fits) wrong(object ? "an object" : "an array");
    if (!object) {
      list_ = list();
      if (list_ == nullptr) wrong("an array");
      if (next_list_ < lengths_.size()) list_->reserve(lengths_[next_list_++]);
    } else if (++depth_ == 2) {
      seen_.clear();
    }
  }
  void close(bool object) {
    if (skipping_ > 0) {
      --skipping_;
      return;
    }
    if (!object) {
      list_ = nullptr;
      return;
    }
    if (depth_ == 2) end_check();
    --depth_;
  }
  [[noreturn]] void broken(const headroom::internal::json_reader& in) const {
    using failure = headroom::internal::json_reader::failure;
    if (in.why() == failure::early_end) {
      refuse_at(text_.size(),
                (depth_ > 1 ? subject() + ": " : std::string()) + "the file ends here, in the middle of its JSON");
    }
    refuse(in.why() == failure::number_too_large ? subject() + " is a number beyond the range of double"
                                                 : "not JSON from here on, must be an object of checks");
  }

 private:
  // Reads the text once without keeping anything, so that memory is taken once and for no more than there is. Names of
  // pods are counted as well: in memory a name takes 32 bytes, in the text as few as three.
  void count() {
    using token = headroom::internal::json_reader::token;
    headroom::internal::json_reader in(text_);
    std::size_t depth = 0;
    std::size_t checks = 0;
    std::size_t names = 0;
    bool pods = false;
    for (token t = in.next(); t != token::end && t != token::error; t = in.next()) {
      depth += t == token::object || t == token::list ? 1U : 0U;
      depth -= t == token::end_object || t == token::end_list ? 1U : 0U;
      checks += t == token::key && depth == 1 ? 1U : 0U;
      if (t == token::key && depth == 2) pods = names_pods(in.text());
      if (!pods || depth != 3) continue;
      if (t == token::list) lengths_.push_back(0);
      if (t != token::text || lengths_.empty()) continue;
      ++lengths_.back();
      ++names;
    }
    if (checks > limits_.checks) throw file_error(file_, "has more than " + to_text(limits_.checks) + " checks");
    if (names > text_.size() / 16 + 1000) {
      throw file_error(file_, "has " + to_text(names) + " names of pods in " + to_text(text_.size()) +
                                  " bytes, must have at most one for 16 bytes");
    }
    checks_.reserve(checks);
  }

  [[noreturn]] void refuse(const std::string& reason) const {
    refuse_at(in_.position() > 0 ? in_.position() - 1 : 0, reason);
  }
  [[noreturn]] void refuse_at(std::size_t position, const std::string& reason) const {
    const std::string_view before = text_.substr(0, position);
    throw file_error(file_, "line " + to_text(1 + std::count(before.begin(), before.end(), '\n')) + ": " + reason);
  }
  [[nodiscard]] std::string subject() const {
    if (depth_ == 0) return "the file";
    const std::string check = std::string(pod_status_prefix) + to_text(now_ != nullptr ? now_->check : 0);
    return depth_ == 1 ? check : field_.empty() ? check : check + ": " + in_quotes(field_);
  }
  [[noreturn]] void wrong(const std::string& kind) const {
    if (list_ != nullptr) refuse(subject() + " holds " + kind + ", must hold names of pods");
    const bool text = field_ == "timestamp" || field_ == "action";
    refuse(subject() + " is " + kind + ", must be " +
           (depth_ < 2          ? "an object"
            : text              ? "a string"
            : list() != nullptr ? "an array"
                                : "a number"));
  }

  // Values of unknown names are skipped, whatever they contain.
  [[nodiscard]] bool skipping() const { return skipping_ > 0 || (depth_ == 2 && list_ == nullptr && !known()); }
  [[nodiscard]] bool known() const {
    return field_ == "timestamp" || field_ == "action" || number_of() != nullptr || optional_number() != nullptr ||
           list() != nullptr;
  }

  [[nodiscard]] double* number_of() const {
    if (field_ == "nInstances") return &now_->metrics.n_instances;
    if (field_ == "pressure") return &now_->metrics.pressure;
    if (field_ == "queueLengthDominant") return &now_->metrics.queue_length_dominant;
    if (field_ == "utilization") return &now_->metrics.utilization;
    if (field_ == "workload") return &now_->metrics.workload;
    if (field_ == "avgResponseTime" || field_ == "averageResponseTime") return &now_->response_time_s;
    return nullptr;
  }
  [[nodiscard]] std::optional<double>* optional_number() const {
    if (field_ == "avgServiceTime") return &now_->service_time_s;
    if (field_ == "Threshold") return &now_->threshold_s;
    if (field_ == "CPUUsage (Prometheus)") return &now_->cpu_usage;
    return nullptr;
  }
  [[nodiscard]] static bool names_pods(std::string_view field) {
    return field == "active" || field == "startedPreviousCheck" || field == "started" ||
           field == "shutdownPreviousCheck" || field == "shutdown";
  }
  [[nodiscard]] std::vector<std::string>* list() const {
    if (field_ == "active") return &now_->active;
    if (field_ == "startedPreviousCheck" || field_ == "started") return &now_->started;
    if (field_ == "shutdownPreviousCheck" || field_ == "shutdown") return &now_->stopped;
    return nullptr;
  }
  void begin_check(const std::string& name) {
    std::uint64_t k = 0;
    const char* const first = name.data() + std::min(pod_status_prefix.size(), name.size());
    const char* const last = name.data() + name.size();
    const auto [rest, error] = std::from_chars(first, last, k);
    const bool number = error == std::errc() && rest == last && k > 0 && *first != '0';
    if (!name.starts_with(pod_status_prefix) || !number) {
      refuse("key " + in_quotes(name) + " is unknown, must be " + std::string(pod_status_prefix) +
             " and a number from 1");
    }
    now_ = &checks_.emplace_back();
    now_->check = k;
    field_.clear();
  }
  void end_check() {
    const auto has = [this](std::string_view name) {
      return std::find(seen_.begin(), seen_.end(), name) != seen_.end();
    };
    field_.clear();
    const auto need = [&](const char* name) {
      if (!has(name)) refuse(subject() + " has no " + in_quotes(name));
    };
    need("timestamp");
    if (!now_->moment()) {
      field_ = "timestamp";
      refuse(subject() + " is " + in_quotes(now_->timestamp) + ", must be a moment like 31.01.2025_23:59:00");
    }
    need("action");
    need("active");
    now_->latency_only = has("averageResponseTime") && !has("nInstances");
    if (now_->latency_only) {
      const double unknown = std::numeric_limits<double>::quiet_NaN();
      now_->metrics = {static_cast<double>(now_->active.size()), unknown, unknown, unknown, unknown};
      return;
    }
    for (const char* name : {"nInstances", "pressure", "queueLengthDominant", "utilization", "workload"}) need(name);
  }

  const std::filesystem::path& file_;
  std::string_view text_;
  pod_status_limits limits_;
  headroom::internal::json_reader in_;
  int depth_ = 0;             // 1: among the checks, 2: in one
  std::size_t skipping_ = 0;  // brackets open in a value that nobody asked for
  std::string field_;
  std::vector<std::string> seen_;
  std::vector<std::string>* list_ = nullptr;
  pod_status* now_ = nullptr;  // the last of checks_
  std::vector<pod_status> checks_;
  std::vector<std::uint32_t> lengths_;  // of the lists of pods, in their order
  std::size_t next_list_ = 0;
};

}  // namespace internal

/// The checks in `file`, by their number; gaps are left as they are. Reads what the scheduler's versions wrote, with or
/// without service times, and the latency alone of its first. Names it does not know are passed over. Errors:
/// file_error, "FILE: line 12: check_3: "pressure" is a string, must be a number"; a file that is larger than the
/// limit is refused before a byte of it is read.
[[nodiscard]] inline std::vector<pod_status> read_pod_status(const std::filesystem::path& file,
                                                             const pod_status_limits& limits = {}) {
  input_file in(file);
  if (in.size() > limits.bytes) {
    throw file_error(file, "is " + to_text(in.size()) + " bytes, must be at most " + to_text(limits.bytes));
  }
  std::string text(static_cast<std::size_t>(in.size()), '\0');
  in.read(std::as_writable_bytes(std::span(text)));
  if (text.empty()) throw file_error(file, "is empty, must hold a JSON object of checks");
  const std::size_t zero = text.find('\0');
  if (zero != text.npos) throw file_error(file, "has a zero byte at " + to_text(zero) + ", must be JSON");
  return internal::reader(file, text, limits).read();
}

}  // namespace headroom::scheduler
