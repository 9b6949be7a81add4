#include "report/report.h"

namespace rivet::report {

void Fan::On(const model::Event& event) {
  for (model::Observer* listener : listeners_) listener->On(event);
}

}  // namespace rivet::report
