// interval, inet and cidr: values whose text is short, written from their bytes.
#include <arrow/api.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "model/batch.h"
#include "source/faults.h"
#include "source/postgres/decode_internal.h"

namespace rivet::source::postgres {
namespace {

// Longer than any text of these types.
constexpr int32_t kTextBytesMax = 64;
// 32-bit offsets reach this far. Batches are cut long before.
constexpr int64_t kColumnBytesMax = std::numeric_limits<int32_t>::max() - kTextBytesMax;

template <typename Number>
char* WriteNumber(Number value, char* out, int base = 10) {
  return std::to_chars(out, out + 20, value, base).ptr;
}

// A form writes the text of a value of the right bytes, or gives null; Special then lets NULL land,
// or says why the run ends, away from the hot path.
struct IntervalForm {
  static constexpr std::string_view kName = "interval";
  static constexpr int32_t kSize = 16;

  static char* Write(Field field, char* out) {
    if (field.size != kSize) return nullptr;
    const auto micros = static_cast<int64_t>(LoadBig64(field.data));
    const auto days = static_cast<int32_t>(LoadBig32(field.data + 8));
    const auto months = static_cast<int32_t>(LoadBig32(field.data + 12));
    if (IsInfinite(micros, days, months)) return nullptr;
    *out++ = 'P';
    out = WritePart(months / 12, 'Y', out);
    out = WritePart(months % 12, 'M', out);
    out = WritePart(days, 'D', out);
    if (micros != 0) {
      *out++ = 'T';
      out = WritePart(micros / kMicrosPerHour, 'H', out);
      out = WritePart(micros % kMicrosPerHour / kMicrosPerMinute, 'M', out);
      return WriteSeconds(micros % kMicrosPerMinute, out);
    }
    if (days != 0 || months != 0) return out;
    constexpr std::string_view kNothing = "T0S";
    return std::copy(kNothing.begin(), kNothing.end(), out);
  }

  static Status Special(const FieldRules& rules, Field field) {
    if (field.size != kSize) return FailLength(rules, kName, field.size, kSize);
    const bool negative = LoadBig64(field.data) >> 63 != 0;
    return TakeSpecial(rules, model::SpecialValue::kInfinity, negative ? "-infinity" : "infinity",
                       "has no duration")
        .status();
  }

 private:
  static constexpr int64_t kMicrosPerSecond = 1'000'000;
  static constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
  static constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;

  // Since 17 the largest and the smallest value of all three parts stand for infinity.
  static bool IsInfinite(int64_t micros, int32_t days, int32_t months) {
    using Days = std::numeric_limits<int32_t>;
    using Micros = std::numeric_limits<int64_t>;
    return (micros == Micros::max() && days == Days::max() && months == Days::max()) ||
           (micros == Micros::min() && days == Days::min() && months == Days::min());
  }

  static char* WritePart(int64_t value, char unit, char* out) {
    if (value == 0) return out;
    out = WriteNumber(value, out);
    *out++ = unit;
    return out;
  }

  // Of less than a minute in either direction; six digits where there is a fraction.
  static char* WriteSeconds(int64_t micros, char* out) {
    if (micros == 0) return out;
    if (micros < 0) *out++ = '-';
    const int64_t size = micros < 0 ? -micros : micros;
    out = WriteNumber(size / kMicrosPerSecond, out);
    if (int64_t fraction = size % kMicrosPerSecond; fraction != 0) {
      constexpr int kDigits = 6;
      *out++ = '.';
      for (int i = kDigits - 1; i >= 0; --i, fraction /= 10)
        out[i] = static_cast<char>('0' + fraction % 10);
      out += kDigits;
    }
    *out++ = 'S';
    return out;
  }
};

// Family, bits of the mask, whether it is a cidr, bytes of the address, the address. The text is
// that of the server's output function: a cast to text would add /32 and /128 to an inet.
struct NetworkForm {
  static constexpr std::string_view kName = "network address";

