"""Commands of whoever runs the machine: people who may sign in, and keys of programs.

They speak to the database itself, so that the first person can be let in and the last one who
forgot their way back. Imported by the command line at every start: whatever is heavy waits until a
command is called.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.people import Who
    from service.house import House

Command = Callable[[argparse.Namespace], int]


def people_and_keys(command: Callable[[str, Command, str], argparse.ArgumentParser]) -> None:
    """Add the words of these commands; `command` makes the parser of one."""
    users = command("user", _user_list, "people who may sign in").add_subparsers(
        metavar="ACTION", required=True
    )
    add = users.add_parser("add", help="add a person; prints a sign-in link")
    add.set_defaults(run=_user_add)
    add.add_argument("email")
    add.add_argument("--name", default="")
    add.add_argument("--role", default="reviewer", help="admin, accountant, reviewer or reader")
    add.add_argument("--language", default="fr", choices=["fr", "en"])
    add.add_argument("--new-organisation", metavar="NAME", help="and an organisation to administer")
    of_organisation(add)
    link = users.add_parser("reset-link", help="print a new one-time sign-in link")
    link.set_defaults(run=_user_link)
    link.add_argument("email")
    list_ = users.add_parser("list", help="list the people")
    list_.set_defaults(run=_user_list)
    of_organisation(list_)

    keys = command("key", _key_list, "keys of programs").add_subparsers(
        metavar="ACTION", required=True
    )
    add = keys.add_parser("add", help="make a key; it is printed once")
    add.set_defaults(run=_key_add)
    add.add_argument("name")
    add.add_argument("--scopes", help="joined by commas; all but admin when left out")
    of_organisation(add)
    list_ = keys.add_parser("list", help="list the keys")
    list_.set_defaults(run=_key_list)
    of_organisation(list_)
    revoke = keys.add_parser("revoke", help="revoke a key at once")
    revoke.set_defaults(run=_key_revoke)
    revoke.add_argument("id")
    of_organisation(revoke)


def of_organisation(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--organisation", help="its name, when there are several")


def operator(house: House, args: argparse.Namespace) -> Who:
    """Whoever runs the machine, in the organisation that `args` name."""
    from service.operations import access

    return access.operator(access.organisation_of(house, args.organisation))


def _house() -> House:
    from service.house import open_house
    from service.local import settings_here

    return open_house(settings_here())


def _user_add(args: argparse.Namespace) -> int:
    from service.operations import access, sessions

    house = _house()
    if args.new_organisation:
        access.bootstrap(
            house,
            organisation_name=args.new_organisation,
            email=args.email,
            name=args.name,
            language=args.language,
        )
    else:
        access.add_user(
            house,
            operator(house, args),
            email=args.email,
            name=args.name,
            role=args.role,
            language=args.language,
        )
    print(sessions.sign_in_link(house, args.email))
    return 0


def _user_list(args: argparse.Namespace) -> int:
    from service.operations import access

    house = _house()
    for user in access.list_users(house, operator(house, args)):
        print(f"{user['email']}\t{user['role']}\t{'disabled' if user['disabled'] else ''}")
    return 0


def _user_link(args: argparse.Namespace) -> int:
    from service.operations import sessions

    print(sessions.sign_in_link(_house(), args.email))
    return 0


def _key_add(args: argparse.Namespace) -> int:
    from domain.people import Scope
    from service.operations import api_keys

    house = _house()
    scopes = args.scopes.split(",") if args.scopes else [s for s in Scope if s != Scope.ADMIN]
    made = api_keys.add_key(house, operator(house, args), name=args.name, scopes=list(scopes))
    print(made["key"])
    return 0


def _key_list(args: argparse.Namespace) -> int:
    from service.operations import api_keys

    house = _house()
    for key in api_keys.list_keys(house, operator(house, args)):
        state = "revoked" if key["revoked_at"] else f"last used {key['last_used_at'] or 'never'}"
        print(f"{key['id']}\t{key['prefix']}…\t{key['name']}\t{state}")
    return 0


def _key_revoke(args: argparse.Namespace) -> int:
    from service.operations import api_keys

    house = _house()
    api_keys.revoke_key(house, operator(house, args), args.id)
    return 0
