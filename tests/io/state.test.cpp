#include <headroom/io/state.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <headroom/core/random.hpp>
#include <headroom/core/types.hpp>

#include "catch.hpp"
#include "scratch.hpp"

using headroom::checkpoint;
using headroom::checkpoint_error;
using headroom::keep;
using headroom::load;
using headroom::restore;
using headroom::save;
using headroom::store;

namespace {

enum class gear : std::uint8_t { low, high };

// A part within a part.
struct inner_part {
  std::array<float, 2> weights{0.5F, -0.0F};
  std::uint64_t count = 3;

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("weights", self.weights);
    a("count", self.count);
  }
};

// One of everything that can be kept.
class part {
 public:
  explicit part(double discount = 0.95, std::size_t capacity = 4) : discount_(discount) { list_.reserve(capacity); }

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("discount", self.discount_);
    a.same("name", self.name);
    a.same("edges", self.edges);
    a.same("fixed", self.fixed);
    a("on", self.on);
    a("small", self.small);
    a("best", self.best);
    a("ratio", self.ratio);
    a("gear", self.turning, gear::high);
    a("note", self.note);
    a("table", self.table(), {2, 3});
    a("words", self.words);
    a("shorts", self.shorts);
    a("flags", self.flags);
    a("actions", self.actions);
    a.list("active", self.list_);
    a("inner", self.inner);
    a.check(self.small < 100, "small", self.small, "be below 100");
    if (a.training()) a("replay", self.replay);
  }

  std::span<double> table() { return table_; }
  std::span<const double> table() const { return table_; }
  std::vector<std::uint32_t>& list() { return list_; }

  std::string name = "part";
  std::vector<double> edges{1, 2};
  inner_part fixed;
  bool on = false;
  int small = -7;
  double best = -std::numeric_limits<double>::infinity();
  float ratio = 0.1F;
  gear turning = gear::low;
  std::string note;
  std::array<std::uint64_t, 4> words{};
  std::vector<std::int16_t> shorts{0, 0};
  std::array<bool, 2> flags{};
  std::vector<headroom::action_index> actions{2};
  inner_part inner;
  std::vector<std::uint8_t> replay{0, 0, 0};

 private:
  double discount_;
  std::vector<double> table_ = std::vector<double>(6);
  std::vector<std::uint32_t> list_;
};

part learned() {
  part p;
  p.on = true;
  p.small = 42;
  p.best = 0.1;
  p.ratio = 1e-45F;
  p.turning = gear::high;
  p.note = "caf\xc3\xa9\n";
  for (std::size_t i = 0; i < 6; ++i) p.table()[i] = -5e-324 * static_cast<double>(i);
  p.words = {1, 2, 3, ~std::uint64_t{0}};
  p.shorts = {-32768, 32767};
  p.flags = {true, false};
  p.actions = {headroom::action_index{7}, headroom::action_index{~std::size_t{0}}};
  p.list() = {9, 4'294'967'295U, 1};
  p.inner.weights = {-0.0F, 3.0F};
  p.inner.count = 77;
  p.replay = {1, 2, 255};
  return p;
}

checkpoint stored(const part& p, const char* prefix = "", keep what = keep::everything) {
  checkpoint c;
  store(p, c, prefix, what);
  return c;
}
template <class T>
std::string restoring(T& into, const checkpoint& c, const char* prefix = "", keep what = keep::everything) {
  return refusal<checkpoint_error>([&] { restore(into, c, prefix, what); });
}

// `c` with one setting changed.
checkpoint with(checkpoint c, const std::string& key, const std::string& value) {
  c.set(key, value);
  return c;
}
// `c` without one entry, or with another tensor in its place.
template <class Add>
checkpoint without(const checkpoint& c, const std::string& name, Add add) {
  checkpoint other;
  for (const auto& [key, value] : c.settings()) {
    if (key != name) other.set(key, value);
  }
  const auto copy = [&]<class T>(T, const std::string& from) {
    try {
      other.add(from, c.shape(from), c.get<T>(from, c.shape(from)));
    } catch (const checkpoint_error&) {
    }  // of another type
  };
  for (const std::string& from : c.names()) {
    if (from == name) continue;
    copy(double{}, from);
    copy(float{}, from);
    copy(std::uint64_t{}, from);
    copy(std::int32_t{}, from);
    copy(std::uint32_t{}, from);
    copy(std::uint8_t{}, from);
  }
  add(other);
  return other;
}
checkpoint without(const checkpoint& c, const std::string& name) {
  return without(c, name, [](checkpoint&) {});
}

}  // namespace

