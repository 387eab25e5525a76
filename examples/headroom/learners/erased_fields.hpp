#pragma once

#include <type_traits>  // std::remove_const_t

#include <headroom/policies/internal/archive_calls.hpp>
#include <headroom/policies/internal/calls_to.hpp>

/// Storing and restoring through virtual calls, as any_policy does. The fields of a part are then compiled once, and
/// not anew for what writes, what reads and what keeps a copy: most of the tool's files that make learners did little
/// else. A file holds the same.
namespace tool {

/// Calls `work(archive)` with the erased form of an archive; an archive that is erased is handed on as it is.
template <class Archive, class Work>
void with_erased(Archive& a, Work&& work) {
  headroom::internal::calls_to<Archive> calls(a);
  headroom::internal::erased_archive erased(calls);
  work(erased);
}
template <class Work>
void with_erased(headroom::internal::erased_archive& a, Work&& work) {
  work(a);
}

/// A part whose fields go through virtual calls; refers to it.
template <class Part>
struct erased_fields {
  Part& part;

  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    with_erased(a, [&self](headroom::internal::erased_archive& erased) {
      std::remove_const_t<Part>::fields(self.part, erased);
    });
  }
};
template <class Part>
erased_fields(Part&) -> erased_fields<Part>;

}  // namespace tool
