#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "config/config.h"
#include "config/faults.h"
#include "config/mistakes_internal.h"

namespace rivet::config {
namespace {

namespace fs = std::filesystem;

class Load : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name =
        (fs::temp_directory_path() / ("rivet-config-" + std::string(6, 'X'))).string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = fs::canonical(name);
    fs::create_directory(folder_ / "conf");
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Write(const fs::path& path, const std::string& text) {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << text;
  }
  Result<Config> WithQueryFile(const std::string& path) {
    Write("conf/rivet.yaml",
          "source: { type: postgres, url_env: DB }\nexports:\n  - name: a\n    query_file: " +
              path + "\n    format: parquet\n    destination: { type: local, path: ./out }\n");
    return config::Load((folder_ / "conf/rivet.yaml").string(), TestOptions({{"site", "it's"}}));
  }

  fs::path folder_;
};

TEST_F(Load, ASampleConfig) {
  Write("conf/sql/price_list.sql", "SELECT * FROM price_list WHERE site = ${site:sql}\n");
  Write("conf/rivet.yaml",
        "source: { type: postgres, url_env: SHOP_DB_URL, environment: local }\n"
        "exports:\n"
        "  - name: countries\n"
        "    table: ref.countries\n"
        "    format: parquet\n"
        "    skip_empty: true\n"
        "    destination: { type: local, path: \"./landing/{export}/{date}\" }\n"
        "  - name: price_list\n"
        "    query_file: sql/price_list.sql\n"
        "    format: parquet\n"
        "    mode: chunked\n"
        "    chunk_column: id\n"
        "    chunk_size: 5000\n"
        "    parallel: 4\n"
        "    chunk_checkpoint: true\n"
        "    chunk_max_attempts: 7\n"
        "    compression: gzip\n"
        "    compression_level: 5\n"
        "    max_file_size: 1.5GB\n"
        "    meta_columns: { exported_at: true, row_hash: true }\n"
        "    columns: { price: \"decimal(12,2)\" }\n"
        "    parquet: { row_group_strategy: fixed_rows, row_group_rows: 1000 }\n"
        "    tuning: { profile: safe, batch_size: 500, throttle_ms: 0, max_value_mb: 0 }\n"
        "    destination: { type: local, path: \"./landing/{export}/{date}\" }\n");
  const std::string path = (folder_ / "conf/rivet.yaml").string();
  const auto config = config::Load(path, TestOptions({{"site", "it's"}}));
  ASSERT_TRUE(config.ok()) << Shown(config.status());
  EXPECT_EQ(config->path, path);
  EXPECT_EQ(config->folder, (folder_ / "conf").string());
  EXPECT_TRUE(config->warnings.empty());
  EXPECT_EQ(config->source.type, "postgres");
  EXPECT_EQ(config->source.url_env, "SHOP_DB_URL");
  EXPECT_EQ(config->source.environment, "local");
  EXPECT_FALSE(config->source.tls.has_value());
  ASSERT_EQ(config->exports.size(), 2u);

  const Export& countries = config->exports[0];
  EXPECT_EQ(countries.table, "ref.countries");
  EXPECT_EQ(countries.mode, model::Mode::kFull);
  EXPECT_TRUE(countries.skip_empty);
  EXPECT_FALSE(countries.has_parquet);
  EXPECT_EQ(countries.place.line, 3);
  EXPECT_EQ(countries.place.file, path);
  EXPECT_EQ(DestinationRoot(*config, countries),
            (folder_ / "conf/landing/{export}/{date}").string());

  const Export& prices = config->exports[1];
  EXPECT_EQ(prices.query, "SELECT * FROM price_list WHERE site = 'it''s'\n");
  EXPECT_EQ(prices.query_file, "sql/price_list.sql");
  EXPECT_EQ(prices.mode, model::Mode::kChunked);
  EXPECT_EQ(prices.chunk_column, "id");
  EXPECT_EQ(prices.chunk_size, 5000);
  EXPECT_EQ(prices.parallel, 4);
  EXPECT_TRUE(prices.chunk_checkpoint);
  EXPECT_EQ(prices.chunk_max_attempts, 7);
  EXPECT_EQ(prices.compression, "gzip");
  EXPECT_EQ(prices.compression_level, 5);
  EXPECT_EQ(prices.max_file_bytes, 3LL << 29);
  EXPECT_TRUE(prices.meta.exported_at && prices.meta.row_hash);
  EXPECT_EQ(prices.columns.at("price"), "decimal(12,2)");
  EXPECT_TRUE(prices.has_parquet);
  EXPECT_EQ(prices.parquet.row_group_rows, 1000);
  EXPECT_EQ(prices.tuning.profile, "safe");
  EXPECT_EQ(prices.tuning.batch_size, 500);
  EXPECT_EQ(prices.tuning.throttle_ms, 0);
  EXPECT_EQ(prices.tuning.max_value_mb, 0);
}

TEST_F(Load, TheStructuredConnection) {
  Write("conf/certs/ca.pem", "x");
  const auto config = LoadTest(
      InConnection("  host: h\n  user: u\n  database: d\n  port: 6000\n  password: ${SECRET}\n"
                   "  tls: { ca_file: certs/ca.pem, accept_invalid_hostnames: false }\n"),
      (folder_ / "conf").string());
  ASSERT_TRUE(config.ok()) << Shown(config.status());
  EXPECT_EQ(config->source.host, "h");
  EXPECT_EQ(config->source.user, "u");
  EXPECT_EQ(config->source.database, "d");
  EXPECT_EQ(config->source.port, 6000);
  EXPECT_EQ(config->source.password->Reveal(), "canary-s3cret");
  EXPECT_FALSE(config->source.url.has_value());
  ASSERT_TRUE(config->source.tls.has_value());
  EXPECT_EQ(config->source.tls->mode, "verify-full");
  EXPECT_EQ(config->source.tls->ca_file, "certs/ca.pem");
}

TEST_F(Load, UnsetConnectionVariablesAreNoMatterAtLoad) {
  EXPECT_TRUE(LoadTest(InConnection("  url_env: UNSET\n")).ok());
  EXPECT_TRUE(LoadTest(InConnection("  url_file: /nowhere/at/all\n")).ok());
  EXPECT_TRUE(
      LoadTest(InConnection("  host: h\n  user: u\n  database: d\n  password_env: UNSET\n")).ok());
}

TEST_F(Load, RelativePathsCountFromTheWorkingFolder) {
  Write("conf/rivet.yaml", InExport(""));
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  const auto config = config::Load("./conf/rivet.yaml", TestOptions());
  fs::current_path(before);
  ASSERT_TRUE(config.ok()) << Shown(config.status());
  EXPECT_EQ(config->path, "./conf/rivet.yaml");
  EXPECT_EQ(config->folder, (folder_ / "conf").string());
}

TEST_F(Load, UnreadableFiles) {
  const auto missing = config::Load((folder_ / "none.yaml").string(), TestOptions());
  EXPECT_TRUE(Is(missing.status(), kFileUnreadable));
  EXPECT_NE(Shown(missing.status()).find("none.yaml"), std::string::npos);
  EXPECT_NE(Shown(missing.status()).find("rivet init"), std::string::npos);
  EXPECT_TRUE(Is(config::Load(folder_.string(), TestOptions()).status(), kFileUnreadable));
  EXPECT_TRUE(Is(config::Load("/dev/zero", TestOptions()).status(), kFileUnreadable));
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  EXPECT_TRUE(
      Is(config::Load((folder_ / "fifo").string(), TestOptions()).status(), kFileUnreadable));
  Write("large.yaml", std::string((1 << 20) + 1, '#'));
  EXPECT_TRUE(
      Is(config::Load((folder_ / "large.yaml").string(), TestOptions()).status(), kFileUnreadable));
}

TEST_F(Load, QueryFilesStayBelowTheFolder) {
  Write("outside.sql", "SELECT 1");
  Write("conf/inside.sql", "SELECT 2");
  fs::create_symlink(folder_ / "outside.sql", folder_ / "conf/out-link.sql");
  fs::create_symlink(folder_, folder_ / "conf/up");
  fs::create_symlink("inside.sql", folder_ / "conf/in-link.sql");
  ASSERT_EQ(::mkfifo((folder_ / "conf/fifo").c_str(), 0600), 0);
  Write("conf/large.sql", std::string((1 << 20) + 1, ' '));
  Write("conf/blank.sql", " \n\t\n");
  Write("conf/latin1.sql", "SELECT '\xE9'");
  Write("conf/zero.sql", std::string("SELECT\0 1", 9));
  const std::pair<const char*, const FaultCode*> cases[] = {
      {"out-link.sql", &kPathUnsafe},      {"up/outside.sql", &kPathUnsafe},
      {"none.sql", &kFileUnreadable},      {"fifo", &kFileUnreadable},
      {"large.sql", &kFileUnreadable},     {"blank.sql", &kExportSourceInvalid},
      {"latin1.sql", &kFileUnreadable},    {"zero.sql", &kFileUnreadable},
      {"sql/../inside.sql", &kPathUnsafe}, {"./", &kFileUnreadable}};
  for (const auto& [path, code] : cases) {
    const auto config = WithQueryFile(path);
    EXPECT_TRUE(Is(config.status(), *code)) << path << " " << Shown(config.status());
    EXPECT_EQ(FaultOf(config.status()).place->line, 4) << path;
    EXPECT_EQ(FaultsOf(config.status()).size(), 1u) << path << Shown(config.status());
  }
  EXPECT_EQ(WithQueryFile("in-link.sql")->exports[0].query, "SELECT 2");
  EXPECT_EQ(WithQueryFile("./inside.sql")->exports[0].query, "SELECT 2");
}

TEST_F(Load, PlaceholdersOfQueryFilesAreToldInThem) {
  Write("conf/q.sql", "SELECT 1\n  -- é ${UNSET}\n");
  const Fault fault = FaultOf(WithQueryFile("q.sql").status());
  EXPECT_EQ(fault.code, &kSecretUnset);
  EXPECT_EQ(fault.place->file, "q.sql");
  EXPECT_EQ(fault.place->line, 2);
  EXPECT_EQ(fault.place->column, 8);
  EXPECT_EQ(fault.export_name, "a");
}

TEST_F(Load, StandardInput) {
  Write("rivet.yaml", InExport("    compresion: zstd\n"));
  const int before = ::dup(STDIN_FILENO);
  ASSERT_NE(std::freopen((folder_ / "rivet.yaml").c_str(), "r", stdin), nullptr);
  const auto config = config::Load("-", TestOptions());
  ASSERT_GE(::dup2(before, STDIN_FILENO), 0);
  ::close(before);
  EXPECT_TRUE(Is(config.status(), kUnknownKey)) << Shown(config.status());
  EXPECT_EQ(FaultOf(config.status()).place->file, "<stdin>");
}

TEST_F(Load, ATextThatWasReadBeforeIsTakenAsItWas) {
  Write("conf/rivet.yaml", InExport(""));
  const std::string path = (folder_ / "conf/rivet.yaml").string();
  const auto text = config::ReadText(path);
  ASSERT_TRUE(text.ok()) << Shown(text.status());
  Write("conf/rivet.yaml", "nothing: of use\n");
  const auto config = config::Load(*text, TestOptions());
  ASSERT_TRUE(config.ok()) << Shown(config.status());
  EXPECT_EQ(config->path, path);
  EXPECT_EQ(config->folder, (folder_ / "conf").string());
  EXPECT_EQ(config->exports[0].name, "orders");
}

TEST_F(Load, FindKnowsTheDeclaredNames) {
  const auto config = LoadTest(InExport(""));
  ASSERT_TRUE(config.ok());
  EXPECT_EQ((*config->Find("orders"))->name, "orders");
  const Fault fault = FaultOf(config->Find("ordres").status());
  EXPECT_EQ(fault.code, &kUnknownExport);
  EXPECT_EQ(fault.hints, (std::vector<std::string>{"did you mean `orders`?", "declared: orders"}));
}

TEST_F(Load, DefaultsAreMergedDeepAndGiveWay) {
  const auto config = LoadTest(
      "defaults:\n  format: csv\n  skip_empty: true\n  chunk_size: 7\n  columns: { a: text, b: "
      "text "
      "}\n  tuning: { profile: safe, max_retries: 9 }\n  destination: { type: local, path: "
      "\"./out/{export}\" }\n"
      "source: { type: postgres, url_env: DB }\n"
      "exports:\n"
      "  - { name: a, table: a }\n"
      "  - { name: b, table: b, mode: chunked, format: parquet, skip_empty: false, columns: { b: "
      "date }, tuning: { max_retries: 1 } }\n"
      "  - { name: c, table: c, tuning:, destination: { type: stdout } }\n");
  ASSERT_TRUE(config.ok()) << Shown(config.status());
  const Export &a = config->exports[0], &b = config->exports[1], &c = config->exports[2];
  EXPECT_EQ(a.format, "csv");
  EXPECT_TRUE(a.skip_empty);
  EXPECT_EQ(a.chunk_size, std::nullopt) << "full has no use for it";
  EXPECT_EQ(a.destination.path, "./out/{export}");
  EXPECT_EQ(b.format, "parquet");
  EXPECT_FALSE(b.skip_empty);
  EXPECT_EQ(b.chunk_size, 7);
  EXPECT_EQ(b.columns.at("a"), "text");
  EXPECT_EQ(b.columns.at("b"), "date");
  EXPECT_EQ(b.tuning.profile, "safe");
  EXPECT_EQ(b.tuning.max_retries, 1);
  EXPECT_EQ(c.tuning.max_retries, std::nullopt) << "a key without a value takes the default back";
  EXPECT_EQ(c.destination.path, "");
}

TEST_F(Load, DefaultsUnderManyExportsAreBounded) {
  std::string text = "defaults: { columns: {";
  for (int i = 0; i < 1000; ++i) text += " c" + std::to_string(i) + ": text,";
  text += " last: text } }\nsource: { type: postgres, url_env: DB }\nexports:\n";
  for (int i = 0; i < 600; ++i)
    text += "  - { name: e" + std::to_string(i) +
            ", table: t, format: csv, destination: { type: stdout } }\n";
  EXPECT_NE(
      Shown(LoadTest(text).status()).find("`defaults` is too large to be put under each of 600"),
      std::string::npos);
}

TEST_F(Load, PasswordFiles) {
  const auto read = [&](const std::string& text) {
    Write("conf/secret", text);
    const auto password = ReadPasswordFile((folder_ / "conf").string(), "secret");
    return password.ok() ? password->Reveal() : Shown(password.status());
  };
  EXPECT_EQ(read("p w'd \n"), "p w'd ");
  EXPECT_EQ(read("pw\r\n"), "pw");
  EXPECT_EQ(read("pw\n\n"), "pw\n");
  EXPECT_EQ(read(""), "");
  EXPECT_TRUE(Is(ReadPasswordFile("/nowhere", "secret").status(), kFileUnreadable));
  EXPECT_EQ(ReadPasswordFile("/nowhere", (folder_ / "conf/secret").string())->Reveal(), "");
}

TEST_F(Load, KeysOfTheRoot) {
  auto config = LoadTest(InExport("parallel_exports: true\nstate: { path: books/../rivet.db }\n"),
                         "/etc/rivet");
  ASSERT_TRUE(config.ok()) << Shown(config.status());
  EXPECT_TRUE(config->parallel_exports);
  EXPECT_EQ(config->state_path, "/etc/rivet/rivet.db");
  config = LoadTest(InExport(""));
  EXPECT_FALSE(config->parallel_exports);
  EXPECT_FALSE(config->parallel_export_processes);
  EXPECT_EQ(config->state_path, "");
  EXPECT_TRUE(LoadTest(InExport("parallel_export_processes: true\n"))->parallel_export_processes);
  EXPECT_EQ(LoadTest(InExport("state: { path: /srv/rivet.db }\n"))->state_path, "/srv/rivet.db");
}

TEST_F(Load, WhatCannotRunInOneInvocation) {
  const auto config = LoadTest(
      "source: { type: postgres, url_env: DB }\n"
      "exports:\n"
      "  - { name: a, table: a, format: csv, destination: { type: stdout } }\n"
      "  - { name: b, table: b, format: csv, destination: { type: stdout } }\n"
      "  - { name: c, table: c, format: csv, destination: { type: local, path: ./out } }\n"
      "  - { name: d, table: d, format: csv, destination: { type: local, path: out/ } }\n"
      "  - { name: e, table: e, format: csv, destination: { type: local, path: \"out/{run_id}\" } "
      "}\n"
      "  - { name: f, table: f, format: csv, destination: { type: local, path: \"out/{run_id}\" } "
      "}\n");
  ASSERT_TRUE(config.ok()) << Shown(config.status());
  const auto judged = [&](std::initializer_list<size_t> chosen, Together together = {}) {
    std::vector<const Export*> exports;
    for (const size_t i : chosen) exports.push_back(&config->exports[i]);
    return CheckTogether(*config, exports, together);
  };
  EXPECT_TRUE(judged({0, 2, 4, 5}).ok());
  EXPECT_TRUE(judged({0}, {.at_once = true}).ok());
  EXPECT_TRUE(judged({2, 4}, {.at_once = true, .json = true}).ok());
  EXPECT_TRUE(Is(judged({2, 3}), kSharedPrefix));
  EXPECT_EQ(FaultOf(judged({2, 3})).place->line, 6);
  EXPECT_TRUE(Is(judged({0, 1}), kStdoutUnsupported));
  EXPECT_TRUE(Is(judged({0}, {.json = true}), kStdoutUnsupported));
  EXPECT_TRUE(Is(judged({0, 2}, {.at_once = true}), kStdoutUnsupported));
  EXPECT_EQ(FaultsOf(judged({0, 1, 2, 3})).size(), 2u);
}

TEST_F(Load, MergedDefaultsMayBeShared) {
  const auto config = LoadTest(
      "x-base: &base\n  format: parquet\n  destination: { type: local, path: \"./out/{export}\" }\n"
      "source: { type: postgres, url_env: DB }\n"
      "exports:\n  - { <<: *base, name: a, table: a }\n  - { <<: *base, name: b, table: b, "
      "skip_empty: true }\n");
  ASSERT_TRUE(config.ok()) << Shown(config.status());
  EXPECT_EQ(config->exports[1].destination.path, "./out/{export}");
  EXPECT_TRUE(config->exports[1].skip_empty);
}

}  // namespace
}  // namespace rivet::config