TEST_CASE("state: everything comes back bit for bit, through a file") {
  const scratch_folder folder;
  const checkpoint c = stored(learned());
  save(c, folder / "f");
  part fresh;
  restore(fresh, load(folder / "f"));
  CHECK(stored(fresh) == c);
  CHECK(fresh.best == 0.1);
  CHECK(fresh.table()[5] == -5e-324 * 5);
  CHECK(std::signbit(fresh.inner.weights[0]));
  CHECK(fresh.list() == std::vector<std::uint32_t>{9, 4'294'967'295U, 1});
  CHECK(fresh.list().capacity() == 4);  // what was reserved stays reserved
  CHECK(fresh.turning == gear::high);
  CHECK(fresh.flags == std::array<bool, 2>{true, false});
  CHECK(fresh.replay == std::vector<std::uint8_t>{1, 2, 255});

  part empty;
  restore(fresh, stored(empty));  // and back again: an empty list, an infinity
  CHECK(stored(fresh) == stored(empty));
  CHECK(fresh.best == -std::numeric_limits<double>::infinity());
}

TEST_CASE("state: names carry the path to their part, and numbers their type and shape") {
  const checkpoint c = stored(learned(), "policy.first");
  CHECK(c.names() == std::vector<std::string>{"policy.first.actions", "policy.first.active", "policy.first.edges",
                                              "policy.first.fixed.weights", "policy.first.flags",
                                              "policy.first.inner.weights", "policy.first.replay",
                                              "policy.first.shorts", "policy.first.table", "policy.first.words"});
  CHECK(c.text("policy.first.discount") == "0.95");
  CHECK(c.text("policy.first.inner.count") == "77");
  CHECK(c.text("policy.first.on") == "true");
  CHECK(c.text("policy.first.gear") == "1");
  CHECK(c.get<double>("policy.first.table", {2, 3}).size() == 6);
  CHECK(c.get<float>("policy.first.inner.weights", {2})[1] == 3.0F);
  CHECK(c.get<std::uint32_t>("policy.first.active", {3})[1] == 4'294'967'295U);
  CHECK(c.get<std::int32_t>("policy.first.shorts", {2})[0] == -32768);
  CHECK(c.get<std::uint8_t>("policy.first.flags", {2})[0] == 1);
  part fresh;
  CHECK(restoring(fresh, c, "policy.first") == "accepted");
  CHECK(restoring(fresh, c, "policy") == "checkpoint: setting \"policy.discount\" is missing");
}

TEST_CASE("state: what contradicts the part is refused by name, and the part stays what it was") {
  const checkpoint good = stored(learned());
  const auto change = [&](const std::string& key, const std::string& value) { return with(good, key, value); };
  const auto tensor = [&](const std::string& name, auto shape, auto values) {
    return without(good, name, [&](checkpoint& c) { c.add(name, shape, values); });
  };
  using shape = std::vector<std::uint64_t>;
  const struct {
    checkpoint file;
    std::string sentence;
  } cases[] = {
      {change("discount", "0.9"), "discount is 0.9 in the file, must be 0.95"},
      {change("name", "other"), "name is \"other\" in the file, must be \"part\""},
      {change("fixed.count", "4"), "fixed.count is 4 in the file, must be 3"},
      {tensor("edges", shape{2}, std::vector<double>{1, 2.5}), "value 1 of edges is 2.5 in the file, must be 2"},
      {tensor("edges", shape{3}, std::vector<double>{1, 2, 3}), "tensor \"edges\" has shape [3], must have [2]"},
      {tensor("fixed.weights", shape{2}, std::vector<float>{0.25F, 0}),
       "value 0 of fixed.weights is 0.25 in the file, must be 0.5"},
      {change("on", "1"), "setting \"on\" is \"1\", must be true or false"},
      {change("small", "7e3"), "setting \"small\" is \"7e3\", must be a whole number from -2147483648 to 2147483647"},
      {change("small", "100"), "small is 100 in the file, must be below 100"},
      {change("best", "nan"), "setting \"best\" is \"nan\", must be a number"},
      {change("ratio", "1e99"), "setting \"ratio\" is \"1e99\", must be a number"},
      {change("gear", "2"), "gear is 2 in the file, must be at most 1"},
      {change("gear", "256"), "setting \"gear\" is \"256\", must be a whole number from 0 to 255"},
      {without(good, "note"), "setting \"note\" is missing"},
      {without(good, "inner.count"), "setting \"inner.count\" is missing"},
      {without(good, "words"), "tensor \"words\" is missing"},
      {without(good, "replay"), "tensor \"replay\" is missing"},
      {tensor("table", shape{3, 2}, std::vector<double>(6)), "tensor \"table\" has shape [3, 2], must have [2, 3]"},
      {tensor("table", shape{6}, std::vector<double>(6)), "tensor \"table\" has shape [6], must have [2, 3]"},
      {tensor("table", shape{2, 3}, std::vector<float>(6)), "tensor \"table\" is of F32, must be of F64"},
      {tensor("words", shape{5}, std::vector<std::uint64_t>(5)), "tensor \"words\" has shape [5], must have [4]"},
      {tensor("shorts", shape{2}, std::vector<std::int32_t>{0, 32768}),
       "value 1 of shorts is 32768 in the file, must be from -32768 to 32767"},
      {tensor("flags", shape{2}, std::vector<std::uint8_t>{0, 2}), "value 1 of flags is 2 in the file, must be 0 or 1"},
      {tensor("active", shape{5}, std::vector<std::uint32_t>(5)), "active is a list of 5, must be at most 4"},
      {tensor("active", shape{2, 2}, std::vector<std::uint32_t>(4)),
       "tensor \"active\" has shape [2, 2], must be a list"},
      {tensor("active", shape{1}, std::vector<double>(1)), "tensor \"active\" is of F64, must be of U32"},
      {without(good, "", [](checkpoint& c) { c.add("traces", {1}, std::vector<double>{1}); }),
       "tensor \"traces\" is nothing that is known here"},
      {checkpoint(), "setting \"discount\" is missing"},
  };
  part other = learned();
  other.small = 5;
  other.list() = {8};
  other.table()[0] = 3;
  other.note = "mine";
  const checkpoint before = stored(other);
  for (const auto& [file, sentence] : cases) {
    CHECK(restoring(other, file) == "checkpoint: " + sentence);
    CHECK(stored(other) == before);
  }
  const std::size_t capacity = other.list().capacity();
  CHECK(restoring(other, good) == "accepted");
  CHECK(other.list().capacity() == capacity);
}

TEST_CASE("state: a refusal names the file") {
  const scratch_folder folder;
  save(stored(learned()), folder / "f");
  part other(0.9);
  CHECK(restoring(other, load(folder / "f")) ==
        (folder / "f").string() + ": discount is 0.95 in the file, must be 0.9");
}

TEST_CASE("state: what decides can be kept alone, and be read out of what holds everything") {
  const checkpoint all = stored(learned());
  const checkpoint deciding = stored(learned(), "", keep::decisions);
  CHECK(all.contains("replay"));
  CHECK_FALSE(deciding.contains("replay"));
  for (const checkpoint& file : {all, deciding}) {
    part fresh;
    restore(fresh, file, "", keep::decisions);
    CHECK(stored(fresh, "", keep::decisions) == deciding);
    CHECK(fresh.replay == std::vector<std::uint8_t>{0, 0, 0});
  }
  part fresh;
  CHECK(restoring(fresh, deciding) == "checkpoint: tensor \"replay\" is missing");
}

namespace {

// Trains one part, keeps of another what it decides with.
struct pair_of_parts {
  part learning;
  part best;

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("learning", self.learning);
    a.decisions("best", self.best);
  }
};

// Two entries of one name.
struct twice {
  int a_number = 0;
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("n", self.a_number);
    a("n", self.a_number);
  }
};

}  // namespace

TEST_CASE("state: of one part within another only what decides may be kept") {
  pair_of_parts both{learned(), learned()};
  checkpoint c;
  store(both, c, "selection");
  CHECK(c.contains("selection.learning.replay"));
  CHECK_FALSE(c.contains("selection.best.replay"));
  pair_of_parts fresh;
  restore(fresh, c, "selection");
  CHECK(stored(fresh.learning) == stored(learned()));
  CHECK(stored(fresh.best, "", keep::decisions) == stored(learned(), "", keep::decisions));
}

TEST_CASE("state: parts share a file under names of their own, and no name is used twice") {
  checkpoint c;
  store(learned(), c, "a");
  store(inner_part{}, c, "b");
  CHECK_THROWS_WITH(store(inner_part{}, c, "b"), "store: name is b.weights, must be new");
  CHECK_THROWS_WITH(store(twice{}, c), "store: name is n, must be new");
  part one;
  inner_part two;
  CHECK(restoring(one, c, "a") == "accepted");
  CHECK(restoring(two, c, "b") == "accepted");
  CHECK(restoring(two, c, "a.inner") == "accepted");
  CHECK(two.count == 77);
  // Without a prefix the whole file is meant.
  checkpoint d = stored(learned());
  d.add("ab.q", {1}, std::vector<double>{1});
  CHECK(restoring(one, d) == "checkpoint: tensor \"ab.q\" is nothing that is known here");
}

TEST_CASE("state: a diverged part is not written, and a good file mends it") {
  part diverged = learned();
  diverged.table()[4] = std::numeric_limits<double>::quiet_NaN();
  checkpoint c;
  CHECK_THROWS_WITH(store(diverged, c), "checkpoint: tensor \"table\": value 4 is nan, must be finite");
  CHECK(restoring(diverged, checkpoint()) == "checkpoint: setting \"discount\" is missing");
  CHECK(std::isnan(diverged.table()[4]));
  restore(diverged, stored(learned()));
  CHECK(stored(diverged) == stored(learned()));
  diverged.ratio = std::numeric_limits<float>::quiet_NaN();
  checkpoint d;
  CHECK_THROWS_WITH(store(diverged, d), "checkpoint: value of \"ratio\" is nan, must be a number");
}

TEST_CASE("state: what a part itself refuses is refused with the name of the file") {
  headroom::engine random(7);
  checkpoint c;
  c.add("random.state", {4}, std::vector<std::uint64_t>(4));
  CHECK(restoring(random, c, "random") == "checkpoint: engine: state is 0, 0, 0, 0, must not be all zeros");
  CHECK(random == headroom::engine(7));
  (void)random();
  checkpoint d;
  store(random, d, "random");
  headroom::engine other(8);
  restore(other, d, "random");
  CHECK(other == random);
}

TEST_CASE("state: progress") {
  headroom::progress done{12, 3};
  checkpoint c;
  store(done, c, "done");
  headroom::progress fresh;
  restore(fresh, c, "done");
  CHECK(fresh.steps == 12);
  CHECK(fresh.episodes == 3);
}
