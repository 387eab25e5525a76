#pragma once

#include <cmath>        // std::isnan, std::round
#include <cstddef>      // std::size_t
#include <cstdint>      // std::uint64_t
#include <limits>       // std::numeric_limits
#include <stdexcept>    // std::invalid_argument
#include <string>       // std::string
#include <string_view>  // std::string_view
#include <utility>      // std::move
#include <vector>       // std::vector

#include <headroom/core/check.hpp>
#include <headroom/io/internal/json_reader.hpp>
#include <headroom/io/journal_record.hpp>

namespace headroom::internal {

/// Reads one line of a journal. What a later program of the same version adds is passed over. Throws
/// std::invalid_argument with a sentence that does not name the line.
class journal_line_reader {
 public:
  explicit journal_line_reader(std::string_view line) : from_(line) {}

  /// Whether it is the outcome of a decision.
  bool read(journal_record& r) {
    bool is_outcome = false;
    bool has_schema = false;
    bool has_outcome = false;
    expect(from_.next(), token::object, "the line", "an object");
    each_entry([&](const std::string& name, token t) {
      if (name == "schema") {
        const std::uint64_t schema = whole(t, name);
        has_schema = true;
        if (schema != journal_schema) refuse("schema is ", to_text(schema), ", must be ", to_text(journal_schema));
      } else if (name == "outcome" || name == "outcome_of") {
        is_outcome = name == "outcome_of";
        has_outcome = true;
        r.outcome = outcome(text(t, name));
      } else if (name == "rehearsed") {
        r.rehearsed = outcome(text(t, name));
      } else if (!entry(name, t, r)) {
        skip(t);
      }
    });
    if (from_.next() != token::end) refuse("there is more than one value, must be one");
    if (!has_schema) refuse("there is no schema, must be one");
    if (!has_outcome) refuse("there is no outcome, must be one");
    return is_outcome;
  }

 private:
  using token = json_reader::token;

  bool entry(const std::string& name, token t, journal_record& r) {
    if (name == "run") return r.run = text(t, name), true;
    if (name == "number") return r.number = whole(t, name), true;
    if (name == "time_s") return r.time_s = number(t, name), true;
    if (name == "decided_by") return r.decided_by = text(t, name), true;
    if (name == "why") return r.why = text(t, name), true;
    if (name == "state") return r.state = whole(t, name), true;
    if (name == "action") return r.action = whole(t, name), true;
    if (name == "wished") return r.wished = integer(t, name), true;
    if (name == "from") return r.from = integer(t, name), true;
    if (name == "to") return r.to = integer(t, name), true;
    if (name == "model") return r.model = text(t, name), true;
    if (name == "note") return r.note = text(t, name), true;
    if (name == "rehearsed_why") return r.rehearsed_why = text(t, name), true;
    if (name == "hand_over") return hand_over(t, r.hand_over.emplace());
    if (name == "values") return each_of(t, name, [&](token v) { r.values.push_back(number(v, name)); });
    if (name == "legal") {
      return each_of(t, name, [&](token v) {
        expect(v, token::boolean, name, "true or false");
        r.legal.push_back(from_.boolean());
      });
    }
    if (name == "forecasts") return numbers(t, name, r.forecasts);
    if (name == "reward") return numbers(t, name, r.reward);
    if (name == "fields") {
      return objects(t, name, r.fields, [&](const std::string& part, token v, journal_field& f) {
        if (part == "name") return f.name = text(v, part), true;
        if (part == "value") return f.value = number(v, part), true;
        if (part == "age_s") return f.age_s = number(v, part), true;
        if (part == "why") return f.why = text(v, part), true;
        return false;
      });
    }
    if (name == "guards") {
      return objects(t, name, r.guards, [&](const std::string& part, token v, journal_guard& g) {
        if (part == "guard") return g.guard = text(v, part), true;
        if (part == "why") return g.why = text(v, part), true;
        if (part == "wished") return g.wished = integer(v, part), true;
        if (part == "allowed") return g.allowed = integer(v, part), true;
        return false;
      });
    }
    if (name == "shadows") {
      return objects(t, name, r.shadows, [&](const std::string& part, token v, journal_shadow& s) {
        if (part == "name") return s.name = text(v, part), true;
        if (part == "decided") return s.decided = integer(v, part), true;
        return false;
      });
    }
    return false;
  }
  bool hand_over(token t, journal_hand_over& h) {
    expect(t, token::object, "hand_over", "an object");
    each_entry([&](const std::string& part, token v) {
      if (part == "stage") {
        h.stage = text(v, part);
      } else if (part == "learner") {
        expect(v, token::boolean, part, "true or false");
        h.learner = from_.boolean();
      } else if (part == "reach") {
        h.reach = integer(v, part);
      } else if (part == "share") {
        h.share = number(v, part);
      } else if (part == "pairs") {
        h.pairs = whole(v, part);
      } else if (part == "low") {
        h.low = number(v, part);
      } else if (part == "high") {
        h.high = number(v, part);
      } else {
        skip(v);
      }
    });
    return true;
  }
  bool numbers(token t, const std::string& name, std::vector<journal_number>& into) {
    return objects(t, name, into, [&](const std::string& part, token v, journal_number& n) {
      if (part == "name") return n.name = text(v, part), true;
      if (part == "value") return n.value = number(v, part), true;
      return false;
    });
  }

