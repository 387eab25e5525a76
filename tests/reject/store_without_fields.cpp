// expect: this is no number, no contiguous numbers and no part with fields; give its type fields
// A part that hands the archive something that nobody has told it how to store.
#include <headroom/io/state.hpp>

struct calendar {
  int day = 0;
#ifdef HEADROOM_ACCEPT
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("day", self.day);
  }
#endif
};
struct part {
  calendar today;
  template <class Self, class Archive>
  static void fields(Self& self, Archive& a) {
    a("today", self.today);
  }
};

void save_it(headroom::checkpoint& c) { headroom::store(part{}, c); }
