"""`supportrules completion`: the script by which a shell completes the command.

click finds out which parameter is being typed. Its own scripts are not used: in bash they break words at `:`
and `=`, as in `v1.2:policies` and `--option=value`, and all of them put a blank behind what goes on.
"""

from __future__ import annotations

import os

import click
from click.shell_completion import (
    CompletionItem,
    ShellComplete,
    add_completion_class,
    split_arg_string,
)

from supportrules.cli.candidates import COMPLETE

# Each sends the line up to the cursor, and gets a candidate on each line: its kind, itself, and what it is.
_BASH = """\
_supportrules() {
    local kind value
    COMPREPLY=()
    while IFS=$'\\t' read -r kind value _; do
        if [[ $kind == file ]]; then
            compopt -o default
        else
            [[ $value == *[/:=] ]] && compopt -o nospace
            COMPREPLY+=("$(printf %%q "$value")")
        fi
    done < <(COMP_LINE=${COMP_LINE:0:COMP_POINT} COMP_WORDBREAKS=$COMP_WORDBREAKS \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F _supportrules supportrules
"""
_ZSH = """\
#compdef supportrules
_supportrules() {
    local kind value help
    local -a values shown open
    while IFS=$'\\t' read -r kind value help; do
        if [[ $kind == file ]]; then
            _files
        elif [[ $value == *[/:=] ]]; then
            open+=("$value")
        else
            values+=("$value")
            shown+=("$value${help:+  -- $help}")
        fi
    done < <(COMP_LINE="${(j: :)words[1,CURRENT-1]} $PREFIX" \\
        %(complete_var)s=zsh_complete "${words[1]}" 2>/dev/null)
    (( $#values )) && compadd -l -V supportrules -d shown -a values
    (( $#open )) && compadd -V supportrules -S '' -a open
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _supportrules "$@"
else
    compdef _supportrules supportrules
fi
"""
_FISH = """\
function _supportrules
    set -lx COMP_LINE (commandline -cp)
    set -lx %(complete_var)s fish_complete
    supportrules 2>/dev/null | while read -d \\t -l kind value help
        if test $kind = file
            __fish_complete_path (commandline -ct)
        else
            printf '%%s\\t%%s\\n' $value $help
        end
    end
end
complete --command supportrules --no-files --keep-order --arguments '(_supportrules)'
"""


class _Shell(ShellComplete):
    """A shell that sends the line up to the cursor."""

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ.get("COMP_LINE", "")
        words = split_arg_string(line)
        typed = words.pop() if len(words) > 1 and not line[-1].isspace() else ""
        # For candidates that are looked up in a policy, which any word may name.
        self.ctx_args = {**self.ctx_args, "obj": words[2:]}
        return words[1:], typed

    @property
    def func_name(self) -> str:
        """The name of the shell's function."""
        # That of click 8.1.0 is made by a call of which Python 3.13 warns.
        return "_supportrules"

    def complete(self) -> str:
        args, typed = self.get_completion_args()
        option, equals, _ = typed.partition("=")
        # Of `--option=value`, click completes the value, and shells the whole word.
        before = option + equals if equals and option.startswith("--") else ""
        found = self.get_completions(args, typed)
        return "\n".join(self._line(item, before, typed) for item in found)

    def _line(self, item: CompletionItem, before: str, typed: str) -> str:
        if item.type != "plain":
            return "file\t\t"
        return f"plain\t{self.shown(before + item.value, typed)}\t{item.help or ''}"

    def shown(self, value: str, typed: str) -> str:
        """What the shell takes for a word, of which some is typed."""
        return value


class _Bash(_Shell):
    name, source_template = "bash", _BASH

    def shown(self, value: str, typed: str) -> str:
        # It completes what stands behind the last character at which it breaks words.
        breaks = set(os.environ.get("COMP_WORDBREAKS", "")) & {":", "="}
        start = max((typed.rfind(each) for each in breaks), default=-1) + 1
        return value[start:]


class _Zsh(_Shell):
    name, source_template = "zsh", _ZSH


class _Fish(_Shell):
    name, source_template = "fish", _FISH


_SHELLS: dict[str, type[_Shell]] = {shell.name: shell for shell in (_Bash, _Zsh, _Fish)}
for _shell in _SHELLS.values():
    add_completion_class(_shell)


@click.command()
@click.argument("shell", type=click.Choice(list(_SHELLS)))
def completion(shell: str) -> None:
    """Print the completion script for a shell.

    It completes commands, options and files, and the names of your policy: topics, clauses, facts, languages.
    In bash and zsh, try it with `source <(supportrules completion bash)`.

    \b
    Example:
      supportrules completion bash
    """
    from supportrules.cli import cli

    click.echo(_SHELLS[shell](cli, {}, "supportrules", COMPLETE).source(), nl=False)
