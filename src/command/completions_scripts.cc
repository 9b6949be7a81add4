#include <string>
#include <vector>

#include "command/completions_internal.h"

namespace rivet::command {
namespace {

std::string Joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

// In single quotes, as all three shells read them the same; fish takes a backslash for more.
std::string Quoted(const std::string& text, bool fish) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += fish ? "\\'" : "'\\''";
    } else if (c == '\\' && fish) {
      out += "\\\\";
    } else {
      out += c;
    }
  }
  return out + "'";
}

// `' run') at='run' ;;` for every command: how the words before the cursor lead to it.
std::string Steps(const std::vector<ShellCommand>& commands, const std::string& indent) {
  std::string text;
  for (const ShellCommand& command : commands) {
    for (const std::string& name : command.below) {
      const std::string path = PathBelow(command, name);
      text += indent + Quoted(command.path + " " + name, false) + ") at=" + Quoted(path, false) +
              " ;;\n";
    }
  }
  return text;
}

// `-c|--config`.
std::string Pattern(const std::vector<ShellCommand>& commands, bool (*test)(const ShellFlag&)) {
  return Joined(FormsThat(commands, test), "|");
}

bool HasChoices(const ShellFlag& flag) { return !flag.choices.empty(); }
bool IsFree(const ShellFlag& flag) {
  return !TakesFile(flag) && !TakesExport(flag) && !HasChoices(flag);
}

// One case per command and flag with known words.
std::string ChoiceCases(const std::vector<ShellCommand>& commands, const std::string& before,
                        const std::string& after) {
  std::string text;
  for (const ShellCommand& command : commands) {
    for (const ShellFlag& flag : command.flags) {
      if (!HasChoices(flag)) continue;
      std::vector<std::string> patterns;
      for (const std::string& form : FormsOf(flag))
        patterns.push_back(Quoted(command.path + "|" + form, false));
      text += "    " + Joined(patterns, "|") + ") " + before + Joined(flag.choices, " ") + after +
              " ;;\n";
    }
  }
  return text;
}

std::vector<std::string> WordsOf(const ShellCommand& command) {
  std::vector<std::string> words = command.below;
  for (const ShellFlag& flag : command.flags) {
    for (const std::string& form : FormsOf(flag)) words.push_back(form);
  }
  return words;
}

constexpr const char* kBash = R"sh(# bash completion of rivet, made by `rivet completions bash`.
_rivet_exports() {
  local i config=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "${COMP_WORDS[i]}" in
      -c | --config)
        config=(-c "${COMP_WORDS[i + 1]}")
        [[ ${config[1]} == "=" ]] && config=(-c "${COMP_WORDS[i + 2]}") ;;
    esac
  done
  "${COMP_WORDS[0]}" completions --list-exports "${config[@]}" 2>/dev/null
}

_rivet() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} at='' i word names
  COMPREPLY=()
  # `--flag=value` comes as three words.
  if [[ $cur == "=" ]]; then
    cur=''
  elif [[ $prev == "=" ]]; then
    prev=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$at ${COMP_WORDS[i]}" in
@STEPS@    esac
  done
  case "$prev" in
    @EXPORT@)
      mapfile -t names < <(_rivet_exports)
      for word in "${names[@]}"; do
        [[ $word == "$cur"* ]] && COMPREPLY+=("$(printf '%q' "$word")")
      done
      return ;;
    @FILE@)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      return ;;
    @FREE@) return ;;
  esac
  local words=''
  case "$at|$prev" in
@CHOICES@  esac
  if [[ -z $words ]]; then
    case "$at" in
@WORDS@    esac
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _rivet rivet
)sh";

constexpr const char* kZsh = R"sh(#compdef rivet
# zsh completion of rivet, made by `rivet completions zsh`.
_rivet_exports() {
  local -a config names
  local i
  for ((i = 2; i < CURRENT; ++i)); do
    case "$words[i]" in
      -c | --config) config=(-c "$words[i+1]") ;;
      --config=*) config=(-c "${words[i]#--config=}") ;;
    esac
  done
  names=("${(@f)$("$words[1]" completions --list-exports "$config[@]" 2>/dev/null)}")
  compadd -a names
}

_rivet() {
  local at='' i
  local -a offered
  for ((i = 2; i < CURRENT; ++i)); do
    case "$at $words[i]" in
@STEPS@    esac
  done
  case "$words[CURRENT-1]" in
    @EXPORT@) _rivet_exports; return ;;
    @FILE@) _files; return ;;
    @FREE@) return ;;
  esac
  case "$at|$words[CURRENT-1]" in
