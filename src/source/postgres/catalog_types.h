#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "client/postgres/connection.h"
#include "model/logical_type.h"
#include "model/relation.h"

namespace rivet::source::postgres {

// pg_type.typtype.
enum class TypeClass : char {
  kBase = 'b',
  kComposite = 'c',
  kDomain = 'd',
  kEnum = 'e',
  kMultirange = 'm',
  kPseudo = 'p',
  kRange = 'r',
};

// What the catalog says of one type in one place; domains are resolved already.
struct TypeFacts {
  uint32_t oid = 0;
  int32_t modifier = -1;
  std::string name;  // pg_type.typname
  TypeClass type_class = TypeClass::kBase;
};

struct ColumnTypeFacts {
  TypeFacts type;
  bool array = false;
  TypeFacts element;   // arrays only
  int dimensions = 0;  // as declared; 0 = not said
};

// What decides types and is the same for all columns of a session.
struct TypeSettings {
  int server_version = 0;
  int money_scale = 2;  // fraction digits of lc_monetary
};

// The mapping of the types specification, §3. Whatever has no closer form is the server's own text.
model::LogicalType LogicalTypeOf(const ColumnTypeFacts& facts, const TypeSettings& settings);

// How many fraction digits the session gives money: what is stored is a number of its smallest
// unit.
Result<int> MoneyScale(client::postgres::Connection& connection, const std::stop_token& stop);

// A result's columns with the catalog's facts on their types, in order. `of_table`: NOT NULL is
// believed only there.
Result<std::vector<model::Column>> ColumnsWithTypes(
    client::postgres::Connection& connection,
    const std::vector<client::postgres::ResultColumn>& results, bool of_table,
    const std::stop_token& stop);

}  // namespace rivet::source::postgres
