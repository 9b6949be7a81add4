#pragma once

#include <string>
#include <string_view>

namespace rivet::source::mysql {

// What the server's charsets keep when it turns them into utf8mb4 and back. Names are those of
// information_schema.CHARACTER_SETS; a name that is not known here keeps nothing. Found by asking
// MariaDB 10.11 for every one-byte and two-byte value of each charset.

// Every value has a form of its own in utf8mb4. Elsewhere bytes may stand for no character, and
// arrive as '?'.
bool EveryByteIsACharacter(std::string_view charset);
// A value that was sent to us is the same value when we send it back, so that pages can go on
// behind it. In cp932, for example, two codes are one character.
bool ComesBack(std::string_view charset);

// SQL condition on an already quoted column: true where its value would arrive with a '?' that it
// does not hold.
std::string LosesBytesSql(const std::string& reference, const std::string& charset);
// The value of a column that is an edge: NULL where it lost bytes. `reference` may be MIN of the
// column too.
std::string EdgeSql(const std::string& reference, const std::string& lossy_charset);

}  // namespace rivet::source::mysql
