#pragma once

#include <string>       // std::string
#include <string_view>  // std::string_view

#include <headroom/core/check.hpp>
#include <headroom/io/internal/from_text.hpp>

namespace headroom::internal {

/// Whether what is sent to this host, or listens there, stays on this machine: localhost, 127.0.0.0/8, ::1.
[[nodiscard]] inline bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  if (!host.starts_with("127.")) return false;
  std::string_view rest = host.substr(4);  // a name may begin with 127., too: three numbers must follow, and no more
  for (int part = 0; part < 3; ++part) {
    const std::size_t point = part < 2 ? rest.find('.') : rest.size();
    const int number = point == rest.npos ? -1 : from_text<int>(rest.substr(0, point)).value_or(-1);
    if (number < 0 || number > 255) return false;
    rest.remove_prefix(part < 2 ? point + 1 : point);
  }
  return true;
}

/// Where a host and a port end: "127.0.0.1:9090", "[::1]:9090", "prometheus". Throws std::invalid_argument.
struct host_and_port {
  std::string host;  ///< without the brackets of IPv6
  int port = 0;      ///< 0 if none is named

  [[nodiscard]] static host_and_port of(std::string_view who, std::string_view what, std::string_view text) {
    host_and_port a;
    std::string_view rest;
    if (text.starts_with('[')) {
      const std::size_t end = text.find(']');
      require(end != text.npos, who, what, text, "close the bracket of its address, as in [::1]:9090");
      a.host = text.substr(1, end - 1);
      rest = text.substr(end + 1);
    } else {
      const std::size_t end = text.find(':');
      a.host = text.substr(0, end);
      rest = end == text.npos ? std::string_view() : text.substr(end);
      require(rest.find(':', 1) == rest.npos, who, what, text, "have an IPv6 address in brackets, as in [::1]:9090");
    }
    require(!a.host.empty() && a.host.find_first_of(" \t\r\n@/?#") == a.host.npos, who, what, text,
            "name a host, as in 127.0.0.1:9090");
    if (rest.empty()) return a;
    a.port = rest.front() == ':' ? from_text<int>(rest.substr(1)).value_or(-1) : -1;
    require(a.port >= 0 && a.port <= 65535, who, what, text, "end with a port from 0 to 65535");
    return a;
  }
};

/// The address of a server: "http://127.0.0.1:9090", "https://metrics.example.org/prometheus". Throws
/// std::invalid_argument, and does not repeat a password that stands in it.
struct http_address {
  bool tls = false;
  std::string host;    ///< without the brackets of IPv6
  int port = 0;        ///< 80 or 443 if none is named
  std::string prefix;  ///< of each path: empty, or "/prometheus"

  [[nodiscard]] static http_address of(std::string_view who, std::string_view what, std::string_view url) {
    http_address a;
    a.tls = url.starts_with("https://");
    const bool plain = url.starts_with("http://");
    const std::string_view behind = url.substr(a.tls ? 8 : plain ? 7 : 0);
    const std::size_t path = behind.find('/');
    const std::string_view place = behind.substr(0, path);
    require(place.find('@') == place.npos, who, what, "one with a user or a password in it",
            "have none: name a file that holds the password");
    require(a.tls || plain, who, what, url, "begin with http:// or https://");
    require(url.find_first_of("?# \t\r\n") == url.npos, who, what, url, "end with the host, the port or a path");
    const host_and_port where = host_and_port::of(who, what, place);
    a.host = where.host;
    a.port = where.port != 0 ? where.port : a.tls ? 443 : 80;
    a.prefix = path == behind.npos ? std::string_view() : behind.substr(path);
    while (a.prefix.ends_with('/')) a.prefix.pop_back();
    return a;
  }
  /// "http://127.0.0.1:9090", without the prefix.
  [[nodiscard]] std::string root() const {
    const bool v6 = host.find(':') != host.npos;
    return (tls ? "https://" : "http://") + (v6 ? '[' + host + ']' : host) + ':' + to_text(port);
  }
};

}  // namespace headroom::internal
