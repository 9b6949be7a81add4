#pragma once

#include <sys/stat.h>

#include <functional>
#include <string>

#include "base/status.h"

namespace rivet::destination::local {

// Creates a folder and its parents, 0700 for those it makes, and flushes the folders they were made
// in: a folder that is gone after a power cut takes its files along.
Status MakeDurableFolders(const std::string& path);

// Every regular file below `root`/`below`, sorted by key (relative to `root`). Leaves out temporary
// names and follows no links. A folder that is not there holds nothing; one that cannot be read is
// an error.
Status ListFiles(
    const std::string& root, const std::string& below,
    const std::function<void(const std::string& key, const struct stat& facts)>& found);

}  // namespace rivet::destination::local
