"""The command line, above all rooms.

Every command imports what it needs when it is called, so that `bannette send` and `--help` start at
once. What a command does is decided in the rooms; here are its words, its output and its exit code:
0 well, 1 something was found or failed, 2 refused.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.administration import of_organisation, operator, people_and_keys

if TYPE_CHECKING:
    from service.client import Client
    from service.house import House
    from service.settings import Settings

COMMAND = (sys.executable, str(Path(__file__).resolve()))

Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    from domain.errors import Refused

    parser = _parser()
    args, rest = parser.parse_known_args(argv)
    args.rest = rest
    run: Command = args.run
    if rest and run not in (_evaluate, _train):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return run(args)
    except Refused as refusal:
        print(f"{refusal.message} {refusal.advice}".strip(), file=sys.stderr)
        return 2
    except ValueError as error:
        if os.environ.get("BANNETTE_LOG_LEVEL", "").upper() == "DEBUG":
            raise
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `| head`
        sys.stdout = None
        return 0


# --- running -------------------------------------------------------------------------------------


def _up(args: argparse.Namespace) -> int:
    from service.terminal import say
    from service.up import up

    return up(_settings(), COMMAND, greet=not args.no_sample, follow=args.logs, say=say)


def _serve(_args: argparse.Namespace) -> int:
    from service.web import serve

    serve(_settings())
    return 0


def _work(args: argparse.Namespace) -> int:
    settings = _settings()
    if args.processes > 1:
        return _work_in_several(settings, args)
    from service.logs import configure
    from workers.main import work

    configure(settings)
    work(_house(settings), args.queues.split(","))
    return 0


def _work_in_several(settings: Settings, args: argparse.Namespace) -> int:
    from service.terminal import say
    from service.up import keep_running, own_program

    words = ("work", "--queues", args.queues)
    numbers = range(1, args.processes + 1)
    workers = [own_program(f"worker-{n}", settings, COMMAND, *words) for n in numbers]
    return keep_running(workers, say)


def _relay(_args: argparse.Namespace) -> int:
    import signal
    import threading

    from service.logs import configure
    from workers.relay import run

    settings = _settings()
    configure(settings)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    run(_house(settings), stopping)
    return 0


def _migrate(_args: argparse.Namespace) -> int:
    from service.house import open_objects
    from storage import migrate

    settings = _settings()
    migrate.upgrade(settings.resolved_database_url)
    open_objects(settings).ensure_bucket()
    return 0


def _doctor(args: argparse.Namespace) -> int:
    from service import doctor

    if args.invariants:
        return _print_violations(_settings())
    if args.services:
        found = doctor.examine_services(_settings())
    else:
        from models.inside.ocr import data_folder

        found = doctor.examine(_settings(), data_folder())
    failed = False
    for check in found:
        print(f"{check.mark} {check.name}: {check.says}")
        if check.advice:
            print(f"    {check.advice}")
        failed |= check.failed
    return 1 if failed else 0


def _print_violations(settings: Settings) -> int:
    from storage.invariants import check

    house = _house(settings)
    with house.store.reading() as connection:
        violations = check(connection, house.objects, house.now())
    for violation in violations:
        print(f"✗ {violation.number}. {violation.subject}: {violation.message}")
    if not violations:
        print("✓ Everything that must always be true is true.")
    return 1 if violations else 0


# --- documents -----------------------------------------------------------------------------------


def _read(args: argparse.Namespace) -> int:
    from models.understanding import read_files
    from service.terminal import print_reading

    files = []
    for file in read_files(_existing(args.files)):
        files.append(file)
        if not args.json:
            print_reading(file)
    if args.json:
        json.dump(_together(files), sys.stdout, ensure_ascii=False, indent=1)
        print()
    return 2 if any(file["problem"] for file in files) else 0


def _together(files: list[dict[str, Any]]) -> dict[str, Any]:
    """The shape of `GET /imports/{id}` for files read without a server."""
    grouped = sum(len(group["pages"]) for file in files for group in file["groups"])
    set_aside = sum(len(file["set_aside"]) for file in files)
    pages = sum(file["pages"] for file in files)
    receipt = {"pages": pages, "grouped": grouped, "set_aside": set_aside}
    return {"files": files, "receipt": receipt}


def _send(args: argparse.Namespace) -> int:
    from service import local
    from service.client import batches
    from service.terminal import Bar, print_receipt

    paths = _existing(args.files)
    client, here = local.connect(_settings(), args.url, args.key, os.environ)
    fields = {
        "company_id": args.company or (here.company_id if here else ""),
        "name": args.name or "",
        "allow_duplicates": "true" if args.allow_duplicates else "",
    }
    fields = {name: value for name, value in fields.items() if value}
    well = True
    for batch in batches(paths):
        with Bar("Sending", "MB", 1_000_000) as bar:
            import_id = client.upload(batch, fields, bar)["id"]
        if args.no_wait:
            print(import_id)
            continue
        with Bar("Reading", "pages") as bar:
            for now in client.follow(import_id):
                bar(now["progress"]["read"], now["progress"]["pages"])
        found = client.get(f"/imports/{import_id}")
        print_receipt(found)
        well &= found["status"] != "failed" and found["receipt"]["adds_up"]
        well &= not any(file["status"] in ("failed", "rejected") for file in found["files"])
    return 0 if well else 1


def _demo(args: argparse.Namespace) -> int:
    from service import local
    from service.operations import sessions

    settings = local.settings_here()
    house = _house(settings)
    local.prepare(house)
    if args.first and local.read(settings) is None:
        return 0  # others live in this database; they know how to come in
    client, here = local.connect(settings, args.url, args.key, os.environ)
    if not args.first or not client.get("/imports?limit=1")["items"]:
        import_id = _import_drawn_stack(client, here.company_id if here else None, args)
        print(f"A sample stack is ready to review: {settings.public_url}/imports/{import_id}")
    if here:
        link = sessions.sign_in_link(house, here.email)
        print(f"Sign in (this link works once): {link}")
    return 0


def _import_drawn_stack(client: Client, company_id: str | None, args: argparse.Namespace) -> str:
    import tempfile

    from models.synthetic.stacks import draw_stack
    from service.terminal import Bar, say

    say("Drawing a stack of mail…")
    stack = draw_stack(args.seed, documents=args.documents, scanned=not args.digital)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"courrier-{args.seed}.pdf")
        path.write_bytes(stack.pdf)
        received = client.upload([path], {"company_id": company_id} if company_id else {})
    with Bar("Reading", "pages") as bar:
        for now in client.follow(received["id"]):
            bar(now["progress"]["read"], now["progress"]["pages"])
    return str(received["id"])


def _evaluate(args: argparse.Namespace) -> int:
    from models.evaluation.command import main as evaluate

    return evaluate(args.rest)


def _train(args: argparse.Namespace) -> int:
    from models.training.command import main as train

    return train(args.rest)


def _learn(args: argparse.Namespace) -> int:
    from service.logs import configure
    from service.operations import access, training
    from workers.learning import train_now

    settings = _settings()
    configure(settings)  # to stderr: what came of it is the output
    house = _house(settings)
    if args.organisation:
        wanted = [access.organisation_of(house, args.organisation)]
    else:
        wanted = training.organisations(house)
    for organisation_id in wanted:
        told = train_now(house, organisation_id)
        print(f"{organisation_id}\t{told or 'nothing new'}")
    return 0


def _export(args: argparse.Namespace) -> int:
    from service.operations.exports import export_fec
    from service.terminal import say

    house = _house(_settings())
    export = export_fec(house, operator(house, args), args.company, args.year)
    say(export.name)
    for part in export.content:
        sys.stdout.buffer.write(part)
    return 0


# --- the words -----------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bannette", description="A stack of mail in, posted entries out."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Command, help_: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=help_, description=help_)
        made.set_defaults(run=run)
        return made

    up = command("up", _up, "run everything on this machine until Ctrl-C")
    up.add_argument("--no-sample", action="store_true", help="no sample stack, no sign-in link")
    up.add_argument("--logs", action="store_true", help="show what every process logs")
    demo = command("demo", _demo, "draw a stack of mail and import it into the running service")
    demo.add_argument("--first", action="store_true", help="only if nothing is there yet")
    demo.add_argument("--documents", type=int, default=12, help="how many documents (12)")
    demo.add_argument("--digital", action="store_true", help="as PDFs that never were on paper")
    demo.add_argument("--seed", type=int, default=1, help="another number, another stack")
    _reach(demo)
    read = command("read", _read, "read files here, without a server, and print what they say")
    read.add_argument("files", nargs="+", metavar="FILE")
    read.add_argument("--json", action="store_true", help="as GET /api/v1/imports/{id} has it")
    send = command("send", _send, "upload files to a running service and follow them")
    send.add_argument("files", nargs="+", metavar="FILE")
    _reach(send)
    send.add_argument("--company", help="id of the company")
    send.add_argument("--name", help="name of the import")
    send.add_argument("--allow-duplicates", action="store_true", help="import known files again")
    send.add_argument("--no-wait", action="store_true", help="print the import's id and leave")
    command("serve", _serve, "the web server alone")
    work = command("work", _work, "a worker alone")
    work.add_argument(
        "--queues",
        default="pages,light,webhooks",
        help="which of pages, light and webhooks, joined by commas (default: all)",
    )
    work.add_argument("--processes", type=int, default=1, help="how many (1)")
    command("relay", _relay, "send what waits in the outbox, and sweep")
    command("migrate", _migrate, "bring the database to this version, and make the bucket")
    # Their words are their own: `bannette evaluate --help` lists them.
    commands.add_parser(
        "evaluate", help="score the reading against a folder of truth", add_help=False
    ).set_defaults(run=_evaluate)
    commands.add_parser(
        "train", help="rebuild what splitting and sorting have learnt", add_help=False
    ).set_defaults(run=_train)
    learn = command("learn", _learn, "learn now from what people put right, as is done each night")
    learn.add_argument("--organisation", help="its name; all when left out")
    export = command("export", _export, "write the journal in an official format")
    export.add_argument("format", choices=["fec"])
    export.add_argument("--company", help="its id, when there are several")
    export.add_argument("--year", type=int, required=True)
    of_organisation(export)
    doctor = command("doctor", _doctor, "what is missing here, and how to install it")
    doctor.add_argument("--services", action="store_true", help="only whether they answer")
    doctor.add_argument("--invariants", action="store_true", help="check what must always be true")

    people_and_keys(command)
    return parser


def _reach(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", help="address of the service; also in BANNETTE_URL")
    parser.add_argument("--key", help="an API key; better in BANNETTE_KEY")


# --- what commands share -------------------------------------------------------------------------


def _settings() -> Settings:
    from service.settings import Settings

    return Settings.from_environment()


def _house(settings: Settings) -> House:
    from service.house import open_house

    return open_house(settings)


def _existing(names: Sequence[str]) -> list[Path]:
    from domain.errors import NotFound

    paths = [Path(name) for name in names]
    for path in paths:
        if not path.is_file():
            raise NotFound(f"There is no file {path}.", advice="Nothing was done.")
    return paths


if __name__ == "__main__":
    sys.exit(main())
