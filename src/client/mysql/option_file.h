#pragma once

#include <string>
#include <string_view>

#include "base/world.h"
#include "client/mysql/settings.h"

namespace rivet::client::mysql {

// Fills what `settings` leaves open from the [client] group of a MySQL option file's text: host,
// port, socket, user, password, database, ssl-mode, ssl-ca, ssl-capath, ssl-cert, ssl-key. What it
// does not know it passes over, as every MySQL client does.
void FillFromOptions(std::string_view text, OpenSettings* settings);

// The same from ~/.my.cnf, where there is one. A file that everybody may write is left alone, with
// a warning. Its password is told to the redactor.
void FillFromHome(World& world, OpenSettings* settings);

}  // namespace rivet::client::mysql
