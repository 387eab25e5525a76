#pragma once

// This file breaks the format twice.
inline int crooked( int x ) {
      return x; }

// This comment is longer than a line may be, and clang-format leaves it as it is, so that the check must find it by its own means.
