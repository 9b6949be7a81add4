// Readers of the types with a fixed width, and the choice of a reader.
#include <arrow/api.h>
#include <arrow/extension_type.h>
#include <arrow/util/decimal.h>

#include <bit>
#include <limits>
#include <optional>
#include <type_traits>
#include <utility>

#include "model/batch.h"
#include "source/faults.h"
#include "source/postgres/decode_internal.h"
#include "source/uuid_text.h"
#include "types/schema.h"

namespace rivet::source::postgres {
namespace {

using model::SpecialValue;
using model::TypeKind;

constexpr int64_t kDaysTo2000 = 10'957;
constexpr int64_t kMicrosTo2000 = 946'684'800'000'000;
constexpr int64_t kMicrosOfDay = 86'400'000'000;
// What `infinity: clamp` gives: 0001-01-01, and 9999-12-31T23:59:59.999999.
constexpr int32_t kFirstDay = -719'162, kLastDay = 2'932'896;
constexpr int64_t kLastMicro = (int64_t{kLastDay} + 1) * kMicrosOfDay - 1;

// A form says how many bytes a value has, and makes the value of them. Decode gives false where the
// bytes hold no value that a file can hold; Special then says what lands instead, nothing for NULL,
// or why the run ends, away from the hot path.
template <typename Value>
using Instead = Result<std::optional<Value>>;

struct BoolForm {
  using Builder = arrow::BooleanBuilder;
  static constexpr int32_t kSize = 1;
  static bool Decode(const uint8_t* data, bool* out) {
    *out = *data != 0;
    return *data <= 1;
  }
  using Value = bool;
  static Status Special(const FieldRules& rules, const uint8_t* data) {
    return FailWire(rules, "boolean of value " + std::to_string(*data));
  }
};

struct NeverWrong {
  static Status Special(const FieldRules& rules, const uint8_t*) {
    return FailWire(rules, "value not understood");
  }
};

struct Int2Form : NeverWrong {
  using Builder = arrow::Int16Builder;
  using Value = int16_t;
  static constexpr int32_t kSize = 2;
  static bool Decode(const uint8_t* data, Value* out) {
    *out = static_cast<int16_t>(LoadBig16(data));
    return true;
  }
};

struct Int4Form : NeverWrong {
  using Builder = arrow::Int32Builder;
  using Value = int32_t;
  static constexpr int32_t kSize = 4;
  static bool Decode(const uint8_t* data, Value* out) {
    *out = static_cast<int32_t>(LoadBig32(data));
    return true;
  }
};

struct Int8Form : NeverWrong {
  using Builder = arrow::Int64Builder;
  using Value = int64_t;
  static constexpr int32_t kSize = 8;
  static bool Decode(const uint8_t* data, Value* out) {
    *out = static_cast<int64_t>(LoadBig64(data));
    return true;
  }
};

struct Unsigned4Form : NeverWrong {
  using Builder = arrow::Int64Builder;
  using Value = int64_t;
  static constexpr int32_t kSize = 4;
  static bool Decode(const uint8_t* data, Value* out) {
    *out = LoadBig32(data);
    return true;
  }
};

// In the smallest unit of the server's currency; the column's scale says which.
struct MoneyForm : NeverWrong {
  using Builder = arrow::Decimal128Builder;
  using Value = arrow::Decimal128;
  static constexpr int32_t kSize = 8;
  static bool Decode(const uint8_t* data, Value* out) {
    *out = arrow::Decimal128(static_cast<int64_t>(LoadBig64(data)));
    return true;
  }
};

struct Float4Form : NeverWrong {
  using Builder = arrow::FloatBuilder;
  using Value = float;
  static constexpr int32_t kSize = 4;
  static bool Decode(const uint8_t* data, Value* out) {
    *out = std::bit_cast<float>(LoadBig32(data));
    return true;
  }
};

struct Float8Form : NeverWrong {
  using Builder = arrow::DoubleBuilder;
  using Value = double;
  static constexpr int32_t kSize = 8;
  static bool Decode(const uint8_t* data, Value* out) {
    *out = std::bit_cast<double>(LoadBig64(data));
    return true;
  }
};

// An infinite value that lands as NULL, or as `nearest`.
template <typename Value>
Instead<Value> Infinite(const FieldRules& rules, std::string_view text, std::string_view why,
                        Value nearest) {
  ARROW_ASSIGN_OR_RAISE(const auto action, TakeSpecial(rules, SpecialValue::kInfinity, text, why));
  if (action == model::PolicyAction::kClamp) return nearest;
  return std::nullopt;
}

// Any other special value, which can only land as NULL.
template <typename Value>
Instead<Value> NullFor(const FieldRules& rules, SpecialValue what, std::string_view text,
                       std::string_view why) {
  ARROW_RETURN_NOT_OK(TakeSpecial(rules, what, text, why));
  return std::nullopt;
}

struct DateForm {
  using Builder = arrow::Date32Builder;
  using Value = int32_t;
  static constexpr int32_t kSize = 4;
  static bool Decode(const uint8_t* data, Value* out) {
    const auto days = static_cast<int32_t>(LoadBig32(data));
    *out = static_cast<int32_t>(static_cast<uint32_t>(days) + static_cast<uint32_t>(kDaysTo2000));
    // Infinity is the largest int32, -infinity the smallest.
    return days <= std::numeric_limits<int32_t>::max() - kDaysTo2000 &&
           days != std::numeric_limits<int32_t>::min();
  }
  static Instead<Value> Special(const FieldRules& rules, const uint8_t* data) {
    const auto days = static_cast<int32_t>(LoadBig32(data));
    if (days == std::numeric_limits<int32_t>::max())
      return Infinite(rules, "infinity", "has no date", kLastDay);
    if (days == std::numeric_limits<int32_t>::min())
      return Infinite(rules, "-infinity", "has no date", kFirstDay);
    return NullFor<Value>(rules, SpecialValue::kOutOfRange,
                          std::to_string(days) + " days after 2000-01-01", "is out of range");
  }
};

struct TimeForm {
  using Builder = arrow::Time64Builder;
  using Value = int64_t;
  static constexpr int32_t kSize = 8;
  static bool Decode(const uint8_t* data, Value* out) {
    *out = static_cast<int64_t>(LoadBig64(data));
    return *out >= 0 && *out < kMicrosOfDay;
  }
  static Instead<Value> Special(const FieldRules& rules, const uint8_t* data) {
    const auto micros = static_cast<int64_t>(LoadBig64(data));
    if (micros == kMicrosOfDay) {
      return NullFor<Value>(rules, SpecialValue::kTimeRange, "24:00:00",
                            "is past the end of the day");
    }
    return FailWire(rules, "time of " + std::to_string(micros) + " microseconds");
  }
};

struct TimestampForm {
  using Builder = arrow::TimestampBuilder;
  using Value = int64_t;
  static constexpr int32_t kSize = 8;
  static bool Decode(const uint8_t* data, Value* out) {
    const auto micros = static_cast<int64_t>(LoadBig64(data));
    return !__builtin_add_overflow(micros, kMicrosTo2000, out) &&
           micros != std::numeric_limits<int64_t>::min();
  }
  static Instead<Value> Special(const FieldRules& rules, const uint8_t* data) {
    const auto micros = static_cast<int64_t>(LoadBig64(data));
    if (micros == std::numeric_limits<int64_t>::max())
      return Infinite(rules, "infinity", "has no instant", kLastMicro);
    if (micros == std::numeric_limits<int64_t>::min())
      return Infinite(rules, "-infinity", "has no instant", kFirstDay * kMicrosOfDay);
    return NullFor<Value>(rules, SpecialValue::kOutOfRange,
                          std::to_string(micros) + " microseconds after 2000-01-01",
                          "is later than 64 bits of microseconds since 1970 reach");
  }
};

template <typename Form>
class FixedReader : public FieldReader {
 public:
  FixedReader(const std::shared_ptr<arrow::DataType>& type, std::string_view name,
              const FieldRules& rules)
      : builder_(type, model::Pool()), name_(name), rules_(rules) {}

