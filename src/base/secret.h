#pragma once

#include <ostream>
#include <string>
#include <string_view>

namespace rivet {

// A password, key or token. Prints as *** because it has no other way to print; whoever needs the
// text says Reveal(). The bytes are wiped when the value goes away.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { Wipe(); }

  bool empty() const { return text_.empty(); }
  const std::string& Reveal() const { return text_; }

 private:
  void Wipe();
  std::string text_;
};

inline std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

}  // namespace rivet
