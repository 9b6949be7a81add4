#include "format/csv/csv.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/extension_type.h>
#include <arrow/io/compressed.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/compression.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "format/csv/codec_internal.h"
#include "format/csv/count_internal.h"
#include "format/format_suite.h"
#include "types/schema.h"

namespace rivet::format::csv {
namespace {

using model::Compression;
using model::CsvSettings;
using model::FormatSettings;
using ::testing::HasSubstr;

FormatSettings With(const std::function<void(CsvSettings*)>& change) {
  FormatSettings settings;
  settings.format = "csv";
  change(&settings.csv);
  return settings;
}
FormatSettings Plain() {
  return With([](CsvSettings*) {});
}

INSTANTIATE_TEST_SUITE_P(Csv, FormatContract,
                         ::testing::Values(FormatCase{"csv", &driver(), Plain()},
                                           FormatCase{"gzip", &driver(), With([](CsvSettings* csv) {
                                                        csv->compression = Compression::kGzip;
                                                      })},
                                           FormatCase{"zstd", &driver(), With([](CsvSettings* csv) {
                                                        csv->compression = Compression::kZstd;
                                                      })},
                                           FormatCase{"quoted", &driver(),
                                                      With([](CsvSettings* csv) {
                                                        csv->quote_all = csv->crlf = true;
                                                        csv->delimiter = ';';
                                                        csv->null_value = "\\N";
                                                      })}),
                         NameOf);

// One column of texts, and beside it a number, so that no line is empty.
using Cell = std::optional<std::string>;

std::shared_ptr<arrow::RecordBatch> Texts(const std::vector<Cell>& cells,
                                          const std::string& name = "t", bool alone = false) {
  arrow::StringBuilder texts;
  arrow::Int64Builder numbers;
  int64_t number = 0;
  for (const Cell& cell : cells) {
    EXPECT_TRUE((cell ? texts.Append(*cell) : texts.AppendNull()).ok());
    EXPECT_TRUE(numbers.Append(++number).ok());
  }
  const auto rows = static_cast<int64_t>(cells.size());
  const auto text = arrow::field(name, arrow::utf8());
  if (alone) return arrow::RecordBatch::Make(arrow::schema({text}), rows, {*texts.Finish()});
  return arrow::RecordBatch::Make(arrow::schema({text, arrow::field("n", arrow::int64())}), rows,
                                  {*texts.Finish(), *numbers.Finish()});
}

Result<std::string> TextOf(const std::shared_ptr<arrow::RecordBatch>& batch,
                           const FormatSettings& settings = Plain()) {
  ARROW_ASSIGN_OR_RAISE(const auto stream, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(const auto writer, driver().open(batch->schema(), {}, stream, settings));
  ARROW_RETURN_NOT_OK(writer->Write(*batch));
  ARROW_RETURN_NOT_OK(writer->Finish().status());
  ARROW_ASSIGN_OR_RAISE(const auto buffer, stream->Finish());
  return buffer->ToString();
}

// The cell of one text, as the file has it.
std::string CellOf(const Cell& cell, const FormatSettings& settings = Plain()) {
  FormatSettings bare = settings;
  bare.csv.header = false;
  const std::string line = TextOf(Texts({cell}), bare).ValueOrDie();
  const std::string rest = settings.csv.quote_all ? "\"1\"\n" : "1\n";
  return line.substr(0, line.size() - rest.size() - 1);
}

TEST(Csv, QuotesWhatReadersWouldTakeApart) {
  EXPECT_EQ(CellOf("plain"), "plain");
  EXPECT_EQ(CellOf("inner blank"), "inner blank");
  EXPECT_EQ(CellOf("a,b"), "\"a,b\"");
  EXPECT_EQ(CellOf("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(CellOf("\""), "\"\"\"\"");
  EXPECT_EQ(CellOf("a\nb"), "\"a\nb\"");
  EXPECT_EQ(CellOf("a\rb"), "\"a\rb\"");
  EXPECT_EQ(CellOf("\r"), "\"\r\"");
  EXPECT_EQ(CellOf(" a"), "\" a\"");
  EXPECT_EQ(CellOf("a\t"), "\"a\t\"");
  EXPECT_EQ(CellOf(std::string("a\0b", 3)), std::string("\"a\0b\"", 5));
  EXPECT_EQ(CellOf("\xf0\x9f\x8e\x81"), "\xf0\x9f\x8e\x81");
}

// Blocks and their rest are looked at in different ways.
TEST(Csv, FindsWhatNeedsQuotesAnywhereInATextOfAnyLength) {
  for (size_t length = 1; length < 70; ++length) {
    const std::string plain(length, 'x');
    EXPECT_EQ(CellOf(plain), plain);
    for (size_t at = 0; at < length; ++at) {
      for (const char special : {',', '\r', '\n'}) {
        std::string text = plain;
        text[at] = special;
        EXPECT_EQ(CellOf(text), "\"" + text + "\"") << length << " at " << at;
      }
    }
  }
}

TEST(Csv, NullIsNothingAndTheEmptyTextIsTwoQuotes) {
  EXPECT_EQ(CellOf(std::nullopt), "");
  EXPECT_EQ(CellOf(""), "\"\"");
  const auto null_word = With([](CsvSettings* csv) { csv->null_value = "NULL"; });
  EXPECT_EQ(CellOf(std::nullopt, null_word), "NULL");
  EXPECT_EQ(CellOf("NULL", null_word), "\"NULL\"");
  EXPECT_EQ(CellOf("NULLS", null_word), "NULLS");
  EXPECT_EQ(CellOf("", null_word), "\"\"");
  const auto quoted = With([](CsvSettings* csv) { csv->quote_all = true; });
  EXPECT_EQ(CellOf(std::nullopt, quoted), "");
  EXPECT_EQ(CellOf("", quoted), "\"\"");
  EXPECT_EQ(CellOf("a", quoted), "\"a\"");
}

TEST(Csv, ANumberThatReadsLikeNullIsQuoted) {
  const auto settings = With([](CsvSettings* csv) { csv->null_value = "2"; });
  EXPECT_EQ(*TextOf(Texts({"x", "y", std::nullopt}), settings), "t,n\nx,1\ny,\"2\"\n2,3\n");
}

TEST(Csv, ADelimiterThatNumbersHoldQuotesThem) {
  const auto type = arrow::decimal128(8, 2);
  const auto array = *arrow::json::ArrayFromJSONString(type, R"(["-1.50", "2.00", null])");
  const auto batch = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("a.b", type), arrow::field("c", type)}), 3, {array, array});
  EXPECT_EQ(*TextOf(batch, With([](CsvSettings* csv) { csv->delimiter = '.'; })),
            "\"a.b\".c\n\"-1.50\".\"-1.50\"\n\"2.00\".\"2.00\"\n.\n");
  EXPECT_EQ(*TextOf(batch, With([](CsvSettings* csv) { csv->delimiter = '\t'; })),
            "a.b\tc\n-1.50\t-1.50\n2.00\t2.00\n\t\n");
}

