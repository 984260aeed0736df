"""`supportrules replay`: logged tickets decided again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click

from supportrules.cli.candidates import facts_with_values
from supportrules.cli.output import (
    DONE,
    FINDINGS,
    check_output,
    console,
    first_option,
    lang_option,
    language,
    named,
    output_option,
    parts_format_option,
    policy_option,
    put_text,
    timeline_option,
)
from supportrules.cli.progress import Progress
from supportrules.cli.tickets import check_ignored, ignore_option
from supportrules.cli.versions import versions
from supportrules.engine.evaluation import Policy
from supportrules.errors import LedgerError, TicketError
from supportrules.history.ledger import Break, Chain, Line, LogFile, Masks, ledger_files, read_key
from supportrules.history.replay import LoggedNames, Replay
from supportrules.history.replay import replay as replay_lines
from supportrules.policy.vocabulary import Instant, Vocabulary, unknown_field
from supportrules.report.data import data_text
from supportrules.report.words import Words
from supportrules.tickets import STDIN


@click.command()
@click.argument("logs", nargs=-1, required=True, metavar="LOG...", type=click.Path())
@policy_option
@timeline_option
@click.option(
    "--head",
    metavar="SHA",
    callback=lambda _ctx, _param, value: _hash(value),
    help="The hash of a line that must be there: shows a cut end.",
)
@click.option(
    "--find",
    "sought",
    metavar="FACT=VALUE",
    shell_complete=facts_with_values,
    help="Decide again only the tickets with this value of a fact; of a masked one with --mask-key.",
)
@click.option(
    "--mask-key",
    metavar="FILE",
    type=click.Path(),
    callback=named,
    help="The key by which the fact was masked that --find names.",
)
@ignore_option
@first_option("lines")
@parts_format_option
@output_option
@lang_option
@click.pass_context
def replay(
    ctx: click.Context,
    logs: tuple[str, ...],
    policy: str | None,
    timeline: str | None,
    head: str | None,
    sought: str | None,
    mask_key: str | None,
    ignore: tuple[str, ...],
    first: int,
    form: str,
    output: str | None,
    lang: str | None,
) -> None:
    """Decide logged tickets again, and report what differs.

    LOG is a ledger; the full files beside it, which have its name and a number, are read before it. All that
    is read is checked to be one chain. Ends with 1 where something differs, or is not as it was written.

    \b
    Example:
      supportrules replay decisions.ledger
    """
    decides = versions(policy, timeline)
    policies = decides.policies()
    check_ignored(ignore, policies)
    definition = policies[0].definition
    spoken = language(definition, lang)
    wanted = _wanted(sought, mask_key, policies)
    chain = Chain(head)
    files: dict[LogFile, bool] = {}
    for log in logs:
        if log == STDIN:
            raise click.UsageError(
                "A ledger is read from files, by their names, and not from standard input."
            )
        # A file that is named may begin a chain of its own; each is read once.
        for number, file in enumerate(ledger_files(log)):
            files.setdefault(file, not number)
    names = [str(file.path) for file in files]
    check_output(output, policy, timeline, mask_key, *names)
    with Progress(names, spoken, writes=False) as progress:
        read = (chain.read(file, fresh=fresh) for file, fresh in files.items())
        lines = _to_the_end(progress.files(read), chain, [*files][-1].path)
        found = replay_lines(
            lines,
            lambda line: decides.policy_for(line.ticket),
            known=policies,
            wanted=wanted,
            ignore=ignore,
            most=first,
        )
    put_text(_text(form, found, policies, spoken), output, styled=form == "pretty")
    # That there is no such line must not be taken for lines of which none differs.
    ctx.exit(DONE if found.whole and (found.lines or not found.others) else FINDINGS)


def _to_the_end(lines: Iterator[Line | Break], chain: Chain, last: Path) -> Iterator[Line | Break]:
    yield from lines
    yield from chain.end(str(last))


def _hash(said: str | None) -> str | None:
    if said is not None and not re.fullmatch("(sha256:)?[0-9a-f]{64}", said.lower()):
        raise click.BadParameter(f"`{said}` is no hash of a line: it has 64 hexadecimal digits")
    return said and said.lower()


def _wanted(sought: str | None, key: str | None, policies: Sequence[Policy]) -> Callable[[Line], bool]:
    """Whether a line has the value that is sought."""
    if sought is None:
        if key is not None:
            raise click.UsageError("--mask-key is for finding a masked value: give --find too.")
        return lambda line: True
    fact, equals, said = sought.partition("=")
    policy = next((each for each in policies if fact in each.definition.vocabulary.facts), None)
    if not equals or policy is None:
        problem = unknown_field(fact, policies[0].definition.vocabulary.facts, False, (), "fact")
        wrong = problem.text if problem and equals else "give FACT=VALUE"
        raise click.BadParameter(wrong, param_hint="--find")
    vocabulary, names = policy.definition.vocabulary, LoggedNames(policies)
    value = vocabulary.from_text({fact: said})[fact]
    try:
        meant = _meant(vocabulary, fact, value)
    except TicketError as error:
        raise click.BadParameter(error.problems[0].text, param_hint="--find") from None
    masks = None
    if key is not None:
        if not Path(key).is_file():
            raise click.BadParameter(f"no such file: `{key}`", param_hint="--mask-key")
        try:
            masks = Masks([fact], read_key(key))
        except LedgerError as error:
            raise click.BadParameter(str(error), param_hint="--mask-key") from None

    def wanted(line: Line) -> bool:
        renames = names.renames(line, policy)
        for each in line.masked:
            if each == fact or (renames and renames.name("fact", each) == fact):
                if masks is None:
                    raise click.UsageError(f"`{each}` is masked in {line.location}: give --mask-key too.")
                return line.ticket.get(each) == masks.value(each, value)
        logged = (renames.ticket(line.ticket) if renames else line.ticket).get(fact)
        try:
            return _meant(vocabulary, fact, logged) == meant
        except TicketError:
            # As another version of the policy had it.
            return logged == value

    return wanted


def _meant(vocabulary: Vocabulary, fact: str, value: object) -> object:
    """What a value of a fact says: of a time the moment, whatever the offset."""
    found = vocabulary.read({fact: value}, defaults=False).values[fact]
    return found.seconds if isinstance(found, Instant) else found


def _text(form: str, found: Replay, policies: Sequence[Policy], spoken: str) -> str:
    from supportrules.report.replay import replay_data, replay_parts

    if form == "json":
        return data_text(replay_data(found), indent=2) + "\n"
    definitions = [policy.definition for policy in policies]
    parts = tuple(replay_parts(found, definitions[0], spoken, definitions))
    if form == "html":
        from supportrules.report.parts.page import html_page

        words = Words(spoken)
        return html_page(words["replay.title"], parts, words)
    if form == "markdown":
        from supportrules.report.parts.markdown import markdown

        return markdown(parts)
    from supportrules.report.parts.terminal import terminal

    return terminal(parts, console().width)
