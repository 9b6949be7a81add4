// date, time, datetime, timestamp: parts to counts, or a refusal by name of what no calendar has.
#include <arrow/api.h>

#include <cstdio>

#include "base/time_text.h"
#include "model/batch.h"
#include "source/mysql/decode_internal.h"
#include "types/schema.h"

namespace rivet::source::mysql {
namespace {

using client::mysql::Moment;

constexpr int64_t kMicrosOfSecond = 1'000'000;
constexpr int64_t kMicrosOfDay = 86'400 * kMicrosOfSecond;

unsigned DaysOfMonth(unsigned year, unsigned month) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

bool IsInCalendar(const Moment& moment) {
  return moment.month >= 1 && moment.month <= 12 && moment.day >= 1 &&
         moment.day <= DaysOfMonth(moment.year, moment.month) && moment.hour < 24 &&
         moment.minute < 60 && moment.second < 60 && moment.micros < kMicrosOfSecond;
}

std::string TextOf(const Moment& moment, bool with_time) {
  char text[64];
  int size =
      std::snprintf(text, sizeof text, "%04u-%02u-%02u", moment.year, moment.month, moment.day);
  if (with_time) {
    size +=
        std::snprintf(text + size, sizeof text - static_cast<size_t>(size), " %02u:%02u:%02u.%06u",
                      moment.hour, moment.minute, moment.second, moment.micros);
  }
  return {text, static_cast<size_t>(size)};
}

int64_t DaysOf(const Moment& moment) {
  return DaysFromCivil(moment.year, moment.month, moment.day);
}

int64_t ClockMicros(const Moment& moment) {
  const int64_t seconds = (int64_t{moment.hour} * 60 + moment.minute) * 60 + moment.second;
  return seconds * kMicrosOfSecond + moment.micros;
}

struct DateForm {
  using Builder = arrow::Date32Builder;
  static constexpr bool kWithTime = false;
  static int32_t Value(const Moment& moment) { return static_cast<int32_t>(DaysOf(moment)); }
};

struct TimestampForm {
  using Builder = arrow::TimestampBuilder;
  static constexpr bool kWithTime = true;
  // Years have four digits: no overflow.
  static int64_t Value(const Moment& moment) {
    return DaysOf(moment) * kMicrosOfDay + ClockMicros(moment);
  }
};

template <typename Form>
class MomentReader : public FieldReader {
 public:
  MomentReader(const std::shared_ptr<arrow::DataType>& type, const FieldRules& rules)
      : builder_(type, model::Pool()), rules_(rules) {}

  Status Reserve(int64_t rows) override { return builder_.Reserve(rows); }

  Status Append(Field field) override {
    if (field.size == kNull) {
      builder_.UnsafeAppendNull();
      return Status::OK();
    }
    const auto moment = MomentOf(field);
    if (!moment) return FailLength(rules_, field.size);
    if (!IsInCalendar(*moment)) return AppendSpecial(*moment);
    builder_.UnsafeAppend(Form::Value(*moment));
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override { return builder_.Finish(); }

 private:
  Status AppendSpecial(const Moment& moment) {
    ARROW_RETURN_NOT_OK(TakeSpecial(rules_, model::SpecialValue::kZeroDate,
                                    TextOf(moment, Form::kWithTime), "is no day of the calendar"));
    builder_.UnsafeAppendNull();
    return Status::OK();
  }

  typename Form::Builder builder_;
  const FieldRules rules_;
};

// A time is a duration of up to 838 hours, either way; a file's time is one of a day.
class TimeReader : public FieldReader {
 public:
  TimeReader(const std::shared_ptr<arrow::DataType>& type, const FieldRules& rules)
      : builder_(type, model::Pool()), rules_(rules) {}

  Status Reserve(int64_t rows) override { return builder_.Reserve(rows); }

  Status Append(Field field) override {
    if (field.size == kNull) {
      builder_.UnsafeAppendNull();
      return Status::OK();
    }
    if (field.size == 0) {
      builder_.UnsafeAppend(0);
      return Status::OK();
    }
    constexpr int64_t kPlain = 8, kWithMicros = 12;
    if (field.size != kPlain && field.size != kWithMicros) return FailLength(rules_, field.size);
    const bool negative = field.data[0] != 0;
    const auto days = LoadLittle<uint32_t>(field.data + 1);
    Moment moment;
    moment.hour = field.data[5];
    moment.minute = field.data[6];
    moment.second = field.data[7];
    if (field.size == kWithMicros) moment.micros = LoadLittle<uint32_t>(field.data + 8);
    const int64_t micros = ClockMicros(moment);
    if (moment.minute > 59 || moment.second > 59 || moment.micros >= kMicrosOfSecond)
      return FailWire(rules_, "time without sense");
    if (days != 0 || micros >= kMicrosOfDay || (negative && micros != 0))
      return AppendSpecial(negative, days, moment);
    builder_.UnsafeAppend(micros);
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override { return builder_.Finish(); }

 private:
  Status AppendSpecial(bool negative, uint32_t days, const Moment& moment) {
    char text[64];
    std::snprintf(text, sizeof text, "%s%02lu:%02u:%02u.%06u", negative ? "-" : "",
                  static_cast<unsigned long>(days) * 24 + moment.hour, moment.minute, moment.second,
                  moment.micros);
    ARROW_RETURN_NOT_OK(
        TakeSpecial(rules_, model::SpecialValue::kTimeRange, text, "is no time of a day"));
    builder_.UnsafeAppendNull();
    return Status::OK();
  }

  arrow::Time64Builder builder_;
  const FieldRules rules_;
};

}  // namespace

std::optional<Moment> MomentOf(Field field) {
  constexpr int64_t kDateBytes = 4, kSecondsBytes = 7, kMicrosBytes = 11;
  Moment moment;
  if (field.size == 0) return moment;
  if (field.size != kDateBytes && field.size != kSecondsBytes && field.size != kMicrosBytes)
    return std::nullopt;
  moment.year = LoadLittle<uint16_t>(field.data);
  moment.month = field.data[2];
  moment.day = field.data[3];
  if (field.size == kDateBytes) return moment;
  moment.hour = field.data[4];
  moment.minute = field.data[5];
  moment.second = field.data[6];
  if (field.size == kMicrosBytes) moment.micros = LoadLittle<uint32_t>(field.data + 7);
  return moment;
}

std::unique_ptr<FieldReader> MakeTemporalReader(const model::LogicalType& type,
                                                const FieldRules& rules) {
  const auto arrow_type = types::ArrowType(type);
  if (type.kind == model::TypeKind::kTime) return std::make_unique<TimeReader>(arrow_type, rules);
  if (type.kind == model::TypeKind::kDate)
    return std::make_unique<MomentReader<DateForm>>(arrow_type, rules);
  return std::make_unique<MomentReader<TimestampForm>>(arrow_type, rules);
}

}  // namespace rivet::source::mysql