TEST(Csv, TheHeaderFollowsTheRulesOfCells) {
  const auto header = [](const std::string& name, const FormatSettings& settings = Plain()) {
    return TextOf(Texts({}, name), settings).ValueOrDie();
  };
  EXPECT_EQ(header("a,b"), "\"a,b\",n\n");
  EXPECT_EQ(header("say \"x\""), "\"say \"\"x\"\"\",n\n");
  EXPECT_EQ(header(" a"), "\" a\",n\n");
  EXPECT_EQ(header(""), "\"\",n\n");
  EXPECT_EQ(header("NULL", With([](CsvSettings* csv) { csv->null_value = "NULL"; })),
            "\"NULL\",n\n");
  EXPECT_EQ(header("t", With([](CsvSettings* csv) { csv->quote_all = true; })), "\"t\",\"n\"\n");
  EXPECT_EQ(header("t", With([](CsvSettings* csv) { csv->header = false; })), "");
}

TEST(Csv, LinesEndAsTheyAreAskedTo) {
  EXPECT_EQ(*TextOf(Texts({"x"})), "t,n\nx,1\n");
  EXPECT_EQ(*TextOf(Texts({"x"}), With([](CsvSettings* csv) { csv->crlf = true; })),
            "t,n\r\nx,1\r\n");
}

