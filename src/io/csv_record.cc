#include "io/csv_record.h"

namespace kindred::io {

void CsvRecord::clear() {
  state_ = State::field_start;
  at_ = 0;
  lines_ = 0;
  field_ = {};
  fields_.clear();
}

void CsvRecord::end_field(std::size_t end) {
  field_.end = end;
  fields_.push_back(field_);
  state_ = State::field_start;
}

CsvRecord::Result CsvRecord::scan(std::string_view text, bool last) {
  while (at_ < text.size()) {
    const char c = text[at_];
    switch (state_) {
      case State::field_start:
        field_ = {.begin = at_, .end = at_, .quoted = c == '"', .doubled = false};
        if (c == '"') {
          ++field_.begin;
          ++at_;
          state_ = State::quoted;
        } else {
          state_ = State::unquoted;
        }
        break;
      case State::unquoted: {
        std::size_t stop = at_;
        while (stop < text.size() && text[stop] != delimiter_ && text[stop] != '\n') ++stop;
        if (stop == text.size()) {
          at_ = stop;
          break;
        }
        const bool line_end = text[stop] == '\n';
        const bool carriage = line_end && stop > field_.begin && text[stop - 1] == '\r';
        at_ = stop + 1;
        end_field(carriage ? stop - 1 : stop);
        if (line_end) {
          ++lines_;
          return Result::complete;
        }
        break;
      }
      case State::quoted: {
        std::size_t quote = text.find('"', at_);
        if (quote == std::string_view::npos) quote = text.size();
        for (const char inside : text.substr(at_, quote - at_)) lines_ += inside == '\n' ? 1 : 0;
        at_ = quote;
        if (at_ < text.size()) {
          ++at_;
          state_ = State::quote_in_quoted;
        }
        break;
      }
      case State::quote_in_quoted:
        if (c == '"') {
          field_.doubled = true;
          ++at_;
          state_ = State::quoted;
        } else if (c == delimiter_) {
          end_field(at_ - 1);
          ++at_;
        } else if (c == '\n') {
          end_field(at_ - 1);
          ++at_;
          ++lines_;
          return Result::complete;
        } else if (c == '\r' && at_ + 1 == text.size() && !last) {
          return Result::incomplete;  // its line feed may follow
        } else if (c == '\r' && (at_ + 1 == text.size() || text[at_ + 1] == '\n')) {
          end_field(at_ - 1);
          at_ += at_ + 1 == text.size() ? 1 : 2;
          ++lines_;
          return Result::complete;
        } else {
          return Result::after_quote;
        }
        break;
    }
  }
  if (!last) return Result::incomplete;
  return finish(text);
}

CsvRecord::Result CsvRecord::finish(std::string_view text) {
  switch (state_) {
    case State::quoted:
      return Result::open_quote;
    case State::quote_in_quoted:
      end_field(at_ - 1);
      break;
    case State::field_start:  // after a delimiter
      field_ = {.begin = at_, .end = at_, .quoted = false, .doubled = false};
      end_field(at_);
      break;
    case State::unquoted:
      end_field(at_ > field_.begin && text[at_ - 1] == '\r' ? at_ - 1 : at_);
      break;
  }
  ++lines_;
  return Result::complete;
}

bool CsvRecord::blank() const noexcept {
  return fields_.size() == 1 && !fields_[0].quoted && fields_[0].begin == fields_[0].end;
}

std::span<const std::string_view> CsvRecord::values(std::string_view text) {
  values_.clear();
  unescaped_.clear();
  unescaped_.reserve(at_);  // never grows below, so that views of it stay valid
  for (const Field& field : fields_) {
    const std::string_view raw = text.substr(field.begin, field.end - field.begin);
    if (!field.doubled) {
      values_.push_back(raw);
      continue;
    }
    const std::size_t begin = unescaped_.size();
    for (std::size_t i = 0; i < raw.size(); ++i) {
      unescaped_ += raw[i];
      if (raw[i] == '"') ++i;  // the second of a pair
    }
    values_.push_back(std::string_view(unescaped_).substr(begin));
  }
  return values_;
}

}  // namespace kindred::io