  Status Reserve(int64_t rows) override { return builder_.Reserve(rows); }

  Status Append(Field field) override {
    if (field.size == Form::kSize) {
      typename Form::Value value;
      if (!Form::Decode(field.data, &value)) return AppendInstead(field.data);
      builder_.UnsafeAppend(value);
      return Status::OK();
    }
    if (field.size != kNull) return FailLength(rules_, name_, field.size, Form::kSize);
    builder_.UnsafeAppendNull();
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override { return builder_.Finish(); }

 private:
  Status AppendInstead(const uint8_t* data) {
    const Instead<typename Form::Value> taken = Form::Special(rules_, data);
    ARROW_ASSIGN_OR_RAISE(const auto instead, taken);
    if (instead.has_value()) {
      builder_.UnsafeAppend(*instead);
    } else {
      builder_.UnsafeAppendNull();
    }
    return Status::OK();
  }

  typename Form::Builder builder_;
  const std::string_view name_;
  const FieldRules rules_;
};

// A number of one form on the wire and of another in the file.
template <typename Wire, typename To>
struct As {
  using Builder = To;
  using Value = typename To::value_type;
  static constexpr int32_t kSize = Wire::kSize;
  static bool Decode(const uint8_t* data, Value* out) {
    typename Wire::Value value;
    if (!Wire::Decode(data, &value)) return false;
    if constexpr (std::is_integral_v<Value>) {
      if (!std::in_range<Value>(value)) return false;
    }
    *out = static_cast<Value>(value);
    return true;
  }
  static Instead<Value> Special(const FieldRules& rules, const uint8_t* data) {
    typename Wire::Value value = 0;
    Wire::Decode(data, &value);
    return FailValue(rules, std::to_string(value), "is out of range");
  }
};

template <typename Form>
std::unique_ptr<FieldReader> IntegerReader(TypeKind kind, std::shared_ptr<arrow::DataType> type,
                                           std::string_view name, const FieldRules& rules) {
  using Own = typename Form::Builder;
  const auto make = [&]<typename Builder>(Builder*) -> std::unique_ptr<FieldReader> {
    using Chosen = std::conditional_t<std::is_same_v<Builder, Own>, Form, As<Form, Builder>>;
    return std::make_unique<FixedReader<Chosen>>(std::move(type), name, rules);
  };
  switch (kind) {
    case TypeKind::kInt16:
      return make(static_cast<arrow::Int16Builder*>(nullptr));
    case TypeKind::kInt32:
      return make(static_cast<arrow::Int32Builder*>(nullptr));
    case TypeKind::kUInt64:
      return make(static_cast<arrow::UInt64Builder*>(nullptr));
    default:
      return make(static_cast<arrow::Int64Builder*>(nullptr));
  }
}

class UuidReader : public FieldReader {
 public:
  UuidReader(std::shared_ptr<arrow::DataType> type, bool text, const FieldRules& rules)
      : type_(std::move(type)),
        text_(text),
        builder_(arrow::fixed_size_binary(kSize), model::Pool()),
        rules_(rules) {}

