#pragma once

#include <cstddef>   // std::size_t
#include <iostream>  // std::cout
#include <string>    // std::string
#include <vector>    // std::vector

#include <headroom/io/journal_record.hpp>

#include "scratch.hpp"

/// One line about what `headroom run` did in a fault, from a record of its journal on: for scripts/test --live, and for
/// the table of docs/results/live.md, which scripts/live-faults prints.
inline void tell_of(const std::string& fault, const std::vector<headroom::journal_record>& all,
                    std::size_t first_record, const std::string& back) {
  std::size_t held = 0;
  std::size_t changed = 0;
  std::string why;
  for (std::size_t k = first_record; k < all.size(); ++k) {
    changed += all[k].outcome == headroom::decision_outcome::applied ? 1U : 0U;
    if (all[k].decided_by == "policy") continue;
    ++held;
    if (!contains(why, all[k].why)) why += (why.empty() ? "" : "; ") + all[k].why;
  }
  std::cout << "headroom run under " << fault << ": " << all.size() - first_record << " decisions, " << held << " held"
            << (why.empty() ? "" : " (" + why + ")") << ", " << changed << " changes" << back << std::endl;
}