TEST(Csv, FormulasAreDisarmedOnlyInTextsAndOnlyWhenAsked) {
  const auto escape = With([](CsvSettings* csv) { csv->escape_formulas = true; });
  EXPECT_EQ(CellOf("=1+1"), "=1+1");
  for (const char* text : {"=1+1", "+1", "-1", "@x"})
    EXPECT_EQ(CellOf(text, escape), "'" + std::string(text));
  EXPECT_EQ(CellOf("a=1", escape), "a=1");
  EXPECT_EQ(CellOf("=\"x\"", escape), "\"'=\"\"x\"\"\"");
  const auto number = *arrow::json::ArrayFromJSONString(arrow::int64(), "[-1]");
  const auto batch =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("n", arrow::int64())}), 1, {number});
  EXPECT_EQ(*TextOf(batch, escape), "n\n-1\n");
}

// Of one column, NULL must not be an empty line: readers pass over those.
TEST(Csv, ALineIsNeverEmpty) {
  const auto numbers =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("n", arrow::int64())}), 3,
                               {*arrow::json::ArrayFromJSONString(arrow::int64(), "[1, null, 3]")});
  EXPECT_EQ(*TextOf(numbers), "n\n1\n\"\"\n3\n");
  EXPECT_EQ(*TextOf(numbers, With([](CsvSettings* csv) { csv->null_value = "\\N"; })),
            "n\n1\n\\N\n3\n");
  EXPECT_EQ(*TextOf(Texts({"a", "", "\\."}, "t", true)), "t\na\n\"\"\n\"\\.\"\n");
  const Status status = TextOf(Texts({"a", std::nullopt}, "t", true)).status();
  EXPECT_TRUE(Is(status, kEncode)) << status;
  EXPECT_THAT(status.message(), HasSubstr("`t`"));
  EXPECT_EQ(*TextOf(Texts({"", std::nullopt}, "t", true),
                    With([](CsvSettings* csv) { csv->null_value = "\\N"; })),
            "t\n\"\"\n\\N\n");
}

TEST(Csv, BinaryIsHexOrBase64) {
  const std::vector<std::string> values = {
      "", "f", "fo", "foo", "foob", "fooba", "foobar", std::string("\xff\xfe\x00", 3)};
  arrow::BinaryBuilder bytes;
  for (const std::string& value : values) ASSERT_TRUE(bytes.Append(value).ok());
  ASSERT_TRUE(bytes.AppendNull().ok());
  const auto array = *bytes.Finish();
  const auto batch = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("b", arrow::binary()), arrow::field("c", arrow::binary())}),
      array->length(), {array, array});
  EXPECT_EQ(*TextOf(batch),
            "b,c\n\"\",\"\"\n66,66\n666f,666f\n666f6f,666f6f\n666f6f62,666f6f62\n"
            "666f6f6261,666f6f6261\n666f6f626172,666f6f626172\nfffe00,fffe00\n,\n");
  EXPECT_EQ(*TextOf(batch, With([](CsvSettings* csv) { csv->binary_base64 = true; })),
            "b,c\n\"\",\"\"\nZg==,Zg==\nZm8=,Zm8=\nZm9v,Zm9v\nZm9vYg==,Zm9vYg==\n"
            "Zm9vYmE=,Zm9vYmE=\nZm9vYmFy,Zm9vYmFy\n//4A,//4A\n,\n");
}