  Status Reserve(int64_t rows) override { return builder_.Reserve(rows); }

  Status Append(Field field) override {
    if (text_ && field.size != kNull) return AppendText(field);
    if (field.size == kSize) {
      builder_.UnsafeAppend(field.data);
      return Status::OK();
    }
    if (field.size != kNull) return FailLength(rules_, "uuid", field.size, kSize);
    builder_.UnsafeAppendNull();
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override {
    ARROW_ASSIGN_OR_RAISE(auto storage, builder_.Finish());
    if (type_->id() != arrow::Type::EXTENSION) return storage;
    return arrow::ExtensionType::WrapArray(type_, storage);
  }

 private:
  static constexpr int32_t kSize = 16;

  Status AppendText(Field field) {
    const std::string_view text(reinterpret_cast<const char*>(field.data),
                                static_cast<size_t>(field.size));
    const auto uuid = ParseUuid(text);
    if (!uuid) return FailValue(rules_, text, "is no uuid");
    builder_.UnsafeAppend(uuid->data());
    return Status::OK();
  }

  const std::shared_ptr<arrow::DataType> type_;
  const bool text_;
  arrow::FixedSizeBinaryBuilder builder_;
  const FieldRules rules_;
};

}  // namespace

Result<std::unique_ptr<FieldReader>> MakeFieldReader(const model::LogicalType& type,
                                                     const ColumnForm& form,
                                                     const FieldRules& rules) {
  using Owned = std::unique_ptr<FieldReader>;
  const auto arrow_type = types::ArrowType(type);
  if (arrow_type == nullptr) {
    return Fail(kTypeUnsupported,
                "column \"" + rules.column + "\" (" + rules.native_type + ") has no file form");
  }
  switch (form.wire) {
    case Wire::kBool:
      return Owned(new FixedReader<BoolForm>(arrow_type, "boolean", rules));
    case Wire::kInt2:
      return IntegerReader<Int2Form>(type.kind, arrow_type, "int2", rules);
    case Wire::kInt4:
      return IntegerReader<Int4Form>(type.kind, arrow_type, "int4", rules);
    case Wire::kInt8:
      return IntegerReader<Int8Form>(type.kind, arrow_type, "int8", rules);
    case Wire::kUnsigned4:
      return IntegerReader<Unsigned4Form>(type.kind, arrow_type, "oid", rules);
    case Wire::kFloat4:
      if (type.kind == TypeKind::kFloat64)
        return Owned(
            new FixedReader<As<Float4Form, arrow::DoubleBuilder>>(arrow_type, "float4", rules));
      return Owned(new FixedReader<Float4Form>(arrow_type, "float4", rules));
    case Wire::kFloat8:
      return Owned(new FixedReader<Float8Form>(arrow_type, "float8", rules));
    case Wire::kDate:
      return Owned(new FixedReader<DateForm>(arrow_type, "date", rules));
    case Wire::kTime:
      return Owned(new FixedReader<TimeForm>(arrow_type, "time", rules));
    case Wire::kTimestamp:
      return Owned(new FixedReader<TimestampForm>(arrow_type, "timestamp", rules));
    case Wire::kNumeric:
      return MakeNumericReader(type.precision, type.scale, rules);
    case Wire::kMoney:
      return Owned(new FixedReader<MoneyForm>(arrow_type, "money", rules));
    case Wire::kInterval:
      return MakeIntervalReader(rules);
    case Wire::kNetwork:
      return MakeNetworkReader(rules);
    case Wire::kUuid:
    case Wire::kUuidText:
      return Owned(new UuidReader(arrow_type, form.wire == Wire::kUuidText, rules));
    case Wire::kText:
    case Wire::kChar:
    case Wire::kBytes:
    case Wire::kJsonb:
      return MakeTextReader(form.wire, type.kind == model::TypeKind::kJson, rules);
    case Wire::kArray:
      return MakeListReader(type, form, rules);
  }
  return Fail(kInternalBug, "unknown wire form");
}

}  // namespace rivet::source::postgres
