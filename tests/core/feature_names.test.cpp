#include <headroom/core/feature_names.hpp>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "catch.hpp"
#include "scratch.hpp"

using headroom::feature_name;
using headroom::feature_unit;
using headroom::member;
using headroom::named_feature;

namespace {

struct sample {
  double queue = 0;
  double arrivals_per_s = 0;
  int replicas = 1;
  std::string zone = "eu";
  struct {
    int inner = 0;
  } nested;
  std::vector<double> latencies;
  double p95_ms = 0;
  bool open = false;
  std::int64_t replicas_s = 0;

  [[nodiscard]] double load() const { return queue / replicas; }
};
struct of_one {
  double only = 0;
};
struct of_many {
  double a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0, a8 = 0, a9 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0,
         b4 = 0, b5 = 0, b6 = 0, b7 = 0, b8 = 0, b9 = 0, c0 = 0, c1 = 0, c2 = 0, c3 = 0, c4 = 0, c5 = 0, c6 = 0, c7 = 0,
         c8 = 0, c9 = 0, d0 = 0, d1 = 0;
};
struct of_too_many {
  of_many many;
  double a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0, a6 = 0, a7 = 0, a8 = 0, a9 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0,
         b4 = 0, b5 = 0, b6 = 0, b7 = 0, b8 = 0, b9 = 0, c0 = 0, c1 = 0, c2 = 0, c3 = 0, c4 = 0, c5 = 0, c6 = 0, c7 = 0,
         c8 = 0, c9 = 0, d0 = 0, d1 = 0;
};
struct with_array {
  double window[3] = {};
  double queue = 0;
};
struct with_bits {
  double queue = 0;
  unsigned low : 3 = 0;
  unsigned high : 5 = 0;
  double load = 0;
};
struct derived : sample {
  double more = 0;
};
class closed {
 public:
  double queue = 0;
  double load = 0;
  closed() = default;
};
struct place {
  int axis = 0;
  double operator()(const sample& o) const { return axis == 0 ? o.queue : o.replicas; }
};
template <class T>
struct scaled {
  double operator()(const sample& o) const { return static_cast<double>(static_cast<T>(o.queue)); }
};
double by_function(const sample& o) { return o.queue; }

template <class... T>
struct box {};
struct silent {};  // says nothing of itself
struct speaking {
  template <class Self, class Archive>
  static void fields(Self&, Archive& a) {
    a.means("edge", 5);
  }
};
// Writes down what parts say.
struct listener {
  std::string heard;
  template <class T>
  void means(std::string_view name, const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      heard += std::string(name) + '=' + std::to_string(value) + ' ';
    } else {
      heard += std::string(name) + '=' + std::string(value) + ' ';
    }
  }
  void kind(std::string_view name) { heard += "kind=" + std::string(name) + ' '; }
  template <class Part>
  void operator()(std::string_view name, Part part) {
    heard += std::string(name) + "{ ";
    Part::fields(part, *this);
    heard += "} ";
  }
};

}  // namespace

TEST_CASE("feature names: a member pointer has the name of its member") {
  CHECK(feature_name(&sample::queue) == "queue");
  CHECK(feature_name(&sample::arrivals_per_s) == "arrivals_per_s");
  CHECK(feature_name(&sample::replicas) == "replicas");
  CHECK(feature_name(&sample::zone) == "zone");
  CHECK(feature_name(&sample::latencies) == "latencies");
  CHECK(feature_name(&sample::p95_ms) == "p95_ms");
  CHECK(feature_name(&sample::open) == "open");
  CHECK(feature_name(&sample::replicas_s) == "replicas_s");
  CHECK(feature_name(&of_one::only) == "only");
  CHECK(feature_name(&of_many::a0) == "a0");
  CHECK(feature_name(&of_many::d1) == "d1");
  CHECK(feature_name(&derived::queue) == "queue");

  struct local {
    double first = 0;
    double second = 0;
  };
  CHECK(feature_name(&local::second) == "second");
  const auto chosen = true ? &sample::arrivals_per_s : &sample::queue;  // known at run time only
  CHECK(feature_name(chosen) == "arrivals_per_s");
}

