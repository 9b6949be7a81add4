#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/ipc/writer.h>
#include <arrow/type.h>
#include <arrow/util/base64.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/schema.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_writer.h>
#include <parquet/metadata.h>
#include <parquet/properties.h>

#include <utility>

#include "format/parquet/group_tap_internal.h"
#include "model/batch.h"

namespace rivet::format::parquet {

using GroupSchema = std::shared_ptr<::parquet::schema::GroupNode>;
using KeyValues = std::shared_ptr<const ::arrow::KeyValueMetadata>;

// Stands where Parquet's own file contents stand, passes everything on, and remembers the open row
// group.
class TappedWriter::Tap : public ::parquet::ParquetFileWriter::Contents {
 public:
  Tap(GroupSchema schema, KeyValues metadata, std::unique_ptr<::parquet::ParquetFileWriter> inner,
      std::shared_ptr<::parquet::RowGroupWriter*> group)
      : Contents(std::move(schema), std::move(metadata)),
        inner_(std::move(inner)),
        group_(std::move(group)) {}

  void Close() override {
    *group_ = nullptr;
    inner_->Close();
    file_metadata_ = inner_->metadata();
  }
  ::parquet::RowGroupWriter* AppendRowGroup() override {
    return *group_ = inner_->AppendRowGroup();
  }
  ::parquet::RowGroupWriter* AppendBufferedRowGroup() override {
    *group_ = nullptr;  // the one before ends inside the call
    return *group_ = inner_->AppendBufferedRowGroup();
  }
  int64_t num_rows() const override { return inner_->num_rows(); }
  int num_columns() const override { return inner_->num_columns(); }
  int num_row_groups() const override { return inner_->num_row_groups(); }
  const std::shared_ptr<::parquet::WriterProperties>& properties() const override {
    return inner_->properties();
  }
  void AddKeyValueMetadata(const KeyValues& metadata) override {
    inner_->AddKeyValueMetadata(metadata);
  }

 private:
  std::unique_ptr<::parquet::ParquetFileWriter> inner_;
  std::shared_ptr<::parquet::RowGroupWriter*> group_;
};

TappedWriter::~TappedWriter() = default;

Result<std::unique_ptr<TappedWriter>> TappedWriter::Open(
    const std::shared_ptr<::arrow::Schema>& schema,
    const std::shared_ptr<::arrow::io::OutputStream>& stream,
    const std::shared_ptr<::parquet::WriterProperties>& properties) {
  const auto arrow_properties =
      ::parquet::ArrowWriterProperties::Builder().set_use_threads(false)->build();
  std::shared_ptr<::parquet::SchemaDescriptor> descriptor;
  ARROW_RETURN_NOT_OK(
      ::parquet::arrow::ToParquetSchema(schema.get(), *properties, *arrow_properties, &descriptor));
  const auto group_schema =
      std::static_pointer_cast<::parquet::schema::GroupNode>(descriptor->schema_root());

  // What store_schema() would add; only FileWriter::Open reads that switch.
  ARROW_ASSIGN_OR_RAISE(const auto serialized,
                        ::arrow::ipc::SerializeSchema(*schema, model::Pool()));
  KeyValues metadata = ::arrow::key_value_metadata(
      {"ARROW:schema"}, {::arrow::util::base64_encode(std::string_view(*serialized))});

  auto tapped = std::unique_ptr<TappedWriter>(new TappedWriter);
  tapped->group_ = std::make_shared<::parquet::RowGroupWriter*>(nullptr);
  auto inner = ::parquet::ParquetFileWriter::Open(stream, group_schema, properties, metadata);
  auto outer = std::make_unique<::parquet::ParquetFileWriter>();
  outer->Open(std::make_unique<Tap>(group_schema, metadata, std::move(inner), tapped->group_));
  ARROW_RETURN_NOT_OK(::parquet::arrow::FileWriter::Make(model::Pool(), std::move(outer), schema,
                                                         arrow_properties, &tapped->file_));
  return tapped;
}

TappedWriter::Buffered TappedWriter::buffered() const {
  const ::parquet::RowGroupWriter* group = *group_;
  if (group == nullptr) return {};
  const auto open = group->estimated_buffered_stats();
  // Pages of columns with a dictionary wait for it compressed; those of the others are already in
  // their sink.
  return {group->total_compressed_bytes() + group->total_compressed_bytes_written(),
          open.def_level_bytes + open.rep_level_bytes + open.value_bytes + open.dict_bytes};
}

}  // namespace rivet::format::parquet