TEST(Csv, EveryTypeHasItsText) {
  struct Row {
    std::shared_ptr<arrow::DataType> type;
    const char* json;
    const char* cells;
  };
  const Row kTable[] = {
      {arrow::boolean(), "[true, false]", "true false"},
      {arrow::int16(), "[-32768, 32767]", "-32768 32767"},
      {arrow::int64(), "[-9223372036854775808, 9223372036854775807]",
       "-9223372036854775808 9223372036854775807"},
      {arrow::uint64(), "[18446744073709551615]", "18446744073709551615"},
      {arrow::float32(), "[0.1, 3.4028235e38]", "0.1 3.4028235e+38"},
      {arrow::float64(), "[0.1, -0.0, 5e-324]", "0.1 -0 5e-324"},
      {arrow::decimal128(5, 2), "[\"0.05\", \"-123.40\"]", "0.05 -123.40"},
      {arrow::decimal256(60, 3), "[\"123456789012345678901234567890123456789012345678901234.500\"]",
       "123456789012345678901234567890123456789012345678901234.500"},
      {arrow::date32(), "[0, -1, -735233, 2932897]",
       "1970-01-01 1969-12-31 -0043-01-01 +10000-01-01"},
      {arrow::time64(arrow::TimeUnit::MICRO), "[0, 86399999999]",
       "00:00:00.000000 23:59:59.999999"},
      {arrow::timestamp(arrow::TimeUnit::MICRO), "[-1]", "1969-12-31T23:59:59.999999"},
      {arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "[0]", "1970-01-01T00:00:00.000000Z"},
  };
  for (const Row& row : kTable) {
    const auto array = *arrow::json::ArrayFromJSONString(row.type, row.json);
    const auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("c", row.type)}),
                                                array->length(), {array});
    std::string text = *TextOf(batch);
    std::replace(text.begin(), text.end(), '\n', ' ');
    EXPECT_EQ(text, "c " + std::string(row.cells) + " ") << row.type->ToString();
  }
}

TEST(Csv, FloatsKeepTheirWords) {
  arrow::DoubleBuilder floats;
  for (const double value : {std::nan(""), HUGE_VAL, -HUGE_VAL})
    ASSERT_TRUE(floats.Append(value).ok());
  const auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("f", arrow::float64())}),
                                              3, {*floats.Finish()});
  EXPECT_EQ(*TextOf(batch), "f\nNaN\nInfinity\n-Infinity\n");
}

std::shared_ptr<arrow::RecordBatch> Floats() {
  arrow::DoubleBuilder doubles;
  arrow::FloatBuilder floats;
  for (const double value : {1.5, std::nan(""), HUGE_VAL, -HUGE_VAL, 0.0}) {
    EXPECT_TRUE(doubles.Append(value).ok());
    EXPECT_TRUE(floats.Append(static_cast<float>(value)).ok());
  }
  EXPECT_TRUE(doubles.AppendNull().ok() && floats.Append(-2).ok());
  return arrow::RecordBatch::Make(
      arrow::schema({arrow::field("d", arrow::float64()), arrow::field("f", arrow::float32())}), 6,
      {*doubles.Finish(), *floats.Finish()});
}

FormatSettings Special(model::FloatSpecial special) {
  return With([&](CsvSettings* csv) {
    csv->float_special = special;
    csv->nested_json = true;
  });
}

TEST(Csv, SpecialFloatsAreEmptyCellsWhenAsked) {
  const auto empty = Special(model::FloatSpecial::kEmpty);
  EXPECT_EQ(*TextOf(Floats(), empty), "d,f\n1.5,1.5\n,\n,\n,\n0,0\n,-2\n");
  EXPECT_EQ(*TextOf(Floats()->Slice(1, 4), empty), "d,f\n,\n,\n,\n0,0\n");
  FormatSettings null_word = empty;
  null_word.csv.null_value = "\\N";
  EXPECT_EQ(*TextOf(Floats()->Slice(2, 3), null_word), "d,f\n\\N,\\N\n\\N,\\N\n0,0\n");
  // As NULL of a single column: never an empty line.
  EXPECT_EQ(*TextOf(*Floats()->SelectColumns({1}), empty), "f\n1.5\n\"\"\n\"\"\n\"\"\n0\n-2\n");
}

