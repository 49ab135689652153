"""`hashsweep completion`: words that a shell completes. Imported by completing shells alone."""

import re
from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem, get_completion_class

SHELLS = ("bash", "zsh", "fish")

_VARIABLE = "_HASHSWEEP_COMPLETE"
"""Set by the script for the call that completes, as click does it."""

_NAMES_A_FILE = re.compile(r"FILE|LIST|REPORT|SOURCE|FOLDER|OLD|NEW")


@click.command(
    epilog="""\b
Examples:
  source <(hashsweep completion bash)                      in ~/.bashrc
  source <(hashsweep completion zsh)                       in ~/.zshrc, after compinit
  hashsweep completion fish > ~/.config/fish/completions/hashsweep.fish
"""
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes commands, options, files and hashes in a shell."""
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    root = context.find_root()
    click.echo(found(root.command, {}, "hashsweep", _VARIABLE).source())


class _Text(click.ParamType[str]):
    """A text, as it is; `offer` returns what a shell may make of its beginning."""

    def __init__(self, name: str, offer: Callable[[str], list[CompletionItem[str]]]) -> None:
        """`name` is what help shows."""
        self.name = name
        self._offer = offer

    def shell_complete(
        self,
        ctx: Any,  # noqa: ARG002
        param: Any,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem[str]]:
        """Ask `offer`."""
        return self._offer(incomplete)


def _offer_files(incomplete: str) -> list[CompletionItem[str]]:
    """Leave it to the shell, which knows ~ and its own settings."""
    return [CompletionItem(incomplete, type="file")]


def _offer_hashes(incomplete: str) -> list[CompletionItem[str]]:
    """Return those that are installed, plug-ins too."""
    from hashsweep.hashers import HASHERS

    return [CompletionItem(n) for n in (*HASHERS.names, "all") if n.startswith(incomplete)]


def name_types(command: click.Command) -> None:
    """Give the parameters of a command, which are plain texts, the types that complete them."""
    for param in command.params:
        if not isinstance(param.type, click.types.StringParamType):
            continue
        shown = param.metavar or ""
        if "--hash" in param.opts:
            param.type = _Text("NAME", _offer_hashes)
        elif _NAMES_A_FILE.search(shown):
            param.type = _Text("FILE", _offer_files)
