#pragma once

#include <concepts>          // std::same_as
#include <cstddef>           // std::byte, std::size_t
#include <cstring>           // std::memcpy
#include <exception>         // std::exception
#include <initializer_list>  // std::initializer_list
#include <iterator>          // std::data, std::size
#include <span>              // std::span, std::as_writable_bytes
#include <stdexcept>         // std::invalid_argument
#include <string>            // std::string
#include <string_view>       // std::string_view
#include <type_traits>       // std::is_enum_v, std::remove_cvref_t
#include <vector>            // std::vector

#include <headroom/io/checkpoint.hpp>
#include <headroom/io/internal/comparison.hpp>
#include <headroom/io/internal/state_reader.hpp>
#include <headroom/io/internal/state_writer.hpp>
#include <headroom/io/internal/stateful.hpp>
#include <headroom/io/meaning.hpp>

/// Saving what a part has learned, so that it can go on as if nothing had happened.
///
///     checkpoint c;
///     store(policy, c, "policy");                 // every part with `fields`, down to the last random word
///     save(c, "training.safetensors");
///     restore(policy, load("training.safetensors"), "policy");
///
/// A part names what it must keep in one static member, used for writing (Self is const) and for reading alike; it
/// includes nothing for it, and may be private about everything else:
///
///     template <class Self, class Archive>
///     static void fields(Self& self, Archive& a) {
///       a.means("kind", "sarsa");              // what the part is for whoever reads the file; else refused, by name
///       a.means("edges", "edge", self.edges_);  // the same for a list
///       a.same("discount", self.discount_);    // configuration: written; when read it must be equal, else refused
///       a.tuned("learning_rate", self.rate_);  // configuration that may be changed to go on; true if it was
///       a("episodes", self.episodes_);         // a number, bool, enum or std::string: a setting
///       a("kind", self.kind_, kind::last);     // an enum with a last enumerator: beyond it is refused
///       a("q", self.q_.all(), {rows, columns});  // contiguous numbers: a tensor; as many as there are. {} optional
///       a.list("active", self.index_);         // a std::vector whose length varies, never beyond its capacity
///       a("random", self.random_);             // a part with fields of its own: its names get the prefix "random."
///       a.check(self.episodes_ < 9, "episodes", self.episodes_, "be below 9");  // a law of what was just read
///       if (a.training()) a("replay", self.replay_);  // what decides nothing, only teaches
///     }
namespace headroom {

/// An archive that keeps the state of a part in memory, in order and without names, so that `restore` can roll back. It
/// is not a copy of the part, because a copied std::vector loses the capacity reserved for the hot path.
class state_snapshot {
 public:
  void give_back() noexcept { giving_ = true; }

  template <class T>
  void operator()(std::string_view name, T&& value) {
    using type = std::remove_cvref_t<T>;
    if constexpr (Stateful<std::remove_reference_t<T>, state_snapshot>) {
      type::fields(value, *this);
    } else if constexpr (internal::Scalar<type>) {
      move(std::as_writable_bytes(std::span(&value, 1)));
    } else if constexpr (std::same_as<type, std::string>) {
      std::size_t n = value.size();
      move(std::as_writable_bytes(std::span(&n, 1)));
      value.resize(n);
      move(std::as_writable_bytes(std::span(value)));
    } else {
      (*this)(name, value, {});
    }
  }
  template <class T>
  void operator()(std::string_view, T&& values, std::initializer_list<std::size_t>) {
    move(std::as_writable_bytes(std::span(std::data(values), std::size(values))));
  }
  template <class E>
  requires std::is_enum_v<E>
  void operator()(std::string_view name, E& value, E /*last*/) { (*this)(name, value); }

  template <class T>
  void same(std::string_view, const T&) {}
  template <class T>
  bool tuned(std::string_view, const T&) {
    return false;
  }
  template <class T>
  void exploration(std::string_view name, T& part) {
    if constexpr (Stateful<T, state_snapshot>) (*this)(name, part);
  }
  bool explores(std::string_view, std::string_view) { return true; }
  template <class... T>
  void means(const T&...) {}
  void kind(std::string_view) {}
  [[nodiscard]] static std::string quote(std::string_view text) { return std::string(text); }
  template <class T>
  void list(std::string_view, std::vector<T>& values) {
    std::size_t n = values.size();
    move(std::as_writable_bytes(std::span(&n, 1)));
    values.resize(n);
    move(std::as_writable_bytes(std::span(values)));
  }
  template <class T>
  void decisions(std::string_view name, T& part) {
    (*this)(name, part);
  }
  template <class T>
  void check(bool, std::string_view, const T&, std::string_view) {}
  /// Always true: reading only the decisions may drop the training state, so all of it must be kept.
  [[nodiscard]] bool training() const noexcept { return true; }

 private:
  void move(std::span<std::byte> bytes) {
    if (!giving_) {
      kept_.insert(kept_.end(), bytes.begin(), bytes.end());
    } else if (!bytes.empty()) {
      std::memcpy(bytes.data(), kept_.data() + at_, bytes.size());
      at_ += bytes.size();
    }
  }

  bool giving_ = false;
  std::size_t at_ = 0;
  std::vector<std::byte> kept_;
};

/// Writes `x` into `c`: names are "`prefix`.name", or bare if the prefix is empty. Errors: std::invalid_argument for a
/// name that is taken, and for NaN and infinity in a tensor (checkpoint::add).
template <class T>
requires Stateful<const T, state_writer>
void store(const T& x, checkpoint& c, std::string_view prefix = {}, keep what = keep::everything) {
  state_writer a(c, prefix, what);
  T::fields(x, a);
}

/// Reads what `store` wrote into a part that was constructed with the same configuration. All or nothing: if it throws,
/// `x` is what it was. What decides can be read out of a file that holds everything.
/// Returns what is otherwise in the file and may be (the learning rate, the exploration, what `allowed` names), and
/// what an older file does not say.
/// Errors: checkpoint_error, naming the file and the entry, for one that means something else, is missing, of another
/// type or shape, out of its law, configured otherwise than `x`, or left over: a tensor under the prefix that `x` knows
/// nothing of says that the file is another part's.
template <class T>
requires Stateful<T, state_reader> && Stateful<T, state_snapshot>
inline restored restore(T& x, const checkpoint& c, std::string_view prefix = {}, keep what = keep::everything,
                        const may_differ& allowed = {}) {
  state_snapshot before;
  T::fields(x, before);
  internal::comparison file(c, prefix, allowed);
  try {
    try {
      state_reader a(file, prefix, what);
      T::fields(x, a);
    } catch (const std::exception&) {
      file.refuse_nothing();
      file.refuse_differences();  // the reason for what could not be read
      throw;
    }
    file.look_for_more_meaning(what);
    file.refuse_differences();
    // Else the other entries may belong to the training.
    if (what == keep::everything) file.refuse_unknown_tensors();
  } catch (const std::invalid_argument& e) {
    before.give_back();
    T::fields(x, before);
    throw checkpoint_error(c.source(), e.what());  // the part's own errors do not name the file
  } catch (const std::exception&) {
    before.give_back();
    T::fields(x, before);
    throw;
  }
  return file.take();
}

}  // namespace headroom
