#pragma once

#include <arrow/api.h>

#include <memory>
#include <string>
#include <string_view>

#include "source/postgres/decode.h"
#include "source/postgres/decode_internal.h"
#include "types/schema.h"
#include "types/text.h"

// What the tests of decoders share: columns, and what one reader makes of golden bytes. A test
// includes <gtest/gtest.h> first.
namespace rivet::source::postgres {

inline std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

inline model::Column ColumnOf(model::TypeKind kind, uint32_t oid, int precision = 0,
                              int scale = 0) {
  model::Column column;
  column.name = "c";
  column.native_type = "native";
  column.native_oid = oid;
  column.type.kind = kind;
  column.type.precision = precision;
  column.type.scale = scale;
  return column;
}

inline model::Column ListOf(model::TypeKind kind, uint32_t array_oid, int precision = 0,
                            int scale = 0) {
  model::Column column = ColumnOf(model::TypeKind::kList, array_oid);
  model::LogicalType element;
  element.kind = kind;
  element.precision = precision;
  element.scale = scale;
  column.type.element = std::make_shared<const model::LogicalType>(element);
  return column;
}

inline constexpr int64_t kValueMax = 1 << 20;

// The same with another list around it for each further dimension.
inline model::Column Deeper(model::Column column, int dimensions = 1) {
  for (int i = 0; i < dimensions; ++i)
    column.type.element = std::make_shared<const model::LogicalType>(column.type);
  return column;
}

// NULL, the value, NULL: what one reader makes of it.
inline Result<std::shared_ptr<arrow::Array>> Decode(const model::Column& column,
                                                    const std::string& bytes,
                                                    int64_t value_bytes_max = kValueMax) {
  ARROW_ASSIGN_OR_RAISE(auto reader,
                        MakeFieldReader(column.type, FormOf(column),
                                        {column.name, column.native_type, value_bytes_max}));
  ARROW_RETURN_NOT_OK(reader->Reserve(3));
  ARROW_RETURN_NOT_OK(reader->Append({nullptr, kNull}));
  ARROW_RETURN_NOT_OK(reader->Append(
      {reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int32_t>(bytes.size())}));
  ARROW_RETURN_NOT_OK(reader->Append({nullptr, kNull}));
  return reader->Finish();
}

inline std::string TextOf(const model::Column& column, std::string_view hex) {
  const auto array = Decode(column, FromHex(hex));
  if (!array.ok()) return array.status().ToString();
  EXPECT_TRUE((*array)->ValidateFull().ok());
  EXPECT_TRUE((*array)->type()->Equals(*types::ArrowType(column.type)));
  EXPECT_EQ((*array)->length(), 3);
  EXPECT_TRUE((*array)->IsNull(0) && !(*array)->IsNull(1) && (*array)->IsNull(2));
  std::string text;
  EXPECT_TRUE(types::AppendText(**array, 1, &text).ok());
  return text;
}

inline Fault FaultFor(const model::Column& column, std::string_view hex) {
  return FaultOf(Decode(column, FromHex(hex)).status());
}

}  // namespace rivet::source::postgres
