#pragma once

// Each form of a declaration; the page names every one of them but those in internal, so nothing here is a violation.

#define HEADROOM_FORM 1

class outside;  // declared here, defined elsewhere

namespace headroom {

class first {
 public:
  int member() const;
};
template <class T>
struct second {};
template <class T>
second(T) -> second<T>;
template <>
struct second<int> {};
enum class third { a, b };
template <class T>
concept Fourth = requires(T t) {
  t.x;
};
using fifth = second<double>;
inline constexpr int sixth = 6;
inline constexpr first seventh{};
[[nodiscard]] constexpr int eighth(int x) { return x; }
template <class T>
requires(sizeof(T) > 1) [[nodiscard]] int ninth(T x);
template <class T>
requires Fourth<T>
decltype(auto) tenth(T&& x) { return x.x; }
const first& checked(const first& options);  // explained once
bool operator==(const first& a, const first& b);

namespace internal {
struct hidden {};
}  // namespace internal

namespace inner {
void eleventh();
}  // namespace inner

}  // namespace headroom
