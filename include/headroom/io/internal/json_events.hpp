#pragma once

#include <headroom/io/internal/json_reader.hpp>

namespace headroom::internal {

/// Hands a document to a handler, token by token; the handler refuses by throwing. It has the members null(),
/// boolean(bool), whole(unsigned), negative(double), real(double), text(std::string&), key(std::string&), open(bool
/// object), close(bool object) and, for what is no JSON, broken(reader).
template <class Handler>
void hand_over(json_reader& in, Handler& handler) {
  using token = json_reader::token;
  for (;;) {
    switch (const token t = in.next()) {
      case token::null:
        handler.null();
        break;
      case token::boolean:
        handler.boolean(in.boolean());
        break;
      case token::whole:
        handler.whole(in.whole());
        break;
      case token::negative:
        handler.negative(in.number());
        break;
      case token::real:
        handler.real(in.number());
        break;
      case token::text:
        handler.text(in.text());
        break;
      case token::key:
        handler.key(in.text());
        break;
      case token::object:
      case token::list:
        handler.open(t == token::object);
        break;
      case token::end_object:
      case token::end_list:
        handler.close(t == token::end_object);
        break;
      case token::error:
        handler.broken(in);
        return;
      case token::end:
        return;
    }
  }
}

}  // namespace headroom::internal
