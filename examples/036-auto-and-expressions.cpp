// A pitfall: `auto` and expression templates. Arithmetic of xtensor and Eigen returns an expression that refers to its
// operands, not a result. `auto` keeps the expression; each read computes it again, from the present values of the
// operands.

#include <cstdio>

#include <Eigen/Core>

int main() {
  using table = Eigen::ArrayXXd;
  table values = table::Constant(1, 3, 1.0);

  // [lazy]
  auto recipe = 0.5 * values;         // refers to `values`
  const table result = 0.5 * values;  // is a table
  values.fill(10);                    // learning goes on
  std::printf("auto    %.1f\n", recipe(0, 0));
  std::printf("a type  %.1f\n", result(0, 0));
  // [lazy]
}