TEST(Csv, SpecialFloatsStopTheRunByNameWhenAsked) {
  const auto fail = Special(model::FloatSpecial::kFail);
  EXPECT_EQ(*TextOf(Floats()->Slice(4, 2), fail), "d,f\n0,0\n,-2\n");
  const std::pair<int64_t, const char*> kTable[] = {
      {1, "holds NaN,"}, {2, "holds Infinity,"}, {3, "holds -Infinity,"}};
  for (const auto& [row, value] : kTable) {
    const Status status = TextOf(Floats()->Slice(row, 1), fail).status();
    EXPECT_TRUE(Is(status, kEncode)) << status;
    EXPECT_THAT(status.message(), HasSubstr("`d` " + std::string(value)));
    EXPECT_THAT(FaultOf(status).hints, ::testing::SizeIs(1));
  }
  const Status single = TextOf(*Floats()->SelectColumns({1}), fail).status();
  EXPECT_THAT(single.message(), HasSubstr("`f` holds NaN,"));
}

TEST(Csv, SpecialFloatsWithinListsAreTreatedAlike) {
  const auto type = arrow::list(arrow::float32());
  arrow::ListBuilder lists(arrow::default_memory_pool(), std::make_shared<arrow::FloatBuilder>(),
                           type);
  auto& floats = static_cast<arrow::FloatBuilder&>(*lists.value_builder());
  ASSERT_TRUE(lists.Append().ok() && floats.Append(std::nanf("")).ok() && floats.Append(1).ok());
  ASSERT_TRUE(lists.AppendNull().ok());
  ASSERT_TRUE(lists.Append().ok() && floats.Append(2).ok() && floats.AppendNull().ok());
  const auto batch =
      arrow::RecordBatch::Make(arrow::schema({arrow::field("l", type), arrow::field("m", type)}), 3,
                               {*lists.Finish(), *arrow::MakeArrayOfNull(type, 3)});
  EXPECT_EQ(*TextOf(batch, Special(model::FloatSpecial::kNames)),
            "l,m\n\"[\"\"NaN\"\",1]\",\n,\n\"[2,null]\",\n");
  EXPECT_EQ(*TextOf(batch, Special(model::FloatSpecial::kEmpty)),
            "l,m\n\"[null,1]\",\n,\n\"[2,null]\",\n");
  EXPECT_EQ(*TextOf(batch->Slice(1, 2), Special(model::FloatSpecial::kEmpty)),
            "l,m\n,\n\"[2,null]\",\n");
  const auto fail = Special(model::FloatSpecial::kFail);
  EXPECT_THAT(TextOf(batch, fail).status().message(), HasSubstr("`l` holds NaN,"));
  // What lies before the rows is none of theirs.
  EXPECT_EQ(*TextOf(batch->Slice(1, 2), fail), "l,m\n,\n\"[2,null]\",\n");
}

