#pragma once

#include <algorithm>     // std::sort
#include <cmath>         // std::isfinite
#include <cstddef>       // std::size_t
#include <cstdint>       // std::uint64_t
#include <filesystem>    // std::filesystem::path, std::filesystem::directory_iterator
#include <optional>      // std::optional
#include <span>          // std::as_writable_bytes, std::span
#include <string>        // std::string
#include <string_view>   // std::string_view
#include <system_error>  // std::error_code
#include <vector>        // std::vector

#include <headroom/io/file.hpp>
#include <headroom/io/internal/json_events.hpp>
#include <headroom/io/internal/json_writer.hpp>

/// The records of requests, as the published matrix service drops them: one small JSON file a request in a folder that
/// its pods and the scheduler share.
namespace headroom::scheduler {

/// A finished request. In the file POD_TIMESTAMP.json: {"Service Time": 0.2, "Response Time": 0.31}, in seconds.
struct request_record {
  std::string pod{};  ///< what stands before the first underscore of the file's name
  double service_s = 0;
  double response_s = 0;
};

namespace internal {

// Keeps the two numbers of a record; everything else is passed over.
struct record_reader {
  std::optional<double> service_s{};
  std::optional<double> response_s{};
  std::string pod{};
  std::string name{};
  std::size_t depth = 0;
  bool good = true;

  void null() {}
  void boolean(bool) {}
  void whole(std::uint64_t value) { real(static_cast<double>(value)); }
  void negative(double value) { real(value); }
  void real(double value) {
    if (depth != 1) return;
    if (name == "Service Time") put(service_s, value);
    if (name == "Response Time") put(response_s, value);
  }
  void text(const std::string& value) {
    if (depth == 1 && name == "pod") pod = value;
  }
  void key(const std::string& value) {
    if (depth == 1) name = value;
  }
  void open(bool object) {
    good = good && (depth > 0 || object);
    ++depth;
  }
  void close(bool) { --depth; }
  void broken(const headroom::internal::json_reader&) { good = false; }
  void put(std::optional<double>& to, double value) {
    good = good && !to;
    to = value;
  }
};

}  // namespace internal

/// The record in a JSON text: both numbers finite, the response not before 0 and the service above 0. `pod` is its
/// member "pod", if it has one. Nothing for everything else.
[[nodiscard]] inline std::optional<request_record> parse_request_record(std::string_view json) {
  internal::record_reader r;
  headroom::internal::json_reader in(json);
  headroom::internal::hand_over(in, r);
  if (!r.good || !r.service_s || !r.response_s) return std::nullopt;
  const bool durations =
      *r.service_s > 0 && *r.response_s >= 0 && std::isfinite(*r.service_s) && std::isfinite(*r.response_s);
  if (!durations) return std::nullopt;
  return request_record{r.pod, *r.service_s, *r.response_s};
}

/// {"Service Time": ..., "Response Time": ...}, with the pod's name in front where it is not in the file's name.
[[nodiscard]] inline std::string to_json(const request_record& r, bool with_pod = false) {
  headroom::internal::json_writer out;
  out.open('{');
  if (with_pod) out.name("pod").text(r.pod);
  out.name("Service Time").number(r.service_s).name("Response Time").number(r.response_s);
  return out.close('}').json();
}

/// What was in a folder of records.
struct collected_records {
  std::vector<request_record> records{};
  std::uint64_t damaged = 0;  ///< files that hold no record: put aside under the name FILE.damaged, never read again
  std::uint64_t left = 0;     ///< files beyond `most`, for the next time
  std::string problem{};      ///< why the folder cannot be read, in a sentence; empty: it can
};

/// Takes the records out of a folder: each file is read and removed, that file and no other. The published scheduler
/// reads all and then moves all, so that what arrives in between is put away unread. Files that begin with a dot are
/// not complete yet, and podStatus.json is the scheduler's own; both stay. Reads at most `most` files, the oldest names
/// first. Does not throw; a folder that cannot be read is a problem, and not an empty folder.
[[nodiscard]] inline collected_records take_request_records(const std::filesystem::path& folder,
                                                            std::size_t most = 100'000) {
  namespace fs = std::filesystem;
  constexpr std::uint64_t largest = 4096;  // bytes; a record has sixty
  collected_records all;
  std::error_code failed;
  std::vector<fs::path> files;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    const std::string name = at->path().filename().string();
    if (!name.empty() && name.front() != '.' && name.ends_with(".json") && name != "podStatus.json")
      files.push_back(at->path());
  }
  if (failed) {
    all.problem = folder.string() + ": " + failed.message();
    return all;
  }
  std::sort(files.begin(), files.end());
  if (files.size() > most) {
    all.left = files.size() - most;
    files.resize(most);
  }
  for (const fs::path& file : files) {
    std::optional<request_record> r;
    try {
      input_file in(file);
      if (in.size() <= largest) {
        std::string text(static_cast<std::size_t>(in.size()), '\0');
        in.read(std::as_writable_bytes(std::span(text)));
        r = parse_request_record(text);
      }
    } catch (const file_error&) {
      if (!fs::exists(file, failed)) continue;  // somebody else took it
    }
    if (r) {
      const std::string name = file.filename().string();
      r->pod = name.substr(0, name.find('_'));
      // What cannot be removed would be counted again at the next reading.
      if (!fs::remove(file, failed)) continue;
      all.records.push_back(*std::move(r));
    } else {
      ++all.damaged;
      fs::rename(file, file.string() + ".damaged", failed);
    }
  }
  return all;
}

}  // namespace headroom::scheduler
