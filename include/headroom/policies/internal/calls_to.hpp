#pragma once

#include <cstddef>           // std::byte, std::size_t
#include <cstdint>           // std::int8_t, ...
#include <cstring>           // std::memcmp, std::memcpy
#include <initializer_list>  // std::initializer_list
#include <span>              // std::span
#include <string>            // std::string
#include <string_view>       // std::string_view
#include <type_traits>       // std::is_same_v
#include <vector>            // std::vector

#include <headroom/core/internal/meaning_text.hpp>
#include <headroom/policies/internal/archive_calls.hpp>

namespace headroom::internal {

/// The calls of an erased part, passed on to an archive of io.
template <class Archive>
class calls_to final : public archive_calls {
 public:
  explicit calls_to(Archive& to) : to_(&to) {}

  bool number(entry_use use, const std::string& name, const erased_numbers& one) override {
    return with_type(one.kind, [&]<class T>(T value) {
      std::memcpy(&value, one.data, sizeof value);
      const bool changed = pass(use, name, value);
      put_back(one.data, &value, sizeof value);
      return changed;
    });
  }
  bool text(entry_use use, const std::string& name, std::string& value) override { return pass(use, name, value); }
  bool tensor(entry_use use, const std::string& name, const erased_numbers& all,
              std::initializer_list<std::size_t> shape) override {
    return with_type(all.kind, [&]<class T>(T) {
      std::vector<std::byte> copy(all.count * sizeof(T));  // the heap aligns it for every number
      const std::span<T> values(reinterpret_cast<T*>(copy.data()), all.count);
      if (all.count > 0) std::memcpy(copy.data(), all.data, copy.size());
      bool changed = false;
      if (use == entry_use::keep)
        (*to_)(name, values, shape);
      else
        changed = pass(use, name, values);
      if (all.count > 0) put_back(all.data, copy.data(), copy.size());
      return changed;
    });
  }
  void list(const std::string& name, erased_numbers::type kind, std::size_t capacity,
            std::vector<std::byte>& bytes) override {
    with_type(kind, [&]<class T>(T) {
      if constexpr (!std::is_same_v<T, bool>) {
        std::vector<T> values;
        values.reserve(capacity);
        values.resize(bytes.size() / sizeof(T));
        if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
        to_->list(name, values);
        bytes.resize(values.size() * sizeof(T));
        if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
      }
      return false;
    });
  }
  void means(const std::string& part, std::string_view name, const std::string& text) override {
    (*to_)(part, said{name, text});
  }
  void means(const std::string& part, std::string_view name, std::string_view entry,
             const std::vector<std::string>& texts) override {
    said_list list{name, entry, {}};
    for (const std::string& t : texts) list.entries.push_back({t});
    (*to_)(part, list);
  }
  void kind(const std::string& part, std::string_view name) override { (*to_)(part, said_kind{name}); }
  void check(bool ok, const std::string& what, const std::string& value, std::string_view law) override {
    to_->check(ok, what, std::string_view(value), law);
  }
  bool explores(const std::string& name, std::string_view kind) override { return to_->explores(name, kind); }
  void only_decisions(const std::string& name) override {
    nothing none;
    to_->decisions(name, none);
  }
  [[nodiscard]] bool training() const override { return to_->training(); }
  [[nodiscard]] std::string quote(std::string_view text) const override { return to_->quote(text); }

 private:
  struct nothing {
    template <class Self, class A>
    static void fields(Self&, A&) {}
  };
  struct said {
    std::string_view name;
    const std::string& text;

    template <class Self, class A>
    static void fields(Self& self, A& a) {
      a.means(self.name, self.text);
    }
  };
  struct said_kind {
    std::string_view name;

    template <class Self, class A>
    static void fields(Self& self, A& a) {
      a.kind(self.name);
    }
  };
  struct said_list {
    std::string_view name;
    std::string_view entry;
    std::vector<ready_entry> entries;

    template <class Self, class A>
    static void fields(Self& self, A& a) {
      a.means(self.name, self.entry, self.entries);
    }
  };

  template <class Work>
  static bool with_type(erased_numbers::type kind, Work work) {
    using type = erased_numbers::type;
    switch (kind) {
      case type::boolean:
        return work(bool{});
      case type::i8:
        return work(std::int8_t{});
      case type::u8:
        return work(std::uint8_t{});
      case type::i16:
        return work(std::int16_t{});
      case type::u16:
        return work(std::uint16_t{});
      case type::i32:
        return work(std::int32_t{});
      case type::u32:
        return work(std::uint32_t{});
      case type::i64:
        return work(std::int64_t{});
      case type::u64:
        return work(std::uint64_t{});
      case type::f32:
        return work(float{});
      case type::f64:
        break;
    }
    return work(double{});
  }
  template <class T>
  bool pass(entry_use use, const std::string& name, T& value) {
    if (use == entry_use::tuned) return to_->tuned(name, value);
    if (use == entry_use::same)
      to_->same(name, value);
    else
      (*to_)(name, value);
    return false;
  }
  // What is only stored may be const, and does not change.
  static void put_back(void* to, const void* from, std::size_t bytes) {
    if (std::memcmp(to, from, bytes) != 0) std::memcpy(to, from, bytes);
  }

  Archive* to_;
};

}  // namespace headroom::internal
