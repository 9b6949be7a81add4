#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/fault_point.h"
#include "base/hash.h"
#include "engine/copy_unit_internal.h"
#include "model/batch.h"
#include "plan/plan.h"
#include "transform/transform.h"
#include "types/schema.h"

namespace rivet::engine {
namespace {

// Batches that may wait between reader and encoder; their bytes are bounded by the budget.
constexpr int kBatchesAhead = 4;
// With max_file_size a file is cut between pieces of this many rows, not between whole batches.
constexpr int64_t kCutRows = 1024;
constexpr size_t kTokenLetters = 5;

// The writing half of a unit: one open part at a time.
class PartSink {
 public:
  PartSink(const Job& job, const model::Unit& unit, std::shared_ptr<arrow::Schema> schema,
           UnitOutput* output)
      : job_(job), unit_(unit), schema_(std::move(schema)), output_(output) {
    for (const model::Column& column : job.plan.columns) hints_.push_back({column.hardly_repeats});
    hints_.resize(static_cast<size_t>(schema_->num_fields()),
                  {true});  // meta columns: times of a part, hashes
  }

  // What the writer would still say when it is dropped must reach nobody: at the end of a stream it
  // would make half of the rows look like a whole file.
  ~PartSink() {
    if (staged_ != nullptr) staged_->Abandon();
  }

  Status Write(const arrow::RecordBatch& batch) {
    if (!job_.plan.max_file_bytes) return WritePiece(batch);
    for (int64_t at = 0; at < batch.num_rows(); at += kCutRows) {
      ARROW_RETURN_NOT_OK(WritePiece(*batch.Slice(at, kCutRows)));
      if (writer_->bytes_written() >= *job_.plan.max_file_bytes) ARROW_RETURN_NOT_OK(ClosePart());
    }
    return Status::OK();
  }

  // Whoever reads a stream waits for a file: of no rows there is one as well, names and types.
  Status Finish() {
    const bool streams = job_.destination.traits().streams;
    if (streams && output_->parts.empty() && !job_.plan.skip_empty) {
      ARROW_RETURN_NOT_OK(OpenPart());
    }
    return ClosePart();
  }

 private:
  // I1: the footer is written and read back before the destination sees the file.
  Status ClosePart() {
    if (writer_ == nullptr) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const format::FileFacts facts, writer_->Finish());
    ARROW_RETURN_NOT_OK(FaultPoint("footer_written"));
    ARROW_RETURN_NOT_OK(staged_->stream()->Flush());
    int64_t counted = rows_;  // a stream cannot be read back
    if (!job_.destination.traits().streams) {
      ARROW_ASSIGN_OR_RAISE(counted, job_.format.count_rows(staged_->path(), job_.plan.format));
    }
    if (facts.rows != rows_ || counted != rows_ || facts.bytes != staged_->bytes()) {
      return Fail(kRowsDiffer, "rows written " + std::to_string(rows_) + ", rows in the file " +
                                   std::to_string(counted) + ", bytes written " +
                                   std::to_string(facts.bytes) + ", bytes staged " +
                                   std::to_string(staged_->bytes()));
    }
    model::Part part;
    part.path = job_.destination.traits().streams ? job_.destination.uri()
                                                  : PartName(job_, unit_, part_number_++);
    part.rows = rows_;
    part.bytes = staged_->bytes();
    part.fingerprint = FingerprintText(staged_->hash());
    part.unit_index = unit_.index;
    part.created_at = job_.rooms.world.Now();
    const Status put = job_.destination.Put(*staged_, part.path);
    if (!put.ok()) return OrphanOf(put, part);
    output_->parts.push_back(part);
    output_->rows += part.rows;
    ARROW_RETURN_NOT_OK(FaultPoint("published"));
    job_.rooms.observer.On(model::PartWritten{job_.plan.export_name, part});
    writer_.reset();
    staged_.reset();
    rows_ = 0;
    return Status::OK();
  }

  Status OpenPart() {
    if (writer_ != nullptr) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(staged_, job_.destination.Stage(job_.rooms.world, job_.run.run_id));
    ARROW_ASSIGN_OR_RAISE(writer_,
                          job_.format.open(schema_, hints_, staged_->stream(), job_.plan.format));
    return Status::OK();
  }

  Status WritePiece(const arrow::RecordBatch& batch) {
    ARROW_RETURN_NOT_OK(OpenPart());
    ARROW_RETURN_NOT_OK(writer_->Write(batch));
    rows_ += batch.num_rows();
    return Status::OK();
  }

  // A reply can get lost after success: what stands at our unique name is ours, and must be known
  // as quarantined.
  Status OrphanOf(const Status& put, const model::Part& part) {
    if (job_.destination.traits().streams) return put;
    const auto object = job_.destination.Head(part.path);
    if (object.ok() && object->has_value()) output_->parts.push_back(part);
    return put;
  }

