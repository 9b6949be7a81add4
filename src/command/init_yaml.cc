#include "command/init_yaml_internal.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "report/report.h"

namespace rivet::command {
namespace {

constexpr size_t kNameBytesMax = 80;

// Words that YAML readers of some version take for something else than text.
bool IsTypedWord(std::string_view text) {
  constexpr std::array<std::string_view, 11> kWords = {"true", "false", "yes", "no", "on", "off",
                                                       "null", "y",     "n",   "~",  ""};
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

bool IsPlainSafe(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const bool path = text.starts_with("./") || text.starts_with("/");
  if (text.empty() || (!letter(text[0]) && !path) || IsTypedWord(text)) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') ||
           std::string_view("-./(),").find(c) != std::string_view::npos;
  });
}

std::string Escaped(unsigned code) {
  char text[16];
  std::snprintf(text, sizeof text, "\\x%02x", code);
  return text;
}

// Comments end at the end of the line, whatever the name in them holds.
std::string Comment(std::string_view indent, std::string_view text) {
  return std::string(indent) + "# " + report::Printable(text) + "\n";
}

class Writer {
 public:
  void Line(int indent, std::string_view text) {
    text_ += std::string(static_cast<size_t>(indent), ' ') + std::string(text) + "\n";
  }
  void Key(int indent, std::string_view key, std::string_view value) {
    Line(indent, std::string(key) + ": " + std::string(value));
  }
  void Note(int indent, std::string_view text) {
    text_ += Comment(std::string(static_cast<size_t>(indent), ' '), text);
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

void WriteColumns(const Suggestion& suggestion, Writer* out) {
  for (const std::string& name : suggestion.review) {
    out->Note(4, "REVIEW: " + name + " is numeric without a precision: it lands as exact text;");
    out->Note(4, "        where its range is known, set decimal(p,s) below columns");
  }
  if (suggestion.columns.empty()) return;
  out->Line(4, "columns:");
  for (const auto& [name, word] : suggestion.columns) out->Key(6, YamlScalar(name), word);
}

void WriteMeta(const Suggestion& suggestion, Writer* out) {
  const auto clash = [&](bool on, std::string_view column) {
    if (on) return;
    out->Note(4, "REVIEW: the table has a column " + std::string(column) + " itself: the one of");
    out->Note(4, "        that name is left off");
  };
  clash(suggestion.exported_at, kExportedAtColumn);
  clash(suggestion.row_hash, kRowHashColumn);
  out->Line(4, "meta_columns:");
  out->Key(6, "exported_at", suggestion.exported_at ? "true" : "false");
  out->Key(6, "row_hash", suggestion.row_hash ? "true" : "false");
}

void WriteExport(const ScaffoldExport& item, Writer* out) {
  const Suggestion& suggestion = item.suggestion;
  out->Key(2, "- name", YamlValue(item.name));
  for (const std::string& comment : item.comments) out->Note(4, comment);
  if (!item.table.empty()) {
    out->Key(4, "table", YamlValue(item.table));
  } else {
    out->Key(4, "query", YamlValue(item.query));
  }
  out->Note(4, suggestion.why);
  out->Key(4, "mode", std::string(model::ToString(suggestion.mode)));
  if (suggestion.mode == model::Mode::kChunked) {
    out->Key(4, suggestion.keyset ? "chunk_by_key" : "chunk_column",
             YamlValue(suggestion.chunk_column));
    out->Key(4, "chunk_size", std::to_string(suggestion.chunk_size));
    out->Key(4, "chunk_checkpoint", "true");
    if (suggestion.parallel > 1) out->Key(4, "parallel", std::to_string(suggestion.parallel));
  }
  out->Key(4, "format", "parquet");
  if (suggestion.target_row_group_mb > 0) {
    out->Line(4, "parquet:");
    out->Key(6, "row_group_strategy", "auto");
    out->Key(6, "target_row_group_mb", std::to_string(suggestion.target_row_group_mb));
  }
  WriteMeta(suggestion, out);
  WriteColumns(suggestion, out);
  out->Line(4, "destination:");
  out->Key(6, "type", "local");
  out->Key(6, "path", YamlValue("./output/" + item.name));
}

}  // namespace

bool IsUtf8(std::string_view text) {
  // Printable turns exactly the bytes that are no UTF-8 into \x.. above 0x9f; C1 characters and low
  // bytes are valid.
  for (size_t i = 0; i < text.size();) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first < 0x80) {
      ++i;
      continue;
    }
    const size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (i + length > text.size()) return false;
    const std::string_view character = text.substr(i, length);
    const bool c1 = length == 2 && first == 0xc2 &&
                    static_cast<unsigned char>(text[i + 1]) < 0xa0 &&
                    static_cast<unsigned char>(text[i + 1]) >= 0x80;
    if (!c1 && report::Printable(character) != character) return false;
    i += length;
  }
  return true;
}

std::string YamlScalar(std::string_view text) {
  if (IsPlainSafe(text)) return std::string(text);
  std::string out = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[i];
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += Escaped(byte);
    } else if (byte == 0xc2 && next < 0xa0) {
      out += Escaped(next);
      ++i;
    } else {
      out += text[i];
    }
  }
  return out + '"';
}

std::string YamlValue(std::string_view text) {
  std::string guarded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{') guarded += '$';
    guarded += text[i];
  }
  return YamlScalar(guarded);
}

bool IsPlainName(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && letter(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9');
  });
}

std::string UniqueExportName(std::string_view relation, std::set<std::string>* taken) {
  std::string name;
  for (char c : relation.substr(0, kNameBytesMax)) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-';
    // One sign for a run of others: names of other scripts would be nothing but signs.
    if (kept) {
      name += c;
    } else if (name.empty() || name.back() != '_') {
      name += '_';
    }
  }
  const bool speaks =
      std::any_of(name.begin(), name.end(), [](char c) { return c != '_' && c != '-'; });
  if (!speaks) name = "table";
  if (name[0] == '-') name[0] = '_';
  const auto folded = [](std::string text) {
    for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return text;
  };
  std::string unique = name;
  for (int i = 2; !taken->insert(folded(unique)).second; ++i)
    unique = name + "_" + std::to_string(i);
  return unique;
}

std::string ScaffoldText(const Scaffold& scaffold) {
  Writer out;
  // A path beside the config: editors find the schema without a network once it was printed there.
  out.Line(0, "# yaml-language-server: $schema=rivet.schema.json");
  for (const std::string& line : scaffold.header) out.Note(0, line);
  out.Line(0, "source:");
  out.Key(2, "type", scaffold.source_type);
  out.Key(2, scaffold.source_key, YamlValue(scaffold.source_value));
  if (!scaffold.tls_mode.empty()) {
    out.Line(2, "tls:");
    out.Key(4, "mode", YamlValue(scaffold.tls_mode));
    if (!scaffold.tls_ca.empty()) out.Key(4, "ca_file", YamlValue(scaffold.tls_ca));
  }
  out.Line(0, "");
  out.Line(0, "exports:");
  for (const ScaffoldExport& item : scaffold.exports) WriteExport(item, &out);
  return out.Take();
}

}  // namespace rivet::command
