#include "scaling/knob_settings.hpp"

#include <span>
#include <string>
#include <vector>

#include "catch.hpp"
#include "scaling/known_costs.hpp"

namespace {

using one_of = tool::autoscaler_of<known::seen>;

const tool::scaled_service small{.minimum = 2, .maximum = 4};

one_of with(const std::string& name, std::vector<tool::knob> knobs,
            bool (*possible)(std::span<const double>) = nullptr) {
  one_of a;
  a.name = name;
  a.knobs = std::move(knobs);
  a.possible = possible;
  return a;
}
bool rising(std::span<const double> v) { return v[0] < v[1]; }

const std::vector<one_of> all{with("constant:N", {{"replicas", "", 1, {1, 2, 3, 4, 5}}}),
                              with("scheduled:A/B", {{"a", "", 1, {1, 2}}, {"b", "", 1, {1, 2}}}),
                              with("hpa", {{"target", "", 0.7, {0.6, 0.8}}, {"least", "", 1, {1, 2}}}),
                              with("step", {{"low", "", 1, {1, 2, 3}}, {"high", "", 2, {2, 4}}}, rising)};

}  // namespace

TEST_CASE("knob_settings: every setting of the first knob, the others as published; what cannot be is left out") {
  CHECK(tool::first_knob_settings(all, small) ==
        std::vector<std::string>{"constant:2", "constant:3", "constant:4", "hpa:0.6/1", "hpa:0.8/1", "step:1/2"});
}

TEST_CASE("knob_settings: beside a setting are those that differ in one knob") {
  CHECK(tool::settings_beside(all[2], "hpa:0.6/1", small) == std::vector<std::string>{"hpa:0.8/1", "hpa:0.6/2"});
  CHECK(tool::settings_beside(all[3], "step:1/2", small) == std::vector<std::string>{"step:1/4"});
  CHECK(tool::settings_beside(all[3], "step:1/4", small) ==
        std::vector<std::string>{"step:2/4", "step:3/4", "step:1/2"});
  CHECK(tool::settings_beside(all[0], "constant:3", small) == std::vector<std::string>{"constant:2", "constant:4"});
}
