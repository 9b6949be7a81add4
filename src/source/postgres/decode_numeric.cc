// numeric: base-10000 digits to 128- or 256-bit integers, exactly or not at all.
#include <arrow/api.h>

#include <algorithm>
#include <array>

#include "model/batch.h"
#include "source/faults.h"
#include "source/postgres/decode_internal.h"
#include "source/wide_decimal.h"

namespace rivet::source::postgres {
namespace {

constexpr int32_t kHeaderSize = 8;
constexpr uint16_t kPositive = 0x0000, kNegative = 0x4000, kNotANumber = 0xC000, kInfinity = 0xD000,
                   kMinusInfinity = 0xF000;
constexpr uint32_t kBase = 10'000;
constexpr int kBaseDigits = 4;
constexpr int kDigits128Max = 38;
constexpr uint32_t kPowers[] = {1, 10, 100, 1'000, 10'000};

int DecimalDigits(uint32_t group) {
  return group >= 1'000 ? 4 : group >= 100 ? 3 : group >= 10 ? 2 : 1;
}

// The digits of one value, without zero groups at either end.
struct Digits {
  const uint8_t* data;  // count big-endian groups
  int count;
  int weight;  // of the first group
  uint32_t At(int i) const { return LoadBig16(data + 2 * i); }
};

// Exact text of finite digits, for messages.
std::string TextOf(const Digits& digits, bool negative) {
  std::string text = negative ? "-" : "";
  if (digits.count == 0) return "0";
  const int last_weight = digits.weight - digits.count + 1;
  constexpr int kGroupsMax = 20;  // more is cut in the message anyway
  if (digits.weight > kGroupsMax || last_weight < -kGroupsMax) {
    return text + std::to_string(digits.At(0)) + "e" + std::to_string(kBaseDigits * digits.weight) +
           "...";
  }
  for (int weight = std::max(digits.weight, 0); weight >= std::min(last_weight, 0); --weight) {
    const int i = digits.weight - weight;
    std::string group = std::to_string(i >= 0 && i < digits.count ? digits.At(i) : 0);
    if (weight != std::max(digits.weight, 0)) group.insert(0, kBaseDigits - group.size(), '0');
    if (weight == -1) text += '.';
    text += group;
  }
  return text;
}

template <typename Wide>
class NumericReader : public FieldReader {
 public:
  NumericReader(std::shared_ptr<arrow::DataType> type, int precision, int scale,
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
    if (field.size < kHeaderSize)
      return FailWire(rules_, "numeric of " + std::to_string(field.size) + " bytes");
    const int count = LoadBig16(field.data);
    if (field.size != kHeaderSize + 2 * count) {
      return FailLength(rules_, "numeric", field.size, kHeaderSize + 2 * count);
    }
    const uint16_t sign = LoadBig16(field.data + 4);
    if (sign != kPositive && sign != kNegative) return AppendSpecial(sign);
    Digits digits{field.data + kHeaderSize, count, static_cast<int16_t>(LoadBig16(field.data + 2))};
    while (digits.count > 0 && digits.At(digits.count - 1) == 0) --digits.count;
    while (digits.count > 0 && digits.At(0) == 0) {
      digits.data += 2;
      --digits.count;
      --digits.weight;
    }
    return AppendDigits(digits, sign == kNegative);
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override { return builder_.Finish(); }

 private:
  Status AppendDigits(const Digits& digits, bool negative) {
    if (digits.count == 0) {
      builder_.UnsafeAppend(Wide().Signed(false));
      return Status::OK();
    }
    // The last group counts units of 10^(-scale + shift). Below zero that many of its digits must
    // be zero.
    const int shift = kBaseDigits * (digits.weight - digits.count + 1) + scale_;
    const uint32_t first = digits.At(0), last = digits.At(digits.count - 1);
    if (first >= kBase || last >= kBase) return FailGroup();
    if (shift <= -kBaseDigits || (shift < 0 && last % kPowers[-shift] != 0)) {
      return Refuse(digits, negative,
                    "has more than " + std::to_string(scale_) + " digits after the point");
    }
    if (DecimalDigits(first) + kBaseDigits * (digits.count - 1) + shift > precision_) {
      return Refuse(digits, negative,
                    "has more digits than decimal(" + std::to_string(precision_) + "," +
                        std::to_string(scale_) + ")");
    }
    Wide wide;
    for (int i = 0; i + 1 < digits.count; ++i) {
      const uint32_t group = digits.At(i);
      if (group >= kBase) return FailGroup();
      wide.MultiplyAdd(kBase, group);
    }
    if (shift < 0) {
      wide.MultiplyAdd(kPowers[kBaseDigits + shift], last / kPowers[-shift]);
    } else {
      wide.MultiplyAdd(kBase, last);
      for (int left = shift; left > 0; left -= kBaseDigits) {
        wide.MultiplyAdd(kPowers[std::min(left, kBaseDigits)], 0);
      }
    }
    builder_.UnsafeAppend(wide.Signed(negative));
    return Status::OK();
  }

  Status FailGroup() const { return FailWire(rules_, "numeric with a group above 9999"); }

  // Groups between the first and the last have not been looked at before this.
  Status Refuse(const Digits& digits, bool negative, const std::string& why) const {
    for (int i = 0; i < digits.count; ++i) {
      if (digits.At(i) >= kBase) return FailGroup();
    }
    return FailValue(rules_, TextOf(digits, negative), why);
  }

  Status AppendSpecial(uint16_t sign) {
    const std::string_view text = sign == kNotANumber      ? "NaN"
                                  : sign == kInfinity      ? "Infinity"
                                  : sign == kMinusInfinity ? "-Infinity"
                                                           : "";
    if (text.empty()) return FailWire(rules_, "numeric of sign " + std::to_string(sign));
    ARROW_RETURN_NOT_OK(
        TakeSpecial(rules_, model::SpecialValue::kNumericSpecial, text, "has no decimal form"));
    builder_.UnsafeAppendNull();
    return Status::OK();
  }

  typename Wide::Builder builder_;
  const int precision_, scale_;
  const FieldRules rules_;
};

}  // namespace

std::unique_ptr<FieldReader> MakeNumericReader(int precision, int scale, const FieldRules& rules) {
  if (precision <= kDigits128Max) {
    return std::make_unique<NumericReader<Wide128>>(arrow::decimal128(precision, scale), precision,
                                                    scale, rules);
  }
  return std::make_unique<NumericReader<Wide256>>(arrow::decimal256(precision, scale), precision,
                                                  scale, rules);
}

}  // namespace rivet::source::postgres
