#pragma once

#include <arrow/io/interfaces.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "destination/destination.h"

// One suite for all destinations, in two parts: HandOverContract for every one, DestinationContract
// for those that keep files (not Traits::streams). A driver's test includes <gtest/gtest.h>, then
// this, and instantiates what applies.
namespace rivet::destination {

// One place, which may be opened several times: each is like another process.
class DestinationHouse {
 public:
  virtual ~DestinationHouse() = default;
  virtual Result<std::unique_ptr<Destination>> Open(World& world, const std::string& run_id) = 0;
  // What whoever reads there finds at a key; empty where there is nothing.
  virtual std::string Received(World& world, const std::string& key) {
    const auto bytes = Open(world, "orders_1").ValueOrDie()->GetBytes(key, 1 << 20);
    return bytes.ok() ? *bytes : "";
  }
};

struct DestinationPlace {
  std::string name;
  std::function<std::unique_ptr<DestinationHouse>()> make;
};
inline std::string NameOf(const ::testing::TestParamInfo<DestinationPlace>& info) {
  return info.param.name;
}

class DestinationFixture : public ::testing::TestWithParam<DestinationPlace> {
 protected:
  void SetUp() override {
    house_ = GetParam().make();
    place_ = house_->Open(*world_, "orders_1").ValueOrDie();
    const Status prepared = place_->Prepare();
    ASSERT_TRUE(prepared.ok()) << prepared;
  }
  std::unique_ptr<StagedFile> Staged(std::string_view bytes) {
    auto file = place_->Stage(*world_, "orders_1").ValueOrDie();
    EXPECT_TRUE(file->stream()->Write(bytes.data(), static_cast<int64_t>(bytes.size())).ok());
    return file;
  }
  Status Put(std::string_view bytes, const std::string& key) {
    return place_->Put(*Staged(bytes), key);
  }
  std::string Get(const std::string& key) {
    const auto bytes = place_->GetBytes(key, 1 << 20);
    return bytes.ok() ? *bytes : bytes.status().ToString();
  }
  std::string Keys(const std::string& prefix) {
    std::vector<std::string> keys;
    for (const Object& object : place_->List(prefix).ValueOrDie()) keys.push_back(object.key);
    std::sort(keys.begin(), keys.end());
    std::string all;
    for (const std::string& key : keys) all += (all.empty() ? "" : " ") + key;
    return all;
  }

