#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "command/completions_internal.h"

namespace rivet::command {
namespace {

// PowerShell takes the typographic quotes for the plain one.
std::string Quoted(const std::string& text) {
  constexpr std::string_view kQuotes[] = {"'", "\u2018", "\u2019", "\u201a", "\u201b"};
  std::string out = "'";
  for (size_t i = 0; i < text.size();) {
    std::string_view piece = std::string_view(text).substr(i, 1);
    for (const std::string_view quote : kQuotes) {
      if (!text.substr(i).starts_with(quote)) continue;
      piece = quote;
      out += quote;
    }
    out += piece;
    i += piece.size();
  }
  return out + "'";
}

// `@('-c', '--config')`.
std::string List(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + Quoted(word);
  return "@(" + text + ")";
}

// The comma keeps a list of one pair from becoming the pair.
std::string Offer(const std::string& word, const std::string& summary) {
  return "$offered += , @(" + Quoted(word) + ", " + Quoted(summary.empty() ? word : summary) + ")";
}

constexpr const char* kScript =
    R"ps(# PowerShell completion of rivet, made by `rivet completions powershell`.
Register-ArgumentCompleter -Native -CommandName 'rivet' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $before = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value }
            else { $_.Extent.Text }
        })
    $at = ''
    foreach ($word in ($before | Select-Object -Skip 1)) {
        switch -CaseSensitive ("$at $word") {
@STEPS@        }
    }

    $typed = $wordToComplete
    $previous = if ($before.Count -gt 1) { $before[-1] } else { '' }
    $prefix = ''
    # `--flag=value` is one word.
    if ($typed -cmatch '^(--[^=]+)=(.*)$') {
        $previous = $Matches[1]
        $prefix = "$previous="
        $typed = $Matches[2]
    }

    $offered = @()
    if ($previous -cin @EXPORT@) {
        $config = @()
        for ($i = 1; $i -lt $before.Count; $i++) {
            if (($before[$i] -cin @('-c', '--config')) -and ($i + 1 -lt $before.Count)) {
                $config = @('-c', $before[$i + 1])
            } elseif ($before[$i].StartsWith('--config=')) {
                $config = @('-c', $before[$i].Substring(9))
            }
        }
        foreach ($name in (& $before[0] completions --list-exports @config 2>$null)) {
            $offered += , @($name, $name)
        }
    } elseif ($previous -cin @FREE@) {
        # Nobody knows; without an answer files are offered.
        return
    } else {
        switch -CaseSensitive ("$at|$previous") {
@CHOICES@        }
        if ($offered.Count -eq 0) {
            switch -CaseSensitive ($at) {
@WORDS@            }
        }
    }
    foreach ($pair in $offered) {
        if ($pair[0].StartsWith($typed, [System.StringComparison]::Ordinal)) {
            $text = $pair[0]
            if ($text -notmatch '^[\w./:=-]+$') { $text = "'" + $text.Replace("'", "''") + "'" }
            [System.Management.Automation.CompletionResult]::new(
                $prefix + $text, $pair[0], 'ParameterValue', $pair[1])
        }
    }
}
)ps";

bool IsFree(const ShellFlag& flag) { return !TakesExport(flag) && flag.choices.empty(); }

}  // namespace

std::string PowershellScript(const std::vector<ShellCommand>& commands) {
  std::string steps, choices, words;
  for (const ShellCommand& command : commands) {
    words += "                " + Quoted(command.path) + " {\n";
    for (const std::string& name : command.below) {
      const std::string path = PathBelow(command, name);
      steps +=
          "            " + Quoted(command.path + " " + name) + " { $at = " + Quoted(path) + " }\n";
      words += "                    " + Offer(name, SummaryOf(commands, path)) + "\n";
    }
    for (const ShellFlag& flag : command.flags) {
      for (const std::string& form : FormsOf(flag)) {
        words += "                    " + Offer(form, flag.summary) + "\n";
        if (flag.choices.empty()) continue;
        choices += "            " + Quoted(command.path + "|" + form) + " { ";
        for (const std::string& choice : flag.choices) choices += Offer(choice, "") + "; ";
        choices += "}\n";
      }
    }
    words += "                }\n";
  }
  std::string text = Replaced(kScript, "@EXPORT@", List(FormsThat(commands, TakesExport)));
  text = Replaced(text, "@FREE@", List(FormsThat(commands, IsFree)));
  text = Replaced(text, "@STEPS@", steps);
  text = Replaced(text, "@CHOICES@", choices);
  return Replaced(text, "@WORDS@", words);
}

}  // namespace rivet::command
