#pragma once

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/io/memory.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "format/format.h"
#include "types/schema.h"

// One suite for all formats. A driver's test includes <gtest/gtest.h>, then this, and instantiates
// FormatContract, once for each way of writing that differs.
namespace rivet::format {

struct FormatCase {
  std::string name;
  const Driver* driver;
  model::FormatSettings settings;
};
inline std::string NameOf(const ::testing::TestParamInfo<FormatCase>& info) {
  return info.param.name;
}

// Takes so many bytes, then fails as a full disk does.
class FailingStream : public arrow::io::OutputStream {
 public:
  explicit FailingStream(int64_t bytes_taken) : left_(bytes_taken) {}
  Status Close() override { return Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  using arrow::io::OutputStream::Write;
  Status Write(const void*, int64_t bytes) override {
    if (bytes > left_) return Fail(kFull, "no space");
    left_ -= bytes;
    position_ += bytes;
    return Status::OK();
  }

  static constexpr FaultCode kFull{"RIVET_TEST_FULL", FaultClass::kPermanent, "Free space."};

 private:
  int64_t left_, position_ = 0;
};

class FormatContract : public ::testing::TestWithParam<FormatCase> {
 protected:
  using Batch = std::shared_ptr<arrow::RecordBatch>;

  void SetUp() override {
    path_ =
        ::testing::TempDir() + "rivet_format_" + std::to_string(::getpid()) + "_" + GetParam().name;
  }
  ~FormatContract() override { ::unlink(path_.c_str()); }

  const Driver& driver() const { return *GetParam().driver; }
  Result<std::unique_ptr<FileWriter>> Open(const std::shared_ptr<arrow::Schema>& schema,
                                           const std::shared_ptr<arrow::io::OutputStream>& stream) {
    return driver().open(schema, {}, stream, GetParam().settings);
  }
  // The bytes of a file of these batches; its facts are checked on the way.
  std::string FileOf(const std::shared_ptr<arrow::Schema>& schema,
                     const std::vector<Batch>& batches) {
    const auto stream = arrow::io::BufferOutputStream::Create().ValueOrDie();
    const auto writer = Open(schema, stream).ValueOrDie();
    int64_t rows = 0;
    for (const Batch& batch : batches) {
      const Status written = writer->Write(*batch);
      EXPECT_TRUE(written.ok()) << written;
      rows += batch->num_rows();
    }
    const auto facts = writer->Finish();
    EXPECT_TRUE(facts.ok()) << facts.status();
    const auto buffer = stream->Finish().ValueOrDie();
    if (facts.ok()) {
      EXPECT_EQ(facts->rows, rows);
      EXPECT_EQ(facts->bytes, buffer->size());
    }
    return buffer->ToString();
  }
  std::string FileOf(const Batch& batch) { return FileOf(batch->schema(), {batch}); }
  Result<int64_t> Count(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return driver().count_rows(path_, GetParam().settings);
  }

  // Numbers, awkward texts and NULLs; every row is another one.
  static Batch Rows(int64_t count, int64_t first = 0) {
    const std::vector<std::string> texts = {"",
                                            "plain",
                                            "comma, quote \" and \"\"",
                                            "line\nfeed",
                                            "carriage\rreturn",
                                            "\r\n",
                                            " blank ",
                                            "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x81",
                                            "\"",
                                            std::string("nul\0inside", 10)};
    arrow::Int64Builder numbers;
    arrow::StringBuilder words, long_words;
    for (int64_t row = first; row < first + count; ++row) {
      EXPECT_TRUE(numbers.Append(row).ok());
      const auto& text = texts[static_cast<size_t>(row) % texts.size()];
      EXPECT_TRUE((row % 7 == 3 ? words.AppendNull() : words.Append(text)).ok());
      EXPECT_TRUE(long_words.Append(std::string(40, static_cast<char>('a' + row % 26))).ok());
    }
    const auto schema = arrow::schema({arrow::field("id", arrow::int64()),
                                       arrow::field("a \"name\"", arrow::utf8()),
                                       arrow::field("long", arrow::utf8())});
    return arrow::RecordBatch::Make(schema, count,
                                    {numbers.Finish().ValueOrDie(), words.Finish().ValueOrDie(),
                                     long_words.Finish().ValueOrDie()});
  }

