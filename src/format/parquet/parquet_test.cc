#include "format/parquet/parquet.h"

#include <arrow/array.h>
#include <arrow/array/builder_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/builder.h>
#include <arrow/extension_type.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <arrow/record_batch.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/key_value_metadata.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <cstdio>
#include <fstream>
#include <random>

#include "format/format_suite.h"
#include "types/schema.h"

namespace rivet::format::parquet {
namespace {

using model::Compression;
using model::FormatSettings;
using model::LogicalType;
using model::TypeKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Batch = std::shared_ptr<::arrow::RecordBatch>;
using Batches = std::vector<Batch>;

Result<std::string> FileOf(const Batches& batches, const FormatSettings& settings = {},
                           const std::vector<ColumnHint>& hints = {}) {
  ARROW_ASSIGN_OR_RAISE(const auto stream, ::arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(const auto writer,
                        driver().open(batches.at(0)->schema(), hints, stream, settings));
  int64_t rows = 0;
  for (const Batch& batch : batches) {
    rows += batch->num_rows();
    ARROW_RETURN_NOT_OK(writer->Write(*batch));
  }
  ARROW_ASSIGN_OR_RAISE(const FileFacts facts, writer->Finish());
  ARROW_ASSIGN_OR_RAISE(const auto buffer, stream->Finish());
  EXPECT_EQ(facts.rows, rows);
  EXPECT_EQ(facts.bytes, buffer->size());
  return buffer->ToString();
}

std::unique_ptr<::parquet::ParquetFileReader> Open(const std::string& bytes) {
  return ::parquet::ParquetFileReader::Open(
      std::make_shared<::arrow::io::BufferReader>(::arrow::Buffer::FromString(bytes)));
}

std::shared_ptr<::arrow::Table> ReadBack(const std::string& bytes) {
  std::unique_ptr<::parquet::arrow::FileReader> reader;
  EXPECT_TRUE(::parquet::arrow::FileReader::Make(::arrow::default_memory_pool(), Open(bytes))
                  .Value(&reader)
                  .ok());
  return reader->ReadTable().ValueOrDie();
}

LogicalType Type(TypeKind kind, int precision = 0, int scale = 0) {
  return LogicalType{
      .kind = kind, .precision = precision, .scale = scale, .tag = {}, .element = nullptr};
}

// The storage of `type`, two values and a NULL, made of bytes that any type can hold.
std::shared_ptr<::arrow::Array> Values(const std::shared_ptr<::arrow::DataType>& type) {
  if (type->id() == ::arrow::Type::EXTENSION) {
    return ::arrow::ExtensionType::WrapArray(
        type, Values(static_cast<const ::arrow::ExtensionType&>(*type).storage_type()));
  }
  if (type->id() == ::arrow::Type::LIST) {
    const auto offsets = ::arrow::Buffer::FromVector(std::vector<int32_t>{0, 2, 2, 3});
    return std::make_shared<::arrow::ListArray>(type, 3, offsets, Values(type->field(0)->type()));
  }
  const auto builder = *::arrow::MakeBuilder(type);
  EXPECT_TRUE(builder->AppendEmptyValue().ok() && builder->AppendNull().ok() &&
              builder->AppendEmptyValue().ok());
  return *builder->Finish();
}

struct TypeRow {
  LogicalType type;
  const char* physical;
  const char* logical;
};

LogicalType ListOf(const LogicalType& element) {
  LogicalType list = Type(TypeKind::kList);
  list.element = std::make_shared<const LogicalType>(element);
  return list;
}

FormatSettings Compressed(Compression compression) {
  FormatSettings settings;
  settings.compression = compression;
  return settings;
}
FormatSettings SmallGroups() {
  FormatSettings settings;
  settings.row_group_rows = 7'000;
  return settings;
}

INSTANTIATE_TEST_SUITE_P(Parquet, FormatContract,
                         ::testing::Values(FormatCase{"parquet", &driver(), {}},
                                           FormatCase{"plain", &driver(),
                                                      Compressed(Compression::kNone)},
                                           FormatCase{"groups", &driver(), SmallGroups()}),
                         NameOf);

TEST(Parquet, EveryLogicalTypeHasItsForm) {
  const TypeRow kTable[] = {
      {Type(TypeKind::kBool), "BOOLEAN", "None"},
      {Type(TypeKind::kInt16), "INT32", "Int(bitWidth=16, isSigned=true)"},
      {Type(TypeKind::kInt32), "INT32", "None"},
      {Type(TypeKind::kInt64), "INT64", "None"},
      {Type(TypeKind::kFloat32), "FLOAT", "None"},
      {Type(TypeKind::kFloat64), "DOUBLE", "None"},
      {Type(TypeKind::kDecimal, 9, 2), "INT32", "Decimal(precision=9, scale=2)"},
      {Type(TypeKind::kDecimal, 18, 2), "INT64", "Decimal(precision=18, scale=2)"},
      {Type(TypeKind::kDecimal, 38, 10), "FIXED_LEN_BYTE_ARRAY", "Decimal(precision=38, scale=10)"},
      {Type(TypeKind::kDecimal, 76, 20), "FIXED_LEN_BYTE_ARRAY", "Decimal(precision=76, scale=20)"},
      {Type(TypeKind::kDate), "INT32", "Date"},
      {Type(TypeKind::kTime), "INT64", "Time(isAdjustedToUTC=false, timeUnit=microseconds)"},
      {Type(TypeKind::kTimestamp), "INT64",
       "Timestamp(isAdjustedToUTC=false, timeUnit=microseconds, is_from_converted_type=false, "
       "force_set_converted_type=false)"},
      {Type(TypeKind::kTimestampTz), "INT64",
       "Timestamp(isAdjustedToUTC=true, timeUnit=microseconds, is_from_converted_type=false, "
       "force_set_converted_type=false)"},
      {Type(TypeKind::kText), "BYTE_ARRAY", "String"},
      {Type(TypeKind::kBinary), "BYTE_ARRAY", "None"},
      {Type(TypeKind::kJson), "BYTE_ARRAY", "JSON"},
      {Type(TypeKind::kUuid), "FIXED_LEN_BYTE_ARRAY", "UUID"},
      {Type(TypeKind::kEnum), "BYTE_ARRAY", "String"},
      {Type(TypeKind::kServerText), "BYTE_ARRAY", "String"},
      {ListOf(Type(TypeKind::kUuid)), "FIXED_LEN_BYTE_ARRAY", "UUID"},
      {ListOf(ListOf(Type(TypeKind::kInterval))), "BYTE_ARRAY", "String"},
      {ListOf(Type(TypeKind::kDecimal, 12, 2)), "INT64", "Decimal(precision=12, scale=2)"},
  };
  std::vector<model::Column> columns;
  ::arrow::ArrayVector arrays;
  for (const TypeRow& row : kTable) {
    model::Column column;
    column.name = "c" + std::to_string(columns.size());
    column.native_type = "native";
    column.type = row.type;
    columns.push_back(column);
    arrays.push_back(Values(types::ArrowType(row.type)));
  }
  const auto schema = types::SchemaOf(columns);
  const auto batch = ::arrow::RecordBatch::Make(schema, 3, arrays);
  const std::string bytes = *FileOf({batch});
  const auto reader = Open(bytes);
  const auto& descriptor = *reader->metadata()->schema();
  ASSERT_EQ(descriptor.num_columns(), static_cast<int>(std::size(kTable)));
  for (int i = 0; i < descriptor.num_columns(); ++i) {
    const auto* column = descriptor.Column(i);
    EXPECT_EQ(::parquet::TypeToString(column->physical_type()), kTable[i].physical)
        << model::ToString(kTable[i].type);
    EXPECT_EQ(column->logical_type()->ToString(), kTable[i].logical)
        << model::ToString(kTable[i].type);
    std::string path = "c" + std::to_string(i);
    for (const LogicalType* type = &kTable[i].type; type->kind == TypeKind::kList;
         type = type->element.get())
      path += ".list.element";
    EXPECT_EQ(column->path()->ToDotString(), path);
  }
  const auto table = ReadBack(bytes);
  EXPECT_TRUE(table->schema()->Equals(*schema, /*check_metadata=*/true))
      << table->schema()->ToString(true);
  EXPECT_TRUE(table->Equals(**::arrow::Table::FromRecordBatches({batch})));
}

// Keys, a small domain, random floats and text: with `seed` the same rows every time.
Batch MixedRows(int64_t rows, uint32_t seed = 1) {
  std::mt19937_64 random(seed);
  ::arrow::Int64Builder id, author;
  ::arrow::StringBuilder status, body;
  ::arrow::DoubleBuilder score;
  for (int64_t i = 0; i < rows; ++i) {
    EXPECT_TRUE(id.Append(i).ok() && author.Append(static_cast<int64_t>(random() % 300)).ok());
    EXPECT_TRUE(status.Append(random() % 2 == 0 ? "draft" : "published").ok());
    EXPECT_TRUE(
        (random() % 5 == 0 ? body.AppendNull() : body.Append("text " + std::to_string(random())))
            .ok());
    EXPECT_TRUE(score.Append(static_cast<double>(random()) / 3).ok());
  }
  const auto schema = ::arrow::schema(
      {::arrow::field("id", ::arrow::int64()), ::arrow::field("author", ::arrow::int64()),
       ::arrow::field("status", ::arrow::utf8()), ::arrow::field("body", ::arrow::utf8()),
       ::arrow::field("score", ::arrow::float64())});
  return ::arrow::RecordBatch::Make(
      schema, rows,
      {*id.Finish(), *author.Finish(), *status.Finish(), *body.Finish(), *score.Finish()});
}

Batches CutInto(const Batch& rows, const std::vector<int64_t>& sizes) {
  Batches batches;
  size_t next = 0;
  for (int64_t row = 0; row < rows->num_rows(); row += batches.back()->num_rows()) {
    batches.push_back(rows->Slice(row, sizes[next++ % sizes.size()]));
  }
  return batches;
}

TEST(Parquet, BytesDependOnTheRowsAlone) {
  const Batch rows = MixedRows(60'000);
  FormatSettings settings;
  settings.row_group_rows = 25'000;
  const std::string whole = *FileOf({rows}, settings);
  EXPECT_EQ(*FileOf({rows}, settings), whole);
  EXPECT_EQ(*FileOf(CutInto(rows, {1000, 3, 7777, 0, 1}), settings), whole);
  EXPECT_EQ(*FileOf(CutInto(rows, {4096}), settings), whole);
  EXPECT_TRUE(ReadBack(whole)->Equals(**::arrow::Table::FromRecordBatches({rows})));
  EXPECT_EQ(Open(whole)->metadata()->created_by(), "rivet");
}

TEST(Parquet, BytesOfListsDependOnTheRowsAlone) {
  auto texts = std::make_shared<::arrow::StringBuilder>();
  ::arrow::ListBuilder lists(::arrow::default_memory_pool(), texts,
                             ::arrow::list(::arrow::field("element", ::arrow::utf8())));
  for (int i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(lists.Append().ok());
    for (int j = 0; j < i % 7; ++j)
      ASSERT_TRUE(texts->Append("tag " + std::to_string(i * 31 % 977)).ok());
  }
  const auto array = *lists.Finish();
  const Batch rows = ::arrow::RecordBatch::Make(
      ::arrow::schema({::arrow::field("tags", array->type())}), array->length(), {array});
  const std::string whole = *FileOf({rows});
  EXPECT_EQ(*FileOf(CutInto(rows, {999, 3001})), whole);
  EXPECT_TRUE(ReadBack(whole)->Equals(**::arrow::Table::FromRecordBatches({rows})));
}

std::vector<int64_t> GroupRows(const std::string& bytes) {
  std::vector<int64_t> rows;
  const auto metadata = Open(bytes)->metadata();
  for (int i = 0; i < metadata->num_row_groups(); ++i)
    rows.push_back(metadata->RowGroup(i)->num_rows());
  return rows;
}

TEST(Parquet, RowGroupsEndAtTheirRowsOrBytes) {
  const Batch rows = MixedRows(20'000);
  FormatSettings settings;
  settings.row_group_rows = 9000;
  EXPECT_THAT(GroupRows(*FileOf({rows}, settings)), ElementsAre(9000, 9000, 2000));
  settings.row_group_rows = 10'000;
  EXPECT_THAT(GroupRows(*FileOf({rows}, settings)),
              ElementsAre(10'000, 10'000));  // no empty group at the end

  settings = {};
  settings.row_group_bytes = 256 << 10;
  const auto groups = GroupRows(*FileOf({rows}, settings));
  ASSERT_GT(groups.size(), 2u);
  // About 59 bytes a row: the group ends with the slice of 1024 rows that reaches the limit.
  for (size_t i = 0; i + 1 < groups.size(); ++i) EXPECT_EQ(groups[i], groups[0]);
  EXPECT_GE(groups[0] * 59, 256 << 10);
  EXPECT_LE((groups[0] - 1024) * 59, 256 << 10);
}

TEST(Parquet, RowGroupsOfDataThatDoesNotCompressEndEarly) {
  ::arrow::BinaryBuilder noise;
  std::mt19937_64 random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string cell(8192, 0);
    for (size_t at = 0; at < cell.size(); at += 8) {
      const uint64_t bits = random();
      cell.replace(at, 8, reinterpret_cast<const char*>(&bits), 8);
    }
    ASSERT_TRUE(noise.Append(cell).ok());
  }
  const Batch rows = ::arrow::RecordBatch::Make(
      ::arrow::schema({::arrow::field("noise", ::arrow::binary())}), 3000, {*noise.Finish()});
  FormatSettings settings;
  settings.row_group_bytes = 16 << 20;
  const auto bytes = *FileOf({rows}, settings);
  EXPECT_EQ(*FileOf(CutInto(rows, {100, 333}), settings), bytes);
  EXPECT_LT(GroupRows(bytes).at(0) * 8192,
            13 << 20);  // half of the limit, and the pages and slice after it
  EXPECT_TRUE(ReadBack(bytes)->Equals(**::arrow::Table::FromRecordBatches({rows})));
}

bool HasDictionary(const std::string& bytes, int column) {
  return Open(bytes)->metadata()->RowGroup(0)->ColumnChunk(column)->has_dictionary_page();
}

TEST(Parquet, DictionariesOnlyWhereValuesRepeat) {
  const std::string bytes = *FileOf({MixedRows(20'000)});
  EXPECT_FALSE(HasDictionary(bytes, 0));  // id: all distinct
  EXPECT_TRUE(HasDictionary(bytes, 1));   // author: 300 values
  EXPECT_TRUE(HasDictionary(bytes, 2));   // status
  EXPECT_FALSE(HasDictionary(bytes, 3));  // body
  EXPECT_FALSE(HasDictionary(bytes, 4));  // score
  const std::string hinted = *FileOf({MixedRows(20'000)}, {}, {{}, {}, {.hardly_repeats = true}});
  EXPECT_TRUE(HasDictionary(hinted, 1));
  EXPECT_FALSE(HasDictionary(hinted, 2));
}

TEST(Parquet, NoDictionaryForKeysThatGrowWithTheirParents) {
  ::arrow::Int64Builder order, day, constant;
  for (int64_t i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(order.Append(i / 4).ok() && day.Append(i / 1500).ok() && constant.Append(1).ok());
  }
  const auto schema = ::arrow::schema({::arrow::field("order", ::arrow::int64()),
                                       ::arrow::field("day", ::arrow::int64()),
                                       ::arrow::field("constant", ::arrow::int64())});
  const std::string bytes = *FileOf({::arrow::RecordBatch::Make(
      schema, 20'000, {*order.Finish(), *day.Finish(), *constant.Finish()})});
  EXPECT_FALSE(HasDictionary(bytes, 0));
  EXPECT_TRUE(HasDictionary(bytes, 1));
  EXPECT_TRUE(HasDictionary(bytes, 2));
}

TEST(Parquet, EveryCodecAndLevelReadsBack) {
  const Batch rows = MixedRows(3000);
  const std::pair<Compression, ::parquet::Compression::type> kTable[] = {
      {Compression::kZstd, ::parquet::Compression::ZSTD},
      {Compression::kSnappy, ::parquet::Compression::SNAPPY},
      {Compression::kGzip, ::parquet::Compression::GZIP},
      {Compression::kLz4, ::parquet::Compression::LZ4},
      {Compression::kNone, ::parquet::Compression::UNCOMPRESSED},
  };
  for (const auto& [codec, stored] : kTable) {
    FormatSettings settings;
    settings.compression = codec;
    const std::string bytes = *FileOf({rows}, settings);
    EXPECT_EQ(Open(bytes)->metadata()->RowGroup(0)->ColumnChunk(3)->compression(), stored);
    EXPECT_TRUE(ReadBack(bytes)->Equals(**::arrow::Table::FromRecordBatches({rows})));
  }
  FormatSettings best;
  best.compression_level = 19;
  EXPECT_LT(FileOf({rows}, best)->size(), FileOf({rows})->size());
  best.compression = Compression::kGzip;
  best.compression_level = 0;
  EXPECT_TRUE(FileOf({rows}, best).ok());
}

TEST(Parquet, BytesWrittenGrowsWithTheRowsAndMeetsTheFile) {
  const auto stream = *::arrow::io::BufferOutputStream::Create();
  const auto writer = *driver().open(MixedRows(1)->schema(), {}, stream, {});
  int64_t last = writer->bytes_written();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(writer->Write(*MixedRows(10'000, i)).ok());
    EXPECT_GE(writer->bytes_written(), last);
    last = writer->bytes_written();
  }
  const int64_t bytes = writer->Finish()->bytes;
  EXPECT_GT(last, bytes * 8 / 10);
  EXPECT_LT(last, bytes * 12 / 10);
}

TEST(Parquet, AFileWithoutRowsHasItsSchema) {
  const std::string bytes = *FileOf({MixedRows(0)});
  EXPECT_EQ(ReadBack(bytes)->num_rows(), 0);
  EXPECT_EQ(ReadBack(bytes)->num_columns(), 5);
}

class CountRowsTest : public ::testing::Test {
 protected:
  ~CountRowsTest() override { std::remove(path_.c_str()); }
  Result<int64_t> Count(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc).write(bytes.data(), bytes.size());
    return driver().count_rows(path_, {});
  }
  const std::string path_ = ::testing::TempDir() + "/rivet_count_rows.parquet";
};

TEST_F(CountRowsTest, ReadsTheFooter) {
  EXPECT_EQ(*Count(*FileOf({MixedRows(12'345)})), 12'345);
  EXPECT_EQ(*Count(*FileOf({MixedRows(0)})), 0);
}

TEST_F(CountRowsTest, RefusesWhatIsNoParquetFile) {
  const std::string good = *FileOf({MixedRows(100)});
  for (const std::string& bytes :
       {std::string(), std::string("PAR1"), std::string(100, 'x'), good.substr(0, good.size() - 1),
        good.substr(0, good.size() / 2), "PAR1" + std::string(100, 0) + "\xff\xff\xff\x7fPAR1"}) {
    EXPECT_EQ(CodeOf(Count(bytes).status()), &kUnreadable) << bytes.size();
  }
  EXPECT_FALSE(driver().count_rows(path_ + ".missing", {}).ok());
}

TEST_F(CountRowsTest, SurvivesAByteOfTheFooterChanged) {
  const std::string good = *FileOf({MixedRows(100)});
  for (size_t at = good.size() - 1500; at < good.size(); at += 7) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    const auto rows = Count(bad);  // a number or an error, never a crash
    if (rows.ok()) continue;
    EXPECT_EQ(CodeOf(rows.status()), &kUnreadable) << rows.status().ToString();
  }
}

}  // namespace
}  // namespace rivet::format::parquet
