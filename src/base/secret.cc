#include "base/secret.h"

#include <cstring>
#include <utility>

namespace rivet {

Secret::Secret(Secret&& other) noexcept : text_(other.text_) { other.Wipe(); }

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    Wipe();
    text_ = other.text_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    Wipe();
    text_ = other.text_;
    other.Wipe();
  }
  return *this;
}

void Secret::Wipe() {
  // explicit_bzero is not optimised away although the string is dead afterwards.
  if (!text_.empty()) explicit_bzero(text_.data(), text_.size());
  text_.clear();
}

}  // namespace rivet