TEST(Csv, SpecialFloatsWithinListsOfListsAreTreatedAlike) {
  const auto inner_type = arrow::list(arrow::float64());
  const auto inner = std::make_shared<arrow::ListBuilder>(
      arrow::default_memory_pool(), std::make_shared<arrow::DoubleBuilder>(), inner_type);
  arrow::ListBuilder lists(arrow::default_memory_pool(), inner, arrow::list(inner_type));
  auto& floats = static_cast<arrow::DoubleBuilder&>(*inner->value_builder());
  for (const double value : {std::nan(""), 2.0}) {
    ASSERT_TRUE(lists.Append().ok() && inner->Append().ok() && floats.Append(1).ok());
    ASSERT_TRUE(inner->Append().ok() && floats.Append(value).ok());
  }
  const auto array = *lists.Finish();
  const auto batch = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("l", array->type()), arrow::field("m", arrow::int32())}), 2,
      {array, *arrow::MakeArrayOfNull(arrow::int32(), 2)});
  EXPECT_EQ(*TextOf(batch, Special(model::FloatSpecial::kNames)),
            "l,m\n\"[[1],[\"\"NaN\"\"]]\",\n\"[[1],[2]]\",\n");
  EXPECT_EQ(*TextOf(batch, Special(model::FloatSpecial::kEmpty)),
            "l,m\n\"[[1],[null]]\",\n\"[[1],[2]]\",\n");
  const auto fail = Special(model::FloatSpecial::kFail);
  EXPECT_THAT(TextOf(batch, fail).status().message(), HasSubstr("`l` holds NaN,"));
  EXPECT_EQ(*TextOf(batch->Slice(1, 1), fail), "l,m\n\"[[1],[2]]\",\n");
}

TEST(Csv, UuidAndJsonAreTheirTexts) {
  model::Column uuid, json;
  uuid.name = "u", uuid.type.kind = model::TypeKind::kUuid;
  json.name = "j", json.type.kind = model::TypeKind::kJson;
  const auto schema = types::SchemaOf({uuid, json});
  arrow::FixedSizeBinaryBuilder uuids(arrow::fixed_size_binary(16));
  ASSERT_TRUE(
      uuids.Append("\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef").ok());
  arrow::StringBuilder texts;
  ASSERT_TRUE(texts.Append(R"({"a": 1, "b": "x"})").ok());
  const auto batch = arrow::RecordBatch::Make(
      schema, 1,
      {arrow::ExtensionType::WrapArray(schema->field(0)->type(), *uuids.Finish()),
       arrow::ExtensionType::WrapArray(schema->field(1)->type(), *texts.Finish())});
  EXPECT_EQ(*TextOf(batch),
            "u,j\n01234567-89ab-cdef-0123-456789abcdef,\"{\"\"a\"\": 1, \"\"b\"\": \"\"x\"\"}\"\n");
}

