#include <string>
#include <vector>

#include "command/completions_internal.h"

namespace rivet::command {
namespace {

std::string Quoted(const std::string& text) { return "'" + Replaced(text, "'", "''") + "'"; }

// `['-c' '--config']`.
std::string List(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + Quoted(word);
  return "[" + text + "]";
}

// `&'run'=…`, one a line, as a map that may be empty.
std::string Map(const std::string& entries) {
  return entries.empty() ? "[&]" : "[\n" + entries + "]";
}

constexpr const char* kScript =
    R"elv(# Elvish completion of rivet, made by `rivet completions elvish`.
use str

var rivet-steps = @STEPS@
var rivet-choices = @CHOICES@
var rivet-words = @WORDS@

fn rivet-exports {|before|
  var config = []
  for i [(range 1 (count $before))] {
    var word = $before[$i]
    if (and (has-value ['-c' '--config'] $word) (< (+ $i 1) (count $before))) {
      set config = ['-c' $before[(+ $i 1)]]
    } elif (str:has-prefix $word '--config=') {
      set config = ['-c' (str:trim-prefix $word '--config=')]
    }
  }
  var program = (external $before[0])
  try {
    $program completions --list-exports $@config 2>/dev/null | from-lines
  } catch e {
    nop $e
  }
}

set edit:completion:arg-completer[rivet] = {|@words|
  # The last one is being typed.
  var before = $words[..-1]
  var previous = $before[-1]
  var at = ''
  for word $before[1..] {
    if (has-key $rivet-steps $at' '$word) {
      set at = $rivet-steps[$at' '$word]
    }
  }
  if (has-value @EXPORT@ $previous) {
    rivet-exports $before
  } elif (has-value @FILE@ $previous) {
    edit:complete-filename $@words
  } elif (has-key $rivet-choices $at'|'$previous) {
    all $rivet-choices[$at'|'$previous]
  } elif (has-value @FREE@ $previous) {
    nop
  } else {
    for pair $rivet-words[$at] {
      edit:complex-candidate $pair[0] &display=$pair[0]'  '$pair[1]
    }
  }
}
)elv";

bool IsFree(const ShellFlag& flag) {
  return !TakesExport(flag) && !TakesFile(flag) && flag.choices.empty();
}

}  // namespace

std::string ElvishScript(const std::vector<ShellCommand>& commands) {
  std::string steps, choices, words;
  for (const ShellCommand& command : commands) {
    words += "  &" + Quoted(command.path) + "=[\n";
    for (const std::string& name : command.below) {
      const std::string path = PathBelow(command, name);
      steps += "  &" + Quoted(command.path + " " + name) + "=" + Quoted(path) + "\n";
      words += "    " + List({name, SummaryOf(commands, path)}) + "\n";
    }
    for (const ShellFlag& flag : command.flags) {
      for (const std::string& form : FormsOf(flag)) {
        words += "    " + List({form, flag.summary}) + "\n";
        if (!flag.choices.empty())
          choices += "  &" + Quoted(command.path + "|" + form) + "=" + List(flag.choices) + "\n";
      }
    }
    words += "  ]\n";
  }
  std::string text = Replaced(kScript, "@EXPORT@", List(FormsThat(commands, TakesExport)));
  text = Replaced(text, "@FILE@", List(FormsThat(commands, TakesFile)));
  text = Replaced(text, "@FREE@", List(FormsThat(commands, IsFree)));
  text = Replaced(text, "@STEPS@", Map(steps));
  text = Replaced(text, "@CHOICES@", Map(choices));
  return Replaced(text, "@WORDS@", Map(words));
}

}  // namespace rivet::command
