#include "shards/kept_results.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <set>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/file.hpp>

#include "support/files.hpp"
#include "support/temporary_folder.hpp"

namespace tool::shards {

using namespace headroom;

namespace {

// An evaluation has views of its metrics' names. Those of a file live here, as long as the process.
std::string_view for_ever(const std::string& name) {
  static std::set<std::string> names;
  return *names.insert(name).first;
}

double number_in(const json& from) {
  double value = 0;
  read_kept(from, value);
  return value;
}

std::string whole_file(const std::filesystem::path& file) {
  input_file in(file);
  std::string bytes(static_cast<std::size_t>(in.size()), '\0');
  in.read(std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

}  // namespace

json as_json(double value) {
  if (std::isfinite(value)) return value;
  if (std::isnan(value)) return std::signbit(value) ? "-nan" : "nan";
  return value > 0 ? "inf" : "-inf";
}
void read_kept(const json& from, double& to) {
  if (!from.is_string()) {
    to = from.get<double>();
    return;
  }
  using limits = std::numeric_limits<double>;
  const auto text = from.get<std::string>();
  if (text == "nan")
    to = limits::quiet_NaN();
  else if (text == "-nan")
    to = -limits::quiet_NaN();
  else if (text == "inf")
    to = limits::infinity();
  else if (text == "-inf")
    to = -limits::infinity();
  else
    throw std::runtime_error("a shard holds '" + text + "', must hold a number there");
}

json as_json(const std::string& text) { return text; }
void read_kept(const json& from, std::string& to) { to = from.get<std::string>(); }
json as_json(const std::vector<double>& values) { return list_json(values); }
void read_kept(const json& from, std::vector<double>& to) { read_list(from, to); }
json as_json(const std::vector<std::uint64_t>& values) { return values; }
void read_kept(const json& from, std::vector<std::uint64_t>& to) { to = from.get<std::vector<std::uint64_t>>(); }

json as_json(const evaluation& e) {
  json j;
  j["seeds"] = e.seeds;
  for (std::size_t m = 0; m < e.names.size(); ++m) {
    j["names"].push_back(e.names[m]);
    j["values"].push_back(as_json(e.values[m]));
  }
  return j;
}
void read_kept(const json& from, evaluation& to) {
  to = {};
  to.seeds = from.at("seeds").get<std::vector<std::uint64_t>>();
  for (const json& name : from.at("names")) to.names.push_back(for_ever(name.get<std::string>()));
  read_list(from.at("values"), to.values);
}

json as_json(const report::checkpoint_row& r) { return {{"episodes", r.episodes}, {"figures", list_json(r.figures)}}; }
void read_kept(const json& from, report::checkpoint_row& to) {
  to.episodes = from.at("episodes").get<std::uint64_t>();
  read_list(from.at("figures"), to.figures);
}

json as_json(const clairvoyant_bound& b) {
  json j{{"episodes", b.episodes}, {"most", as_json(b.most)}};
  j["points"] = json::array();
  for (std::size_t k = 0; k < b.points.size(); ++k) {
    const bound_point& p = b.points[k];
    const clairvoyant_curve::point& c = b.values.points()[k];
    j["points"].push_back({as_json(p.price), as_json(p.lower), as_json(p.replayed_level), as_json(p.replayed_workers),
                           p.exact, as_json(c.found.replicas), as_json(c.found.missed)});
  }
  return j;
}
void read_kept(const json& from, clairvoyant_bound& to) {
  to = {};
  to.episodes = from.at("episodes").get<std::size_t>();
  read_kept(from.at("most"), to.most);
  std::vector<clairvoyant_point> means;
  for (const json& p : from.at("points")) {
    to.points.push_back(
        {number_in(p.at(0)), number_in(p.at(1)), number_in(p.at(2)), number_in(p.at(3)), p.at(4).get<std::size_t>()});
    means.push_back({.price = to.points.back().price,
                     .bound = to.points.back().lower,
                     .found = {number_in(p.at(5)), number_in(p.at(6))}});
  }
  to.values.add(means);  // the means of one episode are themselves
}

json as_json(const known_rate_line& k) {
  json j{{"episodes", k.episodes}, {"leaves_out", k.leaves_out}};
  j["points"] = json::array();
  for (const known_rate_point& p : k.points) {
    j["points"].push_back(
        {as_json(p.price), as_json(p.level), as_json(p.replicas), as_json(p.promised), as_json(p.paid)});
  }
  return j;
}
void read_kept(const json& from, known_rate_line& to) {
  to = {};
  to.episodes = from.at("episodes").get<std::size_t>();
  to.leaves_out = from.at("leaves_out").get<std::string>();
  for (const json& p : from.at("points")) {
    to.points.push_back(
        {number_in(p.at(0)), number_in(p.at(1)), number_in(p.at(2)), number_in(p.at(3)), number_in(p.at(4))});
  }
}

json as_json(const episode_player::trained& t) {
  return {{"tuned", as_json(t.tuned)}, {"reported", as_json(t.reported)}};
}
void read_kept(const json& from, episode_player::trained& to) {
  read_kept(from.at("tuned"), to.tuned);
  read_kept(from.at("reported"), to.reported);
}

std::string model_text(const checkpoint& model) {
  const temporary_folder folder;
  const std::filesystem::path file = folder / "model";
  save(model, file);
  std::string digits;
  for (const char c : whole_file(file)) {
    const auto byte = static_cast<unsigned char>(c);
    digits += "0123456789abcdef"[byte >> 4U];
    digits += "0123456789abcdef"[byte & 0xfU];
  }
  return digits;
}
std::string bytes_in(const std::string& digits) {
  static constexpr std::string_view all = "0123456789abcdef";
  if (digits.size() % 2 != 0 || digits.find_first_not_of(all) != std::string::npos)
    throw std::runtime_error("a shard holds a model that is not in hexadecimal digits");
  std::string bytes;
  for (std::size_t k = 0; k < digits.size(); k += 2)
    bytes += static_cast<char>(static_cast<unsigned char>(all.find(digits[k]) * 16 + all.find(digits[k + 1])));
  return bytes;
}
checkpoint model_in(const std::string& digits) {
  const temporary_folder folder;
  const std::filesystem::path file = folder / "model";
  write_file(file, bytes_in(digits));
  return load(file);
}

}  // namespace tool::shards
