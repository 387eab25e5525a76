#include "contest.hpp"

#include <stdexcept>

namespace contests {

namespace {

struct known_system {
  std::string_view name;
  contest (*make)(const arguments&);
  const std::vector<contestants::entry>& (*policies)();
  std::vector<const char*> no_use_for;
};

const std::vector<known_system>& systems() {
  static const std::vector<const char*> of_the_farm{
      "--trace",        "--trace-peak",  "--trace-mean",     "--trace-from",     "--trace-to", "--trace-repeat",
      "--trace-window", "--trace-split", "--trace-interval", "--trace-function", "--actions",  "--no-bound"};
  static const std::vector<known_system> all = [] {
    const auto with = [](std::vector<const char*> more) {
      more.insert(more.end(), of_the_farm.begin(), of_the_farm.end());
      return more;
    };
    return std::vector<known_system>{{"farm", farm_contest, contestants::catalogue, {"--data", "--start-row"}},
                                     {"queueing", queueing_contest, queueing_policies, with({"--data", "--start-row"})},
                                     {"teastore", teastore_contest, teastore_policies, with({"--workload"})},
                                     {"quota", quota_contest, quota_policies, with({"--workload", "--start-row"})}};
  }();
  return all;
}

const known_system& find_system(const std::string& name) {
  for (const known_system& s : systems()) {
    if (s.name == name) return s;
  }
  throw std::invalid_argument("--environment: the name is " + name + ", must be farm, queueing, teastore or quota");
}

}  // namespace

const contestants::entry* contest::find(std::string_view name) const {
  for (const contestants::entry& e : *policies) {
    if (contestants::kind_of(e.name) == contestants::kind_of(name)) return &e;
  }
  return nullptr;
}

contest make(const arguments& a, const std::function<bool(const char*)>& given) {
  const known_system& s = find_system(a.environment);
  for (const char* const option : s.no_use_for) {
    if (given(option))
      throw std::invalid_argument(std::string(option) + ": --environment " + a.environment + " has no use for it");
  }
  arguments own = a;
  if (a.environment == "queueing" && !given("--workload")) own.load.workload = "two-bumps";
  return s.make(own);
}

const std::vector<contestants::entry>& policies_of(const std::string& environment) {
  return find_system(environment).policies();
}

}  // namespace contests
