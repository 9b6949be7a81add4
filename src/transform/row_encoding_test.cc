#include <arrow/array.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/builder_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>
#include <arrow/extension/json.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "model/batch.h"
#include "transform/row_encoding_internal.h"

namespace rivet::transform {
namespace {

using namespace std::string_literals;

std::string BytesOf(const arrow::ArrayVector& columns, int64_t row = 0) {
  std::string bytes;
  const Status status = AppendRowBytes(columns, row, &bytes);
  EXPECT_TRUE(status.ok()) << status.ToString();
  return bytes;
}

std::shared_ptr<arrow::Array> Texts(const std::vector<const char*>& values) {
  arrow::StringBuilder builder;
  for (const char* value : values)
    EXPECT_TRUE((value == nullptr ? builder.AppendNull() : builder.Append(value)).ok());
  return *builder.Finish();
}

// One row: the list of `elements`.
std::shared_ptr<arrow::Array> OneList(const std::shared_ptr<arrow::Array>& elements) {
  arrow::Int32Builder offsets;
  EXPECT_TRUE(offsets.AppendValues({0, static_cast<int32_t>(elements->length())}).ok());
  return *arrow::ListArray::FromArrays(**offsets.Finish(), *elements);
}

std::string Number(char low) { return low + std::string(7, '\0'); }

TEST(RowEncoding, IsWhatThePageSays) {
  arrow::Int64Builder id;
  ASSERT_TRUE(id.Append(-42).ok());
  const auto null = *arrow::MakeArrayOfNull(arrow::utf8(), 1);
  EXPECT_EQ(BytesOf({*id.Finish(), null, Texts({""}), OneList(Texts({"null", nullptr}))}),
            Number(4) + "\x01" + Number(3) + "-42" + "\0"s + "\x01" + Number(0) + "\x02" +
                Number(2) + "\x01" + Number(4) + "null" + "\0"s);
  EXPECT_EQ(BytesOf({}), Number(0));
}

TEST(RowEncoding, KeepsApartWhatTextsAlonePutTogether) {
  const auto json = [](const std::shared_ptr<arrow::Array>& storage) {
    return arrow::ExtensionType::WrapArray(arrow::extension::json(), storage);
  };
  const std::vector<std::pair<arrow::ArrayVector, arrow::ArrayVector>> pairs = {
      {{Texts({"a\x1f"}), Texts({"z"})}, {Texts({"a"}), Texts({"\x1fz"})}},
      {{Texts({nullptr}), Texts({""})}, {Texts({""}), Texts({nullptr})}},
      {{OneList(Texts({}))}, {OneList(Texts({nullptr}))}},
      {{OneList(Texts({""}))}, {OneList(Texts({nullptr}))}},
      {{OneList(Texts({"a,b"}))}, {OneList(Texts({"a", "b"}))}},
      {{OneList(json(Texts({"null"})))}, {OneList(json(Texts({nullptr})))}},
      {{OneList(OneList(Texts({"a", "b"})))}, {OneList(Texts({"a", "b"}))}},
  };
  for (const auto& [one, other] : pairs) EXPECT_NE(BytesOf(one), BytesOf(other));
}

class RandomRows {
 public:
  explicit RandomRows(uint32_t seed) : random_(seed) {}

  arrow::ArrayVector Columns(int64_t rows) {
    const std::shared_ptr<arrow::DataType> types[] = {arrow::utf8(),
                                                      arrow::utf8(),
                                                      arrow::binary(),
                                                      arrow::int32(),
                                                      arrow::list(arrow::utf8()),
                                                      arrow::list(arrow::list(arrow::utf8()))};
    arrow::ArrayVector columns;
    for (size_t i = 0, count = 2 + Below(3); i < count; ++i) {
      auto builder = *arrow::MakeBuilder(types[Below(std::size(types))], model::Pool());
      for (int64_t row = 0; row < rows; ++row) Append(builder.get());
      columns.push_back(*builder->Finish());
    }
    return columns;
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }

  // Of what an encoding could trip over: ends and tags of this one and of the one before it,
  // lengths as it writes them, and what JSON is made of.
  std::string Text() {
    static const std::vector<std::string> kPieces = {"a",
                                                     "",
                                                     "\0"s,
                                                     "\x01"s,
                                                     "\x02"s,
                                                     "\x1f"s,
                                                     "\0\x1f"s,
                                                     "null",
                                                     "NULL",
                                                     "\",\"",
                                                     "[",
                                                     "]",
                                                     ",",
                                                     "\\",
                                                     Number(0),
                                                     Number(1),
                                                     "\0"s + Number(1),
                                                     "\x01" + Number(0),
                                                     "\x01" + Number(1) + "a"};
    std::string text;
    for (size_t i = Below(3); i > 0; --i) text += kPieces[Below(kPieces.size())];
    return text;
  }

  void Append(arrow::ArrayBuilder* builder) {
    if (Below(4) == 0) {
      EXPECT_TRUE(builder->AppendNull().ok());
      return;
    }
    if (builder->type()->id() == arrow::Type::LIST) {
      auto* lists = static_cast<arrow::ListBuilder*>(builder);
      EXPECT_TRUE(lists->Append().ok());
      for (size_t i = Below(3); i > 0; --i) Append(lists->value_builder());
    } else if (builder->type()->id() == arrow::Type::INT32) {
      EXPECT_TRUE(static_cast<arrow::Int32Builder*>(builder)->Append(Below(3)).ok());
    } else {  // text is built as bytes are
      EXPECT_TRUE(static_cast<arrow::BinaryBuilder*>(builder)->Append(Text()).ok());
    }
  }

  std::mt19937 random_;
};

bool SameRow(const arrow::ArrayVector& columns, int64_t one, int64_t other) {
  for (const auto& column : columns)
    if (!column->RangeEquals(*column, one, one + 1, other)) return false;
  return true;
}

TEST(RowEncoding, RowsHaveTheSameBytesExactlyWhenTheyAreTheSame) {
  constexpr int64_t kRows = 400;
  for (uint32_t seed = 1; seed <= 25; ++seed) {
    const arrow::ArrayVector columns = RandomRows(seed).Columns(kRows);
    std::vector<std::string> bytes;
    for (int64_t row = 0; row < kRows; ++row) bytes.push_back(BytesOf(columns, row));
    for (int64_t one = 0; one < kRows; ++one) {
      for (int64_t other = 0; other < one; ++other) {
        ASSERT_EQ(bytes[one] == bytes[other], SameRow(columns, one, other))
            << "seed " << seed << ", rows " << other << " and " << one;
      }
    }
  }
}

TEST(RowEncoding, IsThatOfTheRowInASliceToo) {
  const arrow::ArrayVector columns = RandomRows(7).Columns(50);
  arrow::ArrayVector tail;
  for (const auto& column : columns) tail.push_back(column->Slice(20));
  for (int64_t row = 20; row < 50; ++row) EXPECT_EQ(BytesOf(columns, row), BytesOf(tail, row - 20));
}

}  // namespace
}  // namespace rivet::transform