  static char* Write(Field field, char* out) {
    if (field.size < kHeaderSize) return nullptr;
    const uint8_t bits = field.data[1], is_cidr = field.data[2];
    const int32_t size = field.data[0] == kFamily4   ? kSize4
                         : field.data[0] == kFamily6 ? kSize6
                                                     : 0;
    if (size == 0 || field.data[3] != size || field.size != kHeaderSize + size) return nullptr;
    if (is_cidr > 1 || bits > 8 * size) return nullptr;
    const uint8_t* address = field.data + kHeaderSize;
    out = size == kSize4 ? WriteFour(address, out) : WriteSix(address, out);
    if (is_cidr == 0 && bits == 8 * size) return out;
    *out++ = '/';
    return WriteNumber(static_cast<int>(bits), out);
  }

  static Status Special(const FieldRules& rules, Field field) {
    return FailWire(rules,
                    "network address that is none, of " + std::to_string(field.size) + " bytes");
  }

 private:
  static constexpr int32_t kHeaderSize = 4;
  static constexpr int32_t kSize4 = 4, kSize6 = 16;
  // PostgreSQL's own numbers, the same on every system.
  static constexpr uint8_t kFamily4 = 2, kFamily6 = 3;
  static constexpr int kGroups = 8;

  static char* WriteFour(const uint8_t* address, char* out) {
    for (int i = 0; i < kSize4; ++i) {
      if (i > 0) *out++ = '.';
      out = WriteNumber(static_cast<int>(address[i]), out);
    }
    return out;
  }

  struct Run {
    int begin = -1, length = 0;
  };

  // The first of the longest runs of zero groups, of two at least: it is written as `::`.
  static Run LongestZeros(const uint8_t* address) {
    Run best, now;
    for (int i = 0; i < kGroups; ++i) {
      if (LoadBig16(address + 2 * i) != 0) {
        now = {};
        continue;
      }
      if (now.length == 0) now.begin = i;
      if (++now.length > best.length) best = now;
    }
    return best.length >= 2 ? best : Run{};
  }

  static char* WriteSix(const uint8_t* address, char* out) {
    const Run zeros = LongestZeros(address);
    // An address of version 4 inside one of version 6 ends in its own form.
    const bool mapped = zeros.begin == 0 && zeros.length == 5 && LoadBig16(address + 10) == 0xffff;
    const bool four = mapped || (zeros.begin == 0 && zeros.length == 6);
    for (int i = 0; i < kGroups; ++i) {
      if (i == zeros.begin) {
        *out++ = ':';
        i += zeros.length - 1;
        if (i == kGroups - 1) *out++ = ':';
        continue;
      }
      if (i > 0) *out++ = ':';
      if (four && i == kGroups - 2) return WriteFour(address + 2 * i, out);
      out = WriteNumber(static_cast<int>(LoadBig16(address + 2 * i)), out, 16);
    }
    return out;
  }
};

template <typename Form>
class ShortTextReader : public FieldReader {
 public:
  explicit ShortTextReader(const FieldRules& rules) : builder_(model::Pool()), rules_(rules) {}

  Status Reserve(int64_t rows) override { return builder_.Reserve(rows); }

  Status Append(Field field) override {
    if (field.size == kNull) {
      builder_.UnsafeAppendNull();
      return Status::OK();
    }
    char text[kTextBytesMax];
    const char* end = Form::Write(field, text);
    if (end == nullptr) {
      ARROW_RETURN_NOT_OK(Form::Special(rules_, field));
      builder_.UnsafeAppendNull();
      return Status::OK();
    }
    const auto size = static_cast<int32_t>(end - text);
    const int64_t used = builder_.value_data_length();
    if (builder_.value_data_capacity() - used < size) {
      if (used > kColumnBytesMax) return FailTooLarge(rules_, used + size);
      // Doubles what there is: no allocation a value.
      ARROW_RETURN_NOT_OK(builder_.ReserveData(size));
    }
    builder_.UnsafeAppend(text, size);
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override { return builder_.Finish(); }

 private:
  arrow::StringBuilder builder_;
  const FieldRules rules_;
};

}  // namespace

std::unique_ptr<FieldReader> MakeIntervalReader(const FieldRules& rules) {
  return std::make_unique<ShortTextReader<IntervalForm>>(rules);
}

std::unique_ptr<FieldReader> MakeNetworkReader(const FieldRules& rules) {
  return std::make_unique<ShortTextReader<NetworkForm>>(rules);
}

}  // namespace rivet::source::postgres