 private:
  std::string path_;
};

TEST_P(FormatContract, SaysItsNameAndItsExtension) {
  EXPECT_FALSE(driver().name.empty());
  const std::string extension = driver().extension(GetParam().settings);
  EXPECT_EQ(extension.substr(0, driver().name.size()), driver().name);
  EXPECT_EQ(extension.find_first_of("/ "), std::string::npos);
  EXPECT_NE(extension.back(), '.');
}

TEST_P(FormatContract, WhatIsWrittenIsCounted) {
  for (const int64_t rows : {0, 1, 2, 1'000, 20'000}) {
    EXPECT_EQ(Count(FileOf(Rows(rows))).ValueOrDie(), rows);
  }
}

TEST_P(FormatContract, AFileWithoutABatchIsAFile) {
  const auto schema = Rows(0)->schema();
  EXPECT_EQ(Count(FileOf(schema, {})).ValueOrDie(), 0);
  EXPECT_EQ(FileOf(schema, {}), FileOf(Rows(0)));
}

TEST_P(FormatContract, BytesDependOnRowsAndNotOnBatches) {
  const Batch whole = Rows(30'000);
  const std::string bytes = FileOf(whole);
  EXPECT_EQ(FileOf(whole), bytes);
  std::vector<Batch> pieces;
  const int64_t sizes[] = {1, 0, 999, 4'096, 10'000, 14'904};
  int64_t at = 0;
  for (const int64_t size : sizes) {
    pieces.push_back(whole->Slice(at, size));
    at += size;
  }
  ASSERT_EQ(at, whole->num_rows());
  EXPECT_EQ(FileOf(whole->schema(), pieces), bytes);
  EXPECT_NE(FileOf(Rows(30'000, 1)), bytes);
}

TEST_P(FormatContract, BytesWrittenIsAFairEstimate) {
  const auto stream = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto writer = Open(Rows(0)->schema(), stream).ValueOrDie();
  int64_t estimate = 0;
  for (int64_t first = 0; first < 200'000; first += 10'000) {
    ASSERT_TRUE(writer->Write(*Rows(10'000, first)).ok());
    estimate = writer->bytes_written();
  }
  const int64_t bytes = writer->Finish().ValueOrDie().bytes;
  EXPECT_GT(estimate, bytes / 3);
  EXPECT_LT(estimate, bytes * 3);
}

TEST_P(FormatContract, AStreamThatFailsBreaksTheFile) {
  const auto size = static_cast<int64_t>(FileOf(Rows(30'000)).size());
  for (const int64_t taken : {int64_t{0}, int64_t{1}, size / 2, size - 1}) {
    const auto stream = std::make_shared<FailingStream>(taken);
    Status status;
    if (auto writer = Open(Rows(0)->schema(), stream); writer.ok()) {
      for (int64_t first = 0; first < 30'000 && status.ok(); first += 10'000)
        status = (*writer)->Write(*Rows(10'000, first));
      if (status.ok()) status = (*writer)->Finish().status();
      EXPECT_FALSE(status.ok()) << taken << " of " << size;
      EXPECT_FALSE((*writer)->Write(*Rows(1)).ok());
      EXPECT_FALSE((*writer)->Finish().ok());
    } else {
      status = writer.status();
    }
    EXPECT_EQ(CodeOf(status), &FailingStream::kFull) << status;
  }
}

TEST_P(FormatContract, AFinishedFileTakesNoMore) {
  const auto stream = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto writer = Open(Rows(0)->schema(), stream).ValueOrDie();
  ASSERT_TRUE(writer->Write(*Rows(3)).ok());
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_FALSE(writer->Write(*Rows(3)).ok());
  EXPECT_FALSE(writer->Finish().ok());
}

TEST_P(FormatContract, ABatchOfAnotherSchemaIsRefused) {
  const auto stream = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto writer = Open(Rows(0)->schema(), stream).ValueOrDie();
  EXPECT_FALSE(writer->Write(*Rows(3)->RemoveColumn(1).ValueOrDie()).ok());
  EXPECT_FALSE(writer->Finish().ok());
}

TEST_P(FormatContract, ATypeWithoutAFormIsAnEncodeError) {
  const auto type = arrow::month_day_nano_interval();
  const auto schema = arrow::schema({arrow::field("span", type)});
  const auto batch =
      arrow::RecordBatch::Make(schema, 1, {arrow::MakeArrayOfNull(type, 1).ValueOrDie()});
  Status status = driver().check(*schema, GetParam().settings);
  if (status.ok()) {
    const auto stream = arrow::io::BufferOutputStream::Create().ValueOrDie();
    const auto writer = Open(schema, stream).ValueOrDie();
    status = writer->Write(*batch);
    if (status.ok()) status = writer->Finish().status();
  }
  EXPECT_TRUE(Is(status, kEncode)) << status;
}

TEST_P(FormatContract, EveryTypeWithoutPartsHasAForm) {
  using enum model::TypeKind;
  std::vector<model::Column> columns;
  for (const model::TypeKind kind :
       {kBool, kInt16, kInt32, kInt64, kUInt64, kFloat32, kFloat64, kDate, kTime, kTimestamp,
        kTimestampTz, kText, kBinary, kJson, kUuid, kEnum, kInterval, kServerText}) {
    model::Column column;
    column.name = "c" + std::to_string(columns.size());
    column.type.kind = kind;
    columns.push_back(column);
  }
  for (const int precision : {9, 18, 38, 76}) {
    model::Column column;
    column.name = "d" + std::to_string(precision);
    column.type = {.kind = kDecimal, .precision = precision, .scale = 4, .tag = {}, .element = {}};
    columns.push_back(column);
  }
  const auto schema = types::SchemaOf(columns);
  const Status checked = driver().check(*schema, GetParam().settings);
  ASSERT_TRUE(checked.ok()) << checked;
  arrow::ArrayVector arrays;
  for (const auto& field : schema->fields())
    arrays.push_back(arrow::MakeArrayOfNull(field->type(), 5).ValueOrDie());
  EXPECT_EQ(Count(FileOf(arrow::RecordBatch::Make(schema, 5, arrays))).ValueOrDie(), 5);
}

TEST_P(FormatContract, ATornFileIsNotCounted) {
  const std::string good = FileOf(Rows(100));
  for (const size_t bytes : {size_t{0}, size_t{1}, good.size() / 2, good.size() - 1}) {
    const auto rows = Count(good.substr(0, bytes));
    EXPECT_TRUE(Is(rows.status(), kUnreadable)) << bytes << " bytes: " << rows.status();
  }
}

TEST_P(FormatContract, AFileThatIsNotThereIsAnError) {
  EXPECT_FALSE(driver().count_rows("/nonexistent/rivet", GetParam().settings).ok());
}

TEST_P(FormatContract, AFileWithAWrongByteGivesANumberOrAnError) {
  const std::string good = FileOf(Rows(300));
  const size_t step = std::max<size_t>(1, good.size() / 400);
  for (size_t at = 0; at < good.size(); at += step) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    const auto rows = Count(bad);
    if (rows.ok()) {
      EXPECT_GE(*rows, 0);
    } else {
      EXPECT_TRUE(Is(rows.status(), kUnreadable)) << rows.status();
    }
  }
}

}  // namespace rivet::format
