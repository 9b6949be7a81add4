// decimal: ASCII digits to 128- or 256-bit integers, exactly or not at all.
#include <arrow/api.h>

#include <charconv>
#include <utility>

#include "model/batch.h"
#include "source/mysql/decode_internal.h"
#include "source/wide_decimal.h"

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
    wide_.MultiplyAdd(kPowers[in_chunk_], chunk_);
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
    if (at == end || (*at == '.' && end - at == 1)) return NoDecimal(field);
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

// Integers by override: their digits, through the same check.
template <typename Number>
class IntegerDecimalReader : public FieldReader {
 public:
  IntegerDecimalReader(std::unique_ptr<FieldReader> decimals, const FieldRules& rules)
      : decimals_(std::move(decimals)), rules_(rules) {}

  Status Reserve(int64_t rows) override { return decimals_->Reserve(rows); }
  Status Append(Field field) override {
    if (field.size == kNull) return decimals_->Append(field);
    if (field.size != sizeof(Number)) return FailLength(rules_, field.size);
    char digits[24];
    const auto end =
        std::to_chars(digits, digits + sizeof digits, LoadLittle<Number>(field.data)).ptr;
    return decimals_->Append({reinterpret_cast<const uint8_t*>(digits), end - digits});
  }
  Result<std::shared_ptr<arrow::Array>> Finish() override { return decimals_->Finish(); }

 private:
  const std::unique_ptr<FieldReader> decimals_;
  const FieldRules rules_;
};

}  // namespace

std::unique_ptr<FieldReader> MakeIntegerDecimalReader(int precision, int scale,
                                                      const client::mysql::ResultColumn& wire,
                                                      const FieldRules& rules) {
  using namespace client::mysql;
  const auto make = [&]<typename Number>(Number) -> std::unique_ptr<FieldReader> {
    return std::make_unique<IntegerDecimalReader<Number>>(
        MakeDecimalReader(precision, scale, rules), rules);
  };
  const bool is_unsigned = wire.is_unsigned();
  switch (wire.type) {
    case kTinyType:
      return is_unsigned ? make(uint8_t{}) : make(int8_t{});
    case kShortType:
      return is_unsigned ? make(uint16_t{}) : make(int16_t{});
    case kInt24Type:
    case kLongType:
      return is_unsigned ? make(uint32_t{}) : make(int32_t{});
    case kLongLongType:
      return is_unsigned ? make(uint64_t{}) : make(int64_t{});
    default:
      return nullptr;
  }
}

std::unique_ptr<FieldReader> MakeDecimalReader(int precision, int scale, const FieldRules& rules) {
  if (precision <= kDigits128Max) {
    return std::make_unique<DecimalReader<Wide128>>(arrow::decimal128(precision, scale), precision,
                                                    scale, rules);
  }
  return std::make_unique<DecimalReader<Wide256>>(arrow::decimal256(precision, scale), precision,
                                                  scale, rules);
}

}  // namespace rivet::source::mysql
