#include "commands/sweep_kept.hpp"

#include <cstdint>
#include <limits>
#include <mutex>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include <headroom/core/types.hpp>
#include <headroom/io/file.hpp>
#include <headroom/io/internal/file_lines.hpp>

#include "reports/json.hpp"

namespace tool::sweeping {

using namespace headroom;

namespace {

// The names of metrics live as long as the program: an evaluation only looks at them.
std::string_view kept_name(const std::string& name) {
  static std::mutex one_at_a_time;
  static std::set<std::string> names;
  const std::scoped_lock lock(one_at_a_time);
  return *names.insert(name).first;
}

std::string text_in(const std::filesystem::path& file) { return file_lines(file).all(std::size_t{1} << 28U); }

}  // namespace

kept_results::kept_results(const std::filesystem::path& folder, const std::string& said)
    : at_((folder.has_filename() ? folder : folder.parent_path()).string() + ".partial") {
  std::error_code wrong;
  std::filesystem::create_directory(at_, wrong);
  if (wrong) throw file_error(at_, "cannot be made: " + wrong.message());
  claim_ = std::make_unique<claim>(at_ / "sweep.toml");
  const std::filesystem::path plan = at_ / "sweep.toml";
  if (!std::filesystem::exists(plan, wrong)) write_file(plan, said);
  if (text_in(plan) != said) {
    throw file_error(plan,
                     "is of a sweep with other settings that was interrupted; go on with those, name another --out, "
                     "or remove " +
                         at_.string());
  }
  for (const auto& one : std::filesystem::directory_iterator(at_)) found_ += one.path().extension() == ".json" ? 1 : 0;
}

std::optional<evaluation> kept_results::find(const std::string& name) const {
  const std::filesystem::path file = at_ / (name + ".json");
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  try {
    const report::json j = report::json::parse(text_in(file));
    evaluation e;
    e.seeds = j.at("seeds").get<std::vector<std::uint64_t>>();
    for (const report::json& metric : j.at("metrics")) {
      e.names.push_back(kept_name(metric.at("name").get<std::string>()));
      std::vector<double>& values = e.values.emplace_back();
      for (const report::json& v : metric.at("values"))
        values.push_back(v.is_number() ? v.get<double>() : std::numeric_limits<double>::quiet_NaN());
    }
    return e;
  } catch (const report::json::exception& e) {
    throw file_error(file, std::string("is not what a sweep keeps, remove it: ") + e.what());
  }
}

void kept_results::keep(const std::string& name, const evaluation& e) const {
  report::json j;
  j["seeds"] = e.seeds;
  j["metrics"] = report::json::array();
  for (std::size_t m = 0; m < e.names.size(); ++m) {
    report::json values = report::json::array();
    for (const double v : e.values[m]) values.push_back(report::number_json(v));
    j["metrics"].push_back({{"name", e.names[m]}, {"values", std::move(values)}});
  }
  write_file(at_ / (name + ".json"), j.dump() + '\n');
}

void kept_results::remove() {
  claim_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(at_, ignored);
}

}  // namespace tool::sweeping
