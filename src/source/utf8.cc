#include "source/utf8.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/util/utf8.h>

#include <cstring>
#include <utility>

#include "model/batch.h"

namespace rivet::source {
namespace {

bool IsAscii(const uint8_t* data, int64_t size) {
  uint64_t seen = 0;
  int64_t i = 0;
  for (; i + 32 <= size; i += 32) {
    uint64_t words[4];
    std::memcpy(words, data + i, sizeof words);
    seen |= words[0] | words[1] | words[2] | words[3];
  }
  for (; i < size; ++i) seen |= data[i];
  return (seen & 0x8080808080808080) == 0;
}

// Valid as a whole, and no value starts inside a character: then each value is valid.
bool IsUtf8(const arrow::BinaryArray& values) {
  const uint8_t* data = values.raw_data();
  const int32_t* offsets = values.raw_value_offsets();
  const int64_t begin = offsets[0], end = offsets[values.length()];
  if (begin == end || IsAscii(data + begin, end - begin)) return true;
  if (!arrow::util::ValidateUTF8(data + begin, end - begin)) return false;
  for (int64_t row = 0; row < values.length(); ++row) {
    if (offsets[row] < end && (data[offsets[row]] & 0xC0) == 0x80) return false;
  }
  return true;
}

// What may stand behind a lead byte: how many bytes, and the range of the first of them.
struct Tail {
  size_t bytes;
  uint8_t least, most;
};
constexpr size_t kNoLead = 0;

Tail TailOf(uint8_t lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {1, 0x80, 0xBF};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};
  if (lead == 0xED) return {2, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {2, 0x80, 0xBF};
  if (lead == 0xF0) return {3, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {3, 0x80, 0xBF};
  if (lead == 0xF4) return {3, 0x80, 0x8F};
  return {kNoLead, 0, 0};
}

// Bytes at the begin of `bytes` that are one character, or one piece of none.
size_t PieceOf(std::string_view bytes, bool* whole) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  *whole = byte(0) < 0x80;
  const Tail tail = TailOf(byte(0));
  if (*whole || tail.bytes == kNoLead) return 1;
  for (size_t i = 1; i <= tail.bytes; ++i) {
    const uint8_t least = i == 1 ? tail.least : 0x80, most = i == 1 ? tail.most : 0xBF;
    if (i == bytes.size() || byte(i) < least || byte(i) > most) return i;
  }
  *whole = true;
  return tail.bytes + 1;
}

}  // namespace

std::string WithReplacements(std::string_view bytes) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string text;
  while (!bytes.empty()) {
    bool whole = false;
    const size_t size = PieceOf(bytes, &whole);
    text += whole ? bytes.substr(0, size) : kReplacement;
    bytes.remove_prefix(size);
  }
  return text;
}

Result<std::shared_ptr<arrow::Array>> TakeUtf8(std::shared_ptr<arrow::Array> values,
                                               const FieldRules& rules, int64_t* bad_row) {
  static const bool ready = (arrow::util::InitializeUTF8(), true);
  Check(ready, "UTF-8 tables");
  const auto& texts = static_cast<const arrow::BinaryArray&>(*values);
  if (IsUtf8(texts)) return values;
  arrow::StringBuilder replaced(model::Pool());
  for (int64_t row = 0; row < texts.length(); ++row) {
    const std::string_view text = texts.GetView(row);
    if (texts.IsNull(row)) {
      ARROW_RETURN_NOT_OK(replaced.AppendNull());
    } else if (arrow::util::ValidateUTF8(text)) {
      ARROW_RETURN_NOT_OK(replaced.Append(text));
    } else {
      *bad_row = row;
      ARROW_RETURN_NOT_OK(
          TakeSpecial(rules, model::SpecialValue::kInvalidUtf8, text, "is not UTF-8"));
      ARROW_RETURN_NOT_OK(replaced.Append(WithReplacements(text)));
    }
  }
  *bad_row = -1;
  return replaced.Finish();
}

}  // namespace rivet::source