  const Job& job_;
  const model::Unit& unit_;
  const std::shared_ptr<arrow::Schema> schema_;
  UnitOutput* const output_;
  std::vector<format::ColumnHint> hints_;
  // The writer is dropped before its file: what its destructor still writes goes to a private name.
  std::unique_ptr<StagedFile> staged_;
  std::unique_ptr<format::FileWriter> writer_;
  int64_t rows_ = 0;
  int part_number_ = 0;
};

// Bytes of a name that mean something to a shell, a path or a terminal.
std::string SafeName(const std::string& name) {
  std::string safe;
  for (char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f || c == '/' || c == '\\' || c == '%') {
      char code[4];
      std::snprintf(code, sizeof code, "%%%02X", byte);
      safe += code;
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string Prefix(const model::Run& run) {
  return SafeName(run.export_name) + "_" + run.stamp + "_";
}

std::vector<model::Altered> AlteredOf(const std::vector<model::Column>& columns,
                                      const std::vector<model::AlteredCounts>& counts) {
  std::vector<model::Altered> altered;
  for (size_t i = 0; i < std::min(columns.size(), counts.size()); ++i) {
    for (const model::SpecialValue what : model::kSpecialValues) {
      const int64_t values = counts[i][static_cast<size_t>(what)];
      if (values == 0) continue;
      altered.push_back({columns[i].name, what, columns[i].policies.Of(what), values});
    }
  }
  return altered;
}

std::string RunLetters(const model::Run& run) {
  constexpr std::string_view kLetters = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string letters;
  for (uint64_t hash = Xxh3(run.run_id); letters.size() < kTokenLetters; hash /= kLetters.size()) {
    letters += kLetters[hash % kLetters.size()];
  }
  return letters;
}

}  // namespace

std::string PartName(const Job& job, const model::Unit& unit, int part) {
  std::string name = Prefix(job.run);
  if (job.plan.mode == model::Mode::kChunked) {
    name += (job.plan.keyset ? "keyset" : "chunk") + std::to_string(unit.index) + "_";
  }
  if (job.plan.max_file_bytes) name += "part" + std::to_string(part) + "_";
  name += RunLetters(job.run) + RandomToken(job.rooms.world).substr(0, kTokenLetters);
  return name + "." + job.format.extension(job.plan.format);
}

bool IsPartOf(const model::Run& run, const std::string& name) {
  if (!name.starts_with(Prefix(run))) return false;
  // An export's name may hold points, an extension may have two parts.
  const size_t dot = name.find('.', Prefix(run).size());
  const size_t token = 2 * kTokenLetters;
  if (dot == std::string::npos || dot < token) return false;
  return name.compare(dot - token, kTokenLetters, RunLetters(run)) == 0;
}

Status CopyUnit(const Job& job, const model::Unit& unit, source::Source& source,
                const std::stop_token& stop, UnitOutput* output) {
  const Rooms& rooms = job.rooms;
  ARROW_ASSIGN_OR_RAISE(const model::BoundedQuery query, plan::QueryOf(job.plan, unit));
  // A stop of its own: the end of this unit stops its reader, not the run.
  std::stop_source unit_stop;
  const std::stop_callback passed_on(stop, [&unit_stop] { unit_stop.request_stop(); });
  source::Pacer pacer(rooms.world, job.plan.tuning, job.plan.limits.batch_bytes_max);
  // Of this attempt only: what a failed one counted is forgotten with it.
  std::vector<model::AlteredCounts> altered;
  const source::ReadContext context{rooms.world,    unit_stop.get_token(), pacer,   rooms.budget,
                                    rooms.observer, job.plan.export_name,  &altered};
  transform::Tally tally;
  ARROW_ASSIGN_OR_RAISE(transform::BatchReader rows, source.Read(query, context));
  rows = transform::Count(std::move(rows), &tally);
  rows = transform::ReadAhead(rooms.world, std::move(rows), &rooms.budget, unit_stop, kBatchesAhead,
                              "rivet-read");
  ARROW_ASSIGN_OR_RAISE(
      rows, transform::AddMetaColumns(std::move(rows), job.plan.meta, rooms.world.Now()));

  PartSink sink(job, unit, rows->schema(), output);
  bool first = true;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(rows->ReadNext(&batch));
    if (batch == nullptr) break;
    ARROW_RETURN_NOT_OK(FaultPoint(first ? "first_batch" : "mid_chunk"));
    first = false;
    if (batch->num_rows() > 0) ARROW_RETURN_NOT_OK(sink.Write(*batch));
    rooms.observer.On(
        model::RowsRead{job.plan.export_name, batch->num_rows(), model::BatchBytes(*batch)});
  }
  ARROW_RETURN_NOT_OK(sink.Finish());
  rows.reset();  // joins the reading thread: from here on the tallies are ours
  if (output->rows != tally.rows) {
    return Fail(kRowsDiffer, "rows read " + std::to_string(tally.rows) + ", rows written " +
                                 std::to_string(output->rows));
  }
  output->null_counts = tally.nulls;
  output->altered = AlteredOf(job.plan.columns, altered);
  return Status::OK();
}

}  // namespace rivet::engine
