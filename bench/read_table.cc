// Reads one export into Arrow batches and drops them: what reading alone costs, without a file.
//
//   bench_read_table CONFIG EXPORT     one line of JSON: rows, Arrow bytes, CPU and wall seconds
#include <arrow/record_batch.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "base/budget.h"
#include "base/world.h"
#include "config/config.h"
#include "engine/engine.h"
#include "model/batch.h"
#include "model/observer.h"
#include "plan/plan.h"
#include "source/source.h"

namespace rivet::source::postgres {
const Driver& driver();
}
namespace rivet::source::mysql {
const Driver& driver();
}

namespace rivet {
namespace {

constexpr int64_t kBudgetBytes = 256 << 20;

class Deaf : public model::Observer {
 public:
  void On(const model::Event&) override {}
};

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

struct Total {
  int64_t rows = 0, bytes = 0;
};

Status ReadUnit(source::Source& source, const model::Plan& plan, const model::Unit& unit,
                const source::ReadContext& context, Total* total) {
  ARROW_ASSIGN_OR_RAISE(const model::BoundedQuery query, plan::QueryOf(plan, unit));
  ARROW_ASSIGN_OR_RAISE(const source::BatchReader reader, source.Read(query, context));
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) return Status::OK();
    const int64_t bytes = model::BatchBytes(*batch);
    total->rows += batch->num_rows();
    total->bytes += bytes;
    context.budget.Give(bytes);
  }
}

Status ReadTable(World& world, const std::string& path, const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(const config::Config config, config::Load(path, config::LoadOptions{}));
  ARROW_ASSIGN_OR_RAISE(const config::Export* item, config.Find(name));
  engine::Drivers drivers;
  drivers.sources = {&source::postgres::driver(), &source::mysql::driver()};
  ARROW_ASSIGN_OR_RAISE(const auto source,
                        engine::SourceOpener(world, drivers, config, name)(std::stop_token()));
  ARROW_ASSIGN_OR_RAISE(const engine::Prepared prepared, engine::Prepare(*source, config, *item));
  const model::Plan& plan = prepared.plan;
  Budget budget(world, kBudgetBytes);
  Deaf deaf;
  source::Pacer pacer(world, plan.tuning, plan.limits.batch_bytes_max);
  const source::ReadContext context{world, std::stop_token(), pacer, budget, deaf, name};

  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  const auto begun = std::chrono::steady_clock::now();
  Total total;
  for (const model::Unit& unit : plan.units)
    ARROW_RETURN_NOT_OK(ReadUnit(*source, plan, unit, context, &total));
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
  getrusage(RUSAGE_SELF, &after);
  std::printf(
      "{\"rows\": %lld, \"arrow_bytes\": %lld, \"user_s\": %.3f, \"system_s\": %.3f, "
      "\"wall_s\": %.3f}\n",
      static_cast<long long>(total.rows), static_cast<long long>(total.bytes),
      Seconds(after.ru_utime) - Seconds(before.ru_utime),
      Seconds(after.ru_stime) - Seconds(before.ru_stime), wall.count());
  return Status::OK();
}

}  // namespace
}  // namespace rivet

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: bench_read_table CONFIG EXPORT\n");
    return 2;
  }
  const auto world = rivet::MakeRealWorld();
  const rivet::Status status = rivet::ReadTable(*world, argv[1], argv[2]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