TEST(Csv, ListsAreRefusedByNameOrWrittenAsJson) {
  const auto type = arrow::list(arrow::utf8());
  const auto array =
      *arrow::json::ArrayFromJSONString(type, R"([["a", null, "b,\"c\""], [], null])");
  const auto schema = arrow::schema({arrow::field("tags", type), arrow::field("more", type)});
  const auto batch = arrow::RecordBatch::Make(schema, 3, {array, array});
  const Status refused = driver().check(*schema, Plain());
  EXPECT_TRUE(Is(refused, kEncode)) << refused;
  EXPECT_EQ(FaultsOf(refused).size(), 2U);
  EXPECT_THAT(refused.message(), HasSubstr("`tags`"));
  EXPECT_THAT(FaultsOf(refused)[1].message, HasSubstr("`more`"));
  EXPECT_FALSE(TextOf(batch).ok());
  const auto json = With([](CsvSettings* csv) { csv->nested_json = true; });
  EXPECT_TRUE(driver().check(*schema, json).ok());
  const std::string cell = R"("[""a"",null,""b,\""c\""""]")";
  EXPECT_EQ(*TextOf(batch, json), "tags,more\n" + cell + "," + cell + "\n[],[]\n,\n");
}

TEST(Csv, SettingsThatWouldRuinAFileAreRefused) {
  const auto check = [](const std::function<void(CsvSettings*)>& change) {
    return driver().check(*Texts({})->schema(), With(change));
  };
  for (const char delimiter : {'"', '\r', '\n'})
    EXPECT_TRUE(Is(check([&](CsvSettings* csv) { csv->delimiter = delimiter; }), kEncode));
  for (const char* null_value : {"a,b", "\"\"", "\n"})
    EXPECT_TRUE(Is(check([&](CsvSettings* csv) { csv->null_value = null_value; }), kEncode));
  EXPECT_TRUE(
      Is(check([](CsvSettings* csv) { csv->compression = Compression::kSnappy; }), kEncode));
  EXPECT_TRUE(check([](CsvSettings* csv) { csv->delimiter = '\x01'; }).ok());
  EXPECT_TRUE(Is(driver().check(*arrow::schema(arrow::FieldVector{}), Plain()), kEncode));
}

TEST(Csv, SlicesAreWrittenAsTheirRows) {
  EXPECT_EQ(*TextOf(Texts({"a", std::nullopt, "", "d"})->Slice(1, 2)), "t,n\n,2\n\"\",3\n");
}

TEST(Csv, CompressedFilesHoldThePlainTextAndNoTime) {
  std::vector<Cell> cells;
  for (int i = 0; i < 50'000; ++i) cells.emplace_back("text " + std::to_string(i * 7919));
  const auto batch = Texts(cells);
  const std::string plain = *TextOf(batch);
  for (const auto compression : {Compression::kGzip, Compression::kZstd}) {
    const auto settings = With([&](CsvSettings* csv) { csv->compression = compression; });
    const std::string packed = *TextOf(batch, settings);
    EXPECT_LT(packed.size(), plain.size() / 2);
    const auto codec = *CodecOf(compression);
    const auto stream = *arrow::io::CompressedInputStream::Make(
        codec.get(), std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(packed)));
    EXPECT_EQ((*stream->Read(static_cast<int64_t>(plain.size()) + 1))->ToString(), plain);
    if (compression == Compression::kGzip) {
      EXPECT_EQ(packed.substr(0, 2), "\x1f\x8b");
      EXPECT_EQ(packed.substr(4, 4), std::string(4, '\0'));  // the time
    }
  }
}

TEST(Csv, TheExtensionTellsTheCompression) {
  EXPECT_EQ(driver().extension(Plain()), "csv");
  EXPECT_EQ(
      driver().extension(With([](CsvSettings* csv) { csv->compression = Compression::kGzip; })),
      "csv.gz");
  EXPECT_EQ(
      driver().extension(With([](CsvSettings* csv) { csv->compression = Compression::kZstd; })),
      "csv.zst");
}

TEST(Csv, ACellOfMegabytesIsWrittenWhole) {
  const std::string huge(9'000'000, '"');
  const std::string text = *TextOf(Texts({"a", huge, "b"}));
  EXPECT_EQ(text.size(), std::string("t,n\na,1\n,2\nb,3\n").size() + 2 * huge.size() + 2);
  EXPECT_EQ(text.substr(text.size() - 9), "\"\",2\nb,3\n");
}

int64_t RecordsIn(const std::string& text, size_t piece) {
  RecordCounter counter;
  for (size_t at = 0; at < text.size(); at += piece)
    counter.Add(std::string_view(text).substr(at, piece));
  return counter.at_end() ? counter.records() : -1;
}

TEST(RecordCounter, CountsLineEndsOutsideQuotesHoweverTheTextIsCut) {
  const std::pair<const char*, int64_t> kTable[] = {
      {"", 0},           {"a\n", 1},
      {"a\nb\r\n", 2},   {"\n", 1},
      {"a", -1},         {"a\nb", -1},
      {"\"a\nb\"\n", 1}, {"\"a\"\"\n\"\"b\"\n\"\"\n", 2},
      {"\"a\n", -1},     {"x,\"\r\n\",\"\"\"\n\"\ny\n", 2},
  };
  for (const auto& [text, records] : kTable) {
    for (const size_t piece : {1, 2, 3, 100}) EXPECT_EQ(RecordsIn(text, piece), records) << text;
  }
}

}  // namespace
}  // namespace rivet::format::csv