  const std::unique_ptr<World> world_ = MakeRealWorld();
  std::unique_ptr<DestinationHouse> house_;
  std::unique_ptr<Destination> place_;
};

class HandOverContract : public DestinationFixture {};
class DestinationContract : public DestinationFixture {};

TEST_P(HandOverContract, WhatIsPutArrivesAsAWhole) {
  const std::string bytes = std::string("first\0line\n", 11) + std::string(700'000, 'z') + "end";
  const auto file = Staged(bytes);
  EXPECT_EQ(file->bytes(), static_cast<int64_t>(bytes.size()));
  EXPECT_EQ(file->hash(), Xxh3(bytes));
  ASSERT_TRUE(place_->Put(*file, "a.parquet").ok());
  EXPECT_TRUE(house_->Received(*world_, "a.parquet") == bytes);
}

TEST_P(HandOverContract, AnEmptyFileArrives) {
  EXPECT_TRUE(Put("", "empty").ok());
  EXPECT_EQ(house_->Received(*world_, "empty"), "");
}

TEST_P(HandOverContract, WhatIsDroppedOrAbandonedNeverArrives) {
  {
    const auto file = Staged("half of it");
    file->Abandon();
    EXPECT_FALSE(file->stream()->Write("footer", 6).ok());
    EXPECT_FALSE(place_->Put(*file, "a").ok());
  }
  EXPECT_EQ(house_->Received(*world_, "a"), "");
}

TEST_P(HandOverContract, SaysWhatItIs) {
  EXPECT_FALSE(place_->uri().empty());
  EXPECT_TRUE(place_->Prepare().ok());
  const bool streams = place_->traits().streams;
  const Status looked = place_->Head("a").status();
  EXPECT_EQ(Is(looked, kNotKept), streams) << looked;
  EXPECT_EQ(place_->PutBytes("x", "manifest.json", std::nullopt).ok(), !streams);
  for (const Status& status :
       {place_->GetBytes("b", 10).status(), place_->List("").status(), place_->Hash("b").status(),
        place_->LocalPath("b").status(), place_->Move("b", "c"), place_->Sweep("r").status()}) {
    EXPECT_EQ(Is(status, kNotKept), streams) << status;
  }
  EXPECT_EQ(place_->staging_folder().empty(), streams);
}

TEST_P(DestinationContract, WhatIsPutIsThereAsAWhole) {
  const std::string bytes = std::string("first\0line\n", 11) + std::string(300'000, 'z');
  ASSERT_TRUE(Put(bytes, "a.parquet").ok());
  EXPECT_EQ(Get("a.parquet"), bytes);
  const auto head = place_->Head("a.parquet").ValueOrDie();
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->key, "a.parquet");
  EXPECT_EQ(head->bytes, static_cast<int64_t>(bytes.size()));
  EXPECT_EQ(place_->Hash("a.parquet").ValueOrDie(), Xxh3(bytes));
  EXPECT_FALSE(place_->LocalPath("a.parquet").ValueOrDie().empty());
  EXPECT_EQ(Keys(""), "a.parquet");
}

TEST_P(DestinationContract, PutNeverReplaces) {
  ASSERT_TRUE(Put("first", "a").ok());
  const Status second = Put("second", "a");
  EXPECT_TRUE(Is(second, kNameTaken)) << second;
  EXPECT_EQ(Get("a"), "first");
  EXPECT_EQ(place_->Head("a").ValueOrDie()->bytes, 5);
  EXPECT_EQ(Keys(""), "a");
}

TEST_P(DestinationContract, AStagedFileThatIsDroppedIsNeverSeen) {
  { const auto file = Staged("half of it"); }
  const auto file = Staged("in the making");
  EXPECT_EQ(Keys(""), "");
  ASSERT_TRUE(place_->Put(*file, "a").ok());
  EXPECT_EQ(Keys(""), "a");
}

TEST_P(DestinationContract, AnEmptyFileMayBePut) {
  ASSERT_TRUE(Put("", "empty").ok());
  EXPECT_EQ(place_->Head("empty").ValueOrDie()->bytes, 0);
}

TEST_P(DestinationContract, WhatIsNotThereIsAbsent) {
  EXPECT_FALSE(place_->Head("nothing").ValueOrDie().has_value());
  EXPECT_FALSE(place_->Head("no/such/folder").ValueOrDie().has_value());
  EXPECT_TRUE(Is(place_->GetBytes("nothing", 10).status(), kAbsent));
  EXPECT_TRUE(Is(place_->Hash("nothing").status(), kAbsent));
  EXPECT_TRUE(Is(place_->LocalPath("nothing").status(), kAbsent));
  EXPECT_TRUE(Is(place_->Move("nothing", "elsewhere"), kAbsent));
  EXPECT_EQ(Keys("no/such/folder"), "");
}

TEST_P(DestinationContract, NamesThatLeaveThePlaceAreRefused) {
  ASSERT_TRUE(Put("x", "inside").ok());
  const std::vector<std::string> keys = {"",          "/a",   "../a",
                                         "a/../../b", "a/..", "..",
                                         "a//b",      "a/",   "./a",
                                         "a/./b",     ".",    std::string("a\0b", 3),
                                         "/",         "a/..", ".rivet-tmp-orders_1-abc"};
  for (const std::string& key : keys) {
    SCOPED_TRACE(key);
    EXPECT_TRUE(Is(Put("x", key), kUnsafeKey));
    EXPECT_TRUE(Is(place_->PutBytes("x", key, std::nullopt), kUnsafeKey));
    EXPECT_TRUE(Is(place_->GetBytes(key, 10).status(), kUnsafeKey));
    EXPECT_TRUE(Is(place_->Head(key).status(), kUnsafeKey));
    EXPECT_TRUE(Is(place_->Hash(key).status(), kUnsafeKey));
    EXPECT_TRUE(Is(place_->LocalPath(key).status(), kUnsafeKey));
    EXPECT_TRUE(Is(place_->Move("inside", key), kUnsafeKey));
    EXPECT_TRUE(Is(place_->Move(key, "elsewhere"), kUnsafeKey));
  }
  EXPECT_FALSE(place_->List("..").ok());
  EXPECT_EQ(Keys(""), "inside");
}

TEST_P(DestinationContract, NamesMayHoldWhatPeopleWrite) {
  for (const std::string& key :
       {std::string("with space.parquet"), std::string("ключ-数据.csv"), std::string("..hidden"),
        std::string("a..b"), std::string("50%_#?&.x")}) {
    EXPECT_TRUE(Put("x", key).ok()) << key;
    EXPECT_EQ(Get(key), "x");
  }
}

TEST_P(DestinationContract, BytesNeedAFreeNameWhenTheyReplaceNothing) {
  ASSERT_TRUE(place_->PutBytes("one", "manifests/orders_1.json", std::nullopt).ok());
  EXPECT_TRUE(Is(place_->PutBytes("two", "manifests/orders_1.json", std::nullopt), kNameTaken));
  EXPECT_EQ(Get("manifests/orders_1.json"), "one");
}

TEST_P(DestinationContract, BytesReplaceTheVersionTheyNameOnly) {
  ASSERT_TRUE(place_->PutBytes("one", "manifest.json", std::nullopt).ok());
  const auto one = place_->Head("manifest.json").ValueOrDie();
  ASSERT_TRUE(one.has_value());
  ASSERT_TRUE(place_->PutBytes("two", "manifest.json", one).ok());
  EXPECT_EQ(Get("manifest.json"), "two");
  EXPECT_TRUE(Is(place_->PutBytes("three", "manifest.json", one), kChanged));
  EXPECT_EQ(Get("manifest.json"), "two");
  EXPECT_TRUE(Is(place_->PutBytes("x", "not-there", one), kChanged));
  EXPECT_FALSE(place_->Head("not-there").ValueOrDie().has_value());
  // What a listing gives names a version as well.
  const auto listed = place_->List("").ValueOrDie();
  ASSERT_EQ(listed.size(), 1U);
  ASSERT_TRUE(place_->PutBytes("four", "manifest.json", listed[0]).ok());
  EXPECT_TRUE(Is(place_->PutBytes("five", "manifest.json", listed[0]), kChanged));
  EXPECT_EQ(Keys(""), "manifest.json");
}

TEST_P(DestinationContract, AVersionStaysWhileTheObjectDoes) {
  ASSERT_TRUE(Put(std::string(2 << 20, 'b'), "big").ok());
  ASSERT_TRUE(Put("small", "small").ok());
  for (const char* key : {"big", "small"}) {
    const auto other = house_->Open(*world_, "orders_2").ValueOrDie();
    EXPECT_EQ(place_->Head(key).ValueOrDie()->version, other->Head(key).ValueOrDie()->version);
  }
}

TEST_P(DestinationContract, ProbesAreRemovedAndNothingElseIs) {
  const std::string probe = std::string(kProbePrefix) + "-1";
  ASSERT_TRUE(place_->PutBytes("probe", probe, std::nullopt).ok());
  ASSERT_TRUE(Put("rows", "a.parquet").ok());
  ASSERT_TRUE(Put("rows", std::string(kProbePrefix) + "/a.parquet").ok());
  EXPECT_TRUE(Is(place_->RemoveProbe("a.parquet"), kUnsafeKey));
  EXPECT_TRUE(Is(place_->RemoveProbe(std::string(kProbePrefix) + "/a.parquet"), kUnsafeKey));
  EXPECT_TRUE(Is(place_->RemoveProbe(std::string(kProbePrefix) + "/../a.parquet"), kUnsafeKey));
  ASSERT_TRUE(place_->RemoveProbe(probe).ok());
  EXPECT_TRUE(Is(place_->RemoveProbe(probe), kAbsent));
  EXPECT_EQ(Keys(""), ".rivet_doctor_probe/a.parquet a.parquet");
}

TEST_P(DestinationContract, TooManyBytesAreNotRead) {
  ASSERT_TRUE(Put("12345", "a").ok());
  EXPECT_EQ(place_->GetBytes("a", 5).ValueOrDie(), "12345");
  EXPECT_FALSE(place_->GetBytes("a", 4).ok());
}

TEST_P(DestinationContract, ListsEverythingBelow) {
  for (const char* key :
       {"b", "a", "manifests/1.json", "manifests/deep/2.json", "orders", "orders_archive/x"}) {
    ASSERT_TRUE(Put("12", key).ok()) << key;
  }
  EXPECT_EQ(Keys(""), "a b manifests/1.json manifests/deep/2.json orders orders_archive/x");
  EXPECT_EQ(Keys("manifests"), "manifests/1.json manifests/deep/2.json");
  EXPECT_EQ(Keys("manifests/"), "manifests/1.json manifests/deep/2.json");
  EXPECT_EQ(Keys("manif"), "");  // folders, not letters: `orders` is not `orders_archive`
  EXPECT_EQ(place_->List("manifests").ValueOrDie().at(0).bytes, 2);
}

TEST_P(DestinationContract, MoveKeepsTheBytesAndNeverReplaces) {
  ASSERT_TRUE(Put("stray", "a").ok());
  ASSERT_TRUE(place_->Move("a", "_quarantine/orders_1/a").ok());
  EXPECT_FALSE(place_->Head("a").ValueOrDie().has_value());
  EXPECT_EQ(Get("_quarantine/orders_1/a"), "stray");
  ASSERT_TRUE(Put("second", "a").ok());
  EXPECT_TRUE(Is(place_->Move("a", "_quarantine/orders_1/a"), kNameTaken));
  EXPECT_EQ(Get("a"), "second");
  EXPECT_EQ(Get("_quarantine/orders_1/a"), "stray");
}

TEST_P(DestinationContract, OfManyWritersOfANameOneWins) {
  constexpr int kWriters = 4;
  std::vector<std::unique_ptr<StagedFile>> files;
  std::vector<Status> ends(kWriters);
  for (int i = 0; i < kWriters; ++i)
    files.push_back(Staged(std::string(1000, static_cast<char>('a' + i))));
  {
    std::vector<std::unique_ptr<Thread>> threads;
    for (size_t i = 0; i < kWriters; ++i) {
      threads.push_back(world_->Spawn("put", [&, i] { ends[i] = place_->Put(*files[i], "same"); }));
    }
    for (const auto& thread : threads) thread->Join();
  }
  int won = 0;
  for (size_t i = 0; i < kWriters; ++i) {
    if (ends[i].ok()) {
      ++won;
      EXPECT_EQ(Get("same"), std::string(1000, static_cast<char>('a' + i)));
    } else {
      EXPECT_TRUE(Is(ends[i], kNameTaken)) << ends[i];
    }
  }
  EXPECT_EQ(won, 1);
}

}  // namespace rivet::destination
