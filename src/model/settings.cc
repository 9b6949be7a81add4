#include "model/settings.h"

#include "model/plan.h"

namespace rivet::model {

std::string_view ToString(Compression compression) {
  switch (compression) {
    case Compression::kZstd:
      return "zstd";
    case Compression::kSnappy:
      return "snappy";
    case Compression::kGzip:
      return "gzip";
    case Compression::kLz4:
      return "lz4";
    case Compression::kNone:
      return "none";
  }
  return "none";
}

std::string_view ToString(FloatSpecial special) {
  switch (special) {
    case FloatSpecial::kNames:
      return "names";
    case FloatSpecial::kEmpty:
      return "empty";
    case FloatSpecial::kFail:
      return "fail";
  }
  return "names";
}

std::string_view ToString(Mode mode) { return mode == Mode::kFull ? "full" : "chunked"; }

}  // namespace rivet::model