@CHOICES@  esac
  case "$at" in
@WORDS@  esac
  _describe 'rivet' offered
}

if [[ "$funcstack[1]" == "_rivet" ]]; then
  _rivet "$@"
else
  compdef _rivet rivet
fi
)sh";

constexpr const char* kFish = R"sh(# fish completion of rivet, made by `rivet completions fish`.
function __rivet_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        switch "$at $word"
@STEPS@        end
    end
    echo $at
end

function __rivet_is
    set -l at (__rivet_at)
    test "$at" = "$argv[1]"
end

function __rivet_exports
    set -l words (commandline -opc)
    set -l config
    for i in (seq 2 (count $words))
        switch $words[$i]
            case -c --config
                set config -c $words[(math $i + 1)]
            case '--config=*'
                set config -c (string replace -- '--config=' '' $words[$i])
        end
    end
    $words[1] completions --list-exports $config 2>/dev/null
end

complete -c rivet -f
)sh";

// `name:summary` of _describe: a colon of the name's own is escaped.
std::string Described(const std::string& word, const std::string& summary) {
  return Quoted(Replaced(word, ":", "\\:") + ":" + summary, false);
}

std::string FishFlag(const ShellCommand& command, const ShellFlag& flag) {
  std::string line =
      "complete -c rivet -n " + Quoted("__rivet_is " + Quoted(command.path, true), true);
  for (const std::string& name : flag.longs) line += " -l " + name;
  for (const std::string& name : flag.shorts) line += " -s " + name;
  if (flag.takes_value && TakesExport(flag)) {
    line += " -x -a '(__rivet_exports)'";
  } else if (flag.takes_value && TakesFile(flag)) {
    line += " -r -F";
  } else if (flag.takes_value) {
    line += " -x";
    if (HasChoices(flag)) line += " -a " + Quoted(Joined(flag.choices, " "), true);
  }
  return line + " -d " + Quoted(flag.summary, true) + "\n";
}

std::string Filled(std::string text, const std::vector<ShellCommand>& commands) {
  text = Replaced(text, "@EXPORT@", Pattern(commands, TakesExport));
  text = Replaced(text, "@FILE@", Pattern(commands, TakesFile));
  return Replaced(text, "@FREE@", Pattern(commands, IsFree));
}

}  // namespace

std::string BashScript(const std::vector<ShellCommand>& commands) {
  std::string words;
  for (const ShellCommand& command : commands) {
    words += "      " + Quoted(command.path, false) +
             ") words=" + Quoted(Joined(WordsOf(command), " "), false) + " ;;\n";
  }
  std::string text = Filled(kBash, commands);
  text = Replaced(text, "@STEPS@", Steps(commands, "      "));
  text = Replaced(text, "@CHOICES@", ChoiceCases(commands, "words='", "'"));
  return Replaced(text, "@WORDS@", words);
}

std::string ZshScript(const std::vector<ShellCommand>& commands) {
  std::string words;
  for (const ShellCommand& command : commands) {
    words += "    " + Quoted(command.path, false) + ")\n      offered=(\n";
    for (const std::string& name : command.below) {
      const std::string path = PathBelow(command, name);
      words += "        " + Described(name, SummaryOf(commands, path)) + "\n";
    }
    for (const ShellFlag& flag : command.flags) {
      for (const std::string& form : FormsOf(flag))
        words += "        " + Described(form, flag.summary) + "\n";
    }
    words += "      ) ;;\n";
  }
  std::string text = Filled(kZsh, commands);
  text = Replaced(text, "@STEPS@", Steps(commands, "      "));
  text = Replaced(text, "@CHOICES@", ChoiceCases(commands, "compadd ", "; return"));
  return Replaced(text, "@WORDS@", words);
}

std::string FishScript(const std::vector<ShellCommand>& commands) {
  std::string steps, lines;
  for (const ShellCommand& command : commands) {
    for (const std::string& name : command.below) {
      const std::string path = PathBelow(command, name);
      steps += "            case " + Quoted(command.path + " " + name, true) +
               "\n                set at " + Quoted(path, true) + "\n";
      lines += "complete -c rivet -n " + Quoted("__rivet_is " + Quoted(command.path, true), true) +
               " -a " + name + " -d " + Quoted(SummaryOf(commands, path), true) + "\n";
    }
    for (const ShellFlag& flag : command.flags) lines += FishFlag(command, flag);
  }
  return Replaced(kFish, "@STEPS@", steps) + lines;
}

}  // namespace rivet::command
