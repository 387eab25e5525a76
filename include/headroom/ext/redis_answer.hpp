#pragma once

#include <cstddef>  // std::size_t
#include <cstdint>  // std::int64_t, std::uint8_t
#include <string>   // std::string
#include <utility>  // std::move
#include <vector>   // std::vector

#include <hiredis/hiredis.h>

namespace headroom {

/// One answer of Redis, taken apart.
struct redis_answer {
  enum class kind : std::uint8_t {
    failed,  ///< there is no answer; whether the command was executed is not known
    error,   ///< the server refuses, as it does for a key of another type
    nil,     ///< nothing is there
    whole,   ///< a whole number
    text,
    list
  };
  kind what = kind::failed;
  std::int64_t whole = 0;
  std::string text{};  ///< of `error`: what the server says; of `failed`: why, in a sentence
  std::vector<redis_answer> list{};

  [[nodiscard]] bool is(kind k) const noexcept { return what == k; }
  /// Whether the server did what it was asked for.
  [[nodiscard]] bool good() const noexcept { return what != kind::failed && what != kind::error; }

  [[nodiscard]] static redis_answer failed(std::string why) { return {kind::failed, 0, std::move(why), {}}; }
  /// A type that this does not know counts as failed: it must not pass for nothing.
  [[nodiscard]] static redis_answer of(const redisReply& r) {
    redis_answer a;
    switch (r.type) {
      case REDIS_REPLY_NIL:
        a.what = kind::nil;
        break;
      case REDIS_REPLY_INTEGER:
        a.what = kind::whole;
        a.whole = r.integer;
        break;
      case REDIS_REPLY_STATUS:
      case REDIS_REPLY_STRING:
        a.what = kind::text;
        a.text.assign(r.str, r.len);
        break;
      case REDIS_REPLY_ERROR:
        a.what = kind::error;
        a.text.assign(r.str, r.len);
        break;
      case REDIS_REPLY_ARRAY:
        a.what = kind::list;
        for (std::size_t k = 0; k < r.elements; ++k) a.list.push_back(of(*r.element[k]));
        break;
      default:
        a.text = "an answer of type " + std::to_string(r.type) + ", which is not known here";
    }
    return a;
  }
};

}  // namespace headroom