  template <class One, class Part>
  bool objects(token t, const std::string& name, std::vector<One>& into, Part part) {
    return each_of(t, name, [&](token v) {
      expect(v, token::object, name, "a list of objects");
      One one;
      each_entry([&](const std::string& key, token inner) {
        if (!part(key, inner, one)) skip(inner);
      });
      into.push_back(std::move(one));
    });
  }
  // The brace is read. Calls f(name, first token of the value).
  template <class F>
  void each_entry(F f) {
    for (token t = from_.next(); t != token::end_object; t = from_.next()) {
      expect(t, token::key, "the line", "JSON");
      const std::string name = from_.text();
      f(name, from_.next());
    }
  }
  template <class F>
  bool each_of(token t, const std::string& name, F f) {
    expect(t, token::list, name, "a list");
    for (token v = from_.next(); v != token::end_list; v = from_.next()) f(v);
    return true;
  }
  void skip(token t) {
    std::size_t open = 0;
    for (;; t = from_.next()) {
      if (t == token::error) refuse("it is no JSON from byte ", to_text(from_.position()), " on");
      if (t == token::object || t == token::list) ++open;
      if (t == token::end_object || t == token::end_list) --open;
      if (open == 0 && t != token::key) return;
    }
  }

  void expect(token t, token wanted, std::string_view name, const char* law) {
    if (t == wanted) return;
    if (t == token::error) refuse("it is no JSON from byte ", to_text(from_.position()), " on");
    refuse(name, " must be ", law);
  }
  std::string text(token t, const std::string& name) {
    expect(t, token::text, name, "a text");
    return from_.text();
  }
  std::uint64_t whole(token t, const std::string& name) {
    expect(t, token::whole, name, "a whole number");
    return from_.whole();
  }
  // null is NaN.
  double number(token t, const std::string& name) {
    if (t == token::null) return std::numeric_limits<double>::quiet_NaN();
    if (t != token::whole && t != token::negative) expect(t, token::real, name, "a number");
    return from_.number();
  }
  int integer(token t, const std::string& name) {
    if (t != token::negative) expect(t, token::whole, name, "a whole number");
    const double v = from_.number();
    if (!(v >= std::numeric_limits<int>::min() && v <= std::numeric_limits<int>::max()))
      refuse(name, " is ", to_text(v), ", must fit an int");
    return static_cast<int>(v);
  }
  decision_outcome outcome(const std::string& word) {
    for (int k = 0; k <= static_cast<int>(decision_outcome::unknown); ++k) {
      if (word == to_text(static_cast<decision_outcome>(k))) return static_cast<decision_outcome>(k);
    }
    refuse("outcome is '", word, "', must be held, shadow, applied, refused, conflict or unknown");
  }

  // One text, appended to: with `+` g++ 12 warns of what cannot happen.
  template <class... Parts>
  [[noreturn]] static void refuse(std::string_view first, const Parts&... parts) {
    std::string sentence(first);
    (sentence.append(parts), ...);
    throw std::invalid_argument(sentence);
  }

  json_reader from_;
};

/// Whether the line is the outcome of a decision; else it is a decision. Throws std::invalid_argument for what is no
/// line of a journal.
inline bool read_journal_line(std::string_view line, journal_record& r) { return journal_line_reader(line).read(r); }

}  // namespace headroom::internal
