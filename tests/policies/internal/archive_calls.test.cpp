#include <headroom/policies/internal/archive_calls.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "catch.hpp"

using namespace headroom;
using internal::archive_calls;
using internal::entry_use;
using internal::erased_numbers;

namespace {

// Writes down each call; answers `changed` to what is compared.
struct notes final : archive_calls {
  std::vector<std::string> all{};
  bool changed = false;
  bool wants_training = true;
  bool wants_exploration = true;

  static std::string used(entry_use use) {
    return use == entry_use::keep ? "keep " : use == entry_use::same ? "same " : "tuned ";
  }
  bool number(entry_use use, const std::string& name, const erased_numbers& one) override {
    all.push_back(used(use) + name + " of type " + std::to_string(static_cast<int>(one.kind)));
    return changed && use != entry_use::keep;
  }
  bool text(entry_use use, const std::string& name, std::string& value) override {
    all.push_back(used(use) + name + " text " + value);
    return false;
  }
  bool tensor(entry_use use, const std::string& name, const erased_numbers& numbers,
              std::initializer_list<std::size_t> shape) override {
    std::string line = used(use) + name + " " + std::to_string(numbers.count) + " numbers";
    for (const std::size_t n : shape) line += " " + std::to_string(n);
    all.push_back(line);
    return false;
  }
  void list(const std::string& name, erased_numbers::type, std::size_t, std::vector<std::byte>& bytes) override {
    all.push_back("list " + name);
    const std::int32_t read[]{5, 6, 7};
    bytes.resize(sizeof read);
    std::memcpy(bytes.data(), read, sizeof read);
  }
  void means(const std::string& part, std::string_view name, const std::string& text) override {
    all.push_back("means " + part + "/" + std::string(name) + " " + text);
  }
  void means(const std::string& part, std::string_view name, std::string_view entry,
             const std::vector<std::string>& texts) override {
    all.push_back("means " + part + "/" + std::string(name) + "/" + std::string(entry) + " " + texts.at(0));
  }
  void kind(const std::string& part, std::string_view name) override {
    all.push_back("kind " + part + "/" + std::string(name));
  }
  void check(bool ok, const std::string& what, const std::string& value, std::string_view law) override {
    all.push_back("check " + what + " " + value + (ok ? " ok, must " : " wrong, must ") + std::string(law));
  }
  bool explores(const std::string& name, std::string_view) override {
    all.push_back("explores " + name);
    return wants_exploration;
  }
  void only_decisions(const std::string& name) override { all.push_back("decisions " + name); }
  [[nodiscard]] bool training() const override { return wants_training; }
  [[nodiscard]] std::string quote(std::string_view text) const override { return "<" + std::string(text) + ">"; }
};

struct leaf {
  int count = 3;
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("count", self.count);
    if (a.training()) a("more", self.count);
    a.check(self.count > 5, "count", self.count, "be above 5");
  }
};
struct rate {
  double now = 0.5;
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a.same("now", self.now);
  }
};
using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("archive_calls: each type of number has its own name") {
  using type = erased_numbers::type;
  STATIC_REQUIRE(erased_numbers::of<bool>() == type::boolean);
  STATIC_REQUIRE(erased_numbers::of<std::int8_t>() == type::i8);
  STATIC_REQUIRE(erased_numbers::of<std::uint8_t>() == type::u8);
  STATIC_REQUIRE(erased_numbers::of<std::int16_t>() == type::i16);
  STATIC_REQUIRE(erased_numbers::of<std::uint16_t>() == type::u16);
  STATIC_REQUIRE(erased_numbers::of<std::int32_t>() == type::i32);
  STATIC_REQUIRE(erased_numbers::of<std::uint32_t>() == type::u32);
  STATIC_REQUIRE(erased_numbers::of<std::int64_t>() == type::i64);
  STATIC_REQUIRE(erased_numbers::of<std::uint64_t>() == type::u64);
  STATIC_REQUIRE(erased_numbers::of<long long>() == type::i64);
  STATIC_REQUIRE(erased_numbers::of<float>() == type::f32);
  STATIC_REQUIRE(erased_numbers::of<double>() == type::f64);
  STATIC_REQUIRE(erased_numbers::of<entry_use>() == type::u8);
}

TEST_CASE("archive_calls: a part within a part is called by its path, and checks by theirs") {
  notes n;
  internal::erased_archive a(n);
  leaf one;
  a("leaf", one);
  a("", one);
  const std::string number = " of type " + std::to_string(static_cast<int>(erased_numbers::type::i32));
  CHECK(n.all == lines{"keep leaf.count" + number, "keep leaf.more" + number,
                       "check leaf.count 3 wrong, must be above 5", "keep count" + number, "keep more" + number,
                       "check count 3 wrong, must be above 5"});
}

TEST_CASE("archive_calls: same and tuned reach into a part, and tuned tells a change inside of it") {
  notes n;
  internal::erased_archive a(n);
  const leaf one;
  a.same("leaf", one);
  CHECK_FALSE(a.tuned("leaf", one));
  n.changed = true;
  CHECK(a.tuned("leaf", one));
  CHECK(a.tuned("rate", 0.5));
  REQUIRE(n.all.size() == 10);
  CHECK(n.all[0].substr(0, 15) == "same leaf.count");
  CHECK(n.all[3].substr(0, 16) == "tuned leaf.count");
}

TEST_CASE("archive_calls: texts, rows and shapes are passed on, and a list comes back") {
  notes n;
  internal::erased_archive a(n);
  std::string text = "word";
  const std::vector<float> row{1, 2, 3, 4};
  std::vector<std::int32_t> list{1};
  a("text", text);
  a("row", row);
  a("row", row, {2, 2});
  a.list("list", list);
  CHECK(n.all == lines{"keep text text word", "keep row 4 numbers", "keep row 4 numbers 2 2", "list list"});
  CHECK(list == std::vector<std::int32_t>{5, 6, 7});
}

TEST_CASE("archive_calls: what decides alone is asked for without its training") {
  notes n;
  internal::erased_archive a(n);
  CHECK(a.training());
  leaf one;
  a.decisions("leaf", one);
  REQUIRE(n.all.size() == 3);
  CHECK(n.all[0].substr(0, 15) == "keep leaf.count");
  CHECK(n.all[2] == "decisions leaf");
  n.wants_training = false;
  CHECK_FALSE(internal::erased_archive(n).training());
}

TEST_CASE("archive_calls: an exploration is compared entry by entry, if it is wanted at all") {
  notes n;
  internal::erased_archive a(n);
  rate r;
  a.exploration("explore", r);
  REQUIRE(n.all.size() == 2);
  CHECK(n.all[0] == "explores explore");
  CHECK(n.all[1].substr(0, 17) == "tuned explore.now");
  n.wants_exploration = false;
  a.exploration("explore", r);
  CHECK(n.all.size() == 3);
}

TEST_CASE("archive_calls: meanings and kinds name their part, and an enumeration its last value") {
  enum class level : std::uint8_t { low, high };
  notes n;
  internal::erased_archive a(n);
  a.means("kind", "leaf");
  a.means("actions", "action", std::vector<int>{-1, 0});
  a.kind("leaf");
  const level wrong = static_cast<level>(9);
  a("level", wrong, level::high);
  REQUIRE(n.all.size() == 5);
  CHECK(n.all[0].substr(0, 12) == "means /kind ");
  CHECK(n.all[1].substr(0, 22) == "means /actions/action ");
  CHECK(n.all[2] == "kind /leaf");
  CHECK(n.all[4] == "check level 9 wrong, must be at most 1");
}
