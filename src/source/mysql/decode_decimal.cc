// decimal: ASCII digits to 128- or 256-bit integers, exactly or not at all.
#include <arrow/api.h>
#include <arrow/util/decimal.h>

#include <algorithm>
#include <array>

#include "model/batch.h"
#include "source/mysql/decode_internal.h"

namespace rivet::source::mysql {
namespace {

constexpr int kDigits128Max = 38;
constexpr int kChunkDigits = 18;
constexpr uint64_t kPowers[kChunkDigits + 1] = {1,
                                                10,
                                                100,
                                                1'000,
                                                10'000,
                                                100'000,
                                                1'000'000,
                                                10'000'000,
                                                100'000'000,
                                                1'000'000'000,
                                                10'000'000'000,
                                                100'000'000'000,
                                                1'000'000'000'000,
                                                10'000'000'000'000,
                                                100'000'000'000'000,
                                                1'000'000'000'000'000,
                                                10'000'000'000'000'000,
                                                100'000'000'000'000'000,
                                                1'000'000'000'000'000'000};

// An unsigned integer that grows by some digits at a time.
struct Wide128 {
  using Builder = arrow::Decimal128Builder;
  unsigned __int128 value = 0;
  void Add(uint64_t power, uint64_t digits) { value = value * power + digits; }
  arrow::Decimal128 Signed(bool negative) const {
    const auto bits = negative ? -value : value;
    return arrow::Decimal128(static_cast<int64_t>(bits >> 64), static_cast<uint64_t>(bits));
  }
};

struct Wide256 {
  using Builder = arrow::Decimal256Builder;
  std::array<uint64_t, 4> words{};  // least significant first
  void Add(uint64_t power, uint64_t digits) {
    unsigned __int128 carry = digits;
    for (uint64_t& word : words) {
      carry += static_cast<unsigned __int128>(word) * power;
      word = static_cast<uint64_t>(carry);
      carry >>= 64;
    }
  }
  arrow::Decimal256 Signed(bool negative) const {
    arrow::Decimal256 value(
        arrow::BasicDecimal256(arrow::BasicDecimal256::LittleEndianArray, words));
    if (negative) value.Negate();
    return value;
  }
};

// Digits come one by one and are kept back until a machine word is full.
template <typename Wide>
class Digits {
 public:
  void Take(unsigned digit) {
    chunk_ = chunk_ * 10 + digit;
    if (++in_chunk_ == kChunkDigits) Flush();
  }
  const Wide& Done() {
    Flush();
    return wide_;
  }

 private:
  void Flush() {
    wide_.Add(kPowers[in_chunk_], chunk_);
    chunk_ = 0;
    in_chunk_ = 0;
  }
  Wide wide_;
  uint64_t chunk_ = 0;
  int in_chunk_ = 0;
};

template <typename Wide>
class DecimalReader : public FieldReader {
 public:
  DecimalReader(std::shared_ptr<arrow::DataType> type, int precision, int scale,
                const FieldRules& rules)
      : builder_(std::move(type), model::Pool()),
        precision_(precision),
        scale_(scale),
        rules_(rules) {}

  Status Reserve(int64_t rows) override { return builder_.Reserve(rows); }

  Status Append(Field field) override {
    if (field.size == kNull) {
      builder_.UnsafeAppendNull();
      return Status::OK();
    }
    const auto* at = reinterpret_cast<const char*>(field.data);
    const char* const end = at + field.size;
    const bool negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) ++at;
    if (at == end) return NoDecimal(field);
    while (at < end && *at == '0') ++at;
    Digits<Wide> digits;
    int whole = 0, fraction = 0;
    for (; at < end && *at != '.'; ++at, ++whole) {
      if (*at < '0' || *at > '9' || whole >= precision_) return Refuse(field, *at);
      digits.Take(static_cast<unsigned>(*at - '0'));
    }
    if (whole > precision_ - scale_) return TooManyDigits(field);
    if (at < end) ++at;
    for (; at < end; ++at) {
      if (*at < '0' || *at > '9') return NoDecimal(field);
      if (fraction == scale_ && *at != '0') return TooFine(field);
      if (fraction == scale_) continue;
      digits.Take(static_cast<unsigned>(*at - '0'));
      ++fraction;
    }
    for (; fraction < scale_; ++fraction) digits.Take(0);
    builder_.UnsafeAppend(digits.Done().Signed(negative));
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override { return builder_.Finish(); }

 private:
  static std::string_view TextOf(Field field) {
    return {reinterpret_cast<const char*>(field.data), static_cast<size_t>(field.size)};
  }
  Status NoDecimal(Field field) const {
    return FailWire(rules_, "decimal of the form '" + EscapeValue(TextOf(field)) + "'");
  }
  Status Refuse(Field field, char c) const {
    return c < '0' || c > '9' ? NoDecimal(field) : TooManyDigits(field);
  }
  Status TooManyDigits(Field field) const {
    return FailValue(rules_, TextOf(field),
                     "has more digits than decimal(" + std::to_string(precision_) + "," +
                         std::to_string(scale_) + ")");
  }
  Status TooFine(Field field) const {
    return FailValue(rules_, TextOf(field),
                     "has more than " + std::to_string(scale_) + " digits after the point");
  }

  typename Wide::Builder builder_;
  const int precision_, scale_;
  const FieldRules rules_;
};

}  // namespace

std::unique_ptr<FieldReader> MakeDecimalReader(int precision, int scale, const FieldRules& rules) {
  if (precision <= kDigits128Max) {
    return std::make_unique<DecimalReader<Wide128>>(arrow::decimal128(precision, scale), precision,
                                                    scale, rules);
  }
  return std::make_unique<DecimalReader<Wide256>>(arrow::decimal256(precision, scale), precision,
                                                  scale, rules);
}

}  // namespace rivet::source::mysql
