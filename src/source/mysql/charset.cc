#include "source/mysql/charset.h"

#include <algorithm>
#include <iterator>

#include "client/mysql/quote.h"

namespace rivet::source::mysql {
namespace {

constexpr std::string_view kWhole[] = {"utf8mb4", "utf8mb3", "utf8",     "utf16",  "utf16le",
                                       "utf32",   "ucs2",    "latin1",   "latin2", "latin5",
                                       "latin7",  "cp850",   "cp852",    "cp866",  "keybcs2",
                                       "koi8r",   "koi8u",   "macroman", "macce"};
// Bytes may be lost; what is a character comes back.
constexpr std::string_view kHoles[] = {"ascii", "cp1250", "cp1251", "cp1256", "cp1257",
                                       "dec8",  "euckr",  "gb2312", "gbk",    "geostd8",
                                       "greek", "hebrew", "hp8",    "swe7"};

template <size_t N>
bool Has(const std::string_view (&list)[N], std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

}  // namespace

bool EveryByteIsACharacter(std::string_view charset) { return Has(kWhole, charset); }

bool ComesBack(std::string_view charset) { return Has(kWhole, charset) || Has(kHoles, charset); }

std::string LosesBytesSql(const std::string& reference, const std::string& charset) {
  const std::string sent = "CONVERT(" + reference + " USING utf8mb4)";
  return "LOCATE('?', " + sent + ") > 0 AND CAST(CONVERT(" + sent + " USING " +
         client::mysql::QuoteIdentifier(charset) + ") AS BINARY) <> CAST(" + reference +
         " AS BINARY)";
}

std::string EdgeSql(const std::string& reference, const std::string& lossy_charset) {
  if (lossy_charset.empty()) return reference;
  return "CASE WHEN " + LosesBytesSql(reference, lossy_charset) + " THEN NULL ELSE " + reference +
         " END";
}

}  // namespace rivet::source::mysql
