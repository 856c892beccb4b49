"""What a month costs at 1,000, 10,000 and 100,000 users, beside what others ask for as many.

Nothing is measured here: it is the bill of `python -m infra cost`, from its dated prices.
"""

from __future__ import annotations

from typing import Final

from benchmarks.pictures import bars
from benchmarks.report import Note, Part, Picture, Table
from infra import cost, stages
from infra.bill import Bill, Month, bill
from infra.providers import PROVIDERS

SIZES: Final = (1_000, 10_000, 100_000)
HEADS: Final = tuple(f"{size:,} users" for size in SIZES)


def measure(note: Note) -> Part:
    note("adding up the bill")
    stage = stages.load("prod")
    configured = cost.function(stage)
    bills = [bill(stage, configured, month(size)) for size in SIZES]
    return Part(
        title="The bill",
        method=(
            f"`python -m infra cost`, with {configured.memory:,} MB of {configured.architecture}, "
            f"at list prices of AWS in us-east-1. {_habits(SIZES[-1])}"
        ),
        tables=[_flows(bills), _beside(bills), _prices(bills[-1])],
        pictures=[_picture(bills)],
        doubts=[
            "Lambda's time is an estimate of infra/flows.py; nothing was billed by AWS.",
            "Every visit is taken to load the whole page; a browser that was there before has it.",
            "Mails other than the code of a registration are left out: each costs 0.00016.",
            "Others ask for more than the list says where mail, SMS or features are extra.",
            "Prices without verification, or at second hand, are marked as such.",
        ],
        figures={f"{size}": made.dollars() for size, made in zip(SIZES, bills, strict=True)},
    )


def month(users: int) -> Month:
    return cost.month(users, None, None, None)


def _habits(users: int) -> str:
    done = month(users)
    return (
        f"A user signs in {done.signins / users:g} times a month and is there "
        f"{done.visits / users:g} times; {done.registrations / users:.0%} are new."
    )


def _flows(bills: list[Bill]) -> Table:
    rows = [
        (lines[0].what, *(f"{line.dollars():,.2f}" for line in lines))
        for lines in zip(*(made.lines for made in bills), strict=True)
    ]
    return Table(
        "Dollars a month, flow by flow",
        ("what", *HEADS),
        (
            *rows,
            ("**together**", *(f"**{made.dollars():,.2f}**" for made in bills)),
        ),
    )


def _beside(bills: list[Bill]) -> Table:
    ours = [
        ("Latchstring", *(f"{made.dollars():,.2f}" for made in bills), "the table above"),
        (
            "Latchstring, in an account of its own",
            *(f"{made.after_free():,.2f}" for made in bills),
            "less what AWS gives each account for ever, as others have taken it off",
        ),
    ]
    theirs = []
    for one in PROVIDERS:
        asked = [one.monthly(size) for size in SIZES]
        dollars = [cost.ON_REQUEST if each is None else f"{each:,.2f}" for each in asked]
        remark = f"; {one.remark}" if one.remark else ""
        theirs.append((one.name, *dollars, f"{one.source}, {one.dated}{remark}"))
    return Table("Dollars a month, beside others", ("who", *HEADS, "source"), (*ours, *theirs))


def _prices(bill: Bill) -> Table:
    rows = tuple(
        (one.service, f"{one.dollars:g}", f"{one.per:,} {one.unit}", f"{one.source}, {one.dated}")
        for one in bill.prices
    )
    return Table("Prices", ("service", "dollars", "for", "source"), rows)


def _picture(bills: list[Bill]) -> Picture:
    most = SIZES[-1]
    ours = {"Latchstring": bills[-1].dollars(), "with what is free": bills[-1].after_free()}
    asked = ours | {one.name: one.monthly(most) for one in PROVIDERS}
    title = f"Dollars a month for {most:,} users"
    return Picture("bill", f"{title}: Latchstring beside others", bars(title, "$", asked))