TEST_CASE("members are counted where a class is a plain aggregate of up to 32") {
  using headroom::internal::member_count;
  CHECK(member_count<silent>() == 0);
  CHECK(member_count<of_one>() == 1);
  CHECK(member_count<sample>() == 9);
  CHECK(member_count<of_many>() == 32);
  CHECK(member_count<of_too_many>() == 0);
  CHECK(member_count<with_array>() == 0);
  CHECK(member_count<closed>() == 0);
  CHECK(member_count<derived>() == 0);
  CHECK(member_count<double>() == 0);
}

TEST_CASE("the name of a class is the last one, without what it is made of") {
  using headroom::internal::kind_name;
  CHECK(kind_name<sample>() == "sample");
  CHECK(kind_name<box<>>() == "box");
  CHECK(kind_name<box<int>>() == "box");
  CHECK(kind_name<box<box<int>>>() == "box");
  CHECK(kind_name<box<sample, box<box<int>, closed>>>() == "box");
  CHECK(kind_name<scaled<box<int>>>() == "scaled");
  CHECK(kind_name<double>().empty());
}

TEST_CASE("a part says its kind and what it says itself, a feature its name and its unit") {
  listener l;
  const silent nothing;
  const speaking five;
  headroom::say_part("first", nothing, l);
  headroom::say_part("second", five, l);
  CHECK(l.heard == "first{ kind=silent } second{ edge=5 kind=speaking } ");
  listener names;
  headroom::say_name(&sample::arrivals_per_s, names);
  headroom::say_name(&sample::queue, names);
  CHECK(names.heard == "name=arrivals_per_s unit=1/s name=queue unit= ");
}

TEST_CASE("feature names: a class that is no plain aggregate tells where its member lies") {
  CHECK(feature_name(&with_array::queue) == "with_array+24");
  CHECK(feature_name(&derived::more) == "derived+" + std::to_string(sizeof(sample)));
  CHECK(feature_name(&closed::load) == "closed+8");
  CHECK(feature_name(&of_too_many::a0) == "of_too_many+256");
  CHECK(feature_name(&with_bits::queue) != feature_name(&with_bits::load));
  // There, the name can be had from a pointer that is known at compile time.
  CHECK(feature_name(member<&with_array::queue>) == "queue");
  CHECK(feature_name(member<&derived::more>) == "more");
  CHECK(feature_name(member<&closed::load>) == "load");
  CHECK(feature_name(member<&sample::load>) == "load");
  CHECK(feature_name(member<&by_function>) == "by_function");
}

TEST_CASE("feature names: what stands for a member is read like it") {
  sample o;
  o.queue = 6;
  o.replicas = 3;
  CHECK(std::invoke(member<&sample::queue>, o) == 6);
  CHECK(std::invoke(member<&sample::load>, o) == 2);
  CHECK(std::invoke(named_feature{"waiting", &sample::queue}, o) == 6);
  CHECK(std::invoke(named_feature{"load", [](const sample& x) { return x.load(); }, "requests"}, o) == 2);
}

TEST_CASE("feature names: a name is stated, or is that of the class; a lambda has none") {
  const auto lambda = [](const sample& o) { return o.queue; };
  CHECK(feature_name(lambda) == "");
  CHECK(feature_name(&by_function) == "");
  CHECK(feature_name(&sample::load) == "");  // a member function, known at run time only
  CHECK(feature_name(std::function<double(const sample&)>(lambda)) == "");
  CHECK(feature_name(place{1}) == "place");
  CHECK(feature_name(scaled<std::vector<int>::value_type>{}) == "scaled");
  CHECK(feature_name(named_feature{"load", lambda}) == "load");
  CHECK(refusal<std::invalid_argument>([&] { named_feature("", lambda); }) ==
        "named_feature: name is \"\", must not be empty");
}

TEST_CASE("feature names: a unit is stated, or the end of the name says it") {
  CHECK(feature_unit(&sample::queue) == "");
  CHECK(feature_unit(&sample::arrivals_per_s) == "1/s");
  CHECK(feature_unit(&sample::p95_ms) == "ms");
  CHECK(feature_unit(&sample::replicas_s) == "s");
  CHECK(feature_unit(member<&sample::p95_ms>) == "ms");
  CHECK(feature_unit(named_feature{"wait", &sample::queue, "requests"}) == "requests");
  CHECK(feature_unit(named_feature{"wait_s", &sample::queue}) == "");  // who states a name states the unit
}
